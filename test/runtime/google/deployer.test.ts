import { describe, expect, test } from 'vitest';
import { championModel } from '../../../lib/deployer/record';
import { MOST_CHARACTERS } from '../../../lib/runtime/google/program/deployer/trim';
import { BUCKET, MODEL } from './fake-cloud';
import { POLICY, policy, RECORD, SETTINGS, Stage } from './runner';

const serves = ({ record }: Stage) => championModel(record)?.model.number;
const AB_TEST = { trafficPercent: 20, durationHours: 24, goal: 'notWorse', margin: 0.5 } as const;

/** Requests in proportion to their share, of which some fail, by version. */
function busy(stage: Stage, failing: Record<string, number> = {}): void {
  stage.cloud.doing = ({ model }, percent) => ({
    requests: percent * 10,
    errors: Math.round((percent * 10 * (failing[model.split('@')[1]] ?? 0)) / 100),
  });
}

/** What serves is what is recorded, alone, and nothing is left over. */
function expectTidy(stage: Stage): void {
  const { record, cloud } = stage;
  const champion = championModel(record);
  expect(cloud.deployed.map(({ id }) => id)).toEqual(champion ? [champion.modelName] : []);
  expect(cloud.trafficSplit).toEqual(champion ? { [champion.modelName]: 100 } : {});
  expect([record.inFlight, record.lease, record.untold, record.untidy]).toEqual([undefined, undefined, [], false]);
}

describe('a model comes into production', () => {
  test('the first one gets all requests at once, the next one part by part', () => {
    const stage = new Stage();
    expect(stage.run({ cause: 'policy' }).result).toEqual({ endpoint: 'churn', cause: 'policy', serves: null });
    stage.approve(1);
    expect(serves(stage)).toBe(1);
    expectTidy(stage);
    const splits: string[] = [];
    busy(stage);
    stage.cloud.intercept = () => {
      const split = Object.values(stage.cloud.trafficSplit).join('/');
      if (splits.at(-1) !== split) splits.push(split);
      return undefined;
    };
    stage.approve(2);
    expect(splits).toEqual(['100', '50/50', '100']);
    expect(serves(stage)).toBe(2);
    expectTidy(stage);
    expect(stage.told).toEqual(['deployed', 'deployed']);
    expect(stage.cloud.models.get(`${MODEL}@2`)!.aliases).toEqual(['approved', 'champion']);
    expect(stage.cloud.deployed[0].dedicatedResources).toMatchObject({ minReplicaCount: 2, maxReplicaCount: 4 });
  });

  test('each part is watched for the whole of its bake time', () => {
    const stage = new Stage();
    stage.approve(1);
    const before = stage.cloud.now;
    stage.approve(2);
    expect((stage.cloud.now - before) / 60_000).toBeGreaterThanOrEqual(10 + 10 + 10); // machines, and two parts
  });

  test('nothing to do costs nothing: a tick writes no record', () => {
    const stage = new Stage();
    stage.approve(1);
    const { generation } = stage.cloud.objects.get(RECORD)!;
    expect(stage.run().activities).toEqual(['start']);
    expect(stage.cloud.objects.get(RECORD)!.generation).toBe(generation);
  });

  test('what only scaling changes is changed without another model', () => {
    const stage = new Stage();
    stage.approve(1);
    stage.cloud.put(POLICY, policy({ scaling: { minInstances: 1, maxInstances: 8, invocationsPerInstance: 500 } }));
    stage.run();
    expect(stage.cloud.requests.filter(({ url }) => url.includes(':deployModel'))).toHaveLength(1);
    expect(stage.cloud.deployed[0].dedicatedResources).toMatchObject({ minReplicaCount: 1, maxReplicaCount: 8 });
  });

  test('another machine is a rollout, and starts with as many as serve', () => {
    const stage = new Stage({ scaling: { minInstances: 3, maxInstances: 4, invocationsPerInstance: 1000 } });
    stage.approve(1);
    const scaling = { minInstances: 1, maxInstances: 4, invocationsPerInstance: 1000 };
    stage.cloud.put(POLICY, policy({ scaling, serving: { ...policy().serving, machineType: 'n2-standard-8' } }));
    stage.run();
    const [, second] = stage.cloud.requests.filter(({ url }) => url.includes(':deployModel'));
    expect(second.body).toMatchObject({
      deployedModel: { dedicatedResources: { minReplicaCount: 3, machineSpec: { machineType: 'n2-standard-8' } } },
    });
    expect(stage.cloud.deployed[0].dedicatedResources.minReplicaCount).toBe(1); // adjusted afterwards
    expectTidy(stage);
  });
});

