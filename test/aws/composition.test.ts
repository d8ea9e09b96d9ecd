import { App, Aspects, CfnParameter, CfnResource, NestedStack, RemovalPolicies, Stack, Stage, Tags } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as ecr from 'aws-cdk-lib/aws-ecr';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as s3 from 'aws-cdk-lib/aws-s3';
import * as sagemaker from 'aws-cdk-lib/aws-sagemaker';
import * as sns from 'aws-cdk-lib/aws-sns';
import type { Construct } from 'constructs';
import { describe, expect, test } from 'vitest';
import { ArtifactStore } from '../../lib/aws/artifact-store';
import { STATEFUL_TYPES } from '../../lib/aws/diff/stateful';
import { Deployer } from '../../lib/aws/deployer';
import { ConstructError } from '../../lib/aws/errors';
import { FeatureGroup } from '../../lib/aws/feature-group';
import { MlopsPipeline } from '../../lib/aws/mlops-pipeline';
import { ModelRegistry } from '../../lib/aws/model-registry';
import { TrainingPipeline } from '../../lib/aws/training-pipeline';
import type { MlopsConfig } from '../../lib/config/mlops';
import type { References } from './configs';
import { existingVpc, fullConfig, KEY_ARN, ofType, smallConfig, without } from './configs';
import type { CloudFormationTemplate } from './judges';
import { replacements, strictApp, synthesize } from './judges';

const ENV = { account: '123456789012', region: 'eu-west-1' };

const addPipeline = (scope: Construct, config: MlopsConfig = fullConfig(), references: References = {}) =>
  new MlopsPipeline(scope, 'Pipeline', { config, ...references });

const statefulIds = ({ Resources: resources = {} }: CloudFormationTemplate) =>
  Object.keys(resources).filter((id) => resources[id]!.Type in STATEFUL_TYPES);

/** The stack of the fixed config, with nothing around it. */
const plain = (() => {
  const app = strictApp();
  addPipeline(new Stack(app, 'Stack'));
  return synthesize(app).Stack!;
})();

/** Whatever surrounds a pipeline, its stateful resources are those of the plain stack and would not be replaced. */
function expectSameState(template: CloudFormationTemplate): void {
  expect(statefulIds(template)).toEqual(statefulIds(plain));
  expect(replacements(plain, template)).toEqual([]);
}

/** What CloudFormation makes of a value in the environment; references to resources become `<logical id>`. */
function evaluate(value: any): any {
  if (Array.isArray(value)) return value.map(evaluate);
  if (typeof value !== 'object' || value === null) return value;
  const [[key, argument]] = Object.entries<any>(value);
  const pseudo: Record<string, string> = {
    Region: ENV.region,
    AccountId: ENV.account,
    Partition: 'aws',
    URLSuffix: 'amazonaws.com',
  };
  switch (key) {
    case 'Ref':
      return pseudo[argument.replace('AWS::', '')] ?? `<${argument}>`;
    case 'Fn::GetAtt':
      return `<${argument.join('.')}>`;
    case 'Fn::Join':
      return evaluate(argument[1]).join(argument[0]);
    case 'Fn::Split':
      return evaluate(argument[1]).split(argument[0]);
    case 'Fn::Select':
      return evaluate(argument[1])[argument[0]];
    case 'Fn::ImportValue':
      return evaluate(argument);
    case 'Fn::Sub':
      return argument.replace(/\$\{AWS::(\w+)\}/g, (_: string, name: string) => pseudo[name]);
    default:
      return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, evaluate(item)]));
  }
}

/** The statements of the inline policies of the roles whose id holds a word. */
const statementsOf = (template: CloudFormationTemplate, word: string): any[] =>
  ofType(template, 'AWS::IAM::Role')
    .filter(([id]) => id.includes(word))
    .flatMap(([, role]) => role.Policies ?? [])
    .flatMap(({ PolicyDocument }) => evaluate(PolicyDocument.Statement));

