import { MAX_OTHERS, leastHashed } from '../statistics/profile/counts';
import { hashText } from '../statistics/profile/hash';
import type { CategoricalBins, OtherCategory } from '../statistics/profile/profile';
import { CategoryTable } from './category-table';

const utf8 = new TextDecoder('utf-8', { ignoreBOM: true });

/**
 * Counts categories in bins. Of the others it counts those with the least hashes one by one: a value that is among them in
 * the end was so from its first row on, so its count is exact.
 */
export class CategoryCounter {
  readonly counts: Float64Array;
  private readonly table: CategoryTable;
  private readonly otherCounts = new Map<string, number>();
  /** Hashes above it belong to none of the others that are kept. */
  private greatestHash = 2 ** 32;
  /** The one that was looked up last, where it may be kept. */
  private pending: string | null = null;

  constructor({ categories }: CategoricalBins) {
    this.counts = new Float64Array(categories.length + 1);
    this.table = new CategoryTable(categories);
  }

  /** The bin of a category, from its UTF-8 bytes. */
  bin(bytes: Uint8Array, start: number, end: number): number {
    const id = this.table.find(bytes, start, end);
    if (id >= 0) return id;
    this.pending = this.table.hash <= this.greatestHash ? utf8.decode(bytes.subarray(start, end)) : null;
    return this.table.size;
  }

  /** Counts a row with the category that was looked up last. */
  count(bin: number): void {
    this.counts[bin]++;
    if (bin === this.table.size && this.pending !== null) this.countOther(this.pending);
  }

  /** Some of the categories without a bin. */
  others(): OtherCategory[] {
    return leastHashed(Array.from(this.otherCounts, ([value, count]) => ({ value, count })));
  }

  private countOther(value: string): void {
    this.otherCounts.set(value, (this.otherCounts.get(value) ?? 0) + 1);
    if (this.otherCounts.size <= 2 * MAX_OTHERS) return;
    const kept = this.others();
    this.otherCounts.clear();
    for (const other of kept) this.otherCounts.set(other.value, other.count);
    this.greatestHash = hashText(kept[kept.length - 1].value);
  }
}
