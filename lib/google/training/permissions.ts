/**
 * What each account of a training pipeline may do in its project: exactly the API calls of its work. Names of permissions are those
 * of the IAM permission reference of Vertex AI. None of the lists holds `aiplatform.models.update`, which moves aliases and so
 * approves: only who approves gets it (`ModelRegistry.grantApprove`).
 */

/** Vertex ML Metadata, in which the steps of a pipeline record what they read and wrote. */
const METADATA = [
  'aiplatform.artifacts.create',
  'aiplatform.artifacts.get',
  'aiplatform.artifacts.list',
  'aiplatform.artifacts.update',
  'aiplatform.contexts.addContextArtifactsAndExecutions',
  'aiplatform.contexts.addContextChildren',
  'aiplatform.contexts.create',
  'aiplatform.contexts.get',
  'aiplatform.contexts.list',
  'aiplatform.contexts.queryContextLineageSubgraph',
  'aiplatform.contexts.update',
  'aiplatform.executions.addExecutionEvents',
  'aiplatform.executions.create',
  'aiplatform.executions.get',
  'aiplatform.executions.list',
  'aiplatform.executions.queryExecutionInputsAndOutputs',
  'aiplatform.executions.update',
  'aiplatform.metadataSchemas.get',
  'aiplatform.metadataSchemas.list',
  'aiplatform.metadataStores.get',
  'aiplatform.metadataStores.list',
];

/** Jobs: their metadata, their own pipeline, and the custom jobs that steps with a machine of their own start. */
export const JOB_PERMISSIONS: readonly string[] = [
  ...METADATA,
  'aiplatform.customJobs.cancel',
  'aiplatform.customJobs.create',
  'aiplatform.customJobs.get',
  'aiplatform.customJobs.list',
  'aiplatform.pipelineJobs.get',
];

/** Jobs that read tables: the export runs as a job of BigQuery. */
export const TABLE_JOB_PERMISSIONS: readonly string[] = ['bigquery.jobs.create'];

/** The workflow: starts pipeline jobs, looks at them, cancels one that runs too long. */
export const WORKFLOW_PERMISSIONS: readonly string[] = [
  'aiplatform.metadataStores.get',
  'aiplatform.pipelineJobs.cancel',
  'aiplatform.pipelineJobs.create',
  'aiplatform.pipelineJobs.get',
];

/** Who starts trainings: the schedule, a pipeline of code, a person, who also waits for the end (`gcloud workflows run`). */
export const START_PERMISSIONS: readonly string[] = ['workflows.executions.create', 'workflows.executions.get'];
