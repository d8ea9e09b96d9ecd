import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { MlopsConfig } from '../../lib/config/mlops';
import { ConfigError } from '../../lib/config/problems';
import type { TerraformDocument } from '../../lib/google/diff/terraform';
import { resourcesOf } from '../../lib/google/diff/terraform';
import { ConstructError } from '../../lib/google/errors';
import { lintEnvironment, lintWorkflow } from '../../lib/google/workflows/lint';
import { MAX_PIPELINE_BYTES } from '../../lib/google/workflows/training-workflow';
import type { DeployerSettings, GooglePolicy } from '../../lib/runtime/google-contract';
import { validConfig } from '../config/arbitraries';
import type { RawConfig } from '../config/arbitraries';
import { blocks } from './blocks';
import { ATTACHMENT, CHANNEL, NETWORK, fullConfig, mlopsDocument, onGoogle, smallConfig } from './configs';
import type { References } from './configs';
import { settled } from './iam';
import { schemaProblems } from './judges';

const RUNS = Number(process.env.FUZZ_RUNS ?? 100);
const TIMEOUT = { timeout: 60_000 + RUNS * 1000 };

const around = (): fc.Arbitrary<References> =>
  fc.constantFrom({}, { network: NETWORK }, { networkAttachment: ATTACHMENT }, { notificationChannels: [CHANNEL] });

/** The document; or the sentences of a refusal. Anything else is thrown on. */
function documentOrRefusal(config: RawConfig, references: References = {}): TerraformDocument | string {
  try {
    return mlopsDocument(config as unknown as MlopsConfig, () => references);
  } catch (error) {
    if (error instanceof ConfigError || error instanceof ConstructError) return error.message;
    throw error;
  }
}

/** Terraform's escapes undone, and references as the names of what they refer to. */
const textIn = (document: TerraformDocument, text: string) =>
  settled(document, text)
    .replaceAll('$${', () => '${')
    .replaceAll('%%{', () => '%{');

/** What the services take as names. */
const NAMES: Readonly<Record<string, readonly (readonly [argument: string, allowed: RegExp])[]>> = {
  google_bigquery_dataset: [['dataset_id', /^[a-z]\w{0,1023}$/]],
  google_bigquery_table: [['table_id', /^\w{1,1024}$/]],
  google_cloud_scheduler_job: [
    ['name', /^[\w-]{1,500}$/],
    ['description', /^.{1,500}$/],
  ],
  google_kms_key_ring: [['name', /^[\w-]{1,63}$/]],
  google_logging_project_sink: [['name', /^[\w.-]{1,100}$/]],
  google_monitoring_alert_policy: [['display_name', /^.{1,512}$/]],
  google_monitoring_notification_channel: [['display_name', /^.{1,512}$/]],
  google_project_iam_custom_role: [
    ['role_id', /^[\w.]{3,64}$/],
    ['title', /^.{1,100}$/],
  ],
  google_pubsub_topic: [['name', /^(?!goog)[A-Za-z][\w.~+%-]{2,254}$/]],
  google_service_account: [
    ['account_id', /^[a-z][a-z0-9-]{4,28}[a-z0-9]$/],
    ['display_name', /^.{1,100}$/],
    ['description', /^.{1,256}$/],
  ],
  google_storage_bucket: [['name', /^(?!goog)(?!.*google)[a-z0-9][a-z0-9._-]{1,61}[a-z0-9]$/]],
  google_storage_bucket_object: [['name', /^.{1,1024}$/]],
  google_vertex_ai_endpoint: [
    ['name', /^[1-9]\d{0,9}$/],
    ['display_name', /^.{1,128}$/],
  ],
  google_vertex_ai_feature_group: [['name', /^[a-z_][a-z0-9_]{0,127}$/]],
  google_vertex_ai_feature_group_feature: [['name', /^[a-z_][a-z0-9_]{0,127}$/]],
  google_vertex_ai_feature_online_store: [['name', /^[a-z_][a-z0-9_]{0,59}$/]],
  google_vertex_ai_feature_online_store_featureview: [['name', /^[a-z_][a-z0-9_]{0,59}$/]],
  google_workflows_workflow: [
    ['name', /^[a-z]([a-z0-9_-]{0,62}[a-z0-9])?$/],
    ['description', /^.{1,1000}$/],
  ],
};

