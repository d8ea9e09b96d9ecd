import { appendFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { progress } from '../../bin/drift-progress';
import type { Profile } from '../../lib/statistics/profile/profile';
import { configFile, lines, run, scratch } from './harness';

const folder = scratch();

/** Writes a data file and answers with its path. */
function data(name: string, content: string | Uint8Array): string {
  const file = path.join(folder, name);
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, content);
  return file;
}

const ROWS = Array.from(
  { length: 200 },
  (_, i) => [(i * 37) % 100, ['ATL', 'JFK', 'LAX'][i % 3], i % 2 === 0] as const,
);
const CSV = `distance,origin,late\n${ROWS.map((row) => row.join(',')).join('\n')}\n`;
const JSON_LINES = ROWS.map(([distance, origin, late]) => `${JSON.stringify({ distance, origin, late })}\n`).join('');

const COLUMNS = {
  name: 'm',
  level: 0,
  data: {
    features: [
      { name: 'distance', type: 'numeric' },
      { name: 'origin', type: 'categorical' },
    ],
    prediction: { name: 'score', type: 'numeric' },
  },
};

async function profile(...argv: string[]): Promise<Profile> {
  const { code, stdout, stderr } = await run('profile', ...argv, '--json');
  expect([code, stderr]).toEqual([0, '']);
  return JSON.parse(stdout) as Profile;
}

const typesOf = ({ bins }: Profile) => bins.map(({ name, type }) => `${name} ${type}`);

test('CSV, JSON Lines and their gzip give one profile; types come from the first rows', async () => {
  const csv = await profile(data('a.csv', CSV));
  expect(typesOf(csv)).toEqual(['distance numeric', 'origin categorical', 'late categorical']);
  expect(csv.counts).toMatchObject({ rows: 200, files: 1, damage: { files: 0, rows: 0 } });
  for (const [name, content] of [
    ['a.jsonl', JSON_LINES],
    ['a.csv.gz', gzipSync(CSV)],
    ['a.jsonl.gz', gzipSync(JSON_LINES)],
  ] as const) {
    const other = await profile(data(name, content));
    // A sample of a smaller file is all of it, so the bins are the same.
    expect([other.bins, other.counts.columns]).toEqual([csv.bins, csv.counts.columns]);
  }
});

test('a folder is all data below it, without what programs leave there', async () => {
  data('folder/b/2.csv', CSV);
  data('folder/1.csv', CSV);
  data('folder/_SUCCESS', 'no data');
  data('folder/.hidden.csv', 'no data');
  const { counts } = await profile(path.join(folder, 'folder'));
  expect([counts.files, counts.rows, counts.damage.rows]).toEqual([2, 400, 0]);
});

test('the config says which columns and types; a prediction that is not there is left out', async () => {
  const file = data('a.csv', CSV);
  const out = path.join(folder, 'profile.json');
  const { code, stdout } = await run('profile', file, '--config', configFile(COLUMNS), '-o', out);
  expect(code).toBe(0);
  expect(lines(stdout)).toEqual([
    `${file}: 200 rows in 1 file`,
    '  column    type         missing  values',
    '  distance  numeric      -        0 to 99',
    '  origin    categorical  -        3 categories: ATL, JFK, LAX',
    'note: not profiled: late',
    `note: ${file} has no column 'score': predictions are left out`,
    `written to ${out}`,
  ]);
  expect(typesOf(JSON.parse(readFileSync(out, 'utf8')) as Profile)).toEqual(['distance numeric', 'origin categorical']);
});

test('several configs merge, the later one over the earlier one', async () => {
  const later = configFile({ data: { prediction: { name: 'late', type: 'categorical' } } });
  const { bins } = await profile(data('a.csv', CSV), '--config', configFile(COLUMNS), '--config', later);
  expect(bins.map(({ role }) => role)).toEqual(['feature', 'feature', 'prediction']);
});

test('captured requests are known by their content and need a config', async () => {
  const request = {
    captureData: {
      endpointInput: { data: '5,ATL\n7,JFK', encoding: 'CSV', mode: 'INPUT', observedContentType: 'text/csv' },
      endpointOutput: { data: '0.5\n0.75', encoding: 'CSV', mode: 'OUTPUT', observedContentType: 'text/csv' },
    },
    eventMetadata: { eventId: 'e', inferenceTime: '2026-11-25T10:00:00Z' },
    eventVersion: '0',
  };
  const file = data('capture.jsonl', `${JSON.stringify(request)}\n`);
  const { bins, counts } = await profile(file, '--config', configFile(COLUMNS));
  expect([bins.length, counts.rows, counts.columns[2].greatest]).toEqual([3, 2, 0.75]);
  const without = await run('profile', file);
  expect([without.code, without.stderr]).toEqual([
    1,
    `${file}: names no columns; name a config that does: --config CONFIG\n`,
  ]);
});

