// Prints how often the A/B judge errs in simulated tests that are looked at after every minute, beside a fixed-horizon z-test
// under the same looking; then the traffic that a verdict needs, calculated and simulated. Seeds are fixed: the figures do not
// depend on the number of processors. Fails when a limit is not shown to hold. Progress goes to standard error.
//   node tools/simulate-ab-judge.mjs [runs, 10000 by default: about five minutes of one processor]
//     [only: limits, verdicts, creep, traffic] [rows that have this in their name]
import { availableParallelism } from 'node:os';
import path from 'node:path';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { build } from 'esbuild';

const ROOT = path.resolve(import.meta.dirname, '..');
const FILES = [
  'test/statistics/ab-simulation.ts',
  'lib/statistics/ab-traffic.ts',
  'lib/statistics/special-functions.ts',
];

async function bundled() {
  const contents = FILES.map((file) => `export * from './${file}';`).join('\n');
  const stdin = { contents, resolveDir: ROOT, loader: 'ts' };
  const { outputFiles } = await build({ stdin, bundle: true, format: 'esm', platform: 'node', write: false });
  return `data:text/javascript;base64,${Buffer.from(outputFiles[0].contents).toString('base64')}`;
}

const source = isMainThread ? await bundled() : workerData;
const {
  EQUAL,
  binomialCdf,
  creep,
  equalsPromoted,
  requestsUntilPromoted,
  shareOf,
  simulateMany,
  trafficNeeded,
  trafficWorld,
} = await import(source);

/** Workers that call functions of the simulation, in the order they are asked. */
function startPool() {
  const tasks = [];
  let [asked, done, shownAt] = [0, 0, 0];
  const workers = Array.from(
    { length: availableParallelism() },
    () => new Worker(new URL(import.meta.url), { workerData: source }),
  );
  const next = (worker) => {
    worker.task = tasks.shift();
    if (worker.task) worker.postMessage(worker.task.call);
  };
  for (const worker of workers) {
    worker.on('error', (error) => worker.task?.reject(error));
    worker.on('message', (result) => {
      worker.task.resolve(result);
      done++;
      next(worker);
      if (done < asked && performance.now() - shownAt < 5000) return;
      shownAt = performance.now();
      process.stderr.write(
        `${done} of ${asked} parts after ${(shownAt / 1000).toFixed(0)} s; the first take the longest\n`,
      );
    });
  }
  const call = (name, ...args) =>
    new Promise((resolve, reject) => {
      asked++;
      tasks.push({ call: { name, args }, resolve, reject });
      const idle = workers.find((worker) => !worker.task);
      if (idle) next(idle);
    });
  return { call, end: () => Promise.all(workers.map((worker) => worker.terminate())) };
}

const CHUNK = 250;

async function main() {
  const runs = Number(process.argv[2] ?? 10_000);
  const [only = '', part = ''] = process.argv.slice(3);
  const pool = startPool();
  const tests = async (world, seed, zToo = false) => {
    const firsts = Array.from({ length: Math.ceil(runs / CHUNK) }, (_, i) => i * CHUNK);
    const chunks = firsts.map((first) =>
      pool.call('simulateMany', world, Math.min(CHUNK, runs - first), seed, zToo, first),
    );
    return (await Promise.all(chunks)).flat();
  };
  const sections = { limits, verdicts, creep: creeps, traffic };
  const chosen = Object.entries(sections).filter(([name]) => name.includes(only));
  const printers = chosen.map(([, section]) => section({ runs, tests, call: pool.call, part })); // all of the work is asked for at once
  for (const print of printers) await print();
  await pool.end();
}

/** The rows whose name has the part in it, with the number that their seeds follow from. */
const numbered = (rows, part) => rows.map((row, i) => [i, ...row]).filter(([, name]) => name.includes(part));

function say(holds, line) {
  console.log(holds ? line : `${line}  NOT SHOWN`);
  if (!holds) process.exitCode = 1;
}

const percent = (share) => `${(100 * share).toFixed(2)} %`.padStart(8);
const whole = (value) => String(Math.round(value)).replace(/\B(?=(\d{3})+$)/g, ',');

/** Upper end of the 95 % Clopper–Pearson interval: the probability that makes so few hits an event of 2.5 %. */
function clopperPearson(hits, trials) {
  let [low, high] = [hits / trials, 1];
  for (let step = 0; step < 50; step++) {
    const middle = (low + high) / 2;
    if (binomialCdf(hits, trials, middle) > 0.025) low = middle;
    else high = middle;
  }
  return hits === trials ? 1 : high;
}

