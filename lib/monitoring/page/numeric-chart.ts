import type { ColumnCounts, NumericBins } from '../../statistics/profile/profile';
import type { DisplayBins, Spike, Steps } from './display-bins';
import { displayBins, niceStep, stepOf } from './display-bins';
import type { Html } from './html';
import { html, nameText } from './html';
import { formatNumber, formatRoundShare, formatShare } from './numbers';
import { coordinate, percent, stepPath, STEPS_WIDTH } from './svg';

/** Pixels, from the top: labels of the spikes, the steps, labels of the axis. */
const SPIKE_LABELS = 18;
const PLOT = 190;
const AXIS_LABELS = 22;
const BOTTOM = SPIKE_LABELS + PLOT;

/** Shares of the chart's width: labels of the shares stand left of the plot, a gutter of this width beyond each end. */
const LABELS = 0.1;
const GUTTER = 0.055;

/** Where in the chart's width the steps stand, 0 to 1, and the share that its height shows. */
interface Frame {
  readonly left: number;
  readonly right: number;
  readonly top: number;
}

/** Distributions of a numeric column over each other: the baseline as an area, the window as a line. */
export function numericChart(
  bins: NumericBins,
  baseline: ColumnCounts,
  window: ColumnCounts,
  id: string,
): Html | undefined {
  const shown = displayBins(bins, baseline.counts, window.counts);
  if (!shown) return undefined;
  const frame = frameOf(shown);
  return html`<figure>
    <svg class="chart" width="100%" height="${BOTTOM + AXIS_LABELS}" role="img" aria-labelledby="${id}-t ${id}-d">
      <title id="${id}-t">Distribution of ${nameText(bins.name)} in the baseline and in the window</title>
      <desc id="${id}-d">${description(shown)}</desc>
      ${shareLines(frame)}${valueTicks(shown, frame)}${steps(shown, frame)}${gutters(shown, frame)}${spikes(shown, frame)}
    </svg>
    <figcaption>${legend('line')} ${caption(shown)}${ends(shown)}</figcaption>
  </figure>`;
}

/** The same without axes and words, for a line of a list. */
export function numericSparkline(bins: NumericBins, baseline: ColumnCounts, window: ColumnCounts): Html | undefined {
  const shown = displayBins(bins, baseline.counts, window.counts);
  if (!shown) return undefined;
  const drawn = [withSpikes(shown, 'baseline'), withSpikes(shown, 'window')];
  return stepSpace(drawn, Math.max(...drawn.flat()), 28, html`class="spark" aria-hidden="true"`);
}

/** What is the baseline and what is the window. */
export function legend(window: 'line' | 'bar'): Html {
  return html`<span class="key"><span class="swatch area"></span>baseline</span>
    <span class="key"><span class="swatch ${window}"></span>window</span>`;
}

/** All that a distribution holds, in one row of steps. */
function withSpikes(shown: DisplayBins, which: 'baseline' | 'window'): number[] {
  const { below, shares: inside, above } = shown[which];
  const shares = [below, ...inside, above];
  for (const spike of shown.spikes) {
    shares[1 + stepOf(shown.grid, spike.value)] += spike[which];
  }
  return shares;
}

function frameOf(shown: DisplayBins): Frame {
  const highest = Math.max(...shown.baseline.shares, ...shown.window.shares);
  const highestSpike = Math.max(0, ...shown.spikes.flatMap(({ baseline, window }) => [baseline, window]));
  // A spike far above the rest would flatten it: it is cut off, and its label says how high it is.
  const needed = highest > 0 && highestSpike > 2.5 * highest ? 1.5 * highest : Math.max(highest, highestSpike);
  const tail = Math.max(shown.baseline.below, shown.baseline.above, shown.window.below, shown.window.above);
  return {
    left: LABELS + (shown.baseline.below + shown.window.below > 0 ? GUTTER + 0.015 : 0),
    right: 1 - (shown.baseline.above + shown.window.above > 0 ? GUTTER + 0.015 : 0),
    top: needed > 0 ? needed * 1.04 : Math.max(tail, 0.01),
  };
}

function heightOf(share: number, { top }: Frame): number {
  return coordinate(PLOT * Math.min(1, share / top));
}

/** Two to four lines of equal shares. */
function shareLines(frame: Frame): Html[] {
  const step = niceStep(frame.top / 4);
  const lines = Array.from({ length: Math.floor(frame.top / step) + 1 }, (_, index) => index * step);
  return lines.map((share) => {
    const y = coordinate(BOTTOM - heightOf(share, frame));
    return html`<line class="${share === 0 ? 'axis' : 'grid'}" x1="${percent(LABELS)}" x2="100%" y1="${y}" y2="${y}" />
      <text x="${percent(LABELS - 0.012)}" y="${y + 4}" text-anchor="end">${formatRoundShare(share)}</text>`;
  });
}

function valueTicks(shown: DisplayBins, frame: Frame): Html[] {
  const { start, step, count, shift } = shown.grid;
  const span = step * count;
  const apart = niceStep(span / 5);
  const first = Math.ceil((start + shift) / apart);
  const values = Array.from({ length: 7 }, (_, index) => (first + index) * apart);
  return values
    .map((value) => ({ value, at: (value - start - shift) / span }))
    .filter(({ at }) => at >= 0 && at <= 1)
    .map(({ value, at }) => {
      const x = percent(across(at, frame));
      return html`<line class="axis" x1="${x}" x2="${x}" y1="${BOTTOM}" y2="${BOTTOM + 4}" />
        <text x="${x}" y="${BOTTOM + 17}" text-anchor="${at > 0.97 ? 'end' : 'middle'}"
          >${formatNumber(value, 6)}</text
        >`;
    });
}

