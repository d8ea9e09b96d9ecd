import { REQUESTS } from './requests';
import type { Condition, Step, Subworkflow, Value, Workflow } from './workflow';

/**
 * Largest pipeline specification that the workflow can start, in bytes. An execution has 512 KB for its variables, a map takes
 * about a third more there than as JSON, and the request needs three copies.
 */
export const MAX_PIPELINE_BYTES = 100 * 1024;

/** States of a job that it does not leave by itself; a paused one waits for a person. */
const ENDED_WITHOUT_SUCCESS = ['FAILED', 'CANCELLED', 'PAUSED'].map((state) => `PIPELINE_STATE_${state}`);

/**
 * The workflow that runs one training: it reads the pipeline from Cloud Storage, creates a Vertex AI pipeline job, waits for it, and
 * approves the version that the job registered where that is automatic. Its execution fails when the job does not succeed.
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
                  assign: [
                    { failure: { pipeline: '${settings.name}', job: '${settings.job}', reason: '${reason}' } },
                  ],
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
            // A label holds 63 characters, and the registered version is labelled with the job.
            { job: '${"train-" + text.substring(suffix, 0, math.min(len(suffix), 57))}' },
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
                name: '${sys.get_env("PIPELINE_NAME")}',
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
      { approve_version: { switch: [approval] } },
      { answer: { return: { job: '${settings.job}', state: '${state}', version: '${version.versionId}' } } },
    ],
  };
}

/** Creates the pipeline job. Where it is there already, an earlier attempt of this execution made it. */
function createJob(): Subworkflow {
  const parameters = { settings: '${settings}', argument: '${argument}', pipeline: '${pipeline}' };
  return {
    params: ['settings', 'argument'],
    steps: [
      { read_pipeline: { call: 'read_pipeline', args: { settings: '${settings}' }, result: 'pipeline' } },
      { set_parameters: { call: 'job_parameters', args: parameters, result: 'parameters' } },
      { describe: { assign: [{ job: jobBody() }, { pipeline: null }] } },
      { encrypt: whenSet('kms_key', 'encryptionSpec', { kmsKeyName: '${settings.kms_key}' }) },
      { peer: whenSet('network', 'network', '${settings.network}') },
      {
        attach: whenSet('network_attachment', 'pscInterfaceConfig', {
          networkAttachment: '${settings.network_attachment}',
        }),
      },
      {
        create: {
          try: {
            call: 'post',
            args: { url: '${settings.jobs + "?pipelineJobId=" + settings.job}', body: '${job}' },
          },
          except: {
            as: 'error',
            steps: [
              { not_there: { switch: [{ condition: '${map.get(error, "code") != 409}', raise: '${error}' }] } },
            ],
          },
        },
      },
    ],
  };
}

function jobBody(): Value {
  return {
    displayName: '${settings.name}',
    pipelineSpec: '${pipeline}',
    runtimeConfig: {
      gcsOutputDirectory: '${settings.root}',
      parameterValues: '${parameters}',
      failurePolicy: 'PIPELINE_FAILURE_POLICY_FAIL_FAST',
    },
    labels: { pipeline: '${settings.name}', execution: '${settings.job}' },
    serviceAccount: '${settings.service_account}',
  };
}

/** Puts a field into the job's body where its setting has a value. */
function whenSet(setting: string, field: string, value: Value): Step {
  const put: Step = { assign: [{ [`job.${field}`]: value }] };
  return { switch: [{ condition: `\${settings.${setting} != ""}`, steps: [{ [`put_${setting}`]: put }] }] };
}

