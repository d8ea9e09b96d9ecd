// Lays the code that runs in the cloud into dist/runtime, so that synth needs no bundler. A handler's bundle is
// byte-identical for the same sources and lockfile: its hash decides whether Lambda is updated.
import { cpSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { build } from 'esbuild';

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

// Programs that run beside the scripts are Python and ship as they are.
for (const folder of ['training', 'google']) {
  cpSync(path.join(root, 'lib/runtime', folder), path.join(root, 'dist/runtime', folder), {
    recursive: true,
    filter: (file) => !file.endsWith('.pyc') && path.basename(file) !== '__pycache__',
  });
}
