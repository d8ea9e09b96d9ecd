import { Aspects, Fn, TerraformOutput, TerraformVariable } from 'cdktf';
import { Construct } from 'constructs';
import type { IConstruct } from 'constructs';
import { describe, expect, test } from 'vitest';
import type { MlopsConfig } from '../../lib/config/mlops';
import { ArtifactStore } from '../../lib/google/artifact-store';
import { CustomRole } from '../../lib/google/custom-role';
import { STATEFUL_TYPES } from '../../lib/google/diff/stateful';
import type { PlacedBlock, TerraformDocument } from '../../lib/google/diff/terraform';
import { resourcesOf } from '../../lib/google/diff/terraform';
import { EncryptionKey } from '../../lib/google/encryption-key';
import { TerraformResource, TerraformStack } from '../../lib/google/engine';
import { ConstructError } from '../../lib/google/errors';
import { FeatureStore } from '../../lib/google/feature-store';
import { GoogleProvider, GoogleResource } from '../../lib/google/l1/google-resource';
import { MlopsPipeline } from '../../lib/google/mlops-pipeline';
import { ModelRegistry } from '../../lib/google/model-registry';
import { ServiceAccount } from '../../lib/google/service-account';
import { diffStacks, refusals } from '../../lib/google/stack-diff';
import { TrainingPipeline } from '../../lib/google/training-pipeline';
import { ANN, AT, addresses, block, blocks, named, synthesize } from './blocks';
import type { References } from './configs';
import { KEY_NAME, SOURCE, fullConfig, mlopsDocument, smallConfig, without } from './configs';
import { grantsOf, permissionsOf, rightsOf, settled } from './iam';
import { forceNewChanges, schemaProblems, synthesizeStacks } from './judges';

const addPipeline = (scope: Construct, config: MlopsConfig = fullConfig(), references: References = {}) =>
  new MlopsPipeline(scope, 'Pipeline', { config, ...references });

const statefulIn = (document: TerraformDocument) =>
  resourcesOf(document)
    .filter(({ type }) => type in STATEFUL_TYPES)
    .map(({ address }) => address);

/** The stack of the fixed config, with nothing around it. */
const plain = mlopsDocument(fullConfig());

/** Whatever surrounds a pipeline, its stateful resources are those of the plain stack and would not be replaced. */
function expectSameState(document: TerraformDocument): void {
  expect(schemaProblems(document)).toEqual([]);
  expect(statefulIn(document)).toEqual(statefulIn(plain));
  expect(forceNewChanges(plain, document)).toEqual([]);
}

/** Stacks of one app, each with a provider, of which the schemas have nothing to say. */
function stacksOf(build: (add: (name: string) => TerraformStack) => void): Record<string, TerraformDocument> {
  const documents = synthesizeStacks((app) =>
    build((name) => {
      const stack = new TerraformStack(app, name);
      new GoogleProvider(stack, 'Google');
      return stack;
    }),
  );
  for (const [name, document] of Object.entries(documents)) expect(schemaProblems(document), name).toEqual([]);
  return documents;
}

/** The stacks whose outputs a document reads. */
const needs = ({ data = {} }: TerraformDocument) =>
  Object.keys(data.terraform_remote_state ?? {}).map((name) => name.replace('cross-stack-reference-input-', ''));

