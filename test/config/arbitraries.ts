import fc from 'fast-check';
import { CAPABILITIES, dependents, FIRST_LEVEL, PREREQUISITES } from '../../lib/config/capabilities';
import type { Capability } from '../../lib/config/capabilities';
import { TEST_COLUMNS } from '../../lib/config/drift-settings';
import type { DriftTest } from '../../lib/config/monitoring';

/** A config as it stands in a file: no defaults, no types. */
export type RawConfig = Record<string, any>;

/**
 * Arbitrary valid configs: every section, level, mode and capability, with and without its optional keys. They are valid on
 * AWS; every location there is on S3.
 */
export function validConfig(): fc.Arbitrary<RawConfig> {
  return fc
    .record({
      name: matching(/^[a-z]([a-z0-9-]{0,18}[a-z0-9])?$/),
      level: fc.constantFrom(0, 1, 2),
      mode: fc.constantFrom('realtime', 'realtime', 'serverless', 'asynchronous', 'batch'),
      wishes: fc.dictionary(fc.constantFrom(...CAPABILITIES), fc.boolean(), { maxKeys: 3 }),
      preprocess: fc.boolean(),
      withSections: fc.boolean(),
    })
    .chain((core) => {
      const capabilities = switches(core.level, core.mode, core.wishes);
      const isOn = (name: Capability) => capabilities[name] ?? core.level >= FIRST_LEVEL[name];
      const full = core.withSections || isOn('trainingPipeline');
      const needsColumns = full || isOn('driftMonitoring');
      const sections = once(`sections ${core.mode} ${core.preprocess} ${full} ${needsColumns}`, () =>
        sectionsFor(core.mode, core.preprocess, full, needsColumns),
      );
      return sections.map(({ columns: named, watch, ...rest }) => {
        const config: RawConfig = {
          ...rest,
          name: core.name,
          level: core.level,
          capabilities,
          data: { ...rest.data, ...named },
        };
        if (rest.monitoring) config.monitoring = { ...rest.monitoring, ...watched(named, rest.monitoring, watch) };
        if (core.level < 2 && !core.withSections) delete config.featureStore;
        return config;
      });
    });
}

function sectionsFor(mode: string, preprocess: boolean, full: boolean, needsColumns: boolean): fc.Arbitrary<RawConfig> {
  return some(
    {
      columns: columns(needsColumns),
      watch: watch(),
      data: data(preprocess, full),
      serving: serving(mode, full),
      monitoring: monitoring(),
      retraining: retraining(),
      aws: aws(mode),
      google: google(),
      ...(full && { training: training(preprocess) }),
      featureStore: featureStore(),
    },
    ['columns', 'watch', 'data', 'serving', 'featureStore', ...(full ? ['training' as any] : [])],
  );
}

const built = new Map<string, fc.Arbitrary<any>>();

/** Building an arbitrary costs far more than drawing from it, so each is built once. */
function once<T>(key: string, build: () => fc.Arbitrary<T>): fc.Arbitrary<T> {
  if (!built.has(key)) built.set(key, build());
  return built.get(key)!;
}

/** Texts of a pattern. */
const matching = (pattern: RegExp) => once(pattern.source, () => fc.stringMatching(pattern));

/** Wishes made consistent: what a mode cannot do is off, and so is all that needs something that is off. */
function switches(
  level: number,
  mode: string,
  wishes: Partial<Record<Capability, boolean>>,
): Partial<Record<Capability, boolean>> {
  const impossible: Capability[] = [
    ...(mode === 'serverless' ? (['dataCapture'] as const) : []),
    ...(mode === 'realtime' ? [] : (['abTest'] as const)),
  ];
  const off = new Set([...impossible, ...CAPABILITIES.filter((name) => wishes[name] === false)]);
  for (const name of [...off]) dependents(name).forEach((other) => off.add(other));
  const on = new Set<Capability>();
  const turnOn = (name: Capability) => {
    on.add(name);
    PREREQUISITES[name].forEach(turnOn);
  };
  CAPABILITIES.filter((name) => wishes[name] === true && !off.has(name)).forEach(turnOn);
  const byLevel = (name: Capability) => level >= FIRST_LEVEL[name];
  return Object.fromEntries([
    ...[...off].filter((name) => byLevel(name) || wishes[name] === false).map((name) => [name, false]),
    ...[...on].map((name) => [name, true]),
  ]);
}

interface Columns {
  readonly features?: { name: string; type: 'numeric' | 'categorical' }[];
  readonly label?: { name: string; type: string };
  readonly prediction?: { name: string; type: 'numeric' | 'categorical' };
  readonly id?: string;
}

