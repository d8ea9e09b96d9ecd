import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { MonitorRecord } from '../../lib/monitoring/record';
import { emptyMonitorRecord, withRun } from '../../lib/monitoring/record';
import type { SeenRun, StateChange } from '../../lib/monitoring/settle';
import { settleRun } from '../../lib/monitoring/settle';
import { auc, hour, judged, seen } from './judgements';

const QUIET = judged({ age: 0.05 });
const DRIFT = judged({ age: 0.5 });
/** Below the threshold, but not by much. */
const NEAR = judged({ age: 0.18 });
const GAP = judged({}, 'notEnoughData');

function follow(runs: readonly SeenRun[], from = emptyMonitorRecord('m')) {
  const told: StateChange[] = [];
  let record: MonitorRecord = from;
  for (const run of runs) {
    const settled = settleRun(record, run);
    record = settled.record;
    told.push(...settled.changes);
  }
  return { record, told };
}

const steps = (told: readonly StateChange[]) =>
  told.map(({ what, previousState, state, incident }) => `${what} ${previousState} → ${state} #${incident}`);

test('the first quiet run is no news, drift is, and its end', () => {
  const { record, told } = follow([
    seen(0, QUIET),
    seen(1, DRIFT),
    seen(2, DRIFT),
    seen(3, QUIET),
    seen(4, QUIET),
    seen(5, QUIET),
  ]);
  expect(steps(told)).toEqual(['drift ok → drift #1', 'drift drift → ok #1']);
  expect(told.map(({ since }) => since)).toEqual([hour(1), hour(5)]);
  expect(record).toMatchObject({ state: 'ok', since: hour(5), incident: 1 });
  expect(record.runs.map(({ id }) => id)).toEqual(['run-5', 'run-4', 'run-3', 'run-2', 'run-1', 'run-0']);
});

test('drift at the first run is told', () => {
  const { told } = follow([seen(0, DRIFT, { report: 's3://b/r.html', model: 'v7' })]);
  expect(told).toEqual([
    {
      what: 'drift',
      state: 'drift',
      previousState: 'unknown',
      since: hour(0),
      incident: 1,
      reason: '1 columns drifted',
      model: 'v7',
      driftedColumns: ['age'],
      maxDrift: 2.5,
      driftedShare: 1,
      report: 's3://b/r.html',
    },
  ]);
});

test('a column at its threshold keeps the state that stands', () => {
  const flapping = Array.from({ length: 40 }, (_, i) => seen(i + 1, i % 2 ? NEAR : DRIFT));
  const { record, told } = follow([seen(0, QUIET), ...flapping]);
  expect(steps(told)).toEqual(['drift ok → drift #1']);
  expect(record.since).toBe(hour(1));
  expect(follow([seen(0, NEAR), seen(1, NEAR)])).toMatchObject({ record: { state: 'ok' }, told: [] });
});

test('the gap is a fifth of the threshold', () => {
  const calm = (statistic: number) => [1, 2, 3].map((index) => seen(index, judged({ age: statistic })));
  const after = (statistic: number) => follow([seen(0, DRIFT), ...calm(statistic)]).record.state;
  expect([after(0.159), after(0.161)]).toEqual(['ok', 'drift']);
});

test('drift is over when the runs of a whole window were calm, one after the other', () => {
  const runs = [
    seen(0, DRIFT),
    seen(1, QUIET),
    seen(2, QUIET),
    seen(3, NEAR),
    seen(4, QUIET),
    seen(5, GAP),
    seen(6, QUIET),
  ];
  const states = runs.map((_, i) => follow(runs.slice(0, i + 1)).record.state);
  expect(states).toEqual(['drift', 'drift', 'drift', 'drift', 'drift', 'drift', 'ok']);
  expect(follow(runs.slice(0, 5)).record.calmSince).toBe(hour(4));
  expect(follow(runs).record.calmSince).toBeUndefined();
});

test('a vanished column is drift although no statistic says so', () => {
  const schema = [{ name: 'origin', kind: 'columnVanished' as const, drifted: true, reason: 'origin vanished' }];
  const { record, told } = follow([seen(0, { ...judged({ age: 0.3, city: 0.1 }), schema, verdict: 'drift' })]);
  expect(told[0].driftedColumns).toEqual(['origin', 'age']);
  expect(record.state).toBe('drift');
});

test('too little data keeps the state, and says how old the last verdict is', () => {
  const { record, told } = follow([seen(0, DRIFT), seen(1, GAP), seen(2, GAP)]);
  expect(steps(told)).toEqual(['drift unknown → drift #1']);
  expect(record).toMatchObject({ state: 'drift', since: hour(0) });
  expect(record.runs[0].reason).toBe(`3 rows, at least 500 are needed (the last verdict is of ${hour(0)})`);
  expect(follow([seen(0, GAP)]).record).toMatchObject({
    state: 'unknown',
    runs: [{ reason: '3 rows, at least 500 are needed (there has been no verdict yet)' }],
  });
});

