import path from 'node:path';
import { ESLint } from 'eslint';
import { beforeAll, describe, expect, test } from 'vitest';

const root = path.resolve(__dirname, '../..');
const WALL = '@typescript-eslint/no-restricted-imports';

describe('the walls between the rooms', () => {
  let eslint: ESLint;
  beforeAll(() => {
    eslint = new ESLint({ cwd: root });
  });

  /** What the walls say of a file with these imports. */
  async function broken(file: string, imports: string): Promise<string[]> {
    const [{ messages }] = await eslint.lintText(imports, { filePath: path.join(root, file) });
    return messages.filter(({ ruleId }) => ruleId === WALL).map(({ message }) => message);
  }

  test.each([
    ['lib/config/data.ts', `import { Stack } from 'aws-cdk-lib';`],
    ['lib/config/data.ts', `import { plan } from '../plan/plan';`],
    ['lib/plan/plan.ts', `import * as iam from 'aws-cdk-lib/aws-iam';`],
    ['lib/plan/plan.ts', `import { Construct } from 'constructs';`],
    ['lib/plan/plan.ts', `import { hasGpu } from '../aws/instance-types';`],
    ['lib/aws/dashboard.ts', `import { TerraformStack } from 'cdktf';`],
    ['lib/aws/dashboard.ts', `import { S3Client } from '@aws-sdk/client-s3';`],
    ['lib/aws/dashboard.ts', `import { approve } from '../runtime/aws/approve';`],
    ['lib/runtime/aws/approve.ts', `import { Stack } from 'aws-cdk-lib';`],
    ['lib/runtime/aws/approve.ts', `import { plan } from '../../plan/plan';`],
    ['lib/aws/training/source.ts', `import { approve } from '../../runtime/aws/approve';`],
    ['lib/config/rules/data.ts', `import { plan } from '../../plan/plan';`],
    ['lib/runtime/aws/approve.ts', `import { Dashboard } from '../../aws/dashboard';`],
    ['lib/aws/dashboard.ts', `import { main } from '../../bin/main';`],
    ['lib/runtime/google/program/turn.ts', `import { createHash } from 'node:crypto';`],
    ['lib/runtime/google/program/turn.ts', `import { readCsv } from '../../../readers/csv';`],
    ['lib/runtime/google/program/drift/monitor.ts', `import { Stack } from 'aws-cdk-lib';`],
  ])('%s may not say %s', async (file, imports) => {
    expect(await broken(file, imports)).not.toEqual([]);
  });

  test.each([
    ['lib/plan/plan.ts', `import { DEFAULTS } from '../config/defaults';`],
    ['lib/aws/dashboard.ts', `import { Stack } from 'aws-cdk-lib';`],
    ['lib/aws/dashboard.ts', `import { plan } from '../plan/plan';`],
    ['lib/aws/training-pipeline.ts', `import type { DataManifestEnvironment } from '../runtime/contract';`],
    ['lib/runtime/aws/approve.ts', `import type { ApproveRequest } from '../contract';`],
    ['bin/main.ts', `import { plan } from '../lib/plan/plan';`],
    ['lib/runtime/google/program/deployer/claim.ts', `import { decide } from '../../../../deployer/decide';`],
  ])('%s may say %s', async (file, imports) => {
    expect(await broken(file, imports)).toEqual([]);
  });
});
