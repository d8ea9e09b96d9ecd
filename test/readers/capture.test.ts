import { describe, expect, it } from 'vitest';
import { countFiles } from '../../lib/readers';
import { BINS, fileOf } from './in-memory';

interface Side {
  readonly data?: unknown;
  readonly encoding?: string;
  readonly type?: string;
}

let events = 0;

/** One line as SageMaker writes it. */
function request(input?: Side, output?: Side, eventId = `event-${++events}`): string {
  const side = (mode: string, { data, encoding = 'CSV', type = 'text/csv' }: Side) => ({
    observedContentType: type,
    mode,
    data,
    encoding,
  });
  return JSON.stringify({
    captureData: {
      ...(input && { endpointInput: side('INPUT', input) }),
      ...(output && { endpointOutput: side('OUTPUT', output) }),
    },
    eventMetadata: { eventId, inferenceTime: '2026-11-23T10:00:00Z' },
    eventVersion: '0',
  });
}

const json = (value: unknown): Side => ({ data: JSON.stringify(value), encoding: 'JSON', type: 'application/json' });
const base64 = (text: string | Buffer, type: string): Side => ({
  data: Buffer.from(text as string).toString('base64'),
  encoding: 'BASE64',
  type,
});

async function count(lines: readonly string[], options: { id?: string; chunk?: number } = {}) {
  const file = fileOf('c.jsonl', lines.join('\n'), options.chunk);
  return countFiles([file], { bins: BINS, format: 'capture', id: options.id });
}

/** Sizes 1 and 2, both red, scores 0.25 and 0.75. */
const TWO_ROWS = [
  { counts: [0, 1, 1, 0, 0, 0], absent: 0 },
  { counts: [2, 0, 0, 0], absent: 0 },
  { counts: [0, 1, 1, 0], absent: 0 },
];

const ROWS = [
  { size: 1, color: 'red' },
  { size: 2, color: 'red' },
];

