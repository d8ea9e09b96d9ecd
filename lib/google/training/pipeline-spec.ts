/**
 * The intermediate representation of a Kubeflow pipeline, schema 2.1.0, as far as this library writes it: what Vertex AI Pipelines
 * runs. `pipeline_spec.proto` of kubeflow/pipelines defines it; what the `kfp` compiler writes is the reference.
 */

/** Type of a value that fits into the specification itself. */
export type ParameterType = 'STRING' | 'NUMBER_DOUBLE';

/** Schema of a value that is a file or a folder in Cloud Storage. */
export type ArtifactType = 'system.Artifact' | 'system.Dataset' | 'system.Metrics' | 'system.Model';

/** A literal, known when the pipeline is written. */
export type Constant = string | number;

export interface ParameterSpec {
  readonly parameterType: ParameterType;
  readonly defaultValue?: Constant;
  readonly isOptional?: true;
}

export interface ArtifactSpec {
  readonly artifactType: { readonly schemaTitle: ArtifactType; readonly schemaVersion: '0.0.1' };
}

/** What a component takes, or what it makes. */
export interface Definitions {
  readonly parameters?: Readonly<Record<string, ParameterSpec>>;
  readonly artifacts?: Readonly<Record<string, ArtifactSpec>>;
}

/** Where a task's parameter comes from. */
export type ParameterBinding =
  | { readonly componentInputParameter: string }
  | { readonly taskOutputParameter: { readonly producerTask: string; readonly outputParameterKey: string } }
  | { readonly runtimeValue: { readonly constant: Constant } };

/** Where a task's artifact comes from. */
export type ArtifactBinding =
  | { readonly componentInputArtifact: string }
  | { readonly taskOutputArtifact: { readonly producerTask: string; readonly outputArtifactKey: string } };

export interface Bindings {
  readonly parameters?: Readonly<Record<string, ParameterBinding>>;
  readonly artifacts?: Readonly<Record<string, ArtifactBinding>>;
}

/** How often a failed task is started again. Durations are seconds with an `s`. */
export interface RetryPolicy {
  readonly maxRetryCount: number;
  readonly backoffDuration: string;
  readonly backoffFactor: number;
  readonly backoffMaxDuration: string;
}

export interface TaskSpec {
  readonly taskInfo: { readonly name: string };
  readonly componentRef: { readonly name: string };
  readonly inputs?: Bindings;
  readonly dependentTasks?: readonly string[];
  readonly cachingOptions?: { readonly enableCache?: true };
  readonly retryPolicy?: RetryPolicy;
  /** A CEL expression over the task's own inputs; the task runs when it is true. */
  readonly triggerPolicy?: { readonly condition: string };
}

export interface DagSpec {
  readonly tasks: Readonly<Record<string, TaskSpec>>;
}

/** A step that runs a container, or a group of tasks. */
export interface ComponentSpec {
  readonly executorLabel?: string;
  readonly dag?: DagSpec;
  readonly inputDefinitions?: Definitions;
  readonly outputDefinitions?: Definitions;
}

/** A container. Its arguments hold placeholders of the pipeline, such as `{{$.inputs.parameters['train']}}`. */
export interface ContainerSpec {
  readonly image: string;
  readonly command: readonly string[];
  readonly args: readonly string[];
}

/** A whole pipeline. */
export interface PipelineSpec {
  readonly pipelineInfo: { readonly name: string };
  readonly schemaVersion: '2.1.0';
  readonly sdkVersion: string;
  readonly root: ComponentSpec;
  readonly components: Readonly<Record<string, ComponentSpec>>;
  readonly deploymentSpec: { readonly executors: Readonly<Record<string, { readonly container: ContainerSpec }>> };
}
