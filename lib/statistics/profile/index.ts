/** Profiles of columns: bins that a baseline fixes, and counts over them. */
export { binsFromSample } from './bins';
export { buildProfile } from './build-profile';
export type { ProfileOrigin } from './build-profile';
export { checkProfile } from './check-profile';
export { binCount, emptyCounts, mergeCounts } from './counts';
export { nextDown, nextUp } from './next-float';
export type * from './profile';
export { mergeSamples, sampleSize } from './sample';
export type { Sample, SampledColumn } from './sample';
