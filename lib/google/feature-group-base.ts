import { Construct } from 'constructs';
import type { IConstruct } from 'constructs';
import { CustomRole } from './custom-role';
import { checkMember, once } from './iam-members';
import { GoogleResource } from './l1/google-resource';
import { customRoleId, stableId } from './resource-names';

/** Features of one kind of record: their history in BigQuery, and the newest of each record in an online store. */
export interface IFeatureGroup extends IConstruct {
  /** Id of the feature group in Vertex AI. */
  readonly featureGroupId: string;

  /** The table that features are written to: `project.dataset.table`. */
  readonly tableName: string;

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

  /** Allows reading, appending and changing rows of the table. Load and query jobs also need `bigquery.jobs.create` in the project that pays. */
  grantIngest(member: string): GoogleResource;

  /**
   * Allows fetching the newest record by its identifier. Feature views have no access policy in Terraform: the grant holds
   * for all feature views of the project.
   */
  grantOnlineRead(member: string): GoogleResource;

  /** Allows reading the history (`roles/bigquery.dataViewer` on table and views). Queries also need `bigquery.jobs.create` in the project that pays. */
  grantOfflineRead(member: string): GoogleResource[];
}

const INGEST = ['bigquery.tables.get', 'bigquery.tables.getData', 'bigquery.tables.updateData'];
const ONLINE_READ = ['aiplatform.featureViews.fetchFeatureValues', 'aiplatform.featureViews.get'];

/** What created and imported feature groups share. */
export abstract class FeatureGroupBase extends Construct implements IFeatureGroup {
  public abstract readonly featureGroupId: string;
  public abstract readonly tableName: string;
  public abstract readonly onlineStoreId?: string;
  public abstract readonly featureViewId?: string;
  protected abstract readonly project: string;
  protected abstract readonly dataset: string;
  protected abstract readonly table: string;
  /** Ids of the views over the table. */
  protected abstract readonly views: readonly string[];

  /** What the ids of its roles start with. */
  protected get roleName(): string {
    return this.featureGroupId;
  }

  public grantIngest(member: string): GoogleResource {
    return this.onTable(this.table, this.role('ingest', INGEST).roleName, member);
  }

  public grantOnlineRead(member: string): GoogleResource {
    return this.role('fetch', ONLINE_READ).grant(member);
  }

  public grantOfflineRead(member: string): GoogleResource[] {
    return [this.table, ...this.views].map((table) => this.onTable(table, 'roles/bigquery.dataViewer', member));
  }

  private onTable(table: string, role: string, member: string): GoogleResource {
    checkMember(this, member);
    const id = [table, role, member].map((part) => stableId(this, part)).join('|');
    return once(this, 'Members', id, (parent) => {
      const binding = { project: this.project, dataset_id: this.dataset, table_id: table, role, member };
      return new GoogleResource(parent, id, 'google_bigquery_table_iam_member', binding);
    });
  }

  private role(right: string, permissions: string[]): CustomRole {
    const id = `Role-${right}`;
    const existing = this.node.tryFindChild(id) as CustomRole | undefined;
    if (existing) return existing;
    return new CustomRole(this, id, {
      project: this.project,
      roleId: customRoleId(this, this.roleName, right),
      title: `Feature group ${this.featureGroupId}: ${right}`.slice(0, 100),
      permissions,
    });
  }
}
