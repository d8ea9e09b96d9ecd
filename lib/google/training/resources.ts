import type { Machine } from '../machine-types';

/** The data that this cloud's pipeline reads: `gs://bucket/prefix` or `bq://project.dataset.table`. */
export interface DataLocations {
  readonly training: string;
  readonly validation?: string;
  readonly test?: string;
}

/** Everything the steps need that is not in the plan: what exists in this project. Strings may hold the engine's tokens. */
export interface StepResources {
  /** Name of the pipeline: lower-case letters, digits and hyphens. */
  readonly pipelineName: string;
  readonly project: string;
  readonly region: string;
  readonly data: DataLocations;
  readonly trainingImage: string;
  readonly servingImage: string;
  /** Machine of the training step. */
  readonly trainingMachine: Machine;
  /** Machine of preprocessing and evaluation. */
  readonly processingMachine: Machine;
  readonly source: {
    /** `gs://…/<codeVersion>.tgz`. */
    readonly uri: string;
    /** Path of the step program where containers see it: `/gcs/…/<hash>.pyz`. */
    readonly programPath: string;
    readonly codeVersion: string;
  };
  /** `gs://` folder, with a slash at its end, for tables that are exported from BigQuery. */
  readonly stagingUri: string;
  /** `gs://` folder, with a slash at its end, below which every execution keeps its checkpoints in a folder of its own. */
  readonly checkpointsUri: string;
  /** Id of the model in the registry, to which each execution adds a version. */
  readonly modelId: string;
  /** Email of the account that the jobs run as. */
  readonly serviceAccount: string;
  /** Resource name of a Cloud KMS key. */
  readonly encryptionKey?: string;
  /** `projects/<number>/global/networks/<name>`, peered with Vertex AI. Excludes `networkAttachment`. */
  readonly network?: string;
  /** `projects/<project>/regions/<region>/networkAttachments/<name>`, for Private Service Connect. */
  readonly networkAttachment?: string;
}
