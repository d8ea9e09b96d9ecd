import type { GoogleConfig } from '../../config/clouds';
import type { DataConfig } from '../../config/data';
import type { MonitoringConfig, RetrainingConfig } from '../../config/monitoring';
import type { IArtifactStore } from '../artifact-store';
import type { Baseline } from '../baseline';
import type { IEncryptionKey } from '../encryption-key';
import type { GoogleLocation } from '../google-location';
import type { MlopsDataset } from '../mlops-dataset';
import type { ModelEndpoint } from '../model-endpoint';
import type { IModelRegistry } from '../model-registry';
import type { RemovalPolicy } from '../removal-policy';
import type { ITrainingPipeline } from '../training-pipeline-base';

/** What drift starts: the config's `retraining` section, and the pipeline. */
export interface DriftRetrainingProps extends RetrainingConfig {
  /** Pipeline that is started. It registers in `registry`. */
  readonly pipeline: ITrainingPipeline;
}

/** Properties of a monitor: the config's `monitoring` section, and what it works with. */
export interface DriftMonitorProps extends MonitoringConfig {
  /**
   * Endpoint that is watched. It logs requests; which of them the serving model answered, its deployer knows.
   * @default - an endpoint that something else deploys, which logs to `logTable`
   */
  readonly endpoint?: ModelEndpoint;

  /**
   * Table into which Vertex AI logs the requests of another endpoint, `project.dataset.table`.
   * @default - that of `endpoint`
   */
  readonly logTable?: string;

  /**
   * Name of the monitor: 1 to 40 lower-case letters, digits and hyphens, starting with a letter. Its record, its tables, its metrics and
   * its reports carry it: another name begins anew.
   * @default - the name of `endpoint`
   */
  readonly monitorName?: string;

  /** The model's inputs, output and request id. */
  readonly data: DataConfig;

  /** Project, region, and exact values for Google Cloud; they go before the neutral ones. */
  readonly google: GoogleConfig;

  /** Where the profile comes from that traffic is compared with. */
  readonly baselineProfile: Baseline;

  /**
   * Registry of the versions.
   * @default - that of `endpoint`
   */
  readonly registry?: IModelRegistry;

  /** Dataset of the monitor's tables, with the program that counts and judges. */
  readonly dataset: MlopsDataset;

  /** Bucket for record, reports and baselines, below the prefix `drift/<monitorName>/`. */
  readonly artifacts: IArtifactStore;

  /** Key for tables, messages, and the workflow. */
  readonly encryptionKey: IEncryptionKey;

  /**
   * Start a training when the data drifts, or the quality is poor.
   * @default - people are told
   */
  readonly retraining?: DriftRetrainingProps;

  /**
   * Let the monitor's account read training data and labels: their bucket gets a binding, for which it needs uniform access, a table its
   * own. Without, the owner of the data has to.
   * @default true
   */
  readonly grantDataAccess?: boolean;

  /**
   * Names of notification channels that are told of drift, and of failures, besides `notify`.
   * @default - none
   */
  readonly notificationChannels?: string[];

  /**
   * What happens to the tables when they leave the stack.
   * @default 'retain'
   */
  readonly removalPolicy?: RemovalPolicy;
}

/** A monitor that stands already. */
export interface DriftMonitorAttributes extends GoogleLocation {
  readonly monitorName: string;
}
