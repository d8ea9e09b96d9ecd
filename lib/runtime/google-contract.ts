import type { DeploymentPolicy } from '../deployer/policy';
import type { Owner } from '../deployer/model';
import type { PersonRequest } from '../deployer/requests';

/**
 * What the constructs of Google Cloud and the programs that run there agree on. Types only: neither side runs the other's code.
 */

/** Addresses of Google's APIs; others than the public ones in tests. */
export interface GoogleUrls {
  /** @default - https://REGION-aiplatform.googleapis.com */
  readonly vertex?: string;
  /** @default - https://storage.googleapis.com */
  readonly storage?: string;
  /** @default - https://monitoring.googleapis.com */
  readonly monitoring?: string;
  /** @default - https://workflowexecutions.googleapis.com */
  readonly executions?: string;
  /** @default - https://bigquery.googleapis.com */
  readonly bigquery?: string;
  /** @default - https://pubsub.googleapis.com */
  readonly pubsub?: string;
}

/** Where a program works. */
export interface GoogleSettings {
  readonly project: string;
  readonly region: string;
  readonly urls?: GoogleUrls;
}

/** What models are served with on Google Cloud: a change of any of it needs a rollout. */
export interface GoogleServing {
  /** Machine type, for example `n2-standard-4`. */
  readonly machineType: string;
  readonly accelerator?: { readonly type: string; readonly count: number };
  /** Account as which the model's containers run. */
  readonly serviceAccount: string;
  /** Image for a model that is given by its artifact; versions bring their own. */
  readonly image?: string;
  /** Environment of that image's container; versions bring their own. */
  readonly environment: Readonly<Record<string, string>>;
  /** Batch prediction: what is predicted, and where the predictions go: `gs://` folders or `bq://` tables and datasets. */
  readonly batch?: { readonly input: string; readonly output: string; readonly format: string };
}

/** The policy as the constructs write it: the object `policy.json` in the endpoint's folder. */
export interface GooglePolicy extends DeploymentPolicy<GoogleServing> {
  /** Whose endpoint it is. */
  readonly owner: Owner;
  /** Model whose approved versions are deployed: `projects/PROJECT/locations/REGION/models/ID`. */
  readonly model: string;
  /** Key of models that are made of artifacts. */
  readonly encryptionKey?: string;
  /** Folder of baselines, `gs://…/` with a slash at its end; that of version 3 is `3.json`. With `requireBaseline`. */
  readonly baselines?: string;
}

/** What the deployer of one endpoint knows (`SETTINGS` of its workflow, as JSON). */
export interface DeployerSettings extends GoogleSettings {
  /** Name of the endpoint, and of its record: that of the config. */
  readonly endpoint: string;
  /** Vertex AI's name of it, `projects/PROJECT/locations/REGION/endpoints/1234567890`; absent in batch mode. */
  readonly endpointId?: string;
  /** Bucket of record and policy. */
  readonly bucket: string;
  /** Their folder, with a slash at its end: `policy.json` is the infrastructure's, all below `record/` the deployer's. */
  readonly folder: string;
  /** Seconds between two looks at what is going on. @default 30 */
  readonly pollSeconds?: number;
}

/**
 * What an execution of the deployer is started with. Everything is optional: the schedule starts it with `{}`, and Eventarc with an
 * event, from which nothing is read but what to call it. What is wanted stands in the policy object, in the registry, or here.
 */
export interface DeployerArgument {
  /** What started it, for people: `schedule`, `approval`, `policy`, `command line`, `retraining`. */
  readonly cause?: string;
  /** `predict` runs one batch prediction instead. @default 'deploy' */
  readonly task?: 'deploy' | 'predict';
  readonly request?: PersonRequest;
}

/**
 * What the deployer writes to Cloud Logging when people are to hear of something, as `jsonPayload`. Failures have the severity ERROR, what
 * was taken back or put right WARNING, all else NOTICE.
 */
export interface DeploymentLog {
  readonly deployment: {
    readonly endpoint: string;
    /** In a few words, for example `deployed`, `deploy: failed`, `rolled back`, `promoted`, `test ended, the champion stays`. */
    readonly what: string;
    readonly why: string;
    /** The model it is about, as people call it. */
    readonly model?: string;
    /** ISO 8601. */
    readonly at: string;
  };
  /** All of it in one sentence. */
  readonly message: string;
}
