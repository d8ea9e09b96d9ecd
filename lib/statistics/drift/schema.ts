/** Differences in the shape of the data: they are certain, so they need no test. */
import { percent } from '../figures';
import type { ColumnBins, ColumnCounts, Counts } from '../profile/profile';
import type { SchemaFinding } from './judgement';

/** A column has vanished when at least this share of the rows lacks it: a few old clients may still send it. */
const VANISHED = 0.99;

/** A column changed its type when most of its values are no longer what the baseline's were. */
const MOST = 0.5;

/** In the baseline, what is no value may be a tenth of that at most, for the change to be one. */
const FEW = 0.05;

/** Rows of a column: a baseline's predictions may come from other files than its features. */
export function rowsOf({ rows, columns }: Counts, column: number): number {
  return columns[column].rows ?? rows;
}

function share(part: number, rows: number): number {
  return rows > 0 ? part / rows : 0;
}

/** Share of what is there at all that is no value of the column's type. */
function invalidShare({ absent, missing, invalid }: ColumnCounts, rows: number): number {
  return share(invalid, rows - absent - missing);
}

function columnSchema(
  bins: ColumnBins,
  baseline: ColumnCounts,
  window: ColumnCounts,
  rows: [number, number],
): SchemaFinding[] {
  const { name } = bins;
  const [absentBefore, absentNow] = [share(baseline.absent, rows[0]), share(window.absent, rows[1])];
  if (absentNow >= VANISHED && absentBefore < MOST) {
    const reason = `${name}: the column is absent in ${percent(absentNow)} of the rows, before in ${percent(absentBefore)}`;
    return [{ name, kind: 'columnVanished', drifted: true, reason }];
  }
  const [invalidBefore, invalidNow] = [invalidShare(baseline, rows[0]), invalidShare(window, rows[1])];
  if (invalidNow > MOST && invalidBefore < FEW) {
    const what = bins.type === 'numeric' ? 'no numbers' : 'no single values';
    const reason = `${name}: ${percent(invalidNow)} of the values are ${what}, before ${percent(invalidBefore)}`;
    return [{ name, kind: 'typeChanged', drifted: true, reason }];
  }
  return [];
}

/** What changed in the shape of the data: in the order of the columns, new ones last. */
export function schemaFindings(bins: readonly ColumnBins[], baseline: Counts, window: Counts): SchemaFinding[] {
  const known = bins.flatMap((column, i) =>
    columnSchema(column, baseline.columns[i], window.columns[i], [rowsOf(baseline, i), rowsOf(window, i)]),
  );
  const added = window.unknownColumns
    .filter((name) => !baseline.unknownColumns.includes(name))
    .map((name): SchemaFinding => {
      return { name, kind: 'newColumn', drifted: false, reason: `${name}: the column is new; it is not monitored` };
    });
  return [...known, ...added];
}
