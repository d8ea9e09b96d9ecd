import type { App } from 'aws-cdk-lib';
import { NestedStack, Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as sns from 'aws-cdk-lib/aws-sns';
import { describe, expect, test } from 'vitest';
import { ArtifactStore } from '../../lib/aws/artifact-store';
import { Baseline } from '../../lib/aws/baseline';
import { analyzerDefinition } from '../../lib/aws/drift/definition';
import { DriftAnalyzer } from '../../lib/aws/drift-analyzer';
import type { DriftMonitorProps } from '../../lib/aws/drift-monitor';
import { DriftMonitor } from '../../lib/aws/drift-monitor';
import { existingVpc, KEY_ARN, newStack, ofType } from './configs';
import type { CloudFormationTemplate } from './judges';
import { nagFindings, synthesize } from './judges';

/** A monitor of an endpoint that something else deploys. */
function addMonitor(stack: Stack, monitorName: string, props: Partial<DriftMonitorProps> = {}): DriftMonitor {
  const { bucket: artifactBucket, encryptionKey } = new ArtifactStore(stack, `Store-${monitorName}`);
  return new DriftMonitor(stack, monitorName, {
    monitorName,
    captureLocation: `s3://acme-ml/captured/${monitorName}`,
    data: { features: [{ name: 'age', type: 'numeric' }] },
    baselineProfile: Baseline.fromBucket(artifactBucket, 'profile.json'),
    artifactBucket,
    encryptionKey,
    ...props,
  });
}

const templateOf = (stack: Stack) => synthesize(stack.node.root as App)[stack.stackName]!;
const statementsOf = (template: CloudFormationTemplate, role: string): any[] =>
  ofType(template, 'AWS::IAM::Role')
    .filter(([id]) => id.startsWith(role))
    .flatMap(([, { Policies = [] }]) => Policies.flatMap((policy: any) => policy.PolicyDocument.Statement));

describe('the state machine', () => {
  const definition: any = analyzerDefinition('arn:aws:lambda:eu-west-1:123456789012:function:analyzer');

  test('is valid in the Amazon States Language', async () => {
    // @ts-expect-error it comes without types
    const validate = (await import('asl-validator')).default;
    const { isValid, errors } = validate(definition);
    expect([isValid, errors]).toEqual([true, []]);
  });

  test('is the definition, and calls its own function', () => {
    const stack = newStack();
    new DriftAnalyzer(stack, 'Analyzer');
    const template = templateOf(stack);
    const [[, machine]] = ofType(template, 'AWS::StepFunctions::StateMachine');
    const [[functionId]] = ofType(template, 'AWS::Lambda::Function');
    const parts: any[] = machine.DefinitionString['Fn::Join'][1];
    const arn = { 'Fn::GetAtt': [functionId, 'Arn'] };
    for (const part of parts.filter((piece) => typeof piece !== 'string')) expect(part).toEqual(arn);
    const rendered = parts.map((part) => (typeof part === 'string' ? part : 'FUNCTION')).join('');
    expect(JSON.parse(rendered)).toEqual(JSON.parse(JSON.stringify(analyzerDefinition('FUNCTION'))));
  });

  test('every failure ends in Fail, but what follows a verdict is tried to its end first', () => {
    const caught = Object.entries<any>(definition.States)
      .filter(([, { Catch }]) => Catch)
      .map(([name, { Catch }]) => [name, Catch[0].Next, Catch[0].ResultPath]);
    const error = '$.error';
    expect(caught).toEqual([
      ['Plan', 'Fail', error],
      ['Sample', 'Fail', error],
      ['Edges', 'Fail', error],
      ['Count', 'Fail', error],
      ['Judge', 'Fail', error],
      ['Baseline', 'Fail', error],
      ['Retrain', 'Any events?', error],
      ['Emit', 'Anyone to tell?', error],
      ['Tell', 'Anyone to tell of the retraining?', error],
      ['TellOfRetraining', 'All done?', error],
      ['Fail', 'Failed', null],
      ['TellOfFailure', 'Failed', null],
    ]);
    expect(definition.States['All done?'].Choices).toEqual([{ Variable: error, IsPresent: true, Next: 'Fail' }]);
  });

  test.each(['Sample', 'Count'])(
    '%s hands every object to a child of its own, and keeps nothing of its answers',
    (name) => {
      const { ItemReader, ItemSelector, ItemProcessor, ResultPath, ...map } = definition.States[name];
      expect(ItemReader.Parameters).toEqual({ 'Bucket.$': '$.plan.bucket', 'Prefix.$': '$.plan.batches' });
      expect(ItemSelector).toMatchObject({ operation: 'work', batch: { 'key.$': '$$.Map.Item.Value.Key' } });
      expect(ItemProcessor.ProcessorConfig).toEqual({ Mode: 'DISTRIBUTED', ExecutionType: 'STANDARD' });
      // A state holds 256 KiB: 5,000 answers of a few words would not fit.
      const [worker] = Object.values<any>(ItemProcessor.States);
      expect([worker.ResultSelector, ResultPath]).toEqual([{}, null]);
      expect(map.ToleratedFailureCount).toBeGreaterThan(100_000);
    },
  );

  test('what the function calls a failure is tried once, a busy account is waited for', () => {
    const [failure, busy] = definition.States.Plan.Retry;
    expect(failure).toEqual({ ErrorEquals: ['AnalysisFailure'], MaxAttempts: 0 });
    expect([busy.ErrorEquals, busy.MaxAttempts]).toEqual([['Lambda.TooManyRequestsException'], 20]);
  });
});

describe('requests and what could not be handled', () => {
  const stack = newStack();
  const encryptionKey = new kms.Key(stack, 'Key');
  new DriftAnalyzer(stack, 'Analyzer', { encryptionKey });
  const template = Template.fromStack(stack); // refuses what refers to itself in a circle

  test('messages stay hidden as long as the function may run, and end in the dead-letter queue', () => {
    const [[deadLetters]] = Object.entries(template.findResources('AWS::SQS::Queue')).filter(([id]) =>
      id.startsWith('AnalyzerDeadLetters'),
    );
    template.hasResourceProperties('AWS::Lambda::Function', { Timeout: 900, MemorySize: 1769 });
    template.hasResourceProperties('AWS::SQS::Queue', {
      VisibilityTimeout: 900,
      RedrivePolicy: { deadLetterTargetArn: { 'Fn::GetAtt': [deadLetters, 'Arn'] }, maxReceiveCount: 3 },
      KmsMasterKeyId: Match.anyValue(),
    });
  });

  test('a message whose handling fails is not taken for handled', () => {
    template.hasResourceProperties('AWS::Lambda::EventSourceMapping', {
      BatchSize: 1,
      FunctionResponseTypes: ['ReportBatchItemFailures'],
    });
  });

  test('rules may leave what they could not start, under the key too', () => {
    template.hasResourceProperties('AWS::SQS::QueuePolicy', {
      PolicyDocument: {
        Statement: Match.arrayWith([
          Match.objectLike({ Action: 'sqs:SendMessage', Principal: { Service: 'events.amazonaws.com' } }),
        ]),
      },
    });
    template.hasResourceProperties('AWS::KMS::Key', {
      KeyPolicy: {
        Statement: Match.arrayWith([
          Match.objectLike({
            Action: ['kms:Decrypt', 'kms:GenerateDataKey*'],
            Principal: { Service: 'events.amazonaws.com' },
          }),
        ]),
      },
    });
  });

  test('one alarm sees executions that failed and messages that nobody took', () => {
    const [alarm] = Object.values(template.findResources('AWS::CloudWatch::Alarm'));
    const metrics = alarm.Properties.Metrics.map(({ Id, MetricStat }: any) => [Id, MetricStat?.Metric.MetricName]);
    expect(Object.fromEntries(metrics)).toMatchObject({
      failed: 'ExecutionsFailed',
      aborted: 'ExecutionsAborted',
      timedOut: 'ExecutionsTimedOut',
      dead: 'ApproximateNumberOfMessagesVisible',
    });
    expect(alarm.Properties.Metrics[0].Expression).toBe(
      'FILL(failed, 0) + FILL(aborted, 0) + FILL(timedOut, 0) + FILL(dead, 0)',
    );
  });
});

describe('the analyzer of a stack', () => {
  test('is one for all monitors, with records of its own beside it', () => {
    const stack = newStack();
    const monitors = ['one', 'two'].map((name) => addMonitor(stack, name));
    expect(monitors[0].analyzer).toBe(monitors[1].analyzer);
    const template = templateOf(stack);
    const ids = (type: string) => ofType(template, type).map(([id]) => id.replace(/[0-9A-F]{8}$/, ''));
    expect(ids('AWS::StepFunctions::StateMachine')).toEqual(['MlopsDriftAnalyzerStateMachine']);
    expect(ids('AWS::DynamoDB::Table')).toEqual(['MlopsMonitorRecords']);
    expect(ids('AWS::Events::Rule')).toHaveLength(2);
  });

  test('takes at most 15 resources', () => {
    const stack = newStack();
    new DriftAnalyzer(stack, 'Analyzer', { vpc: existingVpc(stack) });
    const ids = Object.keys(templateOf(stack).Resources!).filter((id) => !/Key|SecurityGroup/.test(id));
    expect(ids.length).toBeLessThanOrEqual(15);
  });

  test('works with one that is given, and not across stacks', () => {
    const stack = newStack();
    const analyzer = new DriftAnalyzer(stack, 'Own');
    expect(addMonitor(stack, 'one', { analyzer }).analyzer).toBe(analyzer);
    expect(ofType(templateOf(stack), 'AWS::DynamoDB::Table').map(([id]) => id)).toEqual([
      expect.stringMatching(/^OwnRecords/),
    ]);
    const other = new Stack(stack.node.root as App, 'Other');
    expect(() => addMonitor(other, 'two', { analyzer })).toThrow(
      /analyzer: is in stack Stack, but what uses it in Other/,
    );
  });

  test('is another one in a nested stack', () => {
    const stack = newStack();
    const nested = new NestedStack(stack, 'Nested');
    const [outer, inner] = [addMonitor(stack, 'one'), addMonitor(nested, 'two')];
    expect(inner.analyzer).not.toBe(outer.analyzer);
    expect(ofType(synthesize(stack.node.root as App).Stack!, 'AWS::StepFunctions::StateMachine')).toHaveLength(1);
  });

  test('tells the topic of the first monitor that has one of failures', () => {
    const stack = newStack();
    addMonitor(stack, 'one');
    addMonitor(stack, 'two', {
      topic: sns.Topic.fromTopicArn(stack, 'Topic', 'arn:aws:sns:eu-west-1:123456789012:people'),
    });
    const alarms = ofType(templateOf(stack), 'AWS::CloudWatch::Alarm').filter(([id]) => /Failure/.test(id));
    expect(alarms.map(([, { AlarmActions }]) => AlarmActions)).toEqual([['arn:aws:sns:eu-west-1:123456789012:people']]);
  });

  test('keeps its records under the key that it is given, with a backup to any second', () => {
    const stack = newStack();
    new DriftAnalyzer(stack, 'Analyzer', { encryptionKey: kms.Key.fromKeyArn(stack, 'Key', KEY_ARN) });
    const [[id, table]] = ofType(templateOf(stack), 'AWS::DynamoDB::Table');
    expect(table).toMatchObject({
      KeySchema: [{ AttributeName: 'monitor', KeyType: 'HASH' }],
      SSESpecification: { KMSMasterKeyId: KEY_ARN },
      PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
    });
    expect(templateOf(stack).Resources![id].DeletionPolicy).toBe('Retain');
  });

  test('lets an operator start and follow executions, and read records', () => {
    const stack = newStack();
    const analyzer = new DriftAnalyzer(stack, 'Analyzer');
    analyzer.grantOperate(new iam.Role(stack, 'User', { assumedBy: new iam.AccountRootPrincipal() })).assertSuccess();
    const [[, policy]] = ofType(templateOf(stack), 'AWS::IAM::Policy');
    expect(policy.PolicyDocument.Statement.map(({ Action }: any) => Action)).toEqual([
      'states:StartExecution',
      'states:DescribeExecution',
      ['kms:Decrypt', 'kms:GenerateDataKey'],
      'dynamodb:GetItem',
    ]);
  });
});

describe('rights', () => {
  test('for many monitors spread over policies, each within its limit and attached to the role', () => {
    const stack = newStack();
    for (let index = 0; index < 16; index++) addMonitor(stack, `monitor-${index}`);
    const template = templateOf(stack);
    const policies = ofType(template, 'AWS::IAM::ManagedPolicy');
    expect(policies.length).toBeGreaterThan(1);
    const all = JSON.stringify([policies, statementsOf(template, 'MlopsDriftAnalyzerFunctionRole')]);
    for (let index = 0; index < 16; index++) expect(all).toContain(`/drift/monitor-${index}/*`);
    for (const [id, { PolicyDocument, Roles }] of policies) {
      const [role] = Roles;
      expect(role.Ref).toMatch(/^MlopsDriftAnalyzer(Function|Machine)Role/);
      // References are longer as JSON than the ARNs that they become, but for those of buckets.
      expect(JSON.stringify(PolicyDocument).length, id).toBeLessThan(9_000);
    }
    expect(nagFindings(stack)).toEqual([]);
  });

  test('beyond what a role may hold are refused, with a way out', () => {
    const stack = newStack();
    for (let index = 0; index < 90; index++) addMonitor(stack, `monitor-${index}`, { analyzer: analyzerOf(stack) });
    expect(() => templateOf(stack)).toThrow(/rights on 90 monitors .* give some of them a DriftAnalyzer of their own/s);
  });

  const analyzerOf = (stack: Stack) =>
    (stack.node.tryFindChild('Own') as DriftAnalyzer) ?? new DriftAnalyzer(stack, 'Own');

  test('that a user adds reach the function', () => {
    const stack = newStack();
    const analyzer = new DriftAnalyzer(stack, 'Analyzer');
    kms.Key.fromKeyArn(stack, 'Data', KEY_ARN).grantDecrypt(analyzer);
    expect(statementsOf(templateOf(stack), 'AnalyzerFunctionRole')).toContainEqual({
      Action: 'kms:Decrypt',
      Effect: 'Allow',
      Resource: KEY_ARN,
    });
  });
});
