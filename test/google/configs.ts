import * as path from 'node:path';
import type { MlopsConfig } from '../../lib/config/mlops';
import { googleName } from '../../lib/config/google-names';
import type { TerraformDocument } from '../../lib/google/diff/terraform';
import type { TerraformStack } from '../../lib/google/engine';
import { GoogleProvider } from '../../lib/google/l1/google-resource';
import { MlopsPipeline } from '../../lib/google/mlops-pipeline';
import type { MlopsPipelineProps } from '../../lib/google/mlops-pipeline';
import type { RawConfig } from '../config/arbitraries';
import { synthesizeFolder, synthesizeStack } from './judges';

/** A folder with a script for every place of a config that names one. */
export const SOURCE = path.join(__dirname, '../aws/fixtures/source');

/** A key that stands already. */
export const KEY_NAME = 'projects/acme-kms/locations/europe-west4/keyRings/ml/cryptoKeys/data';

/** A network and a network attachment that stand already. */
export const NETWORK = 'projects/123456789012/global/networks/ml';
export const ATTACHMENT = 'projects/acme-net/regions/europe-west4/networkAttachments/ml';

/** A notification channel that stands already. */
export const CHANNEL = 'projects/acme-ml/notificationChannels/1234567890';

/** A valid config at level 2 with few optional keys; without `featureStore` it is one for levels 0 and 1. */
export function smallConfig(overrides: Partial<MlopsConfig> = {}): MlopsConfig {
  return {
    name: 'churn',
    level: 2,
    data: {
      training: 'gs://acme-data/churn/train/',
      validation: 'gs://acme-data/churn/validation/',
      features: [{ name: 'age', type: 'numeric' }],
    },
    training: {
      framework: { name: 'xgboost', version: '2.1' },
      source: SOURCE,
      entryPoint: 'train.py',
      evaluation: { entryPoint: 'evaluate.py', metric: 'auc', threshold: 0.8 },
    },
    featureStore: {
      groups: [
        {
          name: 'customers',
          recordIdentifier: 'customer_id',
          eventTime: 'event_time',
          features: [{ name: 'age', type: 'integer' }],
        },
      ],
    },
    google: { project: 'acme-ml', projectNumber: '123456789012', region: 'europe-west4' },
    ...overrides,
  };
}

/** A valid config in which nearly every key stands, so that a change of each can be tried. */
export function fullConfig(overrides: Partial<MlopsConfig> = {}): MlopsConfig {
  const small = smallConfig();
  const location = 'gs://acme-data/outcomes/';
  const groundTruth = { location, idColumn: 'id', labelColumn: 'churned', maxDelayHours: 72 };
  return {
    ...small,
    data: {
      training: 'gs://acme-data/churn/train/',
      split: { by: 'time', column: 'date', validationFraction: 0.2, testFraction: 0.1 },
      format: 'csv',
      features: [
        { name: 'age', type: 'numeric' },
        { name: 'plan', type: 'categorical' },
      ],
      label: { name: 'churned', type: 'categorical' },
      prediction: { name: 'score', type: 'numeric' },
      id: 'customer_id',
    },
    training: {
      ...small.training!,
      preprocess: 'preprocess.py',
      evaluation: { entryPoint: 'evaluate.py', metric: 'auc', threshold: 0.8, direction: 'maximize' },
      compute: 'medium',
      hyperparameters: { max_depth: 6, objective: 'binary:logistic' },
      schedule: { cron: '0 3 * * *' },
      spot: false,
      maxRuntimeMinutes: 60,
      volumeGb: 50,
      cacheDays: 30,
    },
    serving: {
      mode: 'realtime',
      entryPoint: 'inference.py',
      environment: { LOG_LEVEL: 'info' },
      compute: 'small',
      minInstances: 2,
      maxInstances: 4,
      scaling: { invocationsPerInstance: 1000 },
      rollout: { strategy: 'canary', percent: 50, bakeMinutes: 10 },
      alarms: { p95LatencyMs: 500, errorRatePercent: 1 },
      abTest: { trafficPercent: 20, durationHours: 24, goal: 'notWorse', margin: 0.5 },
    },
    monitoring: {
      everyHours: 6,
      windowHours: 48,
      minimumSamples: 500,
      capturePercent: 100,
      tests: { numeric: 'ks', categorical: 'psi' },
      features: { plan: { threshold: 0.3 } },
      falseAlarmsPerYear: 1,
      baseline: 'training',
      quality: { metric: 'auc', minimum: 0.75, groundTruth },
      notify: ['ml-oncall@example.com'],
    },
    retraining: { cooldownHours: 24, maxPerWeek: 3, minimumNewSamples: 10_000 },
    featureStore: {
      groups: [
        {
          name: 'customers',
          recordIdentifier: 'customer_id',
          eventTime: 'event_time',
          online: true,
          offline: true,
          ttlHours: 72,
          features: [
            { name: 'age', type: 'integer' },
            { name: 'spend', type: 'float' },
            { name: 'plan', type: 'string' },
          ],
        },
        {
          name: 'regions',
          recordIdentifier: 'region',
          eventTime: 'moment',
          online: true,
          features: [{ name: 'population', type: 'integer' }],
        },
      ],
    },
    capabilities: { abTest: true },
    google: {
      ...small.google!,
      trainingMachineType: 'n2-standard-8',
      servingMachineType: 'n2-standard-4',
      frameworkVersion: '2.1',
    },
    ...overrides,
  };
}

