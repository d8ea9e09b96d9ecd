import { loadFiles } from './files';
import type { MlopsConfig } from './mlops';
import { plainCopy } from './plain';
import { ConfigError } from './problems';
import { resolveConfig } from './resolve';

/** Reads and validates configs. */
export class Config {
  /**
   * Reads a config from YAML or JSON files. Later files merge over earlier ones: maps key by key, lists and single values
   * whole; null removes a key. A relative `training.source` resolves against the file that gives it.
   *
   * @param paths the files, the base first
   * @throws an error that lists every problem with its path, what was got and what is allowed
   */
  public static fromFiles(...paths: string[]): MlopsConfig {
    const input = loadFiles(paths);
    try {
      resolveConfig(input, { checkFiles: true });
    } catch (error) {
      throw error instanceof ConfigError ? new ConfigError(error.problems, paths.join(' + ')) : error;
    }
    return plainCopy(input).value as MlopsConfig;
  }

  /**
   * Validates a config that comes from code. Locations, images and notified addresses may be tokens.
   *
   * @param value the config as plain data
   * @throws an error that lists every problem with its path, what was got and what is allowed
   */
  public static fromObject(value: any): MlopsConfig {
    resolveConfig(value);
    return plainCopy(value).value as MlopsConfig;
  }

  private constructor() {}
}
