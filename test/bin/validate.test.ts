import { expect, test } from 'vitest';
import { EXAMPLE, configFile, lines, run } from './harness';

test('a valid config is ok, with notes on what its level leaves out', async () => {
  const { code, stdout, stderr } = await run('validate', EXAMPLE);
  expect([code, stderr]).toEqual([0, '']);
  expect(lines(stdout)[0]).toBe('ok flight-delay, level 1');
  expect(
    lines(stdout)
      .slice(1)
      .every((line) => line.startsWith('note: ')),
  ).toBe(true);
  expect(stdout).toContain('note: retraining is configured, but the capability retraining is off at level 1');
});

const THREE_MISTAKES = {
  name: 'Flight Delay',
  level: 0,
  serving: { minInstances: 4, maxInstances: 2, comptue: 'small' },
};

test('three mistakes are three lines on standard error', async () => {
  const { code, stdout, stderr } = await run('validate', configFile(THREE_MISTAKES));
  expect([code, stdout]).toEqual([1, '']);
  const problems = lines(stderr);
  expect(problems).toHaveLength(3);
  for (const start of ['name: ', 'serving.comptue: ', 'serving.m'])
    expect(problems.some((line) => line.startsWith(start))).toBe(true);
  expect(stderr).toContain('compute');
  expect(stderr).not.toMatch(/\n\s+at /);
});

test('--json is one document, valid or not', async () => {
  const good = await run('validate', EXAMPLE, '--json');
  expect(JSON.parse(good.stdout)).toEqual({ valid: true, problems: [], notes: expect.any(Array) });
  const bad = await run('validate', configFile(THREE_MISTAKES), '--json');
  const { valid, problems } = JSON.parse(bad.stdout);
  expect([bad.code, valid, problems.length, lines(bad.stderr).length]).toEqual([1, false, 3, 3]);
  expect(problems[0]).toEqual({ path: expect.any(String), message: expect.any(String) });
});

test('files that are missing or are not configs are problems of their own', async () => {
  expect(await run('validate', 'no such.yaml')).toEqual({
    code: 1,
    stdout: '',
    stderr: 'no such.yaml: no such file\n',
  });
  const broken = await run('validate', configFile('name: [m', 'mlops.yaml'));
  expect(broken.code).toBe(1);
  expect(broken.stderr).toMatch(/mlops\.yaml:\d+:\d+: /);
});

test('later files merge over earlier ones', async () => {
  const base = configFile({ name: 'm', level: 0 });
  expect((await run('validate', base, configFile({ name: 'other' }))).stdout).toBe('ok other, level 0\n');
});

test('--cloud checks what that cloud can do', async () => {
  const config = { name: 'm', level: 0, data: { training: 'bq://project.dataset.table' } };
  expect((await run('validate', configFile(config), '--cloud', 'aws')).code).toBe(1);
});
