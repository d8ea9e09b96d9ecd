import type { DriftJudgement } from '../statistics/drift/judgement';
import type { ColumnBins, Counts, Profile } from '../statistics/profile/profile';
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

/** What a report is made of, besides the names of what it judges. */
export interface ReportInput {
  readonly title: string;
  /** ISO 8601. */
  readonly createdAt: string;
  readonly baseline: Profile;
  readonly windowCounts: Counts;
  readonly judgement: DriftJudgement;
  readonly quality?: QualityJudgement;
  readonly window?: DriftReport['window'];
  readonly model?: string;
  readonly state?: DriftReport['state'];
  readonly columnsSince?: DriftReport['columnsSince'];
}

/**
 * The report of a run. It comes through JSON as it is: what is absent has no key, and infinities, which JSON does not know,
 * are the largest number there is.
 */
export function buildReport({ baseline, ...input }: ReportInput): DriftReport {
  return jsonSafe({
    format: 'cdk-mlops/drift-report/1',
    ...input,
    baseline: { source: baseline.source, createdAt: baseline.createdAt },
    bins: baseline.bins,
    baselineCounts: baseline.counts,
  });
}

function jsonSafe<T>(value: T): T {
  const replacer = (_key: string, part: unknown) =>
    part === Infinity || part === -Infinity ? Math.sign(part) * Number.MAX_VALUE : part;
  return JSON.parse(JSON.stringify(value, replacer)) as T;
}
