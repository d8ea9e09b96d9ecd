import type { CategoricalBins, ColumnCounts } from '../../statistics/profile/profile';
import type { Html } from './html';
import { clip, html, nameHtml, nameText } from './html';
import { counted, formatCount, formatShare } from './numbers';
import { legend } from './numeric-chart';
import { percent, stepPath, STEPS_WIDTH } from './svg';

/** Categories that have bars of their own. */
const CATEGORIES = 12;
/** Categories without a bin that are named. */
const NAMED = 8;

interface Row {
  /** Undefined: all categories without a row. */
  readonly category?: string;
  readonly baseline: number;
  readonly window: number;
}

/** Distributions of a categorical column as a table with paired bars: the figures stand beside them. */
export function categoryChart(bins: CategoricalBins, baseline: ColumnCounts, window: ColumnCounts): Html {
  const rows = rowsOf(bins, baseline, window);
  const named = rows.filter(({ category }) => category !== undefined);
  const longest = Math.max(...named.flatMap((row) => [row.baseline, row.window]), 1e-9);
  return html`<figure>
    <table class="categories">
      <caption class="unseen">
        Shares of the categories of ${nameText(bins.name)} in the baseline and in the window
      </caption>
      <thead>
        <tr>
          <th scope="col">Category</th>
          <td></td>
          <th scope="col" class="number">Baseline</th>
          <th scope="col" class="number">Window</th>
        </tr>
      </thead>
      <tbody>
        ${rows.map((row) => rowHtml(row, longest))}
      </tbody>
    </table>
    <figcaption>${legend('bar')} Share of rows with a value. ${others(baseline, window)}</figcaption>
  </figure>`;
}

/** The same without words, for a line of a list. */
export function categorySparkline(bins: CategoricalBins, baseline: ColumnCounts, window: ColumnCounts): Html {
  const rows = rowsOf(bins, baseline, window);
  const top = Math.max(...rows.flatMap((row) => [row.baseline, row.window]));
  const path = (kind: 'baseline' | 'window') =>
    stepPath(
      rows.flatMap((row) => [row[kind], row[kind], row[kind], 0]),
      top,
      28,
    );
  return html`<svg
    class="spark"
    aria-hidden="true"
    height="28"
    viewBox="0 0 ${STEPS_WIDTH} 28"
    preserveAspectRatio="none"
  >
    <path class="area" d="${path('baseline')}" />
    <path class="line" d="${path('window')}" />
  </svg>`;
}

function rowsOf({ categories }: CategoricalBins, baseline: ColumnCounts, window: ColumnCounts): Row[] {
  const [before, after] = [shareOf(baseline), shareOf(window)];
  const all = categories.map((category, index) => ({ category, baseline: before(index), window: after(index) }));
  const largest = (row: Row) => Math.max(row.baseline, row.window);
  const ranked = all.sort((a, b) => largest(b) - largest(a));
  const rest = ranked.slice(CATEGORIES);
  const sum = (kind: 'baseline' | 'window', ofOthers: number) =>
    rest.reduce((total, row) => total + row[kind], ofOthers);
  const remaining = {
    baseline: sum('baseline', before(categories.length)),
    window: sum('window', after(categories.length)),
  };
  return [...ranked.slice(0, CATEGORIES), ...(largest(remaining) > 0 ? [remaining] : [])];
}

function shareOf({ counts }: ColumnCounts): (index: number) => number {
  const total = counts.reduce((sum, count) => sum + count, 0);
  return (index) => (total > 0 ? counts[index] / total : 0);
}

function rowHtml({ category, baseline, window }: Row, longest: number): Html {
  return html`<tr>
    <th scope="row">${category === undefined ? html`<i>all others</i>` : categoryName(category)}</th>
    <td>${category === undefined ? undefined : pairedBars(baseline / longest, window / longest)}</td>
    <td class="number">${formatShare(baseline)}</td>
    <td class="number">${formatShare(window)}</td>
  </tr>`;
}

function pairedBars(baseline: number, window: number): Html {
  return html`<svg width="100%" height="19" aria-hidden="true">
    <rect class="area" x="0" y="1" width="${percent(baseline)}" height="8" />
    <rect class="bar" x="0" y="10" width="${percent(window)}" height="8" />
  </svg>`;
}

function categoryName(category: string): Html {
  return category.trim() === '' ? html`<bdi>“${clip(category, 20)}”</bdi>` : nameHtml(category);
}

/** The window's categories that have no bin: new ones, where the baseline has a bin for each of its own. */
function others(baseline: ColumnCounts, window: ColumnCounts): Html | undefined {
  if (window.others.length === 0) return undefined;
  const complete = baseline.counts[baseline.counts.length - 1] === 0;
  const named = [...window.others].sort((a, b) => b.count - a.count).slice(0, NAMED);
  const names = named.map(({ value, count }, index) => {
    return html`${index > 0 ? ', ' : ''}${categoryName(value)} (${formatCount(count)})`;
  });
  const rows = counted(window.counts[window.counts.length - 1], 'row');
  return html`${complete ? `New categories, in ${rows} of the window` : `In ${rows} of the window, too rare or unknown in the baseline for a bin`}:
  ${names}${window.others.length > NAMED ? ' and more' : ''}.`;
}
