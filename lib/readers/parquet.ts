/**
 * Parquet, by row group. The build replaces this file's output by a bundle with the decoder in it, so that users install
 * none; imports of the house stay imports, so an error class is the same one on both sides.
 */
import { parquetMetadataAsync, parquetRead, parquetSchema } from 'hyparquet';
import type { AsyncBuffer, FileMetaData, ParquetParsers, SchemaTree } from 'hyparquet';
import { compressors } from 'hyparquet-compressors';
import type { ColumnType } from '../statistics/profile/profile';
import type { InputFile } from './input-file';
import { UnreadableFile } from './input-file';

/** A column that is wanted, and how its values are seen. */
export interface WantedColumn {
  readonly name: string;
  readonly type: ColumnType;
}

/**
 * Rows of one row group. Values of a column stand in the order of the rows: numbers, strings and booleans; null or undefined
 * where there is none; an object for what is no scalar. In a numeric column an integer beyond 2^53 is rounded to the nearest
 * double and a time is in milliseconds since 1970; in a categorical one both are text, integers exact and times in ISO 8601.
 */
export interface RowGroup {
  readonly rows: number;
  /** By column name, of the wanted columns that the file has. */
  readonly values: ReadonlyMap<string, ArrayLike<unknown>>;
}

/** A row group whose values cannot be decoded. */
export interface DamagedRowGroup {
  readonly rows: number;
  readonly damage: string;
}

/** A Parquet file whose footer was read. */
export interface ParquetFile {
  /** All columns, also those that are not wanted. */
  readonly columnNames: readonly string[];
  /** How the schema would see a column: numbers and times as numeric, text and booleans as categorical; no others. */
  readonly types: ReadonlyMap<string, ColumnType>;
  /** Bytes read so far. */
  bytes(): number;
  /** Reads one row group after the other: what a caller keeps of it is all that stays in memory. */
  rowGroups(): AsyncGenerator<RowGroup | DamagedRowGroup>;
}

/**
 * Opens a Parquet file for some of its columns. Only their bytes are read where the file can be read in parts.
 *
 * @throws UnreadableFile where it is no Parquet; what reading its bytes throws is thrown on
 */
export async function openParquet(file: InputFile, wanted: readonly WantedColumn[]): Promise<ParquetFile> {
  const source = await bytesOf(file);
  const metadata = await decoded(source, () => parquetMetadataAsync(source.buffer));
  if (metadata instanceof Error) throw new UnreadableFile(`no Parquet file: ${metadata.message}`);
  const { children: columns } = parquetSchema(metadata);
  const groups = metadata.row_groups.map(({ num_rows: rows }) => Number(rows));
  const odd = groups.find((rows) => !(rows >= 0 && rows < MOST_ROWS));
  if (odd !== undefined) throw new UnreadableFile(`no Parquet file: a row group of ${odd} rows`);
  return {
    columnNames: columns.map(({ element }) => element.name),
    types: new Map(columns.filter(isScalar).flatMap(typeOf)),
    bytes: () => source.bytes,
    rowGroups: () => rowGroups(source, metadata, columns, wanted),
  };
}

/** An array holds no more. */
const MOST_ROWS = 2 ** 32;

/** Where bytes come from. */
interface Source {
  readonly buffer: AsyncBuffer;
  /** Read so far. */
  bytes: number;
  /** Why bytes could not be had: no fault of the file. */
  failure?: { readonly error: unknown };
}

/** Ranges of a file, or of all of it in memory where it has none. */
async function bytesOf(file: InputFile): Promise<Source> {
  const { size, slice } = file.slice && file.size !== undefined ? (file as Required<InputFile>) : await inMemory(file);
  const source: Source = {
    bytes: 0,
    buffer: {
      byteLength: size,
      async slice(start, end = size) {
        try {
          const part = await slice.call(file, start, end);
          source.bytes += part.length;
          return exactBuffer(part);
        } catch (error) {
          source.failure = { error };
          throw error;
        }
      },
    },
  };
  return source;
}

async function inMemory(file: InputFile): Promise<Required<Pick<InputFile, 'size' | 'slice'>>> {
  const parts: Uint8Array[] = [];
  for await (const part of file.open()) parts.push(part);
  const whole = Buffer.concat(parts);
  return { size: whole.length, slice: (start, end) => Promise.resolve(whole.subarray(start, end)) };
}

/** The decoder takes a buffer of its own; parts often are windows of a larger one. */
function exactBuffer({ buffer, byteOffset, byteLength }: Uint8Array): ArrayBuffer {
  return byteOffset === 0 && byteLength === buffer.byteLength
    ? (buffer as ArrayBuffer)
    : (buffer.slice(byteOffset, byteOffset + byteLength) as ArrayBuffer);
}

/** What decoding answers, or the error it ends with; an error of reading is thrown: the file may be whole. */
async function decoded<T>(source: Source, decode: () => Promise<T>): Promise<T | Error> {
  try {
    return await decode();
  } catch (error) {
    if (source.failure) throw source.failure.error;
    return error instanceof Error ? error : new Error(String(error));
  }
}

async function* rowGroups(
  source: Source,
  metadata: FileMetaData,
  columns: readonly SchemaTree[],
  wanted: readonly WantedColumn[],
): AsyncGenerator<RowGroup | DamagedRowGroup> {
  let rowStart = 0;
  for (const group of metadata.row_groups) {
    const rows = Number(group.num_rows);
    const range = { metadata, rowStart, rowEnd: rowStart + rows };
    const values = await decoded(source, () => groupValues(source.buffer, range, columns, wanted));
    yield values instanceof Error ? { rows, damage: values.message } : { rows, values };
    rowStart += rows;
  }
}

