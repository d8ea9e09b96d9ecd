import type { DriftFinding, FindingTest } from '../../statistics/drift/judgement';
import type { ColumnBins, ColumnCounts } from '../../statistics/profile/profile';
import type { DriftReport } from '../report';
import { categoryChart, categorySparkline } from './category-chart';
import { quantile } from './display-bins';
import type { Html } from './html';
import { clip, html, nameHtml } from './html';
import { formatCount, formatNumber, formatShare, formatTime } from './numbers';
import { numericChart, numericSparkline } from './numeric-chart';
import { bullet, bulletScale, findingHtml, formatRatio, ratioOf } from './tests';

/** What changed, in a word, where it is not the distribution. */
const SUBJECTS: Partial<Record<FindingTest, string>> = {
  missingShare: 'missing values',
  outOfRangeShare: 'range',
};

/** Most characters of a reason that are shown. */
export const REASON_LENGTH = 2000;

/** A column with what was counted and found. */
export interface ReportColumn {
  /** Names its elements on the page. */
  readonly id: string;
  readonly bins: ColumnBins;
  readonly baseline: ColumnCounts;
  readonly window: ColumnCounts;
  readonly baselineRows: number;
  readonly windowRows: number;
  /** Worst first. */
  readonly findings: readonly DriftFinding[];
  readonly drifted: boolean;
  /** ISO 8601. */
  readonly since?: string;
  /** Of the bullets, in thresholds. */
  readonly scale: number;
}

/** The columns of a report, those that drifted first, then by the statistic divided by its threshold. */
export function rankColumns(report: DriftReport): ReportColumn[] {
  const findings = new Map<string, DriftFinding[]>();
  for (const finding of report.judgement.findings) {
    findings.set(finding.name, [...(findings.get(finding.name) ?? []), finding]);
  }
  const scale = bulletScale(report.judgement.findings);
  const columns = report.bins.map((bins, index) => reportColumn(report, index, findings.get(bins.name) ?? [], scale));
  const worst = ({ findings: [first] }: ReportColumn) => (first ? ratioOf(first) : -1);
  return columns.sort((a, b) => Number(b.drifted) - Number(a.drifted) || worst(b) - worst(a) || 0);
}

function reportColumn(report: DriftReport, index: number, findings: DriftFinding[], scale: number): ReportColumn {
  const bins = report.bins[index];
  const since = new Map(Object.entries(report.columnsSince ?? {})).get(bins.name);
  return {
    id: `c${index}`,
    bins,
    baseline: report.baselineCounts.columns[index],
    window: report.windowCounts.columns[index],
    baselineRows: report.baselineCounts.rows,
    windowRows: report.windowCounts.rows,
    findings: findings.sort((a, b) => Number(b.drifted) - Number(a.drifted) || ratioOf(b) - ratioOf(a) || 0),
    drifted: findings.some(({ drifted }) => drifted),
    scale,
    ...(since ? { since } : {}),
  };
}

/** A column that drifted as one line of an overview: its name leads to the whole. */
export function overviewRow(column: ReportColumn): Html {
  const [worst] = column.findings;
  const changed = column.findings.filter(({ drifted }) => drifted).map(({ test }) => SUBJECTS[test] ?? 'distribution');
  return html`<tr>
    <th scope="row"><a href="#${column.id}">${nameHtml(column.bins.name)}</a></th>
    <td class="what">${changed.join(', ')}</td>
    <td class="spark">${sparkline(column)}</td>
    <td class="bullet">${bullet(worst, column.scale)}</td>
    <td class="number">${formatRatio(ratioOf(worst))}</td>
  </tr>`;
}

/** A column that drifted, in full. */
export function driftedColumn(column: ReportColumn): Html {
  return html`<article id="${column.id}" class="column">
    <h3>${nameHtml(column.bins.name)} <small>${kind(column)}</small></h3>
    ${columnBody(column)}
  </article>`;
}

/** Any column as one line that opens. */
export function foldedColumn(column: ReportColumn): Html {
  const [worst] = column.findings;
  return html`<details id="${column.id}" class="column">
    <summary>
      <span class="name">${nameHtml(column.bins.name)} <small>${kind(column)}</small></span>
      ${sparkline(column)}
      <span class="bullet">${worst ? bullet(worst, column.scale) : undefined}</span>
      <span class="number">${worst ? formatRatio(ratioOf(worst)) : 'not tested'}</span>
    </summary>
    ${columnBody(column)}
  </details>`;
}

