import { readFileSync } from 'node:fs';
import * as path from 'node:path';
import { describe, expect, test } from 'vitest';
import type { MlopsConfig } from '../../lib/config/mlops';
import { ConfigError } from '../../lib/config/problems';
import { ArtifactStore } from '../../lib/google/artifact-store';
import { STATEFUL_TYPES } from '../../lib/google/diff/stateful';
import type { TerraformDocument } from '../../lib/google/diff/terraform';
import { resourcesOf } from '../../lib/google/diff/terraform';
import { EncryptionKey } from '../../lib/google/encryption-key';
import type { TerraformStack } from '../../lib/google/engine';
import { FeatureGroup } from '../../lib/google/feature-group';
import { GoogleProvider, GoogleResource } from '../../lib/google/l1/google-resource';
import { MlopsPipeline } from '../../lib/google/mlops-pipeline';
import { ModelRegistry } from '../../lib/google/model-registry';
import { ServiceAccount } from '../../lib/google/service-account';
import type { GooglePolicy } from '../../lib/runtime/google-contract';
import { AT, block, blocks } from './blocks';
import type { References } from './configs';
import {
  ATTACHMENT,
  CHANNEL,
  KEY_NAME,
  NETWORK,
  fullConfig,
  mlopsDocument,
  mlopsFolder,
  smallConfig,
  without,
} from './configs';
import { permissionsOf, rightsOf, settled } from './iam';
import { schemaProblems, synthesizeFolder, terraformIsAtHand, terraformValidate } from './judges';

interface Built {
  readonly pipeline: MlopsPipeline;
  readonly document: TerraformDocument;
}

/** A stack with a pipeline, of which the provider's schemas have nothing to say. */
function build(config: MlopsConfig, references: (stack: TerraformStack) => References = () => ({})): Built {
  let pipeline!: MlopsPipeline;
  const folder = synthesizeFolder((stack) => {
    new GoogleProvider(stack, 'Google');
    pipeline = new MlopsPipeline(stack, 'Pipeline', { config, ...references(stack) });
  });
  const document = JSON.parse(readFileSync(path.join(folder, 'cdk.tf.json'), 'utf8'));
  expect(schemaProblems(document)).toEqual([]);
  return { pipeline, document };
}

type Counts = Readonly<Record<string, number>>;

function countsOf(document: TerraformDocument): Counts {
  const counts: Record<string, number> = {};
  for (const { type } of resourcesOf(document)) {
    const name = type.replace('google_', '');
    counts[name] = (counts[name] ?? 0) + 1;
  }
  return counts;
}

function sum(...parts: Counts[]): Counts {
  const total: Record<string, number> = {};
  for (const [type, count] of parts.flatMap((part) => Object.entries(part))) total[type] = (total[type] ?? 0) + count;
  return total;
}

