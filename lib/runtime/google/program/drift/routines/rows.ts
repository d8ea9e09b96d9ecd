import { csvFields } from './csv';
import type { Reading } from './reading';
import { readingOf } from './reading';
import { parsed } from './cells';

/** A row of a request, or what is wrong with it. */
interface LoggedRow {
  readonly id?: string;
  /** As it was sent: JSON, or a line of CSV. */
  readonly instance?: string;
  readonly prediction?: string;
  readonly problem?: string;
}

/**
 * The rows of a logged request, as a list of {@link LoggedRow}. Vertex AI logs the instances of a request, and the predictions of its
 * answer, as texts; of a raw request the body.
 *
 * @param request JSON list of texts
 * @param response JSON list of texts
 */
export function driftRows(rules: string, request: string, response: string): string {
  const reading = readingOf(rules);
  const instances = rowsIn(textsOf(request), 'instances');
  if (instances.length === 0) return JSON.stringify([{ problem: 'the request has no row' }]);
  const predictions = alongside(rowsIn(textsOf(response), 'predictions'), instances.length);
  const fits = predictions.length === instances.length;
  const rows = instances.map((instance, index): LoggedRow => {
    const prediction = fits ? predictions[index] : undefined;
    return { id: idOf(reading, instance, prediction), instance: asRow(instance), prediction };
  });
  if (fits || predictions.length === 0) return JSON.stringify(rows);
  const problem = `the request and the answer have different numbers of rows: ${instances.length} and ${predictions.length}`;
  return JSON.stringify([...rows, { problem }]);
}

function textsOf(list: string): string[] {
  return (JSON.parse(list) as (string | null)[]).filter((text): text is string => typeof text === 'string');
}

/** Rows as they are written, whichever way they are listed. */
function rowsIn(texts: readonly string[], key: string): string[] {
  return texts.reduce<string[]>((rows, text) => rows.concat(rowsOfText(text, key)), []);
}

function rowsOfText(text: string, key: string): string[] {
  const value = parsed(text);
  if (value === undefined) return text.split(/\r?\n/).filter((line) => line.trim() !== '');
  const list = Array.isArray(value) ? value : (value as Readonly<Record<string, unknown>> | null)?.[key];
  const isList = Array.isArray(list) && (list !== value || typeof list[0] === 'object');
  return (isList ? (list as unknown[]) : [value]).map((row) => JSON.stringify(row));
}

/** One answer with as many values as rows were asked about answers them all. */
function alongside(predictions: string[], rows: number): string[] {
  if (predictions.length !== 1 || rows < 2) return predictions;
  const value = parsed(predictions[0]);
  if (Array.isArray(value)) return value.length === rows ? value.map((one) => JSON.stringify(one)) : predictions;
  const fields = value === undefined ? csvFields(predictions[0]) : undefined;
  return fields?.length === rows ? fields : predictions;
}

/** A single value is a row of one. */
function asRow(instance: string): string {
  const value = parsed(instance);
  return value === null || (value !== undefined && typeof value !== 'object') ? `[${instance}]` : instance;
}

/** The id in a request, by its key or after all features; else by its key in the answer. */
function idOf(reading: Reading, instance: string, prediction: string | undefined): string | undefined {
  const { id, columns } = reading;
  if (id === undefined) return undefined;
  const features = columns.filter(({ role }) => role === 'feature').length;
  const value = parsed(instance);
  const values = Array.isArray(value) ? (value as unknown[]) : value === undefined ? csvFields(instance) : undefined;
  const sent = values ? (values.length === features + 1 ? values[features] : undefined) : keyed(value, id);
  return scalarText(sent) ?? scalarText(prediction === undefined ? undefined : keyed(parsed(prediction), id));
}

function keyed(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>)[key] : undefined;
}

/** The text of a value that is one and not empty. */
function scalarText(value: unknown): string | undefined {
  const scalar = typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';
  return scalar && value !== '' ? String(value) : undefined;
}
