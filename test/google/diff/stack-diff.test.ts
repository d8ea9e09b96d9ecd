import { describe, expect, test } from 'vitest';
import type { TerraformDocument } from '../../../lib/google/diff/terraform';
import { diffStacks, refusals } from '../../../lib/google/stack-diff';

type Blocks = Record<string, object>;

/** Resources by address. */
const document = (blocks: Blocks, rest: object = {}): TerraformDocument => {
  const resource: Record<string, Record<string, object>> = {};
  for (const [address, block] of Object.entries(blocks)) {
    const [type, name] = address.split('.');
    (resource[type] ??= {})[name] = block;
  }
  return { resource, ...rest } as TerraformDocument;
};
const diff = (before: Blocks, after: Blocks, rest: [object?, object?] = []) =>
  diffStacks({ S: document(before, rest[0]) }, { S: document(after, rest[1] ?? rest[0]) });
const kinds = (changes: ReturnType<typeof diff>) => Object.fromEntries(changes.map((c) => [c.logicalId, c.kind]));
const reasons = (changes: ReturnType<typeof diff>) => refusals(changes).map(({ reason }) => reason);

const bucket = (more: object = {}) => ({ name: 'churn', location: 'EUROPE-WEST4', project: 'acme-ml', ...more });
const ring = (more: object = {}) => ({ name: 'churn', location: 'europe-west4', project: 'acme-ml', ...more });
const key = (more: object = {}) => ({ name: 'churn', key_ring: '${google_kms_key_ring.R.id}', ...more });
const topic = (more: object = {}) => ({ name: 'churn', project: 'acme-ml', ...more });
const table = (columns: object[], more: object = {}) => ({
  dataset_id: 'flights',
  table_id: 'flights',
  schema: JSON.stringify(columns),
  deletion_protection: false,
  ...more,
});
const ID = { name: 'id', type: 'STRING', mode: 'REQUIRED' };
const DISTANCE = { name: 'distance', type: 'FLOAT64' };

const B = 'google_storage_bucket.B';
const T = 'google_pubsub_topic.T';
const TABLE = 'google_bigquery_table.T';

const roles = (permissions: string[]) => ({
  'google_project_iam_custom_role.R': { role_id: 'churn', title: 'Churn', permissions },
});
const readers = (emails: string[]) => ({
  'google_bigquery_dataset.D': {
    dataset_id: 'd',
    access: emails.map((email) => ({ role: 'READER', user_by_email: email })),
  },
});
const IGNORING = { lifecycle: { ignore_changes: ['labels'] } };

describe('what is no change', () => {
  test.each<[string, Blocks, Blocks]>([
    ['a default that is spelled out', { [B]: bucket() }, { [B]: bucket({ storage_class: 'STANDARD' }) }],
    ['a number or flag as text', { [B]: bucket({ force_destroy: true }) }, { [B]: bucket({ force_destroy: 'true' }) }],
    [
      'one block in a list',
      { [B]: bucket({ versioning: { enabled: true } }) },
      { [B]: bucket({ versioning: [{ enabled: true }] }) },
    ],
    ['the case of a location', { [B]: bucket() }, { [B]: bucket({ location: 'europe-west4' }) }],
    ['the order of a set', roles(['a', 'b']), roles(['b', 'a'])],
    ['the order of blocks in a set', readers(['a', 'b']), readers(['b', 'a'])],
    ['an empty value for none', { [B]: bucket() }, { [B]: bucket({ requester_pays: false }) }],
    [
      'the layout of a schema',
      { [TABLE]: table([ID]) },
      { [TABLE]: { ...table([ID]), schema: JSON.stringify([ID], undefined, 2) } },
    ],
    ['what the provider keeps', { [B]: bucket({ rpo: 'DEFAULT' }) }, { [B]: bucket() }],
    [
      'dependencies and comments',
      { [B]: bucket() },
      { [B]: bucket({ depends_on: [T], '//': { metadata: { path: 'S/B' } } }) },
    ],
    [
      'what Terraform is to ignore',
      { [B]: bucket({ ...IGNORING, labels: { a: 'b' } }) },
      { [B]: bucket({ ...IGNORING, labels: { a: 'c' } }) },
    ],
  ])('%s', (_name, before, after) => {
    expect(diff(before, after)).toEqual([]);
  });
});

