import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { DeploymentRecord } from '../../../deployer/record';
import { emptyRecord, parseRecord } from '../../../deployer/record';
import { RecordStore } from '../record-store';

/** The records of endpoints. */
export type DeploymentStore = RecordStore<DeploymentRecord>;

export const deploymentStore = (dynamodb: DynamoDBClient, table: string): DeploymentStore =>
  new RecordStore(dynamodb, table, { key: 'endpoint', empty: emptyRecord, parse: parseRecord });
