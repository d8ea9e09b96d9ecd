import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cutsOf } from '../../lib/statistics/profile/bins';
import { hashBytes, hashText } from '../../lib/statistics/profile/hash';
import {
  binsFromSample,
  buildProfile,
  checkProfile,
  emptyCounts,
  mergeCounts,
  nextDown,
  nextUp,
  sampleSize,
} from '../../lib/statistics/profile';
import type { ColumnBins, Counts, Profile } from '../../lib/statistics/profile';

const BINS: readonly ColumnBins[] = [
  { name: 'x', type: 'numeric', role: 'feature', cuts: [0, 1] },
  { name: 'c', type: 'categorical', role: 'feature', categories: ['a', 'b'] },
];

const count = fc.nat(1e6);
const numbers = fc.record({
  absent: count,
  missing: count,
  invalid: count,
  infinite: count,
  counts: fc.array(count, { minLength: 3, maxLength: 3 }),
  others: fc.constant([]),
});
const range = fc
  .option(fc.tuple(fc.integer(), fc.nat()))
  .map((r) => ({ least: r && r[0], greatest: r && r[0] + r[1] }));
const others = fc.uniqueArray(fc.record({ value: fc.string(), count }), {
  maxLength: 32,
  selector: ({ value }) => value,
});
const counts: fc.Arbitrary<Counts> = fc
  .record({
    rows: count,
    bytes: count,
    files: count,
    damage: fc.record({ files: count, rows: count, examples: fc.array(fc.string(), { maxLength: 10 }) }),
    unknownColumns: fc.array(fc.string(), { maxLength: 32 }),
    columns: fc.tuple(numbers, range, numbers, others).map(([a, ends, b, seen]) => [
      { ...a, ...ends },
      { ...b, least: null, greatest: null, others: seen },
    ]),
  })
  .map((drawn) => mergeCounts(drawn as Counts, emptyCounts(BINS))); // lists as they are kept

describe('mergeCounts', () => {
  it('does not depend on order or grouping, and nothing changes nothing', () => {
    fc.assert(
      fc.property(counts, counts, counts, (a, b, c) => {
        expect(mergeCounts(a, b)).toEqual(mergeCounts(b, a));
        expect(mergeCounts(mergeCounts(a, b), c)).toEqual(mergeCounts(a, mergeCounts(b, c)));
        expect(mergeCounts(emptyCounts(BINS), a)).toEqual(a);
      }),
      { numRuns: 500 },
    );
  });

  it('adds every number', () => {
    fc.assert(
      fc.property(counts, counts, (a, b) => {
        const sum = mergeCounts(a, b);
        for (const name of ['rows', 'bytes', 'files'] as const) expect(sum[name]).toBe(a[name] + b[name]);
        for (const name of ['rows', 'files'] as const) expect(sum.damage[name]).toBe(a.damage[name] + b.damage[name]);
        sum.columns.forEach((column, i) => {
          const [x, y] = [a.columns[i], b.columns[i]];
          for (const name of ['absent', 'missing', 'invalid', 'infinite'] as const) {
            expect(column[name]).toBe(x[name] + y[name]);
          }
          expect(column.counts).toEqual(x.counts.map((n, bin) => n + y.counts[bin]));
        });
      }),
      { numRuns: 200 },
    );
  });

  it('keeps rows of columns that come from other files', () => {
    const [empty] = [emptyCounts(BINS)];
    const own = { ...empty, rows: 10, columns: [{ ...empty.columns[0], rows: 3 }, empty.columns[1]] };
    expect(mergeCounts(own, { ...empty, rows: 5 }).columns.map(({ rows }) => rows)).toEqual([8, undefined]);
  });

  it('refuses counts over other bins', () => {
    expect(() => mergeCounts(emptyCounts(BINS), emptyCounts(BINS.slice(1)))).toThrow(/same bins, got 2 columns and 1/);
    const other: ColumnBins[] = [{ ...BINS[0], type: 'numeric', cuts: [0] }, BINS[1]];
    expect(() => mergeCounts(emptyCounts(BINS), emptyCounts(other))).toThrow(/got a column with 3 bins and with 2/);
  });
});

/** Counts over cuts, one by one. */
function countOver(cuts: readonly number[], values: readonly number[]): number[] {
  const result = Array<number>(cuts.length + 1).fill(0);
  for (const x of values) result[cuts.filter((cut) => cut < x).length]++;
  return result;
}