describe('kinds', () => {
  test('a change says where it is, what it is and why', () => {
    const before = { [B]: bucket({ '//': { metadata: { path: 'S/Pipeline/Artifacts/Bucket' } } }) };
    const after = { [B]: { ...before[B], location: 'US' } };
    expect(diff(before, after)).toEqual([
      {
        stack: 'S',
        logicalId: B,
        type: 'google_storage_bucket',
        constructPath: 'S/Pipeline/Artifacts/Bucket',
        kind: 'replaced',
        stateful: true,
        causes: [{ path: 'location', before: 'EUROPE-WEST4', after: 'US', replaces: 'yes' }],
        limits: [],
      },
    ]);
  });

  test('additions, updates, replacements and removals', () => {
    const before = { [B]: bucket(), [T]: topic(), 'google_pubsub_topic.Old': topic({ name: 'old' }) };
    const after = {
      [B]: bucket({ labels: { a: 'b' } }),
      [T]: topic({ name: 'new' }),
      'google_pubsub_topic.New': topic({ name: 'x' }),
    };
    expect(kinds(diff(before, after))).toEqual({
      [B]: 'updated',
      [T]: 'replaced',
      'google_pubsub_topic.Old': 'removed',
      'google_pubsub_topic.New': 'added',
    });
  });

  test('whole stacks come and go', () => {
    const stack = { S: document({ [T]: topic() }) };
    expect(kinds(diffStacks({}, stack))).toEqual({ [T]: 'added' });
    expect(kinds(diffStacks(stack, {}))).toEqual({ [T]: 'removed' });
  });

  test('what the provider had computed may be what is set now', () => {
    expect(kinds(diff({ [B]: bucket({ project: undefined }) }, { [B]: bucket() }))).toEqual({ [B]: 'mayBeReplaced' });
    const version = { version_template: { algorithm: 'GOOGLE_SYMMETRIC_ENCRYPTION' } };
    const keys = [key(), key(version)].map((each) => ({ 'google_kms_crypto_key.R': each }));
    expect(kinds(diff(keys[0], keys[1]))).toEqual({ 'google_kms_crypto_key.R': 'mayBeReplaced' });
  });

  test('blocks decide by what is in them: an own mark, or that of an argument', () => {
    const withTime = (partitioning?: object) => ({ [TABLE]: table([ID], { time_partitioning: partitioning }) });
    const changes = diff(withTime({ type: 'DAY', field: 'a' }), withTime({ type: 'DAY', field: 'b' }));
    expect(changes[0].causes).toEqual([{ path: 'time_partitioning.field', before: 'a', after: 'b', replaces: 'yes' }]);
    expect(kinds(diff(withTime({ type: 'DAY' }), withTime({ type: 'DAY', expiration_ms: 9 })))).toEqual({
      [TABLE]: 'updated',
    });
    expect(kinds(diff({ [B]: bucket() }, { [B]: bucket({ hierarchical_namespace: { enabled: true } }) }))).toEqual({
      [B]: 'replaced',
    });
  });

  test('types of others change in place, or not: nobody knows', () => {
    const vm = (more: object) => ({ 'google_compute_instance.V': { name: 'a', disk: [{ size: 1 }], ...more } });
    expect(diff(vm({}), vm({ disk: [{ size: 2 }] }))[0]).toMatchObject({
      kind: 'mayBeReplaced',
      stateful: false,
      causes: [{ path: 'disk.0.size', before: '1', after: '2', replaces: 'maybe' }],
    });
    expect(diff(vm({ disk: '${local.x}' }), vm({ disk: '${local.x}' }))).toEqual([]);
    const disk = (size: number) => ({ 'google_compute_disk.D': { name: 'a', size } });
    expect(reasons(diff(disk(1), disk(2)))).toEqual([
      expect.stringContaining('may be replaced by a new one without its data'),
    ]);
    expect(kinds(diff({}, { 'random_id.R': { byte_length: 4 } }))).toEqual({ 'random_id.R': 'added' });
  });

  test('a count or a for_each may make other resources of them', () => {
    const many = (count: number) => ({ [B]: bucket({ count }) });
    expect(kinds(diff(many(1), many(2)))).toEqual({ [B]: 'mayBeReplaced' });
  });
});

