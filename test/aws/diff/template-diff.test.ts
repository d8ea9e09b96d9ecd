import { describe, expect, test } from 'vitest';
import { diffTemplates, refusals } from '../../../lib/aws/template-diff';
import type { TemplateResource } from '../../../lib/aws/diff/template';

type Resources = Record<string, TemplateResource>;

const group = (properties: object = {}, attributes: object = {}): TemplateResource => ({
  Type: 'AWS::SageMaker::FeatureGroup',
  DeletionPolicy: 'Retain',
  Metadata: { 'aws:cdk:path': 'S/Pipeline/FeatureStore/flights' },
  Properties: {
    FeatureGroupName: 'flights',
    RoleArn: { 'Fn::GetAtt': ['Role', 'Arn'] },
    OnlineStoreConfig: { EnableOnlineStore: true, TtlDuration: { Unit: 'Hours', Value: 72 } },
    FeatureDefinitions: [
      { FeatureName: 'id', FeatureType: 'String' },
      { FeatureName: 'distance', FeatureType: 'Fractional' },
    ],
    ...properties,
  },
  ...attributes,
});
const role = (properties: object = {}): TemplateResource => ({ Type: 'AWS::IAM::Role', Properties: properties });
const bucket = (properties: object = {}, attributes: object = {}): TemplateResource => ({
  Type: 'AWS::S3::Bucket',
  Properties: properties,
  ...attributes,
});

const diff = (before: Resources, after: Resources, rest: [object?, object?] = []) =>
  diffTemplates({ S: { Resources: before, ...rest[0] } }, { S: { Resources: after, ...rest[1] } });
const kinds = (changes: ReturnType<typeof diff>) => Object.fromEntries(changes.map((c) => [c.logicalId, c.kind]));
const reasons = (changes: ReturnType<typeof diff>) => refusals(changes).map(({ reason }) => reason);

test('equal templates have no changes, however a value is written', () => {
  const before = {
    A: bucket({ N: 10, B: true }, { DependsOn: 'X' }),
    G: group({ RoleArn: { 'Fn::GetAtt': 'Role.Arn' } }),
  };
  const after = { A: bucket({ N: '10', B: 'true' }, { DependsOn: ['X'] }), G: group() };
  expect(diff(before, after)).toEqual([]);
});

