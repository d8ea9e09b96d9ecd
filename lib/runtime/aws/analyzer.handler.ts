import { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { S3Client } from '@aws-sdk/client-s3';
import { SageMakerClient } from '@aws-sdk/client-sagemaker';
import { SFNClient } from '@aws-sdk/client-sfn';
import type { AnalyzerEnvironment, AnalyzerEvent } from '../drift-contract';
import type { QueueRecord } from './drift/callback';
import { startBaselines } from './drift/callback';
import type { Cloud } from './drift/cloud';
import { runOperation } from './drift/operations';
import { monitorStore } from './drift/store';

const { TABLE_NAME, STATE_MACHINE_ARN } = process.env as unknown as AnalyzerEnvironment;
const patience = { maxAttempts: 8 };
const dynamodb = new DynamoDBClient(patience);
const cloud: Cloud = {
  s3: new S3Client(patience),
  sagemaker: new SageMakerClient(patience),
  cloudwatch: new CloudWatchClient(patience),
  states: new SFNClient(patience),
  dynamodb,
  store: monitorStore(dynamodb, TABLE_NAME),
};

/** Runs as the tasks of the analyzer's state machine, one operation a call, and takes the messages of callback steps. */
export async function handler(event: AnalyzerEvent | { readonly Records: readonly QueueRecord[] }): Promise<unknown> {
  return 'Records' in event ? startBaselines(cloud, STATE_MACHINE_ARN, event.Records) : runOperation(cloud, event);
}
