/** Asks Vertex AI for the change of a step. From then on it is waited for. */
import type { Slot } from '../../../../deployer/model';
import type { DeploymentRecord, InFlight, Progress, RunningTest } from '../../../../deployer/record';
import { championModel } from '../../../../deployer/record';
import type { Ending, Requesting } from '../protocol';
import type { Asked, Endpoint, TrafficSplit } from '../vertex';
import { deployModel, moveTraffic, mutateReplicas } from '../vertex';
import { demandSuccess, DeploymentFailure } from './errors';
import { deployedModel, replicasOf, scalesBy } from './fleet';
import { endpointOf } from './observe';
import { firstPart, incumbent, newcomer } from './rollout';
import { undeployOne } from './undeploy';
import type { Carry, StepRead, Work } from './work';
import { pollSeconds, stepInFlight, to, write } from './work';

/** Asks; what has been asked for already is not asked for again. While Vertex AI is at work on something else it is asked later. */
export function* ask(work: Work, { turn }: Carry): Requesting<Ending> {
  const before = yield* stepInFlight(work);
  const { step } = before;
  const endpoint = yield* endpointOf(work.settings);
  const { operation, busy, progress } = yield* asking(work, before, endpoint);
  if (busy !== undefined) return later(work, step, turn, busy);
  if (operation) demandSuccess(operation);
  const inFlight: InFlight = { ...step, asked: true, progress: { ...progress, operation: operation?.name } };
  yield* write(work, before, { ...before.record, inFlight });
  const wait = operation && !operation.done ? pollSeconds(work) : 0;
  return to('watch', { turn, operation: operation?.name, deadline: step.deadline }, wait);
}

interface Begun extends Asked {
  readonly progress?: Progress;
}

function* asking(work: Work, { record, step }: StepRead, endpoint: Endpoint | undefined): Requesting<Begun> {
  if (!endpoint) {
    if (step.policy.mode === 'batch' || step.kind === 'remove') return {};
    throw new DeploymentFailure(`endpoint ${record.endpoint} does not stand in Vertex AI; apply its stack`);
  }
  if (step.policy.mode === 'batch' && step.kind !== 'remove') return {};
  return yield* ASK[step.kind](work, record, step, endpoint);
}

type Asking = (work: Work, record: DeploymentRecord, step: InFlight, endpoint: Endpoint) => Requesting<Begun>;

const ASK: Readonly<Record<InFlight['kind'], Asking>> = { update, traffic, adjust, remove };

/** A model that stands already only gets its requests, which `watch` sees to. */
function* update({ settings }: Work, record: DeploymentRecord, step: InFlight, endpoint: Endpoint): Requesting<Begun> {
  const variant = newcomer(step);
  const id = variant.modelName;
  const other = incumbent(record, endpoint, id);
  const percent = firstPart(step, other);
  if (endpoint.deployedModels?.some((one) => one.id === id)) return { progress: { percent } };
  // Beside another it gets its requests when it stands and is watched: a split asked for now would come with it, however late.
  const split: TrafficSplit | undefined = other === undefined ? { '0': 100 } : undefined;
  const model = deployedModel(settings, step, variant, endpoint);
  return { ...(yield* deployModel(settings, settings.endpointId!, model, split)), progress: { percent } };
}

/** The split that a step of a test wants. */
export function splitOf(
  { champion, challenger }: RunningTest,
  weights: NonNullable<InFlight['weights']>,
): TrafficSplit {
  const percent = (slot: Slot) => Math.round((weights[slot] ?? 0) * 100);
  const share = percent(challenger.slot);
  const parts = { [champion.modelName]: 100 - share, [challenger.modelName]: share };
  return Object.fromEntries(Object.entries(parts).filter(([, part]) => part > 0));
}

function* traffic({ settings }: Work, { test }: DeploymentRecord, { weights = {} }: InFlight): Requesting<Begun> {
  return yield* moveTraffic(settings, settings.endpointId!, splitOf(test!, weights));
}

/** Limits of scaling, without a rollout. Labels are the stack's: models carry those that they were made with. */
function* adjust({ settings }: Work, record: DeploymentRecord, step: InFlight, endpoint: Endpoint): Requesting<Begun> {
  const id = championModel(record)!.modelName;
  const standing = endpoint.deployedModels?.find((one) => one.id === id);
  if (!standing) throw new DeploymentFailure(`the champion is not on endpoint ${record.endpoint} any more`);
  const wanted = replicasOf(step.policy);
  return scalesBy(standing, wanted) ? {} : yield* mutateReplicas(settings, settings.endpointId!, id, wanted);
}

function* remove(work: Work, _record: DeploymentRecord, _step: InFlight, endpoint: Endpoint): Requesting<Begun> {
  const ids = (endpoint.deployedModels ?? []).map(({ id }) => id);
  return ids.length === 0 ? {} : yield* undeployOne(work, endpoint, ids);
}

/** Comes again, until it is too late. */
function later(work: Work, step: InFlight, turn: number, busy: string): Ending {
  if (step.deadline > work.now) return to('ask', { turn, busy }, pollSeconds(work));
  throw new DeploymentFailure(`the endpoint was at work on something else until it was too late: ${busy}`);
}
