import { existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { EXAMPLE, configFile, run, scratch } from './harness';

const template = (out: string, name = 'flight-delay') =>
  JSON.parse(readFileSync(path.join(out, `${name}.template.json`), 'utf8'));

test('writes a cloud assembly and says what is in it', async () => {
  const out = path.join(scratch(), 'new folder', 'cdk.out');
  const { code, stdout, stderr } = await run('synth', EXAMPLE, '--level', '2', '--out', out);
  expect([code, stderr]).toEqual([0, '']);
  expect(existsSync(path.join(out, 'manifest.json'))).toBe(true);
  const resources = Object.values<any>(template(out).Resources);
  expect(resources.some(({ Type }) => Type === 'AWS::SageMaker::Pipeline')).toBe(true);
  expect(resources.some(({ Type }) => Type === 'AWS::CDK::Metadata')).toBe(false);
  expect(stdout).toMatch(/^flight-delay, level 2\n/);
  expect(stdout).toContain(`resources     ${resources.length}: Training `);
  expect(stdout).toMatch(/capabilities +dataCapture, .*abTest/);
  expect(stdout).toContain(`npx cdk deploy --app "${out}"`);
});

test('--json is one document', async () => {
  const out = scratch();
  const { code, stdout } = await run('synth', EXAMPLE, '--level', '0', '--out', out, '--json');
  const document = JSON.parse(stdout);
  expect(code).toBe(0);
  expect(document).toMatchObject({ name: 'flight-delay', level: 0, out, capabilities: { trainingPipeline: false } });
  const total = Object.values<number>(document.resources).reduce((a, b) => a + b);
  expect(total).toBe(Object.keys(template(out).Resources).length);
});

test('templates of an earlier synthesis do not stay, other files do', async () => {
  const out = scratch();
  await run('synth', configFile({ name: 'first', level: 0 }), '--out', out);
  writeFileSync(path.join(out, 'notes.txt'), 'mine');
  await run('synth', configFile({ name: 'second', level: 0 }), '--out', out);
  expect(readdirSync(out).filter((file) => file.endsWith('.template.json'))).toEqual(['second.template.json']);
  expect(existsSync(path.join(out, 'notes.txt'))).toBe(true);
});

test('a folder that is no assembly loses nothing', async () => {
  const out = scratch();
  writeFileSync(path.join(out, 'mine.template.json'), '{}');
  await run('synth', configFile({ name: 'm', level: 0 }), '--out', out);
  expect(existsSync(path.join(out, 'mine.template.json'))).toBe(true);
});

test('the same config gives the same template, wherever it is written', async () => {
  const [first, second] = [scratch(), scratch()];
  await run('synth', EXAMPLE, '--out', first);
  await run('synth', EXAMPLE, '--out', second);
  expect(template(first)).toEqual(template(second));
});

test('several files merge, and an invalid config writes nothing', async () => {
  const out = path.join(scratch(), 'out');
  expect((await run('synth', EXAMPLE, configFile({ name: 'staging' }), '--level', '0', '--out', out)).code).toBe(0);
  expect(template(out, 'staging').Description).toContain('staging');
  const nowhere = path.join(scratch(), 'out');
  const { code, stderr } = await run('synth', configFile({ name: 'm', level: 2 }), '--out', nowhere);
  expect(code).toBe(1);
  expect(stderr).toContain('featureStore.groups: level 2 needs it');
  expect(existsSync(nowhere)).toBe(false);
});
