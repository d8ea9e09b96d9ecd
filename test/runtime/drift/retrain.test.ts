import { beforeEach, describe, expect, test } from 'vitest';
import { emptyMonitorRecord } from '../../../lib/monitoring/record';
import type { MonitorRecord } from '../../../lib/monitoring/record';
import { runOperation } from '../../../lib/runtime/aws/drift/operations';
import type { AnalyzerResult } from '../../../lib/runtime/drift-contract';
import { FakeAws, serviceError } from './fake-aws';
import type { Execution } from './fixture';
import { eventOf, prepare, SETTINGS, VERSION } from './fixture';

const EXECUTION = 'arn:aws:sagemaker:eu-west-1:111122223333:pipeline/churn-training/execution/';

/** Executions of the pipeline, newest first; a token starts one only once. */
let executions: {
  token?: string;
  PipelineExecutionArn: string;
  PipelineExecutionStatus: string;
  PipelineExecutionDisplayName?: string;
  StartTime: Date;
}[];
let versions: object[];
let aws: FakeAws;

beforeEach(async () => {
  aws = new FakeAws();
  await prepare(aws);
  executions = [];
  versions = [
    {
      ModelPackageArn: VERSION,
      ModelPackageVersion: 7,
      ModelApprovalStatus: 'Approved',
      CreationTime: new Date('2026-11-20'),
    },
  ];
  Object.assign(aws.answers, {
    DescribeModelPackage: () => ({
      CustomerMetadataProperties: {
        baselineUri: 's3://artifacts/baselines/7/profile.json',
        dataManifestUri: 's3://artifacts/manifest.jsonl',
      },
    }),
    ListModelPackages: () => ({ ModelPackageSummaryList: versions }),
    ListPipelineExecutions: () => ({ PipelineExecutionSummaries: executions }),
    StartPipelineExecution,
  });
  aws.put('s3://data/train/old.csv', 'x'.repeat(50_000));
  aws.put('s3://data/train/new.csv', 'y'.repeat(50_000));
  const { etag } = aws.objects.get('data/train/old.csv')!;
  aws.put(
    's3://artifacts/manifest.jsonl',
    `${JSON.stringify({ channel: 'train', key: 's3://data/train/old.csv', etag, size: 50_000 })}\n`,
  );
  putDrift();
});

function StartPipelineExecution({ ClientRequestToken: token, PipelineExecutionDisplayName }: any) {
  const known = executions.find((one) => one.token === token);
  if (known) return known;
  const started = {
    token,
    PipelineExecutionArn: `${EXECUTION}${executions.length + 1}`,
    PipelineExecutionStatus: 'Executing',
    PipelineExecutionDisplayName,
    StartTime: new Date('2026-11-25T00:06:00Z'),
  };
  executions.unshift(started);
  return started;
}

function putDrift(more: Partial<MonitorRecord> = {}): void {
  aws.putRecord({
    ...emptyMonitorRecord('churn'),
    revision: 5,
    state: 'drift',
    since: '2026-11-24T20:00:00.000Z',
    incident: 1,
    runs: [
      {
        id: 'run-1',
        at: '2026-11-25T00:00:00.000Z',
        verdict: 'drift',
        reason: 'age: moved',
        rows: 480,
        maxDrift: 5,
        driftedShare: 0.5,
        driftedColumns: ['age'],
      },
    ],
    ...more,
  });
}

const retrain = async (execution: Execution = {}) =>
  (await runOperation(aws, eventOf(execution)('retrain'))) as AnalyzerResult;
const byPerson = { input: { task: 'retrain', cause: 'command line' } } as const;
const started = () => executions.filter(({ token }) => token !== undefined);
const ended = () => executions.forEach((one) => (one.PipelineExecutionStatus = 'Succeeded'));

