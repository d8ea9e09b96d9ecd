import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { emptyMonitorRecord } from '../../lib/monitoring/record';
import { BUCKET, PLACE, serveFakeGoogle, standing } from './fake-google';
import { EXAMPLE, configFile, lines, run, scratch } from './harness';
import { record } from './records';

const google = serveFakeGoogle();
const PROJECT = { project: 'acme-ml', region: 'europe-west4' };
const CONFIG = configFile({ name: 'm', level: 0, google: PROJECT }, 'm.json');
const NAMED = ['--cloud', 'google', '--endpoint', 'm', '--project', 'acme-ml', '--region', 'europe-west4'];

beforeEach(() => standing(google, record()));

const problem = async (...argv: string[]) => {
  const { code, stdout, stderr } = await run('status', ...argv);
  expect([stdout, lines(stderr).length]).toEqual(['', code === 2 ? 2 : 1]);
  return [code, lines(stderr)[0]];
};

const endpointOf = async (...argv: string[]) => {
  const { code, stdout, stderr } = await run('status', '--json', ...argv);
  expect([code, stderr]).toEqual([0, '']);
  return JSON.parse(stdout).endpoint;
};

test('an endpoint is found by the config’s name and place, or by those that are named', async () => {
  expect(await endpointOf(CONFIG)).toBe('m');
  expect(await endpointOf(...NAMED)).toBe('m');
  const elsewhere = configFile({ name: 'n', level: 0, google: { project: 'other-ml', region: 'us-central1' } });
  expect(await endpointOf(elsewhere, ...NAMED)).toBe('m');
  Object.assign(process.env, { GOOGLE_CLOUD_PROJECT: 'acme-ml', GOOGLE_REGION: 'europe-west4' });
  expect(await endpointOf('--cloud', 'google', '--endpoint', 'm')).toBe('m');
  for (const name of ['GOOGLE_CLOUD_PROJECT', 'GOOGLE_REGION']) delete process.env[name];
  const { stdout } = await run('rollback', ...NAMED);
  expect(lines(stdout)[1]).toBe(
    'follow it with: cdk-mlops status --endpoint m --project acme-ml --region europe-west4 --cloud google --wait',
  );
});

test('the deployer and the monitor are found in what the constructs really write', async () => {
  const out = scratch();
  await run('synth', EXAMPLE, '--cloud', 'google', '--level', '2', '--out', out);
  const file = path.join(out, 'stacks/flight-delay/cdk.tf.json');
  const applied = readFileSync(file, 'utf8').replace(/\$\{google_storage_bucket\.\w+\.name\}/g, BUCKET);
  const { google_workflows_workflow: workflows } = JSON.parse(applied).resource;
  for (const { name, user_env_vars } of Object.values<any>(workflows)) {
    google.workflows[`${PLACE}/workflows/${name}`] = user_env_vars.SETTINGS;
  }
  google.put('deployments/flight-delay/policy.json', {});
  google.put('deployments/flight-delay/record/record.json', { ...record(), endpoint: 'flight-delay' });
  google.put('drift/flight-delay/record/record.json', emptyMonitorRecord('flight-delay'));
  const { stdout, stderr } = await run('status', EXAMPLE, '--cloud', 'google', '--json');
  expect([JSON.parse(stdout).endpoint, stderr]).toEqual(['flight-delay', '']);
  expect(await run('rollback', EXAMPLE, '--cloud', 'google')).toMatchObject({ code: 0, stderr: '' });
  expect(google.argument.request?.kind).toBe('rollback');
});

test('a config for both clouds, or with data in S3, means AWS unless it is said', async () => {
  const both = configFile({ name: 'm', level: 0, aws: {}, google: PROJECT });
  expect(await problem(both, '--project', 'acme-ml')).toEqual([
    2,
    '--project is not for AWS; choose Google Cloud with --cloud google',
  ]);
  expect((await problem(EXAMPLE, '--project', 'acme-ml'))[0]).toBe(2);
  expect(await endpointOf(both, '--cloud', 'google')).toBe('m');
});

const COMMANDS = ['deploy', 'status', 'promote', 'rollback', 'undeploy', 'retrain'];

