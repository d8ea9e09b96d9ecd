// Prints ratios, measured in one run: this library against the bare minimum. Both sides run in processes of their own, in
// turn, so that a machine that slows down slows down both; medians are compared.
//   npm run bench            both clouds
//   npm run bench -- google  one of them
import { execFileSync } from 'node:child_process';
import os from 'node:os';
import path from 'node:path';

const RUNS = 5;
const median = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];

/** Runs one measurement of a cloud in a process of its own. */
const measurer = (file) => (args) =>
  execFileSync(process.execPath, [path.join(import.meta.dirname, file), ...args], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  }).trim();

/** Medians of two measurements taken in turn, after one unmeasured round. */
function compare(measure, ours, bare, runs = RUNS) {
  measure(ours);
  measure(bare);
  const times = { ours: [], bare: [] };
  for (let run = 0; run < runs; run += 1) {
    times.ours.push(Number(measure(ours)));
    times.bare.push(Number(measure(bare)));
  }
  return { ours: median(times.ours), bare: median(times.bare) };
}

function row(label, { ours, bare }, goal) {
  const ratio = (ours / bare).toFixed(2);
  console.log(
    `${label.padEnd(46)} ${ours.toFixed(0).padStart(7)} ms ${bare.toFixed(0).padStart(7)} ms ${ratio.padStart(7)}   ${goal}`,
  );
}

/** Import, and synth of 1, 10 and 50 pipelines; `bareImport` and `bare` say what stands beside them. */
function bench(measure, { title, bareImport, imported, bare }) {
  console.log(`${title.padEnd(46)} ${'library'.padStart(10)} ${'bare'.padStart(10)} ${'ratio'.padStart(7)}   goal`);
  row(`import, with ${imported}`, compare(measure, ['import-library'], [bareImport], 15), 'at most 1.15');
  const perPipeline = [1, 10, 50].map((count) => {
    const sides = [
      ['synth', 'pipelines', `${count}`],
      ['synth', 'bare', `${count}`],
    ];
    const times = compare(measure, ...sides, count === 50 ? 3 : RUNS);
    row(`synth of ${count} at level 2, against ${bare}`, times, 'at most 1.5');
    return times.ours / count;
  });
  console.log(`time per pipeline, 50 against 10: ${(perPipeline[2] / perPipeline[1]).toFixed(2)} (1 is linear)`);
}

function benchAws() {
  const measure = measurer('measure.mjs');
  const imported = 'the CDK modules it uses';
  bench(measure, { title: 'AWS', bareImport: 'import-cdk', imported, bare: 'bare L1s' });
  const types = JSON.parse(measure(['resources']));
  const policies = types.filter((type) => type === 'AWS::IAM::Policy').length;
  console.log(`resources of a level 2 pipeline: ${types.length}, of which IAM policies: ${policies}\n`);
}

function benchGoogle() {
  const measure = measurer('measure-google.mjs');
  bench(measure, { title: 'Google Cloud', bareImport: 'import-engine', imported: 'cdktf', bare: 'bare resources' });
  console.log(`resources of a level 2 pipeline: ${measure(['resources'])}\n`);
}

console.log(`Node ${process.version}, ${os.availableParallelism()} cores, median of ${RUNS}\n`);
const clouds = { aws: benchAws, google: benchGoogle };
const asked = process.argv.slice(2);
for (const [cloud, run] of Object.entries(clouds)) if (asked.length === 0 || asked.includes(cloud)) run();
