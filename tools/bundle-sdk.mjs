// The command line's calls of AWS as one file with the SDK inside: users install none.
import path from 'node:path';
import { build } from 'esbuild';

const root = path.resolve(import.meta.dirname, '..');

/** ES modules go in, of which only what is used remains. Answers with what the bundle is made of. */
export function bundleSdk(outfile) {
  return build({
    entryPoints: [path.join(root, 'bin/clouds/aws-sdk.ts')],
    outfile,
    bundle: true,
    mainFields: ['module', 'main'],
    metafile: true,
    platform: 'node',
    target: 'node20',
    format: 'cjs',
    minify: true,
    legalComments: 'none',
    logLevel: 'warning',
  });
}
