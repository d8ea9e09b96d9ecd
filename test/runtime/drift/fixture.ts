import { profileFiles } from '../../../lib/readers';
import type { AnalyzerEvent, AnalyzerInput, AnalyzerPlan, AnalyzerResult } from '../../../lib/runtime/drift-contract';
import type { MonitorRules, MonitorSettings } from '../../../lib/runtime/drift-contract';
import { runOperation } from '../../../lib/runtime/aws/drift/operations';
import type { Profile } from '../../../lib/statistics/profile';
import type { FakeAws } from './fake-aws';

export const VERSION = 'arn:aws:sagemaker:eu-west-1:111122223333:model-package/churn/7';
export const DEPLOYMENT = '20261120-080000-abcd';
export const TOPIC = 'arn:aws:sns:eu-west-1:111122223333:topic';

export const RULES: MonitorRules = {
  columns: [
    { name: 'age', type: 'numeric', role: 'feature', test: 'ks', threshold: 0.1 },
    { name: 'plan', type: 'categorical', role: 'feature', test: 'psi', threshold: 0.2 },
    { name: 'score', type: 'numeric', role: 'prediction', test: 'ks', threshold: 0.1 },
  ],
  format: 'csv',
  everyHours: 1,
  windowHours: 24,
  minimumSamples: 100,
  falseAlarmsPerYear: 1,
  baseline: 'training',
  retraining: { cooldownHours: 24, maxPerWeek: 3, minimumNewSamples: 100 },
};

export const SETTINGS: MonitorSettings = {
  name: 'churn',
  rules: 's3://assets/rules.json',
  output: 's3://artifacts/drift/churn',
  captured: {
    location: 's3://artifacts/captured',
    mode: 'realtime',
    deployer: { endpoint: 'churn', table: 'deployments' },
  },
  encryptionKeyArn: 'arn:aws:kms:eu-west-1:111122223333:key/1',
  topicArn: TOPIC,
  retraining: { pipelineName: 'churn-training', modelPackageGroup: 'churn', trainingData: 's3://data/train/' },
};

export const CAPTURED = `s3://artifacts/captured/${DEPLOYMENT}/churn/a/`;

/** A number between 0 and 1 that a row always has: no two of them are alike, and their order tells nothing. */
export const fraction = (row: number): number => (row * 0.6180339887498949) % 1;

const planOf = (row: number) => ['basic', 'basic', 'plus', 'pro'][Math.floor(fraction(row * 7 + 3) * 4)];

/** Rows of the baseline as CSV with a header. */
export function trainingRows(count: number, columns = 'age,plan,score'): string {
  const rows = Array.from({ length: count }, (_, row) => {
    const values: Record<string, unknown> = {
      age: 20 + 50 * fraction(row),
      plan: planOf(row),
      score: fraction(row * 3),
    };
    return columns
      .split(',')
      .map((name) => values[name] ?? '')
      .join(',');
  });
  return `${columns}\n${rows.join('\n')}\n`;
}

export function baselineProfile(count = 5000): Promise<Profile> {
  const body = Buffer.from(trainingRows(count));
  const file = {
    name: 'train.csv',
    size: body.length,
    open: async function* () {
      yield body;
    },
  };
  const columns = RULES.columns.map(({ name, type, role }) => ({ name, type, role }));
  return profileFiles([file], { columns, format: 'csv', source: 'train.csv', createdAt: '2026-11-01T00:00:00.000Z' });
}

/** Captured requests as SageMaker writes them; older people where `older` years are added. */
export function capturedRows(count: number, seed: number, older = 0): string {
  return Array.from({ length: count }, (_, index) => {
    const row = seed * 1000 + index;
    const side = (mode: string, data: string) => ({ observedContentType: 'text/csv', mode, data, encoding: 'CSV' });
    return JSON.stringify({
      captureData: {
        endpointInput: side('INPUT', `${20 + older + 50 * fraction(row)},${planOf(row)}`),
        endpointOutput: side('OUTPUT', `${fraction(row * 3)}`),
      },
      eventMetadata: { eventId: `event-${row}`, inferenceTime: '2026-11-24T12:00:00Z' },
      eventVersion: '0',
    });
  }).join('\n');
}

/** An endpoint whose champion is version 7, with its baseline. */
export async function prepare(aws: FakeAws, rules: Partial<MonitorRules> = {}): Promise<void> {
  aws.put(SETTINGS.rules, { ...RULES, ...rules });
  aws.put('s3://artifacts/baselines/7/profile.json', await baselineProfile());
  const model = { version: VERSION, number: 7 };
  aws.putDeployment('churn', {
    champion: {
      id: DEPLOYMENT,
      configName: 'churn-7',
      variants: [{ slot: 'a', model, modelName: 'churn-7' }],
      serving: '',
      createdAt: '2026-11-20T08:00:00.000Z',
      slot: 'a',
      servingSince: '2026-11-20T08:00:00.000Z',
    },
    captures: [{ deployment: DEPLOYMENT, since: '2026-11-20T08:00:00.000Z', models: { a: model } }],
  });
  aws.answers.DescribeModelPackage = () => ({
    CustomerMetadataProperties: { baselineUri: 's3://artifacts/baselines/7/profile.json' },
  });
}

/** Puts one captured file into each of the hours from one to before another, of 2026-11-24. */
export function capture(aws: FakeAws, from: number, to: number, { rows = 20, older = 0, day = 24 } = {}): void {
  for (let hour = from; hour < to; hour++) {
    const folder = ['2026/11', day, hour].map((part) => String(part).padStart(2, '0')).join('/');
    aws.put(`${CAPTURED}${folder}/00-00-000-${hour}.jsonl`, capturedRows(rows, day * 24 + hour, older));
  }
}

export interface Execution {
  readonly id?: string;
  readonly startedAt?: string;
  readonly input?: Partial<AnalyzerInput>;
}

export function eventOf({ id = 'run-1', startedAt = '2026-11-25T00:05:00.000Z', input = {} }: Execution) {
  return (operation: AnalyzerEvent['operation'], more: Partial<AnalyzerEvent> = {}): AnalyzerEvent => ({
    operation,
    execution: `arn:aws:states:eu-west-1:111122223333:execution:analyzer:${id}`,
    startedAt,
    input: { task: 'monitor', cause: 'schedule', monitor: SETTINGS, ...input },
    ...more,
  });
}

/** Works through the batches of a plan, as the distributed map does; a batch whose key is refused fails. */
export async function workThrough(aws: FakeAws, plan: AnalyzerPlan, refused = /^$/): Promise<string[]> {
  const keys = aws.uris(`s3://${plan.bucket}/${plan.batches}`).map((uri) => uri.replace(`s3://${plan.bucket}/`, ''));
  const event = eventOf({})('work', { input: undefined });
  for (const key of keys.filter((one) => !refused.test(one))) {
    await runOperation(aws, { ...event, batch: { bucket: plan.bucket, key } });
  }
  return keys;
}

/** Runs a monitor as the state machine does. */
export async function runMonitor(
  aws: FakeAws,
  execution: Execution = {},
  refused?: RegExp,
): Promise<{ plan: AnalyzerPlan; worked: string[]; result: AnalyzerResult }> {
  const event = eventOf(execution);
  const plan = (await runOperation(aws, event('plan'))) as AnalyzerPlan;
  const worked = plan.next === 'count' ? await workThrough(aws, plan, refused) : [];
  const result = (await runOperation(aws, event('judge', { plan }))) as AnalyzerResult;
  return { plan, worked, result };
}
