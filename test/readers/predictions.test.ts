import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import type { AnswerRules } from '../../lib/readers/answers';
import type { InputFile } from '../../lib/readers/input-file';
import { UnreadableFile } from '../../lib/readers/input-file';
import { joinPredictions } from '../../lib/readers/join';
import type { Label } from '../../lib/readers/labels';
import type { Prediction } from '../../lib/readers/predictions';
import { readPredictions } from '../../lib/readers/predictions';
import type { ProfiledColumn } from '../../lib/statistics/profile/profile';

const COLUMNS: ProfiledColumn[] = [
  { name: 'distance', type: 'numeric', role: 'feature' },
  { name: 'origin', type: 'categorical', role: 'feature' },
  { name: 'score', type: 'numeric', role: 'prediction' },
];

/** A file in small parts, so that lines are cut. */
const file = (content: string | Uint8Array, name = 'a.jsonl'): InputFile => ({
  name,
  async *open() {
    const bytes = Buffer.from(content);
    for (let i = 0; i < bytes.length; i += 7) yield bytes.subarray(i, i + 7);
  },
});

const side = (data: unknown, encoding: string, observedContentType = 'text/csv') => ({
  data,
  encoding,
  observedContentType,
});

function captured(
  input: object | undefined,
  output: object | undefined,
  event: object = { inferenceId: 'i', inferenceTime: '2026-11-25T10:00:00Z' },
) {
  return JSON.stringify({
    captureData: { endpointInput: input, endpointOutput: output },
    eventMetadata: event,
    eventVersion: '0',
  });
}

async function read(content: string | Uint8Array, rules: Partial<AnswerRules> = {}) {
  const reading = readPredictions([file(content)], { columns: COLUMNS, format: 'capture', ...rules });
  const items: Prediction[] = [];
  for await (const item of reading) items.push(item);
  return { items, skipped: reading.skipped() };
}

const pairs = ({ items }: { items: Prediction[] }) => items.map(({ id, prediction }) => [id, prediction]);

