/**
 * Evidence about the probability θ of a yes, from yes–no observations that may be looked at as often as one likes.
 *
 * **E-values.** For a fixed q, Π (q/θ)^yes ((1-q)/(1-θ))^no is a martingale with mean 1 when θ is the true probability,
 * and so is every average over q: here over a Beta prior (Robbins 1970; Ville 1939). By Ville's inequality it ever reaches
 * 1/α with probability at most α, however often and for whatever reason one stops: 1/e is an anytime-valid p-value.
 *
 * **One-sided.** For "θ ≥ limit", average over q < limit only. At a true θ above the limit each factor has a mean below 1
 * (it falls linearly in θ and is 1 at the limit): a supermartingale under all of the hypothesis, not only at its edge.
 *
 * Sources: H. Robbins, "Statistical methods related to the law of the iterated logarithm" (1970); S. Howard, A. Ramdas,
 * J. McAuliffe, J. Sekhon, "Time-uniform, nonparametric, nonasymptotic confidence sequences" (Ann. Statist. 2021, section
 * 3, beta-binomial mixtures); M. Lindon, A. Malek, "Anytime-valid inference for multinomial count data" (NeurIPS 2022);
 * R. Johari, P. Koomen, L. Pekelis, D. Walsh, "Always valid inference" (Oper. Res. 2022).
 */
import { logBeta, logIncompleteBeta } from './special-functions';

/** Observations: how often yes, how often no. */
export interface Tally {
  readonly yes: number;
  readonly no: number;
}

/** A Beta prior: where the evidence is sought. It moves the power, never the validity. */
export interface BetaPrior {
  readonly a: number;
  readonly b: number;
}

/** A probability interval. */
export interface Interval {
  readonly lower: number;
  readonly upper: number;
}

/** Bounds of the weight of a prior in observations: a narrower one adds nothing but rounding. */
const LIGHTEST = 2;
const HEAVIEST = 1e6;

/** The Beta prior with this mean and about this standard deviation. */
export function priorAround(mean: number, deviation: number): BetaPrior {
  const weight = (mean * (1 - mean)) / (deviation * deviation) - 1;
  const bounded = Math.min(HEAVIEST, Math.max(LIGHTEST, weight));
  return { a: mean * bounded, b: (1 - mean) * bounded };
}

/** ln Πθ^yes (1-θ)^no. */
function logLikelihood({ yes, no }: Tally, theta: number): number {
  return (yes === 0 ? 0 : yes * Math.log(theta)) + (no === 0 ? 0 : no * Math.log1p(-theta));
}

/** ln of the likelihood averaged over the prior: B(a + yes, b + no) / B(a, b). */
function logAverage({ yes, no }: Tally, { a, b }: BetaPrior): number {
  return logBeta(a + yes, b + no) - logBeta(a, b);
}

/** ln of the e-value against "θ ≥ limit": large when the probability is shown to be below the limit. */
export function evidenceBelow(tally: Tally, limit: number, prior: BetaPrior): number {
  const posterior = logIncompleteBeta(limit, prior.a + tally.yes, prior.b + tally.no);
  const cut = posterior - logIncompleteBeta(limit, prior.a, prior.b);
  return logAverage(tally, prior) + cut - logLikelihood(tally, limit);
}

/** ln of the e-value against "θ ≤ limit": large when the probability is shown to be above the limit. */
export function evidenceAbove(tally: Tally, limit: number, prior: BetaPrior): number {
  return evidenceBelow({ yes: tally.no, no: tally.yes }, 1 - limit, { a: prior.b, b: prior.a });
}

/** ln of the e-value against "θ = expected": large when the probability is shown to be another. */
export function evidenceAgainst(tally: Tally, expected: number, prior: BetaPrior): number {
  return logAverage(tally, prior) - logLikelihood(tally, expected);
}

/** Halves an interval until it holds where `inside` ends: it holds at `yes` and fails at `no`. */
function edge(yes: number, no: number, inside: (theta: number) => boolean): number {
  let [good, bad] = [yes, no];
  for (let step = 0; step < 60; step++) {
    const middle = (good + bad) / 2;
    if (inside(middle)) good = middle;
    else bad = middle;
  }
  return bad;
}

/**
 * The confidence sequence for θ: every value that {@link evidenceAgainst} does not refute at α. At all looks together it
 * misses the truth with probability at most α. The likelihood has one peak, so it is an interval around the share of yes.
 */
export function confidenceSequence(tally: Tally, alpha: number, prior: BetaPrior): Interval {
  const trials = tally.yes + tally.no;
  if (trials === 0) return { lower: 0, upper: 1 };
  const inside = (theta: number) => evidenceAgainst(tally, theta, prior) < -Math.log(alpha);
  const peak = tally.yes / trials;
  return {
    lower: tally.yes === 0 ? 0 : edge(peak, 0, inside),
    upper: tally.no === 0 ? 1 : edge(peak, 1, inside),
  };
}
