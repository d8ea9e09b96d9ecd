/** Frameworks with a ready-made training and serving image on both clouds. */
export type FrameworkName = 'xgboost' | 'scikit-learn' | 'pytorch';

/** A machine size with one meaning on both clouds; exact types stand under `aws` and `google`. */
export type ComputeSize = 'small' | 'medium' | 'large' | 'gpu';

/** Whether a larger or a smaller metric is better. */
export type MetricDirection = 'maximize' | 'minimize';

/** A framework and its version. */
export interface FrameworkConfig {
  /** Framework name. */
  readonly name: FrameworkName;

  /** Version as `major.minor`, in quotes (`"1.7"`): without them YAML reads a number, and 1.10 becomes 1.1. */
  readonly version: string;
}

/** The gate that a trained model passes before it is registered. */
export interface EvaluationConfig {
  /** Script in `source` that writes `evaluation/evaluation.json` as `{"metrics": {"<metric>": {"value": 0.87}}}`. */
  readonly entryPoint: string;

  /** Name of the metric in the report, for example `auc`. */
  readonly metric: string;

  /** A model whose metric does not reach this is not registered. */
  readonly threshold: number;

  /**
   * Whether the metric must be at least (`maximize`) or at most (`minimize`) the threshold.
   * @default 'maximize'
   */
  readonly direction?: MetricDirection;
}

/** A recurring time. */
export interface ScheduleConfig {
  /**
   * Five cron fields (minute hour day-of-month month day-of-week), UTC. Day-of-month and day-of-week cannot both be
   * restricted: the two clouds read that differently.
   */
  readonly cron: string;
}

/** How a model is trained. */
export interface TrainingConfig {
  /**
   * Framework whose image runs the scripts. Exactly one of `framework` and `image` is given.
   * @default - `image`
   */
  readonly framework?: FrameworkConfig;

  /**
   * Own image URI. On AWS it needs bash, tar, python3 and the SageMaker training toolkit, on Google Cloud python3 from 3.7.
   * May be a token.
   * @default - the framework's image
   */
  readonly image?: string;

  /** Folder with the scripts; a relative path resolves against the config file. Its content hash is the code version. */
  readonly source: string;

  /**
   * Preprocessing script in `source`.
   * @default - none: the data is used as it is
   */
  readonly preprocess?: string;

  /** Training script in `source`. */
  readonly entryPoint: string;

  /** The gate before registration. */
  readonly evaluation: EvaluationConfig;

  /**
   * Machine size for every step.
   * @default 'medium'
   */
  readonly compute?: ComputeSize;

  /**
   * Hyperparameters: strings, numbers or booleans, passed to the training script as `--name value`. At most 80;
   * names that start with `sagemaker_` are refused.
   * @default - none
   */
  readonly hyperparameters?: { readonly [name: string]: any };

  /**
   * When training runs by itself.
   * @default - only when started
   */
  readonly schedule?: ScheduleConfig;

  /**
   * Train on spare capacity, cheaper and interruptible, with checkpoints in `/opt/ml/checkpoints`.
   * @default false
   */
  readonly spot?: boolean;

  /**
   * Longest run of one step, in minutes, 1 to 7200 (5 days).
   * @default 1440
   */
  readonly maxRuntimeMinutes?: number;

  /**
   * Disk of each machine, in GB, 1 to 16384. On Google Cloud a machine has at least 100.
   * @default 30
   */
  readonly volumeGb?: number;

  /**
   * Days for which a step with the same code, data manifest and arguments is reused, 0 (never) to 365. On Google Cloud all
   * results expire together, every so many days.
   * @default 30
   */
  readonly cacheDays?: number;
}
