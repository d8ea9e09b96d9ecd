import { DEFAULTS } from '../defaults';
import { TOKEN_PATTERN } from '../tokens';
import { above, atMost, columnName, finite, integer, location, oneOf, struct } from './fields';
import type { Zod } from './fields';

const testSchema = (z: Zod) => oneOf(z, ['psi', 'ks', 'jensenShannon', 'lInfinity', 'chiSquared', 'wasserstein']);

const groundTruthSchema = (z: Zod) =>
  struct(z, {
    location: location(z),
    idColumn: columnName(z),
    labelColumn: columnName(z),
    maxDelayHours: integer(z, 1, 8760).default(DEFAULTS.groundTruth.maxDelayHours),
  });

const qualitySchema = (z: Zod) =>
  struct(z, {
    metric: oneOf(z, ['accuracy', 'precision', 'recall', 'f1', 'auc', 'logLoss', 'rmse', 'mae']),
    minimum: finite(z).optional(),
    maximum: finite(z).optional(),
    groundTruth: groundTruthSchema(z),
  });

const addressSchema = (z: Zod) => {
  const error = 'an e-mail address such as ml-oncall@example.com';
  const pattern = String.raw`[^\s@,;<>"]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+`;
  return z
    .string({ error })
    .check(atMost(z, 320, error))
    .regex(new RegExp(`^(?:${pattern}|\\S*${TOKEN_PATTERN}\\S*)$`), { error });
};

/** Schema of `monitoring`. */
export const monitoringSchema = (z: Zod) =>
  struct(z, {
    everyHours: integer(z, 1, 168).default(DEFAULTS.monitoring.everyHours),
    windowHours: integer(z, 1, 720).default(DEFAULTS.monitoring.windowHours),
    minimumSamples: integer(z, 30).default(DEFAULTS.monitoring.minimumSamples),
    capturePercent: integer(z, 1, 100).default(DEFAULTS.monitoring.capturePercent),
    tests: struct(z, {
      numeric: testSchema(z).default(DEFAULTS.tests.numeric),
      categorical: testSchema(z).default(DEFAULTS.tests.categorical),
    }).prefault({}),
    threshold: above(z, 0).optional(),
    features: z
      .record(columnName(z), struct(z, { test: testSchema(z).optional(), threshold: above(z, 0).optional() }), {
        error: 'a map from column names to their settings',
      })
      .default({}),
    falseAlarmsPerYear: above(z, 0, 365).default(DEFAULTS.monitoring.falseAlarmsPerYear),
    baseline: oneOf(z, ['training', 'rolling']).default(DEFAULTS.monitoring.baseline),
    quality: qualitySchema(z).optional(),
    notify: z.array(addressSchema(z), { error: 'a list of e-mail addresses' }).default([]),
  });

/** Schema of `retraining`. */
export const retrainingSchema = (z: Zod) =>
  struct(z, {
    cooldownHours: integer(z, 1, 720).default(DEFAULTS.retraining.cooldownHours),
    maxPerWeek: integer(z, 1, 50).default(DEFAULTS.retraining.maxPerWeek),
    minimumNewSamples: integer(z, 0).default(DEFAULTS.retraining.minimumNewSamples),
  });
