// What comes of each key of the config on AWS and on Google Cloud, in a few words: `[on AWS, on Google Cloud]`, or one text for both.
// tools/generate-cloud-docs.mjs writes it into docs/clouds.md; test/docs/clouds.test.ts holds it against what both clouds synthesize.
//
// `refused:` is followed by the values that validation refuses on that cloud alone, in backticks, or by the reason why it refuses all.

/** The other cloud's own section. */
const NOT_READ = 'not read';

/** A location that one cloud has under a scheme of its own, and the key that names another place there. */
const location = (aws, google, key) => [
  `${aws}; refused: \`gs://\`, \`bq://\` (give \`aws.${key}\`)`,
  `${google}; refused: \`s3://\` (give \`google.${key}\`)`,
];

const FOLDER = 'folder that the jobs read';
const FOLDER_OR_TABLE = 'folder that the jobs read, or a BigQuery table, exported to files first';
const IN_CONTRACT = 'in `mlops.json`, for the scripts';
/** A document that whatever looks for drift reads. */
const IN_RULES = 'in the rules of the drift monitor';
const ECR = 'own image, in ECR';
const ARTIFACT_REGISTRY = 'own image, in Artifact Registry; refused: `*.amazonaws.com`';
const NO_SERVERLESS = 'refused: Vertex AI has no serverless endpoints';
const NO_ASYNCHRONOUS = 'refused: Vertex AI has no asynchronous endpoints';

const DATA = {
  'data.training': location(FOLDER, FOLDER_OR_TABLE, 'trainingData'),
  'data.validation': location(FOLDER, FOLDER_OR_TABLE, 'validationData'),
  'data.test': location(FOLDER, FOLDER_OR_TABLE, 'testData'),
  'data.split.by': IN_CONTRACT,
  'data.split.column': IN_CONTRACT,
  'data.split.validationFraction': IN_CONTRACT,
  'data.split.testFraction': IN_CONTRACT,
  'data.format': [
    `${IN_CONTRACT}; content type of the registered version`,
    `${IN_CONTRACT}; of exported tables and of requests`,
  ],
  'data.features[].name': IN_CONTRACT,
  'data.features[].type': IN_CONTRACT,
  'data.label.name': IN_CONTRACT,
  'data.label.type': IN_CONTRACT,
  'data.prediction.name': IN_CONTRACT,
  'data.prediction.type': IN_CONTRACT,
  'data.id': IN_CONTRACT,
};

const TRAINING = {
  'training.framework.name': ["SageMaker's images", "Google's training and prediction images"],
  'training.framework.version': [
    'the image of that version; without one synth fails',
    'the images of that version; without one validation fails',
  ],
  'training.image': [ECR, ARTIFACT_REGISTRY],
  'training.source': ['packed as an asset of the CDK', 'packed and uploaded to the artifact bucket by its hash'],
  'training.preprocess': ['processing job', 'custom job'],
  'training.entryPoint': ['training job', 'custom job'],
  'training.evaluation.entryPoint': ['processing job', 'custom job'],
  'training.evaluation.metric': 'read from the report',
  'training.evaluation.threshold': [
    'parameter `EvaluationThreshold`; fixed with automatic approval',
    'parameter `evaluation_threshold`; fixed with automatic approval',
  ],
  'training.evaluation.direction': 'operator of the gate',
  'training.compute': ['instance type of every job', 'machine type of every custom job'],
  'training.hyperparameters': ['arguments `--name value`', 'arguments `--name value`; refused: `{{$` in a value'],
  'training.schedule.cron': ['EventBridge Scheduler', 'Cloud Scheduler'],
  'training.spot': ['managed spot training', 'custom job with the strategy `SPOT`'],
  'training.maxRuntimeMinutes': [
    'limit of every job',
    'limit of every custom job; the workflow waits three times as long and an hour',
  ],
  'training.volumeGb': ['volume of every job', 'boot disk of every custom job; below 100 it is 100'],
  'training.cacheDays': [
    'age up to which a result is reused',
    'results are reused until the period of so many days ends, counted from 1970',
  ],
};

