import { nearest } from '../lib/config/nearest';
import type { ResolvedConfig } from '../lib/config/schema';
import type { InputFile } from '../lib/readers/input-file';
import type { ColumnType, ProfiledColumn } from '../lib/statistics/profile/profile';
import { InputError } from './command';
import type { Format, LocalFile } from './drift-files';

/** A column may hold so many values that are no numbers, of those that are there, and still be one of numbers. */
const ODD_SHARE = 0.05;

/** Lines of JSON whose keys are looked at. */
const LINES = 1000;

/** Columns to profile, and what was assumed of them. */
export interface ChosenColumns {
  readonly columns: readonly ProfiledColumn[];
  readonly notes: readonly string[];
}

/**
 * The columns of a config, as far as the data has them: features must be there, a prediction need not.
 *
 * @throws InputError that names the nearest column for each that is not there
 */
export async function configColumns(
  { data }: ResolvedConfig,
  files: readonly LocalFile[],
  format: Format,
): Promise<ChosenColumns> {
  const features = (data.features ?? []).map(({ name, type }) => ({ name, type, role: 'feature' as const }));
  if (features.length === 0) throw new InputError(['data.features: missing; the config must name the columns']);
  const prediction = data.prediction && { ...data.prediction, role: 'prediction' as const };
  const names = await columnNames(files[0], format);
  const all = [...features, ...(prediction ? [prediction] : [])];
  if (!names) return { columns: all, notes: [] };
  checkThere(features, names, files[0].name);
  if (!prediction || names.includes(prediction.name)) return { columns: all, notes: [] };
  const note = `${files[0].name} has no column '${prediction.name}': predictions are left out`;
  return { columns: features, notes: [note] };
}

function checkThere(wanted: readonly ProfiledColumn[], names: readonly string[], file: string): void {
  const problems = wanted
    .filter(({ name }) => !names.includes(name))
    .map(({ name }) => {
      const meant = nearest(name, names);
      return `${file}: no column '${name}'; ${meant === undefined ? `it has ${listed(names)}` : `did you mean '${meant}'?`}`;
    });
  if (problems.length > 0) throw new InputError(problems);
}

/**
 * The columns that stand in the data itself.
 *
 * @throws InputError where files hold no names
 */
export async function inferColumns(files: readonly LocalFile[], format: Format): Promise<ChosenColumns> {
  const names = await columnNames(files[0], format);
  if (!names || names.length === 0) {
    throw new InputError([`${files[0].name}: names no columns; name a config that does: --config CONFIG`]);
  }
  const types = await typesOf(files[0], format, names);
  const columns = names
    .filter((name) => types.has(name))
    .map((name) => ({ name, type: types.get(name)!, role: 'feature' as const }));
  const skipped = names.filter((name) => !types.has(name));
  return {
    columns,
    notes: [
      `without a config, types are taken from ${format === 'parquet' ? 'the schema' : 'the first rows'} of ${files[0].name}`,
      ...(skipped.length > 0 ? [`left out, since it holds no plain values: ${listed(skipped)}`] : []),
    ],
  };
}

/** Names of the columns in their order; nothing where files hold none. */
export async function columnNames(file: LocalFile, format: Format): Promise<string[] | undefined> {
  switch (format) {
    case 'csv': {
      const fields = firstRecord(file.head().toString('utf8'));
      return fields.some(isNumber) ? undefined : fields;
    }
    case 'jsonlines':
      return jsonKeys(file.head().toString('utf8'));
    case 'parquet':
      return [...(await parquet(file)).columnNames];
    case 'capture':
      return undefined;
  }
}

async function parquet(file: LocalFile) {
  const { openParquet } = await import('../lib/readers/parquet.js');
  try {
    return await openParquet(file, []);
  } catch (error) {
    throw new InputError([`${file.name}: ${(error as Error).message}`]);
  }
}

/** Names are no numbers: a first row with one is data, of which fields are told by position. */
const isNumber = (field: string) => field.trim() !== '' && Number.isFinite(Number(field));

/** The fields of the first row of a CSV. */
function firstRecord(text: string): string[] {
  const names: string[] = [];
  const field = /(?:"((?:[^"]|"")*)"|([^,\r\n]*))(,|\r?\n|\r|$)/y;
  field.lastIndex = text.startsWith('\ufeff') ? 1 : 0;
  for (let match = field.exec(text); match; match = field.exec(text)) {
    names.push((match[1] === undefined ? match[2] : match[1].replaceAll('""', '"')).trim());
    if (match[3] !== ',') break;
  }
  return names;
}

function jsonKeys(text: string): string[] {
  const keys = new Set<string>();
  for (const line of text.split('\n', LINES)) {
    try {
      const value: unknown = JSON.parse(line);
      if (typeof value === 'object' && value !== null) for (const key of Object.keys(value)) keys.add(key);
    } catch {
      // damaged, cut off, or empty: counted when it is read
    }
  }
  return [...keys];
}

/** By the schema of Parquet; else numbers where nearly all of the first rows have one, by the reader that counts them later. */
async function typesOf(
  file: LocalFile,
  format: Format,
  names: readonly string[],
): Promise<ReadonlyMap<string, ColumnType>> {
  if (format === 'parquet') return (await parquet(file)).types;
  const { countFiles } = await import('../lib/readers/index.js');
  const bins = names.map((name) => ({ name, type: 'numeric' as const, role: 'feature' as const, cuts: [] }));
  const { columns } = await countFiles([firstRows(file)], { bins, format });
  return new Map<string, ColumnType>(
    columns.map(({ invalid, counts: [numbers] }, i) => {
      const numeric = numbers > 0 && invalid <= ODD_SHARE * (numbers + invalid);
      return [names[i], numeric ? 'numeric' : 'categorical'];
    }),
  );
}

/** A file of the whole lines at the beginning of another. */
function firstRows(file: LocalFile): InputFile {
  const head = file.head();
  const end = head.lastIndexOf('\n') + 1;
  return {
    name: file.name,
    async *open() {
      yield end > 0 ? head.subarray(0, end) : head;
    },
  };
}

/** Names as people read them, not too many. */
function listed(names: readonly string[]): string {
  const shown = names.slice(0, 10).map((name) => `'${name}'`);
  return names.length > 10 ? `${shown.join(', ')} and ${names.length - 10} more` : shown.join(', ');
}
