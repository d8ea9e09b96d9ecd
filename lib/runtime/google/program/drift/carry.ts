/** What activities hand over. */
import type { StateChange } from '../../../../monitoring/settle';
import type { QualityJudgement } from '../../../../statistics/quality/quality';
import type { GoogleMonitorRules } from '../../../google-drift-contract';
import type { RunSummary } from './routines/judged';
import type { Group, Making } from './sql/baseline';
import type { Counting } from './sql/hours';

/** What one activity hands over to the next. */
export interface Carry {
  /** When the execution began, ISO 8601. */
  readonly startedAt: string;
  readonly rules: GoogleMonitorRules;
  /** What jobs have scanned. */
  readonly bytes: number;
  readonly waiting?: Waiting;
  readonly publishing?: Publishing;
  /** What could not be done and does not keep the run from its end, in words. */
  readonly notes: readonly string[];
  /** Of task `monitor`. */
  readonly traffic?: Traffic;
  readonly counting?: Counting;
  /** Bytes of a row of the baseline's data. */
  readonly bytesPerRow?: number;
  /** Why nothing can be judged. */
  readonly without?: string;
  readonly hours?: readonly string[];
  readonly header?: string;
  readonly quality?: QualityJudgement;
  readonly previous?: RunSummary;
  readonly summary?: RunSummary;
  readonly changes?: readonly StateChange[];
  /** Of task `baseline`. */
  readonly baseline?: BaselineWork;
  /** Of a retraining. */
  readonly newest?: string;
  readonly listing?: {
    readonly since: string;
    readonly files: number;
    readonly bytes: number;
    readonly pageToken?: string;
  };
  readonly newSamples?: { readonly count: number | null; readonly how: string };
  readonly retraining?: string;
  /** How often its start has been asked for in vain. */
  readonly starts?: number;
  /** Why the run fails. */
  readonly failure?: string;
}

/** A job that is waited for. */
export interface Waiting {
  readonly job: string;
  /** The activity that began it, and the one that goes on with what it made. */
  readonly from: string;
  readonly then: string;
  readonly attempt: number;
}

/** Documents that are uploaded. */
export interface Publishing {
  /** Pieces of each that lie there. */
  readonly uploaded: Readonly<Record<string, number>>;
  /** Rows of the job that have been fetched. */
  readonly fetched: number;
  /** Names of the objects that each becomes; the first one is put together, the others are its copies. */
  readonly targets: Readonly<Record<string, readonly string[]>>;
  /** The activity that follows. */
  readonly then: string;
}

/** The traffic of one model; of all where versions are not told apart. */
export interface Traffic {
  /** The model's key in records, and what people call it. */
  readonly model?: string;
  readonly label?: string;
  /** Number of its version. */
  readonly version?: string;
  /** Deployed models that it was and is, alone or beside another. */
  readonly deployed?: readonly string[];
  /** What the deployer is doing, in words. */
  readonly deploying?: string;
}

/** A baseline that is being made. */
export interface BaselineWork {
  readonly making: Making;
  /** Features and predictions stand in data of their own. */
  readonly groups: readonly Group[];
  /** The group that is at its turn. */
  readonly index: number;
  /** What is not profiled and why, for people. */
  readonly notes: readonly string[];
}