const definitionOf = (template: CloudFormationTemplate) => {
  const [[, { PipelineDefinition }]] = ofType(template, 'AWS::SageMaker::Pipeline');
  return JSON.parse(evaluate(PipelineDefinition.PipelineDefinitionBody));
};

describe('two pipelines in one stack', () => {
  const app = strictApp();
  const stack = new Stack(app, 'Stack');
  for (const name of ['churn', 'fraud']) new MlopsPipeline(stack, name, { config: fullConfig({ name }) });
  const template = synthesize(app).Stack!;

  test('have all of their resources apart, and share deployer, analyzer and the table of image accounts', () => {
    const { Resources: resources = {} } = template;
    const ofEach = ['churn', 'fraud'].map((name) => Object.keys(resources).filter((id) => id.startsWith(name)));
    expect(ofEach[0].length).toBeGreaterThan(25);
    expect(ofEach[1]).toHaveLength(ofEach[0].length);
    const shared = Object.keys(resources).filter((id) => /^Mlops(Deployer|DriftAnalyzer|MonitorRecords)/.test(id));
    expect(shared).toHaveLength(26);
    expect(ofEach[0].length + ofEach[1].length + shared.length).toBe(Object.keys(resources).length);
    expect(Object.keys((template as any).Mappings)).toEqual(['SageMakerBuiltInImageAccounts']);
  });

  test('have names of their own', () => {
    const names = (type: string, key: string) => ofType(template, type).map(([, properties]) => properties[key]);
    expect(names('AWS::SageMaker::Pipeline', 'PipelineName')).toEqual(['churn', 'fraud']);
    expect(names('AWS::SageMaker::FeatureGroup', 'FeatureGroupName').sort()).toEqual(
      ['churn-customers', 'churn-regions', 'fraud-customers', 'fraud-regions'].sort(),
    );
    const functions = names('AWS::Lambda::Function', 'FunctionName');
    expect(functions).toEqual(Array(7).fill(undefined));
    expect(names('Custom::MlopsModelEndpoint', 'EndpointName')).toEqual(['churn', 'fraud']);
  });

  test('may share bucket, key, topic and feature groups', () => {
    const shared = new App();
    const scope = new Stack(shared, 'Stack');
    const first = new MlopsPipeline(scope, 'First', { config: fullConfig() });
    const { artifactBucket, encryptionKey, topic } = first;
    const [customers, regions] = first.featureGroups;
    new MlopsPipeline(scope, 'Second', {
      config: fullConfig({ name: 'fraud' }),
      ...{ artifactBucket, encryptionKey, topic, featureGroups: { customers, regions } },
    });
    const ids = statefulIds(synthesize(shared).Stack!).filter((id) => id.startsWith('Second'));
    expect(ids).toEqual([expect.stringMatching(/^SecondRegistry/), expect.stringMatching(/^SecondEndpoint/)]);
  });
});

describe('one name twice', () => {
  test('is refused in one stack, also when nested stacks hold the pipelines', () => {
    const stack = new Stack(strictApp(), 'Stack');
    addPipeline(new NestedStack(stack, 'One'));
    expect(() => addPipeline(new NestedStack(stack, 'Two'))).toThrow('name: "churn" stands twice in stack Stack');
    expect(() => addPipeline(stack)).toThrow(ConstructError);
  });

  test('is right in stages, which are deployed to accounts of their own', () => {
    const app = strictApp();
    const templates = ['Test', 'Production'].map((id) => {
      const stage = new Stage(app, id);
      const stack = new Stack(stage, 'Stack');
      addPipeline(stack);
      return stack;
    });
    const [test_, production] = templates.map((stack) => synthesize(app)[stack.stackName]!);
    for (const template of [test_, production]) expectSameState(template);
    expect(test_).toEqual(production);
  });
});

