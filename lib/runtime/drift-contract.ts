import type { MonitorState } from '../monitoring/record';
import type { ColumnRole, ColumnType } from '../statistics/profile/profile';
import type { DriftTest } from '../statistics/drift/judgement';
import type { QualityMetric } from '../statistics/quality/quality';

/**
 * What the constructs of drift monitoring and its runtime code agree on. Types only: neither side runs the other's code.
 */

/** A column that is monitored, and how. */
export interface MonitoredColumn {
  readonly name: string;
  readonly type: ColumnType;
  readonly role: ColumnRole;
  readonly test: DriftTest;
  readonly threshold: number;
}

/** How a monitor judges: an asset in the stack's bucket, since an event's target takes 8,192 characters. It holds no token. */
export interface MonitorRules {
  /** Features in request order, then the prediction. */
  readonly columns: readonly MonitoredColumn[];
  /** Format of requests and answers. */
  readonly format: 'csv' | 'jsonlines';
  /** Name of the request id, where it stands in requests or answers. */
  readonly id?: string;
  readonly everyHours: number;
  readonly windowHours: number;
  readonly minimumSamples: number;
  readonly falseAlarmsPerYear: number;
  /** `rolling`: the bins of the baseline, the counts of the preceding window. */
  readonly baseline: 'training' | 'rolling';
  readonly quality?: {
    readonly metric: QualityMetric;
    readonly minimum?: number;
    readonly maximum?: number;
    readonly idColumn: string;
    readonly labelColumn: string;
    readonly maxDelayHours: number;
    readonly format: 'csv' | 'jsonlines' | 'parquet';
  };
  readonly retraining?: {
    readonly cooldownHours: number;
    readonly maxPerWeek: number;
    readonly minimumNewSamples: number;
  };
}

/** What a monitor watches, and where: part of the schedule's input. Locations are S3 URIs without a slash at their end. */
export interface MonitorSettings {
  /** Key of its record; the endpoint's name where there is one. */
  readonly name: string;
  /** S3 URI of `MonitorRules` as JSON. */
  readonly rules: string;
  /** Partial counts, runs and reports lie below. */
  readonly output: string;
  readonly captured: {
    /** Captured requests lie below; with an endpoint, below `<location>/<deployment id>/`. */
    readonly location: string;
    readonly mode: 'realtime' | 'asynchronous' | 'batch';
    /** Whose deployer's record says which model's traffic lies where. Without one, all below the location is one model's. */
    readonly deployer?: { readonly endpoint: string; readonly table: string };
  };
  /** S3 URI of a profile; absent: the serving version's (`baselineUri` of its metadata). */
  readonly baseline?: string;
  /** S3 URI of the labels; with `rules.quality`. */
  readonly groundTruth?: string;
  /** Key with which objects are written. */
  readonly encryptionKeyArn: string;
  readonly topicArn?: string;
  /** With `rules.retraining`. */
  readonly retraining?: {
    readonly pipelineName: string;
    /** Where the pipeline registers versions. */
    readonly modelPackageGroup: string;
    /** S3 URI of the training data, with what the pipeline's default is. */
    readonly trainingData: string;
  };
}

/** What the pipeline's Baseline step asks for. */
export interface BaselineRequest {
  /** Answers SageMaker; in the message of a callback step. */
  readonly token: string;
  /** S3 URI of `BaselineRules` as JSON. */
  readonly rules: string;
  /** S3 URI of the rows that the model was trained on. */
  readonly trainingData: string;
  /** S3 URI of the folder in which the evaluation may have left `predictions.csv`, `.jsonl` or `.parquet`. */
  readonly evaluation: string;
  /** S3 URI below which the profile is written, as `profile.json`. */
  readonly output: string;
  readonly encryptionKeyArn: string;
}

/**
 * Body of the message that a callback step puts into the analyzer's queue, as JSON. The step's `Arguments` are the request
 * without the token. A pipeline that is stopped sends the message again, with the status `Stopping`, and waits for an answer.
 */
export interface BaselineMessage {
  readonly token: string;
  readonly pipelineExecutionArn: string;
  readonly arguments: Omit<BaselineRequest, 'token'>;
  /** `Executing` or `Stopping`. */
  readonly status?: string;
}

/** What the callback step hands on, by name. */
export interface BaselineOutputs {
  readonly baselineUri: string;
}

