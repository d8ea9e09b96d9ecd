import { existsSync } from 'node:fs';
import * as path from 'node:path';

/** Folder of this package, whether the code runs from its sources or compiled. */
export function packageRoot(): string {
  let folder = __dirname;
  while (!existsSync(path.join(folder, 'package.json'))) folder = path.dirname(folder);
  return folder;
}
