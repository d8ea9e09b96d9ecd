/** What is deployed, where, and whose it is. */

/** The two places of a model on an endpoint. The champion may stand in either. */
export type Slot = 'a' | 'b';

/** A model: a version of the registry, or a file that a person named. */
export interface ModelRef {
  /** The version's full name in the cloud's registry. */
  readonly version?: string;
  /** Its number; later versions have larger ones. */
  readonly number?: number;
  /** A model artifact that is no version. */
  readonly uri?: string;
}

/** A model in its place. */
export interface Variant {
  readonly slot: Slot;
  readonly model: ModelRef;
  /** The cloud's resource that was made of it. */
  readonly modelName: string;
}

/** Whose endpoint it is: the stack and its resource. */
export interface Owner {
  readonly stack: string;
  readonly resource: string;
}

/** What a model is remembered by. */
export function modelKey(model: ModelRef): string {
  return model.version ?? model.uri ?? 'unknown';
}

/** What people call a model. */
export function modelLabel(model: ModelRef): string {
  if (model.number !== undefined) return `version ${model.number}`;
  return model.version ?? model.uri ?? 'an unknown model';
}
