import type { AbGoal } from '../statistics/ab-input';

/** How a new model takes over. */
export interface RolloutRules {
  readonly strategy: 'canary' | 'linear' | 'allAtOnce';
  /** First part (canary) or step (linear), in percent of the instances. */
  readonly percent: number;
  /** Minutes that a part is watched before the next one. */
  readonly bakeMinutes: number;
}

/** Limits above which a candidate is rolled back, and a request counts as slow. */
export interface AlarmLimits {
  readonly p95LatencyMs: number;
  readonly errorRatePercent: number;
}

/** How a challenger is tested. */
export interface AbTestRules {
  readonly trafficPercent: number;
  readonly durationHours: number;
  readonly goal: AbGoal;
  readonly margin: number;
}

/** Fewest and most instances; equal ones are a fixed number that nothing scales. */
export interface ScalingRules {
  readonly minInstances: number;
  readonly maxInstances: number;
  /** Invocations per instance and minute that scaling aims for. */
  readonly invocationsPerInstance: number;
}

/** `batch` has a model and no endpoint. */
export type DeploymentMode = 'realtime' | 'serverless' | 'asynchronous' | 'batch';

/**
 * What the infrastructure asks of the deployer. It travels as one JSON string. Infrastructure writes it; which model serves,
 * the deployer alone decides.
 */
export interface DeploymentPolicy<Serving extends object = object> {
  readonly format: 1;
  readonly mode: DeploymentMode;
  /** What models are served with, in the cloud's own terms: a change needs a rollout. */
  readonly serving: Serving;
  /** @default - the mode has no instances */
  readonly scaling?: ScalingRules;
  readonly rollout: RolloutRules;
  readonly alarms: AlarmLimits;
  /** @default - new versions are rolled out without a test */
  readonly abTest?: AbTestRules;
  /** Whether approved versions are deployed without being asked for. */
  readonly automatic: boolean;
  /** Whether versions without a baseline are refused, since nothing could tell their drift. */
  readonly requireBaseline: boolean;
  /** Labels of everything that is created. */
  readonly tags: Readonly<Record<string, string>>;
}

/** JSON with the keys in order: equal values give equal texts. */
export function canonical(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) =>
    typeof inner === 'object' && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
}

/** What champions are served with, as a text to compare. */
export function servingOf({ mode, serving }: DeploymentPolicy): string {
  return canonical({ mode, serving });
}

/** What can be adjusted while a model serves, as a text to compare. */
export function adjustableOf({ scaling, tags }: DeploymentPolicy): string {
  return canonical({ scaling, tags });
}

/** Minutes until new machines answer, at the most that is usual. */
const PROVISIONING_MINUTES = 25;

/** Minutes that a rollout takes at the most: new machines, then every part with its bake time. */
export function worstCaseMinutes({ rollout }: Pick<DeploymentPolicy, 'rollout'>): number {
  const { strategy, percent, bakeMinutes } = rollout;
  const parts = strategy === 'canary' ? 2 : strategy === 'linear' ? Math.ceil(100 / percent) : 1;
  return PROVISIONING_MINUTES + parts * bakeMinutes;
}
