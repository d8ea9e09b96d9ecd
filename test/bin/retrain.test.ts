import { userInfo } from 'node:os';
import { beforeEach, expect, test } from 'vitest';
import type { AnalyzerInput } from '../../lib/runtime/drift-contract';
import { ANALYZER, addMonitors, endpointStack, serveFakeAws } from './fake-aws';
import { configFile, lines, run } from './harness';
import { monitorSettings } from './records';

const aws = serveFakeAws();
const CONFIG = configFile({ name: 'm', level: 0 }, 'm.json');
const EXECUTION = ANALYZER.replace(':stateMachine:', ':execution:');

beforeEach(() => {
  aws.stacks.m = endpointStack('m');
  addMonitors(aws, 'm', monitorSettings('m'));
});

/** How an execution ends, at the second look. */
function ends(changes: object): void {
  aws.follow = (execution, count) => count > 1 && Object.assign(execution, changes);
}

const decides = (retrain: boolean, reason: string) =>
  ends({
    status: 'SUCCEEDED',
    output: JSON.stringify({ task: 'retrain', retrained: { retrain, reason, events: [] } }),
  });

const input = () => aws.input as unknown as AnalyzerInput;

test('asks the analyzer with what the schedule hands over, and says what it decided', async () => {
  decides(true, 'a retraining started:\nnew features');
  const { code, stdout, stderr } = await run('retrain', CONFIG, '--why', ' new features ');
  expect(input()).toEqual({
    task: 'retrain',
    cause: 'command line',
    monitor: monitorSettings('m'),
    why: 'new features',
  });
  expect(Object.keys(aws.executions)[0]).toMatch(/^[0-9a-f-]{36}$/);
  expect([code, stderr]).toEqual([0, 'the analyzer decides\n']);
  expect(lines(stdout)).toEqual([
    'm: a retraining started: new features',
    `follow it with: cdk-mlops status ${CONFIG}`,
  ]);
});

test('without a reason the person is one', async () => {
  decides(true, 'started');
  await run('retrain', CONFIG);
  expect(input().why).toBe(`${userInfo().username} asks for it`);
});

test('what is not started ends with exit code 3 and the reason on one line', async () => {
  decides(false, 'not now:\nthe training pipeline runs already: arn:e1');
  const sentence = 'm: not now: the training pipeline runs already: arn:e1';
  const { code, stdout, stderr } = await run('retrain', CONFIG);
  expect([code, stdout, lines(stderr).at(-1)]).toEqual([3, '', sentence]);
  aws.executions = {};
  const json = await run('retrain', CONFIG, '--json', '--why', 'x');
  expect([json.code, lines(json.stderr).at(-1)]).toEqual([3, sentence]);
  expect(JSON.parse(json.stdout)).toEqual({
    monitor: 'm',
    why: 'x',
    execution: `${EXECUTION}:${Object.keys(aws.executions)[0]}`,
    started: false,
    reason: 'not now:\nthe training pipeline runs already: arn:e1',
  });
});

test('an execution that failed is said', async () => {
  ends({ status: 'FAILED', error: 'AnalysisFailure', cause: 'no\nrules' });
  const { code, stdout, stderr } = await run('retrain', CONFIG);
  expect([code, stdout]).toEqual([3, '']);
  expect(lines(stderr).at(-1)).toBe(
    `nothing was decided: the analyzer's execution ended as FAILED (AnalysisFailure: no rules); see ${EXECUTION}:${Object.keys(aws.executions)[0]}`,
  );
});

test('the monitor is named like the config, or with --monitor, or the only one', async () => {
  decides(true, 'started');
  aws.stacks.app = endpointStack('m');
  addMonitors(aws, 'app', monitorSettings('m'), monitorSettings('n'));
  const asked = async (...argv: string[]) => {
    aws.executions = {};
    expect((await run('retrain', ...argv)).code).toBe(0);
    return input().monitor?.name;
  };
  expect(await asked('--stack', 'm')).toBe('m');
  expect(await asked(CONFIG, '--stack', 'app')).toBe('m');
  expect(await asked(CONFIG, '--stack', 'app', '--monitor', 'n')).toBe('n');
});

const problem = async (...argv: string[]) => {
  const { code, stdout, stderr } = await run('retrain', ...argv);
  expect(stdout).toBe('');
  expect(aws.executions).toEqual({});
  return [code, lines(stderr)[0]];
};

test('a monitor in a nested stack is found', async () => {
  decides(true, 'started');
  const nested = 'arn:aws:cloudformation:eu-west-1:123456789012:stack/m-Nested/1';
  aws.stacks[nested] = aws.stacks.m;
  aws.stacks.m = { template: {}, resources: [['Nested', nested, 'AWS::CloudFormation::Stack']] };
  expect((await run('retrain', CONFIG)).code).toBe(0);
});

test('what is not there is said, with the way out', async () => {
  const wayOut = 'name the stack that does with --stack, or turn monitoring on (level 1 and a monitoring section)';
  aws.stacks.app = endpointStack('m');
  expect(await problem('--stack', 'app')).toEqual([1, `stack app holds no drift monitor; ${wayOut}`]);
  addMonitors(aws, 'app', monitorSettings('m'), monitorSettings('n'));
  expect(await problem('--stack', 'app')).toEqual([2, 'stack app holds the monitors m, n; name one with --monitor']);
  expect(await problem('--stack', 'app', '--monitor', 'x')).toEqual([
    1,
    `stack app holds no drift monitor x (but m, n); ${wayOut}`,
  ]);
  addMonitors(aws, 'm', monitorSettings('m', { retraining: undefined }));
  expect(await problem(CONFIG)).toEqual([
    1,
    'monitor m knows no training pipeline; turn retraining on in its config (level 2, or capabilities: { retraining: true } at level 1) and deploy it',
  ]);
  expect(await problem('--stack', 'none')).toEqual([1, expect.stringContaining('stack none does not exist')]);
});

test('what AWS denies is one sentence, and EventBridge is asked with a signature of its own', async () => {
  aws.failures.ListTargetsByRule = { code: 'AccessDeniedException', message: 'u may not events:ListTargetsByRule' };
  expect(await problem(CONFIG)).toEqual([
    1,
    'AWS denies it: u may not events:ListTargetsByRule; ask for this right, or name another profile with --profile',
  ]);
  expect(aws.authorization).toMatch(/Credential=AKIDEXAMPLE\/\d{8}\/eu-west-1\/events\/aws4_request/);
});

test.each([
  [[], 'retrain needs a config file, or --stack NAME'],
  [['--stack', 'm', '--why', ' '], "--why: got '', allowed: a text"],
  [['--stack', 'm', '--endpoint', 'm'], "unknown option '--endpoint'; allowed: --stack"],
])('a wrong command line is said: %j', async (argv, sentence) => {
  expect(await problem(...argv)).toEqual([2, expect.stringContaining(sentence)]);
});
