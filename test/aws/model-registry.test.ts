import { App, RemovalPolicy, Stack, Tags } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as sns from 'aws-cdk-lib/aws-sns';
import { SnsTopic } from 'aws-cdk-lib/aws-events-targets';
import { describe, expect, test } from 'vitest';
import type { IModelRegistry, ModelRegistryProps } from '../../lib/aws/model-registry';
import { ModelRegistry } from '../../lib/aws/model-registry';
import { nagFindings, replacements, templateOf } from './judges';

const GROUP = 'AWS::SageMaker::ModelPackageGroup';
const newStack = () => new Stack(new App(), 'Stack');
const newRegistry = (stack: Stack, props: Partial<ModelRegistryProps> = {}) =>
  new ModelRegistry(stack, 'Registry', { modelPackageGroupName: 'flight-delay', ...props });

/** ARN of something of the stack's account and region. */
const arn = (resource: string) => ({
  'Fn::Join': [
    '',
    [
      'arn:',
      { Ref: 'AWS::Partition' },
      ':sagemaker:',
      { Ref: 'AWS::Region' },
      ':',
      { Ref: 'AWS::AccountId' },
      `:${resource}`,
    ],
  ],
});

describe('a model registry', () => {
  test('is kept when it leaves the stack', () => {
    const stack = newStack();
    newRegistry(stack);
    Template.fromStack(stack).hasResource(GROUP, {
      DeletionPolicy: 'Retain',
      UpdateReplacePolicy: 'Retain',
      Properties: { ModelPackageGroupName: 'flight-delay', ModelPackageGroupPolicy: Match.absent() },
    });
  });

  test('honours the removal policy', () => {
    const stack = newStack();
    newRegistry(stack, { removalPolicy: RemovalPolicy.DESTROY });
    Template.fromStack(stack).hasResource(GROUP, { DeletionPolicy: 'Delete', UpdateReplacePolicy: 'Delete' });
  });

  test('lets named accounts read and deploy versions, and nothing else', () => {
    const stack = newStack();
    newRegistry(stack, { readerAccounts: ['111111111111', '222222222222', '111111111111'] });
    const account = (id: string) => ({
      'Fn::Join': ['', ['arn:', { Ref: 'AWS::Partition' }, `:iam::${id}:root`]],
    });
    const Principal = { AWS: [account('111111111111'), account('222222222222')] };
    Template.fromStack(stack).hasResourceProperties(GROUP, {
      ModelPackageGroupPolicy: {
        Version: '2012-10-17',
        Statement: [
          {
            Sid: 'ReadGroup',
            Effect: 'Allow',
            Principal,
            Action: 'sagemaker:DescribeModelPackageGroup',
            Resource: arn('model-package-group/flight-delay'),
          },
          {
            Sid: 'DeployVersions',
            Effect: 'Allow',
            Principal,
            Action: ['sagemaker:DescribeModelPackage', 'sagemaker:ListModelPackages', 'sagemaker:CreateModel'],
            Resource: arn('model-package/flight-delay/*'),
          },
        ],
      },
    });
  });

  test('takes further statements', () => {
    const stack = newStack();
    const registry = newRegistry(stack);
    registry.addToResourcePolicy(
      new iam.PolicyStatement({
        principals: [new iam.AccountPrincipal('333333333333')],
        actions: ['sagemaker:UpdateModelPackage'],
        resources: [registry.modelPackageArnPattern],
      }),
    );
    Template.fromStack(stack).hasResourceProperties(GROUP, {
      ModelPackageGroupPolicy: { Statement: [Match.objectLike({ Action: 'sagemaker:UpdateModelPackage' })] },
    });
  });

  test('refuses a statement without a principal, which the service would refuse', () => {
    const stack = newStack();
    newRegistry(stack).addToResourcePolicy(new iam.PolicyStatement({ actions: ['sagemaker:CreateModel'] }));
    expect(() => Template.fromStack(stack)).toThrow(/resource-based policy must specify at least one IAM principal/);
  });

  test.each(['-flights', 'flights-', 'flight_delay', '', 'x'.repeat(64)])('refuses the name %j', (name) => {
    expect(() => newRegistry(newStack(), { modelPackageGroupName: name })).toThrow(
      `with a letter or digit at both ends, got '${name}' (at Stack/Registry)`,
    );
  });

  test('refuses an account id that YAML took for a number', () => {
    expect(() => newRegistry(newStack(), { readerAccounts: ['12345'] })).toThrow(
      "readerAccounts must be account ids of 12 digits, in quotes, got '12345' (at Stack/Registry)",
    );
  });

  test('changes nothing but its name by replacement', () => {
    const before = templateOf((stack) => newRegistry(stack));
    const after = templateOf((stack) => {
      newRegistry(stack, { readerAccounts: ['111111111111'], removalPolicy: RemovalPolicy.DESTROY });
      Tags.of(stack.node.root).add('team', 'ml');
    });
    expect(after).not.toEqual(before);
    expect(replacements(before, after)).toEqual([]);
    const renamed = templateOf((stack) => newRegistry(stack, { modelPackageGroupName: 'arrivals' }));
    expect(replacements(before, renamed)).toEqual([expect.stringContaining('ModelPackageGroupName')]);
  });

  test('leaves cdk-nag nothing to say', () => {
    const stack = newStack();
    newRegistry(stack, { readerAccounts: ['111111111111'] }).onApproval('Approval');
    expect(nagFindings(stack)).toEqual([]);
  });
});

