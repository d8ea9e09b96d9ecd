import type { Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as kms from 'aws-cdk-lib/aws-kms';
import type * as s3 from 'aws-cdk-lib/aws-s3';
import type { Asset } from 'aws-cdk-lib/aws-s3-assets';
import type * as sqs from 'aws-cdk-lib/aws-sqs';
import {
  imageStatements,
  keyStatements,
  networkStatements,
  objectKeyArns,
  observabilityStatements,
} from '../container-statements';
import type { NetworkAccess } from '../container-statements';
import type { ContainerImage } from '../framework-images';
import type { IModelRegistry } from '../model-registry';
import { listStatement, readStatements } from '../s3-location';
import { SOURCE_EXTENSION } from './source';

/** Log groups of jobs, and the namespaces of their metrics. */
const JOB_LOGS = ['/aws/sagemaker/TrainingJobs', '/aws/sagemaker/ProcessingJobs'];

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
  readonly network?: NetworkAccess;
}

/** What the containers of training and processing jobs may do. */
export function jobStatements(stack: Stack, access: TrainingAccess): iam.PolicyStatement[] {
  return [
    ...readStatements(stack, access.data),
    ...sourceStatements(access.source),
    ...artifactStatements(access),
    ...jobKeyStatements(access),
    ...imageStatements(stack, access.images),
    ...observabilityStatements(stack, JOB_LOGS, JOB_LOGS),
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
  requests?: BaselineRequests,
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
    ...(requests ? requestStatements(requests) : []),
    ...registerStatements(registry),
    ...artifactStatements(access),
    ...jobKeyStatements(access),
    ...imageStatements(stack, access.images),
  ];
}

/** The queue in which the pipeline asks for baselines, and the key of its messages. */
export interface BaselineRequests {
  readonly queue: sqs.IQueue;
  readonly encryptionKey: kms.IKey;
}

function requestStatements({ queue, encryptionKey }: BaselineRequests): iam.PolicyStatement[] {
  return [
    new iam.PolicyStatement({ actions: ['sqs:SendMessage'], resources: [queue.queueArn] }),
    new iam.PolicyStatement({ actions: ['kms:Decrypt', 'kms:GenerateDataKey'], resources: [encryptionKey.keyArn] }),
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

/** Uses the keys: for artifacts and volumes, and to read the data. */
function jobKeyStatements(access: TrainingAccess): iam.PolicyStatement[] {
  const { encryptionKey, artifactBucket, dataEncryptionKey } = access;
  const statements = keyStatements(objectKeyArns(encryptionKey, artifactBucket), encryptionKey);
  if (dataEncryptionKey) {
    statements.push(new iam.PolicyStatement({ actions: ['kms:Decrypt'], resources: [dataEncryptionKey.keyArn] }));
  }
  return statements;
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
      resources: objectKeyArns(access.encryptionKey, access.artifactBucket),
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
