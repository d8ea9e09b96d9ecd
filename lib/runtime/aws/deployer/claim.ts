/** Takes the lease and finds out what comes next. */
import { policyOf, settled } from '../../../deployer/decide-requests';
import { decide } from '../../../deployer/decide';
import type { Decided } from '../../../deployer/decide';
import { servingOf, worstCaseMinutes } from '../../../deployer/policy';
import type { Deployment, DeploymentRecord, InFlight, Step } from '../../../deployer/record';
import type { Request } from '../../../deployer/requests';
import { after } from '../../../deployer/world';
import type { AnswerOutcome, Claimed, DeployerEvent, DeployerInput } from '../../contract';
import type { Cloud } from './cloud';
import { now } from './cloud';
import { demandLease, takeLease } from './lease';
import { deploymentId } from './names';
import { observe } from './observe';

/** Turns of one execution: afterwards the next tick goes on, and no history grows without end. */
const MOST_TURNS = 150;

/** What CloudFormation waits for at the most: a longer rollout is accepted, and its failure told to people. */
const LONGEST_ANSWER_MINUTES = 50;

const POLL_SECONDS = 30;

/** Files the request, takes the lease, and decides. Called again until there is nothing left to do. */
export async function claim(cloud: Cloud, event: DeployerEvent): Promise<Claimed> {
  const { endpoint, execution } = event;
  const input = event.input!;
  const turn = (input.claimed?.turn ?? 0) + 1;
  const base = { turn, waitSeconds: input.pollSeconds ?? POLL_SECONDS, deadline: now() };
  if (input.request) await file(cloud, endpoint, input.request);
  if (!(await takeLease(cloud, endpoint, execution))) return { ...base, ...(await inTurn(cloud, endpoint, input)) };
  const world = await observe(cloud, await cloud.store.read(endpoint));
  return cloud.store.change(endpoint, (record) => {
    demandLease(record, execution);
    const begun = begin(decide(record, world), execution, turn, world.now);
    const answer = begun.next === 'tidy' ? undefined : answerTo(begun.record, input, world.now);
    const told = { ...base, ...phaseOf(begun), ...(answer && { answer }) };
    return { record: answer ? withdrawn(begun.record, input, answer, world.now) : begun.record, result: told };
  });
}

/** Puts a request into the record once, however often it comes. */
function file({ store }: Cloud, endpoint: string, request: Request): Promise<void> {
  return store.change(endpoint, (record) => {
    const known = [...record.requests, ...record.settled].some(({ id }) => id === request.id);
    return { record: known ? record : { ...record, requests: [...record.requests, request] }, result: undefined };
  });
}

/** Another execution is at work and settles this one's request too. Whoever owes an answer waits for that. */
async function inTurn(
  { store }: Cloud,
  endpoint: string,
  input: DeployerInput,
): Promise<Pick<Claimed, 'next' | 'answer'>> {
  if (!input.answer?.responseUrl) return { next: 'none' };
  const answer = answerTo(await store.read(endpoint), input, now());
  return answer ? { next: 'none', answer } : { next: 'wait' };
}

interface Begun {
  readonly record: DeploymentRecord;
  readonly next: Decided['next'] | 'tidy';
}

/** The record with what is begun in it; without the lease when nothing is. */
function begin({ record, next, step }: Decided, execution: string, turn: number, time: string): Begun {
  if (next === 'step') return { record: { ...record, inFlight: inFlight(record, step!, execution, time) }, next };
  if (next === 'resume' || next === 'judge' || (next === 'wait' && turn < MOST_TURNS)) return { record, next };
  if (next === 'none' && record.untidy && turn === 1) return { record, next: 'tidy' }; // once: what cannot be deleted now waits
  const { lease: _lease, ...free } = record;
  return { record: free, next: 'none' };
}

/** The state that follows. */
function phaseOf({ record: { inFlight: step }, next }: Begun): Pick<Claimed, 'next'> & Partial<Claimed> {
  if (!step || (next !== 'step' && next !== 'resume')) return { next: next as Claimed['next'] };
  const phase = step.asked ? 'watch' : step.kind === 'update' ? 'create' : 'ask';
  return { next: phase, deadline: step.deadline };
}

/** What CloudFormation can be told already, if it waits. */
function answerTo(
  record: DeploymentRecord,
  { answer, request }: DeployerInput,
  time: string,
): AnswerOutcome | undefined {
  if (!answer?.responseUrl || !request) return undefined;
  const known = record.settled.find(({ id }) => id === request.id);
  if (known) return { success: known.done, reason: known.outcome };
  if (request.kind !== 'policy') {
    if (time < answer.deadline) return undefined;
    return { success: false, reason: 'a rollout on the endpoint has not come to rest; delete the stack again later' };
  }
  const begun = record.inFlight?.request === request.id;
  const long = begun && worstCaseMinutes(request.policy) > LONGEST_ANSWER_MINUTES;
  if (!long && time < answer.deadline) return undefined;
  return { success: true, reason: 'accepted: the rollout goes on, and a failure is told to the topic' };
}

/** The record without a request to delete that CloudFormation has been told to have failed: it would come as a surprise later. */
function withdrawn(
  record: DeploymentRecord,
  { request }: DeployerInput,
  answer: AnswerOutcome,
  time: string,
): DeploymentRecord {
  if (request?.kind !== 'delete' || answer.success || record.inFlight?.request === request.id) return record;
  return settled(record, request.id, time, { done: false, outcome: answer.reason });
}

/** Minutes after which a step is given up. */
function allowedMinutes(step: Step, record: DeploymentRecord): number {
  if (step.kind === 'update') return 60 + worstCaseMinutes(policyOf(record, step));
  return step.kind === 'remove' ? 45 : 30;
}

function inFlight(record: DeploymentRecord, step: Step, execution: string, time: string): InFlight {
  const policy = policyOf(record, step);
  return {
    ...step,
    startedAt: time,
    deadline: after(time, allowedMinutes(step, record)),
    policy,
    ...(step.kind === 'update' && { deployment: deployment(record, step, execution, time) }),
  };
}

/** What an update makes: a configuration, and the model that is not there yet. */
function deployment(record: DeploymentRecord, step: Step, execution: string, time: string): Deployment {
  const id = deploymentId(time, execution);
  const name = `${record.endpoint}-${id}`;
  return {
    id,
    configName: name,
    variants: step.variants!.map(({ slot, model, modelName = name }) => ({ slot, model, modelName })),
    serving: servingOf(policyOf(record, step)),
    createdAt: time,
  };
}
