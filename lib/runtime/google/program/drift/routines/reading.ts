/** How rows are read: the same for requests, answers, labels and training data. */
import type { ProfiledColumn } from '../../../../../statistics/profile/profile';

/** Which columns a row has, and how it is written. A JSON document. */
export interface Reading {
  /** Names are distinct. */
  readonly columns: readonly ProfiledColumn[];
  /** Name of the request id; without names it is one more value at the end. */
  readonly id?: string;
  /** `csv`: a line of it; `json`: an object, told by keys, or an array, told by position; `any`: as it comes. */
  readonly format: 'csv' | 'json' | 'any';
  /** Names of the fields of CSV; without it they are told by position. */
  readonly header?: readonly string[];
  /** Whether one more value at the start is the label, as in what XGBoost is trained on. */
  readonly label?: boolean;
}

const known = { text: '', reading: undefined as Reading | undefined };

/** The reading of a document. A query asks with the same one for each row: it is parsed once. */
export function readingOf(text: string): Reading {
  if (known.reading === undefined || known.text !== text) {
    known.reading = JSON.parse(text) as Reading;
    known.text = text;
  }
  return known.reading;
}

/** What the values of a row without names are: indexes of columns, or -1; nothing where there is another number of them. */
export function positions({ columns, id, label = false }: Reading, values: number): number[] | string {
  const all = columns.map((_, index) => index);
  const features = all.filter((index) => columns[index].role === 'feature');
  const order = features.length > 0 ? features : all;
  if (values === order.length) return order;
  if (values === order.length + 1 && id !== undefined) return [...order, -1];
  if (values === order.length + 1 && label) return [-1, ...order];
  const more = id !== undefined ? ' with the id at the end' : ' with the label at the start';
  const also = id !== undefined || label ? `, or ${order.length + 1}${more}` : '';
  return `wrong number of values: got ${values}, allowed ${order.length}${also}`;
}