const columnType = () => fc.constantFrom('numeric' as const, 'categorical' as const);

/** Any subset of the keys but those required. */
function some<T extends object>(shape: { [Key in keyof T]: fc.Arbitrary<T[Key]> }, required: (keyof T)[] = []) {
  return fc.record(shape, { requiredKeys: required }) as fc.Arbitrary<any>;
}

function columns(full: boolean): fc.Arbitrary<Columns> {
  const column = (name: fc.Arbitrary<string>) => fc.record({ name, type: columnType() });
  const features = fc.uniqueArray(column(matching(/^f_[a-z0-9_ é-]{0,12}[a-z0-9]$/)), {
    selector: ({ name }) => name,
    minLength: full ? 1 : 0,
    maxLength: 6,
  });
  return some<Required<Columns>>(
    {
      features,
      label: column(fc.constantFrom('label', 'delayed')),
      prediction: column(fc.constantFrom('score', 'constructor')),
      id: fc.constantFrom('id', 'flight_id'),
    },
    full ? ['features'] : [],
  );
}

const s3 = () => matching(/^s3:\/\/acme-[a-z0-9]{1,12}\/[a-z0-9/]{0,12}$/);

const image = () =>
  fc.constantFrom('registry.example.com/team/image:1', '123456789012.dkr.ecr.eu-west-1.amazonaws.com/own:latest');

const script = (folder: string) => matching(new RegExp(`^${folder}[a-z0-9_-]{0,8}\\.py$`));

const cron = () =>
  fc.constantFrom('0 3 * * *', '*/15 * * * *', '0 6 * * MON-FRI', '30 4 1 */3 *', '0 0 29 2 *', '5,35 8-18 * * 7');

function data(preprocess: boolean, full: boolean): fc.Arbitrary<RawConfig> {
  const ownSets = some({ validation: s3(), test: s3() }, preprocess || !full ? [] : ['validation']);
  const split = fc.record({
    split: fc
      .record({ by: fc.constantFrom('time', 'random'), validationFraction: share(), testFraction: share() })
      .map((value) => (value.by === 'time' ? { ...value, column: 'date' } : value)),
  });
  const division = preprocess && full ? fc.oneof(ownSets, split, fc.constant({})) : ownSets;
  const rest = some(
    { format: fc.constantFrom('csv', 'jsonlines', 'parquet'), training: s3() },
    full ? ['training'] : [],
  );
  return fc.tuple(rest, division).map(([base, sets]) => ({ ...base, ...sets }));
}

const share = () => fc.integer({ min: 1, max: 45 }).map((percent) => percent / 100);

function training(preprocess: boolean): fc.Arbitrary<RawConfig> {
  const framework = fc.constantFrom(
    { framework: { name: 'xgboost', version: '1.7' } },
    { framework: { name: 'scikit-learn', version: '1.2' } },
    { framework: { name: 'pytorch', version: '2.5' } },
    { image: 'registry.example.com/team/image:1' },
  );
  const evaluation = some(
    {
      entryPoint: script('evaluate'),
      metric: fc.constantFrom('auc', 'rmse', 'f1_macro'),
      threshold: fc.double({ noNaN: true, min: -1e6, max: 1e6 }).map((value) => value + 0),
      direction: fc.constantFrom('maximize', 'minimize'),
    },
    ['entryPoint', 'metric', 'threshold'],
  );
  const rest = some(
    {
      source: fc.constantFrom('./training', 'training', '../shared/training'),
      entryPoint: script('train'),
      evaluation,
      compute: fc.constantFrom('small', 'medium', 'large', 'gpu'),
      hyperparameters: fc.dictionary(
        matching(/^[a-z_][a-z0-9_.-]{0,10}$/).filter((name) => !name.startsWith('sagemaker_') && name !== '__proto__'),
        fc.oneof(
          fc.integer(),
          fc.boolean(),
          fc.string({ maxLength: 20 }),
          fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e9 }),
        ),
        { maxKeys: 5, noNullPrototype: true },
      ),
      schedule: cron().map((value) => ({ cron: value })),
      spot: fc.boolean(),
      maxRuntimeMinutes: fc.integer({ min: 1, max: 7200 }),
      volumeGb: fc.integer({ min: 1, max: 16384 }),
      cacheDays: fc.integer({ min: 0, max: 365 }),
    },
    ['source', 'entryPoint', 'evaluation'],
  );
  return fc.tuple(rest, framework).map(([base, runtime]) => ({
    ...base,
    ...runtime,
    ...(preprocess && { preprocess: 'preprocess.py' }),
  }));
}

