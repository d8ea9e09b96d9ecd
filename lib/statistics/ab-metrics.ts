/**
 * What the counts show about each metric.
 *
 * **Errors and slow requests.** Each request goes to the challenger with probability `share`, and fails there `ratio` times
 * as often. Given that a request failed, it was the challenger's with probability share·ratio / (1-share + share·ratio),
 * whatever the rate itself is at that moment: a burst that hits both sides, nights and weekends cancel out. The failed
 * requests are thus yes–no observations about the ratio alone. (Conditional on their total: Przyborowski, Wilenski,
 * Biometrika 1940; with mixtures, under continuous looking and rates that change in time: Lindon, Malek, NeurIPS 2022.)
 * What it asks for: requests are assigned one by one, at random, and fail independently within a minute and side. An
 * instance that breaks on one side alone counts against that side, as it should, but with more weight than luck deserves.
 *
 * **Quality** is judged by what it lacks, 1-quality, with one confidence sequence per side: so the margin means the same.
 *
 * **Sample ratio.** All requests are yes–no observations about the share (the multinomial test of Lindon and Malek, with
 * two arms). A wrong share means that the assignment is not what the other tests build on.
 */
import type { AbTotals, QualityObservations, ResolvedRules, SideCounts } from './ab-input';
import type { Interval, Tally } from './binomial-evidence';
import { confidenceSequence, evidenceAbove, evidenceAgainst, evidenceBelow, priorAround } from './binomial-evidence';
import { boundedMean } from './bounded-mean';
import { logAdd } from './special-functions';

export type RateName = 'errors' | 'slow';
export type MetricName = RateName | 'quality';

/** What is shown about a metric. Several may hold. */
export interface Findings {
  readonly name: MetricName;
  /** Within the margin of the champion, or negligible. */
  readonly notWorse: boolean;
  /** Within the margin of the anchor, or negligible; true without an anchor. */
  readonly anchored: boolean;
  /** Beyond the margin of the champion, and not negligible. */
  readonly worse: boolean;
  /** Better than the champion. */
  readonly better: boolean;
}

/** Logarithms of e-values: what each claim is worth. */
export interface RateEvidence {
  readonly notWorse: number;
  readonly anchored: number;
  readonly worse: number;
  readonly better: number;
}

/** Part of the stake that goes on "negligible" instead of "within the margin": costs the latter 0.1 of about 3 units. */
const STAKE_ON_NEGLIGIBLE = 0.1;

/** Deviation of the priors in distances between the limit and where the evidence is sought. Tuned by simulation: power only. */
const SPREAD = 0.5;

/** Weight of the sample-ratio prior in requests: it is sharpest against shares that are off by about 6 %. */
const RATIO_CHECK_WEIGHT = 1000;

/** Probability that a failed request is the challenger's, when it fails `ratio` times as often. */
export function challengerShare(share: number, ratio: number): number {
  return (share * ratio) / (1 - share + share * ratio);
}

/** The ratio of rates that gives the challenger this part of the failed requests. */
export function ratioAt(share: number, theta: number): number {
  return theta === 1 ? Infinity : (theta * (1 - share)) / ((1 - theta) * share);
}

/** Limit and prior of a test on the ratio: evidence is sought at `likely`. */
export function ratioTest(share: number, ratio: number, likely: number) {
  const limit = challengerShare(share, ratio);
  const centre = challengerShare(share, likely);
  return { limit, prior: priorAround(centre, SPREAD * Math.abs(limit - centre)) };
}

/** Limit and prior of a test that the challenger's own rate is below a limit: evidence is sought at `likely`. */
export function rateTest(limit: number, likely: number) {
  return { limit, prior: priorAround(likely, Math.min(likely, limit - likely)) };
}

/** The test that a rate is negligible. */
export function negligibleTest(negligibleRate: number) {
  return rateTest(negligibleRate, negligibleRate / 3);
}

/** The test of the ratio's upper limit with the rest of the stake: what it adds to the logarithm. */
export function stakeOnRatio(negligibleRate: number): number {
  return negligibleRate > 0 ? Math.log1p(-STAKE_ON_NEGLIGIBLE) : 0;
}

/** What the negligible test adds to the logarithm of its e-value for its part of the stake. */
export const STAKE_OFF_RATIO = Math.log(STAKE_ON_NEGLIGIBLE);

function tallyOf(name: RateName, { champion, challenger }: AbTotals): Tally {
  return { yes: challenger[name], no: champion[name] };
}

function ownTally(name: RateName, counts: SideCounts): Tally {
  return { yes: counts[name], no: counts.requests - counts[name] };
}

/** ln of the e-value against "beyond the margin and not negligible": both bets in one purse, so α is spent once. */
function notWorseEvidence(name: RateName, totals: AbTotals, rules: ResolvedRules): number {
  const { limit, prior } = ratioTest(rules.share, 1 + rules.margin, 1);
  const within = evidenceBelow(tallyOf(name, totals), limit, prior);
  if (rules.negligibleRate === 0) return within;
  const low = negligibleTest(rules.negligibleRate);
  const negligible = evidenceBelow(ownTally(name, totals.challenger), low.limit, low.prior);
  return logAdd(stakeOnRatio(rules.negligibleRate) + within, STAKE_OFF_RATIO + negligible);
}

