/**
 * The statistics that compare a window with the baseline, and how likely such values are without drift.
 *
 * All p-values count rows by what they are worth (see effective-size.ts). E is the harmonic size n m / (n + m), B the number
 * of coarse bins, p and q the shares of baseline and window.
 *
 * | test | statistic | without drift |
 * |---|---|---|
 * | ks | largest difference of the distribution functions at the cuts | Kolmogorov's distribution of one sample of E values |
 * | wasserstein | area between them, in interquartile ranges | a gamma distribution, see wasserstein.ts |
 * | psi | Σ (p - q) ln(p / q) | E psi is chi-squared with B - 1 degrees of freedom (B. Yurdakul, Western Michigan University 2018) |
 * | jensenShannon | √(divergence in bits) | 8 ln 2 E d² is chi-squared likewise (J. Lin, IEEE Trans. Inf. Theory 1991) |
 * | chiSquared | Cramér's V of equally large samples, √(½ Σ (p - q)² / (p + q)) | 4 E V² is chi-squared likewise |
 * | lInfinity | largest difference of a share | a sum over the bins of binomial tails |
 *
 * Cramér's V as it is usually defined depends on how much larger the baseline is: with 100,000 rows against 1,000 it stays
 * below 0.1 even where most rows changed. Taken at equal sizes it measures the change alone.
 */
import { kolmogorovSf } from '../distributions';
import type { ColumnBins, NumericBins } from '../profile/profile';
import { logIncompleteBeta } from '../special-functions';
import { coarseBins, coarsen, isAtom, total } from './coarse-bins';
import type { DriftTest } from './judgement';
import type { EffectiveSizes } from './sizes';
import { harmonicSize, squaresSf, studentized } from './sizes';
import { jensenShannon, lInfinity, psi } from './two-samples';
import { binnedWasserstein, wassersteinSf } from './wasserstein';

/** What a test measured. */
export interface Comparison {
  readonly statistic: number;
  /** By how much the statistic may be off because values are binned. */
  readonly bound: number;
  /** The largest value that the statistic can have; Infinity where there is none. */
  readonly most: number;
  /** Chance of a statistic of at least x without drift. */
  readonly sf: (x: number) => number;
  /** Names `sf` where columns of the same sizes have the same one: its critical value is computed once for all of them. */
  readonly distribution?: string;
}

/** What is compared: a column's counts, and what they are worth. */
interface Compared {
  readonly bins: ColumnBins;
  readonly baseline: readonly number[];
  readonly window: readonly number[];
  readonly sizes: EffectiveSizes;
}

/** Nothing to compare: one side has no value, or all values share one bin. Chance explains no difference then. */
const NO_DIFFERENCE: Comparison = { statistic: 0, bound: 0, most: Infinity, sf: (x) => (x > 0 ? 0 : 1) };

function ks({ bins, baseline, window, sizes }: Compared): Comparison {
  const [n, m] = [total(baseline), total(window)];
  let [difference, statistic, bound] = [0, 0, 0];
  baseline.forEach((count, bin) => {
    const [p, q] = [count / n, window[bin] / m];
    difference += p - q;
    statistic = Math.max(statistic, Math.abs(difference));
    // Within a bin the difference may rise and fall again by what both have in it; where there is one value, it cannot.
    if (!isAtom(bins as NumericBins, bin)) bound = Math.max(bound, Math.min(p, q));
  });
  const size = harmonicSize(sizes);
  const sf = (x: number) => studentized(kolmogorovSf(x, size), sizes);
  const distribution = `ks ${size} ${sizes.degreesOfFreedom}`;
  return { statistic: Math.min(1, statistic), bound, most: 1, sf, distribution };
}

function wasserstein({ bins, baseline, window, sizes }: Compared): Comparison {
  const { distance, bound } = binnedWasserstein(bins as NumericBins, baseline, window);
  const sf = wassersteinSf(bins as NumericBins, baseline, harmonicSize(sizes));
  if (!sf) return NO_DIFFERENCE;
  return { statistic: distance, bound, most: Infinity, sf: (x) => studentized(sf(x), sizes) };
}

/** Counts of the coarse bins on both sides. */
function coarse({ bins, baseline, window, sizes }: Compared) {
  const map = coarseBins(bins, baseline, Math.min(sizes.baseline, sizes.window));
  return { baseline: coarsen(map, baseline), window: coarsen(map, window) };
}

/** √(½ Σ (p - q)² / (p + q)): 0 where shares are equal, 1 where no bin has rows of both. */
function balancedCramersV(baseline: readonly number[], window: readonly number[]): number {
  const [n, m] = [total(baseline), total(window)];
  const terms = baseline.map((count, bin) => {
    const [p, q] = [count / n, window[bin] / m];
    return p + q > 0 ? (p - q) ** 2 / (p + q) : 0;
  });
  return Math.min(1, Math.sqrt(total(terms) / 2));
}