function checkDocument(document: TerraformDocument): void {
  expect(schemaProblems(document)).toEqual([]);
  expect(JSON.stringify(document)).not.toMatch(/TfToken|\bundefined\b|\[object|\bNaN\b/);
  for (const { address, type, block } of resourcesOf(document)) {
    for (const [argument, allowed] of NAMES[type] ?? [])
      expect(block[argument], `${address} ${argument}`).toMatch(allowed);
  }
  blocks(document, 'google_bigquery_table').forEach(checkTable);
  blocks(document, 'google_monitoring_alert_policy').forEach(checkPolicy);
  checkDashboard(document);
  blocks(document, 'google_workflows_workflow').forEach((workflow) => checkWorkflow(document, workflow));
  for (const { schedule, time_zone } of blocks(document, 'google_cloud_scheduler_job')) {
    expect(schedule).toMatch(/^(\S+ ){4}\S+$|^every \d+ hours$/);
    expect(time_zone).toBe('Etc/UTC');
  }
}

/** A table has at most 10,000 columns, a view 256 K characters. */
function checkTable({ schema, view, clustering, time_partitioning }: Record<string, any>): void {
  if (view) {
    expect(view.query.length).toBeLessThanOrEqual(256 * 1024);
    return;
  }
  const columns: { name: string; type: string }[] = JSON.parse(schema);
  expect(columns.length).toBeLessThanOrEqual(10_000);
  const names = columns.map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
  expect(names).toEqual(
    expect.arrayContaining([...clustering, ...(time_partitioning ? [time_partitioning.field] : [])]),
  );
  for (const name of names)
    expect(name).toMatch(/^(?!_(TABLE|FILE|PARTITION|ROW_TIMESTAMP|_ROOT__))[a-z_][a-z0-9_]{0,299}$/i);
}

function checkPolicy({ notification_channels, conditions, documentation }: Record<string, any>): void {
  expect(notification_channels.length).toBeLessThanOrEqual(16);
  expect(documentation.content.length).toBeLessThanOrEqual(10_240);
  const [{ condition_threshold, condition_matched_log }] = conditions;
  expect((condition_threshold ?? condition_matched_log).filter.length).toBeLessThanOrEqual(2048);
}

function checkDashboard(document: TerraformDocument): void {
  const [{ dashboard_json }] = blocks(document, 'google_monitoring_dashboard');
  const { mosaicLayout } = JSON.parse(textIn(document, dashboard_json));
  expect(mosaicLayout.tiles.length).toBeLessThanOrEqual(100);
  for (const { xPos = 0, width, widget } of mosaicLayout.tiles) {
    expect(xPos + width).toBeLessThanOrEqual(48);
    expect((widget.text?.content ?? '').length).toBeLessThan(10_000);
  }
}

function checkWorkflow(document: TerraformDocument, { source_contents, user_env_vars }: Record<string, any>): void {
  const environment: [string, string][] = Object.entries(user_env_vars as Record<string, string>);
  const values = environment.map(([name, value]): [string, string] => [name, textIn(document, value)]);
  expect(lintEnvironment(Object.fromEntries(values))).toEqual([]);
  expect(lintWorkflow(textIn(document, source_contents))).toEqual([]);
  const { PIPELINE_OBJECT: definition, SETTINGS: settings } = user_env_vars;
  if (definition) checkDefinition(document, definition);
  else checkSettings(document, JSON.parse(textIn(document, settings)));
}

/** The deployer finds its policy where its settings say, and an endpoint unless it predicts in batches. */
function checkSettings(document: TerraformDocument, { endpoint, folder, endpointId }: DeployerSettings): void {
  if (endpoint === undefined) return; // the monitor's
  const objects = blocks(document, 'google_storage_bucket_object');
  const policy = objects.find(({ name }) => name === `${folder}policy.json`)!;
  const { mode } = JSON.parse(textIn(document, policy.content)) as GooglePolicy;
  expect(endpointId === undefined).toBe(mode === 'batch');
}

/** The definition is the object that the workflow reads; tasks, components and executors name each other. */
function checkDefinition(document: TerraformDocument, objectName: string): void {
  const objects = blocks(document, 'google_storage_bucket_object');
  const text = textIn(document, objects.find(({ name }) => name === objectName)!.content);
  expect(Buffer.byteLength(text)).toBeLessThanOrEqual(MAX_PIPELINE_BYTES);
  const { components, deploymentSpec, root } = JSON.parse(text);
  const dags = [root, ...Object.values<any>(components)].flatMap(({ dag }) => (dag ? [dag.tasks] : []));
  for (const task of dags.flatMap((tasks) => Object.values<any>(tasks))) {
    expect(Object.keys(components)).toContain(task.componentRef.name);
  }
  for (const { executorLabel } of Object.values<any>(components).filter((one) => one.executorLabel)) {
    const { container } = deploymentSpec.executors[executorLabel];
    for (const item of [...container.command, ...container.args]) expect(typeof item).toBe('string');
  }
}

test('a valid config gives a valid document or a clear refusal, never another exception', TIMEOUT, () => {
  const seen = { document: 0, refusal: 0, trainings: 0, stores: 0 };
  fc.assert(
    fc.property(validConfig(), around(), (config, references) => {
      const result = documentOrRefusal(onGoogle(config), references);
      if (typeof result === 'string') {
        seen.refusal += 1;
        expect(result).toMatch(/^\S.{20,}/);
        expect(result).not.toMatch(/undefined|\[object|NaN|TfToken/);
        return;
      }
      seen.document += 1;
      seen.trainings += blocks(result, 'google_workflows_workflow').length;
      seen.stores += blocks(result, 'google_bigquery_dataset').length;
      checkDocument(result);
    }),
    { numRuns: RUNS },
  );
  expect(seen.document).toBeGreaterThan(RUNS / 2);
  expect(seen.trainings).toBeGreaterThan(RUNS / 4);
  expect(seen.stores).toBeGreaterThan(RUNS / 10);
});

const text = (maxLength: number) => fc.integer({ min: 1, max: maxLength }).map((length) => 'x'.repeat(length));
const map = (maxKeys: number, longest: number) =>
  fc
    .record({ keys: fc.integer({ min: 0, max: maxKeys }), value: text(longest) })
    .map(({ keys, value }) => Object.fromEntries(Array.from({ length: keys }, (_, index) => [`key_${index}`, value])));

const EDGES = {
  name: fc.oneof(text(45), fc.constantFrom('a', 'goog-x', 'google', 'constructor', 'con')),
  hyperparameters: map(90, 2600),
  environment: map(90, 1100),
  metric: text(80),
  prefix: text(1100),
  group: text(70),
  feature: text(70),
  store: fc.oneof(
    fc.record({ groups: fc.constantFrom(1, 19, 21, 40, 41), features: fc.constant(1) }),
    fc.record({ groups: fc.constant(1), features: fc.constantFrom(2, 300, 2501) }),
  ),
  notify: fc.constantFrom(0, 15, 16, 17, 60),
};

/** Configs around the limits of the services, on both sides; one or two at a time, or nearly all would be refused. */
const edges = () =>
  fc
    .subarray(Object.keys(EDGES) as (keyof typeof EDGES)[], { minLength: 1, maxLength: 2 })
    .chain((keys) => fc.record(Object.fromEntries(keys.map((key) => [key, EDGES[key]]))));

function atEdge(edge: Partial<Record<string, any>>): RawConfig {
  const { data, training, serving, featureStore, ...rest } = fullConfig() as RawConfig;
  const [group] = featureStore.groups;
  const features = Array.from({ length: edge.store?.features ?? 1 }, (_, index) => ({
    name: `${edge.feature ?? 'feature'}_${index}`,
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
    data: { ...data, training: `gs://acme-data/${edge.prefix ?? 'train'}/` },
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

test('a config at the limits of the services gives a document within them, or a clear refusal', TIMEOUT, () => {
  const seen = { document: 0, refusal: 0 };
  fc.assert(
    fc.property(edges(), (edge) => {
      const result = documentOrRefusal(atEdge(edge));
      seen[typeof result === 'string' ? 'refusal' : 'document'] += 1;
      if (typeof result === 'string') expect(result).toMatch(/allowed|at most|refuses/);
      else checkDocument(result);
    }),
    { numRuns: Math.ceil(RUNS / 4), endOnFailure: true }, // documents this large take long to shrink
  );
  expect(seen.document).toBeGreaterThan(0);
  expect(seen.refusal).toBeGreaterThan(0);
});

test.each<[string, RawConfig]>([
  ['a name of 40 characters', { name: 'x'.repeat(40) }],
  ['a name of one', { name: 'a' }],
  ['40 groups', { store: { groups: 40, features: 1 } }],
  ['many features', { store: { groups: 1, features: 500 } }],
  ['long names of groups and features', { group: 'x'.repeat(50), feature: 'x'.repeat(60) }],
  ['16 addresses', { notify: 16 }],
])('%s are within the limits', (_what, edge) => {
  const document = documentOrRefusal(atEdge(edge));
  expect(document).toBeTypeOf('object');
  checkDocument(document as TerraformDocument);
});

test.each<[string, RawConfig, string]>([
  ['60 addresses', { notify: 60 }, 'notification channels: got 60, allowed for an alert policy: 16'],
  ['huge hyperparameters', { hyperparameters: { a: 'x'.repeat(2501) } }, 'at most 2500 characters'],
  [
    'many large hyperparameters',
    { hyperparameters: Object.fromEntries(Array.from({ length: 60 }, (_, i) => [`a${i}`, 'x'.repeat(2000)])) },
    'a workflow can pass on; shorten hyperparameters and environment',
  ],
  ['41 groups', { store: { groups: 41, features: 1 } }, 'a list of 1 to 40 groups'],
])('%s are refused', (_what, edge, message) => {
  expect(documentOrRefusal(atEdge(edge))).toContain(message);
});

/** Text with everything that JSON, Terraform, pipelines and shells read as something else. */
const hostile = () =>
  fc
    .array(
      fc.constantFrom(
        '${',
        '%{',
        '$${',
        '$',
        '%',
        '}',
        '"',
        "'",
        '\\',
        '\n',
        '{',
        '$(x)',
        '`',
        'é',
        '\u2028',
        'a',
        ' ',
      ),
      {
        maxLength: 12,
      },
    )
    .map((parts) => parts.join(''))
    .filter((value) => !value.includes('{{$'));

test('text reaches scripts and containers as it stands in the config', TIMEOUT, () => {
  fc.assert(
    fc.property(hostile(), hostile(), (hyperparameter, variable) => {
      const { training } = smallConfig();
      const document = mlopsDocument(
        smallConfig({
          training: { ...training!, hyperparameters: { text: hyperparameter } },
          serving: { environment: { TEXT: variable } },
        }),
      );
      expect(schemaProblems(document)).toEqual([]);
      const contents = blocks(document, 'google_storage_bucket_object').flatMap(({ content }) => content ?? []);
      const objects = contents.map((content) => JSON.parse(evaluated(document, content)));
      const policy: GooglePolicy = objects.find((object) => 'owner' in object);
      const definition = objects.find((object) => 'deploymentSpec' in object);
      expect(policy.serving.environment).toEqual({ TEXT: variable });
      const { executors } = definition.deploymentSpec;
      const job = JSON.parse(argumentAfter(executors['exec-train'].container.args, '--payload'));
      const { args } = job.job_spec.worker_pool_specs[0].container_spec;
      expect(argumentAfter(args, '--text')).toBe(hyperparameter);
      const environment = argumentAfter(executors['exec-register'].container.args, '--environment');
      expect(JSON.parse(environment)).toEqual({ TEXT: variable });
    }),
    { numRuns: Math.ceil(RUNS / 4) },
  );
});

const argumentAfter = (args: string[], name: string) => args[args.indexOf(name) + 1];

/** A template string as Terraform reads it: `$${` is `${`, and an expression of this document is a name. */
function evaluated(document: TerraformDocument, template: string): string {
  return template.replaceAll(/\$\$\{|%%\{|\$\{[^}]*\}|%\{/g, (part) => {
    if (part === '$${' || part === '%%{') return part.slice(1);
    const value = settled(document, part);
    if (value === part) throw new Error(`an expression that nobody meant: ${part}`);
    return value;
  });
}
