import { Readable, pipeline } from 'node:stream';
import { createGunzip } from 'node:zlib';
import type { InputFile } from './input-file';
import { UnreadableFile } from './input-file';

/** The longest line or record. */
export const MAX_RECORD_BYTES = 64 * 2 ** 20;

const FIRST_BLOCK_BYTES = 256 * 2 ** 10;
const LINE_FEED = 0x0a;

/** What becomes of the bytes of a file. */
export interface BlockReader {
  /**
   * Takes bytes of `block` from `start` to before `end`; the last of them is a line feed. It may write to them.
   *
   * @returns the position of the first byte that it leaves for later, since its record is not whole; with `last` it leaves none
   */
  take(block: Uint8Array, start: number, end: number, last: boolean): number;
  /** A line is longer than `MAX_RECORD_BYTES`: it was dropped. */
  tooLong(): void;
  /** Called for each chunk with its length before decompression. */
  progress(bytes: number): void;
}

/**
 * Hands the bytes of a file on in blocks of whole lines, decompressed where they are gzip's, without a byte order mark.
 *
 * @throws UnreadableFile where they are damaged gzip or UTF-16, after what came before was handed on
 */
export async function readBlocks(file: InputFile, reader: BlockReader): Promise<void> {
  const block = new Block(reader);
  try {
    for await (const chunk of decompressed(counted(file, reader))) block.add(chunk);
  } catch (error) {
    if (error instanceof UnreadableFile) block.flush();
    throw error;
  }
  block.end();
}

/** Bytes that wait for the end of their line. */
class Block {
  private bytes = new Uint8Array(FIRST_BLOCK_BYTES);
  private filled = 0;
  private begun = false;
  /** In a line that is too long. */
  private skipping = false;

  constructor(private readonly reader: BlockReader) {}

  add(chunk: Uint8Array): void {
    let from = this.skipping ? this.afterLongLine(chunk) : 0;
    while (from < chunk.length) {
      const length = Math.min(chunk.length - from, this.bytes.length - this.filled);
      this.bytes.set(length === chunk.length ? chunk : chunk.subarray(from, from + length), this.filled);
      this.filled += length;
      from += length;
      if (this.filled === this.bytes.length) {
        this.makeRoom();
        if (this.skipping) return this.add(chunk.subarray(from));
      }
    }
  }

  /** Hands on the lines that are whole. */
  flush(): void {
    this.hand(true);
  }

  /** Hands on all: the last line may lack its line feed. */
  end(): void {
    if (this.filled > 0 && this.bytes[this.filled - 1] !== LINE_FEED) {
      if (this.filled === this.bytes.length) this.double();
      this.bytes[this.filled++] = LINE_FEED;
    }
    this.hand(true);
  }

  private hand(last: boolean): void {
    const start = this.begun ? 0 : this.begin();
    const end = this.bytes.subarray(0, this.filled).lastIndexOf(LINE_FEED) + 1;
    if (end <= start) return;
    const taken = this.reader.take(this.bytes, start, end, last);
    this.bytes.copyWithin(0, taken, this.filled);
    this.filled -= taken;
  }

  private begin(): number {
    this.begun = true;
    const [a, b, c] = this.bytes;
    if ((a === 0xff && b === 0xfe) || (a === 0xfe && b === 0xff)) {
      this.filled = 0;
      throw new UnreadableFile('it is in UTF-16, allowed: UTF-8');
    }
    return a === 0xef && b === 0xbb && c === 0xbf ? 3 : 0;
  }

  private makeRoom(): void {
    this.hand(false);
    if (this.filled <= this.bytes.length / 2) return;
    if (this.bytes.length < MAX_RECORD_BYTES) this.double();
    else if (this.filled === this.bytes.length) this.giveUpRecord();
  }

  /** Nothing of the longest record allowed was taken: one line, or many between quotes. */
  private giveUpRecord(): void {
    this.hand(true);
    if (this.filled < this.bytes.length) return;
    this.reader.tooLong();
    this.filled = 0;
    this.skipping = true;
  }

  private afterLongLine(chunk: Uint8Array): number {
    const end = chunk.indexOf(LINE_FEED);
    if (end < 0) return chunk.length;
    this.skipping = false;
    return end + 1;
  }

  private double(): void {
    const larger = new Uint8Array(this.bytes.length * 2);
    larger.set(this.bytes.subarray(0, this.filled));
    this.bytes = larger;
  }
}

async function* counted(file: InputFile, { progress }: BlockReader): AsyncGenerator<Uint8Array> {
  for await (const chunk of file.open()) {
    progress(chunk.length);
    if (chunk.length > 0) yield chunk;
  }
}

/** The first chunk, of at least two bytes where there are so many. */
async function firstChunk(chunks: AsyncGenerator<Uint8Array>): Promise<Uint8Array> {
  let first: Uint8Array = new Uint8Array();
  while (first.length < 2) {
    const { value, done } = await chunks.next();
    if (done) break;
    first = first.length === 0 ? value : Buffer.concat([first, value]);
  }
  return first;
}

async function* decompressed(chunks: AsyncGenerator<Uint8Array>): AsyncGenerator<Uint8Array> {
  const first = await firstChunk(chunks);
  async function* all() {
    yield first;
    yield* chunks;
  }
  if (first[0] !== 0x1f || first[1] !== 0x8b) return yield* all();
  const plain = pipeline(Readable.from(all(), { objectMode: false }), createGunzip(), () => {}); // errors reach the loop
  try {
    yield* plain;
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    throw code?.startsWith('Z_') ? new UnreadableFile(`damaged gzip: ${message}`) : error;
  }
}
