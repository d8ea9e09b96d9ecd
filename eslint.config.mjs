import tseslint from 'typescript-eslint';

const CLOUD_LIBRARIES = ['aws-cdk-lib', 'aws-cdk-lib/**', 'constructs', 'cdktf', 'cdktf/**', 'cdktn', 'cdktn/**'];
const TERRAFORM = ['cdktf', 'cdktf/**', 'cdktn', 'cdktn/**'];
const AWS_SDK = ['@aws-sdk/**', '@smithy/**'];
const GOOGLE_SDK = ['@google-cloud/**'];

/** Patterns of relative imports that lead into other rooms of the house. */
const rooms = (...names) =>
  names.flatMap((name) => [`../${name}`, `../${name}/**`, `**/../${name}`, `**/../${name}/**`]);

/** One room of the house, and the walls around it: what its files may not import, and why. */
const room = (folder, ...walls) => ({
  files: [`${folder}/**/*.ts`],
  rules: {
    '@typescript-eslint/no-restricted-imports': [
      'error',
      { patterns: walls.map(([group, message]) => ({ group, message })) },
    ],
  },
});

export default tseslint.config(
  { ignores: ['node_modules/', 'dist/', '**/cdk.out/', '**/cdktf.out/', 'out/', 'coverage/', '.venv/'] },
  ...tseslint.configs.recommended,
  {
    rules: {
      '@typescript-eslint/no-explicit-any': 'off', // jsii has no `unknown`
      '@typescript-eslint/no-unused-vars': ['error', { ignoreRestSiblings: true }], // what is left out of a copy
      '@typescript-eslint/no-require-imports': 'off', // zod, yaml and tar load on first use, to keep imports fast
      '@typescript-eslint/consistent-type-imports': [
        'error',
        { fixStyle: 'separate-type-imports', disallowTypeAnnotations: false },
      ],
    },
  },
  room(
    'lib/config',
    [[...CLOUD_LIBRARIES, ...AWS_SDK, ...GOOGLE_SDK], 'config knows no cloud library'],
    [rooms('plan', 'statistics', 'aws', 'google', 'runtime', 'bin'), 'config comes first: it imports no other room'],
  ),
  room(
    'lib/plan',
    [[...CLOUD_LIBRARIES, ...AWS_SDK, ...GOOGLE_SDK], 'the plan is pure data'],
    [rooms('statistics', 'aws', 'google', 'runtime', 'bin'), 'the plan imports config only'],
  ),
  room(
    'lib/statistics',
    [[...CLOUD_LIBRARIES, ...AWS_SDK, ...GOOGLE_SDK], 'statistics are pure'],
    [
      rooms('config', 'plan', 'deployer', 'readers', 'monitoring', 'aws', 'google', 'runtime', 'bin'),
      'statistics import nothing of the house',
    ],
  ),
  room(
    'lib/deployer',
    [[...CLOUD_LIBRARIES, ...AWS_SDK, ...GOOGLE_SDK], 'what the deployer decides is pure'],
    [
      rooms('config', 'plan', 'readers', 'monitoring', 'aws', 'google', 'runtime', 'bin'),
      'the deployer imports statistics only',
    ],
  ),
  room(
    'lib/readers',
    [[...CLOUD_LIBRARIES, ...AWS_SDK, ...GOOGLE_SDK], 'readers know bytes, not where they come from'],
    [
      rooms('config', 'plan', 'deployer', 'monitoring', 'aws', 'google', 'runtime', 'bin'),
      'readers import statistics only',
    ],
  ),
  room(
    'lib/monitoring',
    [[...CLOUD_LIBRARIES, ...AWS_SDK, ...GOOGLE_SDK], 'what a monitor decides is pure'],
    [
      rooms('config', 'plan', 'deployer', 'readers', 'aws', 'google', 'runtime', 'bin'),
      'monitoring imports statistics only',
    ],
  ),
  room(
    'lib/aws',
    [[...TERRAFORM, ...AWS_SDK, ...GOOGLE_SDK], 'AWS users load neither CDKTF nor an SDK'],
    [rooms('google', 'bin'), 'the clouds never import each other'],
    [['**/runtime/**', '!**/runtime/*contract'], 'constructs and runtime share types only (lib/runtime/*contract.ts)'],
  ),
  room(
    'lib/google',
    [['aws-cdk-lib', 'aws-cdk-lib/**', ...AWS_SDK], 'Google users do not load aws-cdk-lib'],
    [[...TERRAFORM, ...GOOGLE_SDK], 'lib/google/engine.ts alone names the engine; it has two names'],
    [rooms('aws', 'bin'), 'the clouds never import each other'],
    [['**/runtime/**', '!**/runtime/*contract'], 'constructs and runtime share types only (lib/runtime/*contract.ts)'],
  ),
  { files: ['lib/google/engine.ts'], rules: { '@typescript-eslint/no-restricted-imports': 'off' } },
  room(
    'lib/runtime',
    [CLOUD_LIBRARIES, 'runtime code knows no constructs'],
    [
      rooms('config', 'plan', 'google', 'bin'),
      'runtime code imports statistics, readers, monitoring and the deployer only',
    ],
    [['**/../../aws/**'], 'runtime code knows no constructs'],
  ),
  room(
    'lib/runtime/google/program',
    [
      ['node:*', 'fs', 'path', 'crypto', ...CLOUD_LIBRARIES, ...AWS_SDK, ...GOOGLE_SDK],
      "programs run in BigQuery's bare JavaScript",
    ],
    [rooms('config', 'plan', 'readers', 'aws', 'bin'), 'programs import statistics, monitoring and the deployer only'],
  ),
);
