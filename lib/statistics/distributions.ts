/**
 * Upper tails of the distributions that tests refer to. Upper tails, not 1 - cdf: a p-value of 1e-300 keeps its digits.
 *
 * Sources: NIST Digital Library of Mathematical Functions, https://dlmf.nist.gov (numbers of equations below).
 */
import { upperIncompleteGamma } from './incomplete-gamma';
import { betaContinuedFraction, HALF_LOG_TWO_PI, logRatioLess, stirlingError } from './special-functions';

export { kolmogorovSf } from './kolmogorov';
export { kolmogorovTwoSampleSf } from './kolmogorov-two-samples';

/** P(Z > z) for a standard normal Z, through the incomplete gamma function (DLMF 7.11.2). */
export function normalSf(z: number): number {
  const tail = 0.5 * upperIncompleteGamma(0.5, 0.5 * z * z);
  return z < 0 ? 1 - tail : tail;
}

/** First guess of the z with P(Z > z) = p, for p up to ½: off by at most 4.5e-4 (Abramowitz and Stegun 26.2.23). */
function guessNormalTail(p: number): number {
  const t = Math.sqrt(-2 * Math.log(p));
  const above = 2.515517 + t * (0.802853 + t * 0.010328);
  const below = 1 + t * (1.432788 + t * (0.189269 + t * 0.001308));
  return t - above / below;
}

/** The z with P(Z ≤ z) = p for a standard normal Z: -∞ at p = 0, ∞ at p = 1. */
export function normalQuantile(p: number): number {
  if (!(p > 0 && p < 1)) return p === 0 ? -Infinity : p === 1 ? Infinity : NaN;
  if (p > 0.5) return -normalQuantile(1 - p);
  let z = guessNormalTail(p);
  // Halley's method triples the digits in each step: from 3 to more than a number has.
  for (let step = 0; step < 3; step++) {
    const error = (normalSf(z) - p) * Math.exp(0.5 * z * z + HALF_LOG_TWO_PI);
    z += error / (1 - 0.5 * z * error);
  }
  return -z;
}

/** P(X > x) for X gamma with that shape (> 0) and scale (> 0, in the units of x), DLMF 8.2.4. */
export function gammaSf(x: number, shape: number, scale: number): number {
  return upperIncompleteGamma(shape, x / scale);
}

/** P(X > x) for X chi-squared; degrees of freedom are any number above 0. */
export function chiSquaredSf(x: number, degreesOfFreedom: number): number {
  return upperIncompleteGamma(0.5 * degreesOfFreedom, 0.5 * x);
}

/**
 * ln of xᵃ yᵇ / B(a, b) for x = d₂ / (d₂ + d₁ f), y = 1 - x, a = d₂/2, b = d₁/2: the front factor of DLMF 8.17.22, with
 * Stirling's formula put into B(a, b). What is large cancels on paper, so that a million degrees of freedom cost no digits.
 */
function logFisherFront(f: number, d1: number, d2: number): number {
  const a = d2 / 2;
  const b = d1 / 2;
  const all = d2 + d1 * f;
  const x = logRatioLess((d1 + d2) / all, (d1 * (1 - f)) / all);
  const y = logRatioLess((f * (d1 + d2)) / all, (d2 * (f - 1)) / all);
  const root = 0.5 * Math.log((a * b) / (a + b));
  return a * x + b * y + root - HALF_LOG_TWO_PI - stirlingError(a) - stirlingError(b) + stirlingError(a + b);
}

/**
 * P(F > f) for F of Fisher's distribution, through the incomplete beta function (DLMF 8.17.2). Degrees of freedom are any
 * numbers above 0.
 */
export function fSf(f: number, d1: number, d2: number): number {
  if (f <= 0) return 1;
  if (f === Infinity) return 0;
  const a = d2 / 2;
  const b = d1 / 2;
  const front = Math.exp(logFisherFront(f, d1, d2));
  const x = d2 / (d2 + d1 * f);
  if (x < (a + 1) / (a + b + 2)) return Math.min(1, (front / a) * betaContinuedFraction(x, a, b));
  const y = (d1 * f) / (d2 + d1 * f);
  return Math.max(0, 1 - (front / b) * betaContinuedFraction(y, b, a));
}
