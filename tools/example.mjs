// Synthesizes examples/flight-delay for both clouds at levels 0, 1 and 2 and shows what each level adds. Reads the build in dist/.
import { existsSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';

const require = createRequire(import.meta.url);
const root = path.resolve(import.meta.dirname, '..');
const CLOUDS = { aws: 'AWS', google: 'Google Cloud' };
const LEVELS = {
  'Level 0, manual, stands on': 0,
  'Level 1, pipeline automation, adds': 1,
  'Level 2, full automation, adds': 2,
};

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
const paint = painter(process.stdout, process.env);

const load = (cloud, level) => loadConfig([path.join(root, 'examples/flight-delay/mlops.yaml')], { cloud, level });

/** What a cloud deploys at each level, from out/CLOUD/level-N, and how it is compared. */
async function onCloud(cloud) {
  const comparer = await built(`bin/clouds/${cloud}.js`).comparer();
  const levels = [];
  for (const level of Object.values(LEVELS)) {
    const directory = path.join(root, 'out', cloud, `level-${level}`);
    rmSync(directory, { recursive: true, force: true });
    levels.push(await comparer.synthesized(await load(cloud, level), directory));
  }
  return { name: CLOUDS[cloud], comparer, levels };
}

/** Capability by level. */
function capabilityTable(plans) {
  const names = Object.keys(plans[0].capabilities);
  const rows = names.map((name) => [name, ...plans.map(({ capabilities }) => (capabilities[name] ? 'x' : '-'))]);
  const always = ['artifacts, registry, feature store, dashboard', 'endpoint and deployer'].map((name) => [
    name,
    ...plans.map(() => 'x'),
  ]);
  return columns([['', ...plans.map(({ level }) => `level ${level}`)], ...always, ...rows]);
}

/** What a level adds to the one below, by part: how many resources of which types. */
function additions(changes) {
  const counts = new Map();
  for (const { kind, constructPath, logicalId, type } of changes) {
    if (kind !== 'added') continue;
    const { part } = placeOf(constructPath, logicalId);
    const types = counts.get(part) ?? new Map();
    types.set(type, (types.get(type) ?? 0) + 1);
    counts.set(part, types);
  }
  const list = (types) =>
    [...types].map(([type, count]) => `${count} ${type.replace(/^(AWS::|google_)/, '')}`).join(', ');
  return columns([...counts].map(([part, types]) => [`    ${part}`, list(types)]));
}

/** What a level adds on one cloud, and whether it leaves alone what is there. */
function describeStep({ name, comparer, levels }, level) {
  const changes = comparer.changes(level === 0 ? {} : levels[level - 1], levels[level]);
  const count = (kind) => changes.filter((change) => change.kind === kind).length;
  const lost = comparer.refusals(changes).length;
  const verdict = lost === 0 ? 'nothing stateful is replaced or removed' : `${lost} changes would lose state`;
  const rest = level === 0 ? '' : `; ${count('updated')} updated in place; ${verdict}`;
  const added = count('added');
  return [`  ${name}: ${added} ${added === 1 ? 'resource' : 'resources'}${rest}`, ...additions(changes)];
}

const clouds = [await onCloud('aws'), await onCloud('google')];
const plans = [];
for (const level of Object.values(LEVELS)) plans.push(plan(await load('aws', level)));

const lines = [
  paint('bold', 'flight-delay: one config, two clouds, three levels'),
  '',
  ...capabilityTable(plans),
  '',
  ...Object.entries(LEVELS).flatMap(([title, level]) => [
    paint('bold', title),
    ...clouds.flatMap((cloud) => describeStep(cloud, level)),
    '',
  ]),
  'What each cloud deploys is in out/aws and out/google: cloud assemblies, and Terraform JSON.',
  'The config is examples/flight-delay/mlops.yaml. Try:',
  '  npx cdk-mlops diff examples/flight-delay/mlops.yaml --from 0 --to 2 --cloud google',
];
console.log(lines.join('\n'));
