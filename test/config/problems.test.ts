import { App, Fn, Lazy, Stack, Token } from 'aws-cdk-lib';
import { expect, test } from 'vitest';
import { ConfigError } from '../../lib/config/problems';
import { resolveConfig, resolveProps, resolveSection, resolveSections } from '../../lib/config/resolve';
import { fullConfig, problemLines, withFields } from './full-config';

const NO_TOKEN =
  'got a token, but this must be known at synthesis; only locations, images and notify addresses may be tokens';

test.each<[string, Record<string, unknown>, string[]]>([
  ['a misspelt key', { 'serving.rollout.percnt': 5 }, ['serving.rollout.percnt: unknown key; did you mean percent?']],
  [
    'a key in another style',
    { 'serving.max_instances': 5 },
    ['serving.max_instances: unknown key; did you mean maxInstances?'],
  ],
  [
    'a key that is close to nothing',
    { 'serving.rollout.colour': 5 },
    ['serving.rollout.colour: unknown key, allowed: strategy, percent, bakeMinutes'],
  ],
  [
    'an unknown capability',
    { 'capabilities.driftMonitor': true },
    ['capabilities.driftMonitor: unknown key; did you mean driftMonitoring?'],
  ],
  [
    'a misspelt literal',
    { 'serving.mode': 'realtme' },
    ['serving.mode: got "realtme", allowed: realtime, serverless, asynchronous, batch; did you mean realtime?'],
  ],
  [
    'a literal that is close to nothing',
    { 'data.format': 'excel' },
    ['data.format: got "excel", allowed: csv, jsonlines, parquet'],
  ],
  [
    'a version without quotes',
    { 'training.framework.version': 1.7 },
    ['training.framework.version: got the number 1.7; write it in quotes: "1.7" (without them, 1.70 is 1.7 too)'],
  ],
  [
    'a number in quotes',
    { 'training.volumeGb': '30' },
    ['training.volumeGb: got the string "30", allowed: an integer from 1 to 16384; write it without quotes: 30'],
  ],
  ['a level in quotes', { level: '1' }, ['level: got the string "1", allowed: 0, 1, 2; write it without quotes: 1']],
  ['a level that does not exist', { level: 3 }, ['level: got 3, allowed: 0, 1, 2']],
  [
    'a flag in quotes',
    { 'training.spot': 'true' },
    ['training.spot: got the string "true", allowed: true, false; write it without quotes: true'],
  ],
  [
    'a fraction where there are none',
    { 'serving.minInstances': 2.5 },
    ['serving.minInstances: got 2.5, allowed: an integer of at least 0'],
  ],
  [
    'a threshold that is no number',
    { 'training.evaluation.threshold': NaN },
    ['training.evaluation.threshold: got NaN, allowed: a finite number'],
  ],
  [
    'a missing key',
    { 'training.evaluation.metric': undefined },
    [
      'training.evaluation.metric: missing, allowed: a metric name of 1 to 64 letters, digits and _, not starting with a digit',
    ],
  ],
  [
    'an empty section',
    { serving: null },
    [
      'serving: got nothing (null), allowed: a map of mode, entryPoint, image, environment, compute, minInstances, maxInstances, scaling, serverless, asynchronous, batch, rollout, alarms, abTest',
    ],
  ],
  [
    'a list for a map',
    { retraining: [1, 'two'] },
    ['retraining: got [1, "two"], allowed: a map of cooldownHours, maxPerWeek, minimumNewSamples'],
  ],
  [
    'a local path',
    { 'data.training': '/data/train' },
    ['data.training: got "/data/train", allowed: s3://bucket/prefix, gs://bucket/prefix, bq://project.dataset.table'],
  ],
  [
    'a web address',
    { 'data.training': 'https://acme.s3.amazonaws.com/train/' },
    [
      'data.training: got "https://acme.s3.amazonaws.com/train/", allowed: s3://bucket/prefix, gs://bucket/prefix, bq://project.dataset.table',
    ],
  ],
  [
    'data on Google under aws',
    { 'aws.trainingData': 'gs://acme/train/' },
    ['aws.trainingData: got "gs://acme/train/", allowed: s3://bucket/prefix'],
  ],
  [
    'an image that is too long',
    { 'serving.image': `a/${'b'.repeat(254)}` },
    [
      `serving.image: got "a/${'b'.repeat(73)}…", allowed: an image URI of at most 255 characters such as registry.example.com/team/image:tag, without https://`,
    ],
  ],
  [
    'an image with a scheme',
    { 'serving.image': 'https://registry.example.com/own:1' },
    [
      'serving.image: got "https://registry.example.com/own:1", allowed: an image URI of at most 255 characters such as registry.example.com/team/image:tag, without https://',
    ],
  ],
  [
    'a script outside the source',
    { 'training.entryPoint': '../train.py' },
    [
      `training.entryPoint: got "../train.py", allowed: a path inside training.source, of at most 250 letters, digits and . _ - /, without '..'`,
    ],
  ],
  [
    'an absolute script',
    { 'training.entryPoint': '/train.py' },
    [
      `training.entryPoint: got "/train.py", allowed: a path inside training.source, of at most 250 letters, digits and . _ - /, without '..'`,
    ],
  ],
  [
    'a script with shell characters',
    { 'training.entryPoint': 'train.py;id' },
    [
      `training.entryPoint: got "train.py;id", allowed: a path inside training.source, of at most 250 letters, digits and . _ - /, without '..'`,
    ],
  ],
  [
    'a hyperparameter name with a space',
    { 'training.hyperparameters': { 'a b': 1 } },
    [
      'training.hyperparameters["a b"]: got the key "a b", allowed: a name of 1 to 256 letters, digits and . _ -, starting with a letter or _',
    ],
  ],
  [
    'a hyperparameter that is a list',
    { 'training.hyperparameters': { layers: [1, 2] } },
    [
      'training.hyperparameters.layers: got [1, 2], allowed: a string of at most 2500 characters as JSON, a finite number, true or false',
    ],
  ],
  [
    'a hyperparameter that is too long',
    { 'training.hyperparameters': { a: 'x'.repeat(2499) } },
    [
      `training.hyperparameters.a: got "${'x'.repeat(75)}…", allowed: a string of at most 2500 characters as JSON, a finite number, true or false`,
    ],
  ],
  [
    'a variable that is a number',
    { 'serving.environment': { WORKERS: 4 } },
    ['serving.environment.WORKERS: got the number 4; write it in quotes: "4"'],
  ],
  [
    'an address without a domain',
    { 'monitoring.notify': ['oncall'] },
    ['monitoring.notify[0]: got "oncall", allowed: an e-mail address such as ml-oncall@example.com'],
  ],
  [
    'a name that ends in a hyphen',
    { name: 'flights-' },
    [
      'name: got "flights-", allowed: 1 to 40 lower-case letters, digits and hyphens, starting with a letter and not ending in a hyphen, other than constructor',
    ],
  ],
  [
    'a feature name that the store refuses',
    { 'featureStore.groups.0.features.0.name': 'dist_' },
    [
      'featureStore.groups[0].features[0].name: got "dist_", allowed: 1 to 64 letters, digits, hyphens and underscores, starting and ending with a letter or digit',
    ],
  ],
  ['no groups', { 'featureStore.groups': [] }, ['featureStore.groups: got [], allowed: a list of 1 to 40 groups']],
  [
    'an odd memory size',
    { level: 0, 'serving.mode': 'serverless', 'serving.rollout': undefined, 'serving.serverless': { memoryMb: 1000 } },
    ['serving.serverless.memoryMb: got 1000, allowed: 1024, 2048, 3072, 4096, 5120, 6144'],
  ],
  [
    'a cron of six fields',
    { 'training.schedule.cron': '0 3 * * ? *' },
    [
      'training.schedule.cron: got "0 3 * * ? *", allowed: five fields, minute hour day-of-month month day-of-week, such as "0 3 * * *"',
    ],
  ],
])('%s', (_title, fields, lines) => {
  expect(problemLines(withFields(fields))).toEqual(lines);
});

