import { describe, expect, test } from 'vitest';
import {
  deployedModelId,
  deploymentId,
  isOurs,
  uploadedModelId,
} from '../../../lib/runtime/google/program/deployer/names';
import { alarm, nextPart, split } from '../../../lib/runtime/google/program/deployer/rollout';
import { workOf } from '../../../lib/runtime/google/program/deployer/work';
import { countMinutes, slowShare } from '../../../lib/runtime/google/program/monitoring';
import type { Answer, HttpRequest, Requesting } from '../../../lib/runtime/google/program/protocol';
import { demand, together } from '../../../lib/runtime/google/program/turn';
import type { InFlight } from '../../../lib/deployer/record';
import { policy, SETTINGS } from './runner';

/** Runs a part of an activity; answers in the order of its requests. */
function run<T>(part: Requesting<T>, answer: (request: HttpRequest) => Answer): T {
  let step = part.next();
  while (!step.done) step = part.next(step.value.map(answer));
  return step.value;
}

describe('latencies', () => {
  const counts = ['0', '50', '40', '10'];

  test.each([
    ['explicit bounds', { explicitBuckets: { bounds: [100, 200, 400] } }],
    ['exponential bounds', { exponentialBuckets: { numFiniteBuckets: 2, growthFactor: 2, scale: 100 } }],
  ])('%s: the bucket with the limit is evenly filled, the last one has no end', (_what, bucketOptions) => {
    const share = (limit: number) => slowShare({ count: '100', bucketCounts: counts, bucketOptions }, limit);
    expect([share(100), share(200), share(300), share(400)]).toEqual([1, 0.5, 0.3, 0.1]);
    expect([share(5000), share(0)]).toEqual([0.1, 1]);
  });

  test('linear bounds, and counts that are left out at the end', () => {
    const bucketOptions = { linearBuckets: { numFiniteBuckets: 10, width: 50, offset: 0 } };
    expect(slowShare({ bucketCounts: [0, 3, 1], bucketOptions }, 75)).toBe(0.125);
    expect(slowShare(undefined, 75)).toBe(0);
  });

  test('failures are 4xx and 5xx, points end with their minute, and pages are put together', () => {
    const point = (endTime: string, value: object) => ({ interval: { endTime }, value });
    const series = (code: string, points: object[]) => ({
      metric: { labels: { deployed_model_id: '1', response_code: code } },
      points,
    });
    const page = (code: string, endTime: string, count: string, nextPageToken?: string) => ({
      timeSeries: [series(code, [point(endTime, { int64Value: count })])],
      nextPageToken,
    });
    const pages: Record<string, object> = {
      '': page('2xx', '2026-11-26T12:01:00Z', '7', 'second'),
      second: page('429', '2026-11-26T12:01:00Z', '2', 'third'),
      third: page('5xx', '2026-11-26T12:02:00Z', '1'),
    };
    const answer = ({ url }: HttpRequest): Answer => {
      const { searchParams } = new URL(url);
      const counted = searchParams.get('filter')!.includes('response_count');
      return { status: 200, body: counted ? pages[searchParams.get('pageToken') ?? ''] : {} };
    };
    const range = { from: '2026-11-26T12:00:00.000Z', to: '2026-11-26T12:02:00.000Z' };
    const looked = { endpoint: 'projects/p/endpoints/5', ids: ['1'], ...range, slowMs: 100 };
    const counts = run(countMinutes(SETTINGS, looked), answer);
    expect(counts('1', Date.parse(looked.from))).toEqual({ requests: 9, errors: 2, slow: 0, timed: 0 });
    expect(counts('1', Date.parse(looked.from) + 60_000)).toMatchObject({ requests: 1, errors: 1 });
    expect(counts('2', Date.parse(looked.from))).toMatchObject({ requests: 0 });
  });
});

