// Writes docs/config.md: every key of the config with its type, range, default and meaning, and the levels.
// Run it after a build: node tools/generate-config-docs.mjs
import { writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { render as describedSchema } from './generate-schema.mjs';

const root = path.resolve(import.meta.dirname, '..');
const file = path.join(root, 'docs/config.md');
const LEVELS = [0, 1, 2];

/** What the docstrings of single keys cannot say: which keys this version acts on. */
const SECTION_NOTES = {
  serving: 'What happens with it, [the deployer](deployer.md) says.',
  monitoring: 'How a run works: [drift monitoring](drift.md).',
  retraining: 'In which order what is checked: [retraining](drift.md#retraining).',
  aws: 'Not read on Google Cloud. [What each cloud does with each key](clouds.md#every-key).',
  google:
    'Needed by `--cloud google`, not read on AWS. Everything stands in one project and region.\n' +
    '[What each cloud does with each key](clouds.md#every-key).',
};

/** Every key below a schema, in the schema's order, with its path: `data.features[].name`, `monitoring.features.<column>.test`. */
export function* keysOf(schema, at = '') {
  for (const [key, part] of Object.entries(schema.properties ?? {})) {
    const place = at === '' ? key : `${at}.${key}`;
    yield { path: place, part, required: schema.required?.includes(key) ?? false };
    yield* keysOf(part, place);
    if (part.items) yield* keysOf(part.items, `${place}[]`);
    if (typeof part.additionalProperties === 'object') yield* keysOf(part.additionalProperties, `${place}.<column>`);
  }
}

function typeText(part) {
  if (part.anyOf) return part.anyOf.map(typeText).join(', ');
  if (part.enum) return part.enum.map((word) => `\`${word}\``).join(', ');
  if (part.type === 'array') return `list of ${part.items.properties ? 'maps' : `${part.items.type}s`}`;
  if (part.type === 'object' && typeof part.additionalProperties === 'object')
    return mapText(part.additionalProperties);
  if (part.type === 'object') return 'map';
  return [part.type, rangeText(part)].filter((text) => text !== '').join(' ');
}

function mapText(values) {
  return values.properties ? 'map of maps' : `map of names to ${typeText(values)}`;
}

function rangeText({ minimum, maximum, exclusiveMinimum }) {
  if (exclusiveMinimum !== undefined) return `> ${exclusiveMinimum}${maximum === undefined ? '' : `, ≤ ${maximum}`}`;
  if (minimum === undefined || minimum <= -Number.MAX_SAFE_INTEGER) return '';
  return maximum === undefined ? `≥ ${minimum}` : `${minimum} to ${maximum}`;
}

function defaultText(part, required) {
  if (required) return '**required**';
  const [, words] = part.description.split('\nDefault: ');
  return words ?? `\`${JSON.stringify(part.default).replaceAll('"', '')}\``;
}

/** A config in which every key stands, as far as its shape goes; strings are their own path. */
function sampleOf(part, at) {
  if (part.enum) return part.enum[0];
  if (part.type === 'array') return [sampleOf(part.items, `${at}[]`)];
  if (part.type === 'object' && part.properties) {
    return Object.fromEntries(
      Object.entries(part.properties).map(([key, inner]) => [key, sampleOf(inner, `${at}.${key}`)]),
    );
  }
  if (part.type === 'object') return { key: sampleOf(part.additionalProperties, `${at}.<column>`) };
  return { string: at, boolean: true, integer: 1, number: 1 }[part.type] ?? at;
}

/** A copy of a config in which the value at a path is what `change` makes of it. */
function changed(config, place, change) {
  const copy = structuredClone(config);
  const keys = place.replaceAll('[]', '.0').replaceAll('<column>', 'key').split('.');
  const parent = keys.slice(0, -1).reduce((node, key) => node[key], copy);
  parent[keys.at(-1)] = change(parent[keys.at(-1)]);
  return copy;
}

const another = (value) => (typeof value === 'boolean' ? !value : typeof value === 'number' ? value + 1 : `${value}-2`);

/** Whether a deployed config can follow a change of a key, asked of the rules that `diff` refuses by, one per cloud. */
function laterText({ path: place, part }, sample, rules) {
  const refuses = (change) => rules.some((rule) => rule(sample, changed(sample, place, change)).length > 0);
  if (part.type === 'array') return refuses(() => []) ? 'add only' : 'yes';
  if (part.properties || part.additionalProperties?.properties) return '';
  if (part.type === 'object') return refuses(() => ({})) ? '**no**' : 'yes';
  return refuses(another) ? '**no**' : 'yes';
}

const cell = (text) => text.replaceAll('|', '\\|').replaceAll('\n', ' ');

/** The lines of a table whose first row is its head. */
export function table(rows) {
  const [head, ...body] = rows.map((row) => `| ${row.map(cell).join(' | ')} |`);
  return [head, `|${rows[0].map(() => '---').join('|')}|`, ...body];
}

function keyTable(keys, sample, { immutableFieldRules }) {
  const rows = keys.map((key) => {
    const [meaning] = key.part.description.split('\nDefault: ');
    const later = laterText(key, sample, immutableFieldRules);
    return [`\`${key.path}\``, typeText(key.part), defaultText(key.part, key.required), meaning, later];
  });
  return table([['Key', 'Type and range', 'Default', 'Meaning', 'Later'], ...rows]);
}

function levelTable(sources) {
  const { CAPABILITIES, CAPABILITY_DESCRIPTIONS, FIRST_LEVEL, PREREQUISITES } = sources;
  const rows = CAPABILITIES.map((name) => [
    `\`${name}\``,
    ...LEVELS.map((level) => (level >= FIRST_LEVEL[name] ? 'x' : '')),
    PREREQUISITES[name].map((needed) => `\`${needed}\``).join(', '),
    CAPABILITY_DESCRIPTIONS[name],
  ]);
  return table([['Capability', ...LEVELS.map(String), 'Needs', 'What it does'], ...rows]);
}

function levelSection(sources) {
  return [
    '## Levels and capabilities',
    '',
    'A level is a preset of capabilities and nothing else; `capabilities` switches each apart from it, with what it needs. Validation names what is',
    'missing, who asks for it and the way out. Level 2 also needs `featureStore`.',
    '',
    ...levelTable(sources),
    '',
    `At every level: ${sources.ALWAYS_THERE.join(', ')}.`,
    '',
  ];
}

function sectionOf(key, keys, sample, sources) {
  const note = SECTION_NOTES[key];
  const own = keys.filter(({ path: place }) => place.startsWith(`${key}.`));
  const { part, required } = keys.find(({ path: place }) => place === key);
  const [meaning] = part.description.split('\nDefault: ');
  return [
    `## ${key}`,
    '',
    `${meaning} Default: ${defaultText(part, required)}.`,
    ...(note ? ['', note] : []),
    '',
    ...keyTable(own, sample, sources),
    '',
  ];
}

const INTRO = `# Config reference

Generated by \`tools/generate-config-docs.mjs\` from the structs in \`lib/config\` and the schema. One config, as YAML, JSON or a struct in code
(\`MlopsConfig\`), says how a model is trained, served and watched, on AWS and on Google Cloud. What each cloud does with each key stands in
[two clouds](clouds.md#every-key). How to read the tables:

- **Type and range**: allowed words or numbers. \`[]\` is an element of a list, \`<column>\` a column name of yours. Unknown keys are refused.
- **Default**: what holds when the key is absent, as a value or in words.
- **Later**: whether a deployed config can follow a change. \`cdk-mlops diff\` refuses (exit code 3) what says **no**; a list that says "add only" can
  grow, but not shrink.
- Later files merge over earlier ones (\`validate base.yaml prod.yaml\`): maps key by key, lists and single values whole; \`null\` removes a key. A relative
  \`training.source\` resolves against the file that gives it.
- Locations, images and \`monitoring.notify\` may be tokens when the config is written in code. Nothing else may: it is read at synth.
- Editors complete and check the config with \`schema/mlops.schema.json\`, as the first line of what \`init\` writes shows.
`;

/** The text of docs/config.md. `sources` are the modules that it speaks of. */
export function render(sources) {
  const schema = JSON.parse(describedSchema(sources.jsonSchema()));
  const keys = [...keysOf(schema)];
  const sample = sampleOf(schema, 'config');
  const sections = Object.keys(schema.properties).filter((key) => schema.properties[key].type === 'object');
  const top = keys.filter(({ path: place }) => !/[.[]/.test(place) && !sections.includes(place));
  const contents = ['levels-and-capabilities', ...sections].map(
    (name) => `[${name.replaceAll('-', ' ')}](#${name.toLowerCase()})`,
  );
  return [
    INTRO,
    'Sections:',
    ...contents.map((link, index) => `${link}${index < contents.length - 1 ? ' ·' : ''}`),
    '',
    '## Top level',
    '',
    ...keyTable(top, sample, sources),
    '',
    ...levelSection(sources),
    ...sections.flatMap((key) => sectionOf(key, keys, sample, sources)),
  ]
    .join('\n')
    .trimEnd()
    .concat('\n');
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const require = createRequire(import.meta.url);
  const built = (module) => require(path.join(root, 'dist/lib', module));
  const sources = {
    ...built('config/json-schema.js'),
    ...built('plan/levels.js'),
    immutableFieldRules: ['aws', 'google'].map(
      (cloud) => built(`${cloud}/diff/immutable-fields.js`).immutableFieldChanges,
    ),
  };
  writeFileSync(file, render(sources));
  console.log(`wrote ${path.relative(process.cwd(), file)}`);
}