test('in a nested stack, state is what it is outside of one', () => {
  const app = strictApp();
  const parent = new Stack(app, 'Parent');
  const nested = new NestedStack(parent, 'Nested');
  const pipeline = addPipeline(nested);
  const reader = new iam.Role(parent, 'Reader', { assumedBy: new iam.AccountRootPrincipal() });
  pipeline.registry.grantRead(reader);
  pipeline.trainingPipeline!.grantStart(reader);
  app.synth();
  const template = Template.fromStack(nested).toJSON() as CloudFormationTemplate;
  const names = (of: CloudFormationTemplate) =>
    ofType(of, 'AWS::SageMaker::FeatureGroup').map(([, group]) => group.FeatureGroupName);
  expect(names(template)).toEqual(names(plain));
  expect(statefulIds(template).map((id) => id.replace(/[0-9A-F]{8}$/, ''))).toEqual(
    statefulIds(plain).map((id) => id.replace(/[0-9A-F]{8}$/, '')),
  );
});

describe('in an environment', () => {
  const inRegion = (region: string | undefined, config = fullConfig()) => {
    const app = strictApp();
    addPipeline(new Stack(app, 'Stack', region ? { env: { ...ENV, region } } : {}), config);
    return synthesize(app).Stack! as CloudFormationTemplate & { Mappings?: any };
  };

  test('that is known, images need no table', () => {
    const template = inRegion('eu-west-1');
    expect(template.Mappings).toBeUndefined();
    expect(plain).toHaveProperty('Mappings.SageMakerBuiltInImageAccounts.eu-west-1.account', '141502667606');
    expect(JSON.stringify(template)).toContain('141502667606.dkr.ecr.eu-west-1.amazonaws.com/sagemaker-xgboost');
    expectSameState(template);
  });

  test('without images, the error says where there are some', () => {
    expect(() => inRegion('mx-central-1')).toThrow(
      /no images in region mx-central-1, available: .*eu-west-1.*own image/,
    );
    expect(() => inRegion('mx-central-1')).toThrow(ConstructError);
  });

  test('without images, an own image does', () => {
    const training = without(fullConfig().training!, 'framework');
    const image = '123456789012.dkr.ecr.mx-central-1.amazonaws.com/own:1';
    // The region has no feature store either.
    const config = fullConfig({ level: 1, capabilities: {}, training: { ...training, image } });
    expect(definitionOf(inRegion('mx-central-1', without(config, 'featureStore'))).Steps).toHaveLength(5);
  });
});

describe('a mistake is refused with the way out', () => {
  const build = (config: MlopsConfig) => () => addPipeline(new Stack(strictApp(), 'Stack'), config);

  test('a version of a framework that has no image', () => {
    const training = { ...smallConfig().training!, framework: { name: 'xgboost', version: '0.1' } as const };
    expect(build(smallConfig({ training }))).toThrow(/no training image of xgboost 0.1, available: .*1\.7.*own image/);
  });

  test('an image that SageMaker cannot pull', () => {
    const training = without(smallConfig().training!, 'framework');
    for (const image of [
      'registry.example.com/team/image:1',
      'public.ecr.aws/team/image:1',
      'dkr.ecr.amazonaws.com/x',
    ]) {
      const wrong = build(smallConfig({ training: { ...training, image } }));
      expect(wrong).toThrow(`got image ${image}, on AWS an own image is <account>.dkr.ecr.<region>.amazonaws.com/`);
      expect(wrong).toThrow(ConstructError);
    }
  });
});

