import type { ReplacementEffect } from './replacement';
import type { ServiceLimit } from './service-limits';

/**
 * What a deployment does to a resource. `updated`: in place; `replaced`: a new one is made, the old one deleted;
 * `mayBeReplaced`: either, which only the service knows; `removed`: deleted; `orphaned`: left behind, unmanaged.
 */
export type ChangeKind = 'added' | 'updated' | 'replaced' | 'mayBeReplaced' | 'removed' | 'orphaned';

/** A property, or an attribute such as DeletionPolicy, that makes a change. */
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

/** What a deployment does to one resource. */
export interface ResourceChange {
  /** The stack: its key in the compared templates. */
  readonly stack: string;
  readonly logicalId: string;
  /** CloudFormation type. */
  readonly type: string;
  /** Path in the construct tree, where the template carries it. */
  readonly constructPath?: string;
  readonly kind: ChangeKind;
  /** Whether the resource holds what a template cannot make again. */
  readonly stateful: boolean;
  /** The properties behind an update or replacement, those that replace first. */
  readonly causes: readonly ChangeCause[];
  /** Updates that the service rejects. */
  readonly limits: readonly ServiceLimit[];
  /**
   * Another resource (`stack/logical id`) that still has this one's physical name when it is created: CloudFormation creates
   * before it deletes, so the deployment fails.
   */
  readonly collidesWith?: string;
}
