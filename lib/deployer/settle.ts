/** What a step's end makes of the record: every outcome, good or bad, has its place in it, with its reason. */
import { newTest, started, withAnchor } from './ab-test';
import { released, settled, withoutChampion } from './decide-requests';
import { adjustableOf } from './policy';
import type { Variant } from './model';
import type { Champion, Decision, DeploymentRecord, InFlight, RefusedModel } from './record';
import { modelKey, modelLabel } from './model';
import { championModel, KEPT, withDecision } from './record';
import { after } from './world';

/** How a step ended. */
export interface Ended {
  readonly done: boolean;
  /** Why it failed, or what was seen. */
  readonly reason: string;
  /** Whether the candidate is to blame, and not a service, a limit or a missing right. */
  readonly candidateFailed: boolean;
}

/** The record after a step, and what people are to be told of it, if anything. */
interface Settlement {
  readonly record: DeploymentRecord;
  readonly told?: Decision;
}

/** Attempts at one model that fail through no fault of its own before it is refused. */
const MOST_ATTEMPTS = 6;

/** Characters of a reason that are kept: the record is one item, and services can be wordy. */
const LONGEST_REASON = 1000;

/** Settles the step in flight. Without one the record is settled already, and stays as it is. */
export function settle(before: DeploymentRecord, { reason, ...end }: Ended, now: string): DeploymentRecord {
  const { inFlight: step, ...rest } = before;
  if (!step) return before;
  const ended = { ...end, reason: reason.slice(0, LONGEST_REASON) };
  const { record, told } = ended.done ? succeeded(rest, step, now) : failed(rest, step, ended, now);
  const outcome = { done: ended.done, outcome: ended.done ? step.why : ended.reason };
  const closed = { ...settled(record, step.request, now, outcome), untidy: true };
  if (!told) return closed;
  return withDecision({ ...closed, untold: [...closed.untold, told].slice(-KEPT.untold) }, told);
}

/** The model that a step is about. */
function subject({ purpose, variants = [], slot }: InFlight): Variant | undefined {
  const wanted =
    purpose === 'test' ? variants.find((one) => one.slot !== slot) : variants.find((one) => one.slot === slot);
  return wanted as Variant | undefined;
}

function decision(step: InFlight, now: string, what: string, why: string): Decision {
  const about = subject(step);
  return { at: now, what, why, ...(about && { model: modelLabel(about.model) }) };
}

function succeeded(before: DeploymentRecord, step: InFlight, now: string): Settlement {
  const calm = calmed(before, step);
  switch (step.kind) {
    case 'update':
      return step.purpose === 'test' ? testPrepared(calm, step, now) : updated(calm, step, now);
    case 'traffic':
      return trafficMoved(calm, step, now);
    case 'adjust':
      return { record: { ...calm, adjusted: adjustableOf(step.policy) } };
    case 'remove':
      return removed(calm, step, now);
  }
}

/** The record without the pauses that failures brought; but what only clears the way for another try ends none. */
function calmed(record: DeploymentRecord, { kind, purpose }: InFlight): DeploymentRecord {
  const clearsTheWay =
    (kind === 'adjust' && record.adjusted === undefined) || (kind === 'remove' && purpose === 'repair');
  if (clearsTheWay) return record;
  const { retryAfter: _retryAfter, failedAt: _failedAt, ...calm } = record;
  return { ...calm, failures: 0 };
}

function testPrepared(record: DeploymentRecord, step: InFlight, now: string): Settlement {
  const deployment = step.deployment!;
  const [champion, challenger] = [true, false].map((own) =>
    deployment.variants.find(({ slot }) => (slot === step.slot) === own)!,
  );
  const test = newTest(record, step.policy, deployment, [champion, challenger]);
  const told = decision(step, now, 'test: prepared', step.why);
  return { record: { ...record, test }, told };
}

const WHAT: Readonly<Record<InFlight['purpose'], string>> = {
  deploy: 'deployed',
  test: 'test',
  promote: 'promoted',
  restore: 'test ended, the champion stays',
  policy: 'policy in force',
  repair: 'repaired',
  rollback: 'rolled back',
  adjust: 'adjusted',
  undeploy: 'undeployed',
  delete: 'deleted',
};

/**
 * One model serves alone. Its place, and that of the one before it, are noted, and the test that ended with it is over. What
 * can be adjusted, scaling above all, follows at once.
 */
function updated(record: DeploymentRecord, step: InFlight, now: string): Settlement {
  const { test, adjusted: _adjusted, ...rest } = record;
  const champion = championOf(record, step, now);
  const served = { ...rest, champion, previous: earlier(record, champion), undeployed: false };
  const fair = afterTest(served, record, step, now);
  const byHand = byPerson(fair, record, step, now);
  const attempts = Object.fromEntries(Object.entries(byHand.attempts).filter(([key]) => key !== keyOf(step)));
  const policy = step.purpose === 'policy' ? step.policy : byHand.policy;
  return {
    record: { ...byHand, attempts, ...(policy && { policy }) },
    told: decision(step, now, WHAT[step.purpose], step.why),
  };
}

const keyOf = (step: InFlight) => modelKey(subject(step)?.model ?? {});

