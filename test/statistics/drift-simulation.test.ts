/** A short run of what tools/simulate-drift.mjs prints in full: real rows, fixed seeds. */
import path from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { randomOf } from './ab-simulation';
import type { Population } from './drift-data';
import { drawPopulation, readFlights } from './drift-data';
import { simulateSplits } from './drift-splits';
import { autoregressive, flightHours, simulateYear } from './drift-years';

const FLIGHTS = path.resolve(__dirname, '../../node_modules/vega-datasets/data/flights-3m.parquet');
const OPTIONS = { sample: 20_000, columns: 10, shifts: [0.35, 0.75], shiftable: 3 };
const SPLITS = { baselineRows: 100_000, features: [5, 10], splits: 60, alpha: 0.0027, seed: 1 };
const YEAR = { hours: 120, windowHours: 24, baselineRows: 30_000, falseAlarmsPerYear: 1 };

let population: Population;
beforeAll(async () => {
  population = drawPopulation(await readFlights(FLIGHTS, 200_000), randomOf(1), 60_000, OPTIONS);
});

test.each([200, 1000, 10_000])('splits of real rows without drift, windows of %i: no alarm', (windowRows) => {
  for (const { alarms } of simulateSplits(population, { ...SPLITS, windowRows })) expect(alarms).toBe(0);
});

test.each([
  [200, 0.75],
  [1000, 0.35],
])('in windows of %i rows a shift of %d standard deviations is found in every column', (windowRows, shift) => {
  for (const { byColumn } of simulateSplits(population, { ...SPLITS, windowRows, shift })) {
    expect(Object.keys(byColumn)).toEqual(['delay', 'distance', 'departureMinute']);
    for (const { splits, alarms } of Object.values(byColumn)) expect(alarms / splits).toBeGreaterThanOrEqual(0.95);
  }
});

test('Evidently calls nearly every small window drifted: what is measured here is not easy', () => {
  const [{ splits, evidentlyAny }] = simulateSplits(population, { ...SPLITS, windowRows: 200 });
  expect(evidentlyAny / splits).toBeGreaterThan(0.9);
});

test.each([0, 3])('rows that follow one another (AR(1), 0.9), %i days before the window: no alarm', (earlierDays) => {
  const stream = autoregressive(randomOf(2), { rho: 0.9, meanRows: 60 });
  const { alarms, runs, worth } = simulateYear(stream, { ...YEAR, earlierDays });
  expect([alarms, runs]).toEqual([0, 120]);
  expect(worth.plain).toBeLessThan(0.3); // truly about 1/13 of the rows
});

test('hours that follow one another are known from the days before: far fewer verdicts of drift than without', () => {
  const verdicts = (earlierDays: number) => {
    const stream = autoregressive(randomOf(3), { rho: 0.9, meanRows: 60, shared: 0.05 });
    return simulateYear(stream, { ...YEAR, earlierDays }).verdicts;
  };
  // Rarer, not rare: a week holds about ten independent spells of such hours. The full run prints how rare.
  expect(verdicts(7)).toBeLessThan(verdicts(0) / 3);
});

test('real flights hour by hour: no alarm, and with days before, a clock column is worth all of its rows', () => {
  const { alarms, worth } = simulateYear(flightHours(population, randomOf(4), 60), { ...YEAR, earlierDays: 3 });
  expect(alarms).toBe(0);
  expect(worth.departureMinute).toBeCloseTo(1, 9);
  expect(worth.delay).toBeGreaterThan(0.5);
});
