import { describe, expect, test } from 'vitest';
import { chiSquaredSf, kolmogorovSf } from '../../lib/statistics/distributions';
import { coarseBins, coarsen } from '../../lib/statistics/drift/coarse-bins';
import { compareColumn, compareShares } from '../../lib/statistics/drift/compare';
import { criticalValue } from '../../lib/statistics/drift/critical-value';
import { designEffect, INDEPENDENT } from '../../lib/statistics/drift/effective-size';
import { alphaPerRun, holmLevel } from '../../lib/statistics/drift/holm';
import { judgeDrift } from '../../lib/statistics/drift/judge';
import type { DriftRules, DriftTest } from '../../lib/statistics/drift/judgement';
import { effectiveSizes, squaresSf, studentized } from '../../lib/statistics/drift/sizes';
import { ksTwoSample } from '../../lib/statistics/drift/two-samples';
import { nextDown } from '../../lib/statistics/profile/next-float';
import type { ColumnBins, ColumnCounts, Counts, NumericBins } from '../../lib/statistics/profile/profile';
import { randomOf } from './ab-simulation';
import { binOf, closedCuts } from './drift-data';
import { normal, rowsOf } from './drift-years';

const NUMERIC_TESTS: readonly DriftTest[] = ['ks', 'psi', 'jensenShannon', 'lInfinity', 'chiSquared', 'wasserstein'];

function numeric(name: string, values: readonly number[]): NumericBins {
  return { name, type: 'numeric', role: 'feature', cuts: closedCuts(values) };
}

function columnOf(counts: readonly number[], more: Partial<ColumnCounts> = {}): ColumnCounts {
  const nothing = { absent: 0, missing: 0, invalid: 0, infinite: 0, least: null, greatest: null, others: [] };
  return { ...nothing, counts, ...more };
}

function counted(bins: ColumnBins, values: readonly number[], more: Partial<ColumnCounts> = {}): ColumnCounts {
  const cuts = (bins as NumericBins).cuts;
  const counts = new Array<number>(cuts.length + 1).fill(0);
  for (const value of values) counts[binOf(cuts, value)]++;
  return columnOf(counts, more);
}

function countsOf(rows: number, columns: readonly ColumnCounts[], unknownColumns: readonly string[] = []): Counts {
  return { rows, bytes: 0, files: 1, damage: { files: 0, rows: 0, examples: [] }, unknownColumns, columns };
}

function rules(bins: readonly ColumnBins[], change: Partial<DriftRules> = {}, test?: DriftTest): DriftRules {
  const columns = bins.map(({ name, type }) => [
    name,
    { test: test ?? (type === 'numeric' ? 'ks' : 'psi'), threshold: 0.1 },
  ]);
  return { columns: Object.fromEntries(columns), alpha: 0.001, minimumSamples: 50, ...change };
}

const file = (counts: Counts) => ({ hours: [{ hour: '', counts }] });

function normals(seed: number, rows: number, shift = 0): number[] {
  const random = randomOf(seed);
  return Array.from({ length: rows }, () => shift + normal(random));
}

const BASELINE = normals(1, 20_000);
const X = numeric('x', BASELINE);
const KNOWN = { bins: [X], counts: countsOf(20_000, [counted(X, BASELINE)]) };

describe('Holm', () => {
  test('rejects step by step: the second smallest is held to alpha / 2, not to alpha / 3', () => {
    expect(holmLevel([0.04, 0.012, 0.02], 0.05)).toBe(0.05); // all: 0.012 ≤ 0.05/3, 0.02 ≤ 0.05/2, 0.04 ≤ 0.05
    expect(holmLevel([0.2, 0.012, 0.02], 0.05)).toBe(0.05);
    expect(holmLevel([0.2, 0.012, 0.03], 0.05)).toBe(0.05 / 2);
    expect(holmLevel([0.02, 0.021, 0.022], 0.05)).toBe(0.05 / 3); // stops at the first, though 0.022 is below 0.05
    expect(holmLevel([], 0.05)).toBe(0.05);
  });

  test('a level rejects exactly what the textbook procedure rejects', () => {
    const random = randomOf(2);
    for (let run = 0; run < 500; run++) {
      const pValues = Array.from({ length: 1 + Math.floor(random() * 12) }, () => random() ** 4);
      const sorted = [...pValues].sort((a, b) => a - b);
      let rejected = 0;
      while (rejected < sorted.length && sorted[rejected] <= 0.05 / (sorted.length - rejected)) rejected++;
      const level = holmLevel(pValues, 0.05);
      expect(pValues.filter((pValue) => pValue <= level)).toHaveLength(rejected);
    }
  });

  test('a year of hourly runs shares the false alarms of the year; rare runs are capped', () => {
    expect(alphaPerRun(1, 1)).toBeCloseTo(1 / 8766, 12);
    expect(alphaPerRun(2, 24)).toBeCloseTo(48 / 8766, 12);
    expect(alphaPerRun(12, 720)).toBe(0.05);
  });
});