describe('drift', () => {
  test('starts one training, and its execution is on record', async () => {
    const result = await retrain();
    expect(result).toMatchObject({ retrain: true, message: { subject: 'churn: a retraining started' } });
    expect(started()).toHaveLength(1);
    expect(aws.inputs('StartPipelineExecution')).toMatchObject([
      {
        PipelineName: 'churn-training',
        ClientRequestToken: expect.stringMatching(/^.{32,128}$/),
        PipelineExecutionDisplayName: expect.stringMatching(/^[a-zA-Z0-9](-*[a-zA-Z0-9]){0,81}$/),
      },
    ]);
    expect(aws.record('churn')).toMatchObject({
      retrainings: [
        { execution: `${EXECUTION}1`, cause: 'schedule', why: 'drift since 2026-11-24T20:00:00.000Z: age: moved' },
      ],
      decisions: [{ what: 'retrain', cause: 'schedule' }],
    });
  });

  test('that is decided on twice in one execution starts one training, and is decided once', async () => {
    await retrain();
    const again = await retrain();
    expect(again).toMatchObject({ retrain: true });
    expect(started()).toHaveLength(1);
    expect(aws.record('churn')!.decisions).toHaveLength(1);
    expect(aws.record('churn')!.retrainings).toHaveLength(1);
  });

  test('writes that it is about to start before it starts, and goes on with that after a crash', async () => {
    let crashed = false;
    aws.answers.StartPipelineExecution = (input) => {
      expect(aws.record('churn')!.retrainings).toMatchObject([{ token: input.ClientRequestToken }]);
      const answer = StartPipelineExecution(input);
      if (crashed) return answer;
      crashed = true;
      throw serviceError('InternalFailure');
    };
    await expect(retrain()).rejects.toMatchObject({ name: 'InternalFailure' });
    expect(await retrain()).toMatchObject({ retrain: true });
    expect(started()).toHaveLength(1);
    expect(aws.record('churn')!.retrainings).toMatchObject([{ execution: `${EXECUTION}1` }]);
  });

  test('finds the execution of a crashed run by its name, and starts no other', async () => {
    aws.answers.StartPipelineExecution = (input) => {
      StartPipelineExecution(input);
      throw serviceError('InternalFailure');
    };
    await expect(retrain()).rejects.toThrow();
    ended();
    aws.answers.StartPipelineExecution = StartPipelineExecution;
    executions.forEach((one) => (one.token = 'forgotten by the service'));
    const result = await retrain({ id: 'run-2', startedAt: '2026-11-25T03:05:00.000Z' });
    expect(result).toMatchObject({ retrain: false, reason: expect.stringContaining('cooldown') });
    expect(executions).toHaveLength(1);
    expect(aws.record('churn')!.retrainings).toMatchObject([{ execution: `${EXECUTION}1` }]);
  });

  test('that lasts starts one training, and says each time why not another', async () => {
    await retrain();
    ended();
    for (const hour of ['01', '02', '03'])
      await retrain({ id: `run-${hour}`, startedAt: `2026-11-25T${hour}:05:00.000Z` });
    expect(started()).toHaveLength(1);
    expect(aws.record('churn')!.decisions).toMatchObject([
      { what: 'not now', why: expect.stringContaining('cooldown'), times: 3 },
      { what: 'retrain' },
    ]);
  });

  test.each<[string, () => unknown, RegExp]>([
    ['the pipeline runs', () => StartPipelineExecution({}), /the training pipeline runs already: .*execution\/1/],
    [
      'the pipeline is being stopped',
      () => (StartPipelineExecution({}), (executions[0].PipelineExecutionStatus = 'Stopping')),
      /the training pipeline runs already/,
    ],
    [
      'the deployer rolls out',
      () =>
        aws.putDeployment('churn', {
          inFlight: { purpose: 'deploy', slot: 'b', variants: [{ slot: 'b', model: { number: 8 } }] } as any,
        }),
      /a deploy of version 8 runs on churn/,
    ],
    [
      'an A/B test runs',
      () =>
        aws.putDeployment('churn', {
          test: { challenger: { slot: 'b', model: { number: 8 }, modelName: 'm' } } as any,
        }),
      /an A\/B test of version 8 runs on churn/,
    ],
    [
      'a version of the last retraining waits',
      () => {
        putDrift({
          retrainings: [{ token: 't', at: '2026-11-20T00:00:00.000Z', cause: 'schedule', why: '', execution: 'e' }],
        });
        versions.unshift({
          ModelPackageVersion: 8,
          ModelPackageArn: VERSION,
          ModelApprovalStatus: 'PendingManualApproval',
          CreationTime: new Date('2026-11-21'),
        });
      },
      /version 8 waits for approval/,
    ],
    [
      'there is hardly any new data',
      () => aws.put('s3://data/train/new.csv', 'age,plan,score\n'),
      /about 0 new samples \(1 new or changed files of 15 bytes/,
    ],
    ['the drift is over', () => putDrift({ state: 'ok' }), /there is no drift any more/],
  ])('starts nothing while %s, and says so', async (_, arrange, why) => {
    arrange();
    const result = await retrain();
    expect(result).toMatchObject({ retrain: false, reason: expect.stringMatching(why) });
    expect(started()).toHaveLength(0);
    expect(aws.record('churn')!.decisions).toMatchObject([{ what: 'not now', why: expect.stringMatching(why) }]);
  });

  test('a changed file is new data', async () => {
    aws.delete('s3://data/train/new.csv');
    aws.put('s3://data/train/old.csv', 'z'.repeat(50_000));
    expect(await retrain()).toMatchObject({ retrain: true });
  });

  test('without a manifest retrains, since the drift is certain', async () => {
    aws.delete('s3://artifacts/manifest.jsonl');
    expect(await retrain()).toMatchObject({
      retrain: true,
      reason: expect.stringMatching(/how much data is new is not known/),
    });
  });

  test('of a pipeline that is gone is a failure that no other try would mend', async () => {
    aws.answers.ListPipelineExecutions = () => {
      throw serviceError('ResourceNotFound', 'Pipeline churn-training does not exist.');
    };
    await expect(retrain()).rejects.toMatchObject({
      name: 'AnalysisFailure',
      message: expect.stringContaining('no training pipeline churn-training'),
    });
  });
});

describe('a person', () => {
  test('is not held back by cooldown and data', async () => {
    putDrift({
      state: 'ok',
      retrainings: [{ token: 't', at: '2026-11-24T23:00:00.000Z', cause: 'schedule', why: '', execution: 'e' }],
    });
    aws.delete('s3://data/train/new.csv');
    expect(await retrain(byPerson)).toMatchObject({ retrain: true });
    expect(aws.record('churn')!.retrainings).toMatchObject([{ cause: 'command line' }, {}]);
    expect(aws.inputs('GetObject').map(({ Key }) => Key)).toEqual(['rules.json']);
  });

  test('waits for what is in flight', async () => {
    StartPipelineExecution({});
    expect(await retrain(byPerson)).toMatchObject({ retrain: false, reason: expect.stringContaining('runs already') });
  });

  test('is told where nothing retrains', async () => {
    const { retraining: _, ...monitor } = SETTINGS;
    await expect(retrain({ input: { ...byPerson.input, monitor } })).rejects.toMatchObject({ name: 'AnalysisFailure' });
  });

  test('whose request failed finds that on record', async () => {
    const error = { Error: 'AnalysisFailure', Cause: JSON.stringify({ errorMessage: 'no pipeline' }) };
    await runOperation(aws, eventOf(byPerson)('fail', { error }));
    expect(aws.record('churn')!.decisions).toMatchObject([
      { what: 'retraining failed', why: 'no pipeline', cause: 'command line' },
    ]);
  });
});
