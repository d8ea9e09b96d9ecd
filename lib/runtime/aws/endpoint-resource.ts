/** The custom resource of an endpoint: hands what CloudFormation asks for over to the deployer, which answers. */
import type { SFNClient } from '@aws-sdk/client-sfn';
import { StartExecutionCommand } from '@aws-sdk/client-sfn';
import type { Request } from '../../deployer/requests';
import { after } from '../../deployer/world';
import type { AwsPolicy, DeployerInput, EndpointResourceProperties, ResourceAnswer } from '../contract';
import { sendAnswer } from './deployer/answer';
import { inWords, isThere } from './service-errors';

/** What CloudFormation sends. */
export interface ResourceEvent {
  readonly RequestType: 'Create' | 'Update' | 'Delete';
  readonly ResponseURL: string;
  readonly StackId: string;
  readonly RequestId: string;
  readonly LogicalResourceId: string;
  readonly PhysicalResourceId?: string;
  readonly ResourceProperties: EndpointResourceProperties;
}

/** CloudFormation waits an hour; the answer must leave before. */
const ANSWER_MINUTES = 50;

/** Starts the deployer. The physical id is the endpoint's name, for ever. */
export async function handOver(states: SFNClient, stateMachineArn: string, event: ResourceEvent): Promise<void> {
  const time = new Date().toISOString();
  const answer = answerOf(event, time);
  try {
    checkName(event);
    const input: DeployerInput = {
      endpoint: answer.physicalResourceId,
      cause: 'cdk deploy',
      request: requestOf(event, time),
      answer,
    };
    const command = new StartExecutionCommand({ stateMachineArn, name: event.RequestId, input: JSON.stringify(input) });
    await states.send(command);
  } catch (error) {
    if (isThere(error)) return; // the same event came before
    await sendAnswer(answer, { success: false, reason: inWords(error) });
  }
}

function answerOf(event: ResourceEvent, time: string): ResourceAnswer {
  return {
    responseUrl: event.ResponseURL,
    stackId: event.StackId,
    requestId: event.RequestId,
    logicalResourceId: event.LogicalResourceId,
    physicalResourceId: event.PhysicalResourceId ?? event.ResourceProperties.EndpointName,
    deadline: after(time, ANSWER_MINUTES),
  };
}

/** Another name would be another endpoint: CloudFormation would delete the one that serves. */
function checkName({ RequestType, PhysicalResourceId, ResourceProperties }: ResourceEvent): void {
  const { EndpointName } = ResourceProperties;
  if (RequestType !== 'Update' || PhysicalResourceId === EndpointName) return;
  throw new Error(
    `the name of an endpoint cannot change, from ${PhysicalResourceId} to ${EndpointName}; keep it, or add a new endpoint beside it`,
  );
}

function requestOf(
  { RequestType, RequestId, StackId, LogicalResourceId, ResourceProperties }: ResourceEvent,
  at: string,
): Request {
  // Without its last part, which another stack of the same name would not have: what a stack retained is its own again.
  const owner = { stack: StackId.split('/').slice(0, 2).join('/'), resource: LogicalResourceId };
  const asked = { id: RequestId, at, by: 'cdk deploy', owner };
  if (RequestType === 'Delete') return { kind: 'delete', ...asked };
  const policy = JSON.parse(ResourceProperties.Policy) as AwsPolicy;
  return { kind: 'policy', ...asked, policy, create: RequestType === 'Create' };
}
