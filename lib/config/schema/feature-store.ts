import { DEFAULTS } from '../defaults';
import { flag, integer, oneOf, struct, text } from './fields';
import type { Zod } from './fields';

/** Names of groups and features, as SageMaker Feature Store takes them (CreateFeatureGroup). */
const storedName = (z: Zod) =>
  text(
    z,
    '[a-zA-Z0-9](?:[a-zA-Z0-9_-]*[a-zA-Z0-9])?',
    64,
    '1 to 64 letters, digits, hyphens and underscores, starting and ending with a letter or digit',
  );

const featureSchema = (z: Zod) => struct(z, { name: storedName(z), type: oneOf(z, ['integer', 'float', 'string']) });

const featureGroupSchema = (z: Zod) => {
  const error = 'a list of 1 to 2500 features, each with name and type';
  return struct(z, {
    name: storedName(z),
    recordIdentifier: storedName(z),
    eventTime: storedName(z),
    online: flag(z).default(DEFAULTS.featureGroup.online),
    offline: flag(z).default(DEFAULTS.featureGroup.offline),
    ttlHours: integer(z, 1).optional(),
    features: z.array(featureSchema(z), { error }).min(1, { error }).max(2500, { error }),
  });
};

/** Schema of `featureStore`. */
export const featureStoreSchema = (z: Zod) => {
  const error = 'a list of at least one group';
  return struct(z, { groups: z.array(featureGroupSchema(z), { error }).min(1, { error }) });
};
