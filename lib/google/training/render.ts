/** Steps as parts of the pipeline's specification, named as the `kfp` compiler names them. */
import type {
  ArtifactBinding,
  Bindings,
  ComponentSpec,
  Definitions,
  ParameterBinding,
  ParameterSpec,
  TaskSpec,
} from './pipeline-spec';
import type { Inputs, Outputs, Source, Step, StepOutput } from './step';

export const componentName = (name: string): string => `comp-${name}`;
export const executorName = (name: string): string => `exec-${name}`;

/** How values reach a task: directly at the top of the pipeline, by channels within a group of tasks. */
export interface Binder {
  parameter(from: Source): ParameterBinding;
  artifact(from: StepOutput): ArtifactBinding;
}

/** At the top of the pipeline. */
export const AT_TOP: Binder = {
  parameter: (from) => {
    if ('constant' in from) return { runtimeValue: { constant: from.constant } };
    if ('parameter' in from) return { componentInputParameter: from.parameter };
    return { taskOutputParameter: { producerTask: from.step, outputParameterKey: from.output } };
  },
  artifact: ({ step, output }) => ({ taskOutputArtifact: { producerTask: step, outputArtifactKey: output } }),
};

/** What a step is. */
export function stepComponent({ name, inputs, outputs }: Step): ComponentSpec {
  return { executorLabel: executorName(name), ...interfaceOf(inputs, outputs) };
}

/** A step's place in the pipeline. At the top it waits for those that it reads from. */
export function stepTask(step: Step, binder: Binder): TaskSpec {
  const { name, inputs, cached, retry } = step;
  return {
    ...reference(name, inputs, binder),
    ...(binder === AT_TOP && dependencies(inputs)),
    cachingOptions: cached ? { enableCache: true } : {},
    ...(retry && { retryPolicy: retry }),
  };
}

/** A task that runs the component of the same name. */
export function reference(name: string, inputs: Inputs, binder: Binder): TaskSpec {
  return {
    taskInfo: { name },
    componentRef: { name: componentName(name) },
    ...unlessEmpty('inputs', bindings(inputs, binder)),
  };
}

/** The tasks that must have ended before. */
export function dependencies({ parameters = {}, artifacts = {} }: Inputs): Pick<TaskSpec, 'dependentTasks'> {
  const sources = [...Object.values(parameters), ...Object.values(artifacts)].map(({ from }) => from);
  const names = new Set(sources.flatMap((from) => ('step' in from ? [from.step] : [])));
  return names.size > 0 ? { dependentTasks: [...names].sort() } : {};
}

/** What a component takes and makes. */
export function interfaceOf(inputs: Inputs, outputs: Outputs = {}): ComponentSpec {
  const types: Outputs = {
    parameters: mapValues(inputs.parameters, ({ type }) => type),
    artifacts: mapValues(inputs.artifacts, ({ type }) => type),
  };
  return {
    ...unlessEmpty('inputDefinitions', definitions(types)),
    ...unlessEmpty('outputDefinitions', definitions(outputs)),
  };
}

function bindings({ parameters, artifacts }: Inputs, binder: Binder): Bindings {
  return {
    ...unlessEmpty(
      'parameters',
      mapValues(parameters, ({ from }) => binder.parameter(from)),
    ),
    ...unlessEmpty(
      'artifacts',
      mapValues(artifacts, ({ from }) => binder.artifact(from)),
    ),
  };
}

function definitions({ parameters, artifacts }: Outputs): Definitions {
  return {
    ...unlessEmpty(
      'parameters',
      mapValues(parameters, (parameterType): ParameterSpec => ({ parameterType })),
    ),
    ...unlessEmpty(
      'artifacts',
      mapValues(artifacts, (schemaTitle) => ({ artifactType: { schemaTitle, schemaVersion: '0.0.1' as const } })),
    ),
  };
}

function mapValues<T, U>(values: Readonly<Record<string, T>> = {}, change: (value: T) => U): Record<string, U> {
  return Object.fromEntries(Object.entries(values).map(([key, value]) => [key, change(value)]));
}

/** A key with its map; the compiler leaves empty maps out. */
function unlessEmpty<Key extends string, T extends object>(key: Key, value: T): { readonly [K in Key]?: T } {
  return (Object.keys(value).length > 0 ? { [key]: value } : {}) as { [K in Key]?: T };
}
