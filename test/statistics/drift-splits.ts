/** Random splits of real rows into baseline and window, judged: for tests (small) and tools/simulate-drift.mjs. */
import type { DriftRules } from '../../lib/statistics/drift/judgement';
import { judgeDrift } from '../../lib/statistics/drift/judge';
import type { ColumnCounts, Counts } from '../../lib/statistics/profile/profile';
import type { Random } from './ab-simulation';
import { randomOf } from './ab-simulation';
import type { CodedColumn, Population } from './drift-data';
import { evidentlyDrifted } from './evidently-defaults';

/** Rows of the block that samples of 10,000 rows and more are put together from. */
const BLOCK = 1000;
/** A pool of blocks is drawn anew after so many splits, a baseline after so many. */
const SPLITS_PER_POOL = 500;
const SPLITS_PER_BASELINE = 10;
/** Blocks of a pool: many more than a baseline of 100,000 and a window of 200,000 rows take. */
const BLOCKS = 1500;

export const DEFAULT_THRESHOLDS = {
  numeric: { test: 'ks', threshold: 0.1 },
  categorical: { test: 'psi', threshold: 0.2 },
} as const;

/** What is simulated. */
export interface Cell {
  readonly baselineRows: number;
  readonly windowRows: number;
  /** How many of the columns are judged together; several are judged in turn on the same rows. */
  readonly features: readonly number[];
  readonly splits: number;
  readonly alpha: number;
  readonly seed: number;
  /** In standard deviations, of one column at a time. @default 0 */
  readonly shift?: number;
}

/** Alarms in a cell, for one number of features. */
export interface CellResult {
  readonly features: number;
  readonly splits: number;
  /** Splits with a verdict of drift; with a shift, in which the shifted column drifted. */
  readonly alarms: number;
  /** The same by column, where one was shifted. */
  readonly byColumn: Readonly<Record<string, { readonly splits: number; readonly alarms: number }>>;
  /** Evidently's defaults: any column drifted; half of them did, which it calls dataset drift. */
  readonly evidentlyAny: number;
  readonly evidentlyDataset: number;
}

type CountsOf = (column: CodedColumn, codes: Uint16Array) => Uint32Array;

/** Counts of rows that are drawn one by one, with replacement. */
function drawRows(population: Population, random: Random, rows: number): CountsOf {
  const picked = Uint32Array.from({ length: rows }, () => Math.floor(random() * population.rows));
  return ({ bins }, codes) => {
    const counts = new Uint32Array(binsOf(bins));
    for (let i = 0; i < rows; i++) counts[codes[picked[i]]]++;
    return counts;
  };
}

function binsOf(bins: CodedColumn['bins']): number {
  return (bins.type === 'numeric' ? bins.cuts : bins.categories).length + 1;
}

/** Counts of the blocks of a pool, by codes. */
type Pool = Map<Uint16Array, Uint16Array>;

function drawPool(
  population: Population,
  random: Random,
  codes: ReadonlyArray<readonly [CodedColumn, Uint16Array]>,
): Pool {
  const picked = Uint32Array.from({ length: BLOCKS * BLOCK }, () => Math.floor(random() * population.rows));
  return new Map(
    codes.map(([{ bins }, of]) => {
      const width = binsOf(bins);
      const counts = new Uint16Array(BLOCKS * width);
      for (let i = 0; i < picked.length; i++) counts[Math.floor(i / BLOCK) * width + of[picked[i]]]++;
      return [of, counts];
    }),
  );
}

/** The first blocks in a random order. */
function pickBlocks(random: Random, blocks: number): Uint32Array {
  const order = Uint32Array.from({ length: BLOCKS }, (_, i) => i);
  for (let i = 0; i < blocks; i++) {
    const other = i + Math.floor(random() * (BLOCKS - i));
    [order[i], order[other]] = [order[other], order[i]];
  }
  return order.subarray(0, blocks);
}

