/** What a monitor's rules mean for a window and its baseline, whichever cloud counted them. */
import { alphaPerRun } from '../statistics/drift/judge';
import type { DriftJudgement, DriftRules } from '../statistics/drift/judgement';
import type { Profile } from '../statistics/profile/profile';
import type { MonitorRules } from './drift-contract';

/** A verdict with more than this share of what was captured left out would be one on a selection that nobody chose. */
export const MOST_UNREADABLE = 0.1;

/** A judgement of nothing, and why. */
export function notEnough(reason: string, rows: number): DriftJudgement {
  const nothing = { findings: [], schema: [], driftedShare: 0, maxDrift: 0 };
  return { verdict: 'notEnoughData', reason, rows, baselineRows: 0, ...nothing };
}

/** Columns of the profile that the rules name, with the same type: an older version may know others. */
export function columnsToJudge({ bins }: Profile, { columns }: MonitorRules): number[] {
  const types = new Map(columns.map(({ name, type }) => [name, type]));
  return bins.map((_, index) => index).filter((index) => types.get(bins[index].name) === bins[index].type);
}

/** Why there is nothing to compare, which is not "no drift". */
export function noColumns({ bins }: Profile, chosen: readonly number[]): string | undefined {
  if (chosen.length > 0) return undefined;
  const names = bins.map(({ name, type }) => `${name} (${type})`).slice(0, 10);
  return `the baseline has none of the monitored columns, it has ${names.join(', ') || 'none at all'}; train again`;
}

/** A window before this one that says too little to compare with. */
export function tooFew({ counts }: Profile, { baseline, minimumSamples }: MonitorRules): string | undefined {
  if (baseline !== 'rolling' || counts.rows >= minimumSamples) return undefined;
  return `the window before holds ${counts.rows} rows, at least ${minimumSamples} are wanted to compare with`;
}

/** What the judge goes by. */
export function driftRules({ columns, falseAlarmsPerYear, everyHours, minimumSamples }: MonitorRules): DriftRules {
  const alpha = alphaPerRun(falseAlarmsPerYear, everyHours);
  const rules = columns.map(({ name, test, threshold }) => [name, { test, threshold }]);
  return { alpha, minimumSamples, columns: Object.fromEntries(rules) as DriftRules['columns'] };
}

/** As it is told and kept: with what was not compared, and without infinity, which JSON does not know. */
export function told(judgement: DriftJudgement, { bins }: Profile, { columns }: MonitorRules): DriftJudgement {
  const known = new Map(bins.map(({ name, type }) => [name, type]));
  const left = columns.filter(({ name, type }) => known.get(name) !== type).map(({ name }) => name);
  const names = left.length > 5 ? `${left.slice(0, 5).join(', ')} and ${left.length - 5} more` : left.join(', ');
  const note = left.length === 0 ? '' : `; not compared, since baseline or traffic does not have them so: ${names}`;
  const maxDrift = Math.min(judgement.maxDrift, Number.MAX_VALUE);
  return { ...judgement, maxDrift, reason: `${judgement.reason}${note}` };
}