test('every problem is said at once: shapes, misspellings and rules', () => {
  const lines = problemLines(
    withFields({
      'serving.rollout.percnt': 3,
      'serving.minInstances': 9,
      'training.framework.version': 1.7,
      'training.entryPoint': undefined,
      'data.features.1.type': 'categorial',
      'data.features.2': { name: 'distance', type: 'numeric' },
      'monitoring.features': { orign: {} },
      'capabilities.driftMonitoring': false,
      featureStore: undefined,
    }),
  );
  expect(lines).toEqual([
    'data.features[1].type: got "categorial", allowed: numeric, categorical; did you mean categorical?',
    'training.framework.version: got the number 1.7; write it in quotes: "1.7" (without them, 1.70 is 1.7 too)',
    expect.stringContaining('training.entryPoint: missing'),
    'serving.rollout.percnt: unknown key; did you mean percent?',
    'data.features[2].name: "distance" is listed twice, first as data.features[0]',
    'serving.minInstances: got 9, above maxInstances 4; raise maxInstances, or lower it',
    'monitoring.features.orign: neither a feature nor the prediction; did you mean origin?',
    'featureStore.groups: level 2 needs it; add a group, or set level: 1',
    expect.stringContaining('capabilities.retraining: level 2 turns it on'),
  ]);
});

