/**
 * Numbers from their digits in ASCII, without making strings: the double that `Number(text)` gives, bit for bit.
 *
 * Digits that make an integer below 2^53, divided by a power of ten up to 10^22, need one correctly rounded operation (Clinger,
 * PLDI 1990). Longer ones, with e = up to 18 of them after the point, are divided in double-double arithmetic (Dekker, 1971),
 * which is off by at most 2^-100 of the quotient. That is enough: from the middle between two doubles below 2^35 such a quotient
 * is away by at least 2^-53·5^-e > 2^-95 of it, since (2q+1)·10^e - m·2^(53-k) is a whole number, not 0, that 2^e divides. All
 * others go through `Number`.
 */
import { ascii } from './texts';

const PLUS = 0x2b;
const MINUS = 0x2d;
const DOT = 0x2e;
const ZERO = 0x30;
const NINE = 0x39;
const LETTER_E = 0x65;

const EXACT = 2 ** 53;
const LONG = 2 ** 50;
const SHORT = 2 ** 27;
/** Digits that are read together: below 2^31 in all. */
const GROUP = 8;
/** Digits before the point up to which what follows them can be divided in double-double arithmetic. */
const SHORT_WHOLE = 7;
const LONGEST_WHOLE = 15;
/** Digits that may follow the first eight after a point. */
const LONGEST_LOWER = 10;

const POWERS = Float64Array.from({ length: 23 }, (_, exponent) => Number(`1e${exponent}`));
const SPLITTER = 2 ** 27 + 1;
/** Leaves 13 bits in the upper half. */
const WIDE_SPLITTER = 2 ** 40 + 1;
const INVERSES = POWERS.map((power) => 1 / power);
/** Upper halves of the powers: their lower halves are the rest. */
const POWERS_HIGH = POWERS.map((power) => SPLITTER * power - (SPLITTER * power - power));

const isDigit = (byte: number) => byte >= ZERO && byte <= NINE;

/** Words of the bytes that were read last. */
let viewed: Uint8Array = new Uint8Array(GROUP);
let view = new DataView(viewed.buffer);
/** The digits that were read last, as a number. */
let group = 0;

/** Four ASCII digits, the first in the lowest byte, as a number; -1 where one of them is none. */
function fourDigits(word: number): number {
  if ((word & (word + 0x06060606) & 0xf0f0f0f0) !== 0x30303030) return -1;
  const digits = word & 0x0f0f0f0f;
  const pairs = (Math.imul(digits, 10) + (digits >>> 8)) & 0x00ff00ff;
  return Math.imul(pairs & 0xff, 100) + (pairs >>> 16);
}

/** The position after at most eight digits. Their number is left in `group`. */
function readGroup(bytes: Uint8Array, start: number): number {
  let at = start;
  let value = 0;
  if (start + GROUP <= bytes.length) {
    const first = fourDigits(view.getInt32(start, true));
    if (first >= 0) {
      const second = fourDigits(view.getInt32(start + 4, true));
      if (second >= 0) {
        group = Math.imul(first, 10_000) + second;
        return start + GROUP;
      }
      value = first;
      at = start + 4;
    }
  }
  const end = start + GROUP;
  for (let byte = bytes[at]; at < end && byte >= ZERO && byte <= NINE; byte = bytes[++at]) {
    value = (Math.imul(value, 10) + byte - ZERO) | 0;
  }
  group = value;
  return at;
}

/** Digits before a point that are too many for one integer operation each; NaN where they are too many for a double. */
function longWhole(bytes: Uint8Array, start: number, end: number): number {
  if (end - start > LONGEST_WHOLE) return NaN;
  let whole = 0;
  for (let at = start; at < end; at++) whole = whole * 10 + (bytes[at] - ZERO);
  return whole;
}

/**
 * (upper·10^lowerDigits + lower) / 10^exponent correctly rounded, exponent at most 18. `upper` is below 2^50 and there are at
 * most 8 lower digits, or below 2^27 and at most 10: so the products of its halves are exact.
 */
