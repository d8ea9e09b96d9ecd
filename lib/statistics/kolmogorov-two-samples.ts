/**
 * The distribution of the distance between two empirical distributions, by counting lattice paths.
 *
 * A path from (0, 0) to (n, m) takes a step right for a value of the first sample and a step up for one of the second. If
 * both samples come from one continuous distribution all paths are equally likely, and sup |Fₙ - Gₘ| ≥ d for those that
 * leave the band |i/n - j/m| < d. Source: J. L. Hodges, The significance probability of the Smirnov two-sample test, Arkiv
 * för Matematik 3 (1958).
 */

/**
 * P(D ≥ d) exactly, for D = sup |Fₙ - Gₘ| of two samples of n and m values of one continuous distribution. It takes at most
 * n m steps, and n where the sizes are equal.
 *
 * @param d any number; one that is above a possible value of D by a rounding error counts as that value.
 * @param n a whole number from 1, as m.
 * @throws RangeError for other sizes.
 */
export function kolmogorovTwoSampleSf(d: number, n: number, m: number): number {
  if (!(Number.isInteger(n) && Number.isInteger(m) && n >= 1 && m >= 1)) {
    throw new RangeError(`the exact distribution needs sizes that are whole numbers from 1, got ${n} and ${m}`);
  }
  if (Number.isNaN(d)) return NaN;
  const divisor = greatestCommonDivisor(n, m);
  const multiple = (n / divisor) * m;
  const distance = Math.ceil(d * multiple - 1e-6); // D is a whole number of steps of one over the least common multiple.
  if (distance <= 0) return 1;
  if (distance > multiple) return 0;
  if (n === m) return equalSizesSf(distance, n);
  return shareOutside(distance, Math.min(n, m), Math.max(n, m), divisor);
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}

/**
 * Of paths to (n, n), the share that touches |i - j| = h: by reflection 2 Σₖ (-1)^(k-1) C(2n, n-kh) / C(2n, n)
 * (B. V. Gnedenko and V. S. Korolyuk 1951), evaluated from the last term to the first, by ratios of neighbours.
 */
function equalSizesSf(h: number, n: number): number {
  let sum = 0;
  for (let k = Math.floor(n / h) - 1; k >= 0; k--) {
    let ratio = 1;
    for (let i = 0; i < h; i++) ratio *= (n - k * h - i) / (n + k * h + i + 1);
    sum = ratio * (1 - sum);
  }
  return Math.min(1, 2 * sum);
}

/**
 * Of paths to (n, m), n ≤ m, the share that was at |i m - j n| ≥ distance × divisor. The share at a point is the mean of the
 * shares at the two points before it, weighted i : j. No share is subtracted, so that small ones keep their digits.
 */
function shareOutside(distance: number, n: number, m: number, divisor: number): number {
  const right = m / divisor;
  const up = n / divisor;
  const share = new Float64Array(m + 1).fill(1); // Of row i, by j; outside the band it is 1.
  for (let i = 0; i <= n; i++) {
    const first = Math.max(0, Math.floor((i * right - distance) / up) + 1);
    const last = Math.min(m, Math.ceil((i * right + distance) / up) - 1);
    let before = first === 0 ? 0 : 1;
    for (let j = first; j <= last; j++) {
      if (i + j > 0) before = (i * share[j]! + j * before) / (i + j);
      share[j] = before;
    }
  }
  return share[m]!;
}