describe('the critical value', () => {
  test.each([
    ['chi-squared', (x: number) => chiSquaredSf(x, 9), 1e-6, Infinity],
    ['Kolmogorov', (x: number) => kolmogorovSf(x, 150), 1e-4, 1],
    ['a tail that soon is 0', (x: number) => Math.max(0, 1 - x), 0.25, 1],
  ])('of %s has the p-value alpha', (_, sf, alpha, most) => {
    const value = criticalValue(sf, alpha, most);
    expect(sf(value) / alpha).toBeCloseTo(1, 8);
    expect(sf(value)).toBeLessThanOrEqual(alpha);
  });

  test('is the largest possible statistic where nothing is significant', () => {
    expect(criticalValue((x) => 1 - x / 2, 0.25, 1)).toBe(1);
  });
});

describe('coarse bins', () => {
  test('are about ten of about equal share; an atom keeps one of its own; none is too light', () => {
    const values = [...normals(3, 6000), ...new Array<number>(4000).fill(0)];
    const bins = numeric('x', values);
    const { counts } = counted(bins, values);
    const sums = coarsen(coarseBins(bins, counts, Infinity), counts);
    expect(sums.length).toBeGreaterThanOrEqual(6);
    expect(sums.length).toBeLessThanOrEqual(11);
    expect(sums.filter((sum) => sum === 4000)).toHaveLength(1);
    expect(Math.min(...sums)).toBeGreaterThanOrEqual(10_000 / 20);
  });

  test('are fewer in a small window: each expects five rows', () => {
    const { counts } = KNOWN.counts.columns[0];
    const sums = coarsen(coarseBins(X, counts, 40), counts);
    expect(sums.length).toBeGreaterThan(1);
    expect((40 * Math.min(...sums)) / 20_000).toBeGreaterThanOrEqual(5);
  });

  test('categories that are expected less than five times share one bin, with the rarest other if that is not enough', () => {
    const bins: ColumnBins = { name: 'c', type: 'categorical', role: 'feature', categories: ['a', 'b', 'c', 'd'] };
    expect(coarsen(coarseBins(bins, [600, 300, 60, 40, 0], 100), [600, 300, 60, 40, 0])).toEqual([600, 300, 100]);
    expect(coarsen(coarseBins(bins, [600, 300, 60, 40, 0], 1000), [600, 300, 60, 40, 0])).toEqual([600, 300, 60, 40]);
  });
});

