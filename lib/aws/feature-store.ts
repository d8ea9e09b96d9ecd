import { Token } from 'aws-cdk-lib';
import type { RemovalPolicy } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as kms from 'aws-cdk-lib/aws-kms';
import type * as s3 from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import type { OfflineTableFormat } from '../config/clouds';
import type { FeatureGroupConfig, FeatureStoreConfig } from '../config/feature-store';
import { resolveProps } from '../config/resolve';
import { ArtifactStore } from './artifact-store';
import { createKey } from './encryption-key';
import { ConstructError } from './errors';
import { FeatureGroup } from './feature-group';
import type { FeatureGroupProps, IFeatureGroup } from './feature-group';
import { InlineRole } from './inline-role';

const MAXIMUM_NAME_LENGTH = 64;

/** Groups whose rights find room inside the role, with the longest names. The rights of more stand in policies beside it. */
const MOST_INLINE_GROUPS = 12;

/** A set of feature groups. */
export interface IFeatureStore {
  /** The groups, in the order of the config. */
  readonly groups: IFeatureGroup[];

  /**
   * The group of a name, as the config gives it.
   * @throws an error that lists the groups, when there is none of that name
   */
  group(name: string): IFeatureGroup;
}

/** Properties of a feature store. */
export interface FeatureStoreProps extends FeatureStoreConfig {
  /**
   * What the names of the feature groups start with, followed by a hyphen; names are unique in an account and region.
   * It cannot be changed later.
   * @default - the groups have the names of the config
   */
  readonly namePrefix?: string;

  /**
   * Key that encrypts all stores. Passing another one later replaces the groups.
   * @default - a new key with yearly rotation
   */
  readonly encryptionKey?: kms.IKey;

  /**
   * Bucket of the offline stores, in which each group has a folder of its own under `feature-store/`. Passing another one
   * later replaces the groups.
   * @default - a new encrypted bucket
   */
  readonly bucket?: s3.IBucket;

  /**
   * Role with which SageMaker writes the offline stores. Passing another one later replaces the groups.
   * @default - a new role with no other right
   */
  readonly role?: iam.IRole;

  /**
   * Format of the offline tables. It cannot be changed later.
   * @default 'iceberg'
   */
  readonly offlineTableFormat?: OfflineTableFormat;

  /**
   * What happens to groups, bucket and key when they leave the stack.
   * @default RemovalPolicy.RETAIN
   */
  readonly removalPolicy?: RemovalPolicy;
}

/**
 * Features computed once and reused by many models. Groups and features can be added at any time.
 *
 * Feature groups carry no tags in the template, whatever `Tags.of` and aspects add, because CloudFormation cannot change
 * the tags of a feature group: it would make a new one. Tags of the whole stack are out of a construct's reach: choose them
 * before the first deployment, or leave stacks out (`Tags.of(app).add(key, value, { excludeResourceTypes: ['aws:cdk:stack'] })`).
 *
 * @throws a ConfigError that lists every problem of the config
 */
export class FeatureStore extends Construct implements IFeatureStore {
  public readonly groups: IFeatureGroup[];

  /** The key that encrypts all stores. */
  public readonly encryptionKey: kms.IKey;

  /** The bucket of the offline stores. */
  public readonly bucket: s3.IBucket;

  /** The role with which SageMaker writes the offline stores. */
  public readonly role: iam.IRole;

  private readonly byName = new Map<string, IFeatureGroup>();

  public constructor(scope: Construct, id: string, props: FeatureStoreProps) {
    super(scope, id);
    const { removalPolicy } = props;
    this.encryptionKey = props.encryptionKey ?? createKey(this, 'Key', 'Encrypts the feature stores', removalPolicy);
    this.bucket =
      props.bucket ?? new ArtifactStore(this, 'Offline', { encryptionKey: this.encryptionKey, removalPolicy }).bucket;
    const config = resolveProps('featureStore', props);
    this.role = props.role ?? this.createRole(config.groups.length);
    this.createGroups(props, config);
    this.groups = [...this.byName.values()];
  }

  public group(name: string): IFeatureGroup {
    const group = this.byName.get(name);
    if (group === undefined) {
      throw new ConstructError(this, `no feature group '${name}', only ${[...this.byName.keys()].join(', ')}`);
    }
    return group;
  }

  private createGroups(props: FeatureStoreProps, config: FeatureStoreConfig): void {
    // A scope of their own, so that a group may be called like a part of the store.
    const scope = new Construct(this, 'Groups');
    for (const group of config.groups) {
      const properties = this.groupProperties(props, group);
      this.byName.set(group.name, new FeatureGroup(scope, group.name, properties));
    }
  }

  private groupProperties(props: FeatureStoreProps, group: FeatureGroupConfig): FeatureGroupProps {
    const name = props.namePrefix === undefined ? group.name : `${props.namePrefix}-${group.name}`;
    if (!Token.isUnresolved(name) && name.length > MAXIMUM_NAME_LENGTH) {
      throw new ConstructError(
        this,
        `a feature group name has at most ${MAXIMUM_NAME_LENGTH} characters, got ${name.length} in '${name}': ` +
          'shorten the prefix or the name in the config',
      );
    }
    return {
      ...group,
      name,
      encryptionKey: this.encryptionKey,
      bucket: this.bucket,
      role: this.role,
      tableFormat: props.offlineTableFormat,
      removalPolicy: props.removalPolicy,
    };
  }

  private createRole(groups: number): iam.Role {
    const props = {
      description: 'Lets SageMaker write the offline feature stores',
      assumedBy: new iam.ServicePrincipal('sagemaker.amazonaws.com'),
    };
    if (groups > MOST_INLINE_GROUPS) return new iam.Role(this, 'Role', props);
    return new InlineRole(this, 'Role', { ...props, policyName: 'Offline', minimize: true });
  }
}
