import type { MlopsConfig } from '../../config/mlops';
import type { Refusal } from '../../plan/change';
import { changed, neutralFieldChanges } from '../../plan/immutable-fields';

/** The changes between two configs, defaults filled in, that nothing which is deployed can follow. */
export function immutableFieldChanges(before: MlopsConfig, after: MlopsConfig): Refusal[] {
  const groups = before.featureStore?.groups ?? [];
  return [...neutralFieldChanges(before, after), ...(groups.length > 0 ? tableFormatChange(before, after) : [])];
}

function tableFormatChange(before: MlopsConfig, after: MlopsConfig): Refusal[] {
  const format = (config: MlopsConfig) => config.aws?.offlineTableFormat ?? 'iceberg';
  return changed(
    'aws.offlineTableFormat',
    format(before),
    format(after),
    'keep the format, or add a new group with another name',
  );
}
