/**
 * The drift judge: counts of a baseline and of a window in; drift, no drift or not enough data out, with the reasons in words.
 *
 * A column drifted when a statistic is above its threshold: the larger of the configured one, below which a difference does
 * not matter, and the critical value, below which chance explains it. Chance is shared by Holm's procedure over all columns
 * and tests of a run, and rows count what they are worth. In small windows the critical value decides, in large ones the
 * configured threshold: there every difference is certain, and few matter.
 */
import { mergeCounts } from '../profile/counts';
import type { ColumnBins, ColumnCounts, Counts } from '../profile/profile';
import { whole } from '../figures';
import { coarseBins, coarsen, total } from './coarse-bins';
import type { Comparison } from './compare';
import { compareColumn, compareShares } from './compare';
import { criticalValue } from './critical-value';
import type { DesignEffect } from './effective-size';
import { designEffect } from './effective-size';
import { holmLevel } from './holm';
import type { DriftFinding, DriftJudgement, DriftRules, FindingTest } from './judgement';
import { explainFinding, explainVerdict } from './reasons';
import { rowsOf, schemaFindings } from './schema';
import type { EffectiveSizes } from './sizes';
import { effectiveSizes } from './sizes';

export { coarseHour } from './coarse-hour';
export { alphaPerRun } from './holm';

/** What was counted in one hour. */
export interface HourOfCounts {
  /** UTC, `yyyy-mm-ddThh`; empty where the hour is not known, as for files. */
  readonly hour: string;
  readonly counts: Counts;
}

/** What windows are compared with. */
export interface JudgedBaseline {
  readonly bins: readonly ColumnBins[];
  readonly counts: Counts;
  /** The hours that `counts` are the sum of, where they are known: they tell how much hours differ by chance. */
  readonly hours?: readonly HourOfCounts[];
}

/** What is judged. */
export interface JudgedWindow {
  readonly hours: readonly HourOfCounts[];
  /**
   * What was counted in all of the hours, where single hours tell apart only what {@link coarseHour} leaves.
   * @default - the sum of the hours
   */
  readonly counts?: Counts;
  /**
   * Hours before the window. They are not judged: they tell how much hours differ by chance, and with three days of them the
   * daily cycle is known.
   */
  readonly earlier?: readonly HourOfCounts[];
}

/** Shares of missing and of out-of-range values may differ by this much. */
const SHARE_THRESHOLD = 0.05;

const MILLISECONDS_PER_HOUR = 3_600_000;

/** One column of both sides. */
interface Column {
  readonly bins: ColumnBins;
  readonly baseline: ColumnCounts;
  readonly window: ColumnCounts;
  /** Of baseline and window, with those that lack the column. */
  readonly rows: [number, number];
  /** The column's counts in each hour that tells what chance does. */
  readonly hours: ReadonlyArray<{ readonly hour: number; readonly rows: number; readonly counts: ColumnCounts }>;
}

/** A test that was made, before it is known how many others were. */
interface Tested {
  readonly column: Column;
  readonly test: FindingTest;
  readonly comparison: Comparison;
  readonly pValue: number;
  readonly configuredThreshold: number;
  readonly rows: [number, number];
  readonly effectiveRows: number;
}

function tested(
  column: Column,
  test: FindingTest,
  configuredThreshold: number,
  rows: [number, number],
  effect: DesignEffect,
  compare: (sizes: EffectiveSizes) => Comparison,
): Tested {
  const sizes = effectiveSizes(...rows, effect);
  const comparison = compare(sizes);
  const pValue = comparison.sf(comparison.statistic);
  return { column, test, comparison, pValue, configuredThreshold, rows, effectiveRows: sizes.window };
}

// Not Object.hasOwn: engines that databases bring along do not have it.
const hasOwn = (record: object, key: string) => Object.prototype.hasOwnProperty.call(record, key);

function testDistribution(column: Column, { columns }: DriftRules): Tested {
  const { bins, baseline, window, hours } = column;
  if (!hasOwn(columns, bins.name)) {
    throw new RangeError(`the rules must say how each column of the baseline is tested, got none for '${bins.name}'`);
  }
  const { test, threshold } = columns[bins.name];
  const rows: [number, number] = [total(baseline.counts), total(window.counts)];
  const map = coarseBins(bins, baseline.counts, Math.min(...rows));
  const series = hours.map(({ hour, counts }) => ({ hour, counts: coarsen(map, counts.counts) }));
  return tested(column, test, threshold, rows, designEffect(series, bins.type === 'numeric'), (sizes) =>
    compareColumn(test, bins, baseline.counts, window.counts, sizes),
  );
}

/** Tests a share of the rows. One that is 0 on both sides cannot show anything and is no test (R. Tarone, Biometrics 1990). */
function testShare(
  column: Column,
  test: FindingTest,
  rows: [number, number],
  partOf: (counts: ColumnCounts, rows: number) => [number, number],
): Tested[] {
  const parts = [partOf(column.baseline, rows[0]), partOf(column.window, rows[1])].map(([part]) => part);
  if (rows.includes(0) || total(parts) === 0) return [];
  const series = column.hours.map((it) => {
    const [part, all] = partOf(it.counts, it.rows);
    return { hour: it.hour, counts: [part, all - part] };
  });
  return [
    tested(column, test, SHARE_THRESHOLD, rows, designEffect(series, true), (sizes) =>
      compareShares(parts[0] / rows[0], parts[1] / rows[1], sizes),
    ),
  ];
}

/** Rows without a value that can be compared, and all rows. */
function lacking({ absent, missing, invalid }: ColumnCounts, rows: number): [number, number] {
  return [absent + missing + invalid, rows];
}

