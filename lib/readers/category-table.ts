import { hashBytes } from '../statistics/profile/hash';

const utf8 = new TextDecoder('utf-8', { ignoreBOM: true });
const encoder = new TextEncoder();

/** A copy with room for at least `needed` elements. */
function grown<T extends Uint8Array | Int32Array>(array: T, needed: number): T {
  const larger = new (array.constructor as new (length: number) => T)(Math.max(needed, array.length * 2));
  larger.set(array);
  return larger;
}

/** Texts numbered from 0 in the order in which they were added, found by their UTF-8 bytes without making strings. */
export class CategoryTable {
  /** How many texts there are. */
  size = 0;
  /** Hash of the bytes that `find` looked for last. */
  hash = 0;
  private slots = new Int32Array(16).fill(-1);
  private hashes = new Int32Array(8);
  private ends = new Int32Array(8);
  private bytes = new Uint8Array(64);

  constructor(texts: Iterable<string> = []) {
    for (const text of texts) this.addText(text);
  }

  /** The number of a text, or -1. */
  find(bytes: Uint8Array, start: number, end: number): number {
    const hash = hashBytes(bytes, start, end);
    this.hash = hash;
    const mask = this.slots.length - 1;
    for (let slot = hash & mask; ; slot = (slot + 1) & mask) {
      const id = this.slots[slot];
      if (id < 0 || (this.hashes[id] === (hash | 0) && this.equals(id, bytes, start, end))) return id;
    }
  }

  /** Adds the text that `find` has just not found. */
  add(bytes: Uint8Array, start: number, end: number): number {
    const id = this.size++;
    const from = this.startOf(id);
    const to = from + end - start;
    if (id === this.hashes.length) {
      this.hashes = grown(this.hashes, id + 1);
      this.ends = grown(this.ends, id + 1);
    }
    if (to > this.bytes.length) this.bytes = grown(this.bytes, to);
    this.bytes.set(bytes.subarray(start, end), from);
    this.hashes[id] = this.hash;
    this.ends[id] = to;
    if (this.size * 2 > this.slots.length) this.rehash();
    else this.place(id);
    return id;
  }

  /** The number of a text, added where it is new. */
  addText(text: string): number {
    const bytes = encoder.encode(text);
    const id = this.find(bytes, 0, bytes.length);
    return id < 0 ? this.add(bytes, 0, bytes.length) : id;
  }

  text(id: number): string {
    return utf8.decode(this.bytes.subarray(this.startOf(id), this.ends[id]));
  }

  /** A table of some of the texts, numbered in the order of their ids here. */
  subset(ids: Iterable<number>): CategoryTable {
    const table = new CategoryTable();
    for (const id of ids) {
      table.hash = this.hashes[id];
      table.add(this.bytes, this.startOf(id), this.ends[id]);
    }
    return table;
  }

  private startOf(id: number): number {
    return id === 0 ? 0 : this.ends[id - 1];
  }

  private equals(id: number, bytes: Uint8Array, start: number, end: number): boolean {
    const from = this.startOf(id);
    if (this.ends[id] - from !== end - start) return false;
    for (let i = from, j = start; j < end; i++, j++) if (this.bytes[i] !== bytes[j]) return false;
    return true;
  }

  private place(id: number): void {
    const mask = this.slots.length - 1;
    let slot = this.hashes[id] & mask;
    while (this.slots[slot] >= 0) slot = (slot + 1) & mask;
    this.slots[slot] = id;
  }

  private rehash(): void {
    this.slots = new Int32Array(this.slots.length * 2).fill(-1);
    for (let id = 0; id < this.size; id++) this.place(id);
  }
}
