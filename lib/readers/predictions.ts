import { mergeDamage } from '../statistics/profile/counts';
import type { Damage } from '../statistics/profile/profile';
import type { Answer, AnswerRules } from './answers';
import { DamagedLine, answerReader } from './answers';
import { readBlocks } from './blocks';
import type { InputFile } from './input-file';
import { UnreadableFile } from './input-file';
import type { Items } from './items';
import { whileReading } from './items';

/** What a model answered. */
export interface Prediction {
  /**
   * What joins it with its label: the request id where the data has one, else the inference id (`<inference id>:<row>`,
   * from 0, where a request has several rows), else the event id in its place.
   */
  readonly id: string;
  readonly prediction: number | string;
  /** When it was answered, ISO 8601; absent where nothing tells. */
  readonly at?: string;
}

/**
 * Reads predictions, file by file. What has no id or no prediction is counted and left out.
 *
 * @throws whatever reading a file throws, save `UnreadableFile`
 */
export function readPredictions(files: readonly InputFile[], rules: AnswerRules): Items<Prediction> {
  const answersOf = answerReader(rules);
  const counts = { withoutId: 0, withoutValue: 0 };
  let damage: Damage = { files: 0, rows: 0, examples: [] };
  const damaged = (kind: 'files' | 'rows', example: string) => {
    damage = mergeDamage(damage, { files: 0, rows: 0, [kind]: 1, examples: [example] });
  };
  const keep = ({ id, value, at }: Answer, put: (item: Prediction) => void) => {
    if (id === undefined) counts.withoutId++;
    else if (value === undefined) counts.withoutValue++;
    else put({ id, prediction: value, ...(at !== undefined && { at }) });
  };
  const read = async (file: InputFile, put: (item: Prediction) => void) => {
    try {
      await readLines(file, {
        line: (text) => answersOf(text).forEach((answer) => keep(answer, put)),
        damaged: (place, reason) => damaged('rows', `${file.name}: ${place}: ${reason}`),
      });
    } catch (error) {
      if (!(error instanceof UnreadableFile)) throw error;
      damaged('files', `${file.name}: ${error.message}`);
    }
  };
  return {
    async *[Symbol.asyncIterator]() {
      for (const file of files) yield* whileReading(file, read);
    },
    skipped: () => ({ ...counts, damage }),
  };
}

/** What becomes of lines. */
export interface LineReader {
  /** Takes a line that is not empty; it may throw `DamagedLine`. */
  line(text: string): void;
  damaged(place: string, reason: string): void;
  /** Called for each chunk with its length before decompression. */
  progress?(bytes: number): void;
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

const LINE_FEED = 0x0a;

/** Reads a file line by line: strict UTF-8, without empty lines. */
export function readLines(file: InputFile, reader: LineReader): Promise<void> {
  let line = 0;
  const attempt = (bytes: Uint8Array) => {
    try {
      const text = utf8.decode(bytes).trimEnd();
      if (text !== '') reader.line(text);
    } catch (error) {
      const damage =
        error instanceof DamagedLine ? error.message : error instanceof TypeError ? 'not UTF-8' : undefined;
      if (damage === undefined) throw error;
      reader.damaged(`line ${line}`, damage);
    }
  };
  return readBlocks(file, {
    take(block, start, end) {
      for (let at = start; at < end;) {
        const next = block.indexOf(LINE_FEED, at) + 1;
        line++;
        attempt(block.subarray(at, next));
        at = next;
      }
      return end;
    },
    tooLong: () => reader.damaged(`line ${++line}`, 'longer than 64 MB'),
    progress: (bytes) => reader.progress?.(bytes),
  });
}
