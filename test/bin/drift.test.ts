import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { main } from '../../bin/main';
import { configFile, lines, run, scratch } from './harness';

const folder = scratch();

function data(name: string, content: string): string {
  const file = path.join(folder, name);
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, content);
  return file;
}

/** Two columns of rows whose distances are spread evenly from `from` over 1,000. */
const csv = (rows: number, from = 0, airports = ['ATL', 'JFK', 'LAX']) =>
  `distance,origin\n${Array.from({ length: rows }, (_, i) => `${from + ((i * 7919) % 1000)},${airports[i % airports.length]}`).join('\n')}\n`;

const BASELINE = data('baseline.csv', csv(3000));
const SAME = data('same.csv', csv(3000));
const SHIFTED = data('shifted.csv', csv(3000, 300));

const MONITORED = {
  name: 'm',
  level: 0,
  data: {
    features: [
      { name: 'distance', type: 'numeric' },
      { name: 'origin', type: 'categorical' },
    ],
  },
};

const drift = (current: string, ...more: string[]) =>
  run('drift', '--baseline', BASELINE, '--current', current, ...more);

async function judged(current: string, ...more: string[]) {
  const { code, stdout, stderr } = await drift(current, '--json', ...more);
  expect(stderr).toBe('');
  return { code, document: JSON.parse(stdout) as Record<string, any> };
}

test('the document that scripts depend on', async () => {
  const { code, document } = await judged(SHIFTED);
  expect(code).toBe(0);
  expect(document).toMatchObject({ verdict: 'drift', driftedShare: 0.5, rows: 3000, baselineRows: 3000, schema: [] });
  const [worst] = document.features;
  expect(worst).toMatchObject({ name: 'distance', type: 'numeric', drifted: true });
  const keys = ['name', 'type', 'test', 'statistic', 'pValue', 'configuredThreshold', 'threshold', 'drifted'];
  for (const feature of document.features) expect(Object.keys(feature)).toEqual(expect.arrayContaining(keys));
  const ks = document.features.find(({ test }: { test: string }) => test === 'ks');
  expect(ks.statistic).toBeCloseTo(0.3, 2);
  expect(ks.configuredThreshold).toBe(0.1);
});

test('exit code 3 is for drift that must not be', async () => {
  expect((await judged(SHIFTED, '--fail-on-drift')).code).toBe(3);
  expect(await judged(SAME, '--fail-on-drift')).toMatchObject({ code: 0, document: { verdict: 'noDrift' } });
  const few = data('few.csv', csv(20, 900));
  expect(await judged(few, '--fail-on-drift')).toMatchObject({ code: 0, document: { verdict: 'notEnoughData' } });
});

test('people read a table, the verdict and why', async () => {
  const { stdout } = await drift(SHIFTED);
  const printed = lines(stdout);
  expect(printed[0]).toMatch(/^ +column +test +statistic +threshold +p$/);
  expect(printed.filter((line) => /^! +distance +ks +0\.3\d* +0\.1 .* drift$/.test(line))).toHaveLength(1);
  expect(printed.filter((line) => /^ +origin +psi .* ok$/.test(line))).toHaveLength(1);
  const verdict = printed.indexOf('drift in 1 of 2 columns');
  expect(printed[verdict + 1]).toMatch(/^ {2}distance: /);
  expect(stdout).not.toContain('\u001b');
  expect((await drift(SAME)).stdout).toContain('\nno drift in 2 columns');
  expect((await drift(data('few.csv', csv(20)))).stdout).toContain('not enough data: ');
});

test('colors appear on a terminal, unless they are not wanted', async () => {
  const argv = ['drift', '--baseline', BASELINE, '--current', SHIFTED];
  const colored = async (env: Record<string, string>) => {
    let text = '';
    const stdout = { write: (more: string) => (text += more), isTTY: true };
    await main(argv, { stdout, stderr: { write: () => {} }, env });
    return text.includes('\u001b[31mdrift');
  };
  expect([await colored({}), await colored({ NO_COLOR: '1' })]).toEqual([true, false]);
});

test('a stored profile judges as the data it was made of, in another format too', async () => {
  const stored = path.join(folder, 'profile.json');
  await run('profile', BASELINE, '--out', stored);
  const { document } = await judged(SHIFTED);
  const rows = csv(3000, 300).trim().split('\n').slice(1);
  const current = data(
    'current/a.jsonl',
    rows
      .map((row) => row.split(','))
      .map(([d, o]) => `{"origin":"${o}","distance":${d}}`)
      .join('\n'),
  );
  const { stdout } = await run('drift', '--baseline', stored, '--current', path.dirname(current), '--json');
  expect(JSON.parse(stdout).features).toEqual(document.features);
});

