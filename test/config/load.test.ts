import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Config } from '../../lib';
import { loadFiles } from '../../lib/config/files';
import { ConfigError } from '../../lib/config/problems';
import { fullConfig } from './full-config';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'config-'));
});

afterEach(() => rmSync(folder, { recursive: true }));

function file(name: string, content: string | Uint8Array): string {
  const full = path.join(folder, name);
  mkdirSync(path.dirname(full), { recursive: true });
  writeFileSync(full, content);
  return full;
}

/** Problems of loading, with the folder taken out of the paths. */
function problemsOf(load: () => unknown): string[] {
  try {
    load();
    return [];
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigError);
    return (error as Error).message.replaceAll(`${folder}/`, '').split('\n');
  }
}

const problems = (content: string | Uint8Array, name = 'mlops.yaml') =>
  problemsOf(() => loadFiles([file(name, content)]));

function scripts(at: string): void {
  for (const name of ['preprocess.py', 'train.py', 'evaluate.py', 'inference.py']) file(`${at}/${name}`, '');
}

test('reads YAML and JSON to the same config, with tabs and a byte order mark', () => {
  const json = '\uFEFF' + JSON.stringify(fullConfig(), null, '\t');
  const yaml = `name: flights # the model\nlevel: 1\ndata:\n  features: [{ name: a, type: numeric }]\n`;
  expect(loadFiles([file('mlops.json', json)])).toMatchObject({ name: 'flights', level: 2 });
  expect(loadFiles([file('mlops.yaml', yaml)])).toEqual({
    name: 'flights',
    level: 1,
    data: { features: [{ name: 'a', type: 'numeric' }] },
  });
});

test('later files merge over earlier ones: maps by key, lists and scalars whole, null removes', () => {
  const base = file(
    'base.yaml',
    'name: a\nlevel: 0\nserving: { minInstances: 2, rollout: { percent: 10 } }\nmonitoring: { notify: [a@b.cd, e@f.gh] }\nretraining: {}\n',
  );
  const stage = file(
    'stage.yaml',
    'level: 1\nserving: { rollout: { bakeMinutes: 5 }, compute: large }\nmonitoring: { notify: [i@j.kl] }\nretraining: null\ngoogle: { region: null }\n',
  );
  const last = file('last.json', '{"serving": {"rollout": null}}');
  expect(loadFiles([base, stage])).toEqual({
    name: 'a',
    level: 1,
    serving: { minInstances: 2, compute: 'large', rollout: { percent: 10, bakeMinutes: 5 } },
    monitoring: { notify: ['i@j.kl'] },
    google: {},
  });
  expect(loadFiles([base, stage, last])).toMatchObject({ serving: { minInstances: 2, compute: 'large' } });
  expect((loadFiles([base, stage, last]) as any).serving).not.toHaveProperty('rollout');
});

test('a source resolves against the file that gives it', () => {
  const base = file('shared/base.yaml', 'training: { source: ./code, entryPoint: train.py }\n');
  const own = file('stages/own.yaml', 'training: { source: ../code }\n');
  const other = file('stages/other.yaml', 'training: { entryPoint: other.py }\n');
  expect(loadFiles([base, other])).toEqual({
    training: { source: path.join(folder, 'shared/code'), entryPoint: 'other.py' },
  });
  expect(loadFiles([base, own])).toEqual({ training: { source: path.join(folder, 'code'), entryPoint: 'train.py' } });
});

test('merging keeps prototypes clean', () => {
  const base = file('base.yaml', 'a: { b: 1 }\n');
  const evil = file(
    'evil.json',
    '{"__proto__": {"polluted": 1}, "a": {"__proto__": {"polluted": 1}, "constructor": {"prototype": {"polluted": 1}}}}',
  );
  const merged = loadFiles([base, evil]);
  expect(({} as any).polluted).toBeUndefined();
  expect((merged as any).polluted).toBeUndefined();
  expect(problemsOf(() => Config.fromFiles(base, evil))).toEqual(
    expect.arrayContaining([expect.stringContaining('__proto__: unknown key')]),
  );
});

