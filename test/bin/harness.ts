import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll } from 'vitest';
import { main } from '../../bin/main';

/** The real example. */
export const EXAMPLE = path.resolve('examples/flight-delay/mlops.yaml');

/** What a run of the command line left. */
export interface Run {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the command line in this process, as with pipes for output. */
export async function run(...argv: string[]): Promise<Run> {
  const text = { stdout: '', stderr: '' };
  const stream = (name: keyof typeof text) => ({ write: (chunk: string) => (text[name] += chunk) });
  const code = await main(argv, { stdout: stream('stdout'), stderr: stream('stderr'), env: {} });
  return { code, ...text };
}

/** The lines of an output. */
export function lines(output: string): string[] {
  return output.split('\n').slice(0, -1);
}

const folders: string[] = [];

/** A new folder, removed at the end. */
export function scratch(): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'cdk-mlops-cli-'));
  folders.push(folder);
  return folder;
}

/** Writes a config file and answers with its path. */
export function configFile(config: object | string, name = 'mlops.json', folder = scratch()): string {
  const file = path.join(folder, name);
  writeFileSync(file, typeof config === 'string' ? config : JSON.stringify(config));
  return file;
}

afterAll(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});
