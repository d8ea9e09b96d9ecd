/** A running A/B test: counts come in minute by minute, the judge looks at their sum. */
import type { ClosedMinute } from '../statistics/ab-input';
import { addMinutes, anchorOf, anchorShown, judgeTotals, NO_TOTALS } from '../statistics';
import type { AbVerdict } from '../statistics';
import type { Variant } from './model';
import type { Deployment, DeploymentRecord, RunningTest } from './record';
import { modelLabel } from './model';
import { KEPT, withDecision } from './record';
import type { DeploymentPolicy } from './policy';
import { after } from './world';

/** Minutes after the traffic has moved that do not count: new machines answer their first requests slowly. */
export const WARM_UP_MINUTES = 5;

/** Minutes until the figures of a minute are complete. */
const MATURITY_MINUTES = 3;

const MINUTE = 60_000;

const wholeMinute = (time: string, round: (minutes: number) => number) =>
  new Date(round(Date.parse(time) / MINUTE) * MINUTE).toISOString();

/** A test whose challenger stands beside the champion and gets no traffic yet. */
export function newTest(
  record: DeploymentRecord,
  policy: DeploymentPolicy,
  deployment: Deployment,
  [champion, challenger]: readonly [Variant, Variant],
): RunningTest {
  const { abTest, alarms } = policy;
  const anchor = anchorOf(record.anchors);
  return { deployment, champion, challenger, rules: abTest!, slowMs: alarms.p95LatencyMs, anchor, totals: NO_TOTALS };
}

/** The test from when its traffic has moved. */
export function started(test: RunningTest, now: string): RunningTest {
  return { ...test, startedAt: now, countedUntil: wholeMinute(after(now, WARM_UP_MINUTES), Math.ceil) };
}

/** The minutes that are over and not counted yet: from the first, up to but without the last. */
export function openMinutes(
  { countedUntil }: RunningTest,
  now: string,
): { readonly from: string; readonly to: string } {
  return { from: countedUntil!, to: wholeMinute(after(now, -MATURITY_MINUTES), Math.floor) };
}

/** Whether there are minutes to count, or the time is up. */
export function judgeIsDue(test: RunningTest, now: string): boolean {
  if (test.verdict || test.startedAt === undefined) return false;
  const { from, to } = openMinutes(test, now);
  return from < to || timeIsUp(test, now);
}

const elapsedMinutes = ({ startedAt }: RunningTest, now: string) => (Date.parse(now) - Date.parse(startedAt!)) / MINUTE;

const timeIsUp = (test: RunningTest, now: string) => elapsedMinutes(test, now) >= test.rules.durationHours * 60;

/**
 * Adds minutes that are over, the first of them those that `openMinutes` gives, up to `until`, and asks the judge. Minutes of
 * which a side is unknown count for neither.
 */
export function judged(
  record: DeploymentRecord,
  counted: readonly ClosedMinute[],
  until: string,
  now: string,
): DeploymentRecord {
  const test = record.test!;
  const totals = addMinutes(test.totals, counted);
  const countedUntil = until > test.countedUntil! ? until : test.countedUntil!;
  const verdict = askJudge({ ...test, totals }, now);
  const looked = { ...record, test: { ...test, totals, countedUntil, standing: verdict.reason } };
  if (verdict.decision === 'continue') return looked;
  const decision = verdict.decision === 'promote' ? ('promote' as const) : ('restore' as const);
  const { reason, metrics } = verdict;
  const ended = {
    ...looked,
    test: { ...looked.test, verdict: { decision, reason, metrics, at: now, refused: decision === 'restore' } },
  };
  return withDecision(ended, {
    at: now,
    what: `test: ${decision}`,
    why: reason,
    model: modelLabel(test.challenger.model),
  });
}

function askJudge(test: RunningTest, now: string): AbVerdict {
  const { rules, anchor, totals } = test;
  return judgeTotals({
    share: rules.trafficPercent / 100,
    goal: rules.goal,
    margin: rules.margin,
    anchor,
    totals,
    elapsedMinutes: elapsedMinutes(test, now),
    maximumMinutes: rules.durationHours * 60,
  });
}

/** What a promoted challenger certainly showed, before what others did: the next ones are held to the best of them. */
export function withAnchor(record: DeploymentRecord, { totals }: RunningTest): DeploymentRecord {
  return { ...record, anchors: [anchorShown(totals), ...record.anchors].slice(0, KEPT.anchors) };
}
