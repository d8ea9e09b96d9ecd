import { isToken } from './tokens';

/** One thing that is wrong with a config. */
export interface ConfigProblem {
  /** Where: `serving.rollout.percent`, `data.features[2].name`, or `file:line:column`; empty for the config as a whole. */
  readonly path: string;
  /** What was got, what is allowed, the way out. */
  readonly message: string;
}

/** A config that cannot be used. Its message lists every problem on a line of its own. */
export class ConfigError extends Error {
  /** Every problem found, never empty. */
  readonly problems: readonly ConfigProblem[];

  /** @param source the files that the config comes from */
  constructor(problems: readonly ConfigProblem[], source?: string) {
    const lines = problems.map((problem) => describe(problem));
    super((source === undefined ? lines : [`invalid config in ${source}:`, ...lines]).join('\n'));
    this.name = 'ConfigError';
    this.problems = problems;
  }
}

/** A problem as one line. */
export function describe({ path, message }: ConfigProblem): string {
  return `${path === '' ? 'config' : path}: ${message}`;
}

/** The path of a key below another: `data` and `features` and 2 give `data.features[2]`. */
export function join(path: string, key: PropertyKey): string {
  if (typeof key === 'number') return `${path}[${key}]`;
  const text = String(key);
  if (!/^[\w-]+$/.test(text)) return `${path}[${shorten(JSON.stringify(text))}]`;
  return path === '' ? text : `${path}.${text}`;
}

/** Whether one path lies at or below another. */
export function isWithin(path: string, ancestor: string): boolean {
  if (ancestor === '' || path === ancestor) return true;
  return path.startsWith(ancestor) && '.['.includes(path[ancestor.length]);
}

/** A value as it is shown to people: short, strings in quotes. */
export function show(value: unknown): string {
  if (isToken(value)) return 'a token';
  if (value === undefined) return 'nothing';
  if (Array.isArray(value)) return value.length > 3 ? `a list of ${value.length}` : `[${value.map(show).join(', ')}]`;
  if (typeof value === 'object' && value !== null) return 'a map';
  if (typeof value === 'string') return shorten(JSON.stringify(value));
  return String(value);
}

function shorten(text: string): string {
  return text.length > 80 ? `${text.slice(0, 76)}…"` : text;
}
