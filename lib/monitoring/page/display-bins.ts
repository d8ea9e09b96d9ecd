import { nextDown } from '../../statistics/profile/next-float';
import type { NumericBins } from '../../statistics/profile/profile';

/**
 * Fine bins are of unequal width, so their counts make no picture. Here they become steps of one width, the same for the
 * baseline and the window, and heights are shares of the rows with a number.
 */

/** Steps of equal width: step i holds what is above `start + i · step` and at most `start + (i + 1) · step`. */
export interface Grid {
  readonly start: number;
  readonly step: number;
  readonly count: number;
  /** By how much steps are drawn to the right, so that a discrete value stands in the middle of its step. */
  readonly shift: number;
}

/** Shares of one distribution over a grid, 0 to 1; together with the spikes they make 1. */
export interface Steps {
  readonly shares: readonly number[];
  /** Beyond the ends of the grid. */
  readonly below: number;
  readonly above: number;
}

/** A single value that holds much more than what lies around it. */
export interface Spike {
  readonly value: number;
  readonly baseline: number;
  readonly window: number;
}

export interface DisplayBins {
  readonly grid: Grid;
  readonly baseline: Steps;
  readonly window: Steps;
  readonly spikes: readonly Spike[];
  /** What is beyond the ends lies below or above these numbers. */
  readonly lowest: number;
  readonly highest: number;
}

/** Steps aimed at: at 6 pixels each they fill a chart on a telephone. */
const STEPS = 56;
/** Share of the baseline that may lie beyond each end of the chart, where showing it would squeeze the rest. */
const TAIL = 0.005;
/** How many times wider the whole range is where its tails are left out: a normal distribution's are shown. */
const WIDER = 2;
/** Numbers are drawn at most this far out, so that differences stay finite. */
const FARTHEST = 1e300;
/** An atom is drawn as a spike from this share of all, if it is the better part of its step; at most so many are. */
const SPIKE = 0.03;
const OF_ITS_STEP = 2 / 3;
const MOST_SPIKES = 8;
/** Guards divisions that should give a whole number against rounding. */
const ROUNDING = 1e-9;

/** What a chart of a numeric column shows; undefined where the baseline has no number. */
export function displayBins(
  bins: NumericBins,
  baseline: readonly number[],
  window: readonly number[],
): DisplayBins | undefined {
  if (bins.cuts.length === 0) return undefined;
  const cuts = bins.cuts.map((cut) => Math.max(-FARTHEST, Math.min(FARTHEST, cut)));
  const shares = [sharesOf(baseline), sharesOf(window)] as const;
  const [low, high] = rangeShown(cuts, shares[0]);
  const atoms = atomsOf(cuts, shares);
  const { grid, discrete } = gridOver(low, high, atoms);
  const spread = (fine: readonly number[], apart: readonly Spike[]) =>
    spreadOver(grid, cuts, fine, new Set(apart.map(({ value }) => value)));
  const whole = shares.map((fine) => spread(fine, []));
  const spikes = discrete ? [] : spikesOf(atoms, grid, whole);
  return {
    grid,
    baseline: spread(shares[0], spikes),
    window: spread(shares[1], spikes),
    spikes,
    lowest: Math.max(grid.start, cuts[0]),
    highest: Math.min(grid.start + grid.count * grid.step, cuts[cuts.length - 1]),
  };
}

/** Value below which the share `q` of the counted numbers lies, to within a bin; null where there is none. */
export function quantile(cuts: readonly number[], counts: readonly number[], q: number): number | null {
  const shares = sharesOf(counts);
  if (cuts.length === 0 || !shares.some((share) => share > 0)) return null;
  let below = 0;
  for (let i = 0; i < cuts.length; i++) {
    if (below + shares[i] >= q && shares[i] > 0) {
      if (i === 0 || isAtom(cuts[i - 1], cuts[i])) return cuts[i];
      return cuts[i - 1] + (cuts[i] - cuts[i - 1]) * Math.max(0, (q - below) / shares[i]);
    }
    below += shares[i];
  }
  return cuts[cuts.length - 1];
}

/** The least of 1, 2 and 5 times a power of ten that is at least `least`, which is above 0. */
export function niceStep(least: number): number {
  const power = 10 ** Math.floor(Math.log10(least));
  return [1, 2, 5, 10].map((factor) => factor * power).find((step) => step >= least * (1 - ROUNDING)) ?? 10 * power;
}

function sharesOf(counts: readonly number[]): number[] {
  const total = counts.reduce((sum, count) => sum + count, 0);
  return counts.map((count) => (total > 0 ? count / total : 0));
}

/** Whether a bin holds a single value: its cuts are neighbours in floating point. */
function isAtom(lower: number, upper: number): boolean {
  return lower >= nextDown(upper);
}

