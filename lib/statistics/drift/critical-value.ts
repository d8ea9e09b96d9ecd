/** Steps are far fewer: each of them gains digits. */
const MOST_STEPS = 100;

/** Digits of the p-value that are met: more would change no verdict. */
const PRECISION = 1e-10;

/** Below every logarithm of a p-value: stands for that of 0. */
const LOG_ZERO = -1000;

/**
 * The least value that a statistic may have before its p-value is at most `alpha`: beyond it, chance does not explain it.
 *
 * A root of the logarithm of the p-value, which is nearly a parabola, by the regula falsi in its Illinois variant (M. Dowell,
 * P. Jarratt, BIT 1971): about ten p-values where halving takes fifty, and some of them cost a millisecond.
 *
 * @param sf chance of a statistic of at least x without drift; falls with x
 * @param most the largest value that the statistic can have; Infinity where there is none
 * @returns `most` where even that has a larger p-value: no value can be beyond it
 */
export function criticalValue(sf: (x: number) => number, alpha: number, most: number): number {
  const above = (x: number) => Math.max(LOG_ZERO, Math.log(sf(x))) - Math.log(alpha);
  let [low, high] = [0, Math.min(1, most)];
  let [aboveLow, aboveHigh] = [above(low), above(high)];
  while (aboveHigh > 0) {
    if (high >= most) return most;
    [low, aboveLow] = [high, aboveHigh];
    high = Math.min(2 * high, most);
    aboveHigh = above(high);
  }
  for (let step = 0; step < MOST_STEPS && aboveHigh < -PRECISION && high - low > Number.EPSILON * high; step++) {
    // A parabola through 0 has its root where a line in the square of x has it.
    const square = (low * low * aboveHigh - high * high * aboveLow) / (aboveHigh - aboveLow);
    const x = step % 3 === 2 ? (low + high) / 2 : Math.sqrt(square);
    const aboveX = above(x);
    if (aboveX > 0) [low, aboveLow, aboveHigh] = [x, aboveX, step % 2 === 0 ? aboveHigh : aboveHigh / 2];
    else [high, aboveHigh] = [x, aboveX];
  }
  return high;
}
