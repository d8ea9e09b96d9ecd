import type { ColumnBins, ColumnCounts } from '../statistics/profile/profile';
import { CategoryCounter } from './category-counter';
import { NumberCounter } from './number-counter';
import { ABSENT, INVALID, MISSING, PRESENT } from './row-sink';
import type { RowConsumer } from './row-sink';

const KINDS = 4;

/** Counts rows over bins. */
export class Counter implements RowConsumer {
  private readonly columns: ReadonlyArray<NumberCounter | CategoryCounter>;
  /** Per column: how many rows say that it is absent, missing, invalid. */
  private readonly kinds: Float64Array;

  constructor(bins: readonly ColumnBins[]) {
    this.columns = bins.map((column) =>
      column.type === 'numeric' ? new NumberCounter(column) : new CategoryCounter(column),
    );
    this.kinds = new Float64Array(bins.length * KINDS);
  }

  category(column: number, bytes: Uint8Array, start: number, end: number): number {
    return (this.columns[column] as CategoryCounter).bin(bytes, start, end);
  }

  row(kinds: Uint8Array, values: Float64Array): void {
    for (let column = 0; column < kinds.length; column++) {
      const kind = kinds[column];
      if (kind === PRESENT) this.columns[column].count(values[column]);
      else this.kinds[column * KINDS + kind]++;
    }
  }

  file(): void {} // counts are the same whatever the file

  result(): ColumnCounts[] {
    return this.columns.map((column, index) => {
      const kinds = this.kinds.subarray(index * KINDS);
      const common = { absent: kinds[ABSENT], missing: kinds[MISSING], invalid: kinds[INVALID] };
      const counts = Array.from(column.counts);
      if (column instanceof CategoryCounter) {
        return { ...common, infinite: 0, counts, least: null, greatest: null, others: column.others() };
      }
      const { infinite, least, greatest } = column;
      return { ...common, infinite, counts, least, greatest, others: [] };
    });
  }
}
