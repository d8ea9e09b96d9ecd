/** Counts over bins that add up exactly, in any order and however they were split. */
import { hashText } from './hash';
import type { ColumnBins, ColumnCounts, Counts, Damage, OtherCategory } from './profile';

/** How many categories without a bin are kept. */
export const MAX_OTHERS = 32;
/** How many descriptions of damage are kept. */
export const MAX_EXAMPLES = 10;
/** How many names of columns that are not profiled are kept. */
export const MAX_UNKNOWN_COLUMNS = 32;

/** The number of bins: numeric `cuts.length + 1`, categorical `categories.length + 1`. */
export function binCount(bins: ColumnBins): number {
  return (bins.type === 'numeric' ? bins.cuts : bins.categories).length + 1;
}

/** Counts of nothing. */
export function emptyCounts(bins: readonly ColumnBins[]): Counts {
  return {
    rows: 0,
    bytes: 0,
    files: 0,
    damage: { files: 0, rows: 0, examples: [] },
    unknownColumns: [],
    columns: bins.map((column) => ({
      absent: 0,
      missing: 0,
      invalid: 0,
      infinite: 0,
      counts: new Array<number>(binCount(column)).fill(0),
      least: null,
      greatest: null,
      others: [],
    })),
  };
}

/** The first distinct ones in code-unit order: whatever the order of merging, the same ones stay. */
export function firstOf(texts: Iterable<string>, limit: number): string[] {
  return [...new Set(texts)].sort().slice(0, limit);
}

/** Those whose hash is least, least first; equal hashes in code-unit order. */
export function leastHashed(others: readonly OtherCategory[]): OtherCategory[] {
  return others
    .map((other) => ({ other, hash: hashText(other.value) }))
    .sort((a, b) => a.hash - b.hash || (a.other.value < b.other.value ? -1 : 1))
    .slice(0, MAX_OTHERS)
    .map(({ other }) => other);
}

function mergeOthers(a: readonly OtherCategory[], b: readonly OtherCategory[]): OtherCategory[] {
  const counts = new Map(a.map(({ value, count }) => [value, count]));
  for (const { value, count } of b) counts.set(value, (counts.get(value) ?? 0) + count);
  return leastHashed(Array.from(counts, ([value, count]) => ({ value, count })));
}

function extreme(choose: (...values: number[]) => number, a: number | null, b: number | null): number | null {
  if (a === null || b === null) return a ?? b;
  return choose(a, b);
}

/** Rows of a column that has rows of its own on either side. */
function mergeRows(index: number, a: Counts, b: Counts): { readonly rows?: number } {
  const [ofA, ofB] = [a.columns[index].rows, b.columns[index].rows];
  return ofA === undefined && ofB === undefined ? {} : { rows: (ofA ?? a.rows) + (ofB ?? b.rows) };
}

function mergeColumn(a: ColumnCounts, b: ColumnCounts): ColumnCounts {
  if (a.counts.length !== b.counts.length) {
    throw new RangeError(
      `counts to merge must be over the same bins, got a column with ${a.counts.length} bins and with ${b.counts.length}`,
    );
  }
  return {
    absent: a.absent + b.absent,
    missing: a.missing + b.missing,
    invalid: a.invalid + b.invalid,
    infinite: a.infinite + b.infinite,
    counts: a.counts.map((count, bin) => count + b.counts[bin]),
    least: extreme(Math.min, a.least, b.least),
    greatest: extreme(Math.max, a.greatest, b.greatest),
    others: mergeOthers(a.others, b.others),
  };
}

/** Damage of both. */
export function mergeDamage(a: Damage, b: Damage): Damage {
  return {
    files: a.files + b.files,
    rows: a.rows + b.rows,
    examples: firstOf([...a.examples, ...b.examples], MAX_EXAMPLES),
  };
}

/**
 * The counts of both: what one pass over all of the data would have counted, exactly, in whatever order parts are merged.
 * @throws RangeError when they are not over the same bins
 */
export function mergeCounts(a: Counts, b: Counts): Counts {
  if (a.columns.length !== b.columns.length) {
    throw new RangeError(
      `counts to merge must be over the same bins, got ${a.columns.length} columns and ${b.columns.length}`,
    );
  }
  return {
    rows: a.rows + b.rows,
    bytes: a.bytes + b.bytes,
    files: a.files + b.files,
    damage: mergeDamage(a.damage, b.damage),
    unknownColumns: firstOf([...a.unknownColumns, ...b.unknownColumns], MAX_UNKNOWN_COLUMNS),
    columns: a.columns.map((column, index) => ({
      ...mergeRows(index, a, b),
      ...mergeColumn(column, b.columns[index]),
    })),
  };
}
