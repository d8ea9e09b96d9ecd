/** Judges the window of a run by its counts. */
import type { DriftJudgement, DriftRules } from '../../../statistics/drift/judgement';
import type { HourOfCounts } from '../../../statistics/drift/judge';
import { alphaPerRun, judgeDrift } from '../../../statistics/drift/judge';
import type { Counts, Profile } from '../../../statistics/profile';
import { emptyCounts, mergeCounts } from '../../../statistics/profile';
import type { MonitorRules } from '../../drift-contract';
import type { Cloud } from './cloud';
import { chosenColumns, indexesOf, onlyColumns } from './columns';
import { countsOfHours } from './hour-counts';
import { hourStart, isWithin } from './hours';
import type { MonitorPlan } from './monitor-plan';
import { readDocument } from './objects';
import type { Run } from './run';

/** What is known of a window in the end. */
export interface JudgedWindow {
  readonly judgement: DriftJudgement;
  /** What the window was compared with: a profile without columns where there is none. */
  readonly baseline: Profile;
  readonly counts: Counts;
}

/** A verdict on less than this share of the files would be one on a selection that nobody chose. */
const MOST_UNREADABLE = 0.1;

/** Merges the counts of the window's hours and judges them. */
export async function judgeWindow(
  cloud: Cloud,
  run: Run,
  plan: MonitorPlan,
  rules: MonitorRules,
): Promise<JudgedWindow> {
  if (plan.profile === undefined) return unjudged(plan, noBaseline(plan));
  const stored = await readDocument<Profile>(cloud.s3, run.output.bucket, plan.profile);
  const counted = await countsOfHours(cloud, { run, bins: stored.bins, counts: plan.counts! }, plan.hours);
  const columns = columnsToJudge(stored, rules);
  const profile = chosenColumns(stored, columns);
  const hours = counted.map(({ hour, counts }) => ({ hour, counts: onlyColumns(counts, columns) }));
  const [window, before] = [plan.window, plan.before].map((range) => hours.filter(({ hour }) => isWithin(hour, range)));
  const rolling = rules.baseline === 'rolling';
  const baseline = rolling ? movedAlong(profile, plan, before) : profile;
  const compared = rolling ? hours : window;
  const counts = mergeAll(profile.bins, window);
  const refusal = plan.without ?? noColumns(stored, columns) ?? unreadable(plan, compared) ?? tooFew(baseline, rules);
  const judgement = refusal
    ? notEnough(refusal, counts.rows)
    : judgeDrift(
        { ...baseline, ...(rolling && { hours: before }) },
        { hours: window, ...(!rolling && { earlier: before }) },
        driftRules(rules),
      );
  return { judgement: told(judgement, stored, rules), baseline, counts };
}

const noBaseline = ({ window }: MonitorPlan): Profile => ({
  format: 'cdk-mlops/profile/1',
  source: 'none',
  createdAt: hourStart(window.to),
  bins: [],
  counts: emptyCounts([]),
});

function unjudged({ without = 'nothing is known' }: MonitorPlan, baseline: Profile): JudgedWindow {
  return { judgement: notEnough(without, 0), baseline, counts: emptyCounts(baseline.bins) };
}

function notEnough(reason: string, rows: number): DriftJudgement {
  const nothing = { findings: [], schema: [], driftedShare: 0, maxDrift: 0 };
  return { verdict: 'notEnoughData', reason, rows, baselineRows: 0, ...nothing };
}

/** Columns of the profile that the rules name, with the same type: an older version may know others. */
function columnsToJudge(profile: Profile, { columns }: MonitorRules): number[] {
  const types = new Map(columns.map(({ name, type }) => [name, type]));
  return indexesOf(profile, ({ name, type }) => types.get(name) === type);
}

/** The bins of the baseline, with what was counted in the window before. */
function movedAlong(
  { format, bins }: Profile,
  { before: { from, to } }: MonitorPlan,
  hours: readonly HourOfCounts[],
): Profile {
  const source = `the traffic from ${hourStart(from)} to ${hourStart(to)}`;
  return { format, source, createdAt: hourStart(to), bins, counts: mergeAll(bins, hours) };
}

function mergeAll(bins: Profile['bins'], hours: readonly HourOfCounts[]): Counts {
  return hours.reduce((sum, { counts }) => mergeCounts(sum, counts), emptyCounts(bins));
}

/** Nothing to compare is not "no drift". */
function noColumns({ bins }: Profile, chosen: readonly number[]): string | undefined {
  if (chosen.length > 0) return undefined;
  const names = bins.map(({ name, type }) => `${name} (${type})`).slice(0, 10);
  return `the baseline has none of the monitored columns, it has ${names.join(', ') || 'none at all'}; train again`;
}

function unreadable(plan: MonitorPlan, compared: readonly HourOfCounts[]): string | undefined {
  const hours = new Set(compared.map(({ hour }) => hour));
  const files = plan.hours.filter(({ hour }) => hours.has(hour)).reduce((sum, hour) => sum + hour.files, 0);
  const lost = compared.reduce((sum, { counts }) => sum + counts.damage.files, 0);
  if (lost <= MOST_UNREADABLE * files) return undefined;
  const [example] = compared.flatMap(({ counts }) => counts.damage.examples);
  return `${lost} of ${files} captured files could not be read, ${MOST_UNREADABLE * 100} % are accepted: ${example}`;
}

function tooFew({ counts }: Profile, { baseline, minimumSamples }: MonitorRules): string | undefined {
  if (baseline !== 'rolling' || counts.rows >= minimumSamples) return undefined;
  return `the window before holds ${counts.rows} rows, at least ${minimumSamples} are wanted to compare with`;
}

function driftRules({ columns, falseAlarmsPerYear, everyHours, minimumSamples }: MonitorRules): DriftRules {
  const alpha = alphaPerRun(falseAlarmsPerYear, everyHours);
  const rules = columns.map(({ name, test, threshold }) => [name, { test, threshold }]);
  return { alpha, minimumSamples, columns: Object.fromEntries(rules) as DriftRules['columns'] };
}

/** As it is told and kept: with what was not compared, and without infinity, which JSON does not know. */
function told(judgement: DriftJudgement, { bins }: Profile, { columns }: MonitorRules): DriftJudgement {
  const known = new Map(bins.map(({ name, type }) => [name, type]));
  const left = columns.filter(({ name, type }) => known.get(name) !== type).map(({ name }) => name);
  const names = left.length > 5 ? `${left.slice(0, 5).join(', ')} and ${left.length - 5} more` : left.join(', ');
  const note = left.length === 0 ? '' : `; not compared, since baseline or traffic does not have them so: ${names}`;
  const maxDrift = Math.min(judgement.maxDrift, Number.MAX_VALUE);
  return { ...judgement, maxDrift, reason: `${judgement.reason}${note}` };
}
