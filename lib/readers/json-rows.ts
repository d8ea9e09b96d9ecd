import { CategoryTable } from './category-table';
import { kindOf } from './json-scanner';
import type { JsonScanner } from './json-scanner';
import { unescapeJson } from './json-text';
import { Positions } from './positions';
import type { Layout, PositionRules } from './positions';
import type { RowSink } from './row-sink';
import { ascii, isMissing, oddNumberOf } from './texts';

/** Names of unknown columns that are remembered, so that each is reported once. */
const REMEMBERED_NAMES = 1024;

const TRUE = Uint8Array.from([0x74, 0x72, 0x75, 0x65]);
const FALSE = Uint8Array.from([0x66, 0x61, 0x6c, 0x73, 0x65]);

/** Puts JSON values into the columns of rows: objects by key, arrays by position. */
export class JsonRows {
  /** Why the last row was refused. */
  problem = '';
  private readonly names: CategoryTable;
  private readonly positions: Positions;
  private layout: Layout | undefined;
  private fields = 0;
  private scratch = new Uint8Array(256);

  constructor(
    private readonly sink: RowSink,
    readonly scanner: JsonScanner,
    rules: PositionRules,
    id?: string,
  ) {
    this.names = new CategoryTable(sink.columns.map(({ name }) => name));
    if (id !== undefined) this.names.addText(id); // known, so not reported
    this.positions = new Positions(sink.columns, rules);
  }

  /** Reads the value at the scanner's position as a row, without ending it. False with a `problem` where it is none. */
  read(): boolean {
    this.problem = 'not valid JSON';
    switch (kindOf(this.scanner.bytes[this.scanner.at])) {
      case 'object':
        return this.scanner.object(this.member);
      case 'array':
        return this.array();
      default:
        if (this.scanner.skip()) this.problem = 'neither an object nor an array';
        return false;
    }
  }

  /** Reads the value at the scanner's position into a column. */
  value(column: number): boolean {
    const { scanner, sink } = this;
    const { bytes, at } = scanner;
    const kind = kindOf(bytes[at]);
    switch (kind) {
      case 'number':
        return this.number(column);
      case 'string':
        if (!scanner.string()) return false;
        this.text(column);
        return true;
      case 'object':
      case 'array':
        sink.invalid(column);
        return scanner.skip();
      case 'none':
        return false;
      default:
        if (kind === 'null') sink.missing(column);
        else if (sink.numeric[column]) sink.invalid(column);
        else sink.category(column, kind === 'true' ? TRUE : FALSE, 0, kind.length);
        return scanner.literal();
    }
  }

  private readonly member = (): boolean => {
    const { scanner, sink } = this;
    const id = this.nameId();
    if (id >= 0 && id < sink.columns.length) return this.value(id);
    if (id < 0) this.unknown();
    return scanner.skip();
  };

  /** The number of the key that was read. */
  private nameId(): number {
    const { bytes, start, end, escaped } = this.scanner;
    if (!escaped) return this.names.find(bytes, start, end);
    return this.names.find(this.scratch, 0, this.unescape());
  }

  /** Reports the key that was looked up. */
  private unknown(): void {
    const { bytes, start, end, escaped } = this.scanner;
    const name = escaped ? this.scratch.slice(0, this.unescape()) : bytes.slice(start, end);
    this.sink.unknownColumn(new TextDecoder().decode(name));
    if (this.names.size < this.sink.columns.length + REMEMBERED_NAMES) this.names.add(name, 0, name.length);
  }

  private array(): boolean {
    const { scanner } = this;
    const { at } = scanner;
    this.fields = 0;
    if (!this.layout) {
      if (!scanner.array(this.skipElement)) return false;
      this.layout = this.positions.layout(this.fields);
      scanner.at = at;
    }
    this.fields = 0;
    if (!scanner.array(this.element)) return false;
    if (this.fields === this.layout?.length) return true;
    this.problem = `wrong number of values: got ${this.fields}, allowed ${this.layout?.length ?? this.positions.allowed}`;
    return false;
  }

  private readonly skipElement = (): boolean => {
    this.fields++;
    return this.scanner.skip();
  };

  private readonly element = (index: number): boolean => {
    this.fields++;
    const column = this.layout && index < this.layout.length ? this.layout[index] : -1;
    return column >= 0 ? this.value(column) : this.scanner.skip();
  };

  private number(column: number): boolean {
    const { scanner, sink } = this;
    const { at } = scanner;
    if (!scanner.number()) return false;
    const value = scanner.numbers[0];
    if (sink.numeric[column] || value !== value) sink.number(column, value);
    else this.numberAsText(column, at, value);
    return true;
  }

  /** A number as a category: as it is written where that is the usual way, so that 1 and 1.0 are one. */
  private numberAsText(column: number, at: number, value: number): void {
    const { scanner, sink } = this;
    const text = String(value);
    if (text.length === scanner.at - at && text === ascii(scanner.bytes, at, scanner.at)) {
      sink.category(column, scanner.bytes, at, scanner.at);
    } else sink.text(column, text);
  }

  /** The string that was read, into a column. */
  private text(column: number): void {
    const { scanner, sink } = this;
    const bytes = scanner.escaped ? this.scratch : scanner.bytes;
    const [start, end] = scanner.escaped ? [0, this.unescape()] : [scanner.start, scanner.end];
    if (!sink.numeric[column]) sink.category(column, bytes, start, end);
    else if (isMissing(bytes, start, end)) sink.missing(column);
    else {
      const infinity = oddNumberOf(bytes, start, end);
      if (infinity - infinity === 0 || infinity !== infinity) sink.invalid(column);
      else sink.number(column, infinity);
    }
  }

  /** Puts the string that was read into `scratch`, without its escapes; its length. */
  private unescape(): number {
    const { bytes, start, end } = this.scanner;
    if (this.scratch.length < end - start) this.scratch = new Uint8Array(2 * (end - start));
    return unescapeJson(bytes, start, end, this.scratch);
  }
}
