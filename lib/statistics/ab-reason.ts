/** The reason of a verdict, in words with the numbers. */
import type { AbTotals, ResolvedRules } from './ab-input';
import type { AbCause, AbDecision, AbEvidence } from './ab-evidence';
import type { MetricName } from './ab-metrics';
import type { AbClaim, AbMetric } from './ab-report';

/** What there is to explain. */
export interface AbCase {
  readonly decision: AbDecision;
  readonly cause: AbCause;
  readonly metrics: readonly AbMetric[];
  readonly evidence: AbEvidence;
  readonly totals: AbTotals;
  readonly rules: ResolvedRules;
}

const NAMES: Readonly<Record<MetricName, string>> = { errors: 'errors', slow: 'slow requests', quality: 'quality' };

/** 41200 → 41,200. */
function whole(value: number): string {
  return String(Math.round(value)).replace(/\B(?=(\d{3})+$)/g, ',');
}

/** Three digits that count, without an exponent where people read. */
function short(value: number): string {
  if (value === 0) return '0';
  if (value >= 1000 && value < 1e6) return whole(Number(value.toPrecision(3)));
  return value >= 1e-4 && value < 1e6 ? String(Number(value.toPrecision(3))) : value.toExponential(1);
}

/** A ratio: 1 → "1.00". */
function times(ratio: number | undefined): string {
  return ratio === undefined ? 'any' : ratio >= 0.01 && ratio < 1000 ? ratio.toPrecision(3) : short(ratio);
}

function percent(share: number | undefined): string {
  return share === undefined ? 'unknown' : `${short(share * 100)} %`;
}

/** How strong a claim is against what it needs: odds that were bet against its opposite and won. */
function odds({ eValue, needed }: AbClaim): string {
  const won = eValue >= 1e6 ? 'over 1,000,000' : short(eValue);
  return `evidence ${won} to 1, ${short(needed)} needed`;
}

/** "errors 1.02 % against the champion's 1 %, 1.02 times (0.780 to 1.34)". */
function figures(metric: AbMetric): string {
  const sides = `${percent(metric.challenger)} against the champion's ${percent(metric.champion)}`;
  if (metric.estimate === undefined) return sides;
  const of = metric.name === 'quality' ? ' what it lacks' : '';
  return `${sides}, ${times(metric.estimate)} times${of} (${times(metric.lower)} to ${times(metric.upper)})`;
}

function limitOf({ margin }: ResolvedRules): string {
  return `${short(1 + margin)} times`;
}

/** What a metric still lacks, or has shown. */
function standing(metric: AbMetric, { rules, evidence }: AbCase): string {
  const name = NAMES[metric.name as MetricName];
  const found = evidence.findings.find((findings) => findings.name === metric.name)!;
  const claim = metric.notWorse ? `; ${odds(metric.notWorse)}` : '';
  if (!found.notWorse) return `${name} not shown to stay within ${limitOf(rules)}: ${figures(metric)}${claim}`;
  if (!found.anchored) return `${name} not shown to stay within ${limitOf(rules)} of ${anchorText(metric, rules)}`;
  return `${name} ${metric.status === 'better' ? 'better' : 'not worse'}: ${figures(metric)}${claim}`;
}

/** "the best recent champion's 1 %: 1.6 % against …". */
function anchorText(metric: AbMetric, { anchor }: ResolvedRules): string {
  const best = percent(anchor[metric.name as MetricName]);
  return `the best recent champion's ${best}: ${figures(metric)}${metric.anchored ? `; ${odds(metric.anchored)}` : ''}`;
}

/** Where the numbers come from. */
function basis({ champion, challenger, minutesUsed, minutesIncomplete }: AbTotals): string {
  const requests = `${whole(champion.requests + challenger.requests)} requests`;
  const left = minutesIncomplete > 0 ? ` (${whole(minutesIncomplete)} left out: one side unknown)` : '';
  return `${requests}, ${whole(challenger.requests)} of them to the challenger, in ${whole(minutesUsed)} min${left}`;
}

function standings(it: AbCase): string {
  return it.metrics
    .filter((metric) => metric.name !== 'sampleRatio')
    .map((metric) => standing(metric, it))
    .join('; ');
}

function harm(it: AbCase): string {
  const worse = it.metrics.filter((metric) => metric.status === 'worse');
  return worse
    .map((metric) => {
      const claim = metric.worse ? `; ${odds(metric.worse)}` : '';
      return `${NAMES[metric.name as MetricName]} worse than ${limitOf(it.rules)} the champion's: ${figures(metric)}${claim}`;
    })
    .join('; ');
}

function wrongShare({ metrics, rules }: AbCase): string {
  const metric = metrics.find((one) => one.name === 'sampleRatio')!;
  const range = `${percent(metric.lower)} to ${percent(metric.upper)}`;
  const got = `the challenger got ${percent(metric.challenger)} of the requests (${range}), not the ${percent(rules.share)} meant`;
  return `${got}; ${odds(metric.wrong!)}: requests are lost or not assigned at random, so the sides cannot be compared`;
}

/** What is asked for beyond "not worse". */
function missingGain({ rules, evidence }: AbCase): string {
  const gained = rules.goal === 'notWorse' || evidence.findings.some((metric) => metric.better);
  return gained ? '' : 'no metric shown better than the champion, which the goal "superior" asks for; ';
}

/** The reason of a verdict in one sentence or two. */
export function explain(it: AbCase): string {
  const seen = it.totals.minutesUsed > 0 ? basis(it.totals) : 'no minute yet with figures of both sides';
  switch (it.cause) {
    case 'wrongShare':
      return `Rejected: ${wrongShare(it)} (${seen}).`;
    case 'harm':
      return `Rejected: ${harm(it)} (${seen}).`;
    case 'shown':
      return `Promoted: ${standings(it)} (${seen}).`;
    case 'timeLimit':
      return `Rejected: undecided when the time was up, the champion stays: ${missingGain(it)}${standings(it)} (${seen}).`;
    case 'tooEarly':
      return `Undecided so far: ${missingGain(it)}${standings(it)} (${seen}).`;
  }
}