describe('two pipelines in one stack', () => {
  const document = synthesize((stack) => {
    for (const name of ['churn', 'fraud']) new MlopsPipeline(stack, name, { config: fullConfig({ name }) });
  });

  test('have all of their resources apart', () => {
    expect(schemaProblems(document)).toEqual([]);
    const all = resourcesOf(document).filter(({ type }) => type !== 'google_project_iam_member');
    const ofEach = ['churn', 'fraud'].map((name) => all.filter(({ address }) => address.includes(`.${name}_`)));
    expect(ofEach[0].length).toBeGreaterThan(40);
    expect(ofEach[1]).toHaveLength(ofEach[0].length);
    expect(ofEach[0].length + ofEach[1].length).toBe(all.length);
  });

  test('have names of their own', () => {
    const names = (type: string, key: string) => blocks(document, type).map((found) => found[key]);
    const workflows = ['churn', 'churn-deployer', 'churn-drift', 'fraud', 'fraud-deployer', 'fraud-drift'];
    expect(names('google_workflows_workflow', 'name').sort()).toEqual(workflows);
    expect(names('google_storage_bucket', 'name')).toEqual(['acme-ml-churn-artifacts', 'acme-ml-fraud-artifacts']);
    for (const [type, key] of [
      ['google_service_account', 'account_id'],
      ['google_project_iam_custom_role', 'role_id'],
      ['google_kms_key_ring', 'name'],
      ['google_pubsub_topic', 'name'],
      ['google_logging_project_sink', 'name'],
      ['google_vertex_ai_feature_group', 'name'],
      ['google_vertex_ai_feature_online_store', 'name'],
      ['google_bigquery_dataset', 'dataset_id'],
      ['google_vertex_ai_endpoint', 'name'],
      ['google_cloud_scheduler_job', 'name'],
      ['google_eventarc_trigger', 'name'],
    ]) {
      const found = names(type, key);
      expect(found.length, type).toBeGreaterThan(1);
      expect(new Set(found.map((name: string) => name.toLowerCase())).size, type).toBe(found.length);
    }
  });

  test('have roles apart from those of feature groups that are called alike', () => {
    const alike = synthesize((stack) => {
      const churn = new MlopsPipeline(stack, 'Churn', { config: fullConfig() });
      for (const group of churn.featureGroups) {
        group.grantIngest(ANN);
        group.grantOnlineRead(ANN);
      }
      new MlopsPipeline(stack, 'Customers', {
        config: without(smallConfig({ name: 'churn-customers', level: 1 }), 'featureStore'),
      });
    });
    const ids = blocks(alike, 'google_project_iam_custom_role').map(({ role_id }) => role_id);
    expect(ids.length).toBeGreaterThan(16);
    expect(new Set(ids.map((id: string) => id.toLowerCase())).size).toBe(ids.length);
  });

  test('look things up once', () => {
    const numberless = { ...fullConfig().google!, projectNumber: undefined };
    const both = synthesize((stack) => {
      for (const name of ['churn', 'fraud']) {
        new MlopsPipeline(stack, name, { config: fullConfig({ name, google: numberless }) });
      }
    });
    expect(schemaProblems(both)).toEqual([]);
    const counts = Object.entries(both.data!).map(([type, found]) => [type, Object.keys(found).length]);
    expect(Object.fromEntries(counts)).toEqual({ google_project: 1, google_storage_project_service_account: 1 });
    expect(Object.keys(document.data!)).toEqual(['google_storage_project_service_account']);
  });

  test('may share bucket, key, account and feature groups', () => {
    const shared = synthesize((stack) => {
      const first = new MlopsPipeline(stack, 'First', { config: fullConfig() });
      const { artifacts, encryptionKey, trainingPipeline } = first;
      const [customers, regions] = first.featureGroups;
      new MlopsPipeline(stack, 'Second', {
        config: fullConfig({ name: 'fraud' }),
        ...{ artifacts, encryptionKey, featureGroups: { customers, regions } },
        serviceAccount: trainingPipeline!.serviceAccount,
      });
    });
    expect(schemaProblems(shared)).toEqual([]);
    const ofSecond = statefulIn(shared).filter((address) => address.includes('.Second_'));
    expect(ofSecond.filter((address) => !/_(Dataset|Endpoint|Monitor_Tables)_/.test(address))).toEqual([]);
    const own = rightsOf(shared, 'churn-training').filter((right) => right.includes('objectUser'));
    const folders = ['checkpoints/', 'data/', 'executions/'];
    expect(own.map((right) => right.split('artifacts/training/')[1])).toEqual(
      ['churn/', 'fraud/'].flatMap((name) => folders.map((folder) => name + folder)),
    );
  });
});

