// Compiles the jsii assembly and the CLI into dist/, and bundles the runtime code, the library, the CLI's SDK and Parquet.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { build } from 'esbuild';
import { bundleParquet } from './bundle-parquet.mjs';
import { bundleSdk } from './bundle-sdk.mjs';

const root = path.resolve(import.meta.dirname, '..');

function run(script, args = []) {
  const result = spawnSync(process.execPath, [path.join(root, script), ...args], {
    cwd: root,
    stdio: 'inherit',
    env: {
      ...process.env,
      // The library supports Node 20, which the compiler only warns about.
      JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION: '20',
    },
  });
  if (result.status !== 0) process.exit(result.status ?? 1);
}

run('node_modules/jsii/bin/jsii', ['--silence-warnings=reserved-word']);
withoutReadme(path.join(root, '.jsii'));
run('tools/bundle-runtime.mjs');

/** The assembly is the AWS one; the README, which jsii puts into it, speaks of both clouds and of an engine that it does not know. */
function withoutReadme(file) {
  const assembly = JSON.parse(readFileSync(file, 'utf8'));
  delete assembly.readme;
  delete assembly.fingerprint;
  assembly.fingerprint = createHash('sha256').update(JSON.stringify(assembly)).digest('base64');
  writeFileSync(file, JSON.stringify(assembly, null, 2));
}

/** CDK's modules through its root, which loads them as lazily: Node then looks for one package, not for twenty paths. */
const cdkThroughItsRoot = {
  name: 'cdk-through-its-root',
  setup(bundler) {
    bundler.onResolve({ filter: /^aws-cdk-lib\/aws-/ }, ({ path: module }) => ({ path: module, namespace: 'cdk' }));
    bundler.onLoad({ filter: /.*/, namespace: 'cdk' }, ({ path: module }) => ({
      resolveDir: root,
      contents: `module.exports = require('aws-cdk-lib').${path.basename(module).replaceAll('-', '_')};`,
    }));
  },
};

/** One file instead of seventy: importing the library takes hardly longer than the libraries it uses (ADR-0006). */
const bundle = (entry, outfile) =>
  build({
    entryPoints: [path.join(root, 'dist/lib', entry)],
    outfile: path.join(root, 'dist', outfile),
    bundle: true,
    packages: 'external',
    plugins: [cdkThroughItsRoot],
    platform: 'node',
    target: 'node20',
    format: 'cjs',
    keepNames: true,
    logLevel: 'warning',
  });
await Promise.all([bundle('index.js', 'index.js'), bundle('google/index.js', 'google.js')]);
await bundleSdk(path.join(root, 'dist/bin/clouds/aws-sdk.js'));
await bundleParquet(path.join(root, 'dist/lib/readers/parquet.js'));
chmodSync(path.join(root, 'dist/bin/cdk-mlops.js'), 0o755);
