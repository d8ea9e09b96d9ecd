// Writes the tables of docs/clouds.md, below its marker: machine sizes, framework versions, and what each cloud does with each key of
// the config (tools/cloud-keys.mjs). Run it after a build: node tools/generate-cloud-docs.mjs
import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { CLOUD_KEYS } from './cloud-keys.mjs';
import { keysOf, table } from './generate-config-docs.mjs';

const root = path.resolve(import.meta.dirname, '..');
const file = path.join(root, 'docs/clouds.md');
const MARKER = '<!-- Generated from here on by tools/generate-cloud-docs.mjs. -->';
const SIZES = ['small', 'medium', 'large', 'gpu'];

/** The keys that hold values, in the order of the schema. */
export function leavesOf(schema) {
  const inner = (part) => part.properties ?? part.items?.properties ?? part.additionalProperties?.properties;
  return [...keysOf(schema)].filter(({ part }) => inner(part) === undefined);
}

/** What a cloud does with a key. */
export function cellOf(key, cloud) {
  const cells = CLOUD_KEYS[key];
  return typeof cells === 'string' ? cells : cells?.[cloud === 'aws' ? 0 : 1];
}

function sizeSection({ instanceTypeOf, googleMachineType }) {
  const rows = SIZES.map((size) => [`\`${size}\``, `\`${instanceTypeOf(size)}\``, `\`${googleMachineType(size)}\``]);
  return ['## Machine sizes', '', ...table([['`compute`', 'AWS', 'Google Cloud'], ...rows]), ''];
}

/** Versions as the config names them, `major.minor`, that AWS has an image for. */
function awsVersions({ aliases, versions }, purpose) {
  return Object.keys(aliases).filter((alias) => versions[aliases[alias]]?.[purpose]);
}

function googleVersions(versions) {
  return Object.entries(versions).map(([version, { until }]) => `${version} (${until})`);
}

/** Versions for which a framework has every image on both clouds. */
function versionsOnBoth(aws, google) {
  const lists = [
    ...['training', 'inference'].map((purpose) => awsVersions(aws, purpose)),
    ...['training', 'prediction'].map((purpose) => Object.keys(google[purpose])),
  ];
  return lists[0].filter((version) => lists.every((list) => list.includes(version)));
}

function frameworkSection({ awsImages, googleImages }) {
  const { source, frameworks } = googleImages;
  const rows = Object.keys(frameworks).map((name) => {
    const [aws, google] = [awsImages.frameworks[name], frameworks[name]];
    return [
      name,
      awsVersions(aws, 'training').join(', '),
      awsVersions(aws, 'inference').join(', '),
      googleVersions(google.training).join(', '),
      googleVersions(google.prediction).join(', '),
      versionsOnBoth(aws, google).join(', ') || 'none',
    ];
  });
  const head = ['Framework', 'AWS, training', 'AWS, inference', 'Google, training', 'Google, prediction', 'All four'];
  return ['## Framework versions', '', ...frameworkText(source, frameworks), '', ...table([head, ...rows]), ''];
}

function frameworkText({ training, prediction, read }, frameworks) {
  const until = Object.values(frameworks).flatMap((purposes) => Object.values(purposes.training).map((v) => v.until));
  const passed = until.filter((day) => day < read).length;
  return [
    'The versions with ready-made images. The day behind a version on Google Cloud is what Google calls the end of availability on its pages about',
    `[training](${training}) and`,
    `[prediction](${prediction}), read on ${read}.`,
    `**On that day it had passed for ${passed === until.length ? 'all' : `${passed} of`} ${until.length} training images.** Such an image may still be there, gets no fixes, and may go at any time;`,
    '`synth` notes it. Look before you rely on it, and bring an own one as `google.trainingImage` (python3 from 3.7 is all that it needs beside your packages):',
    '',
    '```sh',
    'docker manifest inspect europe-docker.pkg.dev/vertex-ai/training/xgboost-cpu.2-1:latest',
    '```',
    '',
    'Where no version has all four images, the config names one per cloud: `training.framework.version`, and `aws.frameworkVersion` or',
    '`google.frameworkVersion`.',
  ];
}

function keySection(schema) {
  const keys = leavesOf(schema).map(({ path: key }) => key);
  const groupOf = (key) => (/[.[]/.test(key) ? key.split(/[.[]/)[0] : 'top level');
  const groups = new Map(keys.map((key) => [groupOf(key), keys.filter((other) => groupOf(other) === groupOf(key))]));
  const tables = [...groups].flatMap(([group, own]) => [
    `### ${group}`,
    '',
    ...table([
      ['Key', 'AWS', 'Google Cloud'],
      ...own.map((key) => [`\`${key}\``, cellOf(key, 'aws'), cellOf(key, 'google')]),
    ]),
    '',
  ]);
  return [
    '## Every key',
    '',
    'What comes of each key. Refused is what validation refuses with `--cloud` and takes for the other cloud. Types, ranges and defaults stand in the',
    '[config reference](config.md).',
    '',
    ...tables,
  ];
}

/** The page with its tables made anew. `sources` are the modules that they speak of. */
export function render(page, sources) {
  const end = page.indexOf(MARKER);
  if (end < 0) throw new Error(`docs/clouds.md has no line ${MARKER}`);
  const generated = [
    MARKER,
    '<!-- prettier-ignore-start -->',
    '',
    ...sizeSection(sources),
    ...frameworkSection(sources),
    ...keySection(sources.jsonSchema()),
    '<!-- prettier-ignore-end -->',
    '',
  ];
  return page.slice(0, end) + generated.join('\n');
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const require = createRequire(import.meta.url);
  const built = (module) => require(path.join(root, 'dist/lib', module));
  const sources = {
    ...built('config/json-schema.js'),
    ...built('config/google-machines.js'),
    ...built('aws/instance-types.js'),
    awsImages: built('aws/facts/framework-images.json'),
    googleImages: built('config/facts/google-framework-images.json'),
  };
  writeFileSync(file, render(readFileSync(file, 'utf8'), sources));
  console.log(`wrote ${path.relative(process.cwd(), file)}`);
}
