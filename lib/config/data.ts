/** The type of a model's input or output column, as the statistics see it. */
export type ColumnType = 'numeric' | 'categorical';

/** The file format of training data, and of requests where it can be. */
export type DataFormat = 'csv' | 'jsonlines' | 'parquet';

/** How a single data set is divided into training, validation and test rows. */
export type SplitMethod = 'time' | 'random';

/** A named column with its type. */
export interface ColumnConfig {
  /** Column name, as it stands in the data. */
  readonly name: string;

  /** Whether values are numbers on a scale or labels of categories. */
  readonly type: ColumnType;
}

/** How the preprocessing script divides one data set. It reaches the script in `mlops.json`. */
export interface SplitConfig {
  /** `time`: the newest rows by `column` validate and test; `random`: a random draw. */
  readonly by: SplitMethod;

  /**
   * Column that orders the rows.
   * @default - required when `by` is `time`, refused otherwise
   */
  readonly column?: string;

  /**
   * Share of rows for validation, above 0 and below 1.
   * @default 0.2
   */
  readonly validationFraction?: number;

  /**
   * Share of rows for the test set that the gate judges, at least 0; together with `validationFraction` below 1.
   * @default 0.1
   */
  readonly testFraction?: number;
}

/** Where the data is and what its columns mean. One meaning on both clouds. */
export interface DataConfig {
  /**
   * Training data: a folder (`s3://bucket/prefix/`, `gs://bucket/prefix/`) or table (`bq://project.dataset.table`).
   * May be a CDK or Terraform token.
   * @default - none; needed by the training pipeline
   */
  readonly training?: string;

  /**
   * Validation data. Excludes `split`.
   * @default - the preprocessing script splits `training`
   */
  readonly validation?: string;

  /**
   * Test data, which the evaluation gate judges. Excludes `split`.
   * @default - the preprocessing script's test output; without preprocessing, `validation`
   */
  readonly test?: string;

  /**
   * How preprocessing divides `training`.
   * @default - by your script's own rule
   */
  readonly split?: SplitConfig;

  /**
   * Format of the data and of requests. `parquet` is a format of files: its models are asked in `csv`.
   * @default 'csv'
   */
  readonly format?: DataFormat;

  /**
   * The model's inputs, in request order.
   * @default - none; needed by drift monitoring
   */
  readonly features?: ColumnConfig[];

  /**
   * The column to predict.
   * @default - none
   */
  readonly label?: ColumnConfig;

  /**
   * The model's output.
   * @default - none; predictions are then not monitored
   */
  readonly prediction?: ColumnConfig;

  /**
   * Name of a request id that passes through the model and joins predictions with ground truth.
   * @default - none; needed by quality monitoring
   */
  readonly id?: string;
}
