// Packs the library, installs the tarball in empty folders as users of Google Cloud do, with either engine, and uses it there.
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';

const root = path.resolve(import.meta.dirname, '../..');
const { devDependencies } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8'));
const folder = mkdtempSync(path.join(os.tmpdir(), 'cdk-mlops-google-'));
const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm';

/** What is installed beside the library: the engine under its own name, or CDK Terrain under that name. */
const ENGINES = {
  cdktf: [`cdktf@${devDependencies.cdktf}`, `constructs@${devDependencies.constructs}`],
  terrain: ['cdktf@npm:cdktn@0.24.0', 'constructs@10.7.2'],
};

const APP = `
import { App, TerraformStack } from 'cdktf';
import { ArtifactStore, Config, FeatureStore, GoogleProvider, MlopsConfig, MlopsPipeline, ModelRegistry } from 'cdk-mlops/google';

const app = new App({ outdir: 'cdktf.out', stackTraces: false });
const stack = new TerraformStack(app, 'Existing');
new GoogleProvider(stack, 'Google', { project: 'acme-ml', region: 'europe-west4' });
const location = { project: 'acme-ml', region: 'europe-west4' };

const written: MlopsConfig = {
  name: 'written-in-code',
  level: 1,
  data: { training: 'gs://acme/train/', features: [{ name: 'x', type: 'numeric' }] },
  training: {
    framework: { name: 'xgboost', version: '2.1' },
    source: './training',
    preprocess: 'preprocess.py',
    entryPoint: 'train.py',
    evaluation: { entryPoint: 'evaluate.py', metric: 'auc', threshold: 0.8 },
  },
  google: location,
};
new MlopsPipeline(stack, 'Written', { config: written, notificationChannels: ['projects/acme-ml/notificationChannels/1'] });
new MlopsPipeline(stack, 'Loaded', { config: Config.fromFiles('mlops.yaml') });
const artifacts = new ArtifactStore(stack, 'Alone', { ...location, name: 'alone' });
artifacts.grantRead('group:data@example.com', 'models/');
new ModelRegistry(stack, 'Registry', { ...location, modelId: 'alone' }).grantApprove('group:ml@example.com');
new FeatureStore(stack, 'Features', {
  ...location,
  namePrefix: 'alone',
  groups: [{ name: 'alone', recordIdentifier: 'id', eventTime: 'at', features: [{ name: 'x', type: 'float' }] }],
});
app.synth();

const loaded = Object.keys(require.cache).filter((file) => /node_modules[\\\\/]aws-cdk-lib[\\\\/]/.test(file));
if (loaded.length > 0) throw new Error('a Google app loaded ' + loaded[0]);
`;

/** What `cdktf init` makes: TypeScript 5 looks packages up as Node 10 did. */
const OLD_TSCONFIG = {
  compilerOptions: {
    target: 'ES2018',
    lib: ['es2018'],
    module: 'CommonJS',
    strict: true,
    noEmit: true,
    skipLibCheck: true,
    types: ['node'],
  },
  files: ['app.ts'],
};

const TSCONFIG = {
  compilerOptions: { target: 'es2022', module: 'node16', strict: true, types: ['node'] },
  files: ['app.ts'],
};

