import type { DriftFinding, FindingTest } from '../../statistics/drift/judgement';
import type { QualityMetric } from '../../statistics/quality/quality';
import type { Html } from './html';
import { html } from './html';
import { formatCount, formatNumber, formatPValue, isNumber } from './numbers';
import { percent } from './svg';

/** Marks what drifted, beside words that say so. */
export const FLAG = html`<span class="flag" aria-hidden="true">▲ </span>`;

/** Names of tests, for people. */
export const TEST_NAMES: Readonly<Record<FindingTest, string>> = {
  psi: 'Population stability index',
  ks: 'Kolmogorov–Smirnov distance',
  jensenShannon: 'Jensen–Shannon distance',
  lInfinity: 'Largest difference of a share',
  chiSquared: 'Cramér’s V',
  wasserstein: 'Wasserstein distance, in interquartile ranges',
  missingShare: 'Missing values',
  outOfRangeShare: 'Out of the baseline’s range',
};

export const METRIC_NAMES: Readonly<Record<QualityMetric, string>> = {
  accuracy: 'accuracy',
  precision: 'precision',
  recall: 'recall',
  f1: 'F1',
  auc: 'area under the ROC curve',
  logLoss: 'log loss',
  rmse: 'root mean squared error',
  mae: 'mean absolute error',
};

/** How many thresholds a statistic is worth: above 1 is drift. */
export function ratioOf({ statistic, threshold }: DriftFinding): number {
  const ratio = statistic / threshold;
  return Number.isNaN(ratio) ? 0 : ratio;
}

/** How many thresholds a bullet is long: one scale for all, so that they compare; from 2 to 6, what is longer is cut off. */
export function bulletScale(findings: readonly DriftFinding[]): number {
  const worst = findings.reduce((most, finding) => Math.max(most, ratioOf(finding)), 0);
  return Math.min(6, Math.max(2, Math.ceil(worst)));
}

/** `4.8 ×`, for a column beside its bullet. */
export function formatRatio(ratio: number): string {
  if (ratio >= 1000) return '> 1,000 ×';
  return `${ratio.toFixed(ratio < 1 ? 2 : ratio < 10 ? 1 : 0)} ×`;
}

/** A bar for the statistic on a scale of thresholds, with a mark where the threshold is. */
export function bullet(finding: DriftFinding, scale: number): Html {
  const ratio = ratioOf(finding);
  const mark = percent(1 / scale);
  return html`<svg class="bullet" width="100%" height="16" aria-hidden="true">
    <rect class="within" x="0" y="2" width="${mark}" height="12" />
    <rect class="beyond" x="${mark}" y="2" width="${percent(1 - 1 / scale)}" height="12" />
    <rect
      class="${finding.drifted ? 'measure drifted' : 'measure'}"
      x="0"
      y="5.5"
      width="${percent(ratio / scale)}"
      height="5"
    />
    <line class="mark" x1="${mark}" x2="${mark}" y1="0" y2="16" />
    ${ratio > scale ? html`<svg class="more" x="100%" overflow="visible"><path d="M-7,2L0,8L-7,14z" /></svg>` : undefined}
  </svg>`;
}

/** One test of a column: name, figures, bullet. */
export function findingHtml(finding: DriftFinding, scale: number): Html {
  return html`<div class="finding">
    <h4>${finding.drifted ? FLAG : undefined}${TEST_NAMES[finding.test]}</h4>
    <p class="figures">
      <b>${formatNumber(finding.statistic)}</b>
      ${finding.drifted ? 'is above' : 'is within'} the threshold ${formatNumber(finding.threshold)}
      <span class="ratio">${formatRatio(ratioOf(finding))}</span>
    </p>
    ${bullet(finding, scale)}
    <p class="small">${smallPrint(finding)}</p>
  </div>`;
}

function smallPrint(finding: DriftFinding): string {
  const raised = finding.threshold > finding.configuredThreshold;
  const parts = [
    `p = ${formatPValue(finding.pValue)}`.replace('= <', '<'),
    raised
      ? `threshold raised from ${formatNumber(finding.configuredThreshold)} for the size of the sample`
      : undefined,
    isNumber(finding.statisticBound) && finding.statisticBound > 0
      ? `exact to ± ${formatNumber(finding.statisticBound, 2)}`
      : undefined,
    rowsCompared(finding),
  ];
  return parts.filter((part) => part !== undefined).join(' · ');
}

function rowsCompared({ baselineRows, windowRows, effectiveRows }: DriftFinding): string {
  const worth = effectiveRows < windowRows ? `, worth ${formatCount(effectiveRows)} independent ones,` : '';
  return `${formatCount(windowRows)} rows${worth} against ${formatCount(baselineRows)}`;
}
