import { describe, expect, test } from 'vitest';
import { judgeQuality, measureQuality } from '../../lib/statistics/quality/judge-quality';
import type { QualityMetric, QualityRules } from '../../lib/statistics/quality/quality';
import { randomOf } from './ab-simulation';
import { normal } from './drift-years';

const LABELS = [1, 1, 1, 0, 0, 0, 0, 1];
const SCORES = [0.9, 0.8, 0.4, 0.6, 0.2, 0.1, 0.3, 0.5];

function value(
  metric: QualityMetric,
  predictions: readonly (number | string)[],
  labels: readonly (number | string)[],
): number {
  return measureQuality(metric, { predictions, labels }).value;
}

describe('measures', () => {
  test('of scores: one half and above predicts the positive class', () => {
    expect(value('accuracy', SCORES, LABELS)).toBe(6 / 8);
    expect(value('precision', SCORES, LABELS)).toBe(3 / 4);
    expect(value('recall', SCORES, LABELS)).toBe(3 / 4);
    expect(value('f1', SCORES, LABELS)).toBeCloseTo(3 / 4, 14);
    expect(value('auc', SCORES, LABELS)).toBe(14 / 16);
  });

  test.each([
    ['numbers and text', [1, 0, 1, 1], ['1', '0', '0', '1.0'], 3 / 4],
    ['true and false', ['true', 'False', 'true'], [1, 0, 0], 2 / 3],
    ['three classes', ['cat', 'dog', 'cow'], ['cat', 'dog', 'cat'], 2 / 3],
    ['classes 1 and 2, of which only 1 is predicted', [1, 1, 1], [1, 2, 1], 2 / 3],
  ])('see %s alike', (_, predictions, labels, accuracy) => {
    expect(value('accuracy', predictions, labels)).toBeCloseTo(accuracy, 14);
  });

  test('the greater of two classes is the positive one, by number where they are numbers', () => {
    expect(value('recall', ['no', 'yes', 'no'], ['yes', 'yes', 'no'])).toBe(1 / 2);
    expect(value('precision', [10, 9, 10], [10, 10, 9])).toBe(1 / 2);
  });

  test('ties in scores count half; a class without rows has no area', () => {
    expect(value('auc', [3, 3, 3, 3], [0, 1, 0, 1])).toBe(1 / 2);
    expect(() => value('auc', [1, 2], [1, 1])).toThrow(
      'auc needs labels of both classes, got 2 positive and 0 negative',
    );
  });

  test('of numbers', () => {
    expect(value('mae', ['1', 2, 4], [1, 0, 8])).toBe(2);
    expect(value('rmse', [1, 2, 4], [1, 0, 8])).toBeCloseTo(Math.sqrt(20 / 3), 14);
    expect(value('logLoss', [0.9, 0.2], ['yes', 'no'])).toBeCloseTo(-(Math.log(0.9) + Math.log(0.8)) / 2, 14);
    expect(value('logLoss', [0, 1], [1, 1])).toBeCloseTo((-Math.log(Number.EPSILON) + 2 ** -52) / 2, 10);
  });

  test.each<[QualityMetric, (random: () => number) => [number, number]]>([
    ['accuracy', (random) => [random() < 0.8 ? 1 : 0, 1]],
    ['f1', (random) => [random() < 0.6 ? 1 : 0, random() < 0.5 ? 1 : 0]],
    ['auc', (random) => (random() < 0.4 ? [normal(random) + 0.8, 1] : [normal(random), 0])],
    ['mae', (random) => [normal(random), 0]],
    ['rmse', (random) => [normal(random), 0]],
    ['logLoss', (random) => [0.1 + 0.8 * random(), random() < 0.5 ? 1 : 0]],
  ])('the standard error of %s is how much it varies', (metric, draw) => {
    const random = randomOf(4);
    const measured = Array.from({ length: 400 }, () => {
      const rows = Array.from({ length: 150 }, () => draw(random));
      return measureQuality(metric, { predictions: rows.map(([p]) => p), labels: rows.map(([, y]) => y) });
    });
    const mean = (values: number[]) => values.reduce((sum, one) => sum + one, 0) / values.length;
    const values = measured.map((it) => it.value);
    const deviation = Math.sqrt(mean(values.map((one) => (one - mean(values)) ** 2)));
    expect(mean(measured.map((it) => it.standardError)) / deviation).toBeGreaterThan(0.85);
    expect(mean(measured.map((it) => it.standardError)) / deviation).toBeLessThan(1.15);
  });
});

