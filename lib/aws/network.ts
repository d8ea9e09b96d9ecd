import * as ec2 from 'aws-cdk-lib/aws-ec2';
import type { Construct } from 'constructs';
import { ConstructError } from './errors';

/** Where something runs. */
export interface NetworkProps {
  readonly vpc?: ec2.IVpc;
  readonly vpcSubnets?: ec2.SubnetSelection;
  readonly securityGroups?: ec2.ISecurityGroup[];
}

/** Network that code runs in. */
export interface Network {
  readonly vpc: ec2.IVpc;
  readonly subnets?: ec2.SubnetSelection;
  readonly securityGroups: ec2.ISecurityGroup[];
}

/** The network of a construct, if any: without security groups of the user's with a new one, as `SecurityGroup` in the scope. */
export function networkOf(scope: Construct, props: NetworkProps, description: string): Network | undefined {
  const { vpc, vpcSubnets: subnets, securityGroups } = props;
  if (!vpc) return undefined;
  const groups = securityGroups ?? [new ec2.SecurityGroup(scope, 'SecurityGroup', { vpc, description })];
  return { vpc, subnets, securityGroups: groups };
}

/** Ids of the chosen subnets. */
export const subnetIds = ({ vpc, subnets }: Network): string[] => vpc.selectSubnets(subnets).subnetIds;

/** A network as SageMaker's requests name it. */
export function vpcConfig(network: Network): { readonly Subnets: string[]; readonly SecurityGroupIds: string[] } {
  return {
    Subnets: subnetIds(network),
    SecurityGroupIds: network.securityGroups.map(({ securityGroupId }) => securityGroupId),
  };
}

/** Refuses parts of a network without the network, and no security group at all. */
export function checkNetwork(scope: Construct, { vpc, vpcSubnets, securityGroups }: NetworkProps): void {
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
}
