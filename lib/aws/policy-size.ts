import { Stack } from 'aws-cdk-lib';
import type * as iam from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';
import type { InlineRole } from './inline-role';

/** Characters that the policies inside a role may have together, white space apart. */
export const MOST_CHARACTERS = 10_240;

/** Characters of what only the deployment knows, at the most that is usual. */
const LENGTHS: Readonly<Record<string, number>> = {
  'AWS::Partition': 3, // aws
  'AWS::Region': 14, // ap-southeast-2
  'AWS::AccountId': 12,
  'AWS::StackId': 36,
};
const ARN_LENGTH = 95;

/** Refuses a role that would hold more than it may, once everything that works with it has its rights. */
export function limitRights(
  scope: Construct,
  role: InlineRole,
  of: () => { readonly what: string; readonly wayOut: string },
): void {
  scope.node.addValidation({
    validate: () => {
      const size = policySize(Stack.of(scope), role.rights);
      const { what, wayOut } = of();
      if (size <= MOST_CHARACTERS) return [];
      return [`the rights of ${what} take about ${size} characters, allowed: ${MOST_CHARACTERS}; ${wayOut}`];
    },
  });
}

/** Characters that a policy will have when it is deployed, estimated from above. */
export function policySize(stack: Stack, policy: iam.PolicyDocument): number {
  return JSON.stringify(expand(stack.resolve(policy))).length;
}

/** The value with texts of a likely length in the place of references. */
function expand(value: any): any {
  if (Array.isArray(value)) return value.map(expand);
  if (typeof value !== 'object' || value === null) return value;
  const [key, argument] = Object.entries<any>(value)[0] ?? ['', undefined];
  if (key === 'Ref') return 'x'.repeat(LENGTHS[argument] ?? ARN_LENGTH);
  if (key === 'Fn::Join') return argument[1].map(expand).join(argument[0]);
  if (key === 'Fn::Select' && JSON.stringify(argument).includes('AWS::StackId')) return 'x'.repeat(36);
  if (key.startsWith('Fn::')) return 'x'.repeat(ARN_LENGTH);
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, expand(item)]));
}
