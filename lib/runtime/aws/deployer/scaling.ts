/** Scaling of the champion's slot. */
import {
  DeleteScalingPolicyCommand,
  DeregisterScalableTargetCommand,
  DescribeScalableTargetsCommand,
  PutScalingPolicyCommand,
  RegisterScalableTargetCommand,
} from '@aws-sdk/client-application-auto-scaling';
import type { PutScalingPolicyCommandInput } from '@aws-sdk/client-application-auto-scaling';
import { PutMetricAlarmCommand } from '@aws-sdk/client-cloudwatch';
import { UpdateEndpointWeightsAndCapacitiesCommand } from '@aws-sdk/client-sagemaker';
import type { Slot } from '../../../deployer/model';
import type { AwsPolicy } from '../../contract';
import type { Cloud } from './cloud';
import { ifAny } from '../service-errors';

const TARGET = { ServiceNamespace: 'sagemaker', ScalableDimension: 'sagemaker:variant:DesiredInstanceCount' } as const;
const SLOTS: readonly Slot[] = ['a', 'b'];

/** Where a champion stands. */
interface Served {
  readonly slot: Slot;
  readonly configName: string;
}

const resourceId = (endpoint: string, slot: Slot) => `endpoint/${endpoint}/variant/${slot}`;

/** Whether the policy's number of instances varies. */
export function scales({ scaling, mode }: AwsPolicy): boolean {
  const onInstances = mode === 'realtime' || mode === 'asynchronous';
  return onInstances && scaling !== undefined && scaling.minInstances < scaling.maxInstances;
}

/** The slots that have a scalable target. */
export async function scaledSlots({ scaling }: Cloud, endpoint: string): Promise<Slot[]> {
  const ResourceIds = SLOTS.map((slot) => resourceId(endpoint, slot));
  const command = new DescribeScalableTargetsCommand({ ...TARGET, ResourceIds });
  const { ScalableTargets = [] } = await scaling.send(command);
  return SLOTS.filter((slot) => ScalableTargets.some(({ ResourceId }) => ResourceId === resourceId(endpoint, slot)));
}

/** Takes the scalable targets away, with their policies. */
export async function deregister(cloud: Cloud, endpoint: string, slots: readonly Slot[]): Promise<void> {
  for (const slot of slots) {
    const command = new DeregisterScalableTargetCommand({ ...TARGET, ResourceId: resourceId(endpoint, slot) });
    await ifAny(cloud.scaling.send(command));
  }
}

/** Lets scaling rest where there is a target: a test needs both sides as they are. */
export async function suspend(cloud: Cloud, endpoint: string): Promise<void> {
  const SuspendedState = {
    DynamicScalingInSuspended: true,
    DynamicScalingOutSuspended: true,
    ScheduledScalingSuspended: true,
  };
  for (const slot of await scaledSlots(cloud, endpoint)) {
    await cloud.scaling.send(
      new RegisterScalableTargetCommand({ ...TARGET, ResourceId: resourceId(endpoint, slot), SuspendedState }),
    );
  }
}

/** Scales the champion's slot by the policy, and no other. A fixed number is set as it is. */
export async function scaleChampion(cloud: Cloud, endpoint: string, served: Served, policy: AwsPolicy): Promise<void> {
  const present = await scaledSlots(cloud, endpoint);
  await deregister(
    cloud,
    endpoint,
    present.filter((other) => other !== served.slot || !scales(policy)),
  );
  if (scales(policy)) await register(cloud, endpoint, served, policy);
}

/** Sets a fixed number of instances, for policies that do not scale. */
export async function setCount({ sagemaker }: Cloud, endpoint: string, slot: Slot, count: number): Promise<void> {
  await sagemaker.send(
    new UpdateEndpointWeightsAndCapacitiesCommand({
      EndpointName: endpoint,
      DesiredWeightsAndCapacities: [{ VariantName: slot, DesiredInstanceCount: count }],
    }),
  );
}

