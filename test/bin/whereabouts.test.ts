import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import type { FakeStack } from './fake-aws';
import { MACHINE, TABLE, endpointStack, serveFakeAws } from './fake-aws';
import { EXAMPLE, configFile, lines, run, scratch } from './harness';
import { record } from './records';

const aws = serveFakeAws();
const CONFIG = configFile({ name: 'm', level: 0 }, 'm.json');

const endpointOf = async (...argv: string[]) => {
  const { code, stdout, stderr } = await run('status', '--json', ...argv);
  expect([code, stderr]).toEqual([0, '']);
  return JSON.parse(stdout).endpoint;
};

const problem = async (...argv: string[]) => {
  const { code, stdout, stderr } = await run('status', ...argv);
  expect([stdout, lines(stderr).length]).toEqual(['', code === 2 ? 2 : 1]);
  return [code, lines(stderr)[0]];
};

/** Endpoints n and m in stack `app`. */
function standing(): void {
  aws.stacks.app = endpointStack('n', 'm');
  for (const name of ['m', 'n']) aws.records[name] = { ...record(), endpoint: name };
}

test('a stack is named like the config, or with --stack', async () => {
  standing();
  aws.stacks.m = endpointStack('m');
  expect(await endpointOf(CONFIG)).toBe('m');
  expect(await endpointOf('--stack', 'm')).toBe('m');
  expect(await endpointOf(CONFIG, '--stack', 'app')).toBe('m');
  expect(await endpointOf(CONFIG, '--stack', 'app', '--endpoint', 'n')).toBe('n');
  expect(await endpointOf('--stack', 'app', '--endpoint', 'n')).toBe('n');
  expect(await problem('--stack', 'app')).toEqual([2, 'stack app holds n, m; name one with --endpoint']);
});

/** What stands of a template, with the physical ids that CloudFormation gives. */
function deployed(template: { Resources: Record<string, { Type: string }> }, endpoint: string): FakeStack {
  const ids: Record<string, string> = {
    'Custom::MlopsModelEndpoint': endpoint,
    'AWS::StepFunctions::StateMachine': MACHINE,
    'AWS::DynamoDB::Table': TABLE,
  };
  const resources = Object.entries(template.Resources).map(([id, { Type }]) => [id, ids[Type] ?? id, Type] as const);
  return { template, resources };
}

test('the deployer is found in what the constructs really write', async () => {
  const out = scratch();
  expect(await run('synth', EXAMPLE, '--out', out)).toMatchObject({ code: 0, stderr: '' });
  const file = readFileSync(path.join(out, 'flight-delay.template.json'), 'utf8');
  aws.stacks['flight-delay'] = deployed(JSON.parse(file), 'flight-delay');
  aws.records['flight-delay'] = { ...record(), endpoint: 'flight-delay' };
  aws.pageSize = 100;
  expect(await endpointOf(EXAMPLE)).toBe('flight-delay');
  expect(await run('rollback', EXAMPLE)).toMatchObject({ code: 0, stderr: '' });
  expect(aws.input.endpoint).toBe('flight-delay');
});

test('all pages of the resources are read', async () => {
  standing();
  aws.pageSize = 1;
  expect(await endpointOf(CONFIG, '--stack', 'app')).toBe('m');
  expect(aws.calls.filter((call) => call === 'ListStackResources')).toHaveLength(8);
});

test('an endpoint in a nested stack is found', async () => {
  const nested = 'arn:aws:cloudformation:eu-west-1:123456789012:stack/m-Nested/1';
  aws.stacks[nested] = endpointStack('m');
  aws.stacks.m = { template: {}, resources: [['Nested', nested, 'AWS::CloudFormation::Stack']] };
  aws.records.m = record();
  expect(await endpointOf(CONFIG)).toBe('m');
});

test('--state-machine and --table go without a stack', async () => {
  aws.records.m = record();
  const named = ['--state-machine', MACHINE, '--table', TABLE];
  expect(await endpointOf(CONFIG, ...named)).toBe('m');
  expect(await endpointOf('--endpoint', 'm', ...named)).toBe('m');
  const { stdout } = await run('rollback', '--endpoint', 'm', ...named);
  expect(lines(stdout)[1]).toBe(
    `follow it with: cdk-mlops status --endpoint m --state-machine ${MACHINE} --table Records --wait`,
  );
  expect(aws.calls).not.toContain('ListStackResources');
});

test.each([
  [[], 'status needs a config file, or --stack NAME'],
  [['--endpoint', 'm'], 'status needs a config file, or --stack NAME'],
  [[CONFIG, '--table', 'T'], '--state-machine and --table go together: both name the deployer'],
  [
    ['--state-machine', MACHINE, '--table', 'T'],
    'status: --state-machine and --table need a config file or --endpoint NAME beside them',
  ],
  [
    [CONFIG, '--state-machine', 'Deployer', '--table', 'T'],
    "--state-machine: got 'Deployer', allowed: arn:aws:states:REGION:ACCOUNT:stateMachine:NAME of the deployer",
  ],
  [[CONFIG, '--cloud', 'azure'], "--cloud: got 'azure', allowed: aws, google"],
])('%j is misuse', async (argv, sentence) => {
  expect(await problem(...argv)).toEqual([2, sentence]);
});

