import { App, CfnParameter, RemovalPolicy, Stack, Tags } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as sns from 'aws-cdk-lib/aws-sns';
import { describe, expect, test } from 'vitest';
import { ArtifactStore } from '../../lib/aws/artifact-store';
import { ConstructError } from '../../lib/aws/errors';
import type { ModelEndpointProps } from '../../lib/aws/model-endpoint';
import { ModelEndpoint } from '../../lib/aws/model-endpoint';
import { ModelRegistry } from '../../lib/aws/model-registry';
import { ConfigError } from '../../lib/config/problems';
import type { ServingMode } from '../../lib/config/serving';
import { existingVpc, ofType } from './configs';
import type { CloudFormationTemplate } from './judges';
import { nagFindings, synthesize } from './judges';

const BATCH = { input: 's3://acme-data/in/', schedule: { cron: '0 3 * * *' } };

/** Everything that a mode needs. */
const MODES: Readonly<Record<ServingMode, Partial<ModelEndpointProps>>> = {
  realtime: {},
  serverless: { mode: 'serverless' },
  asynchronous: { mode: 'asynchronous' },
  batch: { mode: 'batch', batch: BATCH },
};
const MODE_NAMES = Object.keys(MODES) as ServingMode[];

interface Built {
  readonly stack: Stack;
  readonly endpoint: ModelEndpoint;
  readonly template: CloudFormationTemplate;
}

function add(stack: Stack, props: Partial<ModelEndpointProps> = {}): ModelEndpoint {
  const { bucket: artifactBucket, encryptionKey } = new ArtifactStore(stack, 'Store');
  const registry = new ModelRegistry(stack, 'Registry', { modelPackageGroupName: 'churn-models' });
  return new ModelEndpoint(stack, 'Endpoint', {
    endpointName: 'churn',
    ...{ registry, artifactBucket, encryptionKey },
    ...props,
  });
}

function build(props: (stack: Stack) => Partial<ModelEndpointProps> = () => ({})): Built {
  const stack = new Stack(new App(), 'Stack', { env: { account: '123456789012', region: 'eu-west-1' } });
  const endpoint = add(stack, props(stack));
  return { stack, endpoint, template: synthesize(stack.node.root as App).Stack! };
}

const inMode = (mode: ServingMode, more: Partial<ModelEndpointProps> = {}) =>
  build(() => ({ ...MODES[mode], ...more }));

/** A value as text; references become `<logical id>`. */
function flat(value: any): string {
  if (typeof value === 'string') return value;
  if (value['Fn::Join']) return value['Fn::Join'][1].map(flat).join(value['Fn::Join'][0]);
  const id = (value.Ref ?? value['Fn::GetAtt'][0]).replace(/[0-9A-F]{8}$/, '');
  return id === 'AWS::Partition' ? 'aws' : `<${id}>`;
}

const resourceOf = ({ template }: Built) =>
  Object.values(template.Resources!).find(({ Type }) => Type === 'Custom::MlopsModelEndpoint')!;
const policyOf = (built: Built): any => JSON.parse(flat(resourceOf(built).Properties!.Policy));
const rulesOf = ({ template }: Built) => ofType(template, 'AWS::Events::Rule').map(([, rule]) => rule);
const alarmsOf = ({ template }: Built) =>
  Object.fromEntries(
    ofType(template, 'AWS::CloudWatch::Alarm').map(([id, alarm]) => [id.replace(/[0-9A-F]{8}$/, ''), alarm]),
  );
const statementsOf = ({ template }: Built, role = 'EndpointRole'): any[] =>
  ofType(template, 'AWS::IAM::Role')
    .filter(([id]) => id.startsWith(role))
    .flatMap(([, { Policies }]) => Policies[0].PolicyDocument.Statement);
const resourcesFor = (built: Built, action: string) =>
  statementsOf(built)
    .filter(({ Action }) => [Action].flat().includes(action))
    .flatMap(({ Resource }) => [Resource].flat().map(flat));

