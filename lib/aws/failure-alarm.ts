import { Stack, Validations } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as sns from 'aws-cdk-lib/aws-sns';
import type { Construct } from 'constructs';

export interface FailureAlarmProps {
  /** Counts failures; a single one raises the alarm. */
  readonly metric: cloudwatch.IMetric;
  readonly description: string;
  readonly topic?: sns.ITopic;
}

/** An alarm on the first failure within a period; nothing happening is fine. */
export function failureAlarm(scope: Construct, id: string, props: FailureAlarmProps): cloudwatch.Alarm {
  const alarm = new cloudwatch.Alarm(scope, id, {
    alarmDescription: props.description,
    metric: props.metric,
    threshold: 1,
    evaluationPeriods: 1,
    comparisonOperator: cloudwatch.ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
    treatMissingData: cloudwatch.TreatMissingData.NOT_BREACHING,
  });
  tellOrExplain(alarm, props.topic);
  return alarm;
}

/** The sum of several counts, each 0 while nothing is counted. */
export function sumOf(label: string, usingMetrics: Record<string, cloudwatch.IMetric>): cloudwatch.MathExpression {
  const expression = Object.keys(usingMetrics)
    .map((name) => `FILL(${name}, 0)`)
    .join(' + ');
  return new cloudwatch.MathExpression({ label, expression, usingMetrics });
}

/** Lets an alarm tell a topic, or says why it tells nobody. */
export function tellOrExplain(alarm: cloudwatch.Alarm, topic: sns.ITopic | undefined): void {
  if (topic) tell(alarm, topic);
  else acknowledgeSilence(alarm);
}

/**
 * The topic's policy and key let the account's alarms publish: an alarm whose message is refused tells nobody. Of an
 * imported topic or key the policy stays its owner's.
 */
function tell(alarm: cloudwatch.Alarm, topic: sns.ITopic): void {
  const conditions = { StringEquals: { 'aws:SourceAccount': Stack.of(alarm).account } };
  topic.grantPublish(new iam.ServicePrincipal('cloudwatch.amazonaws.com', { conditions }));
  alarm.addAlarmAction(new SnsAction(topic));
}

function acknowledgeSilence(alarm: cloudwatch.Alarm): void {
  Validations.of(alarm).acknowledge({
    id: 'NIST.800.53.R5-CloudWatchAlarmAction',
    reason: 'No topic was given: the state of the alarm is read on dashboards, and actions can be added to it.',
  });
}
