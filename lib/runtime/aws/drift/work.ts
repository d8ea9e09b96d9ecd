/** What one child execution does: reads a batch of files, and leaves what it counted beside it. */
import type { Counts, ProfiledColumn, Profile } from '../../../statistics/profile';
import type { InputFile } from '../../../readers';
import { countFiles, sampleFiles } from '../../../readers';
import type { Side } from '../../../readers/batch-capture';
import { countBatch } from '../../../readers/batch-capture';
import type { AnalyzerEvent } from '../../drift-contract';
import type { Batch } from './batches';
import type { Cloud } from './cloud';
import { AnalysisFailure } from './errors';
import { readDocument, writeDocument } from './objects';
import { partialOf } from './run';
import { s3File } from './s3-file';

/** What `work` answers. */
export interface Worked {
  /** Key of the partial counts, or of the sample. */
  readonly key: string;
}

/** Reads a batch. Read again, it writes the same. */
export async function work(cloud: Cloud, { batch: place }: AnalyzerEvent): Promise<Worked> {
  if (!place)
    throw new AnalysisFailure('there is no batch to work on; the state machine hands over its bucket and key');
  const batch = await readDocument<Batch>(cloud.s3, place.bucket, place.key);
  const key = partialOf(place.key);
  const shelf = { bucket: place.bucket, encryptionKeyArn: batch.encryptionKeyArn };
  await writeDocument(cloud.s3, shelf, key, await readBatch(cloud, place.bucket, batch));
  return { key };
}

async function readBatch({ s3 }: Cloud, bucket: string, batch: Batch): Promise<object> {
  const files = batch.files.map((file) => s3File(s3, batch.bucket, file));
  const { format, id, side, profile, columns } = batch;
  if (profile === undefined) return sampleFiles(files, { columns: columns as ProfiledColumn[], format });
  const { bins } = await readDocument<Pick<Profile, 'bins'>>(s3, bucket, profile);
  const options = { bins, ...(id !== undefined && { id }) };
  if (side === undefined) return countFiles(files, { ...options, format });
  return countSide(side, files, { ...options, format: format as 'csv' | 'jsonlines' });
}

/** One side of batch or asynchronous prediction. Where nothing but predictions is compared, rows are theirs. */
async function countSide(
  side: Side,
  files: readonly InputFile[],
  options: Parameters<typeof countBatch>[1],
): Promise<Counts> {
  const counts = await countBatch({ requests: [], answers: [], [side]: files }, options);
  const onlyPredictions = options.bins.every(({ role }) => role === 'prediction');
  return onlyPredictions ? { ...counts, rows: counts.columns[0]?.rows ?? 0 } : counts;
}
