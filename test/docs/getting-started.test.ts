import { describe, expect, test } from 'vitest';
import { expectTags, follow } from './follow';
import { blocks, page } from './pages';

describe('docs/getting-started.md', () => {
  const steps = blocks(page('docs/getting-started.md'));

  test('does what it says, and prints what it shows', async () => {
    expect(await follow(steps)).toBeGreaterThan(6);
  });

  test('every shell block says whether it runs here or needs a network', () => expectTags(steps));
});
