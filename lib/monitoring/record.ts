import type { DriftVerdict } from '../statistics/drift/judgement';

/** How things stand, after hysteresis. */
export type MonitorState = 'unknown' | 'ok' | 'drift';

/** One thing that was decided, and why. Repeated ones are counted, not listed again. */
export interface MonitorDecision {
  /** When it was decided first, ISO 8601. */
  readonly at: string;
  readonly what: string;
  readonly why: string;
  /** What asked for it: a schedule, `command line`, an alarm. */
  readonly cause?: string;
  /** When it was decided last, and how often, where it was more than once. */
  readonly lastAt?: string;
  readonly times?: number;
}

/** One run of the monitor. */
export interface MonitorRun {
  readonly id: string;
  readonly at: string;
  readonly verdict: DriftVerdict;
  readonly reason: string;
  readonly rows: number;
  readonly maxDrift: number;
  readonly driftedShare: number;
  readonly driftedColumns: readonly string[];
  readonly quality?: { readonly verdict: 'poor' | 'fine' | 'notEnoughData'; readonly value: number | null };
  /** Where the report lies. */
  readonly report?: string;
  /** Why it did not come to its end. */
  readonly failure?: string;
}

/** A training that drift, or a person, started. */
export interface Retraining {
  /** One incident starts one: equal tokens are one retraining. */
  readonly token: string;
  readonly at: string;
  readonly cause: string;
  readonly why: string;
  /** The cloud's name of the execution; absent where it is not known whether it started. */
  readonly execution?: string;
}

/** All that is known about one monitor: one document, written as a whole under the condition that nobody else wrote. */
export interface MonitorRecord {
  readonly format: 1;
  readonly monitor: string;
  /** Counts the writes. */
  readonly revision: number;
  readonly state: MonitorState;
  /** When the state began, ISO 8601. */
  readonly since?: string;
  /** Counts drift episodes: with the state it identifies an incident. */
  readonly incident: number;
  readonly quality: MonitorState;
  readonly qualitySince?: string;
  /** Model whose traffic was judged last. */
  readonly model?: string;
  /** Newest first, at most 50. */
  readonly runs: readonly MonitorRun[];
  /** Newest first, at most 50. */
  readonly retrainings: readonly Retraining[];
  /** Newest first, at most 100. */
  readonly decisions: readonly MonitorDecision[];
}
