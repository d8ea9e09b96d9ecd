/** Readers: from files of CSV, JSON Lines, Parquet or captured requests to counts over bins. */
import { createHash } from 'node:crypto';
import { binsFromSample } from '../statistics/profile/bins';
import { buildProfile } from '../statistics/profile/build-profile';
import type { ColumnBins, Counts, Profile, ProfiledColumn } from '../statistics/profile/profile';
import type { Sample } from '../statistics/profile/sample';
import { Counter } from './counter';
import type { InputFile } from './input-file';
import { readFiles } from './read-files';
import type { FileFormat, Progress } from './read-files';
import { RowSink } from './row-sink';
import { Sampler } from './sampler';

export { UnreadableFile } from './input-file';
export type { InputFile } from './input-file';
export type { FileFormat, Progress } from './read-files';

/** How files are read. */
export interface ReadOptions {
  readonly format: FileFormat;
  /** Name of the column that holds an id: known, and not profiled. Without names it is an additional last field. */
  readonly id?: string;
  /** Called after each chunk that was read. */
  readonly onProgress?: (progress: Progress) => void;
}

export interface CountOptions extends ReadOptions {
  /** Of a baseline. */
  readonly bins: readonly ColumnBins[];
}

export interface SampleOptions extends ReadOptions {
  /** Distinct by name. */
  readonly columns: readonly ProfiledColumn[];
}

export interface ProfileOptions extends SampleOptions {
  /** Where the data lies, for people. */
  readonly source: string;
  /** ISO 8601. */
  readonly createdAt: string;
}

/**
 * Counts all rows of files over the bins of a baseline, in one pass. What cannot be read is counted as damage.
 * @throws whatever opening or reading a file throws, save `UnreadableFile`
 */
export async function countFiles(files: readonly InputFile[], options: CountOptions): Promise<Counts> {
  const counter = new Counter(options.bins);
  const sink = new RowSink(options.bins, counter);
  await readFiles(files, sink, options);
  return { ...sink.summary(), columns: counter.result() };
}

/**
 * Samples rows of files, from which bins are made: the rows whose hash is least, by file name and number.
 * @throws whatever opening or reading a file throws, save `UnreadableFile`
 */
export async function sampleFiles(files: readonly InputFile[], options: SampleOptions): Promise<Sample> {
  const sampler = new Sampler(options.columns);
  const sink = new RowSink(options.columns, sampler);
  await readFiles(files, sink, options);
  return { size: sampler.size, ...sink.summary(), ...sampler.result() };
}

/**
 * Profiles files in two passes: a sample makes the bins, then all rows are counted over them.
 * @throws whatever opening or reading a file throws, save `UnreadableFile`
 */
export async function profileFiles(files: readonly InputFile[], options: ProfileOptions): Promise<Profile> {
  const bins = binsFromSample(await sampleFiles(files, options));
  return buildProfile(bins, await countFiles(files, { ...options, bins }), options);
}

/** Identifies bins: counts over bins with equal ids add up. 16 hexadecimal digits. */
export function binsId(bins: readonly ColumnBins[]): string {
  const canonical = bins.map((column) => [
    column.name,
    column.type,
    column.role,
    column.type === 'numeric' ? column.cuts : column.categories,
  ]);
  return createHash('sha256').update(JSON.stringify(canonical)).digest('hex').slice(0, 16);
}
