/** The training pipeline: what of it runs, what it registered, and how it is started. */
import { createHash } from 'node:crypto';
import type { ModelPackageSummary, PipelineExecutionSummary } from '@aws-sdk/client-sagemaker';
import {
  ListModelPackagesCommand,
  ListPipelineExecutionsCommand,
  StartPipelineExecutionCommand,
} from '@aws-sdk/client-sagemaker';
import { ifAny } from '../service-errors';
import type { Cloud } from './cloud';
import { AnalysisFailure } from './errors';

/** Executions that are in flight are among the newest. */
const NEWEST = 100;

/** The newest executions of a pipeline, newest first. */
export async function newestExecutions(
  { sagemaker }: Cloud,
  pipelineName: string,
): Promise<PipelineExecutionSummary[]> {
  const command = new ListPipelineExecutionsCommand({
    PipelineName: pipelineName,
    SortBy: 'CreationTime',
    SortOrder: 'Descending',
    MaxResults: NEWEST,
  });
  const found = await ifAny(sagemaker.send(command));
  if (!found) throw new AnalysisFailure(`there is no training pipeline ${pipelineName}; deploy the stack that has it`);
  return found.PipelineExecutionSummaries ?? [];
}

/** The newest versions of a group, newest first. A group that does not exist has none. */
export async function newestVersions({ sagemaker }: Cloud, group: string): Promise<ModelPackageSummary[]> {
  const command = new ListModelPackagesCommand({
    ModelPackageGroupName: group,
    SortBy: 'CreationTime',
    SortOrder: 'Descending',
    MaxResults: NEWEST,
  });
  return (await ifAny(sagemaker.send(command)))?.ModelPackageSummaryList ?? [];
}

/** What an execution is called that a retraining became: found by it, even if nobody noted its ARN. */
export const displayName = (token: string): string =>
  `retraining-${createHash('sha256').update(token).digest('hex').slice(0, 24)}`;

/** SageMaker takes no longer description. */
const LONGEST_DESCRIPTION = 1024;

/** Starts the pipeline, and answers the execution's ARN. The same token starts it once. */
export async function startPipeline({ sagemaker }: Cloud, name: string, token: string, why: string): Promise<string> {
  const { PipelineExecutionArn } = await sagemaker.send(
    new StartPipelineExecutionCommand({
      PipelineName: name,
      ClientRequestToken: token,
      PipelineExecutionDisplayName: displayName(token),
      PipelineExecutionDescription: why.slice(0, LONGEST_DESCRIPTION),
    }),
  );
  return PipelineExecutionArn!;
}
