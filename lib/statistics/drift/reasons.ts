/** Reasons of findings and verdicts, in words with the numbers. */
import { percent, short, whole } from '../figures';
import type { CategoricalBins, ColumnBins, ColumnCounts, NumericBins } from '../profile/profile';
import { binQuantile } from './bin-quantiles';
import { total } from './coarse-bins';
import type { DriftFinding, FindingTest, SchemaFinding } from './judgement';

/** How many categories, columns or findings a sentence lists. */
const LISTED = 3;

/** What there is to explain. */
export interface ExplainedFinding {
  readonly bins: ColumnBins;
  readonly baseline: ColumnCounts;
  readonly window: ColumnCounts;
  readonly test: FindingTest;
  readonly statistic: number;
  readonly configuredThreshold: number;
  readonly threshold: number;
  readonly drifted: boolean;
  readonly effectiveRows: number;
}

/** "0.183 is above 0.1", and where the limit comes from when it is not the configured one. */
function verdictOf({ statistic, threshold, configuredThreshold, drifted, effectiveRows }: ExplainedFinding): string {
  const chance = `, which chance explains at ${whole(effectiveRows)} independent rows (configured: ${short(configuredThreshold)})`;
  const limit = threshold > configuredThreshold ? chance : '';
  return `${short(statistic)} is ${drifted ? 'above' : 'within'} ${short(threshold)}${limit}`;
}

/** The quarter, half or three quarters whose place on the scale moved most, against the distance of the quarters. */
function movedQuantile(bins: NumericBins, baseline: ColumnCounts, window: ColumnCounts): string {
  const [quarter, half, most] = [0.25, 0.5, 0.75].map((share) => {
    const [before, now] = [baseline, window].map(({ counts, least, greatest }) =>
      binQuantile(bins, counts, share, [least, greatest]),
    );
    return { before, now, moved: Math.abs(now - before) };
  });
  const outer = quarter.moved > most.moved ? quarter : most;
  const { before, now } = half.moved > 0 ? half : outer;
  if (!(half.moved > 0 || outer.moved > 0)) return '';
  const share = half.moved > 0 ? 'half' : outer === quarter ? 'a quarter' : 'three quarters';
  return `; ${share} of the values are now below ${short(now)}, before ${short(before)}`;
}

/** The categories whose shares changed most, and those without a bin in the baseline. */
function movedCategories({ categories }: CategoricalBins, baseline: ColumnCounts, window: ColumnCounts): string {
  const [n, m] = [total(baseline.counts), total(window.counts)];
  const changes = categories
    .map((name, bin) => ({ name, before: baseline.counts[bin] / n, now: window.counts[bin] / m }))
    .sort((a, b) => Math.abs(b.now - b.before) - Math.abs(a.now - a.before))
    .filter(({ before, now }) => now !== before)
    .slice(0, LISTED - 1)
    .map(({ name, before, now }) => `'${name}' ${percent(now)} of the values, before ${percent(before)}`);
  return [...changes, ...newCategories(baseline, window)].map((change) => `; ${change}`).join('');
}

/** Categories of the window that the baseline has not at all, as far as either kept their names. */
function newCategories(baseline: ColumnCounts, window: ColumnCounts): string[] {
  const known = new Set(baseline.others.map(({ value }) => value));
  const fresh = window.others.filter(({ value }) => !known.has(value)).sort((a, b) => b.count - a.count);
  // The baseline keeps a few names of categories without a bin: with more of them, a name that it lacks may not be new.
  const complete = total(baseline.others.map(({ count }) => count)) === baseline.counts[baseline.counts.length - 1];
  if (fresh.length === 0) return [];
  const names = fresh.slice(0, LISTED).map(({ value, count }) => `'${value}' (${whole(count)} rows)`);
  return [`${complete ? 'new' : 'rare or new'} categories: ${names.join(', ')}${fresh.length > LISTED ? ', …' : ''}`];
}

function distributionReason(it: ExplainedFinding): string {
  const { bins, baseline, window, test } = it;
  if (total(window.counts) === 0) return `${bins.name}: no values to compare in the window`;
  if (total(baseline.counts) === 0) return `${bins.name}: no values to compare in the baseline`;
  const moved =
    bins.type === 'numeric' ? movedQuantile(bins, baseline, window) : movedCategories(bins, baseline, window);
  return `${bins.name}: ${test} ${verdictOf(it)}${moved}`;
}

function missingReason(it: ExplainedFinding, rows: [number, number]): string {
  const lacking = ({ absent, missing, invalid }: ColumnCounts) => absent + missing + invalid;
  const [before, now] = [lacking(it.baseline) / rows[0], lacking(it.window) / rows[1]];
  const invalid = it.window.invalid > 0 ? ` (${whole(it.window.invalid)} of them are not of its type)` : '';
  return `${it.bins.name}: ${percent(now)} of the rows have no value${invalid}, before ${percent(before)}; the difference ${verdictOf(it)}`;
}

function rangeReason(it: ExplainedFinding): string {
  const { cuts } = it.bins as NumericBins;
  const outside = ({ counts }: ColumnCounts) => (counts[0] + counts[counts.length - 1]) / total(counts);
  const { least, greatest } = it.window;
  const seen = least === null || greatest === null ? '' : ` (from ${short(least)} to ${short(greatest)})`;
  const range = `outside of ${short(cuts[0])} to ${short(cuts[cuts.length - 1])}`;
  const shares = `${percent(outside(it.window))} of the values are ${range}${seen}, before ${percent(outside(it.baseline))}`;
  return `${it.bins.name}: ${shares}; the difference ${verdictOf(it)}`;
}

/**
 * What changed in a column, from what to what.
 * @param rows of baseline and window
 */
export function explainFinding(it: ExplainedFinding, rows: [number, number]): string {
  if (it.test === 'missingShare') return missingReason(it, rows);
  return it.test === 'outOfRangeShare' ? rangeReason(it) : distributionReason(it);
}

/** The reason of a verdict on enough data. */
export function explainVerdict(
  findings: readonly DriftFinding[],
  schema: readonly SchemaFinding[],
  columns: number,
): string {
  const drifted = [...schema, ...findings].filter((finding) => finding.drifted);
  const names = new Set(drifted.map(({ name }) => name));
  const of = `${whole(columns)} ${columns === 1 ? 'column' : 'columns'}`;
  if (names.size === 0) {
    const nearest = findings.length > 0 ? `; nearest to it: ${findings[0].reason}` : '';
    return `no drift in ${of}${nearest}`;
  }
  // One reason a column, the first: what is certain stands before what was tested, the worst before the others.
  const reasons = [...names].slice(0, LISTED).map((name) => drifted.find((finding) => finding.name === name)!.reason);
  const more = names.size > LISTED ? `; and ${whole(names.size - LISTED)} more` : '';
  return `${whole(names.size)} of ${of} drifted: ${reasons.join('; ')}${more}`;
}