function serving(mode: string, full: boolean): fc.Arbitrary<RawConfig> {
  const stepped = mode === 'realtime' || mode === 'asynchronous';
  const common = some({
    ...(full && { entryPoint: script('inference') }),
    image: image(),
    environment: fc.dictionary(matching(/^[A-Z][A-Z_]{0,6}$/), fc.string({ maxLength: 20 }), {
      maxKeys: 3,
      noNullPrototype: true,
    }),
    compute: fc.constantFrom('small', 'medium', 'large', 'gpu'),
    scaling: some({ invocationsPerInstance: fc.integer({ min: 1, max: 100_000 }) }),
    alarms: some({
      p95LatencyMs: fc.integer({ min: 1, max: 10_000 }),
      errorRatePercent: fc.constantFrom(0.1, 1, 5, 100),
    }),
    ...(mode === 'realtime' && { abTest: abTest() }),
  });
  const instances = fc
    .record({ min: fc.integer({ min: mode === 'asynchronous' ? 0 : 1, max: 6 }), more: fc.integer({ min: 0, max: 6 }) })
    .map(({ min, more }) => ({ minInstances: min, maxInstances: Math.max(1, min + more) }));
  const rollouts = { stepped: fc.option(rollout(stepped)), whole: fc.option(rollout(false)) };
  return fc
    .tuple(common, fc.option(instances, { nil: {} }), modeSection(mode), rollouts.stepped, rollouts.whole)
    .map(([base, counts, section, inParts, whole]) => {
      const chosen = ((counts as RawConfig).minInstances ?? 2) >= 2 ? inParts : whole;
      return { ...base, ...counts, ...section, mode, ...(chosen && { rollout: chosen }) };
    });
}

function abTest(): fc.Arbitrary<RawConfig> {
  return some({
    trafficPercent: fc.integer({ min: 1, max: 50 }),
    durationHours: fc.integer({ min: 1, max: 720 }),
    goal: fc.constantFrom('notWorse', 'superior'),
    margin: fc.constantFrom(0.1, 0.5, 1),
  });
}

function modeSection(mode: string): fc.Arbitrary<RawConfig> {
  if (mode === 'serverless') {
    const settings = some({
      memoryMb: fc.constantFrom(1024, 2048, 6144),
      maxConcurrency: fc.integer({ min: 1, max: 200 }),
    });
    return some({ serverless: settings });
  }
  if (mode === 'asynchronous') return some({ asynchronous: some({ output: s3() }) });
  if (mode !== 'batch') return fc.constant({});
  const batch = some({ input: s3(), output: s3(), schedule: cron().map((value) => ({ cron: value })) }, ['input']);
  return fc.record({ batch });
}

function rollout(stepped: boolean): fc.Arbitrary<RawConfig> {
  return some({
    strategy: stepped ? fc.constantFrom('canary', 'linear', 'allAtOnce') : fc.constant('allAtOnce'),
    percent: fc.integer({ min: 10, max: 50 }),
    bakeMinutes: fc.integer({ min: 5, max: 45 }), // 10 steps of it are what SageMaker gives a rollout
  });
}

const testFor = (type: 'numeric' | 'categorical') =>
  fc.constantFrom(...(Object.keys(TEST_COLUMNS) as DriftTest[]).filter((test) => TEST_COLUMNS[test].includes(type)));

function monitoring(): fc.Arbitrary<RawConfig> {
  return some({
    everyHours: fc.integer({ min: 1, max: 24 }),
    windowHours: fc.integer({ min: 24, max: 720 }),
    minimumSamples: fc.integer({ min: 30, max: 100_000 }),
    capturePercent: fc.integer({ min: 1, max: 100 }),
    tests: some({ numeric: testFor('numeric'), categorical: testFor('categorical') }),
    threshold: fc.constantFrom(0.05, 0.2, 1),
    falseAlarmsPerYear: fc.constantFrom(0.5, 1, 12, 365),
    baseline: fc.constantFrom('training', 'rolling'),
    notify: fc.uniqueArray(fc.constantFrom('a@example.com', 'ml-oncall@example.com'), { maxLength: 2 }),
    quality: quality(),
  });
}

/** Settings per feature, for whatever features there will be. */
function watch(): fc.Arbitrary<RawConfig[]> {
  const threshold = fc.constantFrom(0.05, 0.2, 1);
  return fc.array(some({ numeric: testFor('numeric'), categorical: testFor('categorical'), threshold }), {
    maxLength: 4,
  });
}

