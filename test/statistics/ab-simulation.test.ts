/** Small simulations with fixed seeds; the large ones: node tools/simulate-ab-judge.mjs. */
import { describe, expect, test } from 'vitest';
import type { World } from './ab-simulation';
import { decide, weigh } from '../../lib/statistics/ab-judge';
import {
  mayDecide,
  rulesOf,
  binomial,
  creep,
  EQUAL,
  equalsPromoted,
  randomOf,
  shareOf,
  simulateMany,
} from './ab-simulation';

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

test.each([0.01, 0.5])(
  'with a share of %d, a challenger worse by exactly the margin is rarely promoted or rejected',
  (share) => {
    const outcomes = simulateMany({ ...SHORT, share, errorRatio: 1.5, slowRatio: 0.5 }, RUNS, 8, true);
    expect(shareOf(outcomes, (outcome) => outcome.promoted)).toBeLessThan(FIVE_PERCENT);
    expect(shareOf(outcomes, (outcome) => outcome.cause !== 'timeLimit')).toBeLessThan(2 * FIVE_PERCENT);
    expect(shareOf(outcomes, (outcome) => outcome.zPromoted)).toBeGreaterThan(0.15);
  },
);

test('slow requests worse by exactly the margin are rarely promoted', () => {
  const world = { ...SHORT, errorRate: 0.05, slowRate: 0.01, errorRatio: 0.5, slowRatio: 1.5 };
  const outcomes = simulateMany(world, RUNS, 9, true);
  expect(shareOf(outcomes, (outcome) => outcome.promoted)).toBeLessThan(FIVE_PERCENT);
  expect(shareOf(outcomes, (outcome) => outcome.zPromoted)).toBeGreaterThan(0.25);
});

test('an equal challenger that is never promoted, since nothing is superior, is rarely rejected', () => {
  for (const bursts of [undefined, BURSTS]) {
    const outcomes = simulateMany({ ...SHORT, goal: 'superior', bursts }, RUNS, 10, true);
    const rejected = shareOf(outcomes, ({ cause }) => cause === 'harm' || cause === 'wrongShare');
    expect(rejected).toBeLessThan(FIVE_PERCENT);
    expect(shareOf(outcomes, (outcome) => outcome.zWorse)).toBeGreaterThan(0.4);
  }
});

test('a challenger that does harm is rejected, the sooner the worse it is', () => {
  const twice = simulateMany({ ...SHORT, errorRatio: 2 }, RUNS, 3);
  const fivefold = simulateMany({ ...SHORT, errorRatio: 5 }, RUNS, 3);
  expect(shareOf(twice, (outcome) => outcome.promoted)).toBeLessThan(0.01);
  expect(shareOf(twice, (outcome) => outcome.cause === 'harm')).toBeGreaterThan(0.9);
  expect(shareOf(fivefold, (outcome) => outcome.cause === 'harm' && outcome.minutes < 20)).toBeGreaterThan(0.95);
});

test('looks that are passed over are those at which the judge says nothing', () => {
  const random = randomOf(15);
  const upTo = (most: number) => Math.floor(random() ** 3 * most);
  let silent = 0;
  for (let i = 0; i < 5000; i++) {
    const share = [0.01, 0.2, 0.5][i % 3];
    const challenger = { requests: upTo(40_000 * share), errors: 0, slow: 0 };
    const champion = { requests: Math.round((challenger.requests * (1 - share)) / share), errors: 0, slow: 0 };
    for (const side of [champion, challenger]) {
      side.errors = upTo(side.requests / 20);
      side.slow = upTo(side.requests / 10);
    }
    const totals = { champion, challenger, minutesUsed: 1, minutesIncomplete: 0 };
    const rules = rulesOf({ ...EQUAL, share, goal: i % 2 ? 'superior' : 'notWorse' });
    if (mayDecide(totals, rules)) continue;
    silent++;
    expect(decide(weigh(totals, rules), rules, false).decision).toBe('continue');
  }
  expect(silent).toBeGreaterThan(1000);
  expect(silent).toBeLessThan(4500);
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

test('challengers without any difference are not held to the luck of their predecessors', () => {
  const promoted = (left: 'shown' | 'counted') =>
    Array.from({ length: 10 }, (_, chain) => equalsPromoted(left, 9000 + 10 * chain)).reduce((a, b) => a + b) / 100;
  expect(promoted('shown')).toBeGreaterThan(0.95);
  expect(promoted('counted')).toBeLessThan(0.8);
});

test.each([
  [200, 0.2],
  [5000, 0.4], // in parts
])('the simulated binomial of %i times %d has its mean and variance', (trials, probability) => {
  const random = randomOf(1);
  const draws = Array.from({ length: 10_000 }, () => binomial(random, trials, probability));
  const mean = draws.reduce((sum, draw) => sum + draw, 0) / draws.length;
  const variance = draws.reduce((sum, draw) => sum + (draw - mean) ** 2, 0) / draws.length;
  const expected = trials * probability * (1 - probability);
  expect(Math.abs(mean - trials * probability)).toBeLessThan(0.04 * Math.sqrt(expected)); // four standard errors
  expect(Math.abs(variance / expected - 1)).toBeLessThan(0.06);
});