describe('with parts that stand already', () => {
  const withParts = (references: (stack: Stack) => References, config = fullConfig()) => {
    const app = strictApp();
    const stack = new Stack(app, 'Stack', { env: ENV });
    const pipeline = addPipeline(stack, config, references(stack));
    return { pipeline, template: synthesize(app).Stack! };
  };

  test('a VPC by its attributes: functions and jobs run in its private subnets', () => {
    const { template } = withParts((stack) => ({ vpc: existingVpc(stack) }));
    const subnets = ['subnet-0123456789abcdef0', 'subnet-0123456789abcdef1'];
    for (const [id, { VpcConfig }] of ofType(template, 'AWS::Lambda::Function'))
      expect(VpcConfig.SubnetIds, id).toEqual(subnets);
    const [, preprocess, train] = definitionOf(template).Steps;
    expect(preprocess.Arguments.NetworkConfig.VpcConfig.Subnets).toEqual(subnets);
    expect(train.Arguments.VpcConfig.Subnets).toEqual(subnets);
    expectSameState(template);
  });

  test('a VPC by lookup', () => {
    // What stands in for a VPC until it is looked up has ids that no VPC has: no strict validation here.
    const app = new App();
    const stack = new Stack(app, 'Stack', { env: ENV });
    addPipeline(stack, fullConfig(), { vpc: ec2.Vpc.fromLookup(stack, 'Vpc', { vpcId: 'vpc-12345' }) });
    const template = synthesize(app).Stack!;
    expect(ofType(template, 'AWS::EC2::SecurityGroup').map(([, { VpcId }]) => VpcId)).toEqual([
      'vpc-12345',
      'vpc-12345',
      'vpc-12345',
    ]);
    expectSameState(template);
  });

  test('security groups and subnets of a choice', () => {
    const { pipeline, template } = withParts((stack) => ({
      vpc: existingVpc(stack),
      vpcSubnets: { subnets: [ec2.Subnet.fromSubnetId(stack, 'Subnet', 'subnet-0123456789abcdef2')] },
      securityGroups: [
        ec2.SecurityGroup.fromSecurityGroupId(stack, 'Group', 'sg-0123456789abcdef0', { mutable: false }),
      ],
    }));
    expect(ofType(template, 'AWS::EC2::SecurityGroup')).toEqual([]);
    for (const [, { VpcConfig }] of ofType(template, 'AWS::Lambda::Function')) {
      expect(VpcConfig).toEqual({
        SubnetIds: ['subnet-0123456789abcdef2'],
        SecurityGroupIds: ['sg-0123456789abcdef0'],
      });
    }
    expect(definitionOf(template).Steps[2].Arguments.VpcConfig).toEqual({
      Subnets: ['subnet-0123456789abcdef2'],
      SecurityGroupIds: ['sg-0123456789abcdef0'],
    });
    expect(pipeline.trainingPipeline!.connections.securityGroups).toHaveLength(1);
  });

  test('a key: volumes, logs, topic and feature groups use it, and there is no other', () => {
    const { template } = withParts((stack) => ({ encryptionKey: kms.Key.fromKeyArn(stack, 'Key', KEY_ARN) }));
    expect(ofType(template, 'AWS::KMS::Key')).toEqual([]);
    const uses = ofType(template, 'AWS::Logs::LogGroup').map(([, { KmsKeyId }]) => KmsKeyId);
    expect(uses).toEqual(Array(7).fill(KEY_ARN));
    for (const [id, table] of ofType(template, 'AWS::DynamoDB::Table'))
      expect(table.SSESpecification.KMSMasterKeyId, id).toBe(KEY_ARN);
    for (const [id, machine] of ofType(template, 'AWS::StepFunctions::StateMachine'))
      expect(machine.EncryptionConfiguration.KmsKeyId, id).toBe(KEY_ARN);
    for (const [id, queue] of ofType(template, 'AWS::SQS::Queue')) expect(queue.KmsMasterKeyId, id).toBe(KEY_ARN);
    expect(ofType(template, 'AWS::SNS::Topic')[0][1].KmsMasterKeyId).toBe(KEY_ARN);
    expect(definitionOf(template).Steps[2].Arguments.ResourceConfig.VolumeKmsKeyId).toBe(KEY_ARN);
  });

  test('a bucket with its key: outputs go there, and its policy stays its own', () => {
    const { template } = withParts((stack) => ({
      artifactBucket: s3.Bucket.fromBucketAttributes(stack, 'Bucket', {
        bucketName: 'acme-artifacts',
        encryptionKey: kms.Key.fromKeyArn(stack, 'Key', KEY_ARN),
      }),
    }));
    expect([...ofType(template, 'AWS::S3::Bucket'), ...ofType(template, 'AWS::S3::BucketPolicy')]).toEqual([]);
    expect(JSON.stringify(definitionOf(template))).toContain('s3://acme-artifacts/training/churn/executions');
    const writing = statementsOf(template, 'JobRole').filter(({ Action }) => [Action].flat().includes('s3:PutObject'));
    expect(writing.map(({ Resource }) => Resource)).toEqual(['arn:aws:s3:::acme-artifacts/training/churn/*']);
  });

  test('a role that can be changed gets a policy of this stack', () => {
    const { template } = withParts((stack) => ({
      role: iam.Role.fromRoleArn(stack, 'Role', 'arn:aws:iam::123456789012:role/jobs'),
    }));
    const attached = ofType(template, 'AWS::IAM::Policy').filter(([, { Roles }]) => Roles.includes('jobs'));
    expect(JSON.stringify(attached)).toContain('ecr:BatchGetImage');
    expect(definitionOf(template).Steps[2].Arguments.RoleArn).toBe('arn:aws:iam::123456789012:role/jobs');
    expectSameState(template);
  });

  test('a role that cannot be changed is used as it is', () => {
    const { template } = withParts((stack) => ({
      role: iam.Role.fromRoleArn(stack, 'Role', 'arn:aws:iam::123456789012:role/jobs', { mutable: false }),
    }));
    expect(JSON.stringify(ofType(template, 'AWS::IAM::Policy'))).not.toContain('ecr:BatchGetImage');
    const [passing] = statementsOf(template, 'PipelineRole').filter(({ Action }) => Action === 'iam:PassRole');
    expect(passing.Resource).toBe('arn:aws:iam::123456789012:role/jobs');
  });

  test('topic, registry and feature group by their names', () => {
    const { template } = withParts((stack) => ({
      topic: sns.Topic.fromTopicArn(stack, 'Topic', 'arn:aws:sns:eu-west-1:123456789012:on-call'),
      registry: ModelRegistry.fromModelPackageGroupName(stack, 'Registry', 'shared'),
      featureGroups: { customers: FeatureGroup.fromFeatureGroupName(stack, 'Group', 'shared-customers') },
    }));
    expect([...ofType(template, 'AWS::SNS::Topic'), ...ofType(template, 'AWS::SageMaker::ModelPackageGroup')]).toEqual(
      [],
    );
    expect(ofType(template, 'AWS::SageMaker::FeatureGroup')).toHaveLength(1);
    const register = definitionOf(template)
      .Steps.at(-1)
      .Arguments.IfSteps.find(({ Name }: any) => Name === 'Register');
    expect(register.Arguments.ModelPackageGroupName).toBe('shared');
  });
});