describe('cuts', () => {
  const value = fc.oneof(
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.integer({ min: -3, max: 3 }),
    fc.constant(0),
  );

  it('increase strictly and are finite, whatever the values', () => {
    fc.assert(
      fc.property(fc.array(value, { maxLength: 2000 }), (values) => {
        const cuts = cutsOf(values);
        expect(cuts.every((cut, i) => Number.isFinite(cut) && (i === 0 || cut > cuts[i - 1]))).toBe(true);
      }),
      { numRuns: 200 },
    );
  });

  it('give bins of at most 1/256 of the values, and a bin of its own to each value that has more', () => {
    const sample = Array.from({ length: 10_000 }, (_, i) => (i % 3 === 0 ? 0 : i % 7 === 0 ? 12.5 : Math.sin(i) * 100));
    const cuts = cutsOf(sample);
    for (const [bin, n] of countOver(cuts, sample).entries()) {
      const atom = nextDown(cuts[bin]) === cuts[bin - 1];
      if (!atom) expect(n).toBeLessThanOrEqual(Math.ceil(sample.length / 256));
    }
    for (const atom of [0, 12.5]) expect(cuts).toEqual(expect.arrayContaining([nextDown(atom), atom]));
  });

  it('do not split a value of which there are exactly 1/256 off', () => {
    const sample = Array.from({ length: 512 }, (_, i) => Math.floor(i / 2));
    expect(cutsOf(sample)).not.toContain(nextDown(100));
    expect(cutsOf([...sample, 100])).toContain(nextDown(100));
  });

  it('are closed to the range of all rows, with counts as if they had been from the start', () => {
    fc.assert(
      fc.property(
        fc.array(value, { minLength: 1, maxLength: 300 }),
        fc.array(value, { maxLength: 300 }),
        fc.nat(3),
        (some, more, infinite) => {
          const all = [...some, ...more];
          const values = [...all, ...Array<number>(infinite).fill(Infinity), -Infinity];
          const column = { name: 'x', type: 'numeric', role: 'feature' } as const;
          const open: ColumnBins = { ...column, cuts: cutsOf(some) };
          const [least, greatest] = [Math.min(...all) + 0, Math.max(...all) + 0];
          const counted = {
            ...emptyCounts([open]).columns[0],
            counts: countOver(open.cuts, values),
            least,
            greatest,
            infinite: infinite + 1,
          };
          const profile = buildProfile(
            [open],
            { ...emptyCounts([open]), rows: values.length, columns: [counted] },
            { source: '', createdAt: '' },
          );
          const { cuts } = profile.bins[0] as { cuts: readonly number[] };
          expect(checkProfile(JSON.parse(JSON.stringify(profile)))).toEqual(profile);
          expect(profile.counts.columns[0].counts).toEqual(countOver(cuts, values));
          expect(cuts.at(-1)).toBe(greatest);
          if (least > -Number.MAX_VALUE) expect(cuts[0]).toBe(nextDown(least));
          const again = buildProfile(profile.bins, profile.counts, { source: '', createdAt: '' });
          expect(again).toEqual(profile);
        },
      ),
      { numRuns: 500 },
    );
  });

  it('of categories are the most frequent, equal ones in code-unit order, sampled or counted', () => {
    const column = { name: 'c', type: 'categorical', role: 'feature' } as const;
    const sample = {
      size: 4,
      rows: 9,
      bytes: 0,
      files: 1,
      damage: { files: 0, rows: 0, examples: [] },
      unknownColumns: [],
      hashes: [1, 2, 3, 4],
    };
    const labels = ['a', 'b', 'c'];
    const values = [1, 1, 2, null];
    expect(binsFromSample({ ...sample, columns: [{ ...column, labels, counts: [3, 3, 9], values }] })).toEqual([
      { ...column, categories: ['c', 'a', 'b'] },
    ]);
    expect(binsFromSample({ ...sample, columns: [{ ...column, labels, counts: null, values }] })).toEqual([
      { ...column, categories: ['b', 'c', 'a'] },
    ]);
  });

  it('come from samples that many columns make smaller', () => {
    expect([1, 128, 129, 1000, 8192, 10_000].map(sampleSize)).toEqual([65_536, 65_536, 65_027, 8388, 1024, 1024]);
  });
});

describe('neighbours of a number', () => {
  it('have nothing between them', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (x) => {
        const up = nextUp(x);
        expect(up).toBeGreaterThan(x);
        if (Number.isFinite(up)) expect([x, up]).toContain(x + (up - x) / 2);
        expect(nextDown(up) === x || up === Infinity).toBe(true);
        expect(nextDown(-x) + 0).toBe(0 - up);
      }),
      { numRuns: 2000 },
    );
    expect([nextUp(1), nextDown(1)]).toEqual([1 + Number.EPSILON, 1 - Number.EPSILON / 2]);
    expect([nextUp(0), nextDown(0), nextUp(-Number.MIN_VALUE)]).toEqual([Number.MIN_VALUE, -Number.MIN_VALUE, 0]);
  });
});

describe('hashText', () => {
  it('is the hash of the UTF-8 bytes', () => {
    const text = fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom('\ud800x', '\udc00\ud800', 'żółw 🐢'));
    fc.assert(
      fc.property(text, (value) => {
        const bytes = Buffer.from(value);
        expect(hashText(value)).toBe(hashBytes(bytes, 0, bytes.length));
      }),
      { numRuns: 2000 },
    );
  });
});

