import { describe, expect, test } from 'vitest';
import { adjustableOf } from '../../lib/deployer/policy';
import { parseRecord } from '../../lib/deployer/record';
import type { Fate } from './simulation';
import { AB_TEST, breaches, minute, NAME, OWNER, policy, Simulation, version } from './simulation';
import { approve, FAIR, HARMFUL, serving, testing } from './stories';

const numbers = (it: Simulation) => it.record.previous.map((one) => one.variants[0].model.number);

describe('approved versions', () => {
  test('wait for a policy, and nothing is deployed without one', () => {
    const it = new Simulation();
    approve(it, 1);
    expect([it.serving, it.steps]).toEqual([undefined, []]);
  });

  test('a policy without a version is in force, and nothing serves', () => {
    const it = serving();
    expect(it.record.policy).toEqual(policy());
    expect(it.record.settled[0]).toMatchObject({ done: true });
    expect(it.endpoint).toBeUndefined();
  });

  test('the first one makes the endpoint, the next ones are rolled out in its slot', () => {
    const it = serving(policy(), 1, 2);
    expect(it.steps.map(({ kind, strategy }) => [kind, strategy])).toEqual([
      ['update', 'create'],
      ['update', 'canary'],
    ]);
    expect([it.serving?.number, numbers(it)]).toEqual([2, [1]]);
    it.run();
    expect(it.steps).toHaveLength(2);
  });

  test('of several the newest is deployed, the others never', () => {
    const it = serving(policy(), 1);
    it.approved = [version(4), version(3), ...it.approved];
    it.pass(60);
    expect([it.serving?.number, numbers(it)]).toEqual([4, [1]]);
  });

  test('one that is approved late does not replace a newer champion', () => {
    const it = serving(policy(), 5);
    it.approved = [version(5), version(3)];
    it.pass(60);
    expect(it.serving?.number).toBe(5);
  });

  test('are left alone where the policy is not automatic', () => {
    const it = serving(policy({ automatic: false }), 1);
    expect(it.steps).toEqual([]);
  });

  test('one that fails is refused with its reason, and not tried again', () => {
    const it = serving(policy(), 1);
    it.fate = 'candidateFails';
    approve(it, 2);
    it.fate = 'done';
    it.pass(24 * 60, 60);
    expect([it.serving?.number, it.steps.filter(({ kind }) => kind === 'update').length]).toEqual([1, 2]);
    expect(it.record.refused[version(2).version].reason).toBe('candidateFails');
    approve(it, 3);
    expect(it.serving?.number).toBe(3);
  });

  test('one that fails leaves scaling as it was: what was prepared for it is put right at once', () => {
    const it = serving(policy(), 1);
    it.fate = 'candidateFails';
    approve(it, 2);
    expect(it.allSteps.at(-1)?.kind).toBe('adjust');
    expect(it.record.captures.map(({ models }) => models.a?.number)).toEqual([2, 1]); // it may have answered requests
  });

  test('scaling that cannot be put right is tried again after a pause', () => {
    const it = serving(policy(), 1);
    it.fate = 'serviceFails';
    approve(it, 2);
    const adjustments = () => it.allSteps.filter(({ kind }) => kind === 'adjust').length;
    expect(adjustments()).toBe(2); // after version 1, and after the failure
    it.run();
    expect(adjustments()).toBe(2);
    it.fate = 'done';
    it.pass(60);
    expect([adjustments(), it.record.adjusted]).toEqual([3, adjustableOf(policy())]);
  });

  test.each<Fate>(['serviceFails', 'noMachines'])('one that fails by %s is tried six times, with pauses', (fate) => {
    const it = serving(policy(), 1);
    it.fate = fate;
    approve(it, 2);
    const updates = () => it.steps.filter(({ kind }) => kind === 'update').length;
    expect(updates()).toBe(2);
    it.run();
    expect(updates()).toBe(2); // not at once
    it.pass(600, 5);
    expect(it.steps.filter(({ variants }) => variants?.[0].model.number === 2)).toHaveLength(6);
    expect(it.record.refused[version(2).version].reason).toContain('failed 6 times');
    expect(it.record.untold.some(({ why }) => why.startsWith('failed 6 times'))).toBe(true);
  });

  test('one that a trouble kept waiting is deployed when it has passed', () => {
    const it = serving(policy(), 1);
    it.fate = 'serviceFails';
    approve(it, 2);
    it.fate = 'done';
    it.pass(10);
    expect([it.serving?.number, it.record.failures, it.record.attempts]).toEqual([2, 0, {}]);
  });
});

