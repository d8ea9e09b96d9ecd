import { expect, test } from 'vitest';
import { judgeDrift } from '../../lib/statistics/drift/judge';
import { coarseHour } from '../../lib/statistics/drift/coarse-hour';
import { emptyCounts, mergeCounts } from '../../lib/statistics/profile';
import type { ColumnBins, Counts } from '../../lib/statistics/profile';

const BINS: ColumnBins[] = [
  { name: 'x', type: 'numeric', role: 'feature', cuts: Array.from({ length: 257 }, (_, cut) => cut) },
  { name: 'c', type: 'categorical', role: 'feature', categories: Array.from({ length: 40 }, (_, at) => `c${at}`) },
];

/** Counts of an hour, by a rule that needs no chance. */
function counted(hour: number, rows: number): Counts {
  const columns = emptyCounts(BINS).columns.map((column, index) => {
    const counts = [...column.counts];
    for (let row = 0; row < rows; row++) counts[(row * row + hour * 31 + row * (index + 3)) % counts.length]++;
    return { ...column, counts, missing: index === 0 ? hour % 5 : 0 };
  });
  return { ...emptyCounts(BINS), rows: rows + (hour % 5), columns };
}

const hourOf = (hour: number) => ({
  hour: new Date(Date.UTC(2026, 10, 10, hour)).toISOString().slice(0, 13),
  counts: counted(hour, 100 + hour),
});

test('coarser hours with the sum of the window are judged the same', () => {
  const baseline = { bins: BINS, counts: counted(0, 5000) };
  const hours = Array.from({ length: 120 }, (_, hour) => hourOf(hour));
  const [earlier, window] = [hours.slice(0, 96), hours.slice(96)];
  const columns = { x: { test: 'ks', threshold: 0.02 }, c: { test: 'psi', threshold: 0.02 } } as const;
  const rules = { alpha: 0.01, minimumSamples: 10, columns };
  const counts = window.map((hour) => hour.counts).reduce(mergeCounts);
  const coarser = BINS.map((bins, at) => coarseHour(bins, baseline.counts.columns[at], counts.columns[at]));
  const coarse = (all: typeof hours) =>
    all.map(({ hour, counts: fine }) => ({
      hour,
      counts: { ...fine, columns: fine.columns.map((column, at) => coarser[at](column)) },
    }));
  const judged = judgeDrift(baseline, { hours: coarse(window), earlier: coarse(earlier), counts }, rules);
  expect(judged).toEqual(judgeDrift(baseline, { hours: window, earlier }, rules));
  expect(coarse(window)[0].counts.columns[0].counts.filter((count) => count > 0).length).toBeLessThan(15);
});
