import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { countFiles } from '../../lib/readers';
import { JsonScanner } from '../../lib/readers/json-scanner';
import { unescapeJson } from '../../lib/readers/json-text';
import { BINS, fileOf } from './in-memory';

const count = (content: string | Uint8Array, chunk?: number) =>
  countFiles([fileOf('a.jsonl', content, chunk)], { bins: BINS, format: 'jsonlines' });

describe('JSON Lines', () => {
  it('reads objects by key and arrays by position', async () => {
    const { rows, columns, unknownColumns } = await count(
      '{"color":"red","size":1,"extra":[{}],"score":0.25}\r\n\n[2,"red"]\n ["label",3,"red"] \n{}',
    );
    expect(rows).toBe(3);
    expect(unknownColumns).toEqual(['extra']);
    expect(columns[0]).toMatchObject({ counts: [0, 1, 1, 0, 0, 0], absent: 1 });
    expect(columns[1]).toMatchObject({ counts: [2, 0, 0, 0], absent: 1 });
    expect(columns[2]).toMatchObject({ counts: [0, 1, 0, 0], absent: 2 });
  });

  it('tells null, NaN, infinities, texts, booleans and nested values apart', async () => {
    const values = [
      'null',
      'NaN',
      '""',
      '"NA"',
      'Infinity',
      '-Infinity',
      '"inf"',
      '"1"',
      'true',
      '[1]',
      '{"a":1}',
      '1.5e0',
    ];
    const { columns } = await count(values.map((value) => `{"size":${value}}`).join('\n'));
    expect(columns[0]).toMatchObject({ missing: 4, infinite: 3, invalid: 4, counts: [1, 0, 1, 0, 0, 2] });
  });

  it('names categories the same however they are written', async () => {
    const values = [
      '3',
      '3.0',
      '30e-1',
      '"3"',
      'true',
      '"true"',
      '"\\u0072ed"',
      '"red"',
      '"\\u017c\\u00f3\\u0142ty"',
      '"blue, or \\"sky\\""',
    ];
    const { columns } = await count(values.map((value) => `{"c\\u006flor":${value}}`).join('\n'));
    expect(columns[1].counts).toEqual([2, 1, 1, 6]);
    expect(new Map(columns[1].others.map(({ value, count: times }) => [value, times]))).toEqual(
      new Map([
        ['3', 4],
        ['true', 2],
      ]),
    );
  });

  it('reports every line that is no JSON, and no more', async () => {
    const lines = [
      '{"size":1',
      '{"size":1}}',
      '{"size":01}',
      "{'size':1}",
      '{"size":1,}',
      '[1,"red",2,3]',
      '"red"',
      '{"size":1}',
    ];
    const { rows, damage } = await count(lines.join('\n'), 3);
    expect({ rows, damaged: damage.rows }).toEqual({ rows: 1, damaged: 7 });
    expect(damage.examples).toContain('a.jsonl: line 1: not valid JSON');
    expect(damage.examples).toContain('a.jsonl: line 7: neither an object nor an array');
    expect(damage.examples).toContain(
      'a.jsonl: line 6: wrong number of values: got 4, allowed 2, or 3 with the label at the start',
    );
  });

  it('refuses what is nested too deep to walk through, without running out of stack', async () => {
    const { damage, rows } = await count(`{"size":${'['.repeat(1e6)}\n{"size":1}`);
    expect({ rows, damaged: damage.rows }).toEqual({ rows: 1, damaged: 1 });
  });
});

/** Whether the scanner takes the whole text for one value. */
function accepts(text: string): boolean {
  const scanner = new JsonScanner();
  scanner.begin(Buffer.from(`${text}\0`), 0, true);
  scanner.space();
  if (!scanner.skip()) return false;
  scanner.space();
  return scanner.at === Buffer.byteLength(text);
}

/** A text as UTF-8 can hold it: unpaired surrogates become U+FFFD. */
const inUtf8 = (text: string) => Buffer.from(text).toString();

function parses(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

describe('the scanner accepts what JSON.parse does', () => {
  const mutated = fc
    .tuple(
      fc.json(),
      fc.nat(),
      fc.constantFrom('', '"', '\\', '{', '}', '[', ']', ',', ':', '0', '-', '.', 'e', 'u', 't', '\t', '\n'),
      fc.nat(2),
    )
    .map(([json, at, inserted, cut]) => {
      const place = at % (json.length + 1);
      return json.slice(0, place) + inserted + json.slice(place + cut);
    })
    .filter((text) => inUtf8(text) === text);

  it('of JSON, and of JSON with a character changed', () => {
    fc.assert(
      fc.property(fc.json(), (text) => accepts(text)),
      { numRuns: 2_000 },
    );
    fc.assert(
      fc.property(mutated, (text) => accepts(text) === parses(text)),
      { numRuns: 20_000 },
    );
  });

  it('and reads strings as it does', () => {
    const text = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.string({ unit: fc.constantFrom('\\', '"', 'é', '😀', '\ud800', '\udc00', '\n', 'a') }),
    );
    const escapeAll = (s: string) =>
      Array.from({ length: s.length }, (_, i) => `\\u${s.charCodeAt(i).toString(16).padStart(4, '0')}`).join('');
    fc.assert(
      fc.property(text, fc.boolean(), (original, all) => {
        const json = all ? `"${escapeAll(original)}"` : JSON.stringify(original);
        const bytes = Buffer.from(json);
        const target = new Uint8Array(bytes.length);
        const length = unescapeJson(bytes, 1, bytes.length - 1, target);
        expect(Buffer.from(target.subarray(0, length)).toString()).toBe(inUtf8(original));
      }),
      { numRuns: 5_000 },
    );
  });
});
