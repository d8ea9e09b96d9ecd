import { describe, expect, test } from 'vitest';
import { ArtifactStore } from '../../lib/google/artifact-store';
import type { TerraformDocument } from '../../lib/google/diff/terraform';
import { resourcesOf } from '../../lib/google/diff/terraform';
import { EncryptionKey } from '../../lib/google/encryption-key';
import type { TerraformStack } from '../../lib/google/engine';
import { MlopsDataset } from '../../lib/google/mlops-dataset';
import { ModelEndpoint } from '../../lib/google/model-endpoint';
import type { ModelEndpointProps } from '../../lib/google/model-endpoint';
import { ModelRegistry } from '../../lib/google/model-registry';
import { ServiceAccount } from '../../lib/google/service-account';
import { parseRecord } from '../../lib/deployer/record';
import type { GooglePolicy } from '../../lib/runtime/google-contract';
import { ANN, AT, block, blocks, named, synthesize } from './blocks';
import { CHANNEL, KEY_NAME } from './configs';
import { rightsOf, settled } from './iam';
import { forceNewChanges, schemaProblems } from './judges';

const GOOGLE = { ...AT, projectNumber: '123456789012' };
type Overrides = Partial<ModelEndpointProps>;

/** What endpoints of a stack share. */
function parts(stack: TerraformStack) {
  const encryptionKey = new EncryptionKey(stack, 'Key', { ...GOOGLE, name: 'shared' });
  const artifacts = new ArtifactStore(stack, 'Store', { ...GOOGLE, name: 'shared', encryptionKey });
  const registry = new ModelRegistry(stack, 'Registry', { ...GOOGLE, modelId: 'delay', encryptionKey });
  const dataset = new MlopsDataset(stack, 'Dataset', { ...GOOGLE, name: 'shared', artifacts, encryptionKey });
  return { encryptionKey, artifacts, registry, dataset, google: GOOGLE };
}

function build(overrides: Overrides = {}, use: (endpoint: ModelEndpoint, stack: TerraformStack) => void = () => {}) {
  const document = synthesize((stack) => {
    const props = { ...parts(stack), endpointName: 'delay', ...overrides };
    use(new ModelEndpoint(stack, 'Endpoint', props), stack);
  });
  expect(schemaProblems(document)).toEqual([]);
  return document;
}

/** The policy as the deployer reads it, with the names of what it refers to. */
function policyOf(document: TerraformDocument): GooglePolicy {
  const object = named(document, 'google_storage_bucket_object', 'deployments/delay/policy.json');
  return JSON.parse(settled(document, object.content).replaceAll('$${', '${'));
}

const BATCH: Overrides = {
  mode: 'batch',
  batch: { input: 'gs://acme-in/today/', schedule: { cron: '0 4 * * 1-5' } },
  dataFormat: 'jsonlines',
};
const plain = build();
const batch = build(BATCH);

