import type { Construct } from 'constructs';
import { hyphenated } from '../resource-names';

/** What belongs to a monitor is named by it; programs and the command line find it so. */

/** Name of the monitor's workflow, and of its schedule. */
export const monitorWorkflow = (monitorName: string): string => `${monitorName}-drift`;

/** Name of the monitor's topic: like the workflow's, but for a name that topics may not have. */
export const monitorTopic = (scope: Construct, monitorName: string): string =>
  hyphenated(scope, 'monitorName', monitorWorkflow(monitorName));

/** Folder of the artifact bucket in which record, reports and baselines lie. */
export const monitorFolder = (monitorName: string): string => `drift/${monitorName}/`;

/** Folder of the baselines: that of version 3 is `3.json`. */
export const baselineFolder = (monitorName: string): string => `${monitorFolder(monitorName)}baselines/`;

/** Folder in which a training pipeline keeps what its jobs leave. */
export const pipelineFolder = ({ pipelineName }: { readonly pipelineName: string }): string =>
  `training/${pipelineName}/`;
