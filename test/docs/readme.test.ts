import { describe, expect, test } from 'vitest';
import { CAPABILITIES, FIRST_LEVEL } from '../../lib/plan/levels';
import { run } from '../bin/harness';
import { page } from './pages';

const text = page('README.md');

describe('the levels of README.md', () => {
  const rows = new Map(
    [...text.matchAll(/^\| (.*\w.*) \|$/gm)]
      .map(([, row]) => row.split('|').map((cell) => cell.trim()))
      .map(([name, ...cells]) => [/^`(\w+)`/.exec(name)?.[1], cells] as const),
  );

  test.each(CAPABILITIES)('%s: from which level it is on', (name) => {
    const cells = rows.get(name)!;
    expect(cells.map((cell) => cell === 'x')).toEqual([0, 1, 2].map((level) => level >= FIRST_LEVEL[name]));
  });
});

test('README.md shows commands that exist', async () => {
  const { stdout } = await run('--help');
  const commands = [...stdout.split('Options:')[0].matchAll(/^ {2}([a-z]+) /gm)].map(([, name]) => name);
  const shown = [...text.matchAll(/^npx cdk-mlops (\w+)/gm)].map(([, name]) => name);
  expect(shown.length).toBeGreaterThan(4);
  expect(shown.filter((name) => !commands.includes(name))).toEqual([]);
});