async function register(cloud: Cloud, endpoint: string, served: Served, policy: AwsPolicy): Promise<void> {
  const { slot } = served;
  const { scaling } = cloud;
  const { minInstances, maxInstances } = policy.scaling!;
  const ResourceId = resourceId(endpoint, slot);
  await scaling.send(
    new RegisterScalableTargetCommand({
      ...TARGET,
      ResourceId,
      MinCapacity: minInstances,
      MaxCapacity: maxInstances,
      SuspendedState: {
        DynamicScalingInSuspended: false,
        DynamicScalingOutSuspended: false,
        ScheduledScalingSuspended: false,
      },
    }),
  );
  await scaling.send(new PutScalingPolicyCommand({ ...TARGET, ResourceId, ...targetTracking(endpoint, policy) }));
  if (minInstances === 0) return wakeUp(cloud, endpoint, served);
  await ifAny(scaling.send(new DeleteScalingPolicyCommand({ ...TARGET, ResourceId, PolicyName: WAKE_UP })));
}

/** Policy of the first instance. */
const WAKE_UP = 'wake-up';

/** Name of the alarm that starts the first instance of an asynchronous endpoint, by the configuration that it was made for. */
export function wakeUpAlarm(configName: string): string {
  return `${configName}-${WAKE_UP}`;
}

/**
 * The first instance: a target per instance says nothing while there is none.
 * @see https://docs.aws.amazon.com/sagemaker/latest/dg/async-inference-autoscale.html
 */
async function wakeUp({ scaling, cloudwatch }: Cloud, endpoint: string, { slot, configName }: Served): Promise<void> {
  const { PolicyARN } = await scaling.send(
    new PutScalingPolicyCommand({
      ...TARGET,
      ResourceId: resourceId(endpoint, slot),
      PolicyName: WAKE_UP,
      PolicyType: 'StepScaling',
      StepScalingPolicyConfiguration: {
        AdjustmentType: 'ChangeInCapacity',
        MetricAggregationType: 'Average',
        Cooldown: 300,
        StepAdjustments: [{ MetricIntervalLowerBound: 0, ScalingAdjustment: 1 }],
      },
    }),
  );
  await cloudwatch.send(
    new PutMetricAlarmCommand({
      AlarmName: wakeUpAlarm(configName),
      AlarmDescription: `Starts the first instance of ${endpoint}`,
      Namespace: 'AWS/SageMaker',
      MetricName: 'HasBacklogWithoutCapacity',
      Dimensions: [{ Name: 'EndpointName', Value: endpoint }],
      Statistic: 'Average',
      Period: 60,
      EvaluationPeriods: 2,
      DatapointsToAlarm: 2,
      Threshold: 1,
      ComparisonOperator: 'GreaterThanOrEqualToThreshold',
      TreatMissingData: 'missing',
      AlarmActions: [PolicyARN!],
    }),
  );
}

type Tracking = Pick<
  PutScalingPolicyCommandInput,
  'PolicyName' | 'PolicyType' | 'TargetTrackingScalingPolicyConfiguration'
>;

/** Real-time endpoints follow their requests, asynchronous ones their backlog. */
function targetTracking(endpoint: string, { mode, scaling }: AwsPolicy): Tracking {
  const metric =
    mode === 'asynchronous'
      ? {
          CustomizedMetricSpecification: {
            MetricName: 'ApproximateBacklogSizePerInstance',
            Namespace: 'AWS/SageMaker',
            Dimensions: [{ Name: 'EndpointName', Value: endpoint }],
            Statistic: 'Average' as const,
          },
        }
      : { PredefinedMetricSpecification: { PredefinedMetricType: 'SageMakerVariantInvocationsPerInstance' as const } };
  return {
    PolicyName: 'invocations',
    PolicyType: 'TargetTrackingScaling',
    TargetTrackingScalingPolicyConfiguration: { TargetValue: scaling!.invocationsPerInstance, ...metric },
  };
}
