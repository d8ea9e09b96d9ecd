import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { App, CfnParameter, Stack, Stage } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { SnsTopic } from 'aws-cdk-lib/aws-events-targets';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as s3 from 'aws-cdk-lib/aws-s3';
import * as sns from 'aws-cdk-lib/aws-sns';
import { describe, expect, test } from 'vitest';
import { ArtifactStore } from '../../lib/aws/artifact-store';
import { Baseline } from '../../lib/aws/baseline';
import type { DriftMonitorProps } from '../../lib/aws/drift-monitor';
import { DriftMonitor } from '../../lib/aws/drift-monitor';
import type { ModelEndpointProps } from '../../lib/aws/model-endpoint';
import { ModelEndpoint } from '../../lib/aws/model-endpoint';
import { ModelRegistry } from '../../lib/aws/model-registry';
import { TrainingPipeline } from '../../lib/aws/training-pipeline';
import type { DataConfig } from '../../lib/config/data';
import type { AnalyzerInput, MonitorRules, MonitorSettings } from '../../lib/runtime/drift-contract';
import type { ColumnBins } from '../../lib/statistics/profile';
import { buildProfile, emptyCounts } from '../../lib/statistics/profile';
import { existingVpc, KEY_ARN, newStack, ofType } from './configs';
import type { CloudFormationTemplate } from './judges';
import { nagFindings, synthesize } from './judges';

const DATA: DataConfig = {
  features: [
    { name: 'age', type: 'numeric' },
    { name: 'plan', type: 'categorical' },
  ],
  label: { name: 'churned', type: 'categorical' },
  prediction: { name: 'score', type: 'numeric' },
  id: 'customer_id',
};

const QUALITY = {
  metric: 'auc',
  minimum: 0.7,
  groundTruth: { location: 's3://acme-ml/outcomes/', idColumn: 'id', labelColumn: 'churned' },
} as const;

const storeOf = (stack: Stack) =>
  (stack.node.tryFindChild('Store') as ArtifactStore) ?? new ArtifactStore(stack, 'Store');

function addEndpoint(stack: Stack, props: Partial<ModelEndpointProps> = {}): ModelEndpoint {
  const { bucket: artifactBucket, encryptionKey } = storeOf(stack);
  const registry = ModelRegistry.fromModelPackageGroupName(stack, 'Registry', 'churn');
  return new ModelEndpoint(stack, 'Endpoint', {
    endpointName: 'churn',
    registry,
    artifactBucket,
    encryptionKey,
    dataCapture: true,
    ...props,
  });
}

type Props = Partial<DriftMonitorProps>;

/** A monitor of an endpoint of this library. */
function addMonitor(stack: Stack, props: Props = {}, endpoint: Partial<ModelEndpointProps> = {}): DriftMonitor {
  const { bucket: artifactBucket, encryptionKey } = storeOf(stack);
  return new DriftMonitor(stack, 'Monitor', {
    endpoint: addEndpoint(stack, endpoint),
    data: DATA,
    artifactBucket,
    encryptionKey,
    ...props,
  });
}

/** A monitor of an endpoint that something else deploys. */
function addForeign(stack: Stack, props: Props = {}): DriftMonitor {
  const { bucket: artifactBucket, encryptionKey } = storeOf(stack);
  return new DriftMonitor(stack, 'Monitor', {
    monitorName: 'foreign',
    captureLocation: 's3://acme-ml/captured/',
    baselineProfile: Baseline.fromBucket(artifactBucket, 'profiles/churn.json'),
    data: DATA,
    artifactBucket,
    encryptionKey,
    ...props,
  });
}

/** With every CloudFormation intrinsic as `<…>`. */
function flat(value: any): string {
  if (typeof value === 'string') return value;
  if (value['Fn::Join']) return value['Fn::Join'][1].map(flat).join(value['Fn::Join'][0]);
  if (value['Fn::Sub']) return value['Fn::Sub'];
  const name = value.Ref ?? value['Fn::GetAtt']?.join('.') ?? JSON.stringify(value);
  return `<${name.replace(/[0-9A-F]{8}(?=$|\.)/, '')}>`;
}

const templateOf = (stack: Stack) => synthesize(stack.node.root as App)[stack.stackName]!;

