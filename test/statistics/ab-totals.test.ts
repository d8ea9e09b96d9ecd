/** The judge as the deployer uses it: running totals instead of minutes, over as much as 720 hours. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { AbTotals, ClosedMinute, CountedTest, SideCounts } from '../../lib/statistics';
import { addMinutes, anchorShown, judgeAbTest, judgeTotals, NO_TOTALS, trafficNeeded } from '../../lib/statistics';
import { binomial, randomOf } from './ab-simulation';

const side = (requests: number, errors: number, slow: number): SideCounts => ({ requests, errors, slow });
const RULES = { share: 0.2, goal: 'notWorse', margin: 0.5, elapsedMinutes: 60, maximumMinutes: 1440 } as const;

const judged = (totals: AbTotals, fields: Partial<CountedTest> = {}) => judgeTotals({ ...RULES, totals, ...fields });

/** Totals of exactly these rates of errors and slow requests. */
function totalsOf(
  requests: number,
  share: number,
  champion: readonly [number, number],
  challenger: readonly [number, number],
): AbTotals {
  const counts = (of: number, [errors, slow]: readonly [number, number]) =>
    side(Math.round(of), Math.round(of * errors), Math.round(of * slow));
  return {
    champion: counts(requests * (1 - share), champion),
    challenger: counts(requests * share, challenger),
    minutesUsed: 100,
    minutesIncomplete: 0,
  };
}

const metricOf = (verdict: ReturnType<typeof judgeTotals>, name: string) =>
  verdict.metrics.find((metric) => metric.name === name)!;

describe('running totals', () => {
  const sides = fc
    .tuple(fc.nat(500), fc.double({ min: 0, max: 1, noNaN: true }), fc.double({ min: 0, max: 1, noNaN: true }))
    .map(([requests, errors, slow]) => side(requests, Math.floor(requests * errors), Math.floor(requests * slow)));
  const known = fc.option(sides, { nil: undefined, freq: 4 });

  test('say the same as all minutes at once, however they are cut, through JSON, in every word', () => {
    const minutes = fc.array(fc.tuple(known, known, fc.boolean()), { maxLength: 30 });
    fc.assert(
      fc.property(minutes, fc.nat(10), fc.nat(1440), (figures, warmUpMinutes, elapsedMinutes) => {
        let totals = NO_TOTALS;
        let part: ClosedMinute[] = [];
        const all = figures.map(([champion, challenger], minute) => ({ minute, champion, challenger }));
        for (const [minute, closed] of all.entries()) {
          part.push(closed);
          if (!figures[minute][2] && minute < all.length - 1) continue;
          totals = JSON.parse(JSON.stringify(addMinutes(totals, part, warmUpMinutes)));
          part = [];
        }
        const test = { ...RULES, elapsedMinutes };
        expect(judgeTotals({ ...test, totals })).toEqual(judgeAbTest({ ...test, minutes: all, warmUpMinutes }));
      }),
      { seed: 7, numRuns: 200 },
    );
  });

  test('leave what they were made of', () => {
    const before = Object.freeze(
      addMinutes(NO_TOTALS, [{ minute: 0, champion: side(9, 1, 2), challenger: side(1, 0, 1) }]),
    );
    const after = addMinutes(before, [{ minute: 1, champion: side(5, 5, 5), challenger: side(4, 3, 2) }]);
    expect(before).toEqual({
      champion: side(9, 1, 2),
      challenger: side(1, 0, 1),
      minutesUsed: 1,
      minutesIncomplete: 0,
    });
    expect(after).toEqual({
      champion: side(14, 6, 7),
      challenger: side(5, 3, 3),
      minutesUsed: 2,
      minutesIncomplete: 0,
    });
    expect(NO_TOTALS).toEqual({
      champion: side(0, 0, 0),
      challenger: side(0, 0, 0),
      minutesUsed: 0,
      minutesIncomplete: 0,
    });
  });

  test('count the minutes that a side lacks over all calls, and the reason says how many', () => {
    const figures = { champion: side(8000, 80, 400), challenger: side(2000, 20, 100) };
    let totals = NO_TOTALS;
    for (let minute = 0; minute < 12; minute += 2) {
      const late = { minute: minute + 1, champion: side(500_000, 500_000, 0) }; // the challenger's figures are not in
      totals = addMinutes(totals, [{ minute, ...figures }, late]);
    }
    const verdict = judged(totals);
    expect(verdict.decision).toBe('promote');
    expect(verdict.reason).toContain(
      '(60,000 requests, 12,000 of them to the challenger, in 6 min (6 left out: one side unknown))',
    );
  });

  test('drop the warm-up in whichever call it comes', () => {
    const bad = (minute: number) => ({ minute, champion: side(80, 0, 0), challenger: side(20, 20, 20) });
    expect(addMinutes(addMinutes(NO_TOTALS, [bad(0), bad(3)], 5), [bad(4)], 5)).toEqual(NO_TOTALS);
    expect(addMinutes(NO_TOTALS, [bad(4), bad(5)], 5).minutesUsed).toBe(1);
  });

  test('are refused where they cannot be, by the judge and when minutes are added', () => {
    const good = totalsOf(1000, 0.2, [0.01, 0.05], [0.01, 0.05]);
    const cases: [object, string][] = [
      [{ champion: side(5, 6, 0) }, 'totals.champion.errors must be at most the 5 requests, got 6'],
      [{ challenger: side(5, 0, -1) }, 'totals.challenger.slow must be a whole number, at least 0, got -1'],
      [{ challenger: side('5' as never, 0, 0) }, 'totals.challenger.requests must be a whole number'],
      [{ champion: side(null as never, 0, 0) }, 'totals.champion.requests must be a whole number'],
      [{ minutesUsed: undefined }, 'totals.minutesUsed must be a whole number, at least 0, got undefined'],
      [{ minutesIncomplete: 0.5 }, 'totals.minutesIncomplete must be a whole number'],
      [{ champion: side(2 ** 53, 0, 0) }, 'totals.champion.requests must be a whole number'],
    ];
    for (const [wrong, message] of cases) {
      const totals = { ...good, ...wrong } as AbTotals;
      expect(() => judged(totals)).toThrow(message);
      expect(() => addMinutes(totals, [])).toThrow(message);
    }
    expect(() => addMinutes(good, [], -1)).toThrow('warmUpMinutes must be at least 0');
  });
});

