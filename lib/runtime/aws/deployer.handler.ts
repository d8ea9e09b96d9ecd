import { ApplicationAutoScalingClient } from '@aws-sdk/client-application-auto-scaling';
import { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SageMakerClient } from '@aws-sdk/client-sagemaker';
import { SFNClient } from '@aws-sdk/client-sfn';
import type { DeployerEnvironment, DeployerEvent } from '../contract';
import type { Cloud } from './deployer/cloud';
import { runOperation } from './deployer/operations';
import { deploymentStore } from './deployer/store';

const { TABLE_NAME } = process.env as unknown as DeployerEnvironment;
const patience = { maxAttempts: 8 };
const cloud: Cloud = {
  sagemaker: new SageMakerClient(patience),
  cloudwatch: new CloudWatchClient(patience),
  scaling: new ApplicationAutoScalingClient(patience),
  states: new SFNClient(patience),
  store: deploymentStore(new DynamoDBClient(patience), TABLE_NAME),
};

/** Runs as the tasks of the deployer's state machine: one operation a call. */
export async function handler(event: DeployerEvent): Promise<unknown> {
  return runOperation(cloud, event);
}