/** The pipeline's specification from Cloud Storage. Its size comes first: who exceeds the memory fails without a reason. */
function readPipeline(): Subworkflow {
  const object = 'text.replace_all(text.url_encode(settings.object), "/", "%2F")';
  const read = (query: Value) => ({ call: 'get', args: { url: '${url}', query } });
  return {
    params: ['settings'],
    steps: [
      {
        address: {
          assign: [
            { url: `\${settings.storage + "/storage/v1/b/" + settings.bucket + "/o/" + ${object}}` },
            { where: '${"gs://" + settings.bucket + "/" + settings.object}' },
          ],
        },
      },
      {
        read: {
          try: {
            steps: [
              { look: { ...read({ fields: 'size' }), result: 'object' } },
              { measure: { switch: [tooLarge()] } },
              { read_content: { ...read({ alt: 'media' }), result: 'pipeline' } },
              { decode: { switch: [undecoded()] } },
              { check: { switch: [noPipeline()] } },
            ],
          },
          except: {
            as: 'error',
            steps: [
              { explain: { call: 'reason_of', args: { error: '${error}' }, result: 'reason' } },
              { fail: { raise: '${"the pipeline " + where + " cannot be used: " + reason}' } },
            ],
          },
        },
      },
      { answer: { return: '${pipeline}' } },
    ],
  };
}

function tooLarge(): Condition {
  const limit = MAX_PIPELINE_BYTES;
  return {
    condition: `\${int(object.size) > ${limit}}`,
    raise: `\${"it has " + object.size + " bytes, and a workflow has memory for ${limit}"}`,
  };
}

/** Only an object of the content type application/json arrives as a map. */
function undecoded(): Condition {
  return {
    condition: '${get_type(pipeline) != "map"}',
    steps: [{ decode_json: { assign: [{ pipeline: '${json.decode(pipeline)}' }] } }],
  };
}

function noPipeline(): Condition {
  return {
    condition: '${not("root" in keys(pipeline) and "pipelineInfo" in keys(pipeline))}',
    raise: 'it is no pipeline specification: it needs root and pipelineInfo',
  };
}

/** Values of the pipeline's parameters: the number of the cache's period, and what the execution's argument says. */
function jobParameters(): Subworkflow {
  const unknown = '"unknown parameter " + name + "; this pipeline takes " + json.encode_to_string(names)';
  return {
    params: ['settings', 'argument', 'pipeline'],
    steps: [
      {
        read: {
          assign: [
            { nothing: {} },
            { inputs: '${default(map.get(pipeline.root, "inputDefinitions"), nothing)}' },
            { names: '${keys(default(map.get(inputs, "parameters"), nothing))}' },
            { given: '${default(map.get(default(argument, nothing), "parameters"), nothing)}' },
            { computed: {} },
          ],
        },
      },
      {
        check: {
          for: {
            value: 'name',
            in: '${keys(given)}',
            steps: [{ known: { switch: [{ condition: '${not(name in names)}', raise: `\${${unknown}}` }] } }],
          },
        },
      },
      { expire: { switch: [cacheKey()] } },
      { answer: { return: '${map.merge(computed, given)}' } },
    ],
  };
}

/** Results of steps are found again until the period of this many days ends; without caching, every job has a key of its own. */
function cacheKey(): Condition {
  const period = 'string(math.floor(sys.now() / 86400) // settings.cache_days)';
  const daily: Condition = {
    condition: '${settings.cache_days > 0}',
    steps: [{ count_periods: { assign: [{ 'computed.cache_key': `\${${period}}` }] } }],
  };
  return {
    condition: '${"cache_key" in names}',
    steps: [
      { never_again: { assign: [{ 'computed.cache_key': '${settings.job}' }] } },
      { once_a_period: { switch: [daily] } },
    ],
  };
}

