import { DEFAULTS } from '../defaults';
import { show } from '../problems';
import type { ConfigProblem } from '../problems';
import type { ConfigDraft, Draft, Rule } from './rule';
import { repeated } from './rule';
import type { FeatureGroupConfig } from '../feature-store';

/** Columns that SageMaker adds to every offline store. */
const RESERVED = ['is_deleted', 'write_time', 'api_invocation_time'];

/** Longest name of a feature group (CreateFeatureGroup). */
const MAX_PHYSICAL_NAME = 64;

type GroupCheck = (group: Draft<FeatureGroupConfig>, path: string, draft: ConfigDraft) => ConfigProblem[];

function eachGroup(check: GroupCheck, reads: readonly string[] = []): Rule {
  return {
    sections: ['featureStore'],
    reads,
    check: (draft) =>
      (draft.featureStore?.groups ?? []).flatMap((group, i) =>
        group === undefined ? [] : check(group, `featureStore.groups[${i}]`, draft),
      ),
  };
}

const groupsListedOnce: Rule = {
  sections: ['featureStore'],
  reads: [],
  check: ({ featureStore }) =>
    repeated((featureStore?.groups ?? []).map((group) => group?.name?.toLowerCase())).map(({ index, first, name }) => ({
      path: `featureStore.groups[${index}].name`,
      message: `${show(name)} is listed twice (upper and lower case are the same), first as featureStore.groups[${first}]`,
    })),
};

const groupNameFits = eachGroup(
  ({ name: group }, path, { name }) => {
    if (group === undefined || name === undefined || name.length + 1 + group.length <= MAX_PHYSICAL_NAME) return [];
    const message = `the full name ${show(`${name}-${group}`)} has ${name.length + 1 + group.length} characters, allowed: at most ${MAX_PHYSICAL_NAME}`;
    return [{ path: `${path}.name`, message }];
  },
  ['name'],
);

const groupFeaturesListedOnce = eachGroup(({ features = [] }, path) =>
  repeated(features.map((feature) => feature?.name?.toLowerCase())).map(({ index, first, name }) => ({
    path: `${path}.features[${index}].name`,
    message: `${show(name)} is listed twice (upper and lower case are the same), first as features[${first}]`,
  })),
);

const namesNotReserved = eachGroup(({ features = [], recordIdentifier, eventTime }, path) => {
  const names: [string, string | undefined][] = [
    ['recordIdentifier', recordIdentifier],
    ['eventTime', eventTime],
    ...features.map((feature, i): [string, string | undefined] => [`features[${i}].name`, feature?.name]),
  ];
  return names
    .filter(([, name]) => name !== undefined && RESERVED.includes(name.toLowerCase()))
    .map(([key, name]) => ({
      path: `${path}.${key}`,
      message: `got "${name}", which the offline store adds itself; choose another name than ${RESERVED.join(', ')}`,
    }));
});

const storedSomewhere = eachGroup(
  ({ online = DEFAULTS.featureGroup.online, offline = DEFAULTS.featureGroup.offline }, path) =>
    online || offline ? [] : [{ path, message: 'neither online nor offline; switch one of them on' }],
);

const expiryNeedsOnline = eachGroup(({ online, ttlHours }, path) => {
  if (ttlHours === undefined || online !== false) return [];
  return [{ path: `${path}.ttlHours`, message: 'only online records expire; remove it, or set online: true' }];
});

const identifierApartFromTime = eachGroup(({ recordIdentifier, eventTime }, path) => {
  if (recordIdentifier === undefined || recordIdentifier.toLowerCase() !== eventTime?.toLowerCase()) return [];
  return [{ path: `${path}.eventTime`, message: `${show(eventTime)} is also recordIdentifier; name two features` }];
});

const identifierType = eachGroup(({ features = [], recordIdentifier }, path) => {
  const index = features.findIndex((feature) => feature?.name === recordIdentifier && feature?.type === 'float');
  if (index < 0 || recordIdentifier === undefined) return [];
  const message = 'got "float", allowed for recordIdentifier: string, integer';
  return [{ path: `${path}.features[${index}].type`, message }];
});

const eventTimeType = eachGroup(({ features = [], eventTime }, path) => {
  const index = features.findIndex((feature) => feature?.name === eventTime && feature?.type === 'integer');
  if (index < 0 || eventTime === undefined) return [];
  const message = 'got "integer", allowed for eventTime: string (ISO-8601), float (Unix seconds)';
  return [{ path: `${path}.features[${index}].type`, message }];
});

/** Rules of `featureStore`. */
export const FEATURE_STORE_RULES: readonly Rule[] = [
  groupsListedOnce,
  groupNameFits,
  groupFeaturesListedOnce,
  namesNotReserved,
  storedSomewhere,
  expiryNeedsOnline,
  identifierApartFromTime,
  identifierType,
  eventTimeType,
];
