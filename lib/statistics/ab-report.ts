/** What a verdict says of each metric, as plain data: it is stored in the deployment record. */
import type { AbTotals, QualityObservations, ResolvedRules } from './ab-input';
import type { AbEvidence } from './ab-evidence';
import type { Findings, MetricName, RateName } from './ab-metrics';
import { qualityLoss, ratioInterval, weighSampleRatio } from './ab-metrics';
import { confidenceSequence } from './binomial-evidence';

export type AbStatus = 'better' | 'notWorse' | 'worse' | 'undecided' | 'asMeant' | 'wrongShare';

/** A claim about a metric and its e-value: at least `needed` shows it; 1 / eValue is an anytime-valid p-value. */
export interface AbClaim {
  readonly eValue: number;
  readonly needed: number;
}

export interface AbMetric {
  readonly name: MetricName | 'sampleRatio';
  readonly status: AbStatus;

  /** Share of failed or slow requests, or mean quality; of requests for the sample ratio. None without observations. */
  readonly champion?: number;
  readonly challenger?: number;

  /**
   * Errors and slow requests: challenger's rate over champion's, freed of the traffic share. Quality: the same of what it
   * lacks. Sample ratio: the challenger's share. None where nothing was seen.
   */
  readonly estimate?: number;

  /** Confidence sequence of the estimate at 1-α over all looks together; an absent upper bound is none. */
  readonly lower: number;
  readonly upper?: number;

  /** Only of errors and slow requests: within the margin of the champion, of the anchor; beyond it; better. */
  readonly notWorse?: AbClaim;
  readonly anchored?: AbClaim;
  readonly worse?: AbClaim;
  readonly better?: AbClaim;

  /** Only of the sample ratio: that the share is not the meant one. */
  readonly wrong?: AbClaim;

  /** False when the anchor is what keeps the metric from passing. */
  readonly withinAnchor: boolean;
}

/** JSON has no infinity: beyond this an e-value says no more. */
const LARGEST = 1e300;

function claim(logarithm: number, needed: number): AbClaim {
  return { eValue: Math.min(LARGEST, Math.exp(logarithm)), needed };
}

function quotient(a: number, b: number): number | undefined {
  return b > 0 ? a / b : undefined;
}

function mean(values: readonly number[]): number | undefined {
  return quotient(
    values.reduce((sum, value) => sum + value, 0),
    values.length,
  );
}

function finite(value: number): number | undefined {
  return Number.isFinite(value) ? value : undefined;
}

function statusOf({ worse, better, notWorse, anchored }: Findings): AbStatus {
  if (worse) return 'worse';
  if (!notWorse || !anchored) return 'undecided';
  return better ? 'better' : 'notWorse';
}

/** Errors or slow requests. */
export function describeRate(
  findings: Findings,
  { rates, shares }: AbEvidence,
  totals: AbTotals,
  rules: ResolvedRules,
): AbMetric {
  const name = findings.name as RateName;
  const { champion, challenger } = totals;
  const once = 1 / rules.alpha;
  const interval = ratioInterval(name, totals, rules);
  const evidence = rates[name];
  return {
    name,
    status: statusOf(findings),
    champion: quotient(champion[name], champion.requests),
    challenger: quotient(challenger[name], challenger.requests),
    estimate: quotient(challenger[name] * (1 - rules.share), champion[name] * rules.share),
    lower: interval.lower,
    upper: finite(interval.upper),
    notWorse: claim(evidence.notWorse, once),
    ...(evidence.anchored !== Infinity && { anchored: claim(evidence.anchored, once) }),
    worse: claim(evidence.worse, shares.rejections * once),
    better: claim(evidence.better, shares.gains * once),
    withinAnchor: findings.anchored,
  };
}

/** Quality: the interval is of what it lacks, challenger's over champion's. */
export function describeQuality(findings: Findings, quality: QualityObservations, rules: ResolvedRules): AbMetric {
  const champion = mean(quality.champion);
  const challenger = mean(quality.challenger);
  const loss = qualityLoss(quality, rules.alpha / 2);
  return {
    name: 'quality',
    status: statusOf(findings),
    champion,
    challenger,
    estimate: champion === undefined || challenger === undefined ? undefined : quotient(1 - challenger, 1 - champion),
    lower: loss.challenger.lower / loss.champion.upper,
    upper: quotient(loss.challenger.upper, loss.champion.lower),
    withinAnchor: findings.anchored,
  };
}

/** The share of the requests that the challenger got. */
export function describeSampleRatio(totals: AbTotals, evidence: AbEvidence, rules: ResolvedRules): AbMetric {
  const { tally, prior } = weighSampleRatio(totals, rules.share);
  const share = quotient(tally.yes, tally.yes + tally.no);
  return {
    name: 'sampleRatio',
    status: evidence.wrongShare ? 'wrongShare' : 'asMeant',
    champion: share === undefined ? undefined : 1 - share,
    challenger: share,
    estimate: share,
    ...confidenceSequence(tally, rules.alpha, prior),
    wrong: claim(evidence.sampleRatio, evidence.shares.rejections / rules.alpha),
    withinAnchor: true,
  };
}
