import type { Capability } from './levels';
import type { Plan } from './plan';

/** Capabilities that the plan knows and no construct of a cloud realises in this version. */
export const NOT_YET_BUILT: Readonly<Record<'aws' | 'google', readonly Capability[]>> = {
  aws: [],
  google: [],
};

/** Says which of the plan's capabilities are on without resources on a cloud. */
export function notYetBuilt({ capabilities, level }: Plan, cloud: 'aws' | 'google'): string[] {
  const missing = NOT_YET_BUILT[cloud].filter((capability) => capabilities[capability]);
  if (missing.length === 0) return [];
  return [`level ${level} turns on ${missing.join(', ')}: this version builds no resources for them yet`];
}
