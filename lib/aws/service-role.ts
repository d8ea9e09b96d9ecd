import * as iam from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';
import { acknowledgeStatements } from './wildcard-reasons';

export interface ServiceRoleProps {
  readonly assumedBy: iam.IPrincipal;
  readonly description?: string;
  readonly policyName: string;
  readonly statements: iam.PolicyStatement[];
}

/** A role with its rights inside it: they exist as soon as the role does, so nothing runs before they are attached. */
export function serviceRole(scope: Construct, id: string, props: ServiceRoleProps): iam.Role {
  const { assumedBy, description, policyName, statements } = props;
  const role = new iam.Role(scope, id, {
    assumedBy,
    description,
    inlinePolicies: { [policyName]: new iam.PolicyDocument({ statements }) },
  });
  acknowledgeStatements(role, statements);
  return role;
}
