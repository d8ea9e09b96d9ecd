/** Baselines: bins from samples, profiles from counts. */
import { cutsOf, mostFrequent } from '../../../../../statistics/profile/bins';
import { buildProfile } from '../../../../../statistics/profile/build-profile';
import { checkProfile } from '../../../../../statistics/profile/check-profile';
import { emptyCounts } from '../../../../../statistics/profile/counts';
import type {
  ColumnBins,
  ColumnCounts,
  Counts,
  Profile,
  ProfiledColumn,
} from '../../../../../statistics/profile/profile';
import type { Counted } from './counted';
import { columnCounts, rowCounts } from './counted';

/** A column of a profile: a document of the table of baselines. */
export interface BaselineColumn {
  readonly bins: ColumnBins;
  readonly counts: ColumnCounts;
}

/** A profile without its columns: another one. */
interface BaselineHead {
  readonly source: string;
  readonly createdAt: string;
  readonly rows: Omit<Counts, 'columns'>;
}

/** What a profile says besides its counts. */
export interface Origin extends Pick<BaselineHead, 'source' | 'createdAt'> {
  /** Whether columns say how many rows they have: they come from other files than the profile's rows. */
  readonly ownRows: boolean;
}

/** What a column's bins are made of: numbers of the sample, or the most frequent categories. Integers may be texts. */
interface ColumnSample {
  readonly numbers: readonly string[] | null;
  readonly labels: readonly { readonly value: string; readonly count: number | string }[] | null;
}

/** A row of the table of baselines. Numbers are texts, so that none is rounded on its way. */
interface BaselineRow {
  readonly document: string;
  /** The cuts with their signs turned, ascending. */
  readonly edges: readonly string[];
  readonly categories: readonly string[];
}

/** The bins of a column, as {@link BaselineRow}: the document holds the bins alone. */
export function driftBins(column: string, sample: string): string {
  const { numbers, labels } = JSON.parse(sample) as ColumnSample;
  const { name, type, role } = JSON.parse(column) as ProfiledColumn;
  const values = (labels ?? []).map(({ value }) => value);
  const counts = (labels ?? []).map(({ count }) => Number(count));
  const bins: ColumnBins =
    type === 'numeric'
      ? { name, type, role, cuts: cutsOf((numbers ?? []).map(Number)) }
      : { name, type, role, categories: mostFrequent(values, counts) };
  return JSON.stringify(rowOf(bins, bins));
}

function rowOf(bins: ColumnBins, document: object): BaselineRow {
  const edges = bins.type === 'numeric' ? bins.cuts.map((cut) => String(0 - cut)).reverse() : [];
  return {
    document: JSON.stringify(document),
    edges,
    categories: bins.type === 'categorical' ? bins.categories : [],
  };
}

/**
 * A column of a profile, from its bins and what was counted over them, as {@link BaselineRow}; without bins the profile's head.
 * `present` in the document says whether any row has the column.
 */
export function driftColumn(bins: string | null, counts: string, origin: string): string {
  const { source, createdAt, ownRows } = JSON.parse(origin) as Origin;
  const counted = JSON.parse(counts) as Counted;
  if (bins === null) {
    const document = JSON.stringify({ source, createdAt, present: true, rows: rowCounts(counted) });
    return JSON.stringify({ document, edges: [], categories: [] });
  }
  const open = JSON.parse(bins) as ColumnBins;
  const columns = [columnCounts(open, counted)];
  const profile = buildProfile([open], { ...emptyCounts([open]), columns }, { source, createdAt });
  const [closed] = profile.counts.columns;
  const rows = closed.absent + closed.missing + closed.invalid + closed.counts.reduce((sum, count) => sum + count, 0);
  const column = { bins: profile.bins[0], counts: { ...closed, ...(ownRows && { rows }) } };
  return JSON.stringify(rowOf(column.bins, { present: closed.absent < rows, ...column }));
}

/**
 * The profile.
 *
 * @param documents JSON list: the head, the columns in their order
 */
export function driftProfile(documents: string): string {
  return JSON.stringify(checkProfile(profileOf(JSON.parse(documents) as string[])));
}

export function profileOf([head, ...columns]: readonly string[]): Profile {
  const { source, createdAt, rows } = JSON.parse(head) as BaselineHead;
  const parts = columns.map((column) => JSON.parse(column) as BaselineColumn);
  return {
    format: 'cdk-mlops/profile/1',
    ...{ source, createdAt },
    bins: parts.map(({ bins }) => bins),
    counts: { ...rows, columns: parts.map(({ counts }) => counts) },
  };
}

/** Rows of the table for a profile that came from elsewhere: the head first, columns with their `name` and `type`. */
export function driftColumns(profile: string): string {
  const { source, createdAt, bins, counts } = checkProfile(JSON.parse(profile));
  const { columns, ...rows } = counts;
  const head = { document: JSON.stringify({ source, createdAt, present: true, rows }), edges: [], categories: [] };
  const others = bins.map((one, index) => {
    const document = { present: true, bins: one, counts: columns[index] };
    return { name: one.name, type: one.type, ...rowOf(one, document) };
  });
  return JSON.stringify([head, ...others]);
}
