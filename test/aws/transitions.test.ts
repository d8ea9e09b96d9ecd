import type { Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as s3 from 'aws-cdk-lib/aws-s3';
import * as sns from 'aws-cdk-lib/aws-sns';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { STATEFUL_TYPES } from '../../lib/aws/diff/stateful';
import { diffTemplates, refusals } from '../../lib/aws/template-diff';
import { ConstructError } from '../../lib/aws/errors';
import { ModelRegistry } from '../../lib/aws/model-registry';
import { FeatureGroup } from '../../lib/aws/feature-group';
import type { MlopsConfig } from '../../lib/config/mlops';
import { validConfig } from '../config/arbitraries';
import { mutations } from '../config/mutations';
import type { Mutation } from '../config/mutations';
import type { References } from './configs';
import { existingVpc, fullConfig, KEY_ARN, mlopsTemplate, ofType, onFixtures, smallConfig, without } from './configs';
import type { CloudFormationResource, CloudFormationTemplate } from './judges';
import { replacements } from './judges';

const known = new Map<string, CloudFormationTemplate>();

/** The template of a config alone; synthesized once, since tests share changes. */
function template(config: MlopsConfig): CloudFormationTemplate {
  const key = JSON.stringify(config);
  if (!known.has(key)) known.set(key, mlopsTemplate(config));
  return known.get(key)!;
}

/** The template, or nothing where synthesis refuses the config, as for a framework's version that has no image. */
function templateIfAny(config: MlopsConfig): CloudFormationTemplate | undefined {
  try {
    return template(config);
  } catch (error) {
    if (error instanceof ConstructError) return undefined;
    throw error;
  }
}

const resourcesOf = ({ Resources: resources = {} }: CloudFormationTemplate) => resources;
const isStateful = (id: string, { Resources: resources = {} }: CloudFormationTemplate) =>
  resources[id]!.Type in STATEFUL_TYPES;

/** Stateful resources that deploying `after` over `before` would replace, or leave behind. */
function losses(before: CloudFormationTemplate, after: CloudFormationTemplate): string[] {
  const removed = Object.keys(resourcesOf(before)).filter((id) => !(id in resourcesOf(after)));
  return [
    ...replacements(before, after).filter((line) => isStateful(line.split(' ')[0], before)),
    ...removed.filter((id) => isStateful(id, before)).map((id) => `${id} (${resourcesOf(before)[id]!.Type}): removed`),
  ];
}

const NAME_PROPERTIES = /^(\w+Name|Name|AliasName)$/;

/** `<type> <name>` of everything that has a name of its own in the template. */
const physicalNames = (from: CloudFormationTemplate, ids: readonly string[]) =>
  ids.flatMap((id) => {
    const { Type, Properties: properties = {} } = resourcesOf(from)[id]!;
    const names = Object.keys(properties).filter(
      (key) => NAME_PROPERTIES.test(key) && typeof properties[key] === 'string',
    );
    const own = names.filter((key) => Type.split('::').at(-1) === key.replace(/Name$/, '') || key === 'Name');
    return own.map((key) => `${Type} ${String(properties[key])}`);
  });

/** Names that something new takes while something else still has them: what is removed goes after all else is created. */
function collisions(before: CloudFormationTemplate, after: CloudFormationTemplate): string[] {
  const replaced = replacements(before, after).map((line) => line.split(' ')[0]);
  const created = Object.keys(resourcesOf(after)).filter((id) => !(id in resourcesOf(before)) || replaced.includes(id));
  const held = physicalNames(before, Object.keys(resourcesOf(before)));
  return physicalNames(after, created).filter((name) => held.includes(name));
}

const LEVELS = [0, 1, 2] as const;
const atLevel = (config: MlopsConfig, level: 0 | 1 | 2): MlopsConfig => ({ ...config, level });
const PAIRS = LEVELS.flatMap((from) => LEVELS.filter((to) => to !== from).map((to) => [from, to] as const));

describe.each<[string, MlopsConfig, ((stack: Stack) => References)?]>([
  ['of a small config', smallConfig()],
  ['of a full config in a VPC', fullConfig({ capabilities: {} }), (stack) => ({ vpc: existingVpc(stack) })],
])('a change of level %s', (_name, config, references) => {
  const templates = LEVELS.map((level) => mlopsTemplate(atLevel(config, level), references));

  test.each(PAIRS)('%i to %i replaces, removes and collides with nothing stateful', (from, to) => {
    expect(losses(templates[from], templates[to])).toEqual([]);
    expect(replacements(templates[from], templates[to])).toEqual([]);
    expect(collisions(templates[from], templates[to])).toEqual([]);
  });

  test.each(PAIRS.filter(([from, to]) => to > from))('%i to %i only adds', (from, to) => {
    const [low, high] = [resourcesOf(templates[from]), resourcesOf(templates[to])];
    expect(Object.keys(low).filter((id) => !(id in high))).toEqual([]);
    expect(Object.keys(high).length).toBeGreaterThan(Object.keys(low).length);
  });

  test('leaves stateful resources as they are, to the letter', () => {
    const stateful = templates.map((from) => Object.keys(resourcesOf(from)).filter((id) => isStateful(id, from)));
    expect(stateful[0].length).toBeGreaterThan(4);
    expect(stateful).toEqual([stateful[0], stateful[0], stateful[0]]);
    for (const id of stateful[0]) {
      const [low, ...higher] = templates.map((from) => resourcesOf(from)[id]!);
      // The key's policy grows with the services that use it, and the policy of an endpoint says what is on: both in place.
      const but = { 'AWS::KMS::Key': { KeyPolicy: undefined }, 'Custom::MlopsModelEndpoint': { Policy: undefined } }[
        low.Type
      ];
      const properties = (of: CloudFormationResource) => ({ ...of.Properties, ...but });
      for (const high of higher) {
        expect({ ...high, Properties: properties(high) }, id).toEqual({ ...low, Properties: properties(low) });
      }
    }
  });

  test('asks the same endpoint, through the same function, for something else', () => {
    const endpoints = templates.map((from) => ofType(from, 'Custom::MlopsModelEndpoint')[0]);
    const [ids, names, tokens] = [
      endpoints.map(([id]) => id),
      endpoints.map(([, { EndpointName }]) => EndpointName),
      endpoints.map(([, { ServiceToken }]) => ServiceToken),
    ];
    expect(new Set(ids).size).toBe(1);
    expect(names).toEqual(['churn', 'churn', 'churn']);
    expect(tokens).toEqual([tokens[0], tokens[0], tokens[0]]);
    const policies = endpoints.map(([, { Policy }]) => JSON.stringify(Policy));
    expect(policies.map((policy) => policy.includes('\\"automatic\\":true'))).toEqual([false, true, true]);
    expect(policies.map((policy) => policy.includes('\\"abTest\\"'))).toEqual([false, false, true]);
    for (const policy of policies) expect(policy.replace('LOG_LEVEL', '')).not.toMatch(/level|maturity/i);
  });

  test('2 to 1 leaves nothing behind that the way back would meet, and back is the template that was there', () => {
    const removed = Object.keys(resourcesOf(templates[2])).filter((id) => !(id in resourcesOf(templates[1])));
    expect(removed.length).toBeGreaterThan(2);
    for (const id of removed) expect(resourcesOf(templates[2])[id]!.DeletionPolicy ?? 'Delete', id).toBe('Delete');
    expect(mlopsTemplate(atLevel(config, 2), references)).toEqual(templates[2]);
  });

  test('leaves no trace of a level in ids and names', () => {
    for (const from of templates) {
      expect(Object.keys(resourcesOf(from)).filter((id) => /level|maturity/i.test(id))).toEqual([]);
      const named = physicalNames(from, Object.keys(resourcesOf(from)));
      expect(named.filter((name) => /level|maturity|[^a-z][012]$/i.test(name))).toEqual([]);
      expect(JSON.stringify(from)).not.toMatch(/"Tags":/);
    }
    expect(physicalNames(templates[2], Object.keys(resourcesOf(templates[2])))).toContain(
      'AWS::SageMaker::ModelPackageGroup churn',
    );
  });
});

/** Fields of which the documentation says that they cannot change: what they made is replaced. */
const IMMUTABLE = [
  /^name$/,
  /^featureStore\.groups\[\d+\]\.(name|recordIdentifier|eventTime|online|offline)$/,
  /^aws\.offlineTableFormat$/,
];
/** Taking these away takes away what they made. */
const HOLDS_STATE = [/^featureStore$/, /^featureStore\.groups\[\d+\]$/];
const matches = (path: string, patterns: RegExp[]) => patterns.some((pattern) => pattern.test(path));

/** Whether a change is one of those. A field that is left out has its default, which is what the tried fields have. */
function isImmutable({ path, to }: Mutation): boolean {
  return to === undefined ? matches(path, HOLDS_STATE) : matches(path, IMMUTABLE);
}

/** Other scripts than those in the folder are refused when the source is read. */
const hasScripts = ({ path }: Mutation) => !/^(training|serving)\..*(entryPoint|preprocess|source)$/.test(path);

const RUNS = Number(process.env.FUZZ_RUNS ?? 25);
const TIMEOUT = { timeout: 60_000 + RUNS * 1000 };
const tell = ({ path, from, to }: Mutation) => `${path}: ${JSON.stringify(from)} → ${JSON.stringify(to)}`;

describe('a change of one field', () => {
  const config = fullConfig();
  const before = template(config);
  const all = mutations(config).filter(hasScripts);
  const mutable = all.filter((mutation) => !isImmutable(mutation));

  /** What has been added can be taken away again only with its state. */
  const addsGroup = ({ path, from, to }: Mutation) =>
    path === 'featureStore.groups' && (to as unknown[] | undefined)!.length > (from as unknown[]).length;

  function expectNoLoss(mutation: Mutation): void {
    const after = templateIfAny(mutation.config as MlopsConfig) ?? before;
    expect(losses(before, after), tell(mutation)).toEqual([]);
    if (!addsGroup(mutation)) expect(losses(after, before), `back from ${tell(mutation)}`).toEqual([]);
    expect(collisions(before, after), tell(mutation)).toEqual([]);
  }

  test('is tried for every section', () => {
    const sections = new Set(mutable.map(({ path }) => path.split(/[.[]/)[0]));
    expect([...sections].sort()).toEqual(
      [
        'aws',
        'capabilities',
        'data',
        'featureStore',
        'level',
        'monitoring',
        'retraining',
        'serving',
        'training',
      ].sort(),
    );
    expect(mutable.length).toBeGreaterThan(150);
  });

  test('replaces and removes nothing stateful, unless the field is documented as immutable', TIMEOUT, () => {
    const options = { numRuns: RUNS };
    fc.assert(fc.property(fc.constantFrom(...mutable), expectNoLoss), options);
  });

  test('of the feature store neither', () => {
    const ofStore = mutable.filter(({ path }) => path.startsWith('featureStore') || path.startsWith('aws.offline'));
    expect(ofStore.filter(addsGroup)).toHaveLength(1);
    expect(ofStore.length).toBeGreaterThan(20);
    ofStore.forEach(expectNoLoss);
  });

  test('of a documented immutable field is seen by the judge', () => {
    const immutable = all.filter(isImmutable);
    expect(new Set(immutable.map(({ path }) => path.replace(/\d+/, '0')))).toEqual(
      new Set([
        'name',
        'featureStore.groups[0]',
        'featureStore.groups[0].name',
        'featureStore.groups[0].recordIdentifier',
        'featureStore.groups[0].eventTime',
        'featureStore.groups[0].offline',
        'aws.offlineTableFormat',
      ]),
    );
    for (const mutation of immutable) {
      expect(losses(before, template(mutation.config as MlopsConfig)), tell(mutation)).not.toEqual([]);
    }
  });

  test('that takes the online store or the whole feature store away is seen by the judge', () => {
    const [group] = smallConfig().featureStore!.groups;
    const offline = smallConfig({ featureStore: { groups: [{ ...group, online: false }] } });
    expect(losses(template(smallConfig()), template(offline))).toHaveLength(1);
    const bare = without(smallConfig({ level: 1 }), 'featureStore');
    expect(losses(template(smallConfig({ level: 1 })), template(bare))).toEqual([
      'PipelineFeatureStoreGroupscustomers6579A6A9 (AWS::SageMaker::FeatureGroup): removed',
    ]);
  });

  test('that the service refuses though CloudFormation would try is refused by the comparison', () => {
    const refused = all.filter(({ path, to }) =>
      to === undefined ? /features\[\d+\]$/.test(path) : /groups\[\d+\]\.features\[\d+\]\.(type|name)$/.test(path),
    );
    const ofStore = refused.filter(({ path }) => path.startsWith('featureStore'));
    expect(ofStore.length).toBeGreaterThan(10);
    for (const mutation of ofStore) {
      const changes = diffTemplates(
        { Stack: before as any },
        { Stack: template(mutation.config as MlopsConfig) as any },
      );
      expect(refusals(changes), tell(mutation)).not.toEqual([]);
    }
  });

  test('of any config replaces and removes nothing stateful either', TIMEOUT, () => {
    const change = fc
      .tuple(validConfig(), fc.nat())
      .map(([raw, pick]) => {
        const base = onFixtures(raw);
        const tried = mutations(base).filter((mutation) => hasScripts(mutation) && !isImmutable(mutation));
        return { base, mutation: tried[pick % tried.length] };
      })
      .filter(({ mutation }) => mutation !== undefined);
    fc.assert(
      fc.property(change, ({ base, mutation }) => {
        const [from, to] = [base, mutation.config].map((one) => templateIfAny(one as MlopsConfig));
        fc.pre(from !== undefined && to !== undefined);
        expect(losses(from, to), tell(mutation)).toEqual([]);
        expect(collisions(from, to), tell(mutation)).toEqual([]);
      }),
      { numRuns: Math.ceil(RUNS / 5), endOnFailure: true }, // finding all changes of a config takes too long to shrink
    );
  });
});

describe('passing in', () => {
  const config = fullConfig();
  const before = template(config);
  const role = (stack: Stack) =>
    new iam.Role(stack, 'Given', { assumedBy: new iam.ServicePrincipal('sagemaker.amazonaws.com') });

  test.each<[string, (stack: Stack) => References]>([
    ['a VPC', (stack) => ({ vpc: existingVpc(stack) })],
    ['a topic', (stack) => ({ topic: new sns.Topic(stack, 'Given') })],
    ['a role', (stack) => ({ role: role(stack) })],
    ['a key of the data', (stack) => ({ dataEncryptionKey: kms.Key.fromKeyArn(stack, 'Given', KEY_ARN) })],
  ])('%s later, or no more, replaces and removes nothing stateful', (_name, references) => {
    const after = mlopsTemplate(config, references);
    expect(after).not.toEqual(before);
    expect([losses(before, after), losses(after, before)]).toEqual([[], []]);
    expect([collisions(before, after), collisions(after, before)]).toEqual([[], []]);
  });

  const idsOf = (type: string) => ofType(before, type).map(([id]) => id);
  test.each<[string, (stack: Stack) => References, string[]]>([
    [
      'a key',
      (stack) => ({ encryptionKey: kms.Key.fromKeyArn(stack, 'Given', KEY_ARN) }),
      ['AWS::KMS::Key', 'AWS::SageMaker::FeatureGroup'],
    ],
    [
      'a bucket',
      (stack) => ({ artifactBucket: s3.Bucket.fromBucketName(stack, 'Given', 'acme') }),
      ['AWS::S3::Bucket', 'AWS::SageMaker::FeatureGroup'],
    ],
    [
      'a registry',
      (stack) => ({ registry: ModelRegistry.fromModelPackageGroupName(stack, 'Given', 'shared') }),
      ['AWS::SageMaker::ModelPackageGroup'],
    ],
    [
      'feature groups',
      (stack) => ({
        featureGroups: Object.fromEntries(
          ['customers', 'regions'].map((name) => [name, FeatureGroup.fromFeatureGroupName(stack, name, name)]),
        ),
      }),
      ['AWS::SageMaker::FeatureGroup'],
    ],
  ])('%s later is seen by the judge, as its documentation says', (_name, references, types) => {
    const lost = losses(before, mlopsTemplate(config, references)).map((line) => line.split(' ')[0]);
    expect(lost).toEqual(expect.arrayContaining(types.flatMap(idsOf)));
  });
});
