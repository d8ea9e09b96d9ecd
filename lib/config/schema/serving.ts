import type { z } from 'zod';
import { DEFAULTS, defaultMaxInstances, defaultStrategy } from '../defaults';
import { above, between, folder, image, integer, location, oneOf, script, struct, text } from './fields';
import type { Zod } from './fields';
import { computeSchema, scheduleSchema } from './training';

/** A plain number in the public struct: the languages that jsii speaks to have no number literals. */
const memorySchema = (z: Zod): z.ZodType<number, number> => oneOf(z, [1024, 2048, 3072, 4096, 5120, 6144]);

const serverlessSchema = (z: Zod) =>
  struct(z, {
    memoryMb: memorySchema(z).default(DEFAULTS.serverless.memoryMb),
    maxConcurrency: integer(z, 1, 200).default(DEFAULTS.serverless.maxConcurrency),
  });

const batchSchema = (z: Zod) =>
  struct(z, { input: location(z), output: location(z).optional(), schedule: scheduleSchema(z).optional() });

const rolloutSchema = (z: Zod) =>
  struct(z, {
    strategy: oneOf(z, ['canary', 'linear', 'allAtOnce']).optional(),
    percent: integer(z, 1, 50).default(DEFAULTS.rollout.percent),
    bakeMinutes: integer(z, 5, 60).default(DEFAULTS.rollout.bakeMinutes),
  });

const alarmsSchema = (z: Zod) =>
  struct(z, {
    p95LatencyMs: above(z, 0).default(DEFAULTS.alarms.p95LatencyMs),
    errorRatePercent: above(z, 0, 100).default(DEFAULTS.alarms.errorRatePercent),
  });

/** Schema of `serving.abTest`. */
export const abTestSchema = (z: Zod) =>
  struct(z, {
    trafficPercent: between(z, 1, 50).default(DEFAULTS.abTest.trafficPercent),
    durationHours: integer(z, 1, 720).default(DEFAULTS.abTest.durationHours),
    goal: oneOf(z, ['notWorse', 'superior']).default(DEFAULTS.abTest.goal),
    margin: above(z, 0, 1).default(DEFAULTS.abTest.margin),
  });

const environmentSchema = (z: Zod) =>
  z.record(
    text(z, '[A-Za-z_][A-Za-z0-9_]*', 1024, 'a name of letters, digits and _, not starting with a digit'),
    text(z, String.raw`[\s\S]*`, 1024, 'a string of at most 1024 characters, in quotes'),
    { error: 'a map of names and strings' },
  );

const scalingSchema = (z: Zod) =>
  struct(z, { invocationsPerInstance: integer(z, 1).default(DEFAULTS.scaling.invocationsPerInstance) });

const servingShape = (z: Zod) => ({
  mode: oneOf(z, ['realtime', 'serverless', 'asynchronous', 'batch']).default(DEFAULTS.serving.mode),
  entryPoint: script(z).optional(),
  image: image(z).optional(),
  environment: environmentSchema(z).default({}),
  compute: computeSchema(z).default(DEFAULTS.serving.compute),
  minInstances: integer(z, 0).default(DEFAULTS.serving.minInstances),
  maxInstances: integer(z, 1).optional(),
  scaling: scalingSchema(z).prefault({}),
  serverless: serverlessSchema(z).optional(),
  asynchronous: struct(z, { output: folder(z).optional() }).optional(),
  batch: batchSchema(z).optional(),
  rollout: rolloutSchema(z).prefault({}),
  alarms: alarmsSchema(z).prefault({}),
  abTest: abTestSchema(z).optional(),
});

const servingObject = (z: Zod) => struct(z, servingShape(z));

/** Fills in what depends on other fields: the mode's own section, the most instances and the rollout strategy. */
function complete(serving: z.output<ReturnType<typeof servingObject>>) {
  const { mode, minInstances, maxInstances, rollout } = serving;
  return {
    ...serving,
    ...(mode === 'serverless' && { serverless: { ...DEFAULTS.serverless, ...serving.serverless } }),
    ...(mode === 'asynchronous' && { asynchronous: { ...serving.asynchronous } }),
    maxInstances: maxInstances ?? defaultMaxInstances(minInstances),
    rollout: { ...rollout, strategy: rollout.strategy ?? defaultStrategy(mode, minInstances) },
  };
}

/** Schema of `serving`. */
export const servingSchema = (z: Zod) => servingObject(z).transform(complete);
