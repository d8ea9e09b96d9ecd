import type { Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as kms from 'aws-cdk-lib/aws-kms';
import type * as s3 from 'aws-cdk-lib/aws-s3';
import type { NetworkAccess } from '../container-statements';
import {
  imageStatements,
  keyStatements,
  networkStatements,
  objectKeyArns,
  observabilityStatements,
} from '../container-statements';
import type { ContainerImage } from '../framework-images';
import { bucketArnOf, objectsArnOf, readStatements } from '../s3-location';

/** What a model's containers may reach. */
export interface ModelAccess {
  readonly endpointName: string;
  readonly artifactBucket: s3.IBucket;
  readonly encryptionKey: kms.IKey;
  /** Folders of the artifact bucket, each ending in a slash, that are read and written. */
  readonly folders: string[];
  /** S3 URI of what is predicted in batches. */
  readonly input?: string;
  /** S3 URI of answers, where they go elsewhere. */
  readonly output?: string;
  readonly image?: ContainerImage;
  readonly network?: NetworkAccess;
}

/** Where training pipelines leave their models in the artifact bucket. */
const MODELS = 'training/';

const METRICS = ['/aws/sagemaker/Endpoints', '/aws/sagemaker/TransformJobs'];

/** What the containers of a model may do: read it, answer, and write down what was asked and answered. */
export function modelStatements(stack: Stack, access: ModelAccess): iam.PolicyStatement[] {
  const { artifactBucket, encryptionKey, endpointName, input, output, image, network } = access;
  const logGroups = [`/aws/sagemaker/Endpoints/${endpointName}`, '/aws/sagemaker/TransformJobs'];
  return [
    ...artifactStatements(access),
    ...(input === undefined ? [] : readStatements(stack, [input])),
    ...(output === undefined ? [] : outputStatements(stack, output)),
    ...keyStatements(objectKeyArns(encryptionKey, artifactBucket), encryptionKey),
    ...(image ? imageStatements(stack, [image]) : []),
    ...observabilityStatements(stack, logGroups, METRICS),
    ...(network ? networkStatements(stack, network) : []),
  ];
}

const WRITE = ['s3:PutObject', 's3:AbortMultipartUpload'];

/** Reads models, and works in the endpoint's own folders of the artifact bucket. */
function artifactStatements({ artifactBucket, folders }: ModelAccess): iam.PolicyStatement[] {
  const objects = (folder: string) => artifactBucket.arnForObjects(`${folder}*`);
  const read = [MODELS, ...folders];
  return [
    new iam.PolicyStatement({ actions: ['s3:GetObject'], resources: read.map(objects) }),
    new iam.PolicyStatement({
      actions: ['s3:ListBucket'],
      resources: [artifactBucket.bucketArn],
      conditions: { StringLike: { 's3:prefix': read.map((folder) => `${folder}*`) } },
    }),
    new iam.PolicyStatement({ actions: ['s3:GetBucketLocation'], resources: [artifactBucket.bucketArn] }),
    ...(folders.length > 0 ? [new iam.PolicyStatement({ actions: WRITE, resources: folders.map(objects) })] : []),
  ];
}

function outputStatements(stack: Stack, uri: string): iam.PolicyStatement[] {
  return [
    new iam.PolicyStatement({ actions: WRITE, resources: [objectsArnOf(stack, uri)] }),
    new iam.PolicyStatement({ actions: ['s3:GetBucketLocation'], resources: [bucketArnOf(stack, uri)] }),
  ];
}
