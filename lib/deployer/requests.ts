import type { DeploymentPolicy } from './policy';
import type { ModelRef, Owner } from './model';

/** Something that is asked of the deployer. It waits in the record until it is settled, whoever is at work. */
export type Request = PolicyRequest | DeleteRequest | PersonRequest;

interface Asked {
  /** The same request may come twice; it is known by this. */
  readonly id: string;
  readonly at: string;
  /** Who asked, for people. */
  readonly by: string;
}

/** From the infrastructure: serve under this policy. */
export interface PolicyRequest extends Asked {
  readonly kind: 'policy';
  readonly policy: DeploymentPolicy;
  readonly owner: Owner;
  /** True where the owner says that the endpoint is new: it must not belong to another. */
  readonly create: boolean;
}

/** From the infrastructure: delete the endpoint. */
export interface DeleteRequest extends Asked {
  readonly kind: 'delete';
  readonly owner: Owner;
}

/** From a person. */
export interface PersonRequest extends Asked {
  readonly kind: 'rollback' | 'deploy' | 'promote' | 'undeploy';
  /** What to deploy. */
  readonly model?: ModelRef;
}

/** What came of a request. */
export interface SettledRequest {
  readonly id: string;
  readonly kind: Request['kind'];
  readonly at: string;
  readonly done: boolean;
  /** In words, also of a success. */
  readonly outcome: string;
}

/**
 * Which goes first: delete, then rollback and whatever else a person asks for, then a change of policy. Approvals and
 * retraining come after all requests: they are found in the registry, and wait there.
 */
const RANK: Readonly<Record<Request['kind'], number>> = {
  delete: 0,
  rollback: 1,
  undeploy: 1,
  promote: 1,
  deploy: 1,
  policy: 2,
};

/** The requests in the order in which they are settled. */
export function inOrder(requests: readonly Request[]): Request[] {
  return [...requests].sort((a, b) => RANK[a.kind] - RANK[b.kind] || (a.at < b.at ? -1 : a.at > b.at ? 1 : 0));
}
