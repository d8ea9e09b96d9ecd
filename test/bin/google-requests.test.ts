import { userInfo } from 'node:os';
import { beforeEach, expect, test } from 'vitest';
import type { DeploymentRecord } from '../../lib/deployer/record';
import { MODEL, PLACE, POLICY, RECORD, policySeen, serveFakeGoogle, standing } from './fake-google';
import { configFile, lines, run } from './harness';
import { inFlight, record as awsRecord } from './records';

const google = serveFakeGoogle();
const CONFIG = configFile({ name: 'm', level: 0, google: { project: 'acme-ml', region: 'europe-west4' } }, 'm.json');
const WORKFLOW = `${PLACE}/workflows/m-deployer`;

const model = (number: number) => ({ version: `${MODEL}@${number}`, number });

/** Version 7 serves, version 6 did before. */
function record(changes: Partial<DeploymentRecord> = {}): DeploymentRecord {
  const { champion, previous, ...rest } = awsRecord();
  const serving = (number: number) => ({
    ...champion!,
    variants: [{ slot: 'a' as const, model: model(number), modelName: `${number}` }],
  });
  return { ...rest, champion: serving(7), previous: previous.map(() => serving(6)), ...changes };
}

beforeEach(() => {
  standing(google, record());
  Object.assign(google.versions, {
    [`${MODEL}@8`]: ['approved'],
    [`${MODEL}@6`]: ['default'],
    [`${MODEL}@9`]: ['candidate'],
  });
});

/** Settles the one request that was handed over, at a later look. */
function settleAt(look: number, done: boolean, outcome: string): void {
  google.look = (count) => {
    const request = Object.values(google.executions)[0]?.argument.request;
    if (!request) return;
    const { id, kind } = request;
    const settled = record({ settled: [{ id, kind, at: '2026-11-25T10:30:00.000Z', done, outcome }] });
    google.put(RECORD, count < look ? record({ requests: [request], inFlight: inFlight({ request: id }) }) : settled);
  };
}

test.each(['promote', 'rollback', 'undeploy'])('%s starts the deployer with the request', async (kind) => {
  const { code, stdout, stderr } = await run(kind, CONFIG);
  const { request, ...argument } = google.argument;
  expect(argument).toEqual({ cause: 'command line' });
  expect(request).toEqual({ id: expect.any(String), at: expect.any(String), by: userInfo().username, kind });
  expect(request!.id).toMatch(/^[0-9a-f-]{36}$/);
  expect(Object.values(google.executions)[0].workflow).toBe(WORKFLOW);
  expect([code, stderr]).toEqual([0, '']);
  expect(lines(stdout)).toEqual([
    `asked for ${kind} on m: request ${request!.id}`,
    `follow it with: cdk-mlops status ${CONFIG} --wait`,
  ]);
});

test('deploy takes an approved version by its number or its full name, and the folder of a model artifact', async () => {
  for (const version of ['8', `${MODEL}@8`]) {
    google.executions = {};
    expect(await run('deploy', CONFIG, '--version', version)).toMatchObject({ code: 0, stderr: '' });
    expect(google.argument.request).toMatchObject({ kind: 'deploy', model: model(8) });
  }
  google.executions = {};
  const { stdout } = await run('deploy', CONFIG, '--model', 'gs://acme-ml-models/m/', '--by', 'ana');
  expect(google.argument.request).toMatchObject({ by: 'ana', model: { uri: 'gs://acme-ml-models/m' } });
  expect(stdout).toContain('asked for deploy of gs://acme-ml-models/m on m: request ');
});

test('what was deployed before needs no alias, which stands at one version only', async () => {
  expect(await run('deploy', CONFIG, '--version', '6')).toMatchObject({ code: 0, stderr: '' });
  google.executions = {};
  google.put(RECORD, record({ refused: { [`${MODEL}@9`]: { reason: 'slow', at: '2026-11-25T10:30:00.000Z' } } }));
  expect(await run('deploy', CONFIG, '--version', '9')).toMatchObject({ code: 0, stderr: '' });
});

test('the model of the versions is that of the policy which Terraform wrote last', async () => {
  google.put(POLICY, { format: 1, model: `${PLACE}/models/shared` });
  google.versions[`${PLACE}/models/shared@3`] = ['approved'];
  expect(await run('deploy', CONFIG, '--version', '3')).toMatchObject({ code: 0, stderr: '' });
  expect(google.argument.request).toMatchObject({ model: { version: `${PLACE}/models/shared@3`, number: 3 } });
});

