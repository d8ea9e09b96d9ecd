/** Watches a step until it has ended, and moves the requests part by part. */
import type { InFlight, Progress } from '../../../../deployer/record';
import { after } from '../../../../deployer/world';
import type { Ending, Requesting } from '../protocol';
import { countMinutes } from '../monitoring';
import type { Endpoint } from '../vertex';
import { getOperation, moveTraffic } from '../vertex';
import { splitOf } from './ask';
import { CandidateFailure, demandSuccess, DeploymentFailure, DONE } from './errors';
import { endpointOf } from './observe';
import { alarm, incumbent, isSplit, isWatched, newcomer, nextPart, split } from './rollout';
import type { Carry, StepRead, Work } from './work';
import { pollSeconds, stepInFlight, to, write } from './work';

/** Looks once, and comes again as long as the step goes on. While an operation runs nothing else is asked, not even the record. */
export function* watch(work: Work, carry: Carry): Requesting<Ending> {
  const { turn, operation, deadline = work.now } = carry;
  const seen = operation === undefined ? undefined : yield* getOperation(work.settings, operation);
  if (seen && !seen.done && deadline > work.now) return to('watch', carry, pollSeconds(work));
  const before = yield* stepInFlight(work);
  const name = before.step.progress?.operation;
  const found = name === undefined || name === operation ? seen : yield* getOperation(work.settings, name);
  if (found) demandSuccess(found);
  const waiting = to('watch', { turn, operation: name, deadline: before.step.deadline }, pollSeconds(work));
  const runs = found && !found.done;
  return waitOrGiveUp(work, before.step, runs ? waiting : yield* look(work, before, turn));
}

/** What comes next, unless the time is over. A step that has ended just now has ended. */
function waitOrGiveUp({ now }: Work, { deadline, startedAt }: InFlight, next: Ending): Ending {
  if (next.next?.activity === 'settle' || deadline > now) return next;
  const minutes = Math.round((Date.parse(deadline) - Date.parse(startedAt)) / 60_000);
  throw new DeploymentFailure(`the endpoint was still at work after ${minutes} minutes`);
}

const settled = (turn: number): Ending => to('settle', { turn, outcome: DONE });

function* look(work: Work, before: StepRead, turn: number): Requesting<Ending> {
  const { step, record } = before;
  const endpoint = yield* endpointOf(work.settings);
  if (step.kind === 'remove') {
    return endpoint?.deployedModels?.length ? to('ask', { turn }) : settled(turn);
  }
  if (step.policy.mode === 'batch' || step.kind === 'adjust') return settled(turn);
  if (!endpoint) throw new DeploymentFailure('the endpoint is gone');
  if (step.kind === 'update') return yield* lookAtUpdate(work, before, endpoint, turn);
  if (isSplit(endpoint, splitOf(record.test!, step.weights ?? {}))) return settled(turn);
  throw new DeploymentFailure('the traffic has not moved');
}

/** Figures are by the minute; and an execution has 100,000 steps, of which a look takes about a hundred. */
const FIGURES_SECONDS = 60;

/** An update: the model stands, it gets its part of the requests, that is watched, and the next part follows. */
function* lookAtUpdate(work: Work, before: StepRead, endpoint: Endpoint, turn: number): Requesting<Ending> {
  const { step, record } = before;
  const { modelName: id } = newcomer(step);
  if (!endpoint.deployedModels?.some((one) => one.id === id)) return to('ask', { turn }, pollSeconds(work)); // its answer was lost, or it was undone
  if (step.purpose === 'test') return settled(turn);
  const { percent = 100, since } = step.progress ?? {};
  const other = incumbent(record, endpoint, id);
  const wanted = split(id, percent, other);
  if (!isSplit(endpoint, wanted)) {
    yield* moveTraffic(work.settings, work.settings.endpointId!, wanted); // busy or not: the next look sees whether it has moved
    return to('watch', { turn }, pollSeconds(work));
  }
  if (!isWatched(step) || other === undefined) return settled(turn);
  if (since === undefined)
    return yield* progressed(work, before, { percent, since: work.now }, turn, pollSeconds(work));
  const why = yield* alarmOf(work, step, id, since);
  if (why !== undefined) throw new CandidateFailure(`${why}; it was rolled back at ${percent} % of the requests`);
  if (after(since, step.policy.rollout.bakeMinutes) > work.now) {
    return to('watch', { turn }, Math.max(pollSeconds(work), FIGURES_SECONDS));
  }
  if (percent === 100) return settled(turn);
  return yield* progressed(work, before, { percent: nextPart(step, percent) }, turn, 0);
}

function* progressed(work: Work, before: StepRead, progress: Progress, turn: number, wait: number): Requesting<Ending> {
  const inFlight: InFlight = { ...before.step, progress };
  yield* write(work, before, { ...before.record, inFlight });
  return to('watch', { turn }, wait);
}

const MINUTE = 60_000;

/** Minutes until the figures of a minute are complete. */
const MATURITY_MINUTES = 3;

/** Minutes that are looked at: a bad one is seen soon after it, or not at all. */
const MOST_MINUTES = 30;

/** Why the candidate is to be rolled back, from the minutes of this part that are over. */
function* alarmOf({ settings, now }: Work, step: InFlight, id: string, since: string): Requesting<string | undefined> {
  const to = Math.floor(Date.parse(now) / MINUTE - MATURITY_MINUTES) * MINUTE;
  const from = Math.max(Math.ceil(Date.parse(since) / MINUTE) * MINUTE, to - MOST_MINUTES * MINUTE);
  if (from >= to) return undefined;
  const { alarms } = step.policy;
  const range = { from: new Date(from).toISOString(), to: new Date(to).toISOString() };
  const looked = { endpoint: settings.endpointId!, ids: [id], ...range, slowMs: alarms.p95LatencyMs };
  const counts = yield* countMinutes(settings, looked);
  const minutes = Array.from({ length: (to - from) / MINUTE }, (_, index) => counts(id, from + index * MINUTE));
  return alarm(minutes, alarms);
}

/** After a failure what served before gets all requests again; the clean-up takes the candidate away. */
export function* takeBack(work: Work, { turn, outcome, busy }: Carry): Requesting<Ending> {
  const { step, record } = yield* stepInFlight(work);
  const endpoint = step.kind === 'update' ? yield* endpointOf(work.settings) : undefined;
  const before = endpoint && incumbent(record, endpoint, newcomer(step).modelName);
  // A test's end is tried again as it is: its winner keeps what it has.
  if (before === undefined || record.test || isSplit(endpoint!, { [before]: 100 })) {
    return to('settle', { turn, outcome });
  }
  const { busy: again } = yield* moveTraffic(work.settings, work.settings.endpointId!, { [before]: 100 });
  const once = again !== undefined && busy === undefined; // a second refusal is the next repair's
  return once ? to('takeBack', { turn, outcome, busy: again }, pollSeconds(work)) : to('settle', { turn, outcome });
}