/** Looks at the job until it ends, and answers its state; fails when that is no success, or when it takes too long. */
function waitForJob(): Subworkflow {
  const ended = '"the pipeline job " + settings.job + " ended as " + state + ": "';
  return {
    params: ['settings'],
    steps: [
      {
        begin: {
          assign: [
            { ended_without_success: ENDED_WITHOUT_SUCCESS },
            { deadline: '${sys.now() + settings.timeout_seconds}' },
            { query: { fields: 'state,error' } },
          ],
        },
      },
      {
        look: {
          call: 'get',
          args: { url: '${settings.jobs + "/" + settings.job}', query: '${query}' },
          result: 'job',
        },
      },
      {
        judge: {
          switch: [
            { condition: '${map.get(job, "state") == "PIPELINE_STATE_SUCCEEDED"}', return: '${job.state}' },
            { condition: '${map.get(job, "state") in ended_without_success}', next: 'explain' },
            { condition: '${sys.now() >= deadline}', next: 'stop' },
          ],
        },
      },
      { pause: { call: 'sys.sleep', args: { seconds: '${settings.poll_seconds}' }, next: 'look' } },
      { stop: { call: 'stop_job', args: { settings: '${settings}' } } },
      {
        explain: {
          assign: [
            { nothing: {} },
            { problem: '${default(map.get(job, "error"), nothing)}' },
            { state: '${text.replace_all(job.state, "PIPELINE_STATE_", "")}' },
            { reason: '${default(map.get(problem, "message"), "it gives no reason")}' },
          ],
        },
      },
      { fail: { raise: `\${${ended} + reason + "; see " + settings.console}` } },
    ],
  };
}

/** Cancels a job that takes too long, and fails. */
function stopJob(): Subworkflow {
  return {
    params: ['settings'],
    steps: [
      {
        name: {
          assign: [
            { limit: '${string(settings.timeout_seconds)}' },
            { late: '${"the pipeline job " + settings.job + " took longer than " + limit + " seconds and was "}' },
          ],
        },
      },
      {
        cancel: {
          try: {
            call: 'post',
            args: { url: '${settings.jobs + "/" + settings.job + ":cancel"}', body: {} },
          },
          except: {
            as: 'error',
            steps: [
              { explain: { call: 'reason_of', args: { error: '${error}' }, result: 'reason' } },
              { alone: { raise: '${late + "not cancelled: " + reason + "; see " + settings.console}' } },
            ],
          },
        },
      },
      { fail: { raise: '${late + "cancelled; see " + settings.console}' } },
    ],
  };
}

/** The version that the job registered: the pipeline labels it with the job's id. */
function findVersion(): Subworkflow {
  const wanted = '"one version of the model with the label execution=" + settings.job';
  return {
    params: ['settings'],
    steps: [
      {
        begin: {
          assign: [
            { none: [] },
            { found: [] },
            { quote: '"' },
            { query: { filter: '${"labels.execution=" + quote + settings.job + quote}', pageSize: 100 } },
          ],
        },
      },
      { list: { call: 'get', args: { url: '${settings.model + ":listVersions"}', query: '${query}' }, result: 'page' } },
      {
        collect: {
          for: {
            value: 'version',
            in: '${default(map.get(page, "models"), none)}',
            steps: [{ keep: { assign: [{ found: '${list.concat(found, version)}' }] } }],
          },
        },
      },
      { more: { switch: [{ condition: '${default(map.get(page, "nextPageToken"), "") == ""}', next: 'judge' }] } },
      { turn: { assign: [{ 'query.pageToken': '${page.nextPageToken}' }], next: 'list' } },
      {
        judge: {
          switch: [
            {
              condition: '${len(found) != 1}',
              raise: `\${"the job succeeded, but there must be " + ${wanted} + ", got " + string(len(found))}`,
            },
          ],
        },
      },
      { answer: { return: '${found[0]}' } },
    ],
  };
}

/** Approves a version: the alias moves to it from the version approved before. */
function approve(): Subworkflow {
  return {
    params: ['settings', 'version'],
    steps: [
      { read: { assign: [{ none: [] }, { aliases: '${default(map.get(version, "versionAliases"), none)}' }] } },
      { done: { switch: [{ condition: '${"approved" in aliases}', return: '${version.versionId}' }] } },
      {
        approve: {
          call: 'post',
          args: {
            url: '${settings.model + "@" + version.versionId + ":mergeVersionAliases"}',
            body: { versionAliases: ['approved'] },
          },
        },
      },
      { answer: { return: '${version.versionId}' } },
    ],
  };
}
