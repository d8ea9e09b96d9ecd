import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { TerraformDocument, TerraformStacks } from './terraform';

/** Whether a folder is what the engine's synthesis writes (`cdktf.out`). */
export function isAssembly(directory: string): boolean {
  const manifest = path.join(directory, 'manifest.json');
  return existsSync(manifest) && readJson(manifest).stacks !== undefined;
}

/**
 * The Terraform JSON of every stack in a synthesized folder, by stack name.
 *
 * @throws when a file that the manifest names is missing or is not JSON
 */
export function readAssembly(directory: string): TerraformStacks {
  const { stacks } = readJson(path.join(directory, 'manifest.json'));
  return Object.fromEntries(
    Object.values<any>(stacks).map(({ name, synthesizedStackPath }): [string, TerraformDocument] => [
      name,
      readJson(path.join(directory, synthesizedStackPath)),
    ]),
  );
}

function readJson(file: string): any {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw new Error(`${file} cannot be read as a synthesized stack's file: ${(error as Error).message}`, {
      cause: error,
    });
  }
}
