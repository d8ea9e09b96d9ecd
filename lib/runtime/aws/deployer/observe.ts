/** What the deployer sees before it decides. */
import type { DescribeEndpointCommandOutput, SageMakerClient } from '@aws-sdk/client-sagemaker';
import { DescribeEndpointCommand, ListModelPackagesCommand, ListTagsCommand } from '@aws-sdk/client-sagemaker';
import type { Owner } from '../../../deployer/model';
import type { DeploymentRecord } from '../../../deployer/record';
import type { ApprovedVersion, SeenEndpoint, World } from '../../../deployer/world';
import { MOST_VERSIONS } from '../../../deployer/world';
import type { AwsPolicy } from '../../contract';
import type { Cloud } from './cloud';
import { now } from './cloud';
import { ifAny } from '../service-errors';
import { OWNER_TAGS } from './names';

/** Statuses in which SageMaker is at work. */
const MOVING = ['Creating', 'Updating', 'SystemUpdating', 'RollingBack', 'Deleting'];

/** What the others mean. A failed endpoint takes no other call than its deletion. */
const AT_REST: Readonly<Record<string, SeenEndpoint['state']>> = { InService: 'serving', Failed: 'lost' };

export function isMoving(status: string | undefined): boolean {
  return MOVING.includes(status ?? '');
}

/** The endpoint as SageMaker describes it, or nothing. */
export function describeEndpoint(
  sagemaker: SageMakerClient,
  endpoint: string,
): Promise<DescribeEndpointCommandOutput | undefined> {
  return ifAny(sagemaker.send(new DescribeEndpointCommand({ EndpointName: endpoint })));
}

/** Looks at endpoint and registry. */
export async function observe(cloud: Cloud, record: DeploymentRecord): Promise<World> {
  const policies = record.requests.filter((request) => request.kind === 'policy');
  const policy = (record.policy ?? policies[0]?.policy) as AwsPolicy | undefined;
  const [endpoint, approved] = await Promise.all([
    seenEndpoint(cloud, record, record.owner ?? policies[0]?.owner),
    policy ? approvedVersions(cloud, policy.modelPackageGroup) : [],
  ]);
  return { now: now(), ...(endpoint && { endpoint }), approved };
}

async function seenEndpoint(
  { sagemaker }: Cloud,
  record: DeploymentRecord,
  owner: Owner | undefined,
): Promise<SeenEndpoint | undefined> {
  const found = await describeEndpoint(sagemaker, record.endpoint);
  if (!found) return undefined;
  const { EndpointStatus, EndpointConfigName, EndpointArn } = found;
  const state = isMoving(EndpointStatus) ? 'moving' : (AT_REST[EndpointStatus!] ?? 'broken');
  const foreign = record.champion ? undefined : await foreignOwner(sagemaker, EndpointArn!, owner);
  return { state, configName: EndpointConfigName, ...(foreign !== undefined && { foreign }) };
}

/** Whose endpoint it is, unless it is the owner's. Its tags outlive the record. */
async function foreignOwner(
  sagemaker: SageMakerClient,
  arn: string,
  owner: Owner | undefined,
): Promise<string | undefined> {
  const { Tags = [] } = await sagemaker.send(new ListTagsCommand({ ResourceArn: arn, MaxResults: 100 }));
  const tag = (key: string) => Tags.find(({ Key }) => Key === key)?.Value;
  const [stack, resource] = [tag(OWNER_TAGS.stack), tag(OWNER_TAGS.resource)];
  if (owner && stack === owner.stack && resource === owner.resource) return undefined;
  return stack === undefined ? 'nobody that this library knows' : `${resource} in ${stack}`;
}

/** The latest approved versions of a group. A group that does not exist has none. */
export async function approvedVersions({ sagemaker }: Cloud, group: string): Promise<ApprovedVersion[]> {
  const command = new ListModelPackagesCommand({
    ModelPackageGroupName: group,
    ModelApprovalStatus: 'Approved',
    SortBy: 'CreationTime',
    SortOrder: 'Descending',
    MaxResults: MOST_VERSIONS,
  });
  const { ModelPackageSummaryList = [] } = (await ifAny(sagemaker.send(command))) ?? {};
  return ModelPackageSummaryList.filter(({ ModelPackageVersion }) => ModelPackageVersion !== undefined)
    .map(({ ModelPackageArn, ModelPackageVersion }) => ({ version: ModelPackageArn!, number: ModelPackageVersion! }))
    .sort((a, b) => b.number - a.number);
}
