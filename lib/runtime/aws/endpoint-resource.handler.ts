import { SFNClient } from '@aws-sdk/client-sfn';
import type { EndpointResourceEnvironment } from '../contract';
import type { ResourceEvent } from './endpoint-resource';
import { handOver } from './endpoint-resource';

const states = new SFNClient({ maxAttempts: 8 });

/** Runs when CloudFormation creates, updates or deletes the custom resource of an endpoint. */
export async function handler(event: ResourceEvent): Promise<void> {
  const { STATE_MACHINE_ARN } = process.env as unknown as EndpointResourceEnvironment;
  return handOver(states, STATE_MACHINE_ARN, event);
}
