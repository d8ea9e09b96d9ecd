/** Hours as far as the judge tells their counts apart: far smaller, and judged the same. */
import type { ColumnBins, ColumnCounts } from '../profile/profile';
import { coarseBins, total } from './coarse-bins';

/**
 * Makes counts of single hours coarser: what the judge joins stands in one bin of those that are joined. The outermost bins stay: values
 * out of the range have a test of their own.
 *
 * @param baseline the column's counts in the baseline
 * @param window the column's counts in the whole window
 */
export function coarseHour(
  bins: ColumnBins,
  baseline: ColumnCounts,
  window: ColumnCounts,
): (hour: ColumnCounts) => ColumnCounts {
  const map = coarseBins(bins, baseline.counts, Math.min(total(baseline.counts), total(window.counts)));
  const last = map.length - 1;
  const first = new Map<number, number>();
  for (let bin = 1; bin < last; bin++) if (!first.has(map[bin])) first.set(map[bin], bin);
  return (hour) => {
    const counts = new Array<number>(map.length).fill(0);
    hour.counts.forEach((count, bin) => {
      const outermost = bin === 0 || bin === last;
      counts[outermost ? bin : first.get(map[bin])!] += count;
    });
    return { ...hour, counts };
  };
}
