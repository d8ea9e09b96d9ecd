import { App, NestedStack, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as sns from 'aws-cdk-lib/aws-sns';
import { describe, expect, test } from 'vitest';
import { findDeployer } from '../../bin/clouds/aws-deployer-stack';
import type { AwsCalls } from '../../bin/clouds/aws-sdk';
import { ArtifactStore } from '../../lib/aws/artifact-store';
import { Deployer } from '../../lib/aws/deployer';
import { deployerDefinition } from '../../lib/aws/deployer/definition';
import { ConstructError } from '../../lib/aws/errors';
import type { ModelEndpointProps } from '../../lib/aws/model-endpoint';
import { ModelEndpoint } from '../../lib/aws/model-endpoint';
import { ModelRegistry } from '../../lib/aws/model-registry';
import { existingVpc, KEY_ARN, newStack, ofType } from './configs';
import type { CloudFormationTemplate } from './judges';
import { nagFindings, synthesize } from './judges';

type Props = Partial<ModelEndpointProps>;

/** An endpoint with a bucket, a key and a registry of its own. */
function addEndpoint(stack: Stack, endpointName: string, props: Props = {}): ModelEndpoint {
  const { bucket: artifactBucket, encryptionKey } = new ArtifactStore(stack, `Store-${endpointName}`);
  const registry = new ModelRegistry(stack, `Registry-${endpointName}`, { modelPackageGroupName: endpointName });
  return new ModelEndpoint(stack, endpointName, { endpointName, registry, artifactBucket, encryptionKey, ...props });
}

const templateOf = (stack: Stack) => synthesize(stack.node.root as App)[stack.stackName]!;
const statementsOf = (template: CloudFormationTemplate, role: string): any[] =>
  ofType(template, 'AWS::IAM::Role')
    .filter(([id]) => id.startsWith(role))
    .flatMap(([, { Policies = [] }]) => Policies.flatMap((policy: any) => policy.PolicyDocument.Statement));

/** The longest that a value becomes in a commercial region. */
function deployed(value: any): any {
  const lengths: Record<string, string> = {
    'AWS::Partition': 'aws',
    'AWS::Region': 'ap-southeast-2',
    'AWS::AccountId': '123456789012',
  };
  if (Array.isArray(value)) return value.map(deployed);
  if (typeof value !== 'object' || value === null) return value;
  if ('Ref' in value) return lengths[value.Ref] ?? `arn:aws:sns:ap-southeast-2:123456789012:${'x'.repeat(60)}`;
  if ('Fn::GetAtt' in value) {
    const [id] = value['Fn::GetAtt'];
    if (/Key/.test(id)) return `arn:aws:kms:ap-southeast-2:123456789012:key/${'x'.repeat(36)}`;
    return `arn:aws:iam::123456789012:role/${'x'.repeat(64)}`; // tables and log groups have shorter ones
  }
  if ('Fn::Select' in value) return 'x'.repeat(36);
  if ('Fn::Join' in value) return value['Fn::Join'][1].map(deployed).join(value['Fn::Join'][0]);
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, deployed(item)]));
}

