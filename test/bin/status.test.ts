import { describe, expect, test } from 'vitest';
import { main } from '../../bin/main';
import type { DeploymentRecord } from '../../lib/deployer/record';
import { emptyRecord } from '../../lib/deployer/record';
import type { MonitorRecord } from '../../lib/monitoring/record';
import { emptyMonitorRecord } from '../../lib/monitoring/record';
import { MACHINE, TABLE, addMonitors, endpointStack, serveFakeAws } from './fake-aws';
import { configFile, lines, run } from './harness';
import { GROUP, champion, deployment, inFlight, monitorSettings, record, runningTest } from './records';

const aws = serveFakeAws();
const CONFIG = configFile({ name: 'm', level: 0 }, 'm.json');
const AT = '2026-11-25T12:00:00.000Z';

function standing(stored: DeploymentRecord | string): void {
  aws.stacks.m = endpointStack('m');
  aws.records.m = stored;
}

const settled = (done: boolean, outcome: string) => [{ id: 'r1', kind: 'rollback' as const, at: AT, done, outcome }];

const FULL = record({
  inFlight: inFlight(),
  test: runningTest(),
  requests: [{ id: 'r2', at: AT, by: 'bo\u001b[2J', kind: 'promote' }],
  settled: settled(false, 'there is no earlier champion to go back to'),
  refused: { [`${GROUP}/5`]: { reason: 'errors', at: AT }, 's3://acme-ml/m.tar.gz': { reason: 'slow', at: AT } },
  decisions: [{ at: AT, what: 'deployed', why: 'version 7 was approved', model: 'version 7' }],
});

test('says everything that people ask', async () => {
  standing(FULL);
  const { code, stdout, stderr } = await run('status', CONFIG);
  expect([code, stderr]).toEqual([0, '']);
  expect(stdout).toBe(`m
  serving       version 7 in slot a since 2026-11-17 10:00 UTC
  in flight     deploy: version 8 was approved, since 2026-11-25 10:00 UTC, until 2026-11-25 11:00 UTC at the latest
  A/B test      version 8 against version 7 with 20 % of the requests, since 2026-11-25 10:00 UTC, until 2026-11-26 10:00 UTC at the latest
    champion    80,000 requests, 800 (1 %) errors, 0 (0 %) slow
    challenger  20,000 requests, 190 (0.95 %) errors, 3 (0.015 %) slow
    judge       Undecided so far: errors not shown to stay within 1.5 times.
  waiting       promote by bo [2J, since 2026-11-25 12:00 UTC (r2)
  previous      version 6, from 2026-11-16 10:00 UTC
  refused       version 5: errors (2026-11-25 12:00 UTC)
                s3://acme-ml/m.tar.gz: slow (2026-11-25 12:00 UTC)
  last request  rollback not done: there is no earlier champion to go back to
  decided       2026-11-25 12:00 UTC deployed, version 7: version 7 was approved
`);
});

test('--json is one document with the same', async () => {
  standing(FULL);
  const { code, stdout } = await run('status', CONFIG, '--json');
  const document = JSON.parse(stdout);
  expect(code).toBe(0);
  expect(document).toEqual({
    endpoint: 'm',
    state: 'serving',
    champion: {
      model: { version: `${GROUP}/7`, number: 7 },
      slot: 'a',
      servingSince: '2026-11-17T10:00:00.000Z',
      deployment: 'd7',
      configName: 'm-d7',
    },
    inFlight: {
      kind: 'update',
      purpose: 'deploy',
      why: 'version 8 was approved',
      startedAt: '2026-11-25T10:00:00.000Z',
      deadline: '2026-11-25T11:00:00.000Z',
    },
    test: expect.objectContaining({ endsAt: '2026-11-26T10:00:00.000Z', totals: FULL.test!.totals }),
    requests: [{ id: 'r2', kind: 'promote', at: AT, by: 'bo\u001b[2J' }],
    settled: FULL.settled,
    previous: [expect.objectContaining({ model: { version: `${GROUP}/6`, number: 6 } })],
    refused: [
      { model: `${GROUP}/5`, reason: 'errors', at: AT },
      { model: 's3://acme-ml/m.tar.gz', reason: 'slow', at: AT },
    ],
    decisions: FULL.decisions,
    monitors: [],
  });
});