describe('the judge', () => {
  const rules = (change: Partial<QualityRules>): QualityRules => ({
    metric: 'accuracy',
    minimumSamples: 10,
    alpha: 0.01,
    ...change,
  });
  const right = (hits: number, rows: number) => ({
    predictions: Array.from({ length: rows }, (_, i) => (i < hits ? 1 : 0)),
    labels: new Array<number>(rows).fill(1),
  });

  test('calls poor what is below the minimum by more than chance explains, and says so', () => {
    const poor = judgeQuality(right(700, 1000), 20, rules({ minimum: 0.8 }));
    expect(poor).toMatchObject({ verdict: 'poor', value: 0.7, limit: 0.8, rows: 1000, unlabelled: 20 });
    expect(poor.reason).toMatch(
      /^accuracy 70 % over 1,000 rows: below the minimum of 80 % by more than chance explains \(to 77\.?\d* %\)$/,
    );
    const chance = judgeQuality(right(790, 1000), 0, rules({ minimum: 0.8 }));
    expect(chance).toMatchObject({ verdict: 'fine' });
    expect(chance.reason).toContain('by no more than chance explains');
    expect(judgeQuality(right(810, 1000), 0, rules({ minimum: 0.8 })).reason).toBe(
      'accuracy 81 % over 1,000 rows: within the minimum of 80 %',
    );
  });

  test('the threshold has the p-value alpha: at one hit below it is poor, above it is not', () => {
    for (const rows of [20, 137, 1000]) {
      const { threshold } = judgeQuality(right(rows, rows), 0, rules({ minimum: 0.8 }));
      const hits = Math.floor(threshold! * rows);
      expect(judgeQuality(right(hits, rows), 0, rules({ minimum: 0.8 }))).toMatchObject({ verdict: 'poor' });
      expect(judgeQuality(right(hits, rows), 0, rules({ minimum: 0.8 })).pValue).toBeLessThanOrEqual(0.01);
      expect(judgeQuality(right(hits + 1, rows), 0, rules({ minimum: 0.8 }))).toMatchObject({ verdict: 'fine' });
      expect(judgeQuality(right(hits + 1, rows), 0, rules({ minimum: 0.8 })).pValue).toBeGreaterThan(0.01);
    }
  });

  test.each<[QualityMetric, Partial<QualityRules>]>([
    ['mae', { maximum: 0.798 }], // √(2/π)
    ['rmse', { maximum: 1 }],
    ['auc', { minimum: 0.714 }], // Φ(0.8 / √2)
  ])('%s that lies at its limit is called poor by chance with at most alpha', (metric, limit) => {
    const random = randomOf(7);
    const poor = Array.from({ length: 1000 }, () => {
      const labels = Array.from({ length: 60 }, () => (metric === 'auc' ? Number(random() < 0.5) : 0));
      const predictions = labels.map((label) => normal(random) + 0.8 * label);
      return judgeQuality({ predictions, labels }, 0, rules({ metric, alpha: 0.05, ...limit })).verdict === 'poor'
        ? 1
        : 0;
    }).reduce<number>((sum, one) => sum + one, 0);
    expect(poor / 1000).toBeLessThan(0.05 + 3 * Math.sqrt((0.05 * 0.95) / 1000));
    expect(poor / 1000).toBeGreaterThan(0.01); // not so careful that it never speaks
  });

  test.each([
    [
      'few rows',
      right(5, 9),
      { minimum: 0.8 },
      '9 predictions with a label, at least 10 are needed; 3 more wait for their label',
    ],
    [
      'text for numbers',
      { predictions: new Array<string>(10).fill('late'), labels: new Array<number>(10).fill(1) },
      { metric: 'mae' as const, maximum: 1 },
      "predictions must be finite numbers, got 'late'",
    ],
    [
      'no positive prediction',
      { predictions: new Array<number>(10).fill(0), labels: new Array<number>(10).fill(1) },
      { metric: 'precision' as const, minimum: 0.5 },
      'precision needs positive predictions, got none',
    ],
    [
      'three classes',
      { predictions: [...'abcabcabca'], labels: [...'abcabcabca'] },
      { metric: 'f1' as const, minimum: 0.5 },
      'two classes are needed, got 3 (a, b, c): use accuracy for more',
    ],
  ])('has no verdict for %s, and says why', (_, joined, change, reason) => {
    const judged = judgeQuality(joined, 3, rules(change));
    expect(judged).toMatchObject({ verdict: 'notEnoughData', reason, value: null, threshold: null, pValue: null });
    expect(JSON.parse(JSON.stringify(judged))).toEqual(judged);
  });

  test('a limit is needed, and one is enough', () => {
    expect(() => judgeQuality(right(9, 10), 0, rules({}))).toThrow('either a minimum or a maximum, got neither');
    expect(() => judgeQuality(right(9, 10), 0, rules({ minimum: 0.1, maximum: 0.9 }))).toThrow('got both');
  });

  test('errors without any spread are beyond the limit for certain', () => {
    const joined = { predictions: new Array<number>(10).fill(3), labels: new Array<number>(10).fill(1) };
    expect(judgeQuality(joined, 0, rules({ metric: 'mae', maximum: 1.5 }))).toMatchObject({
      verdict: 'poor',
      pValue: 0,
    });
    expect(judgeQuality(joined, 0, rules({ metric: 'rmse', maximum: 2 }))).toMatchObject({
      verdict: 'fine',
      standardError: 0,
    });
  });
});
