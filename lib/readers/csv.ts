import { isUtf8 } from 'node:buffer';
import { CsvRow, UNCLOSED } from './csv-row';
import { Positions } from './positions';
import type { Layout } from './positions';
import type { RowSink } from './row-sink';

const LINE_FEED = 0x0a;
const RETURN = 0x0d;
const QUOTE = 0x22;

/** Whether nothing stands between a position and the end of its line. */
const isLineEnd = (block: Uint8Array, at: number) =>
  block[at] === LINE_FEED || (block[at] === RETURN && block[at + 1] === LINE_FEED);

/**
 * Reads one CSV file (RFC 4180, commas, UTF-8). If the first row has the name of a profiled column it is a header, and fields
 * are told by name; without one they are told by position, and the first row with a number of fields that is understood
 * decides. Lines without anything are skipped.
 */
export class CsvReader {
  private readonly row: CsvRow;
  private readonly positions: Positions;
  private layout: Layout | undefined;
  private line = 1;
  private begun = false;
  /** The layout without numbers: for rows whose numbers do not matter. */
  private categories: Layout | undefined;
  private onlyNumbers = false;

  constructor(
    private readonly sink: RowSink,
    private readonly id?: string,
  ) {
    this.row = new CsvRow(sink);
    this.positions = new Positions(sink.columns, { id: id !== undefined, label: true });
  }

  take(block: Uint8Array, start: number, end: number, last: boolean): number {
    const clean = isUtf8(block.subarray(start, end));
    const plain = clean && !block.subarray(start, end).includes(QUOTE);
    let at = start;
    while (at < end) {
      if (plain && this.passesOver(block, at)) {
        at = block.indexOf(LINE_FEED, at) + 1;
        continue;
      }
      const next = this.takeRow(block, at, end, clean);
      if (next === UNCLOSED && !last) return at;
      at = next < 0 ? this.damagedLine(block, at, next) : next;
    }
    return end;
  }

  tooLong(): void {
    this.sink.damaged(this.place, 'longer than 64 MB');
    this.line++;
  }

  private get place(): string {
    return `line ${this.line}`;
  }

  /** Reads a row, or a header, or a line without anything; the position after it, or why there is none. */
  private takeRow(block: Uint8Array, at: number, end: number, clean: boolean): number {
    if (isLineEnd(block, at)) {
      this.line++;
      return block.indexOf(LINE_FEED, at) + 1;
    }
    const header = !this.begun && this.readHeader(block, at, end);
    const layout = this.layout ?? this.findLayout(block, at, end);
    const next = this.row.read(block, at, end, this.sink.wantsNumbers ? layout : (this.categories ?? layout));
    if (next < 0) {
      this.sink.drop();
      return next;
    }
    this.begun = true;
    if (header) this.sink.drop();
    else if (!clean && !isUtf8(block.subarray(at, next))) this.sink.damaged(this.place, 'not UTF-8');
    else if (this.row.fields !== layout.length) this.sink.damaged(this.place, this.wrongNumber());
    else this.sink.end();
    this.line += 1 + this.row.innerLines;
    return next;
  }

  private readHeader(block: Uint8Array, at: number, end: number): boolean {
    const names = this.row.texts(block, at, end)?.map((name) => name.trim());
    const { columns } = this.sink;
    if (!names || !columns.some(({ name }) => names.includes(name))) return false;
    this.layout = new Int32Array(names.length).fill(-1);
    for (const [index, { name }] of columns.entries())
      if (names.includes(name)) this.layout[names.indexOf(name)] = index;
    this.setCategories();
    for (const name of names) {
      if (name !== this.id && !columns.some((column) => column.name === name)) this.sink.unknownColumn(name);
    }
    return true;
  }

  /** By the position of fields; rows with a number of fields that is not understood have none. */
  private findLayout(block: Uint8Array, at: number, end: number): Layout {
    const fields = this.row.texts(block, at, end)?.length;
    this.layout = fields === undefined ? undefined : this.positions.layout(fields);
    this.setCategories();
    return this.layout ?? new Int32Array();
  }

  private setCategories(): void {
    const layout = this.layout?.map((column) => (column >= 0 && this.sink.numeric[column] ? -1 : column));
    this.categories = layout;
    this.onlyNumbers = layout?.every((column) => column < 0) ?? false;
  }

  /** Passes over a row without quotes, if nothing is wanted of it. */
  private passesOver(block: Uint8Array, at: number): boolean {
    if (!this.onlyNumbers || this.sink.wantsNumbers || isLineEnd(block, at)) return false;
    this.sink.skip();
    this.line++;
    return true;
  }

  private wrongNumber(): string {
    return `wrong number of fields: got ${this.row.fields}, allowed ${this.layout?.length ?? this.positions.allowed}`;
  }

  /** Goes on at the next line: a quote that is not closed must not swallow the rest of the file. */
  private damagedLine(block: Uint8Array, at: number, problem: number): number {
    this.sink.damaged(this.place, problem === UNCLOSED ? 'a quote is not closed' : 'text after a closing quote');
    this.line++;
    return block.indexOf(LINE_FEED, at) + 1;
  }
}