function across(share: number, { left, right }: Frame): number {
  return left + share * (right - left);
}

function steps(shown: DisplayBins, frame: Frame): Html {
  const place = html`x="${percent(frame.left)}" y="${SPIKE_LABELS}" width="${percent(frame.right - frame.left)}"`;
  return stepSpace([shown.baseline.shares, shown.window.shares], frame.top, PLOT, place);
}

function stepSpace([baseline, window]: ReadonlyArray<readonly number[]>, top: number, height: number, at: Html): Html {
  return html`<svg ${at} height="${height}" viewBox="0 0 ${STEPS_WIDTH} ${height}" preserveAspectRatio="none">
    <path class="area" d="${stepPath(baseline, top, height)}" />
    <path class="line" d="${stepPath(window, top, height)}" />
  </svg>`;
}

/** What is beyond the ends of the axis, as two bars at each. */
function gutters({ baseline, window }: DisplayBins, frame: Frame): Html[] {
  const bars = (x: number, inBaseline: number, inWindow: number) =>
    inBaseline + inWindow > 0
      ? [gutterBar(x, inBaseline, 'area', frame), gutterBar(x + GUTTER / 2, inWindow, 'bar', frame)]
      : [];
  return [...bars(LABELS, baseline.below, window.below), ...bars(1 - GUTTER, baseline.above, window.above)];
}

function gutterBar(x: number, share: number, kind: 'area' | 'bar', frame: Frame): Html {
  const height = heightOf(share, frame);
  const bar = html`<rect
    class="${kind}"
    x="${percent(x)}"
    y="${coordinate(BOTTOM - height)}"
    width="${percent(GUTTER / 2)}"
    height="${height}"
  />`;
  return share > frame.top ? html`${bar}${cutMark(x + GUTTER / 4)}` : bar;
}

function spikes(shown: DisplayBins, frame: Frame): Html[] {
  const { start, step, count } = shown.grid;
  const at = (spike: Spike) => across((spike.value - start) / (step * count), frame);
  let free = 0;
  return [...shown.spikes]
    .sort((a, b) => a.value - b.value)
    .map((spike) => {
      // A label takes a third of a narrow chart; what finds no room stands in the caption, as all do.
      const labelled = at(spike) >= free;
      if (labelled) free = at(spike) + 0.38;
      return html`${spikeLines(spike, at(spike), frame)}${labelled ? spikeLabel(spike, at(spike)) : undefined}`;
    });
}

function spikeLines({ baseline, window }: Spike, x: number, frame: Frame): Html {
  const top = (share: number) => coordinate(BOTTOM - heightOf(share, frame));
  const at = percent(x);
  return html`<line class="spike-area" x1="${at}" x2="${at}" y1="${BOTTOM}" y2="${top(baseline)}" />
    <line
      class="spike-line"
      x1="${at}"
      x2="${at}"
      y1="${BOTTOM}"
      y2="${top(window)}"
      transform="translate(5 0)"
    />${Math.max(baseline, window) > frame.top ? cutMark(x) : undefined}`;
}

function spikeLabel({ value, baseline, window }: Spike, x: number): Html {
  const anchor = x > 0.7 ? 'end' : 'start';
  return html`<text x="${percent(x)}" y="12" text-anchor="${anchor}">
    ${formatNumber(value)}: ${formatShare(baseline)} → ${formatShare(window)}
  </text>`;
}

/** A gap near the top says that a bar goes on. */
function cutMark(x: number): Html {
  return html`<svg class="cut" x="${percent(x)}" y="${SPIKE_LABELS + 8}" overflow="visible">
    <path d="M-8,4L12,-2" />
  </svg>`;
}

function caption({ grid, spikes: apart }: DisplayBins): Html {
  const singles = apart.map(
    ({ value, baseline, window }) => `${formatNumber(value)} (${formatShare(baseline)} → ${formatShare(window)})`,
  );
  return html`Share of rows with a value, in steps of ${formatNumber(grid.step)}.
  ${singles.length > 0 ? `Spikes are single values: ${singles.join(', ')}.` : undefined}`;
}

/** What the bars at the ends of the axis are. */
function ends(shown: DisplayBins): Html | undefined {
  const { baseline, window, lowest, highest } = shown;
  const texts = [
    { where: `below ${formatNumber(lowest, 4)}`, before: baseline.below, after: window.below },
    { where: `above ${formatNumber(highest, 4)}`, before: baseline.above, after: window.above },
  ]
    .filter(({ before, after }) => before + after > 0)
    .map(({ where, before, after }) => `${where}: ${formatShare(before)} → ${formatShare(after)}`);
  return texts.length > 0 ? html`<div>Bars at the ends: ${texts.join('; ')}.</div>` : undefined;
}

function description(shown: DisplayBins): string {
  const { grid, baseline, window } = shown;
  const peak = ({ shares }: Steps) => {
    const index = shares.indexOf(Math.max(...shares));
    return `${formatNumber(grid.start + (index + 0.5) * grid.step + grid.shift)} (${formatShare(shares[index])})`;
  };
  return `The axis goes from ${formatNumber(shown.lowest, 4)} to ${formatNumber(shown.highest, 4)}. The highest step of the baseline is at ${peak(baseline)}, of the window at ${peak(window)}.`;
}
