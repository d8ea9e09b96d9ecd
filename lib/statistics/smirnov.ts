/**
 * The one-sided distribution of Smirnov, from which the far tail of Kolmogorov's follows.
 *
 * Source: Z. W. Birnbaum and F. H. Tingey, One-sided confidence contours for probability distribution functions, Annals of
 * Mathematical Statistics 22 (1951): P(D⁺ ≥ d) = d Σⱼ C(n, j) (d + j/n)^(j-1) (1 - d - j/n)^(n-j), j from 0 to n (1-d).
 */
import { stirlingError } from './special-functions';

/** exp(-2 n d²) bounds P(D⁺ ≥ d) (P. Massart 1990); with this exponent it is below the smallest number. */
const UNDERFLOW = 746;

/** From this n d (1-2d) on, the summand at j = 0 is nothing beside the sum. */
const SMOOTH = 30;

/** P(D⁺ ≥ d) for D⁺ = sup (Fₙ - F) of n independent values: all digits but three or four, far in the tail too. 0 < d < 1. */
export function smirnovSf(d: number, n: number): number {
  if (2 * n * d * d > UNDERFLOW) return 0;
  return n * d * (1 - 2 * d) < SMOOTH ? smirnovSum(d, n) : smirnovIntegral(d, n);
}

/** The summand for real j between 0 and n (1-d), with Stirling's formula in the binomial coefficient. */
function summand(d: number, n: number, j: number): number {
  const t = j / n;
  const rest = 1 - t;
  const log = j * Math.log1p(d / t) + (n - j) * Math.log1p(-d / rest);
  const stirling = stirlingError(n) - stirlingError(j) - stirlingError(n - j);
  return (Math.exp(log + stirling) * d) / ((d + t) * Math.sqrt(2 * Math.PI * n * t * rest));
}

function smirnovSum(d: number, n: number): number {
  let sum = Math.exp(n * Math.log1p(-d)); // j = 0
  for (let j = 1; j < n && d + j / n < 1; j++) sum += summand(d, n, j);
  return sum;
}

/**
 * The sum as an integral over j. By Euler and Maclaurin they agree to all digits where the summand vanishes smoothly at both
 * ends. With j = n (1-d) / (1 + e⁻ᵘ) the integrand falls double exponentially, and the trapezoidal rule needs some thirty
 * points whatever n is.
 */
function smirnovIntegral(d: number, n: number): number {
  const step = Math.min(0.25, 0.7 / (Math.sqrt(n) * d)); // The peak is about 1/(√n d) wide.
  const range = n * (1 - d);
  const integrand = (u: number) => {
    const sigma = 1 / (1 + Math.exp(-u));
    return summand(d, n, range * sigma) * range * sigma * (1 - sigma);
  };
  let sum = integrand(0);
  for (const direction of [-step, step]) {
    for (let u = direction, term = sum; term > 1e-18 * sum; u += direction) {
      term = integrand(u);
      sum += term;
    }
  }
  return sum * step;
}
