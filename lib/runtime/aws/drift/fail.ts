/** Ends an execution that failed: it is recorded and told, and who waits is answered. */
import type { MonitorRun } from '../../../monitoring/record';
import { withDecision, withRun } from '../../../monitoring/record';
import type { AnalyzerEvent, AnalyzerResult } from '../../drift-contract';
import { errorText } from '../deployer/settle-step';
import { answerFailure } from './callback';
import type { Cloud } from './cloud';
import { closedHours, hourStart } from './hours';
import { monitorOf, runId } from './run';
import { message } from './tell';

/** Records a failure, tells people, and answers the pipeline that waits. */
export async function fail(cloud: Cloud, event: AnalyzerEvent): Promise<AnalyzerResult> {
  const reason = event.error ? errorText(event.error) : 'failed for no reason that is known';
  const { task, baseline } = event.input ?? {};
  if (baseline) await answerFailure(cloud, baseline.token, reason);
  const told =
    task === 'monitor'
      ? await failRun(cloud, event, reason)
      : task === 'retrain'
        ? await failRetraining(cloud, event, reason)
        : {};
  return { reason, retrain: false, events: [], ...told };
}

/** A monitor that fails at every run for the same reason says so once. */
async function failRun(cloud: Cloud, event: AnalyzerEvent, failure: string) {
  const settings = monitorOf(event);
  const run = failedRun(event, failure);
  const before = await cloud.store.change(settings.name, (record) => ({
    record: withRun(record, run),
    result: record.runs.find(({ id }) => id !== run.id),
  }));
  if (before?.failure === failure) return {};
  return message(settings, 'a run failed', `The run that began at ${event.startedAt} failed: ${failure}`);
}

function failedRun({ execution, startedAt, input }: AnalyzerEvent, failure: string): MonitorRun {
  return {
    id: runId(execution),
    at: hourStart(closedHours(input?.until ?? startedAt, 0).to),
    verdict: 'notEnoughData',
    reason: 'the run failed',
    rows: 0,
    maxDrift: 0,
    driftedShare: 0,
    driftedColumns: [],
    failure,
  };
}

async function failRetraining(cloud: Cloud, event: AnalyzerEvent, why: string) {
  const settings = monitorOf(event);
  const decision = { at: event.startedAt, what: 'retraining failed', why, cause: event.input!.cause };
  await cloud.store.change(settings.name, (record) => ({ record: withDecision(record, decision), result: undefined }));
  return message(
    settings,
    'a retraining failed',
    `A retraining was asked for at ${event.startedAt} and failed: ${why}`,
  );
}
