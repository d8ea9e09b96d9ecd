/** Simulated years of hourly runs without drift, through the judge and the monitor's hysteresis: for tests (short) and tools/simulate-drift.mjs. */
import { emptyMonitorRecord } from '../../lib/monitoring/record';
import { settleRun } from '../../lib/monitoring/settle';
import type { HourOfCounts } from '../../lib/statistics/drift/judge';
import { alphaPerRun, judgeDrift } from '../../lib/statistics/drift/judge';
import { mergeCounts } from '../../lib/statistics/profile/counts';
import type { ColumnBins, Counts } from '../../lib/statistics/profile/profile';
import type { Random } from './ab-simulation';
import type { CodedColumn, Population } from './drift-data';
import { binOf, closedCuts } from './drift-data';
import { columnCounts, countsOf, rulesFor } from './drift-splits';
import { evidentlyDrifted } from './evidently-defaults';

const HOURS_A_DAY = 24;
const START = Date.UTC(2026, 0, 1);

/** Rows that come hour by hour, and columns that see them. */
export interface Stream {
  readonly columns: readonly CodedColumn[];
  /** Rows of the next hour: for each column the counts of its bins. */
  nextHour(hour: number): { readonly rows: number; readonly counts: readonly ArrayLike<number>[] };
}

export interface YearRules {
  /** Hours that are judged, by default a year. */
  readonly hours: number;
  readonly windowHours: number;
  /** Days before the window that the judge is shown. */
  readonly earlierDays: number;
  readonly baselineRows: number;
  readonly falseAlarmsPerYear: number;
}

export interface YearResult {
  readonly runs: number;
  /** Runs with a verdict of drift. */
  readonly verdicts: number;
  /** Changes of state to drift: what people are told. */
  readonly alarms: number;
  /** Runs in which Evidently's defaults call any column drifted, and the data set. */
  readonly evidentlyAny: number;
  readonly evidentlyDataset: number;
  /** Mean of the effective rows by the window's rows, by column. */
  readonly worth: Readonly<Record<string, number>>;
}

/** Traffic of the hours of a day: a tenth of the mean at night, nearly twice the mean by day. */
export function rowsOf(hour: number, mean: number): number {
  return Math.round(mean * (1 + 0.9 * Math.sin((2 * Math.PI * ((hour % HOURS_A_DAY) - 8)) / HOURS_A_DAY)));
}

/** Pairs of independent standard normal values (G. Box, M. Muller, Annals of Mathematical Statistics 1958). */
export function normal(random: Random): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}

/** What is seen of a hidden normal value: on a scale, with a heavy tail, rounded, half of it zeros, in categories. */
const SEEN: ReadonlyArray<readonly [string, (z: number) => number | string]> = [
  ['plain', (z) => z],
  ['heavy', (z) => Math.exp(1.5 * z)],
  ['rounded', (z) => Math.round(2 * z)],
  ['zeros', (z) => Math.max(0, z)],
  ['category', (z) => 'abcdefg'[Math.max(0, Math.min(6, Math.round(2 * z + 3)))]],
];

function codedSeen(name: string, see: (z: number) => number | string, sample: readonly number[]): ColumnBins {
  const values = sample.map(see);
  if (typeof values[0] === 'string')
    return { name, type: 'categorical', role: 'feature', categories: [...new Set(values as string[])].sort() };
  return { name, type: 'numeric', role: 'feature', cuts: closedCuts(values as number[]) };
}

/**
 * Columns whose hidden values follow x' = ρ x + √(1-ρ²) e, each column on its own: from row to row, or from hour to hour with
 * `shared` of each row's variance.
 */
export function autoregressive(
  random: Random,
  { rho, meanRows, shared }: { rho: number; meanRows: number; shared?: number },
): Stream {
  const sample = Array.from({ length: 20_000 }, () => normal(random));
  const columns = SEEN.map(([name, see]) => ({
    bins: codedSeen(name, see, sample),
    codes: new Uint16Array(0),
    deviation: 1,
  }));
  const step = Math.sqrt(1 - rho * rho);
  const states = SEEN.map(() => normal(random));
  const binOfSeen = (bins: ColumnBins, seen: number | string) =>
    bins.type === 'numeric' ? binOf(bins.cuts, seen as number) : bins.categories.indexOf(seen as string);
  const nextHour = (hour: number) => {
    const rows = rowsOf(hour, meanRows);
    const counts = columns.map(({ bins }, column) => {
      const of = new Uint32Array((bins.type === 'numeric' ? bins.cuts : bins.categories).length + 1);
      const see = SEEN[column][1];
      if (shared !== undefined) states[column] = rho * states[column] + step * normal(random);
      for (let row = 0; row < rows; row++) {
        if (shared === undefined) states[column] = rho * states[column] + step * normal(random);
        const z =
          shared === undefined
            ? states[column]
            : Math.sqrt(shared) * states[column] + Math.sqrt(1 - shared) * normal(random);
        of[binOfSeen(bins, see(z))]++;
      }
      return of;
    });
    return { rows, counts };
  };
  return { columns, nextHour };
}

