/**
 * How many independent rows a window is worth.
 *
 * Requests come in bursts: rows of the same minutes resemble one another, and a window of 10,000 rows may tell no more than
 * 1,000 independent ones. The **design effect** is the variance of the window's shares divided by what independent rows would
 * have (L. Kish, Survey Sampling, 1965; J. Rao, A. Scott, Annals of Statistics 1984). It is estimated from how much the shares
 * of one hour differ from those of the next ones. What is not chance must not count:
 *
 * - the **daily cycle**: the mean of each hour of the day is taken away where hours repeat three times; else the difference
 *   of an hour and the mean of its two neighbours is taken, in which a smooth cycle nearly vanishes;
 * - **drift** itself, a step within the hours: deviations from a mean would see it always, differences of neighbours see it
 *   once or twice, and where hours repeat the largest of them is left out.
 *
 * Differences of hours miss what goes on for longer than an hour. So blocks of 2, 4, … hours are compared as well, as long as
 * there are enough of them, and the largest effect counts.
 *
 * An estimate from a few hours may be too small by chance. Its degrees of freedom say how sure it is: tests that divide by it
 * refer to Student's and Fisher's distributions instead of the normal and chi-squared ones.
 */

/** What one hour holds of a column: counts of its coarse bins. */
export interface HourlyBins {
  /** Hours since any fixed hour; whole. */
  readonly hour: number;
  readonly counts: readonly number[];
}

/** How much less a row is worth than an independent one, and how surely that is known. */
export interface DesignEffect {
  /** At least 1. */
  readonly effect: number;
  /** Of the estimate; Infinity where rows are taken as independent. */
  readonly degreesOfFreedom: number;
}

/** Rows are taken as independent: no hours are known, or too few. */
export const INDEPENDENT: DesignEffect = { effect: 1, degreesOfFreedom: Infinity };

const HOURS_A_DAY = 24;

/** How often the hours of the day must repeat for their means to be taken away. */
const REPEATS = 3;

/** Fewest differences that an estimate is made of. */
const FEWEST_DIFFERENCES = 8;

/** Rows and shares of a block of hours. */
interface Block {
  readonly index: number;
  readonly rows: number;
  /** One per contrast; after the daily cycle was taken away. */
  readonly shares: readonly number[];
}

/** A difference of shares, and its variance in units of the variance of one row's share. */
interface Difference {
  readonly shares: readonly number[];
  readonly variance: number;
}

/** Sums of rows and shares, weighted by rows. */
function join(index: number, blocks: readonly Block[]): Block {
  const rows = blocks.reduce((sum, block) => sum + block.rows, 0);
  const shares = blocks[0].shares.map(
    (_, contrast) => blocks.reduce((sum, block) => sum + block.rows * block.shares[contrast], 0) / rows,
  );
  return { index, rows, shares };
}

function groupBy<T>(items: readonly T[], keyOf: (item: T) => number): Map<number, T[]> {
  const groups = new Map<number, T[]>();
  for (const item of items) {
    const key = keyOf(item);
    const group = groups.get(key);
    if (group) group.push(item);
    else groups.set(key, [item]);
  }
  return groups;
}

/** Shares above each bin of a scale, or of each category: what the tests look at. */
function blockOf({ hour, counts }: HourlyBins, ordered: boolean): Block {
  const rows = counts.reduce((sum, count) => sum + count, 0);
  let below = 0;
  const sums = ordered ? counts.slice(0, -1).map((count) => (below += count)) : counts;
  return { index: hour, rows, shares: sums.map((sum) => sum / rows) };
}

/** Variances of one row's shares below each bin; how many equally weighted directions they span: tr(S)² / tr(S²). */
function multinomial(mean: readonly number[]): { variance: number; dimensions: number } {
  let [trace, squares] = [0, 0];
  for (let i = 0; i < mean.length; i++) {
    trace += mean[i] * (1 - mean[i]);
    for (let j = 0; j < mean.length; j++) {
      squares += (Math.min(mean[i], mean[j]) - mean[i] * mean[j]) ** 2;
    }
  }
  return { variance: trace, dimensions: (trace * trace) / squares };
}

/** Takes the mean of each hour of the day away. Hours that do not repeat say nothing about chance and are left out. */
function withoutCycle(hours: readonly Block[]): Block[] {
  const days = groupBy(hours, ({ index }) => index % HOURS_A_DAY);
  return [...days.values()]
    .filter((repeats) => repeats.length > 1)
    .flatMap((repeats) => {
      const mean = join(0, repeats).shares;
      // The mean follows its hours: deviations are too small by the root of (n - 1) / n.
      const widen = Math.sqrt(repeats.length / (repeats.length - 1));
      return repeats.map((hour) => ({ ...hour, shares: hour.shares.map((share, i) => (share - mean[i]) * widen) }));
    })
    .sort((a, b) => a.index - b.index);
}

/** Differences of each block and the next one. */
function firstDifferences(blocks: readonly Block[]): Difference[] {
  return blocks.slice(1).flatMap((next, i) => {
    const block = blocks[i];
    if (next.index !== block.index + 1) return [];
    const shares = next.shares.map((share, contrast) => share - block.shares[contrast]);
    return [{ shares, variance: 1 / block.rows + 1 / next.rows }];
  });
}

/** Differences of each block and the mean of its two neighbours. */
function secondDifferences(blocks: readonly Block[]): Difference[] {
  return blocks.slice(2).flatMap((after, i) => {
    const [before, block] = [blocks[i], blocks[i + 1]];
    if (after.index !== before.index + 2) return [];
    const shares = block.shares.map(
      (share, contrast) => share - (before.shares[contrast] + after.shares[contrast]) / 2,
    );
    return [{ shares, variance: 1 / block.rows + (1 / before.rows + 1 / after.rows) / 4 }];
  });
}

