import type { IAspect, StackProps } from 'aws-cdk-lib';
import { App, Aspects, NestedStack, RemovalPolicy, Stack, Stage, TagManager, Tags } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as s3 from 'aws-cdk-lib/aws-s3';
import type { IConstruct } from 'constructs';
import { describe, expect, test } from 'vitest';
import { FeatureGroup } from '../../lib/aws/feature-group';
import type { FeatureStoreProps } from '../../lib/aws/feature-store';
import { FeatureStore } from '../../lib/aws/feature-store';
import type { FeatureGroupConfig } from '../../lib/config/feature-store';
import { nagFindings, replacements, synthesize, templateOf } from './judges';

const GROUP = 'AWS::SageMaker::FeatureGroup';
const FLIGHTS: FeatureGroupConfig = {
  name: 'flights',
  recordIdentifier: 'flight_id',
  eventTime: 'event_time',
  ttlHours: 72,
  features: [
    { name: 'distance', type: 'float' },
    { name: 'stops', type: 'integer' },
    { name: 'origin', type: 'string' },
  ],
};
const AIRPORTS: FeatureGroupConfig = { ...FLIGHTS, name: 'airports' };

const newStack = (props?: StackProps) => new Stack(new App(), 'Stack', props);
const newStore = (stack: Stack, props: Partial<FeatureStoreProps> = {}) =>
  new FeatureStore(stack, 'Store', { groups: [FLIGHTS], ...props });
const groupsOf = (stack: Stack) => Object.values(Template.fromStack(stack).findResources(GROUP));

