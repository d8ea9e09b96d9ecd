import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import ts from 'typescript';
import { expect, test } from 'vitest';
import { immutableFieldChanges as onAws } from '../../lib/aws/diff/immutable-fields';
import { immutableFieldChanges as onGoogle } from '../../lib/google/diff/immutable-fields';
import { defaultMaxInstances } from '../../lib/config/defaults';
import { jsonSchema } from '../../lib/config/json-schema';
import { resolveConfig } from '../../lib/config/resolve';
import * as levels from '../../lib/plan/levels';

const ROOT = path.resolve(__dirname, '../..');
const sources = { ...levels, immutableFieldRules: [onAws, onGoogle], jsonSchema };

const generator = () => import(path.join(ROOT, 'tools/generate-config-docs.mjs'));
const committed = () => readFileSync(path.join(ROOT, 'docs/config.md'), 'utf8');

/** The rows of the key tables by key: type, default, meaning, later. */
function rows(): Map<string, string[]> {
  const lines = committed().split('\n');
  const cells = lines.map((line) => /^\| `([\w.[\]<>]+)` \| (.*) \|$/.exec(line)).filter((match) => match !== null);
  return new Map(
    cells.map(([, key, rest]) => [key, rest.split(/(?<!\\) \| /)] as const).filter(([, { length }]) => length === 4),
  );
}

/** The values after `@default` in lib/config, by struct and key; sentences (`- …`) are left out. */
function documentedDefaults(): Map<string, string> {
  const folder = path.join(ROOT, 'lib/config');
  const files = readdirSync(folder).filter((name) => name.endsWith('.ts'));
  const found = files.flatMap((name) => {
    const source = ts.createSourceFile(
      name,
      readFileSync(path.join(folder, name), 'utf8'),
      ts.ScriptTarget.Latest,
      true,
    );
    const structs = source.statements
      .filter(ts.isInterfaceDeclaration)
      .filter(({ name }) => name.text.endsWith('Config'));
    return structs.flatMap((struct) =>
      struct.members.filter(ts.isPropertySignature).flatMap((member) => {
        const tag = ts.getJSDocTags(member).find(({ tagName }) => tagName.text === 'default');
        const text = tag && ts.getTextOfJSDocComment(tag.comment);
        return text && !text.startsWith('-')
          ? [[`${struct.name.text}.${member.name.getText(source)}`, text] as const]
          : [];
      }),
    );
  });
  return new Map(found);
}

/** The structs that hold keys, by the path before the key. */
const STRUCTS: Readonly<Record<string, string>> = {
  'data.split': 'SplitConfig',
  data: 'DataConfig',
  training: 'TrainingConfig',
  'training.evaluation': 'EvaluationConfig',
  serving: 'ServingConfig',
  'serving.serverless': 'ServerlessConfig',
  'serving.scaling': 'ScalingConfig',
  'serving.rollout': 'RolloutConfig',
  'serving.alarms': 'AlarmsConfig',
  'serving.abTest': 'AbTestConfig',
  monitoring: 'MonitoringConfig',
  'monitoring.tests': 'DriftTestsConfig',
  'monitoring.quality.groundTruth': 'GroundTruthConfig',
  retraining: 'RetrainingConfig',
  'featureStore.groups[]': 'FeatureGroupConfig',
  aws: 'AwsConfig',
};

test('the committed page is what the sources give; node tools/generate-config-docs.mjs renews it after a build', async () => {
  const { render } = await generator();
  expect(committed()).toBe(render(sources));
});

test('every key of the schema has a row with a type, a default and a meaning', async () => {
  const { keysOf } = await generator();
  const keys = [...keysOf(jsonSchema())].map(({ path: key }) => key).filter((key) => !isSection(key));
  expect(keys.length).toBeGreaterThan(100);
  expect([...rows().keys()].sort()).toEqual(keys.sort());
  for (const [key, [type, standard, meaning]] of rows()) {
    expect(type, key).toMatch(/\w/);
    expect(standard, key).toMatch(/\w/);
    expect(meaning, key).toMatch(/[A-Za-z]{3}/);
  }
});

const isSection = (key: string) => Object.hasOwn(resolved(), key) && !['name', 'level'].includes(key);

