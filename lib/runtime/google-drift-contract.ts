import type { DriftStateChange, MonitorMetric, MonitorRules } from './drift-contract';
import type { GoogleSettings } from './google-contract';

/**
 * What the constructs of drift monitoring on Google Cloud and the program `drift` agree on: types, and the schemas of the tables and
 * the signatures of the routines, which Terraform makes and the program's SQL names.
 */

/** How a monitor judges: an object in the artifact bucket, since a workflow's environment is small. It holds no token. */
export interface GoogleMonitorRules extends MonitorRules {
  /** Format of the training data; of a table of BigQuery it is not asked for. */
  readonly trainingFormat: 'csv' | 'jsonlines' | 'parquet';
}

/** Full names, `project.dataset.table`, of the tables that Terraform makes ({@link DRIFT_TABLES}). */
export interface DriftTableNames {
  readonly requests: string;
  readonly counts: string;
  readonly baselines: string;
  readonly runs: string;
}

/** What the drift workflow of one monitor knows (`SETTINGS`, as JSON of at most 4 KB). */
export interface DriftSettings extends GoogleSettings {
  /** Name of the monitor: that of the endpoint. */
  readonly monitor: string;
  /** Bucket of record, reports and baselines. */
  readonly bucket: string;
  /** Their folder, `drift/<monitor>/`. The program writes below `record/`, `reports/`, `baselines/` and `pieces/`, and `latest.*`. */
  readonly folder: string;
  /** Name of the object in the bucket that holds {@link GoogleMonitorRules} as JSON. */
  readonly rules: string;
  readonly tables: DriftTableNames;
  /** Table into which Vertex AI logs requests, `project.dataset.table`; it need not exist yet. */
  readonly log: string;
  /** Dataset of the routines ({@link DRIFT_ROUTINES}), `project.dataset`. */
  readonly routines: string;
  /** Folder of the deployer's record in the bucket, `deployments/<endpoint>/`. Without one, all that is logged is one model's. */
  readonly deployer?: string;
  /** `gs://` address of a profile that all traffic is compared with. @default - the serving version's own */
  readonly baseline?: string;
  /** Labels: `gs://` file or folder, or `bq://project.dataset.table`; with `rules.quality`. */
  readonly groundTruth?: string;
  /** Key of the jobs' results, `projects/…/cryptoKeys/…`. @default - the dataset's default, or Google's */
  readonly encryptionKey?: string;
  /** Topic of changes of state, `projects/…/topics/…`. @default - none */
  readonly topic?: string;
  /** With `rules.retraining`. */
  readonly retraining?: {
    /** The training workflow, `projects/…/locations/…/workflows/…`. */
    readonly workflow: string;
    /** Model whose versions it registers, `projects/…/locations/…/models/ID`. */
    readonly model: string;
    /** Training data, `gs://` or `bq://`. */
    readonly trainingData: string;
  };
  /** Seconds between two looks at a job that runs. @default 5 */
  readonly pollSeconds?: number;
}

/** What an execution of the drift workflow is started with; everything is optional. */
export interface DriftArgument {
  /** @default 'monitor' */
  readonly task?: 'monitor' | 'baseline' | 'retrain';
  /** What started it, for people: `schedule`, `training pipeline`, `command line`. @default 'schedule' */
  readonly cause?: string;
  /** For `retrain`: why a person asks for it, in words. @default - the cause */
  readonly why?: string;
  /** For `monitor`: the end of the window, ISO 8601. @default - when the execution began */
  readonly until?: string;
  /** For `baseline`: number of the version, which names the baseline: `baselines/<version>.json`. */
  readonly version?: string;
  /** For `baseline`: the pipeline job of Vertex AI that trained the version; what it read and left is found in it. */
  readonly job?: string;
  /** For `baseline`: the rows that the model was trained on, a file or folder `gs://…`, or `bq://project.dataset.table`. @default - the job's */
  readonly trainingData?: string;
  /** For `baseline`: folder, `gs://…`, in which the evaluation may have left `predictions.csv`, `.jsonl` or `.parquet`. @default - the job's */
  readonly evaluation?: string;
}

/** What an execution answers. */
export interface DriftResult {
  /** In words. */
  readonly reason: string;
  /** `gs://` address of the profile; of task `baseline`. */
  readonly baseline?: string;
  /** `gs://` address of the page; of task `monitor`, where something was judged. */
  readonly report?: string;
  /** The execution of the training workflow that was started. */
  readonly retraining?: string;
  /** What BigQuery's jobs of the execution scanned. */
  readonly bytesScanned?: number;
}

/** A column of a table of BigQuery. */
export interface TableColumn {
  readonly name: string;
  readonly type: 'STRING' | 'INT64' | 'FLOAT64' | 'TIMESTAMP';
  readonly mode: 'REQUIRED' | 'NULLABLE' | 'REPEATED';
}

/** A table as Terraform makes it. */
export interface DriftTable {
  readonly columns: readonly TableColumn[];
  /** Partitioned by the hours of this column. @default - not partitioned */
  readonly hours?: string;
  readonly clustering: readonly string[];
}

const required = (name: string, type: TableColumn['type'] = 'STRING'): TableColumn => ({
  name,
  type,
  mode: 'REQUIRED',
});
const nullable = (name: string, type: TableColumn['type'] = 'STRING'): TableColumn => ({
  name,
  type,
  mode: 'NULLABLE',
});

