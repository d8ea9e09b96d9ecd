/** Quantiles from bins: values are taken as spread evenly within a bin. */
import type { NumericBins } from '../profile/profile';
import { total } from './coarse-bins';

/** The least and the greatest value that was counted: the ends of the outermost bins. */
export type Ends = readonly [number | null, number | null];

/**
 * The value below which that share of the rows lies. What is out of the baseline's range lies between its end and that of the
 * values; without ends, at the baseline's. NaN where there are no cuts or no rows.
 */
export function binQuantile(
  { cuts }: NumericBins,
  counts: readonly number[],
  share: number,
  [least, greatest]: Ends = [null, null],
): number {
  const wanted = share * total(counts);
  if (cuts.length === 0 || total(counts) === 0) return NaN;
  let below = 0;
  for (let bin = 0; bin < counts.length; bin++) {
    if (below + counts[bin] >= wanted && counts[bin] > 0) {
      const from = bin > 0 ? cuts[bin - 1] : Math.min(least ?? Infinity, cuts[0]);
      const to = bin < cuts.length ? cuts[bin] : Math.max(greatest ?? -Infinity, cuts[bin - 1]);
      const part = Math.max(0, (wanted - below) / counts[bin]);
      return from * (1 - part) + to * part; // not from + part * (to - from), which may overflow
    }
    below += counts[bin];
  }
  return cuts[cuts.length - 1];
}
