import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { binsId, countFiles, profileFiles, sampleFiles } from '../../lib/readers';
import { hashText } from '../../lib/statistics/profile/hash';
import { binsFromSample, mergeCounts, mergeSamples } from '../../lib/statistics/profile';
import type { Counts } from '../../lib/statistics/profile';
import { BINS, categorical, fileOf, numeric } from './in-memory';

const COLUMNS = [numeric('size'), categorical('color'), numeric('score', 'prediction')];

const number = fc.oneof(
  { weight: 8, arbitrary: fc.double({ min: -2, max: 7, noNaN: true }).map(String) },
  fc.constantFrom('', 'NA', 'inf', '-inf', 'x', '3', '0'),
);
/** Many more categories without a bin than are kept. */
const color = fc.oneof(
  fc.constantFrom('red', 'żółty', ''),
  fc.nat(120).map((n) => `other ${n}`),
);
const row = fc.oneof(
  { weight: 20, arbitrary: fc.tuple(number, color, number).map((cells) => cells.join()) },
  fc.constant('1,2'),
  fc.constant('1,"'),
);
const file = fc
  .tuple(fc.array(row, { maxLength: 60 }), fc.constantFrom('', ',extra a', ',extra b'))
  .map(([rows, extra]) => [`size,color,score${extra}`, ...rows.map((text) => (extra ? `${text},0` : text))].join('\n'));
const files = fc
  .array(file, { minLength: 1, maxLength: 8 })
  .map((texts) => texts.map((text, i) => fileOf(`file ${i}`, text, 64)));

/** Merges in some order: picks two of what is left until one is. */
function mergeAll<T>(parts: readonly T[], merge: (a: T, b: T) => T, picks: readonly number[]): T {
  const left = [...parts];
  for (let i = 0; left.length > 1; i++) {
    const [a] = left.splice(picks[i % picks.length] % left.length, 1);
    const [b] = left.splice(picks[(i * 7 + 3) % picks.length] % left.length, 1);
    left.push(merge(a, b));
  }
  return left[0];
}

const picks = fc.array(fc.nat(100), { minLength: 5, maxLength: 20 });

describe('parts that are merged are what one pass gives, exactly and in any order', () => {
  it('counts', async () => {
    await fc.assert(
      fc.asyncProperty(files, picks, async (all, order) => {
        const options = { bins: BINS, format: 'csv' } as const;
        const parts: Counts[] = [];
        for (const one of all) parts.push(await countFiles([one], options));
        expect(mergeAll(parts, mergeCounts, order)).toEqual(await countFiles(all, options));
      }),
      { numRuns: 200 },
    );
  });

  it('samples', async () => {
    await fc.assert(
      fc.asyncProperty(files, picks, async (all, order) => {
        const options = { columns: COLUMNS, format: 'csv' } as const;
        const parts = [];
        for (const one of all) parts.push(await sampleFiles([one], options));
        const stored = parts.map((part) => JSON.parse(JSON.stringify(part)) as typeof part);
        expect(mergeAll(stored, mergeSamples, order)).toEqual(await sampleFiles(all, options));
      }),
      { numRuns: 200 },
    );
  });

  it('samples of more rows and more categories than are kept', async () => {
    const lines = (from: number, to: number) =>
      Array.from({ length: to - from }, (_, i) => `${from + i},c${(from + i) % 90_000}`);
    const parts = [
      fileOf('a', lines(0, 70_000).join('\n')),
      fileOf('b', lines(70_000, 80_000).join('\n')),
      fileOf('c', lines(80_000, 190_000).join('\n')),
    ];
    const options = { columns: COLUMNS.slice(0, 2), format: 'csv' } as const;
    const [a, b, c] = await Promise.all(parts.map((part) => sampleFiles([part], options)));
    const whole = await sampleFiles(parts, options);
    expect(whole.hashes).toHaveLength(65_536);
    expect(whole.columns[1]).toMatchObject({ counts: null });
    expect(mergeSamples(c, mergeSamples(a, b))).toEqual(whole);
    expect(mergeSamples(mergeSamples(b, c), a)).toEqual(whole);
  });
});

describe('a sample', () => {
  it('is of the same rows whether rows are passed over or read, with quotes, line ends between them and damage', async () => {
    const lines = (text: string) =>
      Array.from({ length: 120_000 }, (_, i) => (i % 1000 === 7 ? '1,2,3' : `${(i * 37) % 10_007},${text}`)).join('\n');
    const options = { columns: [COLUMNS[0]], format: 'csv' } as const;
    const sampled = async (text: string) => {
      const { hashes, columns } = await sampleFiles([fileOf('a', `size,note\n${lines(text)}`)], options);
      return { hashes, columns };
    };
    const plain = await sampled('note');
    expect(plain.hashes).toHaveLength(65_536);
    expect(await sampled('"a ""note"",\nof two lines"')).toEqual(plain);
  });
});

describe('others', () => {
  it('are those whose hash is least, with exact counts', async () => {
    const values = Array.from({ length: 5000 }, (_, i) => `value ${i % 2500}`);
    const { columns } = await countFiles([fileOf('a', `color\n${values.join('\n')}`)], {
      bins: [BINS[1]],
      format: 'csv',
    });
    const distinct = [...new Set(values)].map((value) => ({ value, count: 2 }));
    expect(columns[0].others).toEqual(distinct.toSorted((a, b) => hashText(a.value) - hashText(b.value)).slice(0, 32));
  });
});

describe('a profile', () => {
  it('is the same from one call and from samples and counts of parts', async () => {
    const parts = [1, 2, 3].map((n) =>
      fileOf(
        `f${n}`,
        `size,color\n${Array.from({ length: 500 }, (_, i) => `${(i * n * 37) % 101},c${i % 7}`).join('\n')}`,
      ),
    );
    const options = { columns: COLUMNS.slice(0, 2), format: 'csv', source: 's', createdAt: 't' } as const;
    const profile = await profileFiles(parts, options);
    const bins = binsFromSample(await sampleFiles(parts, options));
    expect(profile.counts.rows).toBe(1500);
    expect(await countFiles(parts, { bins: profile.bins, format: 'csv' })).toEqual(profile.counts);
    expect(bins.map(({ name }) => name)).toEqual(profile.bins.map(({ name }) => name));
  });

  it('has the least value after the first cut and the greatest at the last, so that nothing of it is out of range', async () => {
    const values = Array.from({ length: 5000 }, (_, i) => Math.sin(i) * 10 ** (i % 5));
    const { bins, counts } = await profileFiles([fileOf('f', `size\n${values.join('\n')}\n-inf\ninf\ninf`)], {
      columns: [COLUMNS[0]],
      format: 'csv',
      source: '',
      createdAt: '',
    });
    const { cuts } = bins[0] as { cuts: readonly number[] };
    const [least, greatest] = [Math.min(...values), Math.max(...values)];
    expect(cuts[0]).toBeLessThan(least);
    expect(cuts[cuts.length - 1]).toBe(greatest);
    expect(counts.columns[0]).toMatchObject({ least, greatest, infinite: 3 });
    expect(counts.columns[0].counts.at(0)).toBe(1);
    expect(counts.columns[0].counts.at(-1)).toBe(2);
    expect(counts.columns[0].counts.reduce((a, b) => a + b)).toBe(5003);
  });

  it('is identified by what its bins are', () => {
    expect(binsId(BINS)).toMatch(/^[0-9a-f]{16}$/);
    expect(binsId(BINS)).not.toBe(binsId(BINS.toReversed()));
    expect(binsId(BINS)).toBe(binsId(JSON.parse(JSON.stringify(BINS)) as typeof BINS));
  });
});
