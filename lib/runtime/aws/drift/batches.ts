/** Cuts files into batches, each the work of one child execution. */
import type { S3Client } from '@aws-sdk/client-s3';
import type { ProfiledColumn } from '../../../statistics/profile/profile';
import type { Side } from '../../../readers/batch-capture';
import { eachBounded } from './bounded';
import { writeDocument } from './objects';
import type { Run } from './run';
import type { FileRef } from './s3-file';

/** One child execution reads at most this much: about a minute of work. A larger file is a batch of its own. */
const MOST_BYTES = 256 * 1024 * 1024;
const MOST_FILES = 500;

/** How files are read. */
export interface Reading {
  readonly format: 'csv' | 'jsonlines' | 'parquet' | 'capture';
  /** Name of the request id. */
  readonly id?: string;
}

/** What one child execution does. */
export interface Batch extends Reading {
  /** Bucket of the files. */
  readonly bucket: string;
  readonly files: readonly FileRef[];
  /** What the files hold of batch or asynchronous prediction; absent where it is all that is asked for. */
  readonly side?: Side;
  /** Key of the profile over whose bins is counted; without it, values of `columns` are sampled. */
  readonly profile?: string;
  readonly columns?: readonly ProfiledColumn[];
  readonly encryptionKeyArn: string;
}

/** Files in their order, cut where a batch would be too large. */
export function cutIntoBatches(files: readonly FileRef[]): FileRef[][] {
  const batches: FileRef[][] = [];
  let bytes = 0;
  for (const file of files) {
    const last = batches.at(-1);
    if (last && last.length < MOST_FILES && bytes + file.size <= MOST_BYTES) {
      last.push(file);
      bytes += file.size;
    } else {
      batches.push([file]);
      bytes = file.size;
    }
  }
  return batches;
}

/** Names of batches, in order: `<name>-0000.json`. */
export function batchNames(name: string, count: number): string[] {
  return Array.from({ length: count }, (_, index) => `${name}-${String(index).padStart(4, '0')}.json`);
}

/** Cuts batches to their size and writes them under numbered names; answers how many there are. */
export async function writeBatches(
  s3: S3Client,
  { output, prefix }: Pick<Run, 'output' | 'prefix'>,
  name: string,
  work: readonly Omit<Batch, 'encryptionKeyArn'>[],
): Promise<number> {
  const batches = work.flatMap((batch) => cutIntoBatches(batch.files).map((files) => ({ ...batch, files })));
  const { encryptionKeyArn } = output;
  const named = batchNames(name, batches.length).map((file, index) => ({ file, batch: batches[index] }));
  await eachBounded(named, ({ file, batch }) =>
    writeDocument(s3, output, `${prefix}batches/${file}`, { ...batch, encryptionKeyArn }),
  );
  return batches.length;
}