describe('an endpoint', () => {
  test('is empty, encrypted, and in nobody’s way: which model gets its requests is not Terraform’s', () => {
    expect(block(plain, 'google_vertex_ai_endpoint')).toMatchObject({
      name: '4443603559',
      display_name: 'delay',
      location: 'europe-west4',
      encryption_spec: { kms_key_name: expect.stringContaining('google_kms_crypto_key.') },
      lifecycle: { ignore_changes: ['traffic_split'] },
      depends_on: expect.arrayContaining([expect.stringContaining('Allow-vertexAi')]),
    });
    const { traffic_split, network, dedicated_endpoint_enabled } = block(plain, 'google_vertex_ai_endpoint');
    expect([traffic_split, network, dedicated_endpoint_enabled]).toEqual([undefined, undefined, undefined]);
  });

  test('logs to a table that nobody has made, and is not made again to do so', () => {
    const watched = build({ dataCapture: true, capturePercent: 25 });
    const logging = (of: TerraformDocument) => {
      const block_ = block(of, 'google_vertex_ai_endpoint').predict_request_response_logging_config;
      return JSON.parse(settled(of, JSON.stringify(block_)));
    };
    const bigquery_destination = { output_uri: 'bq://acme-ml.shared_mlops.delay_requests' };
    expect(logging(plain)).toEqual({ enabled: false, sampling_rate: 1, bigquery_destination });
    expect(logging(watched)).toEqual({ enabled: true, sampling_rate: 0.25, bigquery_destination });
    expect(blocks(watched, 'google_bigquery_table')).toEqual([]);
    expect(forceNewChanges(plain, watched)).toEqual([]);
  });

  test('is private from the start, or never', () => {
    const projects = ['acme-shop', 'acme-app'];
    const reached = build({ privateServiceConnectProjects: projects });
    expect(block(reached, 'google_vertex_ai_endpoint').private_service_connect_config).toEqual({
      enable_private_service_connect: true,
      project_allowlist: projects,
    });
    const one = build({ privateServiceConnectProjects: [projects[0]] });
    expect(forceNewChanges(reached, one)).toEqual([]);
    expect(forceNewChanges(plain, reached)[0]).toContain(
      'private_service_connect_config.enable_private_service_connect',
    );
  });

  test('has the number of its name, wherever it stands and whoever names it', () => {
    const ids = new Set<string>();
    build({}, (endpoint, stack) => {
      const known = ModelEndpoint.fromEndpointAttributes(stack, 'Known', { ...AT, endpointName: 'delay' });
      expect([known.endpointId, known.resourceName]).toEqual([endpoint.endpointId, endpoint.resourceName]);
      for (const endpointName of ['a', 'b', 'delay-eu', 'x'.repeat(40)]) {
        ids.add(ModelEndpoint.fromEndpointAttributes(stack, endpointName, { ...AT, endpointName }).endpointId);
      }
    });
    expect(ids.size).toBe(4);
    for (const id of ids) expect(id).toMatch(/^[1-9]\d{9}$/);
  });

  test('in batch mode is a deployer and a schedule alone', () => {
    expect(blocks(batch, 'google_vertex_ai_endpoint')).toEqual([]);
    const { schedule, http_target } = named(batch, 'google_cloud_scheduler_job', 'delay-predictions');
    expect(schedule).toBe('0 4 * * 1,2,3,4,5');
    const started = JSON.parse(Buffer.from(http_target.body, 'base64').toString());
    expect(JSON.parse(started.argument)).toEqual({ task: 'predict', cause: 'schedule' });
    expect(
      JSON.parse(named(batch, 'google_workflows_workflow', 'delay-deployer').user_env_vars.SETTINGS),
    ).not.toHaveProperty('endpointId');
  });

  test('may stand beside others, with all parts shared', () => {
    const document = synthesize((stack) => {
      const shared = parts(stack);
      for (const endpointName of ['delay', 'delay-eu']) {
        new ModelEndpoint(stack, endpointName, { ...shared, endpointName });
      }
      expect(() => new ModelEndpoint(stack, 'Again', { ...shared, endpointName: 'delay' })).toThrow(
        'endpointName: "delay" stands twice in stack Stack',
      );
    });
    expect(schemaProblems(document)).toEqual([]);
    expect(blocks(document, 'google_bigquery_routine')).toHaveLength(1);
    const names = blocks(document, 'google_workflows_workflow').map(({ name }) => name);
    expect(names.sort()).toEqual(['delay-deployer', 'delay-eu-deployer']);
  });
});

