import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import type { S3Client } from '@aws-sdk/client-s3';
import { paginateListObjectsV2, PutObjectCommand } from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import type { DataManifestEnvironment, DataManifestRequest, DataManifestResponse } from '../contract';
import { parseS3Uri } from './s3-uri';

/** Milliseconds left below which listing gives up, so that the failure says why instead of a bare timeout. */
const MARGIN_MS = 15_000;

interface Entry {
  readonly channel: string;
  readonly key: string;
  readonly etag: string;
  readonly size: number;
}

/**
 * Lists the data of one pipeline execution, stores the list as the execution's data manifest and answers its hash.
 * Memory stays bounded: entries stream from the listing to the upload.
 *
 * @throws when a location holds no file, or when listing does not end in time
 */
export async function writeDataManifest(
  s3: S3Client,
  environment: DataManifestEnvironment,
  request: DataManifestRequest,
  remainingMs: () => number,
): Promise<DataManifestResponse> {
  const folder = `${environment.ARTIFACT_PREFIX}${request.executionId}/`;
  const manifest = await uploadManifest(
    s3,
    environment.ARTIFACT_BUCKET,
    `${folder}manifest.jsonl`,
    request,
    remainingMs,
  );
  const lineageUri = await writeLineage(s3, environment.ARTIFACT_BUCKET, `${folder}lineage.json`, request, manifest);
  return { ...manifest, lineageUri };
}

type Manifest = Omit<DataManifestResponse, 'lineageUri'>;

async function uploadManifest(
  s3: S3Client,
  bucket: string,
  key: string,
  request: DataManifestRequest,
  remainingMs: () => number,
): Promise<Manifest> {
  const hash = createHash('sha256');
  let objectCount = 0;
  let totalBytes = 0;
  async function* lines(): AsyncGenerator<string, void> {
    for await (const entry of listAll(s3, request, remainingMs)) {
      const line = `${JSON.stringify(entry)}\n`;
      hash.update(line);
      objectCount += 1;
      totalBytes += entry.size;
      yield line;
    }
  }
  const body = Readable.from(lines(), { objectMode: false });
  await new Upload({ client: s3, params: { Bucket: bucket, Key: key, Body: body } }).done();
  return { manifestUri: `s3://${bucket}/${key}`, manifestSha256: hash.digest('hex'), objectCount, totalBytes };
}

async function* listAll(
  s3: S3Client,
  request: DataManifestRequest,
  remainingMs: () => number,
): AsyncGenerator<Entry, void> {
  const channels = { train: request.trainingData, validation: request.validationData, test: request.testData };
  for (const [channel, uri] of Object.entries(channels)) {
    if (uri) yield* listChannel(s3, channel, uri, remainingMs);
  }
}

async function* listChannel(
  s3: S3Client,
  channel: string,
  uri: string,
  remainingMs: () => number,
): AsyncGenerator<Entry, void> {
  const { bucket, prefix } = parseS3Uri(uri);
  let found = 0;
  for await (const page of paginateListObjectsV2({ client: s3 }, { Bucket: bucket, Prefix: prefix })) {
    for (const object of page.Contents ?? []) {
      const size = object.Size ?? 0;
      if (size === 0 && object.Key!.endsWith('/')) continue; // a console-made folder is not data
      found += 1;
      yield { channel, key: `s3://${bucket}/${object.Key}`, etag: object.ETag ?? '', size };
    }
    if (remainingMs() < MARGIN_MS) {
      throw new Error(`listing ${uri} takes too long: ${found} files so far; use fewer, larger files`);
    }
  }
  if (found === 0) throw new Error(`no ${channel} data: ${uri} holds no file; put data there or change the location`);
}

async function writeLineage(
  s3: S3Client,
  bucket: string,
  key: string,
  request: DataManifestRequest,
  manifest: Manifest,
): Promise<string> {
  const lineage = {
    executionId: request.executionId,
    code: { version: request.codeVersion, uri: request.codeUri },
    image: request.image,
    hyperparameters: JSON.parse(request.hyperparameters) as Record<string, string | number | boolean>,
    data: {
      training: request.trainingData,
      validation: request.validationData,
      test: request.testData,
      manifest,
    },
  };
  const body = JSON.stringify(lineage, null, 2);
  await s3.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: body, ContentType: 'application/json' }));
  return `s3://${bucket}/${key}`;
}