describe('captured requests', () => {
  const forms: Record<string, [Side, Side]> = {
    'CSV, an answer a line': [{ data: '1,red\n2,red\n' }, { data: '0.25\n0.75\n' }],
    'CSV with CRLF and quotes': [{ data: '"1",red\r\n2,"red"' }, { data: '0.25\r\n0.75\r\n' }],
    'CSV, answers in one line': [{ data: '1,red\n2,red' }, { data: '0.25,0.75' }],
    'CSV, further fields of an answer': [{ data: '1,red\n2,red' }, { data: '0.25,x\n0.75,y' }],
    instances: [
      json({ instances: ROWS }),
      json({
        predictions: [
          { label: 1, score: 0.25 },
          { label: 0, score: 0.75 },
        ],
      }),
    ],
    'lists of lists': [
      json([
        [1, 'red'],
        [2, 'red'],
      ]),
      json([
        [0.25, 9],
        [0.75, 9],
      ]),
    ],
    'lists of objects': [json(ROWS), json([0.25, 0.75])],
    'objects without the name': [
      json({ instances: ROWS }),
      json({ predictions: [{ p: 0.25 }, { p: 0.75, score2: 1 }] }),
    ],
    'JSON Lines': [
      { data: ROWS.map((row) => JSON.stringify(row)).join('\n'), encoding: 'JSON', type: 'application/jsonlines' },
      { data: '{"score":0.25}\n{"score":0.75}\n', encoding: 'JSON', type: 'application/jsonlines' },
    ],
    'base64 of CSV and JSON': [
      base64('1,red\n2,red\n', 'text/csv; charset=utf-8'),
      base64('[0.25,0.75]', 'application/json'),
    ],
    'JSON that is no text': [
      { ...json(0), data: ROWS },
      { ...json(0), data: { predictions: [0.25, 0.75] } },
    ],
  };
  for (const [name, [input, output]] of Object.entries(forms)) {
    it(`reads ${name}`, async () => {
      const { rows, damage, columns } = await count([request(input, output)]);
      expect(damage).toEqual({ files: 0, rows: 0, examples: [] });
      expect(rows).toBe(2);
      expect(columns).toMatchObject(TWO_ROWS);
    });
  }

  it('takes one row of one value where the answer is a list of many', async () => {
    const { columns } = await count([
      request({ data: '1,red' }, { data: '0.75,0.1,0.2' }),
      request(json([1, 'red']), json([0.75, 0])),
    ]);
    expect(columns[2].counts).toEqual([0, 0, 2, 0]);
  });

  it('leaves out the id at the end of a request', async () => {
    const { columns, damage } = await count([request({ data: '1,red,a-1\n2,red,a-2' }, { data: '0.25\n0.75' })], {
      id: 'id',
    });
    expect(columns).toMatchObject(TWO_ROWS);
    expect(damage.rows).toBe(0);
    expect((await count([request({ data: '1,red,a-1' })])).damage.examples[0]).toMatch(/got 3, allowed 2/);
  });

  it('takes a line end between quotes for a part of the value', async () => {
    const { rows, columns } = await count([request({ data: '1,"re\nd"\n2,red' }, { data: '0.25\n0.75' })]);
    expect(rows).toBe(2);
    expect(columns[1]).toMatchObject({ counts: [1, 0, 0, 1], others: [{ value: 're\nd', count: 1 }] });
  });

  it('counts features without an answer, and answers without a request', async () => {
    const { rows, columns, damage } = await count([
      request({ data: '1,red' }),
      request(undefined, { data: '0.25\n0.75' }),
    ]);
    expect({ rows, damage: damage.rows }).toEqual({ rows: 3, damage: 0 });
    expect(columns).toMatchObject([{ absent: 2 }, { absent: 2 }, { absent: 1, counts: [0, 1, 1, 0] }]);
  });

  it('reports different numbers of rows and counts the features', async () => {
    const { rows, columns, damage } = await count([request({ data: '1,red\n2,red' }, { data: '0.25\n0.5\n0.75' })]);
    expect(rows).toBe(2);
    expect(columns[2].absent).toBe(2);
    expect(damage.examples).toEqual([
      'c.jsonl: line 1: the request and the answer have different numbers of rows: 2 and 3',
    ]);
  });

  it('counts a request that was captured twice once, and reports it', async () => {
    const line = request({ data: '1,red' }, { data: '0.25' });
    const { rows, damage } = await count([line, request({ data: '2,red' }), line]);
    expect({ rows, damaged: damage.rows }).toEqual({ rows: 2, damaged: 1 });
    expect(damage.examples[0]).toMatch(/^c\.jsonl: line 3: event event-\d+ was captured before$/);
  });

  it('reports what cannot be read, and reads on', async () => {
    const good = request({ data: '1,red' });
    const bad = {
      'not a JSON object': good.slice(0, -5),
      'no captured request: it has no captureData': '{"a":1}',
      'it has neither a request nor an answer': request(),
      "the request cannot be read: its content type is 'application/x-npy' (BASE64), allowed: CSV and JSON": request(
        base64('x', 'application/x-npy'),
      ),
      'the request cannot be read: its data is not valid base64': request({ ...base64('', 'text/csv'), data: '*' }),
      'the request cannot be read: its data is not UTF-8': request(base64(Buffer.from([0xff, 0x31]), 'text/csv')),
      'the request cannot be read: its data is not valid JSON': request({ ...json(0), data: '{"size":' }),
      'the request has no row': request({ data: '' }),
    };
    for (const [reason, line] of Object.entries(bad)) {
      const { rows, damage } = await count([line, good], { chunk: 50 });
      expect(damage).toEqual({ files: 0, rows: 1, examples: [`c.jsonl: line 1: ${reason}`] });
      expect(rows).toBe(1);
    }
    const partly = await count([request({ data: '1,red\n1\n2,red' }, { data: '0.25\n0.5\n0.75' })]);
    expect(partly.columns).toMatchObject(TWO_ROWS);
    expect(partly.damage.examples).toEqual(['c.jsonl: line 1, row 2: wrong number of fields: got 1, allowed 2']);
  });

  it('reads payloads of 6 MB', async () => {
    const rows = 500_000;
    const csv = request({ data: '3,"red"\n'.repeat(rows) }, { data: '0.25\n'.repeat(rows) });
    const list = request(
      json({ instances: Array(rows / 4).fill({ size: 3, color: 'red' }) }),
      json(Array(rows / 4).fill(0.25)),
    );
    const { columns, damage, rows: counted } = await count([csv, list]);
    expect({ counted, damaged: damage.rows }).toEqual({ counted: rows * 1.25, damaged: 0 });
    expect(columns[0].counts[3]).toBe(rows * 1.25);
    expect(columns[2].counts[1]).toBe(rows * 1.25);
  });
});
