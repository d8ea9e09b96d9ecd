import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { MonitorRecord, MonitorState } from '../../lib/monitoring/record';
import { emptyMonitorRecord } from '../../lib/monitoring/record';
import type { RetrainingQuestion, RetrainingWorld } from '../../lib/monitoring/retraining';
import { decideRetraining, withExecution, withIntent } from '../../lib/monitoring/retraining';
import { hour } from './judgements';

const RULES = { cooldownHours: 24, maxPerWeek: 3, minimumNewSamples: 10_000 };
const CALM: RetrainingWorld = { running: [], newSamples: { count: 20_000, how: 'by the data manifest' } };
const DRIFTED: MonitorRecord = { ...emptyMonitorRecord('m'), state: 'drift', incident: 1, revision: 12 };

function question(changes: Partial<RetrainingQuestion> = {}): RetrainingQuestion {
  const asked = { by: 'drift' as const, cause: 'schedule', why: 'origin drifted' };
  return { record: DRIFTED, now: hour(100), rules: RULES, world: CALM, ...asked, ...changes };
}

const decide = (changes: Partial<RetrainingQuestion> = {}) => decideRetraining(question(changes));
const world = (changes: Partial<RetrainingWorld>) => ({ world: { ...CALM, ...changes } });
const samples = (count: number | null, how = 'by the data manifest') => world({ newSamples: { count, how } });

/** A record with retrainings that started at these hours. */
function started(...hours: number[]): MonitorRecord {
  return hours.reduce((record, at) => {
    const token = `t${at}`;
    return withExecution(withIntent(record, { token, at: hour(at), cause: 'schedule', why: 'age' }), token, `e${at}`);
  }, DRIFTED);
}

test('drift with enough new data starts a retraining, for the reason that was given', () => {
  const token = 'retraining-m-incident-1-revision-12-2026-11-29';
  expect(decide()).toEqual({ start: true, token, what: 'retrain', why: 'origin drifted' });
  expect(token.length).toBeGreaterThanOrEqual(32);
});

test.each<[string, Partial<RetrainingQuestion>, string]>([
  ['a run', world({ running: ['arn:1', 'arn:2'] }), 'the training pipeline runs already: arn:1 and 1 more'],
  ['a rollout', world({ deploying: 'a rollout of version 8 runs' }), 'a rollout of version 8 runs'],
  [
    'a version that waits',
    world({ pending: 'version 8 waits for approval' }),
    'version 8 waits for approval; approve or reject it first',
  ],
  [
    'the cooldown',
    { record: started(80) },
    'the last retraining started at 2026-11-28 08:00 UTC, and the cooldown is 24 h: not before 2026-11-29 08:00 UTC',
  ],
  [
    'the weekly limit',
    { record: started(-70, 0, 30, 60) },
    '3 retrainings started within seven days, allowed: 3: not before 2026-12-02 00:00 UTC',
  ],
  ['too little data', samples(9_999), 'about 9,000 new samples (by the data manifest), at least 10,000 are wanted'],
  ['no data', samples(0), 'about 0 new samples (by the data manifest), at least 10,000 are wanted'],
  ['no drift', { record: { ...DRIFTED, state: 'ok' } }, 'there is no drift any more'],
  ['an unknown model', { record: { ...DRIFTED, state: 'unknown' } }, 'there is no drift any more'],
])('not now: %s', (_, changes, why) => {
  expect(decide(changes)).toMatchObject({ start: false, what: 'not now', why });
});

test('an hourly count of new data says the same for long, so that it is one decision', () => {
  const said = [4000, 4130, 4500, 4999].map((count) => decide(samples(count)).why);
  expect(new Set(said).size).toBe(1);
});