describe('a candidate that does badly', () => {
  test.each([
    ['fails', { errors: 100 }, /more than 1 % of the requests failed in 2 of 3 minutes/],
    ['is slow', { slow: 100 }, /the 95th percentile took longer than 500 ms/],
  ])('is taken back where it %s, and not tried again', (_what, bad, reason) => {
    const stage = new Stage();
    stage.approve(1);
    stage.cloud.doing = ({ model }, percent) => ({ requests: percent * 10, ...(model.endsWith('@2') && bad) });
    stage.approve(2);
    expect(serves(stage)).toBe(1);
    expectTidy(stage);
    expect(stage.record.refused[`${MODEL}@2`].reason).toMatch(reason);
    const changes = stage.cloud.requests.filter(
      ({ method, url }) => method === 'PATCH' || url.includes(':undeployModel'),
    );
    expect(changes.map(({ method }) => method).slice(-2)).toEqual(['PATCH', 'POST']); // requests move before machines go
    expect(stage.told).toEqual(['deployed', 'deploy: failed']);
    stage.ticks(3);
    expect(stage.cloud.requests.filter(({ url }) => url.includes(':deployModel'))).toHaveLength(2);
  });

  test.each([
    [3, 'Model server never became ready', true],
    [13, 'Model server exited unexpectedly', true],
    [8, 'The operation has been stopped: quota exceeded', false],
    [9, 'Machine type is out of capacity (stockout)', false],
    [7, 'Permission denied on the image', false],
    [13, 'Internal error', false],
    [14, 'The service is unavailable', false],
  ])('code %i, "%s": its own fault is %s', (code, message, own) => {
    const stage = new Stage();
    stage.approve(1);
    stage.cloud.fates = [{ code, message }];
    const { log } = stage.approve(2);
    expect(serves(stage)).toBe(1);
    expectTidy(stage);
    expect(`${MODEL}@2` in stage.record.refused).toBe(own);
    expect(log).toMatchObject([
      { severity: 'ERROR', json: { deployment: { endpoint: 'churn', what: 'deploy: failed' } } },
    ]);
    stage.ticks(4, 10);
    expect(serves(stage)).toBe(own ? 1 : 2);
  });

  test('is refused without a baseline, but what serves may come back without one', () => {
    const stage = new Stage({ requireBaseline: true, baselines: `gs://${BUCKET}/drift/churn/baselines/` });
    stage.approve(1);
    expect(stage.record.refused[`${MODEL}@1`].reason).toMatch(/has no baseline/);
    stage.cloud.put('drift/churn/baselines/2.json', {});
    stage.approve(2);
    expect(serves(stage)).toBe(2);
    stage.cloud.objects.delete('drift/churn/baselines/2.json');
    stage.cloud.deployed = [];
    stage.cloud.trafficSplit = {};
    stage.run();
    expect(stage.told.at(-1)).toBe('repaired');
    expectTidy(stage);
  });

  test('that comes too late is given up, and taken away when it comes', () => {
    const stage = new Stage();
    stage.approve(1);
    stage.cloud.deploySeconds = 2 * 3600;
    stage.approve(2);
    expect(stage.told.at(-1)).toBe('deploy: failed');
    expect(stage.record.decisions[0].why).toMatch(/still at work after 105 minutes/);
    stage.cloud.deploySeconds = 600;
    stage.ticks(3, 20);
    expect(serves(stage)).toBe(2);
    expectTidy(stage);
  });
});

