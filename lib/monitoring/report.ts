import type { DriftJudgement } from '../statistics/drift/judgement';
import type { ColumnBins, Counts } from '../statistics/profile/profile';
import type { QualityJudgement } from '../statistics/quality/quality';
import type { MonitorState } from './record';

/** What a run saw and concluded: the JSON report, and what the HTML page shows. */
export interface DriftReport {
  readonly format: 'cdk-mlops/drift-report/1';
  /** Name of the monitor, or of what was compared. */
  readonly title: string;
  /** ISO 8601. */
  readonly createdAt: string;
  /** Period of the window's rows, ISO 8601; absent for files. */
  readonly window?: { readonly from: string; readonly to: string };
  /** Model version whose traffic it is. */
  readonly model?: string;
  readonly baseline: { readonly source: string; readonly createdAt: string };
  readonly judgement: DriftJudgement;
  readonly quality?: QualityJudgement;
  /** After hysteresis; absent for files. */
  readonly state?: { readonly drift: MonitorState; readonly since?: string; readonly changed: boolean };
  /** Since when each drifted column has been beyond its threshold: hours of the window, ISO 8601. */
  readonly columnsSince?: Readonly<Record<string, string>>;
  readonly bins: readonly ColumnBins[];
  readonly baselineCounts: Counts;
  readonly windowCounts: Counts;
}
