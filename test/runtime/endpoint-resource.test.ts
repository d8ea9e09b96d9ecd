import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { SFNClient } from '@aws-sdk/client-sfn';
import { handOver } from '../../lib/runtime/aws/endpoint-resource';
import { awsPolicy, serviceError } from './deployer/fake-cloud';

const MACHINE = 'arn:aws:states:eu-west-1:111122223333:stateMachine:deployer';
const answers: any[] = [];
const server = createServer((request, response) => {
  let body = '';
  request.on('data', (part) => (body += part));
  request.on('end', () => {
    answers.push({ method: request.method, type: request.headers['content-type'], body: JSON.parse(body) });
    response.end();
  });
});
let address = '';

beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  address = `http://127.0.0.1:${(server.address() as AddressInfo).port}/answer`;
});
afterAll(() => server.close());
beforeEach(() => (answers.length = 0));

function starting(fail?: Error) {
  const started: any[] = [];
  const send = async ({ input }: { input: any }) => {
    if (fail) throw fail;
    started.push(input);
  };
  return { started, states: { send } as unknown as SFNClient };
}

const event = (overrides: object = {}) =>
  ({
    RequestType: 'Create',
    ResponseURL: address,
    StackId: 'arn:aws:cloudformation:eu-west-1:111122223333:stack/churn/1b2c-3d',
    RequestId: 'request-1',
    LogicalResourceId: 'Endpoint',
    ResourceProperties: { EndpointName: 'churn', Policy: JSON.stringify(awsPolicy()) },
    ...overrides,
  }) as any;

describe('the custom resource of an endpoint', () => {
  test('hands the policy over, with where CloudFormation waits, and answers nothing itself', async () => {
    const { states, started } = starting();
    await handOver(states, MACHINE, event());
    expect(started[0]).toMatchObject({ stateMachineArn: MACHINE, name: 'request-1' });
    const input = JSON.parse(started[0].input);
    expect(input).toMatchObject({
      endpoint: 'churn',
      request: {
        kind: 'policy',
        id: 'request-1',
        create: true,
        policy: awsPolicy(),
        // of a stack that is made again under its name, what it retained is its own
        owner: { stack: 'arn:aws:cloudformation:eu-west-1:111122223333:stack/churn', resource: 'Endpoint' },
      },
      answer: { responseUrl: address, physicalResourceId: 'churn', logicalResourceId: 'Endpoint' },
    });
    expect(Date.parse(input.answer.deadline) - Date.now()).toBeLessThan(51 * 60_000);
    expect(answers).toEqual([]);
  });

  test('asks for a deletion by the physical id', async () => {
    const { states, started } = starting();
    await handOver(states, MACHINE, event({ RequestType: 'Delete', PhysicalResourceId: 'churn' }));
    expect(JSON.parse(started[0].input).request).toMatchObject({ kind: 'delete', owner: { resource: 'Endpoint' } });
  });

  test('refuses another name at once, under the old physical id: nothing is replaced or deleted', async () => {
    const { states, started } = starting();
    const properties = { EndpointName: 'fraud', Policy: '{}' };
    await handOver(
      states,
      MACHINE,
      event({ RequestType: 'Update', PhysicalResourceId: 'churn', ResourceProperties: properties }),
    );
    expect(started).toEqual([]);
    expect(answers[0].body).toMatchObject({ Status: 'FAILED', PhysicalResourceId: 'churn' });
    expect(answers[0].body.Reason).toMatch(/cannot change, from churn to fraud; keep it/);
  });

  test('starts nothing twice when the same event comes again', async () => {
    const { states } = starting(serviceError('ExecutionAlreadyExists', 'exists'));
    await handOver(states, MACHINE, event());
    expect(answers).toEqual([]);
  });

  test.each([
    [
      'the deployer cannot be started',
      starting(serviceError('AccessDeniedException', 'no right')),
      {},
      'AccessDeniedException: no right',
    ],
    ['the policy is no JSON', starting(), { ResourceProperties: { EndpointName: 'churn', Policy: '{' } }, 'JSON'],
  ])('answers a failure when %s: CloudFormation does not wait for an hour', async (_what, { states }, more, reason) => {
    await handOver(states, MACHINE, event(more));
    expect(answers).toHaveLength(1);
    expect(answers[0]).toMatchObject({
      method: 'PUT',
      type: undefined,
      body: { Status: 'FAILED', RequestId: 'request-1' },
    });
    expect(answers[0].body.Reason).toContain(reason);
  });
});
