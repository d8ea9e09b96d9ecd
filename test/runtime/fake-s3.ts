import { S3Client } from '@aws-sdk/client-s3';

export interface FakeObject {
  readonly Key: string;
  readonly ETag: string;
  readonly Size: number;
}

/** The part of S3 that the data manifest uses: listings in pages, single and multipart uploads. */
export class FakeS3 {
  public readonly written = new Map<string, string>();
  public aborted = false;
  private readonly parts: Buffer[] = [];

  constructor(
    private readonly objects: Readonly<Record<string, FakeObject[]>>,
    private readonly pageSize = 1000,
  ) {}

  /** A client of the SDK whose requests end here. */
  public get client(): S3Client {
    const client = new S3Client({ region: 'eu-west-1', credentials: { accessKeyId: 'none', secretAccessKey: 'none' } });
    client.send = this.send.bind(this) as typeof client.send;
    return client;
  }

  public async send(command: { constructor: { name: string }; input: any }): Promise<any> {
    const { input } = command;
    switch (command.constructor.name) {
      case 'ListObjectsV2Command':
        return this.list(input.Bucket, input.Prefix, Number(input.ContinuationToken ?? 0));
      case 'PutObjectCommand':
        this.written.set(`${input.Bucket}/${input.Key}`, String(input.Body));
        return { ETag: '"put"' };
      case 'CreateMultipartUploadCommand':
        return { UploadId: 'upload' };
      case 'UploadPartCommand':
        this.parts[input.PartNumber - 1] = Buffer.from(input.Body);
        return { ETag: `"part-${input.PartNumber}"` };
      case 'CompleteMultipartUploadCommand':
        this.written.set(`${input.Bucket}/${input.Key}`, Buffer.concat(this.parts).toString());
        return { ETag: '"complete"', Bucket: input.Bucket, Key: input.Key };
      case 'AbortMultipartUploadCommand':
        this.aborted = true;
        return {};
      default:
        throw new Error(`the fake knows no ${command.constructor.name}`);
    }
  }

  private list(bucket: string, prefix: string, start: number): object {
    const matching = (this.objects[bucket] ?? []).filter(({ Key }) => Key.startsWith(prefix));
    const Contents = matching.slice(start, start + this.pageSize);
    const next = start + this.pageSize;
    return next < matching.length ? { Contents, IsTruncated: true, NextContinuationToken: String(next) } : { Contents };
  }
}