describe('what is put around a pipeline reaches it and leaves state alone', () => {
  const around = (change: (app: App, stack: Stack) => void, props = {}) => {
    const app = strictApp();
    const stack = new Stack(app, 'Stack', props);
    addPipeline(stack);
    change(app, stack);
    return synthesize(app).Stack!;
  };

  test('tags of the app', () => {
    const template = around((app) => Tags.of(app).add('level', '2'));
    expectSameState(template);
    for (const [id, group] of ofType(template, 'AWS::SageMaker::FeatureGroup')) expect(group.Tags, id).toBeUndefined();
    for (const type of ['AWS::S3::Bucket', 'AWS::SageMaker::Pipeline', 'AWS::IAM::Role', 'AWS::Lambda::Function']) {
      for (const [id, { Tags: tags }] of ofType(template, type))
        expect(tags, id).toContainEqual({ Key: 'level', Value: '2' });
    }
  });

  test('tags of the stack', () => {
    expectSameState(around(() => undefined, { tags: { team: 'ml' } }));
  });

  test('a permissions boundary', () => {
    const policy = 'arn:aws:iam::123456789012:policy/boundary';
    const template = around((app, stack) =>
      iam.PermissionsBoundary.of(app).apply(iam.ManagedPolicy.fromManagedPolicyArn(stack, 'Boundary', policy)),
    );
    const roles = ofType(template, 'AWS::IAM::Role');
    expect(roles.length).toBeGreaterThan(5);
    for (const [id, { PermissionsBoundary }] of roles) expect(PermissionsBoundary, id).toBe(policy);
    expectSameState(template);
  });

  test('an aspect over all resources', () => {
    const template = around((app) =>
      Aspects.of(app).add({ visit: (node) => CfnResource.isCfnResource(node) && node.addMetadata('owner', 'ml') }),
    );
    expect(Object.values(template.Resources!).every((resource: any) => resource.Metadata?.owner === 'ml')).toBe(true);
    expectSameState(template);
  });

  test('removal policies', () => {
    const template = around((app) => RemovalPolicies.of(app).destroy());
    for (const id of statefulIds(template)) expect(template.Resources![id]!.DeletionPolicy, id).toBe('Delete');
    expectSameState(template);
  });
});

