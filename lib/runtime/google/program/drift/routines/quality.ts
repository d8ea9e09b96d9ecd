import { alphaPerRun } from '../../../../../statistics/drift/judge';
import { judgeQuality } from '../../../../../statistics/quality/judge-quality';
import type { MonitorRules } from '../../../../drift-contract';

/** Predictions with their labels, and what has none. Numbers of 64 bits may be texts. */
interface Pairs {
  /** Cells of predictions, `n0.7` or `tyes`, and texts of labels. */
  readonly pairs: readonly { readonly prediction: string; readonly label: string }[] | null;
  readonly unlabelled: number | string | null;
  readonly withoutId: number | string | null;
  readonly withoutValue: number | string | null;
}

/** Judges the predictions that have a label, as {@link QualityJudgement}. */
export function driftQuality(rules: string, pairs: string): string {
  const { quality, minimumSamples, falseAlarmsPerYear, everyHours } = JSON.parse(rules) as MonitorRules;
  const joined = JSON.parse(pairs) as Pairs;
  const { metric, minimum, maximum } = quality!;
  const predictions = (joined.pairs ?? []).map(({ prediction }) =>
    prediction[0] === 'n' ? Number(prediction.slice(1)) : prediction.slice(1),
  );
  const labels = (joined.pairs ?? []).map(({ label }) => numberOrText(label));
  const alpha = alphaPerRun(falseAlarmsPerYear, everyHours);
  const judgement = judgeQuality({ predictions, labels }, Number(joined.unlabelled ?? 0), {
    ...{ metric, minimum, maximum, minimumSamples, alpha },
  });
  const notes = [
    ...noted(joined.withoutId, 'answers have no id'),
    ...noted(joined.withoutValue, 'answers have no prediction'),
  ];
  return JSON.stringify({ ...judgement, reason: [judgement.reason, ...notes].join('; ') });
}

function noted(count: number | string | null, what: string): string[] {
  return Number(count ?? 0) > 0 ? [`${count} ${what}`] : [];
}

/** A text that is a finite number, as one. */
function numberOrText(text: string): number | string {
  return text.trim() !== '' && Number.isFinite(Number(text)) ? Number(text) : text;
}
