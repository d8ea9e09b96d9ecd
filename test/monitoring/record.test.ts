import { describe, expect, test } from 'vitest';
import type { MonitorRecord, MonitorRun, Retraining } from '../../lib/monitoring/record';
import { emptyMonitorRecord, parseMonitorRecord, withDecision, withRun } from '../../lib/monitoring/record';
import { withIntent } from '../../lib/monitoring/retraining';
import { hour } from './judgements';

function run(index: number, changes: Partial<MonitorRun> = {}): MonitorRun {
  const numbers = { rows: 500, maxDrift: 0.4, driftedShare: 0 };
  const texts = { verdict: 'noDrift' as const, reason: 'no column drifted', driftedColumns: [] };
  return { id: `run-${index}`, at: hour(index), ...numbers, ...texts, ...changes };
}

const EMPTY = emptyMonitorRecord('m');

test('a record is read as it was written', () => {
  const decision = { at: hour(1), what: 'not now', why: 'it runs', cause: 'schedule' };
  const record = withDecision(withRun(EMPTY, run(1, { quality: { verdict: 'fine', value: 0.8 } })), decision);
  expect(parseMonitorRecord('m', JSON.stringify(record))).toEqual(record);
});

test('what a later version added stays, what an earlier one lacked is empty', () => {
  const { quality: _quality, decisions: _decisions, ...earlier } = EMPTY;
  const read = parseMonitorRecord('m', JSON.stringify({ ...earlier, shadow: [1] }));
  expect(read).toEqual({ ...EMPTY, shadow: [1] });
});

test.each([
  ['{"format":', 'it is no JSON'],
  ['', 'it is no JSON'],
  ['null', 'it is no JSON object'],
  ['[]', 'got format undefined, known: 1'],
  ['{"format":2,"monitor":"m"}', 'got format 2, known: 1'],
  ['{"format":1,"monitor":"other"}', 'it is the record of "other"'],
  ['{"format":1,"monitor":"m","runs":{"0":1}}', 'its runs are no list'],
])('a record that cannot be read is said: %s', (text, what) => {
  expect(() => parseMonitorRecord('m', text)).toThrow(
    `the record of monitor m cannot be read: ${what}; restore an earlier copy`,
  );
});

describe('runs', () => {
  const ids = ({ runs }: MonitorRecord) => runs.map(({ id }) => id);
  const all = (...runs: MonitorRun[]) => runs.reduce(withRun, EMPTY);

  test('are listed newest first, in whatever order they come', () => {
    expect(ids(all(run(2), run(4), run(1), run(3)))).toEqual(['run-4', 'run-3', 'run-2', 'run-1']);
  });

  test('are kept to the number of 50, and the oldest go', () => {
    const record = all(...Array.from({ length: 60 }, (_, i) => run(i)));
    expect([record.runs.length, record.runs[0].id, record.runs[49].id]).toEqual([50, 'run-59', 'run-10']);
    expect(withRun(record, run(3))).toEqual(record);
  });

  test('are listed once', () => {
    const record = all(run(1));
    expect(withRun(record, run(1, { verdict: 'drift' }))).toBe(record);
  });

  test('that fail after their verdict keep it', () => {
    const record = all(run(1, { verdict: 'drift' }), run(1, { verdict: 'notEnoughData', rows: 0, failure: 'denied' }));
    expect(record.runs).toEqual([run(1, { verdict: 'drift', failure: 'denied' })]);
  });

  test('that failed are replaced by the same run done', () => {
    expect(all(run(1, { failure: 'denied', rows: 0 }), run(2), run(1)).runs).toEqual([run(2), run(1)]);
  });

  test('name 20 columns, and say how many more', () => {
    const driftedColumns = Array.from({ length: 100 }, (_, i) => `column ${i}`);
    const [{ driftedColumns: named, moreColumns }] = all(run(1, { driftedColumns })).runs;
    expect([named.length, named[0], moreColumns]).toEqual([20, 'column 0', 80]);
  });
});

describe('decisions', () => {
  const decision = { at: hour(0), what: 'not now', why: 'cooldown', cause: 'schedule' };

  test('that repeat are counted', () => {
    const thrice = [0, 1, 2].reduce((record, i) => withDecision(record, { ...decision, at: hour(i) }), EMPTY);
    expect(thrice.decisions).toEqual([{ ...decision, lastAt: hour(2), times: 3 }]);
    const long = { ...decision, why: 'why '.repeat(1000) };
    expect(withDecision(withDecision(EMPTY, long), long).decisions).toMatchObject([{ times: 2 }]);
  });

  test.each([{ what: 'retrain' }, { why: 'it runs' }, { cause: 'command line' }])(
    'that differ are listed: %o',
    (other) => {
      const record = withDecision(withDecision(EMPTY, decision), { ...decision, ...other, at: hour(1) });
      expect(record.decisions).toEqual([{ ...decision, ...other, at: hour(1) }, decision]);
    },
  );

  test('are kept to the number of 100', () => {
    const numbers = Array.from({ length: 130 }, (_, i) => i);
    const record = numbers.reduce((before, i) => withDecision(before, { ...decision, why: `${i}` }), EMPTY);
    expect([record.decisions.length, record.decisions[0].why]).toEqual([100, '129']);
  });
});

test('texts are kept whole as long as they are short, and cut between characters otherwise', () => {
  const why = (text: string) => withDecision(EMPTY, { at: hour(0), what: 'retrain', why: text }).decisions[0].why;
  expect(why('größer "als" 0,2')).toBe('größer "als" 0,2');
  expect(why('🌩'.repeat(400))).toMatch(/^(🌩){124}…$/u);
  expect(why('line\nbreak\u0000 \ud800.')).toBe('line break   .');
});

/** As long as DynamoDB counts an item: its document in UTF-8. */
const bytes = (record: MonitorRecord) => Buffer.byteLength(JSON.stringify(record), 'utf8');

test.each(['\u0001', '漢', '"', '\\', '🌩', '\ud800', '\n'])(
  'a full record of names of %j fits in an item',
  (letter) => {
    const text = letter.repeat(2000);
    let record = emptyMonitorRecord('m'.repeat(63));
    for (let i = 0; i < 110; i++) {
      const quality = { verdict: 'notEnoughData' as const, value: 0.123456789012345, reason: text };
      const changed = (['drift', 'quality'] as const).map((what) => {
        return { what, from: 'unknown', to: 'unknown', incident: 1e9 } as const;
      });
      const driftedColumns = Array.from({ length: 30 }, () => text);
      const report = `s3://${'b'.repeat(63)}/${'k'.repeat(400)}`;
      const texts = { reason: text, failure: text, driftedColumns, report, verdict: 'notEnoughData' as const };
      record = withRun(record, run(i, { ...texts, quality, changed, id: `${i}-${'x'.repeat(90)}` }));
      record = withDecision(record, { at: hour(i), what: text, why: `${i}${text}`, cause: text });
      const names = { token: `${i}${'t'.repeat(125)}`, execution: `arn:${'x'.repeat(300)}` };
      record = withIntent(record, { ...names, at: hour(i), cause: text, why: text } satisfies Retraining);
    }
    expect(bytes(record)).toBeGreaterThan(200_000);
    expect(bytes(record)).toBeLessThan(390_000);
  },
);