test('says that nothing serves, and what to do', async () => {
  standing(emptyRecord('m'));
  expect((await run('status', CONFIG)).stdout).toBe(
    'm\n  serving    nothing: no model has been deployed yet; approve a version, or deploy one by its number\n  in flight  nothing\n',
  );
  expect(JSON.parse((await run('status', CONFIG, '--json')).stdout)).toMatchObject({ state: 'empty', previous: [] });
  standing({ ...emptyRecord('m'), undeployed: true });
  expect((await run('status', CONFIG)).stdout).toContain('nothing: the model was taken from the endpoint');
  expect(JSON.parse((await run('status', CONFIG, '--json')).stdout).state).toBe('undeployed');
});

test('a record of a later version is read, with what this one does not know left aside', async () => {
  const later = { ...record(), shadow: { model: 9 }, champion: { ...champion(7), canary: true } };
  standing(JSON.stringify(later));
  const { code, stdout } = await run('status', CONFIG);
  expect([code, lines(stdout)[1]]).toEqual([0, '  serving    version 7 in slot a since 2026-11-17 10:00 UTC']);
});

test.each([
  ['{"format":', 'it is no JSON'],
  ['', 'it is no JSON'],
  ['[]', 'got format undefined, known: 1'],
  ['{"format":2,"endpoint":"m"}', 'got format 2, known: 1'],
  ['{"format":1,"endpoint":"other"}', 'it is the record of "other"'],
])('a record that cannot be read is said: %s', async (document, what) => {
  standing(document);
  for (const command of ['status', 'rollback']) {
    const { code, stdout, stderr } = await run(command, CONFIG);
    expect([code, stdout, lines(stderr).length]).toEqual([1, '', 1]);
    expect(stderr).toContain(`the deployment record of m cannot be read: ${what}; `);
  }
  expect(aws.executions).toEqual({});
});

test('of long lists people get the first ones, programs all', async () => {
  const decision = (index: number) => ({ at: AT, what: 'deployed', why: `${index} ${'why '.repeat(1500)}` });
  const refused = Array.from({ length: 50 }, (_, i) => [`${GROUP}/${i}`, { reason: 'slow', at: AT }]);
  const decisions = Array.from({ length: 50 }, (_, i) => decision(i));
  standing(record({ decisions, refused: Object.fromEntries(refused) }));
  const { stdout } = await run('status', CONFIG);
  expect(stdout.match(/and 45 more \(--json has them all\)/g)).toHaveLength(2);
  expect(lines(stdout).length).toBe(16);
  const document = JSON.parse((await run('status', CONFIG, '--json')).stdout);
  expect([document.decisions.length, document.refused.length]).toEqual([50, 50]);
});

/** What the table holds at each look; the last one stays. */
function follows(...stored: DeploymentRecord[]): void {
  standing(stored[0]);
  aws.look = (count) => (aws.records.m = stored[Math.min(count, stored.length) - 1]);
}

test('--wait follows until the deployer rests', async () => {
  const request = { id: 'r1', at: AT, by: 'ana', kind: 'rollback' as const };
  const unstarted = runningTest({ startedAt: undefined });
  const ending = runningTest({ verdict: { decision: 'promote', reason: 'better', at: AT, refused: false } });
  follows(
    record({ requests: [request] }),
    record({ requests: [request], inFlight: inFlight({ request: 'r1', purpose: 'rollback', why: 'ana rolls back' }) }),
    record({ test: unstarted }),
    record({ test: ending }),
    record({ settled: settled(true, 'ana rolls back'), test: runningTest() }),
  );
  const { code, stdout, stderr } = await run('status', CONFIG, '--wait');
  expect(lines(stderr)).toEqual([
    'waiting: rollback by ana',
    'rollback: ana rolls back, since 2026-11-25 10:00 UTC, until 2026-11-25 11:00 UTC at the latest',
    'the test has no traffic yet',
    'the test ends: better',
  ]);
  expect(code).toBe(0);
  expect(stdout).toContain('last request  rollback done: ana rolls back');
});

