import path from 'node:path';
import importX from 'eslint-plugin-import-x';
import { createTypeScriptImportResolver } from 'eslint-import-resolver-typescript';
import tseslint from 'typescript-eslint';

const CLOUD_LIBRARIES = ['aws-cdk-lib', 'aws-cdk-lib/*', 'constructs', 'cdktf', 'cdktf/*', 'cdktn', 'cdktn/*'];
const AWS_SDK = ['@aws-sdk/*', '@smithy/*'];
const GOOGLE_SDK = ['@google-cloud/*'];

/** One room of the house: what its files may not reach. Type imports pass only where `types` says so. */
const wall = (room, packages, message, types = false) => ({
  files: [`${room}/**/*.ts`],
  rules: {
    '@typescript-eslint/no-restricted-imports': [
      'error',
      { patterns: [{ group: packages, message, allowTypeImports: types }] },
    ],
  },
});

/** Folders under `target` must not import folders under `from`. */
const zone = (target, from, message) => ({
  target: path.join(import.meta.dirname, target),
  from: path.join(import.meta.dirname, from),
  message,
});

export default tseslint.config(
  { ignores: ['node_modules/', 'dist/', '**/cdk.out/', 'out/', 'coverage/', '.venv/'] },
  ...tseslint.configs.recommended,
  {
    plugins: { 'import-x': importX },
    settings: { 'import-x/resolver-next': [createTypeScriptImportResolver({ project: 'tsconfig.dev.json' })] },
    rules: {
      '@typescript-eslint/no-explicit-any': 'off', // jsii has no `unknown`
      '@typescript-eslint/no-require-imports': 'off', // zod, yaml and tar load on first use, to keep imports fast
      '@typescript-eslint/consistent-type-imports': [
        'error',
        { fixStyle: 'separate-type-imports', disallowTypeAnnotations: false },
      ],
      'import-x/no-cycle': 'error',
      'import-x/no-restricted-paths': [
        'error',
        {
          zones: [
            ...['plan', 'statistics', 'aws', 'google', 'runtime'].map((room) =>
              zone('lib/config', `lib/${room}`, 'config comes first: it imports no other room'),
            ),
            ...['statistics', 'aws', 'google', 'runtime'].map((room) =>
              zone('lib/plan', `lib/${room}`, 'the plan imports config only'),
            ),
            ...['config', 'plan', 'aws', 'google', 'runtime'].map((room) =>
              zone('lib/statistics', `lib/${room}`, 'statistics import nothing of the house'),
            ),
            zone('lib/aws', 'lib/google', 'the clouds never import each other'),
            zone('lib/google', 'lib/aws', 'the clouds never import each other'),
            zone('lib/aws', 'lib/runtime', 'constructs and runtime share types only (lib/runtime/contract.ts)'),
            ...['config', 'plan', 'aws', 'google'].map((room) =>
              zone('lib/runtime', `lib/${room}`, 'runtime code imports statistics only'),
            ),
            zone('lib', 'bin', 'the library does not know the CLI'),
          ].map((z) =>
            z.target.endsWith('lib/aws') && z.from.endsWith('lib/runtime') ? { ...z, except: ['./contract.ts'] } : z,
          ),
        },
      ],
    },
  },
  wall('lib/config', [...CLOUD_LIBRARIES, ...AWS_SDK, ...GOOGLE_SDK], 'config knows no cloud library'),
  wall('lib/plan', [...CLOUD_LIBRARIES, ...AWS_SDK, ...GOOGLE_SDK], 'the plan is pure data'),
  wall('lib/statistics', [...CLOUD_LIBRARIES, ...AWS_SDK, ...GOOGLE_SDK], 'statistics are pure'),
  wall(
    'lib/aws',
    ['cdktf', 'cdktf/*', 'cdktn', 'cdktn/*', ...AWS_SDK, ...GOOGLE_SDK],
    'AWS users load neither CDKTF nor an SDK',
  ),
  wall('lib/google', ['aws-cdk-lib', 'aws-cdk-lib/*', ...AWS_SDK], 'Google users do not load aws-cdk-lib'),
  wall('lib/runtime', CLOUD_LIBRARIES, 'runtime code knows no constructs'),
);
