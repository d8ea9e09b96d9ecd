// Synthesizes examples/flight-delay for both clouds at levels 0, 1 and 2 and shows what each level adds. Reads the build in dist/.
import { existsSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';

const require = createRequire(import.meta.url);
const root = path.resolve(import.meta.dirname, '..');
const CONFIG = 'examples/flight-delay/mlops.yaml';
const LEVELS = [0, 1, 2];

function built(module) {
  const file = path.join(root, 'dist', module);
  if (existsSync(file)) return require(file);
  console.error('dist/ is not built; run npm ci, or npm run build');
  process.exit(1);
}

const { loadConfig } = built('bin/configs.js');
const { placeOf } = built('bin/parts.js');
const { columns, painter } = built('bin/terminal.js');
const { plan } = built('lib/plan/plan.js');
const { NOT_YET_BUILT } = built('lib/plan/not-yet-built.js');
const paint = painter(process.stdout, process.env);

const CLOUDS = [
  { cloud: 'aws', title: 'AWS', engine: built('bin/clouds/aws.js'), short: (type) => type.replace('AWS::', '') },
  {
    cloud: 'google',
    title: 'Google Cloud',
    engine: built('bin/clouds/google.js'),
    short: (type) => type.replace(/^google_(vertex_ai_)?/, ''),
  },
];

const configAt = (cloud, level) => loadConfig([path.join(root, CONFIG)], { cloud, level });

/** Capability by level: where it is on, in brackets when this version builds nothing for it yet. */
async function capabilityTable() {
  const plans = await Promise.all(LEVELS.map(async (level) => plan(await configAt('aws', level))));
  const on = (name) => (NOT_YET_BUILT.includes(name) ? '(x)' : 'x');
  const rows = Object.keys(plans[0].capabilities).map((name) => [
    name,
    ...plans.map(({ capabilities }) => (capabilities[name] ? on(name) : '-')),
  ]);
  const always = ['artifacts, registry, feature store, dashboard', ...LEVELS.map(() => 'x')];
  return columns([['', ...LEVELS.map((level) => `level ${level}`)], always, ...rows]);
}

/** What a level adds to the one below, by part: how many resources of which types. */
function additions(changes, short) {
  const counts = new Map();
  for (const { kind, constructPath, logicalId, type } of changes) {
    if (kind !== 'added') continue;
    const { part } = placeOf(constructPath, logicalId);
    const types = counts.get(part) ?? new Map();
    types.set(type, (types.get(type) ?? 0) + 1);
    counts.set(part, types);
  }
  const list = (types) => [...types].map(([type, count]) => `${count} ${short(type)}`).join(', ');
  return columns([...counts].map(([part, types]) => [`  ${part}`, list(types)]));
}

/** The levels of one cloud, each against the one below. */
async function describeCloud({ cloud, title, engine, short }) {
  const comparer = await engine.comparer();
  const lines = ['', paint('bold', title)];
  let before = {};
  for (const level of LEVELS) {
    const out = `out/${cloud}/level-${level}`;
    rmSync(path.join(root, out), { recursive: true, force: true });
    const after = await comparer.synthesized(await configAt(cloud, level), path.join(root, out));
    const changes = comparer.changes(before, after);
    const lost = comparer.refusals(changes).length;
    const count = (kind) => changes.filter((change) => change.kind === kind).length;
    const verdict = lost === 0 ? 'nothing stateful is replaced or removed' : `${lost} changes would lose state`;
    const rest = level === 0 ? '' : `; ${count('updated')} updated in place; ${verdict}`;
    lines.push(
      `level ${level} ${level === 0 ? 'stands on' : 'adds'} ${count('added')} resources${rest} (${out})`,
      ...additions(changes, short),
    );
    before = after;
  }
  return lines;
}

const lines = [paint('bold', 'flight-delay: one config, two clouds, three levels'), '', ...(await capabilityTable())];
lines.push('(x) is planned and validated; this version builds no resources for it yet.');
for (const cloud of CLOUDS) lines.push(...(await describeCloud(cloud)));
lines.push(
  '',
  `The config is ${CONFIG}. Try:`,
  `  npx cdk-mlops diff ${CONFIG} --from 0 --to 2`,
  `  npx cdk-mlops diff ${CONFIG} --cloud google --from 0 --to 2`,
);
console.log(lines.join('\n'));
