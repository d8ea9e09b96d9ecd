/** The infrastructure's policy: an object that is read, not sent. */
import { filed } from '../../../../deployer/decide-requests';
import type { DeploymentRecord } from '../../../../deployer/record';
import type { DeployerSettings, GooglePolicy } from '../../../google-contract';
import type { Requesting } from '../protocol';
import type { Place } from '../storage';
import { contentOf, generationOf } from '../storage';
import type { Work } from './work';

const placeOf = ({ bucket, folder }: DeployerSettings): Place => ({ bucket, name: `${folder}policy.json` });

/** Generation of the policy; nothing where there is none. */
export const policyGeneration = ({ settings }: Work): Requesting<string | undefined> =>
  generationOf(settings, placeOf(settings));

/** Files the policy as a request, once for each of its generations. One that has been replaced meanwhile is seen at the next look. */
export function* withPolicy(
  { settings, now }: Work,
  record: DeploymentRecord,
  generation: string,
): Requesting<DeploymentRecord> {
  if (generation === record.policySeen) return record;
  const text = yield* contentOf(settings, placeOf(settings), generation);
  if (text === undefined) return record;
  const policy = JSON.parse(text) as GooglePolicy;
  const request = {
    kind: 'policy' as const,
    id: `policy-${generation}`,
    at: now,
    by: 'infrastructure',
    policy,
    owner: policy.owner,
    create: false,
  };
  return { ...filed(record, request, now), policySeen: generation };
}

/** Files that the endpoint's models shall go, since its policy has gone: the stack is being deleted. */
export function withoutPolicy({ now }: Work, record: DeploymentRecord): DeploymentRecord {
  const { owner, policySeen = 'unseen' } = record;
  if (!owner) return record;
  const request = { kind: 'delete' as const, id: `delete-${policySeen}`, at: now, by: 'infrastructure', owner };
  return filed(record, request, now);
}

/** Whether the policy was there, and is not now. Terraform replaces an object by deleting it first, so one look is not enough. */
export function isGone({ owner, requests }: DeploymentRecord, generation: string | undefined): boolean {
  return generation === undefined && owner !== undefined && !requests.some(({ kind }) => kind === 'delete');
}
