/** Judges a run of a monitor, and publishes what it found. */
import type { MonitorRecord } from '../../../monitoring/record';
import { buildReport } from '../../../monitoring/report';
import type { DriftReport } from '../../../monitoring/report';
import { settleRun } from '../../../monitoring/settle';
import type { QualityJudgement } from '../../../statistics/quality/quality';
import type { AnalyzerEvent, AnalyzerResult, MonitorRules, MonitorSettings } from '../../drift-contract';
import type { Cloud } from './cloud';
import { hourStart } from './hours';
import { publishMetrics } from './metrics';
import type { MonitorPlan } from './monitor-plan';
import { planKey, readRules } from './monitor-plan';
import { readDocument } from './objects';
import { latestReport, pageUri, publishReport } from './publish';
import { judgeQualityOfRun } from './quality';
import type { Run } from './run';
import { monitorOf, runOf } from './run';
import { changesMessage, eventsOf } from './tell';
import type { JudgedWindow } from './window-judgement';
import { judgeWindow } from './window-judgement';

/** All that one run knows. */
interface JudgedRun {
  readonly settings: MonitorSettings;
  readonly run: Run;
  readonly windowHours: number;
  readonly plan: MonitorPlan;
  readonly startedAt: string;
  readonly judged: JudgedWindow;
  readonly quality?: QualityJudgement;
}

/**
 * Judges. The record is written before what is published: a call that is repeated finds the run in it, changes no state again,
 * publishes the same once more, and answers with the same changes.
 */
export async function judge(cloud: Cloud, event: AnalyzerEvent): Promise<AnalyzerResult> {
  const settings = monitorOf(event);
  const run = runOf(event, settings);
  const rules = await readRules(cloud, settings);
  const plan = await readDocument<MonitorPlan>(cloud.s3, run.output.bucket, planKey(run));
  const judged = await judgeWindow(cloud, run, plan, rules);
  const quality = await judgeQualityOfRun(cloud, settings, rules, plan);
  const { windowHours } = rules;
  const known = { settings, run, windowHours, plan, startedAt: event.startedAt, judged, ...(quality && { quality }) };
  const { record, changes } = await settle(cloud, known);
  await publish(cloud, known, record);
  return {
    reason: judged.judgement.reason,
    retrain: wantsRetraining(settings, rules, run, record),
    events: eventsOf(settings.name, changes),
    ...changesMessage(settings, changes),
  };
}

function settle({ store }: Cloud, known: JudgedRun) {
  const { settings, run, windowHours, plan, startedAt, judged, quality } = known;
  const seen = {
    id: run.id,
    at: hourStart(plan.window.to),
    windowHours,
    judgement: judged.judgement,
    report: pageUri(run, startedAt),
    ...(quality && { quality }),
    ...(plan.model !== undefined && { model: plan.model }),
  };
  return store.change(settings.name, (before) => {
    const settled = settleRun(before, seen);
    return { record: settled.record, result: settled };
  });
}

/** Whether no later window has been judged: a run over an older one neither replaces its report nor acts. */
const isNewest = ({ id }: Run, { runs }: MonitorRecord): boolean => runs[0]?.id === id;

async function publish(cloud: Cloud, known: JudgedRun, record: MonitorRecord): Promise<void> {
  const { settings, run, startedAt, judged, quality } = known;
  const newest = isNewest(run, record);
  const before = newest ? await latestReport(cloud, run) : undefined;
  await publishReport(cloud, run, startedAt, reportOf(known, record, before), newest);
  const figures = { monitor: settings.name, at: startedAt, judged, record, ...(quality && { quality }) };
  if (newest) await publishMetrics(cloud.cloudwatch, figures);
}

function reportOf(known: JudgedRun, record: MonitorRecord, before: DriftReport | undefined): DriftReport {
  const { settings, run, plan, startedAt, judged, quality } = known;
  const changed = record.runs.find(({ id }) => id === run.id)?.changed?.some(({ what }) => what === 'drift') ?? false;
  return buildReport({
    title: settings.name,
    createdAt: startedAt,
    window: { from: hourStart(plan.window.from), to: hourStart(plan.window.to) },
    baseline: judged.baseline,
    windowCounts: judged.counts,
    judgement: judged.judgement,
    state: { drift: record.state, changed, ...(record.since !== undefined && { since: record.since }) },
    columnsSince: columnsSince(known, before),
    ...(plan.model !== undefined && { model: plan.model }),
    ...(quality && { quality }),
  });
}

/**
 * Since when columns have been beyond their thresholds. A column that the run before did not name got there with the hours
 * that are new since then; without an earlier run, nothing is known but the window.
 */
function columnsSince({ plan, judged }: JudgedRun, before: DriftReport | undefined): Record<string, string> {
  const comparable = before?.model === plan.model ? before : undefined;
  const last = comparable?.window?.to;
  const end = hourStart(plan.window.to);
  const first = last !== undefined && last < end ? last : hourStart(plan.window.from);
  const drifted = judged.judgement.findings.filter((finding) => finding.drifted);
  return Object.fromEntries(drifted.map(({ name }) => [name, comparable?.columnsSince?.[name] ?? first]));
}

/** A drift that lasts asks at every run: what holds a retraining back may have changed since the last one. */
function wantsRetraining(
  { retraining }: MonitorSettings,
  rules: MonitorRules,
  run: Run,
  record: MonitorRecord,
): boolean {
  const [last] = record.runs;
  // A drift that is calming is not trained for: what it came from may be over.
  const drift = record.state === 'drift' && last?.verdict === 'drift';
  const poor = record.quality === 'drift' && last?.quality?.verdict === 'poor';
  return (drift || poor) && retraining !== undefined && rules.retraining !== undefined && isNewest(run, record);
}
