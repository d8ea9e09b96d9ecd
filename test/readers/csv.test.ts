import fc from 'fast-check';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { countFiles } from '../../lib/readers';
import type { ColumnBins } from '../../lib/statistics/profile';
import { BINS, categorical, fileOf, numeric } from './in-memory';

const count = (
  content: string | Uint8Array,
  options: { id?: string; chunk?: number; bins?: readonly ColumnBins[] } = {},
) => countFiles([fileOf('a.csv', content, options.chunk)], { bins: BINS, format: 'csv', ...options });

/** Two features without a prediction, as in a request. */
const FEATURES = BINS.slice(0, 2);

describe('CSV', () => {
  it('tells columns by the names in the header, in any order', async () => {
    const { rows, columns, unknownColumns } = await count('score,extra,color,size\n0.7,x,red,2\n0.2,y,blue,9\n');
    expect(rows).toBe(2);
    expect(unknownColumns).toEqual(['extra']);
    expect(columns[0]).toMatchObject({ counts: [0, 0, 1, 0, 0, 1], least: 2, greatest: 9, absent: 0 });
    expect(columns[1]).toMatchObject({ counts: [1, 0, 0, 1], others: [{ value: 'blue', count: 1 }] });
    expect(columns[2].counts).toEqual([0, 1, 1, 0]);
  });

  it('counts a column that no header names as absent in every row', async () => {
    const { columns } = await count('size,score\n1,0.1\n1,0.2\n');
    expect(columns[1]).toMatchObject({ absent: 2, missing: 0, counts: [0, 0, 0, 0] });
  });

  it('tells columns by position where there is no header: features alone, after a label, before an id', async () => {
    const alone = await count('1,red\n2,red\n');
    expect(alone.columns[0].counts).toEqual([0, 1, 1, 0, 0, 0]);
    expect(alone.columns[2].absent).toBe(2);
    expect((await count('9,1,red\n9,2,red\n')).columns.slice(0, 2)).toEqual(alone.columns.slice(0, 2));
    expect((await count('1,red,9\n2,red,9\n', { id: 'id' })).columns.slice(0, 2)).toEqual(alone.columns.slice(0, 2));
  });

  it('reads quotes, doubled quotes, commas and line ends between quotes, CRLF and a byte order mark', async () => {
    const text = '\ufeffsize,color\r\n1,"red"\r\n"2","blue, or ""sky"""\r\n3,"a\r\nb"\r\n4,żółty';
    for (const chunk of [1, 3, 7, 1000]) {
      const { rows, columns, damage } = await count(text, { chunk });
      expect({ rows, damage: damage.rows }).toEqual({ rows: 4, damage: 0 });
      expect(columns[0].counts).toEqual([0, 1, 1, 1, 1, 0]);
      expect(columns[1]).toMatchObject({ counts: [1, 1, 1, 1], others: [{ value: 'a\r\nb', count: 1 }] });
    }
  });

  it('tells missing, infinite and invalid values apart', async () => {
    const cells = [
      '',
      'NA',
      'NaN',
      'null',
      'None',
      '  ',
      'inf',
      '-Infinity',
      'x',
      '1e',
      '0x10',
      '1_0',
      '"1,5"',
      ' 2 ',
      '3.',
      '+1',
    ];
    const { columns } = await count(`size,color\n${cells.map((cell) => `${cell},red\n`).join('')}`);
    expect(columns[0]).toMatchObject({ missing: 6, invalid: 5, infinite: 2, counts: [1, 1, 1, 1, 0, 1] });
    expect(columns[0]).toMatchObject({ least: 1, greatest: 3 });
  });

  it('counts in bins that are open below and closed above', async () => {
    const { columns } = await count('size\n0\n-0\n1\n1.0000000000000002\n4\n4.000000000000001\n', { bins: [BINS[0]] });
    expect(columns[0].counts).toEqual([2, 1, 1, 0, 1, 1]);
  });

  it('reports rows with a wrong number of fields, with their line, and counts nothing of them', async () => {
    const { rows, damage, columns } = await count('size,color\n1,"a\nb"\n1\n1,red,9\n2,red\n');
    expect(rows).toBe(2);
    expect(damage).toEqual({
      files: 0,
      rows: 2,
      examples: [
        'a.csv: line 4: wrong number of fields: got 1, allowed 2',
        'a.csv: line 5: wrong number of fields: got 3, allowed 2',
      ],
    });
    expect(columns[0].counts).toEqual([0, 1, 1, 0, 0, 0]);
    expect((await count('1,2,3,4\n')).damage.examples[0]).toMatch(/got 4, allowed 2, or 3 with the label at the start/);
  });

  it('loses one line, not the rest of the file, to a quote that is not closed or is followed by text', async () => {
    for (const chunk of [5, 1000]) {
      const { rows, damage } = await count('size,color\n3,"red"x\n4,red\n1,"red\n2,red\n', { chunk });
      expect(rows).toBe(2);
      expect(damage).toMatchObject({
        rows: 2,
        examples: ['a.csv: line 2: text after a closing quote', 'a.csv: line 4: a quote is not closed'],
      });
    }
  });

  it('reads gzip, and reports gzip that is cut off after counting what came before', async () => {
    const plain = `size,color\n${'1,red\n'.repeat(200_000)}`;
    const whole = await count(plain);
    const zipped = gzipSync(plain);
    expect(await count(zipped, { chunk: 1 })).toEqual({ ...whole, bytes: zipped.length });
    const cut = await count(zipped.subarray(0, zipped.length - 20));
    expect(cut.damage.files).toBe(1);
    expect(cut.damage.examples[0]).toMatch(/^a\.csv: damaged gzip: /);
    expect(cut.rows).toBeGreaterThan(0);
  });

  it('gives the same counts however the bytes arrive, and what counting one by one gives', async () => {
    const cell = fc.oneof(
      fc.double({ min: -2, max: 6, noNaN: true }).map(String),
      fc.constantFrom('', 'NA', 'abc', '"3"', '1e0'),
    );
    const color = fc.constantFrom('red', 'green', '"blue, or ""sky"""', '"x\ny"', '', 'żółty');
    const rows = fc.array(fc.tuple(cell, color), { maxLength: 30 });
    await fc.assert(
      fc.asyncProperty(rows, fc.integer({ min: 1, max: 40 }), async (table, chunk) => {
        const text = `size,color\n${table.map((row) => row.join()).join('\n')}`;
        const counted = await count(text, { chunk, bins: FEATURES });
        const numbers = table
          .map(([size]) => Number(size.replaceAll('"', '')))
          .filter((_, i) => !['', 'NA', 'abc'].includes(table[i][0]));
        const cuts = [0, 1, 2, 3, 4];
        const expected = Array<number>(6).fill(0);
        for (const x of numbers) expected[cuts.filter((cut) => cut < x).length]++;
        expect(counted.columns[0].counts).toEqual(expected);
        expect(counted.columns[0].invalid).toBe(table.filter(([size]) => size === 'abc').length);
        expect(counted.columns[1].counts[0]).toBe(table.filter(([, name]) => name === 'red').length);
        expect(counted.columns[1].missing).toBe(table.filter(([, name]) => name === '').length);
        expect(counted.rows).toBe(table.length);
      }),
      { numRuns: 300 },
    );
  });

  it('refuses columns that share a name', async () => {
    await expect(
      count('x\n', {
        bins: [
          { ...categorical('x'), categories: [] },
          { ...numeric('x'), cuts: [] },
        ],
      }),
    ).rejects.toThrow("names of columns must be distinct, got 'x' twice");
  });
});
