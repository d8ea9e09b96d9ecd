// Speed and memory of profiles and readers, as ratios measured in one run. Each figure comes from processes of their own, which
// take turns, so that a machine that slows down slows down all; medians are compared.
//   npm run bench:drift                  against JSON.parse, and against pandas with scipy (.venv/aws, of npm run test:oracles)
//   npm run bench:drift -- --evidently   also against Evidently: python3 -m venv .venv/bench; .venv/bench/bin/pip install evidently 'pandas<3'
//   npm run bench:drift -- --full        also the memory that 5 GB take
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import esbuild from 'esbuild';
import { COLUMNS, captureLine, csvLine, rows, write } from './drift-data.mjs';

const RUNS = 5;
const ROWS = 1_000_000;
const REQUESTS = 150_000;
const root = path.resolve(import.meta.dirname, '..');
const folder = mkdtempSync(path.join(os.tmpdir(), 'bench-drift-'));
const inFolder = (name) => path.join(folder, name);
const [library, baseline, window] = ['library.cjs', 'baseline.csv', 'window.csv'].map(inFolder);
const median = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];

const run = (command, ...args) =>
  execFileSync(command, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] });
const measure = (...args) =>
  run(process.execPath, path.join(import.meta.dirname, 'measure-drift.mjs'), library, ...args);
const python = (name) =>
  path.join(root, '.venv', name, process.platform === 'win32' ? 'Scripts/python.exe' : 'bin/python');

/** The sources, not the package: nothing needs to be built first. */
async function bundle() {
  const from = (file) => JSON.stringify(path.join(root, 'lib', file));
  const contents = `
    export { countFiles, profileFiles, sampleFiles } from ${from('readers/index.ts')};
    export { binsFromSample } from ${from('statistics/profile/index.ts')};
    export { judgeDrift } from ${from('statistics/drift/judge.ts')};`;
  await esbuild.build({
    stdin: { contents, resolveDir: root },
    bundle: true,
    platform: 'node',
    format: 'cjs',
    outfile: library,
    logLevel: 'error',
  });
}

async function writeData() {
  const header = csvLine(COLUMNS.map(({ name }) => name));
  const lines = function* (seed) {
    yield header;
    for (const values of rows(ROWS, seed)) yield csvLine(values);
  };
  const requests = function* (encoding) {
    let event = 0;
    for (const values of rows(REQUESTS, 3)) yield captureLine(values, encoding, (event += 1));
  };
  await write(baseline, lines(1));
  await write(window, lines(2));
  for (const encoding of ['CSV', 'JSON']) await write(inFolder(`${encoding}.jsonl`), requests(encoding));
}

function show(label, ours, others, goal) {
  console.log(
    `${label.padEnd(62)} ${ours.toFixed(0).padStart(7)} ms ${others.toFixed(0).padStart(7)} ms   ${goal(ours, others)}`,
  );
}

function benchCapture() {
  for (const encoding of ['CSV', 'JSON']) {
    const { ours, bare } = JSON.parse(measure('capture', inFolder(`${encoding}.jsonl`)));
    const goal = (a, b) => `${(a / b).toFixed(2)} of it (at most 2)`;
    show(`count captured requests, ${encoding}, against split and JSON.parse`, ours, bare, goal);
  }
}

/** Takes turns after one round that is not measured. */
function benchAgainst(label, command, tool, goal) {
  if (!existsSync(command)) {
    console.log(`\n*** NOT MEASURED: ${label}. There is no ${path.relative(root, command)} ***\n`);
    return;
  }
  const times = { drift: [], reused: [], others: [], othersReused: [] };
  for (let turn = 0; turn <= RUNS; turn += 1) {
    times.drift.push(Number(measure('drift', baseline, window)));
    times.reused.push(Number(measure('reused', inFolder('profile.json'), window)));
    const output = run(command, path.join(import.meta.dirname, 'drift-pandas.py'), tool, baseline, window);
    const [whole, withBaseline] = output.trim().split(' ').map(Number);
    times.others.push(whole);
    times.othersReused.push(withBaseline);
  }
  const [drift, reused, others, othersReused] = Object.values(times).map((values) => median(values.slice(1)));
  const faster = (a, b) => `${(b / a).toFixed(1)} times as fast (at least ${goal})`;
  show(`profile, count and judge, against ${label}`, drift, others, faster);
  show('  the same with the baseline reused on our side', reused, others, faster);
  show('  the same with the baseline reused on both sides', reused, othersReused, faster);
}

function benchMemory(megabytes) {
  for (const format of ['csv', 'jsonlines', 'capture']) {
    const peaks = megabytes.map((size) => Number(measure('memory', format, `${size}`)));
    const each = peaks.map((peak, i) => `${peak.toFixed(0)} MB for ${megabytes[i]} MB`).join(', ');
    console.log(`peak memory, ${format}: ${each} (at most 256)`);
  }
}

try {
  await bundle();
  await writeData();
  const profile = `
    const { profileFiles } = require(${JSON.stringify(library)});
    const file = { name: 'baseline', open: () => require('fs').createReadStream(${JSON.stringify(baseline)}) };
    const options = { columns: ${JSON.stringify(COLUMNS)}, format: 'csv', source: 'bench', createdAt: '' };
    profileFiles([file], options).then((document) => console.log(JSON.stringify(document)));`;
  writeFileSync(inFolder('profile.json'), run(process.execPath, '-e', profile));
  console.log(
    `Node ${process.version}, ${os.availableParallelism()} cores, median of ${RUNS}; ${ROWS} rows x ${COLUMNS.length} columns\n`,
  );
  benchCapture();
  benchAgainst('pandas and scipy', python('aws'), 'scipy', 5);
  if (process.argv.includes('--evidently')) benchAgainst('Evidently', python('bench'), 'evidently', 10);
  benchMemory(process.argv.includes('--full') ? [100, 1000, 5000] : [100, 400]);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
