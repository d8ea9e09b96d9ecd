/**
 * What later challengers are held to.
 *
 * A test ends when its challenger looks good, so the rates that were counted until then flatter it, and the best of several
 * flatters most. Held to 1.5 times such a number, most challengers without any difference would be refused. An anchor is
 * therefore the worst rate that a champion's counts do not refute: the far end of its confidence sequence, which holds
 * whenever the test ended.
 */
import type { AbAnchor, AbTotals, QualityObservations } from './ab-input';
import type { MetricName, RateName } from './ab-metrics';
import { confidenceSequence } from './binomial-evidence';
import { boundedMean } from './bounded-mean';

/** Evidence about a rate of which nothing is known: Jeffreys' prior, at most ½ ln n from the best (Krichevsky, Trofimov 1981). */
const ANY_RATE = { a: 0.5, b: 0.5 };

/** What a promoted challenger is shown to be at its worst, each metric at 1-α: the anchor that it leaves. */
export function anchorShown(
  { challenger }: Pick<AbTotals, 'challenger'>,
  quality?: QualityObservations,
  alpha = 0.05,
): AbAnchor {
  const atMost = (name: RateName) => {
    const tally = { yes: challenger[name], no: challenger.requests - challenger[name] };
    return confidenceSequence(tally, alpha, ANY_RATE).upper;
  };
  return {
    errors: atMost('errors'),
    slow: atMost('slow'),
    ...(quality && { quality: boundedMean(quality.challenger, alpha).lower }),
  };
}

/** The anchor of a test: the best that the latest few champions left ({@link anchorShown}), metric by metric. */
export function anchorOf(recent: readonly AbAnchor[]): AbAnchor {
  const best = (name: MetricName, pick: (...values: number[]) => number) => {
    const values = recent.map((champion) => champion[name]).filter((value) => value !== undefined);
    return values.length > 0 ? { [name]: pick(...values) } : {};
  };
  return { ...best('errors', Math.min), ...best('slow', Math.min), ...best('quality', Math.max) };
}
