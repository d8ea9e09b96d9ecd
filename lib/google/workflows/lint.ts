import { expressionsOf } from './expressions';

/** Limits of Cloud Workflows (https://cloud.google.com/workflows/quotas). */
export const WORKFLOW_LIMITS = {
  sourceBytes: 128 * 1024,
  expressionCharacters: 400,
  assignments: 50,
  conditions: 50,
  branches: 10,
  parallelDepth: 2,
  callDepth: 20,
  parameters: 10,
} as const;

/** Limits of `user_env_vars` (the Workflows API): number of variables, and bytes of a value. */
const ENVIRONMENT_LIMITS = { variables: 20, valueBytes: 4096 } as const;

const STEP_KEYS = ['assign', 'call', 'for', 'parallel', 'raise', 'return', 'steps', 'switch', 'try'];
const NAME = /^[A-Za-z_][A-Za-z0-9_-]*$/;
const VARIABLE = /^[A-Za-z_][A-Za-z0-9_]*$/;
const JUMPS = ['end', 'break', 'continue'];
const MODULES = /^(?:base64|events|hash|http|json|list|map|math|retry|sys|text|time|uuid)\.[a-z_.0-9]+$/;

type Fields = Record<string, unknown>;

/** One (sub)workflow under inspection. */
interface Scope {
  readonly name: string;
  /** Names and parameters of all subworkflows. */
  readonly subworkflows: ReadonlyMap<string, readonly string[]>;
  readonly stepNames: Set<string>;
  readonly jumps: { readonly from: string; readonly to: string }[];
  readonly calls: Set<string>;
  readonly problems: string[];
}

/**
 * What Cloud Workflows would refuse in a workflow's source, at deployment or in the middle of an execution: its limits, names, jumps to
 * steps and calls of subworkflows that are not there.
 *
 * @returns sentences with the place of the problem; empty where there is none
 */
export function lintWorkflow(source: string): string[] {
  const bytes = Buffer.byteLength(source);
  if (bytes > WORKFLOW_LIMITS.sourceBytes) return [over('the source', bytes, 'bytes', WORKFLOW_LIMITS.sourceBytes)];
  let workflow: unknown;
  try {
    workflow = JSON.parse(source);
  } catch (error) {
    return [`the source is not JSON: ${(error as Error).message}`];
  }
  if (!isFields(workflow) || !isFields(workflow.main)) return ['the source has no workflow "main"'];
  return lintSubworkflows(workflow);
}

/** What Cloud Workflows would refuse in the environment of a workflow. */
export function lintEnvironment(variables: Readonly<Record<string, string>>): string[] {
  const { variables: most, valueBytes } = ENVIRONMENT_LIMITS;
  const count = Object.keys(variables).length;
  const problems = count > most ? [over('the environment', count, 'variables', most)] : [];
  for (const [name, value] of Object.entries(variables)) {
    if (name === '' || /^(?:GOOGLE|WORKFLOWS)/.test(name)) problems.push(`the variable "${name}" has a reserved name`);
    const bytes = Buffer.byteLength(value);
    if (bytes > valueBytes) problems.push(over(`the variable ${name}`, bytes, 'bytes', valueBytes));
  }
  return problems;
}

function lintSubworkflows(workflow: Fields): string[] {
  const problems: string[] = [];
  const entries = Object.entries(workflow).map(([name, value]) => [name, isFields(value) ? value : {}] as const);
  const subworkflows = new Map(entries.map(([name, { params }]) => [name, (params ?? []) as string[]]));
  const calls = new Map<string, ReadonlySet<string>>();
  for (const [name, body] of entries) {
    const scope: Scope = { name, subworkflows, stepNames: new Set(), jumps: [], calls: new Set(), problems };
    lintNames(scope, name, subworkflows.get(name) ?? []);
    lintSteps(body.steps, scope, name, 0);
    for (const { from, to } of scope.jumps) {
      if (!scope.stepNames.has(to) && !JUMPS.includes(to))
        problems.push(`${from} goes to the step ${to}, which is not there`);
    }
    calls.set(name, scope.calls);
  }
  return [...problems, ...lintCalls(calls)];
}

function lintNames({ problems }: Scope, name: string, params: readonly string[]): void {
  const most = name === 'main' ? 1 : WORKFLOW_LIMITS.parameters;
  if (params.length > most) problems.push(over(name, params.length, 'parameters', most));
  for (const wrong of [name, ...params].filter((word) => !VARIABLE.test(word))) problems.push(misnamed(name, wrong));
}

/** Subworkflows that nobody calls, and chains of calls that are too deep or never end. */
function lintCalls(calls: ReadonlyMap<string, ReadonlySet<string>>): string[] {
  const reached = new Set<string>();
  const problems = new Set<string>();
  const visit = (name: string, chain: readonly string[]): void => {
    reached.add(name);
    const path = [...chain, name];
    if (chain.includes(name)) problems.add(`${path.join(' calls ')}: the calls never end`);
    else if (path.length > WORKFLOW_LIMITS.callDepth)
      problems.add(over(path[0], path.length, 'nested calls', WORKFLOW_LIMITS.callDepth));
    else for (const called of calls.get(name) ?? []) visit(called, path);
  };
  visit('main', []);
  const unused = [...calls.keys()].filter((name) => !reached.has(name)).map((name) => `nothing calls ${name}`);
  return [...problems, ...unused];
}

