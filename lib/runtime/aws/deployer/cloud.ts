import type { ApplicationAutoScalingClient } from '@aws-sdk/client-application-auto-scaling';
import type { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import type { SageMakerClient } from '@aws-sdk/client-sagemaker';
import type { SFNClient } from '@aws-sdk/client-sfn';
import type { DeploymentStore } from './store';

/** What the deployer works with. */
export interface Cloud {
  readonly sagemaker: SageMakerClient;
  readonly cloudwatch: CloudWatchClient;
  readonly scaling: ApplicationAutoScalingClient;
  readonly states: SFNClient;
  readonly store: DeploymentStore;
}

/** Now, ISO 8601. */
export const now = (): string => new Date().toISOString();
