import { execFileSync } from 'node:child_process';
import { loadAwsServiceSpecSync } from '@aws-cdk/aws-service-spec';
import { describe, expect, test } from 'vitest';
import { OVERRIDES, isKnownType, nameProperties, replacementEffect } from '../../../lib/aws/diff/replacement';

const resources = [...loadAwsServiceSpecSync().all('resource')];

test('the facts are what the generator makes of the installed specification', () => {
  // Ends with exit code 1, which throws, when the file is stale.
  execFileSync(process.execPath, ['tools/generate-replacement-facts.mjs', '--check']);
});

test('every type and property of the specification has the effect that the specification gives it', () => {
  const wrong = resources.flatMap((resource) =>
    Object.entries(resource.properties).flatMap(([name, { causesReplacement = 'no' }]) => {
      const effect = replacementEffect(resource.cloudFormationType, [name], 'a scalar');
      return effect === causesReplacement
        ? []
        : [`${resource.cloudFormationType}.${name}: ${effect}, not ${causesReplacement}`];
    }),
  );
  expect(wrong).toEqual([]);
  expect(resources.filter(({ cloudFormationType }) => !isKnownType(cloudFormationType))).toEqual([]);
});

test.each([
  ['AWS::SageMaker::FeatureGroup', 'Tags', 'yes'],
  ['AWS::SageMaker::FeatureGroup', 'Description', 'yes'],
  ['AWS::SageMaker::FeatureGroup', 'RoleArn', 'yes'],
  ['AWS::SageMaker::FeatureGroup', 'OfflineStoreConfig.TableFormat', 'yes'],
  ['AWS::SageMaker::FeatureGroup', 'OnlineStoreConfig', 'yes'],
  ['AWS::SageMaker::FeatureGroup', 'OnlineStoreConfig.SecurityConfig.KmsKeyId', 'yes'],
  ['AWS::SageMaker::FeatureGroup', 'OnlineStoreConfig.TtlDuration', 'no'],
  ['AWS::SageMaker::FeatureGroup', 'OnlineStoreConfig.TtlDuration.Value', 'no'],
  ['AWS::SageMaker::FeatureGroup', 'FeatureDefinitions.3.FeatureName', 'no'],
  ['AWS::SageMaker::FeatureGroup', 'ThroughputConfig.ThroughputMode', 'no'],
  ['AWS::SageMaker::Model', 'Tags', 'no'],
  ['AWS::SageMaker::Model', 'PrimaryContainer.Environment.X', 'yes'],
  ['AWS::SageMaker::EndpointConfig', 'ProductionVariants.0.ServerlessConfig.MaxConcurrency', 'yes'],
  ['AWS::SageMaker::Endpoint', 'EndpointConfigName', 'no'],
  ['AWS::SageMaker::ModelPackageGroup', 'ModelPackageGroupDescription', 'yes'],
  ['AWS::SageMaker::ModelPackageGroup', 'ModelPackageGroupPolicy', 'no'],
  ['AWS::SageMaker::Pipeline', 'PipelineName', 'yes'],
  ['AWS::SageMaker::Pipeline', 'PipelineDefinition.PipelineDefinitionBody', 'no'],
  ['AWS::EC2::Instance', 'BlockDeviceMappings.0.Ebs.KmsKeyId', 'yes'],
  ['AWS::EC2::Instance', 'BlockDeviceMappings.0.Ebs.VolumeSize', 'maybe'],
  ['Custom::Anything', 'ServiceToken', 'yes'],
  ['Custom::Anything', 'Policy', 'no'],
  ['Acme::Unknown::Thing', 'Anything', 'maybe'],
  ['AWS::CDK::Metadata', 'Analytics', 'no'],
])('%s.%s: %s', (type, path, effect) => {
  expect(replacementEffect(type, path.split('.'), 1)).toBe(effect);
});

describe('a branch that comes or goes as a whole', () => {
  const instance = 'AWS::EC2::Instance';
  const volume = ['BlockDeviceMappings', '0'];

  test('replaces when an immutable child is in it', () => {
    expect(replacementEffect(instance, volume, { Ebs: { KmsKeyId: 'k' } })).toBe('yes');
    expect(replacementEffect(instance, volume, { Ebs: { VolumeSize: 1 } })).toBe('maybe');
    expect(replacementEffect(instance, ['Volumes', '0'], { Device: '/dev/sdf' })).toBe('no');
  });

  test('is assumed to hold one when an intrinsic function makes it', () => {
    expect(replacementEffect(instance, volume, { Ref: 'P' })).toBe('yes');
  });
});

test('every override corrects the specification and says why', () => {
  for (const { type, path, effect, reason } of OVERRIDES) {
    const [top] = path.split('.');
    const property = resources.find((r) => r.cloudFormationType === type)?.properties[top];
    expect(property?.causesReplacement, `${type}.${top}`).not.toBe(effect);
    expect(reason.length).toBeGreaterThan(20);
  }
});

test.each([
  ['AWS::SageMaker::FeatureGroup', ['FeatureGroupName']],
  ['AWS::SageMaker::ModelPackageGroup', ['ModelPackageGroupName']],
  ['AWS::S3::Bucket', ['BucketName']],
  ['AWS::SNS::Topic', ['TopicName']],
  ['AWS::StepFunctions::StateMachine', ['StateMachineName']],
  ['AWS::Events::Rule', ['EventBusName', 'Name']],
  ['AWS::IAM::Policy', []],
  ['AWS::KMS::Key', []],
])('%s is named by %j', (type, properties) => {
  expect(nameProperties(type)).toEqual(properties);
});
