import { RemovalPolicy } from 'aws-cdk-lib';
import type { App, CfnElement, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as s3 from 'aws-cdk-lib/aws-s3';
import * as sns from 'aws-cdk-lib/aws-sns';
import { describe, expect, test } from 'vitest';
import { STATEFUL_TYPES } from '../../lib/aws/diff/stateful';
import { FeatureGroup } from '../../lib/aws/feature-group';
import { MlopsPipeline } from '../../lib/aws/mlops-pipeline';
import { ModelRegistry } from '../../lib/aws/model-registry';
import type { MlopsConfig } from '../../lib/config/mlops';
import { ConfigError } from '../../lib/config/problems';
import type { References } from './configs';
import { existingVpc, fullConfig, KEY_ARN, newStack, ofType, smallConfig, without } from './configs';
import type { CloudFormationTemplate } from './judges';
import { synthesize } from './judges';

interface Built {
  readonly stack: Stack;
  readonly pipeline: MlopsPipeline;
  readonly template: CloudFormationTemplate;
}

function build(config: MlopsConfig, references: (stack: Stack) => References = () => ({})): Built {
  const stack = newStack();
  const pipeline = new MlopsPipeline(stack, 'Pipeline', { config, ...references(stack) });
  return { stack, pipeline, template: synthesize(stack.node.root as App).Stack! };
}

const countsOf = ({ Resources: resources = {} }: CloudFormationTemplate): Record<string, number> => {
  const counts: Record<string, number> = {};
  for (const { Type } of Object.values(resources)) counts[Type] = (counts[Type] ?? 0) + 1;
  return counts;
};

/** What all endpoints of a stack share: two functions with a role and a log group each, and the state machine. */
const DEPLOYER = {
  'AWS::DynamoDB::Table': 1,
  'AWS::Lambda::Function': 2,
  'AWS::StepFunctions::StateMachine': 1,
  'AWS::Logs::LogGroup': 3,
  'AWS::IAM::Role': 4,
  'AWS::CloudWatch::Alarm': 1,
};
const ENDPOINT = { 'Custom::MlopsModelEndpoint': 1, 'AWS::IAM::Role': 1, 'AWS::Events::Rule': 1 };
const WATCH = { 'AWS::CloudWatch::Alarm': 4 };

function sum(...parts: Record<string, number>[]): Record<string, number> {
  const total: Record<string, number> = {};
  for (const [type, count] of parts.flatMap((part) => Object.entries(part))) total[type] = (total[type] ?? 0) + count;
  return total;
}

/** What level 0 consists of, without sections. */
const BASE = sum(DEPLOYER, ENDPOINT, {
  'AWS::DynamoDB::Table': 1, // of the monitors' records: they hold state, so they stand at every level
  'AWS::KMS::Key': 1,
  'AWS::S3::Bucket': 2,
  'AWS::S3::BucketPolicy': 2,
  'AWS::SNS::Topic': 1,
  'AWS::SNS::TopicPolicy': 1,
  'AWS::SageMaker::ModelPackageGroup': 1,
  'AWS::CloudWatch::Dashboard': 1,
});
const FEATURE_GROUP = { 'AWS::SageMaker::FeatureGroup': 1, 'AWS::IAM::Role': 1 };
/** Functions have a role and a log group each; jobs and pipeline have a role. */
const UNWATCHED_TRAINING = {
  'AWS::SageMaker::Pipeline': 1,
  'AWS::Lambda::Function': 1,
  'AWS::Logs::LogGroup': 1,
  'AWS::IAM::Role': 3,
};
/** With the alarms of level 1, also those of the endpoint. */
const TRAINING = sum(UNWATCHED_TRAINING, WATCH, { 'AWS::CloudWatch::Alarm': 1 });
/** The analyzer that all monitors share, and one monitor. */
const DRIFT = {
  'AWS::Lambda::Function': 1,
  'AWS::Lambda::EventSourceMapping': 1,
  'AWS::StepFunctions::StateMachine': 1,
  'AWS::Logs::LogGroup': 2,
  'AWS::IAM::Role': 3,
  'AWS::SQS::Queue': 2,
  'AWS::SQS::QueuePolicy': 2,
  'AWS::CloudWatch::Alarm': 2,
  'AWS::Events::Rule': 1,
};
const APPROVAL = { 'AWS::Lambda::Function': 1, 'AWS::Logs::LogGroup': 1, 'AWS::IAM::Role': 1 };
const SCHEDULE = {
  'AWS::Scheduler::Schedule': 1,
  'AWS::SQS::Queue': 1,
  'AWS::SQS::QueuePolicy': 1,
  'AWS::IAM::Role': 1,
  'AWS::CloudWatch::Alarm': 1,
};

const NO_FEATURES = without(smallConfig(), 'featureStore');
const BARE: MlopsConfig = { name: 'churn', level: 0 };
const SCHEDULED = { ...smallConfig().training!, schedule: { cron: '0 3 * * *' } };

describe('what exists', () => {
  test.each<[string, MlopsConfig, Record<string, number>]>([
    ['level 0 with nothing else', BARE, BASE],
    ['level 0 with a feature store', { ...smallConfig(), level: 0 }, sum(BASE, FEATURE_GROUP)],
    ['level 1 without a feature store', { ...NO_FEATURES, level: 1 }, sum(BASE, TRAINING, DRIFT)],
    [
      'level 1 with a schedule',
      { ...NO_FEATURES, level: 1, training: SCHEDULED },
      sum(BASE, TRAINING, DRIFT, SCHEDULE),
    ],
    [
      'level 1 without monitoring',
      { ...NO_FEATURES, level: 1, capabilities: { driftMonitoring: false } },
      sum(BASE, TRAINING),
    ],
    ['level 2', smallConfig(), sum(BASE, FEATURE_GROUP, TRAINING, DRIFT, APPROVAL)],
    [
      'level 2 with a schedule',
      smallConfig({ training: SCHEDULED }),
      sum(BASE, FEATURE_GROUP, TRAINING, DRIFT, APPROVAL, SCHEDULE),
    ],
    [
      'level 2 without automatic approval',
      smallConfig({ capabilities: { automaticApproval: false } }),
      sum(BASE, FEATURE_GROUP, TRAINING, DRIFT),
    ],
    [
      'level 1 with automatic approval',
      { ...NO_FEATURES, level: 1, capabilities: { automaticApproval: true } },
      sum(BASE, TRAINING, DRIFT, APPROVAL),
    ],
    [
      'level 0 with a training pipeline',
      { ...NO_FEATURES, level: 0, capabilities: { trainingPipeline: true } },
      sum(BASE, UNWATCHED_TRAINING),
    ],
    [
      'level 0 with a training pipeline and alarms',
      { ...NO_FEATURES, level: 0, capabilities: { trainingPipeline: true, operationalAlarms: true } },
      sum(BASE, TRAINING),
    ],
    [
      'level 0 with people to notify',
      { ...BARE, monitoring: { notify: ['a@example.com', 'b@example.com'] } },
      sum(BASE, { 'AWS::SNS::Subscription': 2 }),
    ],
  ])('at %s', (_name, config, counts) => {
    expect(countsOf(build(config).template)).toEqual(counts);
  });

  test('what runs code is put in a VPC: trainings, models with their deployer, and the analyzer each behind a security group', () => {
    const inVpc = build(smallConfig(), (stack) => ({ vpc: existingVpc(stack) })).template;
    expect(countsOf(inVpc)).toEqual(
      sum(BASE, FEATURE_GROUP, TRAINING, DRIFT, APPROVAL, { 'AWS::EC2::SecurityGroup': 3 }),
    );
    const atLevel0 = build(BARE, (stack) => ({ vpc: existingVpc(stack) })).template;
    expect(countsOf(atLevel0)).toEqual(sum(BASE, { 'AWS::EC2::SecurityGroup': 1 }));
    for (const [id, { VpcConfig }] of ofType(inVpc, 'AWS::Lambda::Function')) expect(VpcConfig, id).toBeDefined();
  });
});

describe('the parts', () => {
  test('at level 2 are all exposed, and are those of the template', () => {
    const { pipeline, stack, template } = build(fullConfig());
    const idOf = (part: { node: { defaultChild?: unknown } }) =>
      stack.resolve((part.node.defaultChild as CfnElement).logicalId) as string;
    const training = pipeline.trainingPipeline!;
    const parts = {
      'AWS::KMS::Key': pipeline.encryptionKey,
      'AWS::S3::Bucket': pipeline.artifactBucket,
      'AWS::SNS::Topic': pipeline.topic,
      'AWS::SageMaker::ModelPackageGroup': pipeline.registry,
      'AWS::SageMaker::Pipeline': training,
      'AWS::Scheduler::Schedule': training.schedule!,
      'AWS::CloudWatch::Dashboard': pipeline.dashboard.cloudWatchDashboard,
    };
    for (const [type, part] of Object.entries(parts)) {
      expect(template.Resources?.[idOf(part)]?.Type, type).toBe(type);
    }
    expect(pipeline.featureGroups.map(idOf)).toEqual(
      ofType(template, 'AWS::SageMaker::FeatureGroup').map(([id]) => id),
    );
    expect(pipeline.featureStore!.groups).toEqual(pipeline.featureGroups);
    expect(
      [training.jobRole, training.pipelineRole]
        .map(idOf)
        .every((id) => template.Resources?.[id]?.Type === 'AWS::IAM::Role'),
    ).toBe(true);
    const { endpoint } = pipeline;
    expect(template.Resources?.[idOf(endpoint)]?.Type).toBe('Custom::MlopsModelEndpoint');
    const monitor = pipeline.driftMonitor!;
    expect(template.Resources?.[idOf(monitor)]?.Type).toBe('AWS::Events::Rule');
    const alarms = [
      ...training.alarms,
      ...endpoint.alarms,
      endpoint.deployer.alarm,
      ...monitor.alarms,
      monitor.analyzer.alarm,
    ];
    expect(alarms.map(idOf).sort()).toEqual(
      ofType(template, 'AWS::CloudWatch::Alarm')
        .map(([id]) => id)
        .sort(),
    );
  });

  test('that do not exist are undefined', () => {
    const { pipeline } = build(BARE);
    expect([pipeline.trainingPipeline, pipeline.featureStore, pipeline.featureGroups]).toEqual([
      undefined,
      undefined,
      [],
    ]);
    expect(build(smallConfig()).pipeline.trainingPipeline!.schedule).toBeUndefined();
  });
});

describe('notes', () => {
  test('name what the config asks for and its level leaves out', () => {
    const { pipeline } = build(fullConfig({ level: 0, capabilities: {} }));
    expect(pipeline.notes).toContain('training is configured, but the capability trainingPipeline is off at level 0');
    expect(pipeline.notes).toContain('serving.abTest is configured, but the capability abTest is off at level 0');
  });

  test('are none when everything that is on is there', () => {
    const capabilities = { dataCapture: false, deployment: false, driftMonitoring: false };
    expect(build({ ...NO_FEATURES, level: 1, capabilities }).pipeline.notes).toEqual([]);
  });
});

describe('what is given is used, and not made', () => {
  test('feature groups', () => {
    const { pipeline, template } = build(fullConfig(), (stack) => ({
      featureGroups: { customers: FeatureGroup.fromFeatureGroupName(stack, 'Given', 'shared-customers') },
    }));
    const names = ofType(template, 'AWS::SageMaker::FeatureGroup').map(([, group]) => group.FeatureGroupName);
    expect(names).toEqual(['churn-regions']);
    expect(pipeline.featureGroups).toHaveLength(2);
    expect(pipeline.featureGroups[0].featureGroupName).toBe('shared-customers');
    expect(pipeline.featureGroups[1]).toBe(pipeline.featureStore!.group('regions'));
  });

  test('all feature groups: then there is no store', () => {
    const { pipeline, template } = build(smallConfig(), (stack) => ({
      featureGroups: { customers: FeatureGroup.fromFeatureGroupName(stack, 'Given', 'shared-customers') },
    }));
    expect(pipeline.featureStore).toBeUndefined();
    expect(countsOf(template)).toEqual(sum(BASE, TRAINING, DRIFT, APPROVAL));
  });

  test('a feature group that the config does not know is refused, with those it knows', () => {
    const given = (stack: Stack) => ({
      featureGroups: { costumers: FeatureGroup.fromFeatureGroupName(stack, 'Given', 'shared') },
    });
    expect(() => build(fullConfig(), given)).toThrow(
      "featureGroups: got costumers, the config's groups are: customers, regions; name a group of the config (at Stack/Pipeline)",
    );
    expect(() => build(BARE, given)).toThrow("the config's groups are: none");
  });

  // The alarm of drift tells nobody: the monitor does, with the reason.
  const telling = (template: CloudFormationTemplate) =>
    ofType(template, 'AWS::CloudWatch::Alarm').filter(([, { MetricName }]) => MetricName !== 'drift');

  test('a topic: alarms tell it', () => {
    const { template } = build(smallConfig({ training: SCHEDULED }), (stack) => ({
      topic: sns.Topic.fromTopicArn(stack, 'Topic', 'arn:aws:sns:eu-west-1:123456789012:on-call'),
    }));
    expect(ofType(template, 'AWS::SNS::Topic')).toEqual([]);
    const actions = telling(template).map(([, alarm]) => alarm.AlarmActions);
    expect(actions).toEqual(Array(8).fill(['arn:aws:sns:eu-west-1:123456789012:on-call']));
  });

  test('without one, alarms tell the new topic', () => {
    const { template } = build(smallConfig());
    const [[topic]] = ofType(template, 'AWS::SNS::Topic');
    const actions = telling(template).map(([, alarm]) => alarm.AlarmActions);
    expect(actions).toEqual(Array(7).fill([{ Ref: topic }]));
  });

  test('a registry: the pipeline registers in it, and its roles may', () => {
    const { stack, pipeline, template } = build(smallConfig(), (scope) => ({
      registry: ModelRegistry.fromModelPackageGroupName(scope, 'Registry', 'shared-models'),
    }));
    expect(ofType(template, 'AWS::SageMaker::ModelPackageGroup')).toEqual([]);
    const [[, { PipelineDefinition }]] = ofType(template, 'AWS::SageMaker::Pipeline');
    expect(JSON.stringify(PipelineDefinition)).toContain('\\"ModelPackageGroupName\\":\\"shared-models\\"');
    const role = stack.resolve((pipeline.trainingPipeline!.pipelineRole.node.defaultChild as iam.CfnRole).policies);
    expect(JSON.stringify(role)).toContain(':model-package/shared-models/*');
    expect(JSON.stringify(role)).not.toContain('model-package/churn');
    const approving = Object.entries(template.Resources!).find(([id]) => id.includes('ApproveRole'))![1];
    expect(JSON.stringify(approving)).toContain(':model-package/shared-models/*');
  });

  test('a role: it gets the rights of the jobs, and is the one that is passed', () => {
    const { template } = build(smallConfig(), (stack) => ({
      role: new iam.Role(stack, 'Given', { assumedBy: new iam.ServicePrincipal('sagemaker.amazonaws.com') }),
    }));
    const policies = ofType(template, 'AWS::IAM::Policy').filter(([, { Roles }]) =>
      /Given/.test(JSON.stringify(Roles)),
    );
    expect(JSON.stringify(policies)).toContain('s3:::acme-data/churn/train/*');
    expect(Object.keys(template.Resources!).filter((id) => id.includes('JobRole'))).toEqual([]);
    const [[, pipelineRole]] = ofType(template, 'AWS::IAM::Role').filter(([id]) => id.includes('PipelineRole'));
    const [passing] = pipelineRole.Policies[0].PolicyDocument.Statement.filter((s: any) => s.Action === 'iam:PassRole');
    expect(passing.Resource['Fn::GetAtt'][0]).toMatch(/^Given/);
  });

  test('a bucket and a key', () => {
    const { pipeline, template } = build(smallConfig(), (stack) => ({
      artifactBucket: s3.Bucket.fromBucketName(stack, 'Given', 'acme-artifacts'),
      encryptionKey: kms.Key.fromKeyArn(stack, 'Key', KEY_ARN),
    }));
    expect([...ofType(template, 'AWS::S3::Bucket'), ...ofType(template, 'AWS::KMS::Key')]).toEqual([]);
    expect(pipeline.artifactBucket.bucketName).toBe('acme-artifacts');
    const [[, group]] = ofType(template, 'AWS::SageMaker::FeatureGroup');
    expect(group.OfflineStoreConfig.S3StorageConfig).toEqual({
      S3Uri: 's3://acme-artifacts/feature-store/churn-customers',
      KmsKeyId: KEY_ARN,
    });
  });

  test('a bucket brings its own key, or gets a new one beside it', () => {
    const key = (stack: Stack) => kms.Key.fromKeyArn(stack, 'Key', KEY_ARN);
    const withKey = build(BARE, (stack) => ({
      artifactBucket: s3.Bucket.fromBucketAttributes(stack, 'Given', { bucketName: 'acme', encryptionKey: key(stack) }),
    }));
    expect(withKey.pipeline.encryptionKey.keyArn).toBe(KEY_ARN);
    expect(ofType(withKey.template, 'AWS::KMS::Key')).toEqual([]);
    const without = build(BARE, (stack) => ({ artifactBucket: s3.Bucket.fromBucketName(stack, 'Given', 'acme') }));
    const [[, made]] = ofType(without.template, 'AWS::KMS::Key');
    expect(made.EnableKeyRotation).toBe(true);
  });
});

describe('the dashboard', () => {
  const bodyOf = ({ template }: Built) =>
    JSON.stringify(ofType(template, 'AWS::CloudWatch::Dashboard')[0][1].DashboardBody);

  test('shows alarms, executions and feature groups at level 2', () => {
    const body = bodyOf(build(fullConfig()));
    for (const text of [
      'AWS/Sagemaker/ModelBuildingPipeline',
      'AWS/SageMaker/FeatureStore',
      'FailureAlarm',
      'Model registry',
      '## Endpoint: churn',
      'CapacityAlarm',
    ]) {
      expect(body, text).toContain(text);
    }
    expect(body.match(/## Features: /g)).toHaveLength(2);
  });

  test('shows nothing of what is not there', () => {
    const body = bodyOf(build(BARE));
    expect(body).toContain('Model registry');
    for (const text of ['ModelBuildingPipeline', 'FeatureStore', '## Training', '## Features'])
      expect(body, text).not.toContain(text);
  });

  test('shows feature groups that are given', () => {
    const built = build(smallConfig(), (stack) => ({
      featureGroups: { customers: FeatureGroup.fromFeatureGroupName(stack, 'Given', 'shared-customers') },
    }));
    expect(bodyOf(built)).toContain('## Features: shared-customers');
  });
});

describe('the config', () => {
  test('reaches the pipeline with all its parts', () => {
    const { template } = build(fullConfig());
    const [[, properties]] = ofType(template, 'AWS::SageMaker::Pipeline');
    const definition = JSON.stringify(properties.PipelineDefinition).replaceAll('\\"', '"');
    for (const text of [
      '"max_depth":"6"',
      '"LOG_LEVEL":"info"',
      '"VolumeSizeInGB":50',
      '"ml.m5.2xlarge"',
      '"inference.py"',
    ]) {
      expect(definition, text).toContain(text);
    }
  });

  test('that is wrong is refused with every problem, and nothing is made', () => {
    const stack = newStack();
    const wrong = fullConfig({ name: 'Wrong Name', data: { ...fullConfig().data, training: 'gs://bucket/' } });
    const error = caught(() => new MlopsPipeline(stack, 'Pipeline', { config: wrong }));
    expect(error).toBeInstanceOf(ConfigError);
    expect((error as ConfigError).problems.map(({ path }) => path).sort()).toEqual(['data.training', 'name']);
  });

  test.each(['constructor', 'toString', 'hasOwnProperty'])(
    'calls no feature group %s, as the CDK could not',
    (name) => {
      const group = {
        name,
        recordIdentifier: 'id',
        eventTime: 'at',
        features: [{ name: 'x', type: 'float' as const }],
      };
      const config = { ...BARE, featureStore: { groups: [group] } };
      expect(() => new MlopsPipeline(newStack(), 'One', { config })).toThrow(
        `featureStore.groups[0].name: got "${name}", allowed:`,
      );
    },
  );

  test('has feature groups whose names meet those of no other config', () => {
    const group = (name: string) => ({
      name,
      recordIdentifier: 'id',
      eventTime: 'at',
      features: [{ name: 'x', type: 'float' as const }],
    });
    const stack = newStack();
    new MlopsPipeline(stack, 'One', { config: { ...BARE, name: 'a', featureStore: { groups: [group('b-c')] } } });
    expect(
      () =>
        new MlopsPipeline(stack, 'Two', { config: { ...BARE, name: 'a-b', featureStore: { groups: [group('c')] } } }),
    ).toThrow(/feature group name: "a-b-c" stands twice in stack/);
  });

  test('has one name in a stack only', () => {
    const stack = newStack();
    new MlopsPipeline(stack, 'One', { config: BARE });
    expect(() => new MlopsPipeline(stack, 'Two', { config: BARE })).toThrow(
      'name: "churn" stands twice in stack Stack; give each a name of its own (at Stack/Two)',
    );
    new MlopsPipeline(newStack(), 'Three', { config: BARE });
  });
});

function caught(action: () => unknown): unknown {
  try {
    action();
  } catch (error) {
    return error;
  }
  return undefined;
}

describe('the removal policy', () => {
  const stateful = (template: CloudFormationTemplate) =>
    Object.entries(template.Resources!).filter(
      ([, { Type }]) => Type in STATEFUL_TYPES && Type !== 'Custom::MlopsModelEndpoint',
    );

  test('keeps everything stateful by default', () => {
    const found = stateful(build(fullConfig()).template);
    expect(found).toHaveLength(8);
    for (const [id, resource] of found) {
      expect([resource.DeletionPolicy, resource.UpdateReplacePolicy], id).toEqual(['Retain', 'Retain']);
    }
  });

  test('reaches everything stateful', () => {
    const found = stateful(build(fullConfig(), () => ({ removalPolicy: RemovalPolicy.DESTROY })).template);
    expect(found).toHaveLength(8);
    const records = found.filter(([, { Type }]) => Type === 'AWS::DynamoDB::Table').map(([id]) => id);
    for (const [id, resource] of found) {
      // Other pipelines of the stack share the records of deployer and monitors: a policy of one is not theirs.
      expect(resource.DeletionPolicy, id).toBe(records.includes(id) ? 'Retain' : 'Delete');
    }
  });

  test('never keeps an endpoint, which costs money', () => {
    const [policy] = Object.values(build(fullConfig()).template.Resources!)
      .filter(({ Type }) => Type === 'Custom::MlopsModelEndpoint')
      .map(({ DeletionPolicy }) => DeletionPolicy);
    expect(policy).toBe('Delete');
  });
});

test('a template of level 2 is the same at every synth', () => {
  const [one, two] = [build(fullConfig()), build(fullConfig())].map(({ stack }) => Template.fromStack(stack).toJSON());
  expect(one).toEqual(two);
});
