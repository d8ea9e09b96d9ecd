import { Stack } from 'aws-cdk-lib';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ConstructError } from '../../lib/aws/errors';
import { MlopsPipeline } from '../../lib/aws/mlops-pipeline';
import type { MlopsConfig } from '../../lib/config/mlops';
import { ConfigError } from '../../lib/config/problems';
import { validConfig } from '../config/arbitraries';
import type { RawConfig } from '../config/arbitraries';
import { existingVpc, fullConfig, ofType, onFixtures } from './configs';
import type { CloudFormationTemplate } from './judges';
import { strictApp, synthesize } from './judges';

const RUNS = Number(process.env.FUZZ_RUNS ?? 50);
const TIMEOUT = { timeout: 60_000 + RUNS * 1000 };

interface Place {
  /** Absent: known at deployment only. */
  readonly region?: string;
  readonly inVpc: boolean;
}

const place = (): fc.Arbitrary<Place> =>
  fc.record({ region: fc.constantFrom(undefined, 'eu-west-1', 'us-east-1', 'sa-east-1'), inVpc: fc.boolean() });

/** The template, checked by CDK's own rules, which throw; or the sentences of a refusal. Anything else is thrown on. */
function templateOrRefusal(config: RawConfig, { region, inVpc }: Place): CloudFormationTemplate | string {
  const app = strictApp();
  const stack = new Stack(app, 'Stack', region === undefined ? {} : { env: { account: '123456789012', region } });
  try {
    const vpc = inVpc ? existingVpc(stack) : undefined;
    new MlopsPipeline(stack, 'Pipeline', { config: config as unknown as MlopsConfig, vpc });
  } catch (error) {
    if (error instanceof ConfigError || error instanceof ConstructError) return error.message;
    throw error;
  }
  return synthesize(app).Stack!;
}

/** As long as what a reference becomes can be, roughly: lengths and patterns are then those of a deployment. */
const STAND_INS: Readonly<Record<string, string>> = {
  'AWS::Partition': 'aws',
  'AWS::Region': 'ap-southeast-1',
  'AWS::AccountId': '123456789012',
  'AWS::URLSuffix': 'amazonaws.com',
};

/** A value as text, with stand-ins for what is known at deployment only. */
function flat(value: any): string {
  if (typeof value === 'string') return value;
  if (Array.isArray(value?.['Fn::Join']?.[1])) return value['Fn::Join'][1].map(flat).join(value['Fn::Join'][0]);
  return STAND_INS[value?.Ref] ?? 'x'.repeat(63);
}

/** Everything below a value, itself included. */
function* nodes(value: unknown): Generator<any> {
  yield value;
  if (typeof value === 'object' && value !== null) for (const inner of Object.values(value)) yield* nodes(inner);
}

const NAMES: Readonly<Record<string, readonly [key: string, pattern: RegExp]>> = {
  // A time and an id follow in the names of models, of which SageMaker takes 63 characters.
  'Custom::MlopsModelEndpoint': ['EndpointName', /^[a-z](?:[a-z0-9-]{0,38}[a-z0-9])?$/],
  'AWS::SageMaker::Pipeline': ['PipelineName', /^[a-zA-Z0-9](-*[a-zA-Z0-9]){0,255}$/],
  'AWS::SageMaker::ModelPackageGroup': ['ModelPackageGroupName', /^[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}$/],
  'AWS::SageMaker::FeatureGroup': ['FeatureGroupName', /^[a-zA-Z0-9]([_-]*[a-zA-Z0-9]){0,63}$/],
};

function checkTemplate(template: CloudFormationTemplate): void {
  const { Resources: resources = {} } = template;
  // https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html
  expect(Object.keys(resources).length).toBeLessThanOrEqual(500);
  expect(Buffer.byteLength(JSON.stringify(template))).toBeLessThanOrEqual(1_000_000);
  for (const [id, { Type, Properties: properties = {} }] of Object.entries(resources)) {
    const rule = NAMES[Type];
    if (rule) expect(properties[rule[0]], id).toMatch(rule[1]);
  }
  for (const [id, { Description }] of ofType(template, 'AWS::IAM::Role'))
    expect((Description ?? '').length, id).toBeLessThan(1000);
  for (const [id, { Description }] of ofType(template, 'AWS::Lambda::Function'))
    expect(Description.length, id).toBeLessThanOrEqual(256);
  checkPolicySizes(template);
  ofType(template, 'AWS::SageMaker::FeatureGroup').forEach(([, group]) => checkFeatureGroup(group));
  ofType(template, 'AWS::SageMaker::Pipeline').forEach(([, pipeline]) => checkDefinition(pipeline));
  ofType(template, 'Custom::MlopsModelEndpoint').forEach(([, endpoint]) => checkEndpoint(endpoint));
  ofType(template, 'AWS::Events::Rule').forEach(([, rule]) => checkRule(rule));
  for (const [id, { ScheduleExpression }] of ofType(template, 'AWS::Scheduler::Schedule')) {
    expect(ScheduleExpression, id).toMatch(/^cron\(\S+ \S+ (\? \S+ \S+|\S+ \S+ \?) \*\)$/);
    expect(ScheduleExpression.length).toBeLessThanOrEqual(256);
  }
}

