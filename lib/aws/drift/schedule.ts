import { Stack } from 'aws-cdk-lib';
import * as events from 'aws-cdk-lib/aws-events';
import type { Construct } from 'constructs';
import type { AnalyzerInput, MonitorSettings } from '../../runtime/drift-contract';
import type { DriftAnalyzer } from '../drift-analyzer';

/** A run that could not be started for that long is not worth starting: the next one looks at the same hours. */
const RETRY_POLICY = { maximumEventAgeInSeconds: 3600 };

/** Starts the analyzer for a monitor, again and again. A run that could not be started raises the analyzer's alarm. */
export function monitorRule(
  scope: Construct,
  id: string,
  everyHours: number,
  settings: MonitorSettings,
  target: { readonly analyzer: DriftAnalyzer; readonly eventRoleArn: string },
): events.CfnRule {
  const { analyzer, eventRoleArn } = target;
  const input: AnalyzerInput = { task: 'monitor', cause: 'schedule', monitor: settings };
  return new events.CfnRule(scope, id, {
    description: `Looks for drift: ${settings.name}`,
    scheduleExpression: everyHours === 1 ? 'rate(1 hour)' : `rate(${everyHours} hours)`,
    targets: [
      {
        id: 'Analyzer',
        arn: analyzer.stateMachine.stateMachineArn,
        roleArn: eventRoleArn,
        input: Stack.of(scope).toJsonString(input),
        retryPolicy: RETRY_POLICY,
        deadLetterConfig: { arn: analyzer.deadLetterQueue.queueArn },
      },
    ],
  });
}
