import { CAPABILITIES, effectiveCapabilities, FIRST_LEVEL, PREREQUISITES } from '../config/capabilities';
import type { Capability, CapabilitySet } from '../config/capabilities';

export { CAPABILITIES, effectiveCapabilities, FIRST_LEVEL, PREREQUISITES };
export type { Capability, CapabilitySet };

/** A maturity level. */
export type Level = 0 | 1 | 2;

/** What each capability does, in one sentence. */
export const CAPABILITY_DESCRIPTIONS: Readonly<Record<Capability, string>> = {
  dataCapture: 'Requests and answers are captured for monitoring.',
  operationalAlarms: 'Alarms watch errors, latency and failed executions.',
  trainingPipeline: 'A pipeline trains, evaluates and registers models behind a gate, by schedule or when started.',
  deployment: 'An approved version is rolled out, and rolled back when its alarms fire.',
  driftMonitoring: 'Features, predictions and quality are compared with a baseline, and people are told of drift.',
  retraining: 'Drift starts a training, within the limits of the retraining section.',
  automaticApproval: 'A version that passes the gate is approved without a person.',
  abTest: 'A new version proves itself against the champion on part of the traffic before it is promoted.',
};

/** What stands at every level, whatever is switched. */
export const ALWAYS_THERE = [
  'artifact store',
  'model registry',
  'least-privilege roles',
  'dashboard',
  'feature store (when featureStore is configured)',
] as const;

/** What a level turns on that the one below does not. */
export function capabilitiesAddedBy(level: Level): readonly Capability[] {
  return level === 0 ? [] : CAPABILITIES.filter((name) => FIRST_LEVEL[name] === level);
}
