import { DEFAULTS } from '../defaults';
import { fieldsOfCron } from '../cron';
import { finite, flag, image, integer, oneOf, script, struct, text } from './fields';
import type { Zod } from './fields';

/** Machine sizes, shared with `serving`. */
export const computeSchema = (z: Zod) => oneOf(z, ['small', 'medium', 'large', 'gpu']);

/** A cron expression; what is wrong with it is said in its own words. */
export const scheduleSchema = (z: Zod) =>
  struct(z, {
    cron: z.string({ error: 'five cron fields in quotes, such as "0 3 * * *"' }).superRefine((value, context) => {
      const { problem } = fieldsOfCron(value);
      if (problem !== undefined) context.addIssue({ code: 'custom', message: problem });
    }),
  });

const frameworkSchema = (z: Zod) =>
  struct(z, {
    name: oneOf(z, ['xgboost', 'scikit-learn', 'pytorch']),
    version: text(z, String.raw`\d+\.\d+`, 16, 'major.minor in quotes, such as "1.7"'),
  });

const evaluationSchema = (z: Zod) =>
  struct(z, {
    entryPoint: script(z),
    metric: text(
      z,
      '[A-Za-z_][A-Za-z0-9_]*',
      64,
      'a metric name of 1 to 64 letters, digits and _, not starting with a digit',
    ),
    threshold: finite(z),
    direction: oneOf(z, ['maximize', 'minimize']).default(DEFAULTS.evaluation.direction),
  });

const hyperparametersSchema = (z: Zod) => {
  const error = 'a string of at most 2500 characters as JSON, a finite number, true or false';
  const name = 'a name of 1 to 256 letters, digits and . _ -, starting with a letter or _';
  // The clouds limit what is sent, which is JSON: quotes count.
  const string = text(z, String.raw`[\s\S]*`, 2500, error).superRefine((value, context) => {
    if (JSON.stringify(value).length <= 2500) return;
    context.addIssue({ code: 'too_big', origin: 'string', maximum: 2500, message: error, input: value });
  });
  const value = z.union([string, z.number({ error }), z.boolean({ error })], { error });
  return z.record(text(z, '[A-Za-z_][A-Za-z0-9._-]*', 256, name), value, { error: 'a map of names and values' });
};

/** Schema of `training`. */
export const trainingSchema = (z: Zod) =>
  struct(z, {
    framework: frameworkSchema(z).optional(),
    image: image(z).optional(),
    source: text(z, String.raw`[^\x00-\x1f]+`, 4096, 'a folder, such as ./training'),
    preprocess: script(z).optional(),
    entryPoint: script(z),
    evaluation: evaluationSchema(z),
    compute: computeSchema(z).default(DEFAULTS.training.compute),
    hyperparameters: hyperparametersSchema(z).default({}),
    schedule: scheduleSchema(z).optional(),
    spot: flag(z).default(DEFAULTS.training.spot),
    maxRuntimeMinutes: integer(z, 1, 7200).default(DEFAULTS.training.maxRuntimeMinutes),
    volumeGb: integer(z, 1, 16384).default(DEFAULTS.training.volumeGb),
    cacheDays: integer(z, 0, 365).default(DEFAULTS.training.cacheDays),
  });
