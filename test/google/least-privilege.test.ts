import { describe, expect, test } from 'vitest';
import type { TerraformDocument } from '../../lib/google/diff/terraform';
import { dataSourcesOf, resourcesOf } from '../../lib/google/diff/terraform';
import { PROVIDERS } from '../../lib/google/diff/provider-facts';
import { MlopsPipeline } from '../../lib/google/mlops-pipeline';
import { ServiceAccount } from '../../lib/google/service-account';
import { ANN, blocks, named, synthesize } from './blocks';
import { NETWORK, fullConfig, mlopsDocument } from './configs';
import { grantsOf, rightsOf } from './iam';

/** Level 2 with a schedule, tables as data beside folders, and every grant that others can be given. */
const config = fullConfig({ data: { ...fullConfig().data!, test: 'bq://acme-data.churn.test', split: undefined } });
const document = synthesize((stack) => {
  const pipeline = new MlopsPipeline(stack, 'Pipeline', { config, network: NETWORK });
  const { artifacts, registry, trainingPipeline, featureGroups } = pipeline;
  const client = new ServiceAccount(stack, 'Client', {
    ...{ project: 'acme-ml', name: 'churn', role: 'client' },
    description: 'Asks',
  });
  registry.onApproval('Deploy', { workflow: trainingPipeline!.workflowName });
  artifacts.grantRead(client.member, 'training/churn/executions/');
  registry.grantRead(client.member);
  registry.grantApprove(ANN);
  trainingPipeline!.grantStart(ANN);
  pipeline.endpoint.grantInvoke(client.member);
  pipeline.endpoint.grantOperate(ANN);
  featureGroups[0].grantIngest(client.member);
  featureGroups[0].grantOnlineRead(client.member);
  featureGroups[0].grantOfflineRead(client.member);
});
const grants = grantsOf(document);
const plainDocument = mlopsDocument(fullConfig());

/** Roles in a whole project: the services know no smaller place, or the role is a custom one with exactly what is needed. */
const REVIEWED_IN_PROJECT: readonly (readonly [who: string, role: string, reason: string])[] = [
  [
    'churn-training',
    'churn.jobs',
    'exactly the calls of a job; Vertex AI jobs and metadata have no policy of their own',
  ],
  ['churn-training', 'churn.register', 'models have no policy of their own'],
  ['churn-training', 'roles/logging.logWriter', 'logs are of a project; writing is all that it allows'],
  ['churn-workflow', 'churn.workflow', 'exactly the calls of the workflow'],
  ['churn-workflow', 'churn.read', 'models have no policy of their own'],
  ['churn-workflow', 'churn.approve', 'likewise; only with automatic approval'],
  ['churn-workflow', 'roles/logging.logWriter', 'logs are of a project; writing is all that it allows'],
  ['churn-scheduler', 'churn.start', 'workflows have no policy of their own'],
  ['churn-deploy', 'roles/workflows.invoker', 'workflows have no policy of their own'],
  ['churn-deploy', 'roles/eventarc.eventReceiver', 'triggers have no policy of their own'],
  ['churn-client', 'churn.read', 'models have no policy of their own'],
  ['churn-client', 'churn_customers.fetch', 'feature views have no policy of their own in Terraform'],
  ['churn-client', 'churn.invoke', 'endpoints have no policy of their own in Terraform'],
  ['churn-serving', 'roles/logging.logWriter', 'logs are of a project; writing is all that it allows'],
  ['churn-deployer', 'churn.deployer', 'exactly the calls of the deployer'],
  ['churn-deployer', 'roles/logging.logWriter', 'logs are of a project; writing is all that it allows'],
  ['churn-deploy-start', 'churn.deploy_start', 'workflows have no policy of their own'],
  ['churn-deploy-start', 'roles/workflows.invoker', 'likewise; what Eventarc asks for'],
  ['churn-deploy-start', 'roles/eventarc.eventReceiver', 'triggers have no policy of their own'],
  ['churn-monitor', 'churn.monitor', 'exactly the calls of the monitor'],
  ['churn-monitor', 'churn.read', 'models have no policy of their own'],
  ['churn-monitor', 'churn.start', 'workflows have no policy of their own; it starts trainings'],
  ['churn-monitor', 'roles/logging.logWriter', 'logs are of a project; writing is all that it allows'],
  ['churn-monitor-start', 'churn.monitor_start', 'workflows have no policy of their own'],
  ['churn-workflow', 'churn.start', 'likewise; it has baselines made'],
  [ANN, 'churn.operate', 'workflows have no policy of their own'],
  [ANN, 'churn.approve', 'models have no policy of their own'],
  [ANN, 'churn.start', 'workflows have no policy of their own'],
];