describe('the state machine', () => {
  test('is valid in the Amazon States Language', async () => {
    // @ts-expect-error it comes without types
    const validate = (await import('asl-validator')).default;
    const definition = deployerDefinition('arn:aws:lambda:eu-west-1:123456789012:function:deployer');
    const { isValid, errors } = validate(definition as any);
    expect([isValid, errors]).toEqual([true, []]);
  });

  test('is the definition, and calls its own function', () => {
    const stack = newStack();
    addEndpoint(stack, 'churn');
    const template = templateOf(stack);
    const [[, machine]] = ofType(template, 'AWS::StepFunctions::StateMachine');
    const [[functionId]] = ofType(template, 'AWS::Lambda::Function').filter(([id]) =>
      id.startsWith('MlopsDeployerFunction'),
    );
    const [text, parts] = [machine.DefinitionString['Fn::Join'][0], machine.DefinitionString['Fn::Join'][1]];
    const arn = { 'Fn::GetAtt': [functionId, 'Arn'] };
    expect(parts.filter((part: any) => typeof part !== 'string')).toEqual(
      Array(parts.filter((part: any) => typeof part !== 'string').length).fill(arn),
    );
    const rendered = parts.map((part: any) => (typeof part === 'string' ? part : 'FUNCTION')).join(text);
    expect(JSON.parse(rendered)).toEqual(JSON.parse(JSON.stringify(deployerDefinition('FUNCTION'))));
  });

  test('keeps what it works with encrypted, and out of its logs', () => {
    const stack = newStack();
    const encryptionKey = kms.Key.fromKeyArn(stack, 'Key', KEY_ARN);
    new Deployer(stack, 'Deployer', { encryptionKey });
    const template = Template.fromStack(stack);
    template.hasResourceProperties('AWS::StepFunctions::StateMachine', {
      EncryptionConfiguration: { KmsKeyId: KEY_ARN, Type: 'CUSTOMER_MANAGED_KMS_KEY' },
      // Executions hold addresses to which anyone may answer CloudFormation.
      LoggingConfiguration: { IncludeExecutionData: false, Level: 'ALL' },
      TracingConfiguration: { Enabled: true },
    });
    template.hasResourceProperties('AWS::DynamoDB::Table', {
      KeySchema: [{ AttributeName: 'endpoint', KeyType: 'HASH' }],
      AttributeDefinitions: [{ AttributeName: 'endpoint', AttributeType: 'S' }],
      BillingMode: 'PAY_PER_REQUEST',
      SSESpecification: { KMSMasterKeyId: KEY_ARN, SSEEnabled: true, SSEType: 'KMS' },
      PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
    });
    template.allResourcesProperties('AWS::Logs::LogGroup', { KmsKeyId: KEY_ARN });
  });

  test('has a name that two deployers of a stack, and two stacks, cannot share', () => {
    const stack = newStack();
    const encryptionKey = kms.Key.fromKeyArn(stack, 'Key', KEY_ARN);
    for (const id of ['One', 'Two']) new Deployer(stack, id, { encryptionKey });
    const names = ofType(templateOf(stack), 'AWS::StepFunctions::StateMachine').map(([, machine]) =>
      JSON.stringify(machine.StateMachineName),
    );
    expect(new Set(names).size).toBe(2);
    for (const name of names) expect(name).toContain('AWS::StackId');
  });

  test('keeps its name wherever its stack stands in the app: another name would be another machine', () => {
    const nameIn = (stack: Stack) => {
      new Deployer(stack, 'Deployer');
      return Template.fromStack(stack).findResources('AWS::StepFunctions::StateMachine');
    };
    const nested = new NestedStack(new Stack(new App(), 'Parent'), 'Nested');
    expect(nameIn(new Stack(new App(), 'Other'))).toEqual(nameIn(newStack()));
    expect(nameIn(nested)).toEqual(nameIn(newStack()));
  });
});

describe('the functions', () => {
  const stack = newStack();
  addEndpoint(stack, 'churn');
  const template = templateOf(stack);
  const functions = Object.fromEntries(
    ofType(template, 'AWS::Lambda::Function').map(([id, found]) => [id.replace(/[0-9A-F]{8}$/, ''), found]),
  );

  test('have the environment that their handlers read', () => {
    const [[tableId]] = ofType(template, 'AWS::DynamoDB::Table');
    const [[machineId]] = ofType(template, 'AWS::StepFunctions::StateMachine');
    expect(functions.MlopsDeployerFunction.Environment.Variables).toEqual({ TABLE_NAME: { Ref: tableId } });
    expect(functions.MlopsDeployerEndpointResourceFunction.Environment.Variables).toEqual({
      STATE_MACHINE_ARN: { Ref: machineId },
    });
  });

  test('need each other in no circle: the template names resources in an order', () => {
    const { Resources: resources = {} } = template;
    const references = (value: any): string[] => {
      if (typeof value !== 'object' || value === null) return [];
      const own = value.Ref ?? value['Fn::GetAtt']?.[0];
      return typeof own === 'string' ? [own] : Object.values(value).flatMap(references);
    };
    const needs = new Map(
      Object.entries(resources).map(([id, { Properties, DependsOn = [] }]) => [
        id,
        new Set([...references(Properties), ...DependsOn].filter((other) => other in resources)),
      ]),
    );
    for (let left = -1; left !== needs.size;) {
      left = needs.size;
      for (const [id, others] of needs) if (![...others].some((other) => needs.has(other))) needs.delete(id);
    }
    expect([...needs.keys()]).toEqual([]);
  });

  test('run in the VPC, behind the security groups, that they are given', () => {
    const inVpc = newStack();
    new Deployer(inVpc, 'Deployer', { vpc: existingVpc(inVpc) });
    const found = templateOf(inVpc);
    const [[groupId]] = ofType(found, 'AWS::EC2::SecurityGroup');
    for (const [id, { VpcConfig }] of ofType(found, 'AWS::Lambda::Function')) {
      expect(VpcConfig.SecurityGroupIds, id).toEqual([{ 'Fn::GetAtt': [groupId, 'GroupId'] }]);
    }
    expect(nagFindings(inVpc)).toEqual([]);
  });
});