test('the first reason is the one that has to end first', () => {
  const all = {
    running: ['arn:1'],
    deploying: 'a test runs',
    pending: 'version 8 waits',
    newSamples: { count: 0, how: '' },
  };
  const why = (changes: Partial<RetrainingWorld>) =>
    decide({ record: started(90), ...world({ ...all, ...changes }) }).why;
  expect(why({})).toContain('runs already');
  expect(why({ running: [] })).toBe('a test runs');
  expect(why({ running: [], deploying: undefined })).toContain('version 8 waits');
  expect(why({ running: [], deploying: undefined, pending: undefined })).toContain('cooldown');
});

describe('limits end', () => {
  test('with the cooldown, and with the week', () => {
    const at = (record: MonitorRecord, index: number) => decide({ record, now: hour(index) }).start;
    expect([at(started(80), 103), at(started(80), 104)]).toEqual([false, true]);
    expect([at(started(0, 30, 60), 167), at(started(0, 30, 60), 168)]).toEqual([false, true]);
  });

  test('with data enough, and are none at a minimum of 0', () => {
    expect(decide(samples(10_000)).start).toBe(true);
    const rules = { ...RULES, minimumNewSamples: 0 };
    expect(decide({ rules, ...samples(0) })).toMatchObject({ start: true });
    expect(decide({ rules, ...samples(null, 'no manifest') })).toMatchObject({ start: true, why: 'origin drifted' });
  });

  test('poor quality is reason enough', () => {
    expect(decide({ record: { ...DRIFTED, state: 'ok', quality: 'drift' } }).start).toBe(true);
  });
});

test('data that cannot be counted holds nothing back, and is said', () => {
  expect(decide(samples(null, 'the last version has no manifest'))).toMatchObject({
    start: true,
    why: 'origin drifted; how much data is new is not known (the last version has no manifest)',
  });
});

test('more than are remembered start in no week', () => {
  const record = started(...Array.from({ length: 60 }, (_, i) => i));
  const rules = { cooldownHours: 1, maxPerWeek: 168, minimumNewSamples: 0 };
  expect(decide({ record, rules })).toMatchObject({
    start: false,
    why: '50 retrainings started within seven days, allowed: 50: not before 2026-12-02 10:00 UTC',
  });
});

describe('a person', () => {
  const person = { by: 'person' as const, why: 'new features', cause: 'command line' };

  test('is held back by no limit', () => {
    const record = { ...started(97, 98, 99), state: 'ok' as const };
    const limits = { record, ...samples(0) };
    expect(decide(limits).start).toBe(false);
    expect(decide({ ...limits, ...person })).toMatchObject({ start: true, why: 'new features' });
    expect(decide({ ...world({ pending: 'version 8 waits for approval' }), ...person }).start).toBe(true);
  });

  test('but by what is in flight', () => {
    expect(decide({ ...world({ running: ['arn:1'] }), ...person }).start).toBe(false);
    expect(decide({ ...world({ deploying: 'a test runs' }), ...person }).start).toBe(false);
  });

  test('counts for the limits of drift', () => {
    expect(decide({ record: started(1, 30, 60) }).start).toBe(false);
  });
});

describe('an intent without an execution', () => {
  const intent = { token: 'once', at: hour(90), cause: 'schedule', why: 'origin drifted' };
  const record = { ...withIntent(DRIFTED, intent), revision: 13 };

  test('is asked for again with its token: the cloud makes it one', () => {
    const why = 'again, since its start is not on record: origin drifted';
    expect(decide({ record })).toEqual({ start: true, token: 'once', what: 'retrain', why });
    expect(decide({ record, by: 'person' })).toMatchObject({ start: true, token: 'once' });
  });

  test('waits for what is in flight, and ends with the drift', () => {
    expect(decide({ record, ...world({ running: ['arn:1'] }) })).toMatchObject({ start: false, token: 'once' });
    expect(decide({ record: { ...record, state: 'ok' } })).toMatchObject({ start: false });
  });

  test('counts like one that ran when it is old', () => {
    const answer = decide({ record, now: hour(114) });
    expect(answer).toMatchObject({ start: true, why: 'origin drifted' });
    expect(answer.token).not.toBe('once');
  });

  test('is written once, and gets its execution', () => {
    expect(withIntent(record, { ...intent, at: hour(99) })).toBe(record);
    expect(withExecution(record, 'once', 'arn:1').retrainings).toEqual([{ ...intent, execution: 'arn:1' }]);
  });
});

