import { MAX_EXAMPLES, MAX_UNKNOWN_COLUMNS, firstOf } from '../statistics/profile/counts';
import type { Damage, ProfiledColumn } from '../statistics/profile/profile';
import { isMissing } from './texts';

/** What a row says of a column. */
export const ABSENT = 0;
export const MISSING = 1;
export const INVALID = 2;
export const PRESENT = 3;

/** What becomes of rows: they are counted, or sampled. */
export interface RowConsumer {
  /**
   * Whether the numbers of the next row matter. Where they do not, readers may leave them out; categories always matter.
   * @default true
   */
  readonly wantsNumbers?: boolean;
  /** The number of a category, from its UTF-8 bytes; asked for before it is certain that the row is whole. */
  category(column: number, bytes: Uint8Array, start: number, end: number): number;
  /** Passes over a row: one that is damaged, or of which nothing is wanted. */
  skip?(): void;
  /** Takes a whole row: what it says of each column, and the number or the category's number of each that is present. */
  row(kinds: Uint8Array, values: Float64Array): void;
  /** Rows of another file follow. */
  file(name: string): void;
}

const encoder = new TextEncoder();

/** A category is told by so much of its text: free text must not fill the memory. */
const MAX_CATEGORY_BYTES = 256;

/** The position at or before `end` at which a character of UTF-8 begins. */
function wholeCharacters(bytes: Uint8Array, start: number, end: number): number {
  let at = end;
  while (at > start && (bytes[at] & 0xc0) === 0x80) at--;
  return at;
}

/**
 * Where readers put what they read. A row is put together column by column and counts only with `end`, so that a damaged one
 * leaves no trace but its damage.
 */
export class RowSink {
  readonly kinds: Uint8Array;
  /** Written before the kind says that a number is present. */
  readonly values: Float64Array;
  readonly numeric: readonly boolean[];
  rows = 0;
  bytes = 0;
  files = 0;
  private file = '';
  private damagedFiles = 0;
  private damagedRows = 0;
  private examples: string[] = [];
  private unknown: string[] = [];

  constructor(
    readonly columns: readonly ProfiledColumn[],
    private readonly consumer: RowConsumer,
  ) {
    const names = columns.map(({ name }) => name);
    const twice = names.find((name, index) => names.indexOf(name) < index);
    if (twice !== undefined) throw new RangeError(`names of columns must be distinct, got '${twice}' twice`);
    this.kinds = new Uint8Array(columns.length);
    this.values = new Float64Array(columns.length);
    this.numeric = columns.map(({ type }) => type === 'numeric');
  }

  beginFile(name: string): void {
    this.file = name;
    this.consumer.file(name);
  }

  /** A number in a numeric column; NaN is missing. */
  number(column: number, value: number): void {
    this.values[column] = value + 0; // not -0
    this.kinds[column] = value === value ? PRESENT : MISSING;
  }

  /** A category in a categorical column, as UTF-8; a text such as NA or an empty one is missing. */
  category(column: number, bytes: Uint8Array, start: number, end: number): void {
    if (isMissing(bytes, start, end)) this.kinds[column] = MISSING;
    else {
      const cut = end - start > MAX_CATEGORY_BYTES ? wholeCharacters(bytes, start, start + MAX_CATEGORY_BYTES) : end;
      this.values[column] = this.consumer.category(column, bytes, start, cut);
      this.kinds[column] = PRESENT;
    }
  }

  /** A text: a category, or in a numeric column no number; one such as NA or an empty one is missing. */
  text(column: number, text: string): void {
    const bytes = encoder.encode(text);
    if (!this.numeric[column]) this.category(column, bytes, 0, bytes.length);
    else this.kinds[column] = isMissing(bytes, 0, bytes.length) ? MISSING : INVALID;
  }

  missing(column: number): void {
    this.kinds[column] = MISSING;
  }

  invalid(column: number): void {
    this.kinds[column] = INVALID;
  }

  /** The row is whole: it counts. */
  end(): void {
    this.rows++;
    this.consumer.row(this.kinds, this.values);
    this.kinds.fill(ABSENT);
  }

  get wantsNumbers(): boolean {
    return this.consumer.wantsNumbers ?? true;
  }

  /** Passes over a row of which nothing is wanted. */
  skip(): void {
    this.rows++;
    this.consumer.skip?.();
  }

  /** Drops what was put together of a row. */
  drop(): void {
    this.kinds.fill(ABSENT);
  }

  /** Drops what was put together of a row, and reports why. */
  damaged(place: string, reason: string, rows = 1): void {
    this.drop();
    this.consumer.skip?.();
    this.damagedRows += rows;
    this.example(`${this.file}: ${place}: ${reason}`);
  }

  damagedFile(reason: string): void {
    this.drop();
    this.damagedFiles++;
    this.example(reason.startsWith(this.file) ? reason : `${this.file}: ${reason}`);
  }

  unknownColumn(name: string): void {
    if (this.unknown.length === MAX_UNKNOWN_COLUMNS && name >= this.unknown[MAX_UNKNOWN_COLUMNS - 1]) return;
    this.unknown = firstOf([...this.unknown, name], MAX_UNKNOWN_COLUMNS);
  }

  /** What was read and what could not be. */
  summary(): { rows: number; bytes: number; files: number; damage: Damage; unknownColumns: readonly string[] } {
    const { rows, bytes, files, examples, unknown } = this;
    const damage = { files: this.damagedFiles, rows: this.damagedRows, examples };
    return { rows, bytes, files, damage, unknownColumns: unknown };
  }

  private example(text: string): void {
    if (this.examples.length === MAX_EXAMPLES && text >= this.examples[MAX_EXAMPLES - 1]) return;
    this.examples = firstOf([...this.examples, text], MAX_EXAMPLES);
  }
}
