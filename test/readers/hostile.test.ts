import { Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { UnreadableFile, countFiles, profileFiles } from '../../lib/readers';
import type { FileFormat, InputFile, Progress } from '../../lib/readers';
import { checkProfile } from '../../lib/statistics/profile';
import { BINS, categorical, fileOf, numeric } from './in-memory';

const TEXT_FORMATS: readonly FileFormat[] = ['csv', 'jsonlines', 'capture'];

const profile = (file: InputFile, names: readonly string[], type: 'numeric' | 'categorical' = 'numeric') =>
  profileFiles([file], {
    columns: names.map((name) => (type === 'numeric' ? numeric(name) : categorical(name))),
    format: 'csv',
    source: 's',
    createdAt: 't',
  });

describe('hostile input is counted and reported, never a crash and never skipped silently', () => {
  for (const format of TEXT_FORMATS) {
    it(`${format}: an empty file has no rows`, async () => {
      const counts = await countFiles([fileOf('a', ''), fileOf('b', '\n\r\n')], { bins: BINS, format });
      expect(counts).toMatchObject({ rows: 0, files: 2, bytes: 3, damage: { files: 0, rows: 0 } });
    });

    it(`${format}: no file at all has no rows`, async () => {
      expect(await countFiles([], { bins: BINS, format })).toMatchObject({ rows: 0, files: 0 });
    });

    it(`${format}: a file in UTF-16 is one that cannot be read`, async () => {
      for (const mark of ['\xff\xfe', '\xfe\xff']) {
        const bytes = Buffer.concat([Buffer.from(mark, 'latin1'), Buffer.from('size,color\n1,red\n', 'utf16le')]);
        const { rows, damage } = await countFiles([fileOf('a', bytes)], { bins: BINS, format });
        expect({ rows, damage }).toEqual({
          rows: 0,
          damage: { files: 1, rows: 0, examples: ['a: it is in UTF-16, allowed: UTF-8'] },
        });
      }
    });

    it(`${format}: a line that is longer than 64 MB is damage, and the next one is read`, async () => {
      const lines = {
        csv: ['1,red', '2,red'],
        jsonlines: ['{"size":1}', '{"size":2}'],
        capture: ['', ''],
        parquet: [],
      }[format];
      const long = async function* () {
        yield Buffer.from(`${lines[0]}\n`);
        for (let i = 0; i < 80; i++) yield Buffer.alloc(2 ** 20, 0x41);
        yield Buffer.from(`\n${lines[1]}\n`);
      };
      const { damage, rows } = await countFiles([{ name: 'a', open: long }], { bins: BINS, format });
      expect({ rows, damaged: damage.rows }).toEqual({ rows: format === 'capture' ? 0 : 2, damaged: 1 });
      expect(damage.examples[0]).toMatch(/^a: line \d: longer than 64 MB$/);
    });

    it(`${format}: random bytes are all damage`, async () => {
      const noise = Buffer.from(
        Array.from({ length: 20_000 }, (_, i) => (i % 50 === 49 ? 10 : 128 + ((i * 7919) % 128))),
      );
      const { damage, rows } = await countFiles([fileOf('a', noise, 100)], { bins: BINS, format });
      expect({ rows, damaged: damage.rows, examples: damage.examples.length }).toEqual({
        rows: 0,
        damaged: 400,
        examples: 10,
      });
    });
  }

  it('a row in another encoding is damage, and the rows around it count', async () => {
    const latin = Buffer.from('size,color\n1,red\n2,\xe9t\xe9\n3,red\n', 'latin1');
    expect(await countFiles([fileOf('a', latin)], { bins: BINS, format: 'csv' })).toMatchObject({
      rows: 2,
      damage: { rows: 1, examples: ['a: line 3: not UTF-8'] },
    });
    const json = Buffer.from('{"size":1}\n{"size":2,"x":"\xe9"}\n', 'latin1');
    expect(await countFiles([fileOf('a', json)], { bins: BINS, format: 'jsonlines' })).toMatchObject({
      rows: 1,
      damage: { rows: 1, examples: ['a: line 2: not UTF-8'] },
    });
  });

  it('a file that cannot be opened, or breaks off, is counted; what was read of it stays', async () => {
    const broken: InputFile = {
      name: 'b',
      async *open() {
        yield Buffer.from('1,red\n2,re');
        throw new UnreadableFile('gone');
      },
    };
    const { rows, damage, files } = await countFiles([broken, fileOf('c', '3,red')], { bins: BINS, format: 'csv' });
    expect({ rows, files, damage }).toEqual({
      rows: 2,
      files: 2,
      damage: { files: 1, rows: 0, examples: ['b: gone'] },
    });
  });

  it('any other error ends the reading: the network may be back later', async () => {
    const failing: InputFile = {
      name: 'b',
      async *open() {
        yield Buffer.from([0x1f, 0x8b]);
        throw new Error('socket hang up');
      },
    };
    await expect(countFiles([failing], { bins: BINS, format: 'csv' })).rejects.toThrow('socket hang up');
  });

  it('constant, empty and infinite columns have profiles', async () => {
    const text = `a,b,c,d\n${'7,,inf,-1.7976931348623157e308\n'.repeat(1000)}`;
    const { bins, counts } = checkProfile(await profile(fileOf('a', text), ['a', 'b', 'c', 'd']));
    expect(bins).toMatchObject([
      { cuts: [6.999999999999999, 7] },
      { cuts: [] },
      { cuts: [] },
      { cuts: [-Number.MAX_VALUE] },
    ]);
    expect(counts.columns.map((column) => column.counts)).toEqual([[0, 1000, 0], [0], [1000], [1000, 0]]);
    expect(counts.columns[1].missing).toBe(1000);
    expect(counts.columns[2].infinite).toBe(1000);
  });

  it('a million categories keep the frequent ones, counted exactly, and some of the others', async () => {
    const chunks = function* () {
      yield Buffer.from('c\n');
      for (let i = 0; i < 1000; i++) {
        const rare = Array.from({ length: 1000 }, (_, j) => `rare-${i * 1000 + j}\n`).join('');
        yield Buffer.from(`${rare}${`often-${i % 100}\n`.repeat(200)}`);
      }
    };
    const file = { name: 'a', open: () => Readable.from(chunks()) };
    const { bins, counts } = checkProfile(await profile(file, ['c'], 'categorical'));
    const { categories } = bins[0] as { categories: readonly string[] };
    expect(categories).toHaveLength(255);
    expect(categories.slice(0, 100).toSorted()).toEqual(Array.from({ length: 100 }, (_, i) => `often-${i}`).toSorted());
    expect(counts.columns[0].counts.slice(0, 100)).toEqual(Array(100).fill(2000));
    expect(counts.columns[0].counts[255]).toBe(1_200_000 - 200_000 - 155);
    expect(counts.columns[0].others).toHaveLength(32);
    expect(counts.columns[0].others.every(({ count }) => count === 1)).toBe(true);
  });

  it('a text of a megabyte is told by its first 256 bytes', async () => {
    const text = (n: number) => `${'ż'.repeat(127)}a${'ż'.repeat(100_000)}${n}`; // byte 256 is within a character
    const { bins, counts } = await profile(fileOf('a', `c\n${text(1)}\n${text(2)}\n`), ['c'], 'categorical');
    expect(bins[0]).toMatchObject({ categories: [`${'ż'.repeat(127)}a`] });
    expect(counts.columns[0].counts).toEqual([2, 0]);
  });

  it('ten thousand columns', async () => {
    const names = Array.from({ length: 10_000 }, (_, i) => `column ${i}`);
    const rows = Array.from({ length: 20 }, (_, row) => names.map((_, i) => (i * 31 + row * 17) % 97).join());
    const { counts, bins } = await profile(fileOf('a', [names.join(), ...rows].join('\n')), names);
    expect({ rows: counts.rows, columns: bins.length }).toEqual({ rows: 20, columns: 10_000 });
    expect(counts.columns[9_999].least).toBe(Math.min(...rows.map((row) => Number(row.split(',')[9_999]))));
  });

  it('progress is told for each chunk and each file', async () => {
    const seen: Progress[] = [];
    const files = [fileOf('a', '1,red\n2,red\n', 4), fileOf('b', '3,red\n')];
    await countFiles(files, { bins: BINS, format: 'csv', onProgress: (progress) => seen.push(progress) });
    expect(seen.map(({ bytes }) => bytes)).toEqual([4, 8, 12, 12, 18, 18]);
    expect(seen.at(-1)).toEqual({ bytes: 18, rows: 3, files: 2 });
  });
});
