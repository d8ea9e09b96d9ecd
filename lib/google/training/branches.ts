/** Steps that run only when a condition holds: groups of tasks, into which values come by channels. */
import type { ComponentSpec, TaskSpec } from './pipeline-spec';
import type { Binder } from './render';
import { AT_TOP, componentName, dependencies, interfaceOf, reference, stepTask } from './render';
import type { Inputs, ParameterInput, Source, Step } from './step';

/** Steps that run when a condition holds. */
export interface Branch {
  readonly name: string;
  /** A CEL expression; `operand` writes what it compares. */
  readonly condition: string;
  readonly steps: readonly Step[];
}

/** Branches of one decision, of which one runs. */
export interface Decision {
  readonly name: string;
  /** What the conditions read. */
  readonly compared: readonly ParameterInput[];
  readonly branches: readonly Branch[];
}

/** The task that decides, at the top of the pipeline. */
export function decisionTask(decision: Decision): TaskSpec {
  const inputs = channels(decision, decision.branches);
  return { ...reference(decision.name, inputs, AT_TOP), ...dependencies(inputs) };
}

/** The groups of a decision, by the names of their components. */
export function decisionComponents(decision: Decision): Record<string, ComponentSpec> {
  const { name, branches } = decision;
  return {
    [componentName(name)]: group(
      channels(decision, branches),
      branches.map((branch) => ({
        ...reference(branch.name, channels(decision, [branch]), INSIDE),
        triggerPolicy: { condition: branch.condition },
      })),
    ),
    ...Object.fromEntries(
      branches.map((branch) => [
        componentName(branch.name),
        group(
          channels(decision, [branch]),
          branch.steps.map((step) => stepTask(step, INSIDE)),
        ),
      ]),
    ),
  };
}

/** How a condition names a value. Whole numbers have a point: strict implementations of CEL compare doubles with doubles only. */
export function operand({ from }: ParameterInput): string {
  if (!('constant' in from)) return `inputs.parameter_values['${channel(from)}']`;
  const text = String(from.constant);
  return /^-?\d+$/.test(text) ? `${text}.0` : text;
}

/** Within a group of tasks. */
const INSIDE: Binder = {
  parameter: (from) =>
    'constant' in from ? { runtimeValue: { constant: from.constant } } : { componentInputParameter: channel(from) },
  artifact: (from) => ({ componentInputArtifact: channel(from) }),
};

function group(inputs: Inputs, tasks: readonly TaskSpec[]): ComponentSpec {
  return {
    dag: { tasks: Object.fromEntries(tasks.map((task) => [task.taskInfo.name, task])) },
    ...interfaceOf(inputs),
  };
}

/** What branches and their conditions need from outside, by the names that it has inside. */
function channels({ compared }: Decision, branches: readonly Branch[]): Inputs {
  const inputs = branches.flatMap(({ steps }) => steps.map((step) => step.inputs));
  const parameters = [...compared, ...inputs.flatMap((input) => Object.values(input.parameters ?? {}))];
  const artifacts = inputs.flatMap((input) => Object.values(input.artifacts ?? {}));
  return {
    parameters: Object.fromEntries(
      parameters.flatMap((input) => ('constant' in input.from ? [] : [[channel(input.from), input]])),
    ),
    artifacts: Object.fromEntries(artifacts.map((input) => [channel(input.from), input])),
  };
}

function channel(from: Exclude<Source, { readonly constant: unknown }>): string {
  return `pipelinechannel--${'parameter' in from ? from.parameter : `${from.step}-${from.output}`}`;
}
