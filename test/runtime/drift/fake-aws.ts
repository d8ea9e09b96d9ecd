import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { S3Client } from '@aws-sdk/client-s3';
import { SageMakerClient } from '@aws-sdk/client-sagemaker';
import { SFNClient } from '@aws-sdk/client-sfn';
import type { DeploymentRecord } from '../../../lib/deployer/record';
import { emptyRecord } from '../../../lib/deployer/record';
import type { MonitorRecord } from '../../../lib/monitoring/record';
import type { Cloud } from '../../../lib/runtime/aws/drift/cloud';
import { monitorStore } from '../../../lib/runtime/aws/drift/store';

const AWS = { region: 'eu-west-1', credentials: { accessKeyId: 'none', secretAccessKey: 'none' } };

/** Answers of the services, by command: what a service is not asked for has no answer. */
export type Answers = Record<string, (input: any) => unknown>;

/** An error as the services throw it. */
export function serviceError(name: string, message = ''): Error {
  return Object.assign(new Error(message), { name });
}

interface Stored {
  readonly body: Buffer;
  readonly etag: string;
  readonly modified: Date;
}

/** The services that the analyzer works with: S3 and DynamoDB in memory, the others as a test answers for them. */
export class FakeAws implements Cloud {
  public readonly calls: { name: string; input: any }[] = [];
  public readonly s3 = this.ending(new S3Client(AWS));
  public readonly sagemaker = this.ending(new SageMakerClient(AWS));
  public readonly cloudwatch = this.ending(new CloudWatchClient(AWS));
  public readonly states = this.ending(new SFNClient(AWS));
  public readonly dynamodb = this.ending(new DynamoDBClient(AWS));
  public readonly store = monitorStore(this.dynamodb, 'monitors');
  public readonly objects = new Map<string, Stored>();
  public readonly items = new Map<string, any>();
  /** Keys a page of a listing. */
  public pageSize = 1000;

  constructor(public answers: Answers = {}) {}

  /** Puts an object, by its URI. */
  public put(uri: string, body: string | Buffer | object, modified = new Date('2026-11-25T00:00:00Z')): void {
    const bytes = Buffer.isBuffer(body) ? body : Buffer.from(typeof body === 'string' ? body : JSON.stringify(body));
    const etag = `"${createHash('md5').update(bytes).digest('hex')}"`;
    this.objects.set(uri.replace('s3://', ''), { body: bytes, etag, modified });
  }

  public text(uri: string): string | undefined {
    return this.objects.get(uri.replace('s3://', ''))?.body.toString();
  }

  public json(uri: string): any {
    return JSON.parse(this.text(uri)!);
  }

  /** URIs below one. */
  public uris(below: string): string[] {
    const prefix = below.replace('s3://', '');
    return [...this.objects.keys()]
      .filter((key) => key.startsWith(prefix))
      .sort()
      .map((key) => `s3://${key}`);
  }

  public delete(uri: string): void {
    this.objects.delete(uri.replace('s3://', ''));
  }

  public record(monitor: string): MonitorRecord | undefined {
    const item = this.items.get(`monitors/${monitor}`);
    return item && (JSON.parse(item.document.S) as MonitorRecord);
  }

  public putRecord(record: MonitorRecord): void {
    const item = { monitor: { S: record.monitor }, revision: { N: String(record.revision) } };
    this.items.set(`monitors/${record.monitor}`, { ...item, document: { S: JSON.stringify(record) } });
  }

  public putDeployment(endpoint: string, record: Partial<DeploymentRecord>): void {
    const document = { S: JSON.stringify({ ...emptyRecord(endpoint), ...record }) };
    this.items.set(`deployments/${endpoint}`, { endpoint: { S: endpoint }, revision: { N: '0' }, document });
  }

  public inputs(name: string): any[] {
    return this.calls.filter((call) => call.name === name).map(({ input }) => input);
  }

  private ending<Client extends { send: any }>(client: Client): Client {
    client.send = (command: { constructor: { name: string }; input: any }) => this.answer(command);
    return client;
  }

  private async answer(command: { constructor: { name: string }; input: any }): Promise<unknown> {
    const name = command.constructor.name.replace(/Command$/, '');
    this.calls.push({ name, input: command.input });
    const answer = this.answers[name] ?? this.own[name];
    if (!answer) throw new Error(`nobody expected ${name}`);
    return answer(command.input);
  }

  /** What the services themselves do; a test may put something in front of it. */
  public readonly own: Answers = {
    GetObject: (input) => this.getObject(input),
    PutObject: ({ Bucket, Key, Body }) => this.put(`${Bucket}/${Key}`, Body, new Date()),
    ListObjectsV2: (input) => this.list(input),
    GetItem: ({ TableName, Key }) => ({ Item: this.items.get(`${TableName}/${Object.values<any>(Key)[0].S}`) }),
    PutItem: (input) => this.putItem(input),
    PutMetricData: () => ({}),
  };

  private getObject({ Bucket, Key, IfMatch, Range }: any): unknown {
    const found = this.objects.get(`${Bucket}/${Key}`);
    if (!found) throw serviceError('NoSuchKey', 'The specified key does not exist.');
    if (IfMatch !== undefined && IfMatch !== found.etag) throw serviceError('PreconditionFailed');
    const [, from, to] = /^bytes=(\d+)-(\d+)$/.exec(Range ?? '') ?? [];
    const body = from === undefined ? found.body : found.body.subarray(Number(from), Number(to) + 1);
    return {
      Body: Object.assign(Readable.from([body]), {
        transformToString: async () => body.toString(),
        transformToByteArray: async () => new Uint8Array(body),
      }),
    };
  }

  private list({ Bucket, Prefix = '', StartAfter = '', Delimiter, ContinuationToken }: any): unknown {
    const inBucket = [...this.objects.keys()].filter((key) => key.startsWith(`${Bucket}/`));
    const keys = inBucket.map((key) => key.slice(Bucket.length + 1)).sort();
    const after = ContinuationToken ?? StartAfter;
    const matching = keys.filter((key) => key.startsWith(Prefix) && key > after);
    if (Delimiter) {
      const folders = matching.map((key) => key.slice(0, key.indexOf(Delimiter, Prefix.length) + 1));
      return { CommonPrefixes: [...new Set(folders)].filter((one) => one !== '').map((one) => ({ Prefix: one })) };
    }
    const page = matching.slice(0, this.pageSize);
    const Contents = page.map((Key) => {
      const { etag, body, modified } = this.objects.get(`${Bucket}/${Key}`)!;
      return { Key, ETag: etag, Size: body.length, LastModified: modified };
    });
    const more = matching.length > page.length;
    return { Contents, IsTruncated: more, ...(more && { NextContinuationToken: page.at(-1) }) };
  }

  private putItem({ TableName, Item, ExpressionAttributeValues }: any): void {
    const key = `${TableName}/${Item.monitor.S}`;
    const before = this.items.get(key);
    const seen = ExpressionAttributeValues[':revision'].N;
    if (before && before.revision.N !== seen) throw serviceError('ConditionalCheckFailedException');
    this.items.set(key, Item);
  }
}
