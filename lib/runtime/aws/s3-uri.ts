/** A bucket and a key or prefix. */
export interface S3Location {
  readonly bucket: string;
  readonly prefix: string;
}

/**
 * Splits `s3://bucket/prefix`.
 *
 * @throws when the text is not an S3 URI
 */
export function parseS3Uri(uri: string): S3Location {
  const match = /^s3:\/\/([^/]+)(?:\/(.*))?$/s.exec(uri);
  if (!match) throw new Error(`not an S3 location: got ${JSON.stringify(uri)}, expected s3://bucket/prefix`);
  return { bucket: match[1], prefix: match[2] ?? '' };
}
