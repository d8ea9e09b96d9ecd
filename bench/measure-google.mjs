// One measurement on Google Cloud in a process of its own; prints milliseconds. `run.mjs` alternates these and compares.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';

const root = path.resolve(import.meta.dirname, '..');
const require = createRequire(path.join(root, 'package.json'));
const [what, ...args] = process.argv.slice(2);

const milliseconds = (work) => {
  const start = process.hrtime.bigint();
  work();
  return Number(process.hrtime.bigint() - start) / 1e6;
};

const loadEngine = () => Object.values(require('cdktf'));

/** The library on top: everything that it exports. */
const loadLibrary = () => [...loadEngine(), ...Object.values(require('cdk-mlops/google'))];

/** The example's config, as an app that is written in code has it. */
function exampleConfig() {
  const { parse } = require('yaml');
  const example = parse(readFileSync(path.join(root, 'examples/flight-delay/mlops.yaml'), 'utf8'));
  example.training.source = path.join(root, 'examples/flight-delay/training');
  return { ...example, level: 2 };
}

/** `count` stacks, each filled by `fill`, synthesized into a folder. */
function synthesize(outdir, count, fill) {
  const { App, TerraformStack } = require('cdktf');
  const { GoogleProvider } = require('cdk-mlops/google');
  const app = new App({ outdir });
  for (let index = 0; index < count; index += 1) {
    const stack = new TerraformStack(app, `Stack${index}`);
    new GoogleProvider(stack, 'Google');
    fill(stack, index);
  }
  app.synth();
}

function pipeline(config) {
  const { MlopsPipeline } = require('cdk-mlops/google');
  return (stack, index) => new MlopsPipeline(stack, 'Pipeline', { config: { ...config, name: `model-${index}` } });
}

/** The same resources, data sources and assets as bare resources of the engine, which refer to each other as anybody's do. */
function bareResources(given) {
  const { AssetType, TerraformAsset, TerraformDataSource, TerraformResource } = require('cdktf');
  const bare = (Base) =>
    class extends Base {
      constructor(stack, id, type) {
        super(stack, id, { terraformResourceType: type, terraformGeneratorMetadata: { providerName: 'google' } });
      }
      synthesizeAttributes() {
        return this.values;
      }
    };
  const kinds = [
    ['', bare(TerraformResource), given.document.resource],
    ['data.', bare(TerraformDataSource), given.document.data ?? {}],
  ];
  return (stack) => {
    const made = new Map();
    for (const [prefix, Kind, blocks] of kinds) {
      for (const [type, named] of Object.entries(blocks)) {
        for (const id of Object.keys(named)) made.set(`${prefix}${type}.${id}`, new Kind(stack, id, type));
      }
    }
    for (const [prefix, , blocks] of kinds) {
      for (const [type, named] of Object.entries(blocks)) {
        for (const [id, values] of Object.entries(named)) {
          made.get(`${prefix}${type}.${id}`).values = withReferences(values, made);
        }
      }
    }
    for (const [index, file] of given.assets.entries()) {
      new TerraformAsset(stack, `Asset${index}`, { path: file, type: AssetType.FILE });
    }
  };
}

/** Values in which `${google_storage_bucket.Artifacts.name}` is what the resource of that address answers for its attribute. */
function withReferences(value, made) {
  if (typeof value === 'string') {
    return value.replaceAll(/(?<!\$)\$\{((?:data\.)?google_\w+\.[\w-]+)\.(\w+)\}/g, (_, address, attribute) =>
      made.get(address).getStringAttribute(attribute),
    );
  }
  if (Array.isArray(value)) return value.map((item) => withReferences(item, made));
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).filter(([key]) => key !== '//');
  return Object.fromEntries(entries.map(([key, item]) => [key, withReferences(item, made)]));
}

/** Terraform JSON and assets of one pipeline, for the bare app. */
function material(config) {
  const outdir = mkdtempSync(path.join(os.tmpdir(), 'bench-'));
  synthesize(outdir, 1, pipeline(config));
  const folder = path.join(outdir, 'stacks/Stack0');
  const document = JSON.parse(readFileSync(path.join(folder, 'cdk.tf.json'), 'utf8'));
  const objects = Object.values(document.resource.google_storage_bucket_object);
  const assets = objects.filter(({ source }) => source).map(({ source }) => path.join(folder, source));
  return { outdir, document, assets };
}

/** Synthesizes `count` stacks twice, the first time unmeasured: what a process loads once is not what a pipeline costs. */
function synth(kind, count) {
  const config = exampleConfig();
  const given = material(config);
  const folders = [given.outdir];
  const fill = kind === 'pipelines' ? pipeline(config) : bareResources(given);
  const once = (stacks) => {
    const outdir = mkdtempSync(path.join(os.tmpdir(), 'bench-'));
    folders.push(outdir);
    synthesize(outdir, stacks, fill);
  };
  once(1);
  const time = milliseconds(() => once(count));
  folders.forEach((folder) => rmSync(folder, { recursive: true, force: true }));
  return time;
}

const measurements = {
  'import-library': () => milliseconds(loadLibrary),
  'import-engine': () => milliseconds(loadEngine),
  synth: () => synth(args[0], Number(args[1])),
  resources: () => {
    const { outdir, document } = material(exampleConfig());
    rmSync(outdir, { recursive: true, force: true });
    return Object.values(document.resource).reduce((sum, named) => sum + Object.keys(named).length, 0);
  },
};

console.log(measurements[what]());
