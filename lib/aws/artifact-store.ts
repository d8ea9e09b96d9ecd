import { Duration, RemovalPolicy, Validations } from 'aws-cdk-lib';
import type * as kms from 'aws-cdk-lib/aws-kms';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { createKey } from './encryption-key';

/** Properties of an artifact store. */
export interface ArtifactStoreProps {
  /**
   * Key that encrypts the artifacts.
   * @default - a new key with yearly rotation
   */
  readonly encryptionKey?: kms.IKey;

  /**
   * Bucket that receives the access logs of the artifact bucket. It must be encrypted by S3 itself (SSE-S3): S3 delivers
   * no access logs into a bucket whose default encryption is a customer's key.
   * @default - a new bucket that keeps logs for a year
   */
  readonly accessLogsBucket?: s3.IBucket;

  /**
   * What happens to the buckets and the key when they leave the stack. A bucket that holds objects is never deleted by
   * CloudFormation: empty it first.
   * @default RemovalPolicy.RETAIN
   */
  readonly removalPolicy?: RemovalPolicy;
}

/**
 * Where models, reports, code and features are kept: an encrypted, versioned bucket that speaks TLS only, and the key.
 */
export class ArtifactStore extends Construct {
  /** The bucket. */
  public readonly bucket: s3.Bucket;

  /** The key that encrypts the bucket. */
  public readonly encryptionKey: kms.IKey;

  /** The bucket with the access logs of `bucket`. */
  public readonly accessLogsBucket: s3.IBucket;

  public constructor(scope: Construct, id: string, props: ArtifactStoreProps = {}) {
    super(scope, id);
    // Logs are let in by bucket policy. Without the flag, which an app may lack, CDK would use ACLs, off in new buckets.
    this.node.setContext('@aws-cdk/aws-s3:serverAccessLogsUseBucketPolicy', true);

    const removalPolicy = props.removalPolicy ?? RemovalPolicy.RETAIN;
    this.encryptionKey =
      props.encryptionKey ?? createKey(this, 'Key', 'Encrypts models, reports, code and features', removalPolicy);
    this.accessLogsBucket = props.accessLogsBucket ?? this.createAccessLogsBucket(removalPolicy);
    this.bucket = this.createBucket(removalPolicy);
  }

  private createAccessLogsBucket(removalPolicy: RemovalPolicy): s3.Bucket {
    const bucket = new s3.Bucket(this, 'AccessLogs', {
      encryption: s3.BucketEncryption.S3_MANAGED,
      versioned: true,
      enforceSSL: true,
      blockPublicAccess: s3.BlockPublicAccess.BLOCK_ALL,
      objectOwnership: s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
      lifecycleRules: [
        {
          expiration: Duration.days(365),
          noncurrentVersionExpiration: Duration.days(30),
          abortIncompleteMultipartUploadAfter: Duration.days(7),
        },
      ],
      removalPolicy,
    });
    Validations.of(bucket).acknowledge(
      {
        id: 'NIST.800.53.R5-S3DefaultEncryptionKMS',
        reason: 'S3 delivers access logs only to buckets encrypted by S3 itself (SSE-S3).',
      },
      { id: 'NIST.800.53.R5-S3BucketReplicationEnabled', reason: REPLICATION_REASON },
    );
    return bucket;
  }

  private createBucket(removalPolicy: RemovalPolicy): s3.Bucket {
    const bucket = new s3.Bucket(this, 'Bucket', {
      encryption: s3.BucketEncryption.KMS,
      encryptionKey: this.encryptionKey,
      bucketKeyEnabled: true,
      versioned: true,
      enforceSSL: true,
      blockPublicAccess: s3.BlockPublicAccess.BLOCK_ALL,
      objectOwnership: s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
      serverAccessLogsBucket: this.accessLogsBucket,
      serverAccessLogsPrefix: 'artifacts/',
      lifecycleRules: [
        {
          abortIncompleteMultipartUploadAfter: Duration.days(7),
          noncurrentVersionExpiration: Duration.days(90),
        },
      ],
      removalPolicy,
    });
    Validations.of(bucket).acknowledge({
      id: 'NIST.800.53.R5-S3BucketReplicationEnabled',
      reason: REPLICATION_REASON,
    });
    return bucket;
  }
}

const REPLICATION_REASON =
  "Versioning keeps what was overwritten; a copy in a second region is the owner's choice, for which a bucket of their own is passed in.";
