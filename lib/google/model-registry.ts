import { Construct } from 'constructs';
import type { IConstruct } from 'constructs';
import { holdsToken } from '../config/tokens';
import { CustomRole } from './custom-role';
import { encryptedTopic } from './encrypted-topic';
import { EncryptionKey } from './encryption-key';
import type { IEncryptionKey } from './encryption-key';
import { ConstructError } from './errors';
import { locationOf } from './google-location';
import type { GoogleLocation } from './google-location';
import { GoogleResource } from './l1/google-resource';
import type { RemovalPolicy } from './removal-policy';
import { claimName, customRoleId, hyphenated, nameElsewhere } from './resource-names';
import { ServiceAccount } from './service-account';
import type { IServiceAccount } from './service-account';
import { terraformText } from './terraform-text';
import { topicTrigger } from './topic-trigger';

/** Alias that says that a version may be deployed. */
export const APPROVED_ALIAS = 'approved';

/**
 * Where trained models stand as numbered versions of one Vertex AI model. A version is approved when it bears the alias
 * `approved`; one version at a time does.
 *
 * Vertex AI models have no access policy of their own, and conditions on their names do not exist: each grant holds for all
 * models of the project. Keep what must be kept apart in projects of their own.
 */
export interface IModelRegistry extends IConstruct {
  /** Id of the model. */
  readonly modelId: string;

  /** `projects/PROJECT/locations/REGION/models/ID`. */
  readonly modelName: string;

  /**
   * Topic of its approvals, `projects/PROJECT/topics/NAME`.
   * @default - not known; `onApproval` is refused
   */
  readonly approvalTopicId?: string;

  /**
   * Allows listing and describing models and their versions. Artifacts are read with a grant on their bucket.
   * @param user whoever reads, when it stands in another stack: the grant then stands there. Default: it stands here
   */
  grantRead(member: string, user?: Construct): GoogleResource;

  /**
   * Allows uploading models and versions. Whoever uploads a version can give it aliases with that call, `approved` among
   * them, which no permission prevents and which `onApproval` does not hear of.
   * @param user whoever uploads, when it stands in another stack: the grant then stands there. Default: it stands here
   */
  grantRegister(member: string, user?: Construct): GoogleResource;

  /**
   * Allows moving aliases and changing metadata (`aiplatform.models.update`).
   * @param user whoever approves, when it stands in another stack: the grant then stands there. Default: it stands here
   */
  grantApprove(member: string, user?: Construct): GoogleResource;

  /**
   * Starts a workflow for each version that becomes approved. Its argument is a CloudEvent; `data.message.data` is the
   * base64 text of the audit log entry, whose `protoPayload.request.name` names the version. Events are best effort, may
   * come twice and minutes late: what they start must be idempotent.
   */
  onApproval(id: string, options: OnApprovalOptions): GoogleResource;
}

/** What an approval starts. */
export interface OnApprovalOptions {
  /** Id of the workflow, `projects/PROJECT/locations/REGION/workflows/NAME`, in the registry's region. */
  readonly workflow: string;

  /**
   * Account that starts it. It comes to start every workflow of the project (`roles/workflows.invoker`): workflows have no
   * access policy of their own.
   * @default - a new account
   */
  readonly serviceAccount?: IServiceAccount;
}

/** A registry that stands already. */
export interface ModelRegistryAttributes extends GoogleLocation {
  /** Id of the model. */
  readonly modelId: string;

  /**
   * Topic of its approvals, `projects/PROJECT/topics/NAME`.
   * @default - `onApproval` is refused
   */
  readonly approvalTopic?: string;
}

/** Properties of a model registry. */
export interface ModelRegistryProps extends GoogleLocation {
  /**
   * Id of the model: 1 to 63 lower-case letters, digits, hyphens and underscores, starting and ending with a letter or
   * digit. It cannot be changed later: a new id is a new and empty registry.
   */
  readonly modelId: string;

  /**
   * Key that encrypts the messages of approvals.
   * @default - a new key, rotated every 90 days
   */
  readonly encryptionKey?: IEncryptionKey;

  /**
   * What happens to a new key when it leaves the stack. The model itself is never destroyed: Terraform does not know it.
   * @default 'retain'
   */
  readonly removalPolicy?: RemovalPolicy;
}

const READ = ['aiplatform.models.get', 'aiplatform.models.list'];
const PERMISSIONS = {
  read: READ,
  register: [...READ, 'aiplatform.models.upload'],
  approve: [...READ, 'aiplatform.models.update'],
};

const RIGHTS = Object.keys(PERMISSIONS) as (keyof typeof PERMISSIONS)[];

abstract class ModelRegistryBase extends Construct implements IModelRegistry {
  public abstract readonly modelId: string;
  public abstract readonly modelName: string;
  public abstract readonly approvalTopicId?: string;
  protected abstract readonly location: GoogleLocation;

  /** What the ids of its roles start with. */
  protected get roleName(): string {
    return this.modelId;
  }

  public grantRead(member: string, user?: Construct): GoogleResource {
    return this.role('read').grant(member, user);
  }

  public grantRegister(member: string, user?: Construct): GoogleResource {
    return this.role('register').grant(member, user);
  }

  public grantApprove(member: string, user?: Construct): GoogleResource {
    return this.role('approve').grant(member, user);
  }

  public onApproval(id: string, { workflow, serviceAccount }: OnApprovalOptions): GoogleResource {
    if (this.approvalTopicId === undefined) {
      throw new ConstructError(this, 'onApproval: the topic of approvals is not known; give approvalTopic');
    }
    const scope = new Construct(this, id);
    return topicTrigger(scope, 'Trigger', {
      name: hyphenated(scope, 'id', `${this.modelId}-${id}`),
      location: this.location,
      topic: this.approvalTopicId,
      workflow,
      account: serviceAccount ?? this.triggerAccount(scope, id),
    });
  }

