/** A hundred real columns: flights of half a year, what came before each of them, and what follows from both. */
import { readFileSync } from 'node:fs';
import { parquetRead } from 'hyparquet';
import { compressors } from 'hyparquet-compressors';
import { closeRange, cutsOf, mostFrequent } from '../../lib/statistics/profile/bins';
import type { ColumnBins } from '../../lib/statistics/profile/profile';
import type { Random } from './ab-simulation';

/** Columns as they lie in the file, in order of time. */
export interface Flights {
  /** Minutes since the year began. */
  readonly minute: Float64Array;
  readonly delay: Float64Array;
  readonly distance: Float64Array;
  readonly origin: readonly string[];
  readonly destination: readonly string[];
}

/** A column of the population, as the number of each row's bin. */
export interface CodedColumn {
  readonly bins: ColumnBins;
  readonly codes: Uint16Array;
  /** Standard deviation of the values; 0 for categories. */
  readonly deviation: number;
}

const START = Date.UTC(2001, 0, 1);
/** Rows before the first that is used: columns look back. */
const LOOKED_BACK = 64;

/** The first flights of vega-datasets' flights-3m.parquet, all 3,000,000 by default. */
export async function readFlights(path: string, rows = 3_000_000): Promise<Flights> {
  const bytes = readFileSync(path);
  const file = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) as ArrayBuffer;
  const columns: Record<string, unknown[]> = {};
  const onChunk = ({
    columnName,
    columnData,
    rowStart,
  }: {
    columnName: string;
    columnData: ArrayLike<unknown>;
    rowStart: number;
  }) => {
    const column = (columns[columnName] ??= new Array<unknown>(rows));
    for (let i = 0; i < columnData.length && rowStart + i < rows; i++) column[rowStart + i] = columnData[i];
  };
  await parquetRead({ file, compressors, rowEnd: rows, onChunk });
  return {
    minute: Float64Array.from(columns.date, (date) => ((date as Date).getTime() - START) / 60_000),
    delay: Float64Array.from(columns.delay, Number),
    distance: Float64Array.from(columns.distance, Number),
    origin: columns.origin as string[],
    destination: columns.destination as string[],
  };
}

type Value = (flights: Flights, row: number) => number | string;

const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, i) => from + i);

function meanDelay({ delay }: Flights, row: number, rows: number): number {
  let sum = 0;
  for (let i = 0; i < rows; i++) sum += delay[row - i];
  return sum / rows;
}

/** The columns, the plainest first. */
const COLUMNS: ReadonlyArray<readonly [string, Value]> = [
  ['delay', ({ delay }, row) => delay[row]],
  ['distance', ({ distance }, row) => distance[row]],
  ['departureMinute', ({ minute }, row) => minute[row] % 1440],
  ['origin', ({ origin }, row) => origin[row]],
  ['destination', ({ destination }, row) => destination[row]],
  ['day', ({ minute }, row) => Math.floor(minute[row] / 1440)],
  ['weekday', ({ minute }, row) => Math.floor(minute[row] / 1440) % 7],
  ['late', ({ delay }, row) => Math.max(0, delay[row])],
  ['speed', ({ delay, distance }, row) => distance[row] / (60 + distance[row] / 8 + delay[row])],
  ['isLate', ({ delay }, row) => (delay[row] > 15 ? 'late' : 'on time')],
  ...range(1, 5).map((lag) => [`meanDelay${2 ** lag}`, (it, row) => meanDelay(it, row, 2 ** lag)] as [string, Value]),
  ...range(1, 5).map((lag) => [`origin-${lag}`, ({ origin }, row) => origin[row - lag]] as [string, Value]),
  ...range(1, 30).map((lag) => [`delay-${lag}`, ({ delay }, row) => delay[row - lag]] as [string, Value]),
  ...range(1, 20).map((lag) => [`distance-${lag}`, ({ distance }, row) => distance[row - lag]] as [string, Value]),
  ...range(1, 15).map((lag) => [`slower-${lag}`, ({ delay }, row) => delay[row] - delay[row - lag]] as [string, Value]),
  ...range(1, 15).map(
    (lag) => [`farther-${lag}`, ({ distance }, row) => distance[row] - distance[row - lag]] as [string, Value],
  ),
];

