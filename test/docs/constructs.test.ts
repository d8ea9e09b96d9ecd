import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as s3 from 'aws-cdk-lib/aws-s3';
import * as sns from 'aws-cdk-lib/aws-sns';
import type { Stack } from 'aws-cdk-lib';
import { describe, expect, test } from 'vitest';
import { ModelRegistry } from '../../lib/aws/model-registry';
import { JOB_RETRY, SERVICE_RETRY } from '../../lib/aws/training/retries';
import type { References } from '../aws/configs';
import { existingVpc, fullConfig, KEY_ARN, mlopsTemplate, ofType } from '../aws/configs';
import { replacements } from '../aws/judges';
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
    expect(unnamed.filter((member) => !/^(modelPackage\w+|featureGroup(Name|Arn))$/.test(member))).toEqual([]);
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
