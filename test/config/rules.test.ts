import { expect, test } from 'vitest';
import { fullConfig, problemLines, withFields } from './full-config';

/** Fields that break exactly one rule, and what is said about it. */
type Case = [rule: string, fields: Record<string, unknown>, lines: string[]];

const column = (name: string, type = 'numeric') => ({ name, type });
const many = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, i) => [`P${i}`, '1']));

test('the full config breaks no rule, on no cloud in particular and on AWS', () => {
  expect(problemLines(fullConfig())).toEqual([]);
  expect(problemLines(fullConfig(), { cloud: 'aws' })).toEqual([]);
});

const GROUP = { recordIdentifier: 'id', eventTime: 'at', features: [{ name: 'x', type: 'float' }] };

/** What makes the full config fit Google Cloud. */
const ON_GOOGLE = { 'google.trainingData': 'gs://acme/train/', 'google.groundTruth': 'gs://acme/truth/' };

const DATA: Case[] = [
  [
    'a feature listed twice',
    { 'data.features.2': column('distance') },
    ['data.features[2].name: "distance" is listed twice, first as data.features[0]'],
  ],
  [
    'a label named like a feature',
    { 'data.label.name': 'distance' },
    [`data.label.name: "distance" is also data.features[0]; a model's input cannot be its label`],
  ],
  [
    'a prediction named like a feature',
    { 'data.prediction.name': 'origin' },
    [`data.prediction.name: "origin" is also data.features[1]; a model's input cannot be its prediction`],
  ],
  [
    'an id named like a feature',
    { 'data.id': 'distance' },
    [`data.id: "distance" is also data.features[0]; a model's input cannot be its id`],
  ],
  [
    'an id named like the label',
    { 'data.id': 'delayed' },
    ['data.id: "delayed" is also data.label.name; a request id has a column of its own'],
  ],
  [
    'a split beside own sets',
    { 'data.validation': 's3://acme/v/', 'data.test': 's3://acme/t/' },
    [
      'data.validation: cannot stand together with data.split; remove one of them',
      'data.test: cannot stand together with data.split; remove one of them',
    ],
  ],
  [
    'a split by time without a column',
    { 'data.split': { by: 'time' } },
    ['data.split.column: missing; a split by time needs the column that orders the rows'],
  ],
  [
    'a random split with a column',
    { 'data.split': { by: 'random', column: 'date' } },
    ['data.split.column: got "date", but a random split uses no column; remove it, or split by time'],
  ],
  [
    'a split that leaves no rows, with a default on one side',
    { 'data.split.validationFraction': 0.9 },
    [
      'data.split: validationFraction 0.9 and testFraction 0.1 leave no rows for training; together they must stay below 1',
    ],
  ],
];

const TRAINING: Case[] = [
  [
    'neither framework nor image',
    { 'training.framework': undefined },
    ['training: needs framework (such as { name: xgboost, version: "1.7" }) or image'],
  ],
  [
    'framework and image',
    { 'training.image': 'registry.example.com/own:1' },
    ['training.image: cannot stand together with training.framework; remove one of them'],
  ],
  [
    'too many hyperparameters',
    { 'training.hyperparameters': many(81) },
    ['training.hyperparameters: got 81, allowed: at most 80'],
  ],
  [
    "a hyperparameter of the toolkit's",
    { 'training.hyperparameters': { sagemaker_program: 'x.py' } },
    [
      'training.hyperparameters.sagemaker_program: names that start with sagemaker_ belong to the training toolkit; choose another name',
    ],
  ],
  [
    'a split without preprocessing',
    { 'training.preprocess': undefined },
    ['data.split: needs training.preprocess, the script that divides the data; add it, or give data.validation'],
  ],
  [
    'no data for the gate',
    { 'training.preprocess': undefined, 'data.split': undefined },
    [
      'data.validation: missing; without training.preprocess the evaluation needs data of its own; give data.validation or data.test, or add training.preprocess',
    ],
  ],
];