test('a version that nobody approved, or of nowhere, is not deployed', async () => {
  expect(await run('deploy', CONFIG, '--version', '9')).toEqual({
    code: 3,
    stdout: '',
    stderr: `version 9 is not approved, allowed: Approved; approve it with: curl --fail -X POST -H "Authorization: Bearer $(gcloud auth print-access-token)" -H 'Content-Type: application/json' -d '{"versionAliases": ["approved"]}' https://europe-west4-aiplatform.googleapis.com/v1/${MODEL}@9:mergeVersionAliases\n`,
  });
  expect(await run('deploy', CONFIG, '--version', '12')).toEqual({
    code: 1,
    stdout: '',
    stderr: `version 12 does not exist of model ${MODEL}; see: gcloud ai models list-version m --region europe-west4 --project acme-ml\n`,
  });
  const foreign = `${PLACE}/models/other@1`;
  expect(await run('deploy', CONFIG, '--version', foreign)).toEqual({
    code: 1,
    stdout: '',
    stderr: `--version: got ${foreign}, allowed: a version of m's own model, ${MODEL}@N; an artifact of another goes with --model\n`,
  });
  expect(google.executions).toEqual({});
});

test('--wait follows the own request on standard error, and says what came of it', async () => {
  settleAt(4, true, 'ana takes the model away');
  const { code, stdout, stderr } = await run('undeploy', CONFIG, '--wait');
  expect(code).toBe(0);
  expect(lines(stdout).at(-1)).toBe('done undeploy: ana takes the model away');
  expect(lines(stderr)).toEqual([
    'deploy: version 8 was approved, since 2026-11-25 10:00 UTC, until 2026-11-25 11:00 UTC at the latest',
  ]);
});

test('--json is one document, with the outcome where it was waited for', async () => {
  settleAt(3, false, 'no test runs, so there is no challenger to promote');
  const { code, stdout, stderr } = await run('promote', CONFIG, '--json', '--by', 'ana', '--wait');
  const { request } = google.argument;
  expect([code, JSON.parse(stdout)]).toEqual([
    3,
    {
      endpoint: 'm',
      request,
      execution: `${WORKFLOW}/executions/1`,
      outcome: expect.objectContaining({ done: false }),
    },
  ]);
  expect(lines(stderr).at(-1)).toBe('not done promote: no test runs, so there is no challenger to promote');
});

test.each([
  ['"BigQuery denies it:\\nno routine"', 'BigQuery denies it: no routine'],
  ['{"message":"HTTP 403","tags":["HttpError"]}', 'HTTP 403'],
  ['killed', 'killed'],
])('an execution that failed before it took the request is said: %s', async (payload, reason) => {
  google.follow = (execution) => Object.assign(execution, { state: 'FAILED', error: { payload } });
  const { code, stderr } = await run('rollback', CONFIG, '--wait');
  expect([code, lines(stderr).at(-1)]).toEqual([
    3,
    `rollback was not taken: the deployer's execution ended as FAILED (${reason}); see ${WORKFLOW}/executions/1`,
  ]);
});

test('an execution that waits for its turn has not ended, and has an end of the wait', async () => {
  google.follow = (execution) => Object.assign(execution, { state: 'QUEUED' });
  const { code, stderr } = await run('rollback', CONFIG, '--wait', '--timeout', '0.001');
  expect([code, lines(stderr)]).toEqual([
    3,
    [
      'the deployer takes the request',
      'not done after 0.001 minutes, it goes on without this wait: the deployer takes the request',
    ],
  ]);
});

test('before the first record the policy is enough; without either nothing is asked for', async () => {
  delete google.objects[RECORD];
  expect(await run('deploy', CONFIG, '--version', '8')).toMatchObject({ code: 0, stderr: '' });
  google.executions = {};
  delete google.objects[POLICY];
  for (const argv of [['rollback'], ['deploy', '--version', '8'], ['deploy', '--model', 'gs://acme-ml-models/m']]) {
    expect(await run(...argv, CONFIG)).toEqual({
      code: 1,
      stdout: '',
      stderr:
        'there is neither a policy nor a deployment record of m in gs://acme-ml-m/deployments/m/; apply its stack first, which writes a policy\n',
    });
  }
  expect(google.executions).toEqual({});
});

test('an endpoint that its stack has left has no versions', async () => {
  google.put(RECORD, record({ policy: undefined, ...policySeen(google) }));
  delete google.objects[POLICY];
  expect(await run('deploy', CONFIG, '--version', '8')).toMatchObject({
    code: 1,
    stderr: 'endpoint m has no policy; apply its stack first\n',
  });
});

test.each([
  [
    '--version',
    'latest',
    'a number such as 7, or the full name of a version, projects/PROJECT/locations/REGION/models/ID@7',
  ],
  ['--model', 's3://bucket/model.tar.gz', 'the folder of a model artifact such as gs://bucket/model'],
  ['--model', 'gs://bucket/model.tar.gz', 'the folder of a model artifact such as gs://bucket/model'],
  ['--model', 'gs://bucket', 'the folder of a model artifact such as gs://bucket/model'],
])('deploy %s %s is misuse, and asks for nothing', async (option, value, allowed) => {
  const { code, stdout, stderr } = await run('deploy', CONFIG, option, value);
  expect([code, stdout, lines(stderr)[0]]).toEqual([2, '', `${option}: got '${value}', allowed: ${allowed}`]);
  expect(google.calls).toEqual([]);
});
