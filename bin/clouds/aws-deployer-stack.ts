/** Finds the deployer of an endpoint in its stack. */
import { InputError, MisuseError } from '../command';
import { AwsError } from './aws-problems';
import type { AwsCalls, StackResource } from './aws-sdk';

/** The custom resource that stands for an endpoint; its physical id is the endpoint's name. */
const ENDPOINT_TYPE = 'Custom::MlopsModelEndpoint';

/** An endpoint with its deployer. */
export interface FoundDeployer {
  readonly endpoint: string;
  readonly stateMachine: string;
  readonly table: string;
}

/** A stack, or one nested in it. */
interface Stack {
  /** Name or ARN. */
  readonly id: string;
  readonly resources: readonly StackResource[];
}

/**
 * Follows what the template says: the endpoint's resource names its handler, the handler its state machine, the machine the
 * deployer's function, and that its table. So it needs no guess about names and ids.
 */
export async function findDeployer(calls: AwsCalls, stackName: string, endpoint?: string): Promise<FoundDeployer> {
  const stacks = await withNested(calls, stackName);
  const { stack, resource } = choose(stacks, stackName, endpoint);
  const template = parsed(await calls.template(stack.id), stackName);
  const [machineId, tableId] = traced(template, resource.logicalId);
  const physical = (id: string | undefined) => stack.resources.find(({ logicalId }) => logicalId === id)?.physicalId;
  const [stateMachine, table] = [physical(machineId), physical(tableId)];
  if (stateMachine !== undefined && table !== undefined) return { endpoint: resource.physicalId, stateMachine, table };
  throw new InputError([
    `the deployer of ${resource.physicalId} is not in stack ${stackName}; name it with --state-machine ARN --table NAME`,
  ]);
}

async function withNested(calls: AwsCalls, id: string): Promise<Stack[]> {
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

function choose(stacks: readonly Stack[], stackName: string, endpoint?: string) {
  const all = stacks.flatMap((stack) =>
    stack.resources.filter(({ type }) => type === ENDPOINT_TYPE).map((resource) => ({ stack, resource })),
  );
  const wanted = all.filter(({ resource }) => endpoint === undefined || resource.physicalId === endpoint);
  if (wanted.length === 1) return wanted[0];
  const names = all.map(({ resource }) => resource.physicalId).join(', ');
  if (wanted.length > 1) throw new MisuseError(`stack ${stackName} holds ${names}; name one with --endpoint`);
  const what = endpoint === undefined ? 'no model endpoint' : `no model endpoint ${endpoint}`;
  const instead = names === '' ? '' : ` (but ${names})`;
  throw new InputError([`stack ${stackName} holds ${what}${instead}; name the stack that does with --stack`]);
}

/** What of a template is followed. */
interface Resource {
  readonly Type?: string;
  readonly Properties?: Readonly<Record<string, unknown>>;
}

type Resources = Readonly<Record<string, Resource | undefined>>;

function parsed(text: string, stackName: string): Resources {
  try {
    return (JSON.parse(text) as { Resources?: Resources }).Resources ?? {};
  } catch {
    throw new InputError([
      `the template of stack ${stackName} is no JSON; name the deployer with --state-machine ARN --table NAME`,
    ]);
  }
}

/** The logical ids of state machine and table. */
function traced(resources: Resources, endpointId: string): [machine?: string, table?: string] {
  const [handler] = references(resources[endpointId]?.Properties?.ServiceToken);
  const [machine] = references(variable(resources[handler], 'STATE_MACHINE_ARN'));
  const [table] = references(resources[machine]?.Properties).flatMap((id) =>
    references(variable(resources[id], 'TABLE_NAME')),
  );
  return [machine, table];
}

function variable(resource: Resource | undefined, name: string): unknown {
  const environment = resource?.Properties?.Environment as { Variables?: Record<string, unknown> } | undefined;
  return resource?.Type === 'AWS::Lambda::Function' ? environment?.Variables?.[name] : undefined;
}

/** The logical ids that a value refers to, in their order. */
function references(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return [];
  if (Array.isArray(value)) return value.flatMap(references);
  return Object.entries(value).flatMap(([key, inner]) => {
    if (key === 'Ref') return [String(inner)];
    if (key === 'Fn::GetAtt') return [String(Array.isArray(inner) ? inner[0] : inner).split('.')[0]];
    return references(inner);
  });
}
