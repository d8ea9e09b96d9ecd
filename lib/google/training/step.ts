import type { ArtifactType, Constant, ContainerSpec, ParameterType, RetryPolicy } from './pipeline-spec';

/** An output of a step before. */
export interface StepOutput {
  readonly step: string;
  readonly output: string;
}

/** Where a parameter comes from: a parameter of the pipeline, a step before, or the definition itself. */
export type Source = { readonly parameter: string } | StepOutput | { readonly constant: Constant };

export interface ParameterInput {
  readonly type: ParameterType;
  readonly from: Source;
}

export interface ArtifactInput {
  readonly type: ArtifactType;
  readonly from: StepOutput;
}

/** What a step is given, by the names that its container uses. */
export interface Inputs {
  readonly parameters?: Readonly<Record<string, ParameterInput>>;
  readonly artifacts?: Readonly<Record<string, ArtifactInput>>;
}

/** What a step makes, by the names that later steps use. */
export interface Outputs {
  readonly parameters?: Readonly<Record<string, ParameterType>>;
  readonly artifacts?: Readonly<Record<string, ArtifactType>>;
}

/** One step of the pipeline. */
export interface Step {
  readonly name: string;
  readonly inputs: Inputs;
  readonly outputs: Outputs;
  readonly container: ContainerSpec;
  /** Whether its outputs are taken over from an earlier run of the same container with the same inputs. */
  readonly cached: boolean;
  readonly retry?: RetryPolicy;
}

/** Id of the running pipeline job, which is unique. */
export const JOB_NAME = '{{$.pipeline_job_name}}';

/** The value of an input parameter. */
export const inputParameter = (name: string): string => `{{$.inputs.parameters['${name}']}}`;

/** `gs://` location of an input artifact. */
export const inputUri = (name: string): string => `{{$.inputs.artifacts['${name}'].uri}}`;

/** `/gcs/` path of an input artifact. */
export const inputPath = (name: string): string => `{{$.inputs.artifacts['${name}'].path}}`;

/** `/gcs/` path of an output artifact. */
export const outputPath = (name: string): string => `{{$.outputs.artifacts['${name}'].path}}`;

/** Path of the file that an output parameter is read from. */
export const outputFile = (name: string): string => `{{$.outputs.parameters['${name}'].output_file}}`;

/** A parameter that an earlier step made. */
export function parameterOf(step: string, output: string, type: ParameterType = 'STRING'): ParameterInput {
  return { type, from: { step, output } };
}

/** A file or folder that an earlier step made. */
export function artifactOf(step: string, output: string, type: ArtifactType): ArtifactInput {
  return { type, from: { step, output } };
}

/** Inputs put together. */
export function mergeInputs(...parts: readonly Inputs[]): Inputs {
  return {
    parameters: Object.assign({}, ...parts.map(({ parameters }) => parameters)),
    artifacts: Object.assign({}, ...parts.map(({ artifacts }) => artifacts)),
  };
}

/** An option that is repeated for every pair: `--input train=… --input test=…`. */
export function repeated(option: string, pairs: Readonly<Record<string, string>>): string[] {
  return Object.entries(pairs).flatMap(([key, value]) => [option, `${key}=${value}`]);
}
