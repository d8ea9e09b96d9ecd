import { Construct } from 'constructs';
import type { IConstruct } from 'constructs';
import { holdsToken } from '../config/tokens';
import { EncryptionKey } from './encryption-key';
import type { IEncryptionKey } from './encryption-key';
import { ConstructError } from './errors';
import { locationOf } from './google-location';
import type { GoogleLocation } from './google-location';
import { checkMember, homeOf, once } from './iam-members';
import { GoogleResource } from './l1/google-resource';
import { isRetained, protection } from './removal-policy';
import type { RemovalPolicy } from './removal-policy';
import { bucketName, claimName, stableId } from './resource-names';
import { terraformText } from './terraform-text';

/** Where models, reports, code and data are kept. */
export interface IArtifactStore extends IConstruct {
  /** Name of the bucket. */
  readonly bucketName: string;

  /**
   * Key that encrypts the bucket.
   * @default - not known
   */
  readonly encryptionKey?: IEncryptionKey;

  /**
   * Allows listing and reading objects (`roles/storage.objectViewer`).
   * @param member for example `serviceAccount:a@b.iam.gserviceaccount.com`
   * @param prefix only objects whose names start so can be read; names of others can still be listed. Default: all objects
   * @param user whoever reads, when it stands in another stack: the grant then stands there. Default: it stands here
   */
  grantRead(member: string, prefix?: string, user?: Construct): GoogleResource;

  /**
   * Allows listing, reading, writing and deleting objects (`roles/storage.objectUser`); what was overwritten or deleted
   * can be restored for 30 days.
   * @param member for example `serviceAccount:a@b.iam.gserviceaccount.com`
   * @param prefix only objects whose names start so; names of others can still be listed. Default: all objects
   * @param user whoever writes, when it stands in another stack: the grant then stands there. Default: it stands here
   */
  grantWrite(member: string, prefix?: string, user?: Construct): GoogleResource;
}

/** Properties of an artifact store. */
export interface ArtifactStoreProps extends GoogleLocation {
  /**
   * What the names of bucket and key are derived from: lower-case letters, digits and hyphens, usually the model's name. It
   * cannot be changed later.
   */
  readonly name: string;

  /**
   * Name of the bucket, unique in the world. It cannot be changed later.
   * @default - project and name, with `artifacts`
   */
  readonly bucketName?: string;

  /**
   * Key that encrypts the artifacts.
   * @default - a new key, rotated every 90 days
   */
  readonly encryptionKey?: IEncryptionKey;

  /**
   * Name of a bucket that receives Cloud Storage's usage logs; the group `cloud-storage-analytics@google.com` needs
   * `roles/storage.objectCreator` on it. Policies of many organizations forbid members from outside: Cloud Audit Logs say
   * who read what, once Data Access logs of `storage.googleapis.com` are switched on for the project.
   * @default - no usage logs
   */
  readonly accessLogsBucket?: string;

  /**
   * What happens to the bucket, its objects and a new key when they leave the stack.
   * @default 'retain'
   */
  readonly removalPolicy?: RemovalPolicy;
}

const SOFT_DELETE_DAYS = 30;
const MULTIPART_DAYS = 7;

/** Most folders of a prefix that a condition can name: a condition has at most 12 logical operators. */
const MAX_FOLDERS = 5;

abstract class ArtifactStoreBase extends Construct implements IArtifactStore {
  public abstract readonly bucketName: string;
  public abstract readonly encryptionKey?: IEncryptionKey;

  public grantRead(member: string, prefix?: string, user?: Construct): GoogleResource {
    return this.grant('roles/storage.objectViewer', member, prefix, user);
  }

  public grantWrite(member: string, prefix?: string, user?: Construct): GoogleResource {
    return this.grant('roles/storage.objectUser', member, prefix, user);
  }

  private grant(role: string, member: string, prefix?: string, user?: Construct): GoogleResource {
    checkMember(this, member);
    const id = [role, stableId(this, member), ...(prefix === undefined ? [] : [stableId(this, prefix)])].join('|');
    const condition = prefix === undefined ? {} : { condition: this.onObjects(prefix) };
    return once(homeOf(this, user), 'Members', id.replaceAll('/', ':'), (parent) => {
      const binding = { bucket: this.bucketName, role, member, ...condition };
      return new GoogleResource(parent, id.replaceAll('/', ':'), 'google_storage_bucket_iam_member', binding);
    });
  }

