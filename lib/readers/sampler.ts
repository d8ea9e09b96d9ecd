import { hashRow, hashText } from '../statistics/profile/hash';
import { sampleSize } from '../statistics/profile/sample';
import type { SampledColumn } from '../statistics/profile/sample';
import type { ProfiledColumn } from '../statistics/profile/profile';
import { CategorySampler } from './category-sampler';
import { PRESENT } from './row-sink';
import type { RowConsumer } from './row-sink';

/**
 * Keeps the rows whose hash is least. The hash depends on the file's name and on the row's number in it alone, so that parts
 * sampled apart merge to the same sample.
 */
export class Sampler implements RowConsumer {
  readonly size: number;
  private readonly capacity: number;
  /** Of the rows kept so far, row by row: numbers, and numbers of categories; NaN where there is none. */
  private kept: Float64Array;
  private hashes = new Float64Array(1024);
  private count = 0;
  private greatestHash = Infinity;
  private readonly categories: ReadonlyArray<CategorySampler | undefined>;
  private fileHash = 0;
  private rowNumber = 0;
  private hash = 0;

  constructor(private readonly columns: readonly ProfiledColumn[]) {
    this.size = sampleSize(columns.length);
    this.capacity = Math.ceil(this.size * 1.25);
    this.kept = new Float64Array(this.hashes.length * columns.length);
    this.categories = columns.map(({ type }) => (type === 'categorical' ? new CategorySampler(this.size) : undefined));
  }

  get wantsNumbers(): boolean {
    return this.hash <= this.greatestHash;
  }

  file(name: string): void {
    this.fileHash = hashText(name);
    this.rowNumber = 0;
    this.hash = hashRow(this.fileHash, 0);
  }

  category(column: number, bytes: Uint8Array, start: number, end: number): number {
    return (this.categories[column] as CategorySampler).find(bytes, start, end, this.wantsNumbers);
  }

  row(kinds: Uint8Array, values: Float64Array): void {
    for (let column = 0; column < kinds.length; column++) {
      if (kinds[column] === PRESENT) this.categories[column]?.count(values[column]);
    }
    if (this.wantsNumbers) this.keep(kinds, values);
    this.skip();
  }

  skip(): void {
    this.hash = hashRow(this.fileHash, ++this.rowNumber);
  }

  /** The sampled rows by ascending hash. */
  result(): { hashes: number[]; columns: SampledColumn[] } {
    this.shrink();
    const rows = Array.from({ length: this.count }, (_, row) => row).sort((a, b) => this.hashes[a] - this.hashes[b]);
    return {
      hashes: rows.map((row) => this.hashes[row]),
      columns: this.columns.map((column, index) => this.column(column, index, rows)),
    };
  }

  private column({ name, role }: ProfiledColumn, index: number, rows: readonly number[]): SampledColumn {
    const numbers = rows.map((row) => this.kept[row * this.columns.length + index]);
    const categories = this.categories[index];
    if (categories) return { name, type: 'categorical', role, ...categories.result(numbers) };
    return { name, type: 'numeric', role, values: numbers.map((x) => (Number.isFinite(x) ? x : null)) };
  }

  private keep(kinds: Uint8Array, values: Float64Array): void {
    if (this.count === this.hashes.length) this.grow();
    const from = this.count * kinds.length;
    for (let column = 0; column < kinds.length; column++) {
      this.kept[from + column] = kinds[column] === PRESENT ? values[column] : NaN;
    }
    this.hashes[this.count++] = this.hash;
    if (this.count === this.capacity) this.shrink(); // after the row is in: its categories are renumbered too
  }

  private grow(): void {
    const rows = Math.min(this.capacity, this.hashes.length * 2);
    const hashes = new Float64Array(rows);
    hashes.set(this.hashes);
    this.hashes = hashes;
    const kept = new Float64Array(rows * this.columns.length);
    kept.set(this.kept);
    this.kept = kept;
  }

  /** Drops the rows beyond the sample's size, and the categories that only they had. */
  private shrink(): void {
    if (this.count <= this.size) return;
    const width = this.columns.length;
    this.greatestHash = this.hashes.slice(0, this.count).sort()[this.size - 1];
    let to = 0;
    for (let row = 0; row < this.count; row++) {
      if (this.hashes[row] > this.greatestHash) continue;
      this.hashes[to] = this.hashes[row];
      this.kept.copyWithin(to * width, row * width, (row + 1) * width);
      to++;
    }
    this.count = to;
    this.categories.forEach((categories, column) =>
      categories?.shrink(this.kept.subarray(0, to * width), column, width),
    );
  }
}
