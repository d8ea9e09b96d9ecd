import { readFileSync } from 'node:fs';
import * as path from 'node:path';
import { describe, expect, test } from 'vitest';
import { ArtifactStore } from '../../lib/google/artifact-store';
import { Baseline } from '../../lib/google/baseline';
import type { TerraformDocument } from '../../lib/google/diff/terraform';
import { DriftMonitor } from '../../lib/google/drift-monitor';
import type { DriftMonitorProps } from '../../lib/google/drift-monitor';
import { everyHoursCron } from '../../lib/google/drift/schedule';
import { EncryptionKey } from '../../lib/google/encryption-key';
import type { TerraformStack } from '../../lib/google/engine';
import { GoogleProvider } from '../../lib/google/l1/google-resource';
import { MlopsDataset } from '../../lib/google/mlops-dataset';
import { ModelEndpoint } from '../../lib/google/model-endpoint';
import { ModelRegistry } from '../../lib/google/model-registry';
import { TrainingPipeline } from '../../lib/google/training-pipeline';
import { lintEnvironment, lintWorkflow } from '../../lib/google/workflows/lint';
import { DRIFT_ROUTINES, DRIFT_TABLES } from '../../lib/runtime/google-drift-contract';
import type { DriftSettings, GoogleMonitorRules } from '../../lib/runtime/google-drift-contract';
import { ANN, AT, blocks, synthesize } from './blocks';
import { CHANNEL, SOURCE } from './configs';
import { grantsOf, permissionsOf, rightsOf, settled } from './iam';
import { schemaProblems, synthesizeFolder } from './judges';

const GOOGLE = { ...AT, projectNumber: '123456789012' };
const DATA = {
  training: 'gs://acme/flights/train/',
  format: 'csv',
  features: [
    { name: 'distance', type: 'numeric' },
    { name: 'origin', type: 'categorical' },
  ],
  label: { name: 'late', type: 'categorical' },
  prediction: { name: 'score', type: 'numeric' },
  id: 'flight',
} as const satisfies DriftMonitorProps['data'];
const QUALITY = {
  metric: 'auc',
  minimum: 0.75,
  groundTruth: {
    location: 'bq://acme-data.flights.outcomes',
    idColumn: 'flight',
    labelColumn: 'late',
    maxDelayHours: 400,
  },
} as const;

/** What stands in a stack beside the monitor. */
function surroundings(stack: TerraformStack, name: string) {
  const encryptionKey = new EncryptionKey(stack, `Key-${name}`, { ...GOOGLE, name });
  const artifacts = new ArtifactStore(stack, `Store-${name}`, { ...GOOGLE, name, encryptionKey });
  const registry = new ModelRegistry(stack, `Registry-${name}`, { ...GOOGLE, modelId: name, encryptionKey });
  const dataset = new MlopsDataset(stack, `Dataset-${name}`, { ...GOOGLE, name, artifacts, encryptionKey });
  const shared = { encryptionKey, artifacts, registry, google: GOOGLE };
  const pipeline = new TrainingPipeline(stack, `Training-${name}`, {
    ...shared,
    pipelineName: name,
    data: DATA,
    framework: { name: 'xgboost', version: '2.1' },
    source: SOURCE,
    preprocess: 'preprocess.py',
    entryPoint: 'train.py',
    evaluation: { entryPoint: 'evaluate.py', metric: 'auc', threshold: 0.8 },
    driftMonitorName: name,
  });
  const endpoint = new ModelEndpoint(stack, `Endpoint-${name}`, {
    ...shared,
    endpointName: name,
    dataset,
    dataCapture: true,
  });
  return { ...shared, dataset, pipeline, endpoint };
}

type Around = ReturnType<typeof surroundings>;

