import type { Capability } from '../capabilities';
import type { MlopsConfig } from '../mlops';
import type { ConfigProblem } from '../problems';
import type { Section } from '../schema';

/** A config of which any part may be missing: what is left once the invalid parts are taken out. */
export type Draft<T> = T extends readonly (infer Element)[]
  ? readonly (Draft<Element> | undefined)[]
  : T extends object
    ? { readonly [Key in keyof T]?: Draft<T[Key]> }
    : T;

/** A whole config, as rules see it. Shapes are valid, defaults are not filled in. */
export type ConfigDraft = Draft<MlopsConfig>;

/** What is being validated. */
export interface RuleContext {
  /** Sections in scope. */
  readonly sections: readonly Section[];
  /** Whether this is a whole config, with name, level and capabilities. */
  readonly whole: boolean;
  /** The cloud it is meant for, if that is known. */
  readonly cloud?: 'aws' | 'google';
  /** Without a whole config: the capabilities whose sections must be there. */
  readonly capabilities?: readonly Capability[];
  /** Folder against which scripts are looked up; absent when files are not checked. */
  readonly files?: string;
}

/** Something that must hold between fields. */
export interface Rule {
  /** Sections it is about; it runs when all of them are in scope. */
  readonly sections: readonly Section[];
  /** Paths that mislead it when their value is invalid; it then stays silent. */
  readonly reads: readonly string[];
  /** What breaks it. */
  check(draft: ConfigDraft, context: RuleContext): ConfigProblem[];
}

/** Entries of a map that are still there. */
export function entries<T>(map: { readonly [key: string]: T | undefined } | undefined): [string, T][] {
  return Object.entries(map ?? {}).filter((entry): entry is [string, T] => entry[1] !== undefined);
}

/** The indexes at which a name stands that stood before, with the index of the first. */
export function repeated(names: readonly (string | undefined)[]): { index: number; first: number; name: string }[] {
  const seen = new Map<string, number>();
  return names.flatMap((name, index) => {
    if (name === undefined) return [];
    const first = seen.get(name);
    if (first === undefined) seen.set(name, index);
    return first === undefined ? [] : [{ index, first, name }];
  });
}
