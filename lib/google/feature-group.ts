import { Construct } from 'constructs';
import type { FeatureGroupConfig } from '../config/feature-store';
import { resolveSections } from '../config/resolve';
import type { ResolvedFeatureStore } from '../config/schema';
import type { IEncryptionKey } from './encryption-key';
import { ConstructError } from './errors';
import { featureColumns, historyQuery, newestQuery } from './feature-columns';
import type { FeatureColumns } from './feature-columns';
import { FeatureGroupBase } from './feature-group-base';
import type { IFeatureGroup } from './feature-group-base';
import { locationOf } from './google-location';
import type { GoogleLocation } from './google-location';
import { GoogleResource } from './l1/google-resource';
import { isRetained, protection } from './removal-policy';
import type { RemovalPolicy } from './removal-policy';
import { claimName, nameElsewhere, underscored } from './resource-names';

export type { IFeatureGroup } from './feature-group-base';

/** A feature group that stands already. */
export interface FeatureGroupAttributes extends GoogleLocation {
  /** Id of the feature group in Vertex AI. */
  readonly featureGroupId: string;

  /** Id of the BigQuery dataset. */
  readonly dataset: string;

  /** Id of the table in the dataset. */
  readonly table: string;

  /**
   * Id of the online store.
   * @default - the group is not online
   */
  readonly onlineStoreId?: string;

  /**
   * Id of the feature view in the online store.
   * @default - the group is not online
   */
  readonly featureViewId?: string;
}

/**
 * Properties of a feature group. Features can be added, `ttlHours` and `online` changed at any time; all else is fixed at
 * creation, and an update that takes a feature away is refused by BigQuery. In names, BigQuery and Vertex AI take lower-case letters, digits and underscores: `Air-Time` becomes `air_time`.
 */
export interface FeatureGroupProps extends FeatureGroupConfig, GoogleLocation {
  /** Id of the BigQuery dataset, in the same region. */
  readonly dataset: string;

  /** Key that encrypts the table, allowed for BigQuery. */
  readonly encryptionKey: IEncryptionKey;

  /**
   * Id of the feature group in Vertex AI, unique in project and region.
   * @default - the name
   */
  readonly featureGroupId?: string;

  /**
   * Id of the online store.
   * @default - none; needed when the group is online
   */
  readonly onlineStoreId?: string;

  /**
   * When the online store is filled, as five cron fields, UTC. Each time BigQuery is asked for all rows that have not
   * expired.
   * @default '0 * * * *', every hour
   */
  readonly syncCron?: string;

  /**
   * What happens to the table, the history, when it leaves the stack.
   * @default 'retain'
   */
  readonly removalPolicy?: RemovalPolicy;
}

const DEFAULT_SYNC = '0 * * * *';
const MAX_GROUP_ID = 128;
const MAX_VIEW_ID = 60;
const MAX_TABLE_ID = 1000;

/** The views beside a table; no group of a config comes to be called like them by accident. */
const HISTORY = '__history';
const NEWEST = '__newest';

/**
 * A feature group: a BigQuery table that features are written to, partitioned by day, and its registration in Vertex AI. With
 * `online`, a feature view copies the newest row per record into an online store, with the event time in microseconds since
 * 1970.
 *
 * `ttlHours`: rows older than that are not copied. Vertex AI has no expiry: a record that is in the online store already
 * stays there until a newer row replaces it; its event time tells how old it is.
 *
 * @throws a ConfigError that lists every problem of the config
 */
export class FeatureGroup extends FeatureGroupBase {
  /** A feature group that stands already. */
  public static fromFeatureGroupAttributes(
    scope: Construct,
    id: string,
    attributes: FeatureGroupAttributes,
  ): IFeatureGroup {
    const { project, dataset, table } = attributes;
    class Import extends FeatureGroupBase {
      public readonly featureGroupId = attributes.featureGroupId;
      public readonly tableName = `${project}.${dataset}.${table}`;
      public readonly onlineStoreId = attributes.onlineStoreId;
      public readonly featureViewId = attributes.featureViewId;
      protected readonly project = project;
      protected readonly dataset = dataset;
      protected readonly table = table;
      protected readonly views = [];

      protected override get roleName(): string {
        return nameElsewhere(this, attributes.featureGroupId);
      }
    }
    return new Import(scope, id);
  }

  public readonly featureGroupId: string;
  public readonly tableName: string;
  public readonly onlineStoreId?: string;
  public readonly featureViewId?: string;

  /** The table that features are written to. */
  public readonly bigQueryTable: GoogleResource<'google_bigquery_table'>;

  /** The group in Vertex AI's feature registry. */
  public readonly featureGroup: GoogleResource<'google_vertex_ai_feature_group'>;

  /** Copies features to the online store. */
  public readonly featureView?: GoogleResource<'google_vertex_ai_feature_online_store_featureview'>;

  protected readonly project: string;
  protected readonly dataset: string;
  protected readonly table: string;
  protected readonly views: readonly string[];

  private readonly region: string;
  private readonly columns: FeatureColumns;

