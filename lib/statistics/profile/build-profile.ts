import { closeRange } from './bins';
import type { ColumnBins, ColumnCounts, Counts, Profile } from './profile';

/** What a profile says besides its counts. */
export interface ProfileOrigin {
  /** Where the data lies, for people. */
  readonly source: string;
  /** ISO 8601. */
  readonly createdAt: string;
}

/** What only all rows tell: the range of numbers, and which category is the most frequent. */
function finish(bins: ColumnBins, counted: ColumnCounts): [ColumnBins, ColumnCounts] {
  if (bins.type === 'numeric') {
    const { cuts, counts } = closeRange(bins.cuts, counted);
    return [
      { ...bins, cuts },
      { ...counted, counts },
    ];
  }
  const { categories } = bins;
  const { counts } = counted;
  const order = categories
    .map((_, index) => index)
    .sort((a, b) => counts[b] - counts[a] || (categories[a] < categories[b] ? -1 : 1));
  return [
    { ...bins, categories: order.map((index) => categories[index]) },
    { ...counted, counts: [...order.map((index) => counts[index]), counts[categories.length]] },
  ];
}

/** The profile of a baseline, from its bins and what was counted over them. */
export function buildProfile(bins: readonly ColumnBins[], counts: Counts, origin: ProfileOrigin): Profile {
  const finished = bins.map((column, index) => finish(column, counts.columns[index]));
  return {
    format: 'cdk-mlops/profile/1',
    source: origin.source,
    createdAt: origin.createdAt,
    bins: finished.map(([column]) => column),
    counts: { ...counts, columns: finished.map(([, counted]) => counted) },
  };
}
