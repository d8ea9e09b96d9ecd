import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { MonitorRecord } from '../../../monitoring/record';
import { emptyMonitorRecord, parseMonitorRecord } from '../../../monitoring/record';
import { RecordStore } from '../record-store';

/** The records of monitors. */
export type MonitorStore = RecordStore<MonitorRecord>;

export const monitorStore = (dynamodb: DynamoDBClient, table: string): MonitorStore =>
  new RecordStore(dynamodb, table, { key: 'monitor', empty: emptyMonitorRecord, parse: parseMonitorRecord });
