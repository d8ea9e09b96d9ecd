/** Asks SageMaker for the change of a step. From then on it is waited for. */
import type { DeploymentConfig, DescribeEndpointCommandOutput } from '@aws-sdk/client-sagemaker';
import {
  AddTagsCommand,
  CreateEndpointCommand,
  DeleteEndpointCommand,
  DescribeEndpointConfigCommand,
  UpdateEndpointCommand,
  UpdateEndpointWeightsAndCapacitiesCommand,
} from '@aws-sdk/client-sagemaker';
import type { Slot } from '../../../deployer/model';
import type { DeploymentRecord, InFlight } from '../../../deployer/record';
import { championModel } from '../../../deployer/record';
import type { AwsPolicy, DeployerEvent } from '../../contract';
import { alarmNames, hasGuardrails } from './alarms';
import { tagsOf } from './candidate';
import type { Cloud } from './cloud';
import { DeploymentFailure } from './errors';
import { ifAny, unlessThere } from '../service-errors';
import { demandLease, stepInFlight } from './lease';
import { describeEndpoint, isMoving } from './observe';
import { deregister, scaleChampion, scaledSlots, scales, setCount, suspend } from './scaling';

/** SageMaker's longest guarded rollout, in seconds. */
const LONGEST_ROLLOUT = 28_800;

/** Asks once; a repeated call finds that it has been asked. While SageMaker is at work on something else nothing is asked. */
export async function ask(cloud: Cloud, { endpoint, execution }: DeployerEvent): Promise<void> {
  const { record, step } = await stepInFlight(cloud, endpoint, execution);
  const asks = step.policy.mode !== 'batch' || step.kind === 'remove';
  if (asks && !(await ASK[step.kind](cloud, record, step))) return;
  await cloud.store.change(endpoint, (now) => {
    demandLease(now, execution);
    return { record: now.inFlight ? { ...now, inFlight: { ...now.inFlight, asked: true } } : now, result: undefined };
  });
}

/** Answers whether it has been asked. */
type Asking = (cloud: Cloud, record: DeploymentRecord, step: InFlight) => Promise<boolean>;

const ASK: Readonly<Record<InFlight['kind'], Asking>> = {
  update,
  traffic: moveTraffic,
  adjust,
  remove,
};

async function update(cloud: Cloud, record: DeploymentRecord, step: InFlight): Promise<boolean> {
  const { endpoint } = record;
  const { configName } = step.deployment!;
  const seen = await describeEndpoint(cloud.sagemaker, endpoint);
  if (!seen) {
    const Tags = tagsOf(step.policy as AwsPolicy, record.owner);
    const command = new CreateEndpointCommand({ EndpointName: endpoint, EndpointConfigName: configName, Tags });
    await unlessThere(cloud.sagemaker.send(command));
    return true;
  }
  const { EndpointConfigName, PendingDeploymentSummary, EndpointStatus } = seen;
  if ([EndpointConfigName, PendingDeploymentSummary?.EndpointConfigName].includes(configName)) return true; // by an earlier try
  if (isMoving(EndpointStatus)) return false;
  await prepareScaling(cloud, endpoint, step, seen);
  await cloud.sagemaker.send(
    new UpdateEndpointCommand({
      EndpointName: endpoint,
      EndpointConfigName: configName,
      DeploymentConfig: deploymentConfig(step, seen),
    }),
  );
  return true;
}

/** A test leaves both sides as they are; a registered target blocks another instance type and the removal of its variant. */
async function prepareScaling(
  cloud: Cloud,
  endpoint: string,
  step: InFlight,
  { EndpointConfigName }: DescribeEndpointCommandOutput,
): Promise<void> {
  if (step.purpose === 'test') return suspend(cloud, endpoint);
  const command = new DescribeEndpointConfigCommand({ EndpointConfigName });
  const { ProductionVariants = [] } = (await ifAny(cloud.sagemaker.send(command))) ?? {};
  const policy = step.policy as AwsPolicy;
  const changes = ProductionVariants.some(({ InstanceType }) => InstanceType !== policy.serving.instanceType);
  const stays = (slot: Slot) =>
    scales(policy) && !changes && step.deployment!.variants.some((one) => one.slot === slot);
  const blocking = (await scaledSlots(cloud, endpoint)).filter((slot) => !stays(slot));
  await deregister(cloud, endpoint, blocking);
}

