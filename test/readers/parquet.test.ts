import { readFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { InputFile } from '../../lib/readers/input-file';
import { UnreadableFile } from '../../lib/readers/input-file';
import type { RowGroup, WantedColumn } from '../../lib/readers/parquet';
import { openParquet } from '../../lib/readers/parquet';

const sample = (name: string) => readFileSync(path.resolve(`test/readers/parquet/${name}.parquet`));

/** A file in memory that can be read in parts. */
function inParts(bytes: Uint8Array, asked: [number, number][] = []): InputFile {
  return {
    ...{ name: 'a.parquet', size: bytes.length },
    open: () => expect.unreachable('ranges are enough'),
    async slice(start, end) {
      asked.push([start, end]);
      return bytes.subarray(start, end);
    },
  };
}

/** The same one where it can only be read from the start. */
function asStream(bytes: Uint8Array): InputFile {
  return {
    name: 'a.parquet',
    async *open() {
      for (let i = 0; i < bytes.length; i += 100) yield bytes.subarray(i, i + 100);
    },
  };
}

async function groupsOf(file: InputFile, wanted: readonly WantedColumn[]) {
  const groups = [];
  for await (const group of (await openParquet(file, wanted)).rowGroups()) groups.push(group);
  return groups;
}

/** All values of one column. */
async function column(file: InputFile, name: string, type: WantedColumn['type']): Promise<unknown[]> {
  const groups = (await groupsOf(file, [{ name, type }])) as RowGroup[];
  return groups.flatMap(({ values }) => Array.from(values.get(name)!));
}

describe('values of every type that pyarrow writes', () => {
  const file = inParts(sample('types'));
  const iso = ['2026-11-25T10:30:00.250Z', undefined, '1969-12-31T00:00:00.000Z'];
  const millis = iso.map((text) => text && Date.parse(text));

  test.each<[string, unknown[], unknown[]]>([
    ['int8', [1, undefined, -128], [1, undefined, -128]],
    ['uint32', [1, undefined, 4294967295], [1, undefined, 4294967295]],
    ['int64', [1, undefined, 2 ** 53], ['1', undefined, '9007199254740993']],
    ['uint64', [1, undefined, 2 ** 64], ['1', undefined, '18446744073709551615']],
    ['required', [1, 2, 2 ** 53], ['1', '2', '9007199254740993']],
    ['float32', [0.5, undefined, Infinity], [0.5, undefined, Infinity]],
    ['float64', [0.1, undefined, NaN], [0.1, undefined, NaN]],
    ['decimal', [1.25, undefined, -99999999999999999.75], [1.25, undefined, -99999999999999999.75]],
    ['boolean', [true, undefined, false], [true, undefined, false]],
    ['date', [Date.UTC(2026, 10, 25), undefined, -86_400_000], ['2026-11-25', undefined, '1969-12-31']],
    ['millis', millis, iso],
    ['micros', millis, iso],
    ['nanos', millis, iso],
    ['text', ['ATL', undefined, 'Zürich'], ['ATL', undefined, 'Zürich']],
    ['dictionary', ['ATL', undefined, 'ATL'], ['ATL', undefined, 'ATL']],
    ['bytes', ['ab', undefined, '\ufffd'], ['ab', undefined, '\ufffd']],
    ['nothing', [undefined, undefined, undefined], [undefined, undefined, undefined]],
  ])('%s', async (name, asNumeric, asCategorical) => {
    const none = (value: unknown) => value ?? undefined;
    expect((await column(file, name, 'numeric')).map(none)).toEqual(asNumeric);
    expect((await column(file, name, 'categorical')).map(none)).toEqual(asCategorical);
  });

  test('timestamps of 96 bits, as Spark wrote them', async () => {
    const old = inParts(sample('types-int96'));
    expect((await column(old, 'micros', 'numeric')).map((value) => value ?? undefined)).toEqual(millis);
  });

  test.each(['list', 'struct'])('a %s is no scalar in any row', async (name) => {
    expect((await column(file, name, 'numeric')).map((value) => typeof value)).toEqual(['object', 'object', 'object']);
    expect(await column(file, name, 'numeric')).not.toContain(null);
  });

  test('bytes without meaning are no scalar', async () => {
    expect((await column(file, 'fixed', 'categorical'))[0]).toBeTypeOf('object');
  });
});

describe('codecs and pages', () => {
  test.each(['codec-none', 'codec-snappy', 'codec-gzip', 'codec-brotli', 'codec-zstd', 'codec-lz4', 'pages-v2'])(
    '%s',
    async (name) => {
      expect(await column(inParts(sample(name)), 'x', 'numeric')).toEqual(Array.from({ length: 300 }, (_, i) => i % 7));
      expect((await column(inParts(sample(name)), 'g', 'categorical')).slice(0, 4)).toEqual(['g0', 'g1', 'g2', 'g0']);
    },
  );

  test('one row group after the other', async () => {
    const groups = await groupsOf(inParts(sample('codec-zstd')), [{ name: 'x', type: 'numeric' }]);
    expect(groups.map(({ rows }) => rows)).toEqual([100, 100, 100]);
  });

  test('a file without rows', async () => {
    const file = await openParquet(inParts(sample('empty')), [{ name: 'x', type: 'numeric' }]);
    expect(file.columnNames).toEqual(['x', 'g']);
    expect(await column(inParts(sample('empty')), 'x', 'numeric')).toEqual([]);
  });
});

describe('a real file of three million flights', () => {
  const flights = path.resolve('node_modules/vega-datasets/data/flights-3m.parquet');
  let handle: Awaited<ReturnType<typeof open>>;
  let file: InputFile;

  beforeAll(async () => {
    handle = await open(flights);
    const { size } = await handle.stat();
    const slice = async (start: number, end: number) => {
      const { buffer } = await handle.read(Buffer.alloc(end - start), 0, end - start, start);
      return buffer;
    };
    file = { name: flights, size, open: () => expect.unreachable(), slice };
  });
  afterAll(() => handle.close());

  test('reads the bytes of the wanted columns only, one row group at a time', async () => {
    const parquet = await openParquet(file, [{ name: 'origin', type: 'categorical' }]);
    expect(parquet.columnNames).toEqual(['date', 'delay', 'distance', 'origin', 'destination']);
    expect([...parquet.types.values()].map((type) => type[0]).join('')).toBe('nnncc');
    const footer = parquet.bytes();
    const read: number[] = [];
    let [rows, atlanta] = [0, 0];
    for await (const group of parquet.rowGroups()) {
      rows += group.rows;
      read.push(parquet.bytes());
      const origins = Array.from((group as RowGroup).values.get('origin')!);
      atlanta += origins.filter((origin) => origin === 'ATL').length;
    }
    expect([rows, atlanta]).toEqual([3_000_000, 124_711]);
    expect(read).toHaveLength(11);
    expect(new Set(read).size).toBe(11);
    expect(parquet.bytes() - footer).toBeLessThan(file.size! / 4);
  });
});

describe('where the file comes from', () => {
  const wanted: WantedColumn[] = [
    { name: 'x', type: 'numeric' },
    { name: 'missing', type: 'numeric' },
  ];

  test('a stream gives the same as ranges; a column that does not exist has no values', async () => {
    const [ranges, stream] = [inParts(sample('codec-gzip')), asStream(sample('codec-gzip'))];
    expect(await groupsOf(stream, wanted)).toEqual(await groupsOf(ranges, wanted));
    const [group] = (await groupsOf(stream, wanted)) as RowGroup[];
    expect([...group.values.keys()]).toEqual(['x']);
  });

  test('an error of the network is thrown on, whenever it comes', async () => {
    const bytes = sample('codec-gzip');
    for (const failing of [1, 2, 3]) {
      let calls = 0;
      const file = inParts(bytes);
      const slice = async (start: number, end: number) => {
        if (++calls === failing) throw new RangeError('connection reset');
        return file.slice!(start, end);
      };
      await expect(groupsOf({ ...file, slice }, wanted)).rejects.toThrow(new RangeError('connection reset'));
    }
  });
});

describe('broken files', () => {
  const wanted: WantedColumn[] = [{ name: 'x', type: 'numeric' }];
  const whole = sample('codec-none');

  test.each([
    ['nothing', Buffer.alloc(0)],
    ['three bytes', Buffer.from('PAR')],
    ['text', Buffer.from('x,g\n1,2\n')],
    ['a file cut off', whole.subarray(0, whole.length - 20)],
    ['a footer of zeros', Buffer.concat([Buffer.alloc(100), Buffer.from([50, 0, 0, 0]), Buffer.from('PAR1')])],
    ['a footer longer than the file', Buffer.concat([Buffer.from([255, 255, 255, 0]), Buffer.from('PAR1')])],
  ])('%s is unreadable', async (_, bytes) => {
    for (const file of [inParts(bytes), asStream(bytes)]) {
      const failure = await openParquet(file, wanted).catch((error: Error) => error);
      expect(failure).toBeInstanceOf(UnreadableFile);
      expect((failure as Error).message).toMatch(/^no Parquet file: \w/);
    }
  });

  test('a damaged row group is told with its rows, and the others are read', async () => {
    const bytes = Buffer.from(whole);
    bytes.fill(255, 4, 60);
    const groups = await groupsOf(inParts(bytes), wanted);
    expect(groups.map((group) => ('damage' in group ? 'damaged' : 'read'))).toEqual(['damaged', 'read', 'read']);
    expect(groups[0]).toEqual({ rows: 100, damage: expect.stringMatching(/\w/) });
  });

  test('no byte that changes ends in anything but values, damage or an unreadable file', async () => {
    const counts = { whole: 0, damaged: 0, unreadable: 0 };
    for (let at = 0; at < whole.length; at += 3) {
      const bytes = Buffer.from(whole);
      bytes[at] ^= 0x15;
      const groups = await groupsOf(inParts(bytes), wanted).catch((error: Error) => error);
      if (groups instanceof Error) expect(groups).toBeInstanceOf(UnreadableFile);
      const kind = groups instanceof Error ? 'unreadable' : groups.some((g) => 'damage' in g) ? 'damaged' : 'whole';
      counts[kind] += 1;
    }
    expect(Math.min(...Object.values(counts))).toBeGreaterThan(0);
  });
});
