import { describe, expect, test } from 'vitest';
import type { DeploymentRecord, InFlight } from '../../../lib/deployer/record';
import { NO_TOTALS } from '../../../lib/statistics';
import { claim } from '../../../lib/runtime/aws/deployer/claim';
import { createCandidate } from '../../../lib/runtime/aws/deployer/candidate';
import { ask } from '../../../lib/runtime/aws/deployer/ask';
import { judge } from '../../../lib/runtime/aws/deployer/judge';
import { cleanUp } from '../../../lib/runtime/aws/deployer/clean-up';
import { settleStep } from '../../../lib/runtime/aws/deployer/settle-step';
import { verify } from '../../../lib/runtime/aws/deployer/verify';
import { inWords, isMissing, isThere } from '../../../lib/runtime/aws/service-errors';
import { deploymentId, isOurs } from '../../../lib/runtime/aws/deployer/names';
import { awsPolicy, FakeCloud, missing, serviceError } from './fake-cloud';
import type { Answers } from './fake-cloud';

const ME = 'arn:aws:states:eu-west-1:111122223333:execution:deployer:me';
const OTHER = 'arn:aws:states:eu-west-1:111122223333:execution:deployer:other';
const lease = { execution: ME, expiresAt: '2999-01-01T00:00:00.000Z' };
const VERSION = 'arn:aws:sagemaker:eu-west-1:111122223333:model-package/churn/2';
const NAME = 'churn-20261125-154200-abcd';
const event = (operation: any, more = {}) => ({ operation, execution: ME, endpoint: 'churn', ...more });

/** A record with an update of the endpoint to version 2 in flight. */
function updating(overrides: Partial<InFlight> = {}, policy = awsPolicy()): Partial<DeploymentRecord> {
  const deployment = {
    id: '20261125-154200-abcd',
    configName: NAME,
    variants: [{ slot: 'a' as const, model: { version: VERSION, number: 2 }, modelName: NAME }],
    serving: '',
    createdAt: '2026-11-25T15:42:00Z',
  };
  const inFlight: InFlight = {
    kind: 'update',
    purpose: 'deploy',
    why: 'version 2 is approved',
    variants: deployment.variants,
    slot: 'a',
    strategy: 'canary',
    startedAt: '2026-11-25T15:42:00Z',
    deadline: '2999-01-01T00:00:00Z',
    policy,
    deployment,
    ...overrides,
  };
  return { lease, policy, owner: { stack: 'stack', resource: 'Endpoint' }, inFlight };
}

describe('names', () => {
  test('sort by time and fit into 63 characters with the longest endpoint', () => {
    const id = deploymentId('2026-11-25T15:42:00.123Z', ME);
    expect(id).toMatch(/^20261125-154200-[0-9a-f]{4}$/);
    expect(`${'x'.repeat(40)}-${id}`.length).toBeLessThanOrEqual(63);
    expect(isOurs('churn', `churn-${id}`)).toBe(true);
  });

  test.each(['churn', 'churn-2-20261125-154200-abcd', 'churn-by-hand', 'other-20261125-154200-abcd', `${NAME}-x`])(
    'like %s belong to others',
    (name) => expect(isOurs('churn', name)).toBe(false),
  );
});

describe('errors', () => {
  test('are told apart by their words, where SageMaker has one name for all', () => {
    const validation = (message: string) => serviceError('ValidationException', message);
    expect(isMissing(validation('Could not find endpoint "x".'))).toBe(true);
    expect(isMissing(validation('Cannot update in-progress endpoint'))).toBe(false);
    expect(isMissing(serviceError('ThrottlingException', 'Rate exceeded: not found'))).toBe(false);
    expect(isThere(validation('Cannot create already existing model "x".'))).toBe(true);
    expect(isThere(validation('Could not find model'))).toBe(false);
    expect(inWords(serviceError('AccessDenied', 'no'))).toBe('AccessDenied: no');
  });
});

describe('the record', () => {
  test('is changed again when another was faster, and keeps what both wrote', async () => {
    let meddled = false;
    const cloud = new FakeCloud({}, {});
    await cloud.store.change('churn', (record) => {
      if (!meddled) cloud.put({ ...record, revision: record.revision + 1, floor: 7 });
      meddled = true;
      return { record: { ...record, undeployed: true }, result: undefined };
    });
    expect([cloud.record.floor, cloud.record.undeployed, cloud.record.revision]).toEqual([7, true, 2]);
  });

  test('is not written when nothing changes', async () => {
    const cloud = new FakeCloud({}, {});
    await cloud.store.change('churn', (record) => ({ record, result: undefined }));
    expect(cloud.inputs('PutItem')).toEqual([]);
  });
});

