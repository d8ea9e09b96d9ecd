import type { MonitorRecord } from '../../lib/monitoring/record';
import { emptyMonitorRecord, parseMonitorRecord } from '../../lib/monitoring/record';
import type { AnalyzerInput, AnalyzerResult } from '../../lib/runtime/drift-contract';
import { InputError, RefusedError } from '../command';
import type { AwsMonitorWhereabouts, MonitorOperations, RetrainingDecision } from '../operations/operations';
import type { FoundMonitor } from './aws-analyzer-stack';
import { chosenMonitor, findMonitors } from './aws-analyzer-stack';
import { endText, runs, startOnce } from './aws-executions';
import { explained } from './aws-problems';
import type { AwsCalls } from './aws-sdk';

/** The records of the monitors that watch an endpoint. */
export async function monitorsOn(calls: AwsCalls, stack: string, endpoint: string): Promise<MonitorRecord[]> {
  const monitors = (await findMonitors(calls, stack)).filter(
    ({ settings: { name, captured } }) => (captured.deployer?.endpoint ?? name) === endpoint,
  );
  return Promise.all(monitors.map((monitor) => recordOf(calls, monitor)));
}

/** Before the first run there is no item. */
async function recordOf(calls: AwsCalls, { settings: { name }, table }: FoundMonitor): Promise<MonitorRecord> {
  const document = await calls.document(table, name, 'monitor');
  return document === undefined ? emptyMonitorRecord(name) : parseMonitorRecord(name, document);
}

/** Finds a drift monitor that may retrain. */
export async function awsMonitor(where: AwsMonitorWhereabouts): Promise<MonitorOperations> {
  const { monitor, stack, region, profile } = where;
  const { awsCalls } = await import('./aws-sdk.js');
  const calls = explained(awsCalls({ region, profile }), profile);
  const { settings, stateMachine } = chosenMonitor(await findMonitors(calls, stack), stack, monitor);
  if (!settings.retraining) {
    throw new InputError([
      `monitor ${settings.name} knows no training pipeline; turn retraining on in its config (level 2, or capabilities: { retraining: true } at level 1) and deploy it`,
    ]);
  }
  const input: AnalyzerInput = { task: 'retrain', cause: 'command line', monitor: settings };
  return {
    monitor: settings.name,
    retrain: (id, why) => startOnce(calls, stateMachine, id, { ...input, why }),
    decision: (execution) => decisionOf(calls, execution),
  };
}

/** What stands in the output of an execution. */
async function decisionOf(calls: AwsCalls, execution: string): Promise<RetrainingDecision | undefined> {
  const seen = await calls.execution(execution);
  if (runs(seen)) return undefined;
  if (seen.status !== 'SUCCEEDED') {
    throw new RefusedError(`nothing was decided: the analyzer's execution ${endText(seen)}; see ${execution}`);
  }
  const { retrain, reason } = (JSON.parse(seen.output ?? '{}') as { readonly retrained: AnalyzerResult }).retrained;
  return { started: retrain, reason };
}