const SERVING: Case[] = [
  [
    "another mode's section",
    { 'serving.serverless': { memoryMb: 1024 } },
    ['serving.serverless: serving.mode is realtime; remove the section, or set mode: serverless'],
  ],
  [
    'batch without its section',
    { 'serving.mode': 'batch', 'serving.rollout': undefined, 'capabilities.abTest': false },
    ['serving.batch: missing; batch mode needs to know its input'],
  ],
  [
    'fewest above most instances',
    { 'serving.minInstances': 5 },
    ['serving.minInstances: got 5, above maxInstances 4; raise maxInstances, or lower it'],
  ],
  [
    'most instances below the default of fewest',
    { 'serving.minInstances': undefined, 'serving.maxInstances': 1 },
    ['serving.maxInstances: got 1, but minInstances is 2 by default; raise maxInstances, or set minInstances too'],
  ],
  [
    'an idle real-time endpoint',
    { 'serving.minInstances': 0, 'serving.rollout': undefined },
    ['serving.minInstances: got 0, allowed: at least 1 in realtime mode; only asynchronous endpoints can stand at 0'],
  ],
  [
    'a canary with one instance',
    { 'serving.minInstances': 1 },
    [
      'serving.rollout.strategy: got "canary", which needs at least 2 instances, but minInstances is 1; raise it, or use allAtOnce',
    ],
  ],
  [
    'a canary on a serverless endpoint',
    { level: 0, 'serving.mode': 'serverless' },
    ['serving.rollout.strategy: got "canary", but serverless mode has no instances to move in parts; use allAtOnce'],
  ],
  [
    'a canary above half',
    { 'serving.rollout.percent': 51 },
    ['serving.rollout.percent: got 51, allowed: an integer from 1 to 50'],
  ],
  [
    'linear steps below 10 percent',
    { 'serving.rollout': { strategy: 'linear', percent: 5 } },
    ['serving.rollout.percent: got 5, allowed: 10 to 50 for linear steps'],
  ],
  [
    'an A/B test of a batch model',
    {
      level: 1,
      'serving.mode': 'batch',
      'serving.batch': { input: 's3://acme/in/' },
      'serving.rollout': undefined,
      'serving.abTest': {},
    },
    [
      'serving.abTest: serving.mode is batch, but an A/B test needs realtime; remove the section, or set mode: realtime',
    ],
  ],
  [
    'too many variables',
    { 'serving.environment': many(81) },
    ['serving.environment: got 81 variables, allowed: at most 80'],
  ],
  [
    'an inference script without its folder',
    { level: 0, training: undefined },
    [
      'serving.entryPoint: the script lies in training.source, but there is no training section; add it, or remove entryPoint',
    ],
  ],
  [
    'a burstable type that should scale',
    { 'aws.servingInstanceType': 'ml.t2.medium' },
    [
      'aws.servingInstanceType: got "ml.t2.medium", but burstable types cannot be scaled; choose another, or set maxInstances equal to minInstances',
    ],
  ],
];

const MONITORING: Case[] = [
  [
    'chi-squared for numbers',
    { 'monitoring.tests': { numeric: 'chiSquared' } },
    [
      'monitoring.tests.numeric: got "chiSquared", allowed for numeric columns: psi, jensenShannon, lInfinity, ks, wasserstein',
    ],
  ],
  [
    'ks for categories',
    { 'monitoring.tests': { categorical: 'ks' } },
    [
      'monitoring.tests.categorical: got "ks", allowed for categorical columns: psi, jensenShannon, lInfinity, chiSquared',
    ],
  ],
  [
    'a threshold outside the range of a test in use',
    { 'monitoring.threshold': 1.5 },
    ['monitoring.threshold: got 1.5, allowed for ks: a number above 0 and at most 1'],
  ],
  [
    'an unknown feature, with the nearest',
    { 'monitoring.features': { orign: {} } },
    ['monitoring.features.orign: neither a feature nor the prediction; did you mean origin?'],
  ],
  [
    'an unknown feature, far from all',
    { 'monitoring.features': { 'wind speed': {} } },
    [
      'monitoring.features["wind speed"]: neither a feature nor the prediction; add it to data.features, or remove it here',
    ],
  ],
  [
    "a test that does not fit the feature's type",
    { 'monitoring.features': { origin: { test: 'wasserstein' } } },
    [
      'monitoring.features.origin.test: got "wasserstein", allowed for categorical columns: psi, jensenShannon, lInfinity, chiSquared',
    ],
  ],
  [
    "a feature's threshold outside the range of its own test",
    { 'monitoring.features': { origin: { test: 'jensenShannon', threshold: 1.2 } } },
    ['monitoring.features.origin.threshold: got 1.2, allowed for jensenShannon: a number above 0 and at most 1'],
  ],
  [
    "a feature's threshold outside the range of its type's test",
    { 'monitoring.features': { distance: { threshold: 2 } } },
    ['monitoring.features.distance.threshold: got 2, allowed for ks: a number above 0 and at most 1'],
  ],
  [
    'a window shorter than the cadence',
    { 'monitoring.everyHours': 12, 'monitoring.windowHours': 6 },
    ['monitoring.windowHours: got 6, allowed: at least everyHours, which is 12'],
  ],
  [
    'a cadence longer than the default window',
    { 'monitoring.everyHours': 48 },
    ['monitoring.windowHours: 24 by default, allowed: at least everyHours, which is 48'],
  ],
  [
    'a limit on the wrong side',
    { 'monitoring.quality.metric': 'rmse' },
    ['monitoring.quality.minimum: got 0.75, but of rmse less is better; use maximum'],
  ],
  [
    'both limits',
    { 'monitoring.quality.maximum': 1 },
    ['monitoring.quality.maximum: got 1, but of auc more is better; use minimum'],
  ],
  [
    'no limit',
    { 'monitoring.quality.minimum': undefined },
    ['monitoring.quality.minimum: missing; of auc it is the limit'],
  ],
  [
    'a limit that no model can miss or reach',
    { 'monitoring.quality.minimum': 75 },
    ['monitoring.quality.minimum: got 75, allowed for auc: a number from 0 to 1'],
  ],
  [
    'quality without id, label and prediction',
    { 'data.id': undefined, 'data.label': undefined, 'data.prediction': undefined },
    [
      'data.id: missing; monitoring.quality needs the request id that joins predictions with ground truth; add it, or remove monitoring.quality',
      'data.label: missing; monitoring.quality needs the column to predict; add it, or remove monitoring.quality',
      "data.prediction: missing; monitoring.quality needs the model's output; add it, or remove monitoring.quality",
    ],
  ],
  [
    'an address listed twice',
    { 'monitoring.notify.1': 'ml@example.com' },
    ['monitoring.notify[1]: "ml@example.com" is listed twice, first as monitoring.notify[0]'],
  ],
];