function run(command, args, cwd) {
  return execFileSync(command, args, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
}

/** A folder with the packed library and an engine, and what the app writes there. */
function install(engine, tarball) {
  const home = path.join(folder, engine);
  mkdirSync(home);
  writeFileSync(path.join(home, 'package.json'), JSON.stringify({ name: 'user', private: true }));
  const others = ['typescript', '@types/node'].map((name) => `${name}@${devDependencies[name]}`);
  run(npm, ['install', '--silent', '--no-audit', '--no-fund', tarball, ...ENGINES[engine], ...others], home);
  cpSync(path.join(root, 'examples/flight-delay/mlops.yaml'), path.join(home, 'mlops.yaml'));
  cpSync(path.join(root, 'examples/flight-delay/training'), path.join(home, 'training'), { recursive: true });
  writeFileSync(path.join(home, 'app.ts'), APP);
  writeFileSync(path.join(home, 'tsconfig.json'), JSON.stringify(TSCONFIG));
  run('npx', ['--no-install', 'tsc', '-p', '.'], home);
  run(process.execPath, ['app.js'], home);
}

function documentOf(engine) {
  return JSON.parse(readFileSync(path.join(folder, engine, 'cdktf.out/stacks/Existing/cdk.tf.json'), 'utf8'));
}

before(() => {
  run(npm, ['pack', '--silent', '--ignore-scripts', '--pack-destination', folder], root);
  const tarball = path.join(
    folder,
    readdirSync(folder).find((name) => name.endsWith('.tgz')),
  );
  for (const engine of Object.keys(ENGINES)) install(engine, tarball);
});

after(() => rmSync(folder, { recursive: true, force: true }));

describe('the packed library on Google Cloud, in an empty folder', () => {
  test('needs no aws-cdk-lib, neither to install nor to run', () => {
    for (const engine of Object.keys(ENGINES)) {
      assert.ok(!existsSync(path.join(folder, engine, 'node_modules/aws-cdk-lib')), engine);
    }
  });

  test('synthesizes in a strict TypeScript app, two pipelines and single constructs in one stack', () => {
    const { resource } = documentOf('cdktf');
    assert.equal(Object.keys(resource.google_workflows_workflow).length, 6); // training, deployer, monitor
    assert.equal(Object.keys(resource.google_vertex_ai_endpoint).length, 2);
    assert.equal(Object.keys(resource.google_vertex_ai_feature_group).length, 3);
    assert.equal(Object.keys(resource.google_storage_bucket).length, 3);
  });

  test("compiles in a project as `cdktf init` makes it, with TypeScript 5's old way to look packages up", () => {
    const cwd = path.join(folder, 'cdktf');
    writeFileSync(path.join(cwd, 'tsconfig.old.json'), JSON.stringify(OLD_TSCONFIG));
    run(npm, ['install', '--silent', '--no-audit', '--no-fund', '--prefix', 'typescript5', 'typescript@5.9.3'], cwd);
    run(process.execPath, ['typescript5/node_modules/typescript/bin/tsc', '-p', 'tsconfig.old.json'], cwd);
  });

  test('is the same on CDK Terrain, but for its version and its state file', () => {
    const plain = (engine) => {
      const document = documentOf(engine);
      delete document['//'];
      delete document.terraform.backend;
      return document;
    };
    assert.deepEqual(plain('terrain'), plain('cdktf'));
  });

  test('the command line synthesizes for Google Cloud, and says what AWS would need', () => {
    const cwd = path.join(folder, 'cdktf');
    const cli = (...args) => spawnSync('npx', ['--no-install', 'cdk-mlops', ...args], { cwd, encoding: 'utf8' });
    const google = cli('synth', 'mlops.yaml', '--cloud', 'google', '--out', 'out');
    assert.equal(google.status, 0, google.stderr);
    assert.ok(existsSync(path.join(cwd, 'out/stacks/flight-delay/cdk.tf.json')));
    const aws = cli('synth', 'mlops.yaml');
    assert.equal(aws.status, 1);
    assert.match(aws.stderr, /AWS needs aws-cdk-lib, which is not installed; run: npm install aws-cdk-lib/);
    assert.doesNotMatch(aws.stderr, /\n\s+at /);
  });

  test('without an engine, the import says what to install', () => {
    const home = path.join(folder, 'none');
    mkdirSync(path.join(home, 'node_modules'), { recursive: true });
    for (const name of ['cdk-mlops', 'constructs']) {
      cpSync(path.join(folder, 'cdktf/node_modules', name), path.join(home, 'node_modules', name), { recursive: true });
    }
    const { stderr } = spawnSync(process.execPath, ['-e', "require('cdk-mlops/google')"], {
      cwd: home,
      encoding: 'utf8',
    });
    assert.match(
      stderr,
      /cdk-mlops\/google needs a Terraform engine, and cdktf is not installed; run: npm install cdktf/,
    );
  });
});
