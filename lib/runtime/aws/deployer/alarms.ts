/** Alarms of one candidate: they look at its own configuration, so a failing champion cannot block its repair. */
import type { MetricDataQuery } from '@aws-sdk/client-cloudwatch';
import { PutMetricAlarmCommand } from '@aws-sdk/client-cloudwatch';
import type { DeploymentPolicy } from '../../../deployer/policy';
import type { Deployment, InFlight } from '../../../deployer/record';
import type { Cloud } from './cloud';

/** In a minute with fewer requests shares say nothing, and single failures are no reason to roll back. */
const FEWEST_REQUESTS = { errors: 10, latency: 20 } as const;
const FEWEST_FAILURES = 3;

/** Whether SageMaker itself watches the rollout: one model after another, on instances. */
export function hasGuardrails({ kind, strategy, purpose, policy, deployment }: InFlight): boolean {
  const moves = kind === 'update' && strategy !== 'create' && deployment?.variants.length === 1;
  const watched = purpose === 'deploy' || purpose === 'policy';
  return moves && watched && (policy.mode === 'realtime' || policy.mode === 'asynchronous');
}

/** Names of a candidate's alarms. */
export function alarmNames({ configName }: Deployment): string[] {
  return [`${configName}-errors`, `${configName}-latency`];
}

/** Creates the alarms of a candidate: two bad minutes of three ring. Nothing being asked is no reason to roll back. */
export async function createAlarms(
  { cloudwatch }: Cloud,
  endpoint: string,
  deployment: Deployment,
  { alarms }: DeploymentPolicy,
  Tags: { Key: string; Value: string }[],
): Promise<void> {
  const [errors, latency] = alarmNames(deployment);
  const metric = (id: string, name: string, stat: string) => statistic(id, endpoint, deployment, name, stat);
  // Not `Invocations`, which asynchronous endpoints do not have: both counts of failures have a sample for every request.
  const requests = metric('n', 'Invocation5XXErrors', 'SampleCount');
  const failed = [metric('e4', 'Invocation4XXErrors', 'Sum'), metric('e5', 'Invocation5XXErrors', 'Sum')];
  const enough = `n >= ${FEWEST_REQUESTS.errors} AND e4 + e5 >= ${FEWEST_FAILURES}`;
  const rules: [string, number, MetricDataQuery[]][] = [
    [errors, alarms.errorRatePercent, [result(`IF(${enough}, 100 * (e4 + e5) / n, 0)`), requests, ...failed]],
    [
      latency,
      alarms.p95LatencyMs * 1000, // microseconds
      [result(`IF(n >= ${FEWEST_REQUESTS.latency}, p95, 0)`), requests, metric('p95', 'ModelLatency', 'p95')],
    ],
  ];
  for (const [AlarmName, Threshold, Metrics] of rules) {
    await cloudwatch.send(
      new PutMetricAlarmCommand({
        AlarmName,
        AlarmDescription: `Rolls deployment ${deployment.id} of ${endpoint} back`,
        Metrics,
        Threshold,
        ComparisonOperator: 'GreaterThanThreshold',
        EvaluationPeriods: 3,
        DatapointsToAlarm: 2,
        TreatMissingData: 'notBreaching',
        Tags,
      }),
    );
  }
}

const result = (Expression: string): MetricDataQuery => ({ Id: 'result', Expression, ReturnData: true });

function statistic(
  Id: string,
  endpoint: string,
  deployment: Deployment,
  MetricName: string,
  Stat: string,
): MetricDataQuery {
  const dimensions = {
    EndpointName: endpoint,
    VariantName: deployment.variants[0].slot,
    EndpointConfigName: deployment.configName,
  };
  const Dimensions = Object.entries(dimensions).map(([Name, Value]) => ({ Name, Value }));
  return {
    Id,
    ReturnData: false,
    MetricStat: { Metric: { Namespace: 'AWS/SageMaker', MetricName, Dimensions }, Period: 60, Stat },
  };
}
