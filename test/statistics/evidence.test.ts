import { describe, expect, test } from 'vitest';
import {
  confidenceSequence,
  evidenceAbove,
  evidenceAgainst,
  evidenceBelow,
  priorAround,
} from '../../lib/statistics/binomial-evidence';
import { boundedMean } from '../../lib/statistics/bounded-mean';
import { randomOf } from './ab-simulation';

const PRIOR = { a: 12, b: 40 };
const LIMIT = 0.3;

/** The mean of an e-value over every outcome of so many trials at θ: exact, by the binomial distribution. */
function meanOver(trials: number, theta: number, evidence: (yes: number, no: number) => number): number {
  let ways = 1;
  let mean = 0;
  for (let yes = 0; yes <= trials; yes++) {
    const no = trials - yes;
    mean += ways * theta ** yes * (1 - theta) ** no * Math.exp(evidence(yes, no));
    ways = (ways * no) / (yes + 1);
  }
  return mean;
}

describe('e-values of a probability', () => {
  const below = (yes: number, no: number) => evidenceBelow({ yes, no }, LIMIT, PRIOR);
  const above = (yes: number, no: number) => evidenceAbove({ yes, no }, LIMIT, PRIOR);
  const against = (yes: number, no: number) => evidenceAgainst({ yes, no }, LIMIT, PRIOR);

  test.each([1, 2, 7, 40])('have mean 1 at the limit after %i trials', (trials) => {
    expect(meanOver(trials, LIMIT, below)).toBeCloseTo(1, 10);
    expect(meanOver(trials, LIMIT, above)).toBeCloseTo(1, 10);
    expect(meanOver(trials, LIMIT, against)).toBeCloseTo(1, 10);
  });

  test.each([0.31, 0.5, 0.99])('against "at least the limit" have a mean below 1 at θ = %d, inside it', (theta) => {
    for (const trials of [1, 5, 40]) expect(meanOver(trials, theta, below)).toBeLessThan(1);
  });

  test.each([0.29, 0.1, 0.01])('against "at most the limit" have a mean below 1 at θ = %d, inside it', (theta) => {
    for (const trials of [1, 5, 40]) expect(meanOver(trials, theta, above)).toBeLessThan(1);
  });

  test('are martingales: given any past, the next observation leaves the mean', () => {
    for (const [yes, no] of [
      [0, 0],
      [3, 2],
      [50, 400],
    ]) {
      const next = LIMIT * Math.exp(below(yes + 1, no)) + (1 - LIMIT) * Math.exp(below(yes, no + 1));
      expect(next / Math.exp(below(yes, no))).toBeCloseTo(1, 10);
    }
  });

  test('are 1 before the first observation, and fall with every yes', () => {
    for (const evidence of [below, above, against]) expect(evidence(0, 0)).toBeCloseTo(0, 12);
    for (let yes = 0; yes < 200; yes++) expect(below(yes + 1, 199 - yes)).toBeLessThan(below(yes, 200 - yes));
  });

  test('stay finite and right at a thousand million and more', () => {
    // Far from the limit, ln e is about trials × Kullback–Leibler distance.
    const distance = 0.2 * Math.log(0.2 / 0.3) + 0.8 * Math.log(0.8 / 0.7);
    for (const size of [1e9, 1e12]) expect(below(0.2 * size, 0.8 * size) / size).toBeCloseTo(distance, 6);
    // Far on the other side it sinks like 1 / trials only: bets next to the limit lose almost nothing.
    expect(below(0.4e9, 0.6e9)).toBeLessThan(-15);
    expect(below(0.4e9, 0.6e9)).toBeGreaterThan(-30);
    expect(below(0, 1e9)).toBeGreaterThan(3e8);
    expect(Number.isFinite(above(1e9, 0))).toBe(true);
  });
});

test('a prior has its mean, its deviation, and bounds', () => {
  const { a, b } = priorAround(0.2, 0.04);
  expect(a / (a + b)).toBeCloseTo(0.2, 12);
  expect(Math.sqrt((a * b) / ((a + b) ** 2 * (a + b + 1)))).toBeCloseTo(0.04, 12);
  expect(priorAround(0.2, 1e-12).a).toBeCloseTo(0.2e6, 3);
  expect(priorAround(0.5, 10)).toEqual({ a: 1, b: 1 });
});

