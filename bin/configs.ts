import type { ResolvedConfig } from '../lib/config/schema';

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
export async function loadConfig(files: readonly string[], options: LoadOptions = {}): Promise<ResolvedConfig> {
  const { loadFiles } = await import('../lib/config/files.js');
  const { resolveConfig } = await import('../lib/config/resolve.js');
  const raw = loadFiles(files);
  const input = options.level === undefined ? raw : { ...raw, level: options.level };
  return resolveConfig(input, { cloud: options.cloud, checkFiles: true });
}
