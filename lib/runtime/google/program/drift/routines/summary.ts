import type { DriftJudgement } from '../../../../../statistics/drift/judgement';
import type { Judged, Question, RunSummary } from './judged';

/** Metrics are paid for one by one: of columns only the worst have one. */
const MOST_COLUMNS = 30;

/** JSON knows no infinity, and Cloud Monitoring takes none. Far beyond a threshold is far beyond. */
const LARGEST = 1e9;

export function summaryOf({ judgement, quality, windowCounts }: Judged, asked: Question): RunSummary {
  const { ranges, model } = asked;
  const drifted = firstOfEach(judgement.findings.filter((finding) => finding.drifted));
  const worst = firstOfEach(judgement.findings).slice(0, MOST_COLUMNS);
  return {
    ...(model !== undefined && { model }),
    to: ranges.window.to,
    judgement: {
      ...judgement,
      findings: drifted.map((finding) => ({ ...finding, reason: '' })).slice(0, MOST_COLUMNS),
      schema: judgement.schema.filter((one) => one.drifted).slice(0, MOST_COLUMNS),
    },
    ...(quality && { quality }),
    worst: worst.map(({ name, statistic, threshold }) => [name, Math.min(statistic / threshold || 0, LARGEST)]),
    columnsSince: columnsSince(judgement, asked),
    unreadable: windowCounts.damage.rows,
  };
}

/** The findings are ordered, worst first: the first of a column is its worst. */
function firstOfEach<T extends { readonly name: string }>(findings: readonly T[]): T[] {
  const seen = new Set<string>();
  return findings.filter(({ name }) => !seen.has(name) && seen.add(name));
}

const hourStart = (hour: string) => `${hour}:00:00.000Z`;

/**
 * Since when columns have been beyond their thresholds. A column that the run before did not name got there with the hours
 * that are new since then; without an earlier run, nothing is known but the window.
 */
function columnsSince({ findings }: DriftJudgement, { ranges, model, previous }: Question): Record<string, string> {
  const comparable = previous?.model === model ? previous : undefined;
  const { from, to } = ranges.window;
  const first = comparable !== undefined && comparable.to < to ? comparable.to : from;
  const known = new Map(Object.entries(comparable?.columnsSince ?? {}));
  const drifted = findings.filter((finding) => finding.drifted);
  return Object.fromEntries(drifted.map(({ name }) => [name, known.get(name) ?? hourStart(first)]));
}
