import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { DisplayBins, Steps } from '../../lib/monitoring/page/display-bins';
import { displayBins, niceStep, quantile, stepOf } from '../../lib/monitoring/page/display-bins';
import { bell, countOf, numericBins } from './report-sample';

function shown(baseline: number[], window = baseline): DisplayBins {
  const bins = numericBins('any', baseline);
  return displayBins(bins, countOf(bins, baseline).counts, countOf(bins, window).counts)!;
}

const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
const whole = ({ shares, below, above }: Steps) => sum(shares) + below + above;

describe('steps of equal width', () => {
  test('hold every row: steps, ends and spikes make 1', () => {
    const values = fc.array(fc.oneof(fc.double({ noNaN: true, min: -1e6, max: 1e6 }), fc.integer({ min: 0, max: 5 })), {
      minLength: 1,
      maxLength: 400,
    });
    fc.assert(
      fc.property(values, values, (baseline, window) => {
        const drawn = shown(baseline, window);
        expect(whole(drawn.baseline) + sum(drawn.spikes.map((spike) => spike.baseline))).toBeCloseTo(1, 9);
        expect(whole(drawn.window) + sum(drawn.spikes.map((spike) => spike.window))).toBeCloseTo(1, 9);
        expect(Math.min(...drawn.baseline.shares, ...drawn.window.shares)).toBeGreaterThanOrEqual(0);
        expect(drawn.grid.count).toBeLessThanOrEqual(120);
      }),
    );
  });

  test('follow the density, although bins are of unequal width', () => {
    const { grid, baseline } = shown(bell(100_000));
    const cdf = (x: number) => 1 / (1 + Math.exp(-x));
    baseline.shares.forEach((share, i) => {
      const from = grid.start + i * grid.step;
      expect(Math.abs(share - (cdf(from + grid.step) - cdf(from)))).toBeLessThan(1 / 256);
    });
  });

  test('stand around the values of a discrete column', () => {
    const hours = Array.from({ length: 2400 }, (_, i) => i % 24);
    const { grid, baseline, spikes } = shown(hours);
    expect(grid).toEqual({ start: -1, step: 1, count: 24, shift: 0.5 });
    expect(spikes).toEqual([]);
    baseline.shares.forEach((share) => expect(share).toBeCloseTo(1 / 24, 12));
  });

  test('take a zero that stands out as a spike, but no value that is one of many', () => {
    const zeros = [...Array<number>(800).fill(0), ...bell(200, 9)];
    expect(shown(zeros, bell(100, 9)).spikes).toEqual([{ value: 0, baseline: 0.8, window: 0 }]);
    expect(shown(Array.from({ length: 4000 }, (_, i) => Math.round(i / 40))).spikes).toEqual([]);
  });

  test('leave out far tails and say how much lies there', () => {
    const { lowest, highest, baseline, window } = shown([...bell(10_000), 1e6], bell(1000, 100));
    expect(highest).toBeLessThan(20);
    expect(lowest).toBeGreaterThan(-20);
    expect(baseline.above).toBeLessThan(0.01);
    expect(window.above).toBeGreaterThan(0.99);
  });

  test('show the whole range of what has no far tails', () => {
    const even = Array.from({ length: 1000 }, (_, i) => i / 10);
    const { lowest, highest, window } = shown(even, [-1, 50, 100, 101]);
    expect([lowest, highest]).toEqual([-Number.MIN_VALUE, 99.9]);
    expect([window.below, window.above]).toEqual([0.25, 0.5]);
  });
});

test('a step is 1, 2 or 5 times a power of ten', () => {
  expect([0.011, 0.02, 0.3, 4, 7, 1000].map(niceStep)).toEqual([0.02, 0.02, 0.5, 5, 10, 1000]);
});

test('a value falls into the step that it ends', () => {
  const grid = { start: 0, step: 0.1, count: 10, shift: 0 };
  expect([0, 0.1, 0.3, 0.31, 1, 1.01].map((value) => stepOf(grid, value))).toEqual([-1, 0, 2, 3, 9, 10]);
});

describe('a quantile', () => {
  test('lies within its bin', () => {
    const values = Array.from({ length: 10_000 }, (_, i) => i);
    const { cuts } = numericBins('any', values);
    const counts = countOf(numericBins('any', values), values).counts;
    for (const q of [0.01, 0.25, 0.5, 0.75, 0.99]) expect(quantile(cuts, counts, q)).toBeCloseTo(q * 10_000 - 1, -1.5);
  });

  test('of an atom is the atom', () => {
    const values = [...Array<number>(90).fill(3), ...bell(10, 50)];
    const bins = numericBins('any', values);
    expect(quantile(bins.cuts, countOf(bins, values).counts, 0.5)).toBe(3);
  });

  test('of nothing is not known', () => {
    expect(quantile([], [0], 0.5)).toBeNull();
    expect(quantile([1, 2], [0, 0, 0], 0.5)).toBeNull();
  });
});
