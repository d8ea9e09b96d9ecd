import { describe, expect, test } from 'vitest';
import type { AbTest, ClosedMinute, SideCounts } from '../../lib/statistics';
import { anchorOf, judgeAbTest } from '../../lib/statistics';
import { randomOf } from './ab-simulation';

const side = (requests: number, errors: number, slow: number): SideCounts => ({ requests, errors, slow });

/** A test in one minute: 20 % of the requests to the challenger, errors and slow requests at these rates. */
function minuteOf(requests: number, champion: [number, number], challenger: [number, number]): ClosedMinute {
  const mine = requests * 0.2;
  const others = requests - mine;
  return {
    minute: 10,
    champion: side(others, Math.round(others * champion[0]), Math.round(others * champion[1])),
    challenger: side(mine, Math.round(mine * challenger[0]), Math.round(mine * challenger[1])),
  };
}

function testOf(minutes: ClosedMinute | ClosedMinute[], fields: Partial<AbTest> = {}): AbTest {
  return {
    minutes: [minutes].flat(),
    share: 0.2,
    goal: 'notWorse',
    margin: 0.5,
    elapsedMinutes: 60,
    maximumMinutes: 1440,
    ...fields,
  };
}

const judged = (...args: Parameters<typeof testOf>) => judgeAbTest(testOf(...args));
const metricOf = (verdict: ReturnType<typeof judgeAbTest>, name: string) =>
  verdict.metrics.find((metric) => metric.name === name)!;

const EQUAL = minuteOf(100_000, [0.01, 0.05], [0.01, 0.05]);

function grades(count: number, right: number, seed = 1): number[] {
  const random = randomOf(seed);
  return Array.from({ length: count }, () => (random() < right ? 1 : 0));
}

