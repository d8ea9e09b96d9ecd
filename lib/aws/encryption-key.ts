import type { RemovalPolicy } from 'aws-cdk-lib';
import * as kms from 'aws-cdk-lib/aws-kms';
import type { Construct } from 'constructs';

/** A key for a construct that was given none. It has no alias: aliases are names, which would collide. */
export function createKey(scope: Construct, id: string, description: string, removalPolicy?: RemovalPolicy): kms.Key {
  return new kms.Key(scope, id, { description, enableKeyRotation: true, removalPolicy });
}