/** Key, bucket, registry with its topic and roles, dashboard. */
const STORES: Counts = {
  kms_key_ring: 1,
  kms_crypto_key: 1,
  kms_crypto_key_iam_member: 5,
  storage_bucket: 1,
  pubsub_topic: 1,
  pubsub_topic_iam_member: 1,
  logging_project_sink: 1,
  project_iam_custom_role: 3,
  monitoring_dashboard: 1,
};
/** An endpoint that a person deploys to: the shell, the dataset with the program, the deployer, what starts it, and what may what. */
const ENDPOINT: Counts = {
  vertex_ai_endpoint: 1,
  bigquery_dataset: 1,
  bigquery_dataset_iam_member: 1,
  bigquery_routine: 1,
  workflows_workflow: 1,
  cloud_scheduler_job: 1,
  eventarc_trigger: 1,
  pubsub_topic: 1,
  pubsub_topic_iam_member: 1,
  storage_notification: 1,
  storage_bucket_object: 2,
  storage_bucket_iam_member: 4,
  monitoring_alert_policy: 3,
  service_account: 3,
  service_account_iam_member: 2,
  project_iam_custom_role: 5,
  project_iam_member: 6,
  time_sleep: 1,
};
/** What level 0 consists of, without sections. */
const BASE = sum(STORES, ENDPOINT);
const ENDPOINT_ALARMS: Counts = { monitoring_alert_policy: 3 };
/** Approvals start the deployer. */
const DEPLOYMENT: Counts = { eventarc_trigger: 1 };
/** The deployer looks whether a version has a baseline. */
const BASELINES: Counts = { storage_bucket_iam_member: 1 };
/** What a monitor leaves, and finds again: its tables, and the roles, whose ids would not be free for weeks. */
const PAUSED_MONITOR: Counts = { bigquery_table: 4, project_iam_custom_role: 5 };
/** A monitor at work: its workflow and schedule with their accounts and rights, the topic, and the routines of its SQL. */
const MONITOR: Counts = {
  ...PAUSED_MONITOR,
  bigquery_routine: 10,
  bigquery_dataset_iam_member: 2,
  workflows_workflow: 1,
  cloud_scheduler_job: 1,
  service_account: 2,
  project_iam_member: 4,
  pubsub_topic: 1,
  pubsub_topic_iam_member: 1,
  storage_bucket_object: 1,
  storage_bucket_iam_member: 10,
  monitoring_alert_policy: 3,
};
/** The monitor starts the training, and sees what it registers. */
const RETRAINING: Counts = { project_iam_member: 2 };
/** What levels 1 and 2 add, besides the training. */
const OPERATED = sum(BASE, ENDPOINT_ALARMS, DEPLOYMENT, BASELINES, MONITOR);
/** The small config's store: a table with two views, a feature, a view that is served. */
const FEATURE_STORE: Counts = {
  bigquery_dataset: 1,
  bigquery_table: 3,
  vertex_ai_feature_group: 1,
  vertex_ai_feature_group_feature: 1,
  vertex_ai_feature_online_store: 1,
  vertex_ai_feature_online_store_featureview: 1,
};
/** What stays of a training that its level has taken away: the ids of deleted roles are not free for weeks. */
const PAUSED_TRAINING: Counts = { project_iam_custom_role: 3 };
/** Jobs and workflow have an account each, with roles of their own and those of the registry. */
const UNWATCHED_TRAINING: Counts = {
  ...PAUSED_TRAINING,
  workflows_workflow: 1,
  service_account: 2,
  service_account_iam_member: 2,
  project_iam_member: 6,
  storage_bucket_iam_member: 7,
  storage_bucket_object: 3,
};
const TRAINING = sum(UNWATCHED_TRAINING, { monitoring_alert_policy: 1 });
const APPROVAL: Counts = { project_iam_member: 1 };
const SCHEDULE: Counts = {
  cloud_scheduler_job: 1,
  service_account: 1,
  project_iam_member: 1,
  monitoring_alert_policy: 1,
};

const NO_FEATURES = without(smallConfig(), 'featureStore');
const BARE: MlopsConfig = { name: 'churn', level: 0, google: smallConfig().google };
const SCHEDULED = { ...smallConfig().training!, schedule: { cron: '0 3 * * *' } };

describe('what exists', () => {
  test.each<[string, MlopsConfig, Counts]>([
    ['level 0 with nothing else', BARE, BASE],
    [
      'level 0 with a feature store',
      { ...smallConfig(), level: 0 },
      sum(BASE, FEATURE_STORE, PAUSED_TRAINING, PAUSED_MONITOR),
    ],
    ['level 1 without a feature store', { ...NO_FEATURES, level: 1 }, sum(OPERATED, TRAINING)],
    ['level 1 with a schedule', { ...NO_FEATURES, level: 1, training: SCHEDULED }, sum(OPERATED, TRAINING, SCHEDULE)],
    ['level 2', smallConfig(), sum(OPERATED, FEATURE_STORE, TRAINING, APPROVAL, RETRAINING)],
    [
      'level 2 with a schedule',
      smallConfig({ training: SCHEDULED }),
      sum(OPERATED, FEATURE_STORE, TRAINING, APPROVAL, SCHEDULE, RETRAINING),
    ],
    [
      'level 2 without automatic approval',
      smallConfig({ capabilities: { automaticApproval: false } }),
      sum(OPERATED, FEATURE_STORE, TRAINING, RETRAINING),
    ],
    [
      'level 1 with automatic approval',
      { ...NO_FEATURES, level: 1, capabilities: { automaticApproval: true } },
      sum(OPERATED, TRAINING, APPROVAL),
    ],
    [
      'level 0 with a training pipeline',
      { ...NO_FEATURES, level: 0, capabilities: { trainingPipeline: true } },
      sum(BASE, UNWATCHED_TRAINING, PAUSED_MONITOR),
    ],
    [
      'level 0 with a training pipeline and alarms',
      { ...NO_FEATURES, level: 0, capabilities: { trainingPipeline: true, operationalAlarms: true } },
      sum(BASE, TRAINING, ENDPOINT_ALARMS, PAUSED_MONITOR),
    ],
    [
      'level 0 with people to notify',
      { ...BARE, monitoring: { notify: ['a@example.com', 'b@example.com'] } },
      sum(BASE, { monitoring_notification_channel: 2 }),
    ],
  ])('at %s', (_name, config, counts) => {
    expect(countsOf(build(config).document)).toEqual(counts);
  });

  test('a network adds nothing, and is nothing at level 0', () => {
    for (const config of [smallConfig(), BARE]) {
      for (const reference of [{ network: NETWORK }, { networkAttachment: ATTACHMENT }]) {
        expect(countsOf(build(config, () => reference).document)).toEqual(countsOf(build(config).document));
      }
    }
  });
});

