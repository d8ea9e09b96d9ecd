import type { Stack } from 'aws-cdk-lib';
import { ArnFormat } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as kms from 'aws-cdk-lib/aws-kms';
import type * as s3 from 'aws-cdk-lib/aws-s3';
import type * as sns from 'aws-cdk-lib/aws-sns';
import type * as sqs from 'aws-cdk-lib/aws-sqs';
import { objectKeyArns } from '../container-statements';
import type { CapturedData } from '../endpoint/capture';
import type { IModelRegistry } from '../model-registry';
import { listStatement, readStatements } from '../s3-location';
import { publishStatements } from '../state-machine';
import type { ITrainingPipeline } from '../training-pipeline-base';
import { DOCUMENT_EXTENSION } from './documents';
import { METRIC_NAMESPACE } from './metrics';

/** Where training pipelines leave the baselines of their versions. */
const BASELINES = 'training/*/baseline/profile.json';

/** What the analyzer may reach for one monitor. */
export interface MonitorAccess {
  readonly artifactBucket: s3.IBucket;
  /** Key prefix in the artifact bucket of all that a monitor writes, ending in a slash. */
  readonly prefix: string;
  /** Bucket of the documents that came with the stack. */
  readonly documents: s3.IBucket;
  readonly encryptionKey: kms.IKey;
  /** Key of what is read elsewhere. */
  readonly dataEncryptionKey?: kms.IKey;
  /** What an endpoint of this library captures. */
  readonly captured?: CapturedData;
  /** S3 URIs of what else is read: captured data of other endpoints, labels. */
  readonly locations: readonly string[];
  /** The record that says which model's traffic lies where. */
  readonly deployer?: { readonly endpointName: string; readonly tableArn: string; readonly keyArn: string };
  /** What the baseline takes. */
  readonly baseline: readonly iam.PolicyStatement[];
  readonly retraining?: RetrainingAccess;
  readonly topic?: sns.ITopic;
}

/** A baseline as a monitor takes it. */
export interface BoundBaseline {
  /** S3 URI of the profile; absent where every version has its own. */
  readonly uri?: string;
  readonly statements: iam.PolicyStatement[];
}

/** What the analyzer may reach to start a training. */
export interface RetrainingAccess {
  readonly pipeline: ITrainingPipeline;
  readonly registry: IModelRegistry;
  /** S3 URI of the training data: what is new in it is seen in its listing. */
  readonly trainingData: string;
}

/** What the analyzer may reach for the baselines of one training pipeline. */
export interface BaselineAccess {
  readonly pipelineArn: string;
  readonly artifactBucket: s3.IBucket;
  /** Key prefix in the artifact bucket below which each execution has a folder, ending in a slash. */
  readonly prefix: string;
  readonly documents: s3.IBucket;
  readonly encryptionKey: kms.IKey;
  readonly dataEncryptionKey?: kms.IKey;
  /** S3 URIs of the rows that models are trained on, where no step prepares them. */
  readonly locations: readonly string[];
}

/** What the analyzer's function may do whatever monitors there are. */
export function analyzerStatements(
  resources: Readonly<Record<'tableArn' | 'keyArn' | 'queueArn' | 'stateMachineArn', string>>,
): iam.PolicyStatement[] {
  const allow = (actions: string[], resource: string) => new iam.PolicyStatement({ actions, resources: [resource] });
  return [
    allow(['dynamodb:GetItem', 'dynamodb:PutItem'], resources.tableArn),
    allow(['kms:Decrypt', 'kms:Encrypt', 'kms:GenerateDataKey', 'kms:DescribeKey'], resources.keyArn),
    allow(['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes'], resources.queueArn),
    allow(['states:StartExecution'], resources.stateMachineArn),
    new iam.PolicyStatement({
      actions: ['cloudwatch:PutMetricData'],
      resources: ['*'],
      conditions: { StringEquals: { 'cloudwatch:namespace': METRIC_NAMESPACE } },
    }),
  ];
}

