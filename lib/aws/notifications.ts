import { Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as kms from 'aws-cdk-lib/aws-kms';
import * as sns from 'aws-cdk-lib/aws-sns';
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import { Construct } from 'constructs';
import { createKey } from './encryption-key';

/** Properties of notifications. */
export interface NotificationsProps {
  /**
   * Key that encrypts the messages. CloudWatch and EventBridge are allowed to use it in its key policy. CDK cannot change
   * the policy of an imported key: there, allow `cloudwatch.amazonaws.com` and `events.amazonaws.com` the actions
   * `kms:Decrypt` and `kms:GenerateDataKey*`, or alarms and events do not reach the topic.
   * @default - a new key with yearly rotation
   */
  readonly encryptionKey?: kms.IKey;

  /**
   * E-mail addresses that are told; each has to confirm its subscription once.
   * @default - none
   */
  readonly emailAddresses?: string[];
}

/** Tells people what happened: an encrypted topic that alarms and event rules can publish to, over TLS only. */
export class Notifications extends Construct {
  /** The topic. */
  public readonly topic: sns.ITopic;

  /** The key that encrypts the messages. */
  public readonly encryptionKey: kms.IKey;

  public constructor(scope: Construct, id: string, props: NotificationsProps = {}) {
    super(scope, id);
    this.encryptionKey = props.encryptionKey ?? createKey(this, 'Key', 'Encrypts notifications');
    this.topic = new sns.Topic(this, 'Topic', { masterKey: this.encryptionKey, enforceSSL: true });
    this.allowPublishers();
    for (const address of props.emailAddresses ?? []) {
      this.topic.addSubscription(new EmailSubscription(address));
    }
  }

  /** A topic policy of our own replaces the default one, under which alarms of the account could publish. */
  private allowPublishers(): void {
    const ownAccount = { StringEquals: { 'aws:SourceAccount': Stack.of(this).account } };
    const alarms = new iam.ServicePrincipal('cloudwatch.amazonaws.com', { conditions: ownAccount });
    // EventBridge passes no source account on to SNS and KMS: under the condition, its events would be dropped silently.
    const events = new iam.ServicePrincipal('events.amazonaws.com');
    for (const publisher of [alarms, events]) {
      this.topic.grantPublish(publisher);
    }
  }
}