/** Real flights: each hour holds random ones of that hour of the day. So there is a daily cycle, as sharp as it can be, and no drift. */
export function flightHours(population: Population, random: Random, meanRows: number): Stream {
  const ofHour = Array.from({ length: HOURS_A_DAY }, () => [] as number[]);
  population.hours.forEach((hour, row) => ofHour[hour % HOURS_A_DAY].push(row));
  return drawing(population, (hour) => {
    const all = ofHour[hour % HOURS_A_DAY];
    return {
      rows: Math.round((meanRows * HOURS_A_DAY * all.length) / population.rows),
      pick: () => all[Math.floor(random() * all.length)],
    };
  });
}

/** Real days in a random order, each as it was: hours of one day belong together, with its weather. */
export function flightDays(population: Population, random: Random, meanRows: number): Stream {
  const ofHour = new Map<number, number[]>();
  population.hours.forEach((hour, row) => ofHour.set(hour, [...(ofHour.get(hour) ?? []), row]));
  const days = Math.floor(Math.max(...ofHour.keys()) / HOURS_A_DAY);
  let day = 0;
  return drawing(population, (hour) => {
    if (hour % HOURS_A_DAY === 0) day = Math.floor(random() * days);
    const all = ofHour.get(day * HOURS_A_DAY + (hour % HOURS_A_DAY)) ?? [];
    const rows = Math.round((meanRows * HOURS_A_DAY * days * all.length) / population.rows);
    return { rows, pick: () => all[Math.floor(random() * all.length)] };
  });
}

function drawing({ columns }: Population, hourOf: (hour: number) => { rows: number; pick: () => number }): Stream {
  const nextHour = (hour: number) => {
    const { rows, pick } = hourOf(hour);
    const picked = Uint32Array.from({ length: rows }, pick);
    const counts = columns.map(({ bins, codes }) => {
      const of = new Uint32Array((bins.type === 'numeric' ? bins.cuts : bins.categories).length + 1);
      for (const row of picked) of[codes[row]]++;
      return of;
    });
    return { rows, counts };
  };
  return { columns, nextHour };
}

function hourOfCounts(stream: Stream, hour: number): HourOfCounts {
  const { rows, counts } = stream.nextHour(hour);
  const name = new Date(START + hour * 3_600_000).toISOString().slice(0, 13);
  return { hour: name, counts: countsOf(rows, counts.map(columnCounts)) };
}

/** Baseline of that many rows, or a few more, from whole days. */
function drawBaseline(stream: Stream, rows: number): Counts {
  let [counts, hour] = [hourOfCounts(stream, 0).counts, 1];
  for (; counts.rows < rows || hour % HOURS_A_DAY !== 0; hour++)
    counts = mergeCounts(counts, hourOfCounts(stream, hour).counts);
  return counts;
}

/** Watches a stream without drift for the given hours. */
export function simulateYear(
  stream: Stream,
  { hours, windowHours, earlierDays, baselineRows, falseAlarmsPerYear }: YearRules,
): YearResult {
  const bins = stream.columns.map((column) => column.bins);
  const counts = drawBaseline(stream, baselineRows);
  const rules = rulesFor(stream.columns, alphaPerRun(falseAlarmsPerYear, 1));
  const kept: HourOfCounts[] = [];
  const worth: Record<string, number> = {};
  let record = emptyMonitorRecord('simulated');
  let [runs, verdicts, alarms, evidentlyAny, evidentlyDataset] = [0, 0, 0, 0, 0];
  for (let hour = 0; runs < hours; hour++) {
    kept.push(hourOfCounts(stream, hour));
    if (kept.length < windowHours + earlierDays * HOURS_A_DAY) continue;
    const window = kept.slice(-windowHours);
    const judgement = judgeDrift({ bins, counts }, { hours: window, earlier: kept.slice(0, -windowHours) }, rules);
    const at = new Date(START + hour * 3_600_000).toISOString();
    const settled = settleRun(record, { id: at, at, windowHours, judgement });
    ({ record } = settled);
    runs++;
    if (judgement.verdict === 'drift') verdicts++;
    alarms += settled.changes.filter(({ what, state }) => what === 'drift' && state === 'drift').length;
    for (const { name, test, effectiveRows, windowRows } of judgement.findings) {
      if (!test.endsWith('Share')) worth[name] = (worth[name] ?? 0) + effectiveRows / windowRows / hours;
    }
    kept.shift();
    const now = window.map((it) => it.counts).reduce(mergeCounts);
    const drifted = stream.columns.filter((column, i) =>
      evidentlyDrifted(column, counts.columns[i].counts, now.columns[i].counts),
    );
    if (drifted.length > 0) evidentlyAny++;
    if (drifted.length >= stream.columns.length / 2) evidentlyDataset++;
  }
  return { runs, verdicts, alarms, evidentlyAny, evidentlyDataset, worth };
}
