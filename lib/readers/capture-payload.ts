import { Buffer, isUtf8 } from 'node:buffer';
import type { CapturedSide, Span } from './capture-envelope';
import { JsonScanner, kindOf } from './json-scanner';
import { unescapeJson } from './json-text';
import { ascii } from './texts';

const LINE_FEED = 0x0a;
const RETURN = 0x0d;
const QUOTE = 0x22;
const COMMA = 0x2c;

/** Keys under which a list of rows stands in a JSON payload. */
const LISTS = ['instances', 'predictions'];
const LONGEST_LIST = 11;

const BASE64 = /^[A-Za-z0-9+/]*={0,2}$/;

/** What one side of a request holds, without the ways in which the envelope wraps it: rows of CSV or JSON. */
export class CapturePayload {
  bytes: Uint8Array = new Uint8Array(1);
  format: 'csv' | 'json' = 'csv';
  /** Where each row begins and ends; a byte that belongs to none follows each. */
  readonly starts: number[] = [];
  readonly ends: number[] = [];
  /** Why it cannot be read; empty where it can. */
  problem = '';
  /** Whether the payload is still in its line. */
  private inPlace = true;
  private start = 0;
  private end = 0;
  /** Where a list of rows stands in an object; -1 where none does. */
  private listAt = -1;
  private scratch = new Uint8Array(1024);
  private readonly scanner = new JsonScanner();

  get rows(): number {
    return this.starts.length;
  }

  /** Takes a side of the request in `line`. It may overwrite the line: the byte after the payload becomes one that ends it. */
  open(line: Uint8Array, side: CapturedSide): void {
    this.clear();
    this.problem = '';
    if (!side.present) return;
    this.unwrap(line, side);
    if (this.problem !== '') return;
    this.bytes[this.end] = this.format === 'csv' ? LINE_FEED : 0;
    if (this.format === 'csv') this.splitLines();
    else if (!this.splitJson()) this.refuse('its data is not valid JSON');
  }

  /** Makes the values of its only row rows of their own, if they are as many as asked for. */
  splitRow(rows: number): void {
    if (this.rows !== 1) return;
    const [start, end] = [this.starts[0], this.ends[0]];
    if (this.format === 'csv') this.splitFields(start, end);
    else if (kindOf(this.bytes[start]) === 'array') {
      this.scanner.begin(this.bytes, start, true);
      this.splitElements();
    }
    if (this.rows === rows) return;
    this.clear();
    this.add(start, end);
  }

  private clear(): void {
    this.starts.length = 0;
    this.ends.length = 0;
  }

  private add(start: number, end: number): void {
    this.starts.push(start);
    this.ends.push(end);
  }

  private refuse(problem: string): void {
    this.problem = problem;
    this.clear();
  }

  private unwrap(line: Uint8Array, side: CapturedSide): void {
    const { start, end } = side.data;
    this.bytes = line;
    this.inPlace = true;
    this.start = start;
    this.end = end;
    if (!side.isString) {
      this.format = 'json';
      return;
    }
    if (side.escaped) {
      if (this.scratch.length <= end - start) this.scratch = new Uint8Array(2 * (end - start));
      this.bytes = this.scratch;
      this.inPlace = false;
      this.start = 0;
      this.end = unescapeJson(line, start, end, this.scratch);
    }
    const encoding = spanText(line, side.encoding);
    if (encoding === 'CSV') this.format = 'csv';
    else if (encoding === 'JSON') this.format = 'json';
    else this.byContentType(spanText(line, side.contentType), encoding);
  }

  private byContentType(contentType: string, encoding: string): void {
    const known = /json/i.test(contentType) ? 'json' : /csv|^text\//i.test(contentType) ? 'csv' : undefined;
    if (known === undefined) {
      return this.refuse(`its content type is '${contentType}' (${encoding || 'no encoding'}), allowed: CSV and JSON`);
    }
    this.format = known;
    if (encoding === 'BASE64') this.decode();
  }

  private decode(): void {
    const { buffer, byteOffset } = this.bytes;
    const text = Buffer.from(buffer, byteOffset + this.start, this.end - this.start).toString('latin1');
    const decoded = Buffer.from(text, 'base64');
    if (!BASE64.test(text)) return this.refuse('its data is not valid base64');
    if (!isUtf8(decoded)) return this.refuse('its data is not UTF-8');
    this.bytes = new Uint8Array(decoded.length + 1);
    this.inPlace = false;
    this.bytes.set(decoded);
    this.start = 0;
    this.end = decoded.length;
  }

  /** Lines with something in them; line ends between quotes end none. */
  private splitLines(): void {
    const { bytes, end } = this;
    if (this.inPlace && end > this.start) return this.add(this.start, end); // without escapes it has no line ends
    let quoted = false;
    let { start } = this;
    for (let at = start; at <= end; at++) {
      const byte = bytes[at];
      if (byte === QUOTE) quoted = !quoted;
      if (at < end && (byte !== LINE_FEED || quoted)) continue;
      if (at > start && !(at === start + 1 && bytes[start] === RETURN)) this.add(start, at);
      start = at + 1;
    }
  }

  /** One value after the other (JSON Lines), or the elements of a list. */
  private splitJson(): boolean {
    const { scanner } = this;
    scanner.begin(this.bytes, this.start, true);
    this.listAt = -1;
    for (let byte = scanner.space(); byte !== 0 || scanner.at < this.end; byte = scanner.space()) {
      const { at } = scanner;
      const valid = kindOf(byte) === 'object' ? scanner.object(this.member) : scanner.skip();
      if (!valid) return false;
      this.add(at, scanner.at);
    }
    if (this.rows === 1) this.openList();
    return true;
  }

  private readonly member = (): boolean => {
    if (this.atList()) this.listAt = this.scanner.at;
    return this.scanner.skip();
  };

  /** Puts the elements of a list of rows in place of the list. */
  private openList(): void {
    const { scanner, bytes } = this;
    const start = this.starts[0];
    if (this.listAt < 0 && kindOf(bytes[start]) !== 'array') return;
    scanner.begin(bytes, this.listAt < 0 ? start + 1 : this.listAt, true);
    if (this.listAt < 0) {
      const first = kindOf(scanner.space());
      if (first !== 'object' && first !== 'array') return;
      scanner.at = start;
    }
    this.splitElements();
  }

  /** Whether the scanner is at a list whose key says that its elements are rows. */
  private atList(): boolean {
    const { bytes, at, start, end } = this.scanner;
    return kindOf(bytes[at]) === 'array' && end - start <= LONGEST_LIST && LISTS.includes(ascii(bytes, start, end));
  }

  /** Makes the elements of the array at the scanner's position the rows. */
  private splitElements(): boolean {
    const { scanner } = this;
    this.clear();
    return scanner.array(() => {
      const { at } = scanner;
      const valid = scanner.skip();
      this.add(at, scanner.at);
      return valid;
    });
  }

  private splitFields(start: number, end: number): void {
    this.clear();
    for (let at = start, from = start; at <= end; at++) {
      if (at < end && this.bytes[at] !== COMMA) continue;
      this.add(from, at);
      from = at + 1;
    }
  }
}

function spanText(line: Uint8Array, { start, end }: Span): string {
  return ascii(line, start, end);
}
