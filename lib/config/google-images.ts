import facts from './facts/google-framework-images.json';
import { show } from './problems';
import type { FrameworkName } from './training';

/** What one of Google's ready-made images is for. */
export type GoogleImagePurpose = 'training' | 'prediction';

/** A framework on a processor. */
export interface GoogleImage {
  readonly name: FrameworkName;
  readonly version: string;
  readonly purpose: GoogleImagePurpose;
  readonly gpu: boolean;
}

/** Names of the images of one version, and the day until which Google offers them. */
interface Images {
  readonly cpu: string;
  readonly gpu?: string;
  readonly until: string;
}

type Versions = Readonly<Record<string, Images>>;

/** Name of an image in Google's repositories, for example `xgboost-cpu.2-1`; undefined where there is none. */
export function googleImageName({ name, version, purpose, gpu }: GoogleImage): string | undefined {
  const images = versionsOf(name, purpose)[version];
  return gpu ? images?.gpu : images?.cpu;
}

/** Why there is no such image, and what there is. */
export function missingGoogleImage({ name, version, purpose, gpu }: GoogleImage): string {
  const image = purpose === 'training' ? 'google.trainingImage' : 'google.servingImage';
  if (gpu && version in versionsOf(name, purpose)) {
    return `${name} ${version} has no GPU ${purpose} image on Google Cloud; choose small, medium or large, or name an own image as ${image}`;
  }
  const [training, prediction] = (['training', 'prediction'] as const).map((key) => Object.keys(versionsOf(name, key)));
  const both = training.filter((candidate) => prediction.includes(candidate));
  return (
    `got ${show(version)}, which has no ${purpose} image on Google Cloud; training images: ${training.join(', ')}; ` +
    `prediction images: ${prediction.join(', ')}; set google.frameworkVersion to one that has both (${both.join(', ')}), ` +
    `or name own images as google.trainingImage and google.servingImage`
  );
}

/** What to know of an image whose promised time was over when the facts were read; undefined for the others. */
export function endedGoogleImage({ name, version, purpose }: GoogleImage): string | undefined {
  const until = versionsOf(name, purpose)[version]?.until;
  if (until === undefined || until >= facts.source.read) return undefined;
  const key = purpose === 'training' ? 'google.trainingImage' : 'google.servingImage';
  return `Google promised its ${purpose} image of ${name} ${version} until ${until}; when it can no longer be pulled, name an own image as ${key}`;
}

function versionsOf(name: FrameworkName, purpose: GoogleImagePurpose): Versions {
  return facts.frameworks[name][purpose];
}
