import { beforeEach, describe, expect, test } from 'vitest';
import { startBaselines } from '../../../lib/runtime/aws/drift/callback';
import { runOperation } from '../../../lib/runtime/aws/drift/operations';
import type { AnalyzerPlan, AnalyzerResult, BaselineRequest, BaselineRules } from '../../../lib/runtime/drift-contract';
import { checkProfile } from '../../../lib/statistics/profile';
import type { Profile } from '../../../lib/statistics/profile';
import { FakeAws, serviceError } from './fake-aws';
import { eventOf, RULES, trainingRows, workThrough } from './fixture';

const MACHINE = 'arn:aws:states:eu-west-1:111122223333:stateMachine:analyzer';
const COLUMNS: BaselineRules = {
  columns: RULES.columns.map(({ name, type, role }) => ({ name, type, role })),
  format: 'csv',
};
const ARGUMENTS: Omit<BaselineRequest, 'token'> = {
  rules: 's3://assets/baseline-rules.json',
  trainingData: 's3://data/train/',
  evaluation: 's3://artifacts/evaluation/execution-1',
  output: 's3://artifacts/baselines/execution-1',
  encryptionKeyArn: 'arn:aws:kms:eu-west-1:111122223333:key/1',
};
const REQUEST: BaselineRequest = { ...ARGUMENTS, token: 'aBcDeFgHiJ' };
const URI = `${ARGUMENTS.output}/profile.json`;

let aws: FakeAws;
beforeEach(() => {
  aws = new FakeAws({ SendPipelineExecutionStepSuccess: () => ({}), SendPipelineExecutionStepFailure: () => ({}) });
  aws.put(ARGUMENTS.rules, COLUMNS);
});

const event = eventOf({
  id: 'baseline-1',
  input: { task: 'baseline', cause: 'training pipeline', monitor: undefined, baseline: REQUEST },
});

/** Makes a baseline as the state machine does. */
async function makeBaseline(refused?: RegExp): Promise<AnalyzerResult> {
  const sampled = (await runOperation(aws, event('plan'))) as AnalyzerPlan;
  expect(sampled.next).toBe('sample');
  await workThrough(aws, sampled, refused);
  const counted = (await runOperation(aws, event('edges', { plan: sampled }))) as AnalyzerPlan;
  expect(counted.next).toBe('count');
  await workThrough(aws, counted, refused);
  return (await runOperation(aws, event('baseline', { plan: counted }))) as AnalyzerResult;
}

const profile = (): Profile => checkProfile(aws.json(URI));

describe('a baseline', () => {
  test('is one profile of the features and of the predictions, which are other rows', async () => {
    aws.put('s3://data/train/part-1.csv', trainingRows(3000, 'age,plan'));
    aws.put('s3://data/train/part-2.csv', trainingRows(1000, 'age,plan'));
    aws.put('s3://artifacts/evaluation/execution-1/predictions.csv', trainingRows(500, 'score'));
    const result = await makeBaseline();
    expect(result.reason).toContain('4000 rows and 3 columns');
    const { bins, counts, source } = profile();
    expect(bins.map(({ name }) => name)).toEqual(['age', 'plan', 'score']);
    expect(counts).toMatchObject({ rows: 4000, files: 2 });
    const rows = counts.columns.map(
      ({ absent, missing, invalid, counts: inBins }) => absent + missing + invalid + inBins.reduce((a, b) => a + b),
    );
    expect(rows).toEqual([4000, 4000, 500]);
    expect(counts.columns.map((column) => column.rows)).toEqual([undefined, undefined, 500]);
    expect(source).toBe('s3://data/train/; prediction: s3://artifacts/evaluation/execution-1/predictions.csv');
    expect(aws.inputs('SendPipelineExecutionStepSuccess')).toEqual([
      {
        CallbackToken: 'aBcDeFgHiJ',
        ClientRequestToken: expect.stringMatching(/^.{32,128}$/),
        OutputParameters: [{ Name: 'baselineUri', Value: URI }],
      },
    ]);
    expect(aws.inputs('PutObject').every(({ SSEKMSKeyId }) => SSEKMSKeyId === ARGUMENTS.encryptionKeyArn)).toBe(true);
  });

  test('without predictions says that they are not compared', async () => {
    aws.put('s3://data/train/part-1.csv', trainingRows(300, 'age,plan'));
    const { reason } = await makeBaseline();
    const note =
      'predictions are not compared, since s3://artifacts/evaluation/execution-1 holds no predictions.csv, .jsonl or .parquet';
    expect(reason).toContain(note);
    expect(profile().source).toContain(note);
    expect(profile().bins.map(({ name }) => name)).toEqual(['age', 'plan']);
  });

  test('takes predictions as JSON Lines', async () => {
    aws.put('s3://data/train/part-1.csv', trainingRows(300, 'age,plan'));
    aws.put('s3://artifacts/evaluation/execution-1/predictions.jsonl', '{"score":0.5}\n{"score":0.25}\n');
    await makeBaseline();
    expect(profile().counts.columns[2]).toMatchObject({ rows: 2, least: 0.25, greatest: 0.5 });
  });

  test('of files without a header is one by position', async () => {
    aws.put('s3://data/train/part-1.csv', '30,basic\n40,plus\n');
    await makeBaseline();
    expect(profile().counts).toMatchObject({ rows: 2, columns: [{ least: 30, greatest: 40 }, {}] });
  });

  test('is the same when every step of it runs twice', async () => {
    aws.put('s3://data/train/part-1.csv', trainingRows(300, 'age,plan'));
    await makeBaseline();
    const before = aws.text(URI);
    await makeBaseline();
    expect(aws.text(URI)).toBe(before);
    const [one, two] = aws.inputs('SendPipelineExecutionStepSuccess');
    expect(two).toEqual(one);
  });

  test('of files that changed between planning and planning again is that of the first plan', async () => {
    aws.put('s3://data/train/part-1.csv', trainingRows(300, 'age,plan'));
    await runOperation(aws, event('plan'));
    aws.put('s3://data/train/part-2.csv', trainingRows(300, 'age,plan'));
    await makeBaseline();
    expect(profile().counts.rows).toBe(300);
  });

  test.each([
    ['no file', () => undefined, /s3:\/\/data\/train\/ holds no file/],
    ['no row', () => aws.put('s3://data/train/a.csv', 'age,plan\n'), /holds no row that could be read/],
    [
      'other columns',
      () => aws.put('s3://data/train/a.csv', trainingRows(10, 'score,plan')),
      /^no column age in s3:\/\/data\/train\/; it has plan, score; name the columns as the data's header does/,
    ],
    [
      'none of the columns',
      () => aws.put('s3://data/train/a.csv', 'id,years,tariff\n1,2,x\n'),
      /^no column age, plan in s3:\/\/data\/train\/; it has id, years, tariff;/,
    ],
    [
      'as many columns of other names',
      () => aws.put('s3://data/train/a.csv', 'years,tariff\n2,x\n'),
      /^no column age, plan in s3:\/\/data\/train\/; it has years, tariff;/,
    ],
    [
      'predictions of another name',
      () => {
        aws.put('s3://data/train/a.csv', trainingRows(10, 'age,plan'));
        aws.put('s3://artifacts/evaluation/execution-1/predictions.csv', 'probability\n0.5\n');
      },
      /^no column score in s3:.*predictions.csv; it has probability;/,
    ],
  ])('is refused where the training data has %s', async (_, arrange, reason) => {
    arrange();
    await expect(makeBaseline()).rejects.toMatchObject({
      name: 'AnalysisFailure',
      message: expect.stringMatching(reason),
    });
    expect(aws.inputs('SendPipelineExecutionStepSuccess')).toEqual([]);
  });

  test('of which a part could not be read is refused', async () => {
    aws.put('s3://data/train/part-1.csv', trainingRows(300, 'age,plan'));
    await expect(makeBaseline(/features-0000/)).rejects.toMatchObject({
      name: 'AnalysisFailure',
      message: expect.stringContaining('one of 1 parts of s3://data/train/ (features) could not be read'),
    });
  });

  test('that failed answers the pipeline, which takes 256 characters', async () => {
    const error = { Error: 'AnalysisFailure', Cause: JSON.stringify({ errorMessage: 'x'.repeat(1000) }) };
    await runOperation(aws, event('fail', { error }));
    const [{ CallbackToken, FailureReason }] = aws.inputs('SendPipelineExecutionStepFailure');
    expect(CallbackToken).toBe('aBcDeFgHiJ');
    expect(FailureReason).toMatch(/^x{255}…$/);
  });

  test('that failed after the pipeline was stopped is no other failure', async () => {
    aws.answers.SendPipelineExecutionStepFailure = () => {
      throw serviceError('ValidationException', 'Step is not executing.');
    };
    await expect(runOperation(aws, event('fail', { error: { Error: 'x' } }))).resolves.toMatchObject({ events: [] });
  });
});