function scheduleOf(template: CloudFormationTemplate): { readonly expression: string; readonly input: AnalyzerInput } {
  const [[, rule]] = ofType(template, 'AWS::Events::Rule').filter(([id]) => id.startsWith('MonitorRule'));
  return { expression: rule.ScheduleExpression, input: JSON.parse(flat(rule.Targets[0].Input)) };
}

/** What the schedule's input says, and the rules that it points to. */
function watched(stack: Stack): { readonly settings: MonitorSettings; readonly rules: MonitorRules } {
  const assembly = (stack.node.root as App).synth({ force: true });
  const settings = scheduleOf(assembly.getStackByName(stack.stackName).template).input.monitor!;
  const file = settings.rules.slice(settings.rules.lastIndexOf('/') + 1);
  return { settings, rules: JSON.parse(readFileSync(path.join(assembly.directory, `asset.${file}`), 'utf8')) };
}

function statements(template: CloudFormationTemplate, role = 'MlopsDriftAnalyzerFunctionRole'): any[] {
  const [[, { Policies }]] = ofType(template, 'AWS::IAM::Role').filter(([id]) => id.startsWith(role));
  return Policies.flatMap(({ PolicyDocument }: any) => PolicyDocument.Statement);
}

/** Resources and conditions of the statements with an action. */
const allowing = (template: CloudFormationTemplate, action: string, role?: string) =>
  statements(template, role)
    .filter(({ Action }) => [Action].flat().includes(action))
    .map(({ Resource, Condition }) => ({
      on: [Resource].flat().map(flat).sort(),
      ...(Condition && { if: Condition }),
    }));

describe('the schedule', () => {
  test('starts the analyzer with what is watched, and where', () => {
    const stack = newStack();
    addMonitor(stack, { topic: new sns.Topic(stack, 'Topic'), quality: QUALITY });
    expect(scheduleOf(templateOf(stack))).toEqual({
      expression: 'rate(1 hour)',
      input: {
        task: 'monitor',
        cause: 'schedule',
        monitor: {
          name: 'churn',
          rules: expect.stringMatching(/^s3:\/\/cdk-hnb659fds-assets-.*\/[0-9a-f]{64}\.drift$/),
          output: 's3://<StoreBucket>/drift/churn',
          captured: {
            location: 's3://<StoreBucket>/capture/churn',
            mode: 'realtime',
            deployer: { endpoint: 'churn', table: '<MlopsDeployerRecords>' },
          },
          groundTruth: 's3://acme-ml/outcomes',
          encryptionKeyArn: '<StoreKey.Arn>',
          topicArn: '<Topic>',
        },
      },
    });
  });

  test('leaves what could not be started in the dead-letter queue of the analyzer', () => {
    const stack = newStack();
    addMonitor(stack, { everyHours: 6 });
    const [[, rule]] = ofType(templateOf(stack), 'AWS::Events::Rule').filter(([id]) => id.startsWith('MonitorRule'));
    expect(rule.ScheduleExpression).toBe('rate(6 hours)');
    expect(rule.Targets[0]).toMatchObject({
      DeadLetterConfig: { Arn: { 'Fn::GetAtt': [expect.stringMatching(/^MlopsDriftAnalyzerDeadLetters/), 'Arn'] } },
      RetryPolicy: { MaximumEventAgeInSeconds: 3600 },
      RoleArn: { 'Fn::GetAtt': [expect.stringMatching(/^MlopsDriftAnalyzerEventRole/), 'Arn'] },
    });
  });

  test('says how answers of other modes lie', () => {
    const captured = (mode: ModelEndpointProps['mode'], own: Partial<ModelEndpointProps> = {}) => {
      const stack = newStack();
      addMonitor(stack, {}, { mode, ...own });
      return watched(stack).settings.captured;
    };
    expect(captured('asynchronous')).toMatchObject({
      mode: 'asynchronous',
      location: 's3://<StoreBucket>/asynchronous/churn',
    });
    expect(captured('asynchronous', { asynchronous: { output: 's3://acme-ml/answers/' } })).toMatchObject({
      location: 's3://acme-ml/answers',
    });
    expect(captured('batch', { batch: { input: 's3://acme-ml/in/' } })).toMatchObject({
      mode: 'batch',
      location: 's3://<StoreBucket>/capture/churn',
    });
  });

  test('says what drift starts', () => {
    const stack = newStack();
    const pipeline = TrainingPipeline.fromPipelineName(stack, 'Pipeline', 'churn');
    addMonitor(stack, {
      data: { ...DATA, training: 's3://acme-ml/train/' },
      retraining: { pipeline, maxPerWeek: 1 },
    });
    const { settings, rules } = watched(stack);
    expect(settings.retraining).toEqual({
      pipelineName: 'churn',
      modelPackageGroup: 'churn',
      trainingData: 's3://acme-ml/train/',
    });
    expect(rules.retraining).toEqual({ cooldownHours: 24, maxPerWeek: 1, minimumNewSamples: 10_000 });
  });

  test('takes locations that are known at deployment only', () => {
    const stack = newStack();
    const [captured, truth] = ['Captured', 'Truth'].map((id) => new CfnParameter(stack, id).valueAsString);
    const quality = { ...QUALITY, groundTruth: { ...QUALITY.groundTruth, location: truth } };
    addForeign(stack, { captureLocation: captured, quality });
    const template = templateOf(stack);
    expect(scheduleOf(template).input.monitor).toMatchObject({
      captured: { location: '<Captured>', mode: 'realtime' },
      groundTruth: '<Truth>',
    });
    expect(JSON.stringify(allowing(template, 's3:GetObject'))).toMatch(/Captured.*Truth/);
    expect(nagFindings(stack)).toEqual([]);
  });
});

