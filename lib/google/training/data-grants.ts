import type { Construct } from 'constructs';
import { ArtifactStore } from '../artifact-store';
import type { IArtifactStore } from '../artifact-store';
import { GoogleResource } from '../l1/google-resource';
import { stableId } from '../resource-names';
import { dataAccess } from './data-access';
import type { Table } from './data-access';

/**
 * Lets an account read data where it lies: folders of Cloud Storage, tables of BigQuery. The grants stand in `scope`.
 *
 * @param locations `gs://…` and `bq://…`; what is undefined is left out
 */
export function grantData(scope: Construct, member: string, locations: readonly (string | undefined)[]): void {
  const { folders, tables } = dataAccess(locations);
  for (const folder of folders) bucketOf(scope, folder.bucket).grantRead(member, folder.prefix);
  for (const table of tables) grantTable(scope, table, member);
}

function bucketOf(scope: Construct, bucketName: string): IArtifactStore {
  const id = `Data-${stableId(scope, bucketName)}`;
  const existing = scope.node.tryFindChild(id) as IArtifactStore | undefined;
  return existing ?? ArtifactStore.fromBucketName(scope, id, bucketName);
}

function grantTable(scope: Construct, { project, dataset, table }: Table, member: string): void {
  const id = `Table-${stableId(scope, `${project}.${dataset}.${table}`)}`;
  const role = 'roles/bigquery.dataViewer';
  const binding = { project, dataset_id: dataset, table_id: table, role, member };
  new GoogleResource(scope, id, 'google_bigquery_table_iam_member', binding);
}
