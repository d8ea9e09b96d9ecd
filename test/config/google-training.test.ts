import { expect, test } from 'vitest';
import { fullConfig, problemLines, withFields } from './full-config';

/** A valid config for Google Cloud, with some fields set. */
function problems(fields: Record<string, unknown>, cloud: 'aws' | 'google' = 'google'): string[] {
  const onGoogle = withFields({
    'google.trainingData': 'gs://acme/train/',
    'google.groundTruth': 'gs://acme/truth/',
    'google.frameworkVersion': '2.1',
  });
  return problemLines(withFields(fields, onGoogle), { cloud });
}

const BOTH =
  'training images: 1.6, 2.1; prediction images: 2.0, 2.1; set google.frameworkVersion to one that has both (2.1)';
const OWN = 'or name own images as google.trainingImage and google.servingImage';

test('the config that the others change is valid', () => {
  expect(problems({})).toEqual([]);
});

test.each([
  [
    'a version that Google does not have',
    { 'google.frameworkVersion': undefined },
    `training.framework.version: got "1.7", which has no training image on Google Cloud; ${BOTH}, ${OWN}`,
  ],
  [
    'a version that Google only serves',
    { 'google.frameworkVersion': '2.0' },
    `google.frameworkVersion: got "2.0", which has no training image on Google Cloud; ${BOTH}, ${OWN}`,
  ],
  [
    'a version that Google only trains',
    { 'google.frameworkVersion': '1.6' },
    `google.frameworkVersion: got "1.6", which has no prediction image on Google Cloud; ${BOTH}, ${OWN}`,
  ],
  [
    'GPUs for serving where there is no image for them',
    { 'serving.compute': 'gpu' },
    'serving.compute: xgboost 2.1 has no GPU prediction image on Google Cloud; choose small, medium or large, or name an own image as google.servingImage',
  ],
  [
    'a GPU machine type, likewise',
    { 'google.servingMachineType': 'g2-standard-8' },
    'google.servingMachineType: xgboost 2.1 has no GPU prediction image on Google Cloud; choose small, medium or large, or name an own image as google.servingImage',
  ],
  [
    'a size that training does not have',
    { 'google.trainingMachineType': 'e2-standard-2' },
    'google.trainingMachineType: got "e2-standard-2"; training on Google Cloud has no such size; allowed: e2-standard-4, e2-standard-8, e2-standard-16, e2-standard-32',
  ],
  [
    'a TPU',
    { 'google.trainingMachineType': 'ct5lp-hightpu-4t' },
    'google.trainingMachineType: got "ct5lp-hightpu-4t"; TPUs are not supported; choose a machine with CPUs or GPUs, such as g2-standard-4',
  ],
  [
    'an endpoint on a TPU',
    { 'google.servingMachineType': 'ct5lp-hightpu-4t' },
    'google.servingMachineType: got "ct5lp-hightpu-4t"; TPUs are not supported; choose a machine with CPUs or GPUs, such as g2-standard-4',
  ],
  [
    'an endpoint on a part of a processor',
    { 'google.servingMachineType': 'e2-micro' },
    'google.servingMachineType: got "e2-micro"; models need processors of their own; choose another, such as e2-standard-2',
  ],
  [
    'a placeholder of the pipeline in a hyperparameter',
    { 'training.hyperparameters': { note: "{{$.inputs.parameters['cache_key']}}" } },
    `training.hyperparameters.note: got "{{$.inputs.parameters['cache_key']}}", but on Google Cloud {{$ starts a placeholder of the pipeline; choose another value`,
  ],
  [
    'a placeholder of the pipeline in a variable',
    { 'serving.environment': { NOTE: '{{$.x}}' } },
    'serving.environment.NOTE: got "{{$.x}}", but on Google Cloud {{$ starts a placeholder of the pipeline; choose another value',
  ],
])('%s', (_what, fields, line) => {
  expect(problems(fields)).toEqual([line]);
  // What is said of Google Cloud alone is no problem elsewhere.
  expect(problemLines(withFields(fields), { cloud: 'aws' })).toEqual([]);
});

const ECR = '123456789012.dkr.ecr.eu-central-1.amazonaws.com/acme/train:1';
const ARTIFACT_REGISTRY = 'europe-west4-docker.pkg.dev/acme-ml/images/train:1';

test('an image of ECR, unless Google Cloud has its own', () => {
  const own = { 'training.framework': undefined, 'training.image': ECR, 'google.frameworkVersion': undefined };
  expect(problems(own)).toEqual([
    `training.image: got "${ECR}", allowed on Google Cloud: an image of Artifact Registry; or name one there as google.trainingImage`,
  ]);
  expect(problems({ ...own, 'google.trainingImage': ARTIFACT_REGISTRY, 'serving.image': ECR })).toEqual([
    `serving.image: got "${ECR}", allowed on Google Cloud: an image of Artifact Registry; or name one there as google.servingImage`,
  ]);
  expect(problems({ 'google.servingImage': ECR })).toEqual([
    `google.servingImage: got "${ECR}", allowed on Google Cloud: an image of Artifact Registry`,
  ]);
});

test('own images make the version their own business', () => {
  const images = { 'google.trainingImage': ARTIFACT_REGISTRY, 'google.servingImage': ARTIFACT_REGISTRY };
  expect(problems({ ...images, 'google.frameworkVersion': undefined, 'serving.compute': 'gpu' })).toEqual([]);
  expect(problems({ 'google.trainingImage': ARTIFACT_REGISTRY, 'google.frameworkVersion': '2.0' })).toEqual([]);
});

test('series that are newer than the table are left to the service', () => {
  for (const type of ['c9-standard-4', 'n2-standard-8', 'a2-ultragpu-1g']) {
    expect(problems({ 'google.trainingMachineType': type })).toEqual([]);
  }
});

test('without its section, Google Cloud is asked for that first', () => {
  const config = withFields({ google: undefined, 'data.training': 'gs://acme/train/' }, fullConfig());
  expect(problemLines(config, { cloud: 'google' })).toContain('google: missing; Google Cloud needs project and region');
  expect(problemLines(config, { cloud: 'google' }).join()).not.toContain('framework');
});