describe('the policy', () => {
  test('says all that a real-time model is served with', () => {
    const built = build((stack) => ({
      framework: { name: 'xgboost', version: '1.7' },
      entryPoint: 'inference.py',
      environment: { LOG_LEVEL: 'info' },
      dataCapture: true,
      capturePercent: 40,
      topic: sns.Topic.fromTopicArn(stack, 'Topic', 'arn:aws:sns:eu-west-1:123456789012:on-call'),
    }));
    expect(policyOf(built)).toEqual({
      format: 1,
      mode: 'realtime',
      scaling: { minInstances: 2, maxInstances: 4, invocationsPerInstance: 1000 },
      rollout: { strategy: 'canary', percent: 50, bakeMinutes: 10 },
      alarms: { p95LatencyMs: 500, errorRatePercent: 1 },
      serving: {
        instanceType: 'ml.m5.large',
        image: '141502667606.dkr.ecr.eu-west-1.amazonaws.com/sagemaker-xgboost:1.7-1',
        environment: {
          LOG_LEVEL: 'info',
          SAGEMAKER_PROGRAM: 'inference.py',
          SAGEMAKER_SUBMIT_DIRECTORY: '/opt/ml/model/code',
        },
        roleArn: '<EndpointRole>',
        encryptionKeyArn: '<StoreKey>',
        encryptVolume: true,
        networkIsolation: false,
        capture: { location: 's3://<StoreBucket>/capture/churn', percent: 40, contentType: 'text/csv' },
      },
      automatic: true,
      requireBaseline: false,
      modelPackageGroup: 'churn-models',
      topicArn: 'arn:aws:sns:eu-west-1:123456789012:on-call',
      tags: {},
    });
  });

  test('of serverless mode has no machine, no VPC and no scaling', () => {
    const built = build((stack) => ({ ...MODES.serverless, vpc: existingVpc(stack) }));
    const { serving, scaling, rollout } = policyOf(built);
    expect([serving.instanceType, serving.vpc, scaling, serving.encryptVolume]).toEqual([, , , false]);
    expect(serving.serverless).toEqual({ memoryMb: 2048, maxConcurrency: 5 });
    expect(rollout.strategy).toBe('allAtOnce');
  });

  test('of the other modes says where answers go: by default to a folder of the endpoint’s own', () => {
    expect(policyOf(inMode('asynchronous')).serving.asynchronous).toEqual({
      output: 's3://<StoreBucket>/asynchronous/churn',
    });
    expect(policyOf(inMode('batch', { dataFormat: 'jsonlines' })).serving.batch).toEqual({
      input: 's3://acme-data/in/',
      output: 's3://<StoreBucket>/batch/churn',
      contentType: 'application/jsonlines',
    });
    const aws = { batchInput: 's3://acme-aws/in/', batchOutput: 's3://acme-aws/out/' };
    expect(policyOf(inMode('batch', { aws })).serving.batch).toMatchObject({
      input: aws.batchInput,
      output: aws.batchOutput,
    });
  });

  test('takes exact values before neutral ones, and no key for local disks', () => {
    const aws = { servingInstanceType: 'ml.g5.xlarge', servingImage: image('exact') };
    const { serving } = policyOf(build(() => ({ compute: 'large', image: image('neutral'), aws })));
    expect([serving.instanceType, serving.image, serving.encryptVolume]).toEqual([
      'ml.g5.xlarge',
      image('exact'),
      false,
    ]);
  });

  test('has no image where none is known: only versions can be deployed', () => {
    expect(policyOf(build()).serving.image).toBeUndefined();
  });

  test('tests versions as the section says, or by default rules, or not at all', () => {
    const abTest = { trafficPercent: 30 };
    expect(policyOf(build(() => ({ abTest }))).abTest).toEqual({
      trafficPercent: 30,
      durationHours: 24,
      goal: 'notWorse',
      margin: 0.5,
    });
    expect(policyOf(build(() => ({ abTesting: true }))).abTest.trafficPercent).toBe(20);
    expect(policyOf(build(() => ({ abTest, abTesting: false }))).abTest).toBeUndefined();
    expect(policyOf(build()).abTest).toBeUndefined();
  });

  test('puts models into the VPC', () => {
    const { serving } = policyOf(build((stack) => ({ vpc: existingVpc(stack) })));
    expect(serving.vpc).toEqual({
      Subnets: ['subnet-0123456789abcdef0', 'subnet-0123456789abcdef1'],
      SecurityGroupIds: ['<EndpointSecurityGroup>'],
    });
  });

  test('carries the tags of endpoint, scope and stack, whenever they are added, and what excludes it', () => {
    const stack = new Stack(new App(), 'Stack', { tags: { team: 'ml' } });
    const endpoint = add(stack);
    Tags.of(stack).add('cost', '42');
    Tags.of(endpoint).add('owner', 'me');
    Tags.of(endpoint).add('other', 'x', { excludeResourceTypes: ['Custom::MlopsModelEndpoint'] });
    const template = synthesize(stack.node.root as App).Stack!;
    expect(policyOf({ stack, endpoint, template }).tags).toEqual({ team: 'ml', cost: '42', owner: 'me' });
  });
});

