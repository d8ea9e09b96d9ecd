import { approve, findVersion } from './approval';
import { makeBaseline } from './baseline';
import { createJob, jobParameters } from './job-creation';
import { stopJob, waitForJob } from './job-watching';
import { readPipeline } from './pipeline-reading';
import { REQUESTS } from './requests';
import type { Condition, Subworkflow, Workflow } from './workflow';

export { MAX_PIPELINE_BYTES } from './pipeline-reading';

/**
 * The workflow that runs one training: it reads the pipeline from Cloud Storage, creates a Vertex AI pipeline job and waits for it. Of
 * the version that the job registered it has a baseline made where drift is watched, and approves it where that is automatic. Its
 * execution fails when the job does not succeed, or when there is no baseline.
 *
 * The definition is the same for every pipeline; what differs comes through the environment (`trainingEnvironment`). The argument of an
 * execution is optional: `{"parameters": {"training_data": "gs://…"}}` replaces defaults of the pipeline's parameters. The result is
 * `{"job": …, "state": "PIPELINE_STATE_SUCCEEDED", "version": "3"}`.
 *
 * A job's id derives from the execution's, so that an execution has one job however often a request is repeated.
 */
export function trainingWorkflow(): Workflow {
  return {
    main: main(),
    read_settings: readSettings(),
    train: train(),
    create_job: createJob(),
    read_pipeline: readPipeline(),
    job_parameters: jobParameters(),
    wait_for_job: waitForJob(),
    stop_job: stopJob(),
    find_version: findVersion(),
    make_baseline: makeBaseline(),
    approve: approve(),
    ...REQUESTS,
  };
}

/** Runs the training; an error is logged for the alert policy, and is what the execution fails with. */
function main(): Subworkflow {
  return {
    params: ['argument'],
    steps: [
      { read_settings: { call: 'read_settings', result: 'settings' } },
      {
        train: {
          try: { call: 'train', args: { settings: '${settings}', argument: '${argument}' }, result: 'outcome' },
          except: {
            as: 'error',
            steps: [
              { explain: { call: 'reason_of', args: { error: '${error}' }, result: 'reason' } },
              {
                describe: {
                  assign: [{ failure: { pipeline: '${settings.name}', job: '${settings.job}', reason: '${reason}' } }],
                },
              },
              { log: { call: 'sys.log', args: { json: '${failure}', severity: 'ERROR' } } },
              { fail: { raise: '${failure}' } },
            ],
          },
        },
      },
      { answer: { return: '${outcome}' } },
    ],
  };
}

/** How much of a pipeline's name its jobs' ids start with. */
export const JOB_NAME_LENGTH = 26;

/** The environment as values, and the names that follow from it. */
function readSettings(): Subworkflow {
  return {
    steps: [
      {
        identify: {
          assign: [
            { project: '${sys.get_env("PROJECT")}' },
            { region: '${sys.get_env("REGION")}' },
            { execution: '${text.to_lower(sys.get_env("GOOGLE_CLOUD_WORKFLOW_EXECUTION_ID"))}' },
            { suffix: '${text.replace_all_regex(execution, "[^a-z0-9-]", "-")}' },
            { name: '${sys.get_env("PIPELINE_NAME")}' },
            // A label holds 63 characters, and the registered version is labelled with the job; an execution's id has 36.
            { prefix: `\${text.substring(name, 0, math.min(len(name), ${JOB_NAME_LENGTH})) + "-"}` },
            { job: '${prefix + text.substring(suffix, 0, math.min(len(suffix), 63 - len(prefix)))}' },
            { google: '${"https://" + region + "-aiplatform.googleapis.com"}' },
            { vertex: '${sys.get_env("VERTEX_URL", google)}' },
            { parent: '${vertex + "/v1/projects/" + project + "/locations/" + region}' },
            { runs: '${"https://console.cloud.google.com/vertex-ai/locations/" + region + "/pipelines/runs/"}' },
          ],
        },
      },
      {
        read: {
          assign: [
            {
              settings: {
                name: '${name}',
                job: '${job}',
                jobs: '${parent + "/pipelineJobs"}',
                model: '${parent + "/models/" + sys.get_env("MODEL_ID")}',
                console: '${runs + job + "?project=" + project}',
                storage: '${sys.get_env("STORAGE_URL", "https://storage.googleapis.com")}',
                bucket: '${sys.get_env("PIPELINE_BUCKET")}',
                object: '${sys.get_env("PIPELINE_OBJECT")}',
                root: '${sys.get_env("PIPELINE_ROOT")}',
                service_account: '${sys.get_env("SERVICE_ACCOUNT")}',
                kms_key: '${sys.get_env("KMS_KEY", "")}',
                network: '${sys.get_env("NETWORK", "")}',
                network_attachment: '${sys.get_env("NETWORK_ATTACHMENT", "")}',
                cache_days: '${int(sys.get_env("CACHE_DAYS"))}',
                executions: '${sys.get_env("EXECUTIONS_URL", "https://workflowexecutions.googleapis.com") + "/v1/"}',
                monitor: '${sys.get_env("MONITOR_WORKFLOW", "")}',
                automatic_approval: '${sys.get_env("AUTOMATIC_APPROVAL", "false") == "true"}',
                poll_seconds: '${int(sys.get_env("POLL_SECONDS"))}',
                timeout_seconds: '${int(sys.get_env("TIMEOUT_SECONDS"))}',
              },
            },
          ],
        },
      },
      { answer: { return: '${settings}' } },
    ],
  };
}

/** The training as a person tells it. */
function train(): Subworkflow {
  const args = { settings: '${settings}' };
  const baseline: Condition = {
    condition: '${settings.monitor != ""}',
    steps: [{ make_baseline: { call: 'make_baseline', args: { ...args, version: '${version}' } } }],
  };
  const approval: Condition = {
    condition: '${settings.automatic_approval}',
    steps: [{ approve: { call: 'approve', args: { ...args, version: '${version}' } } }],
  };
  return {
    params: ['settings', 'argument'],
    steps: [
      { create_job: { call: 'create_job', args: { ...args, argument: '${argument}' } } },
      { wait_for_job: { call: 'wait_for_job', args, result: 'state' } },
      { find_version: { call: 'find_version', args, result: 'version' } },
      { profile_version: { switch: [baseline] } },
      { approve_version: { switch: [approval] } },
      { answer: { return: { job: '${settings.job}', state: '${state}', version: '${version.versionId}' } } },
    ],
  };
}
