import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { DriftReport } from '../../lib/monitoring/report';
import { html } from '../../lib/monitoring/page/html';
import { reportPage } from '../../lib/monitoring/report-page';
import type { SampleColumn, Value } from './report-sample';
import { bell, COLUMNS, POOR_QUALITY, sampleReport } from './report-sample';
import { readPage } from './well-formed';

const read = (report: DriftReport) => readPage(reportPage(report));

/** Attributes that hold coordinates and lengths. */
const GEOMETRY = ['x', 'y', 'x1', 'x2', 'y1', 'y2', 'cx', 'cy', 'r', 'd', 'width', 'height', 'viewBox', 'transform'];

function geometryOf({ tags }: ReturnType<typeof readPage>): string[] {
  return tags.flatMap(({ attributes }) => GEOMETRY.flatMap((name) => attributes.get(name) ?? []));
}

describe('the page', () => {
  test('says the verdict first, and why', () => {
    const page = reportPage(sampleReport(COLUMNS));
    expect(page).toContain('<title>Drift: 2 of 4\u00a0columns changed – flights</title>');
    const { text } = readPage(page);
    expect(text.indexOf('Drift: 2 of 4')).toBeLessThan(text.indexOf('2 columns are beyond their thresholds.'));
    expect(text).toContain('delay moved, says the judge of delay.');
    expect(text).toContain('carrier moved, says the judge of carrier.');
  });

  test('counts a column that vanished among those that changed, once', () => {
    const schema = ['delay', 'distance'].map(
      (name) => ({ name, kind: 'columnVanished', drifted: true, reason: `${name} vanished.` }) as const,
    );
    const { text } = read(sampleReport(COLUMNS, { schema }));
    expect(text).toContain('Drift: 3 of 4');
    expect(text).toContain('distance vanished.');
  });

  test.each([
    ['noDrift', 'No drift in 4'],
    ['notEnoughData', 'No verdict: not enough data'],
  ] as const)('says %s in words', (verdict, words) => {
    const undrifted = COLUMNS.map((column) => ({ ...column, ratio: 0.5 }));
    expect(read(sampleReport(undrifted, { verdict })).text).toContain(words);
  });

  test('shows the worst column first and those that drifted in full', () => {
    const { tags } = read(sampleReport([...COLUMNS].reverse()));
    const columns = tags.filter(({ attributes }) => attributes.get('class') === 'column');
    expect(columns.map(({ name, attributes }) => [name, attributes.get('id')])).toEqual([
      ['article', 'c3'],
      ['article', 'c2'],
      ['details', 'c1'],
      ['details', 'c0'],
    ]);
  });

  test('sets the statistic against the threshold, and tells what the distribution does not show', () => {
    const { text } = read(sampleReport(COLUMNS));
    expect(text).toContain('0.482 is above the threshold 0.1');
    expect(text).toContain('4.8 ×');
    expect(text).toContain('p = 1 × 10⁻⁹ · exact to ± 0.004 · 900 rows, worth 300 independent ones, against 1,000');
    expect(text).toContain('Missing 0 % 11.1 %');
    expect(text).toContain('New categories, in 450 rows of the window: ZZ (450).');
    expect(text).toContain('WN 33.4 % 50.0 %');
    expect(text).toContain('Spikes are single values: 0 (80.0 % → 33.3 %).');
  });

  test('tells what could not be read', () => {
    const report = sampleReport(COLUMNS);
    const damage = { files: 1, rows: 37, examples: ['part-7.jsonl:4: no JSON'] };
    const { text } = read({ ...report, windowCounts: { ...report.windowCounts, damage } });
    expect(text).toContain('1\u00a0file and 37\u00a0rows of the window could not be read'.replaceAll('\u00a0', ' '));
    expect(text).toContain('part-7.jsonl:4: no JSON');
    expect(read(report).text).not.toContain('could not be read');
  });

  test('tells quality, state, window and model', () => {
    const { text } = read({
      ...sampleReport(COLUMNS),
      quality: POOR_QUALITY,
      model: 'flights/14',
      window: { from: '2001-02-08T00', to: '2001-02-09T00:00:00.000Z' },
      state: { drift: 'drift', since: '2001-02-08T07:00:00.000Z', changed: true },
      columnsSince: { delay: '2001-02-08T05' },
    });
    expect(text).toContain('changed; quality is poor');
    expect(text).toContain('18.2 ± 0.8');
    expect(text).toContain('Without a label yet 2,796');
    expect(text).toContain('Window 2001-02-08 00:00 UTC to 2001-02-09 00:00 UTC');
    expect(text).toContain('flights/14');
    expect(text).toContain('State of the monitor: drift, since 2001-02-08 07:00 UTC; it changed with this run.');
    expect(text).toContain('Beyond its threshold since 2001-02-08 05:00 UTC.');
  });

  test('stands alone: it loads nothing and runs nothing', () => {
    const page = reportPage({ ...sampleReport(COLUMNS), quality: POOR_QUALITY });
    const { tags } = readPage(page);
    const foreign = ['script', 'link', 'img', 'iframe', 'object', 'embed', 'use', 'image', 'base', 'form'];
    expect(tags.map(({ name }) => name).filter((name) => foreign.includes(name))).toEqual([]);
    expect(page).not.toMatch(/\bsrc=|url\(|@import|https?:\/\//);
    const links = tags.flatMap(({ attributes }) => attributes.get('href') ?? []);
    expect(links.length).toBeGreaterThan(0);
    expect(links.filter((link) => !link.startsWith('#'))).toEqual([]);
    const handlers = tags.flatMap(({ attributes }) => [...attributes.keys()].filter((name) => /^on/i.test(name)));
    expect(handlers).toEqual([]);
  });

  test('links lead to what is there, and labels name what is there', () => {
    const { tags } = read({ ...sampleReport(COLUMNS), quality: POOR_QUALITY });
    const ids = new Set(tags.flatMap(({ attributes }) => attributes.get('id') ?? []));
    const wanted = tags.flatMap(({ attributes }) => [
      ...(attributes.get('href')?.slice(1) ?? []).toString().split(' '),
      ...(attributes.get('aria-labelledby') ?? '').split(' '),
    ]);
    expect(wanted.filter((id) => id !== '' && !ids.has(id))).toEqual([]);
    const pictures = tags.filter(({ attributes }) => attributes.get('role') === 'img');
    expect(pictures.length).toBeGreaterThan(2);
    expect(pictures.every(({ attributes }) => attributes.has('aria-labelledby'))).toBe(true);
  });
});

describe('of very many columns the page', () => {
  const many = (count: number, rows: number): SampleColumn[] =>
    Array.from({ length: count }, (_, i) => ({
      name: `column ${i}`,
      baseline: bell(rows, i),
      window: bell(rows, i + 1),
      ratio: i < count / 2 ? 2 : 0.5,
    }));

  test('stays below 3 MB for 100', () => {
    expect(reportPage(sampleReport(many(100, 1000))).length).toBeLessThan(3e6);
  });

  test('shows the 200 worst of 10,000 and tells how many are left out', () => {
    const { tags, text } = read(sampleReport(many(10_000, 8)));
    expect(tags.filter(({ attributes }) => attributes.get('class') === 'column')).toHaveLength(200);
    expect(text).toContain('9,800 more columns'.replace(' c', ' c'));
    expect(text).toContain('Drift: 5,000 of 10,000');
  });
});

describe('hostile columns', () => {
  const HOSTILE: Array<[string, Value[], Value[]]> = [
    ['empty', [], []],
    ['one row', [1], [1]],
    ['constant', Array(50).fill(5), Array(50).fill(5)],
    ['constant zero against others', Array(50).fill(0), bell(50)],
    ['all missing', Array(50).fill(null), Array(50).fill(null)],
    ['missing in the baseline', Array(50).fill(null), bell(50)],
    ['missing in the window', bell(50), Array(50).fill(null)],
    ['infinities', [...bell(50), Infinity, -Infinity], [Infinity, -Infinity, Infinity]],
    ['the largest numbers', [-Number.MAX_VALUE, 0, Number.MAX_VALUE], [Number.MAX_VALUE, 1]],
    ['the smallest numbers', [0, Number.MIN_VALUE, 2 * Number.MIN_VALUE], [Number.MIN_VALUE]],
    ['neighbours', [1e16, 1e16 + 2, 1e16 + 4], [1e16, 1e17]],
    ['a far outlier', [...bell(500), 1e12], bell(500)],
    ['two values', [0, 1, 1, 1], [1, 1, 0, 0]],
    ['a lone atom', [...Array(90).fill(3), ...bell(10)], bell(100)],
    ['one category', ['a'], ['b', 'c']],
    ['no category', ['a'], [null]],
  ];

  test.each(HOSTILE)('are drawn with finite coordinates: %s', (name, baseline, window) => {
    const page = read(sampleReport([{ name, baseline, window, ratio: 2 }]));
    const geometry = geometryOf(page);
    expect(geometry.length).toBeGreaterThan(3);
    expect(geometry.filter((value) => /NaN|Infinity|undefined|null|e[+-]/.test(value))).toEqual([]);
    expect(page.text).not.toMatch(/NaN|Infinity|undefined|\bnull\b/);
  });

  test('so are all others', () => {
    const value = fc.oneof(fc.double({ noNaN: true }), fc.integer({ min: -3, max: 3 }), fc.constant(null));
    const values = fc.array(value, { maxLength: 60 });
    fc.assert(
      fc.property(values, values, (baseline, window) => {
        const page = read(sampleReport([{ name: 'any', baseline, window, ratio: 2 }]));
        expect(geometryOf(page).filter((part) => /NaN|Infinity|undefined|null|e[+-]/.test(part))).toEqual([]);
        expect(page.text).not.toMatch(/NaN|Infinity|undefined|\bnull\b/);
      }),
    );
  });

  test('figures that JSON does not know are shown as unknown', () => {
    const report = sampleReport(COLUMNS);
    const odd = { ...report.judgement.findings[0], statistic: NaN, pValue: NaN, threshold: 0 };
    const stored = JSON.stringify({ ...report, judgement: { ...report.judgement, findings: [odd] } });
    expect(read(JSON.parse(stored) as DriftReport).text).not.toMatch(/NaN|\bnull\b/);
  });
});

describe('names and texts from outside', () => {
  const HOSTILE_TEXTS = {
    'a script': '<script>alert(1)</script>',
    'an end of an attribute': '"><img src=x onerror=alert(1)>',
    'an end of another attribute': "' onmouseover='alert(1)",
    'closing tags': '</title></style></svg></bdi>',
    entities: '&lt;b&gt; &amp &#0;',
    'control characters': '\u0000\u0007\u001b[31m',
    'an override of the direction': '\u202eright to left',
    'halves of characters': '\ud800 half a character \udc00',
    'ten thousand characters': 'x'.repeat(10_000),
    'long characters': '👩‍👩‍👧‍👧'.repeat(2000),
    nothing: '',
    'a space': ' ',
    'a name of every object': '__proto__',
    templates: '${alert(1)} {{7*7}} <%= 7 %>',
  };

  const reportOf = (text: string): DriftReport => {
    const column = { ...COLUMNS[0], name: text };
    const labels = { ...COLUMNS[1], name: `${text}.`, baseline: [text, 'b', 'b'], window: ['b', 'b', 'b', `${text}!`] };
    const report = sampleReport([column, labels, { ...COLUMNS[2], name: `${text}-` }], {
      reason: text,
      schema: [{ name: text, kind: 'newColumn', drifted: false, reason: text }],
    });
    const damage = { files: 1, rows: 1, examples: [text] };
    return {
      ...report,
      title: text,
      model: text || 'm',
      baseline: { source: text, createdAt: text },
      window: { from: text, to: text },
      createdAt: text,
      quality: { ...POOR_QUALITY, reason: text },
      windowCounts: { ...report.windowCounts, damage },
    };
  };
  const shape = (report: DriftReport) =>
    read(report).tags.map(({ name, attributes }) => [name, ...attributes.keys()].join(' '));
  const HARMLESS = shape(reportOf('a'));

  test.each(Object.entries(HOSTILE_TEXTS))('change no tag: %s', (_, text) => {
    const page = reportPage(reportOf(text));
    expect(shape(reportOf(text))).toEqual(HARMLESS);
    expect(page).not.toMatch(/[\u0000-\u0008\u000b-\u001f\u202e]|\p{Cs}/u);
  });

  test('nor does any other', () => {
    const text = fc.oneof(fc.string({ unit: 'binary' }), fc.string({ unit: fc.constantFrom(...'<>&"\'/= -!a') }));
    fc.assert(
      fc.property(text, (any) => {
        expect(shape(reportOf(any))).toEqual(HARMLESS);
      }),
      { numRuns: 30 },
    );
  });

  test('cannot leave an attribute in quotes either', () => {
    expect(html`<a title="${'"\'<&>'}">${'<b>'}${html`<i></i>`}${undefined}</a>`.html).toBe(
      '<a title="&quot;&#39;&lt;&amp;&gt;">&lt;b&gt;<i></i></a>',
    );
  });

  test('stand there to be read', () => {
    const { text } = read(reportOf('<b>"A" & \'B\'</b>'));
    expect(text).toContain('numeric feature <b>"A" & \'B\'</b> moved, says the judge of <b>"A" & \'B\'</b>.');
    expect(read(reportOf('a\u202eb')).text).toContain('a\\u202eb');
    expect(read(reportOf('y'.repeat(10_000))).text).toContain(`${'y'.repeat(100)}… (10,000 characters)`);
  });

  test('a name that every object knows has no date of its own', () => {
    const report = { ...reportOf('constructor'), columnsSince: {} };
    expect(read(report).text).not.toContain('Beyond its threshold since');
  });
});
