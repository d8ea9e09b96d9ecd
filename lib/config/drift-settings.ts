import type { ColumnType } from './data';
import { DEFAULT_THRESHOLDS, DEFAULTS } from './defaults';
import type { DriftTest, DriftTestsConfig, MonitoredFeatureConfig } from './monitoring';

/** How one column is tested. */
export interface DriftSettings {
  readonly test: DriftTest;
  readonly threshold: number;
}

/** The part of `monitoring` that says how columns are tested. */
export interface DriftSettingsSource {
  readonly tests?: DriftTestsConfig;
  readonly threshold?: number;
  readonly features?: { readonly [column: string]: MonitoredFeatureConfig | undefined };
}

/** Test and threshold of one column: its own, or the section's, or the default. */
export function driftSettings(
  monitoring: DriftSettingsSource,
  column: { name: string; type: ColumnType },
): DriftSettings {
  const features = monitoring.features ?? {};
  const own = Object.hasOwn(features, column.name) ? features[column.name] : undefined;
  const test = own?.test ?? monitoring.tests?.[column.type] ?? DEFAULTS.tests[column.type];
  return { test, threshold: own?.threshold ?? monitoring.threshold ?? DEFAULT_THRESHOLDS[test] };
}

/** Column types that each test can compare: bins of a scale have an order, categories have none. */
export const TEST_COLUMNS: Readonly<Record<DriftTest, readonly ColumnType[]>> = {
  psi: ['numeric', 'categorical'],
  jensenShannon: ['numeric', 'categorical'],
  lInfinity: ['numeric', 'categorical'],
  ks: ['numeric'],
  wasserstein: ['numeric'],
  chiSquared: ['categorical'],
};

/** Highest threshold of a test; the statistics of the others have no upper end. */
export function greatestThreshold(test: DriftTest): number {
  return test === 'psi' || test === 'wasserstein' ? Infinity : 1;
}