test.each(COMMANDS)('%s on a config without a google section says so', async (command) => {
  const more = command === 'deploy' ? ['--version', '1'] : [];
  expect(await run(command, configFile({ name: 'm', level: 0 }), '--cloud', 'google', ...more)).toEqual({
    code: 1,
    stdout: '',
    stderr: 'google: missing; Google Cloud needs project and region\n',
  });
});

test.each([
  [['--cloud', 'google'], 'status needs a config file, or --endpoint NAME with --project and --region'],
  [
    [CONFIG, '--stack', 'm'],
    '--stack is not for Google Cloud; on Google Cloud things are found by their names, --project and --region',
  ],
  [
    [...NAMED, '--profile', 'p'],
    '--profile is not for Google Cloud; on Google Cloud things are found by their names, --project and --region',
  ],
])('%j is misuse', async (argv, sentence) => {
  expect(await problem(...argv)).toEqual([2, sentence]);
});

test('without a project or a region the way out is said', async () => {
  const named = ['--cloud', 'google', '--endpoint', 'm'];
  expect(await problem(...named)).toEqual([
    1,
    'there is no Google Cloud project; name it with --project or GOOGLE_PROJECT',
  ]);
  expect(await problem(...named, '--project', 'p')).toEqual([
    1,
    'there is no Google Cloud region; name it with --region or GOOGLE_REGION',
  ]);
});

test('what does not stand is said', async () => {
  expect(await problem(CONFIG, '--endpoint', 'x')).toEqual([
    1,
    'endpoint x does not stand in project acme-ml, region europe-west4: there is no workflow x-deployer; apply its stack first, or name another place with --project or --region',
  ]);
  for (const settings of [undefined, 'other=1']) {
    google.workflows[`${PLACE}/workflows/m-deployer`] = settings;
    expect(await problem(CONFIG)).toEqual([
      1,
      'workflow m-deployer in project acme-ml is not one of cdk-mlops: its environment has no SETTINGS that are JSON; choose another name for it',
    ]);
  }
});

describe('what Google Cloud refuses is one sentence', () => {
  beforeEach(() => {
    // Tries follow one another at once.
    vi.spyOn(globalThis, 'setTimeout').mockImplementation(((go: () => void) => setImmediate(go)) as never);
  });
  afterEach(() => vi.restoreAllMocks());

  const GET = 'GET https://workflows.googleapis.com/';
  const refusal = (code: number, message: string, reason?: string, metadata: object = {}) => {
    const details =
      reason === undefined ? [] : [{ '@type': 'type.googleapis.com/google.rpc.ErrorInfo', reason, metadata }];
    return { error: { code, message, status: 'PERMISSION_DENIED', details } };
  };
  const SIGN_IN = 'sign in (gcloud auth application-default login), or give a token in GOOGLE_OAUTH_ACCESS_TOKEN';

  test.each([
    [
      403,
      refusal(403, 'Workflows API has not been used in project 123 before…', 'SERVICE_DISABLED', {
        service: 'workflows.googleapis.com',
      }),
      'workflows.googleapis.com is not enabled in project acme-ml; run: gcloud services enable workflows.googleapis.com --project acme-ml',
    ],
    [
      403,
      refusal(403, "Project 'acme-ml' not found or deleted.", 'CONSUMER_INVALID'),
      'project acme-ml does not exist, or is not known to you; correct google.project in the config, or --project',
    ],
    [
      403,
      refusal(403, "Permission 'workflows.workflows.get' denied on\nresource 'm-deployer'.", 'IAM_PERMISSION_DENIED'),
      "Google Cloud denies it in project acme-ml: Permission 'workflows.workflows.get' denied on resource 'm-deployer'; ask for what grantOperate of the construct gives, or correct the project",
    ],
    [
      401,
      refusal(401, 'Request had invalid authentication credentials.'),
      `Google Cloud does not accept the credentials: Request had invalid authentication credentials; ${SIGN_IN}`,
    ],
    [400, 'Bad Request', 'Google Cloud answered HTTP 400: Bad Request'],
    [418, '', 'Google Cloud answered HTTP 418'],
  ])('HTTP %i', async (status, body, sentence) => {
    google.failures[GET] = { status, body };
    expect(await problem(CONFIG)).toEqual([1, sentence]);
    expect(google.calls).toHaveLength(1);
  });

  test('an answer that is no JSON', async () => {
    google.failures[GET] = { status: 200, body: '<html>sign in to the proxy</html>' };
    expect((await problem(CONFIG))[1]).toBe('Google Cloud answered what is no JSON: <html>sign in to the proxy</html>');
  });

  test.each([429, 500, 502, 503, 504])('HTTP %i passes by itself, or is said in the end', async (status) => {
    google.failures[GET] = { status, body: refusal(status, 'later'), times: 4 };
    expect(await endpointOf(CONFIG)).toBe('m');
    google.failures[GET] = { status, body: refusal(status, 'later'), times: 5 };
    expect(await problem(CONFIG)).toEqual([1, `Google Cloud answered HTTP ${status}: later`]);
  });

  test('a request to the deployer is the same request when it is made again', async () => {
    const post = `POST https://workflowexecutions.googleapis.com/v1/${PLACE}/workflows/m-deployer/executions`;
    google.failures[post] = { status: 503, body: 'later', times: 1 };
    expect((await run('rollback', CONFIG)).code).toBe(0);
    expect(google.calls.filter((call) => call === post)).toHaveLength(2);
    expect(google.argument.request!.kind).toBe('rollback');
  });

  test('no network, and no answer in time', async () => {
    google.failures[GET] = new TypeError('fetch failed', { cause: new Error('getaddrinfo ENOTFOUND') });
    expect(await problem(CONFIG)).toEqual([
      1,
      'Google Cloud cannot be reached: workflows.googleapis.com: getaddrinfo ENOTFOUND; check the network',
    ]);
    expect(google.calls).toHaveLength(5);
    google.failures[GET] = new DOMException('The operation was aborted due to timeout', 'TimeoutError');
    expect((await problem(CONFIG))[1]).toContain('workflows.googleapis.com: no answer in time; ');
  });
});