describe('messages of callback steps', () => {
  const message = (more: object = {}) =>
    JSON.stringify({
      token: REQUEST.token,
      pipelineExecutionArn: 'arn:aws:sagemaker:eu-west-1:111122223333:pipeline/churn/execution/abc',
      arguments: ARGUMENTS,
      status: 'Executing',
      ...more,
    });
  const receive = (...bodies: string[]) =>
    startBaselines(
      aws,
      MACHINE,
      bodies.map((body, index) => ({ messageId: `m${index}`, body })),
    );

  test('start one execution each, however often they come', async () => {
    const names = new Set<string>();
    aws.answers.StartExecution = ({ name }) => {
      if (names.has(name)) throw serviceError('ExecutionAlreadyExists');
      names.add(name);
    };
    expect(await receive(message(), message())).toEqual({ batchItemFailures: [] });
    expect(names.size).toBe(1);
    const [{ stateMachineArn, input, name }] = aws.inputs('StartExecution');
    expect(stateMachineArn).toBe(MACHINE);
    expect(name).toMatch(/^[a-z0-9-]{1,80}$/);
    expect(JSON.parse(input)).toEqual({ task: 'baseline', cause: 'training pipeline', baseline: REQUEST });
  });

  test.each([
    ['no JSON', 'hello'],
    ['null', 'null'],
    ['no token', message({ token: undefined })],
    ['no arguments', message({ arguments: undefined })],
    ['a location too few', message({ arguments: { ...ARGUMENTS, output: undefined } })],
  ])('that are malformed go back, and the others are worked on: %s', async (_, body) => {
    aws.answers.StartExecution = () => ({});
    expect(await receive(body, message())).toEqual({ batchItemFailures: [{ itemIdentifier: 'm0' }] });
    expect(aws.inputs('StartExecution')).toHaveLength(1);
  });

  test('whose execution cannot be started now go back', async () => {
    aws.answers.StartExecution = () => {
      throw serviceError('ThrottlingException');
    };
    expect(await receive(message())).toEqual({ batchItemFailures: [{ itemIdentifier: 'm0' }] });
  });

  test('of a pipeline that is stopped are answered, since it waits for that', async () => {
    expect(await receive(message({ status: 'Stopping', arguments: undefined }))).toEqual({ batchItemFailures: [] });
    expect(aws.inputs('SendPipelineExecutionStepFailure')).toMatchObject([
      { CallbackToken: REQUEST.token, FailureReason: 'the pipeline execution was stopped' },
    ]);
    expect(aws.inputs('StartExecution')).toEqual([]);
  });
});