/** A cloud in which a pipeline runs for some hours, and in which equal tokens are one execution. */
interface Life {
  record: MonitorRecord;
  readonly starts: { readonly token: string; readonly hour: number; readonly by: string }[];
  readonly ends: number[];
}

interface Ask {
  readonly wait: number;
  readonly by: 'drift' | 'person';
  readonly state: MonitorState;
  readonly hours: number;
  /** Before the execution is noted. */
  readonly crash: boolean;
  /** How often the same call comes. */
  readonly times: number;
}

const TRAINING = 'e';

function ask(life: Life, now: number, { by, state, hours, crash, times }: Ask, rules: typeof RULES): void {
  for (let time = 0; time < times; time++) {
    const record = { ...life.record, state };
    const running = life.ends.filter((end) => end > now).map(String);
    const answer = decide({ record, now: hour(now), by, rules, ...world({ running }) });
    if (by === 'person') expect(answer.start).toBe(running.length === 0);
    if (!answer.start) continue;
    const { token, why } = answer;
    const intended = {
      ...withIntent(record, { token, at: hour(now), cause: 'schedule', why }),
      revision: record.revision + 1,
    };
    if (!life.starts.some((start) => start.token === token)) {
      expect(running).toEqual([]);
      life.starts.push({ token, hour: now, by });
      life.ends.push(now + hours);
    }
    life.record = crash ? intended : withExecution(intended, token, TRAINING);
  }
}

const asks: fc.Arbitrary<Ask[]> = fc.array(
  fc.record({
    wait: fc.nat(30),
    by: fc.constantFrom('drift' as const, 'drift' as const, 'drift' as const, 'person' as const),
    state: fc.constantFrom<MonitorState>('drift', 'drift', 'ok', 'unknown'),
    hours: fc.nat(40),
    crash: fc.boolean(),
    times: fc.integer({ min: 1, max: 3 }),
  }),
  { maxLength: 60 },
);

const limits = fc.record({
  cooldownHours: fc.integer({ min: 1, max: 60 }),
  maxPerWeek: fc.integer({ min: 1, max: 6 }),
  minimumNewSamples: fc.constant(0),
});

test('whatever happens: limits hold, nothing starts beside what runs, and no person is held back in vain', () => {
  fc.assert(
    fc.property(asks, limits, (history, rules) => {
      const life: Life = { record: DRIFTED, starts: [], ends: [] };
      let now = 0;
      for (const one of history) {
        now += one.wait;
        ask(life, now, one, rules);
      }
      life.starts.forEach(({ hour: at, by }, index) => {
        if (by === 'person') return;
        const before = life.starts.slice(0, index).map((start) => start.hour);
        expect(before.filter((start) => at - start < 168).length).toBeLessThan(rules.maxPerWeek);
        for (const start of before) expect(at - start).toBeGreaterThanOrEqual(rules.cooldownHours);
      });
    }),
    { numRuns: 300 },
  );
});

test('a lasting alarm, a flapping one and duplicates start one retraining, and one more after the cooldown', () => {
  for (const states of [['drift'], ['drift', 'ok'], ['drift', 'drift', 'unknown']] as MonitorState[][]) {
    const life: Life = { record: DRIFTED, starts: [], ends: [] };
    for (let now = 0; now <= 24; now++) {
      const state = states[now % states.length];
      ask(life, now, { wait: 1, by: 'drift', state, hours: 2, crash: now % 2 === 0, times: 3 }, RULES);
      expect(life.starts.length).toBe(now < 24 ? 1 : 2);
    }
  }
});