/**
 * Design effect of categories. Σ (p - q)² / p is a sum of squares, one for each direction, each with an effect of its own; a
 * single category that comes in bursts decides how far that sum strays. With M the covariance of the shares over √p, tr(M²) /
 * tr(M) is the effect of a chi-squared sum that strays as far (the second-order correction of J. Rao, A. Scott, 1984).
 */
function categoryEstimate(differences: readonly Difference[], mean: readonly number[], overlap: number): DesignEffect {
  const weights = differences.map(({ variance }) => 1 / variance);
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const scaled = differences.map(({ shares }, k) =>
    shares.map((share, i) => (mean[i] > 0 ? (share * weights[k]) / Math.sqrt(mean[i]) : 0)),
  );
  const dot = (a: readonly number[], b: readonly number[]) => a.reduce((sum, value, i) => sum + value * b[i], 0);
  let [trace, squares] = [0, 0];
  scaled.forEach((one, k) => {
    const size = dot(one, one);
    trace += size;
    squares += size * size;
    for (let l = 0; l < k; l++) squares += 2 * dot(one, scaled[l]) ** 2;
  });
  const independent = (total * total) / dot(weights, weights) / overlap;
  if (trace === 0) return { effect: 0, degreesOfFreedom: independent };
  return { effect: squares / trace / total, degreesOfFreedom: (independent * trace * trace) / squares };
}

/**
 * Variance of differences against that of independent rows. Each has the weight that its hours have in the window's shares,
 * rows squared: so the estimate holds where an hour's rows vary together as well as where single rows do.
 *
 * @param overlap sum of the squared correlations of one difference with all: each shares its hours with its neighbours
 */
function estimate(
  differences: readonly Difference[],
  mean: readonly number[],
  ordered: boolean,
  overlap: number,
): DesignEffect {
  if (!ordered) return categoryEstimate(differences, mean, overlap);
  const { variance, dimensions } = multinomial(mean);
  let [seen, weights, squares] = [0, 0, 0];
  for (const { shares, variance: rows } of differences) {
    const weight = 1 / rows;
    weights += weight;
    squares += weight * weight;
    for (const share of shares) seen += (share * weight) ** 2;
  }
  const independent = (weights * weights) / squares / overlap;
  return { effect: seen / (weights * variance), degreesOfFreedom: independent * dimensions };
}

/** All but the largest, in standard errors: where the column drifted, that is the step. */
function withoutLargest(differences: readonly Difference[]): Difference[] {
  const size = ({ shares, variance }: Difference) => shares.reduce((sum, share) => sum + share * share, 0) / variance;
  const sizes = differences.map(size);
  const largest = sizes.indexOf(Math.max(...sizes));
  return differences.filter((_, i) => i !== largest);
}

/**
 * By how much the mean of n squares is above that without the largest, where there is no step: of exponential ones, which
 * squares in two dimensions are, the largest is 1 + 1/2 + … + 1/n times their mean (A. Rényi, Acta Math. Hung. 1953).
 */
function largestShare(n: number): number {
  let largest = 0;
  for (let i = 1; i <= n; i++) largest += 1 / i;
  return (n - 1) / (n - largest);
}

/** Neighbouring first differences correlate with -½; second ones with -⅔ and, the next but one, with ⅙. */
const FIRST_OVERLAP = 1 + 2 / 4;
const SECOND_OVERLAP = 1 + 2 * (4 / 9 + 1 / 36);

/** Estimates from blocks of 1, 2, 4, … hours. */
function fromBlocks(hours: readonly Block[], mean: readonly number[], ordered: boolean): DesignEffect[] {
  const estimates: DesignEffect[] = [];
  for (let length = 1; ; length *= 2) {
    const blocks = Array.from(
      groupBy(hours, ({ index }) => Math.floor(index / length)),
      ([index, members]) => join(index, members),
    );
    const differences = firstDifferences(blocks);
    if (differences.length < FEWEST_DIFFERENCES) return estimates;
    const { effect, degreesOfFreedom } = estimate(withoutLargest(differences), mean, ordered, FIRST_OVERLAP);
    estimates.push({ effect: effect * largestShare(differences.length), degreesOfFreedom });
  }
}

/**
 * The design effect of a column, from its hours. Hours without rows are left out.
 *
 * @param hours in order of time; of the window, and of the time before it where that is known: more hours tell more
 * @param ordered true for bins of a scale: tests of scales look at the shares below each bin, not at those of single bins
 */
export function designEffect(hours: readonly HourlyBins[], ordered: boolean): DesignEffect {
  const blocks = hours.map((hour) => blockOf(hour, ordered)).filter(({ rows }) => rows > 0);
  if (blocks.length < 3) return INDEPENDENT;
  const mean = join(0, blocks).shares;
  if (mean.every((share) => share === 0 || share === 1)) return INDEPENDENT;
  const ofDay = new Set(blocks.map(({ index }) => index % HOURS_A_DAY)).size;
  const repeated = blocks.length >= REPEATS * ofDay;
  const second = () => {
    const differences = secondDifferences(blocks);
    return differences.length < FEWEST_DIFFERENCES ? [] : [estimate(differences, mean, ordered, SECOND_OVERLAP)];
  };
  const estimates = repeated ? fromBlocks(withoutCycle(blocks), mean, ordered) : second();
  const largest = estimates.reduce((most, one) => (one.effect > most.effect ? one : most), {
    ...INDEPENDENT,
    effect: 0,
  });
  return { ...largest, effect: Math.max(1, largest.effect) };
}
