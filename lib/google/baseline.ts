import type { Construct } from 'constructs';
import { readProfileFile } from '../readers/profile-file';
import type { IArtifactStore } from './artifact-store';
import { uploadDocument } from './drift/documents';
import { pipelineFolder } from './drift/names';
import { ConstructError } from './errors';
import type { ITrainingPipeline } from './training-pipeline-base';

/** A baseline as a monitor takes it. */
export interface BoundBaseline {
  /** `gs://` address of the profile; absent where every version has its own. */
  readonly uri?: string;
  /** Lets the monitor's account read what it takes. */
  grantRead(member: string, user: Construct): void;
}

/** What a monitor has for its baseline. */
export interface BaselineContext {
  readonly artifacts: IArtifactStore;
  /** Folder of the monitor, with a slash at its end. */
  readonly folder: string;
}

/** Where the profile comes from that a model's traffic is compared with. */
export abstract class Baseline {
  /**
   * The profile that the monitor makes of each version that a pipeline trains, before it may be approved, so that a new version is
   * compared with what it was trained on itself: give the pipeline the monitor's name (`driftMonitorName`), and both the same artifact
   * store. Of an endpoint of this library only: of others nobody knows which version serves.
   */
  public static fromModelVersion(pipeline: ITrainingPipeline): Baseline {
    return new VersionBaseline(pipeline);
  }

  /** One profile for all versions: a JSON document in a bucket, as `cdk-mlops profile` writes it. */
  public static fromBucket(bucket: IArtifactStore, objectName: string): Baseline {
    return new BucketBaseline(bucket, objectName);
  }

  /** One profile for all versions: a file beside your code, as `cdk-mlops profile` writes it. It is uploaded with the stack. */
  public static fromAsset(path: string): Baseline {
    return new AssetBaseline(path);
  }

  /**
   * What a monitor is told of its baseline, and what reading it takes.
   * @internal
   */
  public abstract _bind(scope: Construct, context: BaselineContext): BoundBaseline;
}

class VersionBaseline extends Baseline {
  public constructor(private readonly pipeline: ITrainingPipeline) {
    super();
  }

  public _bind(_scope: Construct, { artifacts }: BaselineContext): BoundBaseline {
    const folder = pipelineFolder(this.pipeline);
    return { grantRead: (member, user) => void artifacts.grantRead(member, folder, user) };
  }
}

class BucketBaseline extends Baseline {
  public constructor(
    private readonly bucket: IArtifactStore,
    private readonly objectName: string,
  ) {
    super();
  }

  public _bind(): BoundBaseline {
    const { bucket, objectName } = this;
    return {
      uri: `gs://${bucket.bucketName}/${objectName}`,
      grantRead: (member, user) => void bucket.grantRead(member, objectName, user),
    };
  }
}

class AssetBaseline extends Baseline {
  public constructor(private readonly path: string) {
    super();
  }

  public _bind(scope: Construct, { artifacts, folder }: BaselineContext): BoundBaseline {
    const content = givenProfile(scope, this.path);
    const name = uploadDocument(scope, 'Baseline', { artifacts, folder: `${folder}given/`, content });
    return { uri: `gs://${artifacts.bucketName}/${name}`, grantRead: () => {} }; // the monitor reads its folder
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
