import { beforeEach, describe, expect, test } from 'vitest';
import { runOperation } from '../../../lib/runtime/aws/drift/operations';
import type { AnalyzerPlan } from '../../../lib/runtime/drift-contract';
import { FakeAws, serviceError } from './fake-aws';
import {
  capture,
  CAPTURED,
  capturedRows,
  DEPLOYMENT,
  eventOf,
  prepare,
  RULES,
  runMonitor,
  SETTINGS,
  VERSION,
  workThrough,
} from './fixture';

const OUTPUT = SETTINGS.output;
const REPORT = `${OUTPUT}/reports/2026/11/25/run-1`;

let aws: FakeAws;
beforeEach(async () => {
  aws = new FakeAws();
  await prepare(aws);
});

const metrics = (name: string) =>
  aws
    .inputs('PutMetricData')
    .flatMap(({ MetricData }) => MetricData)
    .filter(({ MetricName }) => MetricName === name);

describe('a run of a monitor', () => {
  test('finds no drift in traffic like the baseline, and says what it looked at', async () => {
    capture(aws, 0, 24);
    const { result, worked } = await runMonitor(aws);
    expect(worked).toHaveLength(24);
    expect(result).toMatchObject({ retrain: false, events: [] });
    expect(result.message).toBeUndefined();
    expect(aws.json(`${REPORT}.json`)).toMatchObject({
      title: 'churn',
      model: VERSION,
      window: { from: '2026-11-24T00:00:00.000Z', to: '2026-11-25T00:00:00.000Z' },
      judgement: { verdict: 'noDrift', rows: 480 },
      state: { drift: 'ok' },
    });
    expect(aws.record('churn')).toMatchObject({
      state: 'ok',
      model: VERSION,
      runs: [{ id: 'run-1', verdict: 'noDrift' }],
    });
  });

  test('finds drift, tells of it once, and asks for a retraining', async () => {
    capture(aws, 0, 24, { older: 30 });
    const { result } = await runMonitor(aws);
    expect(result.retrain).toBe(true);
    expect(result.events).toEqual([
      expect.objectContaining({
        detailType: 'Drift State Change',
        monitor: 'churn',
        state: 'drift',
        driftedColumns: ['age'],
        incident: 1,
      }),
    ]);
    expect(result.message).toMatchObject({ topicArn: SETTINGS.topicArn, subject: 'churn: drift (7)' });
    expect(result.message!.text).toContain(`${REPORT}.html`);
    expect(aws.text(`${OUTPUT}/latest.html`)).toContain('age');
    capture(aws, 0, 1, { older: 30, day: 25 });
    const next = await runMonitor(aws, { id: 'run-2', startedAt: '2026-11-25T01:05:00.000Z' });
    expect(next.result).toMatchObject({ events: [], retrain: true });
    expect(next.result.message).toBeUndefined();
  });

  test('that is repeated after its answer was lost changes nothing and answers the same', async () => {
    capture(aws, 0, 24, { older: 30 });
    const first = await runMonitor(aws);
    const [record, report] = [aws.record('churn'), aws.text(`${REPORT}.json`)];
    const again = await runMonitor(aws);
    expect(again.result).toEqual(first.result);
    expect(aws.record('churn')).toEqual(record);
    expect(aws.text(`${REPORT}.json`)).toBe(report);
    const [one, two] = metrics('max_drift');
    expect(two).toEqual(one);
  });

  test('publishes figures of the monitor and of its worst columns', async () => {
    capture(aws, 0, 24, { older: 30 });
    await runMonitor(aws);
    const Dimensions = [{ Name: 'Monitor', Value: 'churn' }];
    expect(metrics('rows')).toMatchObject([
      { Value: 480, Dimensions, Timestamp: new Date('2026-11-25T00:05:00.000Z') },
    ]);
    expect(metrics('drift')).toMatchObject([{ Value: 1 }]);
    expect(metrics('unreadable_files')).toMatchObject([{ Value: 0 }]);
    const columns = metrics('column_drift');
    expect(columns[0].Dimensions).toEqual([...Dimensions, { Name: 'Column', Value: 'age' }]);
    expect(columns[0].Value).toBe(metrics('max_drift')[0].Value);
    expect(columns).toHaveLength(3);
    expect(columns[0].Value).toBeGreaterThan(1);
  });

  test('reads only what is new: stored hours are not counted again', async () => {
    capture(aws, 0, 24);
    await runMonitor(aws);
    capture(aws, 0, 1, { day: 25 });
    const { worked, result } = await runMonitor(aws, { id: 'run-2', startedAt: '2026-11-25T01:05:00.000Z' });
    expect(worked).toEqual([expect.stringContaining('2026-11-25T00-0000')]);
    expect(result.reason).not.toContain('not');
    expect(aws.json(`${OUTPUT}/latest.json`)).toMatchObject({
      window: { from: '2026-11-24T01:00:00.000Z' },
      windowCounts: { rows: 480, files: 24 },
    });
  });

  test('counts an hour again when a file comes late', async () => {
    capture(aws, 0, 24);
    await runMonitor(aws);
    aws.put(`${CAPTURED}2026/11/24/12/late.jsonl`, capturedRows(7, 999));
    const { worked } = await runMonitor(aws, { id: 'run-2' });
    expect(worked).toEqual([expect.stringContaining('2026-11-24T12-0000')]);
    expect(aws.json(`${OUTPUT}/latest.json`).windowCounts.rows).toBe(487);
  });

  test.each([
    ['no JSON', (): string => '{"format":'],
    ['counts over other bins', (text: string): string => text.replace(/"counts":\[\d+,/, '"counts":[')],
  ])('counts an hour again whose stored counts are damaged: %s', async (_, damage) => {
    capture(aws, 0, 24);
    await runMonitor(aws);
    const stored = aws.uris(`${OUTPUT}/hours/`).find((uri) => uri.endsWith('2026-11-24T05.json'))!;
    const before = aws.text(stored)!;
    aws.put(stored, damage(before));
    const { worked } = await runMonitor(aws, { id: 'run-2' });
    expect(worked).toEqual([expect.stringContaining('2026-11-24T05-0000')]);
    expect(aws.text(stored)).toBe(before);
  });

  test.each([
    ['2026-11-25T00:04:59.999Z', '2026-11-24T23:00:00.000Z'],
    ['2026-11-25T00:05:00.000Z', '2026-11-25T00:00:00.000Z'],
    ['2026-11-25T00:59:59.000Z', '2026-11-25T00:00:00.000Z'],
  ])('that begins at %s looks at the hours before %s', async (startedAt, to) => {
    capture(aws, 0, 24);
    await runMonitor(aws, { startedAt });
    expect(aws.json(`${OUTPUT}/latest.json`).window.to).toBe(to);
  });

  test('may end its window where it is asked to', async () => {
    capture(aws, 0, 24);
    const { worked } = await runMonitor(aws, { input: { until: '2026-11-24T20:05:00Z' } });
    expect(worked).toHaveLength(20);
    expect(aws.json(`${REPORT}.json`).windowCounts.rows).toBe(400);
  });

  test('over an older window neither replaces the newest report nor asks for a retraining', async () => {
    capture(aws, 0, 24, { older: 30 });
    await runMonitor(aws);
    const latest = aws.text(`${OUTPUT}/latest.json`);
    const { result } = await runMonitor(aws, { id: 'backfill', input: { until: '2026-11-24T20:05:00Z' } });
    expect(result).toMatchObject({ retrain: false, events: [] });
    expect(aws.text(`${OUTPUT}/latest.json`)).toBe(latest);
    expect(metrics('rows')).toHaveLength(1);
  });

  test('judges the champion with its own traffic only', async () => {
    capture(aws, 0, 24);
    aws.put(`s3://artifacts/captured/${DEPLOYMENT}/churn/b/2026/11/24/12/other.jsonl`, capturedRows(500, 1, 40));
    aws.put(`s3://artifacts/captured/20261101-000000-ffff/churn/a/2026/11/24/12/old.jsonl`, capturedRows(500, 1, 40));
    await runMonitor(aws);
    expect(aws.json(`${REPORT}.json`).windowCounts.rows).toBe(480);
  });

  test('keeps two monitors in one table and one bucket apart', async () => {
    capture(aws, 0, 24, { older: 30 });
    const other = { ...SETTINGS, name: 'other', output: 's3://artifacts/drift/other' };
    await runMonitor(aws);
    const { result, worked } = await runMonitor(aws, { input: { monitor: other } });
    expect(worked).toHaveLength(24);
    expect(result.events).toMatchObject([{ monitor: 'other', incident: 1 }]);
    expect(aws.record('churn')!.runs).toHaveLength(1);
    expect(aws.record('other')!.runs).toHaveLength(1);
  });

  test('with a rolling baseline compares with the window before', async () => {
    await prepare(aws, { baseline: 'rolling' });
    capture(aws, 0, 24, { older: 30, day: 23 });
    capture(aws, 0, 24, { older: 30 });
    const { result } = await runMonitor(aws);
    expect(result.events).toEqual([]);
    expect(aws.json(`${REPORT}.json`)).toMatchObject({
      judgement: { verdict: 'noDrift', rows: 480, baselineRows: 480 },
      baseline: { source: 'the traffic from 2026-11-23T00:00:00.000Z to 2026-11-24T00:00:00.000Z' },
    });
  });

  test('works on files of many pages, cut into batches of one hour', async () => {
    const body = capturedRows(1, 1);
    for (let index = 0; index < 1300; index++) {
      const hour = index < 1250 ? '00' : '01';
      aws.put(`${CAPTURED}2026/11/24/${hour}/${String(index).padStart(6, '0')}.jsonl`, body);
    }
    const plan = (await runOperation(aws, eventOf({})('plan'))) as AnalyzerPlan;
    const batches = aws.uris(`s3://${plan.bucket}/${plan.batches}`);
    expect(batches).toHaveLength(3 + 1); // 1,250 files and 50, at most 500 a batch
    expect(JSON.stringify(plan).length).toBeLessThan(1000);
    await workThrough(aws, plan);
    await runOperation(aws, eventOf({})('judge', { plan }));
    expect(aws.json(`${REPORT}.json`).windowCounts).toMatchObject({ files: 1300, rows: 1300 });
  });

  test('of 720 hours lists them in few requests', async () => {
    await prepare(aws, { windowHours: 720 });
    for (let day = 1; day <= 24; day += 6) capture(aws, 0, 24, { rows: 1, day });
    const { worked } = await runMonitor(aws);
    expect(worked).toHaveLength(96);
    expect(aws.inputs('ListObjectsV2').length).toBeLessThan(5);
  });
});

describe('a run without a verdict', () => {
  test.each([
    ['no model serves', () => aws.putDeployment('churn', {}), /no model serves on churn/],
    ['the record of the deployer is lost', () => aws.items.delete('deployments/churn'), /no model serves on churn/],
    [
      'the version has no baseline',
      () => (aws.answers.DescribeModelPackage = () => ({ CustomerMetadataProperties: {} })),
      /version 7 was trained without a baseline/,
    ],
    ['nothing was captured', () => undefined, /nothing was captured below s3:\/\/artifacts\/captured/],
  ])('says why: %s', async (_, arrange, reason) => {
    arrange();
    const { plan, result } = await runMonitor(aws);
    expect(plan.next).toBe('judge');
    expect(result.reason).toMatch(reason);
    expect(aws.record('churn')).toMatchObject({
      state: 'unknown',
      runs: [{ verdict: 'notEnoughData', reason: expect.stringMatching(reason) }],
    });
    expect(aws.json(`${REPORT}.json`).judgement.verdict).toBe('notEnoughData');
    expect(metrics('rows')).toMatchObject([{ Value: 0 }]);
    expect(metrics('max_drift')).toEqual([]);
  });

  test('where children failed counts their files as unreadable, and the next run counts the hour again', async () => {
    capture(aws, 0, 24);
    const { result } = await runMonitor(aws, {}, /T0[0-2]-0000/);
    expect(result.reason).toMatch(
      /3 of 24 captured files could not be read, 10 % are accepted: the reading of 1 files failed/,
    );
    expect(metrics('unreadable_files')).toMatchObject([{ Value: 3 }]);
    const { worked, result: next } = await runMonitor(aws, { id: 'run-2' });
    expect(worked).toHaveLength(3);
    expect(next.reason).not.toContain('could not be read');
  });

  test('where few files are unreadable judges without them, and says so', async () => {
    capture(aws, 0, 24);
    await runMonitor(aws, {}, /T07-0000/);
    expect(aws.json(`${REPORT}.json`)).toMatchObject({
      judgement: { verdict: 'noDrift', rows: 460 },
      windowCounts: { damage: { files: 1 } },
    });
  });

  test('does not read what was replaced after it was listed', async () => {
    capture(aws, 0, 24);
    const plan = (await runOperation(aws, eventOf({})('plan'))) as AnalyzerPlan;
    aws.put(`${CAPTURED}2026/11/24/05/00-00-000-5.jsonl`, capturedRows(900, 5, 60));
    await workThrough(aws, plan);
    await runOperation(aws, eventOf({})('judge', { plan }));
    const { windowCounts } = aws.json(`${REPORT}.json`);
    expect(windowCounts).toMatchObject({ rows: 460, damage: { files: 1 } });
    expect(windowCounts.damage.examples[0]).toContain('replaced or deleted since it was listed');
  });

  test('names the columns that the baseline does not know', async () => {
    await prepare(aws, {
      columns: [...RULES.columns, { name: 'city', type: 'categorical', role: 'feature', test: 'psi', threshold: 0.2 }],
    });
    capture(aws, 0, 24);
    const { result } = await runMonitor(aws);
    expect(result.reason).toMatch(/not compared, since baseline or traffic does not have them so: city/);
  });
});

describe('failures', () => {
  test('throttling is thrown, so that the state machine tries again', async () => {
    capture(aws, 0, 24);
    aws.answers.ListObjectsV2 = () => {
      throw serviceError('SlowDown', 'Please reduce your request rate.');
    };
    await expect(runMonitor(aws)).rejects.toMatchObject({ name: 'SlowDown' });
  });

  test('a baseline that is no profile is a failure that no other try would mend', async () => {
    aws.put('s3://artifacts/baselines/7/profile.json', { format: 'something else' });
    await expect(runMonitor(aws)).rejects.toMatchObject({
      name: 'AnalysisFailure',
      message: expect.stringContaining('is no profile'),
    });
  });

  test('are recorded and told once for a reason', async () => {
    const error = { Error: 'AnalysisFailure', Cause: JSON.stringify({ errorMessage: 'the rules are gone' }) };
    const failed = await runOperation(aws, eventOf({})('fail', { error }));
    expect(failed).toMatchObject({ reason: 'the rules are gone', message: { subject: 'churn: a run failed' } });
    expect(aws.record('churn')!.runs).toMatchObject([
      { id: 'run-1', failure: 'the rules are gone', at: '2026-11-25T00:00:00.000Z' },
    ]);
    const again = await runOperation(
      aws,
      eventOf({ id: 'run-2', startedAt: '2026-11-25T01:05:00.000Z' })('fail', { error }),
    );
    expect(again).not.toHaveProperty('message');
    expect(aws.record('churn')!.runs).toHaveLength(2);
  });

  test('a record that another writes at the same time is written on top of what the other wrote', async () => {
    capture(aws, 0, 24);
    let raced = false;
    aws.answers.PutItem = (input) => {
      if (!raced) {
        raced = true;
        aws.putRecord({
          ...JSON.parse(input.Item.document.S),
          revision: 7,
          runs: [],
          decisions: [{ at: '2026', what: 'a', why: 'b' }],
        });
      }
      return aws.own.PutItem(input);
    };
    await runMonitor(aws);
    expect(aws.record('churn')).toMatchObject({ revision: 8, decisions: [{ what: 'a' }], runs: [{ id: 'run-1' }] });
  });
});
