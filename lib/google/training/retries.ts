import type { RetryPolicy } from './pipeline-spec';

/** For steps that call services only: the step program repeats requests itself, this is for a machine that is lost. */
export const SERVICE_RETRY: RetryPolicy = {
  maxRetryCount: 3,
  backoffDuration: '30s',
  backoffFactor: 2,
  backoffMaxDuration: '300s',
};

/** For jobs, once: capacity comes back later than services do. Vertex AI itself restarts machines that it loses. */
export const JOB_RETRY: RetryPolicy = {
  maxRetryCount: 1,
  backoffDuration: '300s',
  backoffFactor: 2,
  backoffMaxDuration: '3600s',
};
