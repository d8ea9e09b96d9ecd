// Packs the library, installs the tarball in an empty folder, and uses it there as an AWS user would: Node and npm only.
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';

const root = path.resolve(import.meta.dirname, '../..');
const { devDependencies } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8'));
const folder = mkdtempSync(path.join(os.tmpdir(), 'cdk-mlops-package-'));
const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm';

const APP = `
import { App, Stack } from 'aws-cdk-lib';
import * as sns from 'aws-cdk-lib/aws-sns';
import { Config, FeatureStore, MaturityLevel, MlopsConfig, MlopsPipeline } from 'cdk-mlops';

const app = new App({ outdir: 'cdk.out' });
const stack = new Stack(app, 'Existing');
const topic = new sns.Topic(stack, 'OnCall');

const written: MlopsConfig = {
  name: 'written-in-code',
  level: 1,
  data: { training: 's3://acme/train/', features: [{ name: 'x', type: 'numeric' }] },
  training: {
    framework: { name: 'xgboost', version: '1.7' },
    source: './training',
    preprocess: 'preprocess.py',
    entryPoint: 'train.py',
    evaluation: { entryPoint: 'evaluate.py', metric: 'auc', threshold: 0.8 },
  },
};
new MlopsPipeline(stack, 'Written', { config: { ...written, level: MaturityLevel.PIPELINE_AUTOMATION }, topic });
new MlopsPipeline(stack, 'Loaded', { config: Config.fromFiles('mlops.yaml') });
new FeatureStore(stack, 'Alone', {
  groups: [{ name: 'alone', recordIdentifier: 'id', eventTime: 'at', features: [{ name: 'x', type: 'float' }] }],
});
app.synth();

const loaded = Object.keys(require.cache).filter((file) => /node_modules[\\\\/](@cdktf|cdktf|cdktn)[\\\\/]/.test(file));
if (loaded.length > 0) throw new Error('an AWS app loaded ' + loaded[0]);
`;

const MISTAKES = `
import { MlopsConfig } from 'cdk-mlops';
export const level: MlopsConfig = { name: 'x', level: 3 };
export const mode: MlopsConfig = { name: 'x', level: 0, serving: { mode: 'realtme' } };
export const key: MlopsConfig = { name: 'x', level: 0, servng: {} };
`;

const TSCONFIG = {
  compilerOptions: { target: 'es2022', module: 'node16', strict: true, noEmit: false, types: ['node'] },
};

