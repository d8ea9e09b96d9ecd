import { settled } from '../../../deployer/decide-requests';
import type { DeploymentRecord } from '../../../deployer/record';
import type { AnswerOutcome, DeployerEvent, DeployerOperation } from '../../contract';
import { sendAnswer } from './answer';
import { ask } from './ask';
import { createCandidate } from './candidate';
import { claim } from './claim';
import { cleanUp } from './clean-up';
import type { Cloud } from './cloud';
import { now } from './cloud';
import { judge } from './judge';
import { predict, settlePrediction } from './predict';
import { errorText, settleStep } from './settle-step';
import type { DeploymentStore } from './store';
import { verify } from './verify';

/** Each may be called again after its answer was lost. */
const OPERATIONS: Readonly<Record<DeployerOperation, (cloud: Cloud, event: DeployerEvent) => Promise<unknown>>> = {
  claim,
  judge,
  create: createCandidate,
  ask,
  verify,
  settle: settleStep,
  cleanUp,
  answer,
  predict,
  settlePrediction,
};

/** Runs one operation. What it answers becomes part of the state, which takes no `undefined`. */
export async function runOperation(cloud: Cloud, event: DeployerEvent): Promise<unknown> {
  return (await OPERATIONS[event.operation](cloud, event)) ?? {};
}

/** Answers CloudFormation once: what follows in this execution finds no address any more. */
async function answer({ store }: Cloud, { endpoint, answer, outcome, error }: DeployerEvent): Promise<object> {
  if (!answer?.responseUrl) return {};
  const failure = { success: false, reason: error ? errorText(error) : 'failed' };
  await sendAnswer(answer, (outcome as AnswerOutcome | undefined) ?? failure);
  if (error) await giveUp(store, endpoint, answer.requestId, failure.reason);
  return { answered: true };
}

/** A request of which CloudFormation has been told that it failed is not carried out later. The record may be what failed. */
async function giveUp(store: DeploymentStore, endpoint: string, request: string, outcome: string): Promise<void> {
  const time = now();
  const withdraw = (record: DeploymentRecord) =>
    record.inFlight?.request === request ? record : settled(record, request, time, { done: false, outcome });
  await store.change(endpoint, (record) => ({ record: withdraw(record), result: undefined })).catch(() => undefined);
}
