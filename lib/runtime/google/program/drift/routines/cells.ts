import { csvFields } from './csv';
import type { Reading } from './reading';
import { positions, readingOf } from './reading';
import { ABSENT, INVALID, jsonCell, textCell } from './values';

/** Names of columns that are not profiled: so many of a row are told. */
const MOST_UNKNOWN = 32;

/** A row that is put together. */
interface Row {
  readonly cells: string[];
  readonly unknown: string[];
}

/**
 * What a row says, as a list of cells: `r`, one for each column ({@link jsonCell}), and `u` with the name of each other column. Of a row
 * that cannot be read it is `d` with the reason, alone.
 *
 * @param instance the row as it was sent, or a line of a file
 * @param prediction what was answered, as it is written; null where that is not known
 */
export function driftCells(rules: string, instance: string, prediction: string | null): string {
  const reading = readingOf(rules);
  const row: Row = { cells: reading.columns.map(() => ABSENT), unknown: [] };
  const problem = readRow(reading, instance, row);
  if (problem !== undefined) return JSON.stringify([`d${problem}`]);
  if (prediction !== null) readPrediction(reading, prediction, row);
  return JSON.stringify(['r', ...row.cells, ...row.unknown.map((name) => `u${name}`)]);
}

function readRow(reading: Reading, instance: string, row: Row): string | undefined {
  if (reading.format === 'csv') return readLine(reading, instance, row);
  const value = parsed(instance);
  if (Array.isArray(value)) return readValues(reading, value, jsonCell, row);
  if (typeof value === 'object' && value !== null) return readObject(reading, value as Record<string, unknown>, row);
  if (value !== undefined) return 'neither an object nor an array';
  return reading.format === 'any' ? readLine(reading, instance, row) : 'not valid JSON';
}

function readLine(reading: Reading, line: string, row: Row): string | undefined {
  const fields = csvFields(line.replace(/\r$/, ''));
  if (!fields) return 'a quote is not closed, or text follows it';
  const { header, columns, id } = reading;
  if (!header) return readValues(reading, fields, textCell, row);
  if (fields.length !== header.length) {
    return `wrong number of fields: got ${fields.length}, allowed ${header.length}`;
  }
  columns.forEach(({ name, type }, index) => {
    const field = header.indexOf(name);
    if (field >= 0) row.cells[index] = textCell(fields[field], type);
  });
  for (const name of header) if (name !== id) tellUnknown(reading, name, row);
  return undefined;
}

function readValues<T>(
  reading: Reading,
  values: readonly T[],
  cellOf: (value: T, type: 'numeric' | 'categorical') => string,
  { cells }: Row,
): string | undefined {
  const order = positions(reading, values.length);
  if (typeof order === 'string') return order;
  order.forEach((column, index) => {
    if (column >= 0) cells[column] = cellOf(values[index], reading.columns[column].type);
  });
  return undefined;
}

function readObject(reading: Reading, object: Readonly<Record<string, unknown>>, row: Row): undefined {
  reading.columns.forEach(({ name, type }, index) => {
    if (has(object, name)) row.cells[index] = jsonCell(object[name], type);
  });
  for (const name of Object.keys(object)) if (name !== reading.id) tellUnknown(reading, name, row);
}

function tellUnknown({ columns }: Reading, name: string, { unknown }: Row): void {
  if (unknown.length < MOST_UNKNOWN && !columns.some((column) => column.name === name)) unknown.push(name);
}

/** Puts an answer into the columns of predictions: by key, or the first value; by position; or the value itself. */
function readPrediction({ columns }: Reading, prediction: string, { cells }: Row): void {
  const wanted = columns.map((_, index) => index).filter((index) => columns[index].role === 'prediction');
  if (wanted.length === 0) return;
  const value = parsed(prediction);
  if (value === undefined) {
    const fields = csvFields(prediction);
    wanted.forEach((column, index) => {
      if (!fields) cells[column] = INVALID;
      else if (index < fields.length) cells[column] = textCell(fields[index], columns[column].type);
    });
  } else if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    const object = value as Readonly<Record<string, unknown>>;
    const named = wanted.filter((column) => has(object, columns[column].name));
    for (const column of named) cells[column] = jsonCell(object[columns[column].name], columns[column].type);
    const [first] = Object.keys(object);
    if (named.length === 0 && first !== undefined) cells[wanted[0]] = jsonCell(object[first], columns[wanted[0]].type);
  } else {
    const values: unknown[] = Array.isArray(value) ? value : [value];
    wanted.slice(0, values.length).forEach((column, index) => {
      cells[column] = jsonCell(values[index], columns[column].type);
    });
  }
}

const has = (object: object, key: string) => Object.prototype.hasOwnProperty.call(object, key);

/** The value of a JSON text; nothing where it is none. */
export function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
