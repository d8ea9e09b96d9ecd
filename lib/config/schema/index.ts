import type { z } from 'zod';
import { awsSchema, googleSchema } from './clouds';
import { dataSchema } from './data';
import { featureStoreSchema } from './feature-store';
import type { Zod } from './fields';
import { mlopsSchema } from './mlops';
import { monitoringSchema, retrainingSchema } from './monitoring';
import { abTestSchema, servingSchema } from './serving';
import { trainingSchema } from './training';

function build(z: Zod) {
  return {
    config: mlopsSchema(z),
    data: dataSchema(z),
    training: trainingSchema(z),
    serving: servingSchema(z),
    monitoring: monitoringSchema(z),
    retraining: retrainingSchema(z),
    featureStore: featureStoreSchema(z),
    aws: awsSchema(z),
    google: googleSchema(z),
    abTest: abTestSchema(z),
  };
}

/** The schemas by section. */
export type Schemas = ReturnType<typeof build>;

let built: Schemas | undefined;

/** The schemas; zod is loaded on the first call. */
export function schemas(): Schemas {
  if (built === undefined) {
    const { z } = require('zod') as typeof import('zod');
    built = build(z);
  }
  return built;
}

/** A part of the config that a construct takes by itself. */
export type Section = Exclude<keyof Schemas, 'config' | 'abTest'>;

/** A config with every default filled in. */
export type ResolvedConfig = z.output<Schemas['config']>;
/** `data` with defaults. */
export type ResolvedData = z.output<Schemas['data']>;
/** `training` with defaults. */
export type ResolvedTraining = z.output<Schemas['training']>;
/** `serving` with defaults; `abTest` is there only when it is configured. */
export type ResolvedServing = z.output<Schemas['serving']>;
/** `monitoring` with defaults. */
export type ResolvedMonitoring = z.output<Schemas['monitoring']>;
/** `retraining` with defaults. */
export type ResolvedRetraining = z.output<Schemas['retraining']>;
/** `featureStore` with defaults. */
export type ResolvedFeatureStore = z.output<Schemas['featureStore']>;
/** `aws` with defaults. */
export type ResolvedAws = z.output<Schemas['aws']>;
/** `google` with defaults. */
export type ResolvedGoogle = z.output<Schemas['google']>;
/** `serving.abTest` with defaults. */
export type ResolvedAbTest = z.output<Schemas['abTest']>;

/** What resolving each section gives. */
export interface ResolvedSections {
  readonly data: ResolvedData;
  readonly training: ResolvedTraining;
  readonly serving: ResolvedServing;
  readonly monitoring: ResolvedMonitoring;
  readonly retraining: ResolvedRetraining;
  readonly featureStore: ResolvedFeatureStore;
  readonly aws: ResolvedAws;
  readonly google: ResolvedGoogle;
}
