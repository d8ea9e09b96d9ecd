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

// The training entry program is Python and ships as it is.
cpSync(path.join(root, 'lib/runtime/training'), path.join(root, 'dist/runtime/training'), { recursive: true });
