/** Counts as the queries write them, and as the judge reads them. */
import { binCount, firstOf, leastHashed } from '../../../../../statistics/profile/counts';
import type { ColumnBins, ColumnCounts, Counts } from '../../../../../statistics/profile/profile';

/** What a query counted of one column, or of the rows. Integers of 64 bits may be texts. */
export interface Counted {
  readonly absent: Integer;
  readonly missing: Integer;
  readonly invalid: Integer;
  readonly readable: Integer;
  readonly damaged: Integer;
  readonly infinite: Integer;
  readonly least: number | null;
  readonly greatest: number | null;
  readonly bytes: Integer;
  readonly places: Integer;
  /** Bins that are not empty, each with its count: `0 12,3 345`. */
  readonly bins: string | null;
  /** Categories without a bin (`t`), damaged rows (`d`) and unknown columns (`u`). */
  readonly labels: readonly { readonly kind: string; readonly label: string; readonly tally: Integer }[] | null;
}

type Integer = number | string;

export function columnCounts(bins: ColumnBins, counted: Counted): ColumnCounts {
  const counts = new Array<number>(binCount(bins)).fill(0);
  for (const entry of counted.bins === null ? [] : counted.bins.split(',')) {
    const [bin, count] = entry.split(' ').map(Number);
    counts[bin] = count;
  }
  const others = labelsOf(counted, 't').map(({ label, tally }) => ({ value: label, count: Number(tally) }));
  return {
    absent: Number(counted.absent),
    missing: Number(counted.missing),
    invalid: Number(counted.invalid),
    infinite: Number(counted.infinite),
    counts,
    least: counted.least,
    greatest: counted.greatest,
    others: leastHashed(others),
  };
}

/** Most examples and unknown columns that are kept. */
const [MOST_EXAMPLES, MOST_UNKNOWN] = [10, 32];

/** What the rows are besides their columns. What was logged together, or lies in one file, counts as a file. */
export function rowCounts(counted: Counted): Omit<Counts, 'columns'> {
  const texts = (kind: string) => labelsOf(counted, kind).map(({ label }) => label);
  return {
    rows: Number(counted.readable),
    bytes: Number(counted.bytes),
    files: Number(counted.places),
    damage: { files: 0, rows: Number(counted.damaged), examples: firstOf(texts('d'), MOST_EXAMPLES) },
    unknownColumns: firstOf(texts('u'), MOST_UNKNOWN),
  };
}

function labelsOf({ labels }: Counted, kind: string) {
  return (labels ?? []).filter((one) => one.kind === kind);
}
