/**
 * Statistics that compare two histograms: counts over the same bins. Order of the bins does not matter to any of them.
 */
import { chiSquaredSf } from '../distributions';
import { total } from './coarse-bins';

/** @throws RangeError for histograms that cannot be compared */
function checkHistograms(a: readonly number[], b: readonly number[]): void {
  if (a.length !== b.length) {
    throw new RangeError(`two histograms are compared over the same bins, got ${a.length} and ${b.length} bins`);
  }
  const [n, m] = [total(a), total(b)];
  if (!(n > 0 && m > 0)) throw new RangeError(`two histograms are compared by their counts, got ${n} and ${m} in all`);
}

/** Each value's share of the sum. */
function sharesOf(counts: readonly number[]): number[] {
  const all = total(counts);
  return counts.map((count) => count / all);
}

/** Σ (p - q) ln(p / q) of shares that are all above 0: the population stability index, 0 and up, in nats. */
export function populationStability(p: readonly number[], q: readonly number[]): number {
  return total(p.map((share, bin) => (share - q[bin]!) * Math.log(share / q[bin]!)));
}

/**
 * The population stability index of counts. Half an observation is added to each bin, so that an empty bin, of which the
 * logarithm would be infinite, counts by how surprising it is.
 * @throws RangeError for histograms without counts, or over different bins
 */
export function psi(a: readonly number[], b: readonly number[]): number {
  checkHistograms(a, b);
  const smoothed = (counts: readonly number[]) => sharesOf(counts.map((count) => count + 0.5));
  return populationStability(smoothed(a), smoothed(b));
}

/** (1+x) ln(1+x), continued to 0 at -1. */
function entropyTerm(x: number): number {
  return x === -1 ? 0 : (1 + x) * Math.log1p(x);
}

/**
 * The Jensen–Shannon distance of counts, base 2: 0 for equal shares, 1 where no bin has counts of both
 * (scipy.spatial.distance.jensenshannon). The square of the distance is the divergence in bits. Written in the relative
 * difference x of two shares, since in the shares themselves nearly equal histograms cancel to noise.
 * @throws RangeError for histograms without counts, or over different bins
 */
export function jensenShannon(a: readonly number[], b: readonly number[]): number {
  checkHistograms(a, b);
  const [p, q] = [sharesOf(a), sharesOf(b)];
  const terms = p.map((share, bin) => {
    const both = share + q[bin]!;
    if (both === 0) return 0;
    const x = (share - q[bin]!) / both;
    return both * (entropyTerm(x) + entropyTerm(-x));
  });
  return Math.sqrt(Math.max(0, total(terms)) / (4 * Math.LN2));
}

/**
 * The largest difference of a share, 0 to 1.
 * @throws RangeError for histograms without counts, or over different bins
 */
export function lInfinity(a: readonly number[], b: readonly number[]): number {
  checkHistograms(a, b);
  const [p, q] = [sharesOf(a), sharesOf(b)];
  return p.reduce((largest, share, bin) => Math.max(largest, Math.abs(share - q[bin]!)), 0);
}

/** What the chi-squared test of two histograms found. */
export interface ChiSquaredResult {
  /** Pearson's Σ (observed - expected)² / expected over both rows. */
  readonly statistic: number;
  /** One less than the bins that have counts. */
  readonly degreesOfFreedom: number;
  /** Chance of a statistic at least as large if both have the same shares; good where at least 5 are expected in each bin. */
  readonly pValue: number;
  /** √(statistic / number of observations), 0 to 1. */
  readonly cramersV: number;
}

/**
 * Pearson's chi-squared test of homogeneity, without a correction of continuity: scipy.stats.chi2_contingency. A bin that is
 * empty in both is left out, since it tells nothing. With a single bin there is nothing to differ: 0, and a p-value of 1.
 * @throws RangeError for histograms without counts, or over different bins
 */
export function chiSquaredTest(a: readonly number[], b: readonly number[]): ChiSquaredResult {
  checkHistograms(a, b);
  const [n, m] = [total(a), total(b)];
  const used = a.flatMap((count, bin) => (count + b[bin]! > 0 ? [[count, b[bin]!] as const] : []));
  // Both rows miss their expectation by the same number, one up and one down.
  const terms = used.map(([x, y]) => (x * m - y * n) ** 2 / ((x + y) * n * m));
  const statistic = total(terms);
  const degreesOfFreedom = used.length - 1;
  const pValue = degreesOfFreedom === 0 ? 1 : chiSquaredSf(statistic, degreesOfFreedom);
  return { statistic, degreesOfFreedom, pValue, cramersV: Math.sqrt(statistic / (n + m)) };
}