/** Blue/green within one slot, watched by the candidate's alarms. Other changes have no parts to move one after another. */
function deploymentConfig(
  step: InFlight,
  { ProductionVariants = [] }: DescribeEndpointCommandOutput,
): DeploymentConfig | undefined {
  const { slot, strategy, policy, deployment } = step;
  const sameSlot = ProductionVariants.length === 1 && ProductionVariants[0].VariantName === slot;
  if (!hasGuardrails(step) || !sameSlot) return undefined;
  const part = { Type: 'CAPACITY_PERCENT' as const, Value: policy.rollout.percent };
  return {
    BlueGreenUpdatePolicy: {
      TrafficRoutingConfiguration: {
        Type: strategy === 'canary' ? 'CANARY' : strategy === 'linear' ? 'LINEAR' : 'ALL_AT_ONCE',
        WaitIntervalInSeconds: policy.rollout.bakeMinutes * 60,
        ...(strategy === 'canary' && { CanarySize: part }),
        ...(strategy === 'linear' && { LinearStepSize: part }),
      },
      TerminationWaitInSeconds: 60,
      MaximumExecutionTimeoutInSeconds: LONGEST_ROLLOUT,
    },
    AutoRollbackConfiguration: { Alarms: alarmNames(deployment!).map((AlarmName) => ({ AlarmName })) },
  };
}

async function moveTraffic({ sagemaker }: Cloud, { endpoint }: DeploymentRecord, { weights = {} }: InFlight) {
  if (isMoving((await describeEndpoint(sagemaker, endpoint))?.EndpointStatus)) return false;
  const DesiredWeightsAndCapacities = Object.entries(weights).map(([VariantName, DesiredWeight]) => ({
    VariantName,
    DesiredWeight,
  }));
  await sagemaker.send(
    new UpdateEndpointWeightsAndCapacitiesCommand({ EndpointName: endpoint, DesiredWeightsAndCapacities }),
  );
  return true;
}

/** Limits of scaling and tags, without a rollout. */
async function adjust(cloud: Cloud, record: DeploymentRecord, step: InFlight): Promise<boolean> {
  const { endpoint } = record;
  const policy = step.policy as AwsPolicy;
  const slot = championModel(record)!.slot;
  const seen = await describeEndpoint(cloud.sagemaker, endpoint);
  if (!seen) throw new DeploymentFailure(`endpoint ${endpoint} is gone`);
  if (isMoving(seen.EndpointStatus)) return false;
  await cloud.sagemaker.send(new AddTagsCommand({ ResourceArn: seen.EndpointArn, Tags: tagsOf(policy, record.owner) }));
  if (policy.mode === 'serverless') return true;
  await scaleChampion(cloud, endpoint, record.champion!, policy);
  const count = policy.scaling && !scales(policy) ? policy.scaling.minInstances : undefined;
  if (count !== undefined && countIn(seen, slot) !== count) await setCount(cloud, endpoint, slot, count);
  return true;
}

function countIn({ ProductionVariants = [] }: DescribeEndpointCommandOutput, slot: Slot): number | undefined {
  return ProductionVariants.find(({ VariantName }) => VariantName === slot)?.DesiredInstanceCount;
}

async function remove(cloud: Cloud, { endpoint }: DeploymentRecord): Promise<boolean> {
  await deregister(cloud, endpoint, await scaledSlots(cloud, endpoint));
  const seen = await describeEndpoint(cloud.sagemaker, endpoint);
  if (!seen || seen.EndpointStatus === 'Deleting') return true;
  if (isMoving(seen.EndpointStatus)) return false;
  await ifAny(cloud.sagemaker.send(new DeleteEndpointCommand({ EndpointName: endpoint })));
  return true;
}