function sumBlocks(pool: Pool, blocks: Uint32Array): CountsOf {
  return ({ bins }, codes) => {
    const width = binsOf(bins);
    const counts = pool.get(codes)!;
    const sums = new Uint32Array(width);
    for (const block of blocks) for (let bin = 0, at = block * width; bin < width; bin++, at++) sums[bin] += counts[at];
    return sums;
  };
}

export function columnCounts(counts: ArrayLike<number>): ColumnCounts {
  const rest = { absent: 0, missing: 0, invalid: 0, infinite: 0, least: null, greatest: null, others: [] };
  return { ...rest, counts: Array.from(counts) };
}

export function countsOf(rows: number, columns: readonly ColumnCounts[]): Counts {
  return { rows, bytes: 0, files: 1, damage: { files: 0, rows: 0, examples: [] }, unknownColumns: [], columns };
}

export function rulesFor(columns: readonly CodedColumn[], alpha: number): DriftRules {
  const rules = columns.map(({ bins }) => [bins.name, DEFAULT_THRESHOLDS[bins.type]] as const);
  return { columns: Object.fromEntries(rules), alpha, minimumSamples: 100 };
}

/** Judges splits of a population. The same cell gives the same result. */
export function simulateSplits(population: Population, cell: Cell): CellResult[] {
  const { baselineRows, windowRows, features, splits, alpha, seed, shift = 0 } = cell;
  const random = randomOf(seed);
  const most = Math.max(...features);
  const columns = population.columns.slice(0, most);
  const moved = population.shifted.get(shift) ?? [];
  const shiftable = [...moved.keys()].filter((column) => moved[column] && column < Math.min(...features));
  const codes = columns.map((column) => [column, column.codes] as const);
  const both = [...codes, ...shiftable.map((column) => [columns[column], moved[column]!] as const)];
  const results = features.map((count) => {
    const byColumn: Record<string, { splits: number; alarms: number }> = {};
    return { features: count, splits, alarms: 0, byColumn, evidentlyAny: 0, evidentlyDataset: 0 };
  });
  let pool: Pool = new Map();
  let baseline: ColumnCounts[] = [];
  let baselineBlocks = 0;
  for (let split = 0; split < splits; split++) {
    if (split % SPLITS_PER_POOL === 0) pool = drawPool(population, random, both);
    const ownBaseline = split % SPLITS_PER_BASELINE === 0;
    baselineBlocks = Math.round(baselineRows / BLOCK);
    const windowBlocks = windowRows >= 10 * BLOCK ? Math.round(windowRows / BLOCK) : 0;
    const picked = pickBlocks(random, baselineBlocks + windowBlocks);
    if (ownBaseline || windowBlocks > 0) {
      const sums = sumBlocks(pool, picked.subarray(0, baselineBlocks));
      baseline = codes.map(([column, of]) => columnCounts(sums(column, of)));
    }
    const sums =
      windowBlocks > 0 ? sumBlocks(pool, picked.subarray(baselineBlocks)) : drawRows(population, random, windowRows);
    const target = shift === 0 ? -1 : shiftable[split % shiftable.length];
    const window = codes.map(([column, of], i) => columnCounts(sums(column, i === target ? moved[i]! : of)));
    for (const result of results) {
      const some = columns.slice(0, result.features);
      const bins = some.map((column) => column.bins);
      const [before, now] = [baseline, window].map((all) => all.slice(0, result.features));
      const judgement = judgeDrift(
        { bins, counts: countsOf(baselineRows, before) },
        { hours: [{ hour: '', counts: countsOf(windowRows, now) }] },
        rulesFor(some, alpha),
      );
      const name = target < 0 ? undefined : columns[target].bins.name;
      const alarm = judgement.findings.some((finding) => finding.drifted && (!name || finding.name === name));
      if (alarm) result.alarms++;
      if (name) {
        const own = (result.byColumn[name] ??= { splits: 0, alarms: 0 });
        own.splits++;
        if (alarm) own.alarms++;
      }
      const drifted = some.filter((column, i) => evidentlyDrifted(column, before[i].counts, now[i].counts)).length;
      if (drifted > 0) result.evidentlyAny++;
      if (drifted >= 0.5 * result.features) result.evidentlyDataset++;
    }
  }
  return results;
}