describe('replacements are carried on', () => {
  const chain = (location: string) => ({
    'google_kms_key_ring.R': ring({ location }),
    'google_kms_crypto_key.K': key(),
    [B]: bucket({ encryption: { default_kms_key_name: '${google_kms_crypto_key.K.id}' } }),
    'google_storage_bucket_object.O': { name: 'o', bucket: '${google_storage_bucket.B.name}', content: 'c' },
  });

  test('through what a replaced resource computes, not through its name', () => {
    const changes = diff(chain('a'), chain('b'));
    expect(kinds(changes)).toEqual({
      'google_kms_key_ring.R': 'replaced',
      'google_kms_crypto_key.K': 'replaced',
      [B]: 'updated', // the key of a bucket can change
    });
    const [keyChange] = changes.filter(({ type }) => type === 'google_kms_crypto_key');
    const text = '${google_kms_key_ring.R.id}';
    expect(keyChange.causes).toEqual([{ path: 'key_ring', before: text, after: text, replaces: 'yes' }]);
    expect(reasons(changes)).toContainEqual(
      expect.stringContaining(`key_ring cannot change in place (${text} becomes another)`),
    );
  });

  test('through arguments that change', () => {
    const member = { bucket: '${google_storage_bucket.B.name}', role: 'r', member: 'm' };
    const named = (name: string) => ({ [B]: bucket({ name }), 'google_storage_bucket_iam_member.M': member });
    expect(kinds(diff(named('a'), named('b')))).toEqual({
      [B]: 'replaced',
      'google_storage_bucket_iam_member.M': 'replaced',
    });
    const object = { bucket: 'b', name: 'o', content: 'c', storage_class: '${google_storage_bucket.B.storage_class}' };
    const classed = (storage: string) => ({
      [B]: bucket({ storage_class: storage }),
      'google_storage_bucket_object.O': object,
    });
    expect(kinds(diff(classed('STANDARD'), classed('NEARLINE')))).toEqual({
      [B]: 'updated',
      'google_storage_bucket_object.O': 'replaced',
    });
    const moved = (location: string) => ({ [B]: bucket({ location }), 'google_storage_bucket_iam_member.M': member });
    expect(kinds(diff(moved('EU'), moved('US')))).toEqual({ [B]: 'replaced' });
  });

  test('through local values and data sources', () => {
    const rest = {
      locals: { ring: '${google_kms_key_ring.R.id}' },
      data: { google_project: { P: { project_id: '${local.ring}' } } },
    };
    const both = (location: string) => ({
      'google_kms_key_ring.R': ring({ location }),
      'google_kms_crypto_key.K': key({ key_ring: '${local.ring}' }),
      [T]: topic({ name: 'churn-${data.google_project.P.number}' }),
    });
    expect(kinds(diff(both('a'), both('b'), [rest]))).toMatchObject({
      'google_kms_crypto_key.K': 'replaced',
      [T]: 'replaced',
    });
    expect(diff(both('a'), both('a'), [rest])).toEqual([]);
    expect(kinds(diff(both('a'), both('a'), [rest, { ...rest, locals: { ring: 'r' } }]))).toMatchObject({
      'google_kms_crypto_key.K': 'replaced',
    });
  });

  test('to other stacks', () => {
    const stacks = (location: string) => ({
      Keys: document(
        { 'google_kms_key_ring.R': ring({ location }) },
        { output: { 'the-ring': { value: '${google_kms_key_ring.R.id}' } } },
      ),
      S: document({
        'google_kms_crypto_key.K': key({
          key_ring: '${data.terraform_remote_state.cross-stack-reference-input-Keys.outputs.the-ring}',
        }),
      }),
    });
    expect(kinds(diffStacks(stacks('a'), stacks('b')))).toMatchObject({ 'google_kms_crypto_key.K': 'replaced' });
  });

  test('perhaps, where the first is replaced perhaps', () => {
    const both = (size: number) => ({
      'google_compute_disk.D': { name: 'a', size },
      [T]: topic({ name: '${google_compute_disk.D.disk_id}' }),
    });
    expect(kinds(diff(both(1), both(2)))).toEqual({ 'google_compute_disk.D': 'mayBeReplaced', [T]: 'mayBeReplaced' });
  });

  test('to what says so itself', () => {
    const both = (name: string) => ({
      'google_pubsub_topic.A': topic({ name }),
      [T]: topic({ lifecycle: { replace_triggered_by: ['google_pubsub_topic.A.name'] } }),
    });
    expect(kinds(diff(both('a'), both('b')))).toMatchObject({ [T]: 'replaced' });
    expect(diff(both('a'), both('a'))).toEqual([]);
  });
});

