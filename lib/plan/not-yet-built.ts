import type { Capability } from './levels';
import type { Plan } from './plan';

/** Capabilities that the plan knows and no construct realises in this version. */
export const NOT_YET_BUILT: readonly Capability[] = [
  'dataCapture',
  'deployment',
  'driftMonitoring',
  'retraining',
  'abTest',
];

/** Says which of the plan's capabilities are on without resources. */
export function notYetBuilt({ capabilities, level }: Plan): string[] {
  const missing = NOT_YET_BUILT.filter((capability) => capabilities[capability]);
  if (missing.length === 0) return [];
  return [`level ${level} turns on ${missing.join(', ')}: this version builds no resources for them yet`];
}
