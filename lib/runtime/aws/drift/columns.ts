/** Some of the columns of profiles and counts. */
import type { ColumnBins, Counts, Profile } from '../../../statistics/profile';

/** Where the columns stand that are wanted. */
export function indexesOf({ bins }: Profile, wanted: (column: ColumnBins) => boolean): number[] {
  return bins.map((_, index) => index).filter((index) => wanted(bins[index]));
}

export function onlyColumns(counts: Counts, indexes: readonly number[]): Counts {
  return { ...counts, columns: indexes.map((index) => counts.columns[index]) };
}

export function chosenColumns(profile: Profile, indexes: readonly number[]): Profile {
  return {
    ...profile,
    bins: indexes.map((index) => profile.bins[index]),
    counts: onlyColumns(profile.counts, indexes),
  };
}