describe('claim', () => {
  const world: Answers = {
    DescribeEndpoint: missing,
    ListModelPackages: () => ({ ModelPackageSummaryList: [{ ModelPackageArn: VERSION, ModelPackageVersion: 2 }] }),
  };
  const input = (more = {}) => event('claim', { input: { endpoint: 'churn', cause: 'schedule', ...more } });

  test('begins a step, and notes it before anything is created', async () => {
    const cloud = new FakeCloud(world, { policy: awsPolicy() });
    expect(await claim(cloud, input())).toMatchObject({ next: 'create', turn: 1, waitSeconds: 30 });
    expect(cloud.record.inFlight).toMatchObject({ kind: 'update', strategy: 'create', slot: 'a' });
    expect(cloud.record.inFlight!.deployment!.configName).toMatch(/^churn-\d{8}-\d{6}-[0-9a-f]{4}$/);
  });

  test('leaves an endpoint to an execution that runs, but files the request', async () => {
    const cloud = new FakeCloud(
      { ...world, DescribeExecution: () => ({ status: 'RUNNING' }) },
      { lease: { ...lease, execution: OTHER } },
    );
    const request = { kind: 'rollback' as const, id: '1', at: '2026-11-25T15:42:00Z', by: 'someone' };
    expect(await claim(cloud, input({ request }))).toMatchObject({ next: 'none' });
    expect(cloud.record.requests).toEqual([request]);
    expect(cloud.record.lease!.execution).toBe(OTHER);
  });

  test.each([
    ['has ended', () => ({ status: 'ABORTED' })],
    [
      'is not known any more',
      () => {
        throw serviceError('ExecutionDoesNotExist');
      },
    ],
  ])('takes the lease of an execution that %s, and goes on with its step', async (_what, DescribeExecution) => {
    const left = { ...updating({ asked: true }), lease: { ...lease, execution: OTHER } };
    const cloud = new FakeCloud({ ...world, DescribeExecution }, left);
    expect(await claim(cloud, input())).toMatchObject({ next: 'watch', deadline: '2999-01-01T00:00:00Z' });
    expect(cloud.record.lease!.execution).toBe(ME);
  });

  test('leaves a lease that another has taken in the same moment', async () => {
    const DescribeExecution = () => {
      cloud.put({ ...cloud.record, revision: cloud.record.revision + 1, lease: { ...lease, execution: `${OTHER}-2` } });
      return { status: 'ABORTED' };
    };
    const cloud: FakeCloud = new FakeCloud({ ...world, DescribeExecution }, { lease: { ...lease, execution: OTHER } });
    expect(await claim(cloud, input())).toMatchObject({ next: 'none' });
    expect(cloud.record.lease!.execution).toBe(`${OTHER}-2`);
  });

  test('frees the lease in the same write in which it finds nothing to do', async () => {
    const cloud = new FakeCloud({ ...world, ListModelPackages: () => ({}) }, { policy: awsPolicy() });
    expect(await claim(cloud, input())).toMatchObject({ next: 'none' });
    expect(cloud.record.lease).toBeUndefined();
  });

  test('tells CloudFormation at once that a rollout beyond 50 minutes is accepted', async () => {
    const long = awsPolicy(
      { rollout: { strategy: 'linear', percent: 10, bakeMinutes: 30 } },
      { instanceType: 'ml.m5.xlarge' },
    );
    const champion = {
      ...updating().inFlight!.deployment!,
      serving: 'another',
      slot: 'a' as const,
      servingSince: '2026-11-25T15:42:00Z',
    };
    const owner = { stack: 'stack', resource: 'Endpoint' };
    const cloud = new FakeCloud(
      { ...world, DescribeEndpoint: () => ({ EndpointStatus: 'InService', EndpointConfigName: NAME }) },
      { policy: awsPolicy(), champion, owner },
    );
    const request = {
      kind: 'policy',
      id: '1',
      at: '2026-11-25T15:42:00Z',
      by: 'cdk deploy',
      policy: long,
      owner,
      create: false,
    };
    const deadline = new Date(Date.now() + 50 * 60_000).toISOString();
    const answer = { responseUrl: 'http://127.0.0.1', deadline };
    const claimed = await claim(cloud, input({ request, answer }));
    expect(claimed).toMatchObject({ next: 'create', answer: { success: true } });
    expect(claimed.answer!.reason).toContain('accepted');
  });
});

