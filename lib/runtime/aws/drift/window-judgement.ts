/** Judges the window of a run by its counts. */
import type { DriftJudgement } from '../../../statistics/drift/judgement';
import type { HourOfCounts } from '../../../statistics/drift/judge';
import { judgeDrift } from '../../../statistics/drift/judge';
import type { Counts, Profile } from '../../../statistics/profile';
import { emptyCounts, mergeCounts } from '../../../statistics/profile';
import type { MonitorRules } from '../../drift-contract';
import {
  columnsToJudge,
  driftRules,
  MOST_UNREADABLE,
  noColumns,
  notEnough,
  told,
  tooFew,
} from '../../monitored-window';
import type { Cloud } from './cloud';
import { chosenColumns, onlyColumns } from './columns';
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

function unreadable(plan: MonitorPlan, compared: readonly HourOfCounts[]): string | undefined {
  const hours = new Set(compared.map(({ hour }) => hour));
  const files = plan.hours.filter(({ hour }) => hours.has(hour)).reduce((sum, hour) => sum + hour.files, 0);
  const lost = compared.reduce((sum, { counts }) => sum + counts.damage.files, 0);
  if (lost <= MOST_UNREADABLE * files) return undefined;
  const [example] = compared.flatMap(({ counts }) => counts.damage.examples);
  return `${lost} of ${files} captured files could not be read, ${MOST_UNREADABLE * 100} % are accepted: ${example}`;
}