/** Values outside of the baseline's range, and all values. */
function outOfRange({ counts }: ColumnCounts): [number, number] {
  return [counts.length < 2 ? 0 : counts[0] + counts[counts.length - 1], total(counts)];
}

function testColumn(column: Column, rules: DriftRules): Tested[] {
  const distribution = testDistribution(column, rules);
  const missing = testShare(column, 'missingShare', column.rows, lacking);
  const range =
    column.bins.type === 'numeric' ? testShare(column, 'outOfRangeShare', distribution.rows, outOfRange) : [];
  return [distribution, ...missing, ...range];
}

function hourNumber(hour: string): number {
  return Date.parse(`${hour}:00:00Z`) / MILLISECONDS_PER_HOUR;
}

/**
 * The hours that are known, in order of time. Those of the window count as well: it may be what varies most. A column whose
 * daily cycle itself changed is found later for it.
 */
function knownHours(baseline: JudgedBaseline, window: JudgedWindow) {
  return [...(baseline.hours ?? []), ...(window.earlier ?? []), ...window.hours]
    .filter(({ hour }) => hour !== '')
    .map(({ hour, counts }) => ({ hour: hourNumber(hour), counts }))
    .sort((a, b) => a.hour - b.hour);
}

function columnsOf(baseline: JudgedBaseline, window: JudgedWindow, counts: Counts): Column[] {
  const hours = knownHours(baseline, window);
  return baseline.bins.map((bins, i) => ({
    bins,
    baseline: baseline.counts.columns[i],
    window: counts.columns[i],
    rows: [rowsOf(baseline.counts, i), rowsOf(counts, i)],
    hours: hours.map((it) => ({ hour: it.hour, rows: rowsOf(it.counts, i), counts: it.counts.columns[i] })),
  }));
}

/** The threshold of a test at a level. Tests that refer to the same distribution at the same level share what was computed. */
function thresholdOf({ comparison, configuredThreshold }: Tested, level: number, known: Map<string, number>): number {
  const { sf, most, distribution } = comparison;
  const key = distribution && `${distribution} ${configuredThreshold}`;
  const before = key === undefined ? undefined : known.get(key);
  if (before !== undefined) return before;
  const explained = sf(configuredThreshold) > level;
  const threshold = explained ? Math.max(configuredThreshold, criticalValue(sf, level, most)) : configuredThreshold;
  if (key !== undefined) known.set(key, threshold);
  return threshold;
}

/** The finding of a test, with its threshold. */
function findingOf(it: Tested, threshold: number): DriftFinding {
  const { column, test, comparison, pValue, configuredThreshold, rows, effectiveRows } = it;
  const { statistic } = comparison;
  const drifted = statistic > threshold;
  const { name, type, role } = column.bins;
  const explained = { ...column, test, statistic, configuredThreshold, threshold, drifted, effectiveRows };
  const reason = explainFinding(explained, column.rows);
  const [baselineRows, windowRows] = rows;
  return {
    ...{ name, type, role, test, statistic, pValue, configuredThreshold, threshold, drifted },
    ...{ baselineRows, windowRows, effectiveRows, statisticBound: comparison.bound, reason },
  };
}

const ratio = ({ statistic, threshold }: DriftFinding) => statistic / threshold;

function notEnoughData(reason: string, rows: number, baselineRows: number): DriftJudgement {
  const nothing = { findings: [], schema: [], driftedShare: 0, maxDrift: 0 };
  return { verdict: 'notEnoughData', reason, rows, baselineRows, ...nothing };
}

/**
 * Judges a window against a baseline. Pure: the same counts give the same judgement.
 *
 * @param window counts over the baseline's bins, an hour each; files are one hour without a name
 * @throws RangeError when a column has no rule, or a test of numbers is to compare categories
 */
export function judgeDrift(baseline: JudgedBaseline, window: JudgedWindow, rules: DriftRules): DriftJudgement {
  const baselineRows = baseline.counts.rows;
  if (window.hours.length === 0) return notEnoughData('no data in the window', 0, baselineRows);
  const counts = window.counts ?? window.hours.map((hour) => hour.counts).reduce(mergeCounts);
  const { rows } = counts;
  if (rows === 0) return notEnoughData('no rows in the window', rows, baselineRows);
  if (rows < rules.minimumSamples) {
    const reason = `${whole(rows)} rows in the window, at least ${whole(rules.minimumSamples)} are needed`;
    return notEnoughData(reason, rows, baselineRows);
  }
  if (baselineRows === 0) return notEnoughData('no rows in the baseline', rows, baselineRows);
  const tests = columnsOf(baseline, window, counts).flatMap((column) => testColumn(column, rules));
  const level = holmLevel(
    tests.map(({ pValue }) => pValue),
    rules.alpha,
  );
  const known = new Map<string, number>();
  const findings = tests
    .map((test) => findingOf(test, thresholdOf(test, level, known)))
    .sort((a, b) => ratio(b) - ratio(a));
  const schema = schemaFindings(baseline.bins, baseline.counts, counts);
  const drifted = new Set([...findings, ...schema].filter((finding) => finding.drifted).map(({ name }) => name));
  return {
    verdict: drifted.size > 0 ? 'drift' : 'noDrift',
    reason: explainVerdict(findings, schema, baseline.bins.length),
    ...{ rows, baselineRows, findings, schema },
    driftedShare: baseline.bins.length === 0 ? 0 : drifted.size / baseline.bins.length,
    maxDrift: findings.length === 0 ? 0 : ratio(findings[0]),
  };
}