function divideLong(upper: number, lower: number, lowerDigits: number, exponent: number): number {
  const scale = POWERS[lowerDigits];
  const spread = (lowerDigits > GROUP ? WIDE_SPLITTER : SPLITTER) * upper;
  const upperHigh = spread - (spread - upper);
  const large = upperHigh * scale;
  const small = (upper - upperHigh) * scale + lower;
  const sum = large + small;
  const rest = small - (sum - large);
  const power = POWERS[exponent];
  const quotient = sum * INVERSES[exponent]; // off by two units in the last place at most: the correction has the rest
  const product = quotient * power;
  const split = SPLITTER * quotient;
  const quotientHigh = split - (split - quotient);
  const quotientLow = quotient - quotientHigh;
  const powerHigh = POWERS_HIGH[exponent];
  const powerLow = power - powerHigh;
  const error =
    quotientLow * powerLow - (product - quotientHigh * powerHigh - quotientLow * powerHigh - quotientHigh * powerLow);
  return quotient + (sum - product - error + rest) * INVERSES[exponent];
}

/** (upper·10^lowerDigits + lower) / 10^exponent, or NaN where the quick ways cannot tell. */
function scaled(upper: number, lower: number, lowerDigits: number, exponent: number): number {
  const sum = upper * POWERS[lowerDigits] + lower;
  if (sum < EXACT) return sum / POWERS[exponent];
  return upper < (lowerDigits > GROUP ? SHORT : LONG) ? divideLong(upper, lower, lowerDigits, exponent) : NaN;
}

/** Puts the number of a text that the quick ways cannot tell into `values[index]`; the position after it. */
function readText(bytes: Uint8Array, start: number, end: number, values: Float64Array, index: number): number {
  values[index] = Number(ascii(bytes, start, end)) + 0; // not -0
  return end;
}

/** Reads on at the e of a number that begins at `start`. */
function readExponent(bytes: Uint8Array, at: number, start: number, values: Float64Array, index: number): number {
  let end = at + 1;
  if (bytes[end] === PLUS || bytes[end] === MINUS) end++;
  if (!isDigit(bytes[end])) return -1;
  while (isDigit(bytes[end])) end++;
  return readText(bytes, start, end, values, index);
}

/**
 * Reads a decimal number at `start` into `values[index]`: a sign, digits, of which a point has at least one after it, an
 * exponent. A byte that belongs to no number must follow in the array. -0 is read as 0.
 *
 * @returns the position after the number, or -1 where there is none
 */
export function parseNumber(bytes: Uint8Array, start: number, values: Float64Array, index: number): number {
  let at = start;
  let byte = bytes[at];
  const negative = byte === MINUS;
  if (negative || byte === PLUS) byte = bytes[++at];
  const first = at;
  let whole = 0;
  for (; byte >= ZERO && byte <= NINE; byte = bytes[++at]) whole = (Math.imul(whole, 10) + byte - ZERO) | 0;
  const digits = at - first;
  const value = digits > SHORT_WHOLE ? longWhole(bytes, first, at) : whole;
  if (byte === DOT) return readFraction(bytes, at + 1, start, value, values, index);
  if (digits === 0) return -1;
  if ((byte | 32) === LETTER_E) return readExponent(bytes, at, start, values, index);
  if (value !== value) return readText(bytes, start, at, values, index);
  values[index] = negative ? 0 - value : value;
  return at;
}

/** Reads on after the point of a number that begins at `start`; `whole` stands before it, NaN where that is too long. */
function readFraction(
  bytes: Uint8Array,
  from: number,
  start: number,
  whole: number,
  values: Float64Array,
  index: number,
): number {
  if (bytes !== viewed) {
    viewed = bytes;
    view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }
  let at = readGroup(bytes, from);
  if (at === from) return -1;
  let value: number;
  if (at < from + GROUP) value = scaled(whole, group, at - from, at - from);
  else {
    const upper = whole * 1e8 + group;
    const second = at;
    at = readGroup(bytes, second);
    let lower = group;
    for (; at - second < LONGEST_LOWER && isDigit(bytes[at]); at++) lower = lower * 10 + (bytes[at] - ZERO);
    value = scaled(upper, lower, at - second, at - from);
    for (; isDigit(bytes[at]); at++) value = NaN;
  }
  if ((bytes[at] | 32) === LETTER_E) return readExponent(bytes, at, start, values, index);
  if (value !== value) return readText(bytes, start, at, values, index);
  values[index] = bytes[start] === MINUS ? 0 - value : value;
  return at;
}