describe('checkProfile', () => {
  const good: Profile = {
    format: 'cdk-mlops/profile/1',
    source: 's3://bucket/train',
    createdAt: '2026-11-23T00:00:00Z',
    bins: BINS,
    counts: {
      ...emptyCounts(BINS),
      rows: 6,
      columns: [
        { absent: 1, missing: 1, invalid: 1, infinite: 0, counts: [0, 3, 0], least: 0.5, greatest: 1, others: [] },
        {
          absent: 0,
          missing: 0,
          invalid: 0,
          infinite: 0,
          counts: [3, 2, 1],
          least: null,
          greatest: null,
          others: [{ value: 'z', count: 1 }],
        },
      ],
    },
  };

  it('takes a profile that was stored', () => {
    expect(checkProfile(JSON.parse(JSON.stringify(good)))).toEqual(good);
  });

  /** Sets what a path leads to; a cut path removes it. */
  const changed = (path: string, value: unknown) => {
    const document = JSON.parse(JSON.stringify(good)) as Record<string, never>;
    const keys = path.split('.');
    const last = keys.pop() as string;
    const parent = keys.reduce<Record<string, unknown>>((at, key) => at[key] as Record<string, unknown>, document);
    if (value === undefined) delete parent[last];
    else parent[last] = value;
    return document;
  };

  it.each([
    ['format', 'cdk-mlops/profile/2', 'format must be \'cdk-mlops/profile/1\', got "cdk-mlops/profile/2"'],
    ['source', 3, 'source must be a text, got 3'],
    ['createdAt', undefined, 'createdAt must be a text, got nothing'],
    ['bins.0.name', '', 'bins[0].name must be a text that is not empty, got ""'],
    ['bins.0.name', 'c', 'bins must be each name of a column once, got "c"'],
    ['bins.0.role', 'label', "bins[0].role must be 'feature' or 'prediction', got \"label\""],
    ['bins.0.type', 'number', "bins[0].type must be 'numeric' or 'categorical', got \"number\""],
    ['bins.0.cuts', [0, 0], 'bins[0].cuts[1] must be a number above the one before it, 0, got 0'],
    ['bins.0.cuts', [0, null], 'bins[0].cuts[1] must be a finite number, got null'],
    ['bins.1.categories', ['a', 'a'], 'bins[1].categories must be each category once, got "a"'],
    ['bins.1.categories', ['a', 1], 'bins[1].categories[1] must be a text, got 1'],
    ['bins.1', null, 'bins[1] must be an object, got null'],
    ['counts', [], 'counts must be an object, got a list of 0'],
    ['counts.files', -1, 'counts.files must be a whole number, at least 0, got -1'],
    ['counts.damage', undefined, 'counts.damage must be an object, got nothing'],
    ['counts.damage.examples', ['x', 2], 'counts.damage.examples[1] must be a text, got 2'],
    ['counts.unknownColumns', 'x', 'counts.unknownColumns must be a list, got "x"'],
    [
      'counts.columns',
      good.counts.columns.slice(1),
      'counts.columns must be one for each of the 2 columns of bins, got a list of 1',
    ],
    ['counts.columns.0.missing', 1.5, 'counts.columns[0].missing must be a whole number, at least 0, got 1.5'],
    [
      'counts.columns.0.missing',
      2,
      'counts.columns[0] must be absent, missing, invalid and counts that add up to 6 rows, got 7',
    ],
    [
      'counts.columns.0.counts',
      [3, 0],
      'counts.columns[0].counts must be one count for each of the 3 bins, got a list of 2',
    ],
    ['counts.columns.0.counts', [0, '3', 0], 'counts.columns[0].counts[1] must be a whole number, at least 0, got "3"'],
    ['counts.columns.0.least', 'x', 'counts.columns[0].least must be a finite number or null, got "x"'],
    [
      'counts.columns.0.least',
      null,
      'counts.columns[0].greatest must be null where the least is, and only there, got 1',
    ],
    ['counts.columns.0.least', 2, 'counts.columns[0].greatest must be at least the least, 2, got 1'],
    [
      'counts.columns.1.others',
      [{ value: 'z' }],
      'counts.columns[1].others[0].count must be a whole number, at least 0, got nothing',
    ],
  ])('names what is wrong with %s', (path, value, problem) => {
    expect(() => checkProfile(changed(path, value))).toThrow(problem);
  });

  it('names all problems, one a line', () => {
    const document = { ...changed('source', 1), createdAt: 2, bins: {} };
    expect(() => checkProfile(document)).toThrow(
      'source must be a text, got 1\ncreatedAt must be a text, got 2\nbins must be a list, got {}\n' +
        'counts.columns must be one for each of the 0 columns of bins, got a list of 2',
    );
    for (const other of [null, undefined, 3, 'text', []])
      expect(() => checkProfile(other)).toThrow('the profile must be an object');
  });

  it('never fails otherwise, whatever the document', () => {
    const path = fc.constantFrom(
      'format',
      'bins',
      'bins.0',
      'bins.0.cuts',
      'bins.1.categories',
      'counts',
      'counts.rows',
      'counts.damage',
      'counts.columns',
      'counts.columns.0',
      'counts.columns.0.counts',
      'counts.columns.1.others',
    );
    fc.assert(
      fc.property(path, fc.jsonValue(), (where, value) => {
        try {
          checkProfile(changed(where, value));
        } catch (error) {
          expect((error as Error).name).toBe('InvalidProfile');
        }
      }),
      { numRuns: 1000 },
    );
  });
});