describe('grants of a model registry', () => {
  /** What a role is allowed after a grant, by action. */
  function allowed(grant: (registry: IModelRegistry, role: iam.Role) => void) {
    const stack = newStack();
    const role = new iam.Role(stack, 'Role', { assumedBy: new iam.ServicePrincipal('lambda.amazonaws.com') });
    grant(newRegistry(stack), role);
    const [policy] = Object.values(Template.fromStack(stack).findResources('AWS::IAM::Policy'));
    const statements: any[] = policy!.Properties.PolicyDocument.Statement;
    return Object.fromEntries(
      statements.flatMap(({ Action, Resource, Condition }) =>
        [Action].flat().map((action: string) => [action, { Resource, ...(Condition && { Condition }) }]),
      ),
    );
  }
  const group = { 'Fn::GetAtt': [expect.stringMatching(/^Registry/), 'ModelPackageGroupArn'] };
  const versions = arn('model-package/flight-delay/*');

  test('read: list and describe', () => {
    expect(allowed((registry, role) => registry.grantRead(role))).toEqual({
      'sagemaker:DescribeModelPackageGroup': { Resource: group },
      'sagemaker:DescribeModelPackage': { Resource: versions },
      'sagemaker:ListModelPackages': { Resource: versions },
    });
  });

  test('register: as pending only', () => {
    expect(allowed((registry, role) => registry.grantRegister(role))).toEqual({
      'sagemaker:CreateModelPackage': {
        Resource: [group, versions],
        Condition: { StringEqualsIfExists: { 'sagemaker:ModelApprovalStatus': 'PendingManualApproval' } },
      },
      'sagemaker:DescribeModelPackageGroup': { Resource: group },
      'sagemaker:AddTags': { Resource: versions },
      'sagemaker:DescribeModelPackage': { Resource: versions },
    });
  });

  test('approve: update versions, not the group', () => {
    expect(allowed((registry, role) => registry.grantApprove(role))).toEqual({
      'sagemaker:DescribeModelPackage': { Resource: versions },
      'sagemaker:UpdateModelPackage': { Resource: versions },
    });
  });
});

