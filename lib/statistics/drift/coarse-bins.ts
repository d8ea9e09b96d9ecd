/**
 * Unions of fine bins. A few bins that each hold enough rows make chi-squared approximations hold; 256 bins of a window of a
 * thousand rows do not.
 *
 * Which bins are joined depends on the baseline alone: bins chosen after a look at the window would find differences in noise.
 */
import { nextUp } from '../profile/next-float';
import type { ColumnBins, NumericBins } from '../profile/profile';

/** Bins of a numeric column that tests of bins compare, at most. */
const COARSE_BINS = 10;

/** Fewest rows expected in a bin (the rule of W. Cochran, Biometrics 1954). */
const EXPECTED_ROWS = 5;

/** For every fine bin the number of its coarse bin: 0, 1, 2, … without gaps. */
export type BinMap = readonly number[];

/** Sum of counts. */
export function total(counts: readonly number[]): number {
  let sum = 0;
  for (const count of counts) sum += count;
  return sum;
}

/** Counts of the coarse bins. */
export function coarsen(map: BinMap, counts: readonly number[]): number[] {
  const sums = new Array<number>(1 + Math.max(...map)).fill(0);
  counts.forEach((count, bin) => (sums[map[bin]] += count));
  return sums;
}

/** True for a bin that holds one value: its cuts are neighbours in floating point, so nothing lies between. */
export function isAtom({ cuts }: NumericBins, bin: number): boolean {
  return bin > 0 && bin < cuts.length && nextUp(cuts[bin - 1]) === cuts[bin];
}

/** Joins neighbours until each has at least `least` of the rows; the lightest joins its lighter neighbour first. */
function joinLight(weights: number[], members: number[][], least: number): void {
  while (weights.length > 1) {
    const light = weights.indexOf(Math.min(...weights));
    if (weights[light] >= least) return;
    const right = light === 0 || (light < weights.length - 1 && weights[light + 1] < weights[light - 1]);
    const into = right ? light : light - 1;
    weights.splice(into, 2, weights[into] + weights[into + 1]);
    members.splice(into, 2, [...members[into], ...members[into + 1]]);
  }
}

/** About `wanted` unions of about equal share. A value with at least half such a share keeps a bin of its own. */
function numericMap(bins: NumericBins, counts: readonly number[], wanted: number): BinMap {
  const target = total(counts) / wanted;
  const weights: number[] = [];
  const members: number[][] = [];
  let closed = true;
  counts.forEach((count, bin) => {
    const alone = isAtom(bins, bin) && count >= target / 2;
    const last = weights.length - 1;
    const full = closed || alone || weights[last] + count / 2 > target;
    if (last < 0 || (full && count > 0 && weights[last] > 0)) {
      weights.push(count);
      members.push([bin]);
    } else {
      weights[last] += count;
      members[last].push(bin);
    }
    closed = alone;
  });
  joinLight(weights, members, target / 2);
  const map = new Array<number>(counts.length).fill(0);
  members.forEach((fine, coarse) => fine.forEach((bin) => (map[bin] = coarse)));
  return map;
}

/** Categories with enough rows keep their bin, all others share one; if that has not enough either, the rarest joins it. */
function categoricalMap(counts: readonly number[], least: number): BinMap {
  const known = counts.slice(0, -1).map((count, bin) => ({ count, bin }));
  const kept = known.filter(({ count }) => count >= least).sort((a, b) => b.count - a.count);
  if (total(counts) - total(kept.map(({ count }) => count)) < least) kept.pop();
  const map = new Array<number>(counts.length).fill(kept.length);
  kept.forEach(({ bin }, coarse) => (map[bin] = coarse));
  return map;
}

/**
 * The coarse bins of a column, from the counts of the baseline.
 *
 * @param rows what the smaller sample is worth in independent rows: each bin is expected to hold at least five of them
 */
export function coarseBins(bins: ColumnBins, baseline: readonly number[], rows: number): BinMap {
  const all = total(baseline);
  if (all === 0) return baseline.map(() => 0);
  if (bins.type === 'categorical') return categoricalMap(baseline, (EXPECTED_ROWS * all) / rows);
  // Bins of half the mean share are kept, so the mean is twice what the least must be.
  const wanted = Math.floor(rows / (2 * EXPECTED_ROWS));
  return numericMap(bins, baseline, Math.min(COARSE_BINS, Math.max(2, wanted)));
}
