import { Construct } from 'constructs';
import type { FeatureGroupConfig, FeatureStoreConfig } from '../config/feature-store';
import { pickSection, resolveSections } from '../config/resolve';
import type { ResolvedFeatureStore } from '../config/schema';
import { EncryptionKey } from './encryption-key';
import type { IEncryptionKey } from './encryption-key';
import { ConstructError } from './errors';
import { FeatureGroup } from './feature-group';
import type { IFeatureGroup } from './feature-group';
import { locationOf } from './google-location';
import type { GoogleLocation } from './google-location';
import { GoogleResource } from './l1/google-resource';
import { isRetained, protection } from './removal-policy';
import type { RemovalPolicy } from './removal-policy';
import { claimName, underscored } from './resource-names';

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
export interface FeatureStoreProps extends FeatureStoreConfig, GoogleLocation {
  /**
   * What dataset, online store and the ids of the groups start with: lower-case letters, digits and hyphens. They are unique
   * in a project. It cannot be changed later.
   * @default - dataset and online store are called `features`, the groups as in the config
   */
  readonly namePrefix?: string;

  /**
   * Key that encrypts the tables. The online store is encrypted with Google's keys: provider 6.50
   * takes no other.
   * @default - a new key, rotated every 90 days
   */
  readonly encryptionKey?: IEncryptionKey;

  /**
   * When the online store is filled, as five cron fields, UTC. Each time BigQuery is asked for all rows that have not
   * expired.
   * @default '0 * * * *', every hour
   */
  readonly syncCron?: string;

  /**
   * Most Bigtable nodes of the online store, at least 1. One runs always, and is paid for.
   * @default 3
   */
  readonly maxOnlineNodes?: number;

  /**
   * What happens to tables, dataset and a new key when they leave the stack. The online store is a copy, which goes when no
   * group is online.
   * @default 'retain'
   */
  readonly removalPolicy?: RemovalPolicy;
}

const DEFAULT_MAX_NODES = 3;
const MAX_ONLINE_STORE_ID = 60;
const MAX_DATASET_ID = 1024;

/**
 * Features computed once and reused by many models. Groups and features can be added at any time.
 *
 * @throws a ConfigError that lists every problem of the config
 */
export class FeatureStore extends Construct implements IFeatureStore {
  public readonly groups: IFeatureGroup[];

  /** The key that encrypts the tables. */
  public readonly encryptionKey: IEncryptionKey;

  /** The dataset of the tables. */
  public readonly dataset: GoogleResource<'google_bigquery_dataset'>;

  /**
   * The online store.
   * @default - none: no group is online
   */
  public readonly onlineStore?: GoogleResource<'google_vertex_ai_feature_online_store'>;

  private readonly byName = new Map<string, IFeatureGroup>();

  public constructor(scope: Construct, id: string, props: FeatureStoreProps) {
    super(scope, id);
    const config = resolveStore(props);
    const name = prefixed(props, 'features');
    this.encryptionKey =
      props.encryptionKey ??
      new EncryptionKey(this, 'Key', { ...locationOf(props), name, removalPolicy: props.removalPolicy });
    this.dataset = this.createDataset(underscored(this, 'namePrefix', name, MAX_DATASET_ID), props);
    if (config.groups.some(({ online }) => online)) {
      this.onlineStore = this.createOnlineStore(underscored(this, 'namePrefix', name, MAX_ONLINE_STORE_ID), props);
    }
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

  private createDataset(datasetId: string, props: FeatureStoreProps): GoogleResource<'google_bigquery_dataset'> {
    claimName(this, 'datasetId', datasetId);
    return new GoogleResource(
      this,
      'Dataset',
      'google_bigquery_dataset',
      {
        project: props.project,
        location: props.region,
        dataset_id: datasetId,
        default_encryption_configuration: { kms_key_name: this.encryptionKey.keyName },
        delete_contents_on_destroy: !isRetained(props.removalPolicy),
      },
      { ...protection(props.removalPolicy), dependsOn: this.encryptionKey.allow(locationOf(props), 'bigQuery') },
    );
  }

  private createOnlineStore(
    name: string,
    props: FeatureStoreProps,
  ): GoogleResource<'google_vertex_ai_feature_online_store'> {
    const { project, region, removalPolicy, maxOnlineNodes = DEFAULT_MAX_NODES } = props;
    validateNodes(this, maxOnlineNodes);
    claimName(this, 'onlineStoreId', `${region}/${name}`);
    return new GoogleResource(this, 'OnlineStore', 'google_vertex_ai_feature_online_store', {
      project,
      region,
      name,
      bigtable: { auto_scaling: { min_node_count: 1, max_node_count: maxOnlineNodes } },
      force_destroy: !isRetained(removalPolicy), // else views that others added are in the way
    });
  }

  private createGroups(props: FeatureStoreProps, config: FeatureStoreConfig): void {
    // A scope of their own, so that a group may be called like a part of the store.
    const scope = new Construct(this, 'Groups');
    for (const group of config.groups) {
      this.byName.set(group.name, this.createGroup(scope, props, group));
    }
  }

  private createGroup(scope: Construct, props: FeatureStoreProps, group: FeatureGroupConfig): FeatureGroup {
    return new FeatureGroup(scope, group.name, {
      ...group,
      ...locationOf(props),
      featureGroupId: prefixed(props, group.name),
      dataset: this.dataset.attribute('dataset_id'),
      onlineStoreId: this.onlineStore?.attribute('name'),
      encryptionKey: this.encryptionKey,
      syncCron: props.syncCron,
      removalPolicy: props.removalPolicy,
    });
  }
}

function prefixed({ namePrefix }: FeatureStoreProps, name: string): string {
  return namePrefix === undefined ? name : `${namePrefix}-${name}`;
}

function resolveStore(props: FeatureStoreProps): ResolvedFeatureStore {
  const options = { cloud: 'google', at: { featureStore: '' } } as const;
  return resolveSections({ featureStore: pickSection('featureStore', props) as any }, options).featureStore;
}

function validateNodes(scope: Construct, nodes: number): void {
  if (Number.isInteger(nodes) && nodes >= 1) return;
  throw new ConstructError(scope, `maxOnlineNodes: got ${nodes}, allowed: a whole number of at least 1`);
}
