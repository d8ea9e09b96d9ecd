/**
 * Kolmogorov's distribution: how far the empirical distribution of n values strays from the true one.
 *
 * Which method is used where follows R. Simard and P. L'Ecuyer, Computing the two-sided Kolmogorov–Smirnov distribution,
 * Journal of Statistical Software 39 (2011). They compute the lower tail; here it is the upper one that must keep its digits.
 */
import { smirnovSf } from './smirnov';

/** Up to here the middle of the distribution is exact; above, Pelz and Good's expansion is within 1e-6 of it. */
const SMALL = 500;

/** From this n d² on, that both sides are exceeded is so rare that its asymptotic chance is within 1e-6 of the sum. */
const FAR_SMALL = 2.5;
const FAR_LARGE = 1.85;

/**
 * P(D ≥ d) for D = sup |Fₙ - F|, the statistic of Kolmogorov and Smirnov for one sample of n independent values, with a
 * relative error below 1e-6. For two large samples of n and m without ties it is the limit at n m / (n + m).
 *
 * @param n real: between two whole numbers their probabilities are interpolated. Below one value nothing is surprising: 1.
 */
export function kolmogorovSf(d: number, n: number): number {
  if (Number.isNaN(d) || Number.isNaN(n)) return NaN;
  if (n < 1) return 1;
  const whole = Math.floor(n);
  const part = n - whole;
  const sf = wholeKolmogorovSf(d, whole);
  return part === 0 ? sf : sf + part * (wholeKolmogorovSf(d, whole + 1) - sf);
}

function wholeKolmogorovSf(d: number, n: number): number {
  if (d <= 0.5 / n) return 1;
  if (d >= 1) return 0;
  if (d >= 0.5) return Math.min(1, 2 * smirnovSf(d, n)); // Both sides together span at most 1.
  const spread = n * d * d;
  if (spread >= (n <= SMALL ? FAR_SMALL : FAR_LARGE)) return 2 * (smirnovSf(d, n) - bothSides(d, n));
  return Math.min(1, Math.max(0, 1 - (n <= SMALL ? exactCdf(d, n) : pelzGoodCdf(d, n))));
}

/**
 * What 2 P(D⁺ ≥ d) counts twice: half the chance that both sides are exceeded. The second term of Kolmogorov's series, at
 * the point shifted by 1/(6√n) that is right for P(D⁺ ≥ d) to the order of 1/n.
 */
function bothSides(d: number, n: number): number {
  const z = Math.sqrt(n) * d + 1 / (6 * Math.sqrt(n));
  return Math.exp(-8 * z * z);
}

/** From here on 1/i! is below the rounding errors of the terms before. */
const NEGLIGIBLE = 20;

/**
 * P(D < d) exactly: n! / nⁿ times the middle element of Hⁿ, G. Marsaglia, W. W. Tsang and J. Wang, Evaluating Kolmogorov's
 * distribution, Journal of Statistical Software 8 (2003). One column of the power is enough, so it is n products of matrix
 * and vector instead of their powers, and each takes its factor of n! / nⁿ along, which keeps the numbers in range.
 */
function exactCdf(d: number, n: number): number {
  const k = Math.floor(n * d) + 1;
  const h = k - n * d;
  const size = 2 * k - 1;
  const inverse = powersByFactorials(1, size);
  const edge = powersByFactorials(h, size);
  const corner = powersByFactorials(Math.max(0, 2 * h - 1), size)[size]!;
  let vector = new Float64Array(size);
  let product = new Float64Array(size);
  vector[k - 1] = 1;
  for (let i = 1; i <= n; i++) {
    multiply(inverse, edge, corner, vector, product);
    for (let row = 0; row < size; row++) product[row]! *= i / n;
    [vector, product] = [product, vector];
  }
  return vector[k - 1]!;
}

/** xⁱ / i! for i from 0 to `last`. */
function powersByFactorials(x: number, last: number): Float64Array {
  const terms = new Float64Array(last + 1).fill(1);
  for (let i = 1; i <= last; i++) terms[i] = (terms[i - 1]! * x) / i;
  return terms;
}

/** product = H · vector: H has 1/(i-j+1)! up to one above the diagonal, and less in its first column and last row. */
function multiply(
  inverse: Float64Array,
  edge: Float64Array,
  corner: number,
  vector: Float64Array,
  product: Float64Array,
): void {
  const last = vector.length - 1;
  for (let i = 0; i <= last; i++) {
    let sum = -edge[i + 1]! * vector[0]!;
    for (let j = Math.max(0, i + 1 - NEGLIGIBLE); j <= Math.min(i + 1, last); j++)
      sum += vector[j]! * inverse[i - j + 1]!;
    product[i] = sum;
  }
  let lacking = -corner * vector[0]!;
  for (let j = 0; j <= last; j++) lacking += edge[last - j + 1]! * vector[j]!;
  product[last]! -= lacking;
}

/**
 * P(D < d) for large n: Kolmogorov's limit and its corrections up to n^(-3/2), W. Pelz and I. J. Good, Approximating the
 * lower tail-areas of the Kolmogorov–Smirnov one-sample statistic, JRSS B 38 (1976), in the notation of Simard and L'Ecuyer.
 */
function pelzGoodCdf(d: number, n: number): number {
  const root = Math.sqrt(n);
  const z2 = n * d * d;
  const sums: Orders = [0, 0, 0, 0];
  for (let k = 1; k <= 8; k++) {
    addHalf(sums, (Math.PI * (k - 0.5)) ** 2, z2);
    addWhole(sums, (Math.PI * k) ** 2, z2);
  }
  const z3 = z2 * root * d;
  const corrections =
    (sums[1] / (6 * z3) + (sums[2] / (72 * z3 ** 2) + sums[3] / (6480 * z3 ** 3 * root)) / root) / root;
  return (Math.sqrt(2 * Math.PI) / (root * d)) * (sums[0] + corrections);
}

/** Sums over k for the limit and the orders n^(-1/2), 1/n and n^(-3/2). */
type Orders = [number, number, number, number];

/** Adds the terms of q = π² (k - ½)². */
function addHalf(sums: Orders, q: number, z2: number): void {
  const z4 = z2 ** 2;
  const z6 = z2 ** 3;
  const weight = Math.exp(-q / (2 * z2));
  sums[0] += weight;
  sums[1] += weight * (q - z2);
  sums[2] += weight * (6 * z6 + 2 * z4 + q * (2 * z4 - 5 * z2) + q ** 2 * (1 - 2 * z2));
  const constant = -30 * z6 - 90 * z4 ** 2;
  sums[3] += weight * (constant + q * (135 * z4 - 96 * z6) + q ** 2 * (212 * z4 - 60 * z2) + q ** 3 * (5 - 30 * z2));
}

/** Adds the terms of q = π² k²: the last two orders have them. */
function addWhole(sums: Orders, q: number, z2: number): void {
  const weight = z2 ** 2 * q * Math.exp(-q / (2 * z2));
  sums[2] -= 2 * weight;
  sums[3] += 30 * weight * (3 * z2 - q);
}