describe('a policy', () => {
  test('that changes what models are served with rolls the champion out anew', () => {
    const it = serving(policy(), 1);
    const since = it.record.champion!.servingSince;
    const id = it.ask({ kind: 'policy', policy: policy({ serving: { machine: 'large' } }) });
    expect(it.steps.at(-1)).toMatchObject({ purpose: 'policy', strategy: 'canary' });
    expect(it.outcome(id)).toMatchObject({ done: true });
    expect([it.serving?.number, it.record.policy?.serving, numbers(it)]).toEqual([1, { machine: 'large' }, []]);
    expect(it.record.champion!.servingSince).toBe(since); // the model is the same
  });

  test('that fails is not in force, and going back to what serves does nothing', () => {
    const it = serving(policy(), 1);
    it.fate = 'silentRollback';
    const id = it.ask({ kind: 'policy', policy: policy({ serving: { machine: 'large' } }) });
    expect(it.outcome(id)).toMatchObject({ done: false, outcome: 'silentRollback' });
    const steps = it.steps.length;
    const back = it.ask({ kind: 'policy', policy: policy() });
    expect([it.outcome(back)?.done, it.steps.length]).toEqual([true, steps]);
    expect(it.record.policy).toEqual(policy());
  });

  test('takes the place of an earlier one that still waits', () => {
    const it = serving(policy(), 1);
    it.endpoint!.state = 'moving';
    const first = it.ask({ kind: 'policy', policy: policy({ serving: { machine: 'large' } }) });
    const back = it.ask({ kind: 'policy', policy: policy() });
    expect(it.outcome(first)).toMatchObject({ done: false, outcome: 'a later policy has taken its place' });
    it.endpoint!.state = 'serving';
    it.run();
    expect([it.outcome(back)?.done, it.steps.length]).toEqual([true, 1]);
  });

  test('that changes the rules alone is in force at once', () => {
    const it = serving(policy(), 1);
    const steps = it.steps.length;
    it.ask({ kind: 'policy', policy: policy({ rollout: { strategy: 'linear', percent: 10, bakeMinutes: 5 } }) });
    expect([it.steps.length, it.record.policy?.rollout.strategy]).toEqual([steps, 'linear']);
  });

  test.each([
    ['scaling', { scaling: { minInstances: 3, maxInstances: 9, invocationsPerInstance: 10 } }],
    ['tags', { tags: { team: 'ml' } }],
  ])('with other %s is adjusted without a rollout', (_what, overrides) => {
    const it = serving(policy(), 1);
    it.ask({ kind: 'policy', policy: policy(overrides) });
    expect(it.allSteps.slice(-2).map(({ kind }) => kind)).toEqual(['adjust', 'adjust']); // after the rollout, and now
    const steps = it.allSteps.length;
    it.run();
    expect(it.allSteps).toHaveLength(steps);
  });

  test('of another owner is refused, and so is one for an endpoint that stands', () => {
    const it = serving(policy(), 1);
    const owner = { stack: 'arn:stack/other', resource: 'Endpoint' };
    const id = it.ask({ kind: 'policy', policy: policy(), owner, create: true });
    expect(it.outcome(id)).toMatchObject({ done: false });
    expect(it.outcome(id)?.outcome).toContain('belongs to Endpoint in arn:stack/churn');
    const other = new Simulation();
    other.endpoint = { config: 'theirs', variants: {}, state: 'serving' };
    other.foreign = 'nobody';
    const refused = other.ask({ kind: 'policy', policy: policy(), create: true });
    expect(other.outcome(refused)?.outcome).toContain('exists and belongs to nobody');
    approve(other, 1);
    expect([other.steps, other.endpoint.config]).toEqual([[], 'theirs']);
  });

  test('that makes batch of a serving endpoint is refused with the way out', () => {
    const it = serving(policy(), 1);
    const id = it.ask({ kind: 'policy', policy: policy({ mode: 'batch' }) });
    expect(it.outcome(id)).toMatchObject({ done: false });
    expect(it.outcome(id)?.outcome).toContain('undeploy first');
  });

  test('that leaves batch mode makes an endpoint of the champion', () => {
    const it = serving(policy({ mode: 'batch' }), 1);
    expect([it.serving?.number, it.endpoint]).toEqual([1, undefined]);
    it.ask({ kind: 'policy', policy: policy() });
    expect(it.steps.at(-1)).toMatchObject({ purpose: 'policy', strategy: 'create' });
    expect(breaches(it)).toEqual([]);
  });

  test('from a later version of the library, with more in it, changes nothing that serves', () => {
    const it = testing();
    const steps = it.steps.length;
    const later = { ...policy({ abTest: AB_TEST }), shadow: { percent: 5 } } as any;
    it.record = { ...it.record, novelty: { kept: true } } as any;
    const id = it.ask({ kind: 'policy', policy: later });
    expect([it.outcome(id)?.done, it.steps.length]).toEqual([true, steps]);
    expect([it.record.test?.verdict, (it.record as any).novelty]).toEqual([undefined, { kept: true }]);
  });
});