function add(stack: TerraformStack, name: string, of: (around: Around) => Partial<DriftMonitorProps> = () => ({})) {
  const around = surroundings(stack, name);
  const { google, artifacts, dataset, encryptionKey, endpoint, pipeline } = around;
  return new DriftMonitor(stack, `Monitor-${name}`, {
    ...{ google, artifacts, dataset, encryptionKey, endpoint, data: DATA },
    baselineProfile: Baseline.fromModelVersion(pipeline),
    ...of(around),
  });
}

/** Two monitors: one that tells people, and one that does everything. */
let watched!: DriftMonitor;
const folder = synthesizeFolder((stack) => {
  new GoogleProvider(stack, 'Google');
  add(stack, 'plain');
  watched = add(stack, 'flights', ({ pipeline }) => ({
    everyHours: 6,
    windowHours: 48,
    quality: QUALITY,
    notify: ['ml@example.com'],
    notificationChannels: [CHANNEL],
    retraining: { pipeline, cooldownHours: 12 },
  }));
  watched.grantRead(ANN);
  watched.grantOperate(ANN);
  watched.grantSubscribe(ANN);
  watched.onDrift('tell-chat', { pushEndpoint: 'https://example.com/drift', serviceAccount: watched.account });
  watched.onQualityChange('archive');
});
const document: TerraformDocument = JSON.parse(readFileSync(path.join(folder, 'cdk.tf.json'), 'utf8'));

const named = (type: string, key: string, value: string): any =>
  blocks(document, type).find((block) => settled(document, String(block[key])) === value);
const workflowOf = (monitor: string) => named('google_workflows_workflow', 'name', `${monitor}-drift`);
const plainText = (text: string) => settled(document, text).replaceAll('$${', '${').replaceAll('%%{', '%{');
const settingsOf = (monitor: string): DriftSettings =>
  JSON.parse(plainText(workflowOf(monitor).user_env_vars.SETTINGS));
const rulesOf = (monitor: string): GoogleMonitorRules =>
  JSON.parse(plainText(named('google_storage_bucket_object', 'name', settingsOf(monitor).rules).content));

const refused = (of: (around: Around) => Partial<DriftMonitorProps>) =>
  expect(() =>
    synthesize((stack) => {
      new GoogleProvider(stack, 'Google');
      add(stack, 'flights', of);
    }),
  );

test('the provider’s schemas have nothing to say', () => {
  expect(schemaProblems(document)).toEqual([]);
});

describe('the workflow', () => {
  test('is within the limits of the service', () => {
    const { source_contents, user_env_vars } = workflowOf('flights');
    expect(lintWorkflow(source_contents.replaceAll('$${', '${'))).toEqual([]);
    expect(lintEnvironment(user_env_vars)).toEqual([]);
  });

  test('tells the program what is watched, and where', () => {
    const bucket = 'acme-ml-flights-artifacts';
    const { rules, ...settings } = settingsOf('flights');
    expect(rules).toMatch(/^drift\/flights\/rules\/[0-9a-f]{64}\.json$/);
    expect(settings).toMatchObject({
      ...{ project: 'acme-ml', region: 'europe-west4', monitor: 'flights', bucket },
      ...{ folder: 'drift/flights/', deployer: 'deployments/flights/' },
      log: 'acme-ml.flights_mlops.flights_requests',
      routines: 'acme-ml.flights_mlops',
      groundTruth: 'bq://acme-data.flights.outcomes',
      topic: 'flights-drift',
      retraining: {
        workflow: 'flights',
        model: 'projects/acme-ml/locations/europe-west4/models/flights',
        trainingData: 'gs://acme/flights/train/',
      },
    });
    expect(settings.baseline).toBeUndefined();
  });

  test('starts no training where it only tells people', () => {
    expect(settingsOf('plain').retraining).toBeUndefined();
    expect(rightsOf(document, 'plain-monitor').filter((right) => right.includes('plain.start'))).toEqual([]);
    expect(rightsOf(document, 'flights-monitor')).toContain('flights.start on project acme-ml');
  });

  test('reads the rules from an object, which has room for a hundred features', () => {
    const { columns, everyHours, windowHours, retraining, trainingFormat } = rulesOf('flights');
    expect(columns.map(({ name, role, test: by, threshold }) => [name, role, by, threshold])).toEqual([
      ['distance', 'feature', 'ks', 0.1],
      ['origin', 'feature', 'psi', 0.2],
      ['score', 'prediction', 'ks', 0.1],
    ]);
    expect([everyHours, windowHours, trainingFormat]).toEqual([6, 48, 'csv']);
    expect(retraining).toEqual({ cooldownHours: 12, maxPerWeek: 3, minimumNewSamples: 10_000 });
    expect(rulesOf('plain').retraining).toBeUndefined();
  });

  test('is what the training pipeline asks for baselines, and may ask', () => {
    const { user_env_vars } = named('google_workflows_workflow', 'name', 'flights');
    expect(user_env_vars.MONITOR_WORKFLOW).toBe('projects/acme-ml/locations/europe-west4/workflows/flights-drift');
    expect(watched.workflowName).toBe(user_env_vars.MONITOR_WORKFLOW);
    expect(rightsOf(document, 'flights-workflow')).toContain('flights.start on project acme-ml');
  });
});