/** All policies in a role have at most 10,240 characters together, without white space. */
function checkPolicySizes(template: CloudFormationTemplate): void {
  const size = (document: unknown) =>
    JSON.stringify(document, (_key, value) => (value?.['Fn::Join'] ? flat(value) : value)).length;
  const attached = ofType(template, 'AWS::IAM::Policy');
  for (const [id, { Policies = [] }] of ofType(template, 'AWS::IAM::Role')) {
    const own = Policies.map(({ PolicyDocument }: any) => PolicyDocument);
    const others = attached
      .filter(([, { Roles }]) => JSON.stringify(Roles).includes(`"${id}"`))
      .map(([, { PolicyDocument }]) => PolicyDocument);
    const total = [...own, ...others].reduce<number>((sum, document) => sum + size(document), 0);
    expect(total, id).toBeLessThan(10_240);
  }
}

/** What the deployer is asked for is one JSON text that holds all that SageMaker needs in a mode, and nothing of other modes. */
function checkEndpoint({ Policy }: Record<string, any>): void {
  const { format, mode, serving, scaling, abTest, rollout, tags } = JSON.parse(flat(Policy));
  expect([format, tags]).toEqual([1, {}]);
  expect(serving.instanceType === undefined, mode).toBe(mode === 'serverless');
  expect(scaling !== undefined, mode).toBe(mode === 'realtime' || mode === 'asynchronous');
  for (const own of ['serverless', 'asynchronous', 'batch']) expect(serving[own] !== undefined, own).toBe(mode === own);
  if (mode === 'serverless') expect([serving.vpc, serving.capture, serving.encryptVolume]).toEqual([, , false]);
  if (abTest) expect(mode).toBe('realtime');
  if (mode === 'serverless' || mode === 'batch') expect(rollout.strategy).toBe('allAtOnce');
  const environment = Object.entries<string>(serving.environment);
  expect(environment.length).toBeLessThanOrEqual(100);
  for (const [name, value] of environment) expect(Math.max(name.length, value.length)).toBeLessThanOrEqual(1024);
}

/** Patterns have at most 4,096 characters, templates of inputs 8,192; a schedule is a rate or a cron expression. */
function checkRule({ EventPattern: pattern, ScheduleExpression: schedule, Targets }: Record<string, any>): void {
  expect(schedule).toMatch(/^(rate\((5 minutes|1 hour|\d+ hours)\)|cron\(.{11,249}\))$/);
  expect(JSON.stringify(pattern ?? {}).length).toBeLessThan(4096);
  const [{ Input, InputTransformer }] = Targets;
  const text = Input ? flat(Input) : InputTransformer.InputTemplate.replace('<source>', '"aws.sagemaker"');
  expect(text.length).toBeLessThan(8192);
  const input = JSON.parse(text);
  const whose = input.task === 'monitor' ? { monitor: { name: expect.any(String) } } : { endpoint: expect.any(String) };
  expect(input).toMatchObject({ ...whose, cause: expect.any(String) });
}

function checkFeatureGroup(group: Record<string, any>): void {
  const names: string[] = group.FeatureDefinitions.map(({ FeatureName }: any) => FeatureName);
  expect(new Set(names.map((name) => name.toLowerCase())).size).toBe(names.length);
  expect(names).toEqual(expect.arrayContaining([group.RecordIdentifierFeatureName, group.EventTimeFeatureName]));
  for (const name of names) expect(name).toMatch(/^[a-zA-Z0-9]([_-]*[a-zA-Z0-9]){0,63}$/);
  expect(group.OnlineStoreConfig ?? group.OfflineStoreConfig).toBeDefined();
}

/** The limits of the Create*Job and CreateModelPackage requests. */
function checkDefinition({ PipelineDefinition }: Record<string, any>): void {
  const definition = JSON.parse(flat(PipelineDefinition.PipelineDefinitionBody));
  const all = [...nodes(definition)].filter(
    (node) => typeof node === 'object' && node !== null && !Array.isArray(node),
  );
  const steps = all.filter(({ Name, Type, Arguments }) => Name && Type && Arguments);
  const names = steps.map(({ Name }) => Name);
  expect(new Set(names).size).toBe(names.length);
  for (const { Get } of all.filter(({ Get: get }) => typeof get === 'string')) {
    const [kind, name] = Get.split('.');
    if (kind === 'Steps') expect(names).toContain(name);
    if (kind === 'Parameters') expect(definition.Parameters.map((parameter: any) => parameter.Name)).toContain(name);
  }
  for (const { Name, Arguments: request } of steps) {
    checkMap(`${Name} environment`, request.Environment, Name === 'Train' ? 512 : 256);
    checkMap(`${Name} hyperparameters`, request.HyperParameters, 2500);
    checkMap(`${Name} metadata`, request.CustomerMetadataProperties, 256);
    checkMap(`${Name} entry point`, request.AppSpecification?.ContainerEntrypoint, 256);
    for (const { Environment: environment } of request.InferenceSpecification?.Containers ?? []) {
      checkMap(`${Name} container environment`, environment, 1024);
    }
  }
  for (const uri of [...nodes(definition)].filter((node) => /^s3:/.test(node)))
    expect(uri.length).toBeLessThanOrEqual(1024);
}

