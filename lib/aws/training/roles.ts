import type { Stack } from 'aws-cdk-lib';
import { ArnFormat } from 'aws-cdk-lib';
import type * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as kms from 'aws-cdk-lib/aws-kms';
import type * as s3 from 'aws-cdk-lib/aws-s3';
import type { Asset } from 'aws-cdk-lib/aws-s3-assets';
import type * as sqs from 'aws-cdk-lib/aws-sqs';
import type { ContainerImage } from '../framework-images';
import type { IModelRegistry } from '../model-registry';
import { listStatement, readStatements } from '../s3-location';
import { SOURCE_EXTENSION } from './source';

/** What the training pipeline's roles may reach. */
export interface TrainingAccess {
  /** S3 URIs of the data. */
  readonly data: string[];
  readonly dataEncryptionKey?: kms.IKey;
  readonly artifactBucket: s3.IBucket;
  /** Key prefix of everything that executions write. */
  readonly artifactPrefix: string;
  readonly encryptionKey: kms.IKey;
  /** The source archive. */
  readonly source: Asset;
  readonly images: ContainerImage[];
  readonly network?: { readonly subnets: string[]; readonly securityGroups: ec2.ISecurityGroup[] };
}

/** What the containers of training and processing jobs may do. */
export function jobStatements(stack: Stack, access: TrainingAccess): iam.PolicyStatement[] {
  return [
    ...readStatements(stack, access.data),
    ...sourceStatements(access.source),
    ...artifactStatements(access),
    ...keyStatements(access),
    ...imageStatements(stack, access.images),
    ...observabilityStatements(stack),
    ...(access.network ? networkStatements(stack, access.network) : []),
  ];
}

/** What the pipeline itself may do: start the jobs, look at their results, register the model. */
export function pipelineStatements(
  stack: Stack,
  access: TrainingAccess,
  jobRole: iam.IRole,
  registry: IModelRegistry,
  functionArns: string[],
): iam.PolicyStatement[] {
  const jobs = ['training-job', 'processing-job'].map((resource) =>
    stack.formatArn({ service: 'sagemaker', resource, resourceName: 'pipelines-*' }),
  );
  return [
    new iam.PolicyStatement({
      actions: [
        'sagemaker:CreateTrainingJob',
        'sagemaker:DescribeTrainingJob',
        'sagemaker:StopTrainingJob',
        'sagemaker:CreateProcessingJob',
        'sagemaker:DescribeProcessingJob',
        'sagemaker:StopProcessingJob',
        'sagemaker:AddTags',
      ],
      resources: jobs,
    }),
    new iam.PolicyStatement({
      actions: ['iam:PassRole'],
      resources: [jobRole.roleArn],
      conditions: { StringEquals: { 'iam:PassedToService': 'sagemaker.amazonaws.com' } },
    }),
    new iam.PolicyStatement({ actions: ['lambda:InvokeFunction'], resources: functionArns }),
    ...registerStatements(registry),
    ...artifactStatements(access),
    ...keyStatements(access),
    ...imageStatements(stack, access.images),
  ];
}

/** Registers versions in one model package group, as pending only: training does not approve by this right. */
function registerStatements(registry: IModelRegistry): iam.PolicyStatement[] {
  const resources = [registry.modelPackageGroupArn, registry.modelPackageArnPattern];
  return [
    new iam.PolicyStatement({
      actions: ['sagemaker:CreateModelPackage'],
      resources,
      conditions: { StringEqualsIfExists: { 'sagemaker:ModelApprovalStatus': 'PendingManualApproval' } },
    }),
    new iam.PolicyStatement({ actions: ['sagemaker:DescribeModelPackage', 'sagemaker:AddTags'], resources }),
  ];
}

/** Reads and writes what executions leave in the artifact bucket. */
function artifactStatements(access: TrainingAccess): iam.PolicyStatement[] {
  const { artifactBucket, artifactPrefix } = access;
  return [
    new iam.PolicyStatement({
      actions: ['s3:GetObject', 's3:PutObject', 's3:AbortMultipartUpload'],
      resources: [artifactBucket.arnForObjects(`${artifactPrefix}*`)],
    }),
    new iam.PolicyStatement({
      actions: ['s3:ListBucket'],
      resources: [artifactBucket.bucketArn],
      conditions: { StringLike: { 's3:prefix': `${artifactPrefix}*` } },
    }),
    new iam.PolicyStatement({ actions: ['s3:GetBucketLocation'], resources: [artifactBucket.bucketArn] }),
  ];
}

