/** The captured files of each hour. */
import { createHash } from 'node:crypto';
import type { S3Client } from '@aws-sdk/client-s3';
import { isAsynchronousAnswer } from '../../../readers/batch-capture';
import type { ListedFiles } from './batch-files';
import { listedFiles } from './batch-files';
import { eachBounded } from './bounded';
import type { HourRange } from './hours';
import { hourFolder, hourName, hourOfFolder, isWithin } from './hours';
import { listObjects } from './objects';
import type { FileRef } from './s3-file';
import type { Traffic } from './traffic';

/** The files of each hour that has some, by the hour's name, in the order of their keys. */
export type FilesByHour = ReadonlyMap<string, readonly FileRef[]>;

/** Lists the traffic of some hours. Hours without files are not in the answer. */
export async function listCaptured(s3: S3Client, traffic: Traffic, range: HourRange): Promise<FilesByHour> {
  const { bucket, roots, mode } = traffic;
  const list = mode === 'asynchronous' ? answerFiles : hourlyFiles;
  const found = (await eachBounded(roots, (root) => list(s3, bucket, root, range))).flat();
  const files = new Map<string, FileRef[]>();
  for (const { hour, file } of found.sort((a, b) => (a.file.key < b.file.key ? -1 : 1))) {
    const ofHour = files.get(hour);
    if (ofHour) ofHour.push(file);
    else files.set(hour, [file]);
  }
  return files;
}

interface Found {
  readonly hour: string;
  readonly file: FileRef;
}

/** Keys sort like the hours, so one listing from the first hour to the last sees no other file. */
async function hourlyFiles(s3: S3Client, bucket: string, root: string, range: HourRange): Promise<Found[]> {
  const found: Found[] = [];
  const end = `${root}${hourFolder(range.to)}`;
  for await (const { key, etag, size } of listObjects(s3, bucket, root, `${root}${hourFolder(range.from)}`)) {
    if (key >= end) break;
    const hour = hourOfFolder(key.slice(root.length));
    if (hour !== undefined) found.push({ hour, file: { key, etag, size } });
  }
  return found;
}

/** Asynchronous answers belong to the hour in which they were written. */
async function answerFiles(s3: S3Client, bucket: string, root: string, range: HourRange): Promise<Found[]> {
  const found: Found[] = [];
  for await (const { key, etag, size, modified } of listObjects(s3, bucket, root)) {
    const hour = hourName(Date.parse(modified));
    if (isWithin(hour, range) && isAsynchronousAnswer(key)) found.push({ hour, file: { key, etag, size } });
  }
  return found;
}

/** What is read of the files of an hour: themselves, or where they are manifests what they list. */
export function filesToRead(s3: S3Client, { mode, bucket }: Traffic, files: readonly FileRef[]): Promise<ListedFiles> {
  if (mode === 'batch') return listedFiles(s3, bucket, files);
  const group = { bucket, files, ...(mode === 'asynchronous' && { side: 'answers' as const }) };
  return Promise.resolve({ groups: [group] });
}

/** Equal for equal files that are read in the same way: an hour is counted again only where this changed. */
export function fingerprint(files: readonly FileRef[], reading: object): string {
  const hash = createHash('sha256').update(JSON.stringify(reading));
  for (const { key, etag, size } of files) hash.update(`\n${key}\n${etag}\n${size}`);
  return hash.digest('hex');
}