describe('alarms', () => {
  const { alarms } = policy();
  const bad = { requests: 10, errors: 3, slow: 0, timed: 10 };
  const good = { requests: 100, errors: 1, slow: 5, timed: 100 };

  test.each([
    ['two of three', [bad, good, bad], true],
    ['two of four', [bad, good, good, bad], false],
    [
      'too few requests',
      [
        { ...bad, requests: 9 },
        { ...bad, requests: 9 },
      ],
      false,
    ],
    [
      'too few failures',
      [
        { ...bad, errors: 2 },
        { ...bad, errors: 2 },
      ],
      false,
    ],
    ['just 5 % slow', [good, good], false],
    [
      '6 % slow',
      [
        { ...good, slow: 6 },
        { ...good, slow: 6 },
      ],
      true,
    ],
    [
      'too few to tell a percentile',
      [
        { ...good, timed: 19, slow: 19 },
        { ...good, timed: 19, slow: 19 },
      ],
      false,
    ],
  ])('%s', (_what, minutes, rings) => {
    expect(alarm(minutes, alarms) !== undefined).toBe(rings);
  });
});

test('a linear rollout goes on in equal steps, a canary with all the rest', () => {
  const step = (strategy: string) =>
    ({
      strategy,
      policy: policy({ rollout: { strategy: 'linear', percent: 30, bakeMinutes: 5 } }),
    }) as unknown as InFlight;
  expect([30, 60, 90].map((part) => nextPart(step('linear'), part))).toEqual([60, 90, 100]);
  expect(nextPart(step('canary'), 30)).toBe(100);
  expect(split('new', 30, 'old')).toEqual({ new: 30, old: 70 });
});

test('names tell what is ours, and are what Vertex AI takes', () => {
  const id = deploymentId('2026-11-26T12:00:05.123Z', 'executions/1');
  expect(id).toMatch(/^20261126-120005-[0-9a-f]{4}$/);
  expect(deploymentId('2026-11-26T12:00:05.123Z', 'executions/2')).not.toBe(id);
  expect([isOurs('churn', `churn-${id}`), isOurs('churn', `churn-eu-${id}`), isOurs('churn', 'churn')]).toEqual([
    true,
    false,
    false,
  ]);
  const [first, second] = [[], [String(Date.parse('2026-11-26T12:00:05Z') / 1000)]].map((taken) =>
    deployedModelId('2026-11-26T12:00:05.123Z', taken),
  );
  expect([first, second].map((one) => /^\d{10}$/.test(one))).toEqual([true, true]);
  expect(Number(second) - Number(first)).toBe(1);
  expect(uploadedModelId(`churn-${id}`)).toBe(`churn-${id}`);
  expect(uploadedModelId(`${'x'.repeat(60)}-${id}`)).toMatch(/^[a-z][a-z0-9_-]{62}$/);
});

test('what starts an execution is named; an event says nothing else', () => {
  const argumentOf = (argument: unknown) =>
    workOf({ execution: 'e', now: '2026-11-26T12:00:00.000Z', settings: SETTINGS, argument }).argument;
  expect([null, {}].map(argumentOf)).toEqual([{ cause: 'schedule' }, { cause: 'schedule' }]);
  expect(argumentOf({ cause: 'retraining', task: 'predict' })).toEqual({ cause: 'retraining', task: 'predict' });
  const event = (attributes: object) => ({ data: { message: { attributes } }, request: { kind: 'undeploy' } });
  expect(argumentOf(event({ objectId: 'policy.json', eventType: 'OBJECT_DELETE' }))).toEqual({ cause: 'policy' });
  expect(argumentOf(event({}))).toEqual({ cause: 'approval' });
});

test('things that are done together make their requests in the same turns', () => {
  const asking = (...urls: string[]): Requesting<string> =>
    (function* () {
      let last = '';
      for (const url of urls) last = yield* demand<string>({ method: 'GET', url });
      return last;
    })();
  const turns: string[][] = [];
  const all = together(asking('a', 'b'), asking(), asking('c'));
  let step = all.next();
  while (!step.done) {
    turns.push(step.value.map(({ url }) => url));
    step = all.next(step.value.map(({ url }) => ({ status: 200, body: url })));
  }
  expect(turns).toEqual([['a', 'c'], ['b']]);
  expect(step.value).toEqual(['b', '', 'c']);
});
