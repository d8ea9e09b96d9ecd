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

/** The cloud of config files where none is named: Google Cloud for those that have its section, none of AWS, and nothing in S3. */
export async function cloudOf(files: readonly string[]): Promise<Cloud> {
  const { loadFiles } = await import('../lib/config/files.js');
  const { aws, google, ...rest } = loadFiles(files);
  return google !== undefined && aws === undefined && !JSON.stringify(rest).includes('"s3://') ? 'google' : 'aws';
}
