import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { MlopsConfig } from '../../lib/config/mlops';
import { ConfigError } from '../../lib/config/problems';
import { ArtifactStore } from '../../lib/google/artifact-store';
import { immutableFieldChanges } from '../../lib/google/diff/immutable-fields';
import { STATEFUL_TYPES } from '../../lib/google/diff/stateful';
import type { TerraformDocument } from '../../lib/google/diff/terraform';
import { argumentsOf, resourcesOf } from '../../lib/google/diff/terraform';
import { EncryptionKey } from '../../lib/google/encryption-key';
import type { TerraformStack } from '../../lib/google/engine';
import { ConstructError } from '../../lib/google/errors';
import { FeatureGroup } from '../../lib/google/feature-group';
import { ModelRegistry } from '../../lib/google/model-registry';
import { ServiceAccount } from '../../lib/google/service-account';
import { diffStacks, refusals } from '../../lib/google/stack-diff';
import { validConfig } from '../config/arbitraries';
import { mutations } from '../config/mutations';
import type { Mutation } from '../config/mutations';
import { AT } from './blocks';
import type { References } from './configs';
import {
  ATTACHMENT,
  CHANNEL,
  KEY_NAME,
  NETWORK,
  fullConfig,
  mlopsDocument,
  onGoogle,
  smallConfig,
  without,
} from './configs';
import { forceNewChanges, schemaProblems } from './judges';

/** The document, or nothing where synthesis refuses the config, as for a definition that is too long. */
function documentIfAny(config: MlopsConfig): TerraformDocument | undefined {
  try {
    return mlopsDocument(config);
  } catch (error) {
    if (error instanceof ConstructError || error instanceof ConfigError) return undefined;
    throw error;
  }
}

const placed = (document: TerraformDocument) => new Map(resourcesOf(document).map((one) => [one.address, one]));
const isStateful = (address: string) => address.split('.')[0] in STATEFUL_TYPES;

/** Custom roles. The id of a deleted one is free again at once, or after up to 37 days: what goes and comes back must not take it along. */
const rolesOf = (document: TerraformDocument) =>
  [...placed(document).keys()].filter((address) => address.startsWith('google_project_iam_custom_role.'));

/** A block without what a capability may switch while it stands: whether an endpoint logs requests. */
function withoutSwitch({ predict_request_response_logging_config: logging, depends_on, ...block }: any): any {
  if (!logging) return { ...block, depends_on };
  return { ...block, logging: without(logging, 'enabled') }; // what it waits for is its deployer's, and changes nothing of it
}

/** What the comparison of stacks refuses. */
const refused = (before: TerraformDocument, after: TerraformDocument) =>
  refusals(diffStacks({ Stack: before }, { Stack: after })).map(({ subject, reason }) => `${subject}: ${reason}`);

/** Stateful resources that deploying `after` over `before` would replace or remove: by the provider's own marks. */
function losses(before: TerraformDocument, after: TerraformDocument): string[] {
  const removed = [...placed(before).keys()].filter((address) => !placed(after).has(address));
  return [
    ...forceNewChanges(before, after).filter((line) => isStateful(line)),
    ...removed.filter(isStateful).map((address) => `${address}: removed`),
  ];
}

/** Both judges: the provider's marks, and the comparison that `cdk-mlops diff` makes. */
function expectNoLoss(before: TerraformDocument, after: TerraformDocument, what = ''): void {
  expect(losses(before, after), what).toEqual([]);
  expect(refused(before, after), what).toEqual([]);
}

const LEVELS = [0, 1, 2] as const;
const atLevel = (config: MlopsConfig, level: 0 | 1 | 2): MlopsConfig => ({ ...config, level });
const PAIRS = LEVELS.flatMap((from) => LEVELS.filter((to) => to !== from).map((to) => [from, to] as const));

