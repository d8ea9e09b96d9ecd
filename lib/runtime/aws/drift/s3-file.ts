/** Objects of S3 as files of the readers. */
import type { GetObjectCommandOutput, S3Client } from '@aws-sdk/client-s3';
import { GetObjectCommand } from '@aws-sdk/client-s3';
import type { InputFile } from '../../../readers/input-file';
import { UnreadableFile } from '../../../readers/input-file';
import { isClosed, isGone } from './errors';
import { inWords } from '../service-errors';

/** A file as it was listed. */
export interface FileRef {
  readonly key: string;
  readonly etag: string;
  readonly size: number;
}

/** A file whose bytes are those that were listed: one that was replaced or deleted since is unreadable, not something else. */
export function s3File(s3: S3Client, bucket: string, { key, etag, size }: FileRef): InputFile {
  const name = `s3://${bucket}/${key}`;
  const get = async (range?: string): Promise<NonNullable<GetObjectCommandOutput['Body']>> => {
    try {
      const request = { Bucket: bucket, Key: key, IfMatch: etag, ...(range !== undefined && { Range: range }) };
      return (await s3.send(new GetObjectCommand(request))).Body!;
    } catch (error) {
      if (isGone(error)) throw new UnreadableFile(`${name}: replaced or deleted since it was listed`);
      if (isClosed(error)) throw new UnreadableFile(`${name}: ${inWords(error)}`);
      throw error;
    }
  };
  return {
    name,
    size,
    async *open() {
      yield* (await get()) as unknown as AsyncIterable<Uint8Array>;
    },
    async slice(start, end) {
      return (await get(`bytes=${start}-${end - 1}`)).transformToByteArray();
    },
  };
}
