/** Takes the lease and finds out what comes next. */
import type { Decided } from '../../../../deployer/decide';
import { decide } from '../../../../deployer/decide';
import { filed, policyOf } from '../../../../deployer/decide-requests';
import type { Variant } from '../../../../deployer/model';
import { modelLabel } from '../../../../deployer/model';
import { servingOf, worstCaseMinutes } from '../../../../deployer/policy';
import type { Deployment, DeploymentRecord, InFlight, Step } from '../../../../deployer/record';
import { championModel } from '../../../../deployer/record';
import { begun } from '../../../../deployer/steps';
import { after } from '../../../../deployer/world';
import type { Ending, Requesting } from '../protocol';
import type { Read } from '../record-store';
import { together } from '../turn';
import type { Endpoint } from '../vertex';
import { deployedModelId, deploymentId } from './names';
import type { Observed } from './observe';
import { observe } from './observe';
import { isGone, policyGeneration, withoutPolicy, withPolicy } from './policy-object';
import type { Carry, Work } from './work';
import { leased, mayWork, pollSeconds, read, to, write } from './work';

/** Turns of one execution: afterwards the next tick goes on, and no execution grows without end. */
const MOST_TURNS = 150;

/** Until a policy that is missing is looked for again. */
const REPLACED_SECONDS = 300;

/** What a person may ask for. */
const ASKED_BY_PEOPLE = ['rollback', 'deploy', 'promote', 'undeploy'];

/** Files what is asked for, takes the lease, and decides. Comes again until there is nothing left to do. */
export function* claim(work: Work, carry: Carry): Requesting<Ending> {
  const [before, generation] = yield* together(read(work), policyGeneration(work));
  const asked = withRequest(work, before.record);
  const gone = isGone(asked, generation);
  if (gone && !carry.policyGone && !asked.inFlight) {
    yield* write(work, before, asked);
    return to('claim', { turn: carry.turn + 1, policyGone: true }, REPLACED_SECONDS);
  }
  const told = gone && carry.policyGone ? withoutPolicy(work, asked) : asked;
  const record = generation === undefined ? told : yield* withPolicy(work, told, generation);
  const [free, observed] = yield* together(mayWork(work, record), observe(work, record));
  if (free) return yield* decideNext(work, carry, before, record, observed);
  yield* write(work, before, record); // who is at work settles this request, too
  return resultOf(work, record);
}

/** The record with what the execution was started for. */
function withRequest({ argument: { request }, now }: Work, record: DeploymentRecord): DeploymentRecord {
  if (request === undefined) return record;
  if (ASKED_BY_PEOPLE.includes(request.kind) && request.id && request.at) return filed(record, request, now);
  throw new Error(
    `the request of the argument must have an id, a time (at) and one of the kinds ${ASKED_BY_PEOPLE.join(', ')}, got ${JSON.stringify(request)}`,
  );
}

function* decideNext(
  work: Work,
  { turn }: Carry,
  before: Read<DeploymentRecord>,
  record: DeploymentRecord,
  { world, endpoint }: Observed,
): Requesting<Ending> {
  const { next, record: after } = begin(decide(record, world), work, turn, endpoint);
  yield* write(work, before, after);
  if (next === 'none') return resultOf(work, after);
  if (next === 'wait') return to('claim', { turn: turn + 1 }, pollSeconds(work));
  if (next === 'judge') return to('judge', { turn });
  return next === 'tidy' ? to('settle', { turn }) : to(phaseOf(after.inFlight!), { turn });
}

interface Begun {
  readonly record: DeploymentRecord;
  readonly next: Decided['next'] | 'tidy';
}

/** The record with what is begun in it; without the lease when nothing is. */
function begin({ record, next, step }: Decided, work: Work, turn: number, endpoint: Endpoint | undefined): Begun {
  if (next === 'step') return { record: leased(begun(record, inFlight(record, step!, work, endpoint)), work), next };
  if (next === 'resume' || next === 'judge' || (next === 'wait' && turn < MOST_TURNS)) {
    return { record: leased(record, work), next };
  }
  if (next === 'none' && record.untidy && turn === 1) return { record: leased(record, work), next: 'tidy' }; // once: what cannot be deleted now waits
  if (record.lease === undefined) return { record, next: 'none' };
  const { lease: _lease, ...free } = record;
  return { record: free, next: 'none' };
}

/** The activity that a step goes on with. */
function phaseOf({ asked, kind }: InFlight): string {
  return asked ? 'watch' : kind === 'update' ? 'create' : 'ask';
}

/** What an execution answers, for whoever looks at it. */
function resultOf({ argument: { cause } }: Work, record: DeploymentRecord): Ending {
  const serving = championModel(record);
  return { result: { endpoint: record.endpoint, cause, serves: serving ? modelLabel(serving.model) : null } };
}

/** Minutes after which a step is given up. */
function allowedMinutes(step: Step, record: DeploymentRecord): number {
  if (step.kind === 'update') return 60 + worstCaseMinutes(policyOf(record, step));
  return step.kind === 'remove' ? 45 : 30;
}

function inFlight(record: DeploymentRecord, step: Step, work: Work, endpoint: Endpoint | undefined): InFlight {
  const { now } = work;
  return {
    ...step,
    startedAt: now,
    deadline: after(now, allowedMinutes(step, record)),
    policy: policyOf(record, step),
    ...(step.kind === 'update' && { deployment: deployment(record, step, work, endpoint) }),
  };
}

/** What an update makes: a name, and the model that is not on the endpoint yet. */
function deployment(
  record: DeploymentRecord,
  step: Step,
  { now, execution }: Work,
  { deployedModels = [] }: Endpoint = {},
): Deployment {
  const id = deploymentId(now, execution);
  const standing = deployedModels.map((one) => one.id);
  const fresh = deployedModelId(now, standing);
  const placed = ({ slot, model, modelName }: NonNullable<Step['variants']>[number]): Variant => ({
    slot,
    model,
    modelName: modelName !== undefined && standing.includes(modelName) ? modelName : fresh, // what was taken away comes back as another
  });
  return {
    id,
    configName: `${record.endpoint}-${id}`,
    variants: step.variants!.map(placed),
    serving: servingOf(policyOf(record, step)),
    createdAt: now,
  };
}