const group = (fields: object) => ({ 'featureStore.groups.0': { ...fullConfig().featureStore.groups[0], ...fields } });

const FEATURE_STORE: Case[] = [
  [
    'two groups of one name',
    { 'featureStore.groups.1': { ...fullConfig().featureStore.groups[0], name: 'Flights' } },
    [
      'featureStore.groups[1].name: "flights" is listed twice (upper and lower case are the same), first as featureStore.groups[0]',
    ],
  ],
  [
    'a physical name that is too long',
    group({ name: 'g'.repeat(57) }),
    [`featureStore.groups[0].name: the full name "flights-${'g'.repeat(57)}" has 65 characters, allowed: at most 64`],
  ],
  [
    'a stored feature listed twice',
    group({ features: [column('distance', 'float'), column('Distance', 'float')] }),
    [
      'featureStore.groups[0].features[1].name: "distance" is listed twice (upper and lower case are the same), first as features[0]',
    ],
  ],
  [
    'a reserved name',
    group({ features: [column('write_time', 'float')] }),
    [
      'featureStore.groups[0].features[0].name: got "write_time", which the offline store adds itself; choose another name than is_deleted, write_time, api_invocation_time',
    ],
  ],
  [
    'a group stored nowhere',
    group({ online: false, offline: false }),
    ['featureStore.groups[0]: neither online nor offline; switch one of them on'],
  ],
  [
    'expiry without an online store',
    group({ online: false, ttlHours: 5 }),
    ['featureStore.groups[0].ttlHours: only online records expire; remove it, or set online: true'],
  ],
  [
    'identifier and time in one feature',
    group({ eventTime: 'id' }),
    ['featureStore.groups[0].eventTime: "id" is also recordIdentifier; name two features'],
  ],
  [
    'an identifier that is a float',
    group({ features: [column('id', 'float')] }),
    ['featureStore.groups[0].features[0].type: got "float", allowed for recordIdentifier: string, integer'],
  ],
  [
    'an event time that is an integer',
    group({ features: [column('at', 'integer')] }),
    [
      'featureStore.groups[0].features[0].type: got "integer", allowed for eventTime: string (ISO-8601), float (Unix seconds)',
    ],
  ],
];

