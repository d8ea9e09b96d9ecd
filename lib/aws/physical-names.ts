import { Stack, Token } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { ConstructError } from './errors';

const claimed = new WeakMap<Stack, Set<string>>();

/**
 * Notes a name that has to be unique in an account and region. Two resources of one name in one deployment would be found
 * out only by the deployment.
 *
 * @param what what is named, as its prop is called
 * @throws when the stack, or one nested in it, has a resource of the same kind and name
 */
export function claimName(scope: Construct, what: string, name: string): void {
  if (Token.isUnresolved(name)) return;
  const stack = outermostStack(scope);
  const names = claimed.get(stack) ?? new Set();
  claimed.set(stack, names);
  const key = `${what} ${name.toLowerCase()}`; // some services tell no case apart
  if (names.has(key)) {
    throw new ConstructError(
      scope,
      `${what}: "${name}" stands twice in stack ${stack.stackName}; give each a name of its own`,
    );
  }
  names.add(key);
}

/** Nested stacks are deployed where the stack around them is. */
function outermostStack(scope: Construct): Stack {
  let stack = Stack.of(scope);
  while (stack.nestedStackParent) stack = stack.nestedStackParent;
  return stack;
}
