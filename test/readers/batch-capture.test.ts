import { describe, expect, test } from 'vitest';
import { countBatch, isAsynchronousAnswer, manifestSide, readManifest } from '../../lib/readers/batch-capture';
import type { InputFile } from '../../lib/readers/input-file';
import { UnreadableFile } from '../../lib/readers/input-file';
import type { ColumnBins } from '../../lib/statistics/profile/profile';

const file = (content: string, name = 'a'): InputFile => ({
  name,
  async *open() {
    yield Buffer.from(content);
  },
});

describe('manifests', () => {
  const uris = ['s3://in/flights/dummy_0.csv', 's3://in/flights/dummy_1.csv'];

  test.each([
    ['as the guide shows them', '[\n    {"prefix":"s3://in/flights/"},\n    "dummy_0.csv",\n    "dummy_1.csv"\n]'],
    ['in one line, as the guide calls them', '[{"prefix":"s3://in/flights/"},"dummy_0.csv","dummy_1.csv"]\n'],
    ['one entry a line', '{"prefix":"s3://in/flights/"}\n"dummy_0.csv"\n\n"dummy_1.csv"\n'],
    [
      'several, one a line',
      '[{"prefix":"s3://in/"},"flights/dummy_0.csv"]\n[{"prefix":"s3://in/flights/"},"dummy_1.csv"]\n',
    ],
    ['of whole URIs', JSON.stringify(uris)],
  ])('%s', (_, text) => {
    expect(readManifest(text)).toEqual(uris);
  });

  test.each(['', 'x,y\n1,2', '["a.csv"]', '{"captureData":{}}', '[null]'])('%j lists nothing or is none', (text) => {
    if (text === '') expect(readManifest(text)).toEqual([]);
    else expect(() => readManifest(text)).toThrow(UnreadableFile);
  });

  test.each([
    ['capture/m/20261125-1/input/2026/11/25/10/x.json', 'requests'],
    ['capture/m/20261125-1/output/2026/11/25/10/x', 'answers'],
    ['output/2026/11/25/10/input.jsonl', 'answers'],
    ['capture/m/20261125-1/m/a/2026/11/25/10/x.jsonl', undefined],
    ['capture/input/2026/11/25/x', undefined],
  ])('%s lists %s', (key, side) => {
    expect(manifestSide(key)).toBe(side);
  });
});

test('failures are no answers', () => {
  const names = ['o/1f1d.out', 'o/1f1d-error.out', 'o/', 'o/named.json'];
  expect(names.filter(isAsynchronousAnswer)).toEqual(['o/1f1d.out', 'o/named.json']);
});

describe('counting', () => {
  const bins: ColumnBins[] = [
    { name: 'score', type: 'numeric', role: 'prediction', cuts: [0.5] },
    { name: 'distance', type: 'numeric', role: 'feature', cuts: [1000] },
    { name: 'origin', type: 'categorical', role: 'feature', categories: ['ATL'] },
  ];

  test('features of requests, predictions of answers, each with its own rows', async () => {
    const requests = [file('500,ATL\n1500,JFK\n'), file('700,ATL\n')];
    const answers = [file('0.1, 1f1d,2022-08-30T00:49:15Z\n0.9, 2244,2022-08-30T00:49:15Z\n'), file('', 'empty')];
    const counts = await countBatch({ requests, answers }, { bins, format: 'csv' });
    expect(counts).toMatchObject({ rows: 3, files: 4, damage: { files: 0, rows: 0 } });
    expect(counts.columns.map(({ counts }) => counts)).toEqual([
      [1, 1],
      [2, 1],
      [2, 1],
    ]);
    expect(counts.columns.map(({ rows }) => rows)).toEqual([2, undefined, undefined]);
  });

  test('answers in JSON Lines; damage of both sides', async () => {
    const answers = [file('{"output":0.7,"SageMakerInferenceId":"a"}\nnull\n{"output"\n', 'b')];
    const counts = await countBatch(
      { requests: [file('{"distance":1}\n[', 'a')], answers },
      { bins, format: 'jsonlines' },
    );
    expect(counts.columns[0]).toMatchObject({ rows: 2, missing: 1, counts: [0, 1] });
    expect(counts.damage.rows).toBe(2);
    expect(counts.damage.examples.map((example) => example.slice(0, 9))).toEqual(['a: line 2', 'b: line 3']);
  });

  test('a model whose predictions are not watched needs no answers', async () => {
    const counts = await countBatch(
      { requests: [file('500,ATL\n')], answers: [file('0.1')] },
      { bins: bins.slice(1), format: 'csv' },
    );
    expect(counts).toMatchObject({ rows: 1, files: 1 });
    expect(counts.columns).toHaveLength(2);
  });
});
