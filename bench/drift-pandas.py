"""What people do by hand: read both files, test each column. Prints milliseconds, without the imports.

drift-pandas.py (scipy | evidently) BASELINE WINDOW
"""

import sys
import time

import pandas as pd

tool, baseline_file, window_file = sys.argv[1:]

if tool == "scipy":
    from scipy.stats import ks_2samp

    def test(baseline, window):
        return [ks_2samp(baseline[name], window[name]) for name in baseline.columns]

else:
    from evidently import Report
    from evidently.presets import DataDriftPreset

    def test(baseline, window):
        return Report([DataDriftPreset()]).run(window, baseline).dict()


start = time.perf_counter()
window = pd.read_csv(window_file)
window_read = time.perf_counter() - start
baseline = pd.read_csv(baseline_file)
read = time.perf_counter() - start
test(baseline, window)
whole = time.perf_counter() - start
# With the baseline reused, it is in memory already.
print(f"{1000 * whole} {1000 * (whole - read + window_read)}")
