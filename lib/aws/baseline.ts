import * as iam from 'aws-cdk-lib/aws-iam';
import type * as s3 from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';
import { readProfileFile } from '../readers/profile-file';
import { documentAsset } from './drift/documents';
import type { BoundBaseline } from './drift/roles';
import { versionBaselineStatements } from './drift/roles';
import { ConstructError } from './errors';
import type { IModelRegistry } from './model-registry';

/** Where the profile comes from that a model's traffic is compared with. */
export abstract class Baseline {
  /**
   * The profile that the training pipeline made beside the version that serves, so that a new version is compared with what it
   * was trained on itself. Of an endpoint of this library only: of others nobody knows which version serves.
   */
  public static fromModelVersion(registry: IModelRegistry): Baseline {
    return new VersionBaseline(registry);
  }

  /** One profile for all versions: a JSON document in a bucket, as `cdk-mlops profile` writes it. */
  public static fromBucket(bucket: s3.IBucket, key: string): Baseline {
    return new BucketBaseline(bucket, key);
  }

  /** One profile for all versions: a file beside your code, as `cdk-mlops profile` writes it. It is uploaded with the stack. */
  public static fromAsset(path: string): Baseline {
    return new AssetBaseline(path);
  }

  /**
   * What a monitor is told of its baseline, and what reading it takes.
   * @internal
   */
  public abstract _bind(scope: Construct, artifactBucket: s3.IBucket): BoundBaseline;
}

class VersionBaseline extends Baseline {
  public constructor(private readonly registry: IModelRegistry) {
    super();
  }

  public _bind(_scope: Construct, artifactBucket: s3.IBucket): BoundBaseline {
    return { statements: versionBaselineStatements(this.registry, artifactBucket) };
  }
}

class BucketBaseline extends Baseline {
  public constructor(
    private readonly bucket: s3.IBucket,
    private readonly key: string,
  ) {
    super();
  }

  public _bind(): BoundBaseline {
    const { bucket, key } = this;
    const read = new iam.PolicyStatement({ actions: ['s3:GetObject'], resources: [bucket.arnForObjects(key)] });
    const decrypt = bucket.encryptionKey && [
      new iam.PolicyStatement({ actions: ['kms:Decrypt'], resources: [bucket.encryptionKey.keyArn] }),
    ];
    return { uri: bucket.s3UrlForObject(key), statements: [read, ...(decrypt ?? [])] };
  }
}

class AssetBaseline extends Baseline {
  public constructor(private readonly path: string) {
    super();
  }

  public _bind(scope: Construct): BoundBaseline {
    const asset = documentAsset(scope, 'Baseline', 'Baseline', givenProfile(scope, this.path));
    return { uri: asset.s3ObjectUrl, statements: [] }; // the analyzer reads all its documents
  }
}

/** The text of a profile; anything else would be found out by the first run only. */
function givenProfile(scope: Construct, path: string): string {
  try {
    return readProfileFile(path);
  } catch (error) {
    throw new ConstructError(scope, `baselineProfile: ${(error as Error).message}`);
  }
}