const BURSTS = { probability: 0.005, minutes: 10, rate: 0.3 };
const ERRORS_AT_MARGIN = { errorRatio: 1.5, slowRatio: 0.5 };
/** The mirror image: errors are frequent, so that they never keep a wrong verdict from being given. */
const SLOW_AT_MARGIN = { errorRate: 0.05, slowRate: 0.01, errorRatio: 0.5, slowRatio: 1.5 };

/** Worlds, and the verdicts that are wrong in them. */
const LIMITS = [
  ['worse by the margin: errors alone', ERRORS_AT_MARGIN, ['promoted', 'rejected']],
  ['slow requests alone (1 %, errors 5 %)', SLOW_AT_MARGIN, ['promoted', 'rejected']],
  ['errors alone, with shared error bursts', { ...ERRORS_AT_MARGIN, bursts: BURSTS }, ['promoted', 'rejected']],
  ['errors alone, share 1 %', { ...ERRORS_AT_MARGIN, share: 0.01 }, ['promoted', 'rejected']],
  ['errors alone, share 50 %', { ...ERRORS_AT_MARGIN, share: 0.5 }, ['promoted', 'rejected']],
  ['equal (A/A)', {}, ['rejected']],
  ['equal, with shared error bursts', { bursts: BURSTS }, ['rejected']],
  ['equal, goal superior: to the end', { goal: 'superior' }, ['promoted', 'rejected']],
];

const WRONG = {
  promoted: { judge: (it) => it.promoted, z: (it) => it.zPromoted },
  rejected: { judge: (it) => it.cause === 'harm' || it.cause === 'wrongShare', z: (it) => it.zWorse },
};

/** Whether the z-test's claim is wrong in this world as well: it rejects what is worse than equal, and knows no goal. */
const zIsWrong = (world, verdict) =>
  world.goal !== 'superior' && (verdict === 'promoted' || (world.errorRatio ?? 1) === 1);

const HOURS =
  'simulated tests each: 24 hours, 200 requests a minute, 1 % errors, 5 % slow, share 20 %, margin 0.5, alpha 5 %';

function limits({ runs, tests, part }) {
  const rows = numbered(LIMITS, part).map(([i, name, change, wrong]) => ({
    name,
    change,
    wrong,
    of: tests({ ...EQUAL, ...change }, i + 1, true),
  }));
  return async () => {
    console.log(`Wrong verdicts in ${whole(runs)} ${HOURS}; looked at every minute`);
    console.log(`${'world'.padEnd(45)} wrongly    judge  at most (Clopper–Pearson, 95 %)  z-test`);
    for (const { name, change, wrong, of } of rows) {
      const outcomes = await of;
      for (const verdict of wrong) {
        const share = shareOf(outcomes, WRONG[verdict].judge);
        const most = clopperPearson(Math.round(share * runs), runs);
        const z = zIsWrong(change, verdict) ? percent(shareOf(outcomes, WRONG[verdict].z)) : '       -';
        say(most <= 0.05, `${name.padEnd(45)} ${verdict} ${percent(share)} ${percent(most)}${' '.repeat(25)}${z}`);
      }
    }
  };
}

const WORLDS = [
  ['equal (A/A)', {}],
  ['errors 1.2 times (tolerated)', { errorRatio: 1.2 }],
  ['errors 2 times', { errorRatio: 2 }],
  ['errors 3 times', { errorRatio: 3 }],
  ['no errors on either side', { errorRate: 0 }],
  ['superior: errors half', { goal: 'superior', errorRatio: 0.5 }],
  ['challenger gets 18 % instead of 20 %', { trueShare: 0.18 }],
];

function verdicts({ runs, tests, part }) {
  const rows = numbered(WORLDS, part).map(([i, name, change]) => ({
    name,
    of: tests({ ...EQUAL, ...change }, 20 + i),
  }));
  return async () => {
    console.log(`\nHow tests end; ${HOURS}`);
    console.log(`${'world'.padEnd(37)} promoted      harm     share  undecided  median minutes`);
    for (const { name, of } of rows) {
      const outcomes = await of;
      const causes = ['shown', 'harm', 'wrongShare', 'timeLimit'].map((cause) =>
        percent(shareOf(outcomes, (it) => it.cause === cause)),
      );
      const minutes = outcomes.map((it) => it.minutes).sort((a, b) => a - b)[Math.floor(runs / 2)];
      console.log(`${name.padEnd(37)} ${causes.join('  ')}   ${whole(minutes).padStart(14)}`);
    }
  };
}