const image = (name: string) => `123456789012.dkr.ecr.eu-west-1.amazonaws.com/${name}:1`;

describe('the custom resource', () => {
  test('calls the deployer’s function with the name, and is deleted before all that deleting needs', () => {
    const built = build((stack) => ({ vpc: existingVpc(stack) }));
    const resource = resourceOf(built);
    expect(Object.keys(resource.Properties!)).toEqual(['ServiceToken', 'EndpointName', 'Policy']);
    expect(resource.Properties!.EndpointName).toBe('churn');
    expect(flat(resource.Properties!.ServiceToken)).toBe('<MlopsDeployerEndpointResourceFunction>');
    const needed = Object.keys(built.template.Resources!).filter((id) =>
      /^(MlopsDeployer|EndpointRole|EndpointSecurityGroup)/.test(id),
    );
    expect(needed).toHaveLength(14);
    expect([...resource.DependsOn!].sort()).toEqual(needed.sort());
    expect(built.endpoint.node.defaultChild).toBeDefined();
  });

  test('waits for the ways through a VPC of the same stack, and for the policy of a given role', () => {
    const built = build((stack) => ({
      vpc: new ec2.Vpc(stack, 'Vpc', { natGateways: 1 }),
      role: new iam.Role(stack, 'Given', { assumedBy: new iam.ServicePrincipal('sagemaker.amazonaws.com') }),
    }));
    const dependsOn = resourceOf(built).DependsOn!.join(' ');
    for (const word of ['NATGateway', 'Route', 'EndpointModelPolicy', 'Given']) expect(dependsOn).toContain(word);
  });

  test('goes with its stack, or stays with its role', () => {
    const policies = (removalPolicy?: RemovalPolicy) => {
      const built = build(() => ({ removalPolicy }));
      const role = Object.entries(built.template.Resources!).find(([id]) => id.startsWith('EndpointRole'))![1];
      return [resourceOf(built).DeletionPolicy, role.DeletionPolicy];
    };
    expect(policies()).toEqual(['Delete', undefined]);
    expect(policies(RemovalPolicy.RETAIN)).toEqual(['Retain', 'Retain']);
  });
});

describe('rules', () => {
  const approvals = { source: ['aws.sagemaker'], 'detail-type': ['SageMaker Model Package State Change'] };

  test('one rule listens to approvals, and looks every hour', () => {
    const [rule, ...others] = rulesOf(build());
    expect(others).toEqual([]);
    expect(rule.ScheduleExpression).toBe('rate(1 hour)');
    expect(rule.EventPattern).toMatchObject({
      ...approvals,
      detail: { ModelPackageGroupName: ['churn-models'], ModelApprovalStatus: ['Approved'] },
    });
  });

  test('it tells the machine the endpoint, and what started it, in valid JSON', () => {
    const [{ Targets }] = rulesOf(build());
    const [{ InputTransformer, Arn, RoleArn }] = Targets;
    expect(InputTransformer.InputPathsMap).toEqual({ source: '$.source' });
    const input = InputTransformer.InputTemplate.replace('<source>', '"aws.events"'); // EventBridge quotes what it fills in
    expect(JSON.parse(input)).toEqual({ endpoint: 'churn', cause: 'aws.events' });
    expect([flat(Arn), flat(RoleArn)]).toEqual(['<MlopsDeployerStateMachine>', '<MlopsDeployerEventRole>']);
  });

  test('tests are looked at every five minutes', () => {
    expect(rulesOf(build(() => ({ abTest: {} })))[0].ScheduleExpression).toBe('rate(5 minutes)');
  });

  test('where a person deploys, approvals start nothing; the schedule repairs', () => {
    const [rule] = rulesOf(build(() => ({ automaticDeployment: false })));
    expect([rule.EventPattern, rule.ScheduleExpression]).toEqual([undefined, 'rate(1 hour)']);
  });

  test('a batch is predicted at its times, by a rule of its own', () => {
    const [, prediction] = rulesOf(inMode('batch'));
    expect(prediction.ScheduleExpression).toBe('cron(0 3 * * ? *)');
    expect(JSON.parse(prediction.Targets[0].Input)).toEqual({ endpoint: 'churn', task: 'predict', cause: 'schedule' });
    expect(rulesOf(inMode('batch', { batch: { input: BATCH.input } }))).toHaveLength(1);
  });
});

