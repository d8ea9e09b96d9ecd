import { CategoryTable } from './category-table';

/**
 * Counts all categories of a column while they are few; beyond the limit it knows only those of the sampled rows, in which
 * each frequent one is.
 */
export class CategorySampler {
  private table = new CategoryTable();
  private counts = new Float64Array(16);
  private distinct = 0;

  constructor(private readonly limit: number) {}

  private get tooMany(): boolean {
    return this.distinct > this.limit;
  }

  /** The number of a category, from its UTF-8 bytes; -1 where it need not be known since its row is not sampled. */
  find(bytes: Uint8Array, start: number, end: number, sampled: boolean): number {
    if (this.tooMany && !sampled) return -1;
    const id = this.table.find(bytes, start, end);
    return id < 0 ? this.table.add(bytes, start, end) : id;
  }

  /** Counts a row with the category. */
  count(id: number): void {
    if (this.tooMany) return;
    if (id >= this.counts.length) {
      const counts = new Float64Array(id * 2);
      counts.set(this.counts);
      this.counts = counts;
    }
    if (this.counts[id]++ === 0) this.distinct++;
  }

  /** Forgets the categories that stand in no sampled row, where there are too many: `rows` holds their numbers. */
  shrink(rows: Float64Array, column: number, width: number): void {
    if (!this.tooMany) return;
    const used: number[] = [];
    const renumbered = new Map<number, number>();
    for (let at = column; at < rows.length; at += width) {
      const id = rows[at];
      if (id !== id) continue;
      if (!renumbered.has(id)) renumbered.set(id, used.push(id) - 1);
      rows[at] = renumbered.get(id) as number;
    }
    this.table = this.table.subset(used);
  }

  /** Labels in code-unit order with their counts, and for each sampled row the index of its label. */
  result(rows: readonly number[]): { labels: string[]; counts: number[] | null; values: Array<number | null> } {
    const ids = this.tooMany ? [...new Set(rows.filter((id) => id === id))] : this.countedIds();
    const labelled = ids.map((id) => ({ id, label: this.table.text(id) })).sort((a, b) => (a.label < b.label ? -1 : 1));
    const indexes = new Map(labelled.map(({ id }, index) => [id, index]));
    return {
      labels: labelled.map(({ label }) => label),
      counts: this.tooMany ? null : labelled.map(({ id }) => this.counts[id]),
      values: rows.map((id) => (id === id ? (indexes.get(id) as number) : null)),
    };
  }

  /** Those that stand in a whole row. */
  private countedIds(): number[] {
    const ids: number[] = [];
    for (let id = 0; id < this.table.size; id++) if (this.counts[id] > 0) ids.push(id);
    return ids;
  }
}