describe('rights', () => {
  test('of 13 endpoints with names of 18 characters, in VPCs, fit into the role', { timeout: 60_000 }, () => {
    const stack = newStack();
    for (let index = 0; index < 13; index++) {
      addEndpoint(stack, `${'n'.repeat(16)}${String(index).padStart(2, '0')}`, {
        topic: sns.Topic.fromTopicArn(stack, `Topic${index}`, `arn:aws:sns:eu-west-1:123456789012:topic-${index}`),
        vpc: existingVpc(stack, `Vpc${index}`),
      });
    }
    const template = templateOf(stack);
    for (const role of ['MlopsDeployerFunctionRole', 'MlopsDeployerMachineRole']) {
      const document = { Version: '2012-10-17', Statement: statementsOf(template, role).map(deployed) };
      expect(JSON.stringify(document).length, role).toBeLessThan(10_240);
    }
  });

  test('that fit no more are refused at synth, with the way out', { timeout: 60_000 }, () => {
    const stack = newStack();
    for (let index = 0; index < 25; index++) addEndpoint(stack, `${'n'.repeat(38)}${String(index).padStart(2, '0')}`);
    expect(() => templateOf(stack)).toThrow(
      /rights of the deployer on 25 endpoints take about \d{5} characters, allowed: 10240; give some of the endpoints a Deployer of their own/,
    );
  });

  test('grow with each endpoint, for its own names and role', () => {
    const stack = newStack();
    for (const name of ['churn', 'churn-eu']) addEndpoint(stack, name);
    const statements = statementsOf(templateOf(stack), 'MlopsDeployerFunctionRole');
    const of = (action: string) => statements.filter(({ Action }) => [Action].flat().includes(action));
    expect(of('sagemaker:DeleteEndpoint')).toHaveLength(1);
    const served = of('sagemaker:DeleteEndpoint')[0].Resource.map((arn: any) => arn['Fn::Join'][1].at(-1));
    expect(served.sort()).toEqual([':*/churn-20*', ':*/churn-eu-20*', ':endpoint/churn', ':endpoint/churn-eu']);
    expect(of('iam:PassRole')[0].Resource).toHaveLength(2);
    // `churn-*` would be the models of churn-eu too.
    expect(JSON.stringify(of('sagemaker:DeleteModel'))).toContain('/churn-20*');
    expect(JSON.stringify(of('sagemaker:DeleteModel'))).not.toContain('/churn-*');
  });

  test('to publish reach the topics of all endpoints, and their keys', () => {
    const stack = newStack();
    const masterKey = new kms.Key(stack, 'TopicKey');
    addEndpoint(stack, 'churn', { topic: new sns.Topic(stack, 'One', { masterKey }) });
    addEndpoint(stack, 'fraud', { topic: new sns.Topic(stack, 'Two') });
    const template = templateOf(stack);
    const statements = statementsOf(template, 'MlopsDeployerMachineRole');
    const [publish] = statements.filter(({ Action }) => Action === 'sns:Publish');
    expect(publish.Resource).toHaveLength(2);
    const [keys] = statements.filter(({ Action }) => [Action].flat().includes('kms:GenerateDataKey'));
    expect(JSON.stringify(keys.Resource)).toContain('TopicKey');
  });

  test('of an operator: start and follow executions, read records, use the key', () => {
    const stack = newStack();
    const deployer = new Deployer(stack, 'Deployer');
    const person = new iam.Role(stack, 'Person', { assumedBy: new iam.AccountRootPrincipal() });
    deployer.grantOperate(person).assertSuccess();
    const [[, { PolicyDocument }]] = ofType(templateOf(stack), 'AWS::IAM::Policy');
    expect(PolicyDocument.Statement.map(({ Action }: any) => Action)).toEqual([
      'states:StartExecution',
      'states:DescribeExecution',
      ['kms:Decrypt', 'kms:GenerateDataKey'],
      'dynamodb:GetItem',
    ]);
  });
});

