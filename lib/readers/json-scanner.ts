import { parseNumber } from './number-bytes';

const TAB = 0x09;
const LINE_FEED = 0x0a;
const RETURN = 0x0d;
const SPACE = 0x20;
const QUOTE = 0x22;
const PLUS = 0x2b;
const COMMA = 0x2c;
const MINUS = 0x2d;
const DOT = 0x2e;
const ZERO = 0x30;
const NINE = 0x39;
const COLON = 0x3a;
const OPEN_ARRAY = 0x5b;
const BACKSLASH = 0x5c;
const CLOSE_ARRAY = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;

/** How deep values may be nested: a deeper one is refused before the stack overflows. */
const MAX_DEPTH = 256;

const toBytes = (text: string) => Uint8Array.from(text, (character) => character.charCodeAt(0));
const [TRUE, FALSE, NULL, NAN, INFINITY] = ['true', 'false', 'null', 'NaN', 'Infinity'].map(toBytes);

/** Bytes for which a single character stands after a backslash. */
const ESCAPES = new Uint8Array(128);
for (const [letter, text] of Object.entries({ b: '\b', f: '\f', n: '\n', r: '\r', t: '\t', '"': '"', '/': '/' })) {
  ESCAPES[letter.charCodeAt(0)] = text.charCodeAt(0);
}
ESCAPES[BACKSLASH] = BACKSLASH;
const LETTER_E = 0x65;
const LETTER_U = 0x75;

const isDigit = (byte: number) => byte >= ZERO && byte <= NINE;
function afterDigits(bytes: Uint8Array, start: number): number {
  let at = start;
  for (let byte = bytes[at]; byte >= ZERO && byte <= NINE;) byte = bytes[++at];
  return at;
}

const isHex = (byte: number) => isDigit(byte) || ((byte | 32) >= 0x61 && (byte | 32) <= 0x66);

/** What begins with a byte. */
export type JsonKind = 'object' | 'array' | 'string' | 'number' | 'true' | 'false' | 'null' | 'none';

/** What a value is, by its first byte; a minus may begin an infinity, as N and I of what Python writes do. */
export function kindOf(byte: number): JsonKind {
  if (byte === QUOTE) return 'string';
  if (isDigit(byte) || byte === MINUS || byte === NAN[0] || byte === INFINITY[0]) return 'number';
  if (byte === OPEN_OBJECT) return 'object';
  if (byte === OPEN_ARRAY) return 'array';
  if (byte === TRUE[0]) return 'true';
  if (byte === FALSE[0]) return 'false';
  return byte === NULL[0] ? 'null' : 'none';
}

/**
 * Walks through JSON (RFC 8259) without making values of it. What it accepts is what `JSON.parse` does, and also NaN,
 * Infinity and -Infinity, which Python writes. Bytes must end with one that belongs to no value, a line feed or a zero.
 * Methods return false where the text is no JSON; `at` is then where that shows.
 */
export class JsonScanner {
  bytes: Uint8Array = new Uint8Array(1);
  at = 0;
  /** Content of the string that was read last: between its quotes. */
  start = 0;
  end = 0;
  /** Whether that string has escapes. */
  escaped = false;
  /** The number that was read last; NaN also where it was written so. */
  readonly numbers = new Float64Array(1);
  private lineFeed = SPACE;

  /** Begins at a position. With `multiline`, line feeds are space; else they end the text. */
  begin(bytes: Uint8Array, at: number, multiline: boolean): void {
    this.bytes = bytes;
    this.at = at;
    this.lineFeed = multiline ? LINE_FEED : SPACE;
  }

  /** Skips space; the byte after it. */
  space(): number {
    const { bytes, lineFeed } = this;
    let at = this.at;
    let byte = bytes[at];
    while (byte === SPACE || byte === lineFeed || byte === TAB || byte === RETURN) byte = bytes[++at];
    this.at = at;
    return byte;
  }

  /** Reads a string, at its quote. */
  string(): boolean {
    const { bytes } = this;
    let at = this.at + 1;
    this.start = at;
    this.escaped = false;
    for (let byte = bytes[at]; byte !== QUOTE; byte = bytes[at]) {
      if (byte < SPACE) return this.fail(at);
      if (byte === BACKSLASH) {
        this.escaped = true;
        at = this.afterEscape(at);
        if (at < 0) return false;
      } else at++;
    }
    this.end = at;
    this.at = at + 1;
    return true;
  }