/** Maps and lists of a request have at most 100 entries; a reference is as long as what it becomes. */
function checkMap(what: string, values: Record<string, unknown> = {}, longest: number): void {
  expect(Object.keys(values).length, what).toBeLessThanOrEqual(100);
  for (const [key, value] of Object.entries(values)) {
    expect(key.length, `${what}: ${key}`).toBeLessThanOrEqual(256);
    if (typeof value === 'string') expect(value.length, `${what}: ${key}`).toBeLessThanOrEqual(longest);
  }
}

test('a valid config gives a valid template or a clear refusal, never another exception', TIMEOUT, () => {
  const seen = { template: 0, refusal: 0, trainings: 0 };
  fc.assert(
    fc.property(validConfig(), place(), (config, where) => {
      const result = templateOrRefusal(onFixtures(config), where);
      if (typeof result === 'string') {
        seen.refusal += 1;
        expect(result).toMatch(/^\S.{20,}/);
        expect(result).not.toMatch(/undefined|\[object|NaN/);
        return;
      }
      seen.template += 1;
      seen.trainings += ofType(result, 'AWS::SageMaker::Pipeline').length;
      checkTemplate(result);
    }),
    { numRuns: RUNS },
  );
  expect(seen.template).toBeGreaterThan(RUNS / 4);
  expect(seen.trainings).toBeGreaterThan(RUNS / 10);
});

const text = (maxLength: number) => fc.integer({ min: 1, max: maxLength }).map((length) => 'x'.repeat(length));
const map = (maxKeys: number, longest: number) =>
  fc
    .record({ keys: fc.integer({ min: 0, max: maxKeys }), value: text(longest) })
    .map(({ keys, value }) => Object.fromEntries(Array.from({ length: keys }, (_, index) => [`key_${index}`, value])));

const EDGES = {
  name: text(45),
  hyperparameters: map(90, 2600),
  environment: map(90, 1100),
  metric: text(300),
  prefix: text(1100),
  group: text(70),
  // Many groups or large ones: both together are more than a template of CloudFormation holds.
  store: fc.oneof(
    fc.record({ groups: fc.integer({ min: 1, max: 40 }), features: fc.constant(1) }),
    fc.record({ groups: fc.constant(1), features: fc.integer({ min: 1, max: 2600 }) }),
  ),
  notify: fc.integer({ min: 0, max: 60 }),
};

/** Configs around the limits of SageMaker, on both sides; one or two at a time, or nearly all would be refused. */
const edges = () =>
  fc
    .subarray(Object.keys(EDGES) as (keyof typeof EDGES)[], { minLength: 1, maxLength: 2 })
    .chain((keys) => fc.record(Object.fromEntries(keys.map((key) => [key, EDGES[key]]))));

function atEdge(edge: Partial<Record<string, any>>): RawConfig {
  const { data, training, serving, featureStore, ...rest } = fullConfig() as RawConfig;
  const [group] = featureStore.groups;
  const features = Array.from({ length: edge.store?.features ?? 1 }, (_, index) => ({
    name: `feature_${index}`,
    type: 'float',
  }));
  const groups = Array.from({ length: edge.store?.groups ?? 1 }, (_, index) => ({
    ...group,
    name: `${edge.group ?? 'group'}${index}`,
    features,
  }));
  return {
    ...rest,
    name: edge.name ?? 'churn',
    data: { ...data, training: `s3://acme-data/${edge.prefix ?? 'train'}/` },
    training: {
      ...training,
      hyperparameters: edge.hyperparameters ?? {},
      evaluation: { ...training.evaluation, metric: edge.metric ?? 'auc' },
    },
    serving: { ...serving, environment: edge.environment ?? {} },
    monitoring: { notify: Array.from({ length: edge.notify ?? 0 }, (_, index) => `person-${index}@example.com`) },
    featureStore: { groups },
  };
}

test('a config at the limits of the services gives a template within them, or a clear refusal', TIMEOUT, () => {
  const seen = { template: 0, refusal: 0 };
  fc.assert(
    fc.property(edges(), (edge) => {
      const result = templateOrRefusal(atEdge(edge), { inVpc: true });
      seen[typeof result === 'string' ? 'refusal' : 'template'] += 1;
      if (typeof result !== 'string') checkTemplate(result);
    }),
    { numRuns: Math.ceil(RUNS / 5), endOnFailure: true }, // templates this large take long to shrink
  );
  expect(seen.template).toBeGreaterThan(0);
  expect(seen.refusal).toBeGreaterThan(0);
});