  private triggerAccount(scope: Construct, id: string): IServiceAccount {
    return new ServiceAccount(scope, 'Account', {
      project: this.location.project,
      name: hyphenated(scope, 'modelId', this.modelId),
      role: hyphenated(scope, 'id', id),
      description: `Starts a workflow when a version of ${this.modelId} is approved`,
    });
  }

  /** A role, made with the first grant of a registry that stands elsewhere: projects have room for 300. */
  protected role(right: keyof typeof PERMISSIONS): CustomRole {
    const id = `Role-${right}`;
    const existing = this.node.tryFindChild(id) as CustomRole | undefined;
    if (existing) return existing;
    return new CustomRole(this, id, {
      project: this.location.project,
      roleId: customRoleId(this, this.roleName, right),
      title: `Models of the registry ${this.modelId}: ${right}`.slice(0, 100),
      permissions: PERMISSIONS[right],
    });
  }
}

/**
 * The registry of one model, and the topic that tells of approvals. The model comes into being with the first upload.
 *
 * Setting an alias is in Vertex AI's Admin Activity audit log, which is always written and free of charge; a log sink passes
 * on the entries that set `approved`.
 */
export class ModelRegistry extends ModelRegistryBase {
  /** A registry that stands already, or that somebody else's stack declares. */
  public static fromModelId(scope: Construct, id: string, attributes: ModelRegistryAttributes): IModelRegistry {
    class Import extends ModelRegistryBase {
      public readonly modelId = attributes.modelId;
      public readonly modelName = modelName(attributes);
      public readonly approvalTopicId = attributes.approvalTopic;
      protected readonly location = attributes;

      protected override get roleName(): string {
        return nameElsewhere(this, attributes.modelId);
      }
    }
    return new Import(scope, id);
  }

  public readonly modelId: string;
  public readonly modelName: string;
  public readonly approvalTopicId: string;

  /** The key that encrypts the messages of approvals. */
  public readonly encryptionKey: IEncryptionKey;

  /** Topic with an audit log entry per approval. */
  public readonly approvalTopic: GoogleResource<'google_pubsub_topic'>;

  /** Passes approvals from the audit log to the topic. */
  public readonly approvalSink: GoogleResource<'google_logging_project_sink'>;

  protected readonly location: GoogleLocation;

  public constructor(scope: Construct, id: string, props: ModelRegistryProps) {
    super(scope, id);
    const { modelId, removalPolicy } = props;
    validateModelId(this, modelId);
    claimName(this, 'modelId', modelId);
    this.location = locationOf(props);
    this.modelId = modelId;
    this.modelName = modelName(props);
    const name = hyphenated(this, 'modelId', `${modelId}-approvals`);
    this.encryptionKey =
      props.encryptionKey ?? new EncryptionKey(this, 'Key', { ...this.location, name, removalPolicy });
    const { location, encryptionKey } = this;
    this.approvalTopic = encryptedTopic(this, 'Approvals', { name, location, encryptionKey });
    this.approvalTopicId = this.approvalTopic.id;
    this.approvalSink = this.createSink(name);
    // At once: a deleted role's id can be used again at once, or after up to 37 days, so grants that come and go must not take it along.
    for (const right of RIGHTS) this.role(right);
  }

  private createSink(name: string): GoogleResource<'google_logging_project_sink'> {
    const { project } = this.location;
    const sink = new GoogleResource(this, 'Sink', 'google_logging_project_sink', {
      name,
      project,
      description: `Approvals of versions of the model ${this.modelId}`,
      destination: `pubsub.googleapis.com/${this.approvalTopicId}`,
      filter: approvals(this.location, this.modelId),
      unique_writer_identity: true,
    });
    new GoogleResource(this, 'SinkWriter', 'google_pubsub_topic_iam_member', {
      project,
      topic: this.approvalTopic.attribute('name'),
      role: 'roles/pubsub.publisher',
      member: sink.attribute('writer_identity'),
    });
    return sink;
  }
}

/**
 * Entries of the calls that set the alias, whatever version of the API they used (`…aiplatform.v1.`, `v1beta1`, `ui`).
 * `=` compares whole values: `-approved`, which takes the alias away, does not match. Names of models hold the project's id
 * or its number, and the version behind an `@`.
 */
function approvals({ region }: GoogleLocation, modelId: string): string {
  return terraformText(
    [
      'log_id("cloudaudit.googleapis.com/activity")',
      'protoPayload.serviceName="aiplatform.googleapis.com"',
      'protoPayload.methodName=~"[.]ModelService[.]MergeVersionAliases$"',
      `protoPayload.resourceName=~"/locations/${region}/models/${modelId}(@[^/]*)?$"`,
      `protoPayload.request.versionAliases="${APPROVED_ALIAS}"`,
      'NOT protoPayload.status.code>0',
    ].join('\nAND '),
  );
}

function modelName({ project, region, modelId }: ModelRegistryAttributes): string {
  return `projects/${project}/locations/${region}/models/${modelId}`;
}

function validateModelId(scope: Construct, modelId: string): void {
  if (!holdsToken(modelId) && /^[a-z0-9]([a-z0-9_-]{0,61}[a-z0-9])?$/.test(modelId)) return;
  throw new ConstructError(
    scope,
    `modelId: got "${modelId}", allowed: 1 to 63 lower-case letters, digits, hyphens and underscores, starting and ending with a letter or digit`,
  );
}
