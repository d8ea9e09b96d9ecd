/**
 * What is to be done next. A pure function of the record and of the world: whoever asks, and however often, gets the same
 * answer, so events may be lost, late or come twice. One thing is done at a time; afterwards it is asked again.
 */
import { answerRequests, ending } from './decide-requests';
import { adjustableOf } from './policy';
import type { DeploymentRecord, Step } from './record';
import { modelKey, modelLabel } from './model';
import { championModel, withDecision } from './record';
import { judgeIsDue } from './ab-test';
import { endOfTest, first, rollout, traffic } from './steps';
import type { ApprovedVersion, World } from './world';
import { after, foreignRefusal, MOST_VERSIONS } from './world';

/** What comes next, and the record as deciding has left it. */
export interface Decided {
  readonly record: DeploymentRecord;
  /**
   * `resume`: a step is in flight already; `step`: a new one; `judge`: the test is looked at; `wait`: the cloud is at work on
   * the endpoint; `none`: all is as it should be.
   */
  readonly next: 'resume' | 'step' | 'judge' | 'wait' | 'none';
  readonly step?: Step;
}

/** Decides. The order is the precedence: what is asked for, then what is broken, then the test, then new versions. */
export function decide(before: DeploymentRecord, world: World): Decided {
  if (before.inFlight) return { record: before, next: 'resume' };
  const { record, step } = answerRequests(withoutDeadTest(before, world), world);
  if (step) return begin(record, step, world);
  const own = repair(record, world) ?? stepOfTest(record);
  if (own) return mayTry(record, world) ? begin(record, own, world) : { record, next: 'none' };
  if (record.test && judgeIsDue(record.test, world.now)) return { record, next: 'judge' };
  const adjust = adjustment(record);
  if (adjust && record.adjusted === undefined) return begin(record, adjust, world); // at once: scaling may be off
  const deployed = newVersion(record, world);
  const next = deployed.step ?? adjust;
  return next && mayTry(record, world)
    ? begin(deployed.record, next, world)
    : { record: deployed.record, next: 'none' };
}

/** After a failure that was nobody's fault nothing is begun for a while, unless someone has asked for something since. */
function mayTry({ retryAfter, failedAt = '', requests }: DeploymentRecord, { now }: World): boolean {
  return retryAfter === undefined || retryAfter <= now || requests.some(({ at }) => at > failedAt);
}

/** Ends a test that cannot go on: its challenger is approved no more, or its traffic never came. */
function withoutDeadTest(record: DeploymentRecord, { approved, now }: World): DeploymentRecord {
  const { test } = record;
  if (!test || test.verdict) return record;
  const { model } = test.challenger;
  const known = approved.length >= MOST_VERSIONS || approved.some(({ version }) => version === model.version);
  if (!known) {
    const reason = `${modelLabel(model)} is approved no more`;
    return ending(record, now, { decision: 'restore', reason, refused: true });
  }
  const late = test.startedAt === undefined && now > after(test.deployment.createdAt, test.rules.durationHours * 60);
  const reason = `the traffic could not be moved within ${test.rules.durationHours} hours`;
  return late ? ending(record, now, { decision: 'restore', reason, refused: false }) : record;
}

/** Nothing can be asked of an endpoint on which the cloud is at work. */
function begin(record: DeploymentRecord, step: Step, { endpoint }: World): Decided {
  return endpoint?.state === 'moving' ? { record, next: 'wait' } : { record, next: 'step', step };
}

/** A test begins when its traffic has moved, and ends with traffic first (fast), then a clean configuration. */
function stepOfTest({ test }: DeploymentRecord): Step | undefined {
  if (test?.verdict) return test.verdict.moved ? endOfTest(test) : traffic(test, test.verdict.decision);
  return test && test.startedAt === undefined ? traffic(test, 'test') : undefined;
}

/** An endpoint that does not serve what it should: someone else has changed it, it is broken, or it is gone. */
function repair(record: DeploymentRecord, { endpoint }: World): Step | undefined {
  const { champion, test, policy } = record;
  const model = championModel(record);
  if (!champion || !model || !policy || policy.mode === 'batch' || endpoint?.state === 'moving') return undefined;
  const wanted = test?.deployment.configName ?? champion.configName;
  if (endpoint?.state === 'serving' && endpoint.configName === wanted) return undefined;
  if (endpoint?.state === 'lost') {
    const why = 'the endpoint has failed and can only be made anew: it is deleted, and the champion is put back';
    return { kind: 'remove', purpose: 'repair', why };
  }
  const what = !endpoint ? 'is gone' : endpoint.state === 'broken' ? 'is broken' : `serves with ${endpoint.configName}`;
  return {
    kind: 'update',
    purpose: 'repair',
    why: `the endpoint ${what} where it should serve with ${wanted}: the champion is put back`,
    variants: [model],
    slot: model.slot,
    strategy: endpoint ? 'allAtOnce' : 'create',
  };
}

/** The newest approved version that is newer than what serves, and that nobody has refused. */
function newVersion(record: DeploymentRecord, world: World): { record: DeploymentRecord; step?: Step } {
  const { policy, undeployed, test } = record;
  const newest = policy?.automatic && !undeployed ? candidate(record, world.approved) : undefined;
  if (!newest) return { record };
  if (test) {
    const why = `the test of ${modelLabel(test.challenger.model)} goes on; afterwards the newest approved version has its turn`;
    const decision = { at: world.now, what: 'waits', why, model: modelLabel(newest) };
    return { record: modelKey(test.challenger.model) === newest.version ? record : withDecision(record, decision) };
  }
  const why = foreignRefusal(record, world.endpoint);
  if (why !== undefined) {
    return { record: withDecision(record, { at: world.now, what: 'refused', why, model: modelLabel(newest) }) };
  }
  return { record, step: deployment(record, newest, world) };
}

function candidate(record: DeploymentRecord, approved: readonly ApprovedVersion[]): ApprovedVersion | undefined {
  const serving = championModel(record)?.model.number ?? 0;
  return approved.find(
    ({ version, number }) => number > Math.max(record.floor, serving) && !(version in record.refused),
  );
}

/** With A/B tests a version has to prove itself beside the champion; the first one has nobody beside it. */
function deployment(record: DeploymentRecord, model: ApprovedVersion, { endpoint }: World): Step {
  const { policy } = record;
  const champion = championModel(record);
  const why = `${modelLabel(model)} is approved`;
  if (!champion) return first({ slot: 'a', model }, { purpose: 'deploy', why }, endpoint);
  if (policy!.abTest && policy!.mode === 'realtime') {
    const slot = champion.slot === 'a' ? 'b' : 'a';
    return {
      kind: 'update',
      purpose: 'test',
      why,
      variants: [champion, { slot, model }],
      slot: champion.slot,
      strategy: 'allAtOnce',
    };
  }
  return rollout(record, { slot: champion.slot, model }, { purpose: 'deploy', why });
}

/** Scaling and labels follow the policy without a rollout. During a test scaling is at rest. */
function adjustment({ policy, champion, test, adjusted }: DeploymentRecord): Step | undefined {
  if (!policy || !champion || test || policy.mode === 'batch' || adjustableOf(policy) === adjusted) return undefined;
  return { kind: 'adjust', purpose: 'adjust', why: 'the policy has other limits for scaling, or other labels' };
}
