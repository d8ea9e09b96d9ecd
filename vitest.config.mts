import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { defineConfig } from 'vitest/config';

// A run synthesizes gigabytes, in folders that the CDK leaves behind: they go with the run.
const scratch = mkdtempSync(path.join(os.tmpdir(), 'cdk-mlops-test-'));
process.env.TMPDIR = scratch;
process.on('exit', () => rmSync(scratch, { recursive: true, force: true }));

export default defineConfig({
  // Examples import the package by its name, as users do; tests run them on the sources.
  resolve: {
    alias: [
      { find: /^cdk-mlops$/, replacement: path.resolve(import.meta.dirname, 'lib/index.ts') },
      { find: /^cdk-mlops\/google$/, replacement: path.resolve(import.meta.dirname, 'lib/google/index.ts') },
    ],
  },
  test: {
    include: ['test/**/*.test.ts'],
    setupFiles: ['test/setup.ts'],
    pool: 'forks',
    isolate: false, // one load of aws-cdk-lib per worker, not per file
    maxWorkers: os.availableParallelism(), // by itself vitest leaves a core idle
    env: { CDK_VALIDATION: 'false' }, // but for the apps of strictApp in test/aws/judges.ts
    testTimeout: 60_000,
    hookTimeout: 120_000,
  },
});
