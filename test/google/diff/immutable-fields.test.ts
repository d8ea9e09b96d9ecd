import { expect, test } from 'vitest';
import type { MlopsConfig } from '../../../lib/config/mlops';
import { immutableFieldChanges } from '../../../lib/google/diff/immutable-fields';

const GROUP = {
  name: 'flights',
  recordIdentifier: 'id',
  eventTime: 'at',
  features: [{ name: 'distance', type: 'float' as const }],
};
const config = (more: object = {}): MlopsConfig => ({
  ...({ name: 'churn', level: 1, featureStore: { groups: [GROUP] } } as unknown as MlopsConfig),
  google: { project: 'acme-ml', region: 'europe-west4' },
  ...more,
});
const withGroups = (...groups: object[]) => config({ featureStore: { groups } });

test.each<[string, MlopsConfig, string[]]>([
  ['nothing', config(), []],
  ['the name', config({ name: 'other' }), ['name cannot change (churn → other)']],
  [
    'the project',
    config({ google: { project: 'b', region: 'europe-west4' } }),
    ['google.project cannot change (acme-ml → b)'],
  ],
  [
    'the region',
    config({ google: { project: 'acme-ml', region: 'us' } }),
    ['google.region cannot change (europe-west4 → us)'],
  ],
  ['the removal of a group', withGroups(), ['featureStore.groups.flights is removed']],
  ['a new group', withGroups(GROUP, { ...GROUP, name: 'other' }), []],
  [
    'the record identifier',
    withGroups({ ...GROUP, recordIdentifier: 'key' }),
    ['featureStore.groups.flights.recordIdentifier cannot change (id → key)'],
  ],
  [
    'the event time',
    withGroups({ ...GROUP, eventTime: 'time' }),
    ['featureStore.groups.flights.eventTime cannot change (at → time)'],
  ],
  ['a default that is spelled out', withGroups({ ...GROUP, online: true }), []],
  [
    'the online copy',
    withGroups({ ...GROUP, online: false }),
    ['featureStore.groups.flights.online cannot change (true → false)'],
  ],
  [
    'the removal of a feature',
    withGroups({ ...GROUP, features: [] }),
    ['featureStore.groups.flights.features.distance is removed'],
  ],
  [
    'the type of a feature',
    withGroups({ ...GROUP, features: [{ name: 'distance', type: 'string' }] }),
    ['featureStore.groups.flights.features.distance.type cannot change (float → string)'],
  ],
  ['a new feature', withGroups({ ...GROUP, features: [...GROUP.features, { name: 'origin', type: 'string' }] }), []],
  ['a time to live', withGroups({ ...GROUP, ttlHours: 3 }), []],
])('a change of %s', (_name, after, refused) => {
  const found = immutableFieldChanges(config(), after);
  expect(found.map(({ subject, reason }) => `${subject} ${reason}`)).toEqual(refused);
  for (const { wayOut } of found) expect(wayOut).toMatch(/^keep/);
});
