// Prints how often the A/B judge errs in simulated tests that are looked at after every minute, beside a fixed-horizon z-test
// under the same looking; then the traffic that a verdict needs, calculated and simulated. Seeds are fixed.
//   node tools/simulate-ab-judge.mjs [runs, 10000 by default] [only what has this in its name; also: creep, traffic]
import path from 'node:path';
import { build } from 'esbuild';

const root = path.resolve(import.meta.dirname, '..');

async function load(...files) {
  const contents = files.map((file) => `export * from './${file}';`).join('\n');
  const stdin = { contents, resolveDir: root, loader: 'ts' };
  const { outputFiles } = await build({ stdin, bundle: true, format: 'esm', platform: 'node', write: false });
  return import(`data:text/javascript;base64,${Buffer.from(outputFiles[0].contents).toString('base64')}`);
}

const { EQUAL, simulateMany, shareOf, creep, trafficNeeded } = await load(
  'test/statistics/ab-simulation.ts',
  'lib/statistics/ab-traffic.ts',
);
const runs = Number(process.argv[2] ?? 10_000);
const only = process.argv[3] ?? '';
const percent = (share) => `${(100 * share).toFixed(2)} %`.padStart(8);
const bursts = { probability: 0.005, minutes: 10, rate: 0.3 };

const WORLDS = {
  'equal (A/A)': {},
  'equal, shared error bursts': { bursts },
  'errors 1.5 times (the margin), slow 0.5 times': { errorRatio: 1.5, slowRatio: 0.5 },
  'the same with shared error bursts': { errorRatio: 1.5, slowRatio: 0.5, bursts },
  'both 1.5 times': { errorRatio: 1.5, slowRatio: 1.5 },
  'errors 1.5 times, few: 0.2 %': { errorRatio: 1.5, slowRatio: 0.5, errorRate: 0.002 },
  'errors 1.2 times (tolerated)': { errorRatio: 1.2 },
  'errors 2 times': { errorRatio: 2 },
  'errors 3 times': { errorRatio: 3 },
  'no errors on either side': { errorRate: 0 },
  'superior: equal': { goal: 'superior' },
  'superior: errors half': { goal: 'superior', errorRatio: 0.5 },
  'superior: errors half, slow 1.5 times': { goal: 'superior', errorRatio: 0.5, slowRatio: 1.5 },
  'challenger gets 18 % instead of 20 %': { trueShare: 0.18 },
};

/** The z-tests run on to the end: shown for the worlds whose limits the judge must keep. */
const withZ = 5;

function printWorld([name, change], i) {
  if (!name.includes(only)) return;
  const outcomes = simulateMany({ ...EQUAL, ...change }, runs, i + 1, i < withZ);
  const causes = ['shown', 'harm', 'wrongShare', 'timeLimit'].map((cause) =>
    percent(shareOf(outcomes, (outcome) => outcome.cause === cause)),
  );
  const minutes = outcomes.map((outcome) => outcome.minutes).sort((a, b) => a - b)[Math.floor(runs / 2)];
  const z = [shareOf(outcomes, (it) => it.zPromoted), shareOf(outcomes, (it) => it.zWorse)].map(percent);
  const beside = i < withZ ? ` | ${z.join('  ')}` : '';
  console.log(`${name.padEnd(47)} ${causes.join('  ')}  ${String(minutes).padStart(10)}${beside}`);
}

/** Ten challengers in a row, each worse than the champion it meets, but within the margin. */
function printCreep(anchored) {
  const chains = Array.from({ length: Math.max(10, runs / 100) }, (_, i) => creep(1.3, anchored, 7000 + 100 * i));
  const mean = (pick) => chains.reduce((sum, chain) => sum + pick(chain), 0) / chains.length;
  const rates = `errors ${percent(mean((it) => it.rate))}, at worst ${percent(Math.max(...chains.map((it) => it.rate)))}`;
  const promotions = `${mean((it) => it.promotions).toFixed(2)} promotions`;
  console.log(`${anchored ? 'with   ' : 'without'} anchor: ${promotions}, ${rates}`);
}

function printTraffic(errorRate) {
  const requests = trafficNeeded({ errorRate, share: 0.2, ratio: 1.5 });
  const minutes = Math.ceil(requests / 100);
  const world = { ...EQUAL, errorRate, slowRate: 0.4, requestsPerMinute: 100, minutes };
  const power = shareOf(simulateMany(world, runs, 99), (outcome) => outcome.promoted);
  console.log(`${percent(errorRate)} errors: ${String(requests).padStart(9)} requests, simulated ${percent(power)}`);
}

console.log(
  `${runs} tests each: 24 hours, 200 requests a minute, 1 % errors, 5 % slow, share 20 %, margin 0.5, alpha 5 %`,
);
console.log(
  `${'world'.padEnd(47)} promoted      harm     share  undecided  median min | z-test: promotes, finds "worse than equal"`,
);
Object.entries(WORLDS).forEach(printWorld);
if ('creep'.includes(only)) {
  console.log(
    '\nTen challengers in a row, each with 1.3 times the errors of the champion it meets, 1,600,000 requests each',
  );
  [false, true].forEach(printCreep);
}
if ('traffic'.includes(only)) {
  console.log(
    '\nRequests for a verdict on errors (80 %, equal, tolerated 1.5 times): calculated; power simulated with them',
  );
  [0.002, 0.005, 0.01, 0.05].forEach(printTraffic);
}
