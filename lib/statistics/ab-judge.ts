/**
 * The A/B judge: counts of champion and challenger in; promote, reject or continue out, with the reason in words.
 *
 * **Promotion** needs every metric to be shown not worse than the champion within the margin, each at α: the challenger is
 * promoted wrongly only if one metric that is truly worse passes, so nothing is divided (intersection–union test: R. Berger,
 * Technometrics 1982). `superior` needs one of the m metrics to be shown better besides, at α/m.
 *
 * **Rejection** follows when any metric is shown worse than the margin tolerates, or the share of requests to be wrong,
 * each at α/k, where k counts all of these checks (Bonferroni). What lies within the margin was tolerated, what is
 * negligible nobody minds: neither is harm.
 *
 * All tests hold under continuous looking, so the judge may be asked after every minute and its first verdict taken. It
 * looks at what the evidence is now, not at its best moment: a challenger that decays while quality labels are still on
 * their way loses what it had shown.
 */
import type { AbCause, AbDecision, AbEvidence } from './ab-evidence';
import type { AbTest, AbTotals, CountedTest, QualityObservations, ResolvedRules } from './ab-input';
import { addMinutes, checkTest, NO_TOTALS, resolveRules } from './ab-input';
import type { RateName, Shares } from './ab-metrics';
import { findQuality, findRate, weighRate, weighSampleRatio } from './ab-metrics';
import type { AbMetric } from './ab-report';
import { describeQuality, describeRate, describeSampleRatio } from './ab-report';
import { explain } from './ab-reason';

export interface AbVerdict {
  readonly decision: AbDecision;
  /** Why: `harm` and `wrongShare` speak against the challenger or its traffic, `timeLimit` against nobody. */
  readonly cause: AbCause;
  /** Words that a person understands, with the numbers. */
  readonly reason: string;
  /** Errors, slow requests, quality if there is any, and the share of requests. */
  readonly metrics: readonly AbMetric[];
}

const RATES: readonly RateName[] = ['errors', 'slow'];

/** Weighs the evidence: numbers only, fast enough to ask at every minute of ten thousand simulated tests. */
export function weigh(totals: AbTotals, rules: ResolvedRules, quality?: QualityObservations): AbEvidence {
  const metrics = RATES.length + (quality ? 1 : 0);
  const shares: Shares = { gains: metrics, rejections: metrics + 1 };
  const rates = { errors: weighRate('errors', totals, rules), slow: weighRate('slow', totals, rules) };
  const findings = RATES.map((name) => findRate(name, rates[name], rules.alpha, shares));
  if (quality) findings.push(findQuality(quality, rules, shares));
  const sampleRatio = weighSampleRatio(totals, rules.share).evidence;
  const wrongShare = sampleRatio >= Math.log(shares.rejections / rules.alpha);
  return { rates, findings, sampleRatio, wrongShare, shares };
}

/** True when all is shown that the goal asks for. */
function shown({ findings }: AbEvidence, { goal }: ResolvedRules): boolean {
  const holds = findings.every((metric) => metric.notWorse && metric.anchored);
  return holds && (goal === 'notWorse' || findings.some((metric) => metric.better));
}

/** Decides. A wrong share comes first, since it puts the other tests in doubt; then harm; time runs out last. */
export function decide(
  evidence: AbEvidence,
  rules: ResolvedRules,
  timeIsUp: boolean,
): { readonly decision: AbDecision; readonly cause: AbCause } {
  if (evidence.wrongShare) return { decision: 'reject', cause: 'wrongShare' };
  if (evidence.findings.some((metric) => metric.worse)) return { decision: 'reject', cause: 'harm' };
  if (shown(evidence, rules)) return { decision: 'promote', cause: 'shown' };
  return timeIsUp ? { decision: 'reject', cause: 'timeLimit' } : { decision: 'continue', cause: 'tooEarly' };
}

/** Judges a test by its running totals, as it stands. Pure: the same test gives the same verdict. */
export function judgeTotals(test: CountedTest): AbVerdict {
  const rules = resolveRules(test);
  checkTest(test);
  const { totals, quality } = test;
  const evidence = weigh(totals, rules, quality);
  const { decision, cause } = decide(evidence, rules, test.elapsedMinutes >= test.maximumMinutes);
  const metrics = evidence.findings.map((findings) =>
    findings.name === 'quality'
      ? describeQuality(findings, quality!, rules)
      : describeRate(findings, evidence, totals, rules),
  );
  metrics.push(describeSampleRatio(totals, evidence, rules));
  return { decision, cause, reason: explain({ decision, cause, metrics, evidence, totals, rules }), metrics };
}

/** Judges a test by its minutes, as it stands. */
export function judgeAbTest(test: AbTest): AbVerdict {
  return judgeTotals({ ...test, totals: addMinutes(NO_TOTALS, test.minutes, test.warmUpMinutes) });
}