describe.each<[string, MlopsConfig, References?]>([
  ['of a small config', smallConfig()],
  ['of a full config in a network', fullConfig({ capabilities: {} }), { network: NETWORK }],
  ['of a config that nothing is kept of', fullConfig({ capabilities: {} }), { removalPolicy: 'destroy' }],
])('a change of level %s', (_name, config, references = {}) => {
  const documents = LEVELS.map((level) => mlopsDocument(atLevel(config, level), () => references));

  test.each(PAIRS)('%i to %i replaces, removes and collides with nothing stateful', (from, to) => {
    expectNoLoss(documents[from], documents[to]);
    const replaced = forceNewChanges(documents[from], documents[to]);
    // A bucket's objects are named by their content: the new one is made, the old one stays (ABANDON).
    expect(replaced.filter((line) => !line.startsWith('google_storage_bucket_object.'))).toEqual([]);
    for (const document of documents) expect(schemaProblems(document)).toEqual([]);
  });

  test.each(PAIRS.filter(([from, to]) => to > from))('%i to %i only adds', (from, to) => {
    const [low, high] = [placed(documents[from]), placed(documents[to])];
    expect([...low.keys()].filter((address) => !high.has(address))).toEqual([]);
    expect(high.size).toBeGreaterThan(low.size);
  });

  test('leaves stateful resources as they are, to the letter', () => {
    const stateful = documents.map((document) => [...placed(document).keys()].filter(isStateful));
    expect(stateful[0].length).toBeGreaterThan(8);
    expect(stateful).toEqual([stateful[0], stateful[0], stateful[0]]);
    for (const address of stateful[0]) {
      const [low, ...higher] = documents.map((document) => withoutSwitch(placed(document).get(address)!.block));
      for (const high of higher) expect(high, address).toEqual(low);
    }
  });

  test('2 to 1 leaves nothing behind that the way back would meet, and back is the document that was there', () => {
    const removed = resourcesOf(documents[2]).filter(({ address }) => !placed(documents[1]).has(address));
    expect(removed.length).toBeGreaterThan(0);
    for (const { address, block } of removed) {
      expect([block.lifecycle?.prevent_destroy, block.deletion_policy, block.deletion_protection], address).toEqual(
        Array(3).fill(undefined),
      );
    }
    expect(mlopsDocument(atLevel(config, 2), () => references)).toEqual(documents[2]);
  });

  test('makes and deletes no role', () => {
    const roles = documents.map(rolesOf);
    expect(roles[0]).toHaveLength(16);
    expect(roles).toEqual([roles[0], roles[0], roles[0]]);
  });

  test('keeps the services that read what is encrypted: models stay when nothing trains them any more', () => {
    const agents = (document: TerraformDocument) => [...placed(document).keys()].filter((one) => /Allow-/.test(one));
    for (const service of ['storage', 'vertexAi', 'pubSub', 'bigQuery']) {
      for (const document of documents) expect(agents(document).join(), service).toContain(`Allow-${service}`);
    }
  });

  test('leaves no trace of a level in addresses and names', () => {
    for (const document of documents) {
      expect([...placed(document).keys()].filter((address) => /level|maturity/i.test(address))).toEqual([]);
      for (const { address, block } of resourcesOf(document)) {
        const { name, account_id, role_id, dataset_id, labels } = argumentsOf(block);
        expect(String([name, account_id, role_id, dataset_id]), address).not.toMatch(/level|maturity/i);
        if (!address.includes('notification_channel')) expect(labels, address).toBeUndefined();
      }
    }
  });
});

/** Fields of which the documentation says that they cannot change: what they made is replaced. */
const IMMUTABLE = [
  /^name$/,
  /^google\.(project|region)$/,
  /^featureStore\.groups\[\d+\]\.(name|recordIdentifier|eventTime|online)$/,
  /^featureStore\.groups\[\d+\]\.features\[\d+\]\.(name|type)$/,
];
/** Taking these away takes away what they made. */
const HOLDS_STATE = [
  /^featureStore$/,
  /^featureStore\.groups\[\d+\]$/,
  /^featureStore\.groups\[\d+\]\.features\[\d+\]$/,
];
const matches = (path: string, patterns: RegExp[]) => patterns.some((pattern) => pattern.test(path));

/** Whether a change is one of those. A field that is left out has its default, which is what the tried fields have. */
function isImmutable({ path, to }: Mutation): boolean {
  return to === undefined ? matches(path, HOLDS_STATE) : matches(path, IMMUTABLE);
}