test('the command line finds machine and table by following the template', async () => {
  const stack = newStack();
  addEndpoint(stack, 'churn');
  const template = templateOf(stack);
  const resources = Object.entries(template.Resources!).map(([logicalId, { Type: type }]) => ({
    logicalId,
    type,
    physicalId: type === 'Custom::MlopsModelEndpoint' ? 'churn' : `physical ${logicalId}`,
  }));
  const calls = { resources: async () => resources, template: async () => JSON.stringify(template) };
  const found = await findDeployer(calls as unknown as AwsCalls, 'Stack');
  expect(found.endpoint).toBe('churn');
  expect(found.stateMachine).toMatch(/^physical MlopsDeployerStateMachine/);
  expect(found.table).toMatch(/^physical MlopsDeployerRecords/);
});

describe('the deployer of a stack', () => {
  test('is shared, with the key of the first endpoint', () => {
    const stack = newStack();
    const [first, second] = ['churn', 'fraud'].map((name) => addEndpoint(stack, name));
    expect(second.deployer).toBe(first.deployer);
    const template = templateOf(stack);
    expect(ofType(template, 'AWS::StepFunctions::StateMachine')).toHaveLength(1);
    const [[, table]] = ofType(template, 'AWS::DynamoDB::Table');
    expect(JSON.stringify(table.SSESpecification)).toContain('Storechurn');
  });

  test('tells the topic of the first endpoint that has one, and only that', () => {
    const stack = newStack();
    const topics = ['One', 'Two'].map((id) => new sns.Topic(stack, id));
    addEndpoint(stack, 'silent');
    addEndpoint(stack, 'churn', { topic: topics[0] });
    const { deployer } = addEndpoint(stack, 'fraud', { topic: topics[1] });
    const resolved = stack.resolve((deployer.alarm.node.defaultChild as any).alarmActions);
    expect(resolved).toEqual([stack.resolve(topics[0].topicArn)]);
  });

  test('keeps its records when it goes, unless it is told otherwise', () => {
    const policyOf = (removalPolicy?: RemovalPolicy) => {
      const stack = newStack();
      new Deployer(stack, 'Deployer', { removalPolicy });
      return Object.values(Template.fromStack(stack).findResources('AWS::DynamoDB::Table'))[0].DeletionPolicy;
    };
    expect([policyOf(), policyOf(RemovalPolicy.DESTROY)]).toEqual(['Retain', 'Delete']);
  });

  test('gives way to one of the endpoint’s own', () => {
    const stack = newStack();
    const deployer = new Deployer(stack, 'Deployer');
    expect(addEndpoint(stack, 'churn', { deployer }).deployer).toBe(deployer);
    expect(stack.node.tryFindChild('MlopsDeployer')).toBeUndefined();
    expect(nagFindings(stack)).toEqual([]);
  });

  test('of another stack is refused: each would need the other', () => {
    const app = new App();
    const deployer = new Deployer(new Stack(app, 'Platform'), 'Deployer');
    const stack = new Stack(app, 'Stack');
    expect(() => addEndpoint(stack, 'fraud', { deployer })).toThrow(ConstructError);
    expect(() => addEndpoint(stack, 'churn', { deployer })).toThrow(
      "deployer: is in stack Platform, but the endpoint in Stack, and the two need each other; make a Deployer in the endpoint's stack, or leave deployer out",
    );
  });

  test('is one of its own in a nested stack', () => {
    const parent = newStack();
    const nested = new NestedStack(parent, 'Nested');
    const [outer, inner] = [addEndpoint(parent, 'churn'), addEndpoint(nested, 'fraud')];
    expect(inner.deployer).not.toBe(outer.deployer);
    (parent.node.root as App).synth();
    Template.fromStack(nested).hasResourceProperties('AWS::DynamoDB::Table', Match.anyValue());
  });
});