/** What the analyzer's function may do for one monitor. */
export function monitorStatements(stack: Stack, access: MonitorAccess): iam.PolicyStatement[] {
  const { artifactBucket, prefix, captured, locations, deployer, retraining } = access;
  return [
    ...(captured ? capturedStatements(stack, captured) : []),
    ...(locations.length > 0 ? readStatements(stack, [...locations]) : []),
    ...folderStatements(artifactBucket, prefix, { own: `${prefix}*` }),
    documentStatement(access.documents),
    ...keyStatements(access),
    ...(deployer ? recordStatements(deployer) : []),
    ...access.baseline,
    ...(retraining ? retrainingStatements(stack, artifactBucket, retraining) : []),
  ];
}

/** What the analyzer's function may do for the baselines of one training pipeline. */
export function baselineStatements(stack: Stack, access: BaselineAccess): iam.PolicyStatement[] {
  const { artifactBucket, prefix, pipelineArn, locations } = access;
  const [prepared, evaluated, made] = ['preprocess/train', 'evaluate/evaluation', 'baseline'].map(
    (folder) => `${prefix}*/${folder}/*`,
  );
  return [
    ...(locations.length > 0 ? readStatements(stack, [...locations]) : []),
    ...folderStatements(artifactBucket, prefix, { own: made, read: [prepared, evaluated] }),
    documentStatement(access.documents),
    ...keyStatements(access),
    new iam.PolicyStatement({
      actions: ['sagemaker:SendPipelineExecutionStepSuccess', 'sagemaker:SendPipelineExecutionStepFailure'],
      resources: [`${pipelineArn}/execution/*`],
    }),
  ];
}

/** Reads the documents of any version of the stack: a pipeline that began before a deployment ends with those it began with. */
function documentStatement(bucket: s3.IBucket): iam.PolicyStatement {
  const resources = [bucket.arnForObjects(`*${DOCUMENT_EXTENSION}`)];
  return new iam.PolicyStatement({ actions: ['s3:GetObject'], resources });
}

/** Describes versions, and reads the baselines beside them. */
export function versionBaselineStatements(registry: IModelRegistry, artifactBucket: s3.IBucket): iam.PolicyStatement[] {
  return [
    new iam.PolicyStatement({
      actions: ['sagemaker:DescribeModelPackage'],
      resources: [registry.modelPackageArnPattern],
    }),
    new iam.PolicyStatement({ actions: ['s3:GetObject'], resources: [artifactBucket.arnForObjects(BASELINES)] }),
  ];
}

/** Reads what an endpoint captures. */
function capturedStatements(stack: Stack, { location, place, encryptionKey }: CapturedData): iam.PolicyStatement[] {
  if (!place) return [...readStatements(stack, [location]), decrypt(encryptionKey.keyArn)];
  const { bucket, folder } = place;
  return [
    new iam.PolicyStatement({ actions: ['s3:GetObject'], resources: [bucket.arnForObjects(`${folder}/*`)] }),
    listFolder(bucket, `${folder}/`),
    decrypt(...objectKeyArns(encryptionKey, bucket)),
  ];
}

const decrypt = (...keyArns: string[]) => new iam.PolicyStatement({ actions: ['kms:Decrypt'], resources: keyArns });

/** Works in folders of the artifact bucket, and reads in others. */
function folderStatements(
  bucket: s3.IBucket,
  prefix: string,
  folders: { readonly own: string; readonly read?: readonly string[] },
): iam.PolicyStatement[] {
  const read = (folders.read ?? []).map((pattern) => bucket.arnForObjects(pattern));
  return [
    new iam.PolicyStatement({
      actions: ['s3:GetObject', 's3:PutObject'],
      resources: [bucket.arnForObjects(folders.own)],
    }),
    ...(read.length > 0 ? [new iam.PolicyStatement({ actions: ['s3:GetObject'], resources: read })] : []),
    // Without the right to list, S3 says of a missing object that access is denied; a request for one has no prefix.
    listFolder(bucket, prefix, 'StringLikeIfExists'),
  ];
}

function listFolder(bucket: s3.IBucket, prefix: string, operator = 'StringLike'): iam.PolicyStatement {
  return new iam.PolicyStatement({
    actions: ['s3:ListBucket'],
    resources: [bucket.bucketArn],
    conditions: { [operator]: { 's3:prefix': `${prefix}*` } },
  });
}

type Keys = Pick<MonitorAccess, 'encryptionKey' | 'artifactBucket' | 'dataEncryptionKey'>;