/** Which columns a baseline profiles: an asset without tokens. */
export interface BaselineRules {
  readonly columns: ReadonlyArray<{ readonly name: string; readonly type: ColumnType; readonly role: ColumnRole }>;
  readonly format: 'csv' | 'jsonlines' | 'parquet';
}

/** Input of an execution of the analyzer. */
export interface AnalyzerInput {
  readonly task: 'monitor' | 'baseline' | 'retrain';
  /** What started it, for people: `schedule`, `training pipeline`, `command line`. */
  readonly cause: string;
  /** For `monitor` and `retrain`. */
  readonly monitor?: MonitorSettings;
  /** For `retrain`: why a person asks for it, in words. @default - the cause */
  readonly why?: string;
  /** For `baseline`. */
  readonly baseline?: BaselineRequest;
  /** The end of the window, ISO 8601. @default - when the execution began */
  readonly until?: string;
}

/**
 * What the analyzer's function does in one call; the state machine says when. Each may be called again. An error named
 * `AnalysisFailure` would come back at every try; all others are worth another one. `work` answers `{key}`.
 */
export type AnalyzerOperation = 'plan' | 'work' | 'edges' | 'judge' | 'baseline' | 'retrain' | 'fail';

/** What the analyzer's function is called with by its state machine. */
export interface AnalyzerEvent {
  readonly operation: AnalyzerOperation;
  /** ARN of the execution. */
  readonly execution: string;
  /** When the execution began, ISO 8601. */
  readonly startedAt: string;
  /** The execution's input; absent for `work`. */
  readonly input?: AnalyzerInput;
  /** What `plan` answered; for what follows it. */
  readonly plan?: AnalyzerPlan;
  /** One object that `plan` or `edges` wrote; for `work`. */
  readonly batch?: { readonly bucket: string; readonly key: string };
  /** For `fail`. */
  readonly error?: { readonly Error: string; readonly Cause?: string };
}

/** What `plan` and `edges` answer: never the work itself, which lies in S3. */
export interface AnalyzerPlan {
  /** `sample`: a baseline's first pass; `count`: counting over known bins; `judge` and `baseline`: nothing to count. */
  readonly next: 'sample' | 'count' | 'judge' | 'baseline';
  readonly bucket: string;
  /** Key prefix of this run, ending in a slash. */
  readonly run: string;
  /** Key prefix of the objects that are worked through, one a child execution, ending in a slash. */
  readonly batches: string;
}

/** What `judge`, `baseline`, `retrain` and `fail` answer. */
export interface AnalyzerResult {
  /** In words. */
  readonly reason: string;
  /** Whether the state machine asks for a retraining next; of `retrain`: whether one was started. */
  readonly retrain: boolean;
  /** What is put on the event bus; none where no state changed. */
  readonly events: readonly DriftStateChange[];
  readonly message?: { readonly topicArn: string; readonly subject: string; readonly text: string };
}

/** Detail of the event `Drift State Change` or `Quality State Change`, source `cdk-mlops`. */
export interface DriftStateChange {
  readonly detailType: 'Drift State Change' | 'Quality State Change';
  readonly monitor: string;
  readonly state: MonitorState;
  readonly previousState: MonitorState;
  readonly since: string;
  /** Counts the episodes of a monitor: with the state it tells a repeated event from a new one. */
  readonly incident: number;
  readonly reason: string;
  readonly model?: string;
  readonly driftedColumns: readonly string[];
  readonly maxDrift: number;
  readonly driftedShare: number;
  /** S3 URI of the page. */
  readonly report: string;
}

/**
 * Metrics of a monitor, in the namespace `cdk-mlops` with the dimension `Monitor`; `column_drift` has the dimension `Column`
 * too. `drift` and `quality_poor` are 0 or 1, after hysteresis; `max_drift` and `column_drift` are statistics divided by their
 * thresholds, so that above 1 is drift.
 */
export type MonitorMetric =
  'drift' | 'max_drift' | 'drifted_share' | 'column_drift' | 'rows' | 'unreadable_files' | 'quality' | 'quality_poor';

/** Environment of the analyzer's handler. */
export interface AnalyzerEnvironment {
  /** Table of the monitors' records: partition key `monitor`. */
  readonly TABLE_NAME: string;
  /** Started for the messages of callback steps. */
  readonly STATE_MACHINE_ARN: string;
}
