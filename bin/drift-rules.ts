import { DEFAULTS } from '../lib/config/defaults';
import { driftSettings } from '../lib/config/drift-settings';
import type { ResolvedConfig } from '../lib/config/schema';
import { alphaPerRun } from '../lib/statistics/drift/judge';
import type { DriftRules } from '../lib/statistics/drift/judgement';
import type { ColumnBins } from '../lib/statistics/profile/profile';

/** How columns are judged: as the monitor of this config would, or as one of the defaults. */
export function rulesOf(bins: readonly ColumnBins[], config?: ResolvedConfig): DriftRules {
  const monitoring = config?.monitoring ?? DEFAULTS.monitoring;
  const { falseAlarmsPerYear, everyHours, minimumSamples } = monitoring;
  const columns = bins.map((column) => [column.name, driftSettings(config?.monitoring ?? {}, column)] as const);
  return {
    columns: Object.fromEntries(columns),
    alpha: alphaPerRun(falseAlarmsPerYear, everyHours),
    minimumSamples,
  };
}