/** Predefined roles, each on one resource. */
const REVIEWED_PREDEFINED: Readonly<Record<string, string>> = {
  'roles/bigquery.dataViewer': 'reads the rows of one table',
  'roles/cloudkms.cryptoKeyEncrypterDecrypter': 'uses one key; for service agents alone',
  'roles/eventarc.eventReceiver': 'receives events of a trigger',
  'roles/iam.serviceAccountAdmin': 'one account, for the service agent that serves models with it',
  'roles/iam.serviceAccountUser': 'starts work as one account',
  'roles/logging.logWriter': 'writes log entries',
  'roles/pubsub.publisher': 'publishes to one topic; for the log sink and for Cloud Storage alone',
  'roles/storage.objectUser': 'objects below a prefix; deleting is needed to write twice, and versions stay',
  'roles/storage.objectViewer': 'objects below a prefix',
  'roles/workflows.invoker': 'starts workflows',
};

describe('grants of level 2', () => {
  test('are looked at whole: every account has some, and nobody else but service agents', () => {
    const accounts = blocks(document, 'google_service_account').map(({ account_id }) => account_id);
    expect(accounts.sort()).toEqual([
      'churn-client',
      'churn-deploy',
      'churn-deploy-start',
      'churn-deployer',
      'churn-monitor',
      'churn-monitor-start',
      'churn-scheduler',
      'churn-serving',
      'churn-training',
      'churn-workflow',
    ]);
    const others = new Set(grants.map(({ who }) => who).filter((who) => !accounts.includes(who)));
    expect([...others].sort()).toEqual(
      [
        'churn-approvals', // the writer of the log sink
        'google_storage_project_service_account',
        'serviceAccount:bq-123456789012@bigquery-encryption.iam.gserviceaccount.com',
        'serviceAccount:service-123456789012@gcp-sa-aiplatform.iam.gserviceaccount.com',
        'serviceAccount:service-123456789012@gcp-sa-pubsub.iam.gserviceaccount.com',
        'serviceAccount:service-123456789012@gcp-sa-workflows.iam.gserviceaccount.com',
        ANN,
      ].sort(),
    );
    for (const account of accounts) expect(rightsOf(document, account), account).not.toEqual([]);
  });

  test('are to members alone: nothing takes a policy over that others have a part in', () => {
    const types = resourcesOf(document).map(({ type }) => type);
    expect(types.filter((type) => /_iam_(binding|policy|audit_config)$/.test(type))).toEqual([]);
    expect(types.filter((type) => /service_account_key|access_control|default_service/.test(type))).toEqual([]);
  });

  test('in a whole project are reviewed', () => {
    const found = grants.filter(({ on }) => on === 'project acme-ml').map(({ who, role }) => `${who} ${role}`);
    expect(found.sort()).toEqual(REVIEWED_IN_PROJECT.map(([who, role]) => `${who} ${role}`).sort());
    expect(grants.filter(({ on }) => /^(organization|folder)/.test(on))).toEqual([]);
  });

  test('are never basic roles, nor those of administrators, nor to everybody', () => {
    const roles = new Set(grants.map(({ role }) => role));
    expect([...roles].filter((role) => /^roles\/(owner|editor|viewer|browser)$/i.test(role))).toEqual([]);
    const wide = grants.filter(({ role }) => /admin|owner|editor|\.developer$|serviceAgent/i.test(role));
    // Google's guide to custom service accounts demands it of whoever serves with one: its own agent, on this account alone.
    expect(wide.map(({ who, role }) => `${who} ${role}`)).toEqual([
      'serviceAccount:service-123456789012@gcp-sa-aiplatform.iam.gserviceaccount.com roles/iam.serviceAccountAdmin',
    ]);
    expect(wide.every(({ on }) => /serving/.test(on))).toBe(true);
    expect(grants.filter(({ who }) => /allUsers|allAuthenticatedUsers|domain:/.test(who))).toEqual([]);
    const predefined = [...roles].filter((role) => role.startsWith('roles/'));
    expect(predefined.sort()).toEqual(Object.keys(REVIEWED_PREDEFINED));
  });

  test('on buckets hold for a prefix', () => {
    const onBuckets = grants.filter(({ on }) => on.startsWith('storage_bucket'));
    expect(onBuckets.length).toBeGreaterThan(3);
    const folders = /^(outcomes|programs|training)\/$|^[^/]+\/.+\/$|^drift\/churn\/latest\.$/;
    for (const { who, role, prefix } of onBuckets) expect(prefix, `${who} ${role}`).toMatch(folders);
  });

  test('only read the data: nothing of it can be changed or deleted', () => {
    const onData = grants.filter(({ on }) => on.includes('acme-data') || on === 'bigquery_table test');
    expect([...new Set(onData.map(({ who, role }) => `${who} ${role}`))].sort()).toEqual([
      'churn-monitor roles/storage.objectViewer',
      'churn-training roles/bigquery.dataViewer',
      'churn-training roles/storage.objectViewer',
    ]);
  });

  test('let three accounts start work as the jobs or the models, and none as another', () => {
    const using = grants.filter(({ role }) => role === 'roles/iam.serviceAccountUser');
    expect(using.map(({ who, on }) => `${who} as ${on}`).sort()).toEqual([
      'churn-deployer as service_account churn-serving',
      'churn-training as service_account churn-training',
      'churn-workflow as service_account churn-training',
    ]);
    expect(grants.filter(({ role }) => /serviceAccountTokenCreator/.test(role))).toEqual([]);
  });

  test('let service agents, and nobody else, use the key', () => {
    const using = grants.filter(({ on }) => on.startsWith('kms_'));
    expect(using).toHaveLength(5);
    for (const { who, role } of using) {
      expect(who).toMatch(/^google_storage_project_service_account$|@(gcp-sa-\w+|bigquery-encryption)\.iam\./);
      expect(role).toBe('roles/cloudkms.cryptoKeyEncrypterDecrypter');
    }
  });
});

