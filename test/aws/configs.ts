import * as path from 'node:path';
import { App, Stack } from 'aws-cdk-lib';
import type { StackProps } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import type { Construct } from 'constructs';
import { MlopsPipeline } from '../../lib/aws/mlops-pipeline';
import type { MlopsPipelineProps } from '../../lib/aws/mlops-pipeline';
import type { MlopsConfig } from '../../lib/config/mlops';
import type { CloudFormationTemplate } from './judges';
import { synthesize } from './judges';

/** A folder with a script for every place of a config that names one. */
export const SOURCE = path.join(__dirname, 'fixtures/source');

/** A key that stands already. */
export const KEY_ARN = 'arn:aws:kms:eu-west-1:123456789012:key/11111111-2222-3333-4444-555555555555';

/** A valid config at level 2 with few optional keys; without `featureStore` it is one for levels 0 and 1. */
export function smallConfig(overrides: Partial<MlopsConfig> = {}): MlopsConfig {
  return {
    name: 'churn',
    level: 2,
    data: {
      training: 's3://acme-data/churn/train/',
      validation: 's3://acme-data/churn/validation/',
      features: [{ name: 'age', type: 'numeric' }],
    },
    training: {
      framework: { name: 'xgboost', version: '1.7' },
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
    ...overrides,
  };
}

/** A valid config in which nearly every key stands, so that a change of each can be tried. */
export function fullConfig(overrides: Partial<MlopsConfig> = {}): MlopsConfig {
  const limit = { metric: 'auc', minimum: 0.75 } as const;
  const groundTruth = {
    location: 's3://acme-data/outcomes/',
    idColumn: 'id',
    labelColumn: 'churned',
    maxDelayHours: 72,
  };
  return {
    ...smallConfig(),
    data: {
      training: 's3://acme-data/churn/train/',
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
      ...smallConfig().training!,
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
      quality: { ...limit, groundTruth },
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
          features: [{ name: 'population', type: 'integer' }],
        },
      ],
    },
    capabilities: { abTest: true },
    aws: {
      trainingInstanceType: 'ml.m5.2xlarge',
      processingInstanceType: 'ml.m5.xlarge',
      servingInstanceType: 'ml.m5.large',
      networkIsolation: false,
      offlineTableFormat: 'iceberg',
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

/** The config with scripts of the fixtures and images in ECR in place of its own, which stand nowhere. */
export function onFixtures(config: Record<string, any>): Record<string, any> {
  const image = '123456789012.dkr.ecr.eu-west-1.amazonaws.com/own:1';
  const { training, serving, aws } = structuredClone(config);
  const scripts = { source: SOURCE, entryPoint: 'train.py' };
  return {
    ...config,
    ...(training && {
      training: {
        ...training,
        ...scripts,
        ...(training.image && { image }),
        evaluation: { ...training.evaluation, entryPoint: 'evaluate.py' },
      },
    }),
    ...(serving && {
      serving: {
        ...serving,
        ...(serving.entryPoint && { entryPoint: 'inference.py' }),
        ...(serving.image && { image }),
      },
    }),
    ...(aws && {
      aws: {
        ...aws,
        ...(aws.trainingImage && { trainingImage: image }),
        ...(aws.servingImage && { servingImage: image }),
      },
    }),
  };
}

/** What is passed beside a config. */
export type References = Omit<MlopsPipelineProps, 'config'>;

/** A stack of an app of its own. */
export function newStack(props?: StackProps): Stack {
  return new Stack(new App(), 'Stack', props);
}

/** A VPC that stands already, with two private subnets. */
export function existingVpc(scope: Construct, id = 'Vpc'): ec2.IVpc {
  return ec2.Vpc.fromVpcAttributes(scope, id, {
    vpcId: 'vpc-0123456789abcdef0',
    availabilityZones: ['eu-west-1a', 'eu-west-1b'],
    privateSubnetIds: ['subnet-0123456789abcdef0', 'subnet-0123456789abcdef1'],
  });
}

/** The template of a stack with one pipeline, called `Pipeline`. `references` are made in its stack. */
export function mlopsTemplate(
  config: MlopsConfig,
  references: (stack: Stack) => References = () => ({}),
  props?: StackProps,
): CloudFormationTemplate {
  const stack = newStack(props);
  new MlopsPipeline(stack, 'Pipeline', { config, ...references(stack) });
  return synthesize(stack.node.root as App).Stack!;
}

/** Resources of one type, by logical id. */
export function ofType(template: CloudFormationTemplate, type: string): [string, Record<string, any>][] {
  const resources = Object.entries(template.Resources ?? {}).filter(([, resource]) => resource.Type === type);
  return resources.map(([id, resource]) => [id, (resource.Properties ?? {}) as Record<string, any>]);
}