describe('why a verdict was given', () => {
  test.each([
    ['shown', totalsOf(100_000, 0.2, [0.01, 0.05], [0.01, 0.05]), {}],
    ['harm', totalsOf(100_000, 0.2, [0.01, 0.05], [0.03, 0.05]), {}],
    ['wrongShare', totalsOf(100_000, 0.17, [0.01, 0.05], [0.01, 0.05]), {}],
    ['tooEarly', totalsOf(2_000, 0.2, [0.01, 0.05], [0.01, 0.05]), {}],
    ['timeLimit', totalsOf(2_000, 0.2, [0.01, 0.05], [0.01, 0.05]), { elapsedMinutes: 1440 }],
  ] as const)('%s', (cause, totals, fields) => {
    expect(judged(totals, fields).cause).toBe(cause);
  });

  test('harm and a wrong share come before the time limit, which they do not need', () => {
    const late = { elapsedMinutes: 5000 };
    expect(judged(totalsOf(100_000, 0.2, [0.01, 0.05], [0.03, 0.05]), late).cause).toBe('harm');
    expect(judged(totalsOf(100_000, 0.17, [0.01, 0.05], [0.03, 0.05]), late).cause).toBe('wrongShare');
  });
});

describe('without traffic', () => {
  test('on both sides for 720 hours: undecided, then the champion stays, with readable figures', () => {
    let totals = NO_TOTALS;
    for (let hour = 0; hour < 720; hour++) {
      const minutes = Array.from({ length: 60 }, (_, i) => 60 * hour + i);
      const nothing = side(0, 0, 0);
      totals = addMinutes(
        totals,
        minutes.map((minute) => ({ minute, champion: nothing, challenger: nothing })),
      );
    }
    const fields = { maximumMinutes: 43_200, goal: 'superior', anchor: { errors: 0.01, slow: 0 } } as const;
    for (const [elapsedMinutes, cause] of [
      [43_199, 'tooEarly'],
      [43_200, 'timeLimit'],
    ] as const) {
      const verdict = judged(totals, { ...fields, elapsedMinutes });
      expect(verdict.cause).toBe(cause);
      expect(verdict.reason).toContain('0 requests, 0 of them to the challenger, in 43,200 min');
      expect(verdict.reason).not.toMatch(/NaN|undefined|Infinity/);
      expect(JSON.stringify(verdict.metrics)).not.toContain('null');
    }
  });

  test.each([
    [0.01, 300, 3_000],
    [0.2, 10, 500],
    [0.5, 4, 200],
  ])('on one side, share %d: not yet found after %i requests, found after %i', (share, few, many) => {
    const lonely = (requests: number) => ({ ...NO_TOTALS, champion: side(requests, 0, 0), minutesUsed: 5 });
    expect(judged(lonely(few), { share }).cause).toBe('tooEarly');
    expect(judged(lonely(many), { share }).cause).toBe('wrongShare');
    const { champion, ...rest } = lonely(many);
    expect(judged({ ...rest, champion: rest.challenger, challenger: champion }, { share }).cause).toBe('wrongShare');
  });

  test('to a challenger that has its minutes with traffic only: zeros are no unknowns', () => {
    const random = randomOf(3);
    const minutes = Array.from({ length: 1440 }, (_, minute) => {
      const requests = binomial(random, 50, 0.01);
      return { minute, champion: side(50 - requests, 0, 0), challenger: side(requests, 0, 0) };
    });
    const share = 0.01;
    expect(judged(addMinutes(NO_TOTALS, minutes), { share }).cause).toBe('tooEarly');
    const silent = minutes.map((closed) =>
      closed.challenger.requests ? closed : { ...closed, challenger: undefined },
    );
    expect(judged(addMinutes(NO_TOTALS, silent), { share }).cause).toBe('wrongShare');
  });
});

