/**
 * A confidence sequence for the mean of observations between 0 and 1, of whatever distribution.
 *
 * The predictable plug-in empirical-Bernstein sequence: I. Waudby-Smith, A. Ramdas, "Estimating means of bounded random
 * variables by betting" (J. R. Statist. Soc. B 2024), theorem 2 with the bets of its equation (15). It needs one pass and no
 * grid, and narrows with the observed variance. It holds when each observation has the same mean given those before.
 */
import type { Interval } from './binomial-evidence';

/** A mean with its confidence sequence. */
export interface BoundedMean extends Interval {
  /** Plain average; none without observations. */
  readonly estimate: number | undefined;
}

/** No bet is larger: the paper recommends ½ or ¾. */
const LARGEST_BET = 0.5;

/** ψ_E(λ) = -ln(1-λ) - λ: what a bet of size λ pays for the variance (without the paper's ¼, which its 4(x-μ)² undoes). */
function varianceCost(bet: number): number {
  return -Math.log1p(-bet) - bet;
}

/**
 * The confidence sequence at 1-α after these observations, **in the order of their arrival**: bets use the past only.
 *
 * With λᵢ the bet, mᵢ₋₁ the mean of the past (drawn to ½): Σλx/Σλ ± (ln(2/α) + Σ (xᵢ-mᵢ₋₁)² ψ_E(λᵢ)) / Σλ. Each side
 * alone misses with probability at most α/2.
 */
export function boundedMean(observations: readonly number[], alpha: number): BoundedMean {
  const stake = Math.log(2 / alpha);
  let [count, sum, squares] = [0, 0, 0.25]; // one observation of ½ with variance ¼ stands before the first
  let [bets, weighted, cost] = [0, 0, 0];
  for (const x of observations) {
    const mean = (0.5 + sum) / (count + 1);
    const variance = squares / (count + 1);
    const next = count + 1;
    const bet = Math.min(LARGEST_BET, Math.sqrt((2 * stake) / (variance * next * Math.log1p(next))));
    bets += bet;
    weighted += bet * x;
    cost += (x - mean) ** 2 * varianceCost(bet);
    count = next;
    sum += x;
    squares += (x - (0.5 + sum) / (count + 1)) ** 2;
  }
  if (count === 0) return { estimate: undefined, lower: 0, upper: 1 };
  const half = (stake + cost) / bets;
  const centre = weighted / bets;
  return { estimate: sum / count, lower: Math.max(0, centre - half), upper: Math.min(1, centre + half) };
}