  /**
   * Listing is a right on the bucket, which has no object's name: it is let through. So are the folders on the way, by their exact
   * names: Cloud Storage FUSE, through which jobs see the bucket, asks for each of them, and gives up where that is forbidden.
   */
  private onObjects(prefix: string): { title: string; expression: string } {
    const objects = `projects/_/buckets/${this.bucketName}/objects/`;
    const folders = foldersOf(prefix);
    const names = [...folders, ...folders.map((folder) => `${folder}/`)].sort();
    const start = prefix.split('/').length > MAX_FOLDERS + 1 ? `${folders.at(-1)}/` : prefix;
    const conditions = [
      'resource.type != "storage.googleapis.com/Object"',
      `resource.name.startsWith("${objects}${quotable(start)}")`,
      ...names.map((name) => `resource.name == "${objects}${quotable(name)}"`),
    ];
    return { title: 'objects-by-prefix', expression: terraformText(conditions.join(' || ')) };
  }
}

/** The folders that a prefix leads through: `a` and `a/b` for `a/b/`; those that fit into a condition. */
function foldersOf(prefix: string): string[] {
  const parts = prefix.split('/').slice(0, -1).slice(0, MAX_FOLDERS);
  return parts.map((_, i) => parts.slice(0, i + 1).join('/'));
}

/**
 * An encrypted bucket that is never public, and its key. It keeps no old versions of objects: Cloud Storage FUSE, through which
 * Vertex AI's jobs see it, does not support that. Nothing is written twice under a name, and what is deleted can be restored for 30 days.
 */
export class ArtifactStore extends ArtifactStoreBase {
  /** A bucket that stands already. */
  public static fromBucketName(scope: Construct, id: string, bucketName: string): IArtifactStore {
    class Import extends ArtifactStoreBase {
      public readonly bucketName = bucketName;
      public readonly encryptionKey = undefined;
    }
    const store = new Import(scope, id);
    if (holdsToken(bucketName) || /^[a-z0-9][a-z0-9._-]{1,220}[a-z0-9]$/.test(bucketName)) return store;
    throw new ConstructError(store, `bucketName: got "${bucketName}", allowed: the name of a bucket, without gs://`);
  }

  public readonly bucketName: string;
  public readonly encryptionKey: IEncryptionKey;

  /** The bucket. */
  public readonly bucket: GoogleResource<'google_storage_bucket'>;

  public constructor(scope: Construct, id: string, props: ArtifactStoreProps) {
    super(scope, id);
    const { name, removalPolicy } = props;
    this.encryptionKey =
      props.encryptionKey ?? new EncryptionKey(this, 'Key', { ...locationOf(props), name, removalPolicy });
    this.bucket = this.createBucket(props);
    this.bucketName = this.bucket.attribute('name');
  }

  private createBucket(props: ArtifactStoreProps): GoogleResource<'google_storage_bucket'> {
    const name = props.bucketName ?? bucketName(this, props.project, `${props.name}-artifacts`);
    claimName(this, 'bucketName', name);
    return new GoogleResource(
      this,
      'Bucket',
      'google_storage_bucket',
      {
        name,
        project: props.project,
        location: props.region,
        force_destroy: !isRetained(props.removalPolicy),
        uniform_bucket_level_access: true,
        public_access_prevention: 'enforced',
        encryption: { default_kms_key_name: this.encryptionKey.keyName },
        versioning: { enabled: false },
        soft_delete_policy: { retention_duration_seconds: SOFT_DELETE_DAYS * 24 * 3600 },
        lifecycle_rule: [{ action: { type: 'AbortIncompleteMultipartUpload' }, condition: { age: MULTIPART_DAYS } }],
        ...(props.accessLogsBucket !== undefined && { logging: { log_bucket: props.accessLogsBucket } }),
      },
      { ...protection(props.removalPolicy), dependsOn: this.encryptionKey.allow(locationOf(props), 'storage') },
    );
  }
}

/** Text within the quotes of a condition. */
function quotable(text: string): string {
  return text.replaceAll(/[\\"]/g, (sign) => `\\${sign}`);
}
