/** Alarms of one candidate: they look at its own configuration, so a failing champion cannot block its repair. */
import type { MetricDataQuery } from '@aws-sdk/client-cloudwatch';
import { PutMetricAlarmCommand } from '@aws-sdk/client-cloudwatch';
import type { DeploymentPolicy } from '../../../deployer/policy';
import type { Deployment, InFlight } from '../../../deployer/record';
import type { Cloud } from './cloud';

/** Requests in a minute below which shares say nothing. */
const FEWEST_INVOCATIONS = 20;

/** The share of requests that may be slower than the 95th percentile's limit. */
const SLOW_PERCENT = 5;

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

/** Creates the alarms of a candidate. Nothing being asked is no reason to roll back. */
export async function createAlarms(
  { cloudwatch }: Cloud,
  endpoint: string,
  deployment: Deployment,
  { alarms }: DeploymentPolicy,
  Tags: { Key: string; Value: string }[],
): Promise<void> {
  const [errors, latency] = alarmNames(deployment);
  const counts = countQueries(endpoint, deployment);
  const slow = statistic(
    'within',
    endpoint,
    deployment,
    'ModelLatency',
    `PR(:${Math.round(alarms.p95LatencyMs * 1000)})`,
  );
  const enough = (expression: string) => `IF(invocations >= ${FEWEST_INVOCATIONS}, ${expression}, 0)`;
  const rules: [string, number, MetricDataQuery[]][] = [
    [errors, alarms.errorRatePercent, [result(enough('100 * (FILL(e4, 0) + FILL(e5, 0)) / invocations')), ...counts]],
    [latency, SLOW_PERCENT, [result(enough('100 - within')), counts[0], slow]],
  ];
  for (const [AlarmName, Threshold, Metrics] of rules) {
    await cloudwatch.send(
      new PutMetricAlarmCommand({
        AlarmName,
        AlarmDescription: `Rolls deployment ${deployment.id} of ${endpoint} back`,
        Metrics,
        Threshold,
        ComparisonOperator: 'GreaterThanThreshold',
        EvaluationPeriods: 2,
        DatapointsToAlarm: 2,
        TreatMissingData: 'notBreaching',
        Tags,
      }),
    );
  }
}

const result = (Expression: string): MetricDataQuery => ({ Id: 'result', Expression, ReturnData: true });

function countQueries(endpoint: string, deployment: Deployment): MetricDataQuery[] {
  const metrics = { invocations: 'Invocations', e4: 'Invocation4XXErrors', e5: 'Invocation5XXErrors' };
  return Object.entries(metrics).map(([id, name]) => statistic(id, endpoint, deployment, name, 'Sum'));
}

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
