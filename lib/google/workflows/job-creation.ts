import type { Condition, Step, Subworkflow, Value } from './workflow';

/** Creates the pipeline job. Where it is there already, an earlier attempt of this execution made it. */
export function createJob(): Subworkflow {
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
            steps: [{ not_there: { switch: [{ condition: '${map.get(error, "code") != 409}', raise: '${error}' }] } }],
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

/** Values of the pipeline's parameters: the number of the cache's period, and what the execution's argument says. */
export function jobParameters(): Subworkflow {
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
