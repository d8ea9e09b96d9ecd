import { loadAwsServiceSpecSync } from '@aws-cdk/aws-service-spec';
import { ResourceImpact, fullDiff } from '@aws-cdk/cloudformation-diff';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { ChangeKind } from '../../../lib/aws/template-diff';
import { diffTemplates } from '../../../lib/aws/template-diff';

/** The types that the constructs make, and some with nested or conditional replacement. */
const TYPES = [
  ...['FeatureGroup', 'ModelPackageGroup', 'Pipeline', 'Model', 'EndpointConfig', 'Endpoint'].map(
    (t) => `AWS::SageMaker::${t}`,
  ),
  ...['Role', 'Policy', 'ManagedPolicy'].map((t) => `AWS::IAM::${t}`),
  ...['Bucket', 'BucketPolicy'].map((t) => `AWS::S3::${t}`),
  ...['Key', 'Alias'].map((t) => `AWS::KMS::${t}`),
  ...['Function', 'Permission', 'EventInvokeConfig', 'Version'].map((t) => `AWS::Lambda::${t}`),
  ...['Topic', 'TopicPolicy', 'Subscription'].map((t) => `AWS::SNS::${t}`),
  ...['Dashboard', 'Alarm', 'CompositeAlarm'].map((t) => `AWS::CloudWatch::${t}`),
  ...['Rule', 'EventBus'].map((t) => `AWS::Events::${t}`),
  ...['AWS::Scheduler::Schedule', 'AWS::SQS::Queue', 'AWS::Logs::LogGroup', 'AWS::StepFunctions::StateMachine'],
  ...[
    'AWS::DynamoDB::Table',
    'AWS::ApplicationAutoScaling::ScalableTarget',
    'AWS::EC2::Instance',
    'AWS::RDS::DBInstance',
  ],
  ...[
    'AWS::EC2::SecurityGroup',
    'AWS::Batch::ComputeEnvironment',
    'AWS::Lambda::EventSourceMapping',
    'AWS::CloudFormation::Stack',
  ],
];

const SEVERITY: Record<ChangeKind | ResourceImpact, number> = {
  [ResourceImpact.NO_CHANGE]: 0,
  [ResourceImpact.WILL_IMPORT]: 0,
  [ResourceImpact.WILL_CREATE]: 1,
  added: 1,
  [ResourceImpact.WILL_UPDATE]: 1,
  updated: 1,
  [ResourceImpact.MAY_REPLACE]: 2,
  mayBeReplaced: 2,
  [ResourceImpact.WILL_REPLACE]: 3,
  replaced: 3,
  [ResourceImpact.WILL_ORPHAN]: 4,
  orphaned: 4,
  [ResourceImpact.WILL_DESTROY]: 5,
  removed: 5,
};

const db = loadAwsServiceSpecSync();
const specs = TYPES.map((type) => {
  const resource = db.lookup('resource', 'cloudFormationType', 'equals', type).only();
  return { type, properties: resource.properties };
});

const LEAVES = fc.oneof(
  fc.constantFrom('a', 'b', 1, true, 'AWS'),
  fc.constantFrom<any>(
    { Ref: 'AWS::Region' },
    { 'Fn::GetAtt': ['Elsewhere', 'Arn'] },
    { 'Fn::Join': ['', ['a', { Ref: 'A' }]] },
  ),
);

/** A value for a property of the specification's type; references go three levels deep. */
function valueOf(type: any, depth = 0): fc.Arbitrary<any> {
  if (type.type === 'ref' && depth < 3) {
    const { properties } = db.get('typeDefinition', type.reference.$ref) as any;
    const fields = Object.entries<any>(properties).map(([name, property]) => [name, valueOf(property.type, depth + 1)]);
    return fc.record(Object.fromEntries(fields), { requiredKeys: [] });
  }
  if (type.type === 'array') return fc.array(valueOf(type.element, depth + 1), { maxLength: 2 });
  if (type.type === 'map') return fc.dictionary(fc.constantFrom('k', 'l'), valueOf(type.element, depth + 1));
  return LEAVES;
}

