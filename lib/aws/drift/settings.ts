/** What the analyzer is told of a monitor, and what it may reach for it. */
import { Token } from 'aws-cdk-lib';
import type * as kms from 'aws-cdk-lib/aws-kms';
import type * as s3 from 'aws-cdk-lib/aws-s3';
import type { Asset } from 'aws-cdk-lib/aws-s3-assets';
import type * as sns from 'aws-cdk-lib/aws-sns';
import type { ServingMode } from '../../config/serving';
import type { MonitorSettings } from '../../runtime/drift-contract';
import type { ModelEndpoint } from '../model-endpoint';
import type { BoundBaseline, MonitorAccess, RetrainingAccess } from './roles';

/** A monitor, as far as both need it. */
export interface Watched {
  readonly monitorName: string;
  readonly endpoint?: ModelEndpoint;
  /** Of an endpoint that something else deploys. */
  readonly captureLocation?: string;
  readonly captureMode?: ServingMode;
  /** `MonitorRules` as a document. */
  readonly rules: Asset;
  readonly baseline: BoundBaseline;
  /** S3 URI of the labels, where quality is watched. */
  readonly groundTruth?: string;
  readonly retraining?: RetrainingAccess;
  readonly artifactBucket: s3.IBucket;
  /** S3 URI of the folder in it. */
  readonly output: string;
  readonly encryptionKey: kms.IKey;
  readonly dataEncryptionKey?: kms.IKey;
  readonly topic?: sns.ITopic;
}

/** Folder of the artifact bucket in which a monitor's counts and reports lie. */
export const reportFolder = (monitorName: string): string => `drift/${monitorName}`;

/** Below it, the folder of what runs pass on from step to step. */
export const runFolder = (monitorName: string): string => `${reportFolder(monitorName)}/runs/`;

/** Input of the analyzer: what is watched, and where. */
export function monitorSettings(watched: Watched): MonitorSettings {
  const { endpoint, captureLocation, captureMode, rules, baseline, groundTruth, retraining, topic } = watched;
  return {
    name: watched.monitorName,
    rules: rules.s3ObjectUrl,
    output: watched.output,
    captured: {
      location: withoutSlash(endpoint?._captured?.location ?? captureLocation!),
      mode: (endpoint?.mode ?? captureMode ?? 'realtime') as MonitorSettings['captured']['mode'], // serverless captures nothing
      deployer: endpoint && { endpoint: endpoint.endpointName, table: endpoint.deployer.table.tableName },
    },
    baseline: baseline.uri,
    groundTruth: groundTruth === undefined ? undefined : withoutSlash(groundTruth),
    encryptionKeyArn: watched.encryptionKey.keyArn,
    topicArn: topic?.topicArn,
    retraining: retraining && {
      pipelineName: retraining.pipeline.pipelineName,
      modelPackageGroup: retraining.registry.modelPackageGroupName,
      trainingData: retraining.trainingData,
    },
  };
}

/** What of this the analyzer reads and writes. */
export function monitorAccess(watched: Watched): MonitorAccess {
  const { monitorName, endpoint, captureLocation, groundTruth, rules, baseline } = watched;
  const { artifactBucket, encryptionKey, dataEncryptionKey, retraining, topic } = watched;
  return {
    artifactBucket,
    prefix: `${reportFolder(monitorName)}/`,
    documents: rules.bucket,
    encryptionKey,
    dataEncryptionKey,
    captured: endpoint?._captured,
    locations: [captureLocation, groundTruth].filter((uri) => uri !== undefined).map(withSlash),
    deployer: endpoint && {
      endpointName: endpoint.endpointName,
      tableArn: endpoint.deployer.table.tableArn,
      keyArn: endpoint.deployer.encryptionKey.keyArn,
    },
    baseline: baseline.statements,
    retraining,
    topic,
  };
}

/** As a folder: others begin alike. */
const withSlash = (uri: string) => (Token.isUnresolved(uri) ? uri : `${withoutSlash(uri)}/`);

/** Locations are folders, with or without a slash; a token is left as it is. */
function withoutSlash(uri: string): string {
  return Token.isUnresolved(uri) ? uri : uri.replace(/\/+$/, '');
}
