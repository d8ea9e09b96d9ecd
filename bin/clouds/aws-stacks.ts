/** Looks into stacks: what stands there, and what their templates say about it. */
import { InputError } from '../command';
import { AwsError } from './aws-problems';
import type { AwsCalls, StackResource } from './aws-sdk';

/** A stack, or one nested in it. */
export interface Stack {
  /** Name or ARN. */
  readonly id: string;
  readonly resources: readonly StackResource[];
}

/** What of a template is followed. */
export interface TemplateResource {
  readonly Type?: string;
  readonly Properties?: Readonly<Record<string, unknown>>;
}

export type TemplateResources = Readonly<Record<string, TemplateResource | undefined>>;

/** The calls, of which those about stacks are made once: several finders look into the same stack. */
export function remembering(calls: AwsCalls): AwsCalls {
  const once = <T>(call: (stack: string) => Promise<T>) => {
    const answers = new Map<string, Promise<T>>();
    return (stack: string) => {
      if (!answers.has(stack)) answers.set(stack, call(stack));
      return answers.get(stack)!;
    };
  };
  return { ...calls, resources: once(calls.resources), template: once(calls.template) };
}

/**
 * A stack and those nested in it.
 *
 * @throws InputError when it does not exist
 */
export async function withNested(calls: AwsCalls, id: string): Promise<Stack[]> {
  const resources = await resourcesOf(calls, id);
  const nested = resources.filter(({ type }) => type === 'AWS::CloudFormation::Stack');
  const inner: Stack[] = [];
  for (const { physicalId } of nested) inner.push(...(await withNested(calls, physicalId)));
  return [{ id, resources }, ...inner];
}

async function resourcesOf(calls: AwsCalls, stack: string): Promise<StackResource[]> {
  try {
    return await calls.resources(stack);
  } catch (error) {
    if (!(error instanceof AwsError && error.code === 'ValidationError' && /does not exist/.test(error.message)))
      throw error;
    throw new InputError([
      `stack ${stack} does not exist in this account and region; deploy it first, or name another with --stack, --region or --profile`,
    ]);
  }
}

/**
 * The resources of a template.
 *
 * @throws InputError when it is YAML, which only hands write
 */
export function parsedTemplate(text: string, stackName: string, instead: string): TemplateResources {
  try {
    return (JSON.parse(text) as { Resources?: TemplateResources }).Resources ?? {};
  } catch {
    throw new InputError([`the template of stack ${stackName} is no JSON; ${instead}`]);
  }
}

/** The physical id of a logical one. */
export function physicalId({ resources }: Stack, id: string | undefined): string | undefined {
  return resources.find(({ logicalId }) => logicalId === id)?.physicalId;
}

/** A variable in the environment of a function. */
export function variable(resource: TemplateResource | undefined, name: string): unknown {
  const environment = resource?.Properties?.Environment as { Variables?: Record<string, unknown> } | undefined;
  return resource?.Type === 'AWS::Lambda::Function' ? environment?.Variables?.[name] : undefined;
}

/** The logical ids that a value refers to, in their order. */
export function references(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return [];
  if (Array.isArray(value)) return value.flatMap(references);
  return Object.entries(value).flatMap(([key, inner]) => {
    if (key === 'Ref') return [String(inner)];
    if (key === 'Fn::GetAtt') return [String(Array.isArray(inner) ? inner[0] : inner).split('.')[0]];
    return references(inner);
  });
}