describe.each([0.01, 0.2, 0.5])('a share of %d', (share) => {
  const needed = trafficNeeded({ errorRate: 0.01, share, ratio: 1.5 });
  const rates = [0.01, 0.05] as const;

  test('promotes an equal challenger at the traffic of 80 %, not at a fifth of it', () => {
    expect(judged(totalsOf(needed, share, rates, rates), { share }).cause).toBe('shown');
    expect(judged(totalsOf(needed / 5, share, rates, rates), { share }).cause).toBe('tooEarly');
  });

  test('measures the ratio by the share: 1 without a difference, 3 at three times', () => {
    const equal = judged(totalsOf(10 * needed, share, rates, rates), { share });
    expect(metricOf(equal, 'errors').estimate).toBeCloseTo(1, 1);
    const worse = judged(totalsOf(10 * needed, share, rates, [0.03, 0.05]), { share });
    expect(metricOf(worse, 'errors').estimate).toBeCloseTo(3, 1);
    expect(worse.cause).toBe('harm');
  });

  test('decides nothing at the margin, and rejects another share', () => {
    expect(judged(totalsOf(100 * needed, share, rates, [0.015, 0.05]), { share }).cause).toBe('tooEarly');
    expect(judged(totalsOf(10 * needed, share * 0.8, rates, rates), { share }).cause).toBe('wrongShare');
  });
});

describe('superior', () => {
  const superior = { goal: 'superior' } as const;

  test('needs the gain at α/2 with two metrics: 40 to 1, and not 20', () => {
    const better = totalsOf(20_000, 0.2, [0.01, 0.05], [0.0055, 0.05]);
    const { eValue, needed } = metricOf(judged(better, superior), 'errors').better!;
    expect(needed).toBeCloseTo(40, 9);
    expect(eValue).toBeGreaterThan(20);
    expect(eValue).toBeLessThan(40);
    expect(judged(better).cause).toBe('shown');
    expect(judged(better, superior).cause).toBe('tooEarly');
    expect(judged(better, { ...superior, alpha: 0.1 }).cause).toBe('shown');
  });

  test('takes a gain in slow requests beside errors that nobody makes', () => {
    expect(judged(totalsOf(100_000, 0.2, [0, 0.05], [0, 0.03]), superior).cause).toBe('shown');
    expect(judged(totalsOf(100_000, 0.2, [0, 0.05], [0, 0.05]), superior).cause).toBe('tooEarly');
  });

  test('is no way around the anchor', () => {
    const better = totalsOf(100_000, 0.2, [0.02, 0.05], [0.01, 0.05]);
    expect(judged(better, { ...superior, anchor: { errors: 0.01 } }).cause).toBe('shown');
    expect(judged(better, { ...superior, anchor: { errors: 0.005 } }).cause).toBe('tooEarly');
  });
});

describe('the anchor', () => {
  const crept = totalsOf(1_000_000, 0.2, [0.03, 0.05], [0.03, 0.05]);

  test('withholds, never rejects, however far it is exceeded', () => {
    expect(judged(crept).cause).toBe('shown');
    expect(judged(crept, { anchor: { errors: 0.001 } }).cause).toBe('tooEarly');
    expect(judged(crept, { anchor: { errors: 0.001 }, elapsedMinutes: 1440 }).cause).toBe('timeLimit');
  });

  test('binds errors and slow requests apart', () => {
    expect(judged(crept, { anchor: { errors: 0.03, slow: 0.05 } }).cause).toBe('shown');
    const verdict = judged(crept, { anchor: { errors: 0.03, slow: 0.03 } });
    expect(verdict.cause).toBe('tooEarly');
    expect([metricOf(verdict, 'errors').withinAnchor, metricOf(verdict, 'slow').withinAnchor]).toEqual([true, false]);
  });

  test('that a challenger leaves is the worst that its counts do not refute', () => {
    const left = anchorShown(totalsOf(50_000, 0.2, [0.9, 0.9], [0.01, 0.05]));
    expect(left.errors).toBeGreaterThan(0.0125); // the classical limit of 95 % is 0.0122
    expect(left.errors).toBeLessThan(0.015);
    expect(left.slow).toBeGreaterThan(0.055);
    expect(left.slow).toBeLessThan(0.06);
    expect(anchorShown(NO_TOTALS)).toEqual({ errors: 1, slow: 1 }); // binds nobody
    const lucky = anchorShown({ challenger: side(500, 0, 0) });
    expect(lucky.errors).toBeGreaterThan(0.01);
    expect(lucky.errors).toBeLessThan(0.02);
    const more = anchorShown(totalsOf(5_000_000, 0.2, [0.9, 0.9], [0.01, 0.05])).errors!;
    expect(more).toBeGreaterThan(0.01);
    expect(more).toBeLessThan(0.0105);
  });

  test('of quality is its lower bound', () => {
    const grades = Array.from({ length: 2000 }, (_, i) => (i % 10 ? 1 : 0));
    const { quality } = anchorShown(NO_TOTALS, { champion: [], challenger: grades });
    expect(quality).toBeGreaterThan(0.86);
    expect(quality).toBeLessThan(0.89);
  });
});
