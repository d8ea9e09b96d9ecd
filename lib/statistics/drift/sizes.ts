/** What two samples are worth, and how surely that is known. */
import { chiSquaredSf, fSf, normalQuantile } from '../distributions';
import type { DesignEffect } from './effective-size';

export interface EffectiveSizes {
  /** Independent rows that the baseline is worth. */
  readonly baseline: number;
  /** Independent rows that the window is worth. */
  readonly window: number;
  /** Of the design effect; Infinity where rows are independent. */
  readonly degreesOfFreedom: number;
}

export function effectiveSizes(
  baseline: number,
  window: number,
  { effect, degreesOfFreedom }: DesignEffect,
): EffectiveSizes {
  return { baseline: baseline / effect, window: window / effect, degreesOfFreedom };
}

/** Size of one sample from which a known distribution is as far as these two are from each other: n m / (n + m). */
export function harmonicSize({ baseline, window }: EffectiveSizes): number {
  return baseline === 0 || window === 0 ? 0 : 1 / (1 / baseline + 1 / window);
}

/** P(X > x) for a sum of `terms` squared normals over an estimated variance: Fisher's distribution, or chi-squared. */
export function squaresSf(x: number, terms: number, { degreesOfFreedom }: EffectiveSizes): number {
  return degreesOfFreedom === Infinity ? chiSquaredSf(x, terms) : fSf(x / terms, terms, degreesOfFreedom);
}

/**
 * A p-value for a known variance, made one for an estimated variance: the same number of standard errors under Student's
 * distribution instead of the normal one. t² has Fisher's distribution with 1 and the degrees of freedom.
 */
export function studentized(pValue: number, { degreesOfFreedom }: EffectiveSizes): number {
  if (degreesOfFreedom === Infinity || pValue <= 0 || pValue >= 1) return pValue;
  return fSf(normalQuantile(pValue / 2) ** 2, 1, degreesOfFreedom);
}
