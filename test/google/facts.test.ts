import { execFileSync } from 'node:child_process';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { PROVIDERS } from '../../lib/google/diff/provider-facts';
import type { TerraformDocument } from '../../lib/google/diff/terraform';
import { GoogleDataSource, GoogleProvider, GoogleResource } from '../../lib/google/l1/google-resource';
import { forceNewChanges, schemaProblems, synthesizeFolder, synthesizeStack } from './judges';
import { terraformIsAtHand, terraformValidate } from './terraform';
import resourceTypes from './facts/resource-types.json';

const BUCKET = { name: 'churn', location: 'EUROPE-WEST4', project: 'acme-ml' };
const VIEW = {
  name: 'flights',
  region: 'europe-west4',
  feature_online_store: 'churn',
  feature_registry_source: { feature_groups: { feature_group_id: 'flights', feature_ids: ['distance'] } },
};

const bucket = (changes: object) => one('google_storage_bucket', { ...BUCKET, ...changes });
const view = (changes: object) => one('google_vertex_ai_feature_online_store_featureview', { ...VIEW, ...changes });

function one(type: string, block: object): TerraformDocument {
  return { resource: { [type]: { it: block } } };
}

/** What is said of every version is said once per version. */
function problems(document: TerraformDocument): string[] {
  return [...new Set(schemaProblems(document).map((problem) => problem.replace(/ \(google provider .*\)$/, '')))];
}

describe('the schema judge', () => {
  test('accepts what the provider accepts', () => {
    expect(schemaProblems(bucket({}))).toEqual([]);
    expect(schemaProblems(view({ sync_config: { cron: '0 * * * *' } }))).toEqual([]);
    const numbered = { versioning: [{ enabled: 'true' }], labels: { size: 3 }, soft_delete_policy: '${local.x}' };
    expect(problems(bucket(numbered))).toEqual([
      'google_storage_bucket.it: argument soft_delete_policy takes blocks, got "${local.x}"',
      'google_storage_bucket.it: there is no local.x',
    ]);
  });

  test.each([
    ['an unknown argument', bucket({ lokation: 'EU' }), 'no argument lokation'],
    [
      'an unknown argument of a block',
      bucket({ versioning: { on: true, enabled: true } }),
      'no argument versioning.on',
    ],
    ['a missing argument', bucket({ location: undefined }), 'argument location is missing'],
    ['a null argument', bucket({ location: null }), 'argument location is missing'],
    ['a missing argument of a block', bucket({ versioning: {} }), 'argument versioning.enabled is missing'],
    ['what can only be read', bucket({ url: 'gs://churn' }), 'argument url can only be read'],
    ['text for a flag', bucket({ force_destroy: 'yes' }), 'argument force_destroy takes a bool, got "yes"'],
    ['an object for text', bucket({ name: {} }), 'argument name takes a string, got {}'],
    ['a list for a map', bucket({ labels: ['a'] }), 'argument labels takes a map, got ["a"]'],
    ['text for a block', bucket({ versioning: 'on' }), 'argument versioning takes blocks, got "on"'],
    [
      'two blocks',
      bucket({ versioning: [{ enabled: true }, { enabled: true }] }),
      'argument versioning takes at most 1, got 2',
    ],
    [
      'text for a list of text',
      one('google_project_iam_custom_role', { role_id: 'a', title: 'A', permissions: 'storage.objects.get' }),
      'argument permissions takes a set, got "storage.objects.get"',
    ],
    [
      'arguments that exclude each other',
      view({ sync_config: { cron: '0 * * * *', continuous: true } }),
      'arguments sync_config.0.continuous and sync_config.0.cron exclude each other',
    ],
    [
      'none of the arguments of which one is needed',
      view({ feature_registry_source: undefined }),
      'exactly one of big_query_source, feature_registry_source is needed, got 0',
    ],
    [
      'two of them',
      view({ big_query_source: { uri: 'bq://a.b.c', entity_id_columns: ['id'] } }),
      'exactly one of big_query_source, feature_registry_source is needed, got 2',
    ],
    [
      'two of them where each names the other only',
      one('google_storage_bucket_object', { name: 'a', bucket: 'b', content: 'c', source: 'd' }),
      'exactly one of content, source is needed, got 2',
    ],
    [
      'an argument that newer versions alone have',
      one('google_vertex_ai_feature_online_store', {
        name: 'a',
        optimized: {},
        encryption_spec: { kms_key_name: 'k' },
      }),
      'no argument encryption_spec',
    ],
  ])('finds %s', (_name, document, problem) => {
    expect(problems(document)).toContainEqual(expect.stringContaining(`: ${problem}`));
  });

  test.each(['google_vertex_ai_model', 'google_vertex_ai_deployed_model', 'google_vertex_ai_pipeline_job'])(
    'knows that there is no %s',
    (type) => {
      expect(schemaProblems(one(type, {}))).toEqual([`${type}.it: the google provider has no resource ${type}`]);
    },
  );

  test('refuses types that not every version has, or of which it has no facts', () => {
    expect(schemaProblems(one('google_vertex_ai_schedule', {}))).toEqual([
      expect.stringMatching(/google provider [67 ]+ only$/),
    ]);
    expect(schemaProblems(one('google_compute_network', {}))).toEqual([
      expect.stringContaining('no facts of google_compute_network'),
    ]);
  });

  test('finds references that lead nowhere', () => {
    const refer = (name: string) =>
      problems({
        resource: { google_storage_bucket: { it: { ...BUCKET, name } } },
        data: { google_project: { of: {} } },
      });
    expect(refer('a-${data.google_project.of.number}')).toEqual([]);
    expect(refer('${google_storage_bucket.other.name}')).toEqual([
      'google_storage_bucket.it: there is no google_storage_bucket.other',
    ]);
    expect(refer('${lower("${google_storage_bucket.other.name}")}')).toHaveLength(1);
    expect(refer('${data.google_project.of.numbers}')).toEqual([
      'google_storage_bucket.it: google_project has no attribute numbers',
    ]);
    expect(refer('$${google_storage_bucket.other.name} "x.y"')).toEqual([]);
    const waiting = { ...BUCKET, depends_on: ['google_storage_bucket.other'] };
    expect(problems({ resource: { google_storage_bucket: { it: waiting } } })).toHaveLength(1);
    expect(problems({ output: { url: { value: '${google_storage_bucket.other.url}' } } })).toEqual([
      'output.url: there is no google_storage_bucket.other',
    ]);
  });
});

