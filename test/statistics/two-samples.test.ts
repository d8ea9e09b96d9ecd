// Constants by scipy 1.17.1: scipy.stats.ks_2samp(a, b), wasserstein_distance(a, b), chi2_contingency([p, q], correction=False),
// contingency.association([p, q], 'cramer') and scipy.spatial.distance.jensenshannon(p, q, 2); psi is entropy(p, q) + entropy(q, p)
// of the shares of counts + 0.5. test/oracle/aws/drift_statistics_test.py asks the same judge about flights and much else.
import { describe, expect, test } from 'vitest';
import {
  chiSquaredTest,
  jensenShannon,
  ksTwoSample,
  lInfinity,
  populationStability,
  psi,
  wassersteinDistance,
} from '../../lib/statistics/drift/two-samples';

const A = [1, 2, 2, 3, 3, 3, 5, 8];
const B = [12, 3, 2, 4, 5, 4, 5, 6, 9, 7, 9, 10];

describe('two samples', () => {
  test('with ties, in any order', () => {
    const { statistic, pValue, method } = ksTwoSample(A, B);
    expect(statistic).toBe(7 / 12);
    expect(pValue).toBeCloseTo(0.05566404699531634, 13);
    expect(method).toBe('exact');
    expect(wassersteinDistance(A, B)).toBeCloseTo(2.958333333333333, 13);
    expect(wassersteinDistance(B, A)).toBe(wassersteinDistance(A, B));
  });

  test('beyond 10,000 values, where n m / (n + m) = 10,000.5 is rounded to the even number', () => {
    const x = Float64Array.from({ length: 20_001 }, (_, i) => ((i * 7919) % 20_011) / 20_011);
    const y = Float64Array.from({ length: 20_001 }, (_, i) => (((i * 104_729) % 20_011) / 20_011) ** 1.02);
    const { statistic, pValue, method } = ksTwoSample(x, y);
    expect(method).toBe('asymptotic');
    expect(statistic).toBe(147 / 20_001);
    expect(Math.abs(pValue / 0.6497165229408816 - 1)).toBeLessThan(1e-7); // 10,001 would be off by 3e-5.
  });

  test('leaves the samples as they are', () => {
    const sample = [3, 1, 2];
    ksTwoSample(sample, A);
    expect(sample).toEqual([3, 1, 2]);
  });

  test('that are constant and the same do not differ', () => {
    expect(ksTwoSample([4, 4], [4, 4, 4])).toEqual({ statistic: 0, pValue: 1, method: 'exact' });
    expect(wassersteinDistance([4, 4], [4, 4, 4])).toBe(0);
  });

  test('compares infinities as values', () => {
    expect(ksTwoSample([1, Infinity], [1, Infinity]).statistic).toBe(0);
    expect(wassersteinDistance([0, Infinity], [1, Infinity])).toBe(0.5);
    expect(wassersteinDistance([0, 1], [1, Infinity])).toBe(Infinity);
  });

  test.each([ksTwoSample, wassersteinDistance])('refuses missing values and nothing: $name', (compare) => {
    expect(() => compare([], A)).toThrow('the first sample has no values');
    expect(() => compare(A, [1, NaN])).toThrow('the second sample has values that are not numbers (NaN)');
  });
});

describe('two histograms', () => {
  const P = [10, 20, 0, 70, 5];
  const Q = [8, 30, 4, 50, 0];

  test('of different shares', () => {
    expect(psi(P, Q)).toBeCloseTo(0.29901513646330713, 13);
    expect(jensenShannon(P, Q)).toBeCloseTo(0.25141073182729606, 13);
    expect(lInfinity(P, Q)).toBeCloseTo(0.13561076604554867, 13);
    expect(populationStability([0.1, 0.9], [0.2, 0.8])).toBeCloseTo(0.1 * Math.log(2) + 0.1 * Math.log(9 / 8), 13);
  });

  test('by the chi-squared test, without the bins that both leave empty', () => {
    const { statistic, degreesOfFreedom, pValue, cramersV } = chiSquaredTest([...P, 0], [...Q, 0]);
    expect(statistic).toBeCloseTo(13.757597193466756, 11);
    expect(degreesOfFreedom).toBe(4);
    expect(pValue).toBeCloseTo(0.008110277723791266, 13);
    expect(cramersV).toBeCloseTo(0.2642641079461269, 13);
  });

  test('of the same shares at different sizes do not differ', () => {
    const tenfold = P.map((count) => 10 * count);
    expect(jensenShannon(P, tenfold)).toBe(0);
    expect(lInfinity(P, tenfold)).toBe(0);
    expect(chiSquaredTest(P, tenfold)).toEqual({ statistic: 0, degreesOfFreedom: 3, pValue: 1, cramersV: 0 });
  });

  test('of a single bin have nothing to differ in', () => {
    expect(chiSquaredTest([3, 0], [5, 0])).toEqual({ statistic: 0, degreesOfFreedom: 0, pValue: 1, cramersV: 0 });
  });

  test('without a common bin are as far apart as can be', () => {
    expect(jensenShannon([3, 0], [0, 7])).toBe(1);
    expect(lInfinity([3, 0], [0, 7])).toBe(1);
    expect(chiSquaredTest([3, 0], [0, 7]).cramersV).toBe(1);
  });

  test('that hardly differ keep their digits', () => {
    // For shares ½ ± e, ½ ∓ e the divergence is 2 e² / ln 2 to a relative error of e².
    const [n, difference] = [1e9, 20];
    const e = difference / (2 * n);
    const distance = jensenShannon([n + difference, n - difference], [n - difference, n + difference]);
    expect(Math.abs(distance / (e * Math.sqrt(2 / Math.LN2)) - 1)).toBeLessThan(1e-6);
  });

  test.each([psi, jensenShannon, lInfinity, chiSquaredTest])('refuses what cannot be compared: $name', (compare) => {
    expect(() => compare([1, 2], [1, 2, 3])).toThrow('over the same bins, got 2 and 3 bins');
    expect(() => compare([0, 0], [1, 2])).toThrow('compared by their counts, got 0 and 3 in all');
  });
});
