import { expect, test } from 'vitest';
import { RULES } from '../../../lib/google/diff/rules';
import { diffStacks } from '../../../lib/google/stack-diff';
import plans from '../facts/plans.json';

/** Updates that the provider itself planned: tools/generate-provider-plans.mjs. */
interface Planned {
  readonly type: string;
  readonly before: Record<string, unknown>;
  readonly after: Record<string, unknown>;
  /** The arguments that make a major version of the provider replace the resource. */
  readonly replaced: Readonly<Record<string, readonly string[]>>;
}

const updates = plans as unknown as Planned[];
const stack = (type: string, block: object) => ({ S: { resource: { [type]: { it: block } } } });
const changeOf = ({ type, before, after }: Planned) => diffStacks(stack(type, before), stack(type, after))[0];
const isReplaced = ({ replaced }: Planned) => Object.values(replaced).flat().length > 0;

test('whatever a version of the provider replaces is said to be replaced, or perhaps', () => {
  const replaced = updates.filter(isReplaced);
  expect(replaced.length).toBeGreaterThan(50);
  const missed = replaced.filter((update) => !['replaced', 'mayBeReplaced'].includes(changeOf(update)?.kind));
  expect(missed).toEqual([]);
});

test('whatever the provider updates in place is not said to be replaced', () => {
  const updated = updates.filter((update) => !isReplaced(update));
  expect(updated.length).toBeGreaterThan(100);
  const byRule = ({ type }: Planned, path: string) =>
    RULES.some((rule) => rule.type === type && path.startsWith(rule.argument));
  const wrong = updated.filter((update) =>
    changeOf(update)?.causes.some(({ path, replaces }) => replaces === 'yes' && !byRule(update, path)),
  );
  expect(wrong).toEqual([]);
});
