import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { loadConfig } from '../../bin/configs';
import { plan } from '../../lib/plan/plan';
import { run, scratch } from '../bin/harness';
import { expectTags, follow } from './follow';
import { blocks, page } from './pages';

describe('docs/scripts.md', () => {
  const steps = blocks(page('docs/scripts.md'));
  const sample = (tag: string) => JSON.parse(steps.find(({ tags }) => tag in tags)!.text) as Record<string, any>;

  test('does what it says, and prints what it shows', async () => {
    expect(await follow(steps)).toBe(2);
  });

  test('every shell block says whether it runs here or needs a network', () => expectTags(steps));

  test('shows the mlops.json that scripts of init get', async () => {
    const folder = scratch();
    await run('init', folder);
    const { training } = plan(await loadConfig([path.join(folder, 'mlops.yaml')], { level: 1 }));
    expect(sample('mlops.json')).toEqual(training!.contract);
  });

  test('shows an evaluation report in the form that the gate reads', () => {
    expect(sample('evaluation.json').metrics.auc.value).toBeTypeOf('number');
  });
});
