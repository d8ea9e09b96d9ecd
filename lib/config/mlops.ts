import type { AwsConfig, GoogleConfig } from './clouds';
import type { DataConfig } from './data';
import type { FeatureStoreConfig } from './feature-store';
import type { MonitoringConfig, RetrainingConfig } from './monitoring';
import type { ServingConfig } from './serving';
import type { TrainingConfig } from './training';

/** How much runs by itself. In TypeScript the literals 0, 1 and 2 do as well. */
export enum MaturityLevel {
  /** Trained and deployed by hand, watched on a dashboard. */
  MANUAL = 0,
  /** Training and deployment are automated, data drift is monitored. */
  PIPELINE_AUTOMATION = 1,
  /** Drift starts retraining; models are tested, promoted and rolled back automatically. */
  FULL_AUTOMATION = 2,
}

/** Capabilities switched apart from their level. Stateful ones (the feature store) follow their section instead. */
export interface CapabilitiesConfig {
  /**
   * Requests and answers are captured. Needs a serving mode other than `serverless`.
   * @default - from level 1
   */
  readonly dataCapture?: boolean;

  /**
   * Alarms on errors, latency and failures.
   * @default - from level 1
   */
  readonly operationalAlarms?: boolean;

  /**
   * The training pipeline. Needs `training` and `data.training`.
   * @default - from level 1
   */
  readonly trainingPipeline?: boolean;

  /**
   * An approved version is deployed.
   * @default - from level 1
   */
  readonly deployment?: boolean;

  /**
   * Features, predictions and quality are compared with a baseline. Needs `dataCapture`, `trainingPipeline` and
   * `data.features`.
   * @default - from level 1
   */
  readonly driftMonitoring?: boolean;

  /**
   * Drift starts a training. Needs `driftMonitoring` and `trainingPipeline`.
   * @default - from level 2
   */
  readonly retraining?: boolean;

  /**
   * A version that passes the gate is approved. Needs `trainingPipeline`.
   * @default - from level 2
   */
  readonly automaticApproval?: boolean;

  /**
   * A new version is tested against the champion. Needs `deployment` and real-time serving.
   * @default - from level 2
   */
  readonly abTest?: boolean;
}

/** One config: how a model is trained, served and watched, and how much of it runs by itself. */
export interface MlopsConfig {
  /**
   * Name of the model, unique in the account and region, on Google Cloud in the project: 1 to 40 lower-case letters, digits
   * and hyphens, starting with a letter and not ending in a hyphen. Resources are named by it; it cannot be changed later.
   */
  readonly name: string;

  /** How much runs by itself: 0 manual, 1 pipeline automation, 2 full automation. */
  readonly level: MaturityLevel;

  /**
   * The data.
   * @default - none; needed from level 1
   */
  readonly data?: DataConfig;

  /**
   * Training.
   * @default - none; needed from level 1
   */
  readonly training?: TrainingConfig;

  /**
   * Serving.
   * @default - real-time, small, two to four instances
   */
  readonly serving?: ServingConfig;

  /**
   * Monitoring.
   * @default - hourly over 24 hours, `ks` for numeric and `psi` for categorical columns
   */
  readonly monitoring?: MonitoringConfig;

  /**
   * Limits of automatic retraining.
   * @default - once a day, three times a week, 10,000 new rows
   */
  readonly retraining?: RetrainingConfig;

  /**
   * The feature store.
   * @default - none; needed at level 2
   */
  readonly featureStore?: FeatureStoreConfig;

  /**
   * Capabilities switched apart from the level.
   * @default - as the level says
   */
  readonly capabilities?: CapabilitiesConfig;

  /**
   * What only AWS has.
   * @default - none
   */
  readonly aws?: AwsConfig;

  /**
   * What only Google Cloud has.
   * @default - none
   */
  readonly google?: GoogleConfig;
}