describe('an A/B test', () => {
  test('stands first, then gets its traffic, and leaves the champion where it is', () => {
    const it = testing();
    expect(it.steps.slice(-2).map(({ kind, purpose }) => [kind, purpose])).toEqual([
      ['update', 'test'],
      ['traffic', 'test'],
    ]);
    expect(it.endpoint?.variants).toMatchObject({ a: { weight: 0.8 }, b: { weight: 0.2 } });
    expect([it.serving?.number, breaches(it)]).toEqual([1, []]);
  });

  test('that is passed ends with the challenger alone', () => {
    const it = testing();
    it.traffic = FAIR;
    it.pass(24 * 60);
    expect([it.serving?.number, it.record.test, numbers(it)]).toEqual([2, undefined, [1]]);
    expect(Object.keys(it.endpoint!.variants)).toEqual(['b']);
    const [traffic, update] = it.steps.slice(-2);
    expect(traffic).toMatchObject({ kind: 'traffic', purpose: 'promote', weights: { a: 0, b: 1 } });
    expect(update).toMatchObject({ kind: 'update', purpose: 'promote' });
    expect(it.record.untold.map(({ what }) => what)).toContain('promoted');
    expect(it.record.anchors).toHaveLength(1);
    approve(it, 3); // the next challenger gets the other slot
    expect(it.record.test?.challenger.slot).toBe('a');
  });

  test('that shows harm ends within minutes, for good, with the reason', () => {
    const it = testing();
    it.traffic = HARMFUL;
    it.pass(30);
    expect([it.serving?.number, it.record.test]).toEqual([1, undefined]);
    expect(it.steps.slice(-2).map(({ kind }) => kind)).toEqual(['traffic', 'update']);
    expect(it.record.refused[version(2).version].reason).toMatch(/errors worse than 1.5 times/);
    it.pass(24 * 60, 60);
    expect([it.serving?.number, it.record.test]).toEqual([1, undefined]);
  });

  test('that nobody asks anything ends at its time, and the champion stays', () => {
    const it = testing();
    it.pass(25 * 60, 30);
    expect([it.serving?.number, it.record.test]).toEqual([1, undefined]);
    expect(it.record.refused[version(2).version].reason).toContain('time was up');
  });

  test('counts each minute once, whatever the ticks', () => {
    const [often, seldom] = [testing(), testing()];
    for (const it of [often, seldom]) it.traffic = { champion: minute(8, 0), challenger: minute(2, 0) };
    often.pass(120, 1);
    seldom.pass(120, 40);
    const used = ({ record, now }: Simulation) => {
      const { totals, startedAt, countedUntil } = record.test!;
      const open = (Date.parse(countedUntil!) - Date.parse(startedAt!)) / 60_000;
      expect(Date.parse(now) - Date.parse(countedUntil!)).toBeLessThan(6 * 60_000);
      return [totals.minutesUsed, totals.champion.requests / 8, Math.floor(open) - 5];
    };
    for (const it of [often, seldom]) {
      const [minutes, byRequests, open] = used(it);
      expect([byRequests, open]).toEqual([minutes, minutes]);
    }
  });

  test('goes on while newer versions wait, and says so once', () => {
    const it = testing();
    approve(it, 3);
    it.pass(60);
    expect(it.record.test?.challenger.model.number).toBe(2);
    expect(it.record.decisions.filter(({ what }) => what === 'waits')).toHaveLength(1);
    it.traffic = HARMFUL;
    it.pass(60);
    expect(it.record.test?.challenger.model.number ?? it.record.refused[version(3).version]).toBeDefined();
  });

  test.each<[string, (it: Simulation) => void, number, boolean]>([
    ['a person rolls back', (it) => it.ask({ kind: 'rollback' }), 1, true],
    ['a person promotes', (it) => it.ask({ kind: 'promote' }), 2, false],
    ['a person deploys another', (it) => it.ask({ kind: 'deploy', model: { uri: 's3://models/x' } }), NaN, false],
  ])('ends when %s', (_what, act, number, refused) => {
    const it = testing();
    act(it);
    expect([it.record.test, it.record.requests]).toEqual([undefined, []]);
    expect(it.serving?.number ?? NaN).toBe(number);
    expect(version(2).version in it.record.refused).toBe(refused);
    expect(it.record.settled[0]).toMatchObject({ done: true });
    expect(breaches(it)).toEqual([]);
  });

  test('ends when the policy changes what serves; the challenger has its turn again afterwards', () => {
    const it = testing();
    it.ask({ kind: 'policy', policy: policy({ abTest: AB_TEST, serving: { machine: 'large' } }) });
    const purposes = it.steps.slice(3).map(({ purpose }) => purpose);
    expect(purposes).toEqual(['restore', 'restore', 'policy', 'test', 'test']);
    expect([it.serving?.number, it.record.test?.challenger.model.number]).toEqual([1, 2]);
  });

  test('ends when tests are switched off, and its version is rolled out as the policy says now', () => {
    const it = testing();
    it.ask({ kind: 'policy', policy: policy() });
    expect([it.serving?.number, it.record.test, it.steps.at(-1)?.strategy]).toEqual([2, undefined, 'canary']);
  });

  test('whose challenger never comes into service leaves the champion as it was', () => {
    const it = serving(policy({ abTest: AB_TEST }), 1);
    it.fate = 'candidateFails';
    approve(it, 2);
    expect([it.record.test, it.serving?.number, breaches(it)]).toEqual([undefined, 1, []]);
    expect(it.record.refused[version(2).version]).toBeDefined();
  });

  test('that cannot begin, since the endpoint has gone meanwhile, begins with a repair', () => {
    const it = serving(policy({ abTest: AB_TEST }), 1);
    approve(it, 2);
    const { startedAt: _startedAt, ...waiting } = it.record.test!;
    it.record = { ...it.record, test: waiting };
    it.endpoint = undefined;
    it.run();
    expect(it.steps.map(({ purpose }) => purpose)).toContain('repair');
    expect(breaches(it)).toEqual([]);
  });

  test('whose end fails is ended later; the person who asked for it has been told', () => {
    const it = testing();
    it.fate = 'candidateFails';
    const id = it.ask({ kind: 'promote' });
    expect([it.outcome(id)?.done, it.record.test?.verdict?.moved]).toEqual([false, true]);
    const rollback = it.ask({ kind: 'rollback' });
    it.fate = 'done';
    it.pass(60);
    expect([it.outcome(rollback)?.done, it.serving?.number, it.record.test]).toEqual([false, 1, undefined]); // told of the first try
  });

  test('ends when its challenger is approved no more', () => {
    const it = testing();
    it.approved = [version(1)];
    it.run();
    expect([it.record.test, it.serving?.number]).toEqual([undefined, 1]);
    expect(it.record.refused[version(2).version].reason).toContain('approved no more');
  });

  test('whose traffic never moves has an end', () => {
    const it = serving(policy({ abTest: AB_TEST }), 1);
    approve(it, 2);
    const { startedAt: _startedAt, ...waiting } = it.record.test!;
    it.record = { ...it.record, test: waiting };
    it.fate = 'serviceFails';
    it.pass(25 * 60, 60);
    it.fate = 'done';
    it.pass(60);
    expect(it.record.decisions.some(({ why }) => why.includes('could not be moved within 24 hours'))).toBe(true);
  });

  test('that is being lost is ended faster by a person, who is not taken to mean the champion', () => {
    const it = testing();
    it.traffic = HARMFUL;
    it.fate = 'serviceFails';
    it.pass(30);
    expect(it.record.test?.verdict?.decision).toBe('restore');
    it.fate = 'done';
    const id = it.ask({ kind: 'rollback' });
    expect([it.outcome(id)?.done, it.record.test, it.serving?.number]).toEqual([true, undefined, 1]);
  });

  test('that was won can still be stopped by a person', () => {
    const it = testing();
    it.fate = 'candidateFails';
    it.traffic = FAIR;
    it.pass(12 * 60);
    expect(it.record.test?.verdict?.decision).toBe('promote');
    it.fate = 'done';
    it.ask({ kind: 'rollback' });
    expect([it.serving?.number, it.record.test, version(2).version in it.record.refused]).toEqual([1, undefined, true]);
  });

  test('is void when the endpoint is gone: the champion is put back, then it begins again', () => {
    const it = testing();
    it.endpoint = undefined;
    it.run();
    expect(it.steps.map(({ purpose }) => purpose)).toContain('repair');
    expect([it.serving?.number, it.record.test?.challenger.model.number, breaches(it)]).toEqual([1, 2, []]);
  });
});