describe('notWorse', () => {
  test('promotes an equal challenger, with the numbers in words', () => {
    const verdict = judged(EQUAL);
    expect(verdict.decision).toBe('promote');
    expect(verdict.reason).toBe(
      'Promoted: ' +
        "errors not worse: 1 % against the champion's 1 %, 1.00 times (0.793 to 1.25); evidence 452,000 to 1, 20 needed; " +
        "slow requests not worse: 5 % against the champion's 5 %, 1.00 times (0.894 to 1.12); " +
        'evidence over 1,000,000 to 1, 20 needed (100,000 requests, 20,000 of them to the challenger, in 1 min).',
    );
    expect(verdict.metrics.map(({ name, status }) => [name, status])).toEqual([
      ['errors', 'notWorse'],
      ['slow', 'notWorse'],
      ['sampleRatio', 'asMeant'],
    ]);
    expect(metricOf(verdict, 'errors')).toMatchObject({ champion: 0.01, challenger: 0.01, withinAnchor: true });
    expect(metricOf(verdict, 'errors').estimate).toBeCloseTo(1, 12);
    expect(metricOf(verdict, 'sampleRatio').challenger).toBeCloseTo(0.2, 12);
  });

  test('needs every metric: errors alone do not promote', () => {
    const verdict = judged(minuteOf(20_000, [0.03, 0.002], [0.03, 0.002]));
    expect(verdict.decision).toBe('continue');
    expect(metricOf(verdict, 'errors').status).toBe('notWorse');
    expect(metricOf(verdict, 'slow').status).toBe('undecided');
    expect(verdict.reason).toContain('Undecided so far: errors not worse');
    expect(verdict.reason).toContain('slow requests not shown to stay within 1.5 times');
  });

  test('promotes what is worse within the margin: that was tolerated', () => {
    const verdict = judged(minuteOf(10_000_000, [0.01, 0.05], [0.012, 0.06]));
    expect(verdict.decision).toBe('promote');
    expect(metricOf(verdict, 'errors').lower).toBeGreaterThan(1);
  });

  test('does not decide at exactly the margin, with however much traffic', () => {
    expect(judged(minuteOf(10_000_000, [0.01, 0.05], [0.015, 0.05])).decision).toBe('continue');
  });

  test.each([
    ['errors', [0.03, 0.05]],
    ['slow', [0.01, 0.12]],
  ] as const)('rejects harm to %s, although the other metric passes', (name, challenger) => {
    const verdict = judged(minuteOf(100_000, [0.01, 0.05], [...challenger]));
    expect(verdict.decision).toBe('reject');
    expect(verdict.metrics.filter((metric) => metric.status === 'worse').map((metric) => metric.name)).toEqual([name]);
    expect(verdict.reason).toMatch(/^Rejected: (errors|slow requests) worse than 1.5 times the champion's: .* needed/);
  });

  test('rejection needs k times the evidence: 60 to 1 with two metrics and the share of requests', () => {
    const verdict = judged(EQUAL, { quality: { champion: [], challenger: [] } });
    expect(metricOf(judged(EQUAL), 'errors').worse!.needed).toBeCloseTo(60, 9);
    expect(metricOf(verdict, 'errors').worse!.needed).toBeCloseTo(80, 9);
    expect(metricOf(verdict, 'errors').better!.needed).toBeCloseTo(60, 9);
    expect(metricOf(verdict, 'errors').notWorse!.needed).toBeCloseTo(20, 9);
    const between = minuteOf(11_000, [0.01, 0.05], [0.025, 0.05]); // evidence of harm between 20 and 60
    const { eValue } = metricOf(judged(between), 'errors').worse!;
    expect(eValue).toBeGreaterThan(20);
    expect(eValue).toBeLessThan(60);
    expect(judged(between).decision).toBe('continue');
    expect(judged(between, { alpha: 0.15 }).decision).toBe('reject');
  });

  test('keeps the champion when time is up undecided, but not when it is decided', () => {
    const undecided = judged(minuteOf(2_000, [0.01, 0.05], [0.01, 0.05]), { elapsedMinutes: 1440 });
    expect(undecided.decision).toBe('reject');
    expect(undecided.reason).toContain(
      'Rejected: undecided when the time was up, the champion stays: errors not shown',
    );
    expect(judged(EQUAL, { elapsedMinutes: 1440 }).decision).toBe('promote');
    expect(judged(minuteOf(2_000, [0.01, 0.05], [0.01, 0.05]), { elapsedMinutes: 1439 }).decision).toBe('continue');
  });
});

describe('superior', () => {
  const better = minuteOf(100_000, [0.01, 0.05], [0.005, 0.05]);

  test('promotes when one metric is better and none is worse', () => {
    const verdict = judged(better, { goal: 'superior' });
    expect(verdict.decision).toBe('promote');
    expect(metricOf(verdict, 'errors').status).toBe('better');
    expect(metricOf(verdict, 'slow').status).toBe('notWorse');
    expect(verdict.reason).toContain('errors better: 0.5 %');
  });

  test('goes on with an equal challenger, and says what is missing', () => {
    const verdict = judged(EQUAL, { goal: 'superior' });
    expect(verdict.decision).toBe('continue');
    expect(verdict.reason).toContain('no metric shown better than the champion, which the goal "superior" asks for');
    expect(judged(EQUAL, { goal: 'superior', elapsedMinutes: 2000 }).decision).toBe('reject');
  });

  test('does not trade one metric for the other', () => {
    const traded = minuteOf(100_000, [0.01, 0.05], [0.005, 0.1]);
    expect(judged(traded, { goal: 'superior' }).decision).toBe('reject');
    const atMargin = minuteOf(100_000, [0.01, 0.05], [0.005, 0.075]);
    expect(judged(atMargin, { goal: 'superior' }).decision).toBe('continue');
  });
});

describe('the sample ratio', () => {
  const lost = { minute: 0, champion: side(80_000, 800, 4000), challenger: side(17_000, 170, 850) };

  test('that is not the meant one rejects, before all else, in words', () => {
    const verdict = judged(lost);
    expect(verdict.decision).toBe('reject');
    expect(metricOf(verdict, 'sampleRatio').status).toBe('wrongShare');
    expect(verdict.reason).toMatch(
      /^Rejected: the challenger got 17.5 % of the requests \(17.1 % to 18 %\), not the 20 %/,
    );
  });

  test('is measured against the share of this test', () => {
    expect(judged(lost, { share: 17 / 97 }).decision).toBe('promote');
  });

  test('counts with few requests too: a challenger without any traffic is found', () => {
    const verdict = judged({ minute: 0, champion: side(500, 0, 0), challenger: side(0, 0, 0) });
    expect(verdict.decision).toBe('reject');
    expect(metricOf(verdict, 'sampleRatio').status).toBe('wrongShare');
  });
});

describe('which minutes count', () => {
  const bad: ClosedMinute = { minute: 0, champion: side(8000, 80, 400), challenger: side(2000, 600, 1500) };

  test('not those of the warm-up', () => {
    expect(judged([bad, EQUAL]).decision).toBe('reject');
    expect(judged([bad, EQUAL], { warmUpMinutes: 1 })).toEqual(judged(EQUAL));
    expect(judged([{ ...bad, minute: 5 }, EQUAL], { warmUpMinutes: 5 }).decision).toBe('reject');
  });

  test('not those that one side lacks, and the reason says how many', () => {
    const halves = [{ minute: 1, champion: bad.champion }, { minute: 2, challenger: bad.challenger }, { minute: 3 }];
    const verdict = judged([...halves, EQUAL]);
    expect(verdict.metrics).toEqual(judged(EQUAL).metrics);
    expect(verdict.reason).toContain('(3 left out: one side unknown)');
  });

  test('in any order, and as their sum', () => {
    const parts = [1, 2, 3, 4].map((minute) => ({ ...minuteOf(25_000, [0.01, 0.05], [0.01, 0.05]), minute }));
    expect(judged(parts.toReversed())).toEqual(judged(parts));
    expect(judged(parts).metrics).toEqual(judged(EQUAL).metrics);
  });

  test('none at all: undecided, and at the end the champion stays', () => {
    for (const minutes of [[], [{ minute: 0 }]]) {
      const verdict = judged(minutes);
      expect(verdict.decision).toBe('continue');
      expect(verdict.reason).toContain('no minute yet with figures of both sides');
      expect(verdict.reason).not.toMatch(/NaN|undefined|Infinity/);
      expect(judged(minutes, { elapsedMinutes: 1440 }).decision).toBe('reject');
    }
  });
});

describe('counts at the edges', () => {
  test('no errors on either side: passes once the challenger is shown negligible', () => {
    const clean = (requests: number) => minuteOf(requests, [0, 0], [0, 0]);
    expect(judged(clean(20_000)).decision).toBe('continue');
    const verdict = judged(clean(50_000));
    expect(verdict.decision).toBe('promote');
    expect(metricOf(verdict, 'errors')).toMatchObject({ estimate: undefined, lower: 0, upper: undefined });
    expect(judged(clean(50_000), { negligibleRate: 0 }).decision).toBe('continue');
  });

  test('a challenger with errors beside a champion without any is rejected', () => {
    expect(judged(minuteOf(20_000, [0, 0.05], [0.02, 0.05])).decision).toBe('reject');
  });

  test('ten times a negligible rate that stays negligible is no harm', () => {
    const rare = minuteOf(10_000_000, [0.00001, 0.05], [0.0001, 0.05]);
    expect(judged(rare).decision).toBe('promote');
    expect(judged(rare, { negligibleRate: 0 }).decision).toBe('reject');
    const noticeable = minuteOf(10_000_000, [0.0001, 0.05], [0.00105, 0.05]);
    expect(judged(noticeable).decision).toBe('continue'); // just above: neither negligible nor shown to matter
    expect(judged(minuteOf(10_000_000, [0.0001, 0.05], [0.0013, 0.05])).decision).toBe('reject');
  });

  test('a thousand million requests, one request, all failed: finite and readable', () => {
    const cases: ClosedMinute[] = [
      minuteOf(1e9, [0.01, 0.05], [0.01, 0.05]),
      minuteOf(1e9, [0.5, 1], [0.5, 1]),
      minuteOf(1e12, [1e-9, 0], [1e-9, 0]),
      { minute: 0, champion: side(1, 1, 1), challenger: side(0, 0, 0) },
      { minute: 0, champion: side(0, 0, 0), challenger: side(1, 1, 1) },
    ];
    const decisions = cases.map((minute) => {
      const verdict = judged(minute);
      expect(verdict.reason).not.toMatch(/NaN|undefined|Infinity/);
      expect(JSON.stringify(verdict.metrics)).not.toContain('null');
      return verdict.decision;
    });
    expect(decisions).toEqual(['promote', 'promote', 'promote', 'continue', 'continue']);
  });
});

describe('quality', () => {
  const quality = (champion: number, challenger: number, count = 20_000) => ({
    champion: grades(count, champion, 1),
    challenger: grades(count, challenger, 2),
  });

  test('must be shown not worse too, by what it lacks', () => {
    const verdict = judged(EQUAL, { quality: quality(0.9, 0.9) });
    expect(verdict.decision).toBe('promote');
    expect(metricOf(verdict, 'quality').status).toBe('notWorse');
    expect(verdict.reason).toMatch(
      /quality not worse: 89.8 % against the champion's 90.4 %, 1.06 times what it lacks \(0.866 to 1.33\)/,
    );
    expect(judged(EQUAL, { quality: { champion: [], challenger: [] } }).decision).toBe('continue');
    expect(judged(EQUAL, { quality: quality(0.9, 0.9, 50) }).decision).toBe('continue');
  });

  test('rejects a challenger that lacks more than the margin tolerates', () => {
    const verdict = judged(EQUAL, { quality: quality(0.9, 0.8) });
    expect(verdict.decision).toBe('reject');
    expect(metricOf(verdict, 'quality').status).toBe('worse');
    expect(verdict.reason).toContain("Rejected: quality worse than 1.5 times the champion's");
  });

  test('alone can make a challenger superior', () => {
    expect(judged(EQUAL, { goal: 'superior', quality: quality(0.8, 0.9) }).decision).toBe('promote');
    expect(judged(EQUAL, { goal: 'superior', quality: quality(0.9, 0.9) }).decision).toBe('continue');
    expect(judged(EQUAL, { goal: 'superior', quality: quality(0.9, 0.91) }).decision).toBe('continue');
  });

  test('perfect on both sides passes as negligible', () => {
    const perfect = { champion: grades(30_000, 1), challenger: grades(30_000, 1) };
    expect(judged(EQUAL, { quality: perfect }).decision).toBe('promote');
    expect(judged(EQUAL, { quality: perfect, negligibleRate: 0 }).decision).toBe('continue');
  });

  test('that is lost but negligible is no harm', () => {
    const lost = { champion: grades(40_000, 1), challenger: grades(40_000, 0.995) };
    expect(judged(EQUAL, { quality: lost, negligibleRate: 0.001 }).decision).toBe('reject');
    expect(judged(EQUAL, { quality: lost, negligibleRate: 0.01 }).decision).toBe('promote');
  });

  test('is anchored', () => {
    const grown = { quality: quality(0.85, 0.85) };
    expect(judged(EQUAL, { ...grown, anchor: { quality: 0.85 } }).decision).toBe('promote');
    const verdict = judged(EQUAL, { ...grown, anchor: { quality: 0.95 } });
    expect(verdict.decision).toBe('continue');
    expect(metricOf(verdict, 'quality').withinAnchor).toBe(false);
    expect(verdict.reason).toContain("quality not shown to stay within 1.5 times of the best recent champion's 95 %");
  });
});

describe('the anchor', () => {
  test('holds back what is not worse than a champion that has crept, and says so', () => {
    expect(judged(EQUAL, { anchor: { errors: 0.01, slow: 0.05 } }).decision).toBe('promote');
    const verdict = judged(EQUAL, { anchor: { errors: 0.005 }, elapsedMinutes: 1440 });
    expect(verdict.decision).toBe('reject');
    expect(metricOf(verdict, 'errors')).toMatchObject({ status: 'undecided', withinAnchor: false });
    expect(metricOf(verdict, 'slow').withinAnchor).toBe(true);
    expect(verdict.reason).toContain("errors not shown to stay within 1.5 times of the best recent champion's 0.5 %");
  });

  test('below the negligible rate does not bind, nor one that no rate can exceed', () => {
    const rare = minuteOf(10_000_000, [0.0002, 0.05], [0.0002, 0.05]);
    expect(judged(rare, { anchor: { errors: 0 } }).decision).toBe('promote');
    expect(judged(rare, { anchor: { errors: 0 }, negligibleRate: 0 }).decision).toBe('continue');
    expect(judged(EQUAL, { anchor: { errors: 0.9 } }).decision).toBe('promote');
  });

  test('is the best of the recent champions, metric by metric', () => {
    const recent = [{ errors: 0.02, slow: 0.05, quality: 0.8 }, { errors: 0.01, slow: 0.06 }, { quality: 0.9 }];
    expect(anchorOf(recent)).toEqual({ errors: 0.01, slow: 0.05, quality: 0.9 });
    expect(anchorOf([])).toEqual({});
  });
});

test.each<[string, Partial<AbTest>, string]>([
  ['share', { share: 0 }, 'share must be above 0 and below 1, got 0'],
  ['share of all', { share: 1 }, 'share must be'],
  ['margin', { margin: 0 }, 'margin must be above 0 and at most 1, got 0'],
  ['margin that is no number', { margin: NaN }, 'margin must be'],
  ['alpha', { alpha: 1 }, 'alpha must be'],
  ['goal', { goal: 'best' as never }, `goal must be 'notWorse' or 'superior', got "best"`],
  ['negligible rate', { negligibleRate: 1 }, 'negligibleRate must be'],
  ['anchor', { anchor: { errors: 5 } }, 'anchor.errors must be between 0 and 1, got 5'],
  ['elapsed', { elapsedMinutes: -1 }, 'elapsedMinutes must be'],
  ['maximum', { maximumMinutes: 0 }, 'maximumMinutes must be'],
  ['warm-up', { warmUpMinutes: NaN }, 'warmUpMinutes must be'],
  ['grade', { quality: { champion: [0.5], challenger: [1.5] } }, 'quality.challenger must be between 0 and 1, got 1.5'],
  ['minute', { minutes: [{ minute: -1 }] }, 'minute must be a whole number from 0 on, got -1'],
  ['minute twice', { minutes: [EQUAL, EQUAL] }, 'minute must be given once, got 10'],
  [
    'more errors than requests',
    { minutes: [{ minute: 3, champion: side(5, 6, 0), challenger: side(1, 0, 0) }] },
    'minute 3: champion.errors must be at most the 5 requests, got 6',
  ],
  [
    'half a request',
    { minutes: [{ minute: 3, champion: side(5, 0, 0), challenger: side(1.5, 0, 0) }] },
    'minute 3: challenger.requests must be a whole number, at least 0, got 1.5',
  ],
])('refuses a wrong %s', (_, fields, message) => {
  expect(() => judged(EQUAL, fields)).toThrow(message);
});
