import { App, Stack } from 'aws-cdk-lib';
import { MlopsPipeline } from '../../lib/aws/mlops-pipeline';
import type { MlopsConfig } from '../../lib/config/mlops';
import { GoogleProvider } from '../../lib/google/l1/google-resource';
import { MlopsPipeline as GooglePipeline } from '../../lib/google/mlops-pipeline';
import { fullConfig } from '../aws/configs';
import { withFields } from '../config/full-config';
import { synthesizeStack } from '../google/judges';

/** A cloud, as `--cloud` names it. */
export type Cloud = 'aws' | 'google';

/** Fields by path, as `withFields` takes them. */
type Fields = Readonly<Record<string, unknown>>;

export const ECR_IMAGE = '123456789012.dkr.ecr.eu-west-1.amazonaws.com/own:1';
export const GOOGLE_IMAGE = 'europe-docker.pkg.dev/acme-ml/own/image:1';

/** A place of each scheme. */
export const PLACES = { 's3://': 's3://acme/other/', 'gs://': 'gs://acme/other/', 'bq://': 'bq://acme-ml.sales.rows' };

const image = (cloud: Cloud) => (cloud === 'aws' ? ECR_IMAGE : GOOGLE_IMAGE);
const place = (cloud: Cloud) => (cloud === 'aws' ? 's3://acme/data/' : 'gs://acme/data/');

/** What a mode of serving needs to be valid. */
const mode = (of: string, fields: Fields = {}): Fields => ({
  'serving.mode': of,
  'serving.abTest': undefined,
  'serving.rollout': undefined,
  'capabilities.abTest': false,
  'capabilities.dataCapture': false,
  'capabilities.driftMonitoring': false,
  'capabilities.retraining': false,
  ...fields,
});

/** What stands beside a key that cannot stand in the sample as it is; the longest start of the key counts. */
const BESIDE: Readonly<Record<string, (cloud: Cloud) => Fields>> = {
  'data.validation': () => ({ 'data.split': undefined }),
  'data.test': () => ({ 'data.split': undefined }),
  'aws.validationData': () => ({ 'data.split': undefined }),
  'aws.testData': () => ({ 'data.split': undefined }),
  'google.validationData': () => ({ 'data.split': undefined }),
  'google.testData': () => ({ 'data.split': undefined }),
  'training.framework.name': (cloud) =>
    cloud === 'google' ? { 'google.trainingImage': GOOGLE_IMAGE, 'google.servingImage': GOOGLE_IMAGE } : {},
  'training.image': (cloud) => ({ 'training.framework': undefined, 'training.image': image(cloud) }),
  'serving.mode': () => ({ 'capabilities.driftMonitoring': false, 'capabilities.retraining': false }),
  'serving.serverless': () => mode('serverless', { 'serving.serverless': {} }),
  'serving.asynchronous': () => mode('asynchronous', { 'serving.asynchronous': {} }),
  'serving.batch': (cloud) =>
    mode('batch', { 'serving.batch': { input: place(cloud), output: place(cloud), schedule: { cron: '0 1 * * *' } } }),
  'aws.asynchronousOutput': (cloud) => (cloud === 'aws' ? mode('asynchronous', { 'serving.asynchronous': {} }) : {}),
  'aws.batchInput': (cloud) => (cloud === 'aws' ? mode('batch', { 'serving.batch': { input: place(cloud) } }) : {}),
  'aws.batchOutput': (cloud) => (cloud === 'aws' ? mode('batch', { 'serving.batch': { input: place(cloud) } }) : {}),
  'google.batchInput': (cloud) =>
    cloud === 'google' ? mode('batch', { 'serving.batch': { input: place(cloud) } }) : {},
  'google.batchOutput': (cloud) =>
    cloud === 'google' ? mode('batch', { 'serving.batch': { input: place(cloud) } }) : {},
  'monitoring.quality.maximum': () => ({
    'monitoring.quality.metric': 'logLoss',
    'monitoring.quality.minimum': undefined,
    'monitoring.quality.maximum': 0.4,
  }),
  'featureStore.groups[].online': () => ({ 'featureStore.groups.0.ttlHours': undefined }),
  'capabilities.dataCapture': () => ({ 'capabilities.driftMonitoring': false, 'capabilities.retraining': false }),
  'capabilities.driftMonitoring': () => ({ 'capabilities.retraining': false }),
  'capabilities.deployment': () => ({ 'capabilities.abTest': false, 'serving.abTest': undefined }),
  'capabilities.trainingPipeline': () => ({
    'capabilities.automaticApproval': false,
    'capabilities.driftMonitoring': false,
    'capabilities.retraining': false,
  }),
};

