import type { Damage } from '../statistics/profile/profile';
import { columnSections } from './page/column-sections';
import { rankColumns, REASON_LENGTH } from './page/columns';
import type { Html } from './page/html';
import { clip, html, nameHtml, nameText, trusted } from './page/html';
import { counted, formatCount, formatShare, formatTime } from './page/numbers';
import { qualitySection } from './page/quality';
import { STYLE } from './page/style';
import { FLAG } from './page/tests';
import type { DriftReport } from './report';

/** Differences of the schema that are listed. */
const SCHEMA = 50;

/**
 * The report as an HTML page that stands alone: it loads nothing, runs no script, and shows the verdict, why, and each
 * column's distributions in the baseline and in the window, worst first; at most 200 columns.
 */
export function reportPage(report: DriftReport): string {
  const columns = rankColumns(report);
  const headline = headlineOf(report);
  return html`${trusted('<!doctype html>')}
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'" />
        <meta name="color-scheme" content="light dark" />
        <title>${headline} – ${nameText(report.title)}</title>
        <style>
          ${trusted(STYLE)}
        </style>
      </head>
      <body>
        <header>${head(report, headline)}</header>
        <main>
          ${schemaSection(report)}${report.quality && qualitySection(report.quality)}${columnSections(columns)}
        </main>
        <footer>${footer(report, columns.length)}</footer>
      </body>
    </html>`.html;
}

/** The verdict in words. */
function headlineOf(report: DriftReport): string {
  return report.quality?.verdict === 'poor' ? `${driftHeadline(report)}; quality is poor` : driftHeadline(report);
}

function driftHeadline({ judgement, bins }: DriftReport): string {
  const changed = [...judgement.findings, ...judgement.schema].filter(({ drifted }) => drifted);
  const columns = counted(bins.length, 'column');
  switch (judgement.verdict) {
    case 'drift':
      return `Drift: ${formatCount(new Set(changed.map(({ name }) => name)).size)} of ${columns} changed`;
    case 'noDrift':
      return `No drift in ${columns}`;
    case 'notEnoughData':
      return 'No verdict: not enough data';
  }
}

function head(report: DriftReport, headline: string): Html {
  const { judgement, quality, state } = report;
  return html`<p class="monitor">${nameHtml(report.title)}</p>
    <h1>${judgement.verdict === 'drift' || quality?.verdict === 'poor' ? FLAG : undefined}${headline}</h1>
    <p class="lead">${clip(judgement.reason, REASON_LENGTH)}</p>
    ${state ? html`<p>${stateText(state)}</p>` : undefined}
    <dl class="run">${runFacts(report)}</dl>
    ${damageNotice('window', report.windowCounts.damage)}${damageNotice('baseline', report.baselineCounts.damage)}`;
}

function stateText({ drift, since, changed }: NonNullable<DriftReport['state']>): string {
  const words = { drift: 'drift', ok: 'no drift', unknown: 'not known yet' }[drift];
  const when = since ? `, since ${formatTime(since)}` : '';
  return `State of the monitor: ${words}${when}${changed ? '; it changed with this run' : ''}.`;
}

function runFacts({
  window,
  model,
  judgement,
  baseline,
  windowCounts,
  baselineCounts,
  createdAt,
}: DriftReport): Html[] {
  const facts: Array<[string, string]> = [
    ...(window ? [['Window', `${formatTime(window.from)} to ${formatTime(window.to)}`] as [string, string]] : []),
    ...(model ? [['Model', clip(model, 200)] as [string, string]] : []),
    ['Rows', `${formatCount(judgement.rows)} in ${counted(windowCounts.files, 'file')}`],
    ['Baseline', clip(baseline.source, 300)],
    ['Baseline made', formatTime(baseline.createdAt)],
    ['Rows of the baseline', `${formatCount(judgement.baselineRows)} in ${counted(baselineCounts.files, 'file')}`],
    ['Report made', formatTime(createdAt)],
  ];
  return facts.map(
    ([name, value]) =>
      html`<div>
        <dt>${name}</dt>
        <dd>${value}</dd>
      </div>`,
  );
}

/** What could not be read, where there is anything. */
function damageNotice(where: 'window' | 'baseline', { files, rows, examples }: Damage): Html | undefined {
  if (files + rows === 0) return undefined;
  const parts = [files > 0 ? counted(files, 'file') : '', rows > 0 ? counted(rows, 'row') : ''].filter(Boolean);
  return html`<div class="notice" role="note">
    <p><b>${parts.join(' and ')} of the ${where} could not be read</b> and are not in the figures below.</p>
    <ul>
      ${examples.slice(0, 10).map((example) => html`<li>${clip(example, 300)}</li>`)}
    </ul>
  </div>`;
}

function schemaSection({ judgement: { schema } }: DriftReport): Html | undefined {
  if (schema.length === 0) return undefined;
  const ranked = [...schema].sort((a, b) => Number(b.drifted) - Number(a.drifted));
  return html`<section aria-labelledby="schema">
    <h2 id="schema">Differences in the shape of the data</h2>
    <ul class="schema">
      ${ranked
        .slice(0, SCHEMA)
        .map(({ drifted, reason }) => html`<li>${drifted ? FLAG : undefined}${clip(reason, REASON_LENGTH)}</li>`)}
      ${schema.length > SCHEMA ? html`<li>${formatCount(schema.length - SCHEMA)} more stand in the JSON report</li>` : undefined}
    </ul>
  </section>`;
}

function footer({ judgement }: DriftReport, columns: number): Html {
  return html`<p>
    ${formatShare(judgement.driftedShare)} of ${counted(columns, 'column')} drifted. A column drifts where a statistic
    is above its threshold: the configured one, or the critical value at this number of effective rows where that is
    larger. “Effective rows” are how many independent rows the window’s are worth, since neighbouring rows resemble each
    other. p is the chance of a statistic at least as large without drift.
  </p>`;
}