const SERVING = {
  'serving.mode': [
    'mode of the endpoint; `batch` runs transform jobs',
    'an endpoint, or `batch`, which runs batch prediction jobs; refused: `serverless`, `asynchronous`',
  ],
  'serving.entryPoint': ["run by SageMaker's container", "run by the library's server in the serving image"],
  'serving.image': [ECR, ARTIFACT_REGISTRY],
  'serving.environment': [
    'in the registered version, and on the endpoint',
    'in the registered version, and in models of an artifact; refused: `{{$` in a value',
  ],
  'serving.compute': [
    'instance type of the registered version and of the endpoint; CPU or GPU image',
    'machine type of deployed models; CPU or GPU prediction image: there are GPU ones for PyTorch only',
  ],
  'serving.minInstances': ['fewest instances that scaling leaves', 'fewest replicas'],
  'serving.maxInstances': ['most instances that scaling starts', 'most replicas'],
  'serving.scaling.invocationsPerInstance': [
    'target of scaling, and limit of the capacity alarm',
    'target of scaling: requests of a replica in a minute',
  ],
  'serving.serverless.memoryMb': ['memory of the variant', NO_SERVERLESS],
  'serving.serverless.maxConcurrency': ['concurrency of the variant', NO_SERVERLESS],
  'serving.asynchronous.output': [
    'folder for the answers; refused: `gs://` (give `aws.asynchronousOutput`)',
    NO_ASYNCHRONOUS,
  ],
  'serving.batch.input': location(
    'folder that transform jobs read',
    'folder or BigQuery table that batch prediction jobs read',
    'batchInput',
  ),
  'serving.batch.output': location(
    'folder that transform jobs write',
    'folder or BigQuery dataset that batch prediction jobs write',
    'batchOutput',
  ),
  'serving.batch.schedule.cron': ['EventBridge rule that starts a prediction', 'Cloud Scheduler starts a prediction'],
  'serving.rollout.strategy': ['blue/green update with guardrails', 'the deployer splits the requests, and watches'],
  'serving.rollout.percent': [
    'instances that are moved at a time',
    'requests that are moved at a time, in whole percents',
  ],
  'serving.rollout.bakeMinutes': [
    'wait between parts; linear steps take at most 455 minutes together',
    'wait between parts, and after the last',
  ],
  'serving.alarms.p95LatencyMs': [
    'alarms of the endpoint and of each candidate; what the judge calls slow',
    'alert policy of the endpoint; what rolls a candidate back; what the judge calls slow',
  ],
  'serving.alarms.errorRatePercent': [
    'alarms of the endpoint and of each candidate',
    'alert policies of the endpoint; what rolls a candidate back',
  ],
  'serving.abTest.trafficPercent': ['weight of the challenger', 'share of the challenger, in whole percents'],
  'serving.abTest.durationHours': 'longest test: then the champion stays',
  'serving.abTest.goal': 'what the judge asks for',
  'serving.abTest.margin': 'how much worse the judge takes',
};

const MONITORING = {
  'monitoring.everyHours': ['rate of the schedule', 'schedule of Cloud Scheduler'],
  'monitoring.windowHours': IN_RULES,
  'monitoring.minimumSamples': IN_RULES,
  'monitoring.capturePercent': ['data capture of the endpoint', 'sampling rate of the request log'],
  'monitoring.tests.numeric': IN_RULES,
  'monitoring.tests.categorical': IN_RULES,
  'monitoring.threshold': IN_RULES,
  'monitoring.features.<column>.test': IN_RULES,
  'monitoring.features.<column>.threshold': IN_RULES,
  'monitoring.falseAlarmsPerYear': IN_RULES,
  'monitoring.baseline': IN_RULES,
  'monitoring.quality.metric': IN_RULES,
  'monitoring.quality.minimum': IN_RULES,
  'monitoring.quality.maximum': IN_RULES,
  'monitoring.quality.groundTruth.location': location(
    'folder that the analyzer reads',
    'folder or BigQuery table that the monitor reads',
    'groundTruth',
  ),
  'monitoring.quality.groundTruth.idColumn': IN_RULES,
  'monitoring.quality.groundTruth.labelColumn': IN_RULES,
  'monitoring.quality.groundTruth.maxDelayHours': IN_RULES,
  'monitoring.notify': [
    'e-mail subscriptions of the topic, each confirmed once',
    'e-mail notification channels; nothing to confirm',
  ],
  'retraining.cooldownHours': IN_RULES,
  'retraining.maxPerWeek': IN_RULES,
  'retraining.minimumNewSamples': IN_RULES,
};