describe('a person', () => {
  test('rolls back to the champion before, and no approval undoes it', () => {
    const it = serving(policy(), 1, 2);
    it.ask({ kind: 'rollback' });
    it.pass(120, 60);
    expect([it.serving?.number, it.steps.at(-1)?.strategy]).toEqual([1, 'allAtOnce']);
    approve(it, 3);
    expect(it.serving?.number).toBe(3);
  });

  test('rolls back to a model that is still there', () => {
    const it = serving(policy(), 1, 2);
    const [before] = it.record.previous;
    it.ask({ kind: 'rollback' });
    expect(it.record.champion!.variants[0].modelName).toBe(before.variants[0].modelName);
  });

  test('rolls back twice: further back, never to what was just left', () => {
    const it = serving(policy(), 1, 2, 3);
    it.ask({ kind: 'rollback' });
    it.ask({ kind: 'rollback' });
    expect(it.serving?.number).toBe(1);
    expect(it.outcome(it.ask({ kind: 'rollback' }))).toMatchObject({ done: false });
  });

  test('is not undone by the rollout: a version approved while it went on is deployed, an earlier one is not', () => {
    const it = serving(policy(), 1, 2);
    it.fate = 'done';
    it.ask({ kind: 'deploy', model: version(1) });
    expect(it.record.floor).toBe(2);
    approve(it, 3);
    expect(it.serving?.number).toBe(3);
  });

  test('cannot roll back where nothing was before, nor promote without a test', () => {
    const it = serving(policy(), 1);
    for (const kind of ['rollback', 'promote'] as const) {
      expect(it.outcome(it.ask({ kind }))).toMatchObject({ done: false });
    }
  });

  test('deploys an older version, and it stays', () => {
    const it = serving(policy(), 1, 2);
    it.ask({ kind: 'deploy', model: version(1) });
    it.pass(120, 60);
    expect(it.serving?.number).toBe(1);
  });

  test('deploys a refused version after all', () => {
    const it = serving(policy(), 1);
    it.fate = 'candidateFails';
    approve(it, 2);
    it.fate = 'done';
    it.ask({ kind: 'deploy', model: version(2) });
    expect([it.serving?.number, it.record.refused]).toEqual([2, {}]);
  });

  test('takes the model away: nothing comes by itself until it is asked for', () => {
    const it = serving(policy(), 1);
    it.ask({ kind: 'undeploy' });
    expect([it.endpoint, it.serving]).toEqual([undefined, undefined]);
    approve(it, 2);
    expect(it.endpoint).toBeUndefined();
    it.ask({ kind: 'deploy', model: version(2) });
    approve(it, 3);
    expect(it.serving?.number).toBe(3);
  });

  test('asks the same twice: it is done once', () => {
    const it = serving(policy(), 1, 2, 3);
    it.ask({ kind: 'rollback', id: 'same' });
    it.ask({ kind: 'rollback', id: 'same' });
    expect(it.serving?.number).toBe(2);
  });
});

