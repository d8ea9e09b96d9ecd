/** What a model answered, from a line of captured requests or of an answer file. */
import { Buffer } from 'node:buffer';
import type { ColumnType, ProfiledColumn } from '../statistics/profile/profile';

/** The answer for one row. */
export interface Answer {
  readonly id?: string;
  readonly value?: number | string;
  /** ISO 8601. */
  readonly at?: string;
}

/** How lines are understood. */
export interface AnswerRules {
  /** Features in request order and the prediction: among the columns the first one of this role. */
  readonly columns: readonly ProfiledColumn[];
  /** `capture`: captured requests with their answers; the others: answer files of batch and asynchronous prediction. */
  readonly format: 'capture' | 'csv' | 'jsonlines';
  /** Key of the request id in JSON requests or answers; in CSV it is one more field at the end. */
  readonly id?: string;
}

/** A line that holds no answer at all; its message says why. */
export class DamagedLine extends Error {}

/** A row of CSV, or a value of JSON. */
type Row = { readonly fields: readonly string[] } | { readonly value: unknown };

type JsonObject = Readonly<Record<string, unknown>>;

/** Answers with what reads one line. It throws `DamagedLine`. */
export function answerReader({ columns, format, id }: AnswerRules): (line: string) => Answer[] {
  const prediction = columns.find(({ role }) => role === 'prediction');
  if (!prediction) throw new RangeError('one of the columns must be a prediction, got none');
  const features = columns.filter(({ role }) => role === 'feature').length;
  const rules = { prediction, id, features };
  switch (format) {
    case 'capture':
      return (line) => capturedAnswers(line, rules);
    case 'jsonlines':
      return (line) => jsonAnswers(line, rules);
    case 'csv':
      return (line) => [csvAnswer(csvRows(line)[0].fields, rules)];
  }
}

interface Rules {
  readonly prediction: ProfiledColumn;
  readonly id?: string;
  readonly features: number;
}

function capturedAnswers(line: string, rules: Rules): Answer[] {
  const record = parsed(line);
  const data = objectOf(objectOf(record)?.captureData);
  if (!data) throw new DamagedLine('no captured request');
  const event = objectOf(objectOf(record)!.eventMetadata) ?? {};
  const inference = scalarText(event.inferenceId) ?? scalarText(event.eventId);
  const at = scalarText(event.inferenceTime);
  const requests = payloadRows(objectOf(data.endpointInput));
  const answers = alongside(payloadRows(objectOf(data.endpointOutput)), requests.length);
  if (answers.length === 0) return [{ id: inference, at }];
  return answers.map((answer, i) => {
    const request = requests.length === answers.length ? requestId(requests[i], rules) : undefined;
    return {
      id: request ?? answerId(answer, rules) ?? numbered(inference, i, answers.length),
      value: valueOf(answer, rules),
      at,
    };
  });
}

/** Ids of rows that were asked about together. */
const numbered = (id: string | undefined, row: number, rows: number) =>
  id === undefined || rows === 1 ? id : `${id}:${row}`;

/** JSON answers of a file, which SageMaker may have given an id and the time of their job. */
function jsonAnswers(line: string, rules: Rules): Answer[] {
  const value = parsed(line);
  const { SageMakerInferenceId: given, SageMakerInferenceTime: time } = objectOf(value) ?? {};
  const rows = listed(value);
  return rows.map((row, i) => ({
    id: answerId(row, rules) ?? numbered(scalarText(given), i, rows.length),
    value: valueOf(row, rules),
    at: scalarText(time),
  }));
}

const TIME = /^\s*\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z\s*$/;

/** A CSV answer of a file; the last two fields are an id and a time where SageMaker made them. */
function csvAnswer(fields: readonly string[], rules: Rules): Answer {
  const made = fields.length >= 3 && TIME.test(fields.at(-1)!);
  const own = { fields: made ? fields.slice(0, -2) : fields };
  const id = answerId(own, rules);
  return {
    id: id ?? (made ? scalarText(fields.at(-2)!.trim()) : undefined),
    value: valueOf(own, rules),
    at: made ? fields.at(-1)!.trim() : undefined,
  };
}

