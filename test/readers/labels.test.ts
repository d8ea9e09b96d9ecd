import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { InputFile } from '../../lib/readers/input-file';
import type { Label, LabelOptions } from '../../lib/readers/labels';
import { readLabels } from '../../lib/readers/labels';

const file = (content: string | Uint8Array, name = 'labels'): InputFile => ({
  name,
  async *open() {
    const bytes = Buffer.from(content);
    for (let i = 0; i < bytes.length; i += 11) yield bytes.subarray(i, i + 11);
  },
});

async function read(files: InputFile[], options: Partial<LabelOptions> = {}) {
  const reading = readLabels(files, { format: 'csv', idColumn: 'flight', labelColumn: 'late', ...options });
  const labels: Label[] = [];
  for await (const label of reading) labels.push(label);
  return { labels, skipped: reading.skipped() };
}

describe('readLabels', () => {
  test('CSV with its columns anywhere, in the order of files and rows', async () => {
    const first = file('note,late,flight\nx,1,f1\n"a\nb",0,f2\n');
    const { labels, skipped } = await read([first, file('flight,late\nf1,0\n')]);
    expect(labels).toEqual([
      { id: 'f1', label: 1 },
      { id: 'f2', label: 0 },
      { id: 'f1', label: 0 },
    ]);
    expect(skipped).toEqual({ withoutId: 0, withoutValue: 0, damage: { files: 0, rows: 0, examples: [] } });
  });

  test('JSON Lines: numbers, text and truth', async () => {
    const lines = [
      { flight: 7, late: true },
      { late: 'yes', flight: 'f2' },
      { flight: 'f3', late: 0.5 },
    ];
    const { labels } = await read([file(lines.map((line) => JSON.stringify(line)).join('\n'))], {
      format: 'jsonlines',
    });
    expect(labels).toEqual([
      { id: '7', label: 'true' },
      { id: 'f2', label: 'yes' },
      { id: 'f3', label: 0.5 },
    ]);
  });

  test('Parquet', async () => {
    const bytes = readFileSync('test/readers/parquet/codec-zstd.parquet');
    const { labels } = await read([file(bytes)], { format: 'parquet', idColumn: 'g', labelColumn: 'x' });
    expect(labels).toHaveLength(300);
    expect(labels[8]).toEqual({ id: 'g2', label: 1 });
  });

  test('rows without id or label, and corrupt ones, are counted', async () => {
    const { labels, skipped } = await read([file('flight,late\nf1,1\n,1\nf2,\nf3\n"f4,1\n', 'l.csv')]);
    expect(labels).toEqual([{ id: 'f1', label: 1 }]);
    expect(skipped).toMatchObject({ withoutId: 1, withoutValue: 1, damage: { rows: 2 } });
    expect(skipped.damage.examples[0]).toMatch(/^l\.csv: line 5: wrong number of fields/);
  });

  test('files without the columns give no label, and say so', async () => {
    const { labels, skipped } = await read([file('{"id":1}\n{"flight":2}\n')], { format: 'jsonlines' });
    expect([labels, skipped.withoutId, skipped.withoutValue]).toEqual([[], 1, 1]);
  });
});
