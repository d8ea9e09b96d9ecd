import { userInfo } from 'node:os';
import { expect, test } from 'vitest';
import type { DeploymentRecord } from '../../lib/deployer/record';
import { MACHINE, endpointStack, serveFakeAws } from './fake-aws';
import { configFile, lines, run } from './harness';
import { GROUP, inFlight, record } from './records';

const aws = serveFakeAws();
const CONFIG = configFile({ name: 'm', level: 0 }, 'm.json');

/** An endpoint that serves. */
function standing(changes: Partial<DeploymentRecord> = {}): void {
  aws.stacks.m = endpointStack('m');
  aws.records.m = record(changes);
  Object.assign(aws.packages, { [`${GROUP}/8`]: 'Approved', [`${GROUP}/9`]: 'PendingManualApproval' });
}

/** Settles the one request that was handed over, at a later look. */
function settleAt(look: number, done: boolean, outcome: string): void {
  aws.look = (count) => {
    const request = Object.values(aws.executions)[0]?.input.request;
    if (!request) return;
    const waiting = record({ requests: [request], inFlight: inFlight({ request: request.id }) });
    const { id, kind } = request;
    const settled = record({ settled: [{ id, kind, at: '2026-11-25T10:30:00.000Z', done, outcome }] });
    aws.records.m = count < look ? waiting : settled;
  };
}

const EXECUTION = `${MACHINE.replace(':stateMachine:', ':execution:')}`;

test.each(['promote', 'rollback', 'undeploy'])('%s hands the request to the deployer', async (kind) => {
  standing();
  const { code, stdout, stderr } = await run(kind, CONFIG);
  const { request, ...input } = aws.input;
  expect(input).toEqual({ endpoint: 'm', cause: 'command line' });
  expect(request).toEqual({ id: expect.any(String), at: expect.any(String), by: userInfo().username, kind });
  expect(request!.id).toMatch(/^[0-9a-f-]{36}$/);
  expect(Object.keys(aws.executions)).toEqual([request!.id]);
  expect([code, stderr]).toEqual([0, '']);
  expect(lines(stdout)).toEqual([
    `asked for ${kind} on m: request ${request!.id}`,
    `follow it with: cdk-mlops status ${CONFIG} --wait`,
  ]);
});

test('deploy takes an approved version by its number or its ARN, and a model artifact', async () => {
  for (const version of ['8', `${GROUP}/8`]) {
    standing();
    aws.executions = {};
    expect(await run('deploy', CONFIG, '--version', version)).toMatchObject({ code: 0, stderr: '' });
    expect(aws.input.request).toMatchObject({ kind: 'deploy', model: { version: `${GROUP}/8`, number: 8 } });
  }
  aws.executions = {};
  const { stdout } = await run('deploy', CONFIG, '--model', 's3://acme-ml/m/model.tar.gz', '--by', 'ana');
  expect(aws.input.request).toMatchObject({ by: 'ana', model: { uri: 's3://acme-ml/m/model.tar.gz' } });
  expect(stdout).toContain('asked for deploy of s3://acme-ml/m/model.tar.gz on m: request ');
});

test('the group of the versions is the policy’s, also in another account', async () => {
  standing({
    policy: { modelPackageGroup: 'arn:aws:sagemaker:eu-west-1:999999999999:model-package-group/shared' } as any,
  });
  const arn = 'arn:aws:sagemaker:eu-west-1:999999999999:model-package/shared/3';
  aws.packages[arn] = 'Approved';
  expect(await run('deploy', CONFIG, '--version', '3')).toMatchObject({ code: 0, stderr: '' });
  expect(aws.input.request).toMatchObject({ model: { version: arn, number: 3 } });
});

test('a version that nobody approved, or of nowhere, is not deployed', async () => {
  standing();
  expect(await run('deploy', CONFIG, '--version', '9')).toEqual({
    code: 3,
    stdout: '',
    stderr: `version 9 is PendingManualApproval, allowed: Approved; approve it with: aws sagemaker update-model-package --model-package-arn ${GROUP}/9 --model-approval-status Approved\n`,
  });
  expect(await run('deploy', CONFIG, '--version', '12')).toEqual({
    code: 1,
    stdout: '',
    stderr:
      'version 12 does not exist in group m; see: aws sagemaker list-model-packages --model-package-group-name m\n',
  });
  const foreign = `${GROUP}other/1`;
  expect(await run('deploy', CONFIG, '--version', foreign)).toEqual({
    code: 1,
    stdout: '',
    stderr: `--version: got ${foreign}, allowed: a version of m's own group, ${GROUP}/N; an artifact of another goes with --model\n`,
  });
  expect(aws.executions).toEqual({});
});

test('--json is one document, with the outcome where it was waited for', async () => {
  standing();
  const asked = await run('rollback', CONFIG, '--json', '--by', 'ana');
  const { id } = aws.input.request!;
  const request = { id, at: expect.any(String), by: 'ana', kind: 'rollback' };
  expect(JSON.parse(asked.stdout)).toEqual({ endpoint: 'm', request, execution: `${EXECUTION}:${id}` });
  aws.executions = {};
  settleAt(4, true, 'ana rolls back to version 6');
  const waited = await run('rollback', CONFIG, '--json', '--by', 'ana', '--wait');
  expect(waited.code).toBe(0);
  expect(JSON.parse(waited.stdout).outcome).toMatchObject({ done: true, outcome: 'ana rolls back to version 6' });
});

