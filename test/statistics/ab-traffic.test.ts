import { describe, expect, test } from 'vitest';
import { trafficNeeded } from '../../lib/statistics';
import { EQUAL, requestsUntilPromoted, shareOf, simulateMany, trafficWorld } from './ab-simulation';

const CASE = { errorRate: 0.01, share: 0.2, ratio: 1.5, power: 0.8, alpha: 0.05 };

describe('the traffic that a verdict needs', () => {
  test('at 1 % errors, 20 % of the traffic, tolerated 1.5 times: about 36,000 requests for 80 %', () => {
    expect(trafficNeeded(CASE)).toBe(35_800);
    expect(trafficNeeded({ errorRate: 0.01, share: 0.2, ratio: 1.5 })).toBe(35_800);
  });

  test.each([0.01, 0.05])('is what simulated tests need, at errors of %d', (errorRate) => {
    const minutes = 100;
    const requestsPerMinute = Math.round(trafficNeeded({ ...CASE, errorRate }) / minutes);
    const world = { ...EQUAL, errorRate, slowRate: 0.4, minutes, requestsPerMinute };
    const power = shareOf(simulateMany(world, 400, 11), (outcome) => outcome.promoted);
    expect(power).toBeGreaterThan(0.75); // two standard deviations of 400 runs are 0.04
    expect(power).toBeLessThan(0.85);
  });

  test.each([
    ['errors of 1 %', {}],
    ['a share of 1 %', { share: 0.01 }],
    ['a share of 50 %', { share: 0.5 }],
    ['a margin of 0.2', { ratio: 1.2 }],
    ['a challenger that is truly better', { trueRatio: 0.8 }],
    ['negligible errors', { errorRate: 0.0001 }],
  ])('at %s is the median and the 80-percent quantile of simulated tests, within 12 percent', (_, change) => {
    const question = { ...CASE, ...change };
    const needed = [0.5, 0.8].map((power) => trafficNeeded({ ...question, power }));
    const outcomes = simulateMany(trafficWorld(question, needed[1]), 500, 13);
    [0.5, 0.8].forEach((share, i) => {
      expect(Math.abs(requestsUntilPromoted(outcomes, share) / needed[i] - 1)).toBeLessThan(0.12);
    });
  });

  test('between negligible and noticeable errors is no less than simulated tests need, and at most a third more', () => {
    const question = { ...CASE, errorRate: 0.0005 };
    const needed = trafficNeeded(question);
    const simulated = requestsUntilPromoted(simulateMany(trafficWorld(question, needed), 500, 14), 0.8);
    expect(needed / simulated).toBeGreaterThan(1);
    expect(needed / simulated).toBeLessThan(1.33);
  });

  test('by a negligible rate is what simulated tests need', () => {
    const errorRate = 0.0001;
    const minutes = 100;
    const requestsPerMinute = Math.round(trafficNeeded({ ...CASE, errorRate }) / minutes);
    const world = { ...EQUAL, errorRate, slowRate: 0.4, minutes, requestsPerMinute };
    const power = shareOf(simulateMany(world, 400, 12), (outcome) => outcome.promoted);
    expect(power).toBeGreaterThan(0.72);
    expect(power).toBeLessThan(0.9);
  });

  test('rises with power, certainty and tightness, falls with errors and with an even split', () => {
    const base = trafficNeeded(CASE);
    expect(trafficNeeded({ ...CASE, power: 0.9 })).toBeGreaterThan(base);
    expect(trafficNeeded({ ...CASE, alpha: 0.01 })).toBeGreaterThan(base);
    expect(trafficNeeded({ ...CASE, ratio: 1.2 })).toBeGreaterThan(4 * base);
    expect(trafficNeeded({ ...CASE, trueRatio: 1.2 })).toBeGreaterThan(2 * base);
    expect(trafficNeeded({ ...CASE, trueRatio: 0.8 })).toBeLessThan(base);
    expect(trafficNeeded({ ...CASE, errorRate: 0.02 })).toBe(base / 2);
    expect(trafficNeeded({ ...CASE, share: 0.5 })).toBeLessThan(base);
  });

  test('is without end at the margin, and finite where errors are rare or the margin small', () => {
    expect(trafficNeeded({ ...CASE, trueRatio: 1.5 })).toBe(Infinity);
    expect(trafficNeeded({ ...CASE, errorRate: 1e-9 })).toBeLessThan(50_000);
    expect(trafficNeeded({ ...CASE, errorRate: 0.0001, negligibleRate: 0 })).toBeGreaterThan(3e6);
    const tight = trafficNeeded({ ...CASE, ratio: 1.01 });
    expect(tight).toBeGreaterThan(trafficNeeded({ ...CASE, ratio: 1.02 }));
    expect(tight).toBeLessThan(1e9);
  });
});
