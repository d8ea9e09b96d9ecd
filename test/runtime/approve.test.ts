import type { SageMakerClient } from '@aws-sdk/client-sagemaker';
import { describe, expect, test } from 'vitest';
import { approve } from '../../lib/runtime/aws/approve';

const REQUEST = {
  modelPackageArn: 'arn:aws:sagemaker:eu-west-1:111122223333:model-package/flights/7',
  reason: 'passed',
};

function registryWith(status: string) {
  const updates: object[] = [];
  const send = async (command: { constructor: { name: string }; input: object }) => {
    if (command.constructor.name === 'DescribeModelPackageCommand') return { ModelApprovalStatus: status };
    updates.push(command.input);
    return {};
  };
  return { updates, client: { send } as unknown as SageMakerClient };
}

describe('approval past the gate', () => {
  test('approves a pending version and says why', async () => {
    const { client, updates } = registryWith('PendingManualApproval');
    expect(await approve(client, REQUEST)).toEqual({ approvalStatus: 'Approved' });
    expect(updates).toEqual([
      { ModelPackageArn: REQUEST.modelPackageArn, ModelApprovalStatus: 'Approved', ApprovalDescription: 'passed' },
    ]);
  });

  test.each(['Rejected', 'Approved'])('leaves a version alone that is %s already', async (status) => {
    const { client, updates } = registryWith(status);
    expect(await approve(client, REQUEST)).toEqual({ approvalStatus: status });
    expect(updates).toEqual([]);
  });
});
