import type { SageMakerClient } from '@aws-sdk/client-sagemaker';
import { DescribeModelPackageCommand, UpdateModelPackageCommand } from '@aws-sdk/client-sagemaker';
import type { ApproveRequest, ApproveResponse } from '../contract';

/**
 * Approves a model package that passed the gate. A version on which a person has decided is left as it is, so a
 * repeated call never overrides a rejection.
 */
export async function approve(sagemaker: SageMakerClient, request: ApproveRequest): Promise<ApproveResponse> {
  const { modelPackageArn } = request;
  const current = await sagemaker.send(new DescribeModelPackageCommand({ ModelPackageName: modelPackageArn }));
  if (current.ModelApprovalStatus !== 'PendingManualApproval') {
    return { approvalStatus: current.ModelApprovalStatus ?? 'Unknown' };
  }
  await sagemaker.send(
    new UpdateModelPackageCommand({
      ModelPackageArn: modelPackageArn,
      ModelApprovalStatus: 'Approved',
      ApprovalDescription: request.reason,
    }),
  );
  return { approvalStatus: 'Approved' };
}