test('tests, thresholds and the fewest rows are those of the config', async () => {
  const monitoring = {
    minimumSamples: 2000,
    tests: { numeric: 'wasserstein', categorical: 'chiSquared' },
    features: { distance: { test: 'psi', threshold: 50 } },
  };
  const config = configFile({ ...MONITORED, monitoring });
  const { document } = await judged(SHIFTED, '--config', config);
  const tests = document.features.map(
    ({ name, test, configuredThreshold }: any) => `${name} ${test} ${configuredThreshold}`,
  );
  expect(tests).toContain('distance psi 50');
  expect(tests).toContain('origin chiSquared 0.1');
  expect((await judged(data('many.csv', csv(1900)), '--config', config)).document.verdict).toBe('notEnoughData');
});

test('a column that vanished is drift, a new one is told', async () => {
  const renamed = data('renamed.csv', csv(3000).replace('distance,origin', 'miles,origin'));
  const { document } = await judged(renamed);
  expect(document.verdict).toBe('drift');
  expect(document.schema.map(({ name, kind, drifted }: any) => [name, kind, drifted])).toEqual(
    expect.arrayContaining([
      ['distance', 'columnVanished', true],
      ['miles', 'newColumn', false],
    ]),
  );
});

test('the report is a page that stands alone', async () => {
  const report = path.join(folder, 'drift.html');
  const { code, stdout } = await drift(SHIFTED, '--report', report);
  expect([code, lines(stdout).at(-1)]).toEqual([0, `written to ${report}`]);
  const page = readFileSync(report, 'utf8');
  expect(page).toMatch(/^<!doctype html>/);
  expect(page).toContain('shifted.csv');
  expect(page).not.toMatch(/(?:src|href)="https?:/);
  const nowhere = await drift(SHIFTED, '--report', path.join(folder, 'no', 'such', 'folder.html'));
  expect([nowhere.code, nowhere.stderr]).toEqual([
    1,
    expect.stringMatching(/^\S+folder\.html: cannot be written: .*\n$/),
  ]);
  expect(existsSync(path.join(folder, 'no'))).toBe(false);
});

test('damage on either side is told', async () => {
  const damaged = data('damaged.csv', `${csv(3000)}1,2,3\n`);
  const { document } = await judged(damaged);
  expect(document.damage).toMatchObject({
    rows: 1,
    examples: [`${damaged}: line 3002: wrong number of fields: got 3, allowed 2`],
  });
  const { stdout } = await run('drift', '--baseline', damaged, '--current', SAME);
  expect(stdout).toContain('note: 1 row of the baseline could not be read\n');
});

test.each<[string, string, string]>([
  ['a file that is not there', 'missing.csv', 'missing.csv: no such file or folder'],
  ['other data', data('other.csv', 'x,y\na,b\n'), "none of the baseline's columns (distance, origin); it has x, y"],
  ['an empty file', data('empty.csv', ''), 'no content'],
  ['a folder without files', scratch(), 'no file in this folder'],
])('%s is invalid input', async (_, current, problem) => {
  const { code, stdout, stderr } = await drift(current);
  expect([code, stdout, lines(stderr).length]).toEqual([1, '', 1]);
  expect(stderr).toContain(problem);
});

test('a profile that was damaged, or is of a later version, is refused', async () => {
  const stored = data('later.json', '{"format":"cdk-mlops/profile/2","bins":[]}');
  const { code, stderr } = await run('drift', '--baseline', stored, '--current', SAME);
  expect(code).toBe(1);
  expect(lines(stderr).every((line) => line.startsWith(`${stored}: `))).toBe(true);
  expect(stderr).toContain('cdk-mlops/profile/1');
});

test('a mistake in the config is told like by validate', async () => {
  const config = configFile({ ...MONITORED, monitoring: { features: { orign: { threshold: 0.3 } } } });
  const { code, stderr } = await drift(SAME, '--config', config);
  expect(code).toBe(1);
  expect(stderr).toContain('origin');
});

test.each([
  [['--baseline', 'a'], 'drift needs --current FILE'],
  [['--current', 'a'], 'drift needs --baseline FILE'],
  [['--baseline', 'a', '--baseline', 'b', '--current', 'c'], '--baseline is given twice, allowed: once'],
  [['--baselin', 'a', '--current', 'c'], "unknown option '--baselin'; did you mean --baseline?"],
  [['--baseline', '--current', 'c'], '--baseline needs a value: --baseline FILE'],
  [['a.csv', '--baseline', 'a', '--current', 'c'], 'drift: got 1 arguments, allowed: none'],
])('misuse %j', async (argv, problem) => {
  const { code, stderr } = await run('drift', ...argv);
  expect([code, lines(stderr)[0]]).toEqual([2, problem]);
});