test('--wait ends with exit code 3 when the last request was not done', async () => {
  standing(record({ settled: settled(false, 'the alarm\nrang') }));
  const { code, stdout, stderr } = await run('status', CONFIG, '--wait', '--json');
  expect([code, stderr]).toEqual([3, 'rollback was not done: the alarm rang\n']);
  expect(JSON.parse(stdout).settled[0].done).toBe(false);
  expect((await run('status', CONFIG)).code).toBe(0);
});

test('--wait judges a rollout that nobody asked for by what serves then', async () => {
  const old = settled(false, 'long ago').map((one) => ({ ...one, at: '2026-11-01T00:00:00.000Z' }));
  const traffic = inFlight({ kind: 'traffic', purpose: 'test', deployment: undefined });
  follows(record({ settled: old, inFlight: inFlight() }), record({ settled: old, champion: champion(8) }));
  expect((await run('status', CONFIG, '--wait')).code).toBe(0);
  aws.calls = [];
  follows(
    record({ settled: old, inFlight: inFlight() }),
    record({ settled: old, inFlight: traffic, test: runningTest({ startedAt: undefined }) }),
    record({ settled: old, test: runningTest({ deployment: deployment('d8', 8) }) }),
  );
  expect((await run('status', CONFIG, '--wait')).code).toBe(0);
  aws.calls = [];
  const decisions = [
    { at: AT, what: 'adjusted', why: 'scaling' },
    { at: AT, what: 'deploy: failed', why: 'the alarm on errors rang' },
  ];
  follows(record({ inFlight: inFlight() }), record({ decisions }));
  const { code, stderr } = await run('status', CONFIG, '--wait');
  expect([code, lines(stderr).at(-1)]).toEqual([3, 'deploy was not done: the alarm on errors rang']);
});

test('--wait has an end', async () => {
  standing(record({ inFlight: inFlight() }));
  const { code, stdout, stderr } = await run('status', CONFIG, '--wait', '--timeout', '0.005');
  expect(code).toBe(3);
  expect(lines(stderr).at(-1)).toMatch(/^not done after 0\.005 minutes/);
  expect(stdout).toContain('in flight  deploy: version 8 was approved');
});

test('a terminal gets colors', async () => {
  standing(record());
  let stdout = '';
  const terminal = { write: (text: string) => (stdout += text), isTTY: true };
  await main(['status', CONFIG], { stdout: terminal, stderr: terminal, env: {} });
  expect(stdout).toContain('\u001b[1mm\u001b[0m');
});

