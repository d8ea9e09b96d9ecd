import { resolveConfig } from '../../lib/config/resolve';
import type { RawConfig } from './arbitraries';

/** A config that differs from another in one field. */
export interface Mutation {
  /** The changed field, such as `serving.rollout.percent` or `featureStore.groups[0].features[2]`. */
  readonly path: string;
  readonly from: unknown;
  /** The new value; `undefined` when the field was removed. */
  readonly to: unknown;
  /** The whole mutated config, valid on the cloud. */
  readonly config: RawConfig;
}

type Cloud = 'aws' | 'google';

type Path = readonly (string | number)[];

/** Every valid single-field change of a valid config that these rules find: leaves changed, keys removed, list entries removed. */
export function mutations(config: RawConfig, cloud: Cloud = 'aws'): Mutation[] {
  return [...places(config, [])].flatMap(([path, value]) =>
    [...alternatives(value), undefined]
      .map((to) => ({ path: textOf(path), from: value, to, config: changed(config, path, to) }))
      .filter((mutation) => isValid(mutation.config, cloud)),
  );
}

function* places(value: unknown, path: Path): Generator<[Path, unknown]> {
  if (path.length > 0) yield [path, value];
  if (typeof value !== 'object' || value === null) return;
  const keys = Array.isArray(value) ? value.map((_, i) => i) : Object.keys(value);
  for (const key of keys) yield* places((value as any)[key], [...path, key]);
}

/** All words that any field takes: most do not fit a given one, and validation drops those. */
const WORDS = [
  ...['numeric', 'categorical', 'csv', 'jsonlines', 'parquet', 'integer', 'float', 'string', 'iceberg', 'glue'],
  ...[
    'small',
    'medium',
    'large',
    'gpu',
    'maximize',
    'minimize',
    'canary',
    'linear',
    'allAtOnce',
    'notWorse',
    'superior',
  ],
  ...['realtime', 'serverless', 'asynchronous', 'psi', 'ks', 'jensenShannon', 'chiSquared', 'training', 'rolling'],
];

function alternatives(value: unknown): unknown[] {
  if (typeof value === 'boolean') return [!value];
  if (typeof value === 'number') return [value + 1, value - 1, value * 2, value / 2].filter((other) => other !== value);
  if (typeof value === 'string') {
    const words = WORDS.includes(value)
      ? WORDS
      : [`${value}x`, value.replace(/(\d)(?!.*\d)/, (digit) => String((Number(digit) + 1) % 10))];
    return words.filter((other) => other !== value);
  }
  if (!Array.isArray(value) || value.length === 0) return [];
  const last: unknown = value.at(-1);
  const named = typeof last === 'object' && last !== null && 'name' in last;
  return named ? [[...value, { ...last, name: `${String(last.name)}2` }], value.toReversed()] : [];
}

function changed(config: RawConfig, path: Path, to: unknown): RawConfig {
  const copy = structuredClone(config);
  const parent = path.slice(0, -1).reduce<any>((value, key) => value[key], copy);
  const key = path.at(-1)!;
  if (to !== undefined) parent[key] = to;
  else if (Array.isArray(parent)) parent.splice(Number(key), 1);
  else delete parent[key];
  return copy;
}

function isValid(config: RawConfig, cloud: Cloud): boolean {
  try {
    resolveConfig(config, { cloud });
    return true;
  } catch {
    return false;
  }
}

function textOf(path: Path): string {
  return path.reduce<string>(
    (text, key) => (typeof key === 'number' ? `${text}[${key}]` : text === '' ? key : `${text}.${key}`),
    '',
  );
}
