/**
 * The quality judge: predictions with what became true in; poor, fine or not enough data out, with the reason in words.
 *
 * Quality is poor when it is beyond its limit by more than chance explains: at the limit itself, chance would show so poor a
 * value with a probability of at most alpha.
 */
import { criticalValue } from '../drift/critical-value';
import { percent, short, whole } from '../figures';
import type { Evidence, Side } from './measures';
import { evidenceOf } from './measures';
import type { JoinedPredictions, MeasuredQuality, QualityJudgement, QualityMetric, QualityRules } from './quality';

/** A limit, and which side of it is poor. */
interface Limit {
  readonly limit: number;
  readonly side: Side;
}

/** Measures of losses have no upper end; the others are shares. */
const LOSSES: readonly QualityMetric[] = ['logLoss', 'rmse', 'mae'];

/**
 * Measures quality. The positive class is the greater of two; scores from one half on predict it.
 * @throws RangeError when predictions and labels are not what the measure is of, in words
 */
export function measureQuality(metric: QualityMetric, joined: JoinedPredictions): MeasuredQuality {
  const { value, standardError } = evidenceOf(metric, joined);
  return { metric, value, standardError, rows: joined.labels.length };
}

function limitOf({ minimum, maximum }: QualityRules): Limit {
  if ((minimum === undefined) === (maximum === undefined)) {
    throw new RangeError(
      `quality has either a minimum or a maximum, got ${minimum === undefined ? 'neither' : 'both'}`,
    );
  }
  return minimum === undefined ? { limit: maximum!, side: 'above' } : { limit: minimum, side: 'below' };
}

/** The limit, moved by what chance explains. */
function thresholdOf({ tail }: Evidence, { limit, side }: Limit, { metric, alpha }: QualityRules): number {
  if (side === 'below') return limit - criticalValue((x) => tail(limit - x, limit, side), alpha, limit);
  const most = LOSSES.includes(metric) ? Infinity : 1 - limit;
  return limit + criticalValue((x) => tail(limit + x, limit, side), alpha, most);
}

/** Accuracy and its like as a percentage, losses as they are. */
function amount(metric: QualityMetric, value: number): string {
  return LOSSES.includes(metric) || metric === 'auc' || metric === 'f1' ? short(value) : percent(value);
}

function explain(rules: QualityRules, { limit, side }: Limit, value: number, threshold: number, rows: number): string {
  const { metric } = rules;
  const of = `${metric} ${amount(metric, value)} over ${whole(rows)} rows`;
  const limited = `the ${side === 'below' ? 'minimum' : 'maximum'} of ${amount(metric, limit)}`;
  const beyond = side === 'below' ? value < limit : value > limit;
  if (!beyond) return `${of}: within ${limited}`;
  const poor = side === 'below' ? value < threshold : value > threshold;
  return `${of}: ${side} ${limited} by ${poor ? 'more' : 'no more'} than chance explains (to ${amount(metric, threshold)})`;
}

/**
 * Judges quality. What cannot be measured is no verdict, with the reason.
 *
 * @param unlabelled predictions of the window that have no label yet
 * @throws RangeError when the rules have no limit, or two
 */
export function judgeQuality(joined: JoinedPredictions, unlabelled: number, rules: QualityRules): QualityJudgement {
  const limit = limitOf(rules);
  const rows = joined.labels.length;
  const known = { metric: rules.metric, limit: limit.limit, rows, unlabelled };
  const without = (reason: string): QualityJudgement => {
    const nothing = { value: null, standardError: null, threshold: null, pValue: null };
    return { verdict: 'notEnoughData', reason, ...known, ...nothing };
  };
  if (rows < rules.minimumSamples) {
    const waiting = unlabelled > 0 ? `; ${whole(unlabelled)} more wait for their label` : '';
    return without(
      `${whole(rows)} predictions with a label, at least ${whole(rules.minimumSamples)} are needed${waiting}`,
    );
  }
  let evidence: Evidence;
  try {
    evidence = evidenceOf(rules.metric, joined);
  } catch (error) {
    if (error instanceof RangeError) return without(error.message);
    throw error;
  }
  const { value, standardError, tail } = evidence;
  const threshold = thresholdOf(evidence, limit, rules);
  const poor = limit.side === 'below' ? value < threshold : value > threshold;
  return {
    verdict: poor ? 'poor' : 'fine',
    reason: explain(rules, limit, value, threshold, rows),
    ...known,
    value,
    standardError: Number.isFinite(standardError) ? standardError : null,
    threshold,
    pValue: tail(value, limit.limit, limit.side),
  };
}
