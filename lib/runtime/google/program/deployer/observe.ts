/** What the deployer sees before it decides. */
import type { DeploymentRecord } from '../../../../deployer/record';
import { championModel } from '../../../../deployer/record';
import type { ApprovedVersion, SeenEndpoint, World } from '../../../../deployer/world';
import type { DeployerSettings, GooglePolicy } from '../../../google-contract';
import type { Requesting } from '../protocol';
import { together } from '../turn';
import type { Endpoint } from '../vertex';
import { getEndpoint, getModel, isAtWork } from '../vertex';
import { isOurs } from './names';
import type { Work } from './work';

/** Endpoint and registry, and the endpoint in Vertex AI's own words. */
export interface Observed {
  readonly world: World;
  readonly endpoint?: Endpoint;
}

/** Looks at endpoint and registry. */
export function* observe({ settings, now }: Work, record: DeploymentRecord): Requesting<Observed> {
  const [endpoint, atWork, approved] = yield* together(
    endpointOf(settings),
    settings.endpointId === undefined ? none() : isAtWork(settings, settings.endpointId),
    approvedVersions(settings, record),
  );
  const seen = seenEndpoint(record, endpoint, atWork);
  return { world: { now, ...(seen && { endpoint: seen }), approved }, ...(endpoint && { endpoint }) };
}

/** The endpoint; nothing in batch mode, or where the stack has none yet. */
export function* endpointOf(settings: DeployerSettings): Requesting<Endpoint | undefined> {
  return settings.endpointId === undefined ? undefined : yield* getEndpoint(settings, settings.endpointId);
}

// A generator, as what is done beside it.

function* none(): Requesting<boolean> {
  return false;
}

/** The endpoint is Terraform's and stands before any model: what the deployer takes for one is an endpoint on which something is. */
function seenEndpoint(
  record: DeploymentRecord,
  endpoint: Endpoint | undefined,
  atWork: boolean,
): SeenEndpoint | undefined {
  const { deployedModels = [] } = endpoint ?? {};
  if (deployedModels.length === 0) return atWork ? { state: 'moving' } : undefined;
  const strange = deployedModels.some(({ displayName }) => !isOurs(record.endpoint, displayName));
  return {
    state: atWork ? 'moving' : 'serving',
    configName: servedConfig(record, endpoint!),
    ...(strange && !record.champion && { foreign: 'nobody that this library knows' }),
  };
}

/** The record's configuration, where its models alone get the requests; else who does. */
function servedConfig(record: DeploymentRecord, { deployedModels = [], trafficSplit = {} }: Endpoint): string {
  const { test, champion } = record;
  const ids = test ? [test.champion.modelName, test.challenger.modelName] : [championModel(record)?.modelName];
  const served = Object.entries(trafficSplit).filter(([, percent]) => percent > 0);
  const stand = ids.every((id) => deployedModels.some((one) => one.id === id));
  if (stand && served.length > 0 && served.every(([id]) => ids.includes(id))) {
    return (test?.deployment ?? champion)!.configName;
  }
  const nameOf = (id: string) => deployedModels.find((one) => one.id === id)?.displayName ?? id;
  return served.map(([id, percent]) => `${nameOf(id)} (${percent} %)`).join(' and ') || 'no requests';
}

/**
 * Approved versions: the one that has the alias, which only one can have. While a later one has it the challenger of a running test
 * stays approved: it was when its test began.
 */
function* approvedVersions(settings: DeployerSettings, record: DeploymentRecord): Requesting<ApprovedVersion[]> {
  const policy = policyOf(record);
  if (!policy) return [];
  const found = yield* getModel(settings, `${policy.model}@approved`);
  if (found?.versionId === undefined) return [];
  const approved = { version: `${policy.model}@${found.versionId}`, number: Number(found.versionId) };
  const { version, number = 0 } = record.test?.challenger.model ?? {};
  return version !== undefined && number < approved.number ? [approved, { version, number }] : [approved];
}

/** The policy in force, or the first that waits to be. */
export function policyOf({ policy, requests }: DeploymentRecord): GooglePolicy | undefined {
  const [waiting] = requests.filter((request) => request.kind === 'policy');
  return (policy ?? waiting?.policy) as GooglePolicy | undefined;
}
