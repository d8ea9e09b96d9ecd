/** A value in a workflow: plain data, in which a string may be one expression, `${…}`. */
export type Value = string | number | boolean | null | readonly Value[] | { readonly [key: string]: Value };

/** The steps of a (sub)workflow in their order; each item holds one step under its name. */
export type Steps = readonly { readonly [name: string]: Step }[];

/** One step. */
export type Step = AssignStep | CallStep | SwitchStep | ForStep | TryStep | RaiseStep | ReturnStep;

/** Sets variables in their order; each item holds one, under its name or its path (`job.labels`). */
export interface AssignStep {
  readonly assign: readonly { readonly [variable: string]: Value }[];
  readonly next?: string;
}

/** Calls a function of the standard library or a subworkflow. */
export interface CallStep {
  readonly call: string;
  readonly args?: { readonly [name: string]: Value };
  readonly result?: string;
  readonly next?: string;
}

/** Does what the first condition that holds says, else goes on. */
export interface SwitchStep {
  readonly switch: readonly Condition[];
  readonly next?: string;
}

/** A condition of a switch, with one thing to do. */
export interface Condition {
  readonly condition: string;
  readonly steps?: Steps;
  readonly next?: string;
  readonly return?: Value;
  readonly raise?: Value;
}

/** Steps for each item of a list. */
export interface ForStep {
  readonly for: { readonly value: string; readonly in: string; readonly steps: Steps };
}

/** Steps or a call with a plan for their errors. */
export interface TryStep {
  readonly try: CallStep | { readonly steps: Steps };
  readonly retry?: Retry;
  readonly except?: { readonly as: string; readonly steps: Steps };
}

/** When and how often a failed try is repeated; delays in seconds. */
export interface Retry {
  /** Subworkflow that takes the error and returns whether it passes by itself. */
  readonly predicate: string;
  readonly max_retries: number;
  readonly backoff: { readonly initial_delay: number; readonly max_delay: number; readonly multiplier: number };
}

/** Fails the execution, or the try around it. */
export interface RaiseStep {
  readonly raise: Value;
}

/** Ends the (sub)workflow with a result. */
export interface ReturnStep {
  readonly return: Value;
}

/** A named list of steps with parameters. */
export interface Subworkflow {
  readonly params?: readonly string[];
  readonly steps: Steps;
}

/** The definition of a workflow of Cloud Workflows: `main` and the subworkflows that it calls. */
export interface Workflow {
  readonly main: Subworkflow;
  readonly [subworkflow: string]: Subworkflow;
}

/** The source of a workflow, as JSON: what `source_contents` of `google_workflows_workflow` takes (escape it for Terraform). */
export function workflowSource(workflow: Workflow): string {
  return JSON.stringify(workflow, undefined, 1);
}