describe('the parts', () => {
  test('at level 2 are all exposed, and are those of the document', () => {
    const { pipeline, document } = build(fullConfig());
    const training = pipeline.trainingPipeline!;
    const { endpoint } = pipeline;
    const monitor = pipeline.driftMonitor!;
    const parts = {
      google_kms_crypto_key: (pipeline.encryptionKey as EncryptionKey).cryptoKey,
      google_kms_key_ring: (pipeline.encryptionKey as EncryptionKey).keyRing,
      google_storage_bucket: (pipeline.artifacts as ArtifactStore).bucket,
      google_logging_project_sink: (pipeline.registry as ModelRegistry).approvalSink,
      google_vertex_ai_endpoint: endpoint.endpoint!,
      google_vertex_ai_feature_online_store: pipeline.featureStore!.onlineStore!,
      google_monitoring_dashboard: pipeline.dashboard.monitoringDashboard,
      google_monitoring_notification_channel: pipeline.notifications.emailChannels[0],
    };
    const pathsOf = (type: string) => blocks(document, type).map((found) => found['//'].metadata.path);
    for (const [type, part] of Object.entries(parts)) expect(pathsOf(type), type).toEqual([part.node.path]);
    const several: Record<string, readonly GoogleResource[]> = {
      google_monitoring_alert_policy: [...training.alerts, ...endpoint.alerts, ...monitor.alerts],
      google_workflows_workflow: [training.workflow, endpoint.deployer.workflow, monitor.workflow],
      google_cloud_scheduler_job: [training.schedule!, endpoint.deployer.schedule, monitor.schedule],
      google_bigquery_dataset: [pipeline.featureStore!.dataset, pipeline.dataset.dataset],
    };
    for (const [type, exposed] of Object.entries(several)) {
      expect(pathsOf(type).sort(), type).toEqual(exposed.map(({ node }) => node.path).sort());
    }
    const groups = pipeline.featureGroups.map((group) => (group as FeatureGroup).featureGroup.node.path);
    expect(pathsOf('google_vertex_ai_feature_group')).toEqual(groups);
    expect(pipeline.featureStore!.groups).toEqual(pipeline.featureGroups);
    const { serviceAccount, deployer } = endpoint;
    const owners = [training.serviceAccount, training.workflowAccount, serviceAccount, deployer.account];
    const accounts = owners.map(({ node }) => `${node.path}/Account`);
    expect(pathsOf('google_service_account')).toEqual(expect.arrayContaining(accounts));
  });

  test('that do not exist are undefined', () => {
    const { pipeline } = build(BARE);
    expect([pipeline.trainingPipeline, pipeline.featureStore, pipeline.featureGroups]).toEqual([
      undefined,
      undefined,
      [],
    ]);
    expect(build(smallConfig()).pipeline.trainingPipeline!.schedule).toBeUndefined();
  });
});

