import type { NumericBins } from '../statistics/profile/profile';

/** Cells of equal width over the inner cuts of a column. */
const CELLS = 1024;

/**
 * Counts numbers in bins. A grid over the inner cuts narrows the search to the cuts of one cell, most often none or one. That is
 * exact: numbers are put in cells by the same rounded operations as cuts, and these never reverse an order.
 */
export class NumberCounter {
  readonly counts: Float64Array;
  infinite = 0;
  private lowest = Infinity;
  private highest = -Infinity;
  private readonly cuts: Float64Array;
  /** The least and the greatest inner cut: the outermost two may be far off. */
  private readonly first: number;
  private readonly last: number;
  /** Cells per unit. */
  private readonly scale: number;
  /** How many cuts lie in the cells before each. */
  private readonly before = new Uint16Array(CELLS + 1);

  constructor({ cuts }: NumericBins) {
    this.counts = new Float64Array(cuts.length + 1);
    this.cuts = Float64Array.from(cuts);
    const inner = cuts.slice(1, -1);
    this.first = inner.length > 0 ? inner[0] : Infinity;
    this.last = inner.length > 0 ? inner[inner.length - 1] : Infinity;
    this.scale = (CELLS - 1) / (this.last - this.first);
    this.before[0] = 1;
    for (const cut of inner) this.before[this.cell(cut) + 1]++;
    for (let cell = 0; cell < CELLS; cell++) this.before[cell + 1] += this.before[cell];
  }

  /** Least finite number; null where there was none. */
  get least(): number | null {
    return this.lowest <= this.highest ? this.lowest : null;
  }

  /** Greatest finite number; null where there was none. */
  get greatest(): number | null {
    return this.lowest <= this.highest ? this.highest : null;
  }

  /** Counts a number; NaN is none. */
  count(x: number): void {
    this.counts[this.bin(x)]++;
    if (x - x === 0) {
      if (x < this.lowest) this.lowest = x;
      if (x > this.highest) this.highest = x;
    } else this.infinite++;
  }

  /** How many cuts are below x. */
  private bin(x: number): number {
    const { cuts } = this;
    if (!(x > this.first)) return this.lowBin(x);
    if (x > this.last) return x > cuts[cuts.length - 1] ? cuts.length : cuts.length - 1;
    const cell = this.cell(x);
    let low = this.before[cell];
    let high = this.before[cell + 1];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (cuts[middle] < x) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** The bin of a number that is at most the second cut, or of any where there are but two. */
  private lowBin(x: number): number {
    let bin = 0;
    while (bin < this.cuts.length && this.cuts[bin] < x) bin++;
    return bin;
  }

  /** The cell of a number between the inner cuts. A range beyond the greatest double has one cell. */
  private cell(x: number): number {
    return ((x - this.first) * this.scale) | 0;
  }
}
