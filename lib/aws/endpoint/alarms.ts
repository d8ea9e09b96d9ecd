/** Operational alarms of an endpoint. They look at both slots together: either may serve. */
import { Duration } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import type * as sns from 'aws-cdk-lib/aws-sns';
import type { Construct } from 'constructs';
import type { ResolvedServing } from '../../config/schema';
import { tellOrExplain } from '../failure-alarm';
import type { EndpointSlot, IModelEndpoint } from '../model-endpoint-base';

/** Requests in a period below which shares say nothing: one failed request of two wakes nobody. */
const FEWEST_INVOCATIONS = 20;

/** How far above its target scaling may be, for a while. */
const OVERLOAD = 1.5;

/** Part of the concurrency above which requests are about to be refused. */
const FULL = 0.9;

const SLOTS: readonly EndpointSlot[] = ['a', 'b'];
const MINUTE = Duration.minutes(1);
const SHARE_PERIOD = Duration.minutes(5);

/** When an alarm is raised. */
interface AlarmRule {
  readonly id: string;
  readonly what: string;
  readonly metric: cloudwatch.IMetric;
  /** The alarm is raised above it. */
  readonly threshold: number;
  readonly periods: number;
}

/** The alarms of an endpoint: slow answers, refused and failed requests, and no capacity. All need a quarter of an hour. */
export function endpointAlarms(
  scope: Construct,
  endpoint: IModelEndpoint,
  serving: ResolvedServing,
  topic: sns.ITopic | undefined,
): cloudwatch.Alarm[] {
  const { p95LatencyMs, errorRatePercent } = serving.alarms;
  const share = { threshold: errorRatePercent, periods: 3 };
  const rules: AlarmRule[] = [
    {
      id: 'SlowAlarm',
      what: `more than 5 % of the requests take longer than ${p95LatencyMs} ms`,
      metric: slowest(endpoint),
      threshold: p95LatencyMs * 1000, // microseconds
      periods: 3,
    },
    {
      id: 'RefusedAlarm',
      what: `the model refuses more than ${errorRatePercent} % of the requests (4xx)`,
      metric: errorShare(endpoint, 'Invocation4XXErrors'),
      ...share,
    },
    {
      id: 'FailedAlarm',
      what: `the model fails on more than ${errorRatePercent} % of the requests (5xx)`,
      metric: errorShare(endpoint, 'Invocation5XXErrors'),
      ...share,
    },
    { id: 'CapacityAlarm', ...capacity(endpoint, serving) },
  ];
  return rules.map((rule) => createAlarm(scope, endpoint, rule, topic));
}

function createAlarm(
  scope: Construct,
  { endpointName }: IModelEndpoint,
  { id, what, metric, threshold, periods }: AlarmRule,
  topic: sns.ITopic | undefined,
): cloudwatch.Alarm {
  const alarm = new cloudwatch.Alarm(scope, id, {
    alarmDescription: `${endpointName}: ${what}`,
    metric,
    threshold,
    evaluationPeriods: periods,
    comparisonOperator: cloudwatch.ComparisonOperator.GREATER_THAN_THRESHOLD,
    treatMissingData: cloudwatch.TreatMissingData.NOT_BREACHING,
  });
  tellOrExplain(alarm, topic);
  return alarm;
}

/** A metric of each slot, named `<prefix>_a` and `<prefix>_b` in expressions. */
function ofSlots(
  endpoint: IModelEndpoint,
  prefix: string,
  metricName: string,
  statistic: string,
  period: Duration,
): Record<string, cloudwatch.IMetric> {
  const metrics = SLOTS.map((slot) => endpoint.metricOfSlot(metricName, slot, { statistic, period }));
  return Object.fromEntries(SLOTS.map((slot, index) => [`${prefix}_${slot}`, metrics[index]]));
}

const sum = (prefix: string) => SLOTS.map((slot) => `FILL(${prefix}_${slot}, 0)`).join(' + ');

/** Not `Invocations`, which asynchronous endpoints do not have: a count of failures has a sample for every request. */
function requestsOf(endpoint: IModelEndpoint): Record<string, cloudwatch.IMetric> {
  return ofSlots(endpoint, 'requests', 'Invocation5XXErrors', cloudwatch.Stats.SAMPLE_COUNT, SHARE_PERIOD);
}

/** A percentage of the requests, or nothing while there are too few of them. */
function percentage(
  endpoint: IModelEndpoint,
  label: string,
  part: string,
  usingMetrics: Record<string, cloudwatch.IMetric>,
): cloudwatch.MathExpression {
  const requests = sum('requests');
  return new cloudwatch.MathExpression({
    label,
    expression: `IF((${requests}) >= ${FEWEST_INVOCATIONS}, 100 * (${part}) / (${requests}), 0)`,
    usingMetrics: { ...usingMetrics, ...requestsOf(endpoint) },
    period: SHARE_PERIOD,
  });
}

/** The 95th percentile of the slower slot, as far as it is asked enough: percentiles of two slots cannot be merged. */
function slowest(endpoint: IModelEndpoint): cloudwatch.MathExpression {
  const each = SLOTS.map((slot) => `IF(FILL(requests_${slot}, 0) >= ${FEWEST_INVOCATIONS}, FILL(p95_${slot}, 0), 0)`);
  return new cloudwatch.MathExpression({
    label: '95th percentile of the latency (microseconds)',
    expression: `MAX([${each.join(', ')}])`,
    usingMetrics: { ...ofSlots(endpoint, 'p95', 'ModelLatency', 'p95', SHARE_PERIOD), ...requestsOf(endpoint) },
    period: SHARE_PERIOD,
  });
}

function errorShare(endpoint: IModelEndpoint, metricName: string): cloudwatch.MathExpression {
  const errors = ofSlots(endpoint, 'errors', metricName, cloudwatch.Stats.SUM, SHARE_PERIOD);
  return percentage(endpoint, `${metricName} (percent)`, sum('errors'), errors);
}

/** What tells that requests find no room, by mode. */
function capacity(
  endpoint: IModelEndpoint,
  { mode, scaling }: Pick<ResolvedServing, 'mode' | 'scaling'>,
): Omit<AlarmRule, 'id'> {
  switch (mode) {
    case 'asynchronous':
      return {
        what: 'requests wait, and no instance is there to answer them',
        metric: endpoint.metric('HasBacklogWithoutCapacity', { statistic: cloudwatch.Stats.MAXIMUM, period: MINUTE }),
        threshold: 0,
        periods: 15,
      };
    case 'serverless':
      return {
        what: `more than ${100 * FULL} % of the concurrency is in use`,
        metric: larger(endpoint, 'ServerlessConcurrentExecutionsUtilization', cloudwatch.Stats.AVERAGE),
        threshold: FULL,
        periods: 15,
      };
    default:
      return {
        what: `an instance gets more than ${OVERLOAD} times the ${scaling.invocationsPerInstance} requests a minute that scaling aims for`,
        metric: larger(endpoint, 'InvocationsPerInstance', cloudwatch.Stats.SUM),
        threshold: OVERLOAD * scaling.invocationsPerInstance,
        periods: 15,
      };
  }
}

/** The larger value of the two slots, by the minute. */
function larger(endpoint: IModelEndpoint, metricName: string, statistic: string): cloudwatch.MathExpression {
  return new cloudwatch.MathExpression({
    label: metricName,
    expression: `MAX([${SLOTS.map((slot) => `FILL(value_${slot}, 0)`).join(', ')}])`,
    usingMetrics: ofSlots(endpoint, 'value', metricName, statistic, MINUTE),
    period: MINUTE,
  });
}
