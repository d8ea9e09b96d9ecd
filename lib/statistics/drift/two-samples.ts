/**
 * Statistics that compare two samples value by value, exactly; and those of counts, which histogram-distances.ts holds.
 *
 * They are those of scipy.stats, which judges them in test/oracle/aws/drift_statistics_test.py.
 */
import { kolmogorovSf, kolmogorovTwoSampleSf } from '../distributions';

export type { ChiSquaredResult } from './histogram-distances';
export { chiSquaredTest, jensenShannon, lInfinity, populationStability, psi } from './histogram-distances';

/** The larger sample may have this many values for the exact distribution, which takes up to 1e8 steps then. */
const EXACT_UP_TO = 10_000;

/** What the test of Kolmogorov and Smirnov found. */
export interface KsResult {
  /** sup |Fₙ - Gₘ|, the largest difference of the empirical distribution functions, 0 to 1. */
  readonly statistic: number;
  /** Chance of a statistic at least as large if both samples come from one continuous distribution; with ties at most this. */
  readonly pValue: number;
  /** `exact` up to 10,000 values in the larger sample; beyond, the distribution of one sample of n m / (n + m) values. */
  readonly method: 'exact' | 'asymptotic';
}

/** The values in ascending order. */
function sorted(sample: ArrayLike<number>, name: string): Float64Array {
  const values = Float64Array.from(sample).sort();
  if (values.length === 0) throw new RangeError(`${name} has no values: a comparison needs at least one on each side`);
  if (Number.isNaN(values[values.length - 1])) {
    throw new RangeError(`${name} has values that are not numbers (NaN): leave out missing values first`);
  }
  return values;
}

/** Calls `visit` for each distinct value of both samples, ascending, with how many values of each are at most it. */
function eachValue(
  first: Float64Array,
  second: Float64Array,
  visit: (value: number, atMostFirst: number, atMostSecond: number) => void,
): void {
  let [i, j] = [0, 0];
  while (i < first.length || j < second.length) {
    const value = Math.min(first[i] ?? Infinity, second[j] ?? Infinity);
    while (i < first.length && first[i] === value) i++;
    while (j < second.length && second[j] === value) j++;
    visit(value, i, j);
  }
}

/** To the nearest whole number, and from the middle between two to the even one, as scipy rounds n m / (n + m). */
function roundHalfToEven(x: number): number {
  return x % 2 === 0.5 ? Math.floor(x) : Math.round(x);
}

/**
 * The two-sided test of Kolmogorov and Smirnov on two samples, with ties: scipy.stats.ks_2samp. The statistic is a ratio of
 * whole numbers, so it is exact.
 * @throws RangeError for a sample that is empty or has NaN
 */
export function ksTwoSample(a: ArrayLike<number>, b: ArrayLike<number>): KsResult {
  const [first, second] = [sorted(a, 'the first sample'), sorted(b, 'the second sample')];
  const [n, m] = [first.length, second.length];
  let largest = 0; // In units of 1 / (n m).
  eachValue(first, second, (_, i, j) => {
    largest = Math.max(largest, Math.abs(i * m - j * n));
  });
  const statistic = largest / (n * m);
  const method = Math.max(n, m) <= EXACT_UP_TO ? 'exact' : 'asymptotic';
  const pValue =
    method === 'exact'
      ? kolmogorovTwoSampleSf(statistic, n, m)
      : kolmogorovSf(statistic, roundHalfToEven((n * m) / (n + m)));
  return { statistic, pValue, method };
}

/**
 * The area between two empirical distribution functions, in the units of the values: scipy.stats.wasserstein_distance. The
 * mean distance by which values must move for one sample to become the other.
 * @throws RangeError for a sample that is empty or has NaN
 */
export function wassersteinDistance(a: ArrayLike<number>, b: ArrayLike<number>): number {
  const [first, second] = [sorted(a, 'the first sample'), sorted(b, 'the second sample')];
  let [area, previous, height] = [0, 0, 0];
  eachValue(first, second, (value, i, j) => {
    if (height > 0) area += height * (value - previous);
    previous = value;
    height = Math.abs(i / first.length - j / second.length);
  });
  return area;
}
