import path from 'node:path';
import { describe, expect, test } from 'vitest';
import type { CapabilitiesConfig, MlopsConfig } from '../../lib/config/mlops';
import { loadFiles } from '../../lib/config/files';
import { capabilitiesAddedBy } from '../../lib/plan/levels';
import { deployments, retrainings } from './decisions';
import type { Operation } from './operation';
import { operationOnAws, operationOnGoogle } from './operation';
import { synthesizeAws, synthesizeGoogle } from './synthesis';
import type { Training } from './training';
import { trainingOnAws, trainingOnGoogle } from './training';

/** The example: one file for both clouds. */
const EXAMPLE = loadFiles([path.join(__dirname, '../../examples/flight-delay/mlops.yaml')]) as unknown as MlopsConfig;

/** What a cloud makes of a config, in neutral words. */
interface Meaning {
  readonly training: Training;
  readonly operation: Operation;
  readonly notes: readonly string[];
  readonly featureGroups: readonly string[];
}

/** Each synthesis once: the switched configs of one level are the config of another. */
const seen = new Map<string, [Meaning, Meaning]>();

/** What both clouds make of a config: AWS, and Google Cloud. */
function meanings(config: MlopsConfig): [Meaning, Meaning] {
  const key = JSON.stringify(config);
  if (!seen.has(key)) seen.set(key, [onAws(config), onGoogle(config)]);
  return seen.get(key)!;
}

function onAws(config: MlopsConfig): Meaning {
  const synthesized = synthesizeAws(config);
  const { notes, featureGroups } = synthesized.pipeline;
  return {
    training: trainingOnAws(synthesized),
    operation: operationOnAws(synthesized),
    notes,
    featureGroups: featureGroups.map(({ node }) => node.id),
  };
}

function onGoogle(config: MlopsConfig): Meaning {
  const synthesized = synthesizeGoogle(config);
  const { notes, featureGroups, trainingPipeline } = synthesized.pipeline;
  return {
    training: trainingOnGoogle(synthesized),
    operation: operationOnGoogle(synthesized),
    notes: notes.filter((note) => !trainingPipeline?.notes.includes(note)), // images are Google's own
    featureGroups: featureGroups.map(({ node }) => node.id),
  };
}

function expectSame(config: MlopsConfig, what?: string): Meaning {
  const [aws, google] = meanings(config);
  expect(google, what).toEqual(aws);
  return aws;
}

describe.each([0, 1, 2] as const)('at level %i', (level) => {
  const config = { ...EXAMPLE, level };

  test('both clouds mean the same', () => {
    const { operation } = expectSame(config);
    expect(operation.policy.automatic).toBe(level > 0);
    expect(operation.policy.abTest !== undefined).toBe(level > 1);
    expect(operation.monitor !== undefined).toBe(level > 0);
    expect(operation.monitor?.retrains !== undefined).toBe(level > 1);
  });

  test('every capability that is switched changes the same on both', () => {
    for (const name of capabilitiesAddedBy(2).concat(capabilitiesAddedBy(1))) {
      const capabilities: CapabilitiesConfig = { [name]: level < 2 };
      expectSame(withNeeds({ ...config, capabilities }), name);
    }
  });
});

test('so they do for another gate, another schedule, own hyperparameters and no preprocessing', () => {
  const { training } = EXAMPLE;
  const config: MlopsConfig = {
    ...EXAMPLE,
    level: 1,
    data: { ...EXAMPLE.data!, split: undefined, validation: 's3://acme/validation/' },
    google: { ...EXAMPLE.google!, validationData: 'gs://acme/validation/' },
    training: {
      ...training!,
      preprocess: undefined,
      evaluation: { entryPoint: 'evaluate.py', metric: 'logLoss', threshold: 0.25, direction: 'minimize' },
      hyperparameters: { max_depth: 3, objective: 'binary:logistic', verbose: true },
      schedule: { cron: '30 4 * * MON-FRI' },
    },
  };
  const aws = expectSame(config).training;
  expect(aws.gate).toEqual({ metric: 'logLoss', operator: '<=', threshold: 0.25 });
  expect(aws.steps).not.toContain('preprocess');
});

