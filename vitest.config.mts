import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    pool: 'forks',
    isolate: false, // one load of aws-cdk-lib per worker, not per file
    testTimeout: 60_000,
    hookTimeout: 120_000,
  },
});
