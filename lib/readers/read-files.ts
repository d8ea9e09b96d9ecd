import { readBlocks } from './blocks';
import { CaptureReader } from './capture';
import { CsvReader } from './csv';
import type { InputFile } from './input-file';
import { UnreadableFile } from './input-file';
import { JsonLinesReader } from './jsonlines';
import type { RowSink } from './row-sink';

/** CSV, JSON Lines, Parquet, or SageMaker's captured requests. */
export type FileFormat = 'csv' | 'jsonlines' | 'parquet' | 'capture';

/** How far reading came. */
export interface Progress {
  /** Read so far, before decompression. */
  readonly bytes: number;
  /** Whole rows. */
  readonly rows: number;
  /** Files that were read to their end. */
  readonly files: number;
}

export interface ReadRules {
  readonly format: FileFormat;
  readonly id?: string;
  readonly onProgress?: (progress: Progress) => void;
}

/** Reads one file after the other into a sink. What cannot be read of them is damage; any other error ends the reading. */
export async function readFiles(files: readonly InputFile[], sink: RowSink, rules: ReadRules): Promise<void> {
  const { onProgress } = rules;
  const progress = (bytes: number) => {
    sink.bytes += bytes;
    onProgress?.({ bytes: sink.bytes, rows: sink.rows, files: sink.files });
  };
  for (const file of files) {
    sink.beginFile(file.name);
    try {
      if (rules.format === 'parquet') await (await import('./parquet-rows.js')).readParquet(file, sink, progress);
      else await readLines(file, sink, rules, progress);
    } catch (error) {
      if (!(error instanceof UnreadableFile)) throw error;
      sink.damagedFile(error.message);
    }
    sink.files++;
    progress(0);
  }
}

const READERS = { csv: CsvReader, jsonlines: JsonLinesReader, capture: CaptureReader };

function readLines(file: InputFile, sink: RowSink, { format, id }: ReadRules, progress: (bytes: number) => void) {
  const reader = new READERS[format as keyof typeof READERS](sink, id);
  return readBlocks(file, {
    take: (block, start, end, last) => reader.take(block, start, end, last),
    tooLong: () => reader.tooLong(),
    progress,
  });
}