describe('kinds', () => {
  test('a change says where it is, what it is and why', () => {
    expect(diff({ G: group() }, { G: group({ Description: 'flights' }) })).toEqual([
      {
        stack: 'S',
        logicalId: 'G',
        type: 'AWS::SageMaker::FeatureGroup',
        constructPath: 'S/Pipeline/FeatureStore/flights',
        kind: 'replaced',
        stateful: true,
        causes: [{ path: 'Description', before: undefined, after: 'flights', replaces: 'yes' }],
        limits: [],
        collidesWith: 'S/G',
      },
    ]);
  });

  test('the time to live of online records changes in place, the store itself does not', () => {
    const ttl = group({ OnlineStoreConfig: { EnableOnlineStore: true, TtlDuration: { Unit: 'Hours', Value: 24 } } });
    const off = group({ OnlineStoreConfig: { EnableOnlineStore: false, TtlDuration: { Unit: 'Hours', Value: 72 } } });
    expect(kinds(diff({ G: group() }, { G: ttl }))).toEqual({ G: 'updated' });
    expect(refusals(diff({ G: group() }, { G: ttl }))).toEqual([]);
    expect(kinds(diff({ G: group() }, { G: off }))).toEqual({ G: 'replaced' });
  });

  test.each([
    ['Delete', 'removed'],
    ['Snapshot', 'removed'],
    ['Retain', 'orphaned'],
    ['RetainExceptOnCreate', 'orphaned'],
    [undefined, 'removed'],
  ])('a resource that goes with deletion policy %s is %s', (DeletionPolicy, kind) => {
    expect(kinds(diff({ B: bucket({}, { DeletionPolicy }) }, {}))).toEqual({ B: kind });
  });

  test('attributes are reported, also a changed deletion policy', () => {
    const [change] = diff(
      { B: bucket({}, { DeletionPolicy: 'Retain' }) },
      { B: bucket({}, { DeletionPolicy: 'Delete' }) },
    );
    expect(change).toMatchObject({
      kind: 'updated',
      causes: [{ path: 'DeletionPolicy', before: 'Retain', after: 'Delete' }],
    });
  });

  test('metadata and code assets change in place', () => {
    const code = (key: string): Resources => ({
      F: { Type: 'AWS::Lambda::Function', Properties: { Code: { S3Key: key } }, Metadata: { 'aws:asset:path': key } },
    });
    expect(kinds(diff(code('a'), code('b')))).toEqual({ F: 'updated' });
  });

  test('another type under the same logical id is a replacement that CloudFormation refuses', () => {
    const changes = diff({ X: bucket() }, { X: role() });
    expect(changes[0]).toMatchObject({ kind: 'replaced', stateful: true, type: 'AWS::S3::Bucket' });
    expect(reasons(changes).join()).toContain('from AWS::S3::Bucket to AWS::IAM::Role');
  });

  test('a resource under a condition that changes may be removed', () => {
    const conditional = { B: bucket({}, { Condition: 'C' }) };
    const section = (other: string) => ({
      Conditions: { C: { 'Fn::Not': [{ Condition: 'D' }] }, D: { 'Fn::Equals': ['a', other] } },
    });
    const conditions: [object, object] = [section('a'), section('b')];
    expect(kinds(diff(conditional, conditional, conditions))).toEqual({ B: 'mayBeReplaced' });
  });

  test('long values are shown around their first difference', () => {
    const body = (end: string) => ({
      P: { Type: 'AWS::SageMaker::Pipeline', Properties: { PipelineDefinition: 'x'.repeat(500) + end } },
    });
    const [{ causes }] = diff(body('before'), body('after'));
    expect(causes[0].before).toMatch(/^…x+before$/);
    expect(causes[0].after).toMatch(/^…x+after$/);
  });

  test('intrinsic functions are shown as people read them', () => {
    const topic = (name: any) => ({ T: { Type: 'AWS::SNS::Topic', Properties: { DisplayName: name } } });
    const joined = { 'Fn::Join': [':', ['arn', { Ref: 'AWS::Region' }, { 'Fn::GetAtt': ['Role', 'Arn'] }]] };
    const [{ causes }] = diff(topic({ Ref: 'A' }), topic(joined));
    expect(causes[0]).toMatchObject({ before: '${A}', after: 'arn:${AWS::Region}:${Role.Arn}' });
  });
});