type BinnedStatistic = (baseline: readonly number[], window: readonly number[]) => number;

/** A test whose statistic, transformed, is chi-squared with one degree of freedom less than there are bins. */
function squares(statistic: BinnedStatistic, most: number, squareOf: (x: number, size: number) => number) {
  return (compared: Compared): Comparison => {
    const { baseline, window } = coarse(compared);
    if (baseline.length < 2) return NO_DIFFERENCE;
    const size = harmonicSize(compared.sizes);
    const sf = (x: number) => squaresSf(squareOf(x, size), baseline.length - 1, compared.sizes);
    return { statistic: statistic(baseline, window), bound: 0, most, sf };
  };
}

/** P(|X/E - share| ≥ x) for X binomial with E trials, E any number: both tails through the incomplete beta function. */
function shareSf(x: number, share: number, size: number): number {
  const high = size * Math.min(1, share + x);
  const low = size * Math.max(0, share - x);
  const above = share + x > 1 ? 0 : Math.exp(logIncompleteBeta(share, high, size - high + 1));
  const below = share - x < 0 ? 0 : Math.exp(logIncompleteBeta(1 - share, size - low, low + 1));
  return above + below;
}

/** Categories are not merged here: a sum of exact tails holds for rare ones as well. */
function largestDifference({ bins, baseline, window, sizes }: Compared): Comparison {
  const coarser = bins.type === 'numeric' ? coarse({ bins, baseline, window, sizes }) : { baseline, window };
  const [n, m, size] = [total(baseline), total(window), harmonicSize(sizes)];
  const shares = coarser.baseline.map((count, bin) => (count + coarser.window[bin]) / (n + m));
  const possible = shares.filter((share) => share > 0 && share < 1);
  if (possible.length === 0) return NO_DIFFERENCE;
  const sf = (x: number) =>
    Math.min(
      1,
      possible.reduce((sum, share) => sum + shareSf(x, share, size), 0),
    );
  const statistic = lInfinity(coarser.baseline, coarser.window);
  return { statistic, bound: 0, most: 1, sf: (x) => studentized(sf(x), sizes) };
}

const TESTS: Readonly<Record<DriftTest, (compared: Compared) => Comparison>> = {
  ks,
  wasserstein,
  psi: squares(psi, Infinity, (x, size) => x * size),
  jensenShannon: squares(jensenShannon, 1, (x, size) => 8 * Math.LN2 * size * x * x),
  chiSquared: squares(balancedCramersV, 1, (x, size) => 4 * size * x * x),
  lInfinity: largestDifference,
};

/** Tests that need an order of the bins. */
const ORDERED: readonly DriftTest[] = ['ks', 'wasserstein'];

/**
 * Compares the values of a column. Without values on one side, or with a single bin, there is no difference to see: what is
 * missing or out of range has tests of its own.
 * @throws RangeError for a test of numbers on categories
 */
export function compareColumn(
  test: DriftTest,
  bins: ColumnBins,
  baseline: readonly number[],
  window: readonly number[],
  sizes: EffectiveSizes,
): Comparison {
  if (bins.type === 'categorical' && ORDERED.includes(test)) {
    throw new RangeError(`${test} compares numbers, got the categorical column '${bins.name}': use psi or chiSquared`);
  }
  if (total(baseline) === 0 || total(window) === 0 || baseline.length < 2) return NO_DIFFERENCE;
  return TESTS[test]({ bins, baseline, window, sizes });
}

/**
 * Compares how often something rare happens: missing values, values out of range. The statistic is the difference of the
 * shares.
 *
 * Given how many rows of both have it, those of the window are binomial with probability m / (n + m), whatever the share is:
 * valid for one event in a million rows, where a normal approximation alarms at the first (J. Przyborowski, H. Wilenski,
 * Biometrika 1940). Two-sided: twice the tail. Of a share above a half, its complement is the rare one.
 */
export function compareShares(baseline: number, window: number, sizes: EffectiveSizes): Comparison {
  const rises = window >= baseline;
  const { baseline: n, window: m } = sizes;
  const common = (n * baseline + m * window) / (n + m) > 0.5;
  const tail = (x: number) => {
    const share = rises ? Math.min(1, baseline + x) : Math.max(0, baseline - x);
    const [before, now] = common ? [n * (1 - baseline), m * (1 - share)] : [n * baseline, m * share];
    const more = rises !== common;
    if ((more ? now : before) <= 0) return 1;
    const log = more
      ? logIncompleteBeta(m / (n + m), now, before + 1)
      : logIncompleteBeta(n / (n + m), before, now + 1);
    return Math.exp(log);
  };
  const sf = (x: number) => studentized(Math.min(1, 2 * tail(x)), sizes);
  return { statistic: Math.abs(window - baseline), bound: 0, most: rises ? 1 - baseline : baseline, sf };
}