describe('the confidence sequence of a probability', () => {
  test('ends where the evidence refutes, and is open where nothing was seen', () => {
    const tally = { yes: 30, no: 70 };
    const { lower, upper } = confidenceSequence(tally, 0.05, PRIOR);
    expect(evidenceAgainst(tally, lower, PRIOR)).toBeCloseTo(Math.log(20), 8);
    expect(evidenceAgainst(tally, upper, PRIOR)).toBeCloseTo(Math.log(20), 8);
    expect(lower).toBeLessThan(0.3);
    expect(upper).toBeGreaterThan(0.3);
    expect(confidenceSequence({ yes: 0, no: 0 }, 0.05, PRIOR)).toEqual({ lower: 0, upper: 1 });
    expect(confidenceSequence({ yes: 0, no: 50 }, 0.05, PRIOR).lower).toBe(0);
    expect(confidenceSequence({ yes: 50, no: 0 }, 0.05, PRIOR).upper).toBe(1);
  });

  test('misses the truth at any of 2000 looks in at most 5 % of 400 streams', () => {
    let missed = 0;
    for (let seed = 0; seed < 400; seed++) {
      const random = randomOf(seed);
      let [yes, no] = [0, 0];
      for (let look = 0; look < 2000; look++) {
        if (random() < 0.2) yes++;
        else no++;
        if (evidenceAgainst({ yes, no }, 0.2, PRIOR) >= Math.log(20)) {
          missed++;
          break;
        }
      }
    }
    expect(missed / 400).toBeLessThanOrEqual(0.05);
    expect(missed).toBeGreaterThan(0); // it is not merely wide
  });
});

describe('the confidence sequence of a bounded mean', () => {
  const stream = (seed: number, count: number, draw: (random: () => number) => number) => {
    const random = randomOf(seed);
    return Array.from({ length: count }, () => draw(random));
  };

  test('knows nothing before the first observation, and stays between 0 and 1', () => {
    expect(boundedMean([], 0.05)).toEqual({ estimate: undefined, lower: 0, upper: 1 });
    expect(boundedMean([1], 0.05)).toEqual({ estimate: 1, lower: 0, upper: 1 });
  });

  test('follows the formula of the paper, computed by hand for two observations', () => {
    const stake = Math.log(2 / 0.9);
    const first = Math.min(0.5, Math.sqrt((2 * stake) / (0.25 * Math.log(2))));
    const mean = (0.5 + 0.8) / 2;
    const variance = (0.25 + (0.8 - mean) ** 2) / 2;
    const second = Math.min(0.5, Math.sqrt((2 * stake) / (variance * 2 * Math.log(3))));
    const psi = (bet: number) => (-Math.log(1 - bet) - bet) / 4;
    const cost = 4 * 0.3 ** 2 * psi(first) + 4 * (0.6 - mean) ** 2 * psi(second);
    const half = (stake + cost) / (first + second);
    const centre = (first * 0.8 + second * 0.6) / (first + second);
    const got = boundedMean([0.8, 0.6], 0.9);
    expect(got.estimate).toBeCloseTo(0.7, 12);
    expect(got.lower).toBeCloseTo(Math.max(0, centre - half), 12);
    expect(got.upper).toBeCloseTo(Math.min(1, centre + half), 12);
  });

  test('narrows with the variance, not with the range', () => {
    const width = ({ lower, upper }: { lower: number; upper: number }) => upper - lower;
    const calm = width(
      boundedMean(
        stream(1, 5000, (random) => 0.5 + 0.02 * (random() - 0.5)),
        0.05,
      ),
    );
    const wild = width(
      boundedMean(
        stream(1, 5000, (random) => (random() < 0.5 ? 0 : 1)),
        0.05,
      ),
    );
    expect(calm).toBeLessThan(wild / 5);
    expect(wild).toBeLessThan(0.1);
  });

  test('misses the truth at any of many looks in at most 5 % of 200 streams', () => {
    let missed = 0;
    for (let seed = 0; seed < 200; seed++) {
      const grades = stream(seed, 1000, (random) => (random() < 0.9 ? 1 : 0));
      const looks = [20, 50, 100, 200, 400, 700, 1000].map((count) => boundedMean(grades.slice(0, count), 0.05));
      if (looks.some(({ lower, upper }) => lower > 0.9 || upper < 0.9)) missed++;
    }
    expect(missed / 200).toBeLessThanOrEqual(0.05);
  });
});