/** The keys of monitoring that depend on the columns. */
function watched(named: Columns, { quality: limits }: RawConfig, settings: RawConfig[]): RawConfig {
  const complete = named.id !== undefined && named.label !== undefined && named.prediction !== undefined;
  const all = [...(named.features ?? []), ...(named.prediction ? [named.prediction] : [])];
  const features = settings.slice(0, all.length).map(({ threshold, ...tests }, i): [string, RawConfig] => {
    const test = tests[all[i].type];
    return [all[i].name, { ...(test && { test }), ...(threshold && { threshold }) }];
  });
  return {
    quality: complete ? limits : undefined,
    ...(features.length > 0 && named.features?.length && { features: Object.fromEntries(features) }),
  };
}

function quality(): fc.Arbitrary<RawConfig> {
  const limit = fc.constantFrom(
    { metric: 'auc', minimum: 0.75 },
    { metric: 'f1', minimum: 0 },
    { metric: 'rmse', maximum: 12.5 },
    { metric: 'logLoss', maximum: 0 },
  );
  const groundTruth = some(
    {
      location: s3(),
      idColumn: fc.constant('id'),
      labelColumn: fc.constant('truth'),
      maxDelayHours: fc.integer({ min: 1, max: 8760 }),
    },
    ['location', 'idColumn', 'labelColumn'],
  );
  return fc.tuple(limit, groundTruth).map(([value, truth]) => ({ ...value, groundTruth: truth }));
}

function retraining(): fc.Arbitrary<RawConfig> {
  return some({
    cooldownHours: fc.integer({ min: 1, max: 720 }),
    maxPerWeek: fc.integer({ min: 1, max: 50 }),
    minimumNewSamples: fc.integer({ min: 0, max: 1_000_000 }),
  });
}

function featureStore(): fc.Arbitrary<RawConfig> {
  const feature = fc.record({
    name: matching(/^[a-zA-Z][a-zA-Z0-9_-]{0,10}[a-zA-Z0-9]$/).filter((name) => !/^(entity|moment)$/i.test(name)),
    type: fc.constantFrom('integer', 'float', 'string'),
  });
  const unique = { selector: (value: { name: string }) => value.name.toLowerCase() };
  const stores = fc.constantFrom(
    {},
    { online: true, ttlHours: 72 },
    { online: false },
    { offline: false },
    { ttlHours: 1 },
  );
  const keys = fc.constantFrom([], [{ name: 'entity', type: 'integer' }], [{ name: 'moment', type: 'float' }]);
  const group = fc
    .record({
      name: matching(/^[a-zA-Z0-9]([a-zA-Z0-9_-]{0,10}[a-zA-Z0-9])?$/),
      features: fc.uniqueArray(feature, { ...unique, minLength: 1, maxLength: 5 }),
      stores,
      keys,
    })
    .map(({ name, features, stores: where, keys: listed }) => ({
      name,
      recordIdentifier: 'entity',
      eventTime: 'moment',
      ...where,
      features: [...listed, ...features],
    }));
  return fc.record({ groups: fc.uniqueArray(group, { ...unique, minLength: 1, maxLength: 3 }) });
}

function aws(mode: string): fc.Arbitrary<RawConfig> {
  return some({
    trainingData: s3(),
    validationData: s3(),
    testData: s3(),
    groundTruth: s3(),
    batchInput: s3(),
    batchOutput: s3(),
    asynchronousOutput: s3(),
    trainingInstanceType: fc.constantFrom('ml.m5.2xlarge', 'ml.g5.xlarge'),
    processingInstanceType: fc.constantFrom('ml.m5.large', 'ml.t3.medium'),
    servingInstanceType: fc.constantFrom('ml.m5.large', 'ml.c6i.xlarge'),
    trainingImage: image(),
    servingImage: image(),
    frameworkVersion: fc.constant('1.7-1'),
    networkIsolation: mode === 'serverless' ? fc.constant(false) : fc.boolean(),
    offlineTableFormat: fc.constantFrom('iceberg', 'glue'),
  });
}

function google(): fc.Arbitrary<RawConfig> {
  return some(
    {
      project: fc.constant('acme-ml'),
      projectNumber: fc.constant('123456789012'),
      region: fc.constant('europe-west4'),
      trainingData: fc.constantFrom('gs://acme-ml/train/', 'bq://acme-ml.flights.train'),
      validationData: fc.constant('gs://acme-ml/validation/'),
      groundTruth: fc.constantFrom('gs://acme-ml/truth/', 'bq://acme-ml.flights.truth'),
      batchInput: fc.constant('gs://acme-ml/in/'),
      batchOutput: fc.constant('gs://acme-ml/out/'),
      trainingMachineType: fc.constant('n2-standard-8'),
      servingImage: image(),
    },
    ['project', 'region'],
  );
}