/** The rows of one row group. */
interface Range {
  readonly metadata: FileMetaData;
  readonly rowStart: number;
  readonly rowEnd: number;
}

const NO_SCALAR = Object.freeze({});

async function groupValues(
  file: AsyncBuffer,
  range: Range,
  columns: readonly SchemaTree[],
  wanted: readonly WantedColumn[],
): Promise<Map<string, ArrayLike<unknown>>> {
  const values = new Map<string, ArrayLike<unknown>>();
  const rows = range.rowEnd - range.rowStart;
  for (const type of ['numeric', 'categorical'] as const) {
    const ofType = columns.filter(({ element: { name } }) => wanted.some((w) => w.name === name && w.type === type));
    const [scalar, other] = [ofType.filter(isScalar), ofType.filter((column) => !isScalar(column))];
    for (const { element } of other) values.set(element.name, new Array(rows).fill(NO_SCALAR));
    const read = await readColumns(file, range, { names: scalar.map(({ element }) => element.name), type });
    for (const [name, chunks] of read) values.set(name, joined(chunks, rows, name, type));
  }
  return values;
}

/** Whether the decoder makes one plain value a row of a column. */
function isScalar({ children, element }: SchemaTree): boolean {
  const { repetition_type: repetition, converted_type: converted, logical_type: logical } = element;
  const odd = ['BSON', 'INTERVAL', 'GEOMETRY', 'GEOGRAPHY', 'VARIANT'];
  return (
    children.length === 0 &&
    repetition !== 'REPEATED' &&
    !odd.includes(converted ?? '') &&
    !odd.includes(logical?.type ?? '')
  );
}

function typeOf({ element }: SchemaTree): [string, ColumnType][] {
  const { name, type, converted_type: converted, logical_type: logical } = element;
  if (converted === 'DECIMAL' || logical?.type === 'FLOAT16') return [[name, 'numeric']];
  if (type === 'FIXED_LEN_BYTE_ARRAY') return logical?.type === 'UUID' ? [[name, 'categorical']] : [];
  return [[name, type === 'BYTE_ARRAY' || type === 'BOOLEAN' ? 'categorical' : 'numeric']];
}

async function readColumns(
  file: AsyncBuffer,
  { metadata, rowStart, rowEnd }: Range,
  { names, type }: { readonly names: string[]; readonly type: ColumnType },
): Promise<Map<string, ArrayLike<unknown>[]>> {
  const read = new Map<string, ArrayLike<unknown>[]>(names.map((name) => [name, []]));
  if (names.length === 0 || rowStart === rowEnd) return read;
  await parquetRead({
    ...{ file, metadata, rowStart, rowEnd, columns: names, compressors },
    parsers: type === 'numeric' ? AS_NUMBERS : AS_TEXT,
    onChunk: ({ columnName, columnData }) => read.get(columnName)!.push(columnData),
  });
  return read;
}

/** One array of a row group's chunks, without big integers. */
function joined(chunks: readonly ArrayLike<unknown>[], rows: number, name: string, type: ColumnType) {
  const length = chunks.reduce((sum, chunk) => sum + chunk.length, 0);
  if (length !== rows) throw new Error(`column ${name} has ${length} values for ${rows} rows`);
  if (chunks.length === 1 && !hasBigIntegers(chunks[0])) return chunks[0];
  const plain = type === 'numeric' ? Number : String;
  const all: unknown[] = [];
  for (const chunk of chunks) {
    for (let i = 0; i < chunk.length; i++) all.push(typeof chunk[i] === 'bigint' ? plain(chunk[i]) : chunk[i]);
  }
  return all;
}

/** Columns are of one type: the first value that is none of null tells. */
function hasBigIntegers(chunk: ArrayLike<unknown>): boolean {
  let i = 0;
  while (i < chunk.length && (chunk[i] === null || chunk[i] === undefined)) i++;
  return typeof chunk[i] === 'bigint';
}

const utf8 = new TextDecoder();
const text = (bytes: Uint8Array) => bytes && utf8.decode(bytes);

const DAY = 86_400_000;

const AS_NUMBERS: Partial<ParquetParsers> = {
  timestampFromMilliseconds: Number,
  timestampFromMicroseconds: (micros) => Number(micros) / 1e3,
  timestampFromNanoseconds: (nanos) => Number(nanos / 1000n) / 1e3, // as nanoseconds they exceed a double
  dateFromDays: (days) => days * DAY,
  jsonFromBytes: text,
};

const AS_TEXT: Partial<ParquetParsers> = {
  timestampFromMilliseconds: (millis) => isoTime(Number(millis)),
  timestampFromMicroseconds: (micros) => isoTime(Number(micros) / 1e3),
  timestampFromNanoseconds: (nanos) => isoTime(Number(nanos / 1000n) / 1e3),
  dateFromDays: (days) => isoTime(days * DAY).split('T')[0],
  jsonFromBytes: text,
};

/** ISO 8601, or the number of milliseconds where it is beyond the calendar. */
function isoTime(millis: number): string {
  const date = new Date(millis);
  return Number.isNaN(date.getTime()) ? String(millis) : date.toISOString();
}