/** A config in which nothing of how a model is served and watched is as in the example. */
const OTHERWISE: MlopsConfig = {
  ...EXAMPLE,
  level: 2,
  serving: {
    ...EXAMPLE.serving,
    minInstances: 3,
    maxInstances: 7,
    scaling: { invocationsPerInstance: 321 },
    rollout: { strategy: 'linear', percent: 20, bakeMinutes: 7 },
    alarms: { p95LatencyMs: 1250, errorRatePercent: 2.5 },
    abTest: { trafficPercent: 35, durationHours: 48, goal: 'superior', margin: 0.25 },
  },
  monitoring: {
    ...EXAMPLE.monitoring,
    everyHours: 12,
    windowHours: 48,
    minimumSamples: 1234,
    capturePercent: 40,
    tests: { numeric: 'wasserstein', categorical: 'chiSquared' },
    threshold: 0.3,
    features: { origin: { test: 'jensenShannon', threshold: 0.21 } },
    falseAlarmsPerYear: 3,
    baseline: 'rolling',
  },
  retraining: { cooldownHours: 100, maxPerWeek: 2, minimumNewSamples: 50 },
};

test('so they do for other ways to serve and to watch', () => {
  const { operation } = expectSame(OTHERWISE);
  const { policy, alarms, captured, monitor } = operation;
  const { rollout, alarms: limits, abTest } = OTHERWISE.serving!;
  expect(policy).toMatchObject({ rollout, alarms: limits, abTest });
  expect(alarms).toEqual({ SlowAlarm: 1250, RefusedAlarm: 2.5, FailedAlarm: 2.5 });
  expect([captured, monitor!.runsEvery, monitor!.rules.retraining]).toEqual([40, 12, OTHERWISE.retraining]);
});

test('so they do for predictions in batches', () => {
  const config: MlopsConfig = {
    ...EXAMPLE,
    level: 1,
    serving: { mode: 'batch', batch: { input: 's3://acme/in/', schedule: { cron: '15 2 * * 1-5' } } },
    google: { ...EXAMPLE.google!, batchInput: 'gs://acme/in/' },
    capabilities: { driftMonitoring: false, dataCapture: false },
  };
  const { operation } = expectSame(config);
  expect(operation.predictions).toBe('cron(15 2 ? * 2-6 *)');
  expect(operation.policy).toMatchObject({ mode: 'batch' });
});

describe('under the documents of both clouds the same is decided', () => {
  const configs = [EXAMPLE, { ...EXAMPLE, level: 2 }, OTHERWISE] as const;

  test('about what serves', () => {
    for (const before of configs) {
      const [aws, google] = meanings(before);
      for (const after of configs) {
        const [awsThen, googleThen] = meanings(after);
        const decided = deployments(aws.operation.policy, awsThen.operation.policy);
        expect(deployments(google.operation.policy, googleThen.operation.policy)).toEqual(decided);
        expect(JSON.stringify(decided)).toContain(before.level === 2 ? '"purpose":"test"' : '"purpose":"deploy"');
      }
    }
  });

  test('about trainings that drift asks for', () => {
    for (const config of configs) {
      const [aws, google] = meanings(config);
      const decided = retrainings(aws.operation.monitor!.rules);
      expect(retrainings(google.operation.monitor!.rules)).toEqual(decided);
      if (config.level === 2) expect(new Set(Object.values(decided)).size).toBeGreaterThan(2);
    }
  });
});

/** Switches on what the capabilities that are on need. */
function withNeeds(config: MlopsConfig): MlopsConfig {
  const { capabilities = {}, level } = config;
  const off = level < 2 ? {} : { abTest: false, retraining: false, automaticApproval: false };
  const needs = { dataCapture: true, trainingPipeline: true, driftMonitoring: true, deployment: true };
  return {
    ...config,
    capabilities: level < 2 ? { ...needs, ...capabilities } : { ...off, ...capabilities, ...dropped(capabilities) },
  };
}

/** What cannot stand without a capability that is off. */
function dropped(capabilities: CapabilitiesConfig): CapabilitiesConfig {
  const without: CapabilitiesConfig = {};
  const dependents = { trainingPipeline: ['driftMonitoring'], dataCapture: ['driftMonitoring'] } as const;
  for (const [name, others] of Object.entries(dependents)) {
    if (capabilities[name as keyof CapabilitiesConfig] === false) {
      for (const other of others) Object.assign(without, { [other]: false });
    }
  }
  return without;
}
