/**
 * A profile counts the values of columns in bins. Bins are fixed by the baseline; counts over the same bins add up exactly, in
 * any order, since they are integers. Documents of this shape are stored as JSON.
 */

/** How values of a column are seen: numbers on a scale, or labels of categories. */
export type ColumnType = 'numeric' | 'categorical';

/** What a column is to the model. */
export type ColumnRole = 'feature' | 'prediction';

/** A column that is profiled. */
export interface ProfiledColumn {
  readonly name: string;
  readonly type: ColumnType;
  readonly role: ColumnRole;
}

/**
 * Bins of a numeric column. Bin 0 holds what is at most `cuts[0]`, bin i what is above `cuts[i-1]` and at most `cuts[i]`, the
 * last one what is above the last cut. The first cut is the number before the baseline's least value and the last cut is its
 * greatest: so bin 0 and the last bin hold what is out of the baseline's range. A value of which the baseline has more than
 * 1/256 (an atom) has a bin of its own, between two cuts that are neighbours in floating point.
 */
export interface NumericBins extends ProfiledColumn {
  readonly type: 'numeric';
  /** Strictly increasing, finite; empty where the baseline has no number: one bin then holds all. */
  readonly cuts: readonly number[];
}

/** Bins of a categorical column: one per category, and a last one for all others. */
export interface CategoricalBins extends ProfiledColumn {
  readonly type: 'categorical';
  /** The most frequent categories of the baseline, most frequent first (ties by code unit), at most 255. */
  readonly categories: readonly string[];
}

export type ColumnBins = NumericBins | CategoricalBins;

/** A category that has no bin, with its exact count. */
export interface OtherCategory {
  readonly value: string;
  readonly count: number;
}

/** What was counted of one column. `rows` = absent + missing + invalid + sum of `counts`. */
export interface ColumnCounts {
  /** Rows of this column, where it comes from other files than the rest (a baseline's predictions): instead of `Counts.rows`. */
  readonly rows?: number;
  /** Rows in which the column does not exist at all. */
  readonly absent: number;
  /** Empty or null values, and NaN. */
  readonly missing: number;
  /** Values that are no number in a numeric column, or no scalar in a categorical one. */
  readonly invalid: number;
  /** Of those in the outermost bins: infinities. 0 in a categorical column. */
  readonly infinite: number;
  /** Per bin: `cuts.length + 1`, or `categories.length + 1` with the others last. */
  readonly counts: readonly number[];
  /** Least and greatest finite value; null where there is none, and in categorical columns. */
  readonly least: number | null;
  readonly greatest: number | null;
  /** Some of the others: those (at most 32) whose hash is least, so that merging in any order keeps the same ones. */
  readonly others: readonly OtherCategory[];
}

/** What could not be read: nothing is skipped silently. */
export interface Damage {
  /** Files or objects that could not be read at all. */
  readonly files: number;
  /** Lines, records or rows that are no valid CSV, JSON, or captured request. */
  readonly rows: number;
  /** What was wrong, with the place; at most 10, the first in code-unit order, so that merging keeps the same ones. */
  readonly examples: readonly string[];
}

/** Counts over bins. Columns stand in the order of the bins. */
export interface Counts {
  readonly rows: number;
  /** Of what was read, before decoding. */
  readonly bytes: number;
  readonly files: number;
  readonly damage: Damage;
  /** Columns of the data that are not among the profiled ones; at most 32, the first in code-unit order. */
  readonly unknownColumns: readonly string[];
  readonly columns: readonly ColumnCounts[];
}

/** A baseline: bins and what was counted in them. Stored as JSON beside a model version. */
export interface Profile {
  readonly format: 'cdk-mlops/profile/1';
  /** Where the data lies, for people. */
  readonly source: string;
  /** ISO 8601. */
  readonly createdAt: string;
  readonly bins: readonly ColumnBins[];
  readonly counts: Counts;
}
