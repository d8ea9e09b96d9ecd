import { googleImageName, missingGoogleImage } from '../google-images';
import type { GoogleImage } from '../google-images';
import { googleAccelerator, googleTrainingMachineProblem } from '../google-machines';
import type { ConfigProblem } from '../problems';
import { join, show } from '../problems';
import type { ConfigDraft, Rule } from './rule';
import { entries } from './rule';

/** A rule of training on Google Cloud. */
function onGoogle(
  sections: Rule['sections'],
  reads: Rule['reads'],
  check: (draft: ConfigDraft) => ConfigProblem[],
): Rule {
  return { sections, reads, check: (draft, { cloud }) => (cloud === 'google' ? check(draft) : []) };
}

const frameworkImages = onGoogle(
  ['training', 'google'],
  ['training.framework', 'training.image', 'training.compute', 'serving.image', 'serving.compute', 'google'],
  (draft) =>
    imagesOf(draft)
      .filter(({ image }) => googleImageName(image) === undefined)
      .slice(0, 1) // one message names both lists
      .map(({ path, image }) => ({ path, message: missingGoogleImage(image) })),
);

/** The ready-made images that a config asks for, each with the key that is to blame if there is none. */
function imagesOf({ training, serving, google }: ConfigDraft): { path: string; image: GoogleImage }[] {
  const { name, version: neutral } = training?.framework ?? {};
  const version = google?.frameworkVersion ?? neutral;
  if (google === undefined || name === undefined || version === undefined) return [];
  const versionPath = google?.frameworkVersion ? 'google.frameworkVersion' : 'training.framework.version';
  const image = (purpose: GoogleImage['purpose'], gpu: boolean): GoogleImage => ({ name, version, purpose, gpu });
  const exists = (purpose: GoogleImage['purpose']) => googleImageName(image(purpose, false)) !== undefined;
  const wanted = [
    {
      own: google?.trainingImage,
      purpose: 'training',
      ...processor('training', training, google?.trainingMachineType),
    },
    {
      own: google?.servingImage ?? serving?.image,
      purpose: 'prediction',
      ...processor('serving', serving, google?.servingMachineType),
    },
  ] as const;
  return wanted
    .filter(({ own }) => own === undefined)
    .map(({ purpose, gpu, path }) => ({ path: exists(purpose) ? path : versionPath, image: image(purpose, gpu) }));
}

/** Whether a machine has GPUs, and which key says so. */
function processor(section: 'training' | 'serving', { compute }: { compute?: string } = {}, exact?: string) {
  if (exact === undefined) return { gpu: compute === 'gpu', path: `${section}.compute` };
  return { gpu: googleAccelerator(exact) !== undefined, path: `google.${section}MachineType` };
}

const trainingMachine = onGoogle(['google'], [], ({ google }) => {
  const type = google?.trainingMachineType;
  const problem = type === undefined ? undefined : googleTrainingMachineProblem(type);
  return problem === undefined
    ? []
    : [{ path: 'google.trainingMachineType', message: `got ${show(type)}; ${problem}` }];
});

/** Images of ECR, which need AWS credentials to be pulled. */
const ECR_IMAGE = /\.amazonaws\.com(\.cn)?\//;

const imagesOffAws = onGoogle(['training', 'google'], ['google'], ({ training, serving, google }) => {
  const used = [
    { path: 'training.image', image: training?.image, overridden: google?.trainingImage, by: 'google.trainingImage' },
    { path: 'serving.image', image: serving?.image, overridden: google?.servingImage, by: 'google.servingImage' },
    { path: 'google.trainingImage', image: google?.trainingImage },
    { path: 'google.servingImage', image: google?.servingImage },
  ];
  return used
    .filter(({ image, overridden }) => overridden === undefined && image !== undefined && ECR_IMAGE.test(image))
    .map(({ path, image, by }) => ({
      path,
      message: `got ${show(image)}, allowed on Google Cloud: an image of Artifact Registry${by ? `; or name one there as ${by}` : ''}`,
    }));
});

/** Vertex AI Pipelines replaces its placeholders wherever they stand in a step's arguments. */
const placeholders = onGoogle(['training'], [], ({ training, serving }) =>
  [
    ...entries(training?.hyperparameters).map(
      ([name, value]) => [join('training.hyperparameters', name), value] as const,
    ),
    ...entries(serving?.environment).map(([name, value]) => [join('serving.environment', name), value] as const),
  ]
    .filter(([, value]) => typeof value === 'string' && value.includes('{{$'))
    .map(([path, value]) => ({
      path,
      message: `got ${show(value)}, but on Google Cloud {{$ starts a placeholder of the pipeline; choose another value`,
    })),
);

/** Rules of training on Google Cloud. */
export const GOOGLE_TRAINING_RULES: readonly Rule[] = [frameworkImages, trainingMachine, imagesOffAws, placeholders];
