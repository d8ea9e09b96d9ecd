/** Takes the lease and finds out what comes next. */
import { filed, policyOf } from '../../../deployer/decide-requests';
import { decide } from '../../../deployer/decide';
import type { Decided } from '../../../deployer/decide';
import { servingOf, worstCaseMinutes } from '../../../deployer/policy';
import type { Deployment, DeploymentRecord, InFlight, Step } from '../../../deployer/record';
import { begun } from '../../../deployer/steps';
import { after } from '../../../deployer/world';
import type { Claimed, DeployerEvent, DeployerInput } from '../../contract';
import { answerTo, withdrawn } from './answer-due';
import type { Cloud } from './cloud';
import { now } from './cloud';
import { demandLease, takeLease } from './lease';
import { deploymentId } from './names';
import { observe } from './observe';

/** Turns of one execution: afterwards the next tick goes on, and no history grows without end. */
const MOST_TURNS = 150;

const POLL_SECONDS = 30;

/** Files the request, takes the lease, and decides. Called again until there is nothing left to do. */
export async function claim(cloud: Cloud, event: DeployerEvent): Promise<Claimed> {
  const { endpoint, execution } = event;
  const input = event.input!;
  const turn = (input.claimed?.turn ?? 0) + 1;
  const base = { turn, waitSeconds: input.pollSeconds ?? POLL_SECONDS, deadline: now() };
  const { request } = input;
  if (request)
    await cloud.store.change(endpoint, (record) => ({ record: filed(record, request, now()), result: undefined }));
  if (!(await takeLease(cloud, endpoint, execution))) return { ...base, ...(await inTurn(cloud, endpoint, input)) };
  const world = await observe(cloud, await cloud.store.read(endpoint));
  return cloud.store.change(endpoint, (record) => {
    demandLease(record, execution);
    const now = begin(decide(record, world), execution, turn, world.now);
    const answer = now.next === 'tidy' ? undefined : answerTo(now.record, input, world.now);
    const told = { ...base, ...phaseOf(now), ...(answer && { answer }) };
    return { record: answer ? withdrawn(now.record, input, answer, world.now) : now.record, result: told };
  });
}

type Turn = Pick<Claimed, 'next' | 'answer'>;

/** Another execution is at work and settles this one's request too. Whoever owes an answer waits for that. */
async function inTurn({ store }: Cloud, endpoint: string, input: DeployerInput): Promise<Turn> {
  if (!input.answer?.responseUrl) return { next: 'none' };
  return store.change<Turn>(endpoint, (record) => {
    const answer = answerTo(record, input, now());
    if (!answer) return { record, result: { next: 'wait' } };
    return { record: withdrawn(record, input, answer, now()), result: { next: 'none', answer } };
  });
}

interface Begun {
  readonly record: DeploymentRecord;
  readonly next: Decided['next'] | 'tidy';
}

/** The record with what is begun in it; without the lease when nothing is. */
function begin({ record, next, step }: Decided, execution: string, turn: number, time: string): Begun {
  if (next === 'step') return { record: begun(record, inFlight(record, step!, execution, time)), next };
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