describe('custom roles of level 2', () => {
  const roles = blocks(document, 'google_project_iam_custom_role');
  const permissions = roles.flatMap((role) => role.permissions as string[]);

  test('name every permission in full', () => {
    expect(permissions.length).toBeGreaterThan(40);
    expect(permissions.filter((permission) => !/^[a-z]+\.[a-zA-Z]+\.[a-zA-Z]+$/.test(permission))).toEqual([]);
    for (const { role_id, permissions: own } of roles) expect(new Set(own).size, role_id).toBe(own.length);
  });

  test('delete nothing but what the deployer uploaded, change no policy, and become nobody', () => {
    const dangerous = /\.(delete|undelete|setIamPolicy|getIamPolicy|actAs|getAccessToken|signBlob|signJwt|purge)$/i;
    expect(permissions.filter((permission) => dangerous.test(permission))).toEqual(['aiplatform.models.delete']);
    expect(permissions.filter((permission) => /^(iam|resourcemanager|cloudkms|storage)\./.test(permission))).toEqual(
      [],
    );
  });

  test('approve in one place: who registers a version may not', () => {
    const withPermission = (permission: string) =>
      grants.filter((grant) => grant.permissions.includes(permission)).map(({ who }) => who);
    const deployer = 'churn-deployer'; // its alias is `champion`
    expect(withPermission('aiplatform.models.update').sort()).toEqual([deployer, 'churn-workflow', ANN].sort());
    expect(withPermission('aiplatform.models.upload').sort()).toEqual([deployer, 'churn-training']);
    expect(withPermission('aiplatform.pipelineJobs.create')).toEqual(['churn-workflow']);
    expect(withPermission('aiplatform.customJobs.create')).toEqual(['churn-training']);
    expect(withPermission('workflows.executions.create').sort()).toEqual([
      'churn-deploy-start',
      'churn-monitor',
      'churn-monitor-start',
      'churn-scheduler',
      'churn-workflow',
      ANN, // trains
      ANN, // deploys
    ]);
  });

  test('are these, granted or not', () => {
    const ids = (of: TerraformDocument) => blocks(of, 'google_project_iam_custom_role').map(({ role_id }) => role_id);
    const rights = ['approve', 'deploy_start', 'deployer', 'invoke', 'jobs', 'operate', 'programs', 'read', 'register'];
    const monitor = ['monitor', 'monitor_operate', 'monitor_read', 'monitor_start', 'monitor_write'];
    const own = [...rights, ...monitor, 'start', 'workflow'].map((right) => `churn.${right}`).sort();
    expect(ids(plainDocument).sort()).toEqual(own.sort());
    expect(ids(document).sort()).toEqual([...own, 'churn_customers.fetch', 'churn_customers.ingest'].sort());
  });
});

