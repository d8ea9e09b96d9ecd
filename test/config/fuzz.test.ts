import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { loadFiles } from '../../lib/config/files';
import { ConfigError, join } from '../../lib/config/problems';
import { resolveConfig, resolveSection } from '../../lib/config/resolve';
import { plan } from '../../lib/plan/plan';
import { validConfig } from './arbitraries';
import type { RawConfig } from './arbitraries';
import { mutations } from './mutations';

/** The example holds nearly every key: its own words make better garbage than random ones. */
const EXAMPLE = loadFiles([`${__dirname}/../../examples/flight-delay/mlops.yaml`]);
const TOP_LEVEL = [
  'name',
  'level',
  'data',
  'training',
  'serving',
  'monitoring',
  'retraining',
  'featureStore',
  'capabilities',
  'aws',
  'google',
];
const WORDS = [
  ...new Set(wordsOf(EXAMPLE)),
  'capabilities',
  'google',
  'aws',
  '__proto__',
  'constructor',
  'toString',
  'valueOf',
  'length',
  'size',
];

function wordsOf(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  if (typeof value !== 'object' || value === null) return [];
  return [...(Array.isArray(value) ? [] : Object.keys(value)), ...Object.values(value).flatMap(wordsOf)];
}

const scalar = fc.oneof(
  fc.constantFrom(...WORDS, '${Token[TOKEN.7]}', '#{Token[TOKEN.8]}', '${TfToken[TOKEN.1]}', '*/0 * * * *', ''),
  fc.string(),
  fc.integer(),
  fc.double(),
  fc.boolean(),
  fc.constantFrom(
    null,
    undefined,
    NaN,
    -1.8881545897087626e289,
    1n,
    Symbol('s'),
    () => 1,
    new Date(0),
    new Map([['name', 'x']]),
  ),
);

const garbage = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    scalar,
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(fc.oneof(fc.constantFrom(...WORDS), fc.string()), tie('value'), { maxKeys: 6 }),
  ),
})).value;

const nearlyConfig = fc.record(
  Object.fromEntries(TOP_LEVEL.map((key) => [key, fc.oneof(garbage, fc.constant(EXAMPLE[key]))])),
  { requiredKeys: [] },
);

/** A plan, or an error with problems that point somewhere. Anything else is thrown on, and fails the property. */
function planOrProblems(input: unknown): 'plan' | 'problems' {
  try {
    plan(resolveConfig(input, { cloud: 'aws' }));
    return 'plan';
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    expect(error.problems.length).toBeGreaterThan(0);
    for (const problem of error.problems) {
      expect(problem.message).toMatch(/\S/);
      expect(error.message).toContain(problem.message);
      expect(isNear(problem.path, input), `${problem.path}: ${problem.message}`).toBe(true);
    }
    return 'problems';
  }
}

/** Whether the path, or the place where a missing key would stand, exists; sections that are needed may be missing whole. */
function isNear(path: string, input: unknown): boolean {
  const [first] = path.split(/[.[]/);
  if (path === '' || TOP_LEVEL.includes(first)) return true;
  if (typeof input !== 'object' || input === null) return false;
  // Keys that are no words are quoted, and cut when they are long.
  return Object.keys(input).some(
    (key) => path.startsWith(join('', key)) || path.startsWith(`[${JSON.stringify(key).slice(0, 70)}`),
  );
}

test('garbage gives problems, never another exception', () => {
  fc.assert(
    fc.property(garbage, (input) => {
      planOrProblems(input);
    }),
    { numRuns: 2000 },
  );
});

test('sections of garbage between sections of a real config give a plan or problems', () => {
  const seen = { plan: 0, problems: 0 };
  fc.assert(
    fc.property(nearlyConfig, (input) => {
      seen[planOrProblems(input)] += 1;
    }),
    { numRuns: 2000 },
  );
  expect(seen.problems).toBeGreaterThan(500);
});

test('every valid config has a plan, on AWS and on no cloud in particular', () => {
  fc.assert(
    fc.property(validConfig(), (input) => {
      expect(plan(resolveConfig(input, { cloud: 'aws' })).name).toBe(input.name);
      expect(plan(resolveConfig(input)).level).toBe(input.level);
    }),
    { numRuns: 1000 },
  );
});

test('resolving what was resolved changes nothing, for configs and for sections', () => {
  fc.assert(
    fc.property(validConfig(), (input) => {
      const resolved = resolveConfig(input);
      expect(resolveConfig(resolved)).toEqual(resolved);
      expect(resolveSection('serving', resolved.serving)).toEqual(resolved.serving);
      expect(resolveSection('data', resolved.data)).toEqual(resolved.data);
    }),
    { numRuns: 300 },
  );
});

test('any text in a file gives a map or problems', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'fuzz-'));
  const file = path.join(folder, 'mlops.yaml');
  const syntax = fc.constantFrom(
    'a: ',
    '- ',
    '[',
    ']',
    '{',
    '}',
    '&x ',
    '*x',
    '<<: ',
    '!t ',
    '"',
    "'",
    '|\n',
    '\n',
    '\t',
    '# ',
    '? ',
    ': ',
    '---\n',
    '%YAML 1.1\n',
    '~',
    '1.7',
  );
  const text = fc.oneof(
    fc.array(fc.oneof(syntax, fc.string({ maxLength: 4 })), { maxLength: 12 }).map((bits) => bits.join('')),
    fc.string(),
  );
  fc.assert(
    fc.property(fc.oneof(text, fc.uint8Array({ maxLength: 40 })), (content) => {
      writeFileSync(file, content);
      try {
        planOrProblems(loadFiles([file, file]));
      } catch (error) {
        if (!(error instanceof ConfigError)) throw error;
        for (const problem of error.problems) expect(problem.path).toContain(file);
      }
    }),
    { numRuns: 1000 },
  );
  rmSync(folder, { recursive: true });
});

