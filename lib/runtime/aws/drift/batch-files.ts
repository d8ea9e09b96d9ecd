/** The files that batch prediction read and wrote: captured data names them in manifests. */
import type { S3Client } from '@aws-sdk/client-s3';
import { UnreadableFile } from '../../../readers';
import type { Side } from '../../../readers/batch-capture';
import { manifestSide, readManifest } from '../../../readers/batch-capture';
import { mergeDamage } from '../../../statistics/profile/counts';
import type { Damage } from '../../../statistics/profile';
import { parseS3Uri } from '../s3-uri';
import { eachBounded } from './bounded';
import { isClosed } from './errors';
import { inWords } from '../service-errors';
import { listObjects, readText } from './objects';
import type { FileRef } from './s3-file';

/** Files that are read alike. */
export interface FileGroup {
  readonly bucket: string;
  readonly files: readonly FileRef[];
  /** Absent where a file holds requests with their answers. */
  readonly side?: Side;
}

/** The files of some manifests, and what of them cannot be found. */
export interface ListedFiles {
  readonly groups: readonly FileGroup[];
  readonly damage?: Damage;
}

/** Looks up what manifests list. A file that several list is read once. */
export async function listedFiles(s3: S3Client, bucket: string, manifests: readonly FileRef[]): Promise<ListedFiles> {
  const damages: string[] = [];
  const named = new Map<string, Side>();
  for (const [side, uris] of await eachBounded(manifests, (manifest) => urisOf(s3, bucket, manifest, damages))) {
    for (const uri of uris) named.set(uri, side);
  }
  const found = await eachBounded([...named], async ([uri, side]) => ({
    uri,
    side,
    file: await lookUp(s3, uri, damages),
  }));
  const groups = new Map<string, FileGroup & { files: FileRef[] }>();
  for (const { uri, side, file } of found) {
    if (!file) continue;
    const place = parseS3Uri(uri).bucket;
    const group = groups.get(`${side} ${place}`) ?? { bucket: place, side, files: [] };
    group.files.push(file);
    groups.set(`${side} ${place}`, group);
  }
  const damage = damages.map((example): Damage => ({ files: 1, rows: 0, examples: [example] }));
  return { groups: [...groups.values()], ...(damage.length > 0 && { damage: damage.reduce(mergeDamage) }) };
}

async function urisOf(s3: S3Client, bucket: string, { key }: FileRef, damages: string[]): Promise<[Side, string[]]> {
  const side = manifestSide(key) ?? 'requests';
  try {
    return [side, readManifest((await readText(s3, bucket, key)) ?? '[]')];
  } catch (error) {
    if (!(error instanceof UnreadableFile) && !isClosed(error)) throw error;
    damages.push(`s3://${bucket}/${key}: ${inWords(error)}`);
    return [side, []];
  }
}

/** A listing says more than a request for the object alone: why it may not be looked at. */
async function lookUp(s3: S3Client, uri: string, damages: string[]): Promise<FileRef | undefined> {
  const { bucket, prefix } = parseS3Uri(uri);
  try {
    for await (const { key, etag, size } of listObjects(s3, bucket, prefix)) {
      if (key === prefix) return { key, etag, size };
      break;
    }
    damages.push(`${uri}: a manifest names it, and it is gone`);
  } catch (error) {
    if (!isClosed(error)) throw error;
    damages.push(`${uri}: ${inWords(error)}`);
  }
  return undefined;
}
