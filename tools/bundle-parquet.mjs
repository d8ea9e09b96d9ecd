// The reader of Parquet as one file with its decoder inside: the decoder is ES modules, and users install none.
import path from 'node:path';
import { build } from 'esbuild';

const root = path.resolve(import.meta.dirname, '..');

/** The house's own modules lie beside the bundle: an error class must be one, not two of a name. */
const houseStaysOutside = {
  name: 'house-stays-outside',
  setup(bundler) {
    bundler.onResolve({ filter: /^\.\.?\// }, ({ path: module, importer }) =>
      importer.startsWith(path.join(root, 'lib') + path.sep) ? { path: module, external: true } : undefined,
    );
  },
};

/** Answers with what the bundle is made of. */
export function bundleParquet(outfile) {
  return build({
    entryPoints: [path.join(root, 'lib/readers/parquet.ts')],
    outfile,
    bundle: true,
    metafile: true,
    plugins: [houseStaysOutside],
    platform: 'node',
    target: 'node20',
    format: 'cjs',
    minify: true,
    legalComments: 'none',
    logLevel: 'warning',
  });
}
