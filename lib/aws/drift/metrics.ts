import { Duration } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';

/** Namespace of all metrics that monitors publish. */
export const METRIC_NAMESPACE = 'cdk-mlops';

/** A metric of a monitor; the largest value of an hour unless said otherwise. */
export function monitorMetric(
  monitorName: string,
  metricName: string,
  props: cloudwatch.MetricOptions = {},
): cloudwatch.Metric {
  return new cloudwatch.Metric({
    namespace: METRIC_NAMESPACE,
    metricName,
    statistic: cloudwatch.Stats.MAXIMUM,
    period: Duration.hours(1),
    ...props,
    dimensionsMap: { Monitor: monitorName, ...props.dimensionsMap },
  });
}
