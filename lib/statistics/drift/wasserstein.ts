/**
 * The Wasserstein distance of two columns of counts: the area between their distribution functions, over the range between
 * the 0.1 and 99.9 % quantiles of the baseline, in interquartile ranges of the baseline. Without the clipping one far value
 * decides, without the scale nobody can name a threshold.
 *
 * **p-value.** Without drift the difference of the distribution functions times √E is a Brownian bridge B at F, with E the
 * harmonic size. The mean of its area ∫|B(F(x))|dx is √(2/π) ∫ σ(x) dx with σ² = F(1-F); the variance is
 * (2/π) ∫∫ σ(x) σ(y) (√(1-r²) + r asin r - 1) dx dy with r the correlation of B at both places (of |X| and |Y| for normal X
 * and Y: S. Kotz et al., Continuous Multivariate Distributions 1, 2000). A gamma distribution with this mean and variance
 * stands for that of the area. Its tail falls like exp(-x), the area's like exp(-x²): far out, p-values are too large.
 */
import { gammaSf } from '../distributions';
import type { NumericBins } from '../profile/profile';
import { binQuantile } from './bin-quantiles';
import { total } from './coarse-bins';

const CLIPPED = 0.001;

/** A stretch of the scale within one bin: its length in units of the distance, and both distribution functions at its ends. */
interface Stretch {
  readonly length: number;
  readonly baseline: readonly [number, number];
  readonly window: readonly [number, number];
}

/** The interquartile range; where half of the rows have one value, the range of more of them. A quarter, so as not to overflow. */
function quarterScale(bins: NumericBins, baseline: readonly number[]): number {
  const ranges = [0.25, 0.05, CLIPPED].map(
    (tail) => binQuantile(bins, baseline, 1 - tail) / 4 - binQuantile(bins, baseline, tail) / 4,
  );
  return ranges.find((range) => range > 0) ?? 0;
}

/** The range of the baseline, cut at the bins. Lengths are differences of quarters: those of whole values may overflow. */
function stretches(bins: NumericBins, baseline: readonly number[], window: readonly number[]): Stretch[] {
  const scale = quarterScale(bins, baseline);
  if (!(scale > 0)) return [];
  const lower = binQuantile(bins, baseline, CLIPPED);
  const upper = binQuantile(bins, baseline, 1 - CLIPPED);
  const sizes = [total(baseline), total(window)];
  const below = [baseline[0] / sizes[0], window[0] / sizes[1]];
  const found: Stretch[] = [];
  for (let bin = 1; bin < bins.cuts.length; bin++) {
    const [from, to] = [bins.cuts[bin - 1], bins.cuts[bin]];
    const [start, end] = [Math.max(from, lower), Math.min(to, upper)];
    const length = Math.max(0, end / 4 - start / 4) / scale;
    const shares = [baseline[bin] / sizes[0], window[bin] / sizes[1]];
    if (length > 0) {
      const parts = [start, end].map((x) => (x / 4 - from / 4) / (to / 4 - from / 4));
      const ends = below.map((under, i) => parts.map((part) => under + part * shares[i]));
      const [f, g] = ends as [[number, number], [number, number]];
      found.push({ length, baseline: f, window: g });
    }
    shares.forEach((share, i) => (below[i] += share));
  }
  return found;
}

/** Mean of |x| for x going evenly from a to b. */
function meanSize(a: number, b: number): number {
  return a * b >= 0 ? Math.abs(a + b) / 2 : (a * a + b * b) / (2 * Math.abs(a - b));
}

/** The distance, and by how much it may be off: within a bin either function may rise at its beginning or at its end. */
export function binnedWasserstein(bins: NumericBins, baseline: readonly number[], window: readonly number[]) {
  let [distance, bound] = [0, 0];
  for (const { length, baseline: f, window: g } of stretches(bins, baseline, window)) {
    distance += length * meanSize(f[0] - g[0], f[1] - g[1]);
    bound += (length * (f[1] - f[0] + g[1] - g[0])) / 2;
  }
  return { distance, bound };
}

/** Shape and scale of the gamma distribution that stands for the area under |B|; undefined where there is no area. */
function bridgeArea(bins: NumericBins, baseline: readonly number[]): { shape: number; scale: number } | undefined {
  const points = stretches(bins, baseline, baseline)
    .map(({ length, baseline: [from, to] }) => ({ length, at: (from + to) / 2 }))
    .filter(({ at }) => at > 0 && at < 1)
    .map(({ length, at }) => ({ weight: length * Math.sqrt(at * (1 - at)), odds: Math.sqrt(at / (1 - at)) }));
  let [mean, variance] = [0, 0];
  points.forEach((x, i) => {
    mean += x.weight;
    variance += x.weight * x.weight * (Math.PI / 2 - 1);
    for (let j = 0; j < i; j++) {
      const r = Math.min(1, points[j].odds / x.odds);
      variance += 2 * x.weight * points[j].weight * (Math.sqrt(1 - r * r) + r * Math.asin(r) - 1);
    }
  });
  mean *= Math.sqrt(2 / Math.PI);
  variance *= 2 / Math.PI;
  return variance > 0 ? { shape: (mean * mean) / variance, scale: variance / mean } : undefined;
}

/** Chance of a distance of at least x without drift, for samples of that harmonic size; undefined where none is possible. */
export function wassersteinSf(bins: NumericBins, baseline: readonly number[], size: number) {
  const area = bridgeArea(bins, baseline);
  return area && ((x: number) => gammaSf(x * Math.sqrt(size), area.shape, area.scale));
}
