import { describe, expect, test } from 'vitest';
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

describe('the traffic that an A/B test needs', () => {
  const on = { name: 'm', level: 0, capabilities: { deployment: true, abTest: true } };
  const noted = async (serving: object, ...args: string[]) => {
    const { code, stdout, stderr } = await run('validate', configFile({ ...on, serving }), ...args);
    expect([code, stderr]).toEqual([0, '']);
    return stdout;
  };

  test('is a note, with the defaults and by what is configured', async () => {
    expect(lines(await noted({}))).toEqual([
      'ok m, level 0',
      'note: serving.abTest: a verdict on errors needs about 36,000 requests at a rate of 1 % (80 % power), 25 a minute over 24 hours, and 360,000 at 0.1 %; with less traffic the champion stays',
    ]);
    const abTest = { trafficPercent: 50, margin: 1, durationHours: 1 };
    expect(await noted({ abTest, alarms: { errorRatePercent: 0.1 } })).toContain(
      'needs about 90,000 requests at a rate of 0.1 % (80 % power), 1,500 a minute over 1 hour; with less',
    );
  });

  test('is said of superior for what can be said: that errors are not worse', async () => {
    expect(await noted({ abTest: { goal: 'superior' } })).toContain(
      'note: serving.abTest: to show errors not worse needs about 36,000 requests at a rate of 1 % (80 % power), 25 a minute over 24 hours, and 360,000 at 0.1 %; superior needs a gain besides, or the champion stays',
    );
  });

  test('has no end where the margin is next to nothing', async () => {
    expect(await noted({ abTest: { margin: 1e-6 } })).toContain(
      'note: serving.abTest: no traffic is enough to show errors within a margin of 0.000001; the champion stays',
    );
  });

  test('is among the notes of --json, and nowhere when the capability is off', async () => {
    expect(JSON.parse(await noted({}, '--json')).notes).toEqual([expect.stringContaining('about 36,000 requests')]);
    expect((await run('validate', EXAMPLE)).stdout).not.toContain('requests');
  });
});
