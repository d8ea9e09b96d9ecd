/** Compares what serves with what was wanted: an update that rolled back leaves an endpoint that looks well. */
import type { DescribeEndpointCommandOutput } from '@aws-sdk/client-sagemaker';
import { DescribeAlarmsCommand } from '@aws-sdk/client-cloudwatch';
import type { InFlight } from '../../../deployer/record';
import type { DeployerEvent, StepOutcome } from '../../contract';
import { alarmNames, hasGuardrails } from './alarms';
import type { Cloud } from './cloud';
import { now } from './cloud';
import { stepInFlight } from './lease';
import { describeEndpoint, isMoving } from './observe';

const WAIT: StepOutcome = { result: 'wait' };
const DONE: StepOutcome = { result: 'done' };

/** Reasons of SageMaker that are no fault of the model. */
const NOBODYS_FAULT =
  /insufficient|capacity|limit|quota|throttl|internal (service )?error|access ?denied|not authorized/i;

/** Whether the step in flight has ended, and how. */
export async function verify(cloud: Cloud, { endpoint, execution }: DeployerEvent): Promise<StepOutcome> {
  const { step } = await stepInFlight(cloud, endpoint, execution);
  if (step.policy.mode === 'batch' && step.kind !== 'remove') return DONE;
  const seen = await describeEndpoint(cloud.sagemaker, endpoint);
  const outcome = await judgeStep(cloud, step, seen);
  return (outcome.result === 'wait' || outcome.result === 'ask') && step.deadline <= now()
    ? lateOutcome(step, seen)
    : outcome;
}

async function judgeStep(
  cloud: Cloud,
  step: InFlight,
  seen: DescribeEndpointCommandOutput | undefined,
): Promise<StepOutcome> {
  if (!seen) return step.kind === 'remove' ? DONE : { result: 'failed', reason: 'the endpoint is gone' };
  if (isMoving(seen.EndpointStatus)) return WAIT;
  if (!step.asked) return { result: 'ask' }; // SageMaker was at work on something else
  if (step.kind === 'remove') return WAIT;
  if (step.kind === 'update') return updated(cloud, step, seen);
  if (seen.EndpointStatus !== 'InService') return notInService(seen);
  return step.kind === 'traffic' && !hasWeights(step, seen)
    ? { result: 'failed', reason: 'the traffic has not moved' }
    : DONE;
}

async function updated(cloud: Cloud, step: InFlight, seen: DescribeEndpointCommandOutput): Promise<StepOutcome> {
  if (seen.EndpointStatus !== 'InService') return notInService(seen);
  if (seen.EndpointConfigName === step.deployment!.configName) return DONE;
  const alarms = await ringing(cloud, step);
  const why = [
    ...(alarms.length > 0 ? [`alarm ${alarms.join(' and ')}`] : []),
    ...(seen.FailureReason ? [seen.FailureReason] : []),
  ].join('; ');
  return {
    result: 'failed',
    reason: `SageMaker rolled the update back${why && `: ${why}`}; ${seen.EndpointConfigName} serves on`,
    candidateFailed: alarms.length > 0 || !NOBODYS_FAULT.test(seen.FailureReason ?? ''),
  };
}

function notInService({
  EndpointStatus,
  FailureReason = 'no reason given',
}: DescribeEndpointCommandOutput): StepOutcome {
  const candidateFailed = !NOBODYS_FAULT.test(FailureReason);
  return { result: 'failed', reason: `the endpoint is ${EndpointStatus}: ${FailureReason}`, candidateFailed };
}

function hasWeights({ weights = {} }: InFlight, { ProductionVariants = [] }: DescribeEndpointCommandOutput): boolean {
  return Object.entries(weights).every(([slot, weight]) =>
    ProductionVariants.some(
      ({ VariantName, DesiredWeight = NaN }) => VariantName === slot && Math.abs(DesiredWeight - weight) < 1e-3,
    ),
  );
}

/** The candidate's alarms that ring: why it was rolled back. */
async function ringing({ cloudwatch }: Cloud, step: InFlight): Promise<string[]> {
  if (!hasGuardrails(step)) return [];
  const { MetricAlarms = [] } = await cloudwatch.send(
    new DescribeAlarmsCommand({ AlarmNames: alarmNames(step.deployment!) }),
  );
  return MetricAlarms.filter(({ StateValue }) => StateValue === 'ALARM').map(
    ({ AlarmName = '', StateReason = '' }) => `${AlarmName}${StateReason && ` (${StateReason})`}`,
  );
}

function lateOutcome(step: InFlight, seen: DescribeEndpointCommandOutput | undefined): StepOutcome {
  const minutes = Math.round((Date.parse(step.deadline) - Date.parse(step.startedAt)) / 60_000);
  const status = seen?.EndpointStatus ?? 'gone';
  return { result: 'failed', reason: `the endpoint is still ${status} after ${minutes} minutes` };
}
