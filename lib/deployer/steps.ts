/** The steps that several reasons lead to. */
import type { Variant } from './model';
import type { DeploymentRecord, InFlight, RunningTest, Step } from './record';
import { modelLabel } from './model';
import { KEPT } from './record';
import type { World } from './world';

type Reason = Pick<Step, 'purpose' | 'why' | 'request'>;
type Placed = Omit<Variant, 'modelName'>;

/** A model where none is known to serve. An endpoint of ours whose record was lost is changed, not made. */
export function first(variant: Placed, of: Reason, endpoint: World['endpoint']): Step {
  return {
    kind: 'update',
    ...of,
    variants: [variant],
    slot: variant.slot,
    strategy: endpoint ? 'allAtOnce' : 'create',
  };
}

/** A rollout within the champion's slot. */
export function rollout({ policy }: DeploymentRecord, variant: Placed, of: Reason): Step {
  return { kind: 'update', ...of, variants: [variant], slot: variant.slot, strategy: policy!.rollout.strategy };
}

/** Weights have three digits. */
const DIGITS = 1000;

/** Moves the traffic of a test: to its share when it begins, all of it when it is decided. */
export function traffic(test: RunningTest, purpose: 'test' | 'promote' | 'restore'): Step {
  const { champion, challenger, rules, verdict } = test;
  const share = { test: rules.trafficPercent / 100, promote: 1, restore: 0 }[purpose];
  const rest = Math.round((1 - share) * DIGITS) / DIGITS;
  const model = modelLabel(challenger.model);
  const why =
    purpose === 'test' ? `the test of ${model} begins: ${rules.trafficPercent} % of the requests` : verdict!.reason;
  return { kind: 'traffic', purpose, why, weights: { [champion.slot]: rest, [challenger.slot]: share } };
}

/** A clean configuration with the winner alone. */
export function endOfTest({ champion, challenger, verdict }: RunningTest): Step {
  const { decision, reason, request } = verdict!;
  const winner = decision === 'promote' ? challenger : champion;
  return {
    kind: 'update',
    purpose: decision,
    why: reason,
    ...(request !== undefined && { request }),
    variants: [winner],
    slot: winner.slot,
    strategy: 'allAtOnce',
  };
}

/**
 * The record with a step in flight. Which models a deployment has is known from here on: also a candidate that is rolled
 * back has answered requests, and what is captured of them must not be taken for another's.
 */
export function begun(record: DeploymentRecord, inFlight: InFlight): DeploymentRecord {
  const { deployment, startedAt } = inFlight;
  if (!deployment) return { ...record, inFlight };
  const models = Object.fromEntries(deployment.variants.map(({ slot, model }) => [slot, model]));
  const names = Object.fromEntries(deployment.variants.map(({ slot, modelName }) => [slot, modelName]));
  const captures = [{ deployment: deployment.id, since: startedAt, models, names }, ...record.captures];
  return { ...record, inFlight, captures: captures.slice(0, KEPT.captures) };
}
