import type { Damage } from '../statistics/profile/profile';
import type { InputFile } from './input-file';

/** Items of files, one after the other, and what could not be made one. */
export interface Items<T> extends AsyncIterable<T> {
  /** So far: complete at the end. */
  skipped(): Skipped;
}

/** What gave no item. */
export interface Skipped {
  readonly damage: Damage;
  /** Rows without an id. */
  readonly withoutId: number;
  /** Rows whose value is missing, or none that is understood. */
  readonly withoutValue: number;
}

/**
 * The items that a reader puts out while it reads a file. It is held back at each part of the file until the items of the
 * part before are taken: no more than those of one part wait in memory.
 */
export async function* whileReading<T>(
  file: InputFile,
  read: (file: InputFile, put: (item: T) => void) => Promise<void>,
): AsyncGenerator<T> {
  let waiting: T[] = [];
  let [goOn, wake] = [() => {}, () => {}];
  let woken = new Promise<void>((resolve) => (wake = resolve));
  async function* partByPart() {
    for await (const part of file.open()) {
      yield part;
      const taken = new Promise<void>((resolve) => (goOn = resolve));
      wake();
      await taken;
      if (!wanted) return;
    }
  }
  let more = true;
  let wanted = true;
  const reading = read({ name: file.name, size: file.size, open: partByPart }, (item) => waiting.push(item)).finally(
    () => {
      more = false;
      wake();
    },
  );
  reading.catch(() => {}); // thrown below, when all that came before is taken
  try {
    while (more) {
      await woken;
      woken = new Promise<void>((resolve) => (wake = resolve));
      const items = waiting;
      waiting = [];
      yield* items;
      goOn();
    }
    await reading;
    yield* waiting;
  } finally {
    wanted = false; // nobody takes more: the file is closed
    goOn();
  }
}