describe('the policy', () => {
  test('says how models are served, and is one that the deployer keeps', () => {
    const policy = policyOf(
      build({ framework: { name: 'xgboost', version: '2.1' }, environment: { LEVEL: '${x} "y"' } }),
    );
    expect(policy).toEqual({
      format: 1,
      mode: 'realtime',
      scaling: { minInstances: 2, maxInstances: 4, invocationsPerInstance: 1000 },
      rollout: { strategy: 'canary', percent: 50, bakeMinutes: 10 },
      alarms: { p95LatencyMs: 500, errorRatePercent: 1 },
      tags: {},
      owner: { stack: 'Stack', resource: 'Stack/Endpoint' },
      serving: {
        machineType: 'n2-highmem-2',
        serviceAccount: 'delay-serving',
        image: 'europe-docker.pkg.dev/vertex-ai/prediction/xgboost-cpu.2-1:latest',
        environment: { LEVEL: '${x} "y"' },
      },
      automatic: true,
      requireBaseline: false,
      model: 'projects/acme-ml/locations/europe-west4/models/delay',
      encryptionKey: 'data',
    });
    expect(parseRecord('delay', JSON.stringify({ format: 1, endpoint: 'delay', policy })).policy).toEqual(policy);
  });

  test('takes exact values of the cloud first', () => {
    const { serving, baselines, abTest, automatic } = policyOf(
      build({
        compute: 'large',
        image: 'neutral',
        google: { ...GOOGLE, servingMachineType: 'g2-standard-4', servingImage: 'own' },
        requireBaseline: true,
        abTesting: true,
      }),
    );
    expect([serving.machineType, serving.image]).toEqual(['g2-standard-4', 'own']);
    expect(serving.accelerator).toEqual({ type: 'NVIDIA_L4', count: 1 });
    expect(baselines).toBe('gs://acme-ml-shared-artifacts/drift/delay/baselines/');
    expect([abTest, automatic]).toEqual([
      { trafficPercent: 20, durationHours: 24, goal: 'notWorse', margin: 0.5 },
      true,
    ]);
  });

  test('of batches says what is predicted, and where it goes', () => {
    const { mode, scaling, serving } = policyOf(batch);
    expect([mode, scaling]).toEqual(['batch', undefined]);
    expect(serving.batch).toEqual({
      input: 'gs://acme-in/today/',
      output: 'gs://acme-ml-shared-artifacts/batch/delay/',
      format: 'jsonl',
    });
  });

  test('changes in place, whatever changes in it: nothing is made again', () => {
    const others: Overrides[] = [
      { compute: 'gpu', image: 'own' },
      { maxInstances: 9, rollout: { strategy: 'linear', percent: 20 } },
      { abTesting: true, requireBaseline: true },
      { automaticDeployment: false, operationalAlarms: false },
    ];
    for (const overrides of others) {
      const changed = build(overrides);
      expect(policyOf(changed)).not.toEqual(policyOf(plain));
      expect(forceNewChanges(plain, changed), JSON.stringify(overrides)).toEqual([]);
    }
  });
});

describe('the end of a stack', () => {
  /** What Terraform destroys before a resource may go: all that depends on it. */
  function goBefore(document: TerraformDocument, address: string): Set<string> {
    const found = new Set<string>();
    const visit = (of: string) => {
      for (const { address: other, block: other_ } of resourcesOf(document)) {
        const { depends_on = [], ...rest } = other_;
        const needs = depends_on.includes(of) || JSON.stringify(rest).includes(`\${${of}.`);
        if (needs && !found.has(other)) {
          found.add(other);
          visit(other);
        }
      }
    };
    visit(address);
    return found;
  }
  const [{ address: policy }] = resourcesOf(plain).filter(
    ({ block: of }) => of.name === 'deployments/delay/policy.json',
  );
  const [{ address: delay, block: pause }] = resourcesOf(plain).filter(({ type }) => type === 'time_sleep');

  test('begins with the policy, and then waits', () => {
    expect([...goBefore(plain, policy)]).toEqual([]);
    expect([...goBefore(plain, delay)]).toEqual([policy]);
    expect(pause.destroy_duration).toBe('15m');
  });

  test('that comes too early fails at the endpoint, with the deployer still standing', () => {
    const [{ address: endpoint }] = resourcesOf(plain).filter(({ type }) => type === 'google_vertex_ai_endpoint');
    const [{ address: workflow }] = resourcesOf(plain).filter(({ type }) => type === 'google_workflows_workflow');
    expect([...goBefore(plain, workflow)]).toEqual(expect.arrayContaining([endpoint, delay, policy]));
  });

  test('leaves all that the deployer needs to take the models away until then', () => {
    const needed = [
      'google_vertex_ai_endpoint',
      'google_bigquery_dataset',
      'google_bigquery_routine',
      'google_workflows_workflow',
      'google_cloud_scheduler_job',
      'google_eventarc_trigger.Endpoint_Deployer_PolicyEvents',
      'google_pubsub_topic.Endpoint_Deployer',
      'google_pubsub_topic_iam_member.Endpoint_Deployer',
      'google_storage_notification',
      'google_storage_bucket.',
      'google_kms_crypto_key',
      'google_service_account',
    ];
    const mine = resourcesOf(plain).filter(({ address }) => !address.includes('Registry'));
    for (const prefix of needed) {
      const held = mine.filter(({ address }) => address.startsWith(prefix));
      expect(held.length, prefix).toBeGreaterThan(0);
      for (const { address } of held.filter((one) => !/Users/.test(one.address))) {
        expect(goBefore(plain, address).has(delay), address).toBe(true);
      }
    }
    const rights = resourcesOf(plain).filter(
      ({ type, block: of }) => /_iam_member$/.test(type) && settled(plain, of.member ?? '').endsWith(':delay-deployer'),
    );
    expect(rights.length).toBeGreaterThan(5);
    for (const { address } of rights) expect(goBefore(plain, address).has(delay), address).toBe(true);
  });
});

