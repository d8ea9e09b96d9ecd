import type { IConstruct } from 'constructs';
import { googleImageName, missingGoogleImage } from '../config/google-images';
import type { GoogleImage } from '../config/google-images';
import { ConstructError } from './errors';

/** Google's own repositories stand in three places; each holds the same images. */
const PLACES: readonly (readonly [RegExp, string])[] = [
  [/^(europe|me|africa)-/, 'europe'],
  [/^(asia|australia)-/, 'asia'],
];

/** A ready-made image, from the repository nearest to a region. */
export function frameworkImage(scope: IConstruct, region: string, image: GoogleImage): string {
  const name = googleImageName(image);
  if (name === undefined) throw new ConstructError(scope, `training.framework: ${missingGoogleImage(image)}`);
  const place = PLACES.find(([regions]) => regions.test(region))?.[1] ?? 'us';
  return `${place}-docker.pkg.dev/vertex-ai/${image.purpose}/${name}:latest`;
}
