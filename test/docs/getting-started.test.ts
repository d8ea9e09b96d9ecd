import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { main } from '../../bin/main';
import { scratch } from '../bin/harness';
import type { Block } from './pages';
import { blocks, page } from './pages';

/** Runs the lines of a block as the shell would, in a folder; answers with all that was printed and the last exit code. */
async function runLines(text: string, folder: string): Promise<{ printed: string; code: number }> {
  let printed = '';
  let code = 0;
  const stream = { write: (chunk: string) => (printed += chunk) };
  const before = process.cwd();
  process.chdir(folder);
  try {
    for (const line of text.trim().split('\n')) {
      const [npx, program, ...args] = line.replace(/\s+#.*$/, '').split(/\s+/);
      expect([npx, program], `a command that tests can run: ${line}`).toEqual(['npx', 'cdk-mlops']);
      code = await main(args, { stdout: stream, stderr: stream, env: {} });
    }
  } finally {
    process.chdir(before);
  }
  return { printed, code };
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

/** Does what a page tells its reader to do, in order, in an empty folder. */
async function follow(steps: readonly Block[]): Promise<number> {
  const folder = scratch();
  let commands = 0;
  for (const [index, { language, tags, text, line }] of steps.entries()) {
    const file = 'file' in tags ? path.join(folder, tags.file) : undefined;
    if (file && language === 'diff') edit(text, file);
    else if (file) {
      mkdirSync(path.dirname(file), { recursive: true });
      writeFileSync(file, text);
    } else if (language === 'sh' && 'run' in tags) {
      const { printed, code } = await runLines(text, folder);
      expect(code, `line ${line}: ${printed}`).toBe(Number(tags.exit ?? 0));
      const next = steps[index + 1];
      if (next?.language === 'text') expect(printed, `line ${next.line}`).toBe(next.text);
      commands += 1;
    }
  }
  return commands;
}

describe('docs/getting-started.md', () => {
  const steps = blocks(page('docs/getting-started.md'));

  test('does what it says, and prints what it shows', async () => {
    expect(await follow(steps)).toBeGreaterThan(6);
  });

  test('every shell block says whether it runs here or needs a network', () => {
    for (const { language, tags, text } of steps.filter((block) => block.language === 'sh')) {
      expect(
        Object.keys(tags).filter((tag) => tag === 'run' || tag === 'cloud'),
        `${language}: ${text}`,
      ).toHaveLength(1);
    }
  });
});
