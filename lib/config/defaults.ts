import type { BaselineKind, DriftTest } from './monitoring';
import type { RolloutStrategy, ServingMode } from './serving';

/** Every default of the config that is a plain value; the public structs document the same values. */
export const DEFAULTS = {
  data: { format: 'csv', validationFraction: 0.2, testFraction: 0.1 },
  training: { compute: 'medium', spot: false, maxRuntimeMinutes: 1440, volumeGb: 30, cacheDays: 30 },
  evaluation: { direction: 'maximize' },
  serving: { mode: 'realtime' as ServingMode, compute: 'small', minInstances: 2, maxInstances: 4 },
  serverless: { memoryMb: 2048, maxConcurrency: 5 },
  scaling: { invocationsPerInstance: 1000 },
  rollout: { percent: 50, bakeMinutes: 10 },
  alarms: { p95LatencyMs: 500, errorRatePercent: 1 },
  abTest: { trafficPercent: 20, durationHours: 24, goal: 'notWorse', margin: 0.5 },
  monitoring: {
    everyHours: 1,
    windowHours: 24,
    minimumSamples: 500,
    capturePercent: 100,
    falseAlarmsPerYear: 1,
    baseline: 'training' as BaselineKind,
  },
  tests: { numeric: 'ks' as DriftTest, categorical: 'psi' as DriftTest },
  groundTruth: { maxDelayHours: 72 },
  retraining: { cooldownHours: 24, maxPerWeek: 3, minimumNewSamples: 10_000 },
  featureGroup: { online: true, offline: true },
  aws: { networkIsolation: false, offlineTableFormat: 'iceberg' },
} as const;

/** Most instances when none is given. */
export function defaultMaxInstances(minInstances: number): number {
  return Math.max(DEFAULTS.serving.maxInstances, minInstances);
}

/** Rollout strategy when none is given: traffic moves in parts wherever there are parts. */
export function defaultStrategy(mode: ServingMode, minInstances: number): RolloutStrategy {
  const inParts = (mode === 'realtime' || mode === 'asynchronous') && minInstances >= 2;
  return inParts ? 'canary' : 'allAtOnce';
}

/** Threshold of a drift test when none is given, in the units of the test. */
export const DEFAULT_THRESHOLDS: Readonly<Record<DriftTest, number>> = {
  psi: 0.2,
  ks: 0.1,
  jensenShannon: 0.1,
  lInfinity: 0.1,
  chiSquared: 0.1,
  wasserstein: 0.1,
};