test('a rule stays silent about what is already said to be invalid', () => {
  expect(
    problemLines(withFields({ 'data.features': undefined, 'data.featurs': [], 'monitoring.features': undefined })),
  ).toEqual(['data.featurs: unknown key; did you mean features?']);
  expect(problemLines(withFields({ 'serving.mode': 'serverles' }))).toHaveLength(1);
});

test('an error holds its problems, and lists them on lines of their own', () => {
  const error = new ConfigError(
    [
      { path: '', message: 'first' },
      { path: 'a.b', message: 'second' },
    ],
    'base.yaml + prod.yaml',
  );
  expect(error.message).toBe('invalid config in base.yaml + prod.yaml:\nconfig: first\na.b: second');
  expect(error).toBeInstanceOf(Error);
  expect(error.name).toBe('ConfigError');
});

test.each([
  [null, 'config: the config is empty; it needs at least name and level'],
  [undefined, 'config: the config is empty; it needs at least name and level'],
  [[], 'config: got [], allowed: a map that starts with name and level'],
  ['flights', 'config: got "flights", allowed: a map that starts with name and level'],
])('a root of %j', (input, line) => {
  expect(problemLines(input)).toEqual([line]);
});

test('dangerous keys are unknown keys, and change no prototype', () => {
  const parsed = JSON.parse(
    '{"name":"a","level":0,"__proto__":{"level":2},"serving":{"constructor":{"prototype":{"x":1}}}}',
  );
  expect(problemLines(parsed)).toEqual([
    '__proto__: unknown key',
    expect.stringMatching(/^serving\.constructor: unknown key, allowed: /),
  ]);
  expect(
    problemLines(JSON.parse('{"name":"a","level":0,"monitoring":{"features":{"__proto__":{"threshold":9}}}}')),
  ).toEqual(['monitoring.features.__proto__: unknown key']);
});

test('a map whose members cannot be compared is a problem like any other', () => {
  const uncomparable = { length: { toString: 'a', valueOf: 1 }, size: { toString: 'a', valueOf: 1 }, toString: 1 };
  const at = (path: string) => expect.stringMatching(new RegExp(`^${path}: got a map`));
  const config = { name: uncomparable, level: uncomparable, data: { training: uncomparable } };
  expect(problemLines({ ...config, featureStore: { groups: uncomparable } })).toEqual(
    expect.arrayContaining([at('name'), at('level'), at('data.training'), at('featureStore.groups')]),
  );
  expect(({} as any).level).toBeUndefined();
});

test('a column may be called like an object property', () => {
  const config = withFields({
    'data.features.0.name': 'constructor',
    'monitoring.features': { constructor: { threshold: 0.5 }, toString: {} },
  });
  expect(problemLines(config)).toEqual([expect.stringContaining('monitoring.features.toString: neither a feature')]);
});

test('cycles, depth, size and values that are no data are said, not thrown', () => {
  const cyclic: any = fullConfig();
  cyclic.serving.alarms = cyclic;
  expect(problemLines(cyclic)).toEqual([
    'serving.alarms: the value contains itself, allowed: plain data without cycles',
  ]);
  const deep = JSON.parse('{"a":'.repeat(5000) + '1' + '}'.repeat(5000));
  expect(problemLines(withFields({ google: deep }))).toContainEqual(
    expect.stringContaining('nested more than 32 levels deep'),
  );
  const wide = withFields({ 'monitoring.notify': Array.from({ length: 200_000 }, () => 'x') });
  expect(problemLines(wide)).toContainEqual(expect.stringContaining('the config holds more than 100000 values'));
  expect(problemLines(withFields({ 'training.hyperparameters': new Map([['a', 1]]) }))).toEqual([
    'training.hyperparameters: got a Map, allowed: plain data',
  ]);
  expect(problemLines(withFields({ name: () => 'flights' }))).toEqual(['name: got a function, allowed: plain data']);
});

test('tokens of the CDK are taken in locations, images and addresses', () => {
  const text = (value: string) => Lazy.string({ produce: () => value });
  const config = withFields({
    'data.training': text('s3://b/train/'),
    'monitoring.quality.groundTruth.location': `s3://${text('bucket')}/truth/`,
    'monitoring.notify': [text('a@example.com'), Fn.importValue('Address')],
    'aws.trainingData': text('s3://b/train/'),
    'aws.servingImage': text('image'),
    'google.trainingData': '${TfToken[TOKEN.0]}',
    'serving.image': `${text('account')}.dkr.ecr.eu-west-1.amazonaws.com/own:1`,
  });
  expect(problemLines(config, { cloud: 'aws' })).toEqual([]);
});