describe('an answer that failed', () => {
  test('is the end of the request: what CloudFormation thinks undone is not done hours later', async () => {
    const request = {
      kind: 'delete' as const,
      id: '1',
      at: '2026-11-25T15:42:00Z',
      by: 'cdk deploy',
      owner: { stack: 's', resource: 'E' },
    };
    const busy = { DescribeExecution: () => ({ status: 'RUNNING' }) };
    const cloud = new FakeCloud(busy, { lease: { ...lease, execution: OTHER }, requests: [request] });
    const answer = { responseUrl: 'http://127.0.0.1', deadline: '2020-01-01T00:00:00Z', requestId: '1' };
    const claimed = await claim(
      cloud,
      event('claim', { input: { endpoint: 'churn', cause: 'cdk deploy', request, answer } }),
    );
    expect(claimed).toMatchObject({ next: 'none', answer: { success: false } });
    expect([cloud.record.requests, cloud.record.settled[0]?.done]).toEqual([[], false]);
  });
});

describe('create', () => {
  const answers: Answers = {
    DescribeModel: missing,
    DescribeModelPackage: () => ({ ModelApprovalStatus: 'Approved' }),
    CreateModel: () => ({}),
    CreateEndpointConfig: () => ({}),
    DescribeEndpoint: () => ({ ProductionVariants: [{ VariantName: 'a', DesiredInstanceCount: 3 }] }),
    PutMetricAlarm: () => ({}),
  };

  test('starts a candidate with as many instances as serve now, below a prefix of its own', async () => {
    const capture = { location: 's3://bucket/capture/churn', percent: 50, contentType: 'text/csv' };
    const cloud = new FakeCloud(answers, updating({}, awsPolicy({}, { capture })));
    await createCandidate(cloud, event('create'));
    const [config] = cloud.inputs('CreateEndpointConfig');
    expect(config.ProductionVariants).toEqual([
      {
        VariantName: 'a',
        ModelName: NAME,
        InitialVariantWeight: 1,
        InstanceType: 'ml.m5.large',
        InitialInstanceCount: 3,
      },
    ]);
    expect(config.DataCaptureConfig).toMatchObject({
      DestinationS3Uri: 's3://bucket/capture/churn/20261125-154200-abcd',
      InitialSamplingPercentage: 50,
      CaptureContentTypeHeader: { CsvContentTypes: ['text/csv'] },
    });
    expect(config.Tags).toContainEqual({ Key: 'cdk-mlops:resource', Value: 'Endpoint' });
  });

  test.each([
    [9, 4],
    [1, 2],
  ])('keeps the number of instances within the policy: of %i it makes %i', async (now, then) => {
    const DescribeEndpoint = () => ({ ProductionVariants: [{ VariantName: 'a', DesiredInstanceCount: now }] });
    const cloud = new FakeCloud({ ...answers, DescribeEndpoint }, updating());
    await createCandidate(cloud, event('create'));
    expect(cloud.inputs('CreateEndpointConfig')[0].ProductionVariants[0].InitialInstanceCount).toBe(then);
  });

  test('gives a candidate alarms of its own: they look at its configuration alone', async () => {
    const cloud = new FakeCloud(answers, updating());
    await createCandidate(cloud, event('create'));
    const alarms = cloud.inputs('PutMetricAlarm');
    expect(alarms.map(({ AlarmName, Threshold }) => [AlarmName, Threshold])).toEqual([
      [`${NAME}-errors`, 1],
      [`${NAME}-latency`, 500_000], // microseconds
    ]);
    for (const { Metrics, TreatMissingData } of alarms) {
      const stats = Metrics.filter((one: any) => one.MetricStat);
      expect(stats.length).toBeGreaterThan(1);
      for (const { MetricStat } of stats) {
        expect(MetricStat.Metric.Dimensions).toContainEqual({ Name: 'EndpointConfigName', Value: NAME });
      }
      expect(TreatMissingData).toBe('notBreaching');
    }
  });

  test('creates nothing twice', async () => {
    const there = () => {
      throw serviceError('ValidationException', 'Cannot create already existing endpoint configuration');
    };
    const cloud = new FakeCloud({ ...answers, DescribeModel: () => ({}), CreateEndpointConfig: there }, updating());
    await createCandidate(cloud, event('create'));
    expect(cloud.inputs('CreateModel')).toEqual([]);
  });

  test.each<[string, Answers, Partial<DeploymentRecord>, RegExp, string]>([
    [
      'that left the registry',
      { DescribeModelPackage: missing },
      updating(),
      /not in the registry any more/,
      'CandidateFailure',
    ],
    [
      'that was rejected meanwhile',
      { DescribeModelPackage: () => ({ ModelApprovalStatus: 'Rejected' }) },
      updating(),
      /has been rejected/,
      'CandidateFailure',
    ],
    [
      'without a baseline',
      {},
      updating({}, awsPolicy({ requireBaseline: true })),
      /has no baseline/,
      'CandidateFailure',
    ],
    [
      'that is an artifact without an image',
      {},
      updating({
        deployment: {
          ...updating().inFlight!.deployment!,
          variants: [{ slot: 'a', model: { uri: 's3://models/x.tar.gz' }, modelName: NAME }],
        },
      }),
      /needs an image/,
      'DeploymentFailure',
    ],
    [
      'whose configuration SageMaker refuses',
      {
        CreateEndpointConfig: () => {
          throw serviceError('ValidationException', 'ml.m5.huge is not known');
        },
      },
      updating(),
      /ml.m5.huge is not known/,
      'DeploymentFailure',
    ],
  ])('refuses a model %s', async (_what, more, record, message, name) => {
    const attempt = createCandidate(new FakeCloud({ ...answers, ...more }, record), event('create'));
    await expect(attempt).rejects.toThrow(message);
    await expect(attempt).rejects.toMatchObject({ name });
  });

  test.each(['policy', 'repair', 'rollback', 'promote', 'restore'] as const)(
    'without a baseline still serves on for %s: it serves already, or did',
    async (purpose) => {
      const policy = awsPolicy({ requireBaseline: true });
      const cloud = new FakeCloud(answers, updating({ purpose }, policy));
      await createCandidate(cloud, event('create'));
      expect(cloud.inputs('CreateModel')).toHaveLength(1);
    },
  );

  test('does nothing for an execution that lost its lease', async () => {
    const record = { ...updating(), lease: { ...lease, execution: OTHER } };
    const cloud = new FakeCloud(answers, record);
    await expect(createCandidate(cloud, event('create'))).rejects.toThrow('lost its lease');
    expect(cloud.inputs('CreateModel')).toEqual([]);
  });

  test('of an asynchronous endpoint puts answers below the deployment, and captures nothing twice', async () => {
    const capture = { location: 's3://bucket/capture/churn', percent: 50, contentType: 'text/csv' };
    const policy = awsPolicy({ mode: 'asynchronous' }, { capture, asynchronous: { output: 's3://bucket/answers/' } });
    const cloud = new FakeCloud(answers, updating({}, policy));
    await createCandidate(cloud, event('create'));
    const [config] = cloud.inputs('CreateEndpointConfig');
    expect(config.DataCaptureConfig).toBeUndefined();
    expect(config.AsyncInferenceConfig.OutputConfig.S3OutputPath).toBe('s3://bucket/answers/20261125-154200-abcd');
  });

  test('of an instance type with local disks names no key for them, of serverless no instances', async () => {
    const local = new FakeCloud(answers, updating({}, awsPolicy({}, { encryptVolume: false })));
    await createCandidate(local, event('create'));
    expect(local.inputs('CreateEndpointConfig')[0].KmsKeyId).toBeUndefined();
    const policy = awsPolicy(
      { mode: 'serverless', scaling: undefined },
      { instanceType: undefined, serverless: { memoryMb: 2048, maxConcurrency: 5 } },
    );
    const serverless = new FakeCloud(answers, updating({ strategy: 'allAtOnce' }, policy));
    await createCandidate(serverless, event('create'));
    const [config] = serverless.inputs('CreateEndpointConfig');
    expect([config.KmsKeyId, config.ProductionVariants[0].InstanceType]).toEqual([undefined, undefined]);
    expect(serverless.inputs('PutMetricAlarm')).toEqual([]);
  });
});

