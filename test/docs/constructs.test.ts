import { readFileSync } from 'node:fs';
import path from 'node:path';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as s3 from 'aws-cdk-lib/aws-s3';
import * as sns from 'aws-cdk-lib/aws-sns';
import type { Stack } from 'aws-cdk-lib';
import ts from 'typescript';
import { describe, expect, test } from 'vitest';
import { ModelRegistry } from '../../lib/aws/model-registry';
import { JOB_RETRY, SERVICE_RETRY } from '../../lib/aws/training/retries';
import type { References } from '../aws/configs';
import { existingVpc, fullConfig, KEY_ARN, mlopsTemplate, ofType } from '../aws/configs';
import { replacements } from '../aws/judges';
import { page, ROOT } from './pages';

const text = page('docs/constructs.md');

/** The part of the page below a heading of the second level. */
const section = (heading: string) => text.split(/^## /m).find((part) => part.startsWith(`${heading}\n`)) ?? '';

/** Names of the members that a construct's own file declares: props, and public methods and attributes. */
function declared(file: string, name: string): string[] {
  const full = path.join(ROOT, 'lib/aws', file);
  const source = ts.createSourceFile(file, readFileSync(full, 'utf8'), ts.ScriptTarget.Latest, true);
  const node = source.statements.find(
    (statement): statement is ts.InterfaceDeclaration | ts.ClassDeclaration =>
      (ts.isInterfaceDeclaration(statement) || ts.isClassDeclaration(statement)) && statement.name?.text === name,
  );
  const shown = [...(node?.members ?? [])].filter((member) => {
    const modifiers = ts.canHaveModifiers(member) ? (ts.getModifiers(member) ?? []) : [];
    const hidden = [ts.SyntaxKind.PrivateKeyword, ts.SyntaxKind.ProtectedKeyword];
    return member.name !== undefined && !modifiers.some(({ kind }) => hidden.includes(kind));
  });
  return shown.map((member) => member.name!.getText(source));
}

describe('docs/constructs.md names', () => {
  test.each([
    ['MlopsPipeline', 'mlops-pipeline.ts', 'MlopsPipelineProps'],
    ['MlopsPipeline', 'mlops-pipeline.ts', 'MlopsPipeline'],
    ['TrainingPipeline', 'training-pipeline.ts', 'TrainingPipelineProps'],
    ['TrainingPipeline', 'training-pipeline.ts', 'TrainingPipeline'],
    ['TrainingPipeline', 'training-pipeline.ts', 'ITrainingPipeline'],
    ['ModelRegistry', 'model-registry.ts', 'ModelRegistryProps'],
    ['ModelRegistry', 'model-registry.ts', 'IModelRegistry'],
    ['FeatureStore and FeatureGroup', 'feature-store.ts', 'FeatureStoreProps'],
    ['FeatureStore and FeatureGroup', 'feature-group.ts', 'FeatureGroupProps'],
    ['FeatureStore and FeatureGroup', 'feature-group.ts', 'FeatureGroup'],
    ['FeatureStore and FeatureGroup', 'feature-group.ts', 'IFeatureGroup'],
    ['ArtifactStore', 'artifact-store.ts', 'ArtifactStoreProps'],
    ['ArtifactStore', 'artifact-store.ts', 'ArtifactStore'],
    ['Notifications', 'notifications.ts', 'NotificationsProps'],
    ['Notifications', 'notifications.ts', 'Notifications'],
    ['Dashboard', 'dashboard.ts', 'DashboardProps'],
    ['Dashboard', 'dashboard.ts', 'Dashboard'],
  ])('in %s what %s has in %s', (heading, file, name) => {
    const members = declared(file, name);
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