test('what is missing is said', async () => {
  standing();
  expect(await problem(CONFIG)).toEqual([
    1,
    'stack m does not exist in this account and region; deploy it first, or name another with --stack, --region or --profile',
  ]);
  expect(await problem(CONFIG, '--stack', 'app', '--endpoint', 'x')).toEqual([
    1,
    'stack app holds no model endpoint x (but n, m); name the stack that does with --stack',
  ]);
  aws.stacks.m = { template: {}, resources: [['Endpoint', '', 'Custom::MlopsModelEndpoint', 'CREATE_IN_PROGRESS']] };
  expect(await problem('--stack', 'm')).toEqual([
    1,
    'stack m holds no model endpoint; name the stack that does with --stack',
  ]);
  expect(await problem('no such.yaml')).toEqual([1, 'no such.yaml: no such file']);
  const named = ['--state-machine', MACHINE, '--table', 'Nothing'];
  expect(await problem(CONFIG, ...named)).toEqual([
    1,
    'AWS answered ResourceNotFoundException: Requested resource not found',
  ]);
});

test('a deployer that stands in another stack is to be named', async () => {
  standing();
  const sentence = 'the deployer of m is not in stack app; name it with --state-machine ARN --table NAME';
  const template = structuredClone(aws.stacks.app.template) as any;
  for (const edit of [
    () => (template.Resources.Function.Properties.Environment.Variables.TABLE_NAME = { 'Fn::ImportValue': 'T' }),
    () => (template.Resources.Handler.Properties = {}),
    () => (template.Resources.Endpoint1.Properties.ServiceToken = { 'Fn::ImportValue': 'Handler' }),
    () => (template.Resources = {}),
  ]) {
    edit();
    aws.stacks.app = { ...aws.stacks.app, template };
    expect(await problem(CONFIG, '--stack', 'app')).toEqual([1, sentence]);
  }
  aws.stacks.app = { ...aws.stacks.app, template: 'Resources:\n  A: {}\n' };
  expect(await problem(CONFIG, '--stack', 'app')).toEqual([
    1,
    'the template of stack app is no JSON; name the deployer with --state-machine ARN --table NAME',
  ]);
});

test.each([
  [
    'ListStackResources',
    'ExpiredToken',
    'The security token included in the request is expired',
    'the AWS credentials have expired; sign in (aws sso login, aws configure), or name another profile with --profile',
  ],
  [
    'GetItem',
    'ExpiredTokenException',
    'The security token included in the request is expired',
    'the AWS credentials have expired; sign in (aws sso login, aws configure), or name another profile with --profile',
  ],
  [
    'GetTemplate',
    'AccessDenied',
    'User: arn:aws:iam::1:user/a is not authorized to perform: cloudformation:GetTemplate',
    'AWS denies it: User: arn:aws:iam::1:user/a is not authorized to perform: cloudformation:GetTemplate; ask for this right, or name another profile with --profile',
  ],
  [
    'GetItem',
    'AccessDeniedException',
    'User: u is not authorized to perform: dynamodb:GetItem',
    'AWS denies it: User: u is not authorized to perform: dynamodb:GetItem; ask for this right, or name another profile with --profile',
  ],
  [
    'GetItem',
    'UnrecognizedClientException',
    'The security token included in the request is invalid.',
    'AWS does not accept the credentials: The security token included in the request is invalid; sign in (aws sso login, aws configure), or name another profile with --profile',
  ],
  ['GetItem', 'StrangeException', 'no\nidea', 'AWS answered StrangeException: no idea'],
])('%s answers %s: one sentence, no stack trace', async (operation, code, message, sentence) => {
  standing();
  aws.failures[operation] = { code, message };
  expect(await problem(CONFIG, '--stack', 'app')).toEqual([1, sentence]);
});

/** Runs with other variables of the environment. */
async function within<T>(changes: Record<string, string | undefined>, action: () => Promise<T>): Promise<T> {
  const before = Object.fromEntries(Object.keys(changes).map((name) => [name, process.env[name]]));
  const set = (values: Record<string, string | undefined>) => {
    for (const [name, value] of Object.entries(values)) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
  };
  set(changes);
  try {
    return await action();
  } finally {
    set(before);
  }
}

test('without a region, credentials or network the way out is said', async () => {
  standing();
  const argv = [CONFIG, '--stack', 'app'];
  expect(await within({ AWS_REGION: undefined }, () => problem(...argv))).toEqual([
    1,
    'there is no AWS region; name it with --region, AWS_REGION or the profile',
  ]);
  expect(await within({ AWS_REGION: undefined }, () => endpointOf(...argv, '--region', 'eu-west-1'))).toBe('m');
  const fallback = { AWS_REGION: undefined, AWS_DEFAULT_REGION: 'eu-west-1' };
  expect(await within(fallback, () => endpointOf(...argv))).toBe('m');
  const [code, sentence] = await within({ AWS_ACCESS_KEY_ID: undefined }, () => problem(...argv));
  expect([code, sentence]).toEqual([1, expect.stringMatching(/^there are no AWS credentials: .*; sign in /)]);
  const [, noProfile] = await problem(...argv, '--profile', 'nobody');
  expect(noProfile).toMatch(/^there are no AWS credentials for profile nobody: /);
  const [, unreachable] = await within({ AWS_ENDPOINT_URL: 'http://127.0.0.1:9' }, () => problem(...argv));
  expect(unreachable).toMatch(/^AWS cannot be reached: .*127\.0\.0\.1:9; check the network and the region$/);
});
