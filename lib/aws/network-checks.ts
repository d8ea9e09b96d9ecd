import type * as ec2 from 'aws-cdk-lib/aws-ec2';
import type { Construct } from 'constructs';
import { ConstructError } from './errors';

/** Where something runs. */
export interface NetworkProps {
  readonly vpc?: ec2.IVpc;
  readonly vpcSubnets?: ec2.SubnetSelection;
  readonly securityGroups?: ec2.ISecurityGroup[];
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