describe('one name twice', () => {
  test('is refused in one stack, wherever in it', () => {
    synthesize((stack) => {
      addPipeline(new Construct(stack, 'One'));
      expect(() => addPipeline(new Construct(stack, 'Two'))).toThrow('name: "churn" stands twice in stack Stack');
      expect(() => addPipeline(new Construct(stack, 'Three'))).toThrow(ConstructError);
    });
  });

  test('is right in stacks of their own, as stages are', () => {
    const documents = stacksOf((add) => {
      for (const project of ['acme-test', 'acme-live']) {
        addPipeline(add(project), fullConfig({ google: { ...fullConfig().google!, project } }));
      }
    });
    expect(addresses(documents['acme-test'])).toHaveLength(addresses(plain).length);
    expect(statefulIn(documents['acme-test'])).toEqual(statefulIn(plain));
    const text = JSON.stringify(documents['acme-test']).replaceAll('acme-test', 'acme-live');
    expect(text).not.toContain('acme-ml"');
    expect(statefulIn(JSON.parse(text))).toEqual(statefulIn(documents['acme-live']));
  });

  test.each<[string, (stack: TerraformStack) => void]>([
    [
      'registries whose topics would be called alike',
      (stack) => {
        const encryptionKey = EncryptionKey.fromKeyName(stack, 'Key', KEY_NAME);
        for (const modelId of ['a-b', 'a_b']) new ModelRegistry(stack, modelId, { ...AT, modelId, encryptionKey });
      },
    ],
    [
      'feature stores without a prefix',
      (stack) => {
        const encryptionKey = EncryptionKey.fromKeyName(stack, 'Key', KEY_NAME);
        const { groups } = fullConfig().featureStore!;
        for (const id of ['A', 'B']) new FeatureStore(stack, id, { ...AT, groups, encryptionKey });
      },
    ],
    [
      'roles',
      (stack) => {
        const role = {
          project: 'acme-ml',
          roleId: 'churn.read',
          title: 'Churn',
          permissions: ['aiplatform.models.get'],
        };
        for (const id of ['A', 'B']) new CustomRole(stack, id, role);
      },
    ],
    [
      'buckets',
      (stack) => {
        const encryptionKey = EncryptionKey.fromKeyName(stack, 'Key', KEY_NAME);
        for (const id of ['A', 'B']) new ArtifactStore(stack, id, { ...AT, name: 'churn', encryptionKey });
      },
    ],
  ])('of %s is refused', (_what, add) => {
    expect(() => synthesize(add)).toThrow(/stands twice in stack Stack; give each a name of its own/);
  });
});

test('below other constructs everything keeps its names, and what is below', () => {
  const document = synthesize((stack) => void addPipeline(new Construct(new Construct(stack, 'Team'), 'Models')));
  expect(schemaProblems(document)).toEqual([]);
  // The definition's name is the hash of what it says, references too.
  const isDefinition = ({ type, block: of }: PlacedBlock) =>
    type.endsWith('_bucket_object') && of.content !== undefined;
  const others = (of: TerraformDocument) => resourcesOf(of).filter((placed) => !isDefinition(placed));
  const named = (of: TerraformDocument) =>
    others(of).map(({ type, block: { name, dataset_id, table_id, account_id, role_id } }) =>
      JSON.stringify([type, settled(of, name ?? ''), settled(of, table_id ?? dataset_id ?? ''), account_id, role_id]),
    );
  expect(named(document).sort()).toEqual(named(plain).sort());
});

test('below another construct than before nothing is lost, when it says where it was', () => {
  const moving = (say: boolean) =>
    synthesize((stack) => {
      const team = new Construct(stack, 'Team');
      addPipeline(team);
      for (const resource of team.node.findAll().filter((node) => node instanceof GoogleResource)) {
        const before = addressAt(plain, resource.node.path.replace('/Team/', '/'));
        if (say && before !== undefined) resource.moveFromId(before);
      }
    });
  const refused = (document: TerraformDocument) => refusals(diffStacks({ Stack: plain }, { Stack: document }));
  expect(refused(moving(false)).length).toBeGreaterThan(statefulIn(plain).length);
  expect(refused(moving(true))).toEqual([]);
  expect(schemaProblems(moving(true))).toEqual([]);
});

