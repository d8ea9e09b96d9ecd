/** Data that lies in files or in a table, row by row. */
import { named } from './query';

/** Where rows lie, and how they are written. */
export interface Source {
  /** `gs://` addresses, of which each may hold one `*`; or the full name of a table. */
  readonly uris?: readonly string[];
  readonly table?: string;
  readonly format: 'csv' | 'jsonlines' | 'parquet';
}

/** What the files of a source are called in a query. */
export const FILES = 'files';

/** Never in a text: each line of a file is one field. */
const NO_DELIMITER = '\u0001';

/** Definition of the files as a table of one query; nothing for a table. */
export function definitions({ uris, format }: Source): object | undefined {
  if (!uris) return undefined;
  if (format === 'parquet') return { [FILES]: { sourceUris: uris, sourceFormat: 'PARQUET', autodetect: true } };
  const csvOptions = { fieldDelimiter: NO_DELIMITER, quote: '', allowJaggedRows: true, encoding: 'UTF-8' };
  const schema = { fields: [{ name: 'line', type: 'STRING' }] };
  return { [FILES]: { sourceUris: uris, sourceFormat: 'CSV', schema, csvOptions } };
}

/** A query of the rows: `instance`, and `place` for people. */
export function rowsOf({ table, format }: Source): string {
  if (table !== undefined) {
    return `SELECT TO_JSON_STRING(data) AS instance, 'the table' AS place FROM ${named(table)} AS data`;
  }
  if (format === 'parquet')
    return `SELECT TO_JSON_STRING(data) AS instance, data._FILE_NAME AS place FROM ${FILES} AS data`;
  const header = format === 'csv' ? ' AND line != @header' : '';
  return `SELECT line AS instance, _FILE_NAME AS place FROM ${FILES} WHERE TRIM(line) != ''${header}`;
}