describe('the rules', () => {
  test('are the sections with their defaults, column by column', () => {
    const stack = newStack();
    addMonitor(stack, { features: { plan: { threshold: 0.5 } }, quality: QUALITY, baseline: 'rolling' });
    expect(watched(stack).rules).toEqual({
      columns: [
        { name: 'age', type: 'numeric', role: 'feature', test: 'ks', threshold: 0.1 },
        { name: 'plan', type: 'categorical', role: 'feature', test: 'psi', threshold: 0.5 },
        { name: 'score', type: 'numeric', role: 'prediction', test: 'ks', threshold: 0.1 },
      ],
      format: 'csv',
      id: 'customer_id',
      everyHours: 1,
      windowHours: 24,
      minimumSamples: 500,
      falseAlarmsPerYear: 1,
      baseline: 'rolling',
      quality: {
        metric: 'auc',
        minimum: 0.7,
        idColumn: 'id',
        labelColumn: 'churned',
        maxDelayHours: 72,
        format: 'csv',
      },
    });
  });

  test('of one content have one name, wherever they stand; of another, another', () => {
    const nameOf = (props: Props, scope = new App()) => {
      const stack = new Stack(scope, 'Stack');
      addMonitor(stack, props);
      const [stage] = scope.synth().stacksRecursively;
      return scheduleOf(stage.template).input.monitor!.rules;
    };
    expect(nameOf({})).toBe(nameOf({}));
    expect(nameOf({ windowHours: 48 })).not.toBe(nameOf({}));
    const app = new App();
    const stack = new Stack(new Stage(app, 'Production'), 'Stack');
    addMonitor(stack);
    expect(scheduleOf(synthesize(app)[stack.stackName]!).input.monitor!.rules).toBe(nameOf({}));
  });

  test('are asked in CSV where the data is Parquet, and the labels are as the data', () => {
    const stack = newStack();
    addMonitor(stack, { data: { ...DATA, format: 'parquet' }, quality: QUALITY });
    expect(watched(stack).rules).toMatchObject({ format: 'csv', quality: { format: 'parquet' } });
  });
});