describe('the credentials', () => {
  beforeEach(() => delete process.env.GOOGLE_OAUTH_ACCESS_TOKEN);
  afterEach(() => vi.doUnmock('google-auth-library'));

  /** The library as it is installed beside this package. */
  function installed(getRequestHeaders: () => Promise<object>): object[] {
    const asked: object[] = [];
    class GoogleAuth {
      public constructor(options: object) {
        asked.push(options);
      }
      public getRequestHeaders = getRequestHeaders;
    }
    vi.doMock('google-auth-library', () => ({ GoogleAuth }));
    return asked;
  }

  test('are a token of the environment', async () => {
    process.env.GOOGLE_OAUTH_ACCESS_TOKEN = 'ya29.x';
    await endpointOf(CONFIG);
    expect(google.headers.get('authorization')).toBe('Bearer ya29.x');
  });

  test.each([
    [{ authorization: 'Bearer adc', 'x-goog-user-project': 'q' }],
    [new Headers({ Authorization: 'Bearer adc', 'x-goog-user-project': 'q' })],
  ])('are the default ones, with the project that pays: %j', async (headers) => {
    const asked = installed(async () => headers);
    await run('rollback', CONFIG);
    expect(asked).toEqual([{ scopes: ['https://www.googleapis.com/auth/cloud-platform'] }]);
    expect(Object.fromEntries(google.headers)).toEqual({
      authorization: 'Bearer adc',
      'content-type': 'application/json',
      'x-goog-user-project': 'q',
    });
  });

  test('that are not there are said', async () => {
    installed(async () => {
      throw new Error('Could not load the default credentials.\nBrowse to https://x for more information.');
    });
    expect(await problem(CONFIG)).toEqual([
      1,
      'there are no Google Cloud credentials: Could not load the default credentials. Browse to https://x for more information; sign in (gcloud auth application-default login), or give a token in GOOGLE_OAUTH_ACCESS_TOKEN',
    ]);
  });

  test('need a library, which is no dependency', async () => {
    expect(() => createRequire(__filename).resolve('google-auth-library')).toThrow('Cannot find module');
    const [code, sentence] = await problem(CONFIG);
    expect([code, sentence]).toEqual([
      1,
      'Google Cloud credentials need google-auth-library, which is not installed; run: npm install google-auth-library (or give a token: export GOOGLE_OAUTH_ACCESS_TOKEN="$(gcloud auth print-access-token)")',
    ]);
    expect(google.calls).toEqual([]);
  });
});
