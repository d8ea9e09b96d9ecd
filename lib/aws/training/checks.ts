import { Stack, Token } from 'aws-cdk-lib';
import type * as ec2 from 'aws-cdk-lib/aws-ec2';
import type { Construct } from 'constructs';
import { ConstructError } from '../errors';
import type { IModelRegistry } from '../model-registry';

/** Props of a training pipeline that are no part of the config. */
export interface CheckedProps {
  readonly pipelineName: string;
  readonly registry: IModelRegistry;
  readonly vpc?: ec2.IVpc;
  readonly vpcSubnets?: ec2.SubnetSelection;
  readonly securityGroups?: ec2.ISecurityGroup[];
}

/** What the config's rules do not see. */
export function checkProps(scope: Construct, props: CheckedProps): void {
  const { pipelineName, registry, vpc, vpcSubnets, securityGroups } = props;
  if (!Token.isUnresolved(pipelineName) && !/^[a-zA-Z0-9](-*[a-zA-Z0-9]){0,255}$/.test(pipelineName)) {
    const allowed = '1 to 256 letters, digits and hyphens, with a letter or digit at both ends';
    throw new ConstructError(scope, `pipelineName: got ${JSON.stringify(pipelineName)}, allowed: ${allowed}`);
  }
  if (!vpc && (vpcSubnets || securityGroups)) {
    const given = vpcSubnets ? 'vpcSubnets' : 'securityGroups';
    throw new ConstructError(scope, `${given}: needs vpc, and none was given; pass the VPC, or leave ${given} out`);
  }
  if (securityGroups?.length === 0) {
    throw new ConstructError(
      scope,
      'securityGroups: got an empty list, allowed: one to five; leave it out for a new one',
    );
  }
  const accounts = [registry.env.account, Stack.of(scope).account];
  if (!accounts.some((account) => Token.isUnresolved(account)) && accounts[0] !== accounts[1]) {
    throw new ConstructError(
      scope,
      `registry: is in account ${accounts[0]}, but a pipeline registers in its own, ${accounts[1]}; pass a registry of that account`,
    );
  }
}