describe('rights of the analyzer on one monitor', () => {
  const stack = newStack();
  const pipeline = TrainingPipeline.fromPipelineName(stack, 'Pipeline', 'churn');
  const topic = new sns.Topic(stack, 'Topic', {
    masterKey: new kms.Key(stack, 'TopicKey', { enableKeyRotation: true }),
  });
  addMonitor(stack, {
    data: { ...DATA, training: 's3://acme-ml/train/' },
    quality: QUALITY,
    retraining: { pipeline },
    dataEncryptionKey: kms.Key.fromKeyArn(stack, 'DataKey', KEY_ARN),
    topic,
  });
  const template = Template.fromStack(stack).toJSON() as CloudFormationTemplate; // refuses circles
  const bucket = '<StoreBucket.Arn>';

  test('read what it names, and write below its own folder only', () => {
    const read = allowing(template, 's3:GetObject').flatMap(({ on }) => on);
    expect(read.sort()).toEqual(
      [
        `${bucket}/capture/churn/*`,
        `${bucket}/drift/churn/*`,
        `${bucket}/training/*/baseline/profile.json`,
        `${bucket}/training/churn/manifests/*`,
        'arn:<AWS::Partition>:s3:::acme-ml/outcomes/*',
        'arn:<AWS::Partition>:s3:::cdk-hnb659fds-assets-${AWS::AccountId}-${AWS::Region}/*.drift',
      ].sort(),
    );
    expect(allowing(template, 's3:PutObject')).toEqual([{ on: [`${bucket}/drift/churn/*`] }]);
    const changing = statements(template).flatMap(({ Action }) => [Action].flat());
    expect(changing.filter((action) => /^s3:(Delete|PutBucket)/.test(action))).toEqual([]);
  });

  test('list below these prefixes', () => {
    const prefixes = allowing(template, 's3:ListBucket').map(({ if: condition }) =>
      Object.values<any>(condition).map((operator) => operator['s3:prefix']),
    );
    expect(prefixes.flat().sort()).toEqual(['capture/churn/*', 'drift/churn/*', 'outcomes/*', 'train/*']);
  });

  test("look up the endpoint's record in the deployer's table, and no other", () => {
    expect(allowing(template, 'dynamodb:GetItem')).toEqual([
      { on: ['<MlopsMonitorRecords.Arn>'] },
      {
        on: ['<MlopsDeployerRecords.Arn>'],
        if: { 'ForAllValues:StringEquals': { 'dynamodb:LeadingKeys': ['churn'] } },
      },
    ]);
    expect(allowing(template, 'dynamodb:PutItem')).toEqual([{ on: ['<MlopsMonitorRecords.Arn>'] }]);
  });

  test('start its pipeline, and describe the versions of its registry', () => {
    const arn = 'arn:<AWS::Partition>:sagemaker:<AWS::Region>:<AWS::AccountId>';
    expect(allowing(template, 'sagemaker:StartPipelineExecution')).toEqual([{ on: [`${arn}:pipeline/churn`] }]);
    expect(allowing(template, 'sagemaker:DescribeModelPackage')).toEqual([{ on: [`${arn}:model-package/churn/*`] }]);
  });

  test('use the keys: to write with its own, to read with that of the data', () => {
    const decrypting = allowing(template, 'kms:Decrypt').flatMap(({ on }) => on);
    expect([...new Set(decrypting)].sort()).toEqual(['<StoreKey.Arn>', KEY_ARN]);
    expect(allowing(template, 'kms:GenerateDataKey').flatMap(({ on }) => on)).not.toContain(KEY_ARN);
  });

  test('of its state machine: put events, list batches, tell the topic under its key', () => {
    const machine = (action: string) => allowing(template, action, 'MlopsDriftAnalyzerMachineRole');
    expect(machine('events:PutEvents')).toEqual([
      { on: ['arn:<AWS::Partition>:events:<AWS::Region>:<AWS::AccountId>:event-bus/default'] },
    ]);
    expect(machine('s3:ListBucket')).toEqual([{ on: [bucket], if: { StringLike: { 's3:prefix': 'drift/churn/*' } } }]);
    expect(machine('sns:Publish')).toEqual([{ on: ['<Topic>'] }]);
    expect(machine('kms:Decrypt').flatMap(({ on }) => on)).toContain('<TopicKey.Arn>');
    expect(machine('states:StartExecution')[0].on[0]).toContain(':stateMachine:mlops-drift-');
  });

  test('leave cdk-nag nothing to say, also in a VPC', () => {
    expect(nagFindings(stack)).toEqual([]);
    const inVpc = newStack();
    addForeign(inVpc, { vpc: existingVpc(inVpc) });
    expect(nagFindings(inVpc)).toEqual([]);
  });
});