const LEVELS: Case[] = [
  [
    'level 2 without a feature store',
    { featureStore: undefined },
    ['featureStore.groups: level 2 needs it; add a group, or set level: 1'],
  ],
  [
    'a level that needs training',
    { level: 1, training: undefined, 'serving.entryPoint': undefined },
    [
      'training: missing; trainingPipeline needs it (level 1 turns it on); add the section, or set capabilities.trainingPipeline: false and capabilities.driftMonitoring: false',
    ],
  ],
  [
    'a level that needs training data',
    { level: 1, 'data.training': undefined },
    [
      'data.training: missing; trainingPipeline needs it (level 1 turns it on); say where the training data is, or set capabilities.trainingPipeline: false and capabilities.driftMonitoring: false',
    ],
  ],
  [
    'a level that needs features',
    { level: 1, 'data.features': undefined, 'monitoring.features': undefined },
    [
      "data.features: missing; driftMonitoring needs it (level 1 turns it on); list the model's inputs, or set capabilities.driftMonitoring: false",
    ],
  ],
  [
    'a capability switched on by hand that needs features',
    {
      level: 0,
      capabilities: { dataCapture: true, trainingPipeline: true, driftMonitoring: true },
      'data.features': [],
    },
    [
      "data.features: missing; driftMonitoring needs it (capabilities.driftMonitoring turns it on); list the model's inputs, or set capabilities.driftMonitoring: false",
    ],
  ],
  [
    'a prerequisite switched off',
    { 'capabilities.driftMonitoring': false },
    [
      'capabilities.retraining: level 2 turns it on, but it needs driftMonitoring, which capabilities.driftMonitoring switches off; switch retraining off too',
    ],
  ],
  [
    'a prerequisite that is off at the level',
    { level: 0, 'capabilities.automaticApproval': true },
    [
      'capabilities.automaticApproval: it needs trainingPipeline, which is off at level 0; switch trainingPipeline on too, or set level: 1',
    ],
  ],
  [
    'a serverless endpoint that should be captured',
    { level: 1, 'serving.mode': 'serverless', 'serving.rollout': undefined },
    [
      'capabilities.dataCapture: level 1 turns it on, but serverless endpoints capture no data; set capabilities.dataCapture: false and capabilities.driftMonitoring: false, or choose another serving.mode',
    ],
  ],
  [
    'an A/B test of an asynchronous endpoint',
    { 'serving.mode': 'asynchronous' },
    [
      'capabilities.abTest: level 2 turns it on, but serving.mode is asynchronous and an A/B test needs realtime; set capabilities.abTest: false, or serving.mode: realtime',
    ],
  ],
];

test.each([...DATA, ...TRAINING, ...SERVING, ...MONITORING, ...FEATURE_STORE, ...LEVELS])(
  '%s',
  (_rule, fields, lines) => {
    expect(problemLines(withFields(fields))).toEqual(lines);
  },
);