type Damage = 'delete' | 'retype' | 'misspell' | 'duplicate';

function damage(config: RawConfig, kind: Damage, pick: number, value: unknown): RawConfig {
  const copy = structuredClone(config);
  const places: [any, string | number][] = [];
  const visit = (node: any) => {
    if (typeof node !== 'object' || node === null) return;
    for (const key of Array.isArray(node) ? node.keys() : Object.keys(node)) {
      places.push([node, key]);
      visit(node[key]);
    }
  };
  visit(copy);
  const [parent, key] = places[pick % places.length];
  if (kind === 'delete') delete parent[key];
  if (kind === 'retype') parent[key] = value;
  if (kind === 'misspell') {
    parent[`${key}`.slice(0, -1) + 'zz'] = parent[key];
    delete parent[key];
  }
  if (kind === 'duplicate' && Array.isArray(parent)) parent.push(parent[key as number]);
  return copy;
}

test('valid configs with one thing broken give a plan or problems', () => {
  const kinds = fc.constantFrom<Damage>('delete', 'retype', 'misspell', 'duplicate');
  const seen = { plan: 0, problems: 0 };
  fc.assert(
    fc.property(validConfig(), kinds, fc.nat(), garbage, (input, kind, pick, value) => {
      seen[planOrProblems(damage(input, kind, pick, value))] += 1;
    }),
    { numRuns: 2000 },
  );
  expect(seen.plan).toBeGreaterThan(100);
  expect(seen.problems).toBeGreaterThan(500);
});

test('a misspelt key of a fixed section is always refused', () => {
  const sections = [
    'data',
    'training',
    'serving',
    'monitoring',
    'retraining',
    'featureStore',
    'capabilities',
    'aws',
    'google',
  ];
  fc.assert(
    fc.property(validConfig(), fc.constantFrom(...sections), (input, section) => {
      fc.pre(typeof input[section] === 'object');
      const key = 'notAKey';
      const error = problemsOf({ ...input, [section]: { ...input[section], [key]: 1 } });
      expect(error.map(({ path }) => path)).toContain(`${section}.${key}`);
    }),
    { numRuns: 300 },
  );
});

function problemsOf(input: unknown): ConfigError['problems'] {
  try {
    resolveConfig(input);
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  return [];
}

test('the example has valid single-field changes of every kind', () => {
  const found = mutations(EXAMPLE);
  const paths = new Set(found.map(({ path }) => path));
  for (const path of [
    'name',
    'serving.minInstances',
    'featureStore.groups[0].features',
    'featureStore.groups[1]',
    'data.format',
    'capabilities',
  ]) {
    expect(paths.has(path), path).toBe(path !== 'capabilities');
  }
  expect(found.length).toBeGreaterThan(200);
  for (const { config } of found) expect(planOrProblems(config)).toBe('plan');
});
