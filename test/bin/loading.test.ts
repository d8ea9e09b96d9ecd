import { build } from 'esbuild';
import { expect, test } from 'vitest';

/** The files and packages that are loaded as soon as the command line starts, without those that a command asks for. */
async function loadedAtStart(entry: string): Promise<string[]> {
  const options = {
    bundle: true,
    write: false,
    metafile: true,
    packages: 'external',
    platform: 'node',
    logLevel: 'silent',
  } as const;
  const { metafile } = await build({ ...options, entryPoints: [entry] });
  const reached = new Set([entry]);
  for (const file of reached) {
    const imports = metafile.inputs[file]?.imports.filter(({ kind }) => kind === 'import-statement') ?? [];
    for (const { path } of imports) reached.add(path);
  }
  return [...reached];
}

test('help and validate start without the CDK, the constructs and their facts, and the SDK', async () => {
  const loaded = await loadedAtStart('bin/cdk-mlops.ts');
  expect(loaded).toContain('bin/commands/synth.ts');
  expect(
    loaded.filter((name) => /^(aws-cdk-lib|constructs|zod|yaml|@aws-sdk|hyparquet)|^lib\/(aws|readers)\//.test(name)),
  ).toEqual([]);
});
