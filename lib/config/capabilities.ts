import type { CapabilitiesConfig } from './mlops';

/** Everything that a level switches, in the order in which people read it. */
export const CAPABILITIES = [
  'dataCapture',
  'operationalAlarms',
  'trainingPipeline',
  'deployment',
  'driftMonitoring',
  'retraining',
  'automaticApproval',
  'abTest',
] as const satisfies readonly (keyof CapabilitiesConfig)[];

/** A capability. */
export type Capability = (typeof CAPABILITIES)[number];

/** Capabilities and whether each is on. */
export type CapabilitySet = Readonly<Record<Capability, boolean>>;

/** The level from which on a capability is on. A level is nothing else than this table. */
export const FIRST_LEVEL: Readonly<Record<Capability, 0 | 1 | 2>> = {
  dataCapture: 1,
  operationalAlarms: 1,
  trainingPipeline: 1,
  deployment: 1,
  driftMonitoring: 1,
  retraining: 2,
  automaticApproval: 2,
  abTest: 2,
};

/** Capabilities without which another cannot work. */
export const PREREQUISITES: Readonly<Record<Capability, readonly Capability[]>> = {
  dataCapture: [],
  operationalAlarms: [],
  trainingPipeline: [],
  deployment: [],
  driftMonitoring: ['dataCapture', 'trainingPipeline'],
  retraining: ['driftMonitoring', 'trainingPipeline'],
  automaticApproval: ['trainingPipeline'],
  abTest: ['deployment'],
};

/** The capabilities of a level, each overridden where the config says so. */
export function effectiveCapabilities(level: number, overrides: CapabilitiesConfig = {}): CapabilitySet {
  const entries = CAPABILITIES.map((name) => [name, overrides[name] ?? level >= FIRST_LEVEL[name]]);
  return Object.fromEntries(entries) as CapabilitySet;
}

/** The capabilities that need this one, directly or through others. */
export function dependents(capability: Capability): Capability[] {
  const found = new Set<Capability>();
  const visit = (name: Capability) => {
    for (const other of CAPABILITIES) {
      if (PREREQUISITES[other].includes(name) && !found.has(other)) {
        found.add(other);
        visit(other);
      }
    }
  };
  visit(capability);
  return CAPABILITIES.filter((name) => found.has(name));
}