function lintSteps(steps: unknown, scope: Scope, place: string, parallelDepth: number): void {
  if (!Array.isArray(steps) || steps.length === 0) {
    scope.problems.push(`${place} has no steps`);
    return;
  }
  for (const item of steps as unknown[]) {
    const [[name, step] = ['', undefined], ...more] = isFields(item) ? Object.entries(item) : [];
    const at = `${place}.${name}`;
    if (more.length > 0 || !isFields(step)) {
      scope.problems.push(`${at} is not one step under one name`);
      continue;
    }
    if (!NAME.test(name) || JUMPS.includes(name)) scope.problems.push(misnamed(at, name));
    if (scope.stepNames.has(name)) scope.problems.push(`${at}: ${scope.name} has another step of that name`);
    scope.stepNames.add(name);
    lintStep(step, scope, at, parallelDepth);
  }
}

function lintStep(step: Fields, scope: Scope, at: string, parallelDepth: number): void {
  const kinds = STEP_KEYS.filter((key) => key in step);
  if (kinds.length !== 1 && !(kinds.length === 0 && 'next' in step)) {
    scope.problems.push(`${at} must do one thing, got ${kinds.join(' and ') || 'nothing'}`);
  }
  if (typeof step.next === 'string') scope.jumps.push({ from: at, to: step.next });
  lintAssignments(step.assign, scope, at);
  lintCall(step, scope, at);
  lintSwitch(step.switch, scope, at, parallelDepth);
  lintTry(step, scope, at, parallelDepth);
  if (isFields(step.for)) lintLoop(step.for, scope, at, parallelDepth);
  if (isFields(step.parallel)) lintParallel(step.parallel, scope, at, parallelDepth + 1);
  if (step.steps !== undefined) lintSteps(step.steps, scope, at, parallelDepth);
  for (const value of [step.args, step.raise, step.return]) lintExpressions(value, scope, at);
}

function lintAssignments(assign: unknown, { problems, ...scope }: Scope, at: string): void {
  if (!Array.isArray(assign)) return;
  const most = WORKFLOW_LIMITS.assignments;
  if (assign.length > most) problems.push(over(at, assign.length, 'assignments', most));
  for (const path of assign.flatMap((item) => Object.keys(item as Fields))) {
    if (!VARIABLE.test(path.split(/[.[]/)[0])) problems.push(misnamed(at, path));
  }
  lintExpressions(assign, { problems, ...scope }, at);
}

function lintCall({ call, args, result }: Fields, scope: Scope, at: string): void {
  if (typeof call !== 'string') return;
  if (typeof result === 'string' && !VARIABLE.test(result)) scope.problems.push(misnamed(at, result));
  const params = scope.subworkflows.get(call);
  if (params === undefined) {
    if (!MODULES.test(call))
      scope.problems.push(`${at} calls ${call}, which is neither a subworkflow nor of the standard library`);
    return;
  }
  scope.calls.add(call);
  const given = Object.keys(isFields(args) ? args : {});
  if ([...given].sort().join() !== [...params].sort().join()) {
    scope.problems.push(`${at} calls ${call} with (${given.join(', ')}), which takes (${params.join(', ')})`);
  }
}

function lintSwitch(conditions: unknown, scope: Scope, at: string, parallelDepth: number): void {
  if (!Array.isArray(conditions)) return;
  const most = WORKFLOW_LIMITS.conditions;
  if (conditions.length > most) scope.problems.push(over(at, conditions.length, 'conditions', most));
  for (const { condition, ...then } of conditions as Fields[]) {
    if (expressionsOf(condition).length !== 1) scope.problems.push(`${at}: a condition must be one expression`);
    lintExpressions(condition, scope, at);
    lintStep(then, scope, at, parallelDepth);
  }
}

function lintTry(step: Fields, scope: Scope, at: string, parallelDepth: number): void {
  if (isFields(step.try)) lintStep(step.try, scope, at, parallelDepth);
  if (isFields(step.retry)) {
    for (const predicate of expressionsOf(step.retry.predicate)) {
      if (scope.subworkflows.has(predicate)) scope.calls.add(predicate);
      else if (!MODULES.test(predicate)) scope.problems.push(`${at} retries by ${predicate}, which is not there`);
    }
  }
  if (isFields(step.except)) lintSteps(step.except.steps, scope, at, parallelDepth);
}

function lintLoop(loop: Fields, scope: Scope, at: string, parallelDepth: number): void {
  lintExpressions([loop.in, loop.range], scope, at);
  lintSteps(loop.steps, scope, at, parallelDepth);
}

function lintParallel(parallel: Fields, scope: Scope, at: string, depth: number): void {
  if (depth > WORKFLOW_LIMITS.parallelDepth)
    scope.problems.push(over(at, depth, 'nested parallel steps', WORKFLOW_LIMITS.parallelDepth));
  const branches = Array.isArray(parallel.branches) ? (parallel.branches as unknown[]) : [];
  const most = WORKFLOW_LIMITS.branches;
  if (branches.length > most) scope.problems.push(over(at, branches.length, 'branches', most));
  if (branches.length > 0) lintSteps(branches, scope, at, depth);
  if (isFields(parallel.for)) lintLoop(parallel.for, scope, at, depth);
}

function lintExpressions(value: unknown, { problems }: Scope, at: string): void {
  const most = WORKFLOW_LIMITS.expressionCharacters;
  for (const expression of expressionsOf(value)) {
    if (expression.length > most) problems.push(over(`an expression of ${at}`, expression.length, 'characters', most));
  }
}

function over(what: string, got: number, unit: string, most: number): string {
  return `${what} has ${got} ${unit}, allowed: at most ${most}`;
}

function misnamed(at: string, name: string): string {
  return `${at}: the name "${name}" must be letters, digits and underscores, not starting with a digit`;
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