describe('comparisons', () => {
  const sizes = effectiveSizes(20_000, 400, INDEPENDENT);

  test('ks from bins is within its bound of the exact one', () => {
    const values = normals(4, 400, 0.2);
    const exact = ksTwoSample(BASELINE, values).statistic;
    const { statistic, bound } = compareColumn('ks', X, counted(X, BASELINE).counts, counted(X, values).counts, sizes);
    expect(statistic).toBeLessThanOrEqual(exact + 1e-12);
    expect(statistic + bound).toBeGreaterThanOrEqual(exact);
    expect(bound).toBeGreaterThan(0);
    expect(bound).toBeLessThan(0.006);
  });

  test('ks of whole numbers, each with a bin, is exact', () => {
    const [a, b] = [BASELINE.map((x) => Math.round(x)), normals(5, 400).map((x) => Math.round(x))];
    const bins = numeric('x', a);
    const { statistic, bound } = compareColumn('ks', bins, counted(bins, a).counts, counted(bins, b).counts, sizes);
    expect(statistic).toBeCloseTo(ksTwoSample(a, b).statistic, 12);
    expect(bound).toBeLessThan(1 / 256);
  });

  test.each(NUMERIC_TESTS)('p-values of %s are uniform enough without drift, and never too small', (name) => {
    const baseline = counted(X, BASELINE).counts;
    const pValues = Array.from({ length: 600 }, (_, run) => {
      const { statistic, sf } = compareColumn(name, X, baseline, counted(X, normals(100 + run, 400)).counts, sizes);
      return sf(statistic);
    });
    const share = (limit: number) => pValues.filter((pValue) => pValue <= limit).length / pValues.length;
    expect(share(0.1)).toBeLessThan(0.1 + 4 * Math.sqrt((0.1 * 0.9) / 600));
    expect(share(0.02)).toBeLessThan(0.02 + 4 * Math.sqrt((0.02 * 0.98) / 600));
    expect(share(0.5)).toBeGreaterThan(0.15); // not so large that nothing is found
  });

  test('the first missing values in a million are no alarm, sixty in a thousand are', () => {
    const few = compareShares(0, 2 / 1000, effectiveSizes(1_000_000, 1000, INDEPENDENT));
    const many = compareShares(0, 60 / 1000, effectiveSizes(1_000_000, 1000, INDEPENDENT));
    expect(few.sf(few.statistic)).toBeGreaterThan(1e-7);
    expect(many.sf(many.statistic)).toBeLessThan(1e-100);
    const even = compareShares(0.01, 0.01, effectiveSizes(1000, 1000, INDEPENDENT));
    expect(even.sf(even.statistic)).toBe(1);
  });

  test('shares that fall are found as those that rise, and certain ones as impossible ones', () => {
    const wide = effectiveSizes(1000, 1000, INDEPENDENT);
    const pValue = (before: number, now: number) => {
      const { statistic, sf } = compareShares(before, now, wide);
      return sf(statistic);
    };
    expect(pValue(0.1, 0.02)).toBeCloseTo(pValue(0.02, 0.1), 12);
    expect(pValue(0.9, 0.98)).toBeCloseTo(pValue(0.1, 0.02), 12);
    expect(pValue(0.1, 0.02)).toBeLessThan(1e-10);
  });

  test('a test of numbers refuses categories', () => {
    const bins: ColumnBins = { name: 'c', type: 'categorical', role: 'feature', categories: ['a'] };
    expect(() => compareColumn('ks', bins, [1, 0], [1, 0], sizes)).toThrow(
      /ks compares numbers, got the categorical column 'c'/,
    );
  });
});