describe('replacements are carried on', () => {
  test('to what refers to the replaced resource in an immutable property, and no further than that', () => {
    const resources = (path: string): Resources => ({
      Role: role({ Path: path }),
      G: group({ FeatureGroupName: { 'Fn::Sub': 'flights' } }),
      Fn: { Type: 'AWS::Lambda::Function', Properties: { Role: { 'Fn::GetAtt': ['Role', 'Arn'] } } },
      Other: { Type: 'AWS::SNS::Topic', Properties: { DisplayName: { Ref: 'Fn' } } },
    });
    expect(kinds(diff(resources('/a/'), resources('/b/')))).toEqual({ Role: 'replaced', G: 'replaced', Fn: 'updated' });
  });

  test('through joins, substitutions and chains', () => {
    const resources = (path: string): Resources => ({
      Role: role({ Path: path }),
      M: {
        Type: 'AWS::SageMaker::Model',
        Properties: { ExecutionRoleArn: { 'Fn::Join': ['', ['arn:', { 'Fn::GetAtt': ['Role', 'Arn'] }]] } },
      },
      C: {
        Type: 'AWS::SageMaker::EndpointConfig',
        Properties: { ProductionVariants: [{ ModelName: { 'Fn::Sub': '${M.ModelName}' } }] },
      },
      E: {
        Type: 'AWS::SageMaker::Endpoint',
        Properties: { EndpointConfigName: { 'Fn::GetAtt': ['C', 'EndpointConfigName'] } },
      },
    });
    expect(kinds(diff(resources('/a/'), resources('/b/')))).toEqual({
      Role: 'replaced',
      M: 'replaced',
      C: 'replaced',
      E: 'updated',
    });
  });

  test('from a parameter or a mapping that changes', () => {
    const named = { G: group({ FeatureGroupName: { Ref: 'Name' } }) };
    const parameters: [object, object] = [
      { Parameters: { Name: { Default: 'a' } } },
      { Parameters: { Name: { Default: 'b' } } },
    ];
    expect(kinds(diff(named, named, parameters))).toEqual({ G: 'replaced' });
    const mapped = { G: group({ FeatureGroupName: { 'Fn::FindInMap': ['M', 'x', 'y'] } }) };
    const mappings: [object, object] = [{ Mappings: { M: { x: { y: 'a' } } } }, { Mappings: { M: { x: { y: 'b' } } } }];
    expect(kinds(diff(mapped, mapped, mappings))).toEqual({ G: 'replaced' });
  });

  test('a reference to what may be replaced may replace', () => {
    const resources = (UserData: string): Resources => ({
      I: { Type: 'AWS::EC2::Instance', Properties: { UserData } },
      V: { Type: 'AWS::EC2::VolumeAttachment', Properties: { InstanceId: { Ref: 'I' } } },
    });
    expect(kinds(diff(resources('a'), resources('b')))).toEqual({ I: 'mayBeReplaced', V: 'mayBeReplaced' });
  });

  test('into nested stacks by parameter and out of them by output, and over exports', () => {
    const templates = (path: string) => ({
      S: {
        Resources: {
          Role: role({ Path: path }),
          N: {
            Type: 'AWS::CloudFormation::Stack',
            Properties: { Parameters: { role: { 'Fn::GetAtt': ['Role', 'Arn'] } } },
          },
          M: {
            Type: 'AWS::SageMaker::Model',
            Properties: { ExecutionRoleArn: { 'Fn::GetAtt': ['N', 'Outputs.inner'] } },
          },
        },
        Outputs: { shared: { Value: { Ref: 'M' }, Export: { Name: 'S:M' } } },
      },
      'S/N': {
        Parameters: { role: { Type: 'String' } },
        Resources: { Inner: { Type: 'AWS::SageMaker::Model', Properties: { ExecutionRoleArn: { Ref: 'role' } } } },
        Outputs: { inner: { Value: { Ref: 'Inner' } } },
      },
      T: {
        Resources: {
          C: {
            Type: 'AWS::SageMaker::EndpointConfig',
            Properties: { ProductionVariants: [{ ModelName: { 'Fn::ImportValue': 'S:M' } }] },
          },
        },
      },
    });
    const changes = diffTemplates(templates('/a/'), templates('/b/'));
    expect(kinds(changes)).toEqual({ Role: 'replaced', N: 'updated', M: 'replaced', Inner: 'replaced', C: 'replaced' });
  });
});

describe('collisions', () => {
  const named = (name: any) => bucket({ BucketName: name });

  test('a name that moves to another logical id, also one that was left behind', () => {
    expect(diff({ A: named('n') }, { B: named('n') }).find((c) => c.logicalId === 'B')?.collidesWith).toBe('S/A');
    const retained = bucket({ BucketName: 'n' }, { DeletionPolicy: 'Retain' });
    expect(reasons(diff({ A: retained }, { B: named('n') }))).toContain(
      'is created under the name that S/A still has, so the deployment fails',
    );
  });

  test('a name that moves to another stack', () => {
    const changes = diffTemplates(
      { S: { Resources: { A: named('n') } }, T: {} },
      { S: {}, T: { Resources: { A: named('n') } } },
    );
    expect(changes.find((c) => c.stack === 'T')?.collidesWith).toBe('S/A');
  });

  test('a replaced resource with a fixed name', () => {
    const model = (role: string): Resources => ({
      M: { Type: 'AWS::SageMaker::Model', Properties: { ModelName: 'm', ExecutionRoleArn: role } },
    });
    const changes = diff(model('a'), model('b'));
    expect(changes[0].collidesWith).toBe('S/M');
    expect(reasons(changes)).toEqual([
      'is created under the name that the one it replaces still has, so the deployment fails',
    ]);
  });

  test('not without a name, with another name, with a name of another type, or with a name that changes along', () => {
    const names = (changes: ReturnType<typeof diff>) => changes.flatMap((c) => c.collidesWith ?? []);
    expect(names(diff({ A: bucket() }, { B: bucket() }))).toEqual([]);
    expect(names(diff({ A: named('n') }, { B: named('m') }))).toEqual([]);
    expect(names(diff({ A: named('n') }, { B: role({ RoleName: 'n' }) }))).toEqual([]);
    const dependent = (path: string): Resources => ({
      Role: role({ Path: path }),
      M: { Type: 'AWS::SageMaker::Model', Properties: { ModelName: { Ref: 'Role' } } },
    });
    expect(names(diff(dependent('/a/'), dependent('/b/')))).toEqual([]);
  });
});