describe('values that are known at deployment only', () => {
  const IMAGE_REPOSITORY = 'arn:aws:ecr:eu-west-1:123456789012:repository/own/image';
  const training = without(fullConfig().training!, 'framework');

  test('locations from parameters and images of a repository by its name', () => {
    const app = strictApp();
    const stack = new Stack(app, 'Stack');
    const location = new CfnParameter(stack, 'Location', { default: 's3://acme-data/train/' }).valueAsString;
    const image = ecr.Repository.fromRepositoryName(stack, 'Repository', 'own/image').repositoryUriForTag('1');
    addPipeline(
      stack,
      fullConfig({ data: { ...fullConfig().data, training: location }, training: { ...training, image } }),
    );
    const template = synthesize(app).Stack!;
    expect(definitionOf(template).Parameters[0]).toMatchObject({ Name: 'TrainingData', DefaultValue: '<Location>' });
    const pulling = statementsOf(template, 'JobRole').filter(({ Action }) =>
      [Action].flat().includes('ecr:BatchGetImage'),
    );
    expect(pulling.map(({ Resource }) => Resource)).toEqual([IMAGE_REPOSITORY]);
    expect(definitionOf(template).Steps[2].Arguments.AlgorithmSpecification.TrainingImage).toBe(
      '123456789012.dkr.ecr.eu-west-1.amazonaws.com/own/image:1',
    );
    expectSameState(template);
  });

  test('the bucket in a location is found in the template', () => {
    const app = strictApp();
    const stack = new Stack(app, 'Stack');
    const bucket = new s3.Bucket(stack, 'Data');
    addPipeline(stack, fullConfig({ data: { ...fullConfig().data, training: bucket.s3UrlForObject('train/') } }));
    const reading = statementsOf(synthesize(app).Stack!, 'JobRole').filter(({ Resource }) =>
      JSON.stringify(Resource).includes('<Data'),
    );
    expect(reading.map(({ Action, Resource }) => [Action, Resource])).toEqual([
      ['s3:GetObject', expect.stringMatching(/^arn:aws:s3:::<Data\w+>\/train\/\*$/)],
      ['s3:ListBucket', expect.stringMatching(/^arn:aws:s3:::<Data\w+>$/)],
    ]);
  });

  test('parts of another stack', () => {
    const app = strictApp();
    const platform = new Stack(app, 'Platform');
    const store = new ArtifactStore(platform, 'Store');
    const data = new s3.Bucket(platform, 'Data');
    const repository = new ecr.Repository(platform, 'Repository', { repositoryName: 'own/image' });
    const stack = new Stack(app, 'Stack');
    addPipeline(
      stack,
      fullConfig({
        data: { ...fullConfig().data, training: data.s3UrlForObject('train/') },
        training: { ...training, image: repository.repositoryUriForTag('1') },
      }),
      {
        artifactBucket: store.bucket,
        encryptionKey: store.encryptionKey,
        role: new iam.Role(platform, 'Jobs', { assumedBy: new iam.ServicePrincipal('sagemaker.amazonaws.com') }),
        topic: new sns.Topic(platform, 'Topic'),
        vpc: new ec2.Vpc(platform, 'Vpc', { natGateways: 1 }),
      },
    );
    const templates = synthesize(app);
    expect(stack.dependencies.map(({ stackName }) => stackName)).toEqual(['Platform']);
    expect(platform.dependencies).toEqual([]);
    expect(statefulIds(templates.Stack!).map((id) => id.replace(/[0-9A-F]{8}$/, ''))).toEqual([
      'PipelineRegistry',
      'PipelineFeatureStoreGroupscustomers',
      'PipelineFeatureStoreGroupsregions',
      'PipelineEndpoint',
      'MlopsMonitorRecords',
      'MlopsDeployerRecords',
    ]);
  });
});

