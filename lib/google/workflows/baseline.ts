import type { Subworkflow } from './workflow';

/** The longest that a baseline may take: BigQuery ends a query after six hours. */
const PATIENCE_SECONDS = 6 * 3600;

/** States that an execution does not leave, other than success. */
const ENDED_WITHOUT_SUCCESS = ['FAILED', 'CANCELLED'];

/**
 * Has the drift monitor profile what a version was trained on, and waits until the profile lies where it belongs. It fails when there
 * is none: a version that nothing can be compared with must not be approved.
 *
 * Asked twice, because an answer got lost, the monitor makes the same profile under the same name again.
 */
export function makeBaseline(): Subworkflow {
  const request = {
    task: 'baseline',
    cause: 'training pipeline',
    version: '${version.versionId}',
    job: '${settings.job}',
  };
  return {
    params: ['settings', 'version'],
    steps: [
      {
        begin: {
          assign: [
            { ended_without_success: ENDED_WITHOUT_SUCCESS },
            { request },
            { order: { argument: '${json.encode_to_string(request)}' } },
            { query: { fields: 'state,error(payload)' } },
            { deadline: `\${sys.now() + ${PATIENCE_SECONDS}}` },
          ],
        },
      },
      {
        start: {
          call: 'post',
          args: { url: '${settings.executions + settings.monitor + "/executions"}', body: '${order}' },
          result: 'execution',
        },
      },
      ...untilItEnds(),
    ],
  };
}

function untilItEnds(): Subworkflow['steps'] {
  const late = '"version " + version.versionId + " has no baseline after hours; see " + execution.name';
  return [
    {
      look: {
        call: 'get',
        args: { url: '${settings.executions + execution.name}', query: '${query}' },
        result: 'seen',
      },
    },
    {
      judge: {
        switch: [
          { condition: '${seen.state == "SUCCEEDED"}', return: '${execution.name}' },
          { condition: '${seen.state in ended_without_success}', next: 'explain' },
          { condition: '${sys.now() >= deadline}', raise: `\${${late}}` },
        ],
      },
    },
    { pause: { call: 'sys.sleep', args: { seconds: '${settings.poll_seconds}' }, next: 'look' } },
    {
      explain: {
        assign: [
          { nothing: {} },
          { problem: '${default(map.get(seen, "error"), nothing)}' },
          { raised: '${json.decode(default(map.get(problem, "payload"), "null"))}' },
          { raised: '${default(raised, "it gives no reason")}' },
        ],
      },
    },
    { say: { call: 'reason_of', args: { error: '${raised}' }, result: 'reason' } },
    {
      fail: { raise: '${"version " + version.versionId + " has no baseline: " + reason + "; see " + execution.name}' },
    },
  ];
}
