import { isUtf8 } from 'node:buffer';
import { JsonRows } from './json-rows';
import { JsonScanner } from './json-scanner';
import type { RowSink } from './row-sink';

const LINE_FEED = 0x0a;

/** Reads one file of JSON Lines: each an object, told by keys, or an array, told by position. Empty lines are skipped. */
export class JsonLinesReader {
  private readonly scanner = new JsonScanner();
  private readonly rows: JsonRows;
  private line = 0;

  constructor(
    private readonly sink: RowSink,
    id?: string,
  ) {
    this.rows = new JsonRows(sink, this.scanner, { id: id !== undefined, label: true }, id);
  }

  take(block: Uint8Array, start: number, end: number): number {
    const clean = isUtf8(block.subarray(start, end));
    for (let at = start; at < end;) {
      this.line++;
      const next = clean ? at : block.indexOf(LINE_FEED, at) + 1;
      if (clean || isUtf8(block.subarray(at, next))) at = this.takeLine(block, at);
      else {
        this.sink.damaged(`line ${this.line}`, 'not UTF-8');
        at = next;
      }
    }
    return end;
  }

  tooLong(): void {
    this.sink.damaged(`line ${++this.line}`, 'longer than 64 MB');
  }

  /** Reads a line; the position after it. */
  private takeLine(block: Uint8Array, at: number): number {
    const { scanner, rows, sink } = this;
    scanner.begin(block, at, false);
    if (scanner.space() === LINE_FEED) return scanner.at + 1;
    if (rows.read()) {
      if (scanner.space() === LINE_FEED) {
        sink.end();
        return scanner.at + 1;
      }
      rows.problem = 'not valid JSON';
    }
    sink.damaged(`line ${this.line}`, rows.problem);
    return block.indexOf(LINE_FEED, at) + 1;
  }
}