test.each([
  [
    'data on another cloud',
    'aws' as const,
    { 'data.training': 'gs://acme/train/' },
    [
      'data.training: got "gs://acme/train/", allowed on AWS: s3://bucket/prefix; or name a location there with aws.trainingData',
    ],
  ],
  [
    'data on another cloud, overridden',
    'aws' as const,
    { 'data.training': 'gs://acme/train/', 'aws.trainingData': 's3://acme/train/' },
    [],
  ],
  [
    'data only in the cloud section',
    'aws' as const,
    { 'data.training': undefined, 'aws.trainingData': 's3://acme/train/' },
    [],
  ],
  [
    "data only in the other cloud's section",
    'aws' as const,
    { level: 1, 'data.training': undefined, 'google.trainingData': 'bq://acme-ml.flights.train' },
    [
      'data.training: missing; trainingPipeline needs it (level 1 turns it on); say where the training data is, or set capabilities.trainingPipeline: false and capabilities.driftMonitoring: false',
    ],
  ],
  [
    'ground truth on another cloud',
    'google' as const,
    { 'google.trainingData': 'gs://acme/train/' },
    [
      'monitoring.quality.groundTruth.location: got "s3://acme/truth/", allowed on Google Cloud: gs://bucket/prefix, bq://project.dataset.table; or name a location there with google.groundTruth',
    ],
  ],
  [
    'ground truth on another cloud, overridden',
    'google' as const,
    { 'google.trainingData': 'gs://acme/train/', 'google.groundTruth': 'bq://acme-ml.flights.truth' },
    [],
  ],
  [
    'batch locations on another cloud, overridden',
    'google' as const,
    {
      ...ON_GOOGLE,
      'serving.mode': 'batch',
      'serving.rollout': undefined,
      'serving.batch': { input: 's3://acme/in/', output: 's3://acme/out/', schedule: { cron: '0 3 * * *' } },
      'google.batchInput': 'gs://acme/in/',
      'google.batchOutput': 'gs://acme/out/',
      'capabilities.abTest': false,
      'capabilities.driftMonitoring': false,
      'capabilities.retraining': false,
    },
    [],
  ],
  [
    'batches that nobody can watch',
    'google' as const,
    {
      ...ON_GOOGLE,
      'serving.mode': 'batch',
      'serving.rollout': undefined,
      'serving.batch': { input: 'gs://acme/in/' },
      'capabilities.abTest': false,
    },
    [
      'capabilities.driftMonitoring: level 2 turns it on, but batch predictions are not logged on Google Cloud; set capabilities.driftMonitoring: false and capabilities.retraining: false, or choose another serving.mode',
    ],
  ],
  [
    'shares that Vertex AI cannot give',
    'google' as const,
    { ...ON_GOOGLE, 'serving.abTest': { trafficPercent: 12.5 } },
    ['serving.abTest.trafficPercent: got 12.5, allowed on Google Cloud: whole percents; use 13'],
  ],
  [
    'endpoints that Vertex AI does not have',
    'google' as const,
    {
      ...ON_GOOGLE,
      level: 0,
      'serving.mode': 'asynchronous',
      'serving.rollout': undefined,
      'serving.asynchronous': { output: 'gs://acme/answers/' },
    },
    [
      'serving.mode: got "asynchronous", allowed on Google Cloud: realtime, batch; Vertex AI has no asynchronous endpoints',
    ],
  ],
  [
    'names that are one in BigQuery',
    'google' as const,
    {
      ...ON_GOOGLE,
      'featureStore.groups.0.features': ['air-time', 'air_time', 'feature-timestamp'].map((name) =>
        column(name, 'float'),
      ),
      'featureStore.groups.1': { ...GROUP, name: 'a-b' },
      'featureStore.groups.2': { ...GROUP, name: 'a_b' },
    },
    [
      'featureStore.groups[2].name: "a_b" is the table a_b on Google Cloud, and so is featureStore.groups[1]; rename one of them',
      'featureStore.groups[0].features[1].name: "air_time" is the column air_time on Google Cloud, and so is features[0].name; rename one of them',
      'featureStore.groups[0].features[2].name: got "feature-timestamp", which Vertex AI takes for the time of a record; rename it, or make it the eventTime',
    ],
  ],
  [
    'a feature group without an offline store',
    'google' as const,
    { ...ON_GOOGLE, 'featureStore.groups.0.offline': false, 'featureStore.groups.0.online': true },
    [
      'featureStore.groups[0].offline: got false, allowed on Google Cloud: true; its online store is filled from BigQuery, which is the offline store',
    ],
  ],
  [
    'a linear rollout that takes longer than SageMaker waits',
    'aws' as const,
    { 'serving.rollout': { strategy: 'linear', percent: 10, bakeMinutes: 46 } },
    [
      'serving.rollout.bakeMinutes: got 46, and 10 steps of 10 % take 460 minutes; SageMaker ends a rollout after 8 hours, which with the start of machines leaves 455; use at most 45, or raise percent',
    ],
  ],
  [
    'a linear rollout that is just in time',
    'aws' as const,
    { 'serving.rollout': { strategy: 'linear', percent: 10, bakeMinutes: 45 } },
    [],
  ],
  [
    'the slowest canary, which is always in time',
    'aws' as const,
    { 'serving.rollout': { strategy: 'canary', percent: 1, bakeMinutes: 60 } },
    [],
  ],
  [
    'an isolated container on a serverless endpoint',
    'aws' as const,
    {
      level: 0,
      'serving.mode': 'serverless',
      'serving.rollout': undefined,
      'serving.abTest': undefined,
      'aws.networkIsolation': true,
    },
    [
      'aws.networkIsolation: got true, but the containers of serverless endpoints cannot be isolated; set it to false, or choose another serving.mode',
    ],
  ],
  [
    'Google Cloud without its section',
    'google' as const,
    { google: undefined, 'data.training': 'gs://acme/train/', 'monitoring.quality': undefined },
    ['google: missing; Google Cloud needs project and region'],
  ],
])('on one cloud: %s', (_rule, cloud, fields, lines) => {
  expect(problemLines(withFields(fields), { cloud })).toEqual(lines);
});

test('what is off asks for nothing: a bare config at level 0', () => {
  expect(problemLines({ name: 'flights', level: 0 })).toEqual([]);
});

test('a threshold above 1 is fine where only unbounded tests are in use', () => {
  expect(
    problemLines(withFields({ 'monitoring.threshold': 1.5, 'monitoring.tests': { numeric: 'wasserstein' } })),
  ).toEqual([]);
  expect(
    problemLines(
      withFields({
        'monitoring.threshold': 1.5,
        'monitoring.features': { distance: { test: 'psi' }, score: { test: 'psi' } },
      }),
    ),
  ).toEqual([]);
});