/** ln of the e-value against "beyond the margin of the anchor, and not negligible": one limit, the larger of both. */
function anchoredEvidence(name: RateName, totals: AbTotals, rules: ResolvedRules): number {
  const anchor = rules.anchor[name];
  if (anchor === undefined) return Infinity;
  const limit = (1 + rules.margin) * anchor;
  if (limit >= 1) return Infinity;
  if (Math.max(limit, rules.negligibleRate) === 0) return -Infinity;
  const test = limit > rules.negligibleRate ? rateTest(limit, anchor) : negligibleTest(rules.negligibleRate);
  return evidenceBelow(ownTally(name, totals.challenger), test.limit, test.prior);
}

/** ln of the e-value against "within the margin, or negligible": each of the two must be refuted, so the smaller counts. */
function worseEvidence(name: RateName, totals: AbTotals, { share, margin, negligibleRate }: ResolvedRules): number {
  const { limit, prior } = ratioTest(share, 1 + margin, (1 + margin) ** 2);
  const beyond = evidenceAbove(tallyOf(name, totals), limit, prior);
  if (negligibleRate === 0) return beyond;
  const likely = Math.min(3 * negligibleRate, (1 + negligibleRate) / 2);
  const noticeable = evidenceAbove(
    ownTally(name, totals.challenger),
    negligibleRate,
    priorAround(likely, likely - negligibleRate),
  );
  return Math.min(beyond, noticeable);
}

/** Weighs the errors or the slow requests. */
export function weighRate(name: RateName, totals: AbTotals, rules: ResolvedRules): RateEvidence {
  const tally = tallyOf(name, totals);
  const gain = ratioTest(rules.share, 1, 1 / (1 + rules.margin));
  return {
    notWorse: notWorseEvidence(name, totals, rules),
    anchored: anchoredEvidence(name, totals, rules),
    worse: worseEvidence(name, totals, rules),
    better: evidenceBelow(tally, gain.limit, gain.prior),
  };
}

/** How many checks share α: metrics that may show a gain; and, with the sample ratio, all that may reject. */
export interface Shares {
  readonly gains: number;
  readonly rejections: number;
}

/** What the evidence shows: promotion needs all metrics, so each has all of α; any may reject or gain, so these share it. */
export function findRate(name: RateName, evidence: RateEvidence, alpha: number, shares: Shares): Findings {
  return {
    name,
    notWorse: evidence.notWorse >= -Math.log(alpha),
    anchored: evidence.anchored >= -Math.log(alpha),
    worse: evidence.worse >= Math.log(shares.rejections / alpha),
    better: evidence.better >= Math.log(shares.gains / alpha),
  };
}

/** The always-valid interval of the ratio of rates at 1-α. */
export function ratioInterval(name: RateName, totals: AbTotals, rules: ResolvedRules): Interval {
  const { prior } = ratioTest(rules.share, 1 + rules.margin, 1);
  const { lower, upper } = confidenceSequence(tallyOf(name, totals), rules.alpha, prior);
  return { lower: ratioAt(rules.share, lower), upper: ratioAt(rules.share, upper) };
}

/** Always-valid bounds of what quality lacks, on both sides; together they miss with probability at most α. */
export function qualityLoss({ champion, challenger }: QualityObservations, alpha: number) {
  const loss = (grades: readonly number[]): Interval => {
    const { lower, upper } = boundedMean(grades, alpha);
    return { lower: 1 - upper, upper: 1 - lower };
  };
  return { champion: loss(champion), challenger: loss(challenger) };
}

/** Compares quality: each claim uses one bound of either side, which at α miss with α/2 each. */
export function findQuality(quality: QualityObservations, rules: ResolvedRules, shares: Shares): Findings {
  const { alpha, margin, negligibleRate, anchor } = rules;
  const all = qualityLoss(quality, alpha);
  const rejecting = qualityLoss(quality, alpha / shares.rejections);
  const gaining = qualityLoss(quality, alpha / shares.gains);
  const negligible = all.challenger.upper < negligibleRate;
  const anchorLimit = anchor.quality === undefined ? Infinity : (1 + margin) * (1 - anchor.quality);
  return {
    name: 'quality',
    notWorse: negligible || all.challenger.upper < (1 + margin) * all.champion.lower,
    anchored: negligible || all.challenger.upper < anchorLimit,
    worse: rejecting.challenger.lower > Math.max(negligibleRate, (1 + margin) * rejecting.champion.upper),
    better: gaining.challenger.upper < gaining.champion.lower,
  };
}

/** ln of the e-value against the meant share of requests, and the prior of its interval. */
export function weighSampleRatio({ champion, challenger }: AbTotals, share: number) {
  const prior = { a: RATIO_CHECK_WEIGHT * share, b: RATIO_CHECK_WEIGHT * (1 - share) };
  const tally = { yes: challenger.requests, no: champion.requests };
  return { evidence: evidenceAgainst(tally, share, prior), tally, prior };
}