describe('precedence', () => {
  const filed = (kind: any, id: string, more = {}) =>
    ({ kind, id, at: '2026-11-25T12:00:00.000Z', by: 'x', owner: OWNER, create: false, ...more }) as any;
  const changed = policy({ serving: { machine: 'large' } });
  const requests = [filed('policy', 'p', { policy: changed }), filed('rollback', 'r'), filed('delete', 'd')];

  test('a person goes before a policy, a policy before approvals', () => {
    const it = serving(policy(), 1, 2);
    const before = it.steps.length;
    it.approved = [version(3), ...it.approved];
    it.record = { ...it.record, requests: requests.slice(0, 2) };
    it.run();
    expect(it.steps.slice(before).map(({ purpose }) => purpose)).toEqual(['rollback', 'policy']);
  });

  test('delete goes before everything', () => {
    const it = serving(policy(), 1, 2);
    const before = it.steps.length;
    it.record = { ...it.record, requests };
    it.run();
    expect(it.steps[before].purpose).toBe('delete');
    expect([it.endpoint, it.record.champion, it.record.requests]).toEqual([undefined, undefined, []]);
  });

  test('waits out what the cloud is doing', () => {
    const it = serving(policy(), 1);
    it.endpoint!.state = 'moving';
    const id = it.ask({ kind: 'delete' });
    expect(it.outcome(id)).toBeUndefined();
    it.endpoint!.state = 'serving';
    it.run();
    expect([it.outcome(id)?.done, it.endpoint]).toEqual([true, undefined]);
  });

  test('delete by another than the owner does nothing, and says so', () => {
    const it = serving(policy(), 1);
    const id = it.ask({ kind: 'delete', owner: { stack: 'arn:stack/churn', resource: 'Renamed' } });
    expect([it.outcome(id)?.done, it.serving?.number]).toEqual([true, 1]);
    expect(it.outcome(id)?.outcome).toContain('nothing was deleted');
  });
});

