import { beforeEach, describe, expect, test } from 'vitest';
import type { MonitorSettings } from '../../../lib/runtime/drift-contract';
import { FakeAws } from './fake-aws';
import { capture, CAPTURED, DEPLOYMENT, fraction, prepare, runMonitor, SETTINGS } from './fixture';

const REPORT = `${SETTINGS.output}/reports/2026/11/25/run-1.json`;

let aws: FakeAws;
beforeEach(async () => {
  aws = new FakeAws();
  await prepare(aws);
});

const inMode = (captured: Partial<MonitorSettings['captured']>) => ({
  input: { monitor: { ...SETTINGS, captured: { ...SETTINGS.captured, ...captured } } },
});

const lines = (count: number, line: (row: number) => string) =>
  Array.from({ length: count }, (_, row) => line(row)).join('\n');

const requests = (count: number, older = 0) =>
  lines(count, (row) => `${20 + older + 50 * fraction(row)},${['basic', 'basic', 'plus', 'pro'][row % 4]}`);
const answers = (count: number) => lines(count, (row) => `${fraction(row * 3)}`);

describe('batch prediction', () => {
  const manifest = (side: string, prefix: string, ...names: string[]) =>
    aws.put(`s3://artifacts/captured/${DEPLOYMENT}/${side}/2026/11/24/12/${names.length}.json`, [{ prefix }, ...names]);

  test('compares features in request files and predictions in answer files', async () => {
    aws.put('s3://inputs/batch/one.csv', requests(300));
    aws.put('s3://inputs/batch/two.csv', requests(300, 40));
    aws.put('s3://outputs/job/one.csv.out', answers(300));
    manifest('input', 's3://inputs/batch/', 'one.csv', 'two.csv');
    manifest('output', 's3://outputs/job/', 'one.csv.out');
    const { result } = await runMonitor(aws, inMode({ mode: 'batch' }));
    expect(result.events).toMatchObject([{ state: 'drift', driftedColumns: ['age'] }]);
    const { windowCounts } = aws.json(REPORT);
    expect(windowCounts).toMatchObject({ rows: 600, files: 3, damage: { files: 0 } });
    expect(windowCounts.columns[2].rows).toBe(300);
    const next = await runMonitor(aws, { id: 'run-2', ...inMode({ mode: 'batch' }) });
    expect(next.worked).toEqual([]);
  });

  test('counts files that a manifest names and that are gone, and manifests that are none', async () => {
    aws.put('s3://inputs/batch/one.csv', requests(300));
    manifest('input', 's3://inputs/batch/', 'one.csv', 'gone.csv');
    aws.put(`s3://artifacts/captured/${DEPLOYMENT}/output/2026/11/24/12/x.json`, '{"no": "manifest"}');
    const { result } = await runMonitor(aws, inMode({ mode: 'batch' }));
    expect(result.reason).toMatch(/2 of 3 captured files could not be read/);
    const { examples } = aws.json(REPORT).windowCounts.damage;
    expect(examples).toEqual([
      expect.stringMatching(/x.json: .*no manifest/),
      's3://inputs/batch/gone.csv: a manifest names it, and it is gone',
    ]);
  });
});

describe('asynchronous prediction', () => {
  test('compares predictions, since answers do not say which request they answer', async () => {
    const at = new Date('2026-11-24T12:30:00Z');
    for (let index = 0; index < 300; index++) {
      aws.put(`s3://outputs/async/${DEPLOYMENT}/${index}.out`, `${fraction(index * 3)}`, at);
    }
    aws.put(`s3://outputs/async/${DEPLOYMENT}/300-error.out`, 'no answer', at);
    aws.put(`s3://outputs/async/${DEPLOYMENT}/301.out`, '0.5', new Date('2026-11-20T12:30:00Z'));
    const { result } = await runMonitor(aws, inMode({ mode: 'asynchronous', location: 's3://outputs/async' }));
    expect(result.reason).toContain('not compared, since baseline or traffic does not have them so: age, plan');
    expect(aws.json(REPORT)).toMatchObject({
      judgement: { verdict: 'noDrift', rows: 300 },
      windowCounts: { files: 300 },
    });
  });
});