/** Other values of keys, where any other number, word, yes or no would not do. */
const OTHER: Readonly<Record<string, (cloud: Cloud) => unknown>> = {
  name: () => 'other',
  level: () => 1,
  'data.training': (cloud) => place(cloud),
  'data.validation': (cloud) => place(cloud),
  'data.test': (cloud) => place(cloud),
  'data.split.by': () => 'random',
  'training.framework.version': () => '2.3',
  'training.image': (cloud) => `${image(cloud)}.1`,
  'training.source': () => 'examples/flight-delay/training',
  'training.preprocess': () => 'train.py',
  'training.entryPoint': () => 'preprocess.py',
  'training.evaluation.entryPoint': () => 'train.py',
  'training.hyperparameters': () => ({ eta: 0.2 }),
  'training.schedule.cron': () => '0 4 * * *',
  'training.volumeGb': () => 300,
  'serving.entryPoint': () => 'train.py',
  'serving.image': (cloud) => image(cloud),
  'serving.environment': () => ({ LOG_LEVEL: 'debug' }),
  'serving.mode': () => 'batch',
  'serving.rollout.percent': () => 25,
  'serving.asynchronous.output': (cloud) => place(cloud),
  'serving.compute': () => 'gpu',
  'serving.batch.input': (cloud) => `${place(cloud)}other/`,
  'serving.batch.output': (cloud) => `${place(cloud)}other/`,
  'serving.batch.schedule.cron': () => '0 4 * * *',
  'monitoring.capturePercent': () => 50,
  'monitoring.tests.numeric': () => 'psi',
  'monitoring.tests.categorical': () => 'jensenShannon',
  'monitoring.features.<column>.test': () => 'jensenShannon',
  'monitoring.quality.metric': () => 'f1',
  'monitoring.quality.minimum': () => 0.8,
  'monitoring.quality.maximum': () => 0.3,
  'monitoring.quality.groundTruth.location': (cloud) => `${place(cloud)}truth/`,
  'monitoring.quality.groundTruth.maxDelayHours': () => 24,
  'monitoring.notify': () => ['other@example.com'],
  'google.project': () => 'acme-other',
  'google.projectNumber': () => '123456789012',
  'google.region': () => 'us-central1',
  'google.trainingMachineType': () => 'n2-standard-8',
  'google.servingMachineType': () => 'g2-standard-4',
  'google.frameworkVersion': () => '2.3',
  'aws.trainingInstanceType': () => 'ml.m5.12xlarge',
  'aws.processingInstanceType': () => 'ml.m5.12xlarge',
  'aws.servingInstanceType': () => 'ml.m5.12xlarge',
  'aws.frameworkVersion': () => '2.3.0',
};

/** What changes along with a key, where it alone could not. */
const WITH: Readonly<Record<string, (cloud: Cloud) => Fields>> = {
  'data.split.by': () => ({ 'data.split.column': undefined }),
  'training.framework.name': () => ({ 'training.framework.version': '1.7' }),
  'serving.mode': (cloud) => mode('batch', { 'serving.batch': { input: place(cloud) } }),
};

/** A config at level 2 in which nearly every key stands, for one cloud; ready-made images exist on both. */
export function sample(cloud: Cloud, fields: Fields = {}): MlopsConfig {
  const config = withFields(
    {
      'data.training': place(cloud).replace('data', 'train'),
      'training.framework': { name: 'pytorch', version: '2.4' },
      'monitoring.threshold': 0.3,
      'monitoring.quality.groundTruth.location': place(cloud),
      aws: {},
      google: { project: 'acme-ml', region: 'europe-west4' },
    },
    structuredClone(fullConfig()) as any,
  );
  return withFields(fields, config) as unknown as MlopsConfig;
}

/** What has to stand beside a key. */
export function beside(key: string, cloud: Cloud): Fields {
  const starts = Object.keys(BESIDE).filter((start) => key === start || key.startsWith(`${start}.`));
  return BESIDE[starts.sort((a, b) => b.length - a.length)[0]]?.(cloud) ?? {};
}

/** The path of a key in the sample. */
export const pathOf = (key: string) => key.replaceAll('[]', '.0').replaceAll('<column>', 'plan');

/** Fields that give a key another value. */
export function otherValue(key: string, part: Record<string, any>, cloud: Cloud): Fields {
  const now = valueAt(sample(cloud, beside(key, cloud)), pathOf(key));
  return { ...WITH[key]?.(cloud), [pathOf(key)]: OTHER[key]?.(cloud) ?? byType(key, part, now) };
}

function byType(key: string, part: Record<string, any>, now: unknown): unknown {
  if (part.enum) return part.enum.find((word: unknown) => word !== (now ?? part.default));
  if (part.type === 'boolean') return !((now ?? part.default ?? true) as boolean);
  if (part.type === 'integer') return ((now ?? part.default) as number) + 1;
  if (part.type === 'number') return ((now ?? part.default) as number) / 2;
  if (/Image$/.test(key)) return key.startsWith('aws') ? ECR_IMAGE : GOOGLE_IMAGE;
  if (key.startsWith('aws.')) return PLACES['s3://'];
  if (key.startsWith('google.')) return PLACES['gs://'];
  return 'other';
}

function valueAt(config: object, path: string): unknown {
  return path.split('.').reduce<any>((node, step) => node?.[step], config);
}

const outputs = new Map<string, string>();

/** What a cloud deploys for a config, as text; made once per config. */
export function output(cloud: Cloud, config: MlopsConfig): string {
  const key = `${cloud} ${JSON.stringify(config)}`;
  const known = outputs.get(key) ?? JSON.stringify(cloud === 'aws' ? awsOutput(config) : googleOutput(config));
  outputs.set(key, known);
  return known;
}

function awsOutput(config: MlopsConfig): unknown {
  const app = new App({ analyticsReporting: false, stackTraces: false, treeMetadata: false });
  new MlopsPipeline(new Stack(app, 'Stack'), 'Pipeline', { config });
  return app.synth().getStackByName('Stack').template;
}

function googleOutput(config: MlopsConfig): unknown {
  return synthesizeStack((stack) => {
    new GoogleProvider(stack, 'Google');
    new GooglePipeline(stack, 'Pipeline', { config });
  });
}
