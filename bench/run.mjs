// Prints ratios, measured in one run: this library against the bare minimum. Both sides run in processes of their own, in
// turn, so that a machine that slows down slows down both; medians are compared.
import { execFileSync } from 'node:child_process';
import os from 'node:os';
import path from 'node:path';

const RUNS = 5;
const child = path.join(import.meta.dirname, 'measure.mjs');
const measure = (...args) =>
  execFileSync(process.execPath, [child, ...args], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
const median = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];

/** Medians of two measurements taken in turn, after one unmeasured round. */
function compare(ours, bare, runs = RUNS) {
  measure(...ours);
  measure(...bare);
  const times = { ours: [], bare: [] };
  for (let run = 0; run < runs; run += 1) {
    times.ours.push(Number(measure(...ours)));
    times.bare.push(Number(measure(...bare)));
  }
  return { ours: median(times.ours), bare: median(times.bare) };
}

function row(label, { ours, bare }, goal) {
  const ratio = (ours / bare).toFixed(2);
  console.log(
    `${label.padEnd(42)} ${ours.toFixed(0).padStart(7)} ms ${bare.toFixed(0).padStart(7)} ms ${ratio.padStart(7)}   ${goal}`,
  );
}

function main() {
  console.log(`Node ${process.version}, ${os.availableParallelism()} cores, median of ${RUNS}\n`);
  console.log(`${''.padEnd(42)} ${'library'.padStart(10)} ${'bare'.padStart(10)} ${'ratio'.padStart(7)}   goal`);

  row('import, with the CDK modules it uses', compare(['import-library'], ['import-cdk'], 15), 'at most 1.15');

  const perPipeline = [];
  for (const count of [1, 10, 50]) {
    const times = compare(
      ['synth', 'pipelines', String(count)],
      ['synth', 'bare', String(count)],
      count === 50 ? 3 : RUNS,
    );
    perPipeline.push(times.ours / count);
    row(`synth of ${count} at level 2, against bare L1s`, times, 'at most 1.5');
  }
  const growth = (perPipeline[2] / perPipeline[1]).toFixed(2);
  console.log(`\ntime per pipeline, 50 against 10: ${growth} (1 is linear)`);

  const types = JSON.parse(measure('resources'));
  console.log(
    `resources of a level 2 pipeline: ${types.length}, of which IAM policies: ${types.filter((t) => t === 'AWS::IAM::Policy').length}`,
  );
}

main();