describe('without a deployer', () => {
  test('all below the location is one model’s traffic', async () => {
    capture(aws, 0, 24);
    const { mode } = SETTINGS.captured;
    const monitor = {
      ...SETTINGS,
      captured: { location: SETTINGS.captured.location, mode },
      baseline: 's3://artifacts/baselines/7/profile.json',
    };
    await runMonitor(aws, { input: { monitor } });
    expect(aws.json(REPORT).windowCounts.rows).toBe(480);
    expect(aws.record('churn')).not.toHaveProperty('model');
  });
});

describe('quality', () => {
  const quality = {
    metric: 'accuracy',
    minimum: 0.8,
    idColumn: 'event',
    labelColumn: 'churned',
    maxDelayHours: 24,
    format: 'csv',
  } as const;
  const labelled = { input: { monitor: { ...SETTINGS, groundTruth: 's3://truth/labels/' } } };
  const rightLabel = (row: number) => (fraction(row * 3) >= 0.5 ? 1 : 0);
  const rowsOf = (hour: number) => Array.from({ length: 20 }, (_, index) => (23 * 24 + hour) * 1000 + index);
  const putLabels = (name: string, label: (row: number) => number, modified: string) => {
    const rows = Array.from({ length: 24 }, (_, hour) => rowsOf(hour)).flat();
    const text = `event,churned\n${rows.map((row) => `event-${row},${label(row)}`).join('\n')}\n`;
    aws.put(`s3://truth/labels/${name}.csv`, text, new Date(modified));
  };

  beforeEach(async () => {
    await prepare(aws, { quality });
    capture(aws, 0, 24, { day: 23 }); // mature: labels come within a day
    capture(aws, 0, 24);
  });

  test('joins the mature predictions with labels, of which later ones correct earlier ones', async () => {
    putLabels('b-first', (row) => 1 - rightLabel(row), '2026-11-24T06:00:00Z');
    putLabels('a-corrected', rightLabel, '2026-11-24T18:00:00Z');
    await runMonitor(aws, labelled);
    expect(aws.json(REPORT).quality).toMatchObject({ verdict: 'fine', value: 1, rows: 480, unlabelled: 0 });
  });

  test('that is poor is a state of its own, with its event and figures', async () => {
    putLabels('labels', (row) => 1 - rightLabel(row), '2026-11-24T06:00:00Z');
    const { result } = await runMonitor(aws, labelled);
    expect(result).toMatchObject({
      retrain: true,
      events: [{ detailType: 'Quality State Change', state: 'drift' }],
      message: { subject: 'churn: quality is poor (7)' },
    });
    const figures = aws
      .inputs('PutMetricData')[0]
      .MetricData.filter(({ MetricName }: any) => MetricName.startsWith('quality'));
    expect(figures).toMatchObject([
      { MetricName: 'quality', Value: 0 },
      { MetricName: 'quality_poor', Value: 1 },
    ]);
  });

  test('without labels is no verdict', async () => {
    await runMonitor(aws, labelled);
    expect(aws.json(REPORT).quality).toMatchObject({ verdict: 'notEnoughData', value: null, unlabelled: 480 });
    const names = aws.inputs('PutMetricData')[0].MetricData.map(({ MetricName }: any) => MetricName);
    expect(names).not.toContain('quality');
  });

  test('says where labels have the ids of no predictions', async () => {
    aws.put('s3://truth/labels/x.csv', 'event,churned\nnobody,1\n', new Date('2026-11-24T06:00:00Z'));
    await runMonitor(aws, labelled);
    expect(aws.json(REPORT).quality.reason).toContain('1 labels have the id of no prediction');
  });

  test('does not read labels that were written before the predictions', async () => {
    putLabels('old', rightLabel, '2026-11-22T23:00:00Z');
    await runMonitor(aws, labelled);
    expect(aws.json(REPORT).quality).toMatchObject({ rows: 0 });
    expect(aws.inputs('GetObject').some(({ Bucket }) => Bucket === 'truth')).toBe(false);
  });

  test('reads no file that is not captured in time', async () => {
    await runMonitor(aws, labelled);
    const days = aws.inputs('GetObject').map(({ Key }) => /captured\/.*2026\/11\/(\d+)/.exec(Key)?.[1]);
    expect(days.filter((day) => day === '23')).toHaveLength(48); // counted, for the daily cycle, and joined
    expect(aws.uris(CAPTURED).length).toBe(48);
  });
});