/**
 * The tables. `requests`, `counts` and `runs` may drop their partitions when nothing asks for them any more: `windowHours` + 168 hours (or
 * twice the window), `quality.maxDelayHours` + `windowHours`, and a day. Hours that lie farther back cannot be judged again.
 */
export const DRIFT_TABLES: Readonly<Record<keyof DriftTableNames, DriftTable>> = {
  /** One row for each row of a request, or for a request that could not be read. */
  requests: {
    columns: [
      required('logged_at', 'TIMESTAMP'),
      required('deployed_model_id'),
      required('request_id'),
      required('position', 'INT64'), // from 0 within the request
      nullable('id'), // what joins it with its label
      nullable('instance'), // as it was sent: JSON, or a line of CSV
      nullable('prediction'), // as it was answered
      nullable('problem'), // why the request could not be read
    ],
    hours: 'logged_at',
    clustering: ['deployed_model_id', 'request_id'],
  },
  /** What was counted of a column in an hour, over a baseline's bins. Counted again, a row with more requests is added. */
  counts: {
    columns: [
      required('hour', 'TIMESTAMP'),
      required('baseline'), // a hash of the bins, the model and how requests are read
      required('position', 'INT64'), // of the column in the baseline; -1: the hour as a whole
      required('requests', 'INT64'), // rows of `requests` that were counted
      required('counts'), // JSON
    ],
    hours: 'hour',
    clustering: ['baseline', 'position'],
  },
  /** A baseline's columns. */
  baselines: {
    columns: [
      required('baseline'), // the version, or a hash of its address
      required('run'), // the execution that wrote it: the newest counts
      required('created_at', 'TIMESTAMP'),
      required('position', 'INT64'), // -1: the profile without its columns
      nullable('name'),
      nullable('type'),
      { name: 'edges', type: 'FLOAT64', mode: 'REPEATED' }, // the cuts with their signs turned, ascending
      { name: 'categories', type: 'STRING', mode: 'REPEATED' },
      required('document'), // JSON: the column's bins and counts
    ],
    clustering: ['baseline'],
  },
  /** What was judged. */
  runs: {
    columns: [
      required('run'),
      required('started_at', 'TIMESTAMP'),
      nullable('model'),
      required('summary'), // JSON: what the program and the next run read of it
      required('judged'), // JSON: what the report is made of
    ],
    hours: 'started_at',
    clustering: ['run'],
  },
};

/**
 * The routines beside `program`, each a function of the library's global: `return cdkMlops.<function>(<arguments>)`. Arguments and
 * results are `STRING`; all are deterministic.
 */
export const DRIFT_ROUTINES = {
  /** Rows of a logged request. */
  drift_rows: { function: 'driftRows', arguments: ['rules', 'request', 'response'] },
  /** What a row says of each column. */
  drift_cells: { function: 'driftCells', arguments: ['rules', 'instance', 'prediction'] },
  /** Bins of a column, from a sample. */
  drift_bins: { function: 'driftBins', arguments: ['column', 'sample'] },
  /** A column of a profile, from its bins and counts; without bins the profile's head. */
  drift_column: { function: 'driftColumn', arguments: ['bins', 'counts', 'origin'] },
  /** The whole profile, from its columns. */
  drift_profile: { function: 'driftProfile', arguments: ['documents'] },
  /** The columns of a profile that came from elsewhere, as the table keeps them. */
  drift_columns: { function: 'driftColumns', arguments: ['profile'] },
  /** Counts of a column's hours, merged and made coarser as far as the judge allows. */
  drift_hours: { function: 'driftHours', arguments: ['column', 'hours', 'span'] },
  /** The judgement of a window. */
  drift_judge: { function: 'driftJudge', arguments: ['question', 'documents', 'hours'] },
  /** The judgement of predictions with their labels. */
  drift_quality: { function: 'driftQuality', arguments: ['rules', 'pairs'] },
  /** The report, or its page. */
  drift_report: { function: 'driftReport', arguments: ['judged', 'state', 'form'] },
} as const satisfies Readonly<Record<string, { readonly function: string; readonly arguments: readonly string[] }>>;

/**
 * Type of a metric in Cloud Monitoring: `custom.googleapis.com/cdk_mlops/<metric>` of the resource `global`, with the label `monitor`,
 * and for `column_drift` also `column`. What they mean: {@link MonitorMetric}; `unreadable_files` is not among them, since requests are
 * rows of a table: `unreadable_requests` counts those that could not be read.
 */
export type GoogleMonitorMetric = Exclude<MonitorMetric, 'unreadable_files'> | 'unreadable_requests' | 'bytes_scanned';

/**
 * Something that people are told of: an entry of the workflow's log, `jsonPayload.drift`. Severity: `WARNING` for drift and poor quality
 * that begin, `ERROR` for failures, `NOTICE` for the rest.
 */
export interface DriftLogEntry {
  readonly drift: {
    readonly monitor: string;
    readonly event: 'drift' | 'quality' | 'retraining' | 'failure';
    /** Of drift or quality: the state that begins. */
    readonly state?: string;
    /** In words. */
    readonly reason: string;
    /** `gs://` address of the page. */
    readonly report?: string;
  };
}

/** Attributes of a message in the topic; its data is a {@link DriftStateChange} as JSON. */
export interface DriftMessageAttributes {
  readonly monitor: string;
  readonly detailType: DriftStateChange['detailType'];
  readonly state: string;
  /** Number of the episode, which with the state tells a repeated message from a new one. */
  readonly incident: string;
}