describe('repair', () => {
  test.each<[string, (it: Simulation) => void]>([
    ['someone changed it', (it) => (it.endpoint!.config = 'by-hand')],
    ['someone deleted it', (it) => (it.endpoint = undefined)],
    ['it is broken', (it) => (it.endpoint!.state = 'broken')],
  ])('puts the champion back when %s', (_what, act) => {
    const it = serving(policy(), 1, 2);
    act(it);
    it.run();
    expect([it.serving?.number, it.endpoint?.state, breaches(it)]).toEqual([2, 'serving', []]);
    expect(it.record.untold.at(-1)?.what).toBe('repaired');
  });

  test('makes an endpoint anew that can only be deleted', () => {
    const it = serving(policy(), 1);
    it.endpoint!.state = 'lost';
    it.run();
    expect(it.steps.slice(1).map(({ kind, strategy }) => [kind, strategy])).toEqual([
      ['remove', undefined],
      ['update', 'create'],
    ]);
    expect([it.serving?.number, breaches(it)]).toEqual([1, []]);
  });

  test.each(['broken', 'lost'] as const)('of one that is %s, and that fails, has longer and longer pauses', (state) => {
    const it = serving(policy(), 1);
    it.endpoint!.state = state;
    it.fate = 'candidateFails';
    it.pass(600, 5);
    const repairs = it.steps.filter(({ kind, purpose }) => kind === 'update' && purpose === 'repair').length;
    expect(repairs).toBeGreaterThan(5);
    expect(repairs).toBeLessThan(15);
    it.fate = 'done';
    it.pass(65);
    expect(breaches(it)).toEqual([]);
  });
});

describe('a record', () => {
  test.each([
    ['no JSON', '{', 'it is no JSON'],
    ['null', 'null', 'it is no JSON object'],
    ['of another format', '{"format":2,"endpoint":"churn"}', 'got format 2'],
    ['of another endpoint', '{"format":1,"endpoint":"fraud"}', 'it is the record of "fraud"'],
  ])('that is %s is refused', (_what, text, message) => {
    expect(() => parseRecord(NAME, text)).toThrow(message);
  });
});
