import type { FeatureConfig, FeatureGroupConfig } from '../config/feature-store';
import type { MlopsConfig } from '../config/mlops';
import type { Refusal } from './change';

/** The fields of a feature group that cannot change once it exists. */
const GROUP_FIELDS = ['recordIdentifier', 'eventTime', 'online', 'offline'] as const;

/** The changes between two configs, defaults filled in, that nothing which is deployed can follow, on any cloud. */
export function neutralFieldChanges(before: MlopsConfig, after: MlopsConfig): Refusal[] {
  const groups = before.featureStore?.groups ?? [];
  return [
    ...changed('name', before.name, after.name, 'keep the name, or deploy the new name as a model of its own'),
    ...groups.flatMap((group) => groupChanges(group, after)),
  ];
}

const NEW_GROUP = 'keep it as it is, or add a new group with another name';

function groupChanges(group: FeatureGroupConfig, after: MlopsConfig): Refusal[] {
  const path = `featureStore.groups.${group.name}`;
  const now = after.featureStore?.groups.find(({ name }) => name === group.name);
  if (!now)
    return [
      {
        subject: path,
        reason: 'is removed',
        wayOut: 'keep the group; a name cannot change, but new groups can be added',
      },
    ];
  return [
    ...GROUP_FIELDS.flatMap((field) =>
      changed(`${path}.${field}`, valueOf(group, field), valueOf(now, field), NEW_GROUP),
    ),
    ...group.features.flatMap((feature) => featureChange(`${path}.features.${feature.name}`, feature, now)),
  ];
}

function valueOf(group: FeatureGroupConfig, field: (typeof GROUP_FIELDS)[number]): string | boolean {
  return group[field] ?? true;
}

/** The identifier and the event time are added by themselves when the list lacks them, as strings. */
function featureChange(subject: string, feature: FeatureConfig, group: FeatureGroupConfig): Refusal[] {
  const implied = feature.name === group.recordIdentifier || feature.name === group.eventTime;
  const type = group.features.find(({ name }) => name === feature.name)?.type ?? (implied ? 'string' : undefined);
  if (type === undefined)
    return [{ subject, reason: 'is removed', wayOut: 'keep the feature, or add a new group with another name' }];
  return changed(`${subject}.type`, feature.type, type, NEW_GROUP);
}

/** The refusal of a field that is not what it was. */
export function changed(subject: string, before: unknown, after: unknown, wayOut: string): Refusal[] {
  return before === after ? [] : [{ subject, reason: `cannot change (${String(before)} → ${String(after)})`, wayOut }];
}
