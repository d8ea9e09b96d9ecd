import type { InferencePlan } from '../plan/training-plan';

/** Content type of requests and answers, by their format. */
export const CONTENT_TYPES = { csv: 'text/csv', jsonlines: 'application/jsonlines' };

/** Environment of a serving container. The script travels in the model artifact, below `code/`. */
export function containerEnvironment({
  entryPoint,
  environment,
}: Pick<InferencePlan, 'entryPoint' | 'environment'>): Record<string, string> {
  return {
    ...environment,
    ...(entryPoint && { SAGEMAKER_PROGRAM: entryPoint, SAGEMAKER_SUBMIT_DIRECTORY: '/opt/ml/model/code' }),
  };
}