test('tokens of the CDK are refused where synthesis must know the value', () => {
  const stack = new Stack(new App(), 'Stack');
  const config = withFields({
    name: stack.stackName + Lazy.string({ produce: () => 'x' }),
    'data.label.name': Lazy.string({ produce: () => 'x' }),
    'serving.mode': Lazy.string({ produce: () => 'batch' }),
    'serving.maxInstances': Token.asNumber(Lazy.number({ produce: () => 4 })),
    'training.hyperparameters': { a: Token.asNumber(Lazy.number({ produce: () => 4 })), b: Fn.ref('X') },
    'monitoring.notify': Token.asList(Lazy.list({ produce: () => ['a@example.com'] })),
    'training.framework': Lazy.any({ produce: () => ({}) }),
  });
  expect(problemLines(config).toSorted()).toEqual(
    [
      `data.label.name: ${NO_TOKEN}`,
      `monitoring.notify: ${NO_TOKEN}`,
      `name: ${NO_TOKEN}`,
      `serving.maxInstances: ${NO_TOKEN}`,
      `serving.mode: ${NO_TOKEN}`,
      `training.framework: ${NO_TOKEN}`,
      `training.hyperparameters.a: ${NO_TOKEN}`,
      `training.hyperparameters.b: ${NO_TOKEN}`,
    ].toSorted(),
  );
});

test('defaults are those of the docs, and depend on mode and instances where the docs say so', () => {
  const bare = resolveConfig({ name: 'a', level: 0 });
  expect(bare).toEqual({
    name: 'a',
    level: 0,
    data: { format: 'csv', features: [] },
    serving: {
      mode: 'realtime',
      environment: {},
      compute: 'small',
      minInstances: 2,
      maxInstances: 4,
      scaling: { invocationsPerInstance: 1000 },
      rollout: { strategy: 'canary', percent: 50, bakeMinutes: 10 },
      alarms: { p95LatencyMs: 500, errorRatePercent: 1 },
    },
    capabilities: {},
    aws: { networkIsolation: false, offlineTableFormat: 'iceberg' },
  });
  expect(resolveSection('serving', { minInstances: 1 }).rollout.strategy).toBe('allAtOnce');
  expect(resolveSection('serving', { minInstances: 9 }).maxInstances).toBe(9);
  expect(resolveSection('serving', { mode: 'serverless' })).toMatchObject({
    rollout: { strategy: 'allAtOnce' },
    serverless: { memoryMb: 2048, maxConcurrency: 5 },
  });
  expect(resolveSection('serving', { mode: 'asynchronous' })).toMatchObject({
    rollout: { strategy: 'canary' },
    asynchronous: {},
  });
});

test('a relative source resolves against the base folder', () => {
  expect(resolveConfig(fullConfig(), { baseDir: '/projects/flights' }).training?.source).toBe(
    '/projects/flights/training',
  );
  expect(resolveConfig(fullConfig()).training?.source).toBe('./training');
});

const linesOf = (resolve: () => unknown) => {
  try {
    resolve();
    return [];
  } catch (error) {
    return (error as Error).message.split('\n');
  }
};

test('a section by itself is named as its construct names it', () => {
  const serving = { minInstances: 9, maxInstances: 4, mod: 1 };
  expect(linesOf(() => resolveSection('serving', serving))).toEqual([
    'serving.mod: unknown key; did you mean mode?',
    expect.stringContaining('serving.minInstances: got 9'),
  ]);
  expect(linesOf(() => resolveSection('serving', serving, 'props.serving'))[1]).toMatch(
    /^props\.serving\.minInstances: got 9/,
  );
  expect(linesOf(() => resolveProps('serving', { ...serving, vpc: new Stack() }))).toEqual([
    expect.stringMatching(/^minInstances: got 9/),
  ]);
});

test('sections together keep the rules between them, and what a capability needs', () => {
  const { data, training } = withFields({
    'training.preprocess': undefined,
    'data.split': undefined,
    'data.training': undefined,
  });
  expect(linesOf(() => resolveSections({ data, training }))).toEqual([]);
  expect(
    linesOf(() =>
      resolveSections({ data, training }, { capabilities: ['trainingPipeline'], at: { data: 'props.data' } }),
    ),
  ).toEqual([
    'props.data.training: missing; trainingPipeline needs it; say where the training data is',
    expect.stringMatching(/^props\.data\.validation: missing; without training\.preprocess/),
  ]);
});
