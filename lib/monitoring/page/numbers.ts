import { grouped, whole } from '../../statistics/figures';

/** What stands where a number is not known. */
const UNKNOWN = '–';
/** Keeps a number and what belongs to it on one line. */
const SPACE = '\u00a0';

/** Whether it is a number that can be shown. JSON knows no NaN and no infinity: it writes null. */
export function isNumber(value: number | null | undefined): value is number {
  return typeof value === 'number' && Number.isFinite(value);
}

/** A number of things: `12,345`. */
export function formatCount(value: number | null | undefined): string {
  return isNumber(value) ? whole(value) : UNKNOWN;
}

/** A count with its noun: `1 row`, `2 rows`. */
export function counted(value: number, one: string, many = `${one}s`): string {
  return `${formatCount(value)}${SPACE}${value === 1 ? one : many}`;
}

/** A measured number, 3 significant digits @default: `0.0123`, `1,230`, `1.23 × 10⁻⁷`. */
export function formatNumber(value: number | null | undefined, digits = 3): string {
  if (!isNumber(value)) return UNKNOWN;
  const size = Math.abs(value);
  if (size < 1e-300) return '0';
  if (size < 1e-4 || size >= 1e7) return formatPower(value, digits);
  const rounded = Number(value.toPrecision(Math.max(digits, wholeDigits(size))));
  return withMinus(grouped(String(rounded)));
}

/** A share of 0 to 1 in percent: `12.0 %`, `0.04 %`, `< 0.01 %`. */
export function formatShare(share: number | null | undefined): string {
  if (!isNumber(share)) return UNKNOWN;
  const percent = share * 100;
  if (percent > 0 && percent < 0.01) return `<${SPACE}0.01${SPACE}%`;
  if (percent > 99.99 && percent < 100) return `>${SPACE}99.99${SPACE}%`; // almost all is not all
  const digits = percent === 0 || percent === 100 ? 0 : percent >= 0.1 && percent <= 99.9 ? 1 : 2;
  return `${percent.toFixed(digits)}${SPACE}%`;
}

/** A round share for an axis: `5 %`. */
export function formatRoundShare(share: number): string {
  return `${formatNumber(share * 100)}${SPACE}%`;
}

/** A probability: `0.012`, `3.1 × 10⁻⁹`, and `< 10⁻³⁰⁰` where floating point ends. */
export function formatPValue(value: number | null | undefined): string {
  if (!isNumber(value)) return UNKNOWN;
  if (value < 1e-300) return `<${SPACE}10${superscript(-300)}`;
  return value < 1e-3 ? formatPower(value, 2) : formatNumber(value, 2);
}

/** An instant or an hour in ISO 8601, to the minute: `2001-01-08 05:00 UTC`; other text stays as it is. */
export function formatTime(iso: string): string {
  const match = /^(\d{4}-\d\d-\d\d)T(\d\d)(?::(\d\d)(?::\d\d(?:\.\d+)?)?)?(?:Z|\+00:00)?$/.exec(iso);
  return match ? `${match[1]} ${match[2]}:${match[3] ?? '00'} UTC` : iso;
}

function formatPower(value: number, digits: number): string {
  const [mantissa, exponent] = value.toExponential(digits - 1).split('e');
  return withMinus(`${Number(mantissa)}${SPACE}×${SPACE}10${superscript(Number(exponent))}`);
}

function wholeDigits(size: number): number {
  return Math.floor(Math.log10(Math.max(size, 1))) + 1;
}

function withMinus(text: string): string {
  return text.replace(/^-/, '−');
}

function superscript(exponent: number): string {
  return String(exponent).replace(/./g, (sign) => '⁻⁰¹²³⁴⁵⁶⁷⁸⁹'['-0123456789'.indexOf(sign)]);
}