function keyStatements({ encryptionKey, artifactBucket, dataEncryptionKey }: Keys): iam.PolicyStatement[] {
  const own = new iam.PolicyStatement({
    actions: ['kms:Decrypt', 'kms:GenerateDataKey'],
    resources: objectKeyArns(encryptionKey, artifactBucket),
  });
  if (!dataEncryptionKey) return [own];
  return [own, decrypt(dataEncryptionKey.keyArn)];
}

/** Reads the deployer's record of one endpoint. */
function recordStatements({
  endpointName,
  tableArn,
  keyArn,
}: NonNullable<MonitorAccess['deployer']>): iam.PolicyStatement[] {
  return [
    new iam.PolicyStatement({
      actions: ['dynamodb:GetItem'],
      resources: [tableArn],
      conditions: { 'ForAllValues:StringEquals': { 'dynamodb:LeadingKeys': [endpointName] } },
    }),
    decrypt(keyArn),
  ];
}

/** Starts a training pipeline unless it runs, and looks at what its last versions were trained on. */
function retrainingStatements(
  stack: Stack,
  artifactBucket: s3.IBucket,
  { pipeline, registry, trainingData }: RetrainingAccess,
): iam.PolicyStatement[] {
  const { pipelineArn, pipelineName } = pipeline;
  return [
    listStatement(stack, trainingData),
    new iam.PolicyStatement({
      actions: ['sagemaker:StartPipelineExecution', 'sagemaker:ListPipelineExecutions'],
      resources: [pipelineArn],
    }),
    new iam.PolicyStatement({
      actions: ['sagemaker:DescribeModelPackage', 'sagemaker:ListModelPackages'],
      resources: [registry.modelPackageArnPattern],
    }),
    new iam.PolicyStatement({
      actions: ['s3:GetObject'],
      resources: [artifactBucket.arnForObjects(`training/${pipelineName}/manifests/*`)],
    }),
  ];
}

/** What the state machine may do whatever monitors there are: put events, and have batches worked through by children of its own. */
export function mapStatements(
  stack: Stack,
  { stateMachineArn, executionArns }: Readonly<Record<'stateMachineArn' | 'executionArns', string>>,
): iam.PolicyStatement[] {
  const bus = stack.formatArn({ service: 'events', resource: 'event-bus', resourceName: 'default' });
  return [
    new iam.PolicyStatement({ actions: ['events:PutEvents'], resources: [bus] }),
    new iam.PolicyStatement({ actions: ['states:StartExecution'], resources: [stateMachineArn] }),
    new iam.PolicyStatement({
      actions: ['states:DescribeExecution', 'states:StopExecution'],
      resources: [executionArns],
    }),
  ];
}

/** What the state machine may do for one monitor or pipeline: list the batches of its runs, and tell its topic. */
export function runStatements({
  artifactBucket,
  prefix,
  topic,
}: Pick<MonitorAccess, 'artifactBucket' | 'prefix' | 'topic'>): iam.PolicyStatement[] {
  return [listFolder(artifactBucket, prefix), ...publishStatements(topic)];
}

/** Lets rules of this account and region leave what they could not start. */
export function missedRunsStatement(stack: Stack, queue: sqs.IQueue): iam.PolicyStatement {
  const rules = stack.formatArn({ service: 'events', resource: 'rule', resourceName: '*' });
  return new iam.PolicyStatement({
    principals: [new iam.ServicePrincipal('events.amazonaws.com')],
    actions: ['sqs:SendMessage'],
    resources: [queue.queueArn],
    conditions: { ArnLike: { 'aws:SourceArn': rules } },
  });
}

/** ARNs of a machine and its executions by its name; those of children are called `<name>/<map>`. Names end in the stack's id. */
export function machineArns(
  stack: Stack,
  name: string,
): { readonly stateMachineArn: string; readonly executionArns: string } {
  const arn = (resource: string, resourceName: string) =>
    stack.formatArn({ service: 'states', resource, resourceName, arnFormat: ArnFormat.COLON_RESOURCE_NAME });
  return { stateMachineArn: arn('stateMachine', name), executionArns: arn('execution', `${name}*`) };
}