function atomsOf(cuts: readonly number[], [baseline, window]: ReadonlyArray<readonly number[]>): Spike[] {
  return cuts.flatMap((value, i) =>
    i > 0 && isAtom(cuts[i - 1], value) ? [{ value, baseline: baseline[i], window: window[i] }] : [],
  );
}

/**
 * The baseline's range, or what lies between its tails where that is much narrower. The window has no say: beyond the
 * baseline's tails there are too few bins to draw its shape.
 */
function rangeShown(cuts: readonly number[], baseline: readonly number[]): [number, number] {
  const first = cuts[0];
  const last = cuts[cuts.length - 1];
  const low = quantile(cuts, baseline, TAIL) ?? first;
  const high = quantile(cuts, baseline, 1 - TAIL) ?? last;
  return last - first > WIDER * (high - low) ? [low, high] : [first, last];
}

function gridOver(low: number, high: number, atoms: readonly Spike[]): { grid: Grid; discrete: boolean } {
  const span = high - low;
  if (span <= Math.max(ROUNDING * Math.max(Math.abs(low), Math.abs(high)), 1e-290)) return constantGrid(high);
  const step = niceStep(span / STEPS); // the first one starts below `low`, which may be an atom
  const inside = atoms.filter(({ value }) => value >= low && value <= high);
  const gap = Math.min(...inside.slice(1).map(({ value }, i) => value - inside[i].value)); // infinite for a lone atom
  const held = inside.reduce((sum, { baseline }) => sum + baseline, 0);
  const discrete = held >= 0.8 && gap >= span / (2 * STEPS) && gap < Infinity;
  if (!discrete) return { grid: gridFrom((Math.ceil(low / step - ROUNDING) - 1) * step, high, step, 0), discrete };
  const whole = gap * Math.max(1, Math.ceil(step / gap - ROUNDING));
  return { grid: gridFrom(inside[0].value - whole, high, whole, gap / 2), discrete };
}

function gridFrom(start: number, high: number, step: number, shift: number): Grid {
  return { start, step, count: Math.max(1, Math.ceil((high - start) / step - ROUNDING)), shift };
}

/** Five steps around the only value. */
function constantGrid(value: number): { grid: Grid; discrete: boolean } {
  const step = Math.abs(value) < 1e-280 ? 1 : niceStep(Math.abs(value) / 10);
  return { grid: { start: value - 3 * step, step, count: 5, shift: step / 2 }, discrete: true };
}

function spikesOf(atoms: readonly Spike[], grid: Grid, [baseline, window]: readonly Steps[]): Spike[] {
  const height = (atom: Spike) => Math.max(atom.baseline, atom.window);
  const standsOut = (atom: Spike) => {
    const step = stepOf(grid, atom.value);
    if (step < 0 || step >= grid.count || height(atom) < SPIKE) return false;
    return atom.baseline >= OF_ITS_STEP * baseline.shares[step] && atom.window >= OF_ITS_STEP * window.shares[step];
  };
  return atoms
    .filter(standsOut)
    .sort((a, b) => height(b) - height(a))
    .slice(0, MOST_SPIKES);
}

/** The step that a value falls into; outside the grid where it is beyond its ends. */
export function stepOf({ start, step }: Grid, value: number): number {
  return Math.ceil((value - start) / step - ROUNDING) - 1;
}

/** Spreads each fine bin evenly over the steps that it covers; an atom falls into one. */
function spreadOver(grid: Grid, cuts: readonly number[], fine: readonly number[], apart: ReadonlySet<number>): Steps {
  const shares = new Array<number>(grid.count).fill(0);
  let below = fine[0];
  let above = fine[fine.length - 1];
  const add = (index: number, share: number) => {
    if (index < 0) below += share;
    else if (index >= grid.count) above += share;
    else shares[index] += share;
  };
  const place = (value: number) => (value - grid.start) / grid.step;
  for (let i = 1; i < cuts.length; i++) {
    const atom = isAtom(cuts[i - 1], cuts[i]);
    if (fine[i] === 0 || (atom && apart.has(cuts[i]))) continue;
    const [from, to] = [place(cuts[i - 1]), place(cuts[i])];
    if (atom || to - from < ROUNDING) add(stepOf(grid, cuts[i]), fine[i]);
    else spreadEvenly(from, to, fine[i], grid.count, add);
  }
  return { shares, below, above };
}

function spreadEvenly(
  from: number,
  to: number,
  share: number,
  count: number,
  add: (index: number, share: number) => void,
): void {
  const density = share / (to - from);
  if (from < 0) add(-1, density * (Math.min(to, 0) - from));
  if (to > count) add(count, density * (to - Math.max(from, count)));
  for (let i = Math.max(0, Math.floor(from)); i < Math.min(count, Math.ceil(to)); i++) {
    add(i, density * (Math.min(to, i + 1) - Math.max(from, i)));
  }
}
