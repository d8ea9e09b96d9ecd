import { expect, test } from 'vitest';
import { frameworkImage } from '../../../lib/google/framework-images';
import { machineOf } from '../../../lib/google/machine-types';
import { googleChoices } from '../../../lib/google/training/choices';
import { planOf } from './plans';
import type { Sections } from './plans';

const SCOPE = { node: { path: 'Stack/Training' } } as never;

function choose(changes: Sections = {}) {
  const { plan, google } = planOf(changes);
  return googleChoices(SCOPE, plan, google);
}

test('a framework gets the images nearest to the region, of the version that Google has', () => {
  const choices = choose({
    training: { framework: { name: 'xgboost', version: '1.7' } },
    google: { frameworkVersion: '2.1', region: 'australia-southeast1' },
  });
  expect(choices.trainingImage).toBe('asia-docker.pkg.dev/vertex-ai/training/xgboost-cpu.2-1:latest');
  expect(choices.servingImage).toBe('asia-docker.pkg.dev/vertex-ai/prediction/xgboost-cpu.2-1:latest');
});

test.each([
  ['europe-west4', 'europe'],
  ['me-central1', 'europe'],
  ['africa-south1', 'europe'],
  ['asia-northeast1', 'asia'],
  ['us-central1', 'us'],
  ['northamerica-northeast1', 'us'],
  ['southamerica-east1', 'us'],
])('in %s images come from %s', (region, place) => {
  const image = { name: 'scikit-learn', version: '1.6', purpose: 'training', gpu: false } as const;
  expect(frameworkImage(SCOPE, region, image)).toBe(
    `${place}-docker.pkg.dev/vertex-ai/training/sklearn-cpu.1-6:latest`,
  );
});

test('GPU machines get GPU images, each side by its own machine', () => {
  const framework = { name: 'pytorch', version: '2.4' };
  expect(choose({ training: { framework, compute: 'gpu' } })).toMatchObject({
    trainingImage: 'europe-docker.pkg.dev/vertex-ai/training/pytorch-gpu.2-4.py310:latest',
    servingImage: 'europe-docker.pkg.dev/vertex-ai/prediction/pytorch-cpu.2-4:latest',
  });
  expect(choose({ training: { framework }, serving: { compute: 'gpu' } })).toMatchObject({
    trainingImage: 'europe-docker.pkg.dev/vertex-ai/training/pytorch-xla.2-4.py310:latest',
    servingImage: 'europe-docker.pkg.dev/vertex-ai/prediction/pytorch-gpu.2-4:latest',
  });
});

test('an exact machine type is for training; preprocessing and evaluation go by size', () => {
  const { trainingMachine, processingMachine } = choose({ google: { trainingMachineType: 'g2-standard-24' } });
  expect(trainingMachine).toEqual({ type: 'g2-standard-24', accelerator: { type: 'NVIDIA_L4', count: 2 } });
  expect(processingMachine).toEqual({ type: 'n2-standard-4' });
});

test.each([
  ['small', { type: 'n2-highmem-2' }],
  ['medium', { type: 'n2-standard-4' }],
  ['large', { type: 'n2-standard-16' }],
  ['gpu', { type: 'g2-standard-4', accelerator: { type: 'NVIDIA_L4', count: 1 } }],
] as const)('%s is %j', (size, machine) => {
  expect(machineOf(size)).toEqual(machine);
});

test("own images go first: Google's, then those of the config", () => {
  const own = (name: string) => `europe-west4-docker.pkg.dev/acme-ml/images/${name}:1`;
  const training = { framework: undefined, image: own('train') };
  expect(choose({ training })).toMatchObject({ trainingImage: own('train'), servingImage: own('train') });
  expect(choose({ training, serving: { image: own('serve') } }).servingImage).toBe(own('serve'));
  const google = { trainingImage: own('google-train'), servingImage: own('google-serve') };
  expect(choose({ training, serving: { image: own('serve') }, google })).toMatchObject(google);
});

test("Google's locations go first", () => {
  const google = { trainingData: 'bq://acme-ml.flights.train', testData: 'gs://acme/test/' };
  expect(choose({ google }).data).toEqual({
    training: 'bq://acme-ml.flights.train',
    validation: 'gs://acme/validation/',
    test: 'gs://acme/test/',
  });
});

test('a missing image says where, and what there is', () => {
  const image = { name: 'xgboost', version: '9.9', purpose: 'training', gpu: false } as const;
  expect(() => frameworkImage(SCOPE, 'us-central1', image)).toThrow(
    /no training image on Google Cloud; training images: 1\.6, 2\.1; .*\(at Stack\/Training\)$/,
  );
});

test('an image whose promised time is over comes with a note that names the way out; an own image with none', () => {
  expect(choose({ google: { frameworkVersion: '2.1' } }).notes).toEqual([
    'Google promised its training image of xgboost 2.1 until 2026-07-11; when it can no longer be pulled, name an own image as google.trainingImage',
  ]);
  expect(
    choose({ google: { frameworkVersion: '2.1', trainingImage: 'europe-docker.pkg.dev/acme/train:1' } }).notes,
  ).toEqual([]);
});
