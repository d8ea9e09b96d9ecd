import type { ChangeCause, Refusal, ResourceChange } from '../../plan/change';
import { replacementReason, replacementWayOut, transition } from '../../plan/change';
import { stateOf } from './stateful';

/** The refusals among the changes: state that would go or lose its protection, names that collide, updates that a service rejects. */
export function refusals(changes: readonly ResourceChange[]): Refusal[] {
  return changes.flatMap((change) => {
    const subject = `${change.constructPath ?? `${change.stack}/${change.logicalId}`} (${change.type})`;
    const reasons = [...loss(change), ...exposure(change), ...collision(change)];
    return [...reasons, ...change.limits].map((refusal) => ({ subject, ...refusal }));
  });
}

type Reason = Pick<Refusal, 'reason' | 'wayOut'>;

function loss(change: ResourceChange): Reason[] {
  const state = stateOf(change.type);
  if (state === undefined) return [];
  const because = replacementReason(change);
  switch (change.kind) {
    case 'replaced':
      return [{ reason: `is replaced by a new one without ${state}: ${because}`, wayOut: replacementWayOut(change) }];
    case 'mayBeReplaced':
      return [
        { reason: `may be replaced by a new one without ${state}: ${because}`, wayOut: replacementWayOut(change) },
      ];
    case 'removed':
      return [{ reason: `is deleted with ${state}`, wayOut: KEEP_RESOURCE }];
    case 'orphaned':
      return [{ reason: `is left behind with ${state}, managed by no stack`, wayOut: KEEP_RESOURCE }];
    default:
      return [];
  }
}

const KEEP_RESOURCE =
  'keep what creates it; where it only has another address, say so (moveFromId); or deploy the removal by hand once its state is saved';

/** Arguments that keep a resource, or what it holds, from being deleted, each with the values by which it does. */
const PROTECTIONS: Readonly<Record<string, (value: string | undefined) => boolean>> = {
  'lifecycle.prevent_destroy': (value) => value === 'true',
  deletion_protection: (value) => value !== 'false',
  deletion_policy: (value) => value === 'PREVENT' || value === 'ABANDON',
  delete_contents_on_destroy: (value) => (value ?? 'false') === 'false',
  force_destroy: (value) => (value ?? 'false') === 'false',
};

/** A protection that goes: the next deployment could delete the state without being refused. */
function exposure({ type, causes }: ResourceChange): Reason[] {
  const state = stateOf(type);
  const lost = causes.filter(losesProtection);
  if (state === undefined || lost.length === 0) return [];
  const protections = lost.map((cause) => `${cause.path} (${transition(cause)})`).join(' and ');
  return [
    {
      reason: `is no longer protected from deletion, with ${state}: ${protections}`,
      wayOut: "keep removalPolicy 'retain', or deploy the change alone, with cdktf deploy, when deletion is meant",
    },
  ];
}

function losesProtection({ path, before, after }: ChangeCause): boolean {
  const protects = PROTECTIONS[path];
  return protects !== undefined && protects(before) && !protects(after);
}

function collision({ collidesWith, stack, logicalId }: ResourceChange): Reason[] {
  if (collidesWith === undefined) return [];
  const itself = collidesWith === `${stack}/${logicalId}`;
  return [
    {
      reason: `is created under the name that ${itself ? 'the one it replaces' : collidesWith} still has, so the deployment fails`,
      wayOut: itself
        ? 'change its name as well'
        : 'keep its address, say that it moved (moveFromId), or take another name',
    },
  ];
}