describe('the drift monitors', () => {
  const REPORT = 's3://artifacts/drift/m/reports/2026/11/25/r2.html';
  const numbers = { rows: 12_000, maxDrift: 2.5, driftedShare: 0.5 };
  const MONITOR: MonitorRecord = {
    ...emptyMonitorRecord('m'),
    state: 'drift',
    since: '2026-11-25T10:00:00.000Z',
    incident: 1,
    quality: 'ok',
    qualitySince: '2026-11-20T10:00:00.000Z',
    runs: [
      {
        ...{ id: 'r2', at: AT, verdict: 'drift', reason: 'origin:\nPSI 0.5 is above 0.2', report: REPORT, ...numbers },
        driftedColumns: ['origin', 'dist\u001b[2Jance'],
        moreColumns: 1500,
        quality: { verdict: 'fine', value: 0.81, reason: 'auc is 0.81, at least 0.75 is wanted' },
      },
      {
        id: 'r1',
        at: '2026-11-25T10:00:00.000Z',
        verdict: 'drift',
        reason: 'origin',
        ...numbers,
        driftedColumns: ['origin'],
      },
    ],
    retrainings: [
      { token: 't2', at: AT, cause: 'schedule', why: 'origin' },
      { token: 't1', at: '2026-11-24T12:00:00.000Z', cause: 'command line', why: 'new features', execution: 'arn:e1' },
    ],
    decisions: [
      { at: '2026-11-25T10:00:00.000Z', what: 'not now', why: 'the cooldown is 24 h', times: 3, lastAt: AT },
      { at: '2026-11-24T12:00:00.000Z', what: 'retrain', why: 'new features', cause: 'command line' },
    ],
  };

  function watched(stored: MonitorRecord | string | undefined): void {
    standing(record());
    addMonitors(aws, 'm', monitorSettings('m'));
    aws.monitors.m = stored;
  }

  const rows = async (...argv: string[]) => {
    const { code, stdout, stderr } = await run('status', CONFIG, ...argv);
    expect([code, stderr]).toEqual([0, '']);
    const all = lines(stdout);
    return all.slice(all.findIndex((line) => line.startsWith('  monitor')));
  };

  test('are told: what they saw, since when, and what became of it', async () => {
    watched(MONITOR);
    expect(await rows()).toEqual([
      '  monitor      m: drift since 2026-11-25 10:00 UTC',
      '    last run   2026-11-25 12:00 UTC, 12,000 rows: origin: PSI 0.5 is above 0.2',
      '    drifted    origin, dist [2Jance and 1,500 more',
      '    quality    fine since 2026-11-20 10:00 UTC: auc is 0.81, at least 0.75 is wanted',
      `    report     ${REPORT}`,
      '    retrained  2026-11-25 12:00 UTC by schedule: origin (not known whether it started)',
      '               2026-11-24 12:00 UTC by command line: new features (arn:e1)',
      '    decided    2026-11-25 10:00 UTC not now: the cooldown is 24 h (3 times, last 2026-11-25 12:00 UTC)',
      '               2026-11-24 12:00 UTC retrain: new features',
    ]);
    const { format: _format, revision: _revision, ...told } = MONITOR;
    expect(JSON.parse((await run('status', CONFIG, '--json')).stdout).monitors).toEqual([told]);
  });

  test('that have not run yet, or have no verdict, or failed, say so', async () => {
    watched(undefined);
    expect(await rows()).toEqual(['  monitor    m: has not run yet']);
    const [run1] = MONITOR.runs;
    const empty = {
      ...emptyMonitorRecord('m'),
      runs: [{ ...run1, quality: undefined, driftedColumns: [], report: undefined }],
    };
    watched(empty);
    expect((await rows())[0]).toBe('  monitor     m: no verdict yet');
    watched({ ...empty, runs: [{ ...empty.runs[0], failure: 'denied', rows: 0, moreColumns: undefined }] });
    expect((await rows())[1]).toBe('    last run  2026-11-25 12:00 UTC, 0 rows: failed: denied');
  });

  test('of other endpoints are left aside', async () => {
    aws.stacks.app = endpointStack('m', 'n');
    aws.records.m = record();
    const batch = { location: 's3://b/c', mode: 'batch' as const };
    const others = [monitorSettings('other', { captured: batch }), monitorSettings('n')];
    addMonitors(aws, 'app', monitorSettings('m', { captured: batch }), ...others);
    const { stdout } = await run('status', CONFIG, '--stack', 'app', '--json');
    expect(JSON.parse(stdout).monitors.map(({ monitor }: MonitorRecord) => monitor)).toEqual(['m']);
  });

  test('that cannot be read do not hide what serves', async () => {
    const denied = { code: 'AccessDeniedException', message: 'not authorized to perform: events:ListTargetsByRule' };
    watched(MONITOR);
    aws.failures.ListTargetsByRule = denied;
    const sentence = `AWS denies it: ${denied.message}; ask for this right, or name another profile with --profile`;
    expect(await rows()).toEqual([`  monitor    not known: ${sentence}`]);
    const document = JSON.parse((await run('status', CONFIG, '--json')).stdout);
    expect([document.state, document.monitors, document.monitorsUnknown]).toEqual(['serving', undefined, sentence]);
    aws.failures.ListTargetsByRule = undefined;
    aws.monitors.m = '{"format":9}';
    expect((await rows())[0]).toContain('not known: the record of monitor m cannot be read: got format 9, known: 1; ');
  });

  test('are not looked for where no stack is looked into', async () => {
    watched(MONITOR);
    const { stdout } = await run('status', CONFIG, '--state-machine', MACHINE, '--table', TABLE, '--json');
    expect(JSON.parse(stdout).monitors).toBeUndefined();
  });

  test('of an analyzer in another stack are said', async () => {
    watched(MONITOR);
    const template = structuredClone(aws.stacks.m.template) as any;
    template.Resources.MonitorRule0.Properties.Targets[0].Arn = { 'Fn::ImportValue': 'Analyzer' };
    aws.stacks.m = { ...aws.stacks.m, template };
    expect((await rows())[0]).toContain('not known: a drift monitor of the stack is run by an analyzer of another');
  });
});
