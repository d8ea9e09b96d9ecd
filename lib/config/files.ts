import { readFileSync } from 'node:fs';
import path from 'node:path';
import { ConfigError, show } from './problems';
import type { ConfigProblem } from './problems';

/** Anchors are for people's convenience; expanding them must not blow up. */
const MAX_ALIASES = 100;

/** Maps deeper than any config are not merged but replaced; validation refuses them. */
const MAX_MERGE_DEPTH = 32;

type Map = Record<string, unknown>;

/**
 * Reads YAML or JSON files and merges later ones over earlier ones: maps key by key, lists and scalars whole, null removes.
 * A relative `training.source` resolves against the file that gives it. Nothing else is validated.
 *
 * Throws a ConfigError that lists what is wrong with the files themselves.
 */
export function loadFiles(paths: readonly string[]): Map {
  if (paths.length === 0)
    throw new ConfigError([{ path: '', message: 'no file given; name at least one YAML or JSON file' }]);
  const problems: ConfigProblem[] = [];
  const maps = paths.map((file) => readMap(file, problems));
  if (problems.length > 0) throw new ConfigError(problems);
  return maps.reduce((base, overlay) => merge(base, overlay, 0) as Map);
}

function merge(base: unknown, overlay: unknown, depth: number): unknown {
  if (!isMap(overlay) || depth > MAX_MERGE_DEPTH) return overlay;
  const merged = new Map<string, unknown>(isMap(base) ? Object.entries(base) : []);
  for (const [key, value] of Object.entries(overlay)) {
    if (value === null) merged.delete(key);
    else merged.set(key, merge(merged.get(key), value, depth + 1));
  }
  // Object.fromEntries defines keys, so that `__proto__` stays a key, which validation refuses.
  return Object.fromEntries(merged);
}

function isMap(value: unknown): value is Map {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function readMap(file: string, problems: ConfigProblem[]): Map {
  const text = readText(file, problems);
  const value = text === undefined ? undefined : parse(file, text, problems);
  if (value === undefined) return {};
  if (!isMap(value)) {
    const message =
      value === null ? 'the file is empty; it needs a map, such as level: 1' : `got ${show(value)}, allowed: a map`;
    problems.push({ path: file, message });
    return {};
  }
  return resolveSource(value, path.dirname(path.resolve(file)));
}

function readText(file: string, problems: ConfigProblem[]): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(readFileSync(file));
  } catch (error) {
    problems.push({ path: file, message: readingProblem(error as NodeJS.ErrnoException) });
    return undefined;
  }
}

function readingProblem(error: NodeJS.ErrnoException): string {
  if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return 'no such file';
  if (error.code === 'EISDIR') return 'is a folder; name the YAML or JSON file in it';
  if (error.code === 'EACCES') return 'may not be read; change its permissions';
  if (error.code === 'ERR_ENCODING_INVALID_ENCODED_DATA') return 'is not UTF-8 text; save it as UTF-8';
  return `cannot be read: ${error.message}`;
}

/** JSON is read as YAML, of which it is a part: positions and duplicate keys are then reported for both. */
function parse(file: string, text: string, problems: ConfigProblem[]): unknown {
  const { LineCounter, parseDocument } = require('yaml') as typeof import('yaml');
  const lineCounter = new LineCounter();
  const document = parseDocument(text, { lineCounter, prettyErrors: false, stringKeys: true, merge: true });
  const faults = [...document.errors, ...document.warnings];
  for (const { code, message, pos } of faults) {
    const { line, col } = lineCounter.linePos(pos[0]);
    problems.push({ path: `${file}:${line}:${col}`, message: FAULTS[code] ?? sentence(message) });
  }
  if (faults.length > 0) return undefined;
  try {
    return document.toJS({ maxAliasCount: MAX_ALIASES });
  } catch (error) {
    problems.push({ path: file, message: sentence((error as Error).message) });
    return undefined;
  }
}

/** Faults whose text would speak of the YAML library. */
const FAULTS: Readonly<Record<string, string>> = {
  DUPLICATE_KEY: 'the key stands twice; keep one',
  MULTIPLE_DOCS: 'a second document starts here; keep one document in a file',
  NON_STRING_KEY: 'a key is a list or a map; keys are words',
};

/** The library's errors as ours are written: one line, lower case. */
function sentence(message: string): string {
  if (/call stack/i.test(message)) return 'is nested too deeply to be read; a config has a handful of levels';
  const line = message.split('\n')[0];
  return line.charAt(0).toLowerCase() + line.slice(1);
}

function resolveSource(config: Map, folder: string): Map {
  const { training } = config;
  if (!isMap(training) || typeof training.source !== 'string' || training.source === '') return config;
  return { ...config, training: { ...training, source: path.resolve(folder, training.source) } };
}