describe('rights', () => {
  test('of models: they read what trainings left, what they predict, and write predictions', () => {
    expect(rightsOf(plain, 'delay-serving')).toEqual([
      'roles/logging.logWriter on project acme-ml',
      'roles/storage.objectViewer on storage_bucket acme-ml-shared-artifacts/training/',
    ]);
    expect(rightsOf(batch, 'delay-serving')).toEqual([
      'roles/logging.logWriter on project acme-ml',
      'roles/storage.objectUser on storage_bucket acme-ml-shared-artifacts/batch/delay/',
      'roles/storage.objectViewer on storage_bucket acme-in/today/',
      'roles/storage.objectViewer on storage_bucket acme-ml-shared-artifacts/training/',
    ]);
    const elsewhere = { ...BATCH, batch: { input: 'bq://acme-in.days.today', output: 'gs://acme-out/' } };
    expect(rightsOf(build(elsewhere), 'delay-serving')).toEqual([
      'roles/bigquery.dataViewer on bigquery_table today',
      'roles/logging.logWriter on project acme-ml',
      'roles/storage.objectUser on storage_bucket acme-out/',
      'roles/storage.objectViewer on storage_bucket acme-ml-shared-artifacts/training/',
    ]);
    expect(rightsOf(build({ ...elsewhere, grantDataAccess: false }), 'delay-serving')).toHaveLength(2);
  });

  test('of an account that is given are added to it', () => {
    const email = 'own@acme-ml.iam.gserviceaccount.com';
    const document = synthesize((stack) => {
      const serviceAccount = ServiceAccount.fromServiceAccountAttributes(stack, 'Own', { email, project: 'acme-ml' });
      new ModelEndpoint(stack, 'Endpoint', { ...parts(stack), endpointName: 'delay', serviceAccount });
    });
    expect(policyOf(document).serving.serviceAccount).toBe(email);
    expect(rightsOf(document, `serviceAccount:${email}`)).toHaveLength(2);
    expect(rightsOf(document, 'delay-deployer')).toContain(
      `roles/iam.serviceAccountUser on service_account projects/acme-ml/serviceAccounts/${email}`,
    );
  });

  test('of people: to ask, or to deploy and read the record', () => {
    const document = build({}, (endpoint, stack) => {
      endpoint.grantInvoke('group:shop@example.com');
      endpoint.grantOperate(ANN);
      const known = ModelEndpoint.fromEndpointAttributes(stack, 'Known', { ...AT, endpointName: 'fraud' });
      known.grantInvoke('group:shop@example.com');
    });
    expect(rightsOf(document, 'group:shop@example.com')).toEqual([
      'delay.invoke on project acme-ml',
      expect.stringMatching(/^fraud_[0-9a-f]{8}\.invoke on project acme-ml$/),
    ]);
    expect(rightsOf(document, ANN)).toEqual([
      'delay.operate on project acme-ml',
      'roles/storage.objectViewer on storage_bucket acme-ml-shared-artifacts/deployments/delay/',
    ]);
  });
});