test('--wait follows the own request on standard error, and says what came of it', async () => {
  standing();
  settleAt(4, true, 'ana deploys version 8');
  const { code, stdout, stderr } = await run('deploy', CONFIG, '--version', '8', '--wait');
  expect(code).toBe(0);
  expect(lines(stdout)).toEqual([
    expect.stringMatching(/^asked for deploy of version 8 on m: request /),
    'done deploy: ana deploys version 8',
  ]);
  expect(lines(stderr)).toEqual([
    'deploy: version 8 was approved, since 2026-11-25 10:00 UTC, until 2026-11-25 11:00 UTC at the latest',
  ]);
});

test('a request that is not done ends with exit code 3 and the reason on one line', async () => {
  standing();
  settleAt(2, false, 'no test runs,\nso there is no challenger to promote');
  const { code, stdout, stderr } = await run('promote', CONFIG, '--wait');
  expect([code, lines(stdout).length]).toEqual([3, 1]);
  expect(stderr).toBe('not done promote: no test runs, so there is no challenger to promote\n');
  aws.executions = {};
  const json = await run('promote', CONFIG, '--wait', '--json');
  expect([json.code, JSON.parse(json.stdout).outcome.done, lines(json.stderr).length]).toEqual([3, false, 1]);
});

test('a wait has an end', async () => {
  standing();
  settleAt(Infinity, true, '');
  const { code, stderr } = await run('rollback', CONFIG, '--wait', '--timeout', '0.01');
  const json = await run('rollback', CONFIG, '--wait', '--timeout', '0.001', '--json');
  expect([json.code, JSON.parse(json.stdout).request.kind]).toEqual([3, 'rollback']);
  expect(code).toBe(3);
  expect(lines(stderr).at(-1)).toMatch(
    /^not done after 0\.01 minutes, it goes on without this wait: deploy: version 8 was approved/,
  );
});

test('an execution that failed before it took the request is said', async () => {
  standing();
  aws.look = () => {
    for (const execution of Object.values(aws.executions)) {
      Object.assign(execution, { status: 'FAILED', error: 'Lambda.Unknown', cause: 'it\nbroke' });
    }
  };
  const { code, stderr } = await run('rollback', CONFIG, '--wait');
  expect(code).toBe(3);
  expect(lines(stderr).at(-1)).toMatch(
    /^rollback was not taken: the deployer's execution ended as FAILED \(Lambda\.Unknown: it broke\); see arn:/,
  );
});

test('an execution that left its trace while it was looked at is no failure', async () => {
  standing();
  const outcome = { at: '2026-11-25T10:30:00.000Z', done: true, outcome: 'ana rolls back' };
  aws.look = (count) => {
    const [execution] = Object.values(aws.executions);
    if (!execution) return;
    execution.status = 'SUCCEEDED';
    if (count > 2)
      aws.records.m = record({ settled: [{ id: execution.input.request!.id, kind: 'rollback', ...outcome }] });
  };
  expect(await run('rollback', CONFIG, '--wait')).toMatchObject({ code: 0, stderr: '' });
});

test('what is typed again for another shell is quoted', async () => {
  standing();
  const file = configFile({ name: 'm', level: 0 }, "ana's m.json");
  const { stdout } = await run('rollback', file);
  expect(stdout).toContain(`cdk-mlops status '${file.replace("'", "'\\''")}' --wait`);
});

test('an execution of this name that stands already is the same request', async () => {
  standing();
  aws.failures.StartExecution = { code: 'ExecutionAlreadyExists', message: 'Execution Already Exists' };
  const { code, stdout } = await run('rollback', CONFIG, '--json');
  const { request, execution } = JSON.parse(stdout);
  expect([code, execution]).toEqual([0, `${EXECUTION}:${request.id}`]);
});

test('where there is no record, nothing is asked for', async () => {
  standing();
  aws.records = {};
  for (const argv of [['rollback'], ['deploy', '--version', '8'], ['deploy', '--model', 's3://acme-ml/m.tar.gz']]) {
    expect(await run(...argv, CONFIG)).toEqual({
      code: 1,
      stdout: '',
      stderr: 'there is no deployment record of m in table Records; deploy its stack first, which writes one\n',
    });
  }
  expect(aws.executions).toEqual({});
});

test.each([
  [['deploy', CONFIG], 'deploy needs either --version N or --model URI'],
  [['deploy', CONFIG, '--version', '1', '--model', 's3://b/k'], 'deploy needs either --version N or --model URI'],
  [
    ['deploy', CONFIG, '--version', 'latest'],
    "--version: got 'latest', allowed: a number such as 7, or the ARN of a version",
  ],
  [['deploy', CONFIG, '--version', '0'], "--version: got '0', allowed: a number such as 7, or the ARN of a version"],
  [
    ['deploy', CONFIG, '--model', './model.tar.gz'],
    "--model: got './model.tar.gz', allowed: a model artifact such as s3://bucket/model.tar.gz",
  ],
  [
    ['deploy', CONFIG, '--model', 's3://bucket/folder/'],
    "--model: got 's3://bucket/folder/', allowed: a model artifact such as s3://bucket/model.tar.gz",
  ],
  [['rollback', CONFIG, '--timeout', '5'], '--timeout: limits a wait, so it needs --wait'],
  [
    ['rollback', CONFIG, '--wait', '--timeout', 'soon'],
    "--timeout: got 'soon', allowed: minutes, above 0 and at most 10000",
  ],
  [['rollback', CONFIG, '--by', ' '], "--by: got '', allowed: a name"],
  [['promote', CONFIG, '--waite'], "unknown option '--waite'; did you mean --wait?"],
])('%j is misuse, and asks for nothing', async (argv, problem) => {
  standing();
  const { code, stdout, stderr } = await run(...argv);
  expect([code, stdout, lines(stderr)[0]]).toEqual([2, '', problem]);
  expect(aws.executions).toEqual({});
});
