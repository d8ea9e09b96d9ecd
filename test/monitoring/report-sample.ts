import type { DriftReport } from '../../lib/monitoring/report';
import { buildReport } from '../../lib/monitoring/report';
import type { DriftFinding, DriftJudgement } from '../../lib/statistics/drift/judgement';
import { cutsOf, mostFrequent } from '../../lib/statistics/profile/bins';
import { nextDown } from '../../lib/statistics/profile/next-float';
import type { ColumnBins, ColumnCounts, Counts, NumericBins, Profile } from '../../lib/statistics/profile/profile';
import type { QualityJudgement } from '../../lib/statistics/quality/quality';

export type Value = number | string | null;

/** A column as its values in the baseline and in the window. */
export interface SampleColumn {
  readonly name: string;
  readonly baseline: readonly Value[];
  readonly window: readonly Value[];
  /** Statistic in thresholds: above 1 is drift. */
  readonly ratio?: number;
}

/** The bins of a finished baseline: the outermost cuts stand at the end of its range. */
export const numericBins = (name: string, values: readonly number[]): NumericBins => {
  const finite = values.filter(Number.isFinite);
  const [first, last] = [nextDown(Math.min(...finite)), Math.max(...finite)];
  const inner = cutsOf(values).filter((cut) => cut > first && cut < last);
  return { name, type: 'numeric', role: 'feature', cuts: finite.length > 0 ? [first, ...inner, last] : [] };
};

const labelBins = (name: string, labels: readonly string[]): ColumnBins => {
  const counts = new Map<string, number>();
  for (const label of labels) counts.set(label, (counts.get(label) ?? 0) + 1);
  const categories = mostFrequent([...counts.keys()], [...counts.values()]);
  return { name, type: 'categorical', role: 'feature', categories };
};

export function binsOf(name: string, values: readonly Value[]): ColumnBins {
  const labels = values.filter((value) => typeof value === 'string');
  if (labels.length > 0) return labelBins(name, labels);
  return numericBins(
    name,
    values.filter((value) => typeof value === 'number'),
  );
}

const binOf = ({ cuts }: NumericBins, value: number) => cuts.findIndex((cut) => value <= cut);

/** Counts one value after the other, by the definition of the bins. */
export function countOf(bins: ColumnBins, values: readonly Value[]): ColumnCounts {
  const size = bins.type === 'numeric' ? bins.cuts.length + 1 : bins.categories.length + 1;
  const counts = new Array<number>(size).fill(0);
  const others = new Map<string, number>();
  const numbers = values.filter((value) => typeof value === 'number');
  for (const value of values) {
    if (value === null) continue;
    const bin = bins.type === 'numeric' ? binOf(bins, Number(value)) : bins.categories.indexOf(`${value}`);
    counts[bin < 0 ? size - 1 : bin]++;
    if (bins.type === 'categorical' && bin < 0) others.set(`${value}`, (others.get(`${value}`) ?? 0) + 1);
  }
  const finite = numbers.filter(Number.isFinite);
  return {
    absent: 0,
    missing: values.filter((value) => value === null).length,
    invalid: 0,
    infinite: numbers.length - finite.length,
    counts,
    least: finite.length > 0 ? Math.min(...finite) : null,
    greatest: finite.length > 0 ? Math.max(...finite) : null,
    others: [...others].slice(0, 32).map(([value, count]) => ({ value, count })),
  };
}

const countsOf = (bins: readonly ColumnBins[], columns: ReadonlyArray<readonly Value[]>): Counts => ({
  rows: columns[0]?.length ?? 0,
  bytes: 1000,
  files: 2,
  damage: { files: 0, rows: 0, examples: [] },
  unknownColumns: [],
  columns: bins.map((column, index) => countOf(column, columns[index])),
});

export function finding(bins: ColumnBins, ratio: number): DriftFinding {
  return {
    name: bins.name,
    type: bins.type,
    role: bins.role,
    test: 'ks',
    statistic: 0.1 * ratio,
    pValue: 1e-9,
    configuredThreshold: 0.1,
    threshold: 0.1,
    drifted: ratio > 1,
    baselineRows: 1000,
    windowRows: 900,
    effectiveRows: 300,
    statisticBound: 0.004,
    reason: `${bins.name} ${ratio > 1 ? 'moved' : 'stayed'}, says the judge of ${bins.name}.`,
  };
}

/** A report as the judge would give it, of columns that drifted as much as they say. */
export function sampleReport(columns: readonly SampleColumn[], judged: Partial<DriftJudgement> = {}): DriftReport {
  const bins = columns.map(({ name, baseline }) => binsOf(name, baseline));
  const findings = columns
    .flatMap(({ ratio }, index) => (ratio === undefined ? [] : [finding(bins[index], ratio)]))
    .sort((a, b) => b.statistic - a.statistic);
  const drifted = findings.filter((one) => one.drifted);
  const baseline: Profile = {
    format: 'cdk-mlops/profile/1',
    source: 's3://artifacts/training/',
    createdAt: '2001-01-31T06:12:44.120Z',
    bins,
    counts: countsOf(
      bins,
      columns.map((column) => column.baseline),
    ),
  };
  const windowCounts = countsOf(
    bins,
    columns.map((column) => column.window),
  );
  return buildReport({
    title: 'flights',
    createdAt: '2001-02-09T00:04:11.000Z',
    baseline,
    windowCounts,
    judgement: {
      verdict: drifted.length > 0 ? 'drift' : 'noDrift',
      reason: `${drifted.length} columns are beyond their thresholds.`,
      rows: windowCounts.rows,
      baselineRows: baseline.counts.rows,
      findings,
      schema: [],
      driftedShare: drifted.length / Math.max(1, bins.length),
      maxDrift: findings[0]?.statistic ?? 0,
      ...judged,
    },
  });
}

export const POOR_QUALITY: QualityJudgement = {
  verdict: 'poor',
  reason: 'The root mean squared error is above its limit.',
  metric: 'rmse',
  value: 18.2,
  standardError: 0.41,
  limit: 15,
  threshold: 16.1,
  pValue: 2e-9,
  rows: 6204,
  unlabelled: 2796,
};

/** Numbers without chance that fill a bell. */
export const bell = (rows: number, mean = 0, width = 1): number[] =>
  Array.from({ length: rows }, (_, i) => mean + width * Math.log((i + 0.5) / (rows - i - 0.5)));

/** One column of each kind, the first two drifted. */
export const COLUMNS: readonly SampleColumn[] = [
  { name: 'delay', baseline: bell(1000), window: [...bell(800, 1.5), ...Array(100).fill(null)], ratio: 4.82 },
  {
    name: 'carrier',
    baseline: Array.from({ length: 1000 }, (_, i) => ['WN', 'DL', 'AA'][i % 3]),
    window: Array.from({ length: 900 }, (_, i) => ['WN', 'ZZ'][i % 2]),
    ratio: 2,
  },
  { name: 'distance', baseline: bell(1000, 9), window: bell(900, 9), ratio: 0.3 },
  {
    name: 'rain',
    baseline: [...Array(800).fill(0), ...bell(200, 9)],
    window: [...Array(300).fill(0), ...bell(600, 9)],
  },
];
