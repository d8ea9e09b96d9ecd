/** Rows as the routines read them, against lib/readers, which read bytes. */
import { describe, expect, test } from 'vitest';
import { countFiles } from '../../../../lib/readers';
import { driftCells } from '../../../../lib/runtime/google/program/drift/routines/cells';
import { driftRows } from '../../../../lib/runtime/google/program/drift/routines/rows';
import type { Reading } from '../../../../lib/runtime/google/program/drift/routines/reading';
import type { ColumnBins, ColumnCounts } from '../../../../lib/statistics/profile/profile';

const NUMBER: ColumnBins = { name: 'x', type: 'numeric', role: 'feature', cuts: [] };
const CATEGORY: ColumnBins = { name: 'c', type: 'categorical', role: 'feature', categories: [] };
const COLUMNS = [NUMBER, CATEGORY];

/** What the readers say of a file of one row: cells, as the routine writes them. */
async function readersCells(text: string, format: 'csv' | 'jsonlines'): Promise<string[]> {
  const file = {
    name: 'rows',
    async *open() {
      yield new TextEncoder().encode(text);
    },
  };
  const counts = await countFiles([file], { format, bins: COLUMNS });
  return counts.rows === 0 ? ['d'] : counts.columns.map(cellOf);
}

function cellOf({ absent, missing, invalid, infinite, least, others }: ColumnCounts): string {
  if (absent) return 'a';
  if (missing) return 'm';
  if (invalid) return 'i';
  if (infinite) return 'n∞';
  return others.length > 0 ? `t${others[0].value}` : `n${least}`;
}

function ourCells(instance: string, format: Reading['format'], header?: string[]): string[] {
  const reading: Reading = { columns: COLUMNS, format, label: true, ...(header && { header }) };
  const [first, ...cells] = JSON.parse(driftCells(JSON.stringify(reading), instance, null)) as string[];
  const known = cells.filter((cell) => cell[0] !== 'u').map((cell) => cell.replace(/^n-?Infinity$/, 'n∞'));
  return first === 'r' ? known : ['d'];
}

const LONG = 'ü'.repeat(200);

describe('a value means what it means to the readers', () => {
  test.each([
    ...[
      '1',
      '-0',
      '1.5e3',
      '1e999',
      '"1.5"',
      '"inf"',
      '"-Infinity"',
      '"NaN"',
      '""',
      '"NA"',
      'null',
      'true',
      '[1]',
      '{}',
    ],
    ...['12345678901234567890', '0.1', '"None"', '" 1 "', '"5."', '1e-7'],
  ])('%s in JSON', async (value) => {
    for (const row of [`{"x": ${value}, "c": ${value}}`, `[${value}, ${value}]`, `["label", ${value}, ${value}]`]) {
      expect(ourCells(row, 'json')).toEqual(await readersCells(`${row}\n`, 'jsonlines'));
    }
  });

  test.each([
    ...[
      '1',
      '+1',
      '.5',
      '5.',
      '1e5',
      '1.e5',
      ' 7\t',
      'inf',
      '-Infinity',
      'NaN',
      '',
      'NA',
      'null',
      'x',
      '"1"',
      '"a""b"',
    ],
    ...['1,000', '"1,5"', 'a"b', '0x10', '1_000', LONG, '--1', 'e5', '1e'],
  ])('%s in CSV', async (field) => {
    const row = `${field},${field}`;
    expect(ourCells(row, 'csv', ['x', 'c'])).toEqual(await readersCells(`x,c\n${row}\n`, 'csv'));
  });

  test.each(['{"x": 1', '"text"', '[1]', '[1, 2, 3, 4]', '{}', '{"other": 1, "x": 2}'])('the row %s', async (row) => {
    expect(ourCells(row, 'json')).toEqual(await readersCells(`${row}\n`, 'jsonlines'));
  });
});

describe('a logged request', () => {
  const reading: Reading = {
    columns: [NUMBER, CATEGORY, { name: 'score', type: 'numeric', role: 'prediction' }],
    id: 'id',
    format: 'any',
  };
  const rows = (request: string[], response: string[]) =>
    JSON.parse(driftRows(JSON.stringify(reading), JSON.stringify(request), JSON.stringify(response))) as object[];

  test('has a row for each instance, with its prediction and its id', () => {
    const sent = ['{"x":1,"c":"a","id":7}', '[2,"b","seven"]'];
    expect(rows(sent, ['{"id":7,"score":0.5}', '0.25'])).toEqual([
      { id: '7', instance: sent[0], prediction: '{"id":7,"score":0.5}' },
      { id: 'seven', instance: sent[1], prediction: '0.25' },
    ]);
  });

  test('may be logged as whole bodies, of JSON or CSV', () => {
    expect(rows(['{"instances":[[1,"a"],[2,"b"]]}'], ['{"predictions":[0.1,0.2]}'])).toMatchObject([
      { instance: '[1,"a"]', prediction: '0.1' },
      { instance: '[2,"b"]', prediction: '0.2' },
    ]);
    expect(rows(['1,a,7\n2,b,8\n'], ['0.1,0.2'])).toEqual([
      { id: '7', instance: '1,a,7', prediction: '0.1' },
      { id: '8', instance: '2,b,8', prediction: '0.2' },
    ]);
  });

  test('counts without its answers where these are others than its rows, and says so', () => {
    const [first, second, problem] = rows(['[1,"a"]', '[2,"b"]'], ['[0.1,0.2,0.3]']);
    expect([first, second]).toEqual([{ instance: '[1,"a"]' }, { instance: '[2,"b"]' }]);
    expect(problem).toEqual({ problem: 'the request and the answer have different numbers of rows: 2 and 1' });
  });
});