describe('tables and routines', () => {
  const tableOf = (id: string) => named('google_bigquery_table', 'table_id', id);

  test('stand as the program’s SQL names them, encrypted, and are kept', () => {
    for (const [name, { columns, clustering, hours }] of Object.entries(DRIFT_TABLES)) {
      const table = tableOf(`flights_drift_${name}`);
      expect(JSON.parse(table.schema).map((column: any) => column.name)).toEqual(columns.map((column) => column.name));
      expect(table.clustering).toEqual(clustering);
      expect(table.time_partitioning?.field).toBe(hours);
      expect(table.deletion_protection).toBe(true);
      expect(table.lifecycle.prevent_destroy).toBe(true);
      expect(settled(document, table.encryption_configuration.kms_key_name)).toBe('data');
      expect(settingsOf('flights').tables[name as 'runs']).toBe(`acme-ml.flights_mlops.flights_drift_${name}`);
    }
  });

  test('keep an hour for as long as a window, those before it, or late labels ask for it', () => {
    const hours = (id: string) => tableOf(id).time_partitioning.expiration_ms / 3_600_000;
    expect(hours('plain_drift_requests')).toBe(24 + 168 + 24);
    expect(hours('flights_drift_requests')).toBe(48 + 400 + 24);
  });

  test('are called with the functions of the library', () => {
    const ids = blocks(document, 'google_bigquery_routine')
      .filter(({ dataset_id }) => settled(document, dataset_id) === 'flights_mlops')
      .map(({ routine_id }) => routine_id);
    expect(ids.sort()).toEqual([...Object.keys(DRIFT_ROUTINES), 'program'].sort());
  });
});

