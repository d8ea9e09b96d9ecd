import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect } from 'vitest';
import { main } from '../../bin/main';
import { scratch } from '../bin/harness';
import type { Block } from './pages';

interface Printed {
  readonly stdout: string;
  readonly stderr: string;
  readonly code: number;
}

/** Runs the lines of a block as the shell would, in a folder; answers with all that was printed and the last exit code. */
async function runLines(text: string, folder: string): Promise<Printed> {
  const printed = { stdout: '', stderr: '', code: 0 };
  const stream = (name: 'stdout' | 'stderr') => ({ write: (chunk: string) => (printed[name] += chunk) });
  const before = process.cwd();
  process.chdir(folder);
  try {
    for (const line of text.trim().split('\n')) {
      const [npx, program, ...args] = line.replace(/\s+#.*$/, '').split(/\s+/);
      expect([npx, program], `a command that tests can run: ${line}`).toEqual(['npx', 'cdk-mlops']);
      printed.code = await main(args, { stdout: stream('stdout'), stderr: stream('stderr'), env: {} });
    }
  } finally {
    process.chdir(before);
  }
  return printed;
}

/** Changes a file as a block of `-` and `+` lines says; what it takes out must be there. */
function edit(text: string, file: string): void {
  const side = (sign: string) =>
    text
      .split('\n')
      .filter((line) => line.startsWith(sign))
      .map((line) => line.slice(1))
      .join('\n');
  const content = readFileSync(file, 'utf8');
  expect(content).toContain(side('-'));
  writeFileSync(file, content.replace(side('-'), side('+')));
}

/** Compares what a block shows with what was printed: on one stream where the command's block names it. */
function compare(shown: Block, { stdout, stderr }: Printed, tags: Block['tags']): void {
  const printed = 'stdout' in tags ? stdout : 'stderr' in tags ? stderr : stdout + stderr;
  const at = `line ${shown.line}`;
  if (shown.language === 'json') expect(JSON.parse(shown.text), at).toEqual(JSON.parse(printed));
  else expect(shown.text, at).toBe(printed);
}

/**
 * Does what a page tells its reader to do, in order, in an empty folder: writes blocks tagged `file=NAME`, runs those tagged
 * `sh run` and compares what they print with the block that follows at once. Answers how many commands ran.
 */
export async function follow(steps: readonly Block[]): Promise<number> {
  const folder = scratch();
  let commands = 0;
  for (const [index, step] of steps.entries()) {
    const { language, tags, text, line } = step;
    if ('file' in tags && language === 'diff') edit(text, path.join(folder, tags.file));
    else if ('file' in tags) writeFileSync(path.join(folder, tags.file), text);
    if (language !== 'sh' || !('run' in tags)) continue;
    const printed = await runLines(text, folder);
    expect(printed.code, `line ${line}: ${printed.stderr}`).toBe(Number(tags.exit ?? 0));
    const next = steps[index + 1];
    if (next && ['text', 'json'].includes(next.language) && next.follows === step) compare(next, printed, tags);
    commands += 1;
  }
  return commands;
}

/** Every shell block says whether tests run it or it needs a network or an account. */
export function expectTags(steps: readonly Block[]): void {
  for (const { language, tags, text } of steps) {
    if (language !== 'sh') continue;
    expect(
      Object.keys(tags).filter((tag) => tag === 'run' || tag === 'cloud'),
      text,
    ).toHaveLength(1);
  }
}