describe('data of level 2', () => {
  /** Types that take a key in the schema and are not given one here. */
  const WITHOUT_A_KEY: Readonly<Record<string, string>> = {
    google_storage_bucket_object: 'the default key of its bucket encrypts it',
    google_vertex_ai_feature_online_store: 'takes a key from version 8 of the provider on',
  };
  const KEYS =
    /^(kms_key_name|crypto_key_name|default_kms_key_name|encryption_configuration|default_encryption_configuration|encryption_spec|encryption)$/;
  const takesKey = (type: string) =>
    PROVIDERS.some(({ types }) =>
      Object.entries(types[type] ?? {}).some(([name, { readOnly }]) => KEYS.test(name) && !readOnly),
    );

  test('is encrypted with the key wherever the service takes one', () => {
    const encrypted = resourcesOf(document).filter(({ type, block }) => takesKey(type) && block.view === undefined);
    const types = new Set(encrypted.map(({ type }) => type));
    expect([...types].filter((type) => !(type in WITHOUT_A_KEY)).sort()).toEqual([
      'google_bigquery_dataset',
      'google_bigquery_table',
      'google_pubsub_topic',
      'google_storage_bucket',
      'google_vertex_ai_endpoint',
      'google_workflows_workflow',
    ]);
    expect([...types]).toEqual(expect.arrayContaining(Object.keys(WITHOUT_A_KEY)));
    for (const { address, type, block } of encrypted.filter((one) => !(one.type in WITHOUT_A_KEY))) {
      expect(JSON.stringify(block), `${address} (${type})`).toMatch(
        /"\w*(kms_key_name|crypto_key_name)":"\$\{google_kms_crypto_key\./,
      );
    }
  });

  test('is encrypted with the key in the jobs and in what they register too', () => {
    const objects = blocks(document, 'google_storage_bucket_object');
    const { content } = objects.find(({ name }) => name.includes('/pipeline/'))!;
    expect(content.match(/kms_key_name/g)).toHaveLength(3);
    expect(content.match(/"--kms-key","\$\{google_kms_crypto_key\./g)).toHaveLength(1);
    const { user_env_vars } = named(document, 'google_workflows_workflow', 'churn');
    expect(user_env_vars.KMS_KEY).toMatch(/^\$\{google_kms_crypto_key\./);
  });

  test('is in buckets that are never public', () => {
    const buckets = blocks(document, 'google_storage_bucket');
    expect(buckets).toHaveLength(1);
    for (const { public_access_prevention, uniform_bucket_level_access, cors, website } of buckets) {
      expect([public_access_prevention, uniform_bucket_level_access]).toEqual(['enforced', true]);
      expect([cors, website]).toEqual([undefined, undefined]);
    }
  });

  test('stays in the region: nothing stands elsewhere, messages included', () => {
    for (const { address, block } of resourcesOf(document)) {
      const place = block.region ?? block.location;
      if (place !== undefined) expect(place, address).toBe('europe-west4');
    }
    for (const topic of blocks(document, 'google_pubsub_topic')) {
      expect(topic.message_storage_policy).toEqual({ allowed_persistence_regions: ['europe-west4'] });
    }
  });

  test('is looked up only where it names accounts', () => {
    expect(dataSourcesOf(document).map(({ type }) => type)).toEqual(['google_storage_project_service_account']);
  });
});

test('no secret stands in the document: accounts have no keys, requests no tokens', () => {
  expect(JSON.stringify(document)).not.toMatch(/private_key|access_token|password|"authorization"|BEGIN [A-Z ]*KEY/i);
  for (const job of blocks(document, 'google_cloud_scheduler_job')) {
    expect(Object.keys(job.http_target.headers)).toEqual(['Content-Type']);
  }
});
