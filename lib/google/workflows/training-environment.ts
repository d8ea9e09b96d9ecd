/** What differs between the training workflows of two pipelines. */
export interface TrainingWorkflowSettings {
  readonly project: string;
  readonly region: string;
  /** Name of the pipeline: the display name of its jobs, and their label `pipeline`. */
  readonly pipelineName: string;
  /** Bucket with the pipeline's specification. */
  readonly pipelineBucket: string;
  /** Name of the object with the pipeline's specification. */
  readonly pipelineObject: string;
  /** Folder for what jobs leave, `gs://…`. */
  readonly pipelineRoot: string;
  /** Email address of the service account that jobs run as. */
  readonly serviceAccount: string;
  /** Vertex AI model whose versions jobs register. */
  readonly modelId: string;
  /**
   * Workflow of the drift monitor that profiles what a version was trained on, `projects/…/locations/…/workflows/…`.
   * @default - versions have no baseline
   */
  readonly monitorWorkflow?: string;
  /** Whether a registered version is approved by the workflow. */
  readonly automaticApproval: boolean;
  /** Days for which results of steps are reused, 0 for never. */
  readonly cacheDays: number;
  /** Longest duration of a job; it is cancelled then. */
  readonly timeoutSeconds: number;
  /**
   * Key that encrypts what the job keeps, `projects/…/cryptoKeys/…`.
   * @default - Google's keys
   */
  readonly kmsKey?: string;
  /**
   * Network that the job's machines are peered with, `projects/NUMBER/global/networks/NAME`.
   * @default - none
   */
  readonly network?: string;
  /**
   * Network attachment through which the job's machines reach a network (Private Service Connect).
   * @default - none
   */
  readonly networkAttachment?: string;
  /**
   * Address of Vertex AI, without a path.
   * @default - Google's, in the region
   */
  readonly vertexUrl?: string;
  /**
   * Address of Cloud Storage, without a path.
   * @default - Google's
   */
  readonly storageUrl?: string;
  /**
   * Address of Cloud Workflows' executions, without a path.
   * @default - Google's
   */
  readonly executionsUrl?: string;
}

/** Most looks at a job: an execution has 100,000 steps, and a look takes fewer than eight. */
const MAX_LOOKS = 10_000;

/** Seconds between two looks at a job that may take as long as its time limit. */
export function pollSeconds(timeoutSeconds: number): number {
  return Math.max(30, Math.ceil(timeoutSeconds / MAX_LOOKS));
}

/** The environment of the training workflow: `user_env_vars` of `google_workflows_workflow`. What is not set is left out. */
export function trainingEnvironment(settings: TrainingWorkflowSettings): Record<string, string> {
  const variables = {
    PROJECT: settings.project,
    REGION: settings.region,
    PIPELINE_NAME: settings.pipelineName,
    PIPELINE_BUCKET: settings.pipelineBucket,
    PIPELINE_OBJECT: settings.pipelineObject,
    PIPELINE_ROOT: settings.pipelineRoot,
    SERVICE_ACCOUNT: settings.serviceAccount,
    MODEL_ID: settings.modelId,
    MONITOR_WORKFLOW: settings.monitorWorkflow,
    AUTOMATIC_APPROVAL: `${settings.automaticApproval}`,
    CACHE_DAYS: `${settings.cacheDays}`,
    TIMEOUT_SECONDS: `${settings.timeoutSeconds}`,
    POLL_SECONDS: `${pollSeconds(settings.timeoutSeconds)}`,
    KMS_KEY: settings.kmsKey,
    NETWORK: settings.network,
    NETWORK_ATTACHMENT: settings.networkAttachment,
    VERTEX_URL: settings.vertexUrl,
    STORAGE_URL: settings.storageUrl,
    EXECUTIONS_URL: settings.executionsUrl,
  };
  return Object.fromEntries(Object.entries(variables).filter(([, value]) => value !== undefined)) as Record<
    string,
    string
  >;
}
