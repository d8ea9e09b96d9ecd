/**
 * The regularized incomplete gamma function, Q(a, x) = Γ(a, x) / Γ(a): what chi-squared, gamma and normal tails are made of.
 *
 * Sources: NIST Digital Library of Mathematical Functions, chapter 8, https://dlmf.nist.gov/8; the cancellation of the
 * large terms on paper is C. Loader, Fast and accurate computation of binomial probabilities (2000).
 */
import { CONVERGED, logRatioLess, orTiny, stirlingError } from './special-functions';

/** xᵃ e⁻ˣ / Γ(a+1), with Stirling's formula put in for Γ so that nothing large is subtracted from anything large. */
function poissonDensity(a: number, x: number): number {
  const deviance = a * logRatioLess(x / a, (x - a) / a);
  return Math.exp(deviance - stirlingError(a)) / Math.sqrt(2 * Math.PI * a);
}

/** P(a, x) divided by the density above: a series of positive terms, DLMF 8.11.4. */
function lowerSeries(a: number, x: number): number {
  let term = 1;
  let sum = 1;
  for (let n = 1; term > CONVERGED * sum; n++) {
    term *= x / (a + n);
    sum += term;
  }
  return sum;
}

/** Q(a, x) divided by xᵃ e⁻ˣ / Γ(a): a continued fraction, DLMF 8.9.2 in its even form, by the modified Lentz method. */
function upperContinuedFraction(a: number, x: number): number {
  let denominator = x + 1 - a;
  let c = 1 / 1e-300;
  let d = 1 / orTiny(denominator);
  let value = d;
  const most = 1000 + 200 * Math.sqrt(a);
  for (let n = 1; n <= most; n++) {
    const numerator = n * (a - n);
    denominator += 2;
    d = 1 / orTiny(denominator + numerator * d);
    c = orTiny(denominator + numerator / c);
    value *= d * c;
    if (Math.abs(d * c - 1) < CONVERGED) break;
  }
  return value;
}

/**
 * Q(a, x) for a > 0: the probability that a gamma variable of shape a and scale 1 is above x. Far in the tail all digits
 * but two or three hold; it takes about √a steps near the mean and a few elsewhere.
 */
export function upperIncompleteGamma(a: number, x: number): number {
  if (Number.isNaN(a) || Number.isNaN(x)) return NaN;
  if (x <= 0) return 1;
  if (x === Infinity) return 0;
  if (x < a + 1) return Math.max(0, 1 - poissonDensity(a, x) * lowerSeries(a, x));
  return Math.min(1, poissonDensity(a, x) * a * upperContinuedFraction(a, x));
}
