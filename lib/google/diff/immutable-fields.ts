import type { MlopsConfig } from '../../config/mlops';
import type { Refusal } from '../../plan/change';
import { changed, neutralFieldChanges } from '../../plan/immutable-fields';

/** The changes between two configs, defaults filled in, that nothing which is deployed can follow. */
export function immutableFieldChanges(before: MlopsConfig, after: MlopsConfig): Refusal[] {
  return [
    ...neutralFieldChanges(before, after),
    ...placeChange('project', before, after),
    ...placeChange('region', before, after),
  ];
}

/** Everything stands in one project and region, models and features too. */
function placeChange(field: 'project' | 'region', before: MlopsConfig, after: MlopsConfig): Refusal[] {
  const wayOut = `keep the ${field}, or deploy to the new one as a stack of its own`;
  return changed(`google.${field}`, before.google?.[field], after.google?.[field], wayOut);
}
