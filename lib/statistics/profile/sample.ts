/**
 * A sample of rows from which bins are made: those whose hash is least, so that samples of parts merge to the sample of the
 * whole, exactly and in any order.
 */
import { MAX_UNKNOWN_COLUMNS, firstOf, mergeDamage } from './counts';
import type { Damage, ProfiledColumn } from './profile';

interface SampledNumbers extends ProfiledColumn {
  readonly type: 'numeric';
  /** One per sampled row; null where the row has no finite number. */
  readonly values: ReadonlyArray<number | null>;
}

interface SampledCategories extends ProfiledColumn {
  readonly type: 'categorical';
  /** In code-unit order: all there are, or where they are too many those of the sampled rows. */
  readonly labels: readonly string[];
  /** In how many of all rows each label stands; null where there are more labels than the sample has rows. */
  readonly counts: readonly number[] | null;
  /** One per sampled row: the index of its label; null where the row has none. */
  readonly values: ReadonlyArray<number | null>;
}

export type SampledColumn = SampledNumbers | SampledCategories;

/** A JSON document. Columns stand in the order in which they were asked for. */
export interface Sample {
  /** Most rows that it keeps, and most categories that are counted exactly. */
  readonly size: number;
  /** Rows that were read or passed over. */
  readonly rows: number;
  readonly bytes: number;
  readonly files: number;
  /** What was noticed; rows that are passed over are not looked at. */
  readonly damage: Damage;
  readonly unknownColumns: readonly string[];
  /** Hashes of the sampled rows, ascending; at most `size`. */
  readonly hashes: readonly number[];
  readonly columns: readonly SampledColumn[];
}

/** How many rows are sampled: 65,536, and of many columns fewer, so that memory stays bounded; at least 1,024. */
export function sampleSize(columns: number): number {
  return Math.min(65_536, Math.max(1_024, Math.floor(2 ** 23 / Math.max(1, columns))));
}

/** A row of either of two samples. */
interface Origin {
  readonly hash: number;
  readonly second: boolean;
  readonly row: number;
}

function leastRows(a: Sample, b: Sample): Origin[] {
  const origins = (hashes: readonly number[], second: boolean) => hashes.map((hash, row) => ({ hash, second, row }));
  return [...origins(a.hashes, false), ...origins(b.hashes, true)].sort((x, y) => x.hash - y.hash).slice(0, a.size);
}

function mergeNumbers(a: SampledNumbers, b: SampledNumbers, rows: readonly Origin[]): SampledNumbers {
  return { ...a, values: rows.map(({ second, row }) => (second ? b : a).values[row]) };
}

/** Counts of all labels of both; null where either does not know its own, or both together have too many. */
function addLabels(a: SampledCategories, b: SampledCategories, limit: number): Map<string, number> | null {
  if (!a.counts || !b.counts) return null;
  const sum = new Map<string, number>();
  for (const { labels, counts } of [a, b]) {
    labels.forEach((label, index) => sum.set(label, (sum.get(label) ?? 0) + (counts as number[])[index]));
  }
  return sum.size > limit ? null : sum;
}

function mergeCategories(
  a: SampledCategories,
  b: SampledCategories,
  rows: readonly Origin[],
  limit: number,
): SampledCategories {
  const sum = addLabels(a, b, limit);
  const sampled = rows.map(({ second, row }) => {
    const { labels, values } = second ? b : a;
    const value = values[row];
    return value === null ? null : labels[value];
  });
  const labels = [...new Set(sum ? sum.keys() : sampled.filter((label) => label !== null))].sort();
  const indexes = new Map(labels.map((label, index) => [label, index]));
  return {
    ...a,
    labels,
    counts: sum && labels.map((label) => sum.get(label) as number),
    values: sampled.map((label) => (label === null ? null : (indexes.get(label) as number))),
  };
}

/**
 * The sample of both parts: the one that reading all of the data at once gives.
 * @throws RangeError when they are not of the same columns
 */
export function mergeSamples(a: Sample, b: Sample): Sample {
  const names = (sample: Sample) => sample.columns.map(({ name, type }) => `${name} (${type})`).join(', ');
  if (names(a) !== names(b) || a.size !== b.size) {
    throw new RangeError(`samples to merge must be of the same columns, got ${names(a)} and ${names(b)}`);
  }
  const rows = leastRows(a, b);
  return {
    size: a.size,
    rows: a.rows + b.rows,
    bytes: a.bytes + b.bytes,
    files: a.files + b.files,
    damage: mergeDamage(a.damage, b.damage),
    unknownColumns: firstOf([...a.unknownColumns, ...b.unknownColumns], MAX_UNKNOWN_COLUMNS),
    hashes: rows.map(({ hash }) => hash),
    columns: a.columns.map((column, index) => {
      const other = b.columns[index];
      return column.type === 'numeric'
        ? mergeNumbers(column, other as SampledNumbers, rows)
        : mergeCategories(column, other as SampledCategories, rows, a.size);
    }),
  };
}
