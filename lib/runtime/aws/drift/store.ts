import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import type { MonitorRecord } from '../../../monitoring/record';
import { emptyMonitorRecord, parseMonitorRecord } from '../../../monitoring/record';

/** What a change makes of a record, and what it answers. A change may run several times: it must not do anything else. */
export type Change<T> = (record: MonitorRecord) => { readonly record: MonitorRecord; readonly result: T };

/** Others write a few times an hour at the most. */
const MOST_TRIES = 20;

/** The records of monitors, one item each, written as a whole and only over what was read. */
export class MonitorStore {
  constructor(
    private readonly dynamodb: DynamoDBClient,
    private readonly table: string,
  ) {}

  /** The record; an empty one where none has been written. */
  public async read(monitor: string): Promise<MonitorRecord> {
    const key = { monitor: { S: monitor } };
    const { Item } = await this.dynamodb.send(
      new GetItemCommand({ TableName: this.table, Key: key, ConsistentRead: true }),
    );
    return Item ? parseMonitorRecord(monitor, Item.document?.S ?? '') : emptyMonitorRecord(monitor);
  }

  /** Changes a record. Where another was faster, the change is made again, on what the other wrote. */
  public async change<T>(monitor: string, change: Change<T>): Promise<T> {
    for (let tries = 1; ; tries++) {
      const before = await this.read(monitor);
      const { record, result } = change(before);
      if (record === before || (await this.write(record, before.revision))) return result;
      if (tries >= MOST_TRIES) throw new Error(`the record of ${monitor} is written by others all the time`);
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 100 * tries));
    }
  }

  private async write(record: MonitorRecord, revision: number): Promise<boolean> {
    const written = { ...record, revision: revision + 1 };
    try {
      await this.dynamodb.send(
        new PutItemCommand({
          TableName: this.table,
          Item: {
            monitor: { S: record.monitor },
            revision: { N: String(written.revision) },
            document: { S: JSON.stringify(written) },
          },
          ConditionExpression: 'attribute_not_exists(monitor) OR revision = :revision',
          ExpressionAttributeValues: { ':revision': { N: String(revision) } },
        }),
      );
      return true;
    } catch (error) {
      if ((error as Error).name === 'ConditionalCheckFailedException') return false;
      throw error;
    }
  }
}
