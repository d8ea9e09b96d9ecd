import type { Terminal } from './terminal';

/** Work that is over sooner needs no line. */
const PATIENCE_MS = 1000;
const BETWEEN_MS = 200;

/** Tells people how far a long reading is. */
export interface Progress {
  /** So many bytes were read; fewer than before are those of another pass. */
  at(bytes: number): void;
  /** Takes the line away. */
  end(): void;
}

/** A line on standard error that is rewritten in place; nothing where that is no terminal. `total` is that of all passes. */
export function progress(what: string, total: number, { stderr }: Terminal, now: () => number = Date.now): Progress {
  const [start, live] = [now(), stderr.isTTY === true];
  let [before, last, shown, width] = [0, 0, start, 0];
  const show = (line: string) => {
    stderr.write(`\r${line.padEnd(width)}`);
    width = line.length;
  };
  return {
    at(bytes) {
      if (bytes < last) before += last;
      last = bytes;
      const time = now();
      if (!live || time - start < PATIENCE_MS || time - shown < BETWEEN_MS) return;
      shown = time;
      show(`${what}: ${Math.min(100, Math.floor((100 * (before + bytes)) / total))} % of ${size(total)}`);
    },
    end() {
      if (width === 0) return;
      show('');
      stderr.write('\r');
      width = 0;
    },
  };
}

/** A number of bytes as people read it. */
function size(bytes: number): string {
  const units = ['bytes', 'kB', 'MB', 'GB', 'TB'];
  const power = Math.min(units.length - 1, Math.max(0, Math.floor(Math.log10(Math.max(1, bytes)) / 3)));
  return `${Number((bytes / 1000 ** power).toPrecision(3))} ${units[power]}`;
}
