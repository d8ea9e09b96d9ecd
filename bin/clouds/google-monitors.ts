import { monitorWorkflow } from '../../lib/google/drift/names';
import type { MonitorRecord } from '../../lib/monitoring/record';
import { emptyMonitorRecord, parseMonitorRecord } from '../../lib/monitoring/record';
import type { DriftArgument, DriftResult, DriftSettings } from '../../lib/runtime/google-drift-contract';
import { InputError, RefusedError } from '../command';
import type {
  GoogleMonitorWhereabouts,
  GoogleWhereabouts,
  MonitorOperations,
  RetrainingDecision,
} from '../operations/operations';
import type { GoogleCalls } from './google-calls';
import { googleCalls } from './google-calls';
import { endText, runs, settingsIn, settingsOf } from './google-executions';

const recordObject = ({ folder }: DriftSettings) => `${folder}record/record.json`;

/** The record of the monitor that is named like an endpoint and watches it; an empty one before its first run. */
export async function monitorsOn(calls: GoogleCalls, where: GoogleWhereabouts): Promise<MonitorRecord[]> {
  const { endpoint } = where;
  const settings = await settingsIn<DriftSettings>(calls, where, monitorWorkflow(endpoint));
  if (!settings) return [];
  const text = await calls.object(settings.bucket, recordObject(settings));
  return [text === undefined ? emptyMonitorRecord(endpoint) : parseMonitorRecord(endpoint, text)];
}

/** Finds a drift monitor that may retrain. */
export async function googleMonitor(where: GoogleMonitorWhereabouts): Promise<MonitorOperations> {
  const { monitor } = where;
  const calls = await googleCalls(where);
  const workflow = monitorWorkflow(monitor);
  const settings = await settingsOf<DriftSettings>(calls, where, workflow, `drift monitor ${monitor}`);
  if (!settings.retraining) {
    throw new InputError([
      `monitor ${monitor} knows no training pipeline; turn retraining on in its config (level 2, or capabilities: { retraining: true } at level 1) and apply it`,
    ]);
  }
  return {
    monitor,
    retrain(_id, why) {
      // Executions have no name of ours: of two that one wish started, the second finds the first one's training at work.
      const argument: DriftArgument = { cause: 'command line', task: 'retrain', why };
      return calls.start(workflow, argument);
    },
    decision: (execution) => decisionOf(calls, execution),
  };
}

/** What an execution answered. */
async function decisionOf(calls: GoogleCalls, execution: string): Promise<RetrainingDecision | undefined> {
  const seen = await calls.execution(execution);
  if (runs(seen)) return undefined;
  if (seen.state !== 'SUCCEEDED') {
    throw new RefusedError(`nothing was decided: the monitor's execution ${endText(seen)}; see ${execution}`);
  }
  const { retraining, reason } = JSON.parse(seen.result ?? '{}') as DriftResult;
  return { started: retraining !== undefined, reason };
}
