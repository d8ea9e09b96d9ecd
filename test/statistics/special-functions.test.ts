import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { binomialCdf, logAdd, logBeta, logGamma, logIncompleteBeta } from '../../lib/statistics/special-functions';

const relative = (got: number, exact: number) => Math.abs(got - exact) / Math.abs(exact);
const PRECISION = 1e-12;

function factorial(n: number): bigint {
  return n <= 1 ? 1n : BigInt(n) * factorial(n - 1);
}

/** ln of a whole number of any size, to the last digit of a double. */
function logBig(value: bigint): number {
  const shift = Math.max(0, value.toString(2).length - 64);
  return Math.log(Number(value >> BigInt(shift))) + shift * Math.LN2;
}

/** P(X ≤ hits) for X binomial with p = numerator / 1000, in whole numbers until the last division. */
function exactBinomialCdf(hits: number, trials: number, numerator: number): number {
  let sum = 0n;
  for (let k = 0; k <= hits; k++) {
    const ways = factorial(trials) / (factorial(k) * factorial(trials - k));
    sum += ways * BigInt(numerator) ** BigInt(k) * BigInt(1000 - numerator) ** BigInt(trials - k);
  }
  return Math.exp(logBig(sum) - trials * Math.log(1000));
}

describe('ln Γ', () => {
  test.each([3, 4, 7, 10, 11, 25, 100, 170])('of %i is the factorial', (n) => {
    expect(relative(logGamma(n), logBig(factorial(n - 1)))).toBeLessThan(PRECISION);
  });

  test.each([0, 3, 9, 10, 40])('of %i and a half is the closed form', (n) => {
    const exact = logBig(factorial(2 * n)) - n * Math.log(4) - logBig(factorial(n)) + 0.5 * Math.log(Math.PI);
    expect(relative(logGamma(n + 0.5), exact)).toBeLessThan(PRECISION);
  });

  test('is 0 at 1 and 2, grows like -ln x towards 0 and like Stirling without end', () => {
    expect(Math.abs(logGamma(1))).toBeLessThan(1e-14);
    expect(Math.abs(logGamma(2))).toBeLessThan(1e-14);
    expect(logGamma(1e-9)).toBeCloseTo(9 * Math.LN10, 8);
    expect(relative(logGamma(1e9), 19_723_265_827.503_735)).toBeLessThan(PRECISION); // mpmath, 30 digits
  });
});

describe('ln B', () => {
  test.each([
    [1, 1],
    [2, 3],
    [7, 1],
    [9, 30],
    [60, 80],
  ])('of %i and %i is the quotient of factorials', (a, b) => {
    const exact = logBig(factorial(a - 1)) + logBig(factorial(b - 1)) - logBig(factorial(a + b - 1));
    expect(Math.abs(logBeta(a, b) - exact)).toBeLessThan(1e-13 * Math.max(1, Math.abs(exact)));
  });

  test('is symmetric, and keeps B(a+1, b) = B(a, b) a / (a+b) at a thousand millions', () => {
    expect(logBeta(0.3, 1e9)).toBeCloseTo(logBeta(1e9, 0.3), 10);
    const step = logBeta(2e8 + 1, 8e8) - logBeta(2e8, 8e8);
    expect(Math.abs(step - Math.log(0.2))).toBeLessThan(1e-6);
  });
});

describe('the incomplete beta function', () => {
  test.each([
    [0, 5, 10],
    [3, 10, 300],
    [7, 10, 300],
    [40, 120, 273],
    [20, 120, 273],
    [119, 120, 999],
    [1, 200, 500],
  ])('P(X ≤ %i of %i) at %i per mille is the exact sum', (hits, trials, numerator) => {
    const exact = exactBinomialCdf(hits, trials, numerator);
    expect(relative(binomialCdf(hits, trials, numerator / 1000), exact)).toBeLessThan(PRECISION);
  });

  test('is a distribution: both tails add up to 1, and it rises', () => {
    const shape = fc.double({ min: 0.05, max: 5000, noNaN: true });
    const at = fc.double({ min: 0.001, max: 0.999, noNaN: true });
    fc.assert(
      fc.property(shape, shape, at, (a, b, x) => {
        const both = Math.exp(logIncompleteBeta(x, a, b)) + Math.exp(logIncompleteBeta(1 - x, b, a));
        expect(Math.abs(both - 1)).toBeLessThan(1e-11);
        expect(logIncompleteBeta(x + 0.0005, a, b)).toBeGreaterThanOrEqual(logIncompleteBeta(x, a, b) - 1e-11);
      }),
      { seed: 4, numRuns: 300 },
    );
  });

  test('has closed forms and edges', () => {
    expect(logIncompleteBeta(0.3, 5, 1)).toBeCloseTo(5 * Math.log(0.3), 12);
    expect(logIncompleteBeta(1e-300, 3, 1)).toBeCloseTo(-900 * Math.LN10, 8); // far below the smallest number
    expect(logIncompleteBeta(0, 2, 3)).toBe(-Infinity);
    expect(logIncompleteBeta(1, 2, 3)).toBe(0);
    expect(binomialCdf(-1, 3, 0.5)).toBe(0);
    expect(binomialCdf(3, 3, 0.5)).toBe(1);
  });

  test('is one half in the middle of a thousand million', () => {
    expect(Math.exp(logIncompleteBeta(0.5, 5e8, 5e8))).toBeCloseTo(0.5, 6);
  });
});

test('logAdd adds what would overflow or vanish', () => {
  expect(logAdd(Math.log(2), Math.log(3))).toBeCloseTo(Math.log(5), 14);
  expect(logAdd(5000, 5000)).toBeCloseTo(5000 + Math.LN2, 10);
  expect(logAdd(-Infinity, 3)).toBe(3);
  expect(logAdd(-Infinity, -Infinity)).toBe(-Infinity);
});
