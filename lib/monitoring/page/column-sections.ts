import type { ReportColumn } from './columns';
import { driftedColumn, foldedColumn, overviewRow } from './columns';
import type { Html } from './html';
import { html } from './html';
import { counted } from './numbers';

/** Columns on the page: the worst ones. */
const SHOWN = 200;
/** Columns that drifted and are shown in full; further ones are lines that open. */
const IN_FULL = 20;

/** All columns, those that drifted first: an overview, each of them in full, and the others as lines that open. */
export function columnSections(columns: readonly ReportColumn[]): Html {
  const shown = columns.slice(0, SHOWN);
  const drifted = shown.filter((column) => column.drifted);
  const others = shown.filter((column) => !column.drifted);
  const left = columns.length - shown.length;
  return html`${drifted.length > 0 ? driftedSection(drifted) : undefined}
  ${others.length > 0 ? othersSection(others, drifted.length > 0 ? 'What is as before' : 'Columns') : undefined}
  ${left > 0 ? html`<p>${counted(left, 'more column')} differ less and are left out here.</p>` : undefined}`;
}

function driftedSection(columns: readonly ReportColumn[]): Html {
  return html`<section aria-labelledby="changed">
    <h2 id="changed">What changed</h2>
    ${columns.length > 1 ? overview(columns) : undefined} ${columns.slice(0, IN_FULL).map(driftedColumn)}
    ${columns.slice(IN_FULL).map(foldedColumn)}
  </section>`;
}

function overview(columns: readonly ReportColumn[]): Html {
  return html`${howToRead()}
    <table class="overview">
      <thead>
        <tr>
          <th scope="col">Column</th>
          <th scope="col" class="what">Changed</th>
          <th scope="col" class="spark">Distributions</th>
          <th scope="col" class="bullet">Statistic</th>
          <th scope="col" class="number">÷ threshold</th>
        </tr>
      </thead>
      <tbody>
        ${columns.map(overviewRow)}
      </tbody>
    </table>`;
}

function othersSection(columns: readonly ReportColumn[], title: string): Html {
  return html`<section aria-labelledby="others">
    <h2 id="others">${title}</h2>
    ${howToRead()} ${columns.map(foldedColumn)}
  </section>`;
}

function howToRead(): Html {
  return html`<p class="small">
    Worst first. Bars show a column’s largest statistic divided by its threshold, all on one scale: beyond the upright
    mark is drift.
  </p>`;
}
