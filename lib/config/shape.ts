import type { z } from 'zod';
import { nearest } from './nearest';
import { NO_TOKEN_HERE } from './plain';
import { join, show } from './problems';
import type { ConfigProblem } from './problems';
import { isToken } from './tokens';

type Issue = z.core.$ZodIssue;
type Path = readonly PropertyKey[];

/** What a schema makes of an input. */
export interface Shape<Output> {
  /** The output; absent when there are problems. */
  readonly output?: Output;
  readonly problems: readonly ConfigProblem[];
  /** The input without the invalid parts: list elements leave a hole, so that the others keep their numbers. */
  readonly draft: unknown;
  /** Paths of which nothing is known, because their value is invalid or probably stands under a misspelt key. */
  readonly unknown: readonly string[];
}

/** Checks a plain copy against a schema, and says everything that is wrong with it. The copy becomes the draft. */
export function checkShape<Output>(schema: z.ZodType<Output>, copy: unknown): Shape<Output> {
  const parsed = schema.safeParse(copy);
  if (parsed.success) return { output: parsed.data, problems: [], draft: copy, unknown: [] };
  const found = parsed.error.issues.flatMap((issue) => describeIssue(issue, copy));
  for (const { remove } of found) removeAt(copy, remove);
  const rootInvalid = found.some(({ remove }) => remove.length === 0);
  return {
    problems: found.map(({ problem }) => problem),
    draft: rootInvalid ? {} : copy,
    unknown: found.flatMap(({ unknown }) => (unknown === undefined ? [] : [unknown])),
  };
}

interface Finding {
  readonly problem: ConfigProblem;
  readonly remove: Path;
  readonly unknown?: string;
}

function describeIssue(issue: Issue, root: unknown): Finding[] {
  if (issue.code === 'unrecognized_keys') return issue.keys.map((key) => unknownKey(issue, key));
  const path = pathText(issue.path);
  return [
    { problem: { path, message: messageOf(issue, valueAt(root, issue.path)) }, remove: issue.path, unknown: path },
  ];
}

/** The schema's message holds the keys that it knows (see `struct`). */
function unknownKey(issue: Issue, key: string): Finding {
  const known = issue.message.split(', ');
  const parent = pathText(issue.path);
  const meant = nearest(key, known);
  const hint = meant === undefined ? `, allowed: ${known.join(', ')}` : `; did you mean ${meant}?`;
  return {
    problem: { path: join(parent, key), message: `unknown key${hint}` },
    remove: [...issue.path, key],
    unknown: meant === undefined ? undefined : join(parent, meant),
  };
}

function messageOf(issue: Issue, value: unknown): string {
  if (isToken(value)) return NO_TOKEN_HERE;
  if (issue.code === 'custom') return issue.message;
  if (issue.code === 'invalid_key')
    return `got the key ${show(issue.path.at(-1))}, allowed: ${issue.issues[0].message}`;
  const words = issue.code === 'invalid_value' ? issue.values.map(String) : undefined;
  const allowed = words?.join(', ') ?? issue.message;
  if (value === undefined) return `missing, allowed: ${allowed}`;
  if (value === null) return `got nothing (null), allowed: ${allowed}`;
  return quoteHint(issue, value, allowed) ?? `got ${show(value)}, allowed: ${allowed}${didYouMean(value, words)}`;
}

/** Numbers that should be strings and the other way round: the usual slip in YAML. */
function quoteHint(issue: Issue, value: unknown, allowed: string): string | undefined {
  const expected = issue.code === 'invalid_type' ? issue.expected : undefined;
  if (expected === 'string' && (typeof value === 'number' || typeof value === 'boolean')) {
    const zeroLost = /^\d+\.\d$/.test(String(value)) ? ` (without them, ${value}0 is ${value} too)` : '';
    return `got the ${typeof value} ${value}; write it in quotes: "${value}"${zeroLost}`;
  }
  if (typeof value !== 'string' || value.trim() === '') return undefined;
  const literal =
    issue.code === 'invalid_value' && issue.values.some((v) => typeof v === 'number' && String(v) === value);
  const number = (expected === 'number' || expected === 'int') && Number.isFinite(Number(value));
  const boolean = expected === 'boolean' && (value === 'true' || value === 'false');
  if (!literal && !number && !boolean) return undefined;
  return `got the string ${show(value)}, allowed: ${allowed}; write it without quotes: ${value}`;
}

function didYouMean(value: unknown, words: readonly string[] | undefined): string {
  const meant = typeof value === 'string' && words !== undefined ? nearest(value, words) : undefined;
  return meant === undefined ? '' : `; did you mean ${meant}?`;
}

function pathText(path: Path): string {
  return path.reduce<string>((text, key) => join(text, key), '');
}

function valueAt(root: unknown, path: Path): unknown {
  return path.reduce<unknown>(
    (value, key) =>
      typeof value === 'object' && value !== null && Object.hasOwn(value, key) ? value[key as never] : undefined,
    root,
  );
}

function removeAt(root: unknown, path: Path): void {
  const parent = valueAt(root, path.slice(0, -1));
  const key = path.at(-1);
  if (typeof parent !== 'object' || parent === null || key === undefined) return;
  if (Array.isArray(parent)) parent[Number(key)] = undefined;
  else delete parent[key as never];
}
