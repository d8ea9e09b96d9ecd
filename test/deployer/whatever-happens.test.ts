import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { modelKey } from '../../lib/deployer/model';
import { AB_TEST, breaches, policy, quiet, version } from './simulation';
import type { Fate, Simulation } from './simulation';
import { approve, FAIR, HARMFUL, serving } from './stories';

type Happening = (it: Simulation) => void;

/** What may happen, with a name for counterexamples. */
const named = (name: string, happen: Happening) =>
  Object.assign(happen, { toString: () => name, [fc.toStringMethod]: () => name });

const FATES: Fate[] = ['done', 'candidateFails', 'serviceFails', 'noMachines', 'silentRollback'];

const byItself = fc.oneof(
  fc.constant(named('approve', (it) => approve(it, (it.approved[0]?.number ?? 0) + 1))),
  fc.constant(
    named('reject newest', (it) => {
      it.approved = it.approved.slice(1);
      it.run();
    }),
  ),
  fc
    .record({
      machine: fc.constantFrom('small', 'large'),
      tested: fc.boolean(),
      automatic: fc.boolean(),
      batch: fc.integer({ min: 0, max: 3 }),
    })
    .map(({ machine, tested, automatic, batch }) =>
      named(`policy ${machine} ${tested} ${automatic} ${batch}`, (it) => {
        const mode = batch === 0 ? ('batch' as const) : ('realtime' as const);
        it.ask({
          kind: 'policy',
          policy: policy({ mode, serving: { machine }, automatic, ...(tested && { abTest: AB_TEST }) }),
        });
      }),
    ),
  fc.constantFrom(...FATES).map((fate) => named(`fate ${fate}`, (it) => void (it.fate = fate))),
  fc.constantFrom(FAIR, HARMFUL, quiet()).map((traffic) => named('traffic', (it) => void (it.traffic = traffic))),
  fc
    .constantFrom(1, 30, 300, 2000)
    .map((minutes) => named(`${minutes} minutes`, (it) => it.pass(minutes, Math.max(5, minutes / 20)))),
  fc.constantFrom('changed', 'deleted', 'broken', 'lost', 'moving', 'at rest').map((what) =>
    named(what, (it) => {
      if (what === 'deleted') it.endpoint = undefined;
      if (!it.endpoint) return;
      if (what === 'changed') it.endpoint.config = 'by-hand';
      if (what === 'broken' || what === 'lost' || what === 'moving') it.endpoint.state = what;
      if (what === 'at rest') it.endpoint.state = 'serving';
      it.run();
    }),
  ),
);

const byPeople = fc.oneof(
  fc
    .constantFrom('rollback' as const, 'promote' as const, 'undeploy' as const, 'delete' as const)
    .map((kind) => named(kind, (it) => void it.ask({ kind }))),
  fc
    .integer({ min: 1, max: 6 })
    .map((number) => named(`deploy ${number}`, (it) => void it.ask({ kind: 'deploy', model: version(number) }))),
);

const RUNS = Number(process.env.FUZZ_RUNS ?? 300);

describe('whatever happens, in whatever order', () => {
  test('there is one champion or none once the trouble is over, the record agrees with what serves, and nothing waits', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(byItself, byPeople), { maxLength: 25 }), (events) => {
        const it = serving();
        for (const happen of events) happen(it);
        it.fate = 'done';
        if (it.endpoint?.state === 'moving') it.endpoint.state = 'serving';
        it.pass(180, 30);
        expect(breaches(it)).toEqual([]);
        expect(it.record.requests).toEqual([]);
      }),
      { numRuns: RUNS },
    );
  });

  test('no version that was refused, and none older than the champion, serves unless a person asks for it', () => {
    fc.assert(
      fc.property(fc.array(byItself, { maxLength: 25 }), (events) => {
        const it = serving();
        let highest = 0;
        for (const happen of events) {
          happen(it);
          const now = it.serving;
          expect(now?.number ?? highest).toBeGreaterThanOrEqual(highest);
          highest = now?.number ?? highest;
          if (now) expect(Object.keys(it.record.refused)).not.toContain(modelKey(now));
        }
      }),
      { numRuns: RUNS },
    );
  });
});