/** Other scripts than those in the folder are refused when the source is read. */
const hasScripts = ({ path }: Mutation) => !/^(training|serving)\..*(entryPoint|preprocess|source)$/.test(path);

const RUNS = Number(process.env.FUZZ_RUNS ?? 24);
const TIMEOUT = { timeout: 60_000 + RUNS * 1000 };
const tell = ({ path, from, to }: Mutation) => `${path}: ${JSON.stringify(from)} → ${JSON.stringify(to)}`;

describe('a change of one field', () => {
  const config = fullConfig();
  const before = mlopsDocument(config);
  const all = mutations(config, 'google').filter(hasScripts);
  const mutable = all.filter((mutation) => !isImmutable(mutation));

  /** What has been added can be taken away again only with its state. */
  const adds = ({ path, from, to }: Mutation) =>
    /^featureStore\.groups(\[\d+\]\.features)?$/.test(path) &&
    (to as unknown[] | undefined)!.length > (from as unknown[]).length;

  function tryOut(mutation: Mutation): void {
    const after = documentIfAny(mutation.config as MlopsConfig) ?? before;
    expect(schemaProblems(after), tell(mutation)).toEqual([]);
    expectNoLoss(before, after, tell(mutation));
    expect(rolesOf(after), tell(mutation)).toEqual(rolesOf(before));
    if (!adds(mutation)) expectNoLoss(after, before, `back from ${tell(mutation)}`);
  }

  test('is tried for every section', () => {
    const sections = new Set(mutable.map(({ path }) => path.split(/[.[]/)[0]));
    expect([...sections].sort()).toEqual([
      'capabilities',
      'data',
      'featureStore',
      'google',
      'level',
      'monitoring',
      'retraining',
      'serving',
      'training',
    ]);
    expect(mutable.length).toBeGreaterThan(150);
  });

  test('replaces and removes nothing stateful, unless the field is documented as immutable', TIMEOUT, () => {
    fc.assert(fc.property(fc.constantFrom(...mutable), tryOut), { numRuns: RUNS });
  });

  test('of the feature store and of what is exact on Google Cloud neither', () => {
    const chosen = mutable.filter(({ path }) => path.startsWith('featureStore') || path.startsWith('google'));
    expect(chosen.filter(adds)).toHaveLength(3);
    expect(chosen.length).toBeGreaterThan(15);
    chosen.forEach(tryOut);
  });

  test('of a documented immutable field is refused, by both comparisons', () => {
    const immutable = all.filter(isImmutable);
    expect(new Set(immutable.map(({ path }) => path.replaceAll(/\d+/g, '0')))).toEqual(
      new Set([
        'name',
        'google.project',
        'google.region',
        'featureStore.groups[0]',
        'featureStore.groups[0].name',
        'featureStore.groups[0].recordIdentifier',
        'featureStore.groups[0].eventTime',
        'featureStore.groups[0].online',
        'featureStore.groups[0].features[0]',
        'featureStore.groups[0].features[0].name',
        'featureStore.groups[0].features[0].type',
      ]),
    );
    for (const mutation of immutable) {
      const after = mutation.config as MlopsConfig;
      expect(refused(before, mlopsDocument(after)), tell(mutation)).not.toEqual([]);
      expect(immutableFieldChanges(config, after), tell(mutation)).not.toEqual([]);
    }
  });

  test('that takes the online store or the whole feature store away is seen by both', () => {
    const [group] = smallConfig().featureStore!.groups;
    const small = smallConfig({ level: 1 });
    const offline = { ...small, featureStore: { groups: [{ ...group, online: false }] } };
    const bare = without(small, 'featureStore');
    for (const [after, types] of [
      [offline, ['bigquery_table', 'vertex_ai_feature_online_store', 'vertex_ai_feature_online_store_featureview']],
      [
        bare,
        [
          'bigquery_dataset',
          ...Array(3).fill('bigquery_table'),
          'vertex_ai_feature_group',
          'vertex_ai_feature_group_feature',
          'vertex_ai_feature_online_store',
          'vertex_ai_feature_online_store_featureview',
        ],
      ],
    ] as const) {
      const lost = losses(mlopsDocument(small), mlopsDocument(after));
      expect(lost.map((line) => line.split('.')[0].replace('google_', ''))).toEqual(types);
      expect(refused(mlopsDocument(small), mlopsDocument(after)).length).toBeGreaterThanOrEqual(types.length);
    }
  });

  test('of any config replaces and removes nothing stateful either', TIMEOUT, () => {
    const change = fc
      .tuple(validConfig(), fc.nat())
      .map(([raw, pick]) => {
        const base = onGoogle(raw);
        const tried = mutations(base, 'google').filter((mutation) => hasScripts(mutation) && !isImmutable(mutation));
        return { base, mutation: tried[pick % tried.length] };
      })
      .filter(({ mutation }) => mutation !== undefined);
    fc.assert(
      fc.property(change, ({ base, mutation }) => {
        const [from, to] = [base, mutation.config].map((one) => documentIfAny(one as MlopsConfig));
        fc.pre(from !== undefined && to !== undefined);
        expectNoLoss(from, to, tell(mutation));
      }),
      { numRuns: Math.ceil(RUNS / 6), endOnFailure: true }, // finding all changes of a config takes too long to shrink
    );
  });
});

describe('passing in', () => {
  const config = fullConfig();
  const before = mlopsDocument(config);

  test.each<[string, (stack: TerraformStack) => References]>([
    ['a network', () => ({ network: NETWORK })],
    ['a network attachment', () => ({ networkAttachment: ATTACHMENT })],
    ['a channel', () => ({ notificationChannels: [CHANNEL] })],
    ['a registry', (stack) => ({ registry: ModelRegistry.fromModelId(stack, 'Given', { ...AT, modelId: 'shared' }) })],
    [
      'an account',
      (stack) => ({
        serviceAccount: ServiceAccount.fromServiceAccountAttributes(stack, 'Given', {
          email: 'own@acme-ml.iam.gserviceaccount.com',
          project: 'acme-ml',
        }),
      }),
    ],
  ])('%s later, or no more, replaces and removes nothing stateful', (_name, references) => {
    const after = mlopsDocument(config, references);
    expect(after).not.toEqual(before);
    expectNoLoss(before, after);
    expectNoLoss(after, before);
  });

  const ofType = (type: string) =>
    [...placed(before).keys()].filter((address) =>
      address.startsWith(`google_${type}${type.includes('.') ? '' : '.'}`),
    );
  const group = (stack: TerraformStack, id: string) =>
    FeatureGroup.fromFeatureGroupAttributes(stack, id, { ...AT, featureGroupId: id, dataset: 'd', table: id });

  test.each<[string, (stack: TerraformStack) => References, string[]]>([
    [
      'a key',
      (stack) => ({ encryptionKey: EncryptionKey.fromKeyName(stack, 'Given', KEY_NAME) }),
      ['kms_key_ring', 'kms_crypto_key'],
    ],
    ['a bucket', (stack) => ({ artifacts: ArtifactStore.fromBucketName(stack, 'Given', 'acme') }), ['storage_bucket']],
    [
      'feature groups',
      (stack) => ({
        featureGroups: { customers: group(stack, 'customers'), regions: group(stack, 'regions') },
      }),
      [
        'bigquery_dataset.Pipeline_FeatureStore',
        'bigquery_table.Pipeline_FeatureStore',
        'vertex_ai_feature_group',
        'vertex_ai_feature_online_store',
      ],
    ],
  ])('%s later is refused, as its documentation says', (_name, references, types) => {
    const lost = losses(before, mlopsDocument(config, references)).map((line) => line.split(':')[0]);
    expect(lost).toEqual(expect.arrayContaining(types.flatMap(ofType)));
    expect(refused(before, mlopsDocument(config, references)).length).toBeGreaterThanOrEqual(types.length);
  });

  test('a removal policy that gives things up is refused, and back is not', () => {
    const given = mlopsDocument(config, () => ({ removalPolicy: 'destroy' }));
    expect(losses(before, given)).toEqual([]);
    const reasons = refused(before, given);
    expect(reasons).toHaveLength(12);
    for (const reason of reasons) expect(reason).toContain('is no longer protected from deletion');
    expectNoLoss(given, before);
  });
});