/** A resource before and after the change of one property, which may come, go or become another. */
const change = fc.constantFrom(...specs).chain(({ type, properties }) =>
  fc.constantFrom(...Object.keys(properties)).chain((name) => {
    const value = fc.option(valueOf(properties[name].type), { nil: undefined });
    return fc.record({ type: fc.constant(type), name: fc.constant(name), before: value, after: value });
  }),
);

const reference = fc.constantFrom<any>({ Ref: 'A' }, { 'Fn::GetAtt': ['A', 'Arn'] }, undefined);

/** The judge's opinion. It also reads IAM policies and fails on those that are none: such cases are passed over. */
function judge(before: any, after: any) {
  try {
    return fullDiff(before, after).resources;
  } catch (error) {
    fc.pre(!(error instanceof TypeError));
    throw error;
  }
}

function severities(before: any, after: any) {
  const judged = judge(before, after);
  const ours = new Map(diffTemplates({ S: before }, { S: after }).map((c) => [c.logicalId, c]));
  const ids = [...new Set([...Object.keys(before.Resources), ...Object.keys(after.Resources)])];
  return ids.map((id) => {
    const impact = judged.logicalIds.includes(id) ? judged.get(id).changeImpact : ResourceImpact.NO_CHANGE;
    const own = ours.get(id);
    return { id, judge: SEVERITY[impact], ours: own ? SEVERITY[own.kind] : 0, causes: own?.causes ?? [], impact };
  });
}

/** Where the judge, which knows top-level properties only, is more severe for a reason. */
const isTtlOnly = (type: string, causes: readonly { path: string }[]) =>
  type === 'AWS::SageMaker::FeatureGroup' &&
  causes.length > 0 &&
  causes.every(({ path }) => path.startsWith('OnlineStoreConfig.TtlDuration'));

test('one changed property: never less severe than the CDK, and equal but for properties inside others', () => {
  fc.assert(
    fc.property(change, ({ type, name, before, after }) => {
      const template = (value: any) => ({
        Resources: { A: { Type: type, Properties: value === undefined ? {} : { [name]: value } } },
      });
      const [{ judge, ours, causes }] = severities(template(before), template(after));
      if (isTtlOnly(type, causes)) return;
      const inner =
        causes.some(({ replaces }) => replaces !== 'no') &&
        specs.some((s) => s.type === type && (s.properties[name].causesReplacement ?? 'no') !== 'yes');
      expect(ours).toBeGreaterThanOrEqual(judge);
      if (!inner) expect(ours).toBe(judge);
    }),
    { numRuns: 5000 },
  );
}, 120_000);

test('two resources, one referring to the other: never less severe than the CDK', () => {
  const user = fc.constantFrom(...specs).chain(({ type, properties }) =>
    fc.record({
      type: fc.constant(type),
      name: fc.constantFrom(...Object.keys(properties)),
      before: reference,
      after: reference,
    }),
  );
  fc.assert(
    fc.property(change, user, (a, b) => {
      const template = (side: 'before' | 'after') => ({
        Resources: {
          A: { Type: a.type, Properties: { [a.name]: a[side] } },
          B: { Type: b.type, Properties: { [b.name]: b[side] } },
        },
      });
      for (const { id, judge, ours, causes } of severities(template('before'), template('after'))) {
        if (!isTtlOnly(id === 'A' ? a.type : b.type, causes)) expect(ours).toBeGreaterThanOrEqual(judge);
      }
    }),
    { numRuns: 3000 },
  );
}, 120_000);

test('resources that come and go: equal to the CDK', () => {
  const resource = fc.option(
    fc.record({
      Type: fc.constantFrom(...TYPES),
      DeletionPolicy: fc.constantFrom('Retain', 'Delete', 'Snapshot', undefined),
    }),
    { nil: undefined },
  );
  const resources = fc.record({ A: resource, B: resource });
  const present = (all: any) => ({ Resources: Object.fromEntries(Object.entries(all).filter(([, value]) => value)) });
  fc.assert(
    fc.property(resources, resources, (before, after) => {
      for (const { judge, ours } of severities(present(before), present(after))) expect(ours).toBe(judge);
    }),
    { numRuns: 1000 },
  );
});