describe('the baseline', () => {
  test('of a bucket is read there, with its key', () => {
    const stack = newStack();
    const bucket = s3.Bucket.fromBucketAttributes(stack, 'Profiles', {
      bucketName: 'acme-profiles',
      encryptionKey: kms.Key.fromKeyArn(stack, 'ProfilesKey', KEY_ARN),
    });
    addForeign(stack, { baselineProfile: Baseline.fromBucket(bucket, 'churn.json') });
    const template = templateOf(stack);
    expect(scheduleOf(template).input.monitor!.baseline).toBe('s3://acme-profiles/churn.json');
    expect(allowing(template, 's3:GetObject').flatMap(({ on }) => on)).toContain(
      'arn:<AWS::Partition>:s3:::acme-profiles/churn.json',
    );
    expect(allowing(template, 'kms:Decrypt').flatMap(({ on }) => on)).toContain(KEY_ARN);
  });

  test('of a file is uploaded with the stack; anything but a profile is refused', () => {
    const folder = mkdtempSync(path.join(os.tmpdir(), 'baseline-'));
    const file = (name: string, content: string) => {
      writeFileSync(path.join(folder, name), content);
      return Baseline.fromAsset(path.join(folder, name));
    };
    const stack = newStack();
    const bins: ColumnBins[] = [{ name: 'age', type: 'numeric', role: 'feature', cuts: [17, 40, 90] }];
    const profile = buildProfile(bins, emptyCounts(bins), { source: 'people.csv', createdAt: '2026-11-25T00:00:00Z' });
    addForeign(stack, { baselineProfile: file('good.json', JSON.stringify(profile)) });
    expect(watched(stack).settings.baseline).toMatch(/\/[0-9a-f]{64}\.drift$/);
    for (const wrong of [file('csv.json', 'a,b\n1,2'), file('other.json', '{"format": 1}')])
      expect(() => addForeign(newStack(), { baselineProfile: wrong })).toThrow(
        /is no profile: [^]*; make one with cdk-mlops/,
      );
    const absent = Baseline.fromAsset('/nowhere/profile.json');
    expect(() => addForeign(newStack(), { baselineProfile: absent })).toThrow(/cannot be read/);
  });
});

describe('alarms, rules and metrics', () => {
  test('an alarm looks at the last run and tells nobody: the monitor does, with the reason', () => {
    const stack = newStack();
    const { alarms } = addMonitor(stack, { everyHours: 48, windowHours: 48, quality: QUALITY });
    expect(alarms.map(({ node }) => node.id)).toEqual(['DriftAlarm', 'QualityAlarm']);
    const found = ofType(templateOf(stack), 'AWS::CloudWatch::Alarm').filter(([id]) => id.startsWith('Monitor'));
    expect(found.map(([, { MetricName }]) => MetricName)).toEqual(['drift', 'quality_poor']);
    for (const [, alarm] of found) {
      expect(alarm).toMatchObject({
        Namespace: 'cdk-mlops',
        Dimensions: [{ Name: 'Monitor', Value: 'churn' }],
        Period: 86_400, // CloudWatch knows no longer one
        Statistic: 'Maximum',
        Threshold: 1,
        TreatMissingData: 'ignore',
      });
      expect(alarm.AlarmActions).toBeUndefined();
    }
  });

  test('rules match the events of one monitor', () => {
    const stack = newStack();
    const target = new SnsTopic(new sns.Topic(stack, 'Topic'));
    const monitor = DriftMonitor.fromMonitorName(stack, 'Existing', 'churn');
    monitor.onDrift('Drift', { target });
    monitor.onQualityChange('Quality', { target });
    const patterns = ofType(templateOf(stack), 'AWS::Events::Rule').map(([, { EventPattern }]) => EventPattern);
    expect(patterns).toEqual([
      {
        source: ['cdk-mlops'],
        'detail-type': ['Drift State Change'],
        detail: { monitor: ['churn'], state: ['drift'] },
      },
      { source: ['cdk-mlops'], 'detail-type': ['Quality State Change'], detail: { monitor: ['churn'] } },
    ]);
  });

  test('metrics have the names that runs publish', () => {
    const monitor = DriftMonitor.fromMonitorName(newStack(), 'Existing', 'churn');
    const metrics = [
      monitor.metricMaxDrift(),
      monitor.metricDriftedShare(),
      monitor.metricQuality(),
      monitor.metricRows(),
      monitor.metricColumnDrift('age'),
    ];
    expect(metrics.map(({ metricName }) => metricName)).toEqual([
      'max_drift',
      'drifted_share',
      'quality',
      'rows',
      'column_drift',
    ]);
    expect(metrics.at(-1)!.dimensions).toEqual({ Monitor: 'churn', Column: 'age' });
  });

  test('reports are read with a grant on their folder', () => {
    const stack = newStack();
    addMonitor(stack).grantRead(new iam.Role(stack, 'User', { assumedBy: new iam.AccountRootPrincipal() }));
    const [[, policy]] = ofType(templateOf(stack), 'AWS::IAM::Policy');
    expect(policy.PolicyDocument.Statement.map(({ Action, Resource }: any) => [Action, flat(Resource)])).toEqual([
      ['s3:GetObject', '<StoreBucket.Arn>/drift/churn/*'],
      ['s3:ListBucket', '<StoreBucket.Arn>'],
      ['kms:Decrypt', '<StoreKey.Arn>'],
    ]);
  });

  test('of what the command line does: the schedule says what it starts the analyzer with', () => {
    const stack = newStack();
    addMonitor(stack).grantOperate(new iam.Role(stack, 'User', { assumedBy: new iam.AccountRootPrincipal() }));
    const [[, policy]] = ofType(templateOf(stack), 'AWS::IAM::Policy');
    const actions = policy.PolicyDocument.Statement.map(({ Action }: any) => Action).flat();
    expect(actions).toEqual(expect.arrayContaining(['states:StartExecution', 'dynamodb:GetItem']));
    const list = policy.PolicyDocument.Statement.find(({ Action }: any) => Action === 'events:ListTargetsByRule');
    expect(flat(list.Resource)).toBe('<MonitorRule.Arn>');
  });
});