describe('the design effect', () => {
  /** Hours of a column in which a part of the variance of each row is that of its hour, in four bins. */
  function hours(seed: number, days: number, change: { shared?: number; cycle?: number; step?: number } = {}) {
    const random = randomOf(seed);
    const { shared = 0, cycle = 0, step = 0 } = change;
    return Array.from({ length: 24 * days }, (_, hour) => {
      const counts = [0, 0, 0, 0];
      const centre =
        Math.sqrt(shared) * normal(random) +
        cycle * Math.sin((2 * Math.PI * hour) / 24) +
        (hour >= 12 * days ? step : 0);
      for (let row = 0; row < rowsOf(hour, 200); row++) {
        const z = centre + Math.sqrt(1 - shared) * normal(random);
        counts[z < -0.67 ? 0 : z < 0 ? 1 : z < 0.67 ? 2 : 3]++;
      }
      return { hour, counts };
    });
  }
  const mean = (days: number, change = {}) => {
    const effects = Array.from({ length: 30 }, (_, seed) => designEffect(hours(seed, days, change), true).effect);
    return effects.reduce((sum, effect) => sum + effect, 0) / effects.length;
  };

  test('is about 1 for independent rows, never below, and known the better the more hours there are', () => {
    expect(mean(1)).toBeLessThan(1.4);
    expect(mean(7)).toBeLessThan(1.4);
    expect(mean(1)).toBeGreaterThanOrEqual(1);
    const [day, week] = [1, 7].map((days) => designEffect(hours(1, days), true).degreesOfFreedom);
    expect(day).toBeGreaterThan(8);
    expect(week).toBeGreaterThan(day);
  });

  test.each([1, 7])('of hours that vary together is found in %i days', (days) => {
    // Busy hours weigh more: Σ n² / Σ n = 200 (1 + 0.9²/2) rows an hour, of whose shares' variance some 0.1 is shared.
    expect(mean(days, { shared: 0.1 })).toBeGreaterThan(15);
    expect(mean(days, { shared: 0.1 })).toBeLessThan(60);
  });

  test('does not see a daily cycle: nearly in one day, not at all in a week', () => {
    expect(mean(1, { cycle: 0.5 })).toBeLessThan(2);
    expect(mean(7, { cycle: 0.5 })).toBeLessThan(1.4);
  });

  test('hardly sees drift: a step within the hours', () => {
    expect(mean(1, { step: 0.5 })).toBeLessThan(3);
    expect(mean(7, { step: 0.5 })).toBeLessThan(7); // with the step's difference it is 18
  });

  test('of a column whose hours hold different values is 1 once the hours of the day repeat', () => {
    const clock = Array.from({ length: 96 }, (_, hour) => ({
      hour,
      counts: [0, 1, 2, 3].map((bin) => (Math.floor((hour % 24) / 6) === bin ? 200 : 0)),
    }));
    expect(designEffect(clock, true).effect).toBe(1);
    expect(designEffect(clock.slice(0, 24), true).effect).toBeGreaterThan(10); // a single day cannot tell a cycle from chance
  });

  test('of an estimate from few hours makes p-values larger, as Student did', () => {
    const sure = effectiveSizes(1000, 100, { effect: 2, degreesOfFreedom: Infinity });
    const unsure = effectiveSizes(1000, 100, { effect: 2, degreesOfFreedom: 10 });
    expect(studentized(0.0455, sure)).toBe(0.0455);
    expect(studentized(0.04550026389635842, unsure)).toBeCloseTo(0.07338803, 7); // scipy: 2 t.sf(2, 10)
    expect(squaresSf(30, 9, sure)).toBeCloseTo(0.00043871, 7); // scipy: chi2.sf(30, 9)
    expect(squaresSf(30, 9, unsure)).toBeCloseTo(0.03717313, 7); // scipy: f.sf(30/9, 9, 10)
  });

  test('of hours that go on for longer is seen by comparing blocks of them', () => {
    const random = randomOf(3);
    const long = Array.from({ length: 24 * 14 }, (_, hour) => ({ hour, z: normal(random) })).map(
      ({ hour, z }, i, all) => {
        const slow = all.slice(Math.floor(i / 6) * 6)[0].z; // one level for six hours
        const share = 0.5 + 0.1 * slow + 0.001 * z;
        return { hour, counts: [Math.round(1000 * share), Math.round(1000 * (1 - share))] };
      },
    );
    // 1000 rows an hour, shares that deviate by 0.1 for six hours: 0.01 / (0.25 / 6000) = 240.
    expect(designEffect(long, true).effect).toBeGreaterThan(120);
  });

  test('rows are independent where no hours, or too few, are known', () => {
    expect(designEffect([], true)).toEqual(INDEPENDENT);
    expect(designEffect(hours(1, 1).slice(0, 6), true)).toEqual(INDEPENDENT);
    expect(
      designEffect(
        hours(1, 1).map(({ hour }) => ({ hour, counts: [5, 0, 0, 0] })),
        true,
      ),
    ).toEqual(INDEPENDENT);
  });
});