describe('an A/B test', () => {
  test.each([
    ['promotes what is not worse', {}, 2, ['deployed', 'test: prepared', 'test: started', 'promoted']],
    [
      'keeps the champion from harm',
      { 2: 30 },
      1,
      ['deployed', 'test: prepared', 'test: started', 'test ended, the champion stays'],
    ],
  ])('%s', (_what, failing, winner, told) => {
    const stage = new Stage({ abTest: AB_TEST });
    stage.approve(1);
    busy(stage, { 1: 1, 2: 1, ...failing });
    stage.approve(2);
    const { champion, challenger } = stage.record.test!;
    expect(stage.cloud.trafficSplit).toEqual({ [champion.modelName]: 80, [challenger.modelName]: 20 });
    stage.ticks(26, 60);
    expect(serves(stage)).toBe(winner);
    expectTidy(stage);
    expect(stage.told).toEqual(told);
    expect(stage.cloud.requests.filter(({ url }) => url.includes(':deployModel'))).toHaveLength(2);
  });

  test('ends when a person takes everything away', () => {
    const stage = new Stage({ abTest: AB_TEST });
    stage.approve(1);
    stage.approve(2);
    const at = new Date(stage.cloud.now).toISOString();
    stage.run({ request: { kind: 'undeploy', id: 'u1', at, by: 'ann' } });
    expect(stage.record.settled[0]).toMatchObject({ id: 'u1', done: true });
    expect(serves(stage)).toBeUndefined();
    expectTidy(stage);
  });

  test('goes on while a later version waits, and ends when its own is approved no more', () => {
    const stage = new Stage({ abTest: AB_TEST });
    stage.approve(1);
    stage.approve(2);
    stage.approve(3);
    expect(championModel(stage.record)?.model.number).toBe(1);
    expect(stage.record.test?.challenger.model.number).toBe(2);
    stage.cloud.register(1); // the alias goes back
    stage.run();
    expect(stage.record.test).toBeUndefined();
    expect(stage.record.refused[`${MODEL}@2`].reason).toMatch(/approved no more/);
    expectTidy(stage);
  });
});

describe('people and infrastructure', () => {
  test('a rollback puts the earlier version back, under a new id', () => {
    const stage = new Stage();
    stage.approve(1);
    const first = championModel(stage.record)!.modelName;
    stage.approve(2);
    const at = new Date(stage.cloud.now).toISOString();
    stage.run({ cause: 'command line', request: { kind: 'rollback', id: 'r1', at, by: 'ann' } });
    expect(serves(stage)).toBe(1);
    expect(championModel(stage.record)!.modelName).not.toBe(first);
    expect(stage.record.settled[0]).toMatchObject({ id: 'r1', done: true });
    expect(stage.told.at(-1)).toBe('rolled back');
    expectTidy(stage);
    stage.run();
    expect(serves(stage)).toBe(1);
  });

  test('an artifact is uploaded for its deployment, and goes with it', () => {
    const image = 'europe-docker.pkg.dev/vertex-ai/prediction/xgboost-cpu.1-7:latest';
    const stage = new Stage({ serving: { ...policy().serving, image } });
    stage.run();
    const at = new Date(stage.cloud.now).toISOString();
    const model = { uri: 'gs://acme/model/' };
    stage.run({ request: { kind: 'deploy', id: 'd1', at, by: 'ann', model } });
    expect(championModel(stage.record)?.model).toEqual(model);
    expect(stage.cloud.deployed[0].model).toBe(
      `projects/acme/locations/europe-west4/models/${stage.record.champion!.configName}`,
    );
    expect([...stage.cloud.models.keys()]).toHaveLength(1);
    stage.approve(1);
    expect([...stage.cloud.models.keys()]).toEqual([`${MODEL}@1`]);
    expectTidy(stage);
  });

  test('a policy that is gone for more than a moment takes the models with it; one that is replaced does not', () => {
    const stage = new Stage();
    stage.approve(1);
    stage.cloud.objects.delete(POLICY);
    let looks = 0;
    stage.dies = () => {
      if (looks++ === 1) stage.cloud.put(POLICY, policy());
      return false;
    };
    stage.run({ data: { message: { attributes: { objectId: POLICY } } } });
    expect(serves(stage)).toBe(1);
    stage.cloud.objects.delete(POLICY);
    stage.run();
    expectTidy(stage);
    expect(stage.cloud.deployed).toEqual([]);
    expect(stage.record.owner).toBeUndefined();
    expect(stage.told.at(-1)).toBe('deleted');
  });

  test('a foreign model on the endpoint is left alone', () => {
    const stage = new Stage();
    const foreign = {
      id: '7',
      displayName: 'by hand',
      model: 'm',
      dedicatedResources: { minReplicaCount: 1, maxReplicaCount: 1 },
    };
    stage.cloud.deployed = [foreign];
    stage.cloud.trafficSplit = { 7: 100 };
    stage.approve(1);
    expect(stage.cloud.deployed).toEqual([foreign]);
    expect(stage.record.settled[0].outcome).toMatch(/belongs to nobody that this library knows/);
  });

  test('traffic that someone has moved is put right', () => {
    const stage = new Stage();
    stage.approve(1);
    const id = championModel(stage.record)!.modelName;
    const foreign = {
      id: '7',
      displayName: 'by hand',
      model: 'm',
      dedicatedResources: { minReplicaCount: 1, maxReplicaCount: 1 },
    };
    stage.cloud.deployed.push(foreign);
    stage.cloud.trafficSplit = { [id]: 40, 7: 60 };
    stage.run();
    expect(stage.cloud.trafficSplit).toEqual({ [id]: 100 });
    expect(stage.record.decisions[0].why).toMatch(
      /serves with churn-.* \(40 %\) and by hand \(60 %\)|by hand \(60 %\) and/,
    );
  });
});