describe('operational alarms', () => {
  const find = (built: Built, name: string) => alarmsOf(built)[`Endpoint${name}Alarm`];
  const expression = ({ Metrics }: any): string => Metrics.find(({ Expression }: any) => Expression).Expression;
  /** Evaluates what the alarms use of CloudWatch's metric math. */
  const evaluate = (alarm: any, values: Record<string, number>): number => {
    const text = expression(alarm)
      .replace(/FILL\((\w+), (\d+)\)/g, (_, id, fill) => String(values[id] ?? Number(fill)))
      .replace(/MAX\(\[(.*)\]\)/g, 'Math.max($1)');
    const IF = (holds: boolean, then: number, otherwise: number) => (holds ? then : otherwise);
    return Number(new Function('IF', `return ${text}`)(IF));
  };

  test('slow: the 95th percentile of the slower slot, once there are enough requests; percentiles cannot be merged', () => {
    const alarm = find(
      build(() => ({ alarms: { p95LatencyMs: 250 } })),
      'Slow',
    );
    expect(alarm.Metrics.filter(({ MetricStat }: any) => MetricStat?.Stat === 'p95')).toHaveLength(2);
    expect(alarm.Threshold).toBe(250_000); // microseconds
    expect(evaluate(alarm, { p95_a: 90_000, requests_a: 75, p95_b: 300_000, requests_b: 25 })).toBe(300_000);
    expect(evaluate(alarm, { p95_b: 300_000, requests_b: 19 })).toBe(0); // slot a stands empty
  });

  test.each(['Refused', 'Failed'])('%s: the share of both slots, once there are enough requests', (name) => {
    const alarm = find(
      build(() => ({ alarms: { errorRatePercent: 2 } })),
      name,
    );
    expect([alarm.Threshold, alarm.ComparisonOperator]).toEqual([2, 'GreaterThanThreshold']);
    expect(evaluate(alarm, { errors_a: 2, requests_a: 50, errors_b: 2, requests_b: 50 })).toBeCloseTo(4);
    expect(evaluate(alarm, { errors_a: 1, requests_a: 2 })).toBe(0);
    expect(evaluate(alarm, {})).toBe(0);
    const metric = name === 'Refused' ? 'Invocation4XXErrors' : 'Invocation5XXErrors';
    const stats = alarm.Metrics.map(({ MetricStat }: any) => `${MetricStat?.Metric.MetricName} ${MetricStat?.Stat}`);
    expect(stats.filter((one: string) => one === `${metric} Sum`)).toHaveLength(2);
    // Requests are counted by what every endpoint publishes: asynchronous ones have no `Invocations`.
    expect(stats.filter((one: string) => one === 'Invocation5XXErrors SampleCount')).toHaveLength(2);
  });

  test('capacity: what tells it in each mode', () => {
    const realtime = find(
      build(() => ({ scaling: { invocationsPerInstance: 100 } })),
      'Capacity',
    );
    expect([realtime.Threshold, evaluate(realtime, { value_a: 120, value_b: 160 })]).toEqual([150, 160]);
    expect(find(inMode('asynchronous'), 'Capacity')).toMatchObject({
      MetricName: 'HasBacklogWithoutCapacity',
      Dimensions: [{ Name: 'EndpointName', Value: 'churn' }],
      Threshold: 0,
      ComparisonOperator: 'GreaterThanThreshold',
    });
    const serverless = find(inMode('serverless'), 'Capacity');
    expect([serverless.Threshold, evaluate(serverless, { value_b: 1 })]).toEqual([0.9, 1]);
  });

  test('need a quarter of an hour, and are silent while nothing is asked', () => {
    for (const mode of MODE_NAMES.filter((name) => name !== 'batch')) {
      const found = ['Slow', 'Refused', 'Failed', 'Capacity'].map((name) => find(inMode(mode), name));
      for (const alarm of found) {
        const period = alarm.Period ?? alarm.Metrics.find(({ MetricStat }: any) => MetricStat).MetricStat.Period;
        expect(period * alarm.EvaluationPeriods).toBe(900);
        expect(alarm.TreatMissingData).toBe('notBreaching');
        // CloudWatch refuses more than ten metrics in an expression.
        expect((alarm.Metrics ?? []).length).toBeLessThanOrEqual(10);
      }
    }
  });

  test('are none in batch mode, nor where they are switched off', () => {
    expect(inMode('batch').endpoint.alarms).toEqual([]);
    expect(build(() => ({ operationalAlarms: false })).endpoint.alarms).toEqual([]);
    expect(build().endpoint.alarms).toHaveLength(4);
  });
});

