import type { DeploymentPolicy } from '../deployer/policy';
import type { Request } from '../deployer/requests';

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

/** What models are served with on AWS: a change of any of it needs a rollout. */
export interface AwsServing {
  /** Instance type, for example `ml.m5.large`; absent in serverless mode. */
  readonly instanceType?: string;
  readonly serverless?: { readonly memoryMb: number; readonly maxConcurrency: number };
  /** Asynchronous answers: where they go, as an S3 URI. */
  readonly asynchronous?: { readonly output: string };
  /** Batch prediction: S3 URIs of what is predicted and of the predictions. */
  readonly batch?: { readonly input: string; readonly output: string; readonly contentType: string };
  /** Image for a model that is given by its artifact; versions bring their own. */
  readonly image?: string;
  /** Environment of the container, over that of the version. */
  readonly environment: Readonly<Record<string, string>>;
  /** Role of the model's containers. */
  readonly roleArn: string;
  /** Key of volumes, captured data and answers. */
  readonly encryptionKeyArn: string;
  /** False for instance types whose local disks take no key. */
  readonly encryptVolume: boolean;
  readonly vpc?: { readonly Subnets: string[]; readonly SecurityGroupIds: string[] };
  readonly networkIsolation: boolean;
  /** Requests and answers are kept below `<location>/<deployment id>/`. The location is an S3 URI without a slash at its end. */
  readonly capture?: { readonly location: string; readonly percent: number; readonly contentType: string };
}

/** Properties of the custom resource that stands for an endpoint. */
export interface EndpointResourceProperties {
  /** It is the physical id too, for ever. */
  readonly EndpointName: string;
  /** `AwsPolicy` as JSON. */
  readonly Policy: string;
}

/** The policy as the constructs write it for AWS. */
export interface AwsPolicy extends DeploymentPolicy<AwsServing> {
  /** Group whose approved versions are deployed. */
  readonly modelPackageGroup: string;
  /** Topic that is told of failures and verdicts. */
  readonly topicArn?: string;
}

/** Where CloudFormation waits for the answer to a request of the custom resource. */
export interface ResourceAnswer {
  readonly responseUrl: string;
  readonly stackId: string;
  readonly requestId: string;
  readonly logicalResourceId: string;
  readonly physicalResourceId: string;
  /** When it has to be answered, ISO 8601. */
  readonly deadline: string;
}

/** Input of an execution of the deployer: look at an endpoint, perhaps with a request. Approvals and ticks carry none. */
export interface DeployerInput {
  readonly endpoint: string;
  /** What started it, for people: `aws.events` (a schedule), `aws.sagemaker`, `cdk deploy`, `command line`, `retraining`. */
  readonly cause: string;
  /** `predict` runs one batch prediction instead. @default 'deploy' */
  readonly task?: 'deploy' | 'predict';
  readonly request?: Request;
  readonly answer?: ResourceAnswer;
  /** Seconds between two looks at the endpoint. @default 30 */
  readonly pollSeconds?: number;
}

/** What the deployer's function does in one call; the state machine says when. */
export type DeployerOperation =
  'claim' | 'judge' | 'create' | 'ask' | 'verify' | 'settle' | 'cleanUp' | 'answer' | 'predict' | 'settlePrediction';

/** An error that a state caught. */
export interface CaughtError {
  readonly Error: string;
  readonly Cause?: string;
}

/** How a step ended. */
export interface StepOutcome {
  /** `wait`: not ended yet; `ask`: not even asked for, since the service was at work on something else. */
  readonly result: 'wait' | 'ask' | 'done' | 'failed';
  /** In words. */
  readonly reason?: string;
  /** Whether the candidate is to blame, and not a service, a limit or a missing right. */
  readonly candidateFailed?: boolean;
}

/** What the deployer's function is called with. */
export interface DeployerEvent {
  readonly operation: DeployerOperation;
  /** ARN of the execution. */
  readonly execution: string;
  readonly endpoint: string;
  /** When the execution began, ISO 8601; for `predict`. */
  readonly startedAt?: string;
  /** The state's input, for `claim`, `predict` and `settlePrediction`. */
  readonly input?: DeployerInput & {
    readonly claimed?: Claimed;
    readonly job?: PredictionJob;
    readonly error?: CaughtError;
  };
  /** For `cleanUp`: whether people could not be told. */
  readonly undelivered?: boolean;
  /** For `settle`. */
  readonly outcome?: StepOutcome | AnswerOutcome;
  readonly error?: CaughtError;
  readonly answer?: ResourceAnswer;
}

/** What `claim` answers. */
export interface Claimed {
  /** The phase that follows: none where there is nothing to do, or another execution does it. */
  readonly next: 'create' | 'ask' | 'watch' | 'judge' | 'tidy' | 'wait' | 'none';
  readonly waitSeconds: number;
  /** When the step in flight is given up; now where there is none. */
  readonly deadline: string;
  /** Looks so far: an execution ends after a while, the next one goes on. */
  readonly turn: number;
  /** What CloudFormation is told now. */
  readonly answer?: AnswerOutcome;
}

/** What CloudFormation is told. */
export interface AnswerOutcome {
  readonly success: boolean;
  readonly reason: string;
}

/** What `settle` and `settlePrediction` answer. */
export interface Settled {
  readonly reason: string;
  readonly message?: { readonly topicArn: string; readonly subject: string; readonly text: string };
}

/** A batch prediction that runs. */
export interface PredictionJob {
  readonly name: string;
  readonly waitSeconds: number;
  readonly deadline: string;
}

/** Environment of the deployer's handler. */
export interface DeployerEnvironment {
  /** Table of the records: partition key `endpoint`. */
  readonly TABLE_NAME: string;
}

/** Environment of the handler of the custom resource. */
export interface EndpointResourceEnvironment {
  readonly STATE_MACHINE_ARN: string;
}
