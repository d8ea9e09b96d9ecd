import { execFile } from 'node:child_process';
import { cpSync, statSync } from 'node:fs';
import { builtinModules } from 'node:module';
import path from 'node:path';
import { promisify } from 'node:util';
import type { Metafile } from 'esbuild';
import { build } from 'esbuild';
import { beforeAll, expect, test } from 'vitest';
import { scratch } from '../bin/harness';

const folder = scratch();
const bundle = path.join(folder, 'parquet.js');
let imports: string[] = [];

beforeAll(async () => {
  const { bundleParquet } = await import(path.resolve('tools/bundle-parquet.mjs'));
  const { metafile } = (await bundleParquet(bundle)) as { metafile: Metafile };
  imports = Object.values(metafile.outputs).flatMap((output) => output.imports.map(({ path: name }) => name));
  const house = { entryPoints: ['lib/readers/input-file.ts'], outfile: path.join(folder, 'input-file.js') };
  await build({ ...house, format: 'cjs' });
  cpSync(path.resolve('test/readers/parquet/codec-snappy.parquet'), path.join(folder, 'a.parquet'));
});

/** Runs a script in a folder where nothing is installed. */
async function node(script: string): Promise<string> {
  const before = `const { openParquet } = require('./parquet.js'); const { UnreadableFile } = require('./input-file.js');
    const file = (bytes) => ({ name: 'a', async *open() { yield bytes; } });`;
  const run = promisify(execFile)(process.execPath, ['-e', `${before} (async () => { ${script} })();`], {
    cwd: folder,
  });
  return (await run).stdout;
}

test('the decoder is inside, and the house outside', () => {
  const foreign = imports.map((name) => name.replace(/^node:/, '')).filter((name) => !builtinModules.includes(name));
  expect(foreign).toEqual(['./input-file']);
  expect(statSync(bundle).size).toBeLessThan(250_000);
});

test('it reads where nothing is installed, and its errors are those of the house', async () => {
  const read = `const parquet = await openParquet(file(require('fs').readFileSync('a.parquet')), [{ name: 'x', type: 'numeric' }]);
    for await (const { values } of parquet.rowGroups()) console.log(values.get('x').length);`;
  expect(await node(read)).toBe('100\n100\n100\n');
  const broken = `await openParquet(file(Buffer.from('x')), []).catch((error) => console.log(error instanceof UnreadableFile));`;
  expect(await node(broken)).toBe('true\n');
});