export const COLUMN_COUNT = COLUMNS.length;

function deviationOf(values: readonly number[]): number {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length);
}

/** The number of a value's bin. */
export function binOf(cuts: readonly number[], value: number): number {
  let [low, high] = [0, cuts.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (value <= cuts[middle]) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** Cuts for values that are all there is of a baseline. */
export function closedCuts(values: readonly number[]): readonly number[] {
  const cuts = cutsOf(values);
  const counts = new Array<number>(cuts.length + 1).fill(0);
  let [least, greatest] = [Infinity, -Infinity];
  for (const value of values) {
    counts[binOf(cuts, value)]++;
    [least, greatest] = [Math.min(least, value), Math.max(greatest, value)];
  }
  const known = values.length > 0;
  return closeRange(cuts, { counts, least: known ? least : null, greatest: known ? greatest : null }).cuts;
}

function codedNumbers(name: string, values: readonly number[], sample: number): CodedColumn {
  const first = values.slice(0, sample);
  const bins: ColumnBins = { name, type: 'numeric', role: 'feature', cuts: closedCuts(first) };
  return { bins, codes: Uint16Array.from(values, (value) => binOf(bins.cuts, value)), deviation: deviationOf(first) };
}

function codedCategories(name: string, values: readonly string[], sample: number): CodedColumn {
  const counts = new Map<string, number>();
  for (const value of values.slice(0, sample)) counts.set(value, (counts.get(value) ?? 0) + 1);
  const categories = mostFrequent([...counts.keys()], [...counts.values()]);
  const codes = new Map(categories.map((category, bin) => [category, bin]));
  const bins: ColumnBins = { name, type: 'categorical', role: 'feature', categories };
  return { bins, codes: Uint16Array.from(values, (value) => codes.get(value) ?? categories.length), deviation: 0 };
}

/** The population: random flights as numbers of bins, which the first rows fix; and for shifts, in deviations, the shifted numbers. */
export interface Population {
  readonly columns: readonly CodedColumn[];
  /** By shift, then by column: those of categories are undefined. */
  readonly shifted: ReadonlyMap<number, ReadonlyArray<Uint16Array | undefined>>;
  /** Hours since the year began of each row. */
  readonly hours: Uint16Array;
  readonly rows: number;
}

/** Draws a population of flights. The first `shiftable` columns are shifted as well. */
export function drawPopulation(
  flights: Flights,
  random: Random,
  rows: number,
  {
    sample,
    columns,
    shifts,
    shiftable,
  }: { sample: number; columns: number; shifts: readonly number[]; shiftable: number },
): Population {
  const picked = Uint32Array.from(
    { length: rows },
    () => LOOKED_BACK + Math.floor(random() * (flights.delay.length - LOOKED_BACK)),
  );
  const shifted = new Map(shifts.map((shift) => [shift, [] as Array<Uint16Array | undefined>]));
  const coded = COLUMNS.slice(0, columns).map(([name, value], column) => {
    const values = Array.from(picked, (row) => value(flights, row));
    if (typeof values[0] === 'string') {
      for (const list of shifted.values()) list.push(undefined);
      return codedCategories(name, values as string[], sample);
    }
    const it = codedNumbers(name, values as number[], sample);
    const { cuts } = it.bins as ColumnBins & { type: 'numeric' };
    for (const [shift, list] of shifted) {
      const moved = (value: number) => binOf(cuts, value + shift * it.deviation);
      list.push(column < shiftable ? Uint16Array.from(values as number[], moved) : undefined);
    }
    return it;
  });
  return {
    columns: coded,
    shifted,
    hours: Uint16Array.from(picked, (row) => Math.floor(flights.minute[row] / 60)),
    rows,
  };
}