describe('the judge', () => {
  test('tells drift with figures that agree with one another', () => {
    const judgement = judgeDrift(KNOWN, file(countsOf(500, [counted(X, normals(6, 500, 0.75))])), rules([X]));
    expect(judgement.verdict).toBe('drift');
    expect(judgement).toMatchObject({ driftedShare: 1, rows: 500, baselineRows: 20_000 });
    const [finding] = judgement.findings;
    expect(finding).toMatchObject({ name: 'x', test: 'ks', drifted: true, windowRows: 500, effectiveRows: 500 });
    expect(judgement.maxDrift).toBeCloseTo(finding.statistic / finding.threshold, 12);
    expect(judgement.reason).toMatch(
      /^1 of 1 column drifted: x: ks 0\.\d+ is above 0\.1.*; half of the values are now below 0\.\d+, before -?0\.0/,
    );
  });

  test('says where values are that lie beyond all of the baseline', () => {
    const values = normals(8, 500).map((x) => 90 + x);
    const far = { ...counted(X, values), least: Math.min(...values), greatest: Math.max(...values) };
    const { findings } = judgeDrift(KNOWN, file(countsOf(500, [far])), rules([X]));
    const { reason } = findings.find(({ test: name }) => name === 'ks')!;
    const [, now] = /now below ([\d.]+)/.exec(reason)!;
    expect(Number(now)).toBeGreaterThan(40);
  });

  test('in a small window chance explains more than the configured threshold, and the threshold says so', () => {
    const judgement = judgeDrift(KNOWN, file(countsOf(100, [counted(X, normals(7, 100, 0.15))])), rules([X]));
    const [finding] = judgement.findings;
    expect(judgement.verdict).toBe('noDrift');
    expect(finding.statistic).toBeGreaterThan(0.1);
    expect(finding.threshold).toBeGreaterThan(0.15);
    expect(kolmogorovSf(finding.threshold, 1 / (1 / 20_000 + 1 / 100))).toBeCloseTo(
      0.001 / judgement.findings.length,
      6,
    );
    expect(finding.reason).toContain('which chance explains at 100 independent rows (configured: 0.1)');
  });

  test.each(NUMERIC_TESTS)(
    '%s: above the threshold is drift, and a p-value below the level is above the threshold',
    (name) => {
      for (const shift of [0, 0.2, 0.4, 0.8]) {
        const window = file(countsOf(300, [counted(X, normals(8, 300, shift), {})]));
        const judgement = judgeDrift(KNOWN, window, rules([X], {}, name));
        const level = holmLevel(
          judgement.findings.map(({ pValue }) => pValue),
          0.001,
        );
        for (const finding of judgement.findings) {
          expect(finding.drifted).toBe(finding.statistic > finding.threshold);
          expect(finding.drifted).toBe(finding.pValue <= level && finding.statistic > finding.configuredThreshold);
        }
      }
    },
  );

  test('hours that vary together make the window worth less, and its threshold higher', () => {
    const random = randomOf(9);
    const hours = Array.from({ length: 24 }, (_, hour) => {
      const centre = 0.4 * normal(random);
      const values = Array.from({ length: 100 }, () => centre + normal(random));
      return { hour: `2026-03-01T${String(hour).padStart(2, '0')}`, counts: countsOf(100, [counted(X, values)]) };
    });
    const [known] = judgeDrift(KNOWN, { hours }, rules([X])).findings;
    const [unknown] = judgeDrift(
      KNOWN,
      { hours: hours.map(({ counts }) => ({ hour: '', counts })) },
      rules([X]),
    ).findings;
    expect(unknown.effectiveRows).toBe(2400);
    expect(known.effectiveRows).toBeLessThan(800);
    expect(known.pValue).toBeGreaterThan(unknown.pValue);
    expect(known.threshold).toBeGreaterThan(unknown.threshold);
  });

  test('missing values that a distribution does not show are drift; text in numbers is a changed type', () => {
    const values = normals(10, 700);
    const missing = judgeDrift(KNOWN, file(countsOf(1000, [counted(X, values, { missing: 300 })])), rules([X]));
    expect(missing.findings.filter(({ drifted }) => drifted).map(({ test: name }) => name)).toEqual(['missingShare']);
    expect(missing.findings[0].reason).toMatch(
      /^x: 30 % of the rows have no value, before 0 %; the difference 0\.3 is above 0\.05/,
    );
    const text = judgeDrift(KNOWN, file(countsOf(1000, [counted(X, [], { invalid: 1000 })])), rules([X]));
    expect(text.schema).toEqual([
      { name: 'x', kind: 'typeChanged', drifted: true, reason: 'x: 100 % of the values are no numbers, before 0 %' },
    ]);
    expect(text.verdict).toBe('drift');
  });

  test('a column that vanished is drift; a new one is told and is not', () => {
    const window = file(countsOf(1000, [counted(X, [], { absent: 1000 })], ['extra']));
    const judgement = judgeDrift(KNOWN, window, rules([X]));
    expect(judgement.schema.map(({ name, kind, drifted }) => [name, kind, drifted])).toEqual([
      ['x', 'columnVanished', true],
      ['extra', 'newColumn', false],
    ]);
    expect(judgement.reason).toContain(
      '1 of 1 column drifted: x: the column is absent in 100 % of the rows, before in 0 %',
    );
  });

  test('categories that are new are named', () => {
    const bins: ColumnBins = { name: 'c', type: 'categorical', role: 'feature', categories: ['a', 'b'] };
    const baseline = { bins: [bins], counts: countsOf(1000, [columnOf([700, 300, 0])]) };
    const window = file(countsOf(500, [columnOf([250, 150, 100], { others: [{ value: 'z', count: 100 }] })]));
    const { findings } = judgeDrift(baseline, window, rules([bins]));
    expect(findings[0].drifted).toBe(true);
    expect(findings[0].reason).toContain("'a' 50 % of the values, before 70 %");
    expect(findings[0].reason).toContain("new categories: 'z' (100 rows)");
  });

  test('values out of the range are a finding of their own', () => {
    const window = file(countsOf(1000, [counted(X, [...normals(11, 880), ...new Array<number>(120).fill(50)])]));
    const range = judgeDrift(KNOWN, window, rules([X])).findings.find(({ test: name }) => name === 'outOfRangeShare')!;
    expect(range.drifted).toBe(true);
    expect(range.statistic).toBeCloseTo(0.12, 3);
  });

  test.each([
    ['no hours', { hours: [] }, 'no data in the window'],
    ['no rows', file(countsOf(0, [counted(X, [])])), 'no rows in the window'],
    ['few rows', file(countsOf(49, [counted(X, normals(1, 49))])), '49 rows in the window, at least 50 are needed'],
  ])('has no verdict for %s', (_, window, reason) => {
    expect(judgeDrift(KNOWN, window, rules([X]))).toMatchObject({
      verdict: 'notEnoughData',
      reason,
      findings: [],
      maxDrift: 0,
    });
  });

  test('whatever is empty, constant, huge or missing: no crash, and nothing that JSON does not know', () => {
    const huge = numeric('huge', [-Number.MAX_VALUE, -1e308, 0, 1e308, Number.MAX_VALUE]);
    const constant = numeric('constant', [7, 7, 7]);
    const none = numeric('none', []);
    const atom: NumericBins = { ...X, name: 'atom', cuts: [nextDown(0), 0] };
    const category: ColumnBins = { name: 'category', type: 'categorical', role: 'prediction', categories: [] };
    const bins = [huge, constant, none, atom, category];
    const sizes = bins.map((column) => (column.type === 'numeric' ? column.cuts : column.categories).length + 1);
    const spread = (value: number) => sizes.map((size) => columnOf(new Array<number>(size).fill(value)));
    const lacking = sizes.map((size) => columnOf(new Array<number>(size).fill(0), { missing: 60 }));
    const sides = [countsOf(60, spread(10)), countsOf(60, lacking), countsOf(60, spread(0))];
    for (const baseline of sides) {
      for (const window of sides) {
        for (const name of NUMERIC_TESTS) {
          const columns = bins.map((column) => [
            column.name,
            { test: column.type === 'numeric' ? name : 'psi', threshold: 0.1 },
          ]);
          const judged = judgeDrift({ bins, counts: baseline }, file(window), {
            ...rules([]),
            columns: Object.fromEntries(columns),
          });
          expect(JSON.parse(JSON.stringify(judged))).toEqual(judged);
        }
      }
    }
  });

  test('a column without a rule is an error that names it', () => {
    expect(() => judgeDrift(KNOWN, file(countsOf(60, [counted(X, normals(1, 60))])), rules([]))).toThrow(
      /got none for 'x'/,
    );
  });
});