describe('captured requests', () => {
  test('one row has the inference id, several have its number behind it', async () => {
    const one = captured(side('1,ATL\n', 'CSV'), side('0.25\n', 'CSV'));
    const two = captured(side('1,ATL\n2,JFK\n', 'CSV'), side('0.5\n0.75\n', 'CSV'), {
      inferenceId: 'k',
      inferenceTime: '2026-11-25T11:00:00Z',
    });
    const { items, skipped } = await read(`${one}\n${two}\n`);
    expect(items).toEqual([
      { id: 'i', prediction: 0.25, at: '2026-11-25T10:00:00Z' },
      { id: 'k:0', prediction: 0.5, at: '2026-11-25T11:00:00Z' },
      { id: 'k:1', prediction: 0.75, at: '2026-11-25T11:00:00Z' },
    ]);
    expect(skipped).toEqual({ withoutId: 0, withoutValue: 0, damage: { files: 0, rows: 0, examples: [] } });
  });

  test('without an inference id the event id stands in its place; without either there is none', async () => {
    const event = captured(undefined, side('0.5', 'CSV'), { eventId: 'e' });
    const none = captured(undefined, side('0.5', 'CSV'), {});
    const seen = await read(`${event}\n${none}\n`);
    expect(seen.items).toEqual([{ id: 'e', prediction: 0.5 }]);
    expect(seen.skipped.withoutId).toBe(1);
  });

  test.each<[string, object, object]>([
    ['a CSV request, after its features', side('1,ATL,f7\n2,JFK,f8', 'CSV'), side('0.1\n0.2', 'CSV')],
    ['a CSV answer, after the prediction', side('1,ATL\n2,JFK', 'CSV'), side('0.1, f7\n0.2, f8', 'CSV')],
    [
      'JSON Lines that were asked',
      side('{"distance":1,"flight":"f7"}\n{"distance":2,"flight":"f8"}', 'JSON'),
      side('0.1\n0.2', 'CSV'),
    ],
    [
      'a list that was asked, as base64',
      side(
        Buffer.from('{"instances":[{"flight":"f7"},{"flight":"f8"}]}').toString('base64'),
        'BASE64',
        'application/json',
      ),
      side('[0.1,0.2]', 'JSON'),
    ],
    [
      'JSON answers',
      side('1,ATL\n2,JFK', 'CSV'),
      side('{"predictions":[{"score":0.1,"flight":"f7"},{"score":0.2,"flight":"f8"}]}', 'JSON'),
    ],
    ['JSON lists that were asked', side('[[1,"ATL","f7"],[2,"JFK","f8"]]', 'JSON'), side('0.1,0.2', 'CSV')],
    [
      'JSON that is no string',
      { data: { instances: [{ flight: 'f7' }, { flight: 'f8' }] }, encoding: 'JSON' },
      { data: [[0.1], [0.2]], encoding: 'JSON' },
    ],
  ])('the id of %s', async (_, input, output) => {
    const seen = await read(captured(input, output), { id: 'flight' });
    expect(pairs(seen)).toEqual([
      ['f7', 0.1],
      ['f8', 0.2],
    ]);
  });

  test('ids of requests are not given to answers of another number', async () => {
    const seen = await read(captured(side('1,ATL,f7\n2,JFK,f8\n3,LAX,f9', 'CSV'), side('0.1\n0.2', 'CSV')), {
      id: 'flight',
    });
    expect(pairs(seen)).toEqual([
      ['i:0', 0.1],
      ['i:1', 0.2],
    ]);
  });

  test('classes stay text, and the prediction is told by its key', async () => {
    const columns: ProfiledColumn[] = [{ name: 'class', type: 'categorical', role: 'prediction' }];
    const json = captured(undefined, side('{"p":0.5,"class":"01"}', 'JSON'));
    const csv = captured(undefined, side('"a,""b"""', 'CSV'));
    expect(pairs(await read(`${json}\n${csv}`, { columns }))).toEqual([
      ['i', '01'],
      ['i', 'a,"b"'],
    ]);
  });

  test('corrupt lines are told with their place; answers without a number are counted', async () => {
    const good = captured(undefined, side('0.5', 'CSV'));
    const lines = [good, good.slice(0, 40), '{"x":1}', captured(undefined, side('AAAA', 'BASE64', 'image/png'))];
    const odd = [
      captured(undefined, side('high', 'CSV')),
      captured(undefined, undefined),
      captured(undefined, side('"0.5', 'CSV')),
    ];
    const bytes = Buffer.concat([
      Buffer.from([...lines, ...odd, ''].join('\n')),
      Buffer.from([0x22, 0xff, 0x22, 0x0a]),
    ]);
    const { items, skipped } = await read(bytes);
    expect(items).toHaveLength(1);
    expect(skipped.withoutValue).toBe(2);
    expect(skipped.damage.rows).toBe(5);
    expect(skipped.damage.examples).toEqual([
      'a.jsonl: line 2: not valid JSON',
      'a.jsonl: line 3: no captured request',
      "a.jsonl: line 4: its content type is 'image/png', allowed: CSV and JSON",
      'a.jsonl: line 7: a quote is not closed, or text follows it',
      'a.jsonl: line 8: not UTF-8',
    ]);
  });

  test('damaged and unreadable files are counted, other errors are thrown after what came before', async () => {
    const line = `${captured(undefined, side('0.5', 'CSV'))}\n`;
    const cut = gzipSync(line.repeat(2000)).subarray(0, 100);
    const closed: InputFile = {
      name: 'b',
      open: () => {
        throw new UnreadableFile('access denied');
      },
    };
    const reading = readPredictions([file(cut, 'a.gz'), closed, file(line)], { columns: COLUMNS, format: 'capture' });
    let count = 0;
    for await (const { id } of reading) count += Number(id === 'i');
    expect(count).toBeGreaterThanOrEqual(1);
    expect(reading.skipped().damage).toMatchObject({
      files: 2,
      examples: [expect.stringContaining('a.gz: damaged gzip'), 'b: access denied'],
    });
    const reset: InputFile = {
      name: 'c',
      async *open() {
        yield Buffer.from(line);
        throw new Error('connection reset');
      },
    };
    const taken: unknown[] = [];
    const whole = (async () => {
      for await (const item of readPredictions([reset], { columns: COLUMNS, format: 'capture' })) taken.push(item);
    })();
    await expect(whole).rejects.toThrow('connection reset');
  });

  test('who takes no more closes the file', async () => {
    let closed = false;
    const long: InputFile = {
      name: 'long',
      async *open() {
        try {
          for (let i = 0; i < 1000; i++) yield Buffer.from(`${captured(undefined, side('0.5', 'CSV'))}\n`.repeat(2000));
        } finally {
          closed = true;
        }
      },
    };
    for await (const { id } of readPredictions([long], { columns: COLUMNS, format: 'capture' })) if (id === 'i') break;
    await new Promise((resolve) => setImmediate(resolve));
    expect(closed).toBe(true);
  });

  test('columns without a prediction are a mistake', () => {
    expect(() => readPredictions([], { columns: COLUMNS.slice(0, 2), format: 'capture' })).toThrow(
      'must be a prediction',
    );
  });
});