describe('notes', () => {
  test('name what the config asks for and its level leaves out', () => {
    const { pipeline } = build(fullConfig({ level: 0, capabilities: {} }));
    expect(pipeline.notes).toContain('training is configured, but the capability trainingPipeline is off at level 0');
    expect(pipeline.notes).toContain('serving.abTest is configured, but the capability abTest is off at level 0');
    expect(pipeline.node.metadata.map(({ data }) => data)).toEqual(expect.arrayContaining(pipeline.notes));
  });

  test('are none when everything that is on is there', () => {
    const capabilities = { dataCapture: false, deployment: false, driftMonitoring: false };
    const training = { ...without(smallConfig().training!, 'framework'), image: 'europe-docker.pkg.dev/acme/own:1' };
    expect(build({ ...NO_FEATURES, level: 1, capabilities, training }).pipeline.notes).toEqual([]);
  });
});

const groupGiven = (stack: TerraformStack) =>
  FeatureGroup.fromFeatureGroupAttributes(stack, 'Given', {
    ...AT,
    featureGroupId: 'shared_customers',
    dataset: 'shared',
    table: 'customers',
    onlineStoreId: 'shared',
    featureViewId: 'customers',
  });

const workflow = (document: TerraformDocument, name: string) =>
  blocks(document, 'google_workflows_workflow').find((one) => one.name === name);

const policyIn = (document: TerraformDocument) =>
  JSON.parse(
    blocks(document, 'google_storage_bucket_object').find(({ name }) => name.endsWith('/policy.json')).content,
  ) as GooglePolicy;

describe('what is given is used, and not made', () => {
  test('feature groups', () => {
    const { pipeline, document } = build(fullConfig(), (stack) => ({
      featureGroups: { customers: groupGiven(stack) },
    }));
    expect(blocks(document, 'google_vertex_ai_feature_group').map(({ name }) => name)).toEqual(['churn_regions']);
    expect(pipeline.featureGroups.map(({ featureGroupId }) => featureGroupId)).toEqual([
      'shared_customers',
      'churn_regions',
    ]);
    expect(pipeline.featureGroups[1]).toBe(pipeline.featureStore!.group('regions'));
  });

  test('all feature groups: then there is no store', () => {
    const { pipeline, document } = build(smallConfig(), (stack) => ({
      featureGroups: { customers: groupGiven(stack) },
    }));
    expect(pipeline.featureStore).toBeUndefined();
    expect(countsOf(document)).toEqual(sum(OPERATED, TRAINING, APPROVAL, RETRAINING));
  });

  test('a feature group that the config does not know is refused, with those it knows', () => {
    const given = (stack: TerraformStack) => ({ featureGroups: { costumers: groupGiven(stack) } });
    expect(() => build(fullConfig(), given)).toThrow(
      "featureGroups: got costumers, the config's groups are: customers, regions; name a group of the config (at Stack/Pipeline)",
    );
    expect(() => build(BARE, given)).toThrow("the config's groups are: none");
  });

  test('notification channels: alerts tell them, besides those of the config', () => {
    const { pipeline, document } = build(fullConfig(), () => ({ notificationChannels: [CHANNEL] }));
    const policies = blocks(document, 'google_monitoring_alert_policy');
    const made = expect.stringMatching(/^\$\{google_monitoring_notification_channel\.\w[\w-]*\.name\}$/);
    expect(policies.map(({ notification_channels }) => notification_channels)).toEqual(Array(11).fill([CHANNEL, made]));
    expect(pipeline.notifications.channels).toHaveLength(2);
  });

  test('a registry: the pipeline registers in it, and its accounts may', () => {
    const { document } = build(smallConfig(), (stack) => ({
      registry: ModelRegistry.fromModelId(stack, 'Given', { ...AT, modelId: 'shared' }),
    }));
    expect(blocks(document, 'google_pubsub_topic').map(({ name }) => name)).toEqual(['churn-policy', 'churn-drift']);
    expect(blocks(document, 'google_logging_project_sink')).toEqual([]);
    expect(workflow(document, 'churn').user_env_vars.MODEL_ID).toBe('shared');
    expect(policyIn(document).model).toBe('projects/acme-ml/locations/europe-west4/models/shared');
    const [role] = rightsOf(document, 'churn-training').filter((right) => right.startsWith('shared_'));
    expect(permissionsOf(document, role.split(' ')[0])).toContain('aiplatform.models.upload');
    expect(rightsOf(document, 'churn-workflow').filter((right) => right.startsWith('shared_'))).toHaveLength(2);
  });

  test('a service account: it gets the rights of the jobs, and is the one that they run as', () => {
    const { document } = build(smallConfig(), (stack) => ({
      serviceAccount: ServiceAccount.fromServiceAccountAttributes(stack, 'Given', {
        email: 'own@acme-ml.iam.gserviceaccount.com',
        project: 'acme-ml',
      }),
    }));
    const rights = rightsOf(document, 'serviceAccount:own@acme-ml.iam.gserviceaccount.com');
    expect(rights).toContain('roles/storage.objectViewer on storage_bucket acme-data/churn/train/');
    const made = blocks(document, 'google_service_account').map(({ account_id }) => account_id);
    const starters = ['churn-deploy-start', 'churn-monitor-start'];
    expect(made.sort()).toEqual(
      [...starters, 'churn-deployer', 'churn-monitor', 'churn-serving', 'churn-workflow'].sort(),
    );
  });

  test('bucket and key: there are no others', () => {
    const { pipeline, document } = build(smallConfig(), (stack) => ({
      artifacts: ArtifactStore.fromBucketName(stack, 'Bucket', 'acme-artifacts'),
      encryptionKey: EncryptionKey.fromKeyName(stack, 'Key', KEY_NAME),
    }));
    for (const type of ['storage_bucket', 'kms_key_ring', 'kms_crypto_key', 'kms_crypto_key_iam_member']) {
      expect(blocks(document, `google_${type}`), type).toEqual([]);
    }
    expect(pipeline.artifacts.bucketName).toBe('acme-artifacts');
    const object = `"bucket":"acme-artifacts"`;
    expect(JSON.stringify(blocks(document, 'google_storage_bucket_object')).split(object)).toHaveLength(7);
    for (const { default_encryption_configuration } of blocks(document, 'google_bigquery_dataset')) {
      expect(default_encryption_configuration).toEqual({ kms_key_name: KEY_NAME });
    }
    for (const topic of blocks(document, 'google_pubsub_topic')) expect(topic.kms_key_name).toBe(KEY_NAME);
    expect(block(document, 'google_vertex_ai_endpoint').encryption_spec).toEqual({ kms_key_name: KEY_NAME });
    expect(Object.keys(document.data!)).toEqual(['google_storage_project_service_account']); // who tells of the policy
  });

  test('a bucket alone: the key is made beside it', () => {
    const { document } = build(BARE, (stack) => ({
      artifacts: ArtifactStore.fromBucketName(stack, 'Bucket', 'acme-artifacts'),
    }));
    expect(block(document, 'google_kms_crypto_key').rotation_period).toBe('7776000s');
    expect(blocks(document, 'google_storage_bucket')).toEqual([]);
  });
});

