import { join, show } from './problems';
import type { ConfigProblem } from './problems';
import { isToken } from './tokens';

/** Nothing that people write is deeper or larger; a config that is was made by a mistake. */
const MAX_DEPTH = 32;
const MAX_VALUES = 100_000;

/** A copy of the input as plain data, and what could not be copied (it is left out). */
export interface PlainCopy {
  readonly value: unknown;
  readonly problems: readonly ConfigProblem[];
}

/**
 * Copies a config to plain data: only own keys, no `undefined`, no functions, no cycles, no tokens other than in strings.
 * Everything after it works on this copy, so that nothing the caller holds is read twice or changed.
 */
export function plainCopy(input: unknown): PlainCopy {
  const copier = new Copier();
  const value = copier.copy(input, '', 0);
  return { value, problems: copier.problems };
}

class Copier {
  readonly problems: ConfigProblem[] = [];
  private readonly ancestors = new Set<object>();
  private count = 0;

  copy(value: unknown, path: string, depth: number): unknown {
    this.count += 1;
    const refusal = this.refusal(value, depth);
    if (refusal !== undefined) {
      this.problems.push({ path, message: refusal });
      return undefined;
    }
    if (typeof value !== 'object' || value === null) return value;
    this.ancestors.add(value);
    const copied = Array.isArray(value) ? this.copyList(value, path, depth) : this.copyMap(value, path, depth);
    this.ancestors.delete(value);
    return copied;
  }

  private copyList(list: readonly unknown[], path: string, depth: number): unknown[] {
    const copied: unknown[] = [];
    for (let i = 0; i < list.length && this.count <= MAX_VALUES; i++)
      copied.push(this.copy(list[i], join(path, i), depth + 1));
    return copied;
  }

  private copyMap(map: object, path: string, depth: number): object {
    const copied: Record<string, unknown> = {};
    for (const [key, value] of Object.entries(map)) {
      if (this.count > MAX_VALUES) break;
      if (key === '__proto__') {
        this.problems.push({ path: join(path, key), message: 'unknown key' });
        continue;
      }
      const copy = value === undefined ? undefined : this.copy(value, join(path, key), depth + 1);
      if (copy !== undefined) copied[key] = copy;
    }
    return copied;
  }

  private refusal(value: unknown, depth: number): string | undefined {
    if (this.count === MAX_VALUES + 1) return `the config holds more than ${MAX_VALUES} values`;
    if (typeof value === 'function' || typeof value === 'symbol' || typeof value === 'bigint') {
      return `got a ${typeof value}, allowed: plain data`;
    }
    if (typeof value !== 'string' && isToken(value)) return NO_TOKEN_HERE;
    if (typeof value !== 'object' || value === null) return undefined;
    if (this.ancestors.has(value)) return 'the value contains itself, allowed: plain data without cycles';
    if (depth >= MAX_DEPTH) return `nested more than ${MAX_DEPTH} levels deep`;
    const kind = Object.prototype.toString.call(value).slice(8, -1);
    if (kind !== 'Object' && kind !== 'Array') return `got a ${kind}, allowed: plain data`;
    return undefined;
  }
}

/** Said wherever a token stands in a field that decides what is built. */
export const NO_TOKEN_HERE =
  'got a token, but this must be known at synthesis; only locations, images and notify addresses may be tokens';

/** The text that describes a wrong root. */
export function rootProblem(value: unknown): string | undefined {
  if (value === undefined || value === null) return 'the config is empty; it needs at least name and level';
  if (typeof value !== 'object' || Array.isArray(value)) {
    return `got ${show(value)}, allowed: a map that starts with name and level`;
  }
  return undefined;
}
