import { App, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { describe, expect, test } from 'vitest';
import { ArtifactStore } from '../../lib/aws/artifact-store';
import { nagFindings } from './judges';

const newStack = () => new Stack(new App(), 'Stack');

describe('an artifact store', () => {
  test('encrypts, versions and locks the bucket', () => {
    const stack = newStack();
    new ArtifactStore(stack, 'Store');
    Template.fromStack(stack).hasResource('AWS::S3::Bucket', {
      DeletionPolicy: 'Retain',
      UpdateReplacePolicy: 'Retain',
      Properties: {
        BucketName: Match.absent(),
        BucketEncryption: {
          ServerSideEncryptionConfiguration: [
            {
              BucketKeyEnabled: true,
              ServerSideEncryptionByDefault: {
                SSEAlgorithm: 'aws:kms',
                KMSMasterKeyID: { 'Fn::GetAtt': [Match.stringLikeRegexp('^StoreKey'), 'Arn'] },
              },
            },
          ],
        },
        VersioningConfiguration: { Status: 'Enabled' },
        OwnershipControls: { Rules: [{ ObjectOwnership: 'BucketOwnerEnforced' }] },
        PublicAccessBlockConfiguration: {
          BlockPublicAcls: true,
          BlockPublicPolicy: true,
          IgnorePublicAcls: true,
          RestrictPublicBuckets: true,
        },
        LoggingConfiguration: {
          DestinationBucketName: { Ref: Match.stringLikeRegexp('^StoreAccessLogs') },
          LogFilePrefix: 'artifacts/',
        },
        LifecycleConfiguration: {
          Rules: [
            {
              Status: 'Enabled',
              AbortIncompleteMultipartUpload: { DaysAfterInitiation: 7 },
              NoncurrentVersionExpiration: { NoncurrentDays: 90 },
            },
          ],
        },
      },
    });
  });

  test('rotates a key without an alias', () => {
    const stack = newStack();
    new ArtifactStore(stack, 'Store');
    const template = Template.fromStack(stack);
    template.hasResource('AWS::KMS::Key', { DeletionPolicy: 'Retain', Properties: { EnableKeyRotation: true } });
    template.resourceCountIs('AWS::KMS::Alias', 0);
  });

  test('refuses everything but TLS on both buckets', () => {
    const stack = newStack();
    new ArtifactStore(stack, 'Store');
    const policies = Object.values(Template.fromStack(stack).findResources('AWS::S3::BucketPolicy'));
    expect(policies).toHaveLength(2);
    for (const policy of policies) {
      expect(policy.Properties.PolicyDocument.Statement).toContainEqual(
        expect.objectContaining({ Effect: 'Deny', Condition: { Bool: { 'aws:SecureTransport': 'false' } } }),
      );
    }
  });

  test('keeps access logs for a year, in a bucket that S3 can deliver to', () => {
    const stack = newStack();
    new ArtifactStore(stack, 'Store');
    const template = Template.fromStack(stack);
    template.hasResourceProperties('AWS::S3::Bucket', {
      AccessControl: Match.absent(),
      BucketEncryption: {
        ServerSideEncryptionConfiguration: [{ ServerSideEncryptionByDefault: { SSEAlgorithm: 'AES256' } }],
      },
      LifecycleConfiguration: { Rules: [Match.objectLike({ ExpirationInDays: 365 })] },
    });
    // Also without the feature flag: an access control list would be refused by a bucket that enforces its owner.
    template.hasResourceProperties('AWS::S3::BucketPolicy', {
      PolicyDocument: {
        Statement: Match.arrayWith([
          Match.objectLike({
            Action: 's3:PutObject',
            Principal: { Service: 'logging.s3.amazonaws.com' },
            Condition: { StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } }, ArnLike: Match.anyValue() },
          }),
        ]),
      },
    });
  });

  test('uses the key and the log bucket that it is given', () => {
    const stack = newStack();
    const encryptionKey = kms.Key.fromKeyArn(
      stack,
      'Key',
      'arn:aws:kms:eu-west-1:111111111111:key/11111111-2222-3333-4444-555555555555',
    );
    const accessLogsBucket = s3.Bucket.fromBucketName(stack, 'Logs', 'logs');
    const store = new ArtifactStore(stack, 'Store', { encryptionKey, accessLogsBucket });
    expect([store.encryptionKey, store.accessLogsBucket]).toEqual([encryptionKey, accessLogsBucket]);
    const template = Template.fromStack(stack);
    template.resourceCountIs('AWS::KMS::Key', 0);
    template.resourceCountIs('AWS::S3::Bucket', 1);
    template.hasResourceProperties('AWS::S3::Bucket', {
      BucketEncryption: {
        ServerSideEncryptionConfiguration: [
          {
            ServerSideEncryptionByDefault: {
              KMSMasterKeyID: 'arn:aws:kms:eu-west-1:111111111111:key/11111111-2222-3333-4444-555555555555',
            },
          },
        ],
      },
      LoggingConfiguration: { DestinationBucketName: 'logs' },
    });
  });

  test('honours the removal policy, without a custom resource', () => {
    const stack = newStack();
    new ArtifactStore(stack, 'Store', { removalPolicy: RemovalPolicy.DESTROY });
    const template = Template.fromStack(stack);
    template.allResources('AWS::S3::Bucket', { DeletionPolicy: 'Delete', UpdateReplacePolicy: 'Delete' });
    template.allResources('AWS::KMS::Key', { DeletionPolicy: 'Delete' });
    expect(Object.values(template.toJSON().Resources).map((resource: any) => resource.Type)).not.toContain(
      'Custom::S3AutoDeleteObjects',
    );
  });

  test('leaves cdk-nag nothing to say', () => {
    const stack = newStack();
    new ArtifactStore(stack, 'Store');
    expect(nagFindings(stack)).toEqual([]);
  });
});
