// One measurement of the drift benchmark, in a process of its own: prints milliseconds, or megabytes.
//   node measure-drift.mjs LIBRARY capture FILE | drift BASELINE WINDOW | reused PROFILE WINDOW | memory FORMAT MEGABYTES
import { createReadStream, readFileSync } from 'node:fs';
import { StringDecoder } from 'node:string_decoder';
import { COLUMNS, captureLine, csvLine, jsonLine, rows } from './drift-data.mjs';

const [library, task, ...args] = process.argv.slice(2);
const { binsFromSample, countFiles, judgeDrift, profileFiles, sampleFiles } = (await import(library)).default;

const CHUNK = 1 << 20;
const RUNS = 5;
const median = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];
const fileAt = (name) => ({ name, open: () => createReadStream(name, { highWaterMark: CHUNK }) });

async function timed(work) {
  const start = performance.now();
  await work();
  return performance.now() - start;
}

/** What every program that reads JSON Lines does at least. */
async function bareParse(name) {
  const decoder = new StringDecoder('utf8');
  let rest = '';
  let requests = 0;
  for await (const chunk of createReadStream(name, { highWaterMark: CHUNK })) {
    const lines = (rest + decoder.write(chunk)).split('\n');
    rest = lines.pop();
    for (const line of lines) if (JSON.parse(line).captureData) requests += 1;
  }
  return requests;
}

/** Counting captured requests against the bare pass: in turn, in one process, so that both are compiled and warm. */
async function capture(name) {
  const columns = [...COLUMNS, { name: 'score', type: 'numeric', role: 'prediction' }];
  const bins = binsFromSample(await sampleFiles([fileAt(name)], { columns, format: 'capture' }));
  const times = { ours: [], bare: [] };
  for (let run = 0; run <= RUNS; run += 1) {
    times.ours.push(await timed(() => countFiles([fileAt(name)], { bins, format: 'capture' })));
    times.bare.push(await timed(() => bareParse(name)));
  }
  console.log(JSON.stringify({ ours: median(times.ours.slice(1)), bare: median(times.bare.slice(1)) }));
}

const rules = {
  columns: Object.fromEntries(COLUMNS.map(({ name }) => [name, { test: 'ks', threshold: 0.1 }])),
  alpha: 0.01,
  minimumSamples: 500,
};

async function judge({ bins, counts }, window) {
  const counted = await countFiles([fileAt(window)], { bins, format: 'csv' });
  const { findings } = judgeDrift({ bins, counts }, { hours: [{ hour: '', counts: counted }] }, rules);
  if (findings.length < COLUMNS.length) throw new Error(`${findings.length} findings for ${COLUMNS.length} columns`);
}

const profile = (file) => profileFiles([file], { columns: COLUMNS, format: 'csv', source: 'bench', createdAt: '' });

async function drift(baseline, window) {
  console.log(await timed(async () => judge(await profile(fileAt(baseline)), window)));
}

async function reused(stored, window) {
  console.log(await timed(() => judge(JSON.parse(readFileSync(stored, 'utf8')), window)));
}

const FORMATS = {
  csv: (values) => csvLine(values),
  jsonlines: (values) => jsonLine(values),
  capture: (values, event) => captureLine(values, 'CSV', event),
};

/** A file that is never on a disk: the same rows again and again, of captured requests each with an event of its own. */
function endlessFile(format, megabytes) {
  const values = [...rows(2000, 1)];
  return {
    name: 'generated',
    async *open() {
      for (let bytes = 0, event = 0; bytes < megabytes * 1e6;) {
        const chunk = Buffer.from(values.map((row) => FORMATS[format](row, (event += 1))).join(''));
        bytes += chunk.length;
        yield chunk;
      }
    },
  };
}

/** Peak memory of a profile, or of counts of captured requests. */
async function memory(format, megabytes) {
  const file = endlessFile(format, Number(megabytes));
  const sample = await sampleFiles([file], { columns: COLUMNS, format });
  await countFiles([file], { bins: binsFromSample(sample), format });
  console.log(process.resourceUsage().maxRSS / 1024);
}

await { capture, drift, reused, memory }[task](...args);
