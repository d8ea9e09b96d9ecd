// Constants by scipy 1.17.1: scipy.stats.norm.sf(1.7), chi2.sf(x, df), gamma.sf(x, shape, scale=scale), f.sf(x, d1, d2),
// kstwo.sf(d, n) and ks_2samp(a, b, method='exact').pvalue. What scipy approximates is by its exact method, _ksstats._kolmogn_DMTW.
// test/oracle/aws/drift_statistics_test.py compares thousands of points with the same judge.
import { describe, expect, test } from 'vitest';
import {
  chiSquaredSf,
  fSf,
  gammaSf,
  kolmogorovSf,
  kolmogorovTwoSampleSf,
  normalQuantile,
  normalSf,
} from '../../lib/statistics/distributions';

/** Far in the tail too, it is the digits that count. */
function expectDigits(got: number, exact: number, relative: number): void {
  expect(Math.abs(got / exact - 1)).toBeLessThan(relative);
}

describe('the normal distribution', () => {
  test.each([
    [-3, 0.9986501019683699],
    [0, 0.5],
    [0.5, 0.3085375387259869],
    [1.7, 0.04456546275854304],
    [1.75, 0.040059156863817086],
    [8, 6.22096057427174e-16],
    [37, 5.7255712225239266e-300],
  ])('above %d', (z, exact) => {
    expectDigits(normalSf(z), exact, 1e-12);
    if (z >= 0) expect(normalQuantile(exact)).toBeCloseTo(-z, 11);
  });

  test('has no quantile beyond 0 and 1, and infinite ones there', () => {
    expect([0, 1, -0.1, 1.1, NaN].map(normalQuantile)).toEqual([-Infinity, Infinity, NaN, NaN, NaN]);
    expect(normalQuantile(0.975)).toBeCloseTo(1.959963984540054, 12);
  });
});

describe('gamma tails', () => {
  test.each([
    [3.84, 1, 0.05004352124870519],
    [10, 9.5, 0.39521574962466943],
    [1400, 3, 2.945619361016289e-303],
    [0.02, 0.3, 0.46354416101345997],
    [1020, 1000, 0.3230633599111277],
  ])('chi-squared above %d with %d degrees of freedom', (x, df, exact) => {
    expectDigits(chiSquaredSf(x, df), exact, 1e-11);
  });

  test('of any shape and scale', () => {
    expectDigits(gammaSf(0.2, 2.5, 0.04), 0.07523524614651217, 1e-11);
    expectDigits(gammaSf(3, 0.4, 0.01), 7.56005646813566e-133, 1e-11);
  });

  test('are 1 from 0 down and 0 at infinity', () => {
    expect([chiSquaredSf(0, 3), chiSquaredSf(-1, 3), chiSquaredSf(Infinity, 3)]).toEqual([1, 1, 0]);
    expect(chiSquaredSf(NaN, 3)).toBeNaN();
  });
});

describe('the distribution of Fisher', () => {
  test.each([
    [2.5, 3, 20.5, 0.08808895475205478],
    [0.3, 9, 23, 0.9672202925278699],
    [700, 3.5, 80, 1.7132624858053245e-59],
    [1.05, 20_000, 30_000, 7.652511436570293e-5],
  ])('above %d with %d and %d degrees of freedom', (f, d1, d2, exact) => {
    expectDigits(fSf(f, d1, d2), exact, 1e-11);
  });

  test('is 1 from 0 down and 0 at infinity', () => {
    expect([fSf(0, 2, 3), fSf(-1, 2, 3), fSf(Infinity, 2, 3)]).toEqual([1, 1, 0]);
  });
});

