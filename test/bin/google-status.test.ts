import { beforeEach, describe, expect, test } from 'vitest';
import type { DeploymentRecord } from '../../lib/deployer/record';
import { emptyRecord } from '../../lib/deployer/record';
import { emptyMonitorRecord } from '../../lib/monitoring/record';
import { MODEL, MONITOR, PLACE, POLICY, RECORD, monitored, policySeen, serveFakeGoogle, standing } from './fake-google';
import { configFile, lines, run } from './harness';
import { champion, inFlight, record } from './records';

const google = serveFakeGoogle();
const CONFIG = configFile({ name: 'm', level: 0, google: { project: 'acme-ml', region: 'europe-west4' } }, 'm.json');
const AT = '2026-11-25T12:00:00.000Z';

beforeEach(() => standing(google, record()));

test('says what serves, with versions of Vertex AI by their numbers', async () => {
  const variants = [{ slot: 'a' as const, model: { version: `${MODEL}@7`, number: 7 }, modelName: '7' }];
  const refused = { [`${MODEL}@5`]: { reason: 'errors', at: AT }, 'gs://acme-ml-models/m': { reason: 'slow', at: AT } };
  google.put(RECORD, record({ champion: { ...champion(7), variants }, refused }));
  const { code, stdout, stderr } = await run('status', CONFIG);
  expect([code, stderr]).toEqual([0, '']);
  expect(lines(stdout)).toEqual([
    'm',
    '  serving    version 7 in slot a since 2026-11-17 10:00 UTC',
    '  in flight  nothing',
    '  previous   version 6, from 2026-11-16 10:00 UTC',
    '  refused    version 5: errors (2026-11-25 12:00 UTC)',
    '             gs://acme-ml-models/m: slow (2026-11-25 12:00 UTC)',
  ]);
  const document = JSON.parse((await run('status', CONFIG, '--json')).stdout);
  expect(document).toMatchObject({ endpoint: 'm', state: 'serving', champion: { model: { number: 7 } }, monitors: [] });
});

test('right after the first apply nothing serves yet', async () => {
  delete google.objects[RECORD];
  expect((await run('status', CONFIG)).stdout).toContain('nothing: no model has been deployed yet');
});

/** What the record is at each look; the last one stays. */
function follows(...stored: DeploymentRecord[]): void {
  google.look = (count) => google.put(RECORD, stored[Math.min(count, stored.length) - 1]);
}

test('--wait waits for the policy that was applied last, also before the first record', async () => {
  delete google.objects[RECORD];
  const seen = policySeen(google);
  const policy = { id: 'policy-1001', kind: 'deploy' as const, by: 'infrastructure', at: AT };
  google.look = (count) => {
    if (count === 2) google.put(RECORD, { ...emptyRecord('m'), ...seen, requests: [policy] });
    if (count === 3) google.put(RECORD, record(seen));
  };
  const { code, stdout, stderr } = await run('status', CONFIG, '--wait');
  expect(lines(stderr)).toEqual([
    'the deployer reads the policy that was applied last',
    'waiting: deploy by infrastructure',
  ]);
  expect([code, lines(stdout)[1]]).toEqual([0, '  serving    version 7 in slot a since 2026-11-17 10:00 UTC']);
});

test('--wait waits for a policy that is newer than the one which was read', async () => {
  const { policySeen: old } = policySeen(google);
  google.put(POLICY, { format: 1, model: MODEL });
  follows(record({ policySeen: old }), record(policySeen(google)));
  const { code, stderr } = await run('status', CONFIG, '--wait');
  expect([code, lines(stderr)]).toEqual([0, ['the deployer reads the policy that was applied last']]);
});

test('--wait waits for what is in flight, and then judges', async () => {
  const seen = policySeen(google);
  const at = { at: '2026-11-25T10:30:00.000Z' };
  const failed = [{ ...at, what: 'deploy: failed', why: 'errors: 3 % of the requests' }];
  const canary = inFlight({ progress: { percent: 10, since: AT } });
  follows(record({ ...seen, inFlight: canary }), record({ ...seen, decisions: failed }));
  const { code, stderr } = await run('status', CONFIG, '--wait');
  expect([code, lines(stderr)]).toEqual([
    3,
    [
      'deploy: version 8 was approved, 10 % of the requests, since 2026-11-25 10:00 UTC, until 2026-11-25 11:00 UTC at the latest',
      'deploy was not done: errors: 3 % of the requests',
    ],
  ]);
  follows(record({ inFlight: canary }));
  expect(JSON.parse((await run('status', CONFIG, '--json')).stdout).inFlight.percent).toBe(10);
});

test('--wait follows a destroyed stack until its models are gone', async () => {
  delete google.objects[POLICY];
  const owner = { stack: 'm', resource: 'Endpoint' };
  follows(record({ owner }), { ...emptyRecord('m'), champion: undefined });
  const { code, stderr } = await run('status', CONFIG, '--wait');
  expect([code, lines(stderr)]).toEqual([0, ['the policy is gone: the deployer takes the models away']]);
});

test('--wait has an end, and still says how things stand', async () => {
  const { code, stdout, stderr } = await run('status', CONFIG, '--wait', '--timeout', '0.001');
  expect(code).toBe(3);
  expect(lines(stderr).at(-1)).toMatch(/^not done after 0\.001 minutes, .*: the deployer reads the policy/);
  expect(stdout).toContain('serving    version 7');
});

test('a record that cannot be read is said, and nothing is asked for', async () => {
  google.put(RECORD, '{"format":2,"endpoint":"m"}');
  for (const command of ['status', 'undeploy']) {
    const { code, stdout, stderr } = await run(command, CONFIG);
    expect([code, stdout, lines(stderr).length]).toEqual([1, '', 1]);
    expect(stderr).toContain('the deployment record of m cannot be read: got format 2, known: 1; ');
  }
  expect(google.executions).toEqual({});
});

describe('the drift monitor', () => {
  const row = async () => lines((await run('status', CONFIG)).stdout).find((line) => line.startsWith('  monitor'));

  test('of the endpoint is told, also before its first run', async () => {
    monitored(google);
    expect(await row()).toBe('  monitor    m: has not run yet');
    google.put(MONITOR, { ...emptyMonitorRecord('m'), state: 'drift', since: AT, runs: [] });
    const { monitors } = JSON.parse((await run('status', CONFIG, '--json')).stdout);
    expect(monitors).toMatchObject([{ monitor: 'm', state: 'drift', since: AT }]);
  });

  test('that cannot be read does not hide what serves', async () => {
    monitored(google);
    google.put(MONITOR, '{"format":9}');
    expect(await row()).toContain('not known: the record of monitor m cannot be read: got format 9, known: 1; ');
    const body = { error: { code: 403, message: "Permission 'workflows.workflows.get' denied", details: [] } };
    google.failures[`GET https://workflows.googleapis.com/v1/${PLACE}/workflows/m-drift`] = { status: 403, body };
    expect(await row()).toContain(
      "not known: Google Cloud denies it in project acme-ml: Permission 'workflows.workflows",
    );
  });
});
