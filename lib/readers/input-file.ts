/** A file or object that is read; where it lies is not the readers' business. */
export interface InputFile {
  /** Its path or URI, for people and for what is derived from names. */
  readonly name: string;
  /** Bytes, where it is known. */
  readonly size?: number;
  /**
   * All bytes, from the start; every call starts again.
   *
   * @throws UnreadableFile where it exists and cannot be read: counted as damage. Any other error ends the reading.
   */
  open(): AsyncIterable<Uint8Array>;
  /** Bytes from `start` to before `end`, where it can be read in parts. */
  slice?(start: number, end: number): Promise<Uint8Array>;
}

/** A file that cannot be read, now or later. */
export class UnreadableFile extends Error {}
