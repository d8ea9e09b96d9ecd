import { driftSettings } from '../config/drift-settings';
import type { ResolvedData, ResolvedMonitoring, ResolvedRetraining } from '../config/schema';
import { requestFormat } from './training-plan';
import type { ScriptContract } from './training-plan';

type ColumnRole = 'feature' | 'prediction';

/** Features in request order, then the prediction. */
function columnsOf({ features, prediction }: Pick<ScriptContract, 'features' | 'prediction'>) {
  const withRole = (role: ColumnRole) => (column: ScriptContract['features'][number]) => ({ ...column, role });
  return [...features.map(withRole('feature')), ...(prediction ? [withRole('prediction')(prediction)] : [])];
}

/** How a monitor judges, the same on both clouds (`MonitorRules` of what runs there). Pure; it holds no token. */
export function monitorRules(
  data: ResolvedData,
  monitoring: ResolvedMonitoring,
  retraining: ResolvedRetraining | undefined,
) {
  const { everyHours, windowHours, minimumSamples, falseAlarmsPerYear, baseline } = monitoring;
  return {
    columns: columnsOf(data).map((column) => ({ ...column, ...driftSettings(monitoring, column) })),
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

function qualityRules({ format }: ResolvedData, { quality }: ResolvedMonitoring) {
  if (!quality) return undefined;
  const { metric, minimum, maximum, groundTruth } = quality;
  const { idColumn, labelColumn, maxDelayHours } = groundTruth;
  return { metric, minimum, maximum, idColumn, labelColumn, maxDelayHours, format };
}

/** Which columns a baseline profiles (`BaselineRules` of what runs on AWS). */
export function baselineRules(data: Pick<ScriptContract, 'features' | 'prediction' | 'format'>) {
  return { columns: columnsOf(data), format: data.format };
}
