/** What texts say, the same in every format. */
import { Buffer } from 'node:buffer';

const MISSING_TEXTS = new Set(['NA', 'N/A', 'NaN', 'nan', 'NAN', 'null', 'NULL', 'None', '<NA>']);
const LONGEST_MISSING = 4;

const [UPPER_N, LOWER_N, LESS] = Buffer.from('Nn<');

/** Whether a text says that there is no value: an empty one, NA, NaN, null, None. */
export function isMissing(bytes: Uint8Array, start: number, end: number): boolean {
  if (start === end) return true;
  if (end - start > LONGEST_MISSING) return false;
  const first = bytes[start];
  if (first !== UPPER_N && first !== LOWER_N && first !== LESS) return false;
  return MISSING_TEXTS.has(ascii(bytes, start, end));
}

const INFINITE = /^([+-]?)inf(?:inity)?$/i;
const ENDS_WITH_POINT = /^[+-]?\d+\.(?:e[+-]?\d+)?$/i;
const LONGEST_NUMBER = 400;

/** The number of a text that is written less usually: an infinity, or with a point at its end. NaN where it is none. */
export function oddNumberOf(bytes: Uint8Array, start: number, end: number): number {
  if (end - start > LONGEST_NUMBER) return NaN;
  const text = ascii(bytes, start, end);
  const infinite = INFINITE.exec(text);
  if (infinite) return infinite[1] === '-' ? -Infinity : Infinity;
  return ENDS_WITH_POINT.test(text) ? Number(text) : NaN;
}

/** The text of a few bytes, one character a byte. */
export function ascii(bytes: Uint8Array, start: number, end: number): string {
  let text = '';
  for (let i = start; i < end; i++) text += String.fromCharCode(bytes[i]);
  return text;
}