describe('addresses', () => {
  const member = (address: string) => ({
    'google_storage_bucket_iam_member.M': { bucket: `\${google_storage_bucket.${address}.id}`, role: 'r', member: 'm' },
  });

  test('a resource under another address is removed and added, and its name collides', () => {
    const changes = diff({ [T]: topic() }, { 'google_pubsub_topic.Other': topic() });
    expect(kinds(changes)).toEqual({ [T]: 'removed', 'google_pubsub_topic.Other': 'added' });
    expect(refusals(changes)).toEqual([
      {
        subject: 'S/google_pubsub_topic.Other (google_pubsub_topic)',
        reason: 'is created under the name that S/google_pubsub_topic.T still has, so the deployment fails',
        wayOut: 'keep its address, say that it moved (moveFromId), or take another name',
      },
    ]);
    expect(refusals(diff({ [T]: topic() }, { 'google_pubsub_topic.Other': topic({ name: 'other' }) }))).toEqual([]);
  });

  test('unless it is said to have moved: then nothing changes, nor what refers to it', () => {
    const before = { [B]: bucket(), ...member('B') };
    const after = { 'google_storage_bucket.C': bucket(), ...member('C') };
    const moved = [
      { from: 'google_storage_bucket.B', to: 'google_storage_bucket.Between' },
      { from: 'google_storage_bucket.Between', to: 'google_storage_bucket.C' },
    ];
    const locals = (address: string) => ({ locals: { id: `\${google_storage_bucket.${address}.id}` } });
    const named = { 'google_pubsub_topic.T': topic({ name: '${local.id}' }) };
    const rest: [object, object] = [locals('B'), { ...locals('C'), moved }];
    expect(diff({ ...before, ...named }, { ...after, ...named }, rest)).toEqual([]);
    expect(kinds(diff(before, after))).toMatchObject({ [B]: 'removed', 'google_storage_bucket.C': 'added' });
    const changed = { 'google_storage_bucket.C': bucket({ labels: { a: 'b' } }), ...member('C') };
    expect(kinds(diff(before, changed, [{}, { moved }]))).toEqual({ 'google_storage_bucket.C': 'updated' });
  });

  test('names are followed through references', () => {
    const object = (address: string) => ({
      [`google_storage_bucket.${address}`]: bucket(),
      [`google_storage_bucket_object.${address}`]: {
        name: 'o',
        bucket: `\${google_storage_bucket.${address}.name}`,
        content: 'c',
      },
    });
    const collisions = diff(object('A'), object('C')).filter(({ collidesWith }) => collidesWith);
    expect(collisions.map(({ logicalId }) => logicalId)).toEqual([
      'google_storage_bucket.C',
      'google_storage_bucket_object.C',
    ]);
  });

  test('a key that is replaced under its own name, and what is created before the old one goes, collide with themselves', () => {
    const keyOf = (purpose: string) => ({ 'google_kms_crypto_key.K': key({ key_ring: 'r', purpose }) });
    expect(reasons(diff(keyOf('ENCRYPT_DECRYPT'), keyOf('MAC')))).toContainEqual(
      'is created under the name that the one it replaces still has, so the deployment fails',
    );
    const subscription = (filter: string, lifecycle?: object) => ({
      'google_pubsub_subscription.U': { name: 'u', topic: 't', filter, lifecycle },
    });
    expect(reasons(diff(subscription('a'), subscription('b')))).toEqual([]);
    const first = { create_before_destroy: true };
    expect(reasons(diff(subscription('a', first), subscription('b', first)))).toHaveLength(1);
  });
});