describe('ask', () => {
  const inService = {
    EndpointStatus: 'InService',
    EndpointConfigName: 'churn-20261124-154200-0000',
    ProductionVariants: [{ VariantName: 'a', DesiredInstanceCount: 2 }],
  };
  const answers: Answers = {
    DescribeEndpoint: () => inService,
    DescribeEndpointConfig: () => ({ ProductionVariants: [{ VariantName: 'a', InstanceType: 'ml.m5.large' }] }),
    UpdateEndpoint: () => ({}),
    DescribeScalableTargets: () => ({ ScalableTargets: [{ ResourceId: 'endpoint/churn/variant/a' }] }),
    DeregisterScalableTarget: () => ({}),
    RegisterScalableTarget: () => ({}),
  };

  test('rolls out with guardrails, watched by the candidate alone, and leaves scaling registered', async () => {
    const cloud = new FakeCloud(answers, updating());
    await ask(cloud, event('ask'));
    expect(cloud.inputs('UpdateEndpoint')[0].DeploymentConfig).toEqual({
      BlueGreenUpdatePolicy: {
        TrafficRoutingConfiguration: {
          Type: 'CANARY',
          WaitIntervalInSeconds: 600,
          CanarySize: { Type: 'CAPACITY_PERCENT', Value: 50 },
        },
        TerminationWaitInSeconds: 60,
        MaximumExecutionTimeoutInSeconds: 28_800,
      },
      AutoRollbackConfiguration: { Alarms: [{ AlarmName: `${NAME}-errors` }, { AlarmName: `${NAME}-latency` }] },
    });
    expect(cloud.inputs('DeregisterScalableTarget')).toEqual([]);
    expect(cloud.record.inFlight!.asked).toBe(true);
  });

  test('deregisters scaling for another instance type only', async () => {
    const cloud = new FakeCloud(answers, updating({}, awsPolicy({}, { instanceType: 'ml.m5.xlarge' })));
    await ask(cloud, event('ask'));
    expect(cloud.inputs('DeregisterScalableTarget')).toHaveLength(1);
  });

  test.each([
    ['serves it already', { ...inService, EndpointConfigName: NAME }, true],
    [
      'is moving to it',
      { ...inService, EndpointStatus: 'Updating', PendingDeploymentSummary: { EndpointConfigName: NAME } },
      true,
    ],
    [
      'is moving for another reason: it is asked afterwards',
      { ...inService, EndpointStatus: 'SystemUpdating' },
      undefined,
    ],
  ])('asks nothing of an endpoint that %s', async (_what, seen, asked) => {
    const cloud = new FakeCloud({ ...answers, DescribeEndpoint: () => seen }, updating());
    await ask(cloud, event('ask'));
    expect(cloud.inputs('UpdateEndpoint')).toEqual([]);
    expect(cloud.record.inFlight!.asked).toBe(asked);
  });

  test('has no guardrails where the model moves to the other slot: the variants would change their names', async () => {
    const cloud = new FakeCloud(answers, updating({ slot: 'b' }));
    await ask(cloud, event('ask'));
    expect(cloud.inputs('UpdateEndpoint')[0].DeploymentConfig).toBeUndefined();
  });

  test('deregisters the slot that a promotion takes away: SageMaker would refuse the update', async () => {
    const deployment = {
      ...updating().inFlight!.deployment!,
      variants: [{ slot: 'b' as const, model: {}, modelName: NAME }],
    };
    const cloud = new FakeCloud(answers, updating({ purpose: 'promote', slot: 'b', deployment }));
    await ask(cloud, event('ask'));
    const order = cloud.calls.map(({ name }) => name).filter((name) => /^(Deregister|Update)/.test(name));
    expect(order).toEqual(['DeregisterScalableTarget', 'UpdateEndpoint']);
  });

  test('suspends scaling before a test', async () => {
    const cloud = new FakeCloud(answers, updating({ purpose: 'test', strategy: 'allAtOnce' }));
    await ask(cloud, event('ask'));
    expect(cloud.inputs('RegisterScalableTarget')[0].SuspendedState).toMatchObject({ DynamicScalingInSuspended: true });
  });
});

