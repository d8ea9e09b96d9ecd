// Lays the code that runs in the cloud into dist/runtime, so that synth needs no bundler. A handler's bundle is
// byte-identical for the same sources and lockfile: its hash decides whether Lambda is updated.
import { cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { build } from 'esbuild';
import { zipSync } from 'fflate';

const root = path.resolve(import.meta.dirname, '..');
const sources = path.join(root, 'lib/runtime/aws');
const out = path.join(root, 'dist/runtime/aws');

// Bundles are replaced one by one: a synth that runs meanwhile finds each of them.
const handlers = readdirSync(sources).filter((file) => file.endsWith('.handler.ts'));
await Promise.all(
  handlers.map((file) =>
    build({
      entryPoints: [path.join(sources, file)],
      outfile: path.join(out, file.replace('.handler.ts', ''), 'index.js'),
      bundle: true,
      platform: 'node',
      target: 'node22',
      format: 'cjs',
      minify: true,
      legalComments: 'none',
      logLevel: 'warning',
    }),
  ),
);

// Programs that run beside the scripts are Python: on AWS one file, which ships as it is.
cpSync(path.join(root, 'lib/runtime/training'), path.join(root, 'dist/runtime/training'), {
  recursive: true,
  filter: (file) => !file.endsWith('.pyc') && path.basename(file) !== '__pycache__',
});

/** The modules of a folder as one zip, which `python3` runs. Their hash names an upload: same sources, same bytes. */
function zipModules(folder) {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.py'));
  const names = files.map((file) => file.replaceAll(path.sep, '/')).sort();
  const modules = names.map((name) => [name, readFileSync(path.join(folder, name))]);
  // Zip knows no time zone and nothing before this day. Not compressed: the bytes depend on no version of a compressor.
  return zipSync(Object.fromEntries(modules), { mtime: new Date(1980, 0, 1), level: 0 });
}

const PROGRAMS = { step: 'cdk_mlops_step.pyz', serve: 'cdk_mlops_serve.pyz' };
mkdirSync(path.join(root, 'dist/runtime/google'), { recursive: true });
for (const [folder, program] of Object.entries(PROGRAMS)) {
  const zip = zipModules(path.join(root, 'lib/runtime/google', folder));
  writeFileSync(path.join(root, 'dist/runtime/google', program), zip);
}

// What Google Cloud's programs decide runs in BigQuery, as the library of JavaScript routines: no modules, no Node, one global.
await build({
  entryPoints: [path.join(root, 'lib/runtime/google/program/entry.ts')],
  outfile: path.join(root, 'dist/runtime/google/program.js'),
  bundle: true,
  platform: 'neutral',
  target: 'es2020',
  format: 'iife',
  globalName: 'cdkMlops',
  minify: true,
  legalComments: 'none',
  logLevel: 'warning',
});
