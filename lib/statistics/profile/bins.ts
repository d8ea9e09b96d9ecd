/** Bins from a sample of the baseline. */
import { nextDown } from './next-float';
import type { CategoricalBins, ColumnBins, ColumnCounts, NumericBins } from './profile';
import type { Sample, SampledColumn } from './sample';

/** How many bins of about equal share a numeric column gets, before atoms. */
export const QUANTILES = 256;
/** How many categories get a bin. */
export const MAX_CATEGORIES = 255;

/** Values of which the sample has more than 1/256, from its sorted values. */
function atomsOf(sorted: Float64Array): number[] {
  const atoms: number[] = [];
  for (let from = 0; from < sorted.length;) {
    let to = from;
    while (to < sorted.length && sorted[to] === sorted[from]) to++;
    if ((to - from) * QUANTILES > sorted.length) atoms.push(sorted[from]);
    from = to;
  }
  return atoms;
}

/** The greatest finite number: a first cut at its negative and a last one at it leave only infinities outside. */
const END = Number.MAX_VALUE;

/**
 * Cuts at the quantiles i/256 of the sample, and below and at each atom; a first and a last one that no finite number is
 * beyond, until all rows are counted and the range is known ({@link closeRange}). Strictly increasing and finite.
 */
export function cutsOf(sample: ArrayLike<number>): number[] {
  const sorted = Float64Array.from(sample).sort();
  const cuts = new Set([-END, END]);
  if (sorted.length > 0) {
    for (let i = 1; i < QUANTILES; i++) cuts.add(sorted[Math.ceil((i * sorted.length) / QUANTILES) - 1]);
  }
  for (const atom of atomsOf(sorted)) cuts.add(nextDown(atom)).add(atom);
  return [...cuts].filter(Number.isFinite).sort((a, b) => a - b);
}

const total = (counts: readonly number[]) => counts.reduce((sum, count) => sum + count, 0);

/**
 * Moves the first cut to before the least value and the last one to the greatest. Other cuts that are not between them go:
 * nothing was counted beyond them. Without a finite number no cut remains. Cuts that are closed stay as they are.
 */
export function closeRange(
  cuts: readonly number[],
  { counts, least, greatest }: Pick<ColumnCounts, 'counts' | 'least' | 'greatest'>,
): { cuts: readonly number[]; counts: readonly number[] } {
  if (cuts[0] !== -END || cuts[cuts.length - 1] !== END) return { cuts, counts };
  if (least === null || greatest === null) return { cuts: [], counts: [total(counts)] };
  const first = nextDown(least);
  const below = Number.isFinite(first) ? [{ cut: first, count: counts[0] }] : [];
  const inner = cuts
    .map((cut, bin) => ({ cut, count: counts[bin] }))
    .filter(({ cut }) => cut > first && cut < greatest);
  const lower = [...below, ...inner];
  const above = counts[counts.length - 1];
  const last = total(counts) - above - total(lower.map(({ count }) => count));
  return {
    cuts: [...lower.map(({ cut }) => cut), greatest],
    counts: [...lower.map(({ count }) => count), last, above],
  };
}

/** The most frequent labels, most frequent first, equal ones in code-unit order. */
export function mostFrequent(labels: readonly string[], counts: readonly number[]): string[] {
  return labels
    .map((label, index) => ({ label, count: counts[index] }))
    .sort((a, b) => b.count - a.count || (a.label < b.label ? -1 : 1))
    .slice(0, MAX_CATEGORIES)
    .map(({ label }) => label);
}

function numericBins({ name, role, values }: SampledColumn & { type: 'numeric' }): NumericBins {
  return { name, type: 'numeric', role, cuts: cutsOf(values.filter((value) => value !== null)) };
}

/** By exact counts where the sample has them; else by how many of the sampled rows have the label. */
function categoricalBins({
  name,
  role,
  labels,
  counts,
  values,
}: SampledColumn & { type: 'categorical' }): CategoricalBins {
  let known = counts;
  if (!known) {
    const sampled = new Array<number>(labels.length).fill(0);
    for (const value of values) if (value !== null) sampled[value]++;
    known = sampled;
  }
  return { name, type: 'categorical', role, categories: mostFrequent(labels, known) };
}

/**
 * Bins of each column. Counting all of the data over them makes the baseline's profile; `buildProfile` then closes their ranges.
 */
export function binsFromSample(sample: Sample): ColumnBins[] {
  return sample.columns.map((column) => (column.type === 'numeric' ? numericBins(column) : categoricalBins(column)));
}