describe('another model', () => {
  const v7 = { model: 'v7' };
  const v8 = { model: 'v8' };

  test('ends the drift of the one before', () => {
    const { record, told } = follow([seen(0, DRIFT, v7), seen(1, NEAR, v8)]);
    expect(steps(told)).toEqual(['drift unknown → drift #1', 'drift drift → ok #1']);
    expect(told[1].reason).toBe('another model serves than before: 0 columns drifted');
    expect(record).toMatchObject({ state: 'ok', since: hour(1), model: 'v8' });
  });

  test('that drifts too is an incident of its own', () => {
    const { told } = follow([seen(0, DRIFT, v7), seen(1, DRIFT, v8), seen(2, DRIFT, v8)]);
    expect(steps(told)).toEqual(['drift unknown → drift #1', 'drift unknown → drift #2']);
  });

  test('without enough data is unknown, and quiet afterwards without an alarm', () => {
    const { record, told } = follow([seen(0, DRIFT, v7), seen(1, GAP, v8), seen(2, QUIET, v8)]);
    expect(steps(told)).toEqual(['drift unknown → drift #1', 'drift drift → unknown #1']);
    expect(record).toMatchObject({ state: 'ok', since: hour(2) });
  });

  test('changes nothing to tell where all was well', () => {
    const { record, told } = follow([seen(0, QUIET, v7), seen(1, QUIET, v8)]);
    expect([told, record.state, record.since]).toEqual([[], 'ok', hour(1)]);
  });

  test('is not taken from a run that knows no model', () => {
    expect(follow([seen(0, DRIFT, v7), seen(1, GAP)]).record).toMatchObject({ state: 'drift', model: 'v7' });
  });
});

test('a run that comes again changes nothing, and tells the same: its event may not have been sent', () => {
  const first = follow([seen(0, QUIET), seen(1, DRIFT)]);
  const again = settleRun(first.record, seen(1, QUIET));
  expect(again.record).toBe(first.record);
  expect(again.changes).toEqual(first.told);
  expect(settleRun(first.record, seen(0, DRIFT))).toEqual({ record: first.record, changes: [] });
});

test('a run that failed may be repeated, with what it had changed', () => {
  const { record, told } = follow([seen(0, QUIET), seen(1, DRIFT)]);
  const failed = withRun(record, { ...record.runs[0], failure: 'no event bus' });
  expect(failed.runs[0]).toMatchObject({ verdict: 'drift', failure: 'no event bus' });
  const again = settleRun(failed, seen(1, DRIFT));
  expect(again.changes).toEqual(told);
  expect(again.record.runs[0].failure).toBeUndefined();
  expect(again.record.incident).toBe(1);
});

test('a run that comes late is listed in its place and changes no state', () => {
  const { record } = follow([seen(0, QUIET), seen(2, QUIET)]);
  const late = settleRun(record, seen(1, DRIFT));
  expect(late.changes).toEqual([]);
  expect(late.record).toMatchObject({ state: 'ok', incident: 0 });
  expect(late.record.runs.map(({ id }) => id)).toEqual(['run-2', 'run-1', 'run-0']);
});

test('quality is poor beyond the threshold and fine again at the limit', () => {
  const values = [0.8, 0.69, 0.72, null, 0.76];
  const { record, told } = follow(values.map((value, i) => seen(i, QUIET, { quality: auc(value) })));
  expect(steps(told)).toEqual(['quality ok → drift #1', 'quality drift → ok #1']);
  expect(told.map(({ since, reason }) => [since, reason])).toEqual([
    [hour(1), 'auc is 0.69'],
    [hour(4), 'auc is 0.76'],
  ]);
  expect(record).toMatchObject({ state: 'ok', quality: 'ok', qualitySince: hour(4) });
});

test('an error that shall be small is fine again below its limit', () => {
  const rmse = (verdict: 'poor' | 'fine', value: number) => ({ ...auc(0.8), verdict, value, limit: 5, threshold: 6 });
  const runs = [rmse('poor', 7), rmse('fine', 5.5), rmse('fine', 4.9)];
  const { told } = follow(runs.map((quality, i) => seen(i, QUIET, { quality })));
  expect(steps(told)).toEqual(['quality unknown → drift #1', 'quality drift → ok #1']);
  expect(told[1].since).toBe(hour(2));
});

test('drift and poor quality in one run are two incidents', () => {
  const { told } = follow([seen(0, DRIFT, { quality: auc(0.6) })]);
  expect(steps(told)).toEqual(['drift unknown → drift #1', 'quality unknown → drift #2']);
});

test('whatever comes: changes alternate, incidents grow, and repeating all changes nothing', () => {
  const judgement = fc.constantFrom(QUIET, DRIFT, NEAR, GAP);
  const model = fc.constantFrom('v7', 'v8', undefined);
  const runs = fc.array(fc.record({ hour: fc.nat(30), judgement, model }), { maxLength: 40 });
  fc.assert(
    fc.property(runs, (given) => {
      const all = given.map((one) => seen(one.hour, one.judgement, { model: one.model }));
      const { record, told } = follow(all);
      const times = record.runs.map(({ at }) => Date.parse(at));
      expect(times).toEqual([...times].sort((a, b) => b - a));
      const [begun, ended] = [
        told.filter(({ state }) => state === 'drift'),
        told.filter((one) => one.state !== 'drift'),
      ];
      expect(new Set(begun.map(({ incident }) => incident)).size).toBe(record.incident);
      for (const { previousState } of ended) expect(previousState).toBe('drift');
      for (const one of all) expect(settleRun(record, one).record).toBe(record);
    }),
  );
});