/** Rows of one side of a captured request. */
function payloadRows(side: JsonObject | undefined): Row[] {
  if (side?.data === undefined || side.data === null) return [];
  const { data, encoding, observedContentType: type = '' } = side;
  if (typeof data !== 'string') return listed(data);
  const named = { CSV: 'csv', JSON: 'json' }[String(encoding)];
  const format = named ?? (/json/i.test(String(type)) ? 'json' : /csv|^text\//i.test(String(type)) ? 'csv' : undefined);
  if (format === undefined) throw new DamagedLine(`its content type is '${String(type)}', allowed: CSV and JSON`);
  const text = encoding === 'BASE64' ? Buffer.from(data, 'base64').toString('utf8') : data;
  return format === 'csv' ? csvRows(text) : jsonRows(text);
}

function jsonRows(text: string): Row[] {
  const lines = text.trim().split(/\r?\n/);
  try {
    return listed(JSON.parse(text));
  } catch {
    return lines.map((line) => ({ value: parsed(line) }));
  }
}

/** The rows of a JSON value: the elements of a list of rows, or itself. */
function listed(value: unknown): Row[] {
  const object = objectOf(value);
  const list = object ? (object.predictions ?? object.instances) : value;
  const isList = Array.isArray(list) && (object !== undefined || typeof list[0] === 'object');
  return isList ? list.map((element: unknown) => ({ value: element })) : [{ value }];
}

/** Rows of CSV: quotes may hold commas and line ends. Empty lines are none. */
function csvRows(text: string): Array<{ readonly fields: readonly string[] }> {
  const rows: { fields: string[] }[] = [];
  const field = /(?:"((?:[^"]|"")*)"|((?:[^",\r\n][^,\r\n]*)?))(,|\r?\n|\r|$)/y;
  let fields: string[] = [];
  for (let match = field.exec(text); match; match = field.exec(text)) {
    fields.push(match[1]?.replaceAll('""', '"') ?? match[2]);
    if (match[3] === ',') continue;
    if (fields.length > 1 || fields[0] !== '') rows.push({ fields });
    if (match[3] === '') break;
    fields = [];
  }
  if (field.lastIndex < text.length) throw new DamagedLine('a quote is not closed, or text follows it');
  return rows.length > 0 ? rows : [{ fields: [] }];
}

/** One row with as many values as rows were asked about answers them all. */
function alongside(answers: Row[], requests: number): Row[] {
  if (answers.length !== 1 || requests < 2) return answers;
  const [row] = answers;
  if ('fields' in row)
    return row.fields.length === requests ? row.fields.map((field) => ({ fields: [field] })) : answers;
  const { value } = row;
  return Array.isArray(value) && value.length === requests ? value.map((one: unknown) => ({ value: one })) : answers;
}

/** The id in a request: by its key, or after all features. */
function requestId(row: Row, { id, features }: Rules): string | undefined {
  if (id === undefined) return undefined;
  if ('fields' in row) return row.fields.length === features + 1 ? scalarText(row.fields.at(-1)) : undefined;
  if (Array.isArray(row.value)) return row.value.length === features + 1 ? scalarText(row.value.at(-1)) : undefined;
  return scalarText(objectOf(row.value)?.[id]);
}

/** The id in an answer: by its key, or after the prediction. */
function answerId(row: Row, { id }: Rules): string | undefined {
  if (id === undefined) return undefined;
  if ('fields' in row) return row.fields.length > 1 ? scalarText(row.fields.at(-1)!.trim()) : undefined;
  return scalarText(objectOf(row.value)?.[id]);
}

/** Keys of an object that are no prediction, whatever they are called. */
const MADE = ['SageMakerInferenceId', 'SageMakerInferenceTime'];

function valueOf(row: Row, { prediction: { name, type }, id }: Rules): number | string | undefined {
  if ('fields' in row) return typed(row.fields[0]?.trim(), type);
  const object = objectOf(row.value);
  if (!object) return typed(Array.isArray(row.value) ? row.value[0] : row.value, type);
  if (Object.hasOwn(object, name)) return typed(object[name], type);
  const [first] = Object.keys(object).filter((key) => key !== id && !MADE.includes(key));
  return first === undefined ? undefined : typed(object[first], type);
}

/** A value of a numeric or categorical column; nothing where it is none. */
function typed(value: unknown, type: ColumnType): number | string | undefined {
  const text = scalarText(value);
  if (text === undefined || type === 'categorical') return text;
  const number = typeof value === 'boolean' || text.trim() === '' ? NaN : Number(text);
  return Number.isFinite(number) ? number : undefined;
}

/** The text of a value that is one and not empty. */
function scalarText(value: unknown): string | undefined {
  const scalar = typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';
  return scalar && value !== '' ? String(value) : undefined;
}

function objectOf(value: unknown): JsonObject | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonObject) : undefined;
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line) as unknown;
  } catch {
    throw new DamagedLine('not valid JSON');
  }
}
