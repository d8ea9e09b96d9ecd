import { Stack } from 'aws-cdk-lib';
import type * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import type * as kms from 'aws-cdk-lib/aws-kms';
import type { Construct } from 'constructs';
import { recordsTable } from '../records-table';

/** Id of the table that a stack's monitors share. It holds state: it never changes. */
const SHARED_ID = 'MlopsMonitorRecords';

/**
 * The records of a stack's monitors. They stand apart from the analyzer, and at every level: whoever switches monitoring off
 * and on again finds the history, and how many retrainings there were this week.
 */
export function sharedMonitorRecords(scope: Construct, encryptionKey: kms.IKey): dynamodb.Table {
  const stack = Stack.of(scope);
  const standing = stack.node.tryFindChild(SHARED_ID) as dynamodb.Table | undefined;
  return standing ?? recordsTable(stack, SHARED_ID, { partitionKey: 'monitor', encryptionKey });
}
