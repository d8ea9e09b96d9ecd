import type { Refusal, ResourceChange } from '../../plan/change';
import { replacementReason, replacementWayOut, transition } from '../../plan/change';
import { stateOf } from './stateful';

/** The refusals among the changes: state that would go or lose its protection, names that collide, updates that a service rejects. */
export function refusals(changes: readonly ResourceChange[]): Refusal[] {
  return changes.flatMap((change) => {
    const subject = `${change.constructPath ?? `${change.stack}/${change.logicalId}`} (${change.type})`;
    const reasons = [...loss(change), ...exposure(change), ...disabledKey(change), ...collision(change)];
    return [...reasons, ...change.limits].map((refusal) => ({ subject, ...refusal }));
  });
}

type Reason = Pick<Refusal, 'reason' | 'wayOut'>;

function loss(change: ResourceChange): Reason[] {
  const state = stateOf(change.type);
  if (state === undefined) return [];
  switch (change.kind) {
    case 'replaced':
      return [
        {
          reason: `is replaced by a new one without ${state}: ${replacementReason(change)}`,
          wayOut: replacementWayOut(change),
        },
      ];
    case 'mayBeReplaced':
      return [
        {
          reason: `may be replaced by a new one without ${state}: ${replacementReason(change)}`,
          wayOut: replacementWayOut(change),
        },
      ];
    case 'removed':
      return [{ reason: `is deleted with ${state}`, wayOut: KEEP_RESOURCE }];
    case 'orphaned':
      return [{ reason: `is left behind with ${state}, managed by no stack`, wayOut: KEEP_RESOURCE }];
    default:
      return [];
  }
}

const KEEP_RESOURCE = 'keep what creates it, or deploy the removal by hand once its state is saved';

const POLICIES = ['DeletionPolicy', 'UpdateReplacePolicy'];
const PROTECTING = ['Retain', 'RetainExceptOnCreate', 'Snapshot'];

/** A removal policy that protects state no longer: the next deployment could delete it without being refused. */
function exposure({ type, causes }: ResourceChange): Reason[] {
  const state = stateOf(type);
  const protects = (policy: string | undefined) => policy !== undefined && PROTECTING.includes(policy);
  const lost = causes.filter((c) => POLICIES.includes(c.path) && protects(c.before) && !protects(c.after));
  if (state === undefined || lost.length === 0) return [];
  const policies = lost.map((cause) => `${cause.path} (${transition(cause)})`).join(' and ');
  return [
    {
      reason: `no longer protects ${state} from deletion: ${policies}`,
      wayOut: 'keep removalPolicy RETAIN, or deploy the change alone, with cdk deploy, when deletion is meant',
    },
  ];
}

const KEYS = ['AWS::KMS::Key', 'AWS::KMS::ReplicaKey'];

/** A key that is disabled, or may be: nothing encrypted with it can be read until it is enabled again. */
function disabledKey({ type, causes }: ResourceChange): Reason[] {
  const enabled = KEYS.includes(type) ? causes.find(({ path }) => path === 'Enabled') : undefined;
  if (!enabled || enabled.before === 'false' || (enabled.after ?? 'true') === 'true') return [];
  return [
    {
      reason: `is disabled, and with it ${stateOf(type)}: Enabled (${transition(enabled)})`,
      wayOut: 'keep the key enabled, or deploy the change alone, with cdk deploy, when that is meant',
    },
  ];
}

function collision({ collidesWith, stack, logicalId }: ResourceChange): Reason[] {
  if (collidesWith === undefined) return [];
  const itself = collidesWith === `${stack}/${logicalId}`;
  const holder = itself ? 'the one it replaces' : collidesWith;
  return [
    {
      reason: `is created under the name that ${holder} still has, so the deployment fails`,
      wayOut: itself
        ? 'leave its name to CloudFormation, or change it as well'
        : 'keep the logical id, or take another name',
    },
  ];
}