  /** Reads a number into `numbers`. */
  number(): boolean {
    const { bytes, at } = this;
    const digits = bytes[at] === MINUS ? at + 1 : at;
    if (!isDigit(bytes[digits])) return this.special(digits);
    if (bytes[digits] === ZERO && isDigit(bytes[digits + 1])) return this.fail(digits);
    const next = parseNumber(bytes, at, this.numbers, 0);
    if (next < 0) return this.fail(at);
    this.at = next;
    return true;
  }

  /** Passes over a number without making one of it. */
  skipNumber(): boolean {
    const { bytes } = this;
    let at = bytes[this.at] === MINUS ? this.at + 1 : this.at;
    if (!isDigit(bytes[at])) return this.special(at);
    if (bytes[at] === ZERO && isDigit(bytes[at + 1])) return this.fail(at);
    at = afterDigits(bytes, at);
    if (bytes[at] === DOT) {
      if (!isDigit(bytes[at + 1])) return this.fail(at);
      at = afterDigits(bytes, at + 1);
    }
    if ((bytes[at] | 32) === LETTER_E) {
      at++;
      if (bytes[at] === PLUS || bytes[at] === MINUS) at++;
      if (!isDigit(bytes[at])) return this.fail(at);
      at = afterDigits(bytes, at);
    }
    this.at = at;
    return true;
  }

  /** Reads true, false or null. */
  literal(): boolean {
    const byte = this.bytes[this.at];
    return this.word(byte === TRUE[0] ? TRUE : byte === FALSE[0] ? FALSE : NULL);
  }

  /** Reads a value, whatever it is. */
  skip(depth = 0): boolean {
    switch (kindOf(this.bytes[this.at])) {
      case 'string':
        return this.string();
      case 'number':
        return this.skipNumber();
      case 'object':
        return depth < MAX_DEPTH && this.object(() => this.skip(depth + 1));
      case 'array':
        return depth < MAX_DEPTH && this.array(() => this.skip(depth + 1));
      case 'none':
        return false;
      default:
        return this.literal();
    }
  }

  /** Reads an object, at its brace. `member` reads a value, at its first byte; `start` to `end` then are its key. */
  object(member: () => boolean): boolean {
    this.at++;
    if (this.space() === CLOSE_OBJECT) return this.step();
    for (;;) {
      if (this.bytes[this.at] !== QUOTE || !this.string()) return false;
      if (this.space() !== COLON) return false;
      this.at++;
      this.space();
      if (!member()) return false;
      const byte = this.space();
      this.at++;
      if (byte === CLOSE_OBJECT) return true;
      if (byte !== COMMA) return this.fail(this.at - 1);
      this.space();
    }
  }

  /** Reads an array, at its bracket. `element` reads a value, at its first byte. */
  array(element: (index: number) => boolean): boolean {
    this.at++;
    if (this.space() === CLOSE_ARRAY) return this.step();
    for (let index = 0; ; index++) {
      if (!element(index)) return false;
      const byte = this.space();
      this.at++;
      if (byte === CLOSE_ARRAY) return true;
      if (byte !== COMMA) return this.fail(this.at - 1);
      this.space();
    }
  }

  private step(): boolean {
    this.at++;
    return true;
  }

  private fail(at: number): boolean {
    this.at = at;
    return false;
  }

  /** NaN and the infinities; `at` is after a minus. */
  private special(at: number): boolean {
    const negative = at > this.at;
    this.at = at;
    if (!negative && this.bytes[at] === NAN[0]) {
      this.numbers[0] = NaN;
      return this.word(NAN);
    }
    this.numbers[0] = negative ? -Infinity : Infinity;
    return this.word(INFINITY);
  }

  private word(word: Uint8Array): boolean {
    const { bytes, at } = this;
    for (let i = 0; i < word.length; i++) if (bytes[at + i] !== word[i]) return false;
    this.at = at + word.length;
    return true;
  }

  /** The position after an escape; -1 where it is none. */
  private afterEscape(at: number): number {
    const letter = this.bytes[at + 1];
    if (letter < 128 && ESCAPES[letter] !== 0) return at + 2;
    if (letter !== LETTER_U) {
      this.at = at;
      return -1;
    }
    for (let digit = at + 2; digit < at + 6; digit++) {
      if (isHex(this.bytes[digit])) continue;
      this.at = at;
      return -1;
    }
    return at + 6;
  }
}
