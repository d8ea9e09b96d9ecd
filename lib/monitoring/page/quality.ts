import type { QualityJudgement } from '../../statistics/quality/quality';
import type { Html } from './html';
import { clip, html } from './html';
import { formatCount, formatNumber, formatPValue, isNumber } from './numbers';
import { coordinate, percent } from './svg';
import { FLAG, METRIC_NAMES } from './tests';

/** Half the width of the range that holds the true value in 95 of 100 cases, in standard errors. */
const RANGE = 1.96;

const VERDICTS: Readonly<Record<QualityJudgement['verdict'], string>> = {
  poor: 'Quality is poor',
  fine: 'Quality is fine',
  notEnoughData: 'Quality: not enough labels for a verdict',
};

/** How good the predictions were, against what became true. */
export function qualitySection(quality: QualityJudgement): Html {
  return html`<section aria-labelledby="quality" class="quality">
    <h2 id="quality">${quality.verdict === 'poor' ? FLAG : undefined}${VERDICTS[quality.verdict]}</h2>
    <p class="reason">${clip(quality.reason, 2000)}</p>
    ${strip(quality)}
    <dl class="run">
      ${fact(METRIC_NAMES[quality.metric], valueText(quality))}${fact('Limit', formatNumber(quality.limit))}
      ${fact('Poor beyond', `${formatNumber(quality.threshold)} (the limit, moved by what chance explains)`)}
      ${fact('p-value', formatPValue(quality.pValue))}${fact('Labelled predictions', formatCount(quality.rows))}
      ${fact('Without a label yet', formatCount(quality.unlabelled))}
    </dl>
  </section>`;
}

function fact(name: string, value: string): Html {
  return html`<div>
    <dt>${name}</dt>
    <dd>${value}</dd>
  </div>`;
}

function valueText({ value, standardError }: QualityJudgement): string {
  if (!isNumber(value)) return 'not known';
  return isNumber(standardError)
    ? `${formatNumber(value)} ± ${formatNumber(RANGE * standardError, 2)}`
    : formatNumber(value);
}

/** Value with its range, limit and threshold on one line. */
function strip({ value, standardError, limit, threshold }: QualityJudgement): Html | undefined {
  if (!isNumber(value)) return undefined;
  const around = isNumber(standardError) ? RANGE * standardError : 0;
  const marks = [value - around, value + around, limit, threshold].filter(isNumber);
  const [low, high] = [Math.min(...marks), Math.max(...marks)];
  const at = (x: number) => percent(high > low ? 0.08 + (0.84 * (x - low)) / (high - low) : 0.5);
  return html`<svg width="100%" height="74" role="img" aria-labelledby="quality-t">
    <title id="quality-t">The measured value with its 95 % range, the limit and the threshold on one scale</title>
    <line class="axis" x1="0" x2="100%" y1="36" y2="36" />
    <line class="range" x1="${at(value - around)}" x2="${at(value + around)}" y1="36" y2="36" />
    <circle class="value" cx="${at(value)}" cy="36" r="6" />
    ${mark(at(limit), limit, 'limit', 70)}${isNumber(threshold) ? mark(at(threshold), threshold, 'poor beyond', 14) : undefined}
  </svg>`;
}

function mark(x: string, value: number, name: string, y: number): Html {
  const right = parseFloat(x) > 50;
  return html`<line
      class="mark"
      x1="${x}"
      x2="${x}"
      y1="${coordinate(Math.min(y + 6, 36))}"
      y2="${coordinate(Math.max(y - 14, 44))}"
    />
    <text x="${x}" y="${y}" text-anchor="${right ? 'end' : 'start'}">${name} ${formatNumber(value)}</text>`;
}
