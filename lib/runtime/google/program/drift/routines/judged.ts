/** What is asked of a run, what it finds, and what of that travels. */
import type { DriftJudgement } from '../../../../../statistics/drift/judgement';
import type { Counts, Profile } from '../../../../../statistics/profile/profile';
import type { QualityJudgement } from '../../../../../statistics/quality/quality';
import type { MonitorRules } from '../../../../drift-contract';
import type { Ranges } from './hours';

/** What is asked of a run. */
export interface Question {
  readonly rules: MonitorRules;
  readonly ranges: Ranges;
  /** Key of the model; absent where versions are not told apart. */
  readonly model?: string;
  readonly quality?: QualityJudgement;
  /** What the run before found. */
  readonly previous?: RunSummary;
}

/** What the report of a run is made of. */
export interface Judged {
  /** What the window was compared with. */
  readonly baseline: Profile;
  readonly windowCounts: Counts;
  readonly judgement: DriftJudgement;
  readonly quality?: QualityJudgement;
}

/** What of a run travels through the workflow, and what the next run reads. */
export interface RunSummary {
  readonly model?: string;
  /** The end of the window, `yyyy-mm-ddThh`. */
  readonly to: string;
  /** What is settled: of findings only those that drifted, the worst, with their names. */
  readonly judgement: DriftJudgement;
  readonly quality?: QualityJudgement;
  /** The worst columns, each with its statistic divided by its threshold. */
  readonly worst: readonly (readonly [name: string, ratio: number])[];
  /** Since when each drifted column has been beyond its threshold, ISO 8601. */
  readonly columnsSince: Readonly<Record<string, string>>;
  /** Rows that could not be read. */
  readonly unreadable: number;
}
