import type { RetryPolicy } from './pipeline-definition';

/** What may pass by itself. */
export const SERVICE_RETRY: RetryPolicy = {
  ExceptionType: ['Step.SERVICE_FAULT', 'Step.THROTTLING'],
  BackoffRate: 2,
  IntervalSeconds: 30,
  MaxAttempts: 5,
};

/** Capacity comes back later than the API does. */
export const JOB_RETRY: RetryPolicy = {
  ExceptionType: ['SageMaker.JOB_INTERNAL_ERROR', 'SageMaker.CAPACITY_ERROR', 'SageMaker.RESOURCE_LIMIT'],
  BackoffRate: 2,
  IntervalSeconds: 300,
  MaxAttempts: 5,
};