/** Ten challengers in a row, each worse than the champion it meets, but within the margin. */
function creeps({ runs, call }) {
  const chains = Math.max(10, runs / 100);
  const chained = (ask) => Promise.all(Array.from({ length: chains }, (_, i) => ask(100 * i)));
  const rows = [false, true].map((anchored) => ({
    anchored,
    of: chained((i) => call('creep', 1.3, anchored, 7000 + i)),
  }));
  const equals = ['shown', 'counted'].map((left) => ({
    left,
    of: chained((i) => call('equalsPromoted', left, 900_000 + i)),
  }));
  return async () => {
    console.log(
      '\nTen challengers in a row, each with 1.3 times the errors of the champion it meets, 1,600,000 requests each',
    );
    for (const { anchored, of } of rows) {
      const ended = await of;
      const mean = (pick) => ended.reduce((sum, chain) => sum + pick(chain), 0) / ended.length;
      const worst = Math.max(...ended.map((it) => it.rate));
      const rates = `errors ${percent(mean((it) => it.rate)).trim()}, at worst ${percent(worst).trim()}`;
      console.log(
        `${anchored ? 'with   ' : 'without'} anchor: ${mean((it) => it.promotions).toFixed(2)} promotions, ${rates}`,
      );
    }
    console.log('Ten in a row without any difference, each held to the best that the last five left: promoted');
    for (const { left, of } of equals) {
      const promoted = (await of).reduce((sum, one) => sum + one, 0) / (10 * chains);
      const what = left === 'shown' ? 'the worst rate that is not refuted' : 'the rate that was counted (not used)';
      console.log(`left is ${what.padEnd(36)} ${percent(promoted)}`);
    }
  };
}

const CASE = { errorRate: 0.01, share: 0.2, ratio: 1.5 };
const TRAFFIC = [
  ['5 % errors', { errorRate: 0.05 }],
  ['1 % errors', {}],
  ['0.2 % errors', { errorRate: 0.002 }],
  ['0.1 % errors', { errorRate: 0.001 }],
  ['0.05 % errors (two ways)', { errorRate: 0.0005 }, 0.25],
  ['0.01 % errors (negligible)', { errorRate: 0.0001 }],
  ['1 % errors, share 1 %', { share: 0.01 }],
  ['1 % errors, share 50 %', { share: 0.5 }],
  ['1 % errors, margin 0.2', { ratio: 1.2 }],
  ['1 % errors, margin 1', { ratio: 2 }],
  ['1 % errors, truly 1.2 times', { trueRatio: 1.2 }],
];
const TOLERANCE = 0.1;

function traffic({ tests, part }) {
  const rows = numbered(TRAFFIC, part).map(([i, name, change, tolerance = TOLERANCE]) => {
    const question = { ...CASE, ...change };
    const needed = [0.5, 0.8].map((power) => trafficNeeded({ ...question, power }));
    return { name, needed, tolerance, of: tests(trafficWorld(question, needed[1]), 50 + i) };
  });
  return async () => {
    console.log(
      '\nRequests until a verdict on errors: equal challenger, share 20 %, margin 0.5 unless it says otherwise',
    );
    console.log(`${''.padEnd(29)} 50 %: calculated  simulated            80 %: calculated  simulated`);
    for (const { name, needed, tolerance, of } of rows) {
      const outcomes = await of;
      const got = [0.5, 0.8].map((share) => requestsUntilPromoted(outcomes, share));
      const off = got.map((requests, i) => requests / needed[i] - 1);
      const cells = got.map((requests, i) => {
        const deviation = `(${off[i] < 0 ? '' : '+'}${(100 * off[i]).toFixed(1)} %)`;
        return `${whole(needed[i]).padStart(16)}  ${whole(requests).padStart(9)} ${deviation.padStart(10)}`;
      });
      say(
        off.every((deviation) => Math.abs(deviation) <= tolerance),
        `${name.padEnd(29)} ${cells.join('    ')}`,
      );
    }
  };
}

if (isMainThread) await main();
else
  parentPort.on('message', ({ name, args }) =>
    parentPort.postMessage({ simulateMany, creep, equalsPromoted }[name](...args)),
  );
