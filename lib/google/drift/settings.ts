/** What the program is told of a monitor. */
import type { DriftSettings, DriftTableNames } from '../../runtime/google-drift-contract';
import type { IArtifactStore } from '../artifact-store';
import type { BoundBaseline } from '../baseline';
import type { IEncryptionKey } from '../encryption-key';
import type { GoogleLocation } from '../google-location';
import type { GoogleResource } from '../l1/google-resource';
import type { IMlopsDataset } from '../mlops-dataset';
import type { ModelEndpoint } from '../model-endpoint';
import type { IModelRegistry } from '../model-registry';
import type { ITrainingPipeline } from '../training-pipeline-base';

/** A monitor, as far as the program needs it. */
export interface Watched {
  readonly location: GoogleLocation;
  readonly monitorName: string;
  /** Folder of the monitor, with a slash at its end. */
  readonly folder: string;
  /** Name of the object with the rules. */
  readonly rules: string;
  readonly tables: DriftTableNames;
  readonly endpoint?: ModelEndpoint;
  /** Of an endpoint that something else deploys. */
  readonly logTable?: string;
  readonly baseline: BoundBaseline;
  /** Address of the labels, where quality is watched. */
  readonly groundTruth?: string;
  readonly retraining?: DriftRetraining;
  readonly dataset: IMlopsDataset;
  readonly artifacts: IArtifactStore;
  readonly encryptionKey: IEncryptionKey;
  readonly topic: GoogleResource<'google_pubsub_topic'>;
}

/** What drift starts. */
export interface DriftRetraining {
  readonly pipeline: ITrainingPipeline;
  /** Where it registers versions. */
  readonly registry: IModelRegistry;
  /** `gs://` or `bq://`. */
  readonly trainingData: string;
}

/** `SETTINGS` of the monitor's workflow. */
export function driftSettings(watched: Watched): DriftSettings {
  const { location, endpoint, logTable, dataset, retraining, artifacts } = watched;
  return {
    project: location.project,
    region: location.region,
    monitor: watched.monitorName,
    bucket: artifacts.bucketName,
    folder: watched.folder,
    rules: watched.rules,
    tables: watched.tables,
    log: (endpoint?.logTable ?? logTable)!,
    routines: `${dataset.project}.${dataset.datasetId}`,
    deployer: endpoint?.deployer.folder,
    baseline: watched.baseline.uri,
    groundTruth: watched.groundTruth,
    encryptionKey: watched.encryptionKey.keyName,
    topic: watched.topic.id,
    retraining: retraining && {
      workflow: retraining.pipeline.workflowName,
      model: retraining.registry.modelName,
      trainingData: retraining.trainingData,
    },
  };
}