describe('verify', () => {
  const run = (seen: object | undefined, step: Partial<InFlight> = {}, more: Answers = {}) =>
    verify(
      new FakeCloud(
        {
          DescribeEndpoint: seen ? () => seen : missing,
          DescribeAlarms: () => ({ MetricAlarms: [] }),
          DescribeScalableTargets: () => ({}),
          RegisterScalableTarget: () => ({}),
          PutScalingPolicy: () => ({}),
          DeleteScalingPolicy: () => ({}),
          ...more,
        },
        updating({ asked: true, ...step }),
      ),
      event('verify'),
    );
  const old = { EndpointStatus: 'InService', EndpointConfigName: 'churn-20261124-154200-0000' };

  test('takes an endpoint that looks well on its old configuration for what it is: rolled back', async () => {
    const outcome = await run({ ...old, FailureReason: 'container did not pass the ping health check' });
    expect(outcome).toMatchObject({ result: 'failed', candidateFailed: true });
    expect(outcome.reason).toMatch(/rolled the update back: container did not pass/);
  });

  test('names the alarms that rolled it back', async () => {
    const MetricAlarms = [{ AlarmName: `${NAME}-errors`, StateValue: 'ALARM', StateReason: '7 > 1' }];
    const outcome = await run(old, {}, { DescribeAlarms: () => ({ MetricAlarms }) });
    expect(outcome.reason).toContain(`alarm ${NAME}-errors (7 > 1)`);
  });

  test('does not blame the candidate for what the service lacks', async () => {
    const outcome = await run({ EndpointStatus: 'Failed', FailureReason: 'InsufficientInstanceCapacity' });
    expect(outcome).toMatchObject({ result: 'failed', candidateFailed: false });
  });

  test.each([
    [{ ...old, EndpointConfigName: NAME }, {}, 'done'],
    [{ ...old, EndpointStatus: 'Updating' }, {}, 'wait'],
    [
      { ...old, EndpointStatus: 'Updating' },
      { deadline: '2020-01-01T00:00:00Z', startedAt: '2019-12-31T23:00:00Z' },
      'failed',
    ],
    [{ ...old, EndpointStatus: 'InService' }, { asked: false }, 'ask'],
    [undefined, {}, 'failed'],
    [undefined, { kind: 'remove' as const }, 'done'],
    [{ ...old, EndpointStatus: 'Deleting' }, { kind: 'remove' as const }, 'wait'],
    [{ ...old, EndpointStatus: 'UpdateRollbackFailed' }, {}, 'failed'],
    [
      {
        ...old,
        ProductionVariants: [
          { VariantName: 'a', DesiredWeight: 0.8 },
          { VariantName: 'b', DesiredWeight: 0.2 },
        ],
      },
      { kind: 'traffic' as const, weights: { a: 0.8, b: 0.2 } },
      'done',
    ],
    [
      {
        ...old,
        ProductionVariants: [
          { VariantName: 'a', DesiredWeight: 1 },
          { VariantName: 'b', DesiredWeight: 0 },
        ],
      },
      { kind: 'traffic' as const, weights: { a: 0.8, b: 0.2 } },
      'failed',
    ],
  ])('%j with %j is %s', async (seen, step, result) => {
    expect((await run(seen, step)).result).toBe(result);
  });
});

