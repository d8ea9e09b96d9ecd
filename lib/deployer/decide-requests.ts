/** Requests, in their precedence: most are settled at once, others need a step, and some end a running test first. */
import type { DeploymentPolicy } from './policy';
import { servingOf } from './policy';
import type { Owner } from './model';
import type { DeploymentRecord, Step, TestVerdict } from './record';
import { modelKey, modelLabel } from './model';
import { championModel, KEPT, withDecision } from './record';
import type { DeleteRequest, PersonRequest, PolicyRequest, Request } from './requests';
import { inOrder } from './requests';
import { first, rollout } from './steps';
import type { ApprovedVersion, World } from './world';
import { foreignRefusal } from './world';

/** The record without the requests that are settled, and the step that the next one needs. */
export interface Answered {
  readonly record: DeploymentRecord;
  readonly step?: Step;
}

/** Settles what can be settled, until a request needs a step or has to wait. */
export function answerRequests(record: DeploymentRecord, world: World): Answered {
  const open = inOrder(record.requests).filter(({ id }) => id !== record.test?.verdict?.request);
  const [request] = open;
  if (!request) return { record };
  const answered = answer(record, request, world);
  const settled = answered.record.requests.length < record.requests.length;
  return settled && !answered.step ? answerRequests(answered.record, world) : answered;
}

function answer(record: DeploymentRecord, request: Request, world: World): Answered {
  switch (request.kind) {
    case 'delete':
      return remove(record, request, world);
    case 'policy':
      return changePolicy(record, request, world);
    case 'undeploy':
      return undeploy(record, request, world);
    case 'rollback':
      return rollBack(record, request, world);
    case 'promote':
      return promote(record, request, world);
    case 'deploy':
      return deploy(record, request, world);
  }
}

/** Takes a request out of the record, with what came of it. */
export function settled(
  record: DeploymentRecord,
  id: string | undefined,
  now: string,
  { done, outcome }: { readonly done: boolean; readonly outcome: string },
): DeploymentRecord {
  const request = record.requests.find((one) => one.id === id);
  if (!request) return record;
  const entry = { id: request.id, kind: request.kind, at: now, done, outcome };
  return {
    ...record,
    requests: record.requests.filter((one) => one !== request),
    settled: [entry, ...record.settled].slice(0, KEPT.settled),
  };
}

/** Settles a request, and says so among the decisions. */
function close(record: DeploymentRecord, request: Request, now: string, done: boolean, outcome: string): Answered {
  const what = `${request.kind}: ${done ? 'done' : 'refused'}`;
  const told = withDecision(record, { at: now, what, why: outcome, cause: request.by });
  return { record: settled(told, request.id, now, { done, outcome }) };
}

const sameOwner = (a: Owner, b: Owner) => a.stack === b.stack && a.resource === b.resource;
const nameOf = ({ stack, resource }: Owner) => `${resource} in ${stack}`;

function remove(record: DeploymentRecord, request: DeleteRequest, { now, endpoint }: World): Answered {
  const { owner } = record;
  if (!owner || !sameOwner(owner, request.owner)) {
    const whose = owner ? `it belongs to ${nameOf(owner)}` : 'it belongs to no stack of this record';
    return close(record, request, now, true, `nothing was deleted: ${whose}`);
  }
  if (!endpoint || endpoint.foreign !== undefined) {
    const free = { ...released(record, request.id, now), untidy: true };
    return close(free, request, now, true, 'there was no endpoint to delete');
  }
  const why = 'the stack deletes it';
  return { record, step: { kind: 'remove', purpose: 'delete', why, request: request.id } };
}

/** The record after its endpoint has gone for good: nobody owns it, nothing is wanted, and no other request is followed. */
export function released(record: DeploymentRecord, request: string | undefined, now: string): DeploymentRecord {
  const others = record.requests.filter(({ id }) => id !== request);
  const gone = { done: false, outcome: 'the endpoint has been deleted' };
  const closed = others.reduce((left, { id }) => settled(left, id, now, gone), record);
  const { owner: _owner, policy: _policy, champion: _champion, test: _test, adjusted: _adjusted, ...rest } = closed;
  return { ...rest, previous: [] };
}