describe('the distribution of Kolmogorov', () => {
  // Up to 500 values the exact middle, above it the expansion; in the tails the sum, from about 500 values the integral.
  test.each([
    [0.7, 3, 0.054],
    [0.3, 10, 0.27053557479999946],
    [0.45, 10, 0.022891810311718164],
    [0.08, 100, 0.5182193645480672],
    [0.25, 100, 5.408871776434847e-6],
    [0.05, 200, 0.6802627254395577],
    [0.04, 500, 0.39025101632640896],
    [0.036, 501, 0.5229577582829744],
    [0.06, 501, 0.052058140532859905],
    [0.061, 501, 0.04607690137319692],
    [0.36, 20, 0.007923778193511644],
    [0.02, 1000, 0.8108971656895577],
    [0.03, 1000, 0.3226902143914636],
    [0.06, 1000, 0.001428597887952891],
    [0.2, 1000, 1.5528629204250538e-35],
    [0.001, 1e6, 0.26982107442589376],
    [0.015, 1e6, 7.152214226831048e-196],
  ])('beyond %d with %i values', (d, n, exact) => {
    expectDigits(kolmogorovSf(d, n), exact, 1e-6);
  });

  test.each([
    [0.2, 141, 2.0276784223976912e-5],
    [0.4, 141, 7.149167716778307e-21],
    [0.15, 300, 2.3391599430116967e-6],
    [0.45, 400, 1.926964430513984e-74],
    [0.12, 700, 3.0572056396922736e-9],
  ])('keeps ten digits in the tail beyond %d with %i values', (d, n, exact) => {
    expectDigits(kolmogorovSf(d, n), exact, 1e-10);
  });

  test('is 1 where every sample strays so far, 0 where none can', () => {
    expect([kolmogorovSf(0.1, 1), kolmogorovSf(0.004, 125), kolmogorovSf(1, 5), kolmogorovSf(0.9, 1e6)]).toEqual([
      1, 1, 0, 0,
    ]);
    expect([kolmogorovSf(0.2, 0.4), kolmogorovSf(NaN, 9)]).toEqual([1, NaN]);
  });

  test('lies on a line between two whole sizes', () => {
    const [at, above] = [kolmogorovSf(0.2, 30), kolmogorovSf(0.2, 31)];
    expect(kolmogorovSf(0.2, 30.25)).toBeCloseTo(at + 0.25 * (above - at), 14);
  });

  test.each([100, 500, 501, 5000])('falls all the way with %i values, over the seams of its methods', (n) => {
    const tails = Array.from({ length: 600 }, (_, i) => kolmogorovSf((0.4 + i * 0.008) / Math.sqrt(n), n));
    const rising = tails.filter((tail, i) => i > 0 && tail >= tails[i - 1]!);
    expect(rising).toEqual([]);
  });
});

describe('the exact distribution of two samples', () => {
  test.each([
    [4 / 5, 5, 5, 0.07936507936507936],
    [9 / 24, 12, 8, 0.4477732793522267],
    [9 / 24, 8, 12, 0.4477732793522267],
    [35 / 77, 7, 11, 0.2474233283056812],
    [30 / 40, 40, 40, 3.063035734104128e-11],
    [63 / 77, 7, 11, 0.002828054298642534],
    [6000 / 9797, 101, 97, 7.17205069292239e-18],
  ])('beyond %d with %i and %i values', (d, n, m, exact) => {
    expectDigits(kolmogorovTwoSampleSf(d, n, m), exact, 1e-11);
  });

  test('counts all paths: brute force over every order of 5 and 7 values', () => {
    const [n, m] = [5, 7];
    const distances: number[] = [];
    for (let order = 0; order < 2 ** (n + m); order++) {
      let [i, j, distance] = [0, 0, 0];
      for (let step = 0; step < n + m; step++) {
        if ((order >> step) & 1) i++;
        else j++;
        distance = Math.max(distance, Math.abs(i * m - j * n));
      }
      if (i === n) distances.push(distance);
    }
    for (let distance = 1; distance <= n * m; distance++) {
      const share = distances.filter((other) => other >= distance).length / distances.length;
      expect(kolmogorovTwoSampleSf(distance / (n * m), n, m)).toBeCloseTo(share, 13);
    }
  });

  test('between two possible distances is that of the next', () => {
    expect(kolmogorovTwoSampleSf(0.61, 5, 5)).toBe(kolmogorovTwoSampleSf(0.8, 5, 5));
    expect([kolmogorovTwoSampleSf(0, 5, 6), kolmogorovTwoSampleSf(1.01, 5, 6)]).toEqual([1, 0]);
  });

  test.each([
    [0, 5],
    [2.5, 5],
    [5, NaN],
  ])('refuses sizes %d and %d', (n, m) => {
    expect(() => kolmogorovTwoSampleSf(0.5, n, m)).toThrow(/whole numbers from 1, got/);
  });
});
