import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as s3 from 'aws-cdk-lib/aws-s3';
import * as sns from 'aws-cdk-lib/aws-sns';
import { RemovalPolicy } from 'aws-cdk-lib';
import type { App, Stack } from 'aws-cdk-lib';
import { describe, expect, test } from 'vitest';
import { ArtifactStore } from '../../lib/aws/artifact-store';
import { Deployer } from '../../lib/aws/deployer';
import { ModelEndpoint } from '../../lib/aws/model-endpoint';
import type { ModelEndpointProps } from '../../lib/aws/model-endpoint';
import { ModelRegistry } from '../../lib/aws/model-registry';
import { JOB_RETRY, SERVICE_RETRY } from '../../lib/aws/training/retries';
import type { References } from '../aws/configs';
import { existingVpc, fullConfig, KEY_ARN, mlopsTemplate, newStack, ofType } from '../aws/configs';
import type { CloudFormationTemplate } from '../aws/judges';
import { replacements, synthesize } from '../aws/judges';
import { declarationsIn } from './declarations';
import { page } from './pages';

const text = page('docs/constructs.md');

/** The part of the page below a heading of the second level. */
const section = (heading: string) => text.split(/^## /m).find((part) => part.startsWith(`${heading}\n`)) ?? '';

const declared = declarationsIn('lib/aws');

describe('docs/constructs.md names', () => {
  test.each([
    ['MlopsPipeline', 'MlopsPipelineProps'],
    ['MlopsPipeline', 'MlopsPipeline'],
    ['TrainingPipeline', 'TrainingPipelineProps'],
    ['TrainingPipeline', 'TrainingPipeline'],
    ['TrainingPipeline', 'ITrainingPipeline'],
    ['ModelRegistry', 'ModelRegistryProps'],
    ['ModelRegistry', 'IModelRegistry'],
    ['ModelEndpoint and Deployer', 'ModelEndpointProps'],
    ['ModelEndpoint and Deployer', 'ModelEndpoint'],
    ['ModelEndpoint and Deployer', 'IModelEndpoint'],
    ['ModelEndpoint and Deployer', 'DeployerProps'],
    ['ModelEndpoint and Deployer', 'Deployer'],
    ['DriftMonitor and DriftAnalyzer', 'DriftMonitorProps'],
    ['DriftMonitor and DriftAnalyzer', 'DriftRetrainingProps'],
    ['DriftMonitor and DriftAnalyzer', 'DriftMonitor'],
    ['DriftMonitor and DriftAnalyzer', 'IDriftMonitor'],
    ['DriftMonitor and DriftAnalyzer', 'DriftAnalyzerProps'],
    ['DriftMonitor and DriftAnalyzer', 'DriftAnalyzer'],
    ['DriftMonitor and DriftAnalyzer', 'Baseline'],
    ['FeatureStore and FeatureGroup', 'FeatureStoreProps'],
    ['FeatureStore and FeatureGroup', 'FeatureGroupProps'],
    ['FeatureStore and FeatureGroup', 'FeatureGroup'],
    ['FeatureStore and FeatureGroup', 'IFeatureGroup'],
    ['ArtifactStore', 'ArtifactStoreProps'],
    ['ArtifactStore', 'ArtifactStore'],
    ['Notifications', 'NotificationsProps'],
    ['Notifications', 'Notifications'],
    ['Dashboard', 'DashboardProps'],
    ['Dashboard', 'Dashboard'],
  ])('in %s the members of %s', (heading, name) => {
    const members = declared(name);
    expect(members.length).toBeGreaterThan(0);
    const unnamed = members.filter((member) => !new RegExp(`\\b${member}\\b`).test(section(heading)));
    // Names and ARNs that every construct has need no words.
    expect(unnamed.filter((member) => !/^(modelPackage\w+|featureGroup(Name|Arn)|_\w+)$/.test(member))).toEqual([]);
  });

  test('the steps of a pipeline, and what is retried', () => {
    const template = mlopsTemplate(fullConfig());
    const [[, { PipelineDefinition }]] = ofType(template, 'AWS::SageMaker::Pipeline');
    const body = JSON.stringify(PipelineDefinition.PipelineDefinitionBody);
    const names = [...body.matchAll(/\{\\+"Name\\+":\\+"(\w+)\\+",\\+"Type\\+":\\+"(?!String|Float)/g)].map(
      ([, name]) => name,
    );
    const rows = [...section('TrainingPipeline').matchAll(/^\| `([A-Z]\w+)` /gm)].map(([, name]) => name);
    expect(rows.sort()).toEqual([...new Set(names)].sort());
    const seconds = `${SERVICE_RETRY.MaxAttempts}, from ${SERVICE_RETRY.IntervalSeconds} seconds, doubling`;
    const minutes = `${JOB_RETRY.MaxAttempts}, from ${JOB_RETRY.IntervalSeconds / 60} minutes, doubling`;
    const said = section('TrainingPipeline').replace(/\s+/g, ' ');
    expect([said.includes(seconds), said.includes(minutes)]).toEqual([true, true]);
    expect([SERVICE_RETRY.BackoffRate, JOB_RETRY.BackoffRate]).toEqual([2, 2]);
  });
});

/** What can be passed to a pipeline later, by prop. */
const LATER: Readonly<Record<string, (stack: Stack) => References>> = {
  encryptionKey: (stack) => ({ encryptionKey: kms.Key.fromKeyArn(stack, 'Other', KEY_ARN) }),
  artifactBucket: (stack) => ({ artifactBucket: s3.Bucket.fromBucketName(stack, 'Other', 'other') }),
  dataEncryptionKey: (stack) => ({ dataEncryptionKey: kms.Key.fromKeyArn(stack, 'Other', KEY_ARN) }),
  role: (stack) => ({
    role: new iam.Role(stack, 'Other', { assumedBy: new iam.ServicePrincipal('sagemaker.amazonaws.com') }),
  }),
  topic: (stack) => ({ topic: new sns.Topic(stack, 'Other') }),
  registry: (stack) => ({ registry: ModelRegistry.fromModelPackageGroupName(stack, 'Other', 'other') }),
  vpc: (stack) => ({ vpc: existingVpc(stack) }),
};

describe('docs/constructs.md says truly what passing a prop later does', () => {
  const before = mlopsTemplate(fullConfig());
  const effects = new Map(
    [...section('MlopsPipeline').matchAll(/^\| `(\w+)`.*\| (.*?) +\|$/gm)].map(([, prop, effect]) => [prop, effect]),
  );

  test.each(Object.keys(LATER))('%s', (prop) => {
    const after = mlopsTemplate(fullConfig(), LATER[prop]);
    const types = new Set(replacements(before, after).map((line) => /\((.*?)\)/.exec(line)![1]));
    const stateful = [...types].filter((type) => /FeatureGroup|Bucket$|Key$|ModelPackageGroup/.test(type));
    const said = effects.get(prop)!;
    if (said === 'replaces the feature groups') expect(stateful).toEqual(['AWS::SageMaker::FeatureGroup']);
    else expect([said.startsWith('in place'), stateful]).toEqual([true, []]);
  });
});

/** What an endpoint can be given later, by prop. */
const ENDPOINT_LATER: Readonly<Record<string, (stack: Stack) => Partial<ModelEndpointProps>>> = {
  endpointName: () => ({ endpointName: 'other' }),
  registry: (stack) => ({ registry: ModelRegistry.fromModelPackageGroupName(stack, 'Other', 'other') }),
  artifactBucket: (stack) => ({ artifactBucket: s3.Bucket.fromBucketName(stack, 'Other', 'other') }),
  encryptionKey: (stack) => ({ encryptionKey: kms.Key.fromKeyArn(stack, 'Other', KEY_ARN) }),
  mode: () => ({ mode: 'serverless', dataCapture: false, abTest: undefined, rollout: undefined }),
  compute: () => ({ compute: 'large' }),
  environment: () => ({ environment: { LOG_LEVEL: 'debug' } }),
  image: () => ({ image: '123456789012.dkr.ecr.eu-west-1.amazonaws.com/own:1' }),
  aws: () => ({ aws: { servingInstanceType: 'ml.m5.12xlarge' } }),
  framework: () => ({ framework: { name: 'xgboost', version: '1.5' } }),
  dataCapture: () => ({ dataCapture: false }),
  capturePercent: () => ({ capturePercent: 50 }),
  dataFormat: () => ({ dataFormat: 'jsonlines' }),
  role: (stack) => ({
    role: new iam.Role(stack, 'Other', { assumedBy: new iam.ServicePrincipal('sagemaker.amazonaws.com') }),
  }),
  vpc: (stack) => ({ vpc: existingVpc(stack) }),
  minInstances: () => ({ minInstances: 3 }),
  maxInstances: () => ({ maxInstances: 9 }),
  scaling: () => ({ scaling: { invocationsPerInstance: 10 } }),
  rollout: () => ({ rollout: { bakeMinutes: 5 } }),
  alarms: () => ({ alarms: { p95LatencyMs: 1 } }),
  abTest: () => ({ abTest: { trafficPercent: 1 } }),
  topic: (stack) => ({ topic: new sns.Topic(stack, 'Other') }),
  automaticDeployment: () => ({ automaticDeployment: false, abTest: undefined }),
  abTesting: () => ({ abTesting: false }),
  operationalAlarms: () => ({ operationalAlarms: false }),
  requireBaseline: () => ({ requireBaseline: true }),
  removalPolicy: () => ({ removalPolicy: RemovalPolicy.RETAIN }),
  deployer: (stack) => ({ deployer: new Deployer(stack, 'Other') }),
};

describe('docs/constructs.md says truly what giving an endpoint another prop does', () => {
  function endpointTemplate(props: (stack: Stack) => Partial<ModelEndpointProps> = () => ({})) {
    const stack = newStack();
    const { bucket: artifactBucket, encryptionKey } = new ArtifactStore(stack, 'Store');
    const registry = new ModelRegistry(stack, 'Registry', { modelPackageGroupName: 'churn' });
    const framework = { name: 'xgboost', version: '1.7' } as const;
    new ModelEndpoint(stack, 'Endpoint', {
      ...{ endpointName: 'churn', registry, artifactBucket, encryptionKey, framework },
      ...{ dataCapture: true, abTest: {}, rollout: {}, alarms: {} },
      ...props(stack),
    });
    return synthesize(stack.node.root as App).Stack!;
  }

  const rows = [...section('ModelEndpoint and Deployer').matchAll(/^\| (`.*?) +\| .*\| (.*?) +\|$/gm)];
  const effects = new Map(
    rows.flatMap(([, names, effect]) => [...names.matchAll(/`(\w+)`/g)].map(([, name]) => [name, effect] as const)),
  );
  const before = endpointTemplate();

  /** Name and handler, which an endpoint keeps, and what models are served with. */
  function asked(template: CloudFormationTemplate) {
    const [[, { EndpointName, ServiceToken, Policy }]] = ofType(template, 'Custom::MlopsModelEndpoint');
    const text = Policy['Fn::Join'][1]
      .map((part: unknown) => (typeof part === 'string' ? part : JSON.stringify(part).replaceAll('"', "'")))
      .join('');
    const { mode, serving } = JSON.parse(text);
    const [handler, served] = [ServiceToken, { mode, serving }].map((value) => JSON.stringify(value));
    return { endpointName: EndpointName as string, handler, served };
  }

  function effectOf(was: ReturnType<typeof asked>, is: ReturnType<typeof asked>): string {
    if (is.endpointName !== was.endpointName) return 'refused by the deployer';
    if (is.handler !== was.handler) return 'refused by CloudFormation';
    return is.served === was.served ? 'in place' : 'the champion is rolled out';
  }

  test.each(Object.keys(ENDPOINT_LATER))('%s', (prop) => {
    const after = endpointTemplate(ENDPOINT_LATER[prop]);
    expect(after).not.toEqual(before);
    const effect = effectOf(asked(before), asked(after));
    expect(effects.get(prop)).toContain(effect);
    const replaced = replacements(before, after).filter((line) => /Table|Bucket|Key|MlopsModelEndpoint/.test(line));
    if (effect !== 'refused by CloudFormation') expect(replaced).toEqual([]);
  });

  test('and says it of every prop', () => {
    const ofVpc = ['vpcSubnets', 'securityGroups'];
    expect([...effects.keys()].filter((name) => !ofVpc.includes(name)).sort()).toEqual(
      Object.keys(ENDPOINT_LATER).sort(),
    );
  });
});