describe('refusals', () => {
  test('of what loses state, with the way out', () => {
    expect(refusals(diff({ [B]: bucket() }, { [B]: bucket({ location: 'US' }) }))).toEqual([
      {
        subject: 'S/google_storage_bucket.B (google_storage_bucket)',
        reason: 'is replaced by a new one without its objects: location cannot change in place (EUROPE-WEST4 → US)',
        wayOut: 'keep location as it is, or add a new resource beside it',
      },
    ]);
    expect(reasons(diff({ [B]: bucket() }, {}))).toEqual(['is deleted with its objects']);
    expect(reasons(diff({ [T]: topic() }, {}))).toEqual([]);
    expect(reasons(diff({ [B]: bucket() }, { [B]: bucket({ labels: { a: 'b' } }) }))).toEqual([]);
  });

  test('of what is left behind', () => {
    const abandoned = { [B]: bucket({ deletion_policy: 'ABANDON' }) };
    expect(reasons(diff(abandoned, {}))).toEqual(['is left behind with its objects, managed by no stack']);
    expect(kinds(diff({ 'google_kms_key_ring.R': ring() }, {}))).toEqual({ 'google_kms_key_ring.R': 'orphaned' });
    const removed = [{ from: B, lifecycle: { destroy: false } }];
    expect(kinds(diff({ [B]: bucket() }, {}, [{}, { removed }]))).toEqual({ [B]: 'orphaned' });
  });

  test('of what Terraform or the provider refuses', () => {
    const held = { lifecycle: { prevent_destroy: true } };
    expect(reasons(diff({ [B]: bucket(held) }, { [B]: bucket({ ...held, location: 'US' }) }))).toContainEqual(
      'has prevent_destroy, so Terraform refuses to replace it',
    );
    expect(reasons(diff({ [B]: bucket(held) }, {}))).toContainEqual(
      'has prevent_destroy, which goes with its block and does not keep Terraform from deleting it',
    );
    const workflow = (more: object) => ({
      'google_workflows_workflow.W': { name: 'w', source_contents: 's', ...more },
    });
    expect(reasons(diff(workflow({ deletion_protection: false }), {}))).toEqual([]);
    expect(reasons(diff(workflow({}), {}))).toEqual(['is deployed with deletion_protection, so the deployment fails']);
    expect(reasons(diff(workflow({}), workflow({ name: 'x' })))).toHaveLength(1);
    expect(reasons(diff({ [T]: topic({ deletion_policy: 'PREVENT' }) }, {}))).toEqual([
      'is deployed with deletion_policy PREVENT, so the deployment fails',
    ]);
  });

  test.each([
    ['prevent_destroy', { lifecycle: { prevent_destroy: true } }, {}, 'lifecycle.prevent_destroy (true → none)'],
    ['force_destroy', {}, { force_destroy: true }, 'force_destroy (false → true)'],
    [
      'deletion_policy',
      { deletion_policy: 'PREVENT' },
      { deletion_policy: 'DELETE' },
      'deletion_policy (PREVENT → DELETE)',
    ],
  ])('of a protection that goes: %s', (_name, before, after, which) => {
    expect(reasons(diff({ [B]: bucket(before) }, { [B]: bucket(after) }))).toEqual([
      `is no longer protected from deletion, with its objects: ${which}`,
    ]);
    expect(reasons(diff({ [B]: bucket(after) }, { [B]: bucket(before) }))).toEqual([]);
  });

  test('deletion_protection that goes, spelled out before or not', () => {
    const open = { [TABLE]: table([ID]) };
    const closed = (value?: boolean) => ({ [TABLE]: table([ID], { deletion_protection: value }) });
    for (const before of [closed(), closed(true)]) expect(reasons(diff(before, open))).toHaveLength(1);
    expect(diff(closed(), closed(true))).toEqual([]);
  });
});

