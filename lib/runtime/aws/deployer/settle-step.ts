/** Records how a step ended, and says what people are to be told. */
import { settle } from '../../../deployer/settle';
import type { Decision, DeploymentRecord } from '../../../deployer/record';
import { modelLabel } from '../../../deployer/model';
import { championModel } from '../../../deployer/record';
import type { AwsPolicy, CaughtError, DeployerEvent, Settled, StepOutcome } from '../../contract';
import type { Cloud } from './cloud';
import { now } from './cloud';
import { demandLease } from './lease';

/** SNS takes subjects of at most 100 ASCII characters. */
const LONGEST_SUBJECT = 100;

/** Settles the step in flight, if there is one; a repeated call finds it settled and tells the same. */
export async function settleStep(cloud: Cloud, event: DeployerEvent): Promise<Settled> {
  const { endpoint, execution } = event;
  const { policy } = (await cloud.store.read(endpoint)).inFlight ?? {};
  const outcome = event.error ? fromError(event.error) : (event.outcome as StepOutcome | undefined);
  const ended = {
    done: outcome?.result === 'done',
    reason: outcome?.reason ?? 'done',
    candidateFailed: outcome?.candidateFailed ?? false,
  };
  return cloud.store.change(endpoint, (record) => {
    demandLease(record, execution);
    const after = settle(record, ended, now());
    const topic = ((record.policy ?? policy) as AwsPolicy | undefined)?.topicArn;
    return { record: after, result: { reason: ended.reason, ...message(after, topic) } };
  });
}

/** What a failed call says. Lambda wraps a handler's error into JSON. */
export function errorText({ Error: name, Cause = '' }: CaughtError): string {
  try {
    const { errorMessage } = JSON.parse(Cause) as { errorMessage?: string };
    return errorMessage ?? `${name}: ${Cause}`;
  } catch {
    return `${name}${Cause && `: ${Cause}`}`;
  }
}

function fromError(error: CaughtError): StepOutcome {
  return { result: 'failed', reason: errorText(error), candidateFailed: error.Error === 'CandidateFailure' };
}

function message(record: DeploymentRecord, topicArn: string | undefined): Pick<Settled, 'message'> {
  if (topicArn === undefined || record.untold.length === 0) return {};
  const serving = championModel(record);
  const state = serving ? `${modelLabel(serving.model)} serves.` : 'No model serves.';
  const text = [...record.untold.map(line), '', `Endpoint ${record.endpoint}: ${state}`].join('\n');
  return { message: { topicArn, subject: subjectOf(record.endpoint, record.untold.at(-1)!), text } };
}

/** The subject of a message. */
export function subjectOf(endpoint: string, { what, model }: Decision): string {
  const text = `${endpoint}: ${what}${model ? ` (${model})` : ''}`;
  return text.replace(/[^\x20-\x7e]/g, '?').slice(0, LONGEST_SUBJECT);
}

function line({ at, what, why, model }: Decision): string {
  return `${at} ${what}${model ? `, ${model}` : ''}: ${why}`;
}