function changePolicy(record: DeploymentRecord, request: PolicyRequest, world: World): Answered {
  const refusal = refusalOf(record, request, world);
  if (refusal !== undefined) return close(record, request, world.now, false, refusal);
  const owned = { ...record, owner: request.owner };
  const { policy } = request;
  const model = championModel(owned);
  if (!owned.champion || !model || owned.undeployed) return adopt(owned, request, world.now);
  if (servingOf(policy) === owned.champion.serving) return adopt(owned, request, world.now);
  const why = 'the policy changes what models are served with';
  if (owned.test) return { record: ending(owned, world.now, { decision: 'restore', reason: why, refused: false }) };
  const created = owned.policy?.mode === 'batch' || !world.endpoint;
  const strategy = created ? 'create' : policy.rollout.strategy;
  const variants = [{ slot: model.slot, model: model.model }];
  return {
    record: owned,
    step: { kind: 'update', purpose: 'policy', why, request: request.id, variants, slot: model.slot, strategy },
  };
}

/** Why a policy cannot be followed. */
function refusalOf({ endpoint, owner, champion, policy }: DeploymentRecord, request: PolicyRequest, world: World) {
  const foreign = foreignRefusal({ endpoint, champion }, world.endpoint);
  if (foreign !== undefined) return foreign;
  if (owner && !sameOwner(owner, request.owner)) {
    return `endpoint ${endpoint} belongs to ${nameOf(owner)}, not to ${nameOf(request.owner)}; keep its construct id, or choose another name`;
  }
  if (champion && policy && policy.mode !== 'batch' && request.policy.mode === 'batch') {
    return `serving.mode changes from ${policy.mode} to batch, which would delete endpoint ${endpoint} while it serves; run cdk-mlops undeploy first`;
  }
  return undefined;
}

/** Takes over a policy that needs no rollout. Without A/B tests in it, a running one ends. */
function adopt(record: DeploymentRecord, request: PolicyRequest, now: string): Answered {
  const adopted = { ...record, policy: request.policy };
  const reason = 'the policy has no A/B tests any more';
  const stopped = request.policy.abTest
    ? adopted
    : ending(adopted, now, { decision: 'restore', reason, refused: false });
  return close(stopped, request, now, true, 'the policy is in force');
}

/** The record with the end of its test decided, if there is one that still runs. */
export function ending(record: DeploymentRecord, now: string, verdict: Omit<TestVerdict, 'at'>): DeploymentRecord {
  const { test } = record;
  if (!test || test.verdict) return record;
  const decision = {
    at: now,
    what: `test: ${verdict.decision}`,
    why: verdict.reason,
    model: modelLabel(test.challenger.model),
  };
  return withDecision({ ...record, test: { ...test, verdict: { ...verdict, at: now } } }, decision);
}

function undeploy(record: DeploymentRecord, request: PersonRequest, { now, endpoint }: World): Answered {
  if (endpoint && record.champion) {
    const why = `${request.by} takes the model from the endpoint`;
    return { record, step: { kind: 'remove', purpose: 'undeploy', why, request: request.id } };
  }
  return close(
    withoutChampion(record),
    request,
    now,
    true,
    'there is no endpoint; nothing is deployed until someone asks for it',
  );
}

/** The record after a person has taken the model away: it stays known, and nothing is deployed by itself. */
export function withoutChampion(record: DeploymentRecord): DeploymentRecord {
  const { champion, test: _test, adjusted: _adjusted, ...rest } = record;
  const previous = champion ? [champion, ...record.previous] : record.previous;
  return { ...rest, previous: previous.slice(0, KEPT.previous), undeployed: true, untidy: true };
}