describe('rights', () => {
  test('of the monitor: its tables, its folder, the data, and no more', () => {
    const bucket = 'storage_bucket acme-ml-flights-artifacts';
    expect(rightsOf(document, 'flights-monitor')).toEqual(
      [
        'flights.monitor on project acme-ml',
        'flights.monitor_write on bigquery_dataset flights_mlops',
        'flights.programs on bigquery_dataset flights_mlops',
        'flights.read on project acme-ml',
        'flights.start on project acme-ml',
        'roles/bigquery.dataViewer on bigquery_table outcomes',
        'roles/logging.logWriter on project acme-ml',
        'roles/pubsub.publisher on pubsub_topic flights-drift',
        ...['baselines/', 'latest.', 'pieces/', 'record/', 'reports/'].map(
          (start) => `roles/storage.objectUser on ${bucket}/drift/flights/${start}`,
        ),
        ...['deployments/flights/', 'drift/flights/', 'programs/', 'training/flights/'].map(
          (prefix) => `roles/storage.objectViewer on ${bucket}/${prefix}`,
        ),
        'roles/storage.objectViewer on storage_bucket acme/flights/train/',
      ].sort(),
    );
  });

  test('of roles: what the program calls', () => {
    expect(permissionsOf(document, 'flights.monitor')).toEqual([
      'aiplatform.pipelineJobs.get',
      'bigquery.jobs.create',
      'monitoring.metricDescriptors.create',
      'monitoring.timeSeries.create',
      'workflows.executions.get',
      'workflows.executions.list',
    ]);
    const read = ['bigquery.tables.get', 'bigquery.tables.getData'];
    expect(permissionsOf(document, 'flights.monitor_read')).toEqual(read);
    expect(permissionsOf(document, 'flights.monitor_write')).toEqual([...read, 'bigquery.tables.updateData']);
    expect(permissionsOf(document, 'flights.monitor_start')).toEqual(['workflows.executions.create']);
  });

  test('of the schedule: to start the monitor', () => {
    expect(rightsOf(document, 'flights-monitor-start')).toEqual(['flights.monitor_start on project acme-ml']);
  });

  test('to read, to operate, and to subscribe can be given', () => {
    expect(rightsOf(document, ANN)).toEqual([
      'flights.monitor_operate on project acme-ml',
      ...['baselines', 'counts', 'requests', 'runs'].map(
        (table) => `flights.monitor_read on bigquery_table flights_drift_${table}`,
      ),
      'roles/pubsub.subscriber on pubsub_topic flights-drift',
      'roles/storage.objectViewer on storage_bucket acme-ml-flights-artifacts/drift/flights/',
    ]);
  });

  test('on data of others are theirs to give', () => {
    const other = synthesize((stack) => {
      new GoogleProvider(stack, 'Google');
      add(stack, 'flights', () => ({ grantDataAccess: false, quality: QUALITY }));
    });
    const data = grantsOf(other).filter(({ who, on }) => who === 'flights-monitor' && / (acme|outcomes)$/.test(on));
    expect(data).toEqual([]);
  });
});

describe('what is told', () => {
  test('people: of entries in its log, of failures, and of runs that were not started', () => {
    const policies = blocks(document, 'google_monitoring_alert_policy').filter(({ display_name }) =>
      /^flights: (news of )?its monitor/.test(display_name),
    );
    expect(policies.map(({ display_name }) => display_name).sort()).toEqual([
      'flights: its monitor could not be started',
      'flights: its monitor failed',
      'flights: news of its monitor',
    ]);
    for (const { notification_channels } of policies) {
      expect(notification_channels).toEqual([CHANNEL, expect.stringMatching(/notification_channel/)]);
    }
    const [told] = policies.filter(({ display_name }) => display_name.includes('news'));
    const [{ condition_matched_log }] = told.conditions;
    expect(condition_matched_log.filter).toBe(
      'resource.type="workflows.googleapis.com/Workflow" AND resource.labels.workflow_id="flights-drift" AND jsonPayload.drift.event:*',
    );
  });

  test('a topic, from which subscribers take what concerns them', () => {
    const subscription = (name: string) => named('google_pubsub_subscription', 'name', name);
    expect(subscription('flights-tell-chat')).toMatchObject({
      filter: 'attributes.detailType = "Drift State Change" AND attributes.state = "drift"',
      push_config: { push_endpoint: 'https://example.com/drift' },
      expiration_policy: { ttl: '' },
    });
    expect(subscription('flights-archive').filter).toBe('attributes.detailType = "Quality State Change"');
    expect(subscription('flights-archive').push_config).toBeUndefined();
    expect(settled(document, named('google_pubsub_topic', 'name', 'flights-drift').kms_key_name)).toBe('data');
  });

  test('charts, by filters on its metrics', () => {
    expect(watched.metricFilter('column_drift', 'metric.labels.column="origin"')).toBe(
      'metric.type="custom.googleapis.com/cdk_mlops/column_drift" AND resource.type="global" AND metric.labels.monitor="flights" AND metric.labels.column="origin"',
    );
  });
});

