// Prints how often the drift judge alarms without drift, and finds it with drift, beside Evidently's defaults on the same rows.
//   1. Random splits of real rows (flights of half a year, a hundred columns): bins are fixed once, rows are drawn anew.
//   2. Years of hourly runs over the last 24 hours, with the monitor's hysteresis: real flights by hour of the day, and
//      columns in which each row follows the one before it (AR(1), 0.9).
// Seeds are fixed: the figures do not depend on the number of processors. Fails when a limit is not shown to hold.
//   node tools/simulate-drift.mjs [--splits 10000] [--years 4] [--only splits|years]    about an hour of one processor
import { availableParallelism } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { mkdirSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { build } from 'esbuild';

const ROOT = path.resolve(import.meta.dirname, '..');
const FLIGHTS = path.join(ROOT, 'node_modules/vega-datasets/data/flights-3m.parquet');
const FILES = ['drift-data', 'drift-splits', 'drift-years', 'ab-simulation'].map((name) => `test/statistics/${name}`);

const BASELINE_ROWS = 100_000;
const POPULATION_ROWS = 300_000;
const FEATURES = [5, 20, 100];
const WINDOWS = [200, 1000, 10_000, 200_000];
const SHIFTS = { 200: 0.75, 1000: 0.35, 10_000: 0.35, 200_000: 0.35 };
/** One false alarm a year in daily runs: the largest alpha of a run that anyone would set. */
const ALPHA = 1 / 365.25;
const CHUNK = 500;
const HOURS_A_YEAR = 8766;

const WORLDS = [
  ['flights by hour of the day, a week before', 'flightHours', 7],
  ['flights by hour of the day, the window alone', 'flightHours', 0],
  ['AR(1) 0.9 from row to row, a week before', 'autoregressive', 7],
  ['AR(1) 0.9 from row to row, the window alone', 'autoregressive', 0],
  ['AR(1) 0.9 from hour to hour, a week before', 'autoregressiveHours', 7],
];

async function bundle() {
  const contents = [...FILES, 'lib/statistics/special-functions', 'lib/statistics/distributions']
    .map((file) => `export * from './${file}';`)
    .join('\n');
  const outfile = path.join(ROOT, 'node_modules/.cache/simulate-drift.mjs'); // beside the packages that it imports
  mkdirSync(path.dirname(outfile), { recursive: true });
  const external = ['hyparquet', 'hyparquet-compressors'];
  const stdin = { contents, resolveDir: ROOT, loader: 'ts' };
  await build({ stdin, bundle: true, format: 'esm', platform: 'node', outfile, external });
  return pathToFileURL(outfile).href;
}

const source = isMainThread ? await bundle() : workerData;
const simulation = await import(source);

let flights;
const populations = {};

/** Random flights with their first columns; drawn once in each worker. */
async function population(columns) {
  flights ??= await simulation.readFlights(FLIGHTS);
  const options = { sample: BASELINE_ROWS, columns, shifts: columns === 100 ? [0.35, 0.75] : [], shiftable: 3 };
  return (populations[columns] ??= simulation.drawPopulation(
    flights,
    simulation.randomOf(1),
    POPULATION_ROWS,
    options,
  ));
}

const TASKS = {
  splits: async (cell) => simulation.simulateSplits(await population(100), cell),
  year: async ({ world, seed, ...rules }) => {
    const random = simulation.randomOf(seed);
    const streams = {
      flightHours: async () => simulation.flightHours(await population(10), random, 100),
      autoregressive: () => simulation.autoregressive(random, { rho: 0.9, meanRows: 100 }),
      autoregressiveHours: () => simulation.autoregressive(random, { rho: 0.9, meanRows: 100, shared: 0.05 }),
    };
    return simulation.simulateYear(await streams[world](), rules);
  },
};

/** Workers that do tasks in the order they are asked. */
function startPool() {
  const waiting = [];
  let [asked, done] = [0, 0];
  const next = (worker) => {
    worker.task = waiting.shift();
    if (worker.task) worker.postMessage(worker.task.call);
  };
  const workers = Array.from({ length: availableParallelism() }, () => {
    const worker = new Worker(new URL(import.meta.url), { workerData: source });
    worker.on('error', (error) => worker.task?.reject(error));
    worker.on('message', (result) => {
      worker.task.resolve(result);
      process.stderr.write(`${++done} of ${asked} parts after ${(performance.now() / 1000).toFixed(0)} s\n`);
      next(worker);
    });
    return worker;
  });
  const call = (name, input) =>
    new Promise((resolve, reject) => {
      asked++;
      waiting.push({ call: { name, input }, resolve, reject });
      const idle = workers.find((worker) => !worker.task);
      if (idle) next(idle);
    });
  return { call, end: () => Promise.all(workers.map((worker) => worker.terminate())) };
}

const percent = (share) => `${(100 * share).toFixed(2)} %`.padStart(9);
const whole = (value) => String(Math.round(value)).replace(/\B(?=(\d{3})+$)/g, ',');

function say(holds, line) {
  console.log(holds ? line : `${line}  NOT SHOWN`);
  if (!holds) process.exitCode = 1;
}

/** Upper end of the 95 % Clopper–Pearson interval: the probability that makes so few hits an event of 2.5 %. */
function clopperPearson(hits, trials) {
  let [low, high] = [hits / trials, 1];
  for (let step = 0; step < 50; step++) {
    const middle = (low + high) / 2;
    if (simulation.binomialCdf(hits, trials, middle) > 0.025) low = middle;
    else high = middle;
  }
  return hits === trials ? 1 : high;
}

/** Upper end of the 95 % interval of a mean number of events (F. Garwood, Biometrika 1936). */
function garwood(events) {
  let [low, high] = [events, 10 + 3 * events];
  for (let step = 0; step < 50; step++) {
    const middle = (low + high) / 2;
    if (1 - simulation.gammaSf(middle, events + 1, 1) < 0.975) low = middle;
    else high = middle;
  }
  return high;
}

/** Results of the chunks of a cell, added up by number of features. */
function addUp(chunks) {
  return FEATURES.map((features, i) => {
    const results = chunks.map((chunk) => chunk[i]);
    const sum = (pick) => results.reduce((all, result) => all + pick(result), 0);
    const names = Object.keys(results[0].byColumn);
    const byColumn = names.map((name) => ({
      name,
      splits: sum(({ byColumn }) => byColumn[name]?.splits ?? 0),
      alarms: sum(({ byColumn }) => byColumn[name]?.alarms ?? 0),
    }));
    const [splits, alarms] = [sum((it) => it.splits), sum((it) => it.alarms)];
    return {
      features,
      splits,
      alarms,
      byColumn,
      any: sum((it) => it.evidentlyAny),
      dataset: sum((it) => it.evidentlyDataset),
    };
  });
}

function askCell(call, windowRows, splits, shift) {
  const cell = { baselineRows: BASELINE_ROWS, windowRows, features: FEATURES, alpha: ALPHA, shift };
  const firsts = Array.from({ length: Math.ceil(splits / CHUNK) }, (_, i) => i * CHUNK);
  const chunks = firsts.map((first) =>
    call('splits', { ...cell, splits: Math.min(CHUNK, splits - first), seed: windowRows + first + 7 * (shift > 0) }),
  );
  return Promise.all(chunks).then(addUp);
}

function splitsSection(call, splits) {
  const without = WINDOWS.map((rows) => askCell(call, rows, splits, 0));
  const shifted = WINDOWS.map((rows) => askCell(call, rows, Math.ceil(splits / 10), SHIFTS[rows]));
  return async () => {
    console.log(
      `Alarms in ${whole(splits)} random splits of real rows without drift: baseline of 100,000 rows, alpha ${percent(ALPHA).trim()}`,
    );
    console.log('window  columns    judge  at most (Clopper–Pearson)   Evidently: any column  dataset drift');
    for (const [i, rows] of WINDOWS.entries()) {
      for (const { features, splits: runs, alarms, any, dataset } of await without[i]) {
        const most = clopperPearson(alarms, runs);
        const evidently = `${percent(any / runs)}      ${percent(dataset / runs)}`;
        say(
          most <= 0.01,
          `${whole(rows).padStart(7)} ${String(features).padStart(6)} ${percent(alarms / runs)} ${percent(most)}${' '.repeat(26)}${evidently}`,
        );
      }
    }
    console.log('\nFound, of columns that are shifted one at a time, in standard deviations; the worst of the columns');
    for (const [i, rows] of WINDOWS.entries()) {
      for (const { features, byColumn } of await shifted[i]) {
        const shares = byColumn.map(({ name, splits: runs, alarms }) => ({ name, share: alarms / runs }));
        const { name, share } = shares.reduce((worst, one) => (one.share < worst.share ? one : worst));
        say(
          share >= 0.95,
          `${whole(rows).padStart(7)} ${String(features).padStart(6)}  shift ${SHIFTS[rows]} ${percent(share)}  (${name})`,
        );
      }
    }
  };
}

function yearsSection(call, years) {
  const rules = {
    windowHours: 24,
    baselineRows: BASELINE_ROWS,
    falseAlarmsPerYear: 1,
    hours: Math.round(HOURS_A_YEAR * Math.min(1, years)),
  };
  const rows = WORLDS.map(([name, world, earlierDays], i) => ({
    name,
    of: Promise.all(
      Array.from({ length: Math.ceil(years) }, (_, year) =>
        call('year', { world, earlierDays, seed: 100 * (i + 1) + year, ...rules }),
      ),
    ),
  }));
  return async () => {
    console.log(`\nFalse alarms a year, of hourly runs over 24 hours; ${years} years each, one accepted`);
    console.log(`${''.padEnd(45)}    judge  at most (Garwood)   Evidently, share of runs: any column  dataset drift`);
    for (const { name, of } of rows) {
      const results = await of;
      const sum = (key) => results.reduce((all, result) => all + result[key], 0);
      const spent = sum('runs') / HOURS_A_YEAR;
      const most = garwood(sum('alarms')) / spent;
      const shares = `${percent(sum('evidentlyAny') / sum('runs'))}      ${percent(sum('evidentlyDataset') / sum('runs'))}`;
      say(
        most <= 1,
        `${name.padEnd(45)} ${(sum('alarms') / spent).toFixed(2).padStart(8)} ${most.toFixed(2).padStart(8)}${' '.repeat(38)}${shares}`,
      );
    }
  };
}

async function main() {
  const options = {
    splits: { type: 'string', default: '10000' },
    years: { type: 'string', default: '4' },
    only: { type: 'string' },
  };
  const { splits, years, only = '' } = parseArgs({ options }).values;
  const pool = startPool();
  const sections = {
    splits: () => splitsSection(pool.call, Number(splits)),
    years: () => yearsSection(pool.call, Number(years)),
  };
  const printers = Object.entries(sections)
    .filter(([name]) => name.includes(only))
    .map(([, section]) => section());
  for (const print of printers) await print();
  await pool.end();
}

if (isMainThread) await main();
else parentPort.on('message', async ({ name, input }) => parentPort.postMessage(await TASKS[name](input)));