function rollBack(record: DeploymentRecord, request: PersonRequest, { now, approved }: World): Answered {
  const reason = `${request.by} rolls back`;
  const { verdict } = record.test ?? {};
  if (verdict?.decision === 'restore') {
    if (verdict.request !== undefined)
      return close(record, request, now, true, 'the champion is being restored already');
    return {
      record: { ...record, test: { ...record.test!, verdict: { ...verdict, refused: true, request: request.id } } },
    };
  }
  if (record.test) {
    const { verdict: _promotion, ...test } = record.test; // not carried out yet: a person may still stop it
    return {
      record: ending({ ...record, test }, now, { decision: 'restore', reason, refused: true, request: request.id }),
    };
  }
  const earlier = record.previous.find((one) => !(modelKey(championModel({ champion: one })!.model) in record.refused));
  const model = championModel({ champion: earlier });
  const current = championModel(record);
  if (!model || !current) {
    return close(
      record,
      request,
      now,
      false,
      'there is no earlier champion to go back to; deploy a version by its number',
    );
  }
  // Its model is still there, and serves as it did, even if the version has left the registry.
  const same = earlier!.serving === servingOf(record.policy!);
  const variants = [{ slot: current.slot, model: model.model, ...(same && { modelName: model.modelName }) }];
  const why = `${reason} to ${modelLabel(model.model)}`;
  return {
    record,
    step: {
      kind: 'update',
      purpose: 'rollback',
      why,
      request: request.id,
      variants,
      slot: current.slot,
      strategy: 'allAtOnce',
      floor: floorAt(record, approved),
    },
  };
}

function promote(record: DeploymentRecord, request: PersonRequest, { now }: World): Answered {
  const { test } = record;
  if (!test || test.verdict)
    return close(record, request, now, false, 'no test runs, so there is no challenger to promote');
  const reason = `${request.by} promotes ${modelLabel(test.challenger.model)} before the test has decided`;
  return { record: ending(record, now, { decision: 'promote', reason, refused: false, request: request.id }) };
}

function deploy(record: DeploymentRecord, request: PersonRequest, { now, endpoint, approved }: World): Answered {
  const { policy, test } = record;
  const { model, by, id } = request;
  const refusal = !policy
    ? 'the endpoint has no policy; deploy its stack first'
    : !model
      ? 'no model was named; name a version or an artifact'
      : foreignRefusal(record, endpoint);
  if (refusal !== undefined || !model) return close(record, request, now, false, refusal ?? '');
  const why = `${by} deploys ${modelLabel(model)}`;
  if (test) return { record: ending(record, now, { decision: 'restore', reason: why, refused: false }) };
  const current = championModel(record);
  const variant = { slot: current?.slot ?? ('a' as const), model };
  const of = { purpose: 'deploy' as const, why, request: id };
  const step = current ? rollout(record, variant, of) : first(variant, of, endpoint);
  return { record, step: { ...step, floor: floorAt(record, approved) } };
}

/** What a person chooses is not undone by versions that were approved before. */
function floorAt({ floor }: DeploymentRecord, approved: readonly ApprovedVersion[]): number {
  return Math.max(floor, ...approved.map(({ number }) => number));
}

/**
 * Puts a request into the record once, however often it comes. A later policy of the same owner takes the place of those
 * that wait: nobody wants them any more.
 */
export function filed(record: DeploymentRecord, request: Request, now: string): DeploymentRecord {
  if ([...record.requests, ...record.settled].some(({ id }) => id === request.id)) return record;
  const waiting = request.kind === 'policy' ? record.requests.filter((one) => isSuperseded(record, one, request)) : [];
  const outcome = { done: false, outcome: 'a later policy has taken its place' };
  const left = waiting.reduce((rest, { id }) => settled(rest, id, now, outcome), record);
  return { ...left, requests: [...left.requests, request] };
}

function isSuperseded({ inFlight }: DeploymentRecord, waiting: Request, by: PolicyRequest): boolean {
  return waiting.kind === 'policy' && waiting.id !== inFlight?.request && sameOwner(waiting.owner, by.owner);
}

/** The policy that a step is done under: the one that is asked for, or the one in force. */
export function policyOf(record: DeploymentRecord, step: Step): DeploymentPolicy {
  const request = record.requests.find(({ id }) => id === step.request);
  return request?.kind === 'policy' ? request.policy : record.policy!;
}