describe('the dashboard', () => {
  const shown = ({ document }: Built) => {
    const json = block(document, 'google_monitoring_dashboard').dashboard_json;
    return settled(document, json).replaceAll('$${', '${');
  };

  test('shows alerts, executions and feature groups at level 2', () => {
    const body = shown(build(fullConfig()));
    const parts = [
      'incidentList',
      'finished_execution_count',
      'featureonlinestore',
      'Model registry',
      'response_count',
      'cdk_mlops/max_drift',
    ];
    for (const text of parts) expect(body, text).toContain(text);
    expect(body.match(/## Features: /g)).toHaveLength(2);
    expect(JSON.parse(body).displayName).toBe('churn');
  });

  test('shows nothing of what is not there', () => {
    const body = shown(build(BARE));
    expect(body).toContain('Model registry');
    for (const text of ['Training', 'featureonlinestore', '## Features']) {
      expect(body, text).not.toContain(text);
    }
  });

  test('shows feature groups that are given', () => {
    const built = build(smallConfig(), (stack) => ({ featureGroups: { customers: groupGiven(stack) } }));
    expect(shown(built)).toContain('## Features: shared_customers');
  });
});

describe('the config', () => {
  test('reaches the pipeline with all its parts', () => {
    const { document } = build(fullConfig());
    const objects = blocks(document, 'google_storage_bucket_object');
    const definition = objects.find(({ name }) => name.includes('/pipeline/'))!.content.replaceAll(/\\+"/g, '"');
    for (const text of ['"--max_depth","6"', '"LOG_LEVEL":"info"', '"boot_disk_size_gb":100', '"inference.py"']) {
      expect(definition, text).toContain(text);
    }
    expect(definition.match(/"machine_type":"[^"]+"/g)).toEqual(
      ['n2-standard-4', 'n2-standard-8', 'n2-standard-4'].map((type) => `"machine_type":"${type}"`),
    );
  });

  test('that is wrong is refused with every problem at once', () => {
    const training = { ...fullConfig().training!, volumeGb: 0 };
    const wrong = fullConfig({
      name: 'Wrong Name',
      data: { ...fullConfig().data, training: 's3://bucket/' },
      training,
    });
    const error = caught(() => build(wrong));
    expect(error).toBeInstanceOf(ConfigError);
    expect((error as ConfigError).problems.map(({ path: at }) => at).sort()).toEqual([
      'data.training',
      'name',
      'training.volumeGb',
    ]);
  });

  test('without a section for Google Cloud is refused', () => {
    expect(() => build(without(BARE, 'google'))).toThrow('google: missing; Google Cloud needs project and region');
  });

  test.each([
    ['serving.mode', { serving: { mode: 'serverless' } }, 'Vertex AI has no serverless endpoints'],
    [
      'featureStore.groups[0].offline',
      { featureStore: { groups: [{ ...smallConfig().featureStore!.groups[0], offline: false }] } },
      'its online store is filled from BigQuery',
    ],
  ] as [string, Partial<MlopsConfig>, string][])(
    'that asks for what Google Cloud cannot do is refused, by name: %s',
    (at, overrides, why) => {
      const capabilities = { abTest: false, dataCapture: false, driftMonitoring: false, retraining: false };
      const error = caught(() => build(smallConfig({ ...overrides, capabilities })));
      expect((error as ConfigError).problems).toEqual([{ path: at, message: expect.stringContaining(why) }]);
    },
  );

  test('calls a feature what every object has', () => {
    const [group] = smallConfig().featureStore!.groups;
    const features = [...group.features, { name: 'constructor', type: 'float' as const }];
    const { document } = build(smallConfig({ featureStore: { groups: [{ ...group, features }] } }));
    const names = blocks(document, 'google_vertex_ai_feature_group_feature').map(({ name }) => name);
    expect(names.sort()).toEqual(['age', 'constructor']);
  });

  test('has feature groups whose ids meet those of no other config', () => {
    const [group] = smallConfig().featureStore!.groups;
    const named = (name: string, ofGroup: string): MlopsConfig => ({
      ...BARE,
      name,
      featureStore: { groups: [{ ...group, name: ofGroup }] },
    });
    const both = () =>
      synthesizeFolder((stack) => {
        new MlopsPipeline(stack, 'One', { config: named('a', 'b-c') });
        new MlopsPipeline(stack, 'Two', { config: named('a-b', 'c') });
      });
    expect(both).toThrow(/featureGroupId: "a_b_c" stands twice in stack Stack/);
  });

  test('has a name that no bucket may have: the way out is a bucket of its own', () => {
    expect(() => build({ ...BARE, name: 'google-ads' })).toThrow(
      'Cloud Storage refuses names that start with goog or contain google; give a bucketName, or artifacts that stand already',
    );
    const given = build({ ...BARE, name: 'google-ads' }, (stack) => ({
      artifacts: ArtifactStore.fromBucketName(stack, 'Bucket', 'acme-artifacts'),
    }));
    expect(given.pipeline.artifacts.bucketName).toBe('acme-artifacts');
  });
});

function caught(action: () => unknown): unknown {
  try {
    action();
  } catch (error) {
    return error;
  }
  return undefined;
}

describe('the removal policy', () => {
  const PROTECTED = ['kms_key_ring', 'kms_crypto_key', 'storage_bucket', 'bigquery_dataset', 'bigquery_table'];
  /** Views are made again from their query, the online store from the tables, the registration from the config. */
  const isKept = ({ type, block: of }: { type: string; block: any }) =>
    PROTECTED.includes(type.replace('google_', '')) && of.view === undefined;

  test('keeps everything that holds data by default', () => {
    const kept = resourcesOf(build(fullConfig()).document).filter(isKept);
    expect(kept).toHaveLength(11);
    for (const { address, block: of } of kept) expect(of.lifecycle, address).toEqual({ prevent_destroy: true });
    const others = resourcesOf(build(fullConfig()).document).filter(({ type }) => type in STATEFUL_TYPES);
    expect(new Set(others.filter((one) => !isKept(one)).map(({ type }) => type))).toEqual(
      new Set([
        'google_bigquery_table',
        'google_vertex_ai_endpoint', // it holds no data, and costs money
        'google_vertex_ai_feature_group',
        'google_vertex_ai_feature_group_feature',
        'google_vertex_ai_feature_online_store',
        'google_vertex_ai_feature_online_store_featureview',
      ]),
    );
  });

  test('is in the provider’s hands too, which reads it in the state', () => {
    for (const [policy, retained] of [
      ['retain', true],
      ['destroy', false],
    ] as const) {
      const { document } = build(fullConfig(), () => ({ removalPolicy: policy }));
      const kept = resourcesOf(document).filter(isKept);
      for (const { address, block: of } of kept) expect(of.lifecycle?.prevent_destroy, address).toBe(retained);
      expect(block(document, 'google_storage_bucket').force_destroy).toBe(!retained);
      const datasets = blocks(document, 'google_bigquery_dataset');
      expect(datasets.map((one) => one.delete_contents_on_destroy)).toEqual([!retained, !retained]);
      const tables = blocks(document, 'google_bigquery_table').filter(({ view }) => view === undefined);
      expect(tables.map(({ deletion_protection }) => deletion_protection)).toEqual(Array(6).fill(retained));
    }
  });

  test('lets everything else go', () => {
    for (const { address, block: of } of resourcesOf(build(fullConfig()).document).filter((one) => !isKept(one))) {
      expect(of.lifecycle?.prevent_destroy, address).toBeUndefined();
      expect(of.deletion_protection ?? false, address).toBe(false);
    }
  });
});

test('everything names its project, and its region where it has one', () => {
  const { document } = build(fullConfig());
  const inParents = ['google_kms_crypto_key', 'google_kms_crypto_key_iam_member', 'google_service_account_iam_member'];
  const inWorld = [
    'google_storage_bucket_iam_member',
    'google_storage_bucket_object',
    'google_storage_notification',
    'time_sleep',
  ];
  for (const { address, type, block: of } of resourcesOf(document)) {
    if (![...inParents, ...inWorld].includes(type)) expect(of.project, address).toBe('acme-ml');
    const place = of.region ?? of.location;
    if (place !== undefined) expect(place, address).toBe('europe-west4');
  }
});

test('a document of level 2 is the same at every synth, whatever was made before', () => {
  const noise = (stack: TerraformStack): References => {
    for (const name of ['a', 'b']) new GoogleResource(stack, name, 'google_pubsub_topic', { name }).attribute('name');
    return {};
  };
  const one = mlopsDocument(fullConfig());
  const other = mlopsDocument(fullConfig(), noise);
  expect(mlopsDocument(fullConfig())).toEqual(one);
  const { a, b, ...topics } = other.resource!.google_pubsub_topic;
  expect([a.name, b.name]).toEqual(['a', 'b']);
  expect({ ...other, resource: { ...other.resource, google_pubsub_topic: topics } }).toEqual(one);
});

test.runIf(terraformIsAtHand())(
  'terraform accepts every level, with parts made and given',
  { timeout: 300_000 },
  () => {
    const numberless = { ...fullConfig().google!, projectNumber: undefined };
    const folders = [
      ...([0, 1, 2] as const).map((level) => mlopsFolder(fullConfig({ level, capabilities: {} }))),
      mlopsFolder(fullConfig({ google: numberless }), () => ({ network: NETWORK, notificationChannels: [CHANNEL] })),
      mlopsFolder(smallConfig(), (stack) => ({
        artifacts: ArtifactStore.fromBucketName(stack, 'Bucket', 'acme-artifacts'),
        encryptionKey: EncryptionKey.fromKeyName(stack, 'Key', KEY_NAME),
        featureGroups: { customers: groupGiven(stack) },
        networkAttachment: ATTACHMENT,
        removalPolicy: 'destroy',
      })),
    ];
    for (const folder of folders) expect(terraformValidate(folder)).toEqual([]);
  },
);
