import { describe, expect, test } from 'vitest';
import { run } from '../bin/harness';
import { expectTags, follow } from './follow';
import { blocks, page } from './pages';

const text = page('docs/command-line.md');

/** The part of the page below a heading, up to the next one. */
const section = (heading: string) => text.split(/^## /m).find((part) => part.startsWith(`${heading}\n`)) ?? '';

/** The options in the first column of a text's tables: `-l`, `--level N`. */
const documentedOptions = (part: string) =>
  [...part.matchAll(/^\| (`--?\w.*?)\s*\|/gm)].flatMap(([, cell]) => cell.replaceAll('`', '').split(', ')).sort();

/** The options that help prints. */
const printedOptions = (help: string) =>
  [...help.matchAll(/^ {2,6}(?:(-\w), )?(--[a-z-]+(?: [A-Z]+)?)/gm)]
    .flatMap(([, short, long]) => (short ? [short, long] : [long]))
    .sort();

describe('docs/command-line.md', async () => {
  const help = (await run('--help')).stdout;
  const commands = [...help.split('Options:')[0].matchAll(/^ {2}([a-z]+) /gm)].map(([, name]) => name);

  test('has a section for every command, in the order of --help, and for no other', () => {
    const headings = [...text.matchAll(/^## ([a-z]+)$/gm)].map(([, name]) => name);
    expect(headings).toEqual(commands);
    expect(commands.length).toBeGreaterThan(3);
  });

  test('has the options of the program', () => {
    expect(documentedOptions(text.split(/^## /m)[0])).toEqual(printedOptions(help));
  });

  test.each(commands)('has usage and options of %s, and no other', async (command) => {
    const { stdout } = await run(command, '--help');
    const [, usage] = /^Usage: (.*)$/m.exec(stdout)!;
    expect(section(command)).toContain(`\`${usage}\``);
    expect(documentedOptions(section(command))).toEqual(printedOptions(stdout));
    expect(printedOptions(stdout)).toContain('--help');
  });

  test('has the exit codes of --help', () => {
    const [, printed] = /^Exit codes: (.*)$/m.exec(help)!;
    expect([...text.matchAll(/^\| (\d) /gm)].map(([, code]) => code)).toEqual(
      [...printed.matchAll(/(\d) /g)].map(([, code]) => code),
    );
  });

  test('does what it says, and prints what it shows', async () => {
    const steps = blocks(text);
    expect(await follow(steps)).toBe(10);
    expectTags(steps);
  });
});
