import { parseNumber } from './number-bytes';
import type { Layout } from './positions';
import { PRESENT } from './row-sink';
import type { RowSink } from './row-sink';
import { isMissing, oddNumberOf } from './texts';

const LINE_FEED = 0x0a;
const RETURN = 0x0d;
const QUOTE = 0x22;
const COMMA = 0x2c;
const SPACE = 0x20;
const TAB = 0x09;

/** The bytes end before a closing quote. */
export const UNCLOSED = -1;
/** Something follows a closing quote. */
export const MALFORMED = -2;

/** Whether a field ends at a position. */
function endsField(bytes: Uint8Array, at: number): boolean {
  const byte = bytes[at];
  return byte === COMMA || byte === LINE_FEED || (byte === RETURN && bytes[at + 1] === LINE_FEED);
}

/** The position after the end of a line that ends at `at`. */
const nextLine = (bytes: Uint8Array, at: number) => at + (bytes[at] === RETURN ? 2 : 1);

const utf8 = new TextDecoder('utf-8', { ignoreBOM: true });

/**
 * Rows of CSV (RFC 4180: quotes, doubled quotes and line ends between quotes; lines end with LF or CRLF). Bytes must have a
 * line feed as their last one.
 */
export class CsvRow {
  /** Fields of the row that was read last. */
  fields = 0;
  /** Line ends between its quotes. */
  innerLines = 0;
  /** Content of the field that was delimited last, without its quotes. */
  private content: Uint8Array = new Uint8Array();
  private from = 0;
  private to = 0;
  private readonly numeric: readonly boolean[];
  private readonly kinds: Uint8Array;
  private readonly values: Float64Array;

  constructor(private readonly sink: RowSink) {
    ({ numeric: this.numeric, kinds: this.kinds, values: this.values } = sink);
  }

  /**
   * Reads a row into the columns of the sink.
   *
   * @returns the position after it, `UNCLOSED` or `MALFORMED`
   */
  read(bytes: Uint8Array, start: number, end: number, layout: Layout): number {
    const { numeric, kinds, values } = this;
    this.innerLines = 0;
    let at = start;
    for (let field = 0; ; field++) {
      const column = field < layout.length ? layout[field] : -1;
      let next: number;
      if (column >= 0 && numeric[column]) {
        next = parseNumber(bytes, at, values, column);
        if (next >= 0 && endsField(bytes, next)) kinds[column] = PRESENT;
        else next = this.oddNumber(bytes, at, end, column);
      } else {
        next = this.delimit(bytes, at, end);
        if (column >= 0 && next >= 0) this.sink.category(column, this.content, this.from, this.to);
      }
      if (next < 0) return next;
      if (bytes[next] !== COMMA) {
        this.fields = field + 1;
        return nextLine(bytes, next);
      }
      at = next + 1;
    }
  }

  /** Texts of the fields of a row; undefined where it is malformed or not whole. */
  texts(bytes: Uint8Array, start: number, end: number): string[] | undefined {
    const texts: string[] = [];
    for (let at = start; ; at++) {
      at = this.delimit(bytes, at, end);
      if (at < 0) return undefined;
      texts.push(utf8.decode(this.content.subarray(this.from, this.to)));
      if (bytes[at] !== COMMA) return texts;
    }
  }

  /** A numeric field that is more or less than a number. */
  private oddNumber(bytes: Uint8Array, at: number, end: number, column: number): number {
    const next = this.delimit(bytes, at, end);
    if (next < 0) return next;
    const { content, sink } = this;
    let { from, to } = this;
    while (from < to && (content[from] === SPACE || content[from] === TAB)) from++;
    while (from < to && (content[to - 1] === SPACE || content[to - 1] === TAB)) to--;
    if (isMissing(content, from, to)) sink.missing(column);
    else if (parseNumber(content, from, this.values, column) === to) this.kinds[column] = PRESENT;
    else {
      const number = oddNumberOf(content, from, to);
      if (number === number) sink.number(column, number);
      else sink.invalid(column);
    }
    return next;
  }

  /** Finds the end of a field and its content. */
  private delimit(bytes: Uint8Array, start: number, end: number): number {
    if (bytes[start] === QUOTE) return this.delimitQuoted(bytes, start, end);
    let at = start;
    for (let byte = bytes[at]; byte !== COMMA && byte !== LINE_FEED;) byte = bytes[++at];
    if (bytes[at] === LINE_FEED && at > start && bytes[at - 1] === RETURN) at--;
    this.content = bytes;
    this.from = start;
    this.to = at;
    return at;
  }

  private delimitQuoted(bytes: Uint8Array, start: number, end: number): number {
    let doubled = false;
    let at = start + 1;
    for (; at < end; at++) {
      const byte = bytes[at];
      if (byte === LINE_FEED) this.innerLines++;
      if (byte !== QUOTE) continue;
      if (bytes[at + 1] !== QUOTE) break;
      doubled = true;
      at++;
    }
    if (at >= end) return UNCLOSED;
    if (!endsField(bytes, at + 1)) return MALFORMED;
    this.content = doubled ? withoutDoubledQuotes(bytes, start + 1, at) : bytes;
    this.from = doubled ? 0 : start + 1;
    this.to = doubled ? this.content.length : at;
    return at + 1;
  }
}

function withoutDoubledQuotes(bytes: Uint8Array, start: number, end: number): Uint8Array {
  const content = new Uint8Array(end - start);
  let length = 0;
  for (let at = start; at < end; at++) {
    if (bytes[at] === QUOTE) at++;
    content[length++] = bytes[at];
  }
  return content.subarray(0, length);
}