describe('the schedule', () => {
  test('asks for a run at the minute at which a window is over', () => {
    const { schedule, time_zone, http_target } = named('google_cloud_scheduler_job', 'name', 'flights-drift');
    expect([schedule, time_zone]).toEqual(['10 */6 * * *', 'Etc/UTC']);
    const { argument } = JSON.parse(Buffer.from(http_target.body, 'base64').toString());
    expect(JSON.parse(argument)).toEqual({ task: 'monitor', cause: 'schedule' });
  });

  test.each([
    [1, '10 * * * *'],
    [8, '10 */8 * * *'],
    [24, '10 0 * * *'],
    [5, 'every 5 hours'],
    [168, 'every 168 hours'],
  ])('every %i hours is %s', (hours, schedule) => {
    expect(everyHoursCron(hours)).toBe(schedule);
  });
});

describe('an endpoint of others', () => {
  const LOG = 'acme-data.logs.requests';

  test('is watched by the table that it logs to, with one profile for all', () => {
    const other = synthesize((stack) => {
      new GoogleProvider(stack, 'Google');
      add(stack, 'flights', ({ artifacts }) => ({
        endpoint: undefined,
        monitorName: 'others',
        logTable: LOG,
        baselineProfile: Baseline.fromBucket(artifacts, 'profiles/all.json'),
      }));
    });
    const [{ user_env_vars }] = blocks(other, 'google_workflows_workflow').filter(
      ({ name }) => name === 'others-drift',
    );
    const settings = JSON.parse(settled(other, user_env_vars.SETTINGS));
    expect(settings).toMatchObject({ log: LOG, baseline: 'gs://acme-ml-flights-artifacts/profiles/all.json' });
    expect(settings.deployer).toBeUndefined();
    expect(rightsOf(other, 'others-monitor')).toEqual(
      expect.arrayContaining([
        'roles/bigquery.dataViewer on bigquery_table requests',
        'roles/storage.objectViewer on storage_bucket acme-ml-flights-artifacts/profiles/all.json',
      ]),
    );
  });

  test.each<[string, Partial<DriftMonitorProps>, RegExp]>([
    [
      'has a name',
      { endpoint: undefined, logTable: LOG },
      /monitorName: missing; without endpoint it has no other name/,
    ],
    [
      'has a log',
      { endpoint: undefined, monitorName: 'others' },
      /logTable: missing; pass endpoint, or name the table/,
    ],
    [
      'has a table as log',
      { endpoint: undefined, monitorName: 'others', logTable: 'x' },
      /logTable: got "x", allowed: /,
    ],
    ['has no log of another', { logTable: LOG }, /logTable: got one, but endpoint knows its own/],
    ['has a short name', { monitorName: 'X'.repeat(41) }, /monitorName: got "X+", allowed: 1 to 40 lower-case/],
  ])('%s', (_what, props, message) => {
    refused(() => props).toThrow(message);
  });

  test('needs a registry to retrain', () => {
    refused(({ pipeline }) => ({
      ...{ endpoint: undefined, monitorName: 'others', logTable: LOG },
      retraining: { pipeline },
    })).toThrow(/registry: missing; retraining looks at what its pipeline registered last/);
  });
});

test('a monitor that stands already is known by its name', () => {
  const { google } = { google: GOOGLE };
  synthesize((stack) => {
    new GoogleProvider(stack, 'Google');
    const known = DriftMonitor.fromDriftMonitorAttributes(stack, 'Known', { ...google, monitorName: 'flights' });
    expect(known.workflowName).toBe(watched.workflowName);
    expect(known.topicName).toBe('projects/acme-ml/topics/flights-drift');
    expect(known.onDrift('x')).toBeDefined();
  });
});
