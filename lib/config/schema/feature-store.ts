import { DEFAULTS } from '../defaults';
import { flag, idPattern, integer, list, oneOf, struct, text } from './fields';
import type { Zod } from './fields';

/** Names of groups and features, as SageMaker Feature Store takes them (CreateFeatureGroup). */
const NAME = '[a-zA-Z0-9](?:[a-zA-Z0-9_-]*[a-zA-Z0-9])?';
const NAME_ALLOWED = '1 to 64 letters, digits, hyphens and underscores, starting and ending with a letter or digit';

const storedName = (z: Zod) => text(z, NAME, 64, NAME_ALLOWED);

const groupName = (z: Zod) => text(z, idPattern(NAME), 64, `${NAME_ALLOWED}, and no word such as constructor`);

const featureSchema = (z: Zod) => struct(z, { name: storedName(z), type: oneOf(z, ['integer', 'float', 'string']) });

const featureGroupSchema = (z: Zod) => {
  const error = 'a list of 1 to 2500 features, each with name and type';
  return struct(z, {
    name: groupName(z),
    recordIdentifier: storedName(z),
    eventTime: storedName(z),
    online: flag(z).default(DEFAULTS.featureGroup.online),
    offline: flag(z).default(DEFAULTS.featureGroup.offline),
    ttlHours: integer(z, 1).optional(),
    features: list(z, featureSchema(z), 1, 2500, error),
  });
};

/** Schema of `featureStore`. */
export const featureStoreSchema = (z: Zod) => {
  const error = 'a list of 1 to 40 groups';
  return struct(z, { groups: list(z, featureGroupSchema(z), 1, 40, error) });
};
