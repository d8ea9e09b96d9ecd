import { existsSync } from 'node:fs';
import path from 'node:path';
import type { ResolvedConfig } from '../lib/config/schema';
import { InputError, MisuseError } from './command';
import type { Terminal } from './terminal';

/** A cloud that configs can be meant for. */
export type Cloud = 'aws' | 'google';

/** How config files become one config. */
export interface LoadOptions {
  /**
   * The cloud it is meant for.
   * @default - what holds on both
   */
  readonly cloud?: Cloud;
  /**
   * A level instead of the one in the files.
   * @default - the files'
   */
  readonly level?: number;
}

/** Merges config files, later ones over earlier ones, and resolves them. */
export async function loadConfig(files: readonly string[], terminal: Terminal, options: LoadOptions = {}): Promise<ResolvedConfig> {
  const { loadFiles } = await import('../lib/config/load.js');
  const { resolveConfig } = await import('../lib/config/resolve.js');
  const paths = files.map((file) => path.resolve(terminal.cwd, file));
  const missing = paths.map((file, i) => (existsSync(file) ? '' : `${files[i]}: no such file`)).filter((line) => line !== '');
  if (missing.length > 0) throw new InputError(missing);
  const raw = loadFiles(paths) as object;
  const input = options.level === undefined ? raw : { ...raw, level: options.level };
  return resolveConfig(input, { cloud: options.cloud, baseDir: path.dirname(paths[0]), checkFiles: true });
}

/** Refuses clouds that this version has no constructs for. */
export function requireAws(cloud: string | undefined): 'aws' {
  if (cloud === undefined || cloud === 'aws') return 'aws';
  throw new MisuseError(`--cloud: got '${cloud}', allowed: aws; this version synthesizes for AWS only`);
}
