import type { ProfiledColumn } from '../statistics/profile/profile';

/** By the position of a field: the index of its column, or -1. */
export type Layout = Int32Array;

/** How fields without names are understood. */
export interface PositionRules {
  /** Whether each row has its id as an additional last field. */
  readonly id: boolean;
  /** Whether one additional first field is the label, as in what SageMaker's XGBoost is trained on. */
  readonly label: boolean;
}

/**
 * What the fields of rows without names are: the features in order, or where there is none all columns. One field more is the
 * id at the end or else the label at the start, where the rules know these.
 */
export class Positions {
  /** Of the columns, in the order of the fields. */
  readonly indexes: readonly number[];

  constructor(
    columns: readonly ProfiledColumn[],
    private readonly rules: PositionRules,
  ) {
    const all = columns.map((_, index) => index);
    const features = all.filter((index) => columns[index].role === 'feature');
    this.indexes = features.length > 0 ? features : all;
  }

  /** The layout of rows of so many fields; undefined where there is none. */
  layout(fields: number): Layout | undefined {
    const { indexes, rules } = this;
    if (fields === indexes.length) return Int32Array.from(indexes);
    if (!this.allows(fields)) return undefined;
    return Int32Array.from(rules.id ? [...indexes, -1] : [-1, ...indexes]);
  }

  /** Whether rows may have so many fields. */
  allows(fields: number): boolean {
    const { indexes, rules } = this;
    return fields === indexes.length || (fields === indexes.length + 1 && (rules.id || rules.label));
  }

  /** Which numbers of fields are understood, in words. */
  get allowed(): string {
    const { indexes, rules } = this;
    const count = indexes.length;
    if (rules.id) return `${count}, or ${count + 1} with the id at the end`;
    return rules.label ? `${count}, or ${count + 1} with the label at the start` : `${count}`;
  }
}
