import { existsSync, mkdirSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Arguments, Command } from '../command';
import { EXIT, InputError } from '../command';
import { STARTER_FILES } from '../starter-files';
import type { Terminal } from '../terminal';
import { writeLines } from '../terminal';

export const initCommand: Command = {
  name: 'init',
  summary: 'write a first config with scripts that run',
  usage: '[DIR]',
  description:
    'Writes mlops.yaml and training scripts into a folder (default: this one). Existing files are never overwritten.',
  arguments: { name: 'a folder', min: 0, max: 1 },
  options: {},
  run: init,
};

async function init(args: Arguments, terminal: Terminal): Promise<number> {
  const given = args.positionals[0] ?? '.';
  if (statSync(given, { throwIfNoEntry: false })?.isFile())
    throw new InputError([`${given}: is a file, allowed: a folder`]);
  const files = Object.keys(STARTER_FILES);
  const shown = (file: string) => path.join(given, file);
  const existing = files.filter((file) => existsSync(shown(file)));
  if (existing.length > 0)
    throw new InputError(existing.map((file) => `${shown(file)}: exists, and is not overwritten`));
  for (const file of files) {
    const target = shown(file);
    mkdirSync(path.dirname(target), { recursive: true });
    writeFileSync(target, STARTER_FILES[file]);
  }
  const config = shown('mlops.yaml');
  writeLines(terminal.stdout, [
    ...files.map((file) => `wrote ${shown(file)}`),
    `next: name your data in ${config}, then npx cdk-mlops validate ${config}`,
  ]);
  return EXIT.ok;
}
