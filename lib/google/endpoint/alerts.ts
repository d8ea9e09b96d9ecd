/** Alert policies on what an endpoint does, whichever of its models answers. */
import type { Construct } from 'constructs';
import type { ResolvedServing } from '../../config/schema';
import { GoogleResource } from '../l1/google-resource';
import type { IModelEndpoint } from '../model-endpoint-base';
import { terraformText } from '../terraform-text';

/** Requests in a period below which shares say nothing: one failed request of two wakes nobody. */
const FEWEST_REQUESTS = 20;

const PERIOD = '300s';

/** An incident needs a quarter of an hour, as on AWS. */
const LASTING = '900s';

/** What is looked at. */
interface AlertRule {
  readonly id: string;
  readonly what: string;
  /** Of `condition_threshold`. */
  readonly threshold: object;
}

/** The alert policies of an endpoint: slow answers, refused and failed requests. */
export function endpointAlerts(
  scope: Construct,
  endpoint: IModelEndpoint,
  { alarms }: Pick<ResolvedServing, 'alarms'>,
  channels: readonly string[] = [],
): GoogleResource<'google_monitoring_alert_policy'>[] {
  const { p95LatencyMs, errorRatePercent } = alarms;
  const rules: AlertRule[] = [
    {
      id: 'SlowAlarm',
      what: `more than 5 % of the requests take longer than ${p95LatencyMs} ms`,
      threshold: slow(endpoint, p95LatencyMs),
    },
    {
      id: 'RefusedAlarm',
      what: `the model refuses more than ${errorRatePercent} % of the requests (4xx)`,
      threshold: share(endpoint, '4', errorRatePercent),
    },
    {
      id: 'FailedAlarm',
      what: `the model fails on more than ${errorRatePercent} % of the requests (5xx)`,
      threshold: share(endpoint, '5', errorRatePercent),
    },
  ];
  return rules.map((rule) => createAlert(scope, endpoint, rule, channels));
}

function createAlert(
  scope: Construct,
  endpoint: IModelEndpoint,
  { id, what, threshold }: AlertRule,
  channels: readonly string[],
): GoogleResource<'google_monitoring_alert_policy'> {
  const displayName = terraformText(`${endpoint.endpointName}: ${what}`);
  return new GoogleResource(scope, id, 'google_monitoring_alert_policy', {
    project: endpoint.location.project,
    display_name: displayName,
    severity: 'ERROR',
    combiner: 'AND', // where it is asked enough
    conditions: [
      { display_name: displayName, condition_threshold: above(threshold) },
      { display_name: 'it is asked enough', condition_threshold: above(asked(endpoint)) },
    ],
    documentation: {
      content: terraformText(`On the endpoint \`${endpoint.endpointName}\` ${what}. Look at its metrics and its log.`),
      mime_type: 'text/markdown',
    },
    notification_channels: [...channels],
    alert_strategy: { auto_close: '1800s' },
  });
}

/** A condition that has to hold for a while; nobody asking is fine. */
function above<T extends object>(threshold: T) {
  return { comparison: 'COMPARISON_GT', duration: LASTING, trigger: { count: 1 }, ...threshold };
}

const SUM = { alignment_period: PERIOD, per_series_aligner: 'ALIGN_SUM', cross_series_reducer: 'REDUCE_SUM' };

function asked(endpoint: IModelEndpoint) {
  return { filter: endpoint.metricFilter('response_count'), threshold_value: FEWEST_REQUESTS - 1, aggregations: [SUM] };
}

/** The share of answers whose code starts with a digit. */
function share(endpoint: IModelEndpoint, digit: string, percent: number) {
  return {
    filter: endpoint.metricFilter('response_count', `metric.labels.response_code=starts_with("${digit}")`),
    aggregations: [SUM],
    denominator_filter: endpoint.metricFilter('response_count'),
    denominator_aggregations: [SUM],
    threshold_value: percent / 100,
  };
}

/** The time in the model itself, of all machines together. */
function slow(endpoint: IModelEndpoint, milliseconds: number) {
  const aggregation = { per_series_aligner: 'ALIGN_DELTA', cross_series_reducer: 'REDUCE_PERCENTILE_95' };
  return {
    filter: endpoint.metricFilter('prediction_latencies', 'metric.labels.latency_type="model"'),
    aggregations: [{ alignment_period: PERIOD, ...aggregation }],
    threshold_value: milliseconds,
  };
}
