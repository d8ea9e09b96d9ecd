import { describe, expect, test } from 'vitest';
import {
  counted,
  formatCount,
  formatNumber,
  formatPValue,
  formatShare,
  formatTime,
} from '../../lib/monitoring/page/numbers';

/** Numbers hold spaces that do not break. */
const plain = (text: string) => text.replaceAll('\u00a0', ' ');

describe('numbers on the page', () => {
  test.each([
    [0, '0'],
    [0.2, '0.2'],
    [0.123456, '0.123'],
    [0.00012345, '0.000123'],
    [0.00001, '1 × 10⁻⁵'],
    [-0.00001234, '−1.23 × 10⁻⁵'],
    [-5.5, '−5.5'],
    [1234.5, '1,235'],
    [9_999_999, '9,999,999'],
    [12_345_678, '1.23 × 10⁷'],
    [Number.MAX_VALUE, '1.8 × 10³⁰⁸'],
    [Number.MIN_VALUE, '0'],
    [NaN, '–'],
    [Infinity, '–'],
    [null, '–'],
  ])('%d is %s', (value, text) => expect(plain(formatNumber(value))).toBe(text));

  test.each([
    [0, '0 %'],
    [0.00001, '< 0.01 %'],
    [0.0004, '0.04 %'],
    [0.02, '2.0 %'],
    [0.1234, '12.3 %'],
    [0.9995, '99.95 %'],
    [0.99999, '> 99.99 %'],
    [1, '100 %'],
    [null, '–'],
  ])('the share %d is %s', (share, text) => expect(plain(formatShare(share))).toBe(text));

  test.each([
    [1, '1'],
    [0.0123, '0.012'],
    [0.00012, '1.2 × 10⁻⁴'],
    [3.24e-41, '3.2 × 10⁻⁴¹'],
    [0, '< 10⁻³⁰⁰'],
    [NaN, '–'],
  ])('the probability %d is %s', (p, text) => expect(plain(formatPValue(p))).toBe(text));

  test('counts have their noun', () => {
    expect(plain(counted(1, 'row'))).toBe('1 row');
    expect(plain(counted(12_345, 'row'))).toBe('12,345 rows');
    expect(formatCount(406.4)).toBe('406');
  });

  test.each([
    ['2001-01-08T05', '2001-01-08 05:00 UTC'],
    ['2001-01-08T05:07:59.123Z', '2001-01-08 05:07 UTC'],
    ['2001-01-08T05:07:59+02:00', '2001-01-08T05:07:59+02:00'],
    ['yesterday', 'yesterday'],
  ])('the instant %s is %s', (iso, text) => expect(formatTime(iso)).toBe(text));
});