describe('the role of the model', () => {
  test('reads models, and writes nothing, as long as nothing is captured', () => {
    const built = build();
    expect(resourcesFor(built, 's3:GetObject')).toEqual(['<StoreBucket>/training/*']);
    expect(resourcesFor(built, 's3:PutObject')).toEqual([]);
  });

  test.each<[ServingMode, string]>([
    ['asynchronous', 'asynchronous/churn/*'],
    ['batch', 'batch/churn/*'],
  ])('in %s mode works below its own folders only', (mode, folder) => {
    const built = inMode(mode, { dataCapture: true });
    expect(resourcesFor(built, 's3:PutObject')).toEqual(['<StoreBucket>/capture/churn/*', `<StoreBucket>/${folder}`]);
  });

  test('reads what a batch predicts, and writes where the answers shall go', () => {
    const built = inMode('batch', { batch: { ...BATCH, output: 's3://acme-out/answers/' } });
    expect(resourcesFor(built, 's3:GetObject').join()).toContain('acme-data/in/*');
    expect(resourcesFor(built, 's3:PutObject').join()).toContain('acme-out/answers/*');
    expect(resourcesFor(built, 's3:PutObject')).toHaveLength(1);
  });

  test('pulls the framework’s image, or its own; where none is known, a grant is the user’s', () => {
    const pulls = (props: Partial<ModelEndpointProps>) =>
      resourcesFor(
        build(() => props),
        'ecr:BatchGetImage',
      );
    expect(pulls({ framework: { name: 'xgboost', version: '1.7' } })).toEqual([
      'arn:aws:ecr:eu-west-1:141502667606:repository/sagemaker-xgboost',
    ]);
    expect(pulls({})).toEqual([]);
  });

  test('logs where endpoints of its name do', () => {
    expect(resourcesFor(build(), 'logs:PutLogEvents')).toContain(
      'arn:aws:logs:eu-west-1:123456789012:log-group:/aws/sagemaker/Endpoints/churn:*',
    );
  });
});

