import { Stack, Validations } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';

/**
 * Says why a policy of `construct` names resources with a wildcard. cdk-nag reports each resource as a finding of its own,
 * named by what the template says, and only these are acknowledged.
 */
export function acknowledgeWildcards(construct: IConstruct, reason: string, resources: string[]): void {
  construct.node.addValidation({
    // Validation comes after references between stacks are settled and before rule packs run: only then the names stand.
    validate: () => {
      const names = resources.map((resource) => flatten(Stack.of(construct).resolve(resource)));
      for (const finding of names.filter((name) => name.includes('*'))) {
        Validations.of(construct).acknowledge({ id: `AwsSolutions-IAM5[Resource::${finding}]`, reason });
      }
      return [];
    },
  });
}

/** Says why the policies of a role stand in the role. */
export function acknowledgeInlinePolicies(role: IConstruct): void {
  Validations.of(role).acknowledge({
    id: 'NIST.800.53.R5-IAMNoInlinePolicy',
    reason: 'These rights belong to this role alone and go with it; a managed policy could be attached elsewhere.',
  });
}

/** A resolved value as cdk-nag writes it. */
function flatten(value: any): string {
  if (typeof value === 'string') {
    return value;
  }
  if (value['Fn::Join']) {
    const [delimiter, items] = value['Fn::Join'];
    return items.map(flatten).join(delimiter);
  }
  if (value['Fn::GetAtt']) {
    return `<${value['Fn::GetAtt'].join('.')}>`;
  }
  if (typeof value['Fn::Sub'] === 'string') {
    return value['Fn::Sub'].replace(/\$\{([^}]+)\}/g, '<$1>');
  }
  if (value['Fn::ImportValue']) {
    return flatten(value['Fn::ImportValue']);
  }
  return value.Ref ? `<${value.Ref}>` : JSON.stringify(value);
}