test('what cannot be read is told, and the rest is profiled', async () => {
  const file = data('damaged.csv', CSV);
  appendFileSync(file, '1,2\n"never closed\n');
  const { code, stdout } = await run('profile', file);
  expect(code).toBe(0);
  expect(stdout).toContain('note: 2 rows of the data could not be read\n');
  expect(stdout).toContain(`note: ${file}: line 202: wrong number of fields: got 2, allowed 3\n`);
});

test('every problem is on its own line', async () => {
  const empty = path.join(folder, 'nothing');
  mkdirSync(empty, { recursive: true });
  const file = data('a.csv', CSV);
  const { code, stdout, stderr } = await run('profile', 'missing.csv', empty, file, file);
  expect([code, stdout]).toEqual([1, '']);
  expect(lines(stderr)).toEqual([
    'missing.csv: no such file or folder',
    `${empty}: no file in this folder; name a folder with data files`,
    `${file}: given twice; its rows would count twice`,
  ]);
});

test.each<[string, string | Uint8Array, RegExp]>([
  ['an empty file', '', /no content$/],
  ['a header alone', 'x,y\n', /no row that can be read$/],
  ['a JSON array', '[{"x":1}]', /got a JSON array, allowed: JSON Lines/],
  ['numbers without names', '1,2\n3,4\n', /names no columns; name a config that does/],
  ['broken Parquet', 'PAR1 and no more', /no Parquet file: /],
])('%s is refused', async (_, content, problem) => {
  const file = data('refused', content);
  const { code, stderr } = await run('profile', file);
  expect(code).toBe(1);
  expect(stderr.trim().split('\n')[0]).toMatch(problem);
  expect(stderr).toContain(file);
  expect(stderr).not.toMatch(/\n\s+at /);
});

test('a column that is not there names the nearest one', async () => {
  const config = {
    ...COLUMNS,
    data: {
      features: [
        { name: 'distnace', type: 'numeric' },
        { name: 'carrier', type: 'categorical' },
      ],
    },
  };
  const file = data('a.csv', CSV);
  const { code, stderr } = await run('profile', file, '--config', configFile(config));
  expect(code).toBe(1);
  expect(lines(stderr)).toEqual([
    `${file}: no column 'distnace'; did you mean 'distance'?`,
    `${file}: no column 'carrier'; it has 'distance', 'origin', 'late'`,
  ]);
});

test('a config without features is refused', async () => {
  const { code, stderr } = await run('profile', data('a.csv', CSV), '--config', configFile({ name: 'm', level: 0 }));
  expect([code, stderr]).toEqual([1, 'data.features: missing; the config must name the columns\n']);
});

test.each([
  [['--formt', 'csv', 'x'], "unknown option '--formt'; did you mean --format?"],
  [['--format', 'xml', 'x'], "--format: got 'xml', allowed: csv, jsonlines, parquet, capture"],
  [['--out', 'a', '--out', 'b', 'x'], '--out is given twice, allowed: once'],
  [[], 'profile needs a data file or folder'],
])('misuse %j', async (argv, problem) => {
  const { code, stderr } = await run('profile', ...argv);
  expect([code, lines(stderr)[0]]).toEqual([2, problem]);
});

test('names that would move the cursor do not', async () => {
  const { stdout } = await run('profile', data('odd.csv', '"a\u001b[2J",b\nx,1\n'));
  expect(stdout).not.toContain('\u001b');
  expect(stdout).toContain('[2J');
});

test('progress is a line on a terminal, for long work only, and goes away', () => {
  let [text, time] = ['', 0];
  const watch = (isTTY: boolean) =>
    progress(
      'reading x',
      4e9,
      { stderr: { write: (more: string) => (text += more), isTTY }, stdout: { write: () => {} }, env: {} },
      () => time,
    );
  const line = watch(true);
  line.at(5e8);
  expect(text).toBe('');
  time = 1500;
  line.at(1e9);
  line.at(1.1e9);
  expect(text).toBe('\rreading x: 25 % of 4 GB');
  time = 2000;
  line.at(1e8); // the next pass
  expect(text.split('\r').at(-1)).toBe('reading x: 30 % of 4 GB');
  line.end();
  expect(text.split('\r').slice(-2)).toEqual([' '.repeat(23), '']);
  text = '';
  const quiet = watch(false);
  time = 9000;
  quiet.at(1e9);
  quiet.end();
  expect(text).toBe('');
});
