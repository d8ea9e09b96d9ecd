import { readFileSync } from 'node:fs';
import path from 'node:path';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { describe, expect, test } from 'vitest';
import { STARTER_FILES } from '../../bin/starter-files';
import { PlatformStack } from '../../examples/existing-stack/stack';
import { nagFindings, strictApp } from '../aws/judges';

const FOLDER = path.resolve(__dirname, '../../examples/existing-stack');

describe('examples/existing-stack', () => {
  const app = strictApp();
  const stack = new PlatformStack(app, 'MlPlatform');
  const assembly = app.synth();
  const template = Template.fromStack(stack);
  const ofType = (type: string) => Object.values(template.findResources(type)).map(({ Properties }) => Properties);
  const logicalId = (type: string, prefix: string) =>
    Object.keys(template.findResources(type)).find((id) => id.startsWith(prefix));

  test('asks for nothing that only an account knows', () => {
    expect(assembly.manifest.missing).toBeUndefined();
    expect(assembly.getStackByName('MlPlatform').environment).toMatchObject({ account: 'unknown-account' });
  });

  test('has two models of one base, each with what is its own', () => {
    expect(ofType('AWS::SageMaker::Pipeline').map(({ PipelineName }) => PipelineName)).toEqual(['churn', 'fraud']);
    const schedules = ofType('AWS::Scheduler::Schedule').map(({ ScheduleExpression }) => ScheduleExpression);
    expect(schedules.sort()).toEqual(['cron(0 0,6,12,18 * * ? *)', 'cron(0 3 * * ? *)']);
    const definitions = ofType('AWS::SageMaker::Pipeline').map(({ PipelineDefinition }) =>
      JSON.stringify(PipelineDefinition),
    );
    const settings = definitions.map((text) => [
      /DefaultValue\\":(0\.\d)/.exec(text)?.[1],
      /ml\.[\w.]+/.exec(text)?.[0],
    ]);
    expect(settings).toEqual([
      ['0.8', 'ml.m5.xlarge'],
      ['0.9', 'ml.m5.4xlarge'],
    ]);
  });

  test('makes no second key, topic or network: the models use those of the stack', () => {
    template.resourceCountIs('AWS::KMS::Key', 1);
    template.resourceCountIs('AWS::SNS::Topic', 1);
    template.resourceCountIs('AWS::EC2::VPC', 1);
    template.resourceCountIs('AWS::S3::Bucket', 2); // artifacts, access logs
    const alarms = ofType('AWS::CloudWatch::Alarm');
    const ofDrift = alarms.filter(({ MetricName }) => MetricName === 'drift'); // monitors tell the topic themselves
    expect(ofDrift).toHaveLength(2);
    const telling = alarms.filter((alarm) => !ofDrift.includes(alarm));
    expect(telling).toHaveLength(4 + 8 + 1 + 1 + 2); // of trainings, endpoints, deployer, analyzer, and the stack's own
    for (const { AlarmActions } of telling)
      expect(AlarmActions).toEqual([{ Ref: logicalId('AWS::SNS::Topic', 'OnCall') }]);
    for (const { VpcConfig } of ofType('AWS::Lambda::Function'))
      expect(VpcConfig.SubnetIds).toEqual([
        { Ref: expect.stringMatching(/^VpcjobsSubnet1/) },
        { Ref: expect.stringMatching(/^VpcjobsSubnet2/) },
      ]);
  });

  test('lets alarms reach the topic through its key', () => {
    const cloudwatch = { Service: 'cloudwatch.amazonaws.com' };
    template.hasResourceProperties('AWS::SNS::TopicPolicy', {
      PolicyDocument: {
        Statement: Match.arrayWith([Match.objectLike({ Action: 'sns:Publish', Principal: cloudwatch })]),
      },
    });
    template.hasResourceProperties('AWS::KMS::Key', {
      KeyPolicy: {
        Statement: Match.arrayWith([
          Match.objectLike({ Action: ['kms:Decrypt', 'kms:GenerateDataKey*'], Principal: cloudwatch }),
        ]),
      },
    });
  });

  test('tells the queue of approved versions of both, through its key', () => {
    const queue = { 'Fn::GetAtt': [logicalId('AWS::SQS::Queue', 'ApprovedVersions'), 'Arn'] };
    const [machine, analyzer] = ['MlopsDeployer', 'MlopsDriftAnalyzer'].map((id) => ({
      Ref: logicalId('AWS::StepFunctions::StateMachine', id),
    }));
    const targetOf = ({ Targets }: any) => Targets[0].Arn;
    const all = ofType('AWS::Events::Rule');
    expect(all.map(targetOf)).toEqual([queue, machine, analyzer, queue, machine, analyzer]);
    const rules = all.filter((rule) => JSON.stringify(targetOf(rule)) === JSON.stringify(queue));
    for (const { EventPattern } of rules) expect(EventPattern.detail.ModelApprovalStatus).toEqual(['Approved']);
    template.hasResourceProperties('AWS::KMS::Key', {
      KeyPolicy: {
        Statement: Match.arrayWith([
          Match.objectLike({
            Action: Match.arrayWith(['kms:GenerateDataKey*']),
            Principal: { Service: 'events.amazonaws.com' },
          }),
        ]),
      },
    });
  });

  test('has an endpoint a model, and one deployer and one analyzer for both', () => {
    expect(ofType('Custom::MlopsModelEndpoint').map(({ EndpointName }) => EndpointName)).toEqual(['churn', 'fraud']);
    template.resourceCountIs('AWS::StepFunctions::StateMachine', 2);
    template.resourceCountIs('AWS::DynamoDB::Table', 2);
    const services = JSON.stringify(ofType('AWS::EC2::VPCEndpoint').map(({ ServiceName }) => ServiceName));
    for (const needed of ['.dynamodb', '.states', '.application-autoscaling', '.sagemaker.api', '.monitoring', '.s3'])
      expect(services).toContain(needed);
  });

  const statementsOf = (role: string) =>
    ofType('AWS::IAM::Policy')
      .filter(({ Roles }) => Roles[0].Ref === logicalId('AWS::IAM::Role', role))
      .flatMap(({ PolicyDocument }) => PolicyDocument.Statement);
  const actionsOf = (role: string) => statementsOf(role).flatMap(({ Action }: any) => Action);

  test('lets the backend ask both endpoints, and nothing else', () => {
    expect(new Set(actionsOf('BackendRole'))).toEqual(new Set(['sagemaker:InvokeEndpoint']));
    const asked = JSON.stringify(statementsOf('BackendRole'));
    for (const name of ['churn', 'fraud']) expect(asked).toContain(`endpoint/${name}`);
  });

  test('lets operators start the deployer, and read the records of both', () => {
    expect(actionsOf('OperatorRole')).toContain('states:StartExecution');
    const records = statementsOf('OperatorRole').filter(({ Action }) => Action === 'dynamodb:GetItem');
    const keys = records.flatMap(({ Condition }) => Condition['ForAllValues:StringEquals']['dynamodb:LeadingKeys']);
    expect(keys.sort()).toEqual(['churn', 'fraud']);
  });

  test('lets ingestion write customers, and nothing else', () => {
    expect(actionsOf('IngestionRole').sort()).toEqual([
      'kms:Decrypt',
      'sagemaker:BatchWriteRecord',
      'sagemaker:DeleteRecord',
      'sagemaker:PutRecord',
    ]);
  });

  test('has the boundary on every role, and tags on all but the feature group', () => {
    const roles = ofType('AWS::IAM::Role');
    expect(roles.length).toBeGreaterThan(8);
    for (const { PermissionsBoundary, Tags } of roles) {
      expect(JSON.stringify(PermissionsBoundary)).toContain('policy/acme-developer-boundary');
      expect(Tags).toEqual([{ Key: 'team', Value: 'ml' }]);
    }
    const [group] = ofType('AWS::SageMaker::FeatureGroup');
    expect(group).toMatchObject({ FeatureGroupName: 'acme-customers' });
    expect(group).not.toHaveProperty('Tags');
    expect(assembly.getStackByName('MlPlatform').tags).toEqual({});
  });

  test('has no finding of cdk-nag in what the library makes', () => {
    const made = nagFindings(stack).filter((finding) => /MlPlatform\/(churn|fraud|Features|Artifacts)\//.test(finding));
    // What the stack grants to the role of jobs is the stack's to acknowledge.
    expect(made.filter((finding) => !finding.includes('/JobRole/DefaultPolicy/'))).toEqual([]);
  });

  test('has the scripts that init writes', () => {
    for (const [file, text] of Object.entries(STARTER_FILES)) {
      if (file.startsWith('training/')) expect(readFileSync(path.join(FOLDER, file), 'utf8')).toBe(text);
    }
  });
});
