/** Judges the window of a run by its counts. */
import type { HourOfCounts } from '../../../../../statistics/drift/judge';
import { judgeDrift } from '../../../../../statistics/drift/judge';
import type { Counts, Profile } from '../../../../../statistics/profile/profile';
import { binCount, emptyCounts, mergeCounts } from '../../../../../statistics/profile/counts';
import {
  columnsToJudge,
  driftRules,
  MOST_UNREADABLE,
  noColumns,
  notEnough,
  told,
  tooFew,
} from '../../../../monitored-window';
import { profileOf } from './baseline';
import type { ColumnHours, Ranges, RowHours } from './hours';
import { dense, isWithin } from './hours';
import type { Judged, Question } from './judged';
import { summaryOf } from './summary';

/**
 * Judges: `{"summary": …, "judged": …}`, both JSON as text.
 *
 * @param columns JSON list of the baseline's documents, the head first
 * @param hours JSON list of what {@link driftHours} made of each
 */
export function driftJudge(question: string, columns: string, hours: string): string {
  const asked = JSON.parse(question) as Question;
  const [rows, ...ofColumns] = (JSON.parse(hours) as string[]).map((text) => JSON.parse(text) as unknown);
  const judged = judgedWindow(
    asked,
    profileOf(JSON.parse(columns) as string[]),
    rows as RowHours,
    ofColumns as ColumnHours[],
  );
  const summary = summaryOf(judged, asked);
  return JSON.stringify({ summary: JSON.stringify(summary), judged: JSON.stringify(judged) });
}

function judgedWindow(asked: Question, stored: Profile, rows: RowHours, ofColumns: readonly ColumnHours[]): Judged {
  const { rules, ranges } = asked;
  const chosen = columnsToJudge(stored, rules);
  const profile = {
    ...stored,
    bins: chosen.map((index) => stored.bins[index]),
    counts: only(stored.counts, chosen),
  };
  const columns = chosen.map((index) => ofColumns[index]);
  const sum = (part: 'window' | 'before'): Counts => ({
    ...rowsWithin(rows, ranges[part]),
    columns: columns.map((column) => column[part]),
  });
  const hours = (part: 'window' | 'before') => hoursWithin(profile, rows, columns, ranges[part]);
  const rolling = rules.baseline === 'rolling';
  const baseline = rolling ? movedAlong(profile, ranges, sum('before')) : profile;
  const windowCounts = sum('window');
  const compared = rolling ? [sum('before'), windowCounts] : [windowCounts];
  const refusal = noColumns(stored, chosen) ?? unreadable(compared) ?? tooFew(baseline, rules);
  const judgement = refusal
    ? notEnough(refusal, windowCounts.rows)
    : judgeDrift(
        { ...baseline, ...(rolling && { hours: hours('before') }) },
        { hours: hours('window'), counts: windowCounts, ...(!rolling && { earlier: hours('before') }) },
        driftRules(rules),
      );
  return {
    baseline,
    windowCounts,
    judgement: told(judgement, stored, rules),
    ...(asked.quality && { quality: asked.quality }),
  };
}

const only = (counts: Counts, indexes: readonly number[]): Counts => ({
  ...counts,
  columns: indexes.map((index) => counts.columns[index]),
});

function rowsWithin({ hours }: RowHours, range: Ranges['window']): Counts {
  return hours
    .filter(({ hour }) => isWithin(hour, range))
    .reduce<Counts>((sum, { hour: _hour, ...rows }) => mergeCounts(sum, { ...rows, columns: [] }), emptyCounts([]));
}

/** The hours of a range, each with its columns. */
function hoursWithin(
  { bins }: Profile,
  { hours }: RowHours,
  columns: readonly ColumnHours[],
  range: Ranges['window'],
): HourOfCounts[] {
  const byHour = columns.map((column) => new Map(column.hours.map((one) => [one[0], one])));
  return hours
    .filter(({ hour }) => isWithin(hour, range))
    .map(({ hour, ...rows }) => {
      const nothing = emptyCounts(bins).columns;
      const counts = bins.map((one, index) => {
        const found = byHour[index].get(hour);
        return found ? dense(found, binCount(one)) : nothing[index];
      });
      return { hour, counts: { ...rows, columns: counts } };
    });
}

/** The bins of the baseline, with what was counted in the window before. */
function movedAlong({ format, bins }: Profile, { before: { from, to } }: Ranges, counts: Counts): Profile {
  return { format, source: `the traffic from ${from} to ${to}`, createdAt: `${to}:00:00.000Z`, bins, counts };
}

function unreadable(compared: readonly Counts[]): string | undefined {
  const lost = compared.reduce((sum, { damage }) => sum + damage.rows, 0);
  const all = compared.reduce((sum, { rows }) => sum + rows, lost);
  if (lost <= MOST_UNREADABLE * all) return undefined;
  const [example] = compared.reduce<string[]>((texts, { damage }) => texts.concat(damage.examples), []);
  return `${lost} of ${all} logged rows could not be read, ${MOST_UNREADABLE * 100} % are accepted: ${example}`;
}
