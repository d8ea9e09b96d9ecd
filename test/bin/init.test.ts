import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { lines, run, scratch } from './harness';

const FILES = [
  'mlops.yaml',
  'training/columns.py',
  'training/train.py',
  'training/evaluate.py',
  'training/inference.py',
];

test('writes a config and scripts, in a folder that may be new', async () => {
  const folder = path.join(scratch(), 'a b', 'ü');
  const { code, stdout } = await run('init', folder);
  expect(code).toBe(0);
  expect(lines(stdout).slice(0, -1)).toEqual(FILES.map((file) => `wrote ${path.join(folder, file)}`));
  expect(FILES.every((file) => existsSync(path.join(folder, file)))).toBe(true);
});

test('the schema that the config names is the one the package ships', async () => {
  const folder = scratch();
  await run('init', folder);
  const [first] = readFileSync(path.join(folder, 'mlops.yaml'), 'utf8').split('\n');
  const { name, exports } = JSON.parse(readFileSync('package.json', 'utf8'));
  const shipped = path.posix.join('node_modules', name, exports['./schema.json']);
  expect(first).toBe(`# yaml-language-server: $schema=${shipped}`);
});

test.each([0, 1])('what it writes is valid and synthesizes at level %i', async (level) => {
  const folder = scratch();
  await run('init', folder);
  const config = path.join(folder, 'mlops.yaml');
  writeFileSync(config, readFileSync(config, 'utf8').replace('level: 0', `level: ${level}`));
  expect((await run('validate', config, '--cloud', 'aws')).stdout).toMatch(`ok my-model, level ${level}\n`);
  const { code, stderr } = await run('synth', config, '--out', path.join(folder, 'out'));
  expect([code, stderr]).toEqual([0, '']);
});

test('with its section for Google Cloud switched on, the same scripts go there too', async () => {
  const folder = scratch();
  await run('init', folder);
  const config = path.join(folder, 'mlops.yaml');
  const [aws, google] = readFileSync(config, 'utf8').split(/^# (?=google:)/m);
  writeFileSync(config, aws.replace('level: 0', 'level: 1') + google.replace(/^# /gm, ''));
  const out = path.join(folder, 'out');
  const { code, stderr } = await run('synth', config, '--cloud', 'google', '--out', out);
  expect([code, stderr]).toEqual([0, '']);
  expect(existsSync(path.join(out, 'stacks/my-model/cdk.tf.json'))).toBe(true);
});

test('overwrites nothing: it lists what exists and writes no other file', async () => {
  const folder = scratch();
  const mine = path.join(folder, 'mlops.yaml');
  writeFileSync(mine, 'mine');
  const { code, stderr } = await run('init', folder);
  expect([code, stderr]).toEqual([1, `${mine}: exists, and is not overwritten\n`]);
  expect(readFileSync(mine, 'utf8')).toBe('mine');
  expect(existsSync(path.join(folder, 'training'))).toBe(false);
  expect((await run('init', mine)).stderr).toBe(`${mine}: is a file, allowed: a folder\n`);
});
