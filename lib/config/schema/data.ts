import { DEFAULTS } from '../defaults';
import { above, between, columnName, location, oneOf, struct } from './fields';
import type { Zod } from './fields';

const columnSchema = (z: Zod) => struct(z, { name: columnName(z), type: oneOf(z, ['numeric', 'categorical']) });

const splitSchema = (z: Zod) =>
  struct(z, {
    by: oneOf(z, ['time', 'random']),
    column: columnName(z).optional(),
    validationFraction: above(z, 0, 1).default(DEFAULTS.data.validationFraction),
    testFraction: between(z, 0, 1).default(DEFAULTS.data.testFraction),
  });

/** Schema of `data`. */
export const dataSchema = (z: Zod) =>
  struct(z, {
    training: location(z).optional(),
    validation: location(z).optional(),
    test: location(z).optional(),
    split: splitSchema(z).optional(),
    format: oneOf(z, ['csv', 'jsonlines', 'parquet']).default(DEFAULTS.data.format),
    features: z.array(columnSchema(z), { error: 'a list of columns, each with name and type' }).default([]),
    label: columnSchema(z).optional(),
    prediction: columnSchema(z).optional(),
    id: columnName(z).optional(),
  });
