/** Small simulations with fixed seeds; the large ones: node tools/simulate-ab-judge.mjs. */
import { describe, expect, test } from 'vitest';
import type { World } from './ab-simulation';
import { binomial, creep, EQUAL, randomOf, shareOf, simulateMany } from './ab-simulation';

const RUNS = 100;
const SHORT: World = { ...EQUAL, minutes: 240, requestsPerMinute: 1200 };
/** What a true rate of 5 % exceeds in less than one of a thousand series of this length. */
const FIVE_PERCENT = 0.05 + 3.1 * Math.sqrt((0.05 * 0.95) / RUNS);
const BURSTS = { probability: 0.02, minutes: 5, rate: 0.3 };

describe.each([
  ['steady errors', {}],
  ['error bursts that hit both sides', { bursts: BURSTS }],
])('looked at after every minute, with %s', (_, errors) => {
  test('a challenger worse by exactly the margin is rarely promoted; the z-test promotes far more of them', () => {
    const outcomes = simulateMany({ ...SHORT, ...errors, errorRatio: 1.5, slowRatio: 0.5 }, RUNS, 1, true);
    const wrong = shareOf(outcomes, (outcome) => outcome.promoted);
    expect(wrong).toBeLessThan(FIVE_PERCENT);
    expect(shareOf(outcomes, (outcome) => outcome.zPromoted)).toBeGreaterThan(0.25);
    expect(shareOf(outcomes, (outcome) => outcome.cause === 'harm')).toBeLessThan(FIVE_PERCENT);
  });

  test('an equal challenger is promoted, and almost never rejected', () => {
    const outcomes = simulateMany({ ...SHORT, ...errors }, RUNS, 2);
    expect(shareOf(outcomes, (outcome) => !outcome.promoted)).toBeLessThan(FIVE_PERCENT);
  });
});

test('a challenger that does harm is rejected, the sooner the worse it is', () => {
  const twice = simulateMany({ ...SHORT, errorRatio: 2 }, RUNS, 3);
  const fivefold = simulateMany({ ...SHORT, errorRatio: 5 }, RUNS, 3);
  expect(shareOf(twice, (outcome) => outcome.promoted)).toBeLessThan(0.01);
  expect(shareOf(twice, (outcome) => outcome.cause === 'harm')).toBeGreaterThan(0.9);
  expect(shareOf(fivefold, (outcome) => outcome.cause === 'harm' && outcome.minutes < 20)).toBeGreaterThan(0.95);
});

test('a wrong share of requests is found', () => {
  const world: World = { ...SHORT, errorRate: 0.0101, errorRatio: 1.5, trueShare: 0.18 };
  const outcomes = simulateMany(world, RUNS, 4);
  expect(shareOf(outcomes, (outcome) => outcome.cause === 'wrongShare')).toBeGreaterThan(0.95);
});

test('an equal challenger is rarely called superior, one with half the errors mostly', () => {
  const equal = simulateMany({ ...SHORT, minutes: 120, goal: 'superior' }, RUNS, 5);
  const half = simulateMany({ ...SHORT, goal: 'superior', errorRatio: 0.5 }, RUNS, 5);
  expect(shareOf(equal, (outcome) => outcome.promoted)).toBeLessThan(FIVE_PERCENT);
  expect(shareOf(half, (outcome) => outcome.promoted)).toBeGreaterThan(0.95);
});

test('ten challengers in a row, each 1.3 times worse: the anchor stops the creep', () => {
  const free = creep(1.3, false, 6);
  const anchored = creep(1.3, true, 6);
  expect(free.promotions).toBe(10);
  expect(free.rate).toBeGreaterThan(0.13);
  expect(anchored.promotions).toBeGreaterThanOrEqual(1); // within the margin of the best, it may pass
  expect(anchored.rate).toBeLessThanOrEqual(0.015);
});

test('the simulated binomial has its mean and variance', () => {
  const random = randomOf(1);
  const draws = Array.from({ length: 20_000 }, () => binomial(random, 200, 0.2));
  const mean = draws.reduce((sum, draw) => sum + draw, 0) / draws.length;
  const variance = draws.reduce((sum, draw) => sum + (draw - mean) ** 2, 0) / draws.length;
  expect(mean).toBeCloseTo(40, 0);
  expect(variance).toBeGreaterThan(30);
  expect(variance).toBeLessThan(34);
});