/** The address of what was at a path. Grants have the hash of whom they are for in theirs, and no names. */
function addressAt(document: TerraformDocument, path: string): string | undefined {
  return resourcesOf(document).find(({ block: of }) => of['//']?.metadata?.path === path)?.address;
}

describe('across stacks of an app', () => {
  const { Platform: platform, Churn: churn } = stacksOf((add) => {
    const stack = add('Platform');
    const encryptionKey = new EncryptionKey(stack, 'Key', { ...AT, name: 'platform', projectNumber: '123456789012' });
    const artifacts = new ArtifactStore(stack, 'Store', { ...AT, name: 'platform', encryptionKey });
    const registry = new ModelRegistry(stack, 'Registry', { ...AT, modelId: 'shared', encryptionKey });
    const serviceAccount = new ServiceAccount(stack, 'Jobs', {
      ...{ project: 'acme-ml', name: 'platform', role: 'jobs' },
      description: 'Jobs of all models',
    });
    addPipeline(add('Churn'), fullConfig(), { encryptionKey, artifacts, registry, serviceAccount });
  });

  test('the pipeline needs the platform, and not the other way round', () => {
    expect(needs(churn)).toEqual(['Platform']);
    expect(needs(platform)).toEqual([]);
  });

  test('the grants stand with whoever uses the platform', () => {
    const rights = grantsOf(churn).map(({ role, on }) =>
      `${role} on ${on}`.replaceAll(/\$\{[^}]*_([\w]+)\}/g, 'THE $1'),
    );
    for (const right of [
      /^roles\/storage\.objectUser on storage_bucket THE /,
      /^roles\/storage\.objectViewer on storage_bucket THE /,
      /^roles\/iam\.serviceAccountUser on service_account THE /,
      /^THE \w+ on project acme-ml$/,
    ]) {
      expect(rights.filter((line) => right.test(line)).length, String(right)).toBeGreaterThan(0);
    }
    expect(grantsOf(platform).filter(({ who }) => who.includes('churn'))).toEqual([]);
    expect(
      blocks(platform, 'google_project_iam_custom_role')
        .map(({ role_id }) => role_id)
        .sort(),
    ).toEqual(['shared.approve', 'shared.read', 'shared.register']);
  });

  test('what has to wait waits for the whole stack', () => {
    expect(named(churn, 'google_workflows_workflow', 'churn').depends_on).toEqual([]);
    expect(addresses(platform).filter((address) => address.includes('Allow-'))).toHaveLength(5);
  });

  test('outputs tell others the names', () => {
    const { Churn, Reader } = stacksOf((add) => {
      const pipeline = addPipeline(add('Churn'));
      const reader = add('Reader');
      new TerraformOutput(reader, 'workflow', { value: pipeline.trainingPipeline!.workflowName });
      new TerraformOutput(reader, 'bucket', { value: pipeline.artifacts.bucketName });
      new TerraformOutput(reader, 'table', { value: pipeline.featureGroups[0].tableName });
    });
    expect(needs(Reader)).toEqual(['Churn']);
    expect(Object.keys(Churn.output!)).toHaveLength(4); // a table's name has two parts that only Terraform knows
    expect(JSON.stringify(Reader.output!.table.value)).toContain('acme-ml.');
  });

  test('whoever starts trainings from another stack is granted that, where it is', () => {
    const { Churn, Starter } = stacksOf((add) => {
      addPipeline(add('Churn'));
      const stack = add('Starter');
      const account = new ServiceAccount(stack, 'Account', {
        ...{ project: 'acme-ml', name: 'starter', role: 'job' },
        description: 'Starts trainings',
      });
      const existing = { ...AT, pipelineName: 'churn' };
      TrainingPipeline.fromTrainingPipelineAttributes(stack, 'Churn', existing).grantStart(account.member);
      ModelRegistry.fromModelId(stack, 'Registry', { ...AT, modelId: 'churn' }).grantApprove(account.member);
    });
    const roles = (of: TerraformDocument) => blocks(of, 'google_project_iam_custom_role').map(({ role_id }) => role_id);
    expect(roles(Starter)).toHaveLength(2);
    expect(roles(Churn).filter((role) => roles(Starter).includes(role))).toEqual([]);
    const permissions = grantsOf(Starter).flatMap((grant) => permissionsOf(Starter, grant.role));
    expect(permissions).toEqual(expect.arrayContaining(['workflows.executions.create', 'aiplatform.models.update']));
  });
});

