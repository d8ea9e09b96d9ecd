import type { InputFile } from './input-file';
import { openParquet } from './parquet';
import type { RowGroup } from './parquet';
import type { RowSink } from './row-sink';

/** Reads the rows of a Parquet file, one row group after the other. Columns are told by name. */
export async function readParquet(file: InputFile, sink: RowSink, progress: (bytes: number) => void): Promise<void> {
  const parquet = await openParquet(file, sink.columns);
  for (const name of parquet.columnNames) {
    if (!sink.columns.some((column) => column.name === name)) sink.unknownColumn(name);
  }
  let reported = 0;
  const report = () => {
    progress(parquet.bytes() - reported);
    reported = parquet.bytes();
  };
  report();
  let first = 1;
  for await (const group of parquet.rowGroups()) {
    if ('damage' in group) sink.damaged(`rows ${first} to ${first + group.rows - 1}`, group.damage, group.rows);
    else putRows(group, sink);
    first += group.rows;
    report();
  }
}

function putRows(group: RowGroup, sink: RowSink): void {
  const columns = sink.columns.map(({ name }) => group.values.get(name));
  const texts: Texts = new Map();
  for (let row = 0; row < group.rows; row++) {
    for (let column = 0; column < columns.length; column++) {
      const values = columns[column];
      if (values) putValue(values[row], column, sink, texts);
    }
    sink.end();
  }
}

/** Texts as UTF-8: dictionaries make the same ones come again and again. */
type Texts = Map<string, Uint8Array>;

const REMEMBERED_TEXTS = 4096;

const encoder = new TextEncoder();

function putValue(value: unknown, column: number, sink: RowSink, texts: Texts): void {
  if (value === null || value === undefined) sink.missing(column);
  else if (typeof value === 'number' && (sink.numeric[column] || value !== value)) sink.number(column, value);
  else if (typeof value === 'object') sink.invalid(column);
  else if (typeof value === 'boolean' && sink.numeric[column]) sink.invalid(column);
  else if (sink.numeric[column]) sink.text(column, String(value));
  else putCategory(String(value), column, sink, texts);
}

function putCategory(text: string, column: number, sink: RowSink, texts: Texts): void {
  let bytes = texts.get(text);
  if (!bytes) {
    bytes = encoder.encode(text);
    if (texts.size < REMEMBERED_TEXTS) texts.set(text, bytes);
  }
  sink.category(column, bytes, 0, bytes.length);
}
