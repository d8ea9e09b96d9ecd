import { Duration, Stack, Validations } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as kms from 'aws-cdk-lib/aws-kms';
import type { IPipeline } from 'aws-cdk-lib/aws-sagemaker';
import * as scheduler from 'aws-cdk-lib/aws-scheduler';
import { SageMakerStartPipelineExecution } from 'aws-cdk-lib/aws-scheduler-targets';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import { eventBridgeCron } from '../cron';
import { serviceRole } from '../service-role';
import { scheduleStatements } from './roles';

export interface TrainingScheduleProps {
  /** Five fields, UTC. */
  readonly cron: string;
  readonly pipeline: IPipeline;
  readonly description: string;
  readonly encryptionKey: kms.IKey;
}

/** Executions at fixed times. Those that the scheduler could not start end in a queue. */
export function trainingSchedule(
  scope: Construct,
  { cron, pipeline, description, encryptionKey }: TrainingScheduleProps,
): { readonly schedule: scheduler.Schedule; readonly missed: sqs.Queue } {
  const missed = new sqs.Queue(scope, 'MissedSchedules', {
    encryptionMasterKey: encryptionKey,
    enforceSSL: true,
    retentionPeriod: Duration.days(14),
  });
  Validations.of(missed).acknowledge({
    id: 'AwsSolutions-SQS3',
    reason: 'It is the dead-letter queue of the schedule.',
  });
  const role = serviceRole(scope, 'ScheduleRole', {
    description,
    assumedBy: new iam.ServicePrincipal('scheduler.amazonaws.com', {
      conditions: { StringEquals: { 'aws:SourceAccount': Stack.of(scope).account } },
    }),
    policyName: 'Start',
    statements: scheduleStatements(pipeline.pipelineArn, missed, encryptionKey),
  });
  const schedule = new scheduler.Schedule(scope, 'Schedule', {
    description,
    schedule: scheduler.ScheduleExpression.expression(eventBridgeCron(cron)),
    target: new SageMakerStartPipelineExecution(pipeline, {
      role: role.withoutPolicyUpdates(),
      deadLetterQueue: missed,
    }),
    key: encryptionKey,
  });
  return { schedule, missed };
}