describe('people', () => {
  test('are subscribed to a topic of its own', () => {
    const stack = newStack();
    const { topic } = addMonitor(stack, { notify: ['ml-oncall@example.com'] });
    expect(topic).toBeDefined();
    const [[, subscription]] = ofType(templateOf(stack), 'AWS::SNS::Subscription');
    expect(subscription.Endpoint).toBe('ml-oncall@example.com');
  });

  test('are told nothing without a topic', () => {
    const stack = newStack();
    expect(addMonitor(stack).topic).toBeUndefined();
    expect(watched(stack).settings.topicArn).toBeUndefined();
  });
});

describe('what cannot be is refused', () => {
  test('every mistake in the sections at once, by the name of the prop', () => {
    const build = () => addMonitor(newStack(), { windowHours: 0, tests: { numeric: 'chiSquared' }, data: {} });
    expect(build).toThrow(/props\.windowHours: got 0/);
    expect(build).toThrow(/props\.tests\.numeric: got "chiSquared"/);
    expect(build).toThrow(/data\.features: missing; driftMonitoring needs it/);
  });

  test('every mistake beside them at once', () => {
    const pipeline = TrainingPipeline.fromPipelineName(newStack(), 'Pipeline', 'churn');
    const build = () =>
      addForeign(newStack(), {
        monitorName: 'a b',
        captureLocation: undefined,
        captureMode: 'serverless',
        baselineProfile: undefined,
        retraining: { pipeline },
        topic: sns.Topic.fromTopicArn(newStack(), 'Topic', 'arn:aws:sns:eu-west-1:123456789012:people'),
        notify: ['ml-oncall@example.com'],
      });
    for (const what of ['monitorName', 'captureLocation', 'captureMode', 'baselineProfile', 'registry', 'notify'])
      expect(build, what).toThrow(new RegExp(`^${what}: `, 'm'));
  });

  test.each<[string, (stack: Stack) => unknown, RegExp]>([
    ['no name', (stack) => addForeign(stack, { monitorName: undefined }), /monitorName: missing/],
    ['nothing captured', (stack) => addMonitor(stack, {}, { dataCapture: false }), /endpoint: captures no data/],
    ['two places', (stack) => addMonitor(stack, { captureLocation: 's3://a/b' }), /captureLocation: got one, but/],
    [
      'retraining without data',
      (stack) =>
        addMonitor(stack, { retraining: { pipeline: TrainingPipeline.fromPipelineName(stack, 'Pipeline', 'churn') } }),
      /data\.training: missing; retraining/,
    ],
    ['subnets without a VPC', (stack) => addForeign(stack, { vpcSubnets: {} }), /vpcSubnets: needs vpc/],
  ])('%s', (_name, build, message) => {
    expect(() => build(newStack())).toThrow(message);
  });

  test('two monitors of one name', () => {
    const stack = newStack();
    const monitor = addMonitor(stack);
    const { bucket: artifactBucket, encryptionKey } = storeOf(stack);
    expect(
      () =>
        new DriftMonitor(stack, 'Second', {
          monitorName: monitor.monitorName,
          captureLocation: 's3://acme-ml/captured/',
          baselineProfile: Baseline.fromBucket(artifactBucket, 'profile.json'),
          data: DATA,
          artifactBucket,
          encryptionKey,
        }),
    ).toThrow(/monitorName: "churn" stands twice/);
  });
});