describe('a feature store', () => {
  test('has an online and an offline store per group, encrypted, and kept', () => {
    const stack = newStack();
    newStore(stack, { namePrefix: 'flight-delay' });
    const key = { 'Fn::GetAtt': [Match.stringLikeRegexp('^StoreKey'), 'Arn'] };
    Template.fromStack(stack).hasResource(GROUP, {
      DeletionPolicy: 'Retain',
      UpdateReplacePolicy: 'Retain',
      Properties: {
        FeatureGroupName: 'flight-delay-flights',
        Description: Match.absent(),
        RecordIdentifierFeatureName: 'flight_id',
        EventTimeFeatureName: 'event_time',
        OnlineStoreConfig: {
          EnableOnlineStore: true,
          SecurityConfig: { KmsKeyId: key },
          TtlDuration: { Unit: 'Hours', Value: 72 },
        },
        OfflineStoreConfig: {
          S3StorageConfig: {
            S3Uri: {
              'Fn::Join': [
                '',
                [
                  's3://',
                  { Ref: Match.stringLikeRegexp('^StoreOfflineBucket') },
                  '/feature-store/flight-delay-flights',
                ],
              ],
            },
            KmsKeyId: key,
          },
          TableFormat: 'Iceberg',
        },
        RoleArn: { 'Fn::GetAtt': [Match.stringLikeRegexp('^StoreRole'), 'Arn'] },
      },
    });
  });

  test('adds record identifier and event time, and keeps the order of the config', () => {
    const stack = newStack();
    newStore(stack);
    expect(groupsOf(stack)[0]!.Properties.FeatureDefinitions).toEqual([
      { FeatureName: 'flight_id', FeatureType: 'String' },
      { FeatureName: 'event_time', FeatureType: 'String' },
      { FeatureName: 'distance', FeatureType: 'Fractional' },
      { FeatureName: 'stops', FeatureType: 'Integral' },
      { FeatureName: 'origin', FeatureType: 'String' },
    ]);
  });

  test('takes the types of record identifier and event time from the features, where they are listed', () => {
    const stack = newStack();
    const features = [
      { name: 'distance', type: 'float' as const },
      { name: 'event_time', type: 'float' as const },
      { name: 'flight_id', type: 'integer' as const },
    ];
    newStore(stack, { groups: [{ ...FLIGHTS, features }] });
    expect(groupsOf(stack)[0]!.Properties.FeatureDefinitions).toEqual([
      { FeatureName: 'flight_id', FeatureType: 'Integral' },
      { FeatureName: 'event_time', FeatureType: 'Fractional' },
      { FeatureName: 'distance', FeatureType: 'Fractional' },
    ]);
  });

  test('can be online only, or offline only', () => {
    const stack = newStack();
    newStore(stack, {
      groups: [
        { ...FLIGHTS, name: 'online', offline: false },
        { ...FLIGHTS, name: 'offline', online: false, ttlHours: undefined },
      ],
    });
    const template = Template.fromStack(stack);
    template.hasResourceProperties(GROUP, { FeatureGroupName: 'online', OfflineStoreConfig: Match.absent() });
    template.hasResourceProperties(GROUP, { FeatureGroupName: 'offline', OnlineStoreConfig: Match.absent() });
  });

  test('keeps records for ever without a TTL', () => {
    const stack = newStack();
    newStore(stack, { groups: [{ ...FLIGHTS, ttlHours: undefined }] });
    expect(groupsOf(stack)[0]!.Properties.OnlineStoreConfig).not.toHaveProperty('TtlDuration');
  });

  test('lets SageMaker write one folder and one table, before the group is made', () => {
    const stack = newStack();
    newStore(stack, { namePrefix: 'Flight-delay' });
    const template = Template.fromStack(stack);
    // The rights stand in the role, to which the group refers: it is not made before them.
    template.resourceCountIs('AWS::IAM::Policy', 0);
    const [roleId] = Object.keys(template.findResources('AWS::IAM::Role'));
    template.hasResourceProperties(GROUP, { RoleArn: { 'Fn::GetAtt': [roleId, 'Arn'] } });

    const bucket = { 'Fn::GetAtt': [Match.stringLikeRegexp('^StoreOfflineBucket'), 'Arn'] };
    const files = (rest: string) => ({ 'Fn::Join': ['', [bucket, `/feature-store/Flight-delay-flights${rest}`]] });
    const glue = (resource: string) => ({ 'Fn::Join': ['', Match.arrayWith([`:${resource}`])] });
    const rights = {
      PolicyDocument: {
        Version: '2012-10-17',
        Statement: [
          {
            Effect: 'Allow',
            Action: ['kms:Decrypt', 'kms:GenerateDataKey'],
            Resource: { 'Fn::GetAtt': [Match.stringLikeRegexp('^StoreKey'), 'Arn'] },
          },
          { Effect: 'Allow', Action: ['s3:PutObject', 's3:PutObjectAcl'], Resource: files('/*') },
          { Effect: 'Allow', Action: 's3:GetBucketAcl', Resource: bucket },
          { Effect: 'Allow', Action: 's3:GetObject', Resource: files('/*/metadata/*') },
          {
            Effect: 'Allow',
            Action: ['glue:GetTable', 'glue:UpdateTable'],
            Resource: [
              glue('catalog'),
              glue('database/sagemaker_featurestore'),
              glue('table/sagemaker_featurestore/flight?delay?flights*'),
            ],
          },
        ],
      },
      PolicyName: 'Offline',
    };
    template.hasResourceProperties('AWS::IAM::Role', { Policies: [rights] });
  });

  test('with more groups than a role holds has its rights in policies beside it, before the groups are made', () => {
    const groups = (count: number) => Array.from({ length: count }, (_, index) => ({ ...FLIGHTS, name: `g${index}` }));
    const [few, many] = [12, 13].map((count) => {
      const stack = newStack();
      newStore(stack, { groups: groups(count) });
      return Template.fromStack(stack);
    });
    few.resourceCountIs('AWS::IAM::Policy', 0);
    const policies = Object.keys(many.findResources('AWS::IAM::Policy'));
    expect(policies).toHaveLength(1);
    many.allResources(GROUP, { DependsOn: Match.arrayWith(policies) });
    many.hasResourceProperties('AWS::IAM::Role', { Policies: Match.absent() });
  });

  test('without an offline store has no rights to anything but the key', () => {
    const stack = newStack();
    newStore(stack, { groups: [{ ...FLIGHTS, offline: false }] });
    Template.fromStack(stack).hasResourceProperties('AWS::IAM::Role', { Policies: Match.absent() });
  });

  test('asks no more for Glue tables than for writing files', () => {
    const stack = newStack();
    newStore(stack, { offlineTableFormat: 'glue' });
    const template = Template.fromStack(stack);
    template.hasResourceProperties(GROUP, { OfflineStoreConfig: { TableFormat: 'Glue' } });
    expect(JSON.stringify(template.findResources('AWS::IAM::Role'))).toMatch(/s3:PutObject"/);
    expect(JSON.stringify(template.findResources('AWS::IAM::Role'))).not.toMatch(/glue:|s3:GetObject"/);
  });

  test('uses the key, bucket and role that it is given', () => {
    const stack = newStack();
    const encryptionKey = new kms.Key(stack, 'Key');
    const bucket = s3.Bucket.fromBucketName(stack, 'Bucket', 'features');
    const role = iam.Role.fromRoleArn(stack, 'Role', 'arn:aws:iam::111111111111:role/features');
    newStore(stack, { encryptionKey, bucket, role });
    const template = Template.fromStack(stack);
    template.resourceCountIs('AWS::KMS::Key', 1);
    template.resourceCountIs('AWS::S3::Bucket', 0);
    template.resourceCountIs('AWS::IAM::Role', 0);
    template.hasResource(GROUP, {
      DependsOn: Object.keys(template.findResources('AWS::IAM::Policy')),
      Properties: {
        RoleArn: 'arn:aws:iam::111111111111:role/features',
        OfflineStoreConfig: { S3StorageConfig: { S3Uri: 's3://features/feature-store/flights' } },
      },
    });
  });

  test('honours the removal policy', () => {
    const stack = newStack();
    newStore(stack, { removalPolicy: RemovalPolicy.DESTROY });
    const template = Template.fromStack(stack);
    for (const type of [GROUP, 'AWS::S3::Bucket', 'AWS::KMS::Key']) {
      template.allResources(type, { DeletionPolicy: 'Delete' });
    }
  });

  test('finds a group by the name of the config, and says which there are', () => {
    const store = newStore(newStack(), { groups: [FLIGHTS, AIRPORTS] });
    expect(store.group('airports')).toBe(store.groups[1]);
    expect(() => store.group('airport')).toThrow("no feature group 'airport', only flights, airports (at Stack/Store)");
  });

  test('may call a group like a part of the store', () => {
    const stack = newStack();
    newStore(stack, { groups: ['Role', 'Key', 'Groups'].map((name) => ({ ...FLIGHTS, name })) });
    Template.fromStack(stack).resourceCountIs(GROUP, 3);
  });

  test('refuses names that are too long together', () => {
    const namePrefix = 'p'.repeat(60);
    expect(() => newStore(newStack(), { namePrefix })).toThrow(
      /at most 64 characters, got 68 in 'p{60}-flights': shorten the prefix or the name in the config \(at Stack\/Store\)/,
    );
  });

  test('validates the config, every problem at once', () => {
    const broken: any = { ...FLIGHTS, ttlHours: 0, features: [{ name: 'distance', type: 'double' }] };
    expect(() => newStore(newStack(), { groups: [broken] })).toThrow(
      /groups\[0\]\.ttlHours.*\n?.*groups\[0\]\.features\[0\]\.type|groups\[0\]\.features\[0\]\.type.*\n?.*groups\[0\]\.ttlHours/,
    );
    expect(() => newStore(newStack(), { groups: [] })).toThrow(/groups/);
  });

  test('stands twice in a stack, in a nested stack and in a stage', () => {
    const app = new App();
    const stack = new Stack(new Stage(app, 'Prod'), 'Stack');
    newStore(stack);
    new FeatureStore(stack, 'Second', { groups: [AIRPORTS] });
    new FeatureStore(new NestedStack(stack, 'Nested'), 'Store', { namePrefix: 'nested', groups: [FLIGHTS] });
    expect(() => app.synth()).not.toThrow();
  });

  test('leaves cdk-nag nothing to say, also about a bucket of another stack', () => {
    const stack = newStack();
    newStore(stack, { groups: [FLIGHTS, AIRPORTS] });
    expect(nagFindings(stack)).toEqual([]);

    const app = new App();
    const bucket = new s3.Bucket(new Stack(app, 'Storage'), 'Bucket');
    const consumer = new Stack(app, 'Consumer');
    newStore(consumer, { bucket });
    expect(nagFindings(consumer)).toEqual([]);
  });
});

describe('a deployed feature store', () => {
  const before = templateOf((stack) => newStore(stack));
  const replacedBy = (props: Partial<FeatureStoreProps>) =>
    replacements(
      before,
      templateOf((stack) => newStore(stack, props)),
    );
  const withGroup = (change: Partial<FeatureGroupConfig>) => ({ groups: [{ ...FLIGHTS, ...change }] });

  test.each<[string, Partial<FeatureStoreProps>]>([
    ['a new feature', withGroup({ features: [...FLIGHTS.features, { name: 'carrier', type: 'string' }] })],
    ['another TTL', withGroup({ ttlHours: 24 })],
    ['no TTL', withGroup({ ttlHours: undefined })],
    ['a new group', { groups: [FLIGHTS, AIRPORTS] }],
    ['a new group in front', { groups: [AIRPORTS, FLIGHTS] }],
    ['another removal policy', { removalPolicy: RemovalPolicy.DESTROY }],
  ])('grows in place: %s', (_, props) => {
    expect(replacedBy(props)).toEqual([]);
    expect(templateOf((stack) => newStore(stack, props))).not.toEqual(before);
  });

  test('does not notice that its record identifier is listed now', () => {
    const features = [...FLIGHTS.features, { name: 'flight_id', type: 'string' as const }];
    expect(templateOf((stack) => newStore(stack, withGroup({ features })))).toEqual(before);
  });

  test.each<[string, Partial<FeatureStoreProps>]>([
    ['RecordIdentifierFeatureName', withGroup({ recordIdentifier: 'id' })],
    ['EventTimeFeatureName', withGroup({ eventTime: 'time' })],
    ['OnlineStoreConfig', withGroup({ online: false, ttlHours: undefined })],
    ['OfflineStoreConfig', withGroup({ offline: false })],
    ['OfflineStoreConfig.TableFormat', { offlineTableFormat: 'glue' }],
    ['OfflineStoreConfig.S3StorageConfig.S3Uri', { namePrefix: 'x' }],
  ])('is replaced, as documented, by a change of %s', (property, props) => {
    expect(replacedBy(props)).toEqual([expect.stringContaining(`(${GROUP}): ${property}`)]);
  });

  test('pins its logical ids: another id would be another feature group', () => {
    expect(
      Object.entries(before.Resources!).flatMap(([id, { Type }]) => (/Policy$/.test(Type) ? [] : [`${id} ${Type}`])),
    ).toEqual([
      'StoreKey7A3C02BD AWS::KMS::Key',
      'StoreOfflineAccessLogs4411BB86 AWS::S3::Bucket',
      'StoreOfflineBucket6A18AF40 AWS::S3::Bucket',
      'StoreRole1685ABFC AWS::IAM::Role',
      'StoreGroupsflights9475C75A AWS::SageMaker::FeatureGroup',
    ]);
  });
});

describe('tags', () => {
  class SetsTags implements IAspect {
    visit(node: IConstruct) {
      if (TagManager.isTaggable(node)) {
        node.tags.setTag('by', 'aspect', 1000);
      }
    }
  }

  test.each<[string, (store: FeatureStore) => void]>([
    ['of the app', (store) => Tags.of(store.node.root).add('team', 'ml')],
    ['of the stack', (store) => Tags.of(Stack.of(store)).add('team', 'ml')],
    ['of the store', (store) => Tags.of(store).add('team', 'ml', { priority: 1000 })],
    ['of the group', (store) => Tags.of(store.group('flights')).add('team', 'ml', { applyToLaunchedInstances: true })],
    ['of the type', (store) => Tags.of(store).add('team', 'ml', { includeResourceTypes: [GROUP], priority: 1000 })],
    ['by an aspect', (store) => Aspects.of(store.node.root).add(new SetsTags())],
    ['on the resource', (store) => (store.group('flights').node.defaultChild as any).tags.setTag('team', 'ml')],
  ])('%s do not reach a feature group', (_, tag) => {
    const stack = newStack();
    tag(newStore(stack));
    expect(groupsOf(stack)[0]!.Properties).not.toHaveProperty('Tags');
  });

  test('in the props of the stack do not reach a feature group', () => {
    const stack = newStack({ tags: { team: 'ml' } });
    newStore(stack);
    expect(groupsOf(stack)[0]!.Properties).not.toHaveProperty('Tags');
  });

  test('reach what can be tagged in place', () => {
    const untagged = templateOf((stack) => newStore(stack));
    const tagged = templateOf((stack) => Tags.of(newStore(stack)).add('team', 'ml'));
    expect(JSON.stringify(tagged)).toContain('"Value":"ml"');
    expect(replacements(untagged, tagged)).toEqual([]);
  });

  test('would replace a plain feature group, so the judge sees it', () => {
    const plain = (Properties: object) => ({ Resources: { Group: { Type: GROUP, Properties: { ...Properties } } } });
    const before = plain({ FeatureGroupName: 'flights' });
    const after = plain({ FeatureGroupName: 'flights', Tags: [{ Key: 'team', Value: 'ml' }] });
    expect(replacements(before, after)).toEqual([`Group (${GROUP}): Tags`]);
  });

  test('a replaced role replaces the group, so the judge follows references', () => {
    const build = (roleName: string) => (stack: Stack) =>
      newStore(stack, {
        role: new iam.Role(stack, 'Role', { roleName, assumedBy: new iam.ServicePrincipal('sagemaker.amazonaws.com') }),
      });
    expect(replacements(templateOf(build('a')), templateOf(build('b')))).toEqual(
      expect.arrayContaining([expect.stringContaining('RoleName'), expect.stringContaining(`(${GROUP}): RoleArn`)]),
    );
  });
});

describe('grants of a feature group', () => {
  function allowed(grant: (store: FeatureStore, role: iam.Role) => void) {
    const stack = newStack();
    const role = new iam.Role(stack, 'Caller', { assumedBy: new iam.ServicePrincipal('lambda.amazonaws.com') });
    grant(newStore(stack), role);
    const [policy] = Object.entries(Template.fromStack(stack).findResources('AWS::IAM::Policy'))
      .find(([id]) => id.startsWith('Caller'))!
      .slice(1) as any[];
    return Object.fromEntries(
      policy.Properties.PolicyDocument.Statement.flatMap(({ Action, Resource, Condition }: any) =>
        [Action].flat().map((action: string) => [action, Condition ? { Resource, Condition } : Resource]),
      ),
    );
  }
  const group = { 'Fn::Join': ['', expect.arrayContaining([{ Ref: expect.stringMatching(/^StoreGroupsflights/) }])] };
  const key = { 'Fn::GetAtt': [expect.stringMatching(/^StoreKey/), 'Arn'] };
  const bucket = { 'Fn::GetAtt': [expect.stringMatching(/^StoreOfflineBucket/), 'Arn'] };

  test('ingest: write and delete records', () => {
    expect(allowed((store, role) => store.group('flights').grantIngest(role))).toEqual({
      'sagemaker:PutRecord': group,
      'sagemaker:BatchWriteRecord': group,
      'sagemaker:DeleteRecord': group,
      'kms:Decrypt': key,
    });
  });

  test('online read: get records', () => {
    expect(allowed((store, role) => store.group('flights').grantOnlineRead(role))).toEqual({
      'sagemaker:GetRecord': group,
      'sagemaker:BatchGetRecord': group,
      'kms:Decrypt': key,
    });
  });

  test('offline read: one table and one folder', () => {
    const tables = [
      expect.anything(),
      expect.anything(),
      { 'Fn::Join': ['', expect.arrayContaining([':table/sagemaker_featurestore/flights*'])] },
    ];
    expect(allowed((store, role) => store.group('flights').grantOfflineRead(role))).toEqual({
      'sagemaker:DescribeFeatureGroup': group,
      'kms:Decrypt': key,
      'glue:GetDatabase': tables,
      'glue:GetTable': tables,
      'glue:GetPartitions': tables,
      's3:ListBucket': {
        Resource: bucket,
        Condition: { StringLike: { 's3:prefix': ['feature-store/flights', 'feature-store/flights/*'] } },
      },
      's3:GetBucketLocation': bucket,
      's3:GetObject': { 'Fn::Join': ['', [bucket, '/feature-store/flights/*']] },
    });
  });

  test('of an imported group cover what is known of it', () => {
    const stack = newStack();
    const role = new iam.Role(stack, 'Caller', { assumedBy: new iam.ServicePrincipal('lambda.amazonaws.com') });
    const bucket = s3.Bucket.fromBucketName(stack, 'Bucket', 'features');
    FeatureGroup.fromFeatureGroupName(stack, 'A', 'flights').grantOnlineRead(role);
    FeatureGroup.fromFeatureGroupAttributes(stack, 'B', {
      featureGroupName: 'airports',
      bucket,
      prefix: 'history',
    }).grantOfflineRead(role);
    const policy = JSON.stringify(Template.fromStack(stack).findResources('AWS::IAM::Policy'));
    expect(policy).toContain(':feature-group/flights"');
    expect(policy).toContain(':s3:::features/history/*"');
    expect(policy).not.toContain('kms:');
  });
});

describe('metrics of a feature group', () => {
  test('are those of one operation of the group', () => {
    const stack = newStack();
    const metric = newStore(stack).group('flights').metric('Latency', 'GetRecord', { statistic: 'p99' });
    expect(stack.resolve(metric.toMetricConfig().metricStat)).toMatchObject({
      namespace: 'AWS/SageMaker/FeatureStore',
      metricName: 'Latency',
      statistic: 'p99',
      dimensions: [
        { name: 'FeatureGroupName', value: { Ref: expect.stringMatching(/^StoreGroupsflights/) } },
        { name: 'OperationName', value: 'GetRecord' },
      ],
    });
  });
});

test('synthesis covers every stack of an app', () => {
  const app = new App();
  newStore(new Stack(app, 'A'));
  newStore(new Stack(new Stage(app, 'Prod'), 'B'));
  expect(Object.keys(synthesize(app)).sort()).toEqual(['A', 'Prod-B']);
});