describe('whatever happens to an execution', () => {
  test.each(['create', 'ask', 'watch', 'settle', 'cleanUp', 'claim'])(
    'one that dies before %s is taken over',
    (where) => {
      const stage = new Stage();
      stage.approve(1);
      stage.dies = (activity) => activity === where;
      stage.approve(2);
      stage.dies = () => false;
      stage.run();
      expect(serves(stage)).toBe(2);
      expectTidy(stage);
      const again = where === 'cleanUp' ? ['deployed'] : []; // it had been told, but nobody knows that
      expect(stage.told).toEqual(['deployed', 'deployed', ...again]);
      expect(stage.cloud.requests.filter(({ url }) => url.includes(':deployModel'))).toHaveLength(2);
    },
  );

  test('one that is at work is not disturbed, and settles what others ask for', () => {
    const stage = new Stage();
    stage.approve(1);
    let other: unknown;
    stage.dies = (activity) => {
      if (activity === 'settle' && other === undefined) {
        const at = new Date(stage.cloud.now).toISOString();
        other = {};
        other = stage.run({ request: { kind: 'rollback', id: 'r1', at, by: 'ann' } });
      }
      return false;
    };
    stage.approve(2);
    expect(other).toMatchObject({ activities: ['start'] });
    expect(stage.record.settled.map(({ id }) => id)).toContain('r1');
    expect(serves(stage)).toBe(1);
  });

  test('one that has lost its lease stops', () => {
    const stage = new Stage();
    stage.cloud.register(1);
    stage.dies = (activity) => {
      if (activity === 'ask') {
        const lease = { execution: 'another', expiresAt: '2030-01-01T00:00:00.000Z' };
        stage.cloud.put(RECORD, { ...stage.record, lease });
      }
      return false;
    };
    expect(stage.run().failure).toMatch(/lost its lease on churn/);
  });

  test('a record that another writes meanwhile is read again', () => {
    const stage = new Stage();
    let times = 0;
    stage.cloud.intercept = ({ url }) => {
      if (url.includes('/upload/') && times++ < 2) stage.cloud.put(RECORD, { ...stage.record, floor: times });
      return undefined;
    };
    stage.cloud.register(3);
    expect(stage.run().activities.slice(0, 4)).toEqual(['start', 'start', 'start', 'create']);
    expect(stage.record.floor).toBe(2);
    expect(serves(stage)).toBe(3);
  });

  test('a deployment whose answer was lost is found by its id', () => {
    const stage = new Stage();
    let lost = 0;
    stage.cloud.intercept = (request) => {
      if (!request.url.includes(':deployModel') || lost++ > 0) return undefined;
      stage.cloud.answer(request);
      return { status: 409, body: { error: { status: 'ALREADY_EXISTS', message: 'an operation is running' } } };
    };
    stage.approve(1);
    expect(serves(stage)).toBe(1);
    expectTidy(stage);
  });

  test('while someone else is at work on the endpoint nothing is begun', () => {
    const stage = new Stage();
    stage.approve(1);
    stage.cloud.operations.push({ name: 'maintenance', until: stage.cloud.now + 1_800_000 });
    const before = stage.cloud.now;
    stage.approve(2);
    expect(Date.parse(stage.record.champion!.createdAt)).toBeGreaterThanOrEqual(before + 1_800_000);
    expect(serves(stage)).toBe(2);
  });

  test('an alias that cannot be set is told once', () => {
    const stage = new Stage();
    stage.cloud.intercept = ({ url }) =>
      url.includes(':mergeVersionAliases') ? { status: 403, body: { error: { message: 'no right' } } } : undefined;
    stage.approve(1);
    stage.ticks(3);
    expect(stage.told).toEqual(['deployed', 'cleaning up: failed']);
    stage.cloud.intercept = () => undefined;
    stage.run();
    expectTidy(stage);
  });
});

