import { App, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { expect, test } from 'vitest';
import { findMonitors } from '../../bin/clouds/aws-analyzer-stack';
import type { AwsCalls } from '../../bin/clouds/aws-sdk';
import { Baseline } from '../../lib/aws/baseline';
import { DriftMonitor } from '../../lib/aws/drift-monitor';
import { monitorSettings } from './records';

test('monitors are found in what the constructs really write', async () => {
  const stack = new Stack(new App(), 'Stack');
  const bucket = new s3.Bucket(stack, 'Bucket');
  new DriftMonitor(stack, 'Monitor', {
    monitorName: 'churn',
    captureLocation: 's3://acme-ml/captured',
    data: {
      training: 's3://acme-ml/train',
      features: [{ name: 'age', type: 'numeric' }],
      label: { name: 'churned', type: 'categorical' },
    },
    baselineProfile: Baseline.fromBucket(bucket, 'profile.json'),
    artifactBucket: bucket,
    encryptionKey: new kms.Key(stack, 'Key'),
  });
  const template = Template.fromStack(stack).toJSON() as { Resources: Record<string, { Type: string }> };
  const resources = Object.entries(template.Resources).map(([logicalId, { Type: type }]) => {
    return { logicalId, type, physicalId: `physical ${logicalId}` };
  });
  const asked: string[] = [];
  const input = JSON.stringify({ task: 'monitor', cause: 'schedule', monitor: monitorSettings('churn') });
  const calls: Pick<AwsCalls, 'resources' | 'template' | 'targets'> = {
    resources: async () => resources,
    template: async () => JSON.stringify(template),
    targets: async (rule) => {
      asked.push(rule);
      return [{ arn: 'machine', input }];
    },
  };
  const found = await findMonitors(calls as AwsCalls, 'Stack');
  expect(found).toMatchObject([{ settings: { name: 'churn' }, stateMachine: 'machine' }]);
  expect(found[0].table).toMatch(/^physical .*Records/);
  expect(asked).toEqual([expect.stringMatching(/^physical Monitor/)]);
});
