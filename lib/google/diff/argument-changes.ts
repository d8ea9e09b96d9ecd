import type { ReplacementEffect } from '../../plan/change';
import { strongest, weakest } from '../../plan/change';
import type { ArgumentFacts } from './provider-facts';
import { PROVIDERS } from './provider-facts';

/** An argument that differs. Block indices and map keys are steps of the path. */
export interface ArgumentChange {
  readonly path: readonly string[];
  /** `undefined` where it did not stand before. */
  readonly before: any;
  /** `undefined` where it does not stand any more. */
  readonly after: any;
  /** How surely the value is another one: text that reads the same may refer to something that changes. */
  readonly changes: ReplacementEffect;
  /** Whether the change replaces the resource. */
  readonly replaces: ReplacementEffect;
}

/** Text that reads as before, and refers to something whose value is another one, or may be. */
export class ChangedText {
  constructor(
    public readonly text: string,
    public readonly effect: ReplacementEffect,
  ) {}
}

type Arguments = Readonly<Record<string, ArgumentFacts>>;
type Values = Readonly<Record<string, any>>;

/**
 * The arguments that differ between two versions of a resource, as the provider compares them: what is left out is its default,
 * or stays as it is where the provider computes it; blocks of a set have no order. The worst of the provider's versions decides.
 */
export function argumentChanges(type: string, before: Values, after: Values): ArgumentChange[] {
  const schemas = PROVIDERS.map(({ types }) => types[type]).filter((schema) => schema !== undefined);
  const known = (name: string) => schemas.some((schema) => name in schema);
  const found = schemas.flatMap((schema) => bodyChanges(schema, before, after, []));
  const others = keysOf(before, after).filter((name) => !known(name));
  return merged([...found, ...others.flatMap((name) => unknownChange([name], before[name], after[name]))]);
}

/** The versions of the provider may say the same; of two effects of one change the stronger one holds. */
function merged(changes: readonly ArgumentChange[]): ArgumentChange[] {
  const byPath = new Map<string, ArgumentChange>();
  for (const change of changes) {
    const path = change.path.join('.');
    const replaces = strongest([change.replaces, byPath.get(path)?.replaces ?? 'no']);
    byPath.set(path, { ...change, replaces });
  }
  return [...byPath.values()];
}

function keysOf(before: Values = {}, after: Values = {}): string[] {
  return [...new Set([...Object.keys(before), ...Object.keys(after)])];
}

function bodyChanges(schema: Arguments, before: Values, after: Values, path: readonly string[]): ArgumentChange[] {
  return keysOf(before, after).flatMap((name) => {
    const facts = schema[name];
    return facts ? argumentChange(facts, before?.[name], after?.[name], [...path, name]) : [];
  });
}

function argumentChange(facts: ArgumentFacts, before: any, after: any, path: readonly string[]): ArgumentChange[] {
  const [old, now] = [given(facts, before), given(facts, after)];
  if (now === undefined && facts.computed) return []; // The provider keeps what is there.
  if (facts.arguments) return blockChanges(facts, old, now, path);
  if (facts.type === 'map' && isObject(old ?? {}) && isObject(now ?? {})) {
    return keysOf(old, now).flatMap((key) => scalarChange(facts, old?.[key], now?.[key], [...path, key]));
  }
  return scalarChange(facts, old, now, path);
}

/**
 * A value as the provider sees it: a default where nothing is set; without one, nothing where it is empty. Where a change replaces,
 * nothing and an empty value may be two things: it depends on what the provider has read.
 */
function given(facts: ArgumentFacts, value: any): any {
  if (value === undefined || value === null) return facts.default;
  const keeps = facts.default !== undefined || facts.computed || facts.forceNew;
  return isEmpty(value) && !keeps ? undefined : value;
}

function isEmpty(value: any): boolean {
  return ['', false, 0, 'false', undefined].includes(value) || (Array.isArray(value) && value.length === 0);
}

function scalarChange(facts: ArgumentFacts, before: any, after: any, path: readonly string[]): ArgumentChange[] {
  if (sameValue(before, after, facts.type === 'set')) return [];
  const changes = changesOf(before, after);
  const effect = isEmpty(before) && isEmpty(after) ? weakest(own(facts, before), 'maybe') : own(facts, before);
  return [{ path, before, after, changes, replaces: weakest(changes, effect) }];
}

/** The argument's own effect. What the provider had computed may be what is set now. */
function own({ forceNew, computed }: ArgumentFacts, before: any): ReplacementEffect {
  if (!forceNew) return 'no';
  return computed && before === undefined ? 'maybe' : 'yes';
}

function changesOf(before: any, after: any): ReplacementEffect {
  if (after instanceof ChangedText && before === after.text) return after.effect;
  const [old, now] = [before, after].map((value) => JSON.stringify(value, unmarked));
  return old === now ? strongest(changedTexts(after).map(({ effect }) => effect)) : 'yes';
}

