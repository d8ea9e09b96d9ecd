import { describe, expect, test } from 'vitest';
import { CAPABILITIES, FIRST_LEVEL } from '../../lib/plan/levels';
import { NOT_YET_BUILT } from '../../lib/plan/not-yet-built';
import { run } from '../bin/harness';
import { page } from './pages';

const text = page('README.md');

describe('the levels of README.md', () => {
  const rows = new Map(
    [...text.matchAll(/^\| (.*\w.*) \|$/gm)]
      .map(([, row]) => row.split('|').map((cell) => cell.trim()))
      .map(([name, ...cells]) => [/^`(\w+)`/.exec(name)?.[1], cells] as const),
  );

  test.each(CAPABILITIES)('%s: from which level it is on, and where it is built', (name) => {
    const [zero, one, two, onAws, onGoogle] = rows.get(name)!;
    expect([zero, one, two].map((cell) => cell === 'x')).toEqual([0, 1, 2].map((level) => level >= FIRST_LEVEL[name]));
    const built = (cloud: 'aws' | 'google') => !NOT_YET_BUILT[cloud].includes(name);
    expect(onAws).toBe(built('aws') ? 'yes' : 'not yet');
    const partly = name === 'operationalAlarms' ? 'of training' : 'yes';
    expect(onGoogle).toBe(built('google') ? partly : 'not yet');
  });
});

test('README.md shows commands that exist', async () => {
  const { stdout } = await run('--help');
  const commands = [...stdout.split('Options:')[0].matchAll(/^ {2}([a-z]+) /gm)].map(([, name]) => name);
  const shown = [...text.matchAll(/^npx cdk-mlops (\w+)/gm)].map(([, name]) => name);
  expect(shown.length).toBeGreaterThan(4);
  expect(shown.filter((name) => !commands.includes(name))).toEqual([]);
});
