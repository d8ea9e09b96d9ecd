import { describe, expect, test } from 'vitest';
import { emptyMonitorRecord } from '../../../../lib/monitoring/record';
import { withIntent } from '../../../../lib/monitoring/retraining';
import { drift } from '../../../../lib/runtime/google/program/drift/program';
import type { Answer, Ending, HttpRequest } from '../../../../lib/runtime/google/program/protocol';
import { turn } from '../../../../lib/runtime/google/program/turn';

const NOW = '2026-11-26T12:00:00.000Z';
const WORKFLOW = 'projects/acme-ml/locations/europe-west4/workflows/churn';
const RECORD = withIntent(emptyMonitorRecord('churn'), { token: 't', at: NOW, cause: 'schedule', why: 'drift' });
const settings = {
  project: 'acme-ml',
  region: 'europe-west4',
  monitor: 'churn',
  bucket: 'b',
  folder: 'drift/churn/',
  retraining: { workflow: WORKFLOW, model: 'm', trainingData: 'gs://b/train/' },
};

/** Runs the start of a training against executions that stand and an answer to the one that is asked for. */
function start(starts: number, standing: readonly object[], post: Answer) {
  const made: HttpRequest[] = [];
  const answers: Answer[] = [];
  for (;;) {
    const context = { execution: `${WORKFLOW}-drift/executions/1`, now: NOW, settings, argument: null };
    const carry = { startedAt: NOW, bytes: 0, notes: [], retraining: 't', starts };
    const output = turn({ drift }, { program: 'drift', activity: 'start_training', context, carry, answers });
    if (!('requests' in output)) return { ending: output as Ending, made };
    for (const request of output.requests) {
      made.push(request);
      answers.push(answerTo(request, standing, post));
    }
  }
}

function answerTo({ method, url }: HttpRequest, executions: readonly object[], post: Answer): Answer {
  if (url.includes('/executions')) return method === 'POST' ? post : { status: 200, body: { executions } };
  if (url.includes('alt=media')) return { status: 200, body: JSON.stringify(RECORD) };
  return { status: 200, body: { generation: '5' } };
}

const posts = (made: readonly HttpRequest[]) =>
  made.filter(({ method, url }) => method === 'POST' && url.includes('/executions'));

describe('a training whose start nobody answered', () => {
  const LOST = { status: 0, body: 'no answer' };

  test('is not asked for again by the workflow, but looked for a while later', () => {
    const { ending, made } = start(0, [], LOST);
    expect(posts(made)).toMatchObject([{ once: true, body: { labels: { retraining: expect.any(String) } } }]);
    expect(ending.next).toMatchObject({ activity: 'start_training', carry: { starts: 1 }, waitSeconds: 30 });
  });

  test('is found by its label, and not started twice', () => {
    const { labels } = posts(start(0, [], LOST).made)[0].body as { labels: object };
    const { ending, made } = start(1, [{ name: `${WORKFLOW}/executions/7`, state: 'ACTIVE', labels }], LOST);
    expect(posts(made)).toEqual([]);
    expect(ending.next).toMatchObject({ activity: 'finish', carry: { retraining: `${WORKFLOW}/executions/7` } });
  });

  test('is given up after five times, and people are told', () => {
    expect(start(4, [], { status: 503, body: 'unavailable' }).ending.next).toMatchObject({ activity: 'fail' });
  });
});
