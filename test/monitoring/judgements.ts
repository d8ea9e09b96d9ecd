import type { SeenRun } from '../../lib/monitoring/settle';
import type { DriftFinding, DriftJudgement, DriftVerdict } from '../../lib/statistics/drift/judgement';
import type { QualityJudgement } from '../../lib/statistics/quality/quality';

export function finding(name: string, statistic: number, changes: Partial<DriftFinding> = {}): DriftFinding {
  return {
    name,
    type: 'numeric',
    role: 'feature',
    test: 'psi',
    statistic,
    pValue: 0.5,
    configuredThreshold: 0.2,
    threshold: 0.2,
    drifted: statistic > 0.2,
    baselineRows: 1000,
    windowRows: 500,
    effectiveRows: 500,
    statisticBound: 0,
    reason: `${name} is at ${statistic}`,
    ...changes,
  };
}

/** The judgement of columns by their statistics, each with a threshold of 0.2. */
export function judged(columns: Readonly<Record<string, number>>, verdict?: DriftVerdict): DriftJudgement {
  const findings = Object.entries(columns).map(([name, statistic]) => finding(name, statistic));
  const drifted = findings.filter((one) => one.drifted);
  const said = verdict ?? (drifted.length > 0 ? 'drift' : 'noDrift');
  return {
    verdict: said,
    reason: said === 'notEnoughData' ? '3 rows, at least 500 are needed' : `${drifted.length} columns drifted`,
    rows: 500,
    baselineRows: 1000,
    findings,
    schema: [],
    driftedShare: findings.length > 0 ? drifted.length / findings.length : 0,
    maxDrift: Math.max(0, ...Object.values(columns)) / 0.2,
  };
}

/** The judgement of an AUC that shall be at least 0.75 and is poor below 0.7. */
export function auc(value: number | null): QualityJudgement {
  const verdict = value === null ? 'notEnoughData' : value < 0.7 ? 'poor' : 'fine';
  const known = value === null ? null : 0.7;
  return {
    verdict,
    reason: `auc is ${value}`,
    metric: 'auc',
    value,
    standardError: known,
    limit: 0.75,
    threshold: known,
    pValue: known,
    rows: 500,
    unlabelled: 0,
  };
}

const START = Date.parse('2026-11-25T00:00:00Z');

/** Noon is 12. */
export const hour = (index: number) => new Date(START + index * 3_600_000).toISOString();

/** The run at an hour; it looks at two. */
export function seen(index: number, judgement: DriftJudgement, more: Partial<SeenRun> = {}): SeenRun {
  return { id: `run-${index}`, at: hour(index), windowHours: 2, judgement, ...more };
}
