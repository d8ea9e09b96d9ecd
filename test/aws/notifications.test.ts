import { App, Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import * as events from 'aws-cdk-lib/aws-events';
import { SnsTopic } from 'aws-cdk-lib/aws-events-targets';
import * as kms from 'aws-cdk-lib/aws-kms';
import { describe, expect, test } from 'vitest';
import { Notifications } from '../../lib/aws/notifications';
import { nagFindings } from './judges';

const newStack = () => new Stack(new App(), 'Stack');
const OWN_ACCOUNT = { StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } } };

describe('notifications', () => {
  test('tell every address, over an encrypted topic', () => {
    const stack = newStack();
    new Notifications(stack, 'Notifications', { emailAddresses: ['a@example.com', 'b@example.com'] });
    const template = Template.fromStack(stack);
    template.hasResourceProperties('AWS::SNS::Topic', {
      TopicName: Match.absent(),
      KmsMasterKeyId: { 'Fn::GetAtt': [Match.stringLikeRegexp('^NotificationsKey'), 'Arn'] },
    });
    for (const Endpoint of ['a@example.com', 'b@example.com']) {
      template.hasResourceProperties('AWS::SNS::Subscription', { Protocol: 'email', Endpoint });
    }
    template.hasResourceProperties('AWS::SNS::TopicPolicy', {
      PolicyDocument: {
        Statement: Match.arrayWith([
          Match.objectLike({ Effect: 'Deny', Condition: { Bool: { 'aws:SecureTransport': 'false' } } }),
        ]),
      },
    });
  });

  test('let alarms of the own account publish, and event rules, for whom a condition would never hold', () => {
    const stack = newStack();
    new Notifications(stack, 'Notifications');
    const template = Template.fromStack(stack);
    const allowed = (resource: string, action: any, document: string) => {
      for (const [service, condition] of [
        ['cloudwatch.amazonaws.com', OWN_ACCOUNT],
        ['events.amazonaws.com', Match.absent()],
      ]) {
        template.hasResourceProperties(resource, {
          [document]: {
            Statement: Match.arrayWith([
              Match.objectLike({
                Action: action,
                Effect: 'Allow',
                Principal: { Service: service },
                Condition: condition,
              }),
            ]),
          },
        });
      }
    };
    allowed('AWS::SNS::TopicPolicy', 'sns:Publish', 'PolicyDocument');
    allowed('AWS::KMS::Key', ['kms:Decrypt', 'kms:GenerateDataKey*'], 'KeyPolicy');
  });

  test('take a rule of the same stack as publisher, without a cycle', () => {
    const stack = newStack();
    const { topic } = new Notifications(stack, 'Notifications');
    new events.Rule(stack, 'Rule', {
      eventPattern: { source: ['aws.sagemaker'] },
      targets: [new SnsTopic(topic)],
    });
    Template.fromStack(stack).resourceCountIs('AWS::Events::Rule', 1);
  });

  test('use the key that they are given', () => {
    const stack = newStack();
    const encryptionKey = new kms.Key(stack, 'Key');
    new Notifications(stack, 'Notifications', { encryptionKey });
    const template = Template.fromStack(stack);
    template.resourceCountIs('AWS::KMS::Key', 1);
    template.hasResourceProperties('AWS::KMS::Key', {
      KeyPolicy: {
        Statement: Match.arrayWith([Match.objectLike({ Principal: { Service: 'cloudwatch.amazonaws.com' } })]),
      },
    });
  });

  test('accept an imported key, whose policy is its owner’s', () => {
    const stack = newStack();
    const arn = 'arn:aws:kms:eu-west-1:111111111111:key/11111111-2222-3333-4444-555555555555';
    new Notifications(stack, 'Notifications', { encryptionKey: kms.Key.fromKeyArn(stack, 'Key', arn) });
    Template.fromStack(stack).hasResourceProperties('AWS::SNS::Topic', { KmsMasterKeyId: arn });
  });

  test('leave cdk-nag nothing to say', () => {
    const stack = newStack();
    new Notifications(stack, 'Notifications', { emailAddresses: ['a@example.com'] });
    expect(nagFindings(stack)).toEqual([]);
  });
});
