/** A statistic that compares two distributions. */
export type DriftTest = 'psi' | 'ks' | 'jensenShannon' | 'lInfinity' | 'chiSquared' | 'wasserstein';

/** What a window is compared with. */
export type BaselineKind = 'training' | 'rolling';

/** A measure of prediction quality. */
export type QualityMetric = 'accuracy' | 'precision' | 'recall' | 'f1' | 'auc' | 'logLoss' | 'rmse' | 'mae';

/** The tests per column type. */
export interface DriftTestsConfig {
  /**
   * Test for numeric columns; not `chiSquared`.
   * @default 'ks'
   */
  readonly numeric?: DriftTest;

  /**
   * Test for categorical columns: `psi`, `jensenShannon`, `lInfinity` or `chiSquared`.
   * @default 'psi'
   */
  readonly categorical?: DriftTest;
}

/** Settings of one monitored feature. */
export interface MonitoredFeatureConfig {
  /**
   * Test for this feature.
   * @default - the test of its type
   */
  readonly test?: DriftTest;

  /**
   * Threshold for this feature, in the units of its test.
   * @default - `monitoring.threshold`
   */
  readonly threshold?: number;
}

/** Where the truth arrives. */
export interface GroundTruthConfig {
  /** Folder or table with the labels. May be a token. */
  readonly location: string;

  /** Column that holds the request id (`data.id`). */
  readonly idColumn: string;

  /** Column that holds the true label. */
  readonly labelColumn: string;

  /**
   * Hours after the request within which a label still counts, 1 to 8760.
   * @default 72
   */
  readonly maxDelayHours?: number;
}

/** Prediction quality against ground truth. */
export interface QualityConfig {
  /** The measure. */
  readonly metric: QualityMetric;

  /**
   * Lowest accepted value, for measures where more is better (accuracy, precision, recall, f1, auc: 0 to 1).
   * @default - `maximum`
   */
  readonly minimum?: number;

  /**
   * Highest accepted value, for measures where less is better (logLoss, rmse, mae).
   * @default - `minimum`
   */
  readonly maximum?: number;

  /** Where the truth arrives. */
  readonly groundTruth: GroundTruthConfig;
}

/** How a model in production is watched. */
export interface MonitoringConfig {
  /**
   * Hours between runs, 1 to 168.
   * @default 1
   */
  readonly everyHours?: number;

  /**
   * Hours of traffic that each run looks at, at least `everyHours`, at most 720. Whole days absorb the daily cycle.
   * @default 24
   */
  readonly windowHours?: number;

  /**
   * Fewest rows for a verdict, at least 30; below, the verdict is `notEnoughData`.
   * @default 500
   */
  readonly minimumSamples?: number;

  /**
   * Captured share of requests in whole percent, 1 to 100.
   * @default 100
   */
  readonly capturePercent?: number;

  /**
   * Tests per column type.
   * @default - `ks` for numeric, `psi` for categorical columns
   */
  readonly tests?: DriftTestsConfig;

  /**
   * Threshold for every feature, in the units of its test: psi and wasserstein above 0, the others above 0 and at most 1.
   * @default - psi 0.2, the other tests 0.1
   */
  readonly threshold?: number;

  /**
   * Settings per feature or prediction, by column name.
   * @default - none
   */
  readonly features?: { readonly [column: string]: MonitoredFeatureConfig };

  /**
   * Expected false alarms a year over all columns, above 0 and at most 365.
   * @default 1
   */
  readonly falseAlarmsPerYear?: number;

  /**
   * `training`: the serving version's training data; `rolling`: the preceding window.
   * @default 'training'
   */
  readonly baseline?: BaselineKind;

  /**
   * Prediction quality against ground truth. Needs `data.id`, `data.label` and `data.prediction`.
   * @default - not watched
   */
  readonly quality?: QualityConfig;

  /**
   * E-mail addresses that are told of failures, alarms and drift.
   * @default - none
   */
  readonly notify?: string[];
}

/** When drift may start a new training. */
export interface RetrainingConfig {
  /**
   * Hours after a retraining in which none starts, 1 to 720.
   * @default 24
   */
  readonly cooldownHours?: number;

  /**
   * Most retrainings in seven days, 1 to 50.
   * @default 3
   */
  readonly maxPerWeek?: number;

  /**
   * New training rows that must have come since the last training, at least 0.
   * @default 10000
   */
  readonly minimumNewSamples?: number;
}