describe('alerts', () => {
  const policies = blocks(
    build({ notificationChannels: [CHANNEL], alarms: { p95LatencyMs: 80, errorRatePercent: 2 } }),
    'google_monitoring_alert_policy',
  );
  const conditionsOf = (what: RegExp) => policies.find(({ display_name }) => what.test(display_name))!.conditions;

  test('look at slow, refused and failed requests of an endpoint that is asked enough', () => {
    for (const what of [/take longer than 80 ms/, /refuses more than 2 %/, /fails on more than 2 %/]) {
      const [, enough] = conditionsOf(what);
      expect(enough.condition_threshold).toMatchObject({ comparison: 'COMPARISON_GT', threshold_value: 19 });
      for (const { condition_threshold: one } of conditionsOf(what)) {
        expect(one.filter).toContain('resource.labels.endpoint_id="4443603559"');
        expect(one.duration).toBe('900s');
      }
    }
    expect(conditionsOf(/take longer/)[0].condition_threshold.threshold_value).toBe(80);
    const [share] = conditionsOf(/fails on/);
    expect(share.condition_threshold.threshold_value).toBe(0.02);
    expect(share.condition_threshold.filter).toContain('metric.labels.response_code=starts_with("5")');
    expect(share.condition_threshold.denominator_filter).not.toContain('response_code');
  });

  test('tell the channels, all of them', () => {
    expect(policies).toHaveLength(6);
    for (const { notification_channels } of policies) expect(notification_channels).toEqual([CHANNEL]);
  });

  test('of batches are those of the deployer, and none when nobody wants them', () => {
    const names = blocks(batch, 'google_monitoring_alert_policy').map(({ display_name }) => display_name);
    expect(names).toHaveLength(3);
    expect(names.join()).not.toContain('requests');
    const told = blocks(build({ operationalAlarms: false }), 'google_monitoring_alert_policy');
    expect(told.map(({ display_name }) => display_name)).toEqual(names);
  });
});

describe('what is wrong is refused', () => {
  test.each<[string, Overrides, string]>([
    ['a name', { endpointName: 'Delay' }, 'endpointName: got "Delay", allowed: 1 to 40 lower-case letters'],
    ['a long name', { endpointName: 'd'.repeat(41) }, 'endpointName: got'],
    ['a token as a name', { endpointName: '${TfToken[TOKEN.0]}' }, 'a value that only Terraform knows'],
    ['a share', { capturePercent: 0.5 }, 'capturePercent: got 0.5, allowed: an integer from 1 to 100'],
    ['nobody', { privateServiceConnectProjects: [] }, 'privateServiceConnectProjects: got none'],
    ['a mode', { mode: 'serverless' }, 'Vertex AI has no serverless endpoints'],
    ['a test of batches', { ...BATCH, abTesting: true }, 'abTesting: got true, but mode is batch'],
    ['a log of batches', { ...BATCH, dataCapture: true }, 'dataCapture: got true, but mode is batch'],
    ['a test that never comes', { abTesting: true, automaticDeployment: false }, 'no version would ever be tested'],
    ['a bake time', { rollout: { bakeMinutes: 1 } }, 'bakeMinutes'],
  ])('%s', (_what, overrides, why) => {
    expect(() => build(overrides)).toThrow(why);
  });

  test('a registry or a key of another region', () => {
    synthesize((stack) => {
      const shared = { ...parts(stack), endpointName: 'delay' };
      const registry = ModelRegistry.fromModelId(stack, 'Far', { ...AT, region: 'us-central1', modelId: 'delay' });
      expect(() => new ModelEndpoint(stack, 'One', { ...shared, registry })).toThrow(
        'registry: is in projects/acme-ml/locations/us-central1, but the endpoint in projects/acme-ml/locations/europe-west4',
      );
      const encryptionKey = EncryptionKey.fromKeyName(stack, 'FarKey', KEY_NAME.replace('europe-west4', 'us-central1'));
      const endpointName = 'fraud';
      expect(() => new ModelEndpoint(stack, 'Two', { ...shared, endpointName, encryptionKey })).toThrow(
        'encryptionKey: is in us-central1',
      );
    });
  });
});