const FEATURE_STORE = {
  'featureStore.groups[].name': ['feature group', 'BigQuery table, feature group and view: lower case, `_` for `-`'],
  'featureStore.groups[].recordIdentifier': [
    'record identifier',
    'column of entity ids, by which the table is clustered',
  ],
  'featureStore.groups[].eventTime': [
    'event time feature',
    'column of type TIMESTAMP, by whose days the table is partitioned',
  ],
  'featureStore.groups[].online': ['online store', 'view in an online store of Bigtable, filled every hour'],
  'featureStore.groups[].offline': [
    'table of files in S3',
    'the BigQuery table, which fills the online store; refused: `false`',
  ],
  'featureStore.groups[].ttlHours': [
    'online records expire',
    'older rows are no longer copied; what is online stays until a newer row replaces it',
  ],
  'featureStore.groups[].features[].name': ['feature', 'column and feature: lower case, `_` for `-`'],
  'featureStore.groups[].features[].type': [
    'Integral, Fractional, String',
    'INT64, FLOAT64, STRING; the event time is a TIMESTAMP whatever it says',
  ],
};

const CAPABILITIES = {
  'capabilities.dataCapture': ['switches the capture', 'switches the request log'],
  'capabilities.operationalAlarms': [
    'CloudWatch alarms of the training and of the endpoint',
    'alert policies of the training and of the endpoint',
  ],
  'capabilities.trainingPipeline': ['SageMaker pipeline', 'Vertex AI pipeline, and the workflow that runs it'],
  'capabilities.deployment': 'switches whether approved versions are deployed',
  'capabilities.driftMonitoring': [
    'drift monitor, analyzer, and baselines of versions',
    'drift monitor, and baselines of versions; not with `serving.mode: batch`',
  ],
  'capabilities.retraining': 'switches whether drift starts the pipeline',
  'capabilities.automaticApproval': ['a step sets the approval status', 'the workflow sets the alias `approved`'],
  'capabilities.abTest': 'switches the test',
};

const AWS = {
  'aws.trainingData': ['instead of `data.training`', NOT_READ],
  'aws.validationData': ['instead of `data.validation`', NOT_READ],
  'aws.testData': ['instead of `data.test`', NOT_READ],
  'aws.groundTruth': ['instead of `monitoring.quality.groundTruth.location`', NOT_READ],
  'aws.batchInput': ['`serving.batch.input` here', NOT_READ],
  'aws.batchOutput': ['`serving.batch.output` here', NOT_READ],
  'aws.asynchronousOutput': ['`serving.asynchronous.output` here', NOT_READ],
  'aws.trainingInstanceType': ['of the training job', NOT_READ],
  'aws.processingInstanceType': ['of preprocessing and evaluation', NOT_READ],
  'aws.servingInstanceType': ['of the registered version, and of the endpoint', NOT_READ],
  'aws.trainingImage': [ECR, NOT_READ],
  'aws.servingImage': [ECR, NOT_READ],
  'aws.frameworkVersion': ['instead of `training.framework.version`', NOT_READ],
  'aws.networkIsolation': ['containers reach no network; not in serverless mode', NOT_READ],
  'aws.offlineTableFormat': ['format of the offline table', NOT_READ],
};

const GOOGLE = {
  'google.project': [NOT_READ, 'project of everything'],
  'google.projectNumber': [NOT_READ, 'names the service agents; without it Terraform looks it up'],
  'google.region': [NOT_READ, 'region of everything'],
  'google.trainingData': [NOT_READ, 'instead of `data.training`'],
  'google.validationData': [NOT_READ, 'instead of `data.validation`'],
  'google.testData': [NOT_READ, 'instead of `data.test`'],
  'google.groundTruth': [NOT_READ, 'instead of `monitoring.quality.groundTruth.location`'],
  'google.batchInput': [NOT_READ, '`serving.batch.input` here'],
  'google.batchOutput': [NOT_READ, '`serving.batch.output` here'],
  'google.trainingMachineType': [NOT_READ, 'of the training step'],
  'google.servingMachineType': [NOT_READ, 'of deployed models; CPU or GPU prediction image'],
  'google.trainingImage': [NOT_READ, ARTIFACT_REGISTRY],
  'google.servingImage': [NOT_READ, ARTIFACT_REGISTRY],
  'google.frameworkVersion': [NOT_READ, 'instead of `training.framework.version`'],
};

/** By key of the config. */
export const CLOUD_KEYS = {
  name: [
    'of pipeline, model package group, endpoint and feature groups; unique in account and region',
    'of workflows, model, endpoint, bucket, dataset, key ring, accounts and feature groups; unique in the project',
  ],
  level: 'preset of capabilities',
  ...DATA,
  ...TRAINING,
  ...SERVING,
  ...MONITORING,
  ...FEATURE_STORE,
  ...CAPABILITIES,
  ...AWS,
  ...GOOGLE,
};
