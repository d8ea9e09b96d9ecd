/** Batch prediction with the champion. */
import type { DeploymentRecord } from '../../../../deployer/record';
import { modelLabel } from '../../../../deployer/model';
import { championModel, withDecision } from '../../../../deployer/record';
import { after } from '../../../../deployer/world';
import type { DeployerSettings, GooglePolicy } from '../../../google-contract';
import type { Ending, Requesting } from '../protocol';
import { ask, demand, ifAny, inWords } from '../turn';
import { parentOf, vertexUrl } from '../vertex';
import { modelResource } from './candidate';
import { DeploymentFailure } from './errors';
import { machineOf } from './fleet';
import { deploymentId } from './names';
import { logEntry } from './settle';
import type { Work } from './work';
import { read, write } from './work';

/** A prediction that takes longer is cancelled. */
const LONGEST_MINUTES = 24 * 60;

/** Seconds between two looks at a job: an execution has 100,000 steps, and a look takes some fifty. */
const LOOK_SECONDS = 60;

/** A batch prediction that runs, or why there is none. */
interface Prediction {
  readonly job?: string;
  readonly deadline?: string;
  readonly failure?: string;
}

interface Job {
  readonly name: string;
  readonly state?: string;
  readonly error?: { readonly message?: string };
}

const failed = (failure: string): Ending => ({ next: { activity: 'settlePrediction', carry: { failure } } });

/** Starts a batch prediction. It needs no lease: it changes nothing that serves. */
export function* predict(work: Work): Requesting<Ending> {
  const { settings, now } = work;
  try {
    const { record } = yield* read(work);
    const body = jobOf(work, record);
    const url = vertexUrl(settings, `${parentOf(settings)}/batchPredictionJobs`, { fields: 'name' });
    const { name: job } = yield* demand<Job>({ method: 'POST', url, body, once: true });
    const carry = { job, deadline: after(now, LONGEST_MINUTES) };
    return { next: { activity: 'predicting', carry, waitSeconds: LOOK_SECONDS } };
  } catch (error) {
    return failed(inWords(error));
  }
}

function jobOf({ settings, now, execution }: Work, record: DeploymentRecord): object {
  const policy = record.policy as GooglePolicy | undefined;
  const { batch } = policy?.serving ?? {};
  if (!policy || !batch) throw new DeploymentFailure(`${record.endpoint} is not in batch mode`);
  const model = championModel(record);
  if (!model) {
    throw new DeploymentFailure(
      `no model is deployed to ${record.endpoint}; approve a version, or run cdk-mlops deploy`,
    );
  }
  return {
    displayName: `${record.endpoint}-${deploymentId(now, execution)}`,
    model: modelResource(settings, record.champion!, model),
    inputConfig: inputOf(batch),
    outputConfig: outputOf(batch),
    serviceAccount: policy.serving.serviceAccount,
    dedicatedResources: { machineSpec: machineOf(policy.serving), startingReplicaCount: 1, maxReplicaCount: 1 },
    labels: policy.tags,
    ...(policy.encryptionKey !== undefined && { encryptionSpec: { kmsKeyName: policy.encryptionKey } }),
  };
}

type Batch = NonNullable<GooglePolicy['serving']['batch']>;

/** A folder stands for all that lies in it. */
function inputOf({ input, format }: Batch): object {
  if (input.startsWith('bq://')) return { instancesFormat: 'bigquery', bigquerySource: { inputUri: input } };
  return { instancesFormat: format, gcsSource: { uris: [input.endsWith('/') ? `${input}*` : input] } };
}

function outputOf({ output, format }: Batch): object {
  if (output.startsWith('bq://')) return { predictionsFormat: 'bigquery', bigqueryDestination: { outputUri: output } };
  return { predictionsFormat: format, gcsDestination: { outputUriPrefix: output } };
}

/** States in which a job is over. */
const ENDED = /_(FAILED|CANCELLED|EXPIRED|PARTIALLY_SUCCEEDED)$/;

/** Waits for a batch prediction. */
export function* predicting(work: Work, carry: unknown): Requesting<Ending> {
  const { job = '', deadline = '' } = carry as Prediction;
  const { settings, now } = work;
  const url = vertexUrl(settings, job, { fields: 'name,state,error/message' });
  const found = yield* ifAny<Job>({ method: 'GET', url });
  if (!found) return failed(`job ${job} is gone`);
  const { state = 'without a state', error } = found;
  if (state.endsWith('_SUCCEEDED') && !ENDED.test(state)) return { result: { job } };
  if (ENDED.test(state)) return failed(`job ${job} is ${state}: ${error?.message ?? 'no reason given'}`);
  if (deadline > now) return { next: { activity: 'predicting', carry, waitSeconds: LOOK_SECONDS } };
  yield* cancel(settings, job);
  return failed(`job ${job} was cancelled after ${LONGEST_MINUTES / 60} hours`);
}

/** Ends a job that takes too long. Whatever comes of it, people are told that the prediction has failed. */
function* cancel(settings: DeployerSettings, job: string): Requesting<void> {
  yield* ask({ method: 'POST', url: vertexUrl(settings, `${job}:cancel`), body: {} });
}

/** Records why a prediction failed, tells people, and fails. */
export function* settlePrediction(work: Work, carry: unknown): Requesting<Ending> {
  const { failure = 'no reason given' } = carry as Prediction;
  const before = yield* read(work);
  const model = championModel(before.record);
  const about = { what: 'prediction: failed', why: failure, ...(model && { model: modelLabel(model.model) }) };
  const decision = { at: work.now, ...about };
  yield* write(work, before, withDecision(before.record, decision));
  return { log: [logEntry(before.record, decision)], next: { activity: 'end', carry: { failure } } };
}

/** The end of a prediction that failed, after people have been told. */
export function* end(_work: Work, carry: unknown): Requesting<Ending> {
  return { failure: (carry as Prediction).failure };
}
