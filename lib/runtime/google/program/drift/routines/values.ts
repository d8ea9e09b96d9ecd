/**
 * What a value says of a column, as a cell: a letter, and the value. `a`: the column is absent; `m`: missing; `i`: invalid; `n` and a
 * number; `t` and the text of a category. The same values mean the same as in lib/readers, which read bytes.
 */
import type { ColumnType } from '../../../../../statistics/profile/profile';

export const [ABSENT, MISSING, INVALID] = ['a', 'm', 'i'];

const MISSING_TEXTS = ['', 'NA', 'N/A', 'NaN', 'nan', 'NAN', 'null', 'NULL', 'None', '<NA>'];
const NUMBER = /^[+-]?(?:\d+(?:\.\d+)?|\.\d+)(?:e[+-]?\d+)?$/i;
const ENDS_WITH_POINT = /^[+-]?\d+\.(?:e[+-]?\d+)?$/i;
const INFINITE = /^([+-]?)inf(?:inity)?$/i;
const LONGEST_ODD_NUMBER = 400;

/** A category is told by so much of its text in UTF-8: free text must not fill the memory. */
const MOST_BYTES = 256;

/** The cell of a JSON value. */
export function jsonCell(value: unknown, type: ColumnType): string {
  if (value === null || value === undefined) return MISSING;
  if (typeof value === 'object') return INVALID;
  if (type === 'categorical') return categoryCell(String(value));
  if (typeof value === 'number') return numberCell(value);
  if (typeof value === 'boolean') return INVALID;
  const text = String(value);
  if (MISSING_TEXTS.indexOf(text) >= 0) return MISSING;
  return INFINITE.test(text) ? numberCell(infinity(text)) : INVALID;
}

/** The cell of a field of CSV. */
export function textCell(field: string, type: ColumnType): string {
  if (type === 'categorical') return categoryCell(field);
  const text = field.replace(/^[ \t]+|[ \t]+$/g, '');
  if (MISSING_TEXTS.indexOf(text) >= 0) return MISSING;
  if (NUMBER.test(text)) return numberCell(Number(text));
  if (text.length > LONGEST_ODD_NUMBER) return INVALID;
  if (INFINITE.test(text)) return numberCell(infinity(text));
  return ENDS_WITH_POINT.test(text) ? numberCell(Number(text)) : INVALID;
}

const infinity = (text: string) => (text[0] === '-' ? -Infinity : Infinity);

function numberCell(value: number): string {
  return value === value ? `n${value + 0}` : MISSING; // not -0
}

function categoryCell(text: string): string {
  return MISSING_TEXTS.indexOf(text) >= 0 ? MISSING : `t${cut(text)}`;
}

/** The beginning of a text, whole characters only. */
function cut(text: string): string {
  if (text.length * 3 <= MOST_BYTES) return text;
  let [kept, bytes] = ['', 0];
  for (const character of text) {
    const code = character.codePointAt(0)!;
    bytes += code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
    if (bytes > MOST_BYTES) return kept;
    kept += character;
  }
  return text;
}