describe('the L1 behind each part is within reach', () => {
  const app = strictApp();
  const stack = new Stack(app, 'Stack');
  const pipeline = addPipeline(stack);

  test.each<[string, Construct, new (...args: any[]) => CfnResource]>([
    ['the training pipeline', pipeline.trainingPipeline!, sagemaker.CfnPipeline],
    ['the registry', pipeline.registry as ModelRegistry, sagemaker.CfnModelPackageGroup],
    ['a feature group', pipeline.featureGroups[0] as FeatureGroup, sagemaker.CfnFeatureGroup],
    ['the bucket', pipeline.artifactBucket as s3.Bucket, s3.CfnBucket],
    ['the key', pipeline.encryptionKey as kms.Key, kms.CfnKey],
    ['the topic', pipeline.topic as sns.Topic, sns.CfnTopic],
    ['the role of jobs', pipeline.trainingPipeline!.jobRole as iam.Role, iam.CfnRole],
    ['the role of steps', pipeline.trainingPipeline!.pipelineRole as iam.Role, iam.CfnRole],
    ['an alarm', pipeline.trainingPipeline!.alarms[0], cloudwatch.CfnAlarm],
    ['the dashboard', pipeline.dashboard.cloudWatchDashboard, cloudwatch.CfnDashboard],
  ])('%s', (_name, part, type) => {
    expect(part.node.defaultChild).toBeInstanceOf(type);
  });

  test('and takes overrides', () => {
    const l1 = pipeline.trainingPipeline!.node.defaultChild as sagemaker.CfnPipeline;
    l1.addPropertyOverride('ParallelismConfiguration', { MaxParallelExecutionSteps: 2 });
    Template.fromStack(stack).hasResourceProperties('AWS::SageMaker::Pipeline', {
      ParallelismConfiguration: { MaxParallelExecutionSteps: 2 },
    });
  });
});

describe('rights on the parts', () => {
  test('name what they are for', () => {
    const app = strictApp();
    const stack = new Stack(app, 'Stack', { env: ENV });
    const { artifactBucket, featureGroups, registry, trainingPipeline } = addPipeline(stack);
    const user = new iam.Role(stack, 'User', { assumedBy: new iam.AccountRootPrincipal() });
    trainingPipeline!.grantStart(user).assertSuccess();
    registry.grantApprove(user).assertSuccess();
    featureGroups[0].grantIngest(user).assertSuccess();
    artifactBucket.grantRead(user, 'training/*').assertSuccess();
    Template.fromStack(stack).hasResourceProperties('AWS::IAM::Policy', {
      Roles: [{ Ref: Match.stringLikeRegexp('^User') }],
      PolicyDocument: Match.objectLike({
        Statement: Match.arrayWith([
          Match.objectLike({ Action: 'sagemaker:StartPipelineExecution' }),
          Match.objectLike({ Action: ['sagemaker:DescribeModelPackage', 'sagemaker:UpdateModelPackage'] }),
          Match.objectLike({ Action: Match.arrayWith(['sagemaker:PutRecord']) }),
        ]),
      }),
    });
  });

  test('on a pipeline by its name are those on its ARN', () => {
    const app = strictApp();
    const stack = new Stack(app, 'Stack', { env: ENV });
    const pipeline = TrainingPipeline.fromPipelineName(stack, 'Existing', 'churn');
    expect([pipeline.pipelineName, pipeline.pipelineRef.pipelineName]).toEqual(['churn', 'churn']);
    const user = new iam.Role(stack, 'User', { assumedBy: new iam.AccountRootPrincipal() });
    pipeline.grantStart(user).assertSuccess();
    pipeline.onExecutionStateChange('Changes');
    const template = synthesize(app).Stack!;
    expect(ofType(template, 'AWS::SageMaker::Pipeline')).toEqual([]);
    const arn = 'arn:aws:sagemaker:eu-west-1:123456789012:pipeline/churn';
    const [[, policy]] = ofType(template, 'AWS::IAM::Policy');
    expect(
      evaluate(policy.PolicyDocument.Statement)
        .map(({ Resource }: any) => Resource)
        .sort(),
    ).toEqual([arn, `${arn}/execution/*`]);
    const [[, rule]] = ofType(template, 'AWS::Events::Rule');
    expect(evaluate(rule.EventPattern.detail)).toEqual({ pipelineArn: [arn] });
    expect(pipeline.metricExecutionFailed().dimensions).toEqual({ PipelineName: 'churn' });
  });
});