describe('refusals', () => {
  test.each([
    ['added', {}, { B: bucket() }, 0],
    ['updated', { B: bucket() }, { B: bucket({ Tags: [] }) }, 0],
    ['replaced', { B: bucket() }, { B: bucket({ ObjectLockEnabled: true }) }, 1],
    ['removed', { B: bucket() }, {}, 1],
    ['orphaned', { B: bucket({}, { DeletionPolicy: 'Retain' }) }, {}, 1],
    ['removed', { R: role() }, {}, 0],
    ['replaced', { R: role({ Path: '/a/' }) }, { R: role({ Path: '/b/' }) }, 0],
  ])('%s: %j to %j refuses %i', (kind, before, after, count) => {
    const changes = diff(before as Resources, after as Resources);
    expect(changes.map((c) => c.kind)).toEqual([kind]);
    expect(refusals(changes)).toHaveLength(count);
  });

  test('say what would be lost, why, and the way out', () => {
    const before = { B: bucket({}, { Metadata: { 'aws:cdk:path': 'S/Store' } }) };
    const after = { B: bucket({ BucketName: 'n' }, { Metadata: { 'aws:cdk:path': 'S/Store' } }) };
    expect(refusals(diff(before, after))).toEqual([
      {
        subject: 'S/Store (AWS::S3::Bucket)',
        reason: 'is replaced by a new one without its objects: BucketName cannot change in place (none → n)',
        wayOut: 'keep BucketName as it is, or add a new resource beside it',
      },
    ]);
  });

  test('a stateful resource that may be replaced is refused too', () => {
    const broker = (Condition?: string) => ({ B: bucket({}, { Condition }) });
    expect(reasons(diff(broker(), broker('C')))).toEqual([
      'may be replaced by a new one without its objects: Condition cannot change in place (none → C)',
    ]);
  });

  test('a removed feature and a changed feature type, though CloudFormation calls them updates', () => {
    const features = (...definitions: string[][]) =>
      group({ FeatureDefinitions: definitions.map(([FeatureName, FeatureType]) => ({ FeatureName, FeatureType })) });
    const added = features(['id', 'String'], ['distance', 'Fractional'], ['delay', 'Fractional']);
    expect(refusals(diff({ G: group() }, { G: added }))).toEqual([]);
    const reordered = features(['distance', 'Fractional'], ['id', 'String']);
    expect(refusals(diff({ G: group() }, { G: reordered }))).toEqual([]);
    const worse = diff({ G: group() }, { G: features(['id', 'Integral']) });
    expect(kinds(worse)).toEqual({ G: 'updated' });
    expect(refusals(worse)).toEqual([
      expect.objectContaining({
        reason: "feature 'id' changes its type from String to Integral, which Feature Store cannot do",
      }),
      expect.objectContaining({
        reason: "feature 'distance' is removed, which Feature Store cannot do",
        wayOut: 'keep the feature as it is, or add a new group with another name',
      }),
    ]);
  });

  test('a custom resource that moves to another function', () => {
    const custom = (ServiceToken: any): Resources => ({
      X: { Type: 'Custom::Deployment', Properties: { ServiceToken, Policy: '{}' } },
    });
    expect(reasons(diff(custom({ 'Fn::GetAtt': ['A', 'Arn'] }), custom({ 'Fn::GetAtt': ['B', 'Arn'] })))).toEqual([
      'the service token of a custom resource cannot change',
    ]);
  });

  test.each([
    ['Retain', 'Delete', true],
    ['Retain', undefined, true],
    ['Snapshot', 'Delete', true],
    ['RetainExceptOnCreate', 'Delete', true],
    ['Retain', { 'Fn::If': ['C', 'Retain', 'Delete'] }, true],
    ['Retain', 'Snapshot', false],
    ['Retain', 'RetainExceptOnCreate', false],
    ['Delete', undefined, false],
    ['Delete', 'Retain', false],
    [undefined, 'Retain', false],
  ])('a removal policy from %j to %j: refused %j', (before, after, refused) => {
    for (const policy of ['DeletionPolicy', 'UpdateReplacePolicy']) {
      const changes = diff({ B: bucket({}, { [policy]: before }) }, { B: bucket({}, { [policy]: after }) });
      expect(kinds(changes)).toEqual({ B: 'updated' });
      expect(refusals(changes).map(({ reason }) => reason.includes(policy))).toEqual(refused ? [true] : []);
    }
  });

  test('a protection that goes is told once, with the way out, and not for what holds no state', () => {
    const policies = (policy: string) => ({ DeletionPolicy: policy, UpdateReplacePolicy: policy });
    const [before, after] = [policies('Retain'), policies('Delete')];
    expect(refusals(diff({ B: bucket({}, before) }, { B: bucket({}, after) }))).toEqual([
      {
        subject: 'S/B (AWS::S3::Bucket)',
        reason:
          'no longer protects its objects from deletion: DeletionPolicy (Retain → Delete) and UpdateReplacePolicy (Retain → Delete)',
        wayOut: 'keep removalPolicy RETAIN, or deploy the change alone, with cdk deploy, when deletion is meant',
      },
    ]);
    expect(refusals(diff({ R: { ...role(), ...before } }, { R: { ...role(), ...after } }))).toEqual([]);
  });

  test.each([
    [{ Enabled: true }, { Enabled: false }, 1],
    [{}, { Enabled: 'false' }, 1],
    [{ Enabled: true }, { Enabled: { Ref: 'P' } }, 1],
    [{ Enabled: false }, { Enabled: true }, 0],
    [{ Enabled: false }, {}, 0],
    [{ Enabled: true, KeyPolicy: { Version: 'a' } }, { Enabled: true, KeyPolicy: { Version: 'b' } }, 0],
  ])('a key from %j to %j refuses %i', (before, after, count) => {
    const key = (Properties: object): Resources => ({ K: { Type: 'AWS::KMS::Key', Properties } });
    const refused = reasons(diff(key(before), key(after)));
    expect(refused).toHaveLength(count);
    for (const reason of refused) expect(reason).toMatch(/^is disabled, and with it everything encrypted with it: /);
  });

  test('features that an intrinsic function makes, when they change', () => {
    const features = (FeatureDefinitions: any) => ({ G: group({ FeatureDefinitions }) });
    const whole = features({ 'Fn::If': ['C', [], []] });
    const element = features([{ 'Fn::If': ['C', {}, {}] }]);
    const name = features([{ FeatureName: { Ref: 'N' }, FeatureType: 'String' }]);
    for (const unreadable of [whole, element, name]) {
      const sides: Array<[Resources, Resources]> = [
        [{ G: group() }, unreadable],
        [unreadable, { G: group() }],
      ];
      for (const [before, after] of sides) {
        expect(reasons(diff(before, after))).toEqual([expect.stringMatching(/^its features cannot be compared: /)]);
      }
      const other = { G: { ...unreadable.G, Metadata: { other: true } } };
      expect(refusals(diff(unreadable, other))).toEqual([]);
    }
  });

  describe('macros among the resources', () => {
    const each = (list: any, properties: object = {}): any => ({
      'Fn::ForEach::Buckets': ['Name', list, { 'Bucket${Name}': bucket(properties) }],
    });
    const transform = (location: string): any => ({
      'Fn::Transform': { Name: 'AWS::Include', Parameters: { Location: location } },
    });

    test.each<[string, any, any, string]>([
      ['changed', each(['a', 'b']), each(['a']), 'Fn::ForEach::Buckets (Fn::ForEach)'],
      ['removed', each(['a']), {}, 'Fn::ForEach::Buckets (Fn::ForEach)'],
      ['added', {}, each(['a']), 'Fn::ForEach::Buckets (Fn::ForEach)'],
      ['changed', transform('s3://a'), transform('s3://b'), 'Fn::Transform (Fn::Transform)'],
    ])('%s, from %j to %j, are refused', (_, before, after, subject) => {
      expect(refusals(diff(before, after))).toEqual([
        {
          subject: `S/${subject}`,
          reason: 'is a macro, whose resources cannot be compared',
          wayOut: 'keep it as it is, or compare templates in which it is expanded',
        },
      ]);
    });

    test('that stay as they are do not matter, unless what they refer to changes', () => {
      const both = { ...each(['a']), ...transform('s3://a') };
      expect(diff(both, { ...both, R: role() }).map(({ logicalId }) => logicalId)).toEqual(['R']);
      const referring = each({ Ref: 'Names' });
      const names = (Default: string) => ({ Parameters: { Names: { Default } } });
      expect(reasons(diff(referring, referring, [names('a'), names('b')]))).toHaveLength(1);
    });
  });
});
