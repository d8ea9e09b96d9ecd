import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';

/** A record that counts its writes. */
interface Revised {
  readonly revision: number;
}

/** What a change makes of a record, and what it answers. A change may run several times: it must not do anything else. */
export type Change<R, T> = (record: R) => { readonly record: R; readonly result: T };

/** How records of a kind are told apart and read. */
export interface RecordKind<R extends Revised> {
  /** Partition key of the table. */
  readonly key: string;
  /** The record of a name for which none has been written. */
  readonly empty: (name: string) => R;
  /** @throws when the text is no record of that name */
  readonly parse: (name: string, text: string) => R;
}

/** Others write a few times a minute at the most. */
const MOST_TRIES = 20;

/** Records in a table, one item each, written as a whole and only over what was read. */
export class RecordStore<R extends Revised> {
  constructor(
    private readonly dynamodb: DynamoDBClient,
    private readonly table: string,
    private readonly kind: RecordKind<R>,
  ) {}

  /** The record; an empty one where none has been written. */
  public async read(name: string): Promise<R> {
    const Key = { [this.kind.key]: { S: name } };
    const { Item } = await this.dynamodb.send(new GetItemCommand({ TableName: this.table, Key, ConsistentRead: true }));
    return Item ? this.kind.parse(name, Item.document?.S ?? '') : this.kind.empty(name);
  }

  /** Changes a record. Where another was faster, the change is made again, on what the other wrote. */
  public async change<T>(name: string, change: Change<R, T>): Promise<T> {
    for (let tries = 1; ; tries++) {
      const before = await this.read(name);
      const { record, result } = change(before);
      if (record === before || (await this.write(name, record, before.revision))) return result;
      if (tries >= MOST_TRIES) throw new Error(`the record of ${name} is written by others all the time`);
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 100 * tries));
    }
  }

  private async write(name: string, record: R, revision: number): Promise<boolean> {
    const { key } = this.kind;
    const written = { ...record, revision: revision + 1 };
    try {
      await this.dynamodb.send(
        new PutItemCommand({
          TableName: this.table,
          Item: {
            [key]: { S: name },
            revision: { N: String(written.revision) },
            document: { S: JSON.stringify(written) },
          },
          ConditionExpression: 'attribute_not_exists(#key) OR revision = :revision',
          ExpressionAttributeNames: { '#key': key },
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