describe('the endpoint of a pipeline', () => {
  const policyOf = (template: CloudFormationTemplate) =>
    JSON.parse(evaluate(ofType(template, 'Custom::MlopsModelEndpoint')[0][1].Policy));

  test('carries tags of app and stack to what the deployer makes', () => {
    const app = strictApp();
    const stack = new Stack(app, 'Stack', { tags: { team: 'ml' } });
    addPipeline(stack);
    Tags.of(app).add('cost', '42');
    expect(policyOf(synthesize(app).Stack!).tags).toEqual({ team: 'ml', cost: '42' });
  });

  test('takes the deployer that it is given, and there is no other', () => {
    const app = strictApp();
    const stack = new Stack(app, 'Stack');
    const deployer = new Deployer(stack, 'Own');
    expect(addPipeline(stack, fullConfig(), { deployer }).endpoint.deployer).toBe(deployer);
    const machines = ofType(synthesize(app).Stack!, 'AWS::StepFunctions::StateMachine').map(([id]) => id);
    expect(machines.sort()).toEqual([expect.stringMatching(/^MlopsDriftAnalyzer/), expect.stringMatching(/^Own/)]);
  });

  test('has the image of the framework, or of the training, for models that people bring', () => {
    const imageOf = (config: MlopsConfig) => {
      const app = strictApp();
      addPipeline(new Stack(app, 'Stack', { env: ENV }), config);
      return policyOf(synthesize(app).Stack!).serving.image;
    };
    const own = '123456789012.dkr.ecr.eu-west-1.amazonaws.com/own:1';
    const training = without(fullConfig().training!, 'framework');
    expect(imageOf(fullConfig())).toContain('/sagemaker-xgboost:1.7');
    expect(imageOf(fullConfig({ training: { ...training, image: own } }))).toBe(own);
    expect(imageOf({ name: 'churn', level: 0 })).toBeUndefined();
  });

  test.each<[MlopsConfig['serving']]>([
    [{ mode: 'serverless' }],
    [{ mode: 'asynchronous', minInstances: 0 }],
    [{ mode: 'batch', batch: { input: 's3://acme-data/in/' } }],
  ])('stands in every mode: %j', (serving) => {
    const app = strictApp();
    const pipeline = addPipeline(new Stack(app, 'Stack'), { name: 'churn', level: 0, serving });
    expect(policyOf(synthesize(app).Stack!)).toMatchObject({ mode: serving!.mode, automatic: false });
    expect(pipeline.endpoint.mode).toBe(serving!.mode);
  });

  test('keeps its name and its function in a stage, in a nested stack and under a tag', () => {
    const [[id, endpoint]] = ofType(plain, 'Custom::MlopsModelEndpoint');
    const app = strictApp();
    const stack = new Stack(new Stage(app, 'Production'), 'Stack');
    addPipeline(stack);
    const [[staged, other]] = ofType(synthesize(app)[stack.stackName]!, 'Custom::MlopsModelEndpoint');
    expect([staged, other.EndpointName, other.ServiceToken]).toEqual([
      id,
      endpoint.EndpointName,
      endpoint.ServiceToken,
    ]);
  });
});
