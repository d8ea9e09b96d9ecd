/**
 * What constructs and runtime code agree on: the environment of each handler, what it is given, what it answers.
 * Types only: neither side runs the other's code.
 */

/** Environment of the data manifest handler. */
export interface DataManifestEnvironment {
  /** Bucket that keeps manifests and lineage documents. */
  readonly ARTIFACT_BUCKET: string;
  /** Key prefix below which they are written, ending in a slash. */
  readonly ARTIFACT_PREFIX: string;
}

/** Arguments of the pipeline's DataManifest step. SageMaker passes them as the event; all are strings. */
export interface DataManifestRequest {
  readonly executionId: string;
  /** S3 locations of the data, as the pipeline's parameters name them. */
  readonly trainingData: string;
  readonly validationData?: string;
  readonly testData?: string;
  /** Content hash of the source folder. */
  readonly codeVersion: string;
  readonly codeUri: string;
  readonly image: string;
  /** JSON object of strings, numbers and booleans. */
  readonly hyperparameters: string;
}

/** What the DataManifest handler answers; the step's output parameters are those that later steps read. */
export interface DataManifestResponse {
  /** JSON Lines: one object per input file, `{channel, key, etag, size}`. */
  readonly manifestUri: string;
  /** SHA-256 of the manifest, hexadecimal: the data version. */
  readonly manifestSha256: string;
  /** Files in the manifest. */
  readonly objectCount: number;
  /** Size of these files, in bytes. */
  readonly totalBytes: number;
  /** Document that names code, data, image and hyperparameters of this execution. */
  readonly lineageUri: string;
}

/** Arguments of the pipeline's Approve step. */
export interface ApproveRequest {
  readonly modelPackageArn: string;
  /** Shown in the registry beside the approval; at most 1024 characters. */
  readonly reason: string;
}

/** Output parameters of the Approve step. */
export interface ApproveResponse {
  readonly approvalStatus: string;
}
