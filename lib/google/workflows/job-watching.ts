import type { Subworkflow } from './workflow';

/** States of a job that it does not leave by itself; a paused one waits for a person. */
const ENDED_WITHOUT_SUCCESS = ['FAILED', 'CANCELLED', 'PAUSED'].map((state) => `PIPELINE_STATE_${state}`);

/** Looks at the job until it ends, and answers its state; fails when that is no success, or when it takes too long. */
export function waitForJob(): Subworkflow {
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
export function stopJob(): Subworkflow {
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
