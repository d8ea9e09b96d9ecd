/**
 * What Evidently decides by default, from the same counts: https://docs-old.evidentlyai.com/reference/data-drift-algorithm and
 * `_get_default_stattest` of its source. With at most 1,000 rows of reference: Kolmogorov–Smirnov for more than five different
 * numbers, else chi-squared, or the z-test of a proportion for two categories, each at p < 0.05. With more rows: the Wasserstein
 * distance in standard deviations of the reference, else the Jensen–Shannon distance (natural logarithm), each from 0.1 on.
 * Half of the columns drifted: dataset drift.
 */
import { chiSquaredTest, jensenShannon } from '../../lib/statistics/drift/two-samples';
import { kolmogorovSf } from '../../lib/statistics/distributions';
import type { CodedColumn } from './drift-data';

const SMALL = 1000;
const P_VALUE = 0.05;
const DISTANCE = 0.1;
const FEW_VALUES = 5;

function sum(counts: readonly number[]): number {
  return counts.reduce((all, count) => all + count, 0);
}

/** Calls `visit` with the difference of the distribution functions at each cut. */
function eachDifference(
  a: readonly number[],
  b: readonly number[],
  visit: (difference: number, cut: number) => void,
): void {
  const [n, m] = [sum(a), sum(b)];
  let difference = 0;
  for (let bin = 0; bin < a.length - 1; bin++) visit((difference += a[bin] / n - b[bin] / m), bin);
}

function wasserstein(cuts: readonly number[], reference: readonly number[], current: readonly number[]): number {
  let [area, before] = [0, 0];
  eachDifference(reference, current, (difference, cut) => {
    if (cut > 0) area += ((Math.abs(difference) + Math.abs(before)) / 2) * (cuts[cut] - cuts[cut - 1]);
    before = difference;
  });
  return area;
}

function ksPValue(reference: readonly number[], current: readonly number[]): number {
  let largest = 0;
  eachDifference(reference, current, (difference) => (largest = Math.max(largest, Math.abs(difference))));
  return kolmogorovSf(largest, 1 / (1 / sum(reference) + 1 / sum(current)));
}

/** True when Evidently's default test of the column calls it drifted. The z-test of two proportions is chi-squared of two bins. */
export function evidentlyDrifted(
  { bins, deviation }: CodedColumn,
  reference: readonly number[],
  current: readonly number[],
): boolean {
  const values = reference.filter((count, bin) => count + current[bin] > 0).length;
  const isScale = bins.type === 'numeric' && values > FEW_VALUES;
  if (sum(reference) <= SMALL) {
    const pValue = isScale ? ksPValue(reference, current) : chiSquaredTest(reference, current).pValue;
    return pValue < P_VALUE;
  }
  if (!isScale || bins.type !== 'numeric') return jensenShannon(reference, current) * Math.sqrt(Math.LN2) >= DISTANCE;
  return wasserstein(bins.cuts, reference, current) / deviation >= DISTANCE;
}