/** A copy that lacks some keys. */
export function without<T extends object, K extends keyof T>(value: T, ...keys: K[]): Omit<T, K> {
  const copy = { ...value };
  for (const key of keys) delete copy[key];
  return copy;
}

/** Per framework, the version that has images for training and serving. */
const VERSIONS: Readonly<Record<string, string>> = { xgboost: '2.1', 'scikit-learn': '1.6', pytorch: '2.4' };
const IMAGE = 'europe-docker.pkg.dev/acme-ml/own/image:1';

/**
 * A config that is valid on AWS as one that means about the same on Google Cloud: locations in Cloud Storage, modes that Vertex AI
 * has, versions that have images; with the scripts of the fixtures.
 */
export function onGoogle(config: RawConfig): RawConfig {
  const { training, serving, featureStore, aws, ...rest } = structuredClone(config);
  void aws;
  const version = VERSIONS[training?.framework?.name];
  return inCloudStorage({
    ...rest,
    ...(training && { training: trainingOnFixtures(training) }),
    ...(serving && { serving: servingInMode(serving) }),
    ...(featureStore && { featureStore: { groups: featureStore.groups.map(groupInBigQuery) } }),
    ...(serving?.mode === 'batch' && {
      capabilities: { ...rest.capabilities, driftMonitoring: false, retraining: false },
    }),
    google: {
      ...{ project: 'acme-ml', region: 'europe-west4', ...rest.google, frameworkVersion: version },
      ...(rest.google?.servingImage && { servingImage: IMAGE }),
    },
  });
}

function trainingOnFixtures(training: RawConfig): RawConfig {
  return {
    ...training,
    ...{ source: SOURCE, entryPoint: 'train.py' },
    ...(training.image && { image: IMAGE }),
    evaluation: { ...training.evaluation, entryPoint: 'evaluate.py' },
  };
}

function servingInMode({ serverless, asynchronous, ...serving }: RawConfig): RawConfig {
  void serverless;
  void asynchronous;
  return {
    ...serving,
    ...(serving.entryPoint && { entryPoint: 'inference.py' }),
    ...(serving.image && { image: IMAGE }),
    ...(serving.minInstances === 0 && { minInstances: 1 }),
    mode: serving.mode === 'batch' ? 'batch' : 'realtime',
  };
}

function groupInBigQuery({ offline, ...group }: RawConfig): RawConfig {
  void offline;
  const columns = new Set<string>();
  const features = group.features.filter(({ name }: { name: string }) => {
    const isNew = !columns.has(googleName(name));
    columns.add(googleName(name));
    return isNew;
  });
  return { ...group, features };
}

function inCloudStorage<T>(value: T): T {
  return JSON.parse(JSON.stringify(value).replaceAll('"s3://', '"gs://')) as T;
}

/** What is passed beside a config. */
export type References = Omit<MlopsPipelineProps, 'config'>;

/** Fills a stack with a provider and one pipeline, called `Pipeline`. `references` are made in its stack. */
const withPipeline =
  (config: MlopsConfig, references: (stack: TerraformStack) => References) => (stack: TerraformStack) => {
    new GoogleProvider(stack, 'Google');
    new MlopsPipeline(stack, 'Pipeline', { config, ...references(stack) });
  };

/** The document of a stack with one pipeline. */
export function mlopsDocument(
  config: MlopsConfig,
  references: (stack: TerraformStack) => References = () => ({}),
): TerraformDocument {
  return synthesizeStack(withPipeline(config, references));
}

/** Likewise, its folder, with `cdk.tf.json` and what is uploaded. */
export function mlopsFolder(config: MlopsConfig, references: (stack: TerraformStack) => References = () => ({})) {
  return synthesizeFolder(withPipeline(config, references));
}
