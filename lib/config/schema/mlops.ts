import { CAPABILITIES } from '../capabilities';
import type { Capability } from '../capabilities';
import { awsSchema, googleSchema } from './clouds';
import { dataSchema } from './data';
import { featureStoreSchema } from './feature-store';
import { flag, oneOf, struct, text, idPattern } from './fields';
import type { Zod } from './fields';
import { monitoringSchema, retrainingSchema } from './monitoring';
import { servingSchema } from './serving';
import { trainingSchema } from './training';

const capabilitiesSchema = (z: Zod) => {
  const switchSchema = flag(z).optional();
  const shape = Object.fromEntries(CAPABILITIES.map((name) => [name, switchSchema]));
  return struct(z, shape as Record<Capability, typeof switchSchema>);
};

const nameSchema = (z: Zod) =>
  text(
    z,
    idPattern('[a-z](?:[a-z0-9-]*[a-z0-9])?'),
    40,
    '1 to 40 lower-case letters, digits and hyphens, starting with a letter and not ending in a hyphen, other than constructor',
  );

/** Schema of the whole config. */
export const mlopsSchema = (z: Zod) =>
  struct(z, {
    name: nameSchema(z),
    level: oneOf(z, [0, 1, 2]),
    data: dataSchema(z).prefault({}),
    training: trainingSchema(z).optional(),
    serving: servingSchema(z).prefault({}),
    monitoring: monitoringSchema(z).optional(),
    retraining: retrainingSchema(z).optional(),
    featureStore: featureStoreSchema(z).optional(),
    capabilities: capabilitiesSchema(z).prefault({}),
    aws: awsSchema(z).prefault({}),
    google: googleSchema(z).optional(),
  });