describe('what is put around a pipeline reaches it and leaves state alone', () => {
  const around = (change: (stack: TerraformStack, pipeline: MlopsPipeline) => void) =>
    synthesize((stack) => change(stack, addPipeline(stack)));
  const onResources = (visit: (resource: TerraformResource) => void) => ({
    visit: (node: IConstruct) => {
      if (node instanceof TerraformResource) visit(node);
    },
  });

  test('an aspect that labels', () => {
    const labelled = [
      'google_storage_bucket',
      'google_bigquery_table',
      'google_pubsub_topic',
      'google_workflows_workflow',
    ];
    const document = around((stack) =>
      Aspects.of(stack).add(
        onResources((resource) => {
          if (labelled.includes(resource.terraformResourceType)) resource.addOverride('labels', { team: 'ml' });
        }),
      ),
    );
    for (const type of labelled) {
      for (const { labels } of blocks(document, type)) expect(labels, type).toEqual({ team: 'ml' });
    }
    expectSameState(document);
  });

  test('an aspect that adds a resource beside each', () => {
    const document = around((stack) =>
      Aspects.of(stack).add({
        visit: (node) => {
          if (!(node instanceof ArtifactStore)) return;
          new GoogleResource(node, 'Team', 'google_storage_bucket_iam_member', {
            ...{ bucket: node.bucketName, role: 'roles/storage.objectViewer' },
            member: ANN,
          });
        },
      }),
    );
    expect(rightsOf(document, ANN)).toEqual(['roles/storage.objectViewer on storage_bucket acme-ml-churn-artifacts']);
    expectSameState(document);
  });

  test('a provider of another name', () => {
    const document = around((stack) => {
      const provider = new GoogleProvider(stack, 'Other', { alias: 'ml', project: 'acme-ml' });
      Aspects.of(stack).add(onResources((resource) => (resource.provider = provider)));
    });
    const providers = new Set(resourcesOf(document).map(({ block: { provider } }) => provider));
    expect([...providers]).toEqual(['google.ml']);
    expect((document as any).provider.google).toEqual([{}, { alias: 'ml', project: 'acme-ml' }]);
    expectSameState(document);
  });

  test('an aspect over lifecycles', () => {
    const document = around((stack) =>
      Aspects.of(stack).add(onResources((resource) => (resource.lifecycle = { preventDestroy: true }))),
    );
    for (const { address, block: of } of resourcesOf(document)) {
      expect(of.lifecycle, address).toEqual({ prevent_destroy: true });
    }
    expectSameState(document);
  });

  test('overrides of single arguments', () => {
    const document = around((_stack, pipeline) => {
      pipeline.trainingPipeline!.workflow.addOverride('call_log_level', 'LOG_ALL_CALLS');
      (pipeline.artifacts as ArtifactStore).bucket.addOverride('versioning.enabled', false);
      pipeline.featureStore!.onlineStore!.addOverride('bigtable.auto_scaling.cpu_utilization_target', 80);
    });
    expect(named(document, 'google_workflows_workflow', 'churn').call_log_level).toBe('LOG_ALL_CALLS');
    expect(block(document, 'google_storage_bucket').versioning).toEqual({ enabled: false });
    const { auto_scaling } = block(document, 'google_vertex_ai_feature_online_store').bigtable;
    expect(auto_scaling).toEqual({ min_node_count: 1, max_node_count: 3, cpu_utilization_target: 80 });
    expectSameState(document);
  });

  test('variables of the environment: nothing of what is synthesized comes from them', () => {
    const names = ['GOOGLE_PROJECT', 'GOOGLE_CLOUD_PROJECT', 'GOOGLE_REGION', 'CLOUDSDK_CORE_PROJECT', 'TZ', 'USER'];
    const before = names.map((name) => process.env[name]);
    try {
      for (const name of names) process.env[name] = 'elsewhere';
      expect(mlopsDocument(fullConfig())).toEqual(plain);
    } finally {
      names.forEach((name, i) => {
        if (before[i] === undefined) delete process.env[name];
        else process.env[name] = before[i];
      });
    }
  });
});

