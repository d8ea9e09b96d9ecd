import { Arn, Fn, Token } from 'aws-cdk-lib';
import type { Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';

/** ARN of the bucket in `s3://bucket/prefix`. Tokens are taken apart by CloudFormation, never parsed. */
export function bucketArnOf(stack: Stack, uri: string): string {
  return Arn.format({ service: 's3', region: '', account: '', resource: Fn.select(2, Fn.split('/', uri)) }, stack);
}

/** ARN of every object below `s3://bucket/prefix`. Without a prefix a slash ends the bucket's name: others begin alike. */
export function objectsArnOf(stack: Stack, uri: string): string {
  const isBucket = uri.startsWith('s3://') && !uri.slice('s3://'.length).includes('/');
  const path = Fn.select(1, Fn.split('s3://', isBucket ? `${uri}/` : uri));
  return Arn.format({ service: 's3', region: '', account: '', resource: `${path}*` }, stack);
}

/** Statements that read the files below some S3 URIs, and list nothing else where a prefix is known at synth. */
export function readStatements(stack: Stack, uris: string[]): iam.PolicyStatement[] {
  const objects = new iam.PolicyStatement({
    actions: ['s3:GetObject'],
    resources: uris.map((uri) => objectsArnOf(stack, uri)),
  });
  return [objects, ...uris.map((uri) => listStatement(stack, uri))];
}

/** Lists the keys below one S3 URI. */
export function listStatement(stack: Stack, uri: string): iam.PolicyStatement {
  const prefix = Token.isUnresolved(uri) ? '' : uri.split('/').slice(3).join('/');
  return new iam.PolicyStatement({
    actions: ['s3:ListBucket'],
    resources: [bucketArnOf(stack, uri)],
    conditions: prefix === '' ? undefined : { StringLike: { 's3:prefix': `${prefix}*` } },
  });
}