describe('events of a model registry', () => {
  const change = (detail: object, group = 'flight-delay') => ({
    source: 'aws.sagemaker',
    'detail-type': 'SageMaker Model Package State Change',
    account: '111111111111',
    region: 'eu-west-1',
    detail: {
      ModelPackageGroupName: group,
      ModelPackageVersion: 3,
      ModelPackageArn: `arn:aws:sagemaker:eu-west-1:111111111111:model-package/${group}/3`,
      ModelPackageStatus: 'Completed',
      ...detail,
    },
  });
  const approval = change({ ModelApprovalStatus: 'Approved', UpdatedModelPackageFields: ['ModelApprovalStatus'] });
  const withReason = change({
    ModelApprovalStatus: 'Approved',
    UpdatedModelPackageFields: ['ApprovalDescription', 'ModelApprovalStatus'],
  });
  const approvedAtCreation = change({ ModelApprovalStatus: 'Approved' });
  const metadata = change({
    ModelApprovalStatus: 'Approved',
    UpdatedModelPackageFields: ['CustomerMetadataProperties'],
  });
  const registration = change({ ModelApprovalStatus: 'PendingManualApproval' });
  const rejection = change({ ModelApprovalStatus: 'Rejected', UpdatedModelPackageFields: ['ModelApprovalStatus'] });
  const other = change(
    { ModelApprovalStatus: 'Approved', UpdatedModelPackageFields: ['ModelApprovalStatus'] },
    'other',
  );
  const training = { ...approval, 'detail-type': 'SageMaker Training Job State Change' };
  const all = { approval, withReason, approvedAtCreation, metadata, registration, rejection, other, training };

  function caught(rule: (registry: IModelRegistry) => void): string[] {
    const stack = newStack();
    rule(newRegistry(stack));
    const [resource] = Object.values(Template.fromStack(stack).findResources('AWS::Events::Rule'));
    return Object.entries(all)
      .filter(([, event]) => matches(resource!.Properties.EventPattern, event))
      .map(([name]) => name);
  }

  test('approval: a decision, not an edit of an approved version', () => {
    expect(caught((registry) => registry.onApproval('Approval'))).toEqual([
      'approval',
      'withReason',
      'approvedAtCreation',
    ]);
  });

  test('state change: everything about a version of this group', () => {
    expect(caught((registry) => registry.onStateChange('Change'))).toEqual([
      'approval',
      'withReason',
      'approvedAtCreation',
      'metadata',
      'registration',
      'rejection',
    ]);
  });

  test('are narrowed further by the caller, and reach its target', () => {
    const stack = newStack();
    newRegistry(stack).onApproval('Approval', {
      description: 'Deploys what was approved',
      eventPattern: { account: ['111111111111'] },
      target: new SnsTopic(new sns.Topic(stack, 'Topic')),
    });
    Template.fromStack(stack).hasResourceProperties('AWS::Events::Rule', {
      Description: 'Deploys what was approved',
      EventPattern: { account: ['111111111111'], detail: { ModelPackageGroupName: ['flight-delay'] } },
      Targets: [Match.objectLike({ Arn: { Ref: Match.stringLikeRegexp('^Topic') } })],
    });
  });
});

describe('an imported model registry', () => {
  test('by name belongs to the account and region of the stack', () => {
    const stack = newStack();
    const registry = ModelRegistry.fromModelPackageGroupName(stack, 'Registry', 'flight-delay');
    expect(registry.modelPackageGroupName).toBe('flight-delay');
    expect(stack.resolve(registry.modelPackageGroupArn)).toEqual(arn('model-package-group/flight-delay'));
    expect(stack.resolve(registry.modelPackageArnPattern)).toEqual(arn('model-package/flight-delay/*'));
  });

  test('by ARN keeps the account and region of the ARN', () => {
    const stack = newStack();
    const owner = 'arn:aws-cn:sagemaker:cn-north-1:222222222222';
    const group = `${owner}:model-package-group/flight-delay`;
    const registry = ModelRegistry.fromModelPackageGroupArn(stack, 'Registry', group);
    expect(registry.modelPackageGroupName).toBe('flight-delay');
    expect(registry.modelPackageGroupArn).toBe(group);
    expect(registry.modelPackageArnPattern).toBe(`${owner}:model-package/flight-delay/*`);
    expect(registry.env).toEqual(expect.objectContaining({ account: '222222222222', region: 'cn-north-1' }));
  });

  test('grants and listens like an owned one', () => {
    const stack = newStack();
    const role = new iam.Role(stack, 'Role', { assumedBy: new iam.ServicePrincipal('lambda.amazonaws.com') });
    const registry = ModelRegistry.fromModelPackageGroupName(stack, 'Registry', 'flight-delay');
    registry.grantApprove(role);
    registry.onApproval('Approval');
    const template = Template.fromStack(stack);
    template.resourceCountIs(GROUP, 0);
    template.resourceCountIs('AWS::Events::Rule', 1);
    template.hasResourceProperties('AWS::IAM::Policy', {
      PolicyDocument: { Statement: [Match.objectLike({ Resource: arn('model-package/flight-delay/*') })] },
    });
  });
});

/**
 * EventBridge's matching, as far as the patterns here use it: literals, `exists: false`, `$or`. Its answers for these events
 * agree with AWS's own Event Ruler 1.8.1.
 */
function matches(pattern: any, event: any): boolean {
  return Object.entries<any>(pattern).every(([key, wanted]) => {
    if (key === '$or') {
      return wanted.some((alternative: any) => matches(alternative, event));
    }
    if (!Array.isArray(wanted)) {
      return matches(wanted, event[key] ?? {});
    }
    const values: unknown[] = [event[key] ?? []].flat();
    return wanted.some((item) => (item.exists === false ? values.length === 0 : values.includes(item)));
  });
}