describe('the judge of replacements', () => {
  const key = (location: string) => ({
    resource: {
      google_kms_key_ring: { ring: { name: 'churn', location } },
      google_kms_crypto_key: { key: { name: 'churn', key_ring: '${google_kms_key_ring.ring.id}' } },
      google_storage_bucket: {
        it: { ...BUCKET, encryption: { default_kms_key_name: '${google_kms_crypto_key.key.id}' } },
      },
      google_storage_bucket_object: { of: { name: '${google_kms_key_ring.ring.name}', bucket: 'b', content: 'c' } },
    },
  });

  test('follows the identifiers of replaced resources, not their names', () => {
    expect(forceNewChanges(key('a'), key('b'))).toEqual([
      'google_kms_key_ring.ring: location',
      'google_kms_crypto_key.key: key_ring',
    ]);
    expect(forceNewChanges(key('a'), key('a'))).toEqual([]);
  });

  test('tells a replacement from an update', () => {
    expect(forceNewChanges(bucket({}), bucket({ labels: { a: 'b' } }))).toEqual([]);
    expect(forceNewChanges(bucket({}), bucket({ hierarchical_namespace: { enabled: true } }))).toEqual([
      'google_storage_bucket.it: hierarchical_namespace',
    ]);
  });
});

describe('the facts', () => {
  test('are of provider 6.50, 7 and 8', () => {
    expect(PROVIDERS.map(({ provider }) => provider.split('.')[0])).toEqual(['6', '7', '8']);
    expect(PROVIDERS[0].provider).toBe('6.50.0');
    for (const { types } of PROVIDERS) expect(Object.keys(types)).toEqual(Object.keys(PROVIDERS[0].types));
  });

  test('are of types that every version has', () => {
    const everywhere = new Set(resourceTypes['6 7 8']);
    expect(everywhere.size).toBeGreaterThan(1000);
    const types = Object.keys(PROVIDERS[0].types).filter((type) => !type.startsWith('data.'));
    expect(types.filter((type) => !everywhere.has(type))).toEqual([]);
  });

  test('are what the typed arguments were generated from', () => {
    const tool = path.resolve(__dirname, '../../tools/generate-resource-types.mjs');
    execFileSync('node', [tool, '--check'], { stdio: 'pipe' });
  });
});

describe('a stack', () => {
  const build = (stack: ConstructorParameters<typeof GoogleProvider>[0]) => {
    new GoogleProvider(stack, 'Google', { project: 'acme-ml', region: 'europe-west4' });
    const project = new GoogleDataSource(stack, 'Project', 'google_project', { project_id: 'acme-ml' });
    const name = `churn-${project.attribute('number')}`;
    new GoogleResource(stack, 'Bucket', 'google_storage_bucket', { ...BUCKET, name, versioning: { enabled: true } });
  };

  test('is synthesized as the schema asks for', () => {
    const document = synthesizeStack(build);
    expect(document.resource?.google_storage_bucket?.Bucket?.name).toBe('churn-${data.google_project.Project.number}');
    expect(schemaProblems(document)).toEqual([]);
  });

  test.runIf(terraformIsAtHand())('is what terraform validate accepts, and a wrong one is refused', () => {
    expect(terraformValidate(synthesizeFolder(build))).toEqual([]);
    const wrong = synthesizeFolder((stack) => {
      build(stack);
      new GoogleResource(stack, 'Wrong', 'google_storage_bucket', { name: 'churn', lokation: 'EU' } as any);
    });
    expect(terraformValidate(wrong)).toHaveLength(2);
  });
});
