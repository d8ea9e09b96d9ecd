/** What SageMaker's containers may do, whether they train, evaluate or serve. */
import type { Stack } from 'aws-cdk-lib';
import { ArnFormat } from 'aws-cdk-lib';
import type * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as kms from 'aws-cdk-lib/aws-kms';
import type * as s3 from 'aws-cdk-lib/aws-s3';
import type { ContainerImage } from './framework-images';

/** Subnets and security groups of machines in a VPC. */
export interface NetworkAccess {
  readonly subnets: string[];
  readonly securityGroups: ec2.ISecurityGroup[];
}

/** Uses keys for objects, and one through grants for the volumes of machines. */
export function keyStatements(objectKeyArns: string[], volumeKey: kms.IKey): iam.PolicyStatement[] {
  return [
    new iam.PolicyStatement({
      actions: ['kms:Decrypt', 'kms:GenerateDataKey', 'kms:DescribeKey'],
      resources: objectKeyArns,
    }),
    new iam.PolicyStatement({
      actions: ['kms:CreateGrant'],
      resources: [volumeKey.keyArn],
      conditions: { Bool: { 'kms:GrantIsForAWSResource': 'true' } },
    }),
  ];
}

/** The keys of objects in a bucket: what a request does not name is encrypted with the bucket's own key. */
export function objectKeyArns(encryptionKey: kms.IKey, bucket: s3.IBucket): string[] {
  return [...new Set([encryptionKey.keyArn, bucket.encryptionKey?.keyArn ?? encryptionKey.keyArn])];
}

/** Pulls images. The registry's token takes no resource. */
export function imageStatements(stack: Stack, images: ContainerImage[]): iam.PolicyStatement[] {
  // Two tokens of one repository are told to be equal only once they are resolved.
  const repositories = new Map(
    images.map(({ repositoryArn }) => [JSON.stringify(stack.resolve(repositoryArn)), repositoryArn]),
  );
  return [
    new iam.PolicyStatement({ actions: ['ecr:GetAuthorizationToken'], resources: ['*'] }),
    new iam.PolicyStatement({
      actions: ['ecr:BatchCheckLayerAvailability', 'ecr:BatchGetImage', 'ecr:GetDownloadUrlForLayer'],
      resources: [...repositories.values()],
    }),
  ];
}

/** Writes logs and metrics where SageMaker's machines write them. */
export function observabilityStatements(
  stack: Stack,
  logGroupNames: string[],
  namespaces: string[],
): iam.PolicyStatement[] {
  const logGroups = logGroupNames.map((name) =>
    stack.formatArn({
      service: 'logs',
      resource: 'log-group',
      resourceName: `${name}:*`,
      arnFormat: ArnFormat.COLON_RESOURCE_NAME,
    }),
  );
  return [
    new iam.PolicyStatement({
      actions: ['logs:CreateLogGroup', 'logs:CreateLogStream', 'logs:DescribeLogStreams', 'logs:PutLogEvents'],
      resources: logGroups,
    }),
    new iam.PolicyStatement({
      actions: ['cloudwatch:PutMetricData'],
      resources: ['*'],
      conditions: { StringEquals: { 'cloudwatch:namespace': namespaces } },
    }),
  ];
}

/** Attaches machines to a VPC. Describing networks takes no resource. */
export function networkStatements(stack: Stack, network: NetworkAccess): iam.PolicyStatement[] {
  const ec2Arn = (resource: string, resourceName: string) =>
    stack.formatArn({ service: 'ec2', resource, resourceName });
  return [
    new iam.PolicyStatement({
      actions: ['ec2:CreateNetworkInterface'],
      resources: [
        ec2Arn('network-interface', '*'),
        ...network.subnets.map((subnet) => ec2Arn('subnet', subnet)),
        ...network.securityGroups.map((group) => ec2Arn('security-group', group.securityGroupId)),
      ],
    }),
    new iam.PolicyStatement({
      actions: [
        'ec2:CreateNetworkInterfacePermission',
        'ec2:DeleteNetworkInterface',
        'ec2:DeleteNetworkInterfacePermission',
      ],
      resources: [ec2Arn('network-interface', '*')],
    }),
    new iam.PolicyStatement({
      actions: [
        'ec2:DescribeDhcpOptions',
        'ec2:DescribeNetworkInterfaces',
        'ec2:DescribeSecurityGroups',
        'ec2:DescribeSubnets',
        'ec2:DescribeVpcs',
      ],
      resources: ['*'],
    }),
  ];
}
