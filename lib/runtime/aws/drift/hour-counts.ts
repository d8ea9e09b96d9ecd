/** Counts of hours: those of batches are merged into them, and stored for the runs to come. */
import type { ColumnBins, Counts, Damage, Profile } from '../../../statistics/profile';
import { checkProfile, emptyCounts, mergeCounts } from '../../../statistics/profile';
import type { HourOfCounts } from '../../../statistics/drift/judge';
import type { Batch } from './batches';
import { batchNames } from './batches';
import { eachBounded } from './bounded';
import type { Cloud } from './cloud';
import { readDocument, readText, writeDocument } from './objects';
import type { Run } from './run';
import { partialOf } from './run';

/** The counts of one hour as they are stored: counted again only where the files of the hour changed. */
interface StoredHour {
  readonly format: 'cdk-mlops/hour/1';
  readonly fingerprint: string;
  readonly counts: Counts;
}

/** An hour of the window, or of the one before. */
export interface PlannedHour {
  readonly hour: string;
  readonly files: number;
  readonly fingerprint: string;
  /** Batches that count it; absent where its counts are stored already. */
  readonly batches?: number;
  /** What of its files was not found. */
  readonly damage?: Damage;
}

/** What hours are counted over, and where their counts lie. */
export interface Counting {
  readonly run: Run;
  readonly bins: readonly ColumnBins[];
  /** Key prefix of the stored hours, ending in a slash. */
  readonly counts: string;
}

const hourKey = ({ counts }: Pick<Counting, 'counts'>, hour: string): string => `${counts}${hour}.json`;

/** Counts over other bins, or damaged ones, would spoil all they are merged with: what was stored is not trusted. */
function checkedCounts(bins: readonly ColumnBins[], counts: unknown): Counts {
  const createdAt = '1970-01-01T00:00:00.000Z';
  const profile: Profile = {
    format: 'cdk-mlops/profile/1',
    source: 'counts',
    createdAt,
    bins,
    counts: counts as Counts,
  };
  return checkProfile(profile).counts;
}

/** The counts that a document holds; nothing where there is no such document, or a damaged one. */
async function readCounts<T>(
  { s3 }: Cloud,
  { run, bins }: Counting,
  key: string,
  countsOf: (document: T) => unknown,
): Promise<Counts | undefined> {
  const text = await readText(s3, run.output.bucket, key);
  try {
    return text === undefined ? undefined : checkedCounts(bins, countsOf(JSON.parse(text) as T));
  } catch {
    return undefined;
  }
}

/** The stored counts of an hour with these files; nothing where it has to be counted. */
export function storedHour(
  cloud: Cloud,
  counting: Counting,
  { hour, fingerprint }: Pick<PlannedHour, 'hour' | 'fingerprint'>,
): Promise<Counts | undefined> {
  const key = hourKey(counting, hour);
  return readCounts<StoredHour>(cloud, counting, key, (stored) =>
    stored.fingerprint === fingerprint ? stored.counts : undefined,
  );
}

/** The counts of all hours of a plan. An hour that could not be read is among them, as damage. */
export function countsOfHours(
  cloud: Cloud,
  counting: Counting,
  hours: readonly PlannedHour[],
): Promise<HourOfCounts[]> {
  return eachBounded(hours, async (planned) => {
    const { hour, files, batches } = planned;
    if (batches !== undefined) return { hour, counts: await mergedHour(cloud, counting, planned) };
    const counts = await storedHour(cloud, counting, planned);
    return { hour, counts: counts ?? lost(counting, files, `the counts of ${hour} were lost during the run`) };
  });
}

/** Merges the batches of an hour. Where a child failed, the hour is not stored: the next run counts it again. */
async function mergedHour(
  cloud: Cloud,
  counting: Counting,
  { hour, fingerprint, batches, damage }: PlannedHour,
): Promise<Counts> {
  const { run, bins } = counting;
  let [counts, whole] = [{ ...emptyCounts(bins), ...(damage && { damage }) }, true];
  for (const name of batchNames(hour, batches!)) {
    const key = `${run.prefix}batches/${name}`;
    const partial = await readCounts<unknown>(cloud, counting, partialOf(key), (document) => document);
    whole &&= partial !== undefined;
    counts = mergeCounts(counts, partial ?? (await failedBatch(cloud, counting, key)));
  }
  const stored: StoredHour = { format: 'cdk-mlops/hour/1', fingerprint, counts };
  if (whole) await writeDocument(cloud.s3, run.output, hourKey(counting, hour), stored);
  return counts;
}

async function failedBatch({ s3 }: Cloud, counting: Counting, key: string): Promise<Counts> {
  const { bucket } = counting.run.output;
  const { files } = await readDocument<Batch>(s3, bucket, key);
  return lost(counting, files.length, `the reading of ${files.length} files failed: s3://${bucket}/${key}`);
}

/** Files that nothing is known of. */
function lost({ bins }: Counting, files: number, example: string): Counts {
  return { ...emptyCounts(bins), damage: { files, rows: 0, examples: [example] } };
}