function columnBody(column: ReportColumn): Html {
  const { bins, findings, since } = column;
  const told = findings.filter(({ drifted }) => drifted);
  return html`${(told.length > 0 ? told : findings).map(
      ({ reason }) => html`<p class="reason">${clip(reason, REASON_LENGTH)}</p>`,
    )}
    ${since ? html`<p class="since">Beyond its threshold since ${formatTime(since)}.</p>` : undefined}
    <div class="evidence">
      <div>
        ${chart(column) ?? html`<p>The baseline has no number in ${nameHtml(bins.name)}: there is no scale to draw on.</p>`}
      </div>
      <div>${findings.map((finding) => findingHtml(finding, column.scale))}${sharesTable(column)}</div>
    </div>`;
}

function kind({ bins }: ReportColumn): string {
  return `${bins.type} ${bins.role}`;
}

function chart({ bins, baseline, window, id }: ReportColumn): Html | undefined {
  return bins.type === 'numeric' ? numericChart(bins, baseline, window, id) : categoryChart(bins, baseline, window);
}

function sparkline({ bins, baseline, window }: ReportColumn): Html {
  const drawn =
    bins.type === 'numeric' ? numericSparkline(bins, baseline, window) : categorySparkline(bins, baseline, window);
  return drawn ?? html`<span></span>`;
}

/** What a distribution does not show, before and after. */
function sharesTable(column: ReportColumn): Html {
  const rows = [...shareRows(column), ...(column.bins.type === 'numeric' ? valueRows(column) : [])];
  return html`<table class="facts">
    <thead>
      <tr>
        <td></td>
        <th scope="col" class="number">Baseline</th>
        <th scope="col" class="number">Window</th>
      </tr>
    </thead>
    <tbody>
      ${rows.map(
        ([name, before, after]) =>
          html`<tr>
            <th scope="row">${name}</th>
            <td class="number">${before}</td>
            <td class="number">${after}</td>
          </tr>`,
      )}
    </tbody>
  </table>`;
}

type FactRow = readonly [name: string, before: string, after: string];

function shareRows({ bins, baseline, window, baselineRows, windowRows }: ReportColumn): FactRow[] {
  const share = (count: number, rows: number) => (rows > 0 ? formatShare(count / rows) : '–');
  const row = (name: string, count: (counts: ColumnCounts) => number): FactRow => [
    name,
    share(count(baseline), baselineRows),
    share(count(window), windowRows),
  ];
  const seen = (count: (counts: ColumnCounts) => number) => count(baseline) + count(window) > 0;
  const invalid = bins.type === 'numeric' ? 'Not a number' : 'Not a single value';
  return [
    ['Rows', formatCount(baselineRows), formatCount(windowRows)],
    row('Missing', ({ absent, missing }) => absent + missing),
    ...(seen((counts) => counts.invalid) ? [row(invalid, (counts) => counts.invalid)] : []),
    ...(bins.type === 'numeric' ? [row('Out of range', outOfRange)] : []),
    ...(seen((counts) => counts.infinite) ? [row('Of these infinite', (counts) => counts.infinite)] : []),
  ];
}

function outOfRange({ counts }: ColumnCounts): number {
  return counts.length > 1 ? counts[0] + counts[counts.length - 1] : 0;
}

function valueRows({ bins, baseline, window }: ReportColumn): FactRow[] {
  const cuts = bins.type === 'numeric' ? bins.cuts : [];
  const at = (q: number): FactRow[1][] =>
    [baseline, window].map(({ counts }) => formatNumber(quantile(cuts, counts, q)));
  return [
    ['Least', formatNumber(baseline.least), formatNumber(window.least)],
    ['Lower quartile', at(0.25)[0], at(0.25)[1]],
    ['Median', at(0.5)[0], at(0.5)[1]],
    ['Upper quartile', at(0.75)[0], at(0.75)[1]],
    ['Greatest', formatNumber(baseline.greatest), formatNumber(window.greatest)],
  ];
}