/** Uses the keys: for objects, and through grants for the volumes of the jobs' machines. */
function keyStatements(access: TrainingAccess): iam.PolicyStatement[] {
  const { encryptionKey, dataEncryptionKey } = access;
  const statements = [
    new iam.PolicyStatement({
      actions: ['kms:Decrypt', 'kms:GenerateDataKey', 'kms:DescribeKey'],
      resources: objectKeyArns(access),
    }),
    new iam.PolicyStatement({
      actions: ['kms:CreateGrant'],
      resources: [encryptionKey.keyArn],
      conditions: { Bool: { 'kms:GrantIsForAWSResource': 'true' } },
    }),
  ];
  if (dataEncryptionKey) {
    statements.push(new iam.PolicyStatement({ actions: ['kms:Decrypt'], resources: [dataEncryptionKey.keyArn] }));
  }
  return statements;
}

/** The keys of objects in the artifact bucket: what a request does not name is encrypted with the bucket's own key. */
function objectKeyArns({ encryptionKey, artifactBucket }: TrainingAccess): string[] {
  return [...new Set([encryptionKey.keyArn, artifactBucket.encryptionKey?.keyArn ?? encryptionKey.keyArn])];
}

/** Pulls the images. The registry's token takes no resource. */
function imageStatements(stack: Stack, images: ContainerImage[]): iam.PolicyStatement[] {
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

/**
 * Reads training sources, and nothing else of the bucket that CDK keeps assets in. Any version of them: an execution that
 * runs while a deployment brings new scripts goes on with those it started with.
 */
function sourceStatements(source: Asset): iam.PolicyStatement[] {
  return [
    new iam.PolicyStatement({
      actions: ['s3:GetObject'],
      resources: [source.bucket.arnForObjects(`*${SOURCE_EXTENSION}`)],
    }),
    new iam.PolicyStatement({
      actions: ['s3:ListBucket'],
      resources: [source.bucket.bucketArn],
      conditions: { StringLike: { 's3:prefix': `*${SOURCE_EXTENSION}` } },
    }),
  ];
}

/** Writes logs and metrics where SageMaker's jobs write them. */
function observabilityStatements(stack: Stack): iam.PolicyStatement[] {
  const names = ['/aws/sagemaker/TrainingJobs', '/aws/sagemaker/ProcessingJobs'];
  const logGroups = names.map((name) =>
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
      conditions: { StringEquals: { 'cloudwatch:namespace': names } },
    }),
  ];
}

/** Attaches the jobs' machines to the VPC. Describing networks takes no resource. */
function networkStatements(stack: Stack, network: NonNullable<TrainingAccess['network']>): iam.PolicyStatement[] {
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

/** What the data manifest function may do: list the data, write manifests. */
export function dataManifestStatements(stack: Stack, access: TrainingAccess): iam.PolicyStatement[] {
  return [
    ...access.data.map((uri) => listStatement(stack, uri)),
    new iam.PolicyStatement({
      actions: ['s3:PutObject', 's3:AbortMultipartUpload'],
      resources: [access.artifactBucket.arnForObjects(`${access.artifactPrefix}manifests/*`)],
    }),
    new iam.PolicyStatement({
      actions: ['kms:Decrypt', 'kms:GenerateDataKey'],
      resources: objectKeyArns(access),
    }),
  ];
}

/** What the approving function may do. */
export function approveStatements(registry: IModelRegistry): iam.PolicyStatement[] {
  return [
    new iam.PolicyStatement({
      actions: ['sagemaker:DescribeModelPackage', 'sagemaker:UpdateModelPackage'],
      resources: [registry.modelPackageArnPattern],
    }),
  ];
}

/** What the scheduler may do: start the pipeline, and leave a message when it cannot. */
export function scheduleStatements(pipelineArn: string, missed: sqs.IQueue, key: kms.IKey): iam.PolicyStatement[] {
  return [
    new iam.PolicyStatement({ actions: ['sagemaker:StartPipelineExecution'], resources: [pipelineArn] }),
    new iam.PolicyStatement({ actions: ['sqs:SendMessage'], resources: [missed.queueArn] }),
    new iam.PolicyStatement({ actions: ['kms:Decrypt', 'kms:GenerateDataKey'], resources: [key.keyArn] }),
  ];
}