/** What a replacer of JSON sees of a text that changes: the text. */
export function unmarked(_key: string, value: any): any {
  return value instanceof ChangedText ? value.text : value;
}

function changedTexts(value: any): ChangedText[] {
  if (value instanceof ChangedText) return [value];
  return value !== null && typeof value === 'object' ? Object.values(value).flatMap(changedTexts) : [];
}

/** Blocks of a list are compared one by one, in order; those of a set that have no equal came or went. */
function blockChanges(facts: ArgumentFacts, before: any, after: any, path: readonly string[]): ArgumentChange[] {
  const [old, now] = [blocksOf(before), blocksOf(after)];
  if (!old || !now) return unknownChange(path, before, after);
  if (facts.type === 'set') return setChanges(facts, old, now, path);
  const common = Math.min(old.length, now.length);
  const step = (i: number) => (facts.max === 1 ? path : [...path, String(i)]);
  return [
    ...old.slice(0, common).flatMap((block, i) => bodyChanges(facts.arguments!, block, now[i], step(i))),
    ...old.slice(common).map((block, i) => wholeBlock(facts, block, undefined, step(common + i))),
    ...now.slice(common).map((block, i) => wholeBlock(facts, undefined, block, step(common + i))),
  ];
}

/** The blocks of an argument; a single one may stand without a list around it. Not those that an expression yields. */
function blocksOf(value: any): Values[] | undefined {
  const blocks = value === undefined ? [] : [value].flat();
  return blocks.every(isObject) ? blocks : undefined;
}

/** A block that comes or goes: its own mark decides, or that of anything in it. */
function wholeBlock(facts: ArgumentFacts, before: any, after: any, path: readonly string[]): ArgumentChange {
  const inside = contained(facts.arguments!, before ?? after);
  const kept = facts.computed && before === undefined;
  return {
    path,
    before,
    after,
    changes: 'yes',
    replaces: strongest([own(facts, before), kept ? weakest(inside, 'maybe') : inside]),
  };
}

/** The strongest effect of what a block sets, by itself or by default. */
function contained(schema: Arguments, block: Values): ReplacementEffect {
  return strongest(
    Object.entries(schema).flatMap(([name, facts]): ReplacementEffect[] => {
      const value = given(facts, block[name]);
      if (value === undefined) return [];
      const inner = facts.arguments ? (blocksOf(value) ?? []).map((each) => contained(facts.arguments!, each)) : [];
      return [facts.forceNew ? 'yes' : 'no', ...inner];
    }),
  );
}

function setChanges(facts: ArgumentFacts, old: Values[], now: Values[], path: readonly string[]): ArgumentChange[] {
  const rest = [...now];
  const gone = old.filter((block) => {
    const equal = rest.findIndex((other) => bodyChanges(facts.arguments!, block, other, []).length === 0);
    if (equal >= 0) rest.splice(equal, 1);
    return equal < 0;
  });
  if (gone.length === 0 && rest.length === 0) return [];
  const [before, after] = [gone, rest].map((blocks) => (blocks.length > 0 ? blocks : undefined));
  const count: ReplacementEffect = old.length === now.length ? 'no' : own(facts, before);
  const inner = [...gone, ...rest].map((block) => contained(facts.arguments!, block));
  const changes = changesOf(before, after);
  return [{ path, before, after, changes, replaces: weakest(changes, strongest([count, ...inner])) }];
}

/** Arguments of which no schema says what their change does. */
function unknownChange(path: readonly string[], before: any, after: any): ArgumentChange[] {
  if (sameValue(before, after, false)) return [];
  if (isContainer(before) && isContainer(after) && Array.isArray(before) === Array.isArray(after)) {
    return keysOf(before, after).flatMap((key) => unknownChange([...path, key], before[key], after[key]));
  }
  return [{ path, before, after, changes: changesOf(before, after), replaces: 'maybe' }];
}

/** Equality as Terraform sees it: `10` and `"10"`, `true` and `"true"` are the same value. */
function sameValue(before: any, after: any, unordered: boolean): boolean {
  if (!isContainer(before) || !isContainer(after)) {
    return !(after instanceof ChangedText) && String(before ?? '') === String(after ?? '');
  }
  if (Array.isArray(before) !== Array.isArray(after) || keysOf(before, after).length !== Object.keys(before).length) {
    return false;
  }
  if (unordered) return before.every((each: any) => after.some((other: any) => sameValue(each, other, false)));
  return Object.keys(before).every((key) => sameValue(before[key], after[key], false));
}

function isContainer(value: any): boolean {
  return value !== null && typeof value === 'object' && !(value instanceof ChangedText);
}

function isObject(value: any): value is Values {
  return isContainer(value) && !Array.isArray(value);
}
