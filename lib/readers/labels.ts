import { Buffer } from 'node:buffer';
import type { InputFile } from './input-file';
import type { Items, Skipped } from './items';
import { whileReading } from './items';
import { readFiles } from './read-files';
import { PRESENT, RowSink } from './row-sink';
import type { RowConsumer } from './row-sink';

/** What became true of a prediction. */
export interface Label {
  readonly id: string;
  readonly label: number | string;
}

/** Where labels stand. */
export interface LabelOptions {
  readonly format: 'csv' | 'jsonlines' | 'parquet';
  readonly idColumn: string;
  readonly labelColumn: string;
}

/**
 * Reads labels, file by file in the given order. Rows without an id or a label are counted and left out.
 *
 * @throws whatever reading a file throws, save `UnreadableFile`
 */
export function readLabels(files: readonly InputFile[], options: LabelOptions): Items<Label> {
  const { idColumn, labelColumn, format } = options;
  const rows = new LabelRows();
  const columns = [idColumn, labelColumn].map((name) => ({ name, type: 'categorical', role: 'feature' }) as const);
  const sink = new RowSink(columns, rows);
  return {
    async *[Symbol.asyncIterator]() {
      for (const file of files) {
        yield* whileReading<Label>(file, (held, put) => {
          rows.put = put;
          return readFiles([format === 'parquet' ? file : held], sink, { format });
        });
      }
    },
    skipped: (): Skipped => ({ ...rows.skipped, damage: sink.summary().damage }),
  };
}

/** Makes labels of rows. Both columns are texts, whose numbers are those of a table that each row begins anew. */
class LabelRows implements RowConsumer {
  readonly wantsNumbers = false;
  put: (label: Label) => void = () => {};
  readonly skipped = { withoutId: 0, withoutValue: 0 };
  private texts = ['', ''];

  file(): void {}

  skip(): void {} // the sink counts damage

  category(column: number, bytes: Uint8Array, start: number, end: number): number {
    this.texts[column] = Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString('utf8');
    return column;
  }

  row(kinds: Uint8Array): void {
    const [id, text] = this.texts;
    if (kinds[0] !== PRESENT) this.skipped.withoutId++;
    else if (kinds[1] !== PRESENT) this.skipped.withoutValue++;
    else this.put({ id, label: numberOrText(text) });
  }
}

/** A text that is a finite number, as one: it takes less memory. */
export function numberOrText(text: string): number | string {
  return text.trim() !== '' && Number.isFinite(Number(text)) ? Number(text) : text;
}