function run(command, args, options = {}) {
  return execFileSync(command, args, { cwd: folder, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'], ...options });
}

/** Runs the installed command line. */
function cli(...args) {
  const { status, stdout, stderr } = spawnSync('npx', ['--no-install', 'cdk-mlops', ...args], {
    cwd: folder,
    encoding: 'utf8',
  });
  return { status, stdout, stderr };
}

before(() => {
  run(npm, ['pack', '--silent', '--ignore-scripts', '--pack-destination', folder], { cwd: root });
  const tarball = readdirSync(folder).find((name) => name.endsWith('.tgz'));
  const pin = (name) => `${name}@${devDependencies[name]}`;
  writeFileSync(path.join(folder, 'package.json'), JSON.stringify({ name: 'user', private: true }));
  run(npm, [
    'install',
    '--silent',
    '--no-audit',
    '--no-fund',
    `./${tarball}`,
    ...['aws-cdk-lib', 'constructs', 'typescript', '@types/node'].map(pin),
  ]);
  cpSync(path.join(root, 'examples/flight-delay/mlops.yaml'), path.join(folder, 'mlops.yaml'));
  cpSync(path.join(root, 'examples/flight-delay/training'), path.join(folder, 'training'), { recursive: true });
  mkdirSync(path.join(folder, 'wrong'));
  writeFileSync(path.join(folder, 'app.ts'), APP);
  writeFileSync(path.join(folder, 'wrong/mistakes.ts'), MISTAKES);
  writeFileSync(path.join(folder, 'tsconfig.json'), JSON.stringify({ ...TSCONFIG, files: ['app.ts'] }));
  writeFileSync(path.join(folder, 'wrong/tsconfig.json'), JSON.stringify({ ...TSCONFIG, files: ['mistakes.ts'] }));
});

after(() => rmSync(folder, { recursive: true, force: true }));

describe('the packed library, in an empty folder', () => {
  test('brings what it needs along, and no Terraform engine', () => {
    const installed = run(npm, ['ls', '--all', '--parseable'], {}).split('\n');
    assert.deepEqual(
      installed.filter((line) => /cdktf|cdktn/.test(line)),
      [],
    );
    const own = path.join(folder, 'node_modules/cdk-mlops');
    for (const name of ['zod', 'yaml', 'tar']) assert.ok(existsSync(path.join(own, 'node_modules', name)), name);
    const assembly = JSON.parse(readFileSync(path.join(own, '.jsii'), 'utf8'));
    assert.deepEqual(Object.keys(assembly.dependencies), ['aws-cdk-lib', 'constructs']);
    assert.doesNotMatch(JSON.stringify(assembly), /cdktf|cdktn/);
  });

  test('compiles and synthesizes in a strict TypeScript app, beside resources that stand already', () => {
    run('npx', ['--no-install', 'tsc', '-p', '.']);
    run(process.execPath, ['app.js']);
    const template = JSON.parse(readFileSync(path.join(folder, 'cdk.out/Existing.template.json'), 'utf8'));
    const types = Object.values(template.Resources).map(({ Type }) => Type);
    const count = (type) => types.filter((other) => other === type).length;
    assert.equal(count('AWS::SageMaker::Pipeline'), 2);
    assert.equal(count('AWS::SageMaker::FeatureGroup'), 3);
  });

  test('loads neither validation nor parsers before they are needed', () => {
    const script = `require('cdk-mlops'); console.log(Object.keys(require.cache).filter((f) => /node_modules.(zod|yaml|tar)./.test(f)))`;
    assert.equal(run(process.execPath, ['-e', script]).trim(), '[]');
  });

  test('lets the compiler find a level, a word and a key that do not exist', () => {
    const { status, stdout } = spawnSync('npx', ['--no-install', 'tsc', '-p', 'wrong'], {
      cwd: folder,
      encoding: 'utf8',
    });
    assert.notEqual(status, 0);
    for (const mistake of [/mistakes\.ts\(3,.*3/, /mistakes\.ts\(4,.*realtme/, /mistakes\.ts\(5,.*servng/]) {
      assert.match(stdout, mistake);
    }
  });

  test('init leaves a project that validates and synthesizes', () => {
    mkdirSync(path.join(folder, 'fresh'));
    assert.equal(cli('init', 'fresh').status, 0);
    assert.equal(cli('validate', 'fresh/mlops.yaml').status, 0);
    const synth = cli('synth', 'fresh/mlops.yaml', '--out', 'fresh/out');
    assert.equal(synth.status, 0, synth.stderr);
    assert.ok(readdirSync(path.join(folder, 'fresh/out')).some((name) => name.endsWith('.template.json')));
  });

  test('says what is wrong with a config, one line a problem, without a stack trace', () => {
    const text = readFileSync(path.join(folder, 'mlops.yaml'), 'utf8');
    const broken = text
      .replace('mode: realtime', 'mode: realtme')
      .replace('percent: 50', 'percent: 60')
      .replace('  capturePercent', '  captrePercent');
    writeFileSync(path.join(folder, 'broken.yaml'), broken);
    const { status, stderr } = cli('validate', 'broken.yaml');
    assert.equal(status, 1);
    assert.match(stderr, /serving\.mode.*"realtme".*realtime/);
    assert.match(stderr, /serving\.rollout\.percent.*60/);
    assert.match(stderr, /captrePercent.*capturePercent/);
    assert.doesNotMatch(stderr, /\n\s+at /);
  });

  test('raises and lowers the level without touching anything stateful', () => {
    for (const [from, to] of [
      [0, 2],
      [2, 0],
      [1, 2],
    ]) {
      const { status, stdout, stderr } = cli(
        'diff',
        'mlops.yaml',
        '--from',
        String(from),
        '--to',
        String(to),
        '--json',
      );
      assert.equal(status, 0, stderr);
      assert.deepEqual(JSON.parse(stdout).refused, []);
    }
  });
});
