import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseNumber } from '../../lib/readers/number-bytes';

const values = new Float64Array(1);

/** What is read of a text that ends at a comma: the number, and how many bytes it takes. */
function parse(text: string): { value: number; length: number } {
  const bytes = Buffer.from(`${text},12345678`);
  return { length: parseNumber(bytes, 0, values, 0), value: values[0] };
}

/** `Number` is the judge: the same double, bit for bit, save that -0 is 0. */
function expectSame(text: string): void {
  expect([text, parse(text)]).toEqual([text, { value: Number(text) + 0, length: text.length }]);
}

const digits = (max: number) =>
  fc.array(fc.integer({ min: 0, max: 9 }), { minLength: 1, maxLength: max }).map((d) => d.join(''));
const sign = fc.constantFrom('', '-', '+');
const decimal = fc.tuple(sign, digits(20), digits(26)).map(([s, whole, fraction]) => `${s}${whole}.${fraction}`);
const scientific = fc
  .tuple(sign, digits(4), digits(18), fc.integer({ min: -330, max: 330 }))
  .map(([s, whole, fraction, exponent]) => `${s}${whole}.${fraction}e${exponent}`);

/**
 * The 18 digits after the point that come closest to the middle between two doubles from 0.5 to 1: the odd number of half units
 * (m·2^36 + d) / 5^18 with d = 1 or -1.
 */
function nearlyHalfway(): string[] {
  const modulus = 5n ** 18n;
  let inverse = 1n; // of 2^36: 2^(φ-36), φ = 4·5^17
  for (let [base, power] = [2n, 4n * 5n ** 17n - 36n]; power > 0n; power >>= 1n) {
    if (power & 1n) inverse = (inverse * base) % modulus;
    base = (base * base) % modulus;
  }
  return [1n, -1n].flatMap((d) => {
    const least = ((d * inverse) % modulus) + modulus;
    return Array.from(
      { length: 500 },
      (_, i) => `0.${least + ((5n * 10n ** 17n) / modulus + 250n * BigInt(i)) * modulus}`,
    );
  });
}

describe('parseNumber gives what Number gives', () => {
  it('for every finite double as JavaScript writes it', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (x) => expectSame(String(x))),
      { numRuns: 20_000 },
    );
  });

  it('for doubles of everyday size, with all of their digits', () => {
    fc.assert(
      fc.property(fc.double({ min: -1e6, max: 1e6, noNaN: true }), (x) => expectSame(String(x))),
      { numRuns: 50_000 },
    );
  });

  it('for digits of any number before and after a point', () => {
    fc.assert(fc.property(decimal, expectSame), { numRuns: 50_000 });
  });

  it('for whole numbers and exponents', () => {
    fc.assert(
      fc.property(
        fc.tuple(sign, digits(30)).map(([s, d]) => s + d),
        expectSame,
      ),
      { numRuns: 5_000 },
    );
    fc.assert(fc.property(scientific, expectSame), { numRuns: 5_000 });
  });

  it('for texts in the middle between two doubles, and next to it', () => {
    const halfway = fc.double({ min: 1, max: 4096, noNaN: true }).map((x) => {
      const ulp = 2 ** (Math.floor(Math.log2(x)) - 52);
      const scaled = BigInt(Math.round(x / ulp)) * 2n + 1n; // odd multiples of half an ulp
      const unit = BigInt(Math.round(2 / ulp));
      const text = ((scaled * 10n ** 60n) / unit).toString().padStart(61, '0');
      return { whole: text.slice(0, -60), fraction: text.slice(-60) };
    });
    const cut = fc.tuple(halfway, fc.integer({ min: 12, max: 60 }), fc.constantFrom('', '1', '0'));
    fc.assert(
      fc.property(cut, ([{ whole, fraction }, length, more]) =>
        expectSame(`${whole}.${fraction.slice(0, length)}${more}`),
      ),
      { numRuns: 20_000 },
    );
    expectSame('9007199254740993.0');
    for (const text of nearlyHalfway()) expectSame(text);
    expectSame('4503599.627370497500'); // exactly between, 18 digits
    expectSame('45035996.273704975');
  });

  it('reads no number where there is none', () => {
    for (const text of ['', '-', '+', '.', '5.', '-.', 'e5', '1e', '1e+', '5.e3', 'x', '--1']) {
      expect([text, parse(text).length]).toEqual([text, -1]);
    }
  });

  it('stops at what belongs to no number, also within eight digits', () => {
    expect(parse('1.2345x')).toEqual({ value: 1.2345, length: 6 });
    expect(parse('1.2345/678')).toEqual({ value: 1.2345, length: 6 });
    expect(parse('1.234:5678')).toEqual({ value: 1.234, length: 5 });
    expect(parse('1.12345678\u00b9')).toEqual({ value: 1.12345678, length: 10 });
  });

  it('reads at the very end of an array', () => {
    const bytes = Buffer.from('0.1234567\n');
    expect(parseNumber(bytes, 0, values, 0)).toBe(9);
    expect(values[0]).toBe(0.1234567);
  });
});