describe('an endpoint', () => {
  test.each(MODE_NAMES)('in %s mode has at most 7 resources, 8 in a VPC, and cdk-nag nothing to say', (mode) => {
    const count = ({ template }: Built) =>
      Object.keys(template.Resources!).filter((id) => id.startsWith('Endpoint')).length;
    const alone = inMode(mode, { dataCapture: mode !== 'serverless' });
    const inVpc = build((stack) => ({ ...MODES[mode], vpc: existingVpc(stack) }));
    expect(count(alone)).toBeLessThanOrEqual(7);
    expect(count(inVpc)).toBeLessThanOrEqual(8);
    expect([nagFindings(alone.stack), nagFindings(inVpc.stack)]).toEqual([[], []]);
  });

  test('allows invoking it as its mode wants, and an imported one in both ways', () => {
    const actions = (endpoint: (stack: Stack) => { grantInvoke(grantee: iam.IGrantable): iam.Grant }) => {
      const stack = new Stack(new App(), 'Stack');
      const caller = new iam.Role(stack, 'Caller', { assumedBy: new iam.AccountRootPrincipal() });
      endpoint(stack).grantInvoke(caller).assertSuccess();
      const [{ Properties }] = Object.values(Template.fromStack(stack).findResources('AWS::IAM::Policy'));
      return [Properties.PolicyDocument.Statement[0].Action].flat();
    };
    expect(actions((stack) => add(stack))).toEqual(['sagemaker:InvokeEndpoint']);
    expect(actions((stack) => add(stack, MODES.asynchronous))).toEqual(['sagemaker:InvokeEndpointAsync']);
    expect(actions((stack) => ModelEndpoint.fromEndpointName(stack, 'Imported', 'churn'))).toEqual([
      'sagemaker:InvokeEndpoint',
      'sagemaker:InvokeEndpointAsync',
    ]);
  });

  test('lets people deploy, and read its own record only', () => {
    const stack = new Stack(new App(), 'Stack');
    const person = new iam.Role(stack, 'Person', { assumedBy: new iam.AccountRootPrincipal() });
    add(stack).grantDeploy(person).assertSuccess();
    Template.fromStack(stack).hasResourceProperties('AWS::IAM::Policy', {
      PolicyDocument: Match.objectLike({
        Statement: Match.arrayWith([
          Match.objectLike({ Action: 'states:StartExecution' }),
          Match.objectLike({
            Action: 'dynamodb:GetItem',
            Condition: { 'ForAllValues:StringEquals': { 'dynamodb:LeadingKeys': ['churn'] } },
          }),
        ]),
      }),
    });
  });

  test('has metrics by slot', () => {
    const { endpoint } = build();
    expect(endpoint.metricModelLatency('b')).toMatchObject({
      namespace: 'AWS/SageMaker',
      metricName: 'ModelLatency',
      statistic: 'p95',
      dimensions: { EndpointName: 'churn', VariantName: 'b' },
    });
    expect(endpoint.metric('ApproximateBacklogSize').dimensions).toEqual({ EndpointName: 'churn' });
    expect(endpoint.metricInvocations('a', { statistic: 'Average' }).statistic).toBe('Average');
  });

  test('may have a name that only the deployment knows', () => {
    const built = build((stack) => ({ endpointName: new CfnParameter(stack, 'Name').valueAsString }));
    expect(resourceOf(built).Properties!.EndpointName).toEqual({ Ref: 'Name' });
    const [{ Targets }] = rulesOf(built);
    expect(flat(Targets[0].InputTransformer.InputTemplate)).toBe('{"endpoint":"<Name>","cause":<source>}');
    expect(JSON.stringify(statementsOf(built, 'MlopsDeployerFunctionRole'))).toContain('{"Ref":"Name"},"-20*"');
  });

  test('may stand in another stack than registry, bucket and key, which do not need it', () => {
    const app = new App();
    const platform = new Stack(app, 'Platform');
    const { bucket: artifactBucket, encryptionKey } = new ArtifactStore(platform, 'Store');
    const registry = new ModelRegistry(platform, 'Registry', { modelPackageGroupName: 'churn' });
    const topic = new sns.Topic(platform, 'Topic', { masterKey: encryptionKey });
    const stack = new Stack(app, 'Stack');
    new ModelEndpoint(stack, 'Endpoint', { endpointName: 'churn', registry, artifactBucket, encryptionKey, topic });
    app.synth();
    expect(stack.dependencies).toEqual([platform]);
    expect(platform.dependencies).toEqual([]);
  });
});

describe('a mistake is refused with the way out', () => {
  test.each<[string, Partial<ModelEndpointProps>, string]>([
    ['a name in capitals', { endpointName: 'Churn' }, 'endpointName: got "Churn", allowed: 1 to 40 lower-case letters'],
    ['a name too long for what follows it', { endpointName: 'x'.repeat(41) }, 'allowed: 1 to 40'],
    [
      'a percentage',
      { dataCapture: true, capturePercent: 0 },
      'capturePercent: got 0, allowed: an integer from 1 to 100',
    ],
    ['capture without machines', { ...MODES.serverless, dataCapture: true }, 'serverless endpoints capture no data'],
    ['a test without traffic', { ...MODES.batch, abTesting: true }, 'an A/B test needs realtime'],
    ['a test of nothing', { abTest: {}, automaticDeployment: false }, 'no version would ever be tested'],
    ['subnets of no VPC', { vpcSubnets: {} }, 'vpcSubnets: needs vpc'],
  ])('%s', (_name, props, message) => {
    expect(() => build(() => props)).toThrow(message);
    expect(() => build(() => props)).toThrow(ConstructError);
  });

  test('of the section by the rules of the config, every problem at once', () => {
    const props = { minInstances: 0, rollout: { percent: 51 }, batch: { input: 'gs://bucket/in/' } } as const;
    let problems: string[] = [];
    try {
      build(() => props);
    } catch (error) {
      problems = (error as ConfigError).problems.map(({ path }) => path);
      expect(error).toBeInstanceOf(ConfigError);
    }
    expect(problems).toEqual(expect.arrayContaining(['props.rollout.percent', 'props.batch']));
  });

  test('a name that another endpoint of the stack has', () => {
    const { stack } = build();
    const [registry] = [ModelRegistry.fromModelPackageGroupName(stack, 'Other', 'churn')];
    const { bucket: artifactBucket, encryptionKey } = new ArtifactStore(stack, 'OtherStore');
    const props = { endpointName: 'churn', registry, artifactBucket, encryptionKey };
    expect(() => new ModelEndpoint(stack, 'Second', props)).toThrow(
      'endpointName: "churn" stands twice in stack Stack',
    );
  });
});
