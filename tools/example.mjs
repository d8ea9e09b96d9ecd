// Synthesizes examples/flight-delay at levels 0, 1 and 2 and shows what each level adds. Reads the build in dist/.
import { existsSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';

const require = createRequire(import.meta.url);
const root = path.resolve(import.meta.dirname, '..');
const LEVELS = [0, 1, 2];

function built(module) {
  const file = path.join(root, 'dist', module);
  if (existsSync(file)) return require(file);
  console.error('dist/ is not built; run npm ci, or npm run build');
  process.exit(1);
}

const { loadConfig } = built('bin/configs.js');
const { synthesize } = built('bin/clouds/aws.js');
const { placeOf } = built('bin/parts.js');
const { columns, painter } = built('bin/terminal.js');
const { diffTemplates, refusals } = built('lib/aws/template-diff.js');
const { NOT_YET_BUILT } = built('lib/plan/not-yet-built.js');
const paint = painter(process.stdout, process.env);

/** The example at one level, in out/level-N. */
async function atLevel(level) {
  const directory = path.join(root, 'out', `level-${level}`);
  rmSync(directory, { recursive: true, force: true });
  const config = await loadConfig([path.join(root, 'examples/flight-delay/mlops.yaml')], { cloud: 'aws', level });
  return synthesize(config, directory, { validation: false });
}

/** Capability by level: where it is on, in brackets when this version builds nothing for it yet. */
function capabilityTable(syntheses) {
  const names = Object.keys(syntheses[0].plan.capabilities);
  const on = (name) => (NOT_YET_BUILT.includes(name) ? '(x)' : 'x');
  const rows = names.map((name) => [name, ...syntheses.map(({ plan }) => (plan.capabilities[name] ? on(name) : '-'))]);
  const always = ['artifacts, registry, feature store, dashboard', ...LEVELS.map(() => 'x')];
  return columns([['', ...LEVELS.map((level) => `level ${level}`)], always, ...rows]);
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
  const list = (types) => [...types].map(([type, count]) => `${count} ${type.replace('AWS::', '')}`).join(', ');
  return columns([...counts].map(([part, types]) => [`  ${part}`, list(types)]));
}

function describeStep(title, before, after) {
  const changes = diffTemplates(before, after);
  const updated = changes.filter(({ kind }) => kind === 'updated').length;
  const lost = refusals(changes).length;
  const verdict = lost === 0 ? 'nothing stateful is replaced or removed' : `${lost} changes would lose state`;
  const added = changes.filter(({ kind }) => kind === 'added').length;
  const rest = Object.keys(before).length > 0 ? `; ${updated} are updated in place; ${verdict}` : '';
  return [paint('bold', title), ...additions(changes), `  ${added} resources${rest}`, ''];
}

const syntheses = [];
for (const level of LEVELS) syntheses.push(await atLevel(level));

const [manual, pipeline, full] = syntheses.map(({ templates }) => templates);
const lines = [
  paint('bold', 'flight-delay: one config at three levels'),
  '',
  ...capabilityTable(syntheses),
  '(x) is planned and validated; this version builds no resources for it yet.',
  '',
  ...describeStep('Level 0, manual, stands on', {}, manual),
  ...describeStep('Level 1, pipeline automation, adds', manual, pipeline),
  ...describeStep('Level 2, full automation, adds', pipeline, full),
  'The cloud assemblies are in out/level-0, out/level-1 and out/level-2.',
  'The config is examples/flight-delay/mlops.yaml. Try:',
  '  npx cdk-mlops diff examples/flight-delay/mlops.yaml --from 0 --to 2',
];
console.log(lines.join('\n'));
