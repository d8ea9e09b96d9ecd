/** How much training data is new since the last version was trained. */
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { GetObjectCommand } from '@aws-sdk/client-s3';
import { DescribeModelPackageCommand } from '@aws-sdk/client-sagemaker';
import type { RetrainingWorld } from '../../../monitoring/retraining';
import type { ModelRef } from '../../../deployer/model';
import type { MonitorSettings } from '../../drift-contract';
import { ifAny } from '../service-errors';
import { parseS3Uri } from '../s3-uri';
import { findBaseline } from './baseline-profile';
import type { Cloud } from './cloud';
import { isClosed, isGone } from './errors';
import { listObjects } from './objects';

type NewSamples = RetrainingWorld['newSamples'];

const unknown = (how: string): NewSamples => ({ count: null, how });

/** Training data that no manifest of the version names, in rows: by the bytes that a row of the baseline has. */
export async function countNewSamples(
  cloud: Cloud,
  settings: MonitorSettings,
  model: ModelRef | undefined,
  newest: string | undefined,
): Promise<NewSamples> {
  const version = newest ?? model?.version;
  if (version === undefined) return unknown('no version is registered whose data could be compared');
  const found = await ifAny(cloud.sagemaker.send(new DescribeModelPackageCommand({ ModelPackageName: version })));
  const uri = found?.CustomerMetadataProperties?.dataManifestUri;
  if (uri === undefined) return unknown(`${version} has no data manifest`);
  const trained = await readManifest(cloud, uri);
  if (!trained) return unknown(`the data manifest ${uri} cannot be read`);
  const bytesPerRow = await bytesOfRow(cloud, settings, model);
  if (bytesPerRow === undefined) return unknown('without a baseline, how many bytes a row has is not known');
  return newFiles(cloud, settings.retraining!.trainingData, trained, bytesPerRow);
}

async function newFiles(
  { s3 }: Cloud,
  trainingData: string,
  trained: ReadonlyMap<string, string>,
  bytesPerRow: number,
): Promise<NewSamples> {
  const { bucket, prefix } = parseS3Uri(trainingData);
  let [files, bytes] = [0, 0];
  for await (const { key, etag, size } of listObjects(s3, bucket, prefix)) {
    if (trained.get(`s3://${bucket}/${key}`) === etag) continue;
    files += 1;
    bytes += size;
  }
  const how = `${files} new or changed files of ${bytes} bytes below ${trainingData}, about ${Math.round(bytesPerRow)} bytes a row`;
  return { count: Math.floor(bytes / bytesPerRow), how };
}

/** The training files of a manifest with their ETags; nothing where it cannot be read. It may be long: it is read by lines. */
async function readManifest({ s3 }: Cloud, uri: string): Promise<Map<string, string> | undefined> {
  const { bucket, prefix } = parseS3Uri(uri);
  const trained = new Map<string, string>();
  try {
    const { Body } = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: prefix }));
    for await (const line of createInterface({ input: Body as Readable, crlfDelay: Infinity })) {
      if (line === '') continue;
      const { channel, key, etag } = JSON.parse(line) as Record<string, string>;
      if (channel === 'train') trained.set(key, etag);
    }
    return trained;
  } catch (error) {
    if (isGone(error) || isClosed(error) || error instanceof SyntaxError) return undefined;
    throw error;
  }
}

async function bytesOfRow(
  cloud: Cloud,
  settings: MonitorSettings,
  model: ModelRef | undefined,
): Promise<number | undefined> {
  const found = await findBaseline(cloud, settings, model);
  if ('without' in found) return undefined;
  const { bytes, rows } = found.profile.counts;
  return bytes > 0 && rows > 0 ? bytes / rows : undefined;
}
