import type { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { S3Client } from '@aws-sdk/client-s3';
import type { SageMakerClient } from '@aws-sdk/client-sagemaker';
import type { SFNClient } from '@aws-sdk/client-sfn';
import type { MonitorStore } from './store';

/** What the analyzer works with. */
export interface Cloud {
  readonly s3: S3Client;
  readonly sagemaker: SageMakerClient;
  readonly cloudwatch: CloudWatchClient;
  readonly states: SFNClient;
  /** Reads the deployers' tables. */
  readonly dynamodb: DynamoDBClient;
  readonly store: MonitorStore;
}
