/** Alarms of a monitor: how things stand after hysteresis, and so no more than a look at the last run. */
import { Duration, Validations } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import type { Construct } from 'constructs';
import type { MonitorMetric } from '../../runtime/drift-contract';
import type { IDriftMonitor } from '../drift-monitor-base';

/** CloudWatch looks at periods of a day at most. */
const LONGEST_PERIOD_HOURS = 24;

/** An alarm while the columns drift, and one while the quality is poor where it is watched. */
export function driftAlarms(
  scope: Construct,
  monitor: IDriftMonitor,
  { everyHours, quality }: { readonly everyHours: number; readonly quality?: unknown },
): cloudwatch.Alarm[] {
  const period = Duration.hours(Math.min(everyHours, LONGEST_PERIOD_HOURS));
  const alarm = (id: string, metricName: MonitorMetric, what: string) =>
    createAlarm(scope, id, monitor.metric(metricName, { period }), `${monitor.monitorName}: ${what}`);
  return [
    alarm('DriftAlarm', 'drift', 'what the model is asked or answers is not what it was trained on'),
    ...(quality ? [alarm('QualityAlarm', 'quality_poor', 'the quality of predictions is beyond its limit')] : []),
  ];
}

/** Between two runs nothing is known that is new: the alarm stays as it is. */
function createAlarm(
  scope: Construct,
  id: string,
  metric: cloudwatch.Metric,
  alarmDescription: string,
): cloudwatch.Alarm {
  const alarm = new cloudwatch.Alarm(scope, id, {
    alarmDescription,
    metric,
    threshold: 1,
    evaluationPeriods: 1,
    comparisonOperator: cloudwatch.ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
    treatMissingData: cloudwatch.TreatMissingData.IGNORE,
  });
  Validations.of(alarm).acknowledge({
    id: 'NIST.800.53.R5-CloudWatchAlarmAction',
    reason:
      'The monitor itself tells the topic what changed, and why; the alarm is for dashboards and composite alarms.',
  });
  return alarm;
}
