import type { ContainerSpec } from './pipeline-spec';
import type { StepResources } from './resources';

/** A step that calls services only: the step program in a small container of the pipeline itself. */
export function stepProgram(command: string, args: readonly string[], resources: StepResources): ContainerSpec {
  return {
    image: resources.trainingImage,
    command: ['python3', resources.source.programPath],
    args: [command, ...args],
  };
}