describe('answer files', () => {
  const uuid = '1f1d57b1-2e6f-488c-8c30-db4e6d757861';

  test('CSV with what SageMaker appends, as its guide shows it', async () => {
    const seen = await read(`0, ${uuid},2022-08-30T00:49:15Z\n1, b,2022-08-30T00:49:15Z\n`, { format: 'csv' });
    expect(seen.items).toEqual([
      { id: uuid, prediction: 0, at: '2022-08-30T00:49:15Z' },
      { id: 'b', prediction: 1, at: '2022-08-30T00:49:15Z' },
    ]);
  });

  test('JSON Lines with what SageMaker appends', async () => {
    const made = { SageMakerInferenceId: uuid, SageMakerInferenceTime: '2022-08-30T00:49:15Z' };
    const several = { predictions: [0.1, 0.2], ...made };
    const seen = await read(
      [{ output: 0, ...made }, { ...made, score: 1 }, several].map((it) => JSON.stringify(it)).join('\n'),
      { format: 'jsonlines' },
    );
    expect(pairs(seen)).toEqual([
      [uuid, 0],
      [uuid, 1],
      [`${uuid}:0`, 0.1],
      [`${uuid}:1`, 0.2],
    ]);
    expect(seen.items[0].at).toBe('2022-08-30T00:49:15Z');
  });

  test('an id of the data goes before that of SageMaker; a single value has none', async () => {
    const seen = await read(`0.5,f7,${uuid},2022-08-30T00:49:15Z\n0.25\n`, { format: 'csv', id: 'flight' });
    expect(pairs(seen)).toEqual([['f7', 0.5]]);
    expect(seen.skipped.withoutId).toBe(1);
  });
});

describe('joining', () => {
  async function* items<T>(...all: T[]): AsyncGenerator<T> {
    yield* all;
  }
  const prediction = (id: string, value: number, at?: string): Prediction => ({
    id,
    prediction: value,
    ...(at && { at }),
  });
  const label = (id: string, value: number): Label => ({ id, label: value });

  test('late labels, corrected labels, repeated predictions', async () => {
    const { joined, ...counts } = await joinPredictions(
      items(
        prediction('a', 1, '2026-01-02'),
        prediction('b', 2),
        prediction('a', 3, '2026-01-03'),
        prediction('a', 4, '2026-01-01'),
        prediction('c', 5),
      ),
      items(label('a', 0), label('x', 1), label('b', 1), label('a', 1)),
    );
    expect(joined).toEqual({ predictions: [3, 2], labels: [1, 1] });
    expect(counts).toEqual({
      predictions: 3,
      sampledShare: 1,
      unlabelled: 1,
      repeatedPredictions: 2,
      repeatedLabels: 1,
      unmatchedLabels: 1,
    });
  });

  test('beyond the limit a sample is kept that depends on the ids alone', async () => {
    const ids = Array.from({ length: 5000 }, (_, i) => `flight-${i}`);
    const join = (order: string[]) =>
      joinPredictions(
        items(...order.map((id) => prediction(id, Number(id.slice(7))))),
        items(...order.map((id) => label(id, Number(id.slice(7))))),
        { limit: 1000 },
      );
    const [forth, back] = [await join(ids), await join([...ids].reverse())];
    expect(forth.joined.labels.length).toBeLessThanOrEqual(1000);
    expect(forth.joined.labels.length).toBeGreaterThan(300);
    expect(new Set(back.joined.labels)).toEqual(new Set(forth.joined.labels));
    expect(forth.joined.labels).toEqual(forth.joined.predictions);
    expect(forth.predictions / forth.sampledShare).toBeGreaterThan(4000);
    expect(forth.predictions / forth.sampledShare).toBeLessThan(6000);
    expect(forth.unmatchedLabels).toBe(5000 - forth.predictions);
  });

  test('nothing joins with nothing', async () => {
    expect(await joinPredictions(items<Prediction>(), items<Label>())).toMatchObject({
      joined: { predictions: [], labels: [] },
      unlabelled: 0,
    });
  });
});
