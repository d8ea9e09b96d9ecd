/** What the change of a property does to its resource: nothing more than an update, perhaps a replacement, a replacement. */
export type ReplacementEffect = 'no' | 'maybe' | 'yes';

/** The strongest of several effects. */
export function strongest(effects: readonly ReplacementEffect[]): ReplacementEffect {
  return effects.includes('yes') ? 'yes' : effects.includes('maybe') ? 'maybe' : 'no';
}

/** The weaker of two effects. */
export function weakest(a: ReplacementEffect, b: ReplacementEffect): ReplacementEffect {
  return a === 'no' || b === 'no' ? 'no' : a === 'maybe' || b === 'maybe' ? 'maybe' : 'yes';
}

/**
 * What a deployment does to a resource. `updated`: in place; `replaced`: a new one is made, the old one deleted;
 * `mayBeReplaced`: either, which only the service knows; `removed`: deleted; `orphaned`: left behind, unmanaged.
 */
export type ChangeKind = 'added' | 'updated' | 'replaced' | 'mayBeReplaced' | 'removed' | 'orphaned';

/** A property, or an attribute such as AWS's DeletionPolicy, that makes a change. */
export interface ChangeCause {
  /** Property path, for example `OnlineStoreConfig.SecurityConfig.KmsKeyId`. */
  readonly path: string;
  /** Value before, shortened; absent where there was none. */
  readonly before?: string;
  /** Value after, shortened; absent where there is none. Equal to `before` when only what it refers to changes. */
  readonly after?: string;
  /** Whether this property's change replaces the resource. */
  readonly replaces: ReplacementEffect;
}

/** An update that the deployment would start and the service would then reject, or of which that cannot be ruled out. */
export interface ServiceLimit {
  readonly reason: string;
  readonly wayOut: string;
}

/** What a deployment does to one resource. */
export interface ResourceChange {
  /** The stack: its key among the compared ones. */
  readonly stack: string;
  /** Its id in the stack: CloudFormation's logical id, Terraform's address. */
  readonly logicalId: string;
  /** CloudFormation or Terraform type. */
  readonly type: string;
  /** Path in the construct tree, where the stack carries it. */
  readonly constructPath?: string;
  readonly kind: ChangeKind;
  /** Whether the resource holds what a deployment cannot make again. */
  readonly stateful: boolean;
  /** The properties behind an update or replacement, those that replace first. */
  readonly causes: readonly ChangeCause[];
  /** Updates that the service rejects. */
  readonly limits: readonly ServiceLimit[];
  /**
   * Another resource (`stack/logical id`) that still has, or may have, this one's physical name when it is created, so that the
   * deployment fails.
   */
  readonly collidesWith?: string;
}

/** A change that must not be deployed: it loses state, or it cannot succeed. */
export interface Refusal {
  /** What it is about: a construct path, `stack/logical id`, or a config path. */
  readonly subject: string;
  readonly reason: string;
  readonly wayOut: string;
}

/** The values of a cause, in words. */
export function transition({ before, after }: ChangeCause): string {
  if (before !== undefined && before === after) return `${before} becomes another`;
  return `${before ?? 'none'} → ${after ?? 'none'}`;
}

/** Why a resource is replaced, or may be. */
export function replacementReason({ causes }: ResourceChange): string {
  return causes
    .filter(({ replaces }) => replaces !== 'no')
    .map((cause) => `${cause.path} cannot change in place (${transition(cause)})`)
    .join('; ');
}

/** How a replacement is avoided. */
export function replacementWayOut({ causes }: ResourceChange): string {
  const paths = causes.filter(({ replaces }) => replaces !== 'no').map(({ path }) => path);
  return `keep ${paths.join(' and ')} as it is, or add a new resource beside it`;
}

const EXCERPT_LENGTH = 60;

/** A text in few characters; of a long one, the part that differs from `against`. */
export function excerpt(text: string, against = ''): string {
  if (text.length <= EXCERPT_LENGTH) return text;
  let common = 0;
  while (common < text.length && text[common] === against[common]) common++;
  const start = Math.max(0, Math.min(common - 15, text.length - EXCERPT_LENGTH));
  const end = start + EXCERPT_LENGTH;
  return `${start > 0 ? '…' : ''}${text.slice(start, end)}${end < text.length ? '…' : ''}`;
}
