/** What the deployer sees of the cloud before it decides. */
import type { DeploymentRecord } from './record';

/** A version of the registry that a person or the gate has approved. */
export interface ApprovedVersion {
  readonly version: string;
  readonly number: number;
}

/** The endpoint as it is. */
export interface SeenEndpoint {
  /**
   * `serving`: it answers and can be changed; `moving`: the cloud is at work on it, nothing can be asked for;
   * `broken`: it is at rest and does not serve as it should; `lost`: it can only be deleted.
   */
  readonly state: 'serving' | 'moving' | 'broken' | 'lost';
  /** The configuration that it serves with. */
  readonly configName?: string;
  /** Whose it is, when its labels name someone else than this record's owner; `nobody` without labels. */
  readonly foreign?: string;
}

/** The world at one moment. */
export interface World {
  /** ISO 8601. */
  readonly now: string;
  /** @default - there is no endpoint of this name */
  readonly endpoint?: SeenEndpoint;
  /** Approved versions, the newest first, at most `MOST_VERSIONS`. */
  readonly approved: readonly ApprovedVersion[];
}

/** As many versions as the registry is asked for. */
export const MOST_VERSIONS = 50;

/** Why nothing can be deployed: an endpoint stands that this record never knew, and that is someone else's. */
export function foreignRefusal(
  { endpoint, champion }: Pick<DeploymentRecord, 'endpoint' | 'champion'>,
  seen: SeenEndpoint | undefined,
): string | undefined {
  if (seen?.foreign === undefined || champion) return undefined;
  return `endpoint ${endpoint} exists and belongs to ${seen.foreign}; choose another name, or delete it first`;
}

/** A later moment. */
export function after(now: string, minutes: number): string {
  return new Date(Date.parse(now) + minutes * 60_000).toISOString();
}