  public constructor(scope: Construct, id: string, props: FeatureGroupProps) {
    super(scope, id);
    const config = resolveGroup(props);
    const tableId = underscored(this, 'name', config.name, MAX_TABLE_ID);
    this.columns = featureColumns(config);
    this.project = props.project;
    this.region = props.region;
    this.dataset = props.dataset;
    this.featureGroupId = underscored(this, 'featureGroupId', props.featureGroupId ?? config.name, MAX_GROUP_ID);
    claimName(this, 'featureGroupId', this.featureGroupId);

    this.bigQueryTable = this.createTable(tableId, props);
    this.table = this.bigQueryTable.attribute('table_id');
    this.tableName = `${props.project}.${props.dataset}.${this.table}`;
    const history = this.createView('History', tableId + HISTORY, historyQuery(this.tableName, this.columns));
    this.featureGroup = this.createFeatureGroup(history);
    this.createFeatures();
    if (config.online) {
      const newest = newestQuery(this.tableName, this.columns, config.ttlHours);
      const view = this.createView('Newest', tableId + NEWEST, newest);
      this.views = [history, view].map((of) => of.attribute('table_id'));
      this.onlineStoreId = this.requireOnlineStore(props);
      this.featureView = this.createFeatureView(config.name, view, props.syncCron ?? DEFAULT_SYNC);
      this.featureViewId = this.featureView.attribute('name');
    } else {
      this.views = [history.attribute('table_id')];
    }
  }

  private createTable(tableId: string, props: FeatureGroupProps): GoogleResource<'google_bigquery_table'> {
    const { id, time, all } = this.columns;
    claimName(this, 'tableId', `${this.dataset}.${tableId}`);
    return new GoogleResource(
      this,
      'Table',
      'google_bigquery_table',
      {
        project: this.project,
        dataset_id: this.dataset,
        table_id: tableId,
        schema: JSON.stringify(all),
        time_partitioning: { type: 'DAY', field: time },
        clustering: [id],
        encryption_configuration: { kms_key_name: props.encryptionKey.keyName },
        deletion_protection: isRetained(props.removalPolicy),
        // Else the provider drops columns that leave the config, with their data. So BigQuery refuses the update.
        ignore_auto_generated_schema: true,
      },
      { ...protection(props.removalPolicy), dependsOn: props.encryptionKey.allow(locationOf(props), 'bigQuery') },
    );
  }

  private createView(id: string, tableId: string, query: string): GoogleResource<'google_bigquery_table'> {
    return new GoogleResource(
      this,
      id,
      'google_bigquery_table',
      {
        project: this.project,
        dataset_id: this.dataset,
        table_id: tableId,
        view: { query, use_legacy_sql: false },
        deletion_protection: false,
      },
      // Views may show the key of the dataset, which would look like one to take away: by replacement.
      { lifecycle: { ignoreChanges: ['encryption_configuration'] } },
    );
  }

  private createFeatureGroup(
    history: GoogleResource<'google_bigquery_table'>,
  ): GoogleResource<'google_vertex_ai_feature_group'> {
    return new GoogleResource(this, 'Group', 'google_vertex_ai_feature_group', {
      project: this.project,
      region: this.region,
      name: this.featureGroupId,
      big_query: {
        big_query_source: { input_uri: this.uriOf(history) },
        entity_id_columns: [this.columns.id],
      },
    });
  }

  private createFeatures(): void {
    // A scope of their own, so that a feature may be called like a part of the group.
    const scope = new Construct(this, 'Features');
    for (const name of this.columns.features) {
      // No construct may be called like something that every object has; features may.
      const id = name in Object.prototype ? `${name}-` : name;
      new GoogleResource(scope, id, 'google_vertex_ai_feature_group_feature', {
        project: this.project,
        region: this.region,
        feature_group: this.featureGroup.attribute('name'),
        name,
      });
    }
  }

  private createFeatureView(
    name: string,
    newest: GoogleResource<'google_bigquery_table'>,
    cron: string,
  ): GoogleResource<'google_vertex_ai_feature_online_store_featureview'> {
    return new GoogleResource(this, 'View', 'google_vertex_ai_feature_online_store_featureview', {
      project: this.project,
      region: this.region,
      feature_online_store: this.onlineStoreId!,
      name: underscored(this, 'name', name, MAX_VIEW_ID),
      big_query_source: { uri: this.uriOf(newest), entity_id_columns: [this.columns.id] },
      sync_config: { cron },
    });
  }

  private uriOf(view: GoogleResource<'google_bigquery_table'>): string {
    return `bq://${this.project}.${this.dataset}.${view.attribute('table_id')}`;
  }

  private requireOnlineStore({ onlineStoreId }: FeatureGroupProps): string {
    if (onlineStoreId !== undefined) return onlineStoreId;
    throw new ConstructError(this, 'onlineStoreId: missing; give the id of an online store, or set online: false');
  }
}

/** The config of the group, validated and with defaults. */
function resolveGroup(props: FeatureGroupProps): ResolvedFeatureStore['groups'][number] {
  const { name, recordIdentifier, eventTime, online, offline, ttlHours, features } = props;
  const group = { name, recordIdentifier, eventTime, online, offline, ttlHours, features };
  const options = { cloud: 'google', at: { featureStore: '' } } as const;
  return resolveSections({ featureStore: { groups: [group] } }, options).featureStore.groups[0];
}
