/** Finds the deployer of an endpoint in its stack. */
import { InputError, MisuseError } from '../command';
import type { AwsCalls } from './aws-sdk';
import type { Stack, TemplateResources } from './aws-stacks';
import { parsedTemplate, physicalId, references, variable, withNested } from './aws-stacks';

/** The custom resource that stands for an endpoint; its physical id is the endpoint's name. */
const ENDPOINT_TYPE = 'Custom::MlopsModelEndpoint';

const NAMED = '--state-machine ARN --table NAME';

/** An endpoint with its deployer. */
export interface FoundDeployer {
  readonly endpoint: string;
  readonly stateMachine: string;
  readonly table: string;
}

/**
 * Follows what the template says: the endpoint's resource names its handler, the handler its state machine, the machine the
 * deployer's function, and that its table. So it needs no guess about names and ids.
 */
export async function findDeployer(calls: AwsCalls, stackName: string, endpoint?: string): Promise<FoundDeployer> {
  const stacks = await withNested(calls, stackName);
  const { stack, resource } = choose(stacks, stackName, endpoint);
  const template = parsedTemplate(await calls.template(stack.id), stackName, `name the deployer with ${NAMED}`);
  const [stateMachine, table] = traced(template, resource.logicalId).map((id) => physicalId(stack, id));
  if (stateMachine !== undefined && table !== undefined) return { endpoint: resource.physicalId, stateMachine, table };
  throw new InputError([`the deployer of ${resource.physicalId} is not in stack ${stackName}; name it with ${NAMED}`]);
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

/** The logical ids of state machine and table. */
function traced(resources: TemplateResources, endpointId: string): [machine?: string, table?: string] {
  const [handler] = references(resources[endpointId]?.Properties?.ServiceToken);
  const [machine] = references(variable(resources[handler], 'STATE_MACHINE_ARN'));
  const [table] = references(resources[machine]?.Properties).flatMap((id) =>
    references(variable(resources[id], 'TABLE_NAME')),
  );
  return [machine, table];
}
