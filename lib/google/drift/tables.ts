import { Construct } from 'constructs';
import type { ResolvedMonitoring } from '../../config/schema';
import { DRIFT_TABLES } from '../../runtime/google-drift-contract';
import type { DriftTableNames } from '../../runtime/google-drift-contract';
import type { IEncryptionKey } from '../encryption-key';
import { locationOf } from '../google-location';
import type { GoogleLocation } from '../google-location';
import { once } from '../iam-members';
import { GoogleResource } from '../l1/google-resource';
import { isRetained, protection } from '../removal-policy';
import type { RemovalPolicy } from '../removal-policy';
import { claimName, stableId, underscored } from '../resource-names';

/** What the tables are named by, and how long they keep what they hold. */
export interface DriftTablesProps extends GoogleLocation {
  readonly monitorName: string;
  /** Id of the dataset. */
  readonly datasetId: string;
  readonly monitoring: Pick<ResolvedMonitoring, 'windowHours' | 'quality'>;
  readonly encryptionKey: IEncryptionKey;
  readonly removalPolicy?: RemovalPolicy;
}

const MAX_TABLE_ID = 1024;
const HOUR_MS = 3_600_000;

/** The hours before the window tell how much hours differ by chance: a week of them. */
const HISTORY_HOURS = 168;

/** Room for runs that come late. */
const SPARE_HOURS = 24;

/**
 * The tables of a monitor: requests by the hour, counts over the baselines' bins, the baselines, and what was judged. They stand at
 * every level: whoever switches monitoring off and on again finds the history.
 */
export class DriftTables extends Construct {
  /** Full names, `project.dataset.table`. */
  public readonly names: DriftTableNames;

  /** The tables. */
  public readonly tables: readonly GoogleResource<'google_bigquery_table'>[];

  constructor(
    scope: Construct,
    id: string,
    private readonly props: DriftTablesProps,
  ) {
    super(scope, id);
    const [requests, counts, baselines, runs] = (['requests', 'counts', 'baselines', 'runs'] as const).map((table) =>
      this.createTable(table),
    );
    this.tables = [requests, counts, baselines, runs];
    const { project, datasetId } = props;
    const nameOf = (table: GoogleResource) => `${project}.${datasetId}.${table.attribute('table_id')}`;
    this.names = {
      requests: nameOf(requests),
      counts: nameOf(counts),
      baselines: nameOf(baselines),
      runs: nameOf(runs),
    };
  }

  /** Gives a role on each of the tables, and on no other of the dataset. */
  public grant(roleName: string, member: string): GoogleResource[] {
    const { project, datasetId } = this.props;
    return this.tables.map((table) => {
      const id = [table.node.id, stableId(this, roleName), stableId(this, member)].join('|');
      return once(this, 'Members', id, (parent) => {
        const binding = {
          project,
          dataset_id: datasetId,
          table_id: table.attribute('table_id'),
          role: roleName,
          member,
        };
        return new GoogleResource(parent, id, 'google_bigquery_table_iam_member', binding);
      });
    });
  }

  private createTable(name: keyof DriftTableNames): GoogleResource<'google_bigquery_table'> {
    const { project, datasetId, monitorName, encryptionKey, removalPolicy } = this.props;
    const { columns, hours, clustering } = DRIFT_TABLES[name];
    const tableId = underscored(this, 'monitorName', `${monitorName}-drift-${name}`, MAX_TABLE_ID);
    claimName(this, 'tableId', `${datasetId}.${tableId}`);
    return new GoogleResource(
      this,
      name,
      'google_bigquery_table',
      {
        project,
        dataset_id: datasetId,
        table_id: tableId,
        schema: JSON.stringify(columns.map(({ type, ...column }) => ({ ...column, type: LEGACY_TYPES[type] ?? type }))),
        ...(hours && { time_partitioning: { type: 'HOUR', field: hours, expiration_ms: this.keptHours() * HOUR_MS } }),
        clustering,
        encryption_configuration: { kms_key_name: encryptionKey.keyName },
        deletion_protection: isRetained(removalPolicy),
      },
      { ...protection(removalPolicy), dependsOn: encryptionKey.allow(locationOf(this.props), 'bigQuery') },
    );
  }

  /** For as long as some run may ask for an hour again: for its window, for those before it, or for labels that come late. */
  private keptHours(): number {
    const { windowHours, quality } = this.props.monitoring;
    const maxDelayHours = quality?.groundTruth.maxDelayHours ?? 0;
    return windowHours + Math.max(HISTORY_HOURS, windowHours, maxDelayHours) + SPARE_HOURS;
  }
}

/** Names of types as BigQuery answers them: others would be a difference at every plan. */
const LEGACY_TYPES: Readonly<Record<string, string>> = { INT64: 'INTEGER', FLOAT64: 'FLOAT' };
