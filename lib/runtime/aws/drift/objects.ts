/** Documents and listings in S3. */
import type { S3Client } from '@aws-sdk/client-s3';
import { GetObjectCommand, paginateListObjectsV2, PutObjectCommand } from '@aws-sdk/client-s3';
import { parseS3Uri } from '../s3-uri';
import { AnalysisFailure, isClosed, isGone } from './errors';
import { inWords } from '../service-errors';

/** Where documents of a run lie, and with which key they are written. */
export interface Shelf {
  readonly bucket: string;
  readonly encryptionKeyArn: string;
}

/** An object as a listing shows it. */
export interface ListedObject {
  readonly key: string;
  readonly etag: string;
  readonly size: number;
  /** ISO 8601. */
  readonly modified: string;
}

/** The text of an object, or nothing where there is none. */
export async function readText(s3: S3Client, bucket: string, key: string): Promise<string | undefined> {
  try {
    const { Body } = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
    return await Body!.transformToString('utf-8');
  } catch (error) {
    if (isGone(error)) return undefined;
    throw error;
  }
}

/** A document of this library's own, which is there. */
export async function readDocument<T>(s3: S3Client, bucket: string, key: string): Promise<T> {
  const text = await readText(s3, bucket, key);
  if (text === undefined) throw new AnalysisFailure(`s3://${bucket}/${key} is gone; nobody else may delete below it`);
  return JSON.parse(text) as T;
}

/**
 * A JSON document that somebody else wrote.
 *
 * @throws AnalysisFailure where it cannot be read, or is no JSON
 */
export async function readForeign(s3: S3Client, uri: string, what: string): Promise<unknown> {
  const { bucket, prefix } = parseS3Uri(uri);
  const refuse = (why: string) => new AnalysisFailure(`${what} ${uri} cannot be read: ${why}`);
  let text: string | undefined;
  try {
    text = await readText(s3, bucket, prefix);
  } catch (error) {
    throw isClosed(error) ? refuse(inWords(error)) : error;
  }
  if (text === undefined) throw refuse('there is no such object');
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw refuse('it is no JSON');
  }
}

/** Writes an object under the shelf's key, and answers its URI. */
export async function writeObject(
  s3: S3Client,
  { bucket, encryptionKeyArn }: Shelf,
  key: string,
  body: string,
  contentType: string,
): Promise<string> {
  await s3.send(
    new PutObjectCommand({
      Bucket: bucket,
      Key: key,
      Body: body,
      ContentType: contentType,
      ServerSideEncryption: 'aws:kms',
      SSEKMSKeyId: encryptionKeyArn,
    }),
  );
  return `s3://${bucket}/${key}`;
}

export function writeDocument(s3: S3Client, shelf: Shelf, key: string, document: object): Promise<string> {
  return writeObject(s3, shelf, key, JSON.stringify(document), 'application/json');
}

/** The files below a prefix in the order of their keys, those after a key only; without folders that the console made. */
export async function* listObjects(
  s3: S3Client,
  bucket: string,
  prefix: string,
  after?: string,
): AsyncGenerator<ListedObject, void> {
  const request = { Bucket: bucket, Prefix: prefix, ...(after !== undefined && { StartAfter: after }) };
  for await (const page of paginateListObjectsV2({ client: s3 }, request)) {
    for (const { Key, ETag = '', Size = 0, LastModified } of page.Contents ?? []) {
      if (Size === 0 && Key!.endsWith('/')) continue;
      yield { key: Key!, etag: ETag, size: Size, modified: (LastModified ?? new Date(0)).toISOString() };
    }
  }
}

/** The folders right below a prefix, as key prefixes that end in a slash. */
export async function listFolders(s3: S3Client, bucket: string, prefix: string): Promise<string[]> {
  const folders: string[] = [];
  const request = { Bucket: bucket, Prefix: prefix, Delimiter: '/' };
  for await (const page of paginateListObjectsV2({ client: s3 }, request)) {
    folders.push(...(page.CommonPrefixes ?? []).map(({ Prefix }) => Prefix!));
  }
  return folders;
}