describe('settle', () => {
  const answers: Answers = { ListModelPackages: () => ({}) };

  test('tells people what failed and what serves, and tells it again when its answer was lost', async () => {
    const cloud = new FakeCloud(answers, updating());
    const outcome = { result: 'failed' as const, reason: 'too many errors', candidateFailed: true };
    const first = await settleStep(cloud, event('settle', { outcome }));
    expect(first.message!.subject).toBe('churn: deploy: failed (version 2)');
    expect(first.message!.text).toMatch(/too many errors\n\nEndpoint churn: No model serves\./);
    expect((await settleStep(cloud, event('settle', { outcome }))).message).toEqual(first.message);
    expect(cloud.record.refused[VERSION].reason).toBe('too many errors');
  });

  test.each([
    [{ Error: 'CandidateFailure', Cause: '{"errorMessage":"no baseline","trace":[]}' }, 'no baseline', true],
    [{ Error: 'ThrottlingException', Cause: '{"errorMessage":"Rate exceeded"}' }, 'Rate exceeded', false],
    [{ Error: 'States.Timeout' }, 'States.Timeout', false],
  ])('reads the error %j', async (error, reason, refused) => {
    const cloud = new FakeCloud(answers, updating());
    await settleStep(cloud, event('settle', { error }));
    expect(cloud.record.decisions[0].why).toBe(reason);
    expect(VERSION in cloud.record.refused).toBe(refused);
  });

  test('keeps subjects to what SNS takes', async () => {
    const why = 'ü'.repeat(10);
    const variants = [{ slot: 'a' as const, model: { uri: `s3://modèles/${'x'.repeat(200)}` }, modelName: NAME }];
    const cloud = new FakeCloud(answers, updating({ why, variants }));
    const { message } = await settleStep(cloud, event('settle', { outcome: { result: 'failed', reason: why } }));
    expect(message!.subject.length).toBeLessThanOrEqual(100);
    expect(message!.subject).toMatch(/^[\x20-\x7e]+$/);
  });
});

