import type { ChangeCause, ResourceChange } from './change';
import { stateOf } from './stateful';

/** A change that must not be deployed: it loses state, or it cannot succeed. */
export interface Refusal {
  /** What it is about: a construct path, `stack/logical id`, or a config path. */
  readonly subject: string;
  readonly reason: string;
  readonly wayOut: string;
}

/** The refusals among the changes: state that would go, names that collide, updates that a service rejects. */
export function refusals(changes: readonly ResourceChange[]): Refusal[] {
  return changes.flatMap((change) => {
    const subject = `${change.constructPath ?? `${change.stack}/${change.logicalId}`} (${change.type})`;
    return [...loss(change), ...collision(change), ...change.limits].map((refusal) => ({ subject, ...refusal }));
  });
}

type Reason = Pick<Refusal, 'reason' | 'wayOut'>;

function loss(change: ResourceChange): Reason[] {
  const state = stateOf(change.type);
  if (state === undefined) return [];
  switch (change.kind) {
    case 'replaced':
      return [{ reason: `is replaced by a new one without ${state}: ${because(change)}`, wayOut: keep(change) }];
    case 'mayBeReplaced':
      return [{ reason: `may be replaced by a new one without ${state}: ${because(change)}`, wayOut: keep(change) }];
    case 'removed':
      return [{ reason: `is deleted with ${state}`, wayOut: KEEP_RESOURCE }];
    case 'orphaned':
      return [{ reason: `is left behind with ${state}, managed by no stack`, wayOut: KEEP_RESOURCE }];
    default:
      return [];
  }
}

const KEEP_RESOURCE = 'keep what creates it, or deploy the removal by hand once its state is saved';

function because({ causes }: ResourceChange): string {
  return causes
    .filter(({ replaces }) => replaces !== 'no')
    .map((cause) => `${cause.path} cannot change in place (${transition(cause)})`)
    .join('; ');
}

function transition({ before, after }: ChangeCause): string {
  if (before !== undefined && before === after) return `${before} becomes another`;
  return `${before ?? 'none'} → ${after ?? 'none'}`;
}

function keep({ causes }: ResourceChange): string {
  const paths = causes.filter(({ replaces }) => replaces !== 'no').map(({ path }) => path);
  return `keep ${paths.join(' and ')} as it is, or add a new resource beside it`;
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
