import fc from 'fast-check';
import { expect, test } from 'vitest';
import { CAPABILITIES } from '../../lib/config/capabilities';
import { resolveConfig } from '../../lib/config/resolve';
import {
  ALWAYS_THERE,
  CAPABILITY_DESCRIPTIONS,
  capabilitiesAddedBy,
  effectiveCapabilities,
} from '../../lib/plan/levels';
import { plan } from '../../lib/plan/plan';
import { validConfig } from '../config/arbitraries';
import { fullConfig, withFields } from '../config/full-config';

const planOf = (fields: Record<string, unknown> = {}) => plan(resolveConfig(withFields(fields)));

test('the levels are the table of the design, and nothing else', () => {
  const on = (level: number) => CAPABILITIES.filter((name) => effectiveCapabilities(level)[name]);
  expect(on(0)).toEqual([]);
  expect(on(1)).toEqual(['dataCapture', 'operationalAlarms', 'trainingPipeline', 'deployment', 'driftMonitoring']);
  expect(on(2)).toEqual([
    'dataCapture',
    'operationalAlarms',
    'trainingPipeline',
    'deployment',
    'driftMonitoring',
    'retraining',
    'automaticApproval',
    'abTest',
  ]);
  expect(capabilitiesAddedBy(0)).toEqual([]);
  expect(capabilitiesAddedBy(2)).toEqual(['retraining', 'automaticApproval', 'abTest']);
});

test('every capability and every standing part is described', () => {
  expect(Object.keys(CAPABILITY_DESCRIPTIONS).toSorted()).toEqual([...CAPABILITIES].toSorted());
  for (const text of Object.values(CAPABILITY_DESCRIPTIONS)) expect(text).toMatch(/^[A-Z].*\.$/);
  expect(ALWAYS_THERE).toContain('model registry');
});

test('capabilities override their level one by one', () => {
  expect(planOf({ level: 1, 'capabilities.driftMonitoring': false }).capabilities).toMatchObject({
    driftMonitoring: false,
    dataCapture: true,
    retraining: false,
  });
  expect(planOf({ level: 0, 'capabilities.dataCapture': true }).capabilities).toMatchObject({
    dataCapture: true,
    deployment: false,
  });
});

test('names come from the name of the config, never from its level', () => {
  const names = {
    pipeline: 'flights',
    modelPackageGroup: 'flights',
    endpoint: 'flights',
    featureGroups: { flights: 'flights-flights' },
  };
  for (const level of [0, 1, 2]) expect(planOf({ level }).names).toEqual(names);
});

test('the training pipeline and the A/B test are in the plan when they are on', () => {
  expect(planOf({ level: 0 }).training).toBeUndefined();
  expect(planOf({ level: 1 }).training?.steps).not.toContain('approve');
  expect(planOf({ level: 2 }).training?.steps).toContain('approve');
  expect(planOf({ level: 1, 'serving.abTest': { margin: 0.1 } }).serving.abTest).toBeUndefined();
  expect(planOf({ level: 2, 'serving.abTest': { margin: 0.1 } }).serving.abTest).toEqual({
    trafficPercent: 20,
    durationHours: 24,
    goal: 'notWorse',
    margin: 0.1,
  });
  expect(planOf({ level: 2 }).serving.abTest).toMatchObject({ margin: 0.5 });
});

test('monitoring, retraining and feature store: defaults where nothing is said, the store at every level', () => {
  const bare = plan(resolveConfig({ name: 'a', level: 0 }));
  expect(bare.monitoring).toMatchObject({
    everyHours: 1,
    windowHours: 24,
    notify: [],
    tests: { numeric: 'ks', categorical: 'psi' },
  });
  expect(bare.retraining).toEqual({ cooldownHours: 24, maxPerWeek: 3, minimumNewSamples: 10000 });
  expect(bare).not.toHaveProperty('featureStore');
  expect(planOf({ level: 0 }).featureStore?.groups).toHaveLength(1);
});

test('what is configured but off is a note', () => {
  expect(planOf().notes).toEqual([]);
  expect(planOf({ level: 0, 'serving.abTest': {} }).notes).toEqual([
    'training is configured, but the capability trainingPipeline is off at level 0',
    'serving.abTest is configured, but the capability abTest is off at level 0',
    'monitoring is configured, but the capability driftMonitoring is off at level 0',
    'retraining is configured, but the capability retraining is off at level 0',
  ]);
  expect(planOf({ 'capabilities.retraining': false }).notes).toEqual([
    'retraining is configured, but the capability retraining is off (capabilities.retraining: false)',
  ]);
  expect(plan(resolveConfig({ name: 'a', level: 0 })).notes).toEqual([]);
});

test('instances without a fleet are a note', () => {
  const serverless = {
    name: 'a',
    level: 0,
    serving: { mode: 'serverless', minInstances: 3, scaling: { invocationsPerInstance: 5 } },
  };
  expect(plan(resolveConfig(serverless)).notes).toEqual([
    'serving.minInstances is configured, but not used in serverless mode',
    'serving.scaling is configured, but not used in serverless mode',
  ]);
  expect(plan(resolveConfig({ name: 'a', level: 0, serving: { mode: 'serverless' } })).notes).toEqual([]);
});

function expectFrozen(value: unknown, at: string): void {
  if (typeof value !== 'object' || value === null) return;
  expect(Object.isFrozen(value), at).toBe(true);
  for (const [key, part] of Object.entries(value)) expectFrozen(part, `${at}.${key}`);
}

test('a plan is frozen, the same every time, and shares nothing with its config', () => {
  fc.assert(
    fc.property(validConfig(), (input) => {
      const config = resolveConfig(input);
      const before = structuredClone(config);
      const planned = plan(config);
      expectFrozen(planned, 'plan');
      expect(config).toEqual(before);
      expect(plan(structuredClone(config))).toEqual(planned);
      config.serving.environment.ADDED = '1';
      config.aws.networkIsolation = !config.aws.networkIsolation;
      expect(planned).toEqual(plan(before));
    }),
    { numRuns: 150 },
  );
});

test('a plan is plain data', () => {
  const planned = planOf();
  expect(JSON.parse(JSON.stringify(planned))).toEqual(planned);
  expect(planned.name).toBe(fullConfig().name);
});