function championOf({ champion }: DeploymentRecord, step: InFlight, now: string): Champion {
  const deployment = step.deployment!;
  const same = champion && modelKey(championModel({ champion })!.model) === keyOf(step);
  return { ...deployment, slot: step.slot!, servingSince: same ? champion.servingSince : now };
}

/** Earlier champions, without those of the model that serves now. */
function earlier({ champion, previous }: DeploymentRecord, now: Champion): Champion[] {
  const model = (one: Champion) => modelKey(championModel({ champion: one })!.model);
  const all = champion ? [champion, ...previous] : previous;
  const latest = all.filter((one, index) => all.findIndex((other) => model(other) === model(one)) === index);
  return latest.filter((one) => model(one) !== model(now)).slice(0, KEPT.previous);
}

/** What a test leaves behind: what the promoted one showed, or why the challenger is not tried again. */
function afterTest(
  record: DeploymentRecord,
  { test }: DeploymentRecord,
  step: InFlight,
  now: string,
): DeploymentRecord {
  if (!test?.verdict) return record;
  if (step.purpose === 'promote') return withAnchor(record, test);
  const { refused, reason } = test.verdict;
  return step.purpose === 'restore' && refused ? withRefusal(record, test.challenger, { reason, at: now }) : record;
}

/** What a person has chosen: the version that was left is refused, the one that was chosen is so no more. */
function byPerson(record: DeploymentRecord, before: DeploymentRecord, step: InFlight, now: string): DeploymentRecord {
  if (step.floor === undefined) return record;
  const raised = { ...record, floor: step.floor };
  const left = step.purpose === 'rollback' ? championModel(before) : undefined;
  return left ? withRefusal(raised, left, { reason: step.why, at: now }) : allowed(raised, keyOf(step));
}

function withRefusal(record: DeploymentRecord, { model }: Variant, refusal: RefusedModel): DeploymentRecord {
  const entries = [
    [modelKey(model), refusal],
    ...Object.entries(record.refused).filter(([key]) => key !== modelKey(model)),
  ];
  return { ...record, refused: Object.fromEntries(entries.slice(0, KEPT.refused)) as DeploymentRecord['refused'] };
}

/** A model that a person deploys is no longer refused. */
function allowed(record: DeploymentRecord, key: string): DeploymentRecord {
  return { ...record, refused: Object.fromEntries(Object.entries(record.refused).filter(([one]) => one !== key)) };
}

function trafficMoved(record: DeploymentRecord, step: InFlight, now: string): Settlement {
  const { test } = record;
  if (!test) return { record };
  if (test.verdict) return { record: { ...record, test: { ...test, verdict: { ...test.verdict, moved: true } } } };
  const about = { at: now, what: 'test: started', why: step.why, model: modelLabel(test.challenger.model) };
  return { record: { ...record, test: started(test, now) }, told: about };
}

function removed(record: DeploymentRecord, step: InFlight, now: string): Settlement {
  const told = decision(step, now, WHAT[step.purpose], step.why);
  if (step.purpose === 'repair') return { record, told: { ...told, what: 'deleted to be made anew' } };
  return { record: step.purpose === 'delete' ? released(record, step.request, now) : withoutChampion(record), told };
}

/** A failure: what served before goes on. The candidate, or the moment, is to blame. */
function failed(record: DeploymentRecord, step: InFlight, { reason, candidateFailed }: Ended, now: string): Settlement {
  const before = unadjusted(record, step);
  const told = decision(step, now, `${step.purpose}: failed`, reason);
  const about = subject(step);
  const isNew = about !== undefined && (step.purpose === 'deploy' || step.purpose === 'test');
  if (isNew && candidateFailed) return { record: withRefusal(before, about, { reason, at: now }), told };
  // What was asked for is settled with its failure; what the deployer wants by itself is tried again later.
  const own = step.request === undefined || step.purpose === 'promote' || step.purpose === 'restore';
  const tried = isNew && own ? anotherAttempt(before, about, reason, now) : before;
  const refusal = isNew && own ? tried.refused[modelKey(about.model)] : undefined;
  return { record: own ? backOff(tried, now) : tried, told: refusal ? { ...told, why: refusal.reason } : told };
}

/** What the update had prepared is put right at once, as scaling that it took away; an adjustment that fails itself waits. */
function unadjusted({ adjusted, ...record }: DeploymentRecord, { kind }: InFlight): DeploymentRecord {
  if (kind === 'update') return record;
  return { ...record, adjusted: kind === 'adjust' ? 'failed' : adjusted };
}

function anotherAttempt(record: DeploymentRecord, about: Variant, reason: string, now: string): DeploymentRecord {
  const key = modelKey(about.model);
  const attempts = (record.attempts[key] ?? 0) + 1;
  if (attempts < MOST_ATTEMPTS) return { ...record, attempts: { ...record.attempts, [key]: attempts } };
  const why = `failed ${attempts} times, the last time: ${reason}`;
  const { [key]: _tried, ...others } = record.attempts;
  return withRefusal({ ...record, attempts: others }, about, { reason: why, at: now });
}

/** Longer and longer pauses, an hour at the most. */
function backOff(record: DeploymentRecord, now: string): DeploymentRecord {
  const failures = record.failures + 1;
  return { ...record, failures, failedAt: now, retryAfter: after(now, Math.min(60, 5 * 2 ** (failures - 1))) };
}
