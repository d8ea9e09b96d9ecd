import { S3Client } from '@aws-sdk/client-s3';
import type { DataManifestEnvironment, DataManifestRequest, DataManifestResponse } from '../contract';
import { writeDataManifest } from './data-manifest';

const s3 = new S3Client({ maxAttempts: 8 });

/** Runs as the DataManifest step of a training pipeline. */
export async function handler(
  request: DataManifestRequest,
  context: { getRemainingTimeInMillis(): number },
): Promise<DataManifestResponse> {
  const environment = process.env as unknown as DataManifestEnvironment;
  return writeDataManifest(s3, environment, request, () => context.getRemainingTimeInMillis());
}