describe('batch mode', () => {
  const batch = { input: 'gs://acme/in/', output: 'bq://acme.predictions', format: 'jsonl' };
  function inBatch(): Stage {
    const stage = new Stage({ mode: 'batch', serving: { ...policy().serving, batch }, scaling: undefined });
    const { endpointId: _none, ...settings } = SETTINGS;
    stage.settings = settings;
    return stage;
  }

  test('the champion predicts, without an endpoint', () => {
    const stage = inBatch();
    stage.approve(1);
    stage.approve(2);
    expect(serves(stage)).toBe(2);
    expect(stage.cloud.requests.filter(({ url }) => url.includes('/endpoints/'))).toEqual([]);
    stage.dies = () => {
      for (const job of stage.cloud.jobs) job.state = 'JOB_STATE_SUCCEEDED';
      return false;
    };
    expect(stage.run({ task: 'predict' }).result).toMatchObject({
      job: expect.stringContaining('batchPredictionJobs/1'),
    });
    expect(stage.cloud.jobs[0].body).toMatchObject({
      model: `${MODEL}@2`,
      inputConfig: { instancesFormat: 'jsonl', gcsSource: { uris: ['gs://acme/in/*'] } },
      outputConfig: { predictionsFormat: 'bigquery', bigqueryDestination: { outputUri: 'bq://acme.predictions' } },
    });
  });

  test('a prediction that fails is told, and fails its execution', () => {
    const stage = inBatch();
    expect(stage.run({ task: 'predict' }).failure).toMatch(/churn is not in batch mode/);
    stage.approve(1);
    stage.dies = () => {
      for (const job of stage.cloud.jobs)
        Object.assign(job, { state: 'JOB_STATE_FAILED', error: { message: 'no rows' } });
      return false;
    };
    const { failure, log } = stage.run({ task: 'predict' });
    expect(failure).toMatch(/JOB_STATE_FAILED: no rows/);
    expect(log).toMatchObject([{ severity: 'ERROR', json: { deployment: { what: 'prediction: failed' } } }]);
  });
});

describe('sizes', () => {
  test('a full record stays small, in every turn, and loses only history', () => {
    const stage = new Stage({ abTest: AB_TEST });
    stage.approve(1);
    const { record } = stage;
    const why = 'x'.repeat(1000);
    const many = <T>(count: number, one: (index: number) => T): T[] =>
      Array.from({ length: count }, (_, index) => one(index));
    const [at, model] = ['2026-11-26T12:00:00.000Z', { version: `${MODEL}@7`, number: 7 }];
    stage.cloud.put(RECORD, {
      ...record,
      decisions: many(50, (index) => ({ at, what: `what ${index}`, why })),
      settled: many(20, (index) => ({ id: `s${index}`, kind: 'deploy', at, done: true, outcome: why })),
      refused: Object.fromEntries(many(50, (index) => [`${MODEL}@${100 + index}`, { at, reason: why }])),
      captures: many(200, (index) => ({ deployment: `d${index}`, since: at, models: { a: model }, names: { a: '1' } })),
    });
    busy(stage);
    stage.approve(2);
    stage.ticks(20, 60);
    expect(JSON.stringify(stage.record).length).toBeLessThanOrEqual(MOST_CHARACTERS + 20);
    expect(stage.record.captures.length).toBeGreaterThan(50);
    expect(Object.keys(stage.record.refused)).toHaveLength(50);
    expect(stage.record.decisions.length).toBeGreaterThan(20);
    stage.largestTurn = 0; // the record that was put there was larger than any that is written
    stage.ticks(2);
    stage.approve(3);
    expect(stage.largestTurn).toBeLessThan(200_000);
    expect(stage.largestTurn).toBeGreaterThan(60_000);
  });
});