describe('values that only Terraform knows', () => {
  const variable = (stack: TerraformStack, name: string) => new TerraformVariable(stack, name, {}).stringValue;

  test('locations, images, addresses and references', () => {
    const document = synthesize((stack) => {
      const { data, training } = fullConfig();
      addPipeline(
        stack,
        fullConfig({
          data: { ...data, training: `gs://${variable(stack, 'bucket')}/train/` },
          training: { ...without(training!, 'framework'), image: variable(stack, 'image') },
          monitoring: { notify: [variable(stack, 'oncall')] },
        }),
        {
          encryptionKey: EncryptionKey.fromKeyName(stack, 'Key', variable(stack, 'key')),
          artifacts: ArtifactStore.fromBucketName(stack, 'Bucket', variable(stack, 'artifacts')),
          network: variable(stack, 'network'),
          notificationChannels: [variable(stack, 'channel')],
        },
      );
    });
    expect(schemaProblems(document)).toEqual([]);
    const { user_env_vars: environment, crypto_key_name } = named(document, 'google_workflows_workflow', 'churn');
    expect([crypto_key_name, environment.KMS_KEY, environment.NETWORK]).toEqual([
      '${var.key}',
      '${var.key}',
      '${var.network}',
    ]);
    expect(environment.PIPELINE_ROOT).toBe('gs://${var.artifacts}/training/churn/executions/');
    expect(rightsOf(document, 'churn-training')).toContain(
      'roles/storage.objectViewer on storage_bucket ${var.bucket}/train/',
    );
    const objects = blocks(document, 'google_storage_bucket_object');
    const { content } = objects.find(({ name }) => name.includes('/pipeline/'))!;
    for (const name of ['bucket', 'image', 'key', 'network']) expect(content, name).toContain(`\${var.${name}}`);
    expect(blocks(document, 'google_monitoring_notification_channel')[0].labels).toEqual({
      email_address: '${var.oncall}',
    });
    expect(block(document, 'google_monitoring_dashboard').dashboard_json).toContain('${var.artifacts}');
  });

  test('the project and bucket of a store, and where a key is', () => {
    const document = synthesize((stack) => {
      const place = { project: variable(stack, 'project'), region: variable(stack, 'region') };
      const store = new ArtifactStore(stack, 'Store', { ...place, name: 'churn' });
      new ModelRegistry(stack, 'Registry', { ...place, modelId: 'churn', encryptionKey: store.encryptionKey });
      store.grantRead(ANN, Fn.join('/', ['models', variable(stack, 'prefix')]));
    });
    expect(schemaProblems(document)).toEqual([]);
    expect(block(document, 'google_storage_bucket')).toMatchObject({
      name: '${var.project}-churn-artifacts',
      project: '${var.project}',
      location: '${var.region}',
    });
    expect(rightsOf(document, ANN)).toEqual([
      'roles/storage.objectViewer on storage_bucket ${var.project}-churn-artifacts/${join("/", ["models", var.prefix])}',
    ]);
  });

  test('are refused where names derive from them, with what may be one', () => {
    synthesize((stack) => {
      const google = { project: variable(stack, 'project'), region: 'europe-west4' };
      expect(() => addPipeline(stack, fullConfig({ google }))).toThrow(
        'google.project: got a token, but this must be known at synthesis; only locations, images and notify addresses may be tokens',
      );
      const name = variable(stack, 'name');
      expect(() => new ArtifactStore(stack, 'Store', { ...AT, name })).toThrow(
        /name: got a value that only Terraform knows/,
      );
    });
  });

  test('text that only looks like an expression stays text', () => {
    const document = mlopsDocument(fullConfig({ monitoring: { notify: ['${x}%{y}@example.com'] } }));
    const [{ labels, display_name }] = blocks(document, 'google_monitoring_notification_channel');
    expect([labels.email_address, display_name]).toEqual(['$${x}%%{y}@example.com', 'churn: $${x}%%{y}@example.com']);
    expect(schemaProblems(document)).toEqual([]);
  });
});