/** A config in which every optional section stands, with nothing but defaults. */
function resolved(): Record<string, any> {
  const groundTruth = { location: 's3://acme/truth/', idColumn: 'id', labelColumn: 'churned' };
  return resolveConfig({
    name: 'm',
    level: 0,
    data: {
      training: 's3://acme/train/',
      split: { by: 'random' },
      id: 'id',
      features: [{ name: 'age', type: 'numeric' }],
      label: { name: 'churned', type: 'categorical' },
      prediction: { name: 'score', type: 'numeric' },
    },
    training: {
      framework: { name: 'xgboost', version: '1.7' },
      source: '.',
      preprocess: 'a.py',
      entryPoint: 'b.py',
      evaluation: { entryPoint: 'c.py', metric: 'auc', threshold: 0.8 },
    },
    serving: { abTest: {} },
    monitoring: { quality: { metric: 'auc', minimum: 0.7, groundTruth } },
    retraining: {},
    featureStore: {
      groups: [{ name: 'g', recordIdentifier: 'id', eventTime: 'at', features: [{ name: 'age', type: 'integer' }] }],
    },
    google: { project: 'acme-ml', region: 'europe-west4' },
  });
}

test('the defaults that docstrings say are those that resolving fills in, and none is left unsaid', () => {
  const config = resolved();
  config.serving.serverless = (
    resolveConfig({ name: 'm', level: 0, serving: { mode: 'serverless', rollout: {} } }) as any
  ).serving.serverless;
  const documented = documentedDefaults();
  for (const [at, struct] of Object.entries(STRUCTS)) {
    const values = at
      .replace('[]', '.0')
      .split('.')
      .reduce<any>((node, key) => node[key], config);
    for (const [key, row] of rows()) {
      if (!key.startsWith(`${at}.`) || /[.[]/.test(key.slice(at.length + 1))) continue;
      const name = key.slice(at.length + 1);
      const text = documented.get(`${struct}.${name}`);
      documented.delete(`${struct}.${name}`);
      if (text === undefined) continue;
      expect(text.replaceAll("'", ''), key).toBe(String(values[name]));
      expect(row[1], key).toBe(`\`${values[name]}\``);
    }
  }
  expect([...documented.keys()]).toEqual([]);
});

test('every default of the schema that is a single value stands in a docstring', async () => {
  const { keysOf } = await generator();
  const documented = documentedDefaults();
  for (const { path: key, part } of keysOf(jsonSchema())) {
    if (part.default === undefined || typeof part.default === 'object') continue;
    const at = key.slice(0, key.lastIndexOf('.'));
    expect(documented.has(`${STRUCTS[at]}.${key.slice(at.length + 1)}`), key).toBe(true);
  }
});

test('ranges that docstrings say in numbers are those of the schema', async () => {
  const { keysOf } = await generator();
  let compared = 0;
  for (const { path: key, part } of keysOf(jsonSchema())) {
    const said = /(\d+) to (\d+)/.exec(rows().get(key)?.[2] ?? '');
    if (!said || part.minimum === undefined || part.maximum === undefined) continue;
    expect([key, Number(said[1]), Number(said[2])]).toEqual([key, part.minimum, part.maximum]);
    compared += 1;
  }
  expect(compared).toBeGreaterThan(10);
});

test('what cannot change later is this', () => {
  const later = (word: string) => [...rows()].filter(([, row]) => row[3] === word).map(([key]) => key);
  expect(later('**no**')).toEqual([
    'name',
    'featureStore.groups[].name',
    'featureStore.groups[].recordIdentifier',
    'featureStore.groups[].eventTime',
    'featureStore.groups[].online',
    'featureStore.groups[].offline',
    'featureStore.groups[].features[].name',
    'featureStore.groups[].features[].type',
    'aws.offlineTableFormat',
    'google.project',
    'google.region',
  ]);
  expect(later('add only')).toEqual(['featureStore.groups', 'featureStore.groups[].features']);
});

test('the defaults said in words hold numbers that are true', () => {
  expect(rows().get('serving.maxInstances')?.[1]).toBe('the larger of 4 and `minInstances`');
  expect([defaultMaxInstances(1), defaultMaxInstances(9)]).toEqual([4, 9]);
  const { scaling, rollout, alarms, abTest } = resolved().serving;
  expect(rows().get('serving.scaling')?.[1]).toContain(`${scaling.invocationsPerInstance} invocations`);
  expect(rows().get('serving.rollout')?.[1]).toBe(
    `${rollout.strategy}, ${rollout.percent} %, ${rollout.bakeMinutes} minutes of bake time`,
  );
  expect(rows().get('serving.alarms')?.[1]).toBe(`${alarms.p95LatencyMs} ms, ${alarms.errorRatePercent} %`);
  expect(rows().get('serving.abTest')?.[1]).toContain(
    `${abTest.trafficPercent} % of the traffic for at most ${abTest.durationHours} hours`,
  );
});
