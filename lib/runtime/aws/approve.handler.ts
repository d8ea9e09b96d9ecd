import { SageMakerClient } from '@aws-sdk/client-sagemaker';
import type { ApproveRequest, ApproveResponse } from '../contract';
import { approve } from './approve';

const sagemaker = new SageMakerClient({ maxAttempts: 8 });

/** Runs as the Approve step of a training pipeline. */
export async function handler(request: ApproveRequest): Promise<ApproveResponse> {
  return approve(sagemaker, request);
}
