import { coarseHour } from '../../../../../statistics/drift/coarse-hour';
import { emptyCounts, mergeCounts } from '../../../../../statistics/profile/counts';
import type { ColumnCounts, Counts } from '../../../../../statistics/profile/profile';
import type { BaselineColumn } from './baseline';
import type { Counted } from './counted';
import { columnCounts, rowCounts } from './counted';

/** Hours that are judged, and those before: from the first to before the second, `yyyy-mm-ddThh`. */
export interface HourRange {
  readonly from: string;
  readonly to: string;
}

export interface Ranges {
  readonly window: HourRange;
  readonly before: HourRange;
  /** Whether the window is compared with the hours before. */
  readonly rolling: boolean;
}

/** One column in all hours: sums bin by bin, single hours only as far as the judge tells them apart. */
export interface ColumnHours {
  readonly window: ColumnCounts;
  readonly before: ColumnCounts;
  readonly hours: readonly SparseHour[];
}

/** An hour's counts: its name; absent, missing and invalid values; then the bins that are not empty, each followed by its count. */
export type SparseHour = readonly [hour: string, absent: number, missing: number, invalid: number, ...bins: number[]];

/** What all rows of the hours are. */
export interface RowHours {
  readonly hours: readonly (Omit<Counts, 'columns'> & { readonly hour: string })[];
}

interface CountedHour {
  readonly hour: string;
  readonly counts: string;
}

export const isWithin = (hour: string, { from, to }: HourRange): boolean => from <= hour && hour < to;

/**
 * One column in all hours ({@link ColumnHours}); of the head, which is no column, {@link RowHours}. All columns bin by bin in all hours
 * would be more than a routine can take.
 *
 * @param column document of the column in the baseline
 * @param hours JSON list of what was counted in each hour
 */
export function driftHours(column: string, hours: string, range: string): string {
  const baseline = JSON.parse(column) as Partial<BaselineColumn>;
  const counted = JSON.parse(hours) as readonly CountedHour[];
  if (!baseline.bins) {
    const rows = counted.map(({ hour, counts }) => ({ hour, ...rowCounts(JSON.parse(counts) as Counted) }));
    return JSON.stringify({ hours: rows });
  }
  return JSON.stringify(columnHours(baseline as BaselineColumn, counted, JSON.parse(range) as Ranges));
}

function columnHours({ bins, counts: ofBaseline }: BaselineColumn, counted: readonly CountedHour[], ranges: Ranges) {
  const hours = counted.map(({ hour, counts }) => ({
    hour,
    counts: columnCounts(bins, JSON.parse(counts) as Counted),
  }));
  const sum = (range: HourRange) => {
    const nothing = emptyCounts([bins]);
    return hours
      .filter(({ hour }) => isWithin(hour, range))
      .reduce((all, { counts }) => mergeCounts(all, { ...nothing, columns: [counts] }), nothing).columns[0];
  };
  const [window, before] = [sum(ranges.window), sum(ranges.before)];
  const coarser = coarseHour(bins, ranges.rolling ? before : ofBaseline, window);
  return { window, before, hours: hours.map(({ hour, counts }) => sparse(hour, coarser(counts))) };
}

function sparse(hour: string, { absent, missing, invalid, counts }: ColumnCounts): SparseHour {
  const bins: number[] = [];
  counts.forEach((count, bin) => {
    if (count > 0) bins.push(bin, count);
  });
  return [hour, absent, missing, invalid, ...bins];
}

/** The counts of an hour, bin by bin. Values themselves are told of whole windows only. */
export function dense([, absent, missing, invalid, ...bins]: SparseHour, length: number): ColumnCounts {
  const counts = new Array<number>(length).fill(0);
  for (let at = 0; at < bins.length; at += 2) counts[bins[at]] = bins[at + 1];
  return { absent, missing, invalid, infinite: 0, counts, least: null, greatest: null, others: [] };
}