describe('the number of the project', () => {
  const numberless = fullConfig({ google: without(fullConfig().google!, 'projectNumber') });
  const members = (of: TerraformDocument) => blocks(of, 'google_kms_crypto_key_iam_member').map(({ member }) => member);

  test('names the service agents, looked up or given', () => {
    const lookedUp = mlopsDocument(numberless);
    const [number] = Object.keys(lookedUp.data!.google_project);
    const given = members(plain).filter((member) => member.includes('123456789012'));
    expect(given).toHaveLength(4);
    expect(members(lookedUp)).toEqual(
      members(plain).map((member) => member.replace('123456789012', `\${data.google_project.${number}.number}`)),
    );
    expect(schemaProblems(lookedUp)).toEqual([]);
    expect(statefulIn(lookedUp)).toEqual(statefulIn(plain));
    const replaced = forceNewChanges(plain, lookedUp);
    expect(replaced.filter((line) => !/^google_(kms_crypto_key|service_account)_iam_member/.test(line))).toEqual([]);
  });
});

test('a store in another project takes what the jobs of this one make', () => {
  const document = synthesize((stack) => {
    const artifacts = ArtifactStore.fromBucketName(stack, 'Bucket', 'central-artifacts');
    addPipeline(stack, smallConfig(), { artifacts });
  });
  expect(schemaProblems(document)).toEqual([]);
  expect(rightsOf(document, 'churn-training')).toContain(
    'roles/storage.objectUser on storage_bucket central-artifacts/training/churn/executions/',
  );
  expect(named(document, 'google_workflows_workflow', 'churn').user_env_vars.PIPELINE_BUCKET).toBe('central-artifacts');
});

describe('each construct stands alone', () => {
  test('a training pipeline with parts that stand already makes what is its own', () => {
    const { training, data, google } = smallConfig();
    const document = synthesize((stack) => {
      new TrainingPipeline(stack, 'Training', {
        ...training!,
        pipelineName: 'churn',
        source: SOURCE,
        data: data!,
        google: google!,
        registry: ModelRegistry.fromModelId(stack, 'Registry', { ...AT, modelId: 'churn' }),
        artifacts: ArtifactStore.fromBucketName(stack, 'Bucket', 'acme-artifacts'),
        encryptionKey: EncryptionKey.fromKeyName(stack, 'Key', KEY_NAME),
      });
    });
    expect(schemaProblems(document)).toEqual([]);
    expect(statefulIn(document)).toEqual([]);
    expect(document.data).toBeUndefined();
  });

  test('a registry starts workflows of others when a version is approved', () => {
    const document = synthesize((stack) => {
      const pipeline = addPipeline(stack, without(smallConfig({ name: 'a', level: 1 }), 'featureStore'));
      pipeline.registry.onApproval('On', { workflow: 'projects/acme-ml/locations/europe-west4/workflows/deploy' });
    });
    expect(schemaProblems(document)).toEqual([]);
    const ids = blocks(document, 'google_service_account').map(({ account_id }) => account_id);
    expect(ids).toContain('a-on-account'); // an id has at least six characters
    const triggers = blocks(document, 'google_eventarc_trigger').map(({ name }) => name);
    expect(triggers.sort()).toEqual(['a-approvals', 'a-on', 'a-policy']);
  });
});