describe('judge', () => {
  const startedAt = new Date(Math.floor(Date.now() / 60_000) * 60_000 - 20 * 60_000).toISOString();
  const minute = (index: number) => new Date(Date.parse(startedAt) + index * 60_000);
  const variant = (slot: 'a' | 'b') => ({ slot, model: { version: slot }, modelName: slot });
  const test_ = {
    deployment: { ...updating().inFlight!.deployment!, variants: [variant('a'), variant('b')] },
    champion: variant('a'),
    challenger: variant('b'),
    rules: { trafficPercent: 20, durationHours: 24, goal: 'notWorse' as const, margin: 0.5 },
    slowMs: 500,
    anchor: {},
    startedAt,
    countedUntil: minute(10).toISOString(),
    totals: NO_TOTALS,
  };

  test('counts errors and slow requests; a minute without a datapoint is zero', async () => {
    const result = (Id: string, values: Record<number, number>) => ({
      Id,
      StatusCode: 'Complete',
      Timestamps: Object.keys(values).map((index) => minute(Number(index))),
      Values: Object.values(values),
    });
    const pages = [
      [result('requests_a', { 10: 100, 12: 50 }), result('e5_a', { 10: 2 }), result('e4_a', { 10: 1 })],
      [result('timed_a', { 10: 100 }), result('within_a', { 10: 93 }), result('requests_b', { 10: 20 })],
    ];
    let page = 0;
    const GetMetricData = () => ({
      MetricDataResults: pages[page++],
      NextToken: page < pages.length ? 'more' : undefined,
    });
    const cloud = new FakeCloud({ GetMetricData }, { lease, test: test_ });
    await judge(cloud, event('judge'));
    const { totals, countedUntil, standing } = cloud.record.test!;
    expect(totals.champion).toEqual({ requests: 150, errors: 3, slow: 7 });
    expect(totals.challenger).toEqual({ requests: 20, errors: 0, slow: 0 });
    expect(Date.parse(countedUntil!)).toBeGreaterThanOrEqual(minute(17).getTime());
    expect(totals.minutesUsed).toBe((Date.parse(countedUntil!) - minute(10).getTime()) / 60_000);
    expect(standing).toContain('Undecided');
    const [{ MetricDataQueries }] = cloud.inputs('GetMetricData');
    expect(MetricDataQueries.map((query: any) => query.MetricStat.Stat)).toContain('PR(:500000)'); // 500 ms in microseconds
  });

  test('leaves a minute out in which requests were answered, but nobody knows how fast', async () => {
    const one = (Id: string, value: number) => ({ Id, Timestamps: [minute(10)], Values: [value] });
    const GetMetricData = () => ({ MetricDataResults: [one('requests_a', 10), one('timed_a', 10)] });
    const cloud = new FakeCloud({ GetMetricData }, { lease, test: test_ });
    await judge(cloud, event('judge'));
    expect(cloud.record.test!.totals).toMatchObject({ minutesIncomplete: 1, champion: { requests: 0 } });
  });

  test('counts nothing while CloudWatch has no figures: the minutes come with the next tick', async () => {
    const GetMetricData = () => ({ MetricDataResults: [{ Id: 'requests_a', StatusCode: 'InternalError' }] });
    const cloud = new FakeCloud({ GetMetricData }, { lease, test: test_ });
    await expect(judge(cloud, event('judge'))).rejects.toThrow('no figures');
    expect(cloud.record.test!.countedUntil).toBe(test_.countedUntil);
  });
});

