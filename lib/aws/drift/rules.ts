/** What the analyzer is told of a monitor, and of a baseline: documents without tokens. */
import { driftSettings } from '../../config/drift-settings';
import type { ResolvedData, ResolvedMonitoring, ResolvedRetraining } from '../../config/schema';
import { requestFormat } from '../../plan/training-plan';
import type { ScriptContract } from '../../plan/training-plan';
import type { BaselineRules, MonitoredColumn, MonitorRules } from '../../runtime/drift-contract';

type Column = BaselineRules['columns'][number];

/** Features in request order, then the prediction. */
function columnsOf({ features, prediction }: Pick<ScriptContract, 'features' | 'prediction'>): Column[] {
  const inputs = features.map((feature): Column => ({ ...feature, role: 'feature' }));
  return prediction ? [...inputs, { ...prediction, role: 'prediction' }] : inputs;
}

/** How a monitor judges. */
export function monitorRules(
  data: ResolvedData,
  monitoring: ResolvedMonitoring,
  retraining: ResolvedRetraining | undefined,
): MonitorRules {
  const { everyHours, windowHours, minimumSamples, falseAlarmsPerYear, baseline } = monitoring;
  return {
    columns: columnsOf(data).map((column): MonitoredColumn => ({ ...column, ...driftSettings(monitoring, column) })),
    format: requestFormat(data.format),
    id: data.id,
    everyHours,
    windowHours,
    minimumSamples,
    falseAlarmsPerYear,
    baseline,
    quality: qualityRules(data, monitoring),
    retraining,
  };
}

function qualityRules({ format }: ResolvedData, { quality }: ResolvedMonitoring): MonitorRules['quality'] {
  if (!quality) return undefined;
  const { metric, minimum, maximum, groundTruth } = quality;
  const { idColumn, labelColumn, maxDelayHours } = groundTruth;
  return { metric, minimum, maximum, idColumn, labelColumn, maxDelayHours, format };
}

/** Which columns a baseline profiles. */
export function baselineRules(data: Pick<ScriptContract, 'features' | 'prediction' | 'format'>): BaselineRules {
  return { columns: columnsOf(data), format: data.format };
}