test.each<[string, string | Uint8Array, string[]]>([
  ['an empty file', '', ['mlops.yaml: the file is empty; it needs a map, such as level: 1']],
  ['only comments', '# nothing\n', ['mlops.yaml: the file is empty; it needs a map, such as level: 1']],
  ['a list', '- name: a\n', ['mlops.yaml: got [a map], allowed: a map']],
  [
    'a duplicate key',
    'name: a\nserving:\n  mode: batch\n  mode: realtime\n',
    ['mlops.yaml:4:3: the key stands twice; keep one'],
  ],
  [
    'two documents',
    'name: a\n---\nname: b\n',
    ['mlops.yaml:2:1: a second document starts here; keep one document in a file'],
  ],
  [
    'an unclosed list',
    'data: [1, 2\n',
    ['mlops.yaml:2:1: flow sequence in block collection must be sufficiently indented and end with a ]'],
  ],
  ['an unknown tag', 'name: !secret a\n', ['mlops.yaml:1:7: unresolved tag: !secret']],
  [
    'an unknown anchor',
    'name: *nobody\n',
    ['mlops.yaml: unresolved alias (the anchor must be set before the alias): nobody'],
  ],
  ['a key that is a list', '? [a]\n: b\n', ['mlops.yaml:1:3: a key is a list or a map; keys are words']],
  ['bytes that are no UTF-8', Uint8Array.from([0x6e, 0xff, 0xfe]), ['mlops.yaml: is not UTF-8 text; save it as UTF-8']],
])('%s is a problem with its place', (_title, content, lines) => {
  expect(problems(content)).toEqual(lines);
});

test('every broken file is named, before anything is validated', () => {
  mkdirSync(path.join(folder, 'sub'));
  const lines = problemsOf(() =>
    loadFiles([path.join(folder, 'missing.yaml'), path.join(folder, 'sub'), file('dup.yaml', 'a: 1\na: 2\n')]),
  );
  expect(lines).toEqual([
    'missing.yaml: no such file',
    'sub: is a folder; name the YAML or JSON file in it',
    'dup.yaml:2:1: the key stands twice; keep one',
  ]);
  expect(problemsOf(() => loadFiles([]))).toEqual(['config: no file given; name at least one YAML or JSON file']);
});

test('anchors and merge keys are resolved, bombs and cycles are not', () => {
  const shared = loadFiles([file('a.yaml', 'serving: &s { compute: small }\nother:\n  <<: *s\n  mode: batch\n')]);
  expect(shared).toMatchObject({ other: { compute: 'small', mode: 'batch' } });
  const bomb = [
    'a: &a [x,x,x,x,x,x,x,x,x]',
    ...[...'bcdefghi'].map((k, i) => `${k}: &${k} [${Array(9).fill(`*${'abcdefgh'[i]}`).join(',')}]`),
  ];
  expect(problems(bomb.join('\n'))).toEqual([
    'mlops.yaml: excessive alias count indicates a resource exhaustion attack',
  ]);
  const cycle = file('cycle.yaml', 'name: a\nlevel: 0\nserving: &s\n  alarms: *s\n');
  expect(problemsOf(() => Config.fromFiles(cycle, cycle))).toContainEqual(
    expect.stringMatching(/contains itself|nested more than/),
  );
});

test('Config.fromFiles gives what stands in the files, without defaults, and names the files in its errors', () => {
  scripts('training');
  const yaml = file('base.yaml', JSON.stringify(fullConfig()));
  const config = Config.fromFiles(yaml);
  expect(config).toEqual({
    ...fullConfig(),
    training: { ...fullConfig().training, source: path.join(folder, 'training') },
  });
  expect(Config.fromFiles(yaml, file('prod.yaml', 'level: 1\nserving: { minInstances: 3 }\n'))).toMatchObject({
    level: 1,
    serving: { minInstances: 3 },
  });
  expect(problemsOf(() => Config.fromFiles(yaml, file('bad.yaml', 'serving: { minInstances: 30 }\n')))).toEqual([
    'invalid config in base.yaml + bad.yaml:',
    expect.stringMatching(/^serving\.minInstances: got 30/),
  ]);
});

test('Config.fromFiles finds missing folders and scripts', () => {
  const yaml = file('mlops.yaml', JSON.stringify(fullConfig()));
  expect(problemsOf(() => Config.fromFiles(yaml))[1]).toBe('training.source: no such folder: training');
  scripts('training');
  rmSync(path.join(folder, 'training/evaluate.py'));
  rmSync(path.join(folder, 'training/inference.py'));
  expect(problemsOf(() => Config.fromFiles(yaml)).slice(1)).toEqual([
    'training.evaluation.entryPoint: no such script in training.source: training/evaluate.py',
    'serving.entryPoint: no such script in training.source: training/inference.py',
  ]);
});

test('Config.fromObject gives the same struct, apart from the input', () => {
  const input = fullConfig();
  const config = Config.fromObject(input);
  expect(config).toEqual(fullConfig());
  input.serving.minInstances = 9;
  expect(config.serving?.minInstances).toBe(2);
  expect(problemsOf(() => Config.fromObject(input))).toEqual([expect.stringMatching(/^serving\.minInstances: got 9/)]);
});