describe('clean up', () => {
  const nothing: Answers = {
    DescribeEndpoint: missing,
    ListEndpointConfigs: () => ({}),
    ListModels: () => ({}),
    DescribeAlarms: () => ({}),
    DescribeScalableTargets: () => ({}),
  };
  const untold = [{ at: '2026-11-25T15:42:00Z', what: 'deployed', why: 'version 2 is approved' }];

  test('keeps what people could not be told, for the next tick', async () => {
    const cloud = new FakeCloud(nothing, { lease, untold, untidy: true });
    await cleanUp(cloud, event('cleanUp', { undelivered: true }));
    expect([cloud.record.untold, cloud.record.untidy]).toEqual([untold, true]);
    await cleanUp(cloud, event('cleanUp'));
    expect([cloud.record.untold, cloud.record.untidy]).toEqual([[], false]);
  });

  test('tells once what cannot be deleted, and tries again', async () => {
    const ListModels = () => {
      throw serviceError('AccessDeniedException', 'no right to list');
    };
    const cloud = new FakeCloud({ ...nothing, ListModels }, { lease });
    await cleanUp(cloud, event('cleanUp'));
    expect(cloud.record.untold.map(({ why }) => why)).toEqual(['AccessDeniedException: no right to list']);
    await cleanUp(cloud, event('cleanUp'));
    expect([cloud.record.untold, cloud.record.untidy, cloud.record.decisions.length]).toEqual([[], true, 1]);
  });

  test('deletes nothing while SageMaker is at work: what it makes cannot be seen from outside', async () => {
    const DescribeEndpoint = () => ({ EndpointStatus: 'Updating', EndpointConfigName: NAME });
    const cloud = new FakeCloud({ DescribeEndpoint }, { lease, untidy: true });
    await cleanUp(cloud, event('cleanUp'));
    expect(cloud.record.untidy).toBe(true);
  });

  test('deletes what nothing needs, and never what serves, whatever the record says', async () => {
    const names = ['churn-20261101-000000-aaaa', 'churn-20261102-000000-bbbb', 'churn-20261103-000000-cccc'];
    const others = ['churn-2-20261101-000000-aaaa', 'churn-by-hand'];
    const champion = {
      ...updating().inFlight!.deployment!,
      configName: names[1],
      slot: 'a' as const,
      servingSince: '',
    };
    const deleted: string[] = [];
    const noting = (key: string) => (input: any) => void deleted.push(...[input[key]].flat());
    const cloud = new FakeCloud(
      {
        DescribeEndpoint: () => ({ EndpointStatus: 'InService', EndpointConfigName: names[2] }),
        DescribeEndpointConfig: () => ({ ProductionVariants: [{ ModelName: names[2] }] }),
        ListEndpointConfigs: () => ({
          EndpointConfigs: [...names, ...others].map((EndpointConfigName) => ({ EndpointConfigName })),
        }),
        ListModels: () => ({ Models: [...names, ...others, NAME].map((ModelName) => ({ ModelName })) }),
        DescribeAlarms: () => ({ MetricAlarms: [{ AlarmName: `${names[0]}-errors` }, { AlarmName: 'churn-Errors' }] }),
        DescribeScalableTargets: () => ({ ScalableTargets: [{ ResourceId: 'endpoint/churn/variant/b' }] }),
        DeleteEndpointConfig: noting('EndpointConfigName'),
        DeleteModel: noting('ModelName'),
        DeleteAlarms: noting('AlarmNames'),
        DeregisterScalableTarget: noting('ResourceId'),
      },
      { lease, champion, untidy: true, policy: awsPolicy() },
    );
    await cleanUp(cloud, event('cleanUp'));
    expect(deleted).toEqual([names[0], names[0], names[1], `${names[0]}-errors`, 'endpoint/churn/variant/b']);
    expect(cloud.record.untidy).toBe(true); // what serves is not what the record says: the rest goes when it does
  });

  test('deletes an endpoint whose first model never came into service', async () => {
    const empty = {
      ListEndpointConfigs: () => ({}),
      ListModels: () => ({}),
      DescribeAlarms: () => ({}),
      DescribeScalableTargets: () => ({}),
    };
    const DescribeEndpoint = () => ({ EndpointStatus: 'Failed', EndpointConfigName: NAME });
    const DescribeEndpointConfig = missing;
    const owner = { stack: 'stack', resource: 'Endpoint' };
    const cloud = new FakeCloud(
      { ...empty, DescribeEndpoint, DescribeEndpointConfig, DeleteEndpoint: () => ({}) },
      { lease, owner },
    );
    await cleanUp(cloud, event('cleanUp'));
    expect(cloud.inputs('DeleteEndpoint')).toEqual([{ EndpointName: 'churn' }]);
  });
});
