import type * as kms from 'aws-cdk-lib/aws-kms';
import type * as s3 from 'aws-cdk-lib/aws-s3';
import type { ServingMode } from '../../config/serving';

/** Requests and answers that an endpoint leaves, as a monitor reads them. */
export interface CapturedData {
  /** S3 URI of the folder. */
  readonly location: string;
  /** Bucket and key prefix of the folder, where they are known. */
  readonly place?: { readonly bucket: s3.IBucket; readonly folder: string };
  readonly encryptionKey: kms.IKey;
}

interface CapturingProps {
  readonly endpointName: string;
  readonly artifactBucket: s3.IBucket;
  readonly encryptionKey: kms.IKey;
  readonly dataCapture?: boolean;
}

/** Answers of asynchronous requests are files already; of other modes there is what is captured. */
export function capturedData(
  mode: ServingMode,
  answers: string | undefined,
  { endpointName, artifactBucket: bucket, encryptionKey, dataCapture }: CapturingProps,
): CapturedData | undefined {
  if (mode === 'asynchronous' && answers !== undefined) return { location: answers, encryptionKey };
  if (mode !== 'asynchronous' && !dataCapture) return undefined;
  const folder = `${mode === 'asynchronous' ? mode : 'capture'}/${endpointName}`;
  return { location: bucket.s3UrlForObject(folder), place: { bucket, folder }, encryptionKey };
}
