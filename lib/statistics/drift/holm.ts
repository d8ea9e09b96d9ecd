/**
 * Many tests at once. With 300 tests at 1 % each, three would alarm without drift.
 */

/**
 * The level at which each of the tests is judged, so that all of them together give a false alarm with probability at most
 * `alpha` (S. Holm, Scandinavian Journal of Statistics 1979). p-values at most this level are rejected.
 *
 * Holm goes through the p-values from the smallest, and compares the j-th of k with alpha / (k - j + 1) until one is larger.
 * All rejected ones are below the level of that last comparison and all others above it: so one level says it for all.
 */
export function holmLevel(pValues: readonly number[], alpha: number): number {
  const sorted = [...pValues].sort((a, b) => a - b);
  const rejected = sorted.findIndex((pValue, j) => pValue > alpha / (sorted.length - j));
  return rejected < 0 ? alpha : alpha / (sorted.length - rejected);
}

const HOURS_PER_YEAR = 8766;

/** Beyond this, one run in twenty would alarm: no verdict is worth that. */
const LARGEST_ALPHA = 0.05;

/**
 * Accepted chance of a false alarm in one run, from the false alarms accepted in a year. The chance of any of several events
 * is at most the sum of their chances, however they depend on one another: windows may overlap.
 *
 * @param falseAlarmsPerYear above 0
 * @param everyHours hours from run to run
 */
export function alphaPerRun(falseAlarmsPerYear: number, everyHours: number): number {
  return Math.min(LARGEST_ALPHA, (falseAlarmsPerYear * everyHours) / HOURS_PER_YEAR);
}
