import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import type { DeploymentRecord } from '../../../deployer/record';
import { emptyRecord, parseRecord } from '../../../deployer/record';

/** What a change makes of a record, and what it answers. A change may run several times: it must not do anything else. */
export type Change<T> = (record: DeploymentRecord) => { readonly record: DeploymentRecord; readonly result: T };

/** Others write a few times a minute at the most. */
const MOST_TRIES = 20;

/** The records of endpoints, one item each, written as a whole and only over what was read. */
export class RecordStore {
  constructor(
    private readonly dynamodb: DynamoDBClient,
    private readonly table: string,
  ) {}

  /** The record; an empty one where none has been written. */
  public async read(endpoint: string): Promise<DeploymentRecord> {
    const key = { endpoint: { S: endpoint } };
    const { Item } = await this.dynamodb.send(
      new GetItemCommand({ TableName: this.table, Key: key, ConsistentRead: true }),
    );
    return Item ? parseRecord(endpoint, Item.document?.S ?? '') : emptyRecord(endpoint);
  }

  /** Changes a record. Where another was faster, the change is made again, on what the other wrote. */
  public async change<T>(endpoint: string, change: Change<T>): Promise<T> {
    for (let tries = 1; ; tries++) {
      const before = await this.read(endpoint);
      const { record, result } = change(before);
      if (record === before || (await this.write(record, before.revision))) return result;
      if (tries >= MOST_TRIES) throw new Error(`the record of ${endpoint} is written by others all the time`);
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 100 * tries));
    }
  }

  private async write(record: DeploymentRecord, revision: number): Promise<boolean> {
    const written = { ...record, revision: revision + 1 };
    try {
      await this.dynamodb.send(
        new PutItemCommand({
          TableName: this.table,
          Item: {
            endpoint: { S: record.endpoint },
            revision: { N: String(written.revision) },
            document: { S: JSON.stringify(written) },
          },
          ConditionExpression: 'attribute_not_exists(endpoint) OR revision = :revision',
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