describe('what the provider or the API decides', () => {
  const columns = (before: object[], after: object[]) => diff({ [TABLE]: table(before) }, { [TABLE]: table(after) });

  test.each<[string, object[], object[], string]>([
    ['a new column', [ID], [ID, DISTANCE], 'updated'],
    ['a new column that is required', [ID], [ID, { ...DISTANCE, mode: 'REQUIRED' }], 'replaced'],
    ['a column that may be empty now', [ID], [{ ...ID, mode: 'NULLABLE' }], 'updated'],
    ['a column that must not be empty now', [DISTANCE], [{ ...DISTANCE, mode: 'REQUIRED' }], 'replaced'],
    ['another type', [DISTANCE], [{ ...DISTANCE, type: 'STRING' }], 'replaced'],
    ['the same type by another name', [DISTANCE], [{ ...DISTANCE, type: 'FLOAT' }], 'updated'],
    ['a column with another name', [ID, DISTANCE], [ID, { ...DISTANCE, name: 'far' }], 'replaced'],
    ['a dropped column', [ID, DISTANCE], [ID], 'updated'],
    [
      'a dropped column of a record',
      [{ name: 'o', type: 'RECORD', fields: [ID, DISTANCE] }],
      [{ name: 'o', type: 'RECORD', fields: [ID] }],
      'replaced',
    ],
  ])('%s of a table', (_name, before, after, kind) => {
    expect(kinds(columns(before, after))).toEqual({ [TABLE]: kind });
  });

  test('a dropped column takes its values along', () => {
    expect(reasons(columns([ID, DISTANCE], [ID]))).toEqual(["column 'distance' is dropped with its values"]);
    expect(reasons(columns([ID], [ID, DISTANCE]))).toEqual([]);
  });

  test('columns that cannot be read may replace the table', () => {
    const schema = '${jsonencode(local.columns)}';
    expect(kinds(diff({ [TABLE]: table([ID]) }, { [TABLE]: { ...table([ID]), schema } }))).toEqual({
      [TABLE]: 'mayBeReplaced',
    });
  });

  test('a table cannot be partitioned in another way', () => {
    const by = (more: object) => ({ [TABLE]: table([ID], { time_partitioning: { type: 'DAY', ...more } }) });
    expect(reasons(diff(by({}), by({ type: 'HOUR' })))).toEqual([
      'time_partitioning.type changes, and BigQuery cannot change how a table is partitioned',
    ]);
    expect(reasons(diff(by({}), by({ expiration_ms: 10 })))).toEqual([]);
    expect(reasons(diff({ [TABLE]: table([ID]) }, by({})))).toHaveLength(1);
  });

  test('a retention policy that is unlocked replaces the bucket', () => {
    const policy = (locked: boolean, period = 9) => ({
      [B]: bucket({ retention_policy: { is_locked: locked, retention_period: period } }),
    });
    expect(kinds(diff(policy(true), policy(false)))).toEqual({ [B]: 'replaced' });
    expect(kinds(diff(policy(true), { [B]: bucket() }))).toEqual({ [B]: 'replaced' });
    expect(kinds(diff(policy(false), policy(true)))).toEqual({ [B]: 'updated' });
    expect(kinds(diff(policy(true), policy(true, 10)))).toEqual({ [B]: 'updated' });
  });

  test('a feature group keeps its name and its source', () => {
    const group = (name: string, uri: string, columns = ['id']) => ({
      'google_vertex_ai_feature_group.G': {
        name,
        region: 'r',
        big_query: { big_query_source: { input_uri: uri }, entity_id_columns: columns },
      },
    });
    const before = group('a', 'bq://a');
    expect(kinds(diff(before, group('b', 'bq://a')))).toEqual({ 'google_vertex_ai_feature_group.G': 'replaced' });
    expect(kinds(diff(before, group('a', 'bq://b')))).toEqual({ 'google_vertex_ai_feature_group.G': 'replaced' });
    expect(kinds(diff(before, group('a', 'bq://a', ['key'])))).toEqual({
      'google_vertex_ai_feature_group.G': 'updated',
    });
  });

  test('an online store keeps its storage', () => {
    const store = (storage: object) => ({ 'google_vertex_ai_feature_online_store.F': { name: 'f', ...storage } });
    const scaled = (max: number) => store({ bigtable: { auto_scaling: { min_node_count: 1, max_node_count: max } } });
    expect(reasons(diff(scaled(1), store({ optimized: {} })))).toEqual([
      'changes between bigtable and optimized, which an online store cannot',
    ]);
    expect(reasons(diff(scaled(1), scaled(2)))).toEqual([]);
  });
});
