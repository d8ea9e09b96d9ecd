/** The area under the receiver operating characteristic: how often a positive row scores above a negative one. */

/** Area and its variance, with how many rows of each class there are. */
export interface Area {
  readonly area: number;
  readonly variance: number;
  readonly positives: number;
  readonly negatives: number;
}

/** Mid-ranks from 1: equal values share the mean of their places. */
function midRanks(values: Float64Array): Float64Array {
  const order = Uint32Array.from(values, (_, i) => i).sort((a, b) => values[a] - values[b]);
  const ranks = new Float64Array(values.length);
  for (let from = 0; from < order.length;) {
    let to = from;
    while (to < order.length && values[order[to]] === values[order[from]]) to++;
    for (let place = from; place < to; place++) ranks[order[place]] = (from + 1 + to) / 2;
    from = to;
  }
  return ranks;
}

/** For each row the share of the other class that scores below it; equal scores count half. */
function placements(
  scores: Float64Array,
  ranks: Float64Array,
  members: readonly boolean[],
  isOne: boolean,
): Float64Array {
  const indexes = [...members.keys()].filter((i) => members[i] === isOne);
  const own = midRanks(Float64Array.from(indexes, (i) => scores[i]));
  const others = members.length - indexes.length;
  return Float64Array.from(indexes, (i, place) => (ranks[i] - own[place]) / others);
}

function mean(values: Float64Array): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function sampleVariance(values: Float64Array): number {
  const centre = mean(values);
  return values.reduce((sum, value) => sum + (value - centre) ** 2, 0) / (values.length - 1);
}

/**
 * The area, exactly, by ranks, and its variance (E. DeLong, D. DeLong, D. Clarke-Pearson, Biometrics 1988; by ranks: X. Sun,
 * W. Xu, IEEE Signal Processing Letters 2014). The variance is NaN with one row of a class.
 * @throws RangeError when a class has no row
 */
export function areaUnderCurve(scores: Float64Array, positive: readonly boolean[]): Area {
  const ranks = midRanks(scores);
  const above = placements(scores, ranks, positive, true);
  const below = placements(scores, ranks, positive, false);
  if (above.length === 0 || below.length === 0) {
    throw new RangeError(`auc needs labels of both classes, got ${above.length} positive and ${below.length} negative`);
  }
  const variance = sampleVariance(above) / above.length + sampleVariance(below) / below.length;
  return { area: mean(above), variance, positives: above.length, negatives: below.length };
}

/**
 * Variance of the area where it is truly this (J. Hanley, B. McNeil, Radiology 1982): does not vanish where a few rows happen
 * to be in perfect order, or in perfect disorder.
 */
export function areaVariance(area: number, positives: number, negatives: number): number {
  const twoPositives = area / (2 - area) - area * area;
  const twoNegatives = (2 * area * area) / (1 + area) - area * area;
  const sum = area * (1 - area) + (positives - 1) * twoPositives + (negatives - 1) * twoNegatives;
  return sum / (positives * negatives);
}
