import type { ResolvedConfig } from '../lib/config/schema';
import { countFiles, profileFiles } from '../lib/readers/index';
import type { Counts, Profile } from '../lib/statistics/profile/profile';
import type { Arguments } from './command';
import { InputError, choice } from './command';
import { loadConfig } from './configs';
import { columnNames, configColumns, inferColumns } from './drift-columns';
import type { Format, LocalFile } from './drift-files';
import { FORMATS, detectFormat, findFiles } from './drift-files';
import { progress } from './drift-progress';
import type { Terminal } from './terminal';

/** What holds for all data of a command. */
export interface DataOptions {
  readonly config?: ResolvedConfig;
  /** @default - what the content tells */
  readonly format?: Format;
}

/** A profile, and what was assumed to make it. */
export interface MadeProfile {
  readonly profile: Profile;
  readonly notes: readonly string[];
}

/** The config of `--config`, if any. */
export async function configOf({ values }: Arguments): Promise<ResolvedConfig | undefined> {
  const files = values.config as readonly string[] | undefined;
  return files && loadConfig(files);
}

/** The format of `--format`, if any. */
export function chosenFormat(args: Arguments): Format | undefined {
  return choice(args, 'format', FORMATS) as Format | undefined;
}

/** Whether a path is a stored profile, by its content. */
export function isProfile(path: string): boolean {
  const [file, ...others] = findFiles([path]);
  return others.length === 0 && /"format"\s*:\s*"cdk-mlops\/profile\//.test(file.head().toString('utf8'));
}

/**
 * Profiles files and folders: two passes over the data.
 *
 * @throws InputError where nothing can be read, or columns are not there
 */
export async function profileOf(
  paths: readonly string[],
  { config, format: chosen }: DataOptions,
  terminal: Terminal,
): Promise<MadeProfile> {
  const files = findFiles(paths);
  const format = chosen ?? detectFormat(files);
  const { columns, notes } = config ? await configColumns(config, files, format) : await inferColumns(files, format);
  const source = paths.join(', ');
  const how = { columns, format, id: config?.data.id, source, createdAt: new Date().toISOString() };
  const profile = await watched(`profiling ${source}`, { files, passes: 2, terminal }, (onProgress) =>
    profileFiles(files, { ...how, onProgress }),
  );
  checkRows(profile.counts, paths);
  return { profile, notes };
}

/**
 * Counts files of a path over the bins of a baseline: one pass.
 *
 * @throws InputError where nothing can be read, or it has none of the columns
 */
export async function countOver(
  { bins }: Profile,
  path: string,
  { config, format: chosen }: DataOptions,
  terminal: Terminal,
): Promise<Counts> {
  const files = findFiles([path]);
  const format = chosen ?? detectFormat(files);
  await checkCommon(
    bins.map(({ name }) => name),
    files[0],
    format,
  );
  const how = { bins, format, id: config?.data.id };
  const counts = await watched(`reading ${path}`, { files, passes: 1, terminal }, (onProgress) =>
    countFiles(files, { ...how, onProgress }),
  );
  checkRows(counts, [path]);
  return counts;
}

/** Reads with a line that says how far it is. */
async function watched<T>(
  what: string,
  { files, passes, terminal }: { files: readonly LocalFile[]; passes: number; terminal: Terminal },
  read: (onProgress: (progress: { readonly bytes: number }) => void) => Promise<T>,
): Promise<T> {
  const bytes = files.reduce((sum, { size }) => sum + size, 0);
  const line = progress(what, passes * bytes, terminal);
  try {
    return await read((so) => line.at(so.bytes));
  } finally {
    line.end();
  }
}

function checkRows({ rows, damage }: Counts, paths: readonly string[]): void {
  if (rows > 0) return;
  throw new InputError([`${paths.join(', ')}: no row that can be read`, ...damage.examples]);
}

/** Data without any of the columns is other data: a mistake, and no drift. */
async function checkCommon(wanted: readonly string[], file: LocalFile, format: Format): Promise<void> {
  const names = await columnNames(file, format);
  if (!names || names.some((name) => wanted.includes(name))) return;
  const few = (all: readonly string[]) => all.slice(0, 5).join(', ') + (all.length > 5 ? ', …' : '');
  throw new InputError([`${file.name}: none of the baseline's columns (${few(wanted)}); it has ${few(names)}`]);
}
