/**
 * The few special functions that the judge needs, in logarithms: e-values of a busy endpoint overflow anything else.
 *
 * Written here since no small maintained library has them in log space. Sources: NIST Digital Library of Mathematical
 * Functions, https://dlmf.nist.gov (numbers of equations below).
 */

export const HALF_LOG_TWO_PI = 0.5 * Math.log(2 * Math.PI);

/** B₂ₖ / (2k (2k-1)) of Stirling's series, DLMF 5.11.1: eight terms leave less than 1e-17 from 10 on. */
const STIRLING = [1 / 12, -1 / 360, 1 / 1260, -1 / 1680, 1 / 1188, -691 / 360360, 1 / 156, -3617 / 122400];
const STIRLING_FROM = 10;

/** Below this, what a continued fraction still adds is lost in rounding. */
export const CONVERGED = 1e-15;

/** Stands for a zero that would be divided by (Lentz's method as modified by Thompson and Barnett). */
const TINY = 1e-300;

/** Sum of Stirling's series: what ln Γ(x) is above (x-½) ln x - x + ½ ln 2π. */
function stirlingSeries(x: number): number {
  let sum = 0;
  let power = 1 / x;
  for (const coefficient of STIRLING) {
    sum += coefficient * power;
    power /= x * x;
  }
  return sum;
}

/** ln Γ(x) for x > 0: Stirling's series, reached from small x by Γ(x+1) = x Γ(x) (DLMF 5.5.1). */
export function logGamma(x: number): number {
  let shifted = x;
  let product = 1;
  while (shifted < STIRLING_FROM) product *= shifted++;
  const stirling = (shifted - 0.5) * Math.log(shifted) - shifted + HALF_LOG_TWO_PI + stirlingSeries(shifted);
  return stirling - Math.log(product);
}

/** What Stirling's formula lacks at x, for every x > 0. */
export function stirlingError(x: number): number {
  if (x >= STIRLING_FROM) return stirlingSeries(x);
  return logGamma(x) - ((x - 0.5) * Math.log(x) - x + HALF_LOG_TWO_PI);
}

/**
 * ln B(a, b) = ln Γ(a) + ln Γ(b) - ln Γ(a+b) (DLMF 5.12.1), for a, b > 0. Stirling's formula is put into all three terms
 * and the large parts cancel on paper, not in floating point: at counts of 1e9 the difference would keep five digits.
 */
export function logBeta(a: number, b: number): number {
  const large = -a * Math.log1p(b / a) - b * Math.log1p(a / b);
  const root = 0.5 * (Math.log1p(a / b) - Math.log(a));
  return HALF_LOG_TWO_PI + large + root + stirlingError(a) + stirlingError(b) - stirlingError(a + b);
}

/** The continued fraction of the incomplete beta function, DLMF 8.17.22, by the modified Lentz method (DLMF 3.10(iii)). */
export function betaContinuedFraction(x: number, a: number, b: number): number {
  let c = 1;
  let d = 1 / orTiny(1 - ((a + b) * x) / (a + 1));
  let value = d;
  const most = 1000 + 200 * Math.sqrt(a + b);
  for (let m = 1; m <= most; m++) {
    const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m));
    d = 1 / orTiny(1 + even * d);
    c = orTiny(1 + even / c);
    value *= d * c;
    const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1));
    d = 1 / orTiny(1 + odd * d);
    c = orTiny(1 + odd / c);
    value *= d * c;
    if (Math.abs(d * c - 1) < CONVERGED) break;
  }
  return value;
}

export function orTiny(value: number): number {
  return Math.abs(value) < TINY ? TINY : value;
}

/** ln Iₓ(a, b) where the continued fraction converges fast: x below about the mean a / (a+b). */
function logLowerTail(x: number, a: number, b: number): number {
  const front = a * Math.log(x) + b * Math.log1p(-x) - logBeta(a, b) - Math.log(a);
  return front + Math.log(betaContinuedFraction(x, a, b));
}

/**
 * ln Iₓ(a, b), the logarithm of the regularized incomplete beta function (DLMF 8.17.2): the log-probability that a
 * Beta(a, b) variable is at most x. Tails far below the smallest number stay exact; it takes about √(a+b) steps.
 */
export function logIncompleteBeta(x: number, a: number, b: number): number {
  if (x <= 0) return -Infinity;
  if (x >= 1) return 0;
  if (x < (a + 1) / (a + b + 2)) return Math.min(0, logLowerTail(x, a, b));
  const upper = Math.exp(logLowerTail(1 - x, b, a)); // I₁₋ₓ(b, a) = 1 - Iₓ(a, b), DLMF 8.17.4
  return upper >= 1 ? -Infinity : Math.log1p(-upper);
}

/** P(X ≤ hits) for X binomial with that many trials, through the incomplete beta function (DLMF 8.17.5). */
export function binomialCdf(hits: number, trials: number, probability: number): number {
  if (hits < 0) return 0;
  if (hits >= trials) return 1;
  return Math.exp(logIncompleteBeta(1 - probability, trials - hits, hits + 1));
}

/**
 * ln r - (r - 1), given both the ratio r > 0 and its excess r - 1: near 1 the two terms cancel, and a series in
 * (r - 1) / (r + 1) (DLMF 4.6.4) keeps the digits of their difference.
 */
export function logRatioLess(ratio: number, excess: number): number {
  if (Math.abs(excess) > 0.2) return Math.log(ratio) - excess;
  const v = excess / (2 + excess);
  let power = 2 * v;
  let sum = -excess * v;
  for (let odd = 3; odd < 25; odd += 2) {
    power *= v * v;
    sum += power / odd;
  }
  return sum;
}

/** ln(eᵃ + eᵇ). */
export function logAdd(a: number, b: number): number {
  const larger = Math.max(a, b);
  return larger === -Infinity ? larger : larger + Math.log1p(Math.exp(Math.min(a, b) - larger));
}
