import type { DeploymentRecord } from '../../lib/deployer/record';
import { parseRecord } from '../../lib/deployer/record';
import type { PersonRequest } from '../../lib/deployer/requests';
import type { AwsPolicy, DeployerInput } from '../../lib/runtime/contract';
import { InputError } from '../command';
import type { AwsWhereabouts, FoundVersion, Operations } from '../operations/operations';
import type { FoundDeployer } from './aws-deployer-stack';
import { findDeployer } from './aws-deployer-stack';
import { endText, runs, startOnce } from './aws-executions';
import { monitorsOn } from './aws-monitors';
import { AwsError, explained } from './aws-problems';
import type { AwsCalls } from './aws-sdk';
import { remembering } from './aws-stacks';

/** Finds an endpoint and its deployer. */
export async function awsOperations(where: AwsWhereabouts): Promise<Operations> {
  const { awsCalls } = await import('./aws-sdk.js');
  const { deployer, endpoint, stack, profile } = where;
  const region = where.region ?? deployer?.stateMachine.split(':')[3];
  const calls = remembering(explained(awsCalls({ region, profile }), profile));
  const found = deployer ? { endpoint: endpoint!, ...deployer } : await findDeployer(calls, stack!, endpoint);
  return operations(calls, found, deployer ? undefined : stack);
}

function operations(calls: AwsCalls, found: FoundDeployer, stack: string | undefined): Operations {
  const { endpoint, stateMachine, table } = found;
  return {
    endpoint,
    record: () => readRecord(calls, table, endpoint),
    version: (given, record) => findVersion(calls, versionArn(given, record, stateMachine)),
    ask: (request) => start(calls, stateMachine, { endpoint, cause: 'command line', request }),
    end: (execution) => endOf(calls, execution),
    monitors: async () => (stack === undefined ? undefined : monitorsOn(calls, stack, endpoint)),
    unread: async () => undefined, // CloudFormation waits until the deployer has taken a policy
  };
}

async function readRecord(calls: AwsCalls, table: string, endpoint: string): Promise<DeploymentRecord> {
  const document = await calls.document(table, endpoint);
  if (document !== undefined) return parseRecord(endpoint, document);
  throw new InputError([
    `there is no deployment record of ${endpoint} in table ${table}; deploy its stack first, which writes one`,
  ]);
}

/** The ARN of a version, which is of the endpoint's own group: numbers of another group would mean other models. */
function versionArn(given: string, { endpoint, policy }: DeploymentRecord, stateMachine: string): string {
  const named = (policy as AwsPolicy | undefined)?.modelPackageGroup ?? endpoint;
  const [, partition, , region, account] = stateMachine.split(':');
  const prefix = named.startsWith('arn:')
    ? named.replace(':model-package-group/', ':model-package/')
    : `arn:${partition}:sagemaker:${region}:${account}:model-package/${named}`;
  if (/^\d+$/.test(given)) return `${prefix}/${given}`;
  if (given.startsWith(`${prefix}/`)) return given;
  throw new InputError([
    `--version: got ${given}, allowed: a version of ${endpoint}'s own group, ${prefix}/N; an artifact of another goes with --model`,
  ]);
}

async function findVersion(calls: AwsCalls, arn: string): Promise<FoundVersion> {
  const [group, number] = arn.split('/').slice(-2);
  try {
    const found = await calls.modelPackage(arn);
    const approve = `aws sagemaker update-model-package --model-package-arn ${found.arn} --model-approval-status Approved`;
    const model = { version: found.arn, number: found.number ?? Number(number) };
    return { model, approval: found.approval, approve };
  } catch (error) {
    if (!(error instanceof AwsError && /^(ValidationException|ResourceNotFound)/.test(error.code))) throw error;
    if (!/does not exist|not found/i.test(error.message)) throw error;
    throw new InputError([
      `version ${number} does not exist in group ${group}; see: aws sagemaker list-model-packages --model-package-group-name ${group}`,
    ]);
  }
}

/** The execution is named like its request: handing it over twice starts one. */
function start(calls: AwsCalls, stateMachine: string, input: DeployerInput & { readonly request: PersonRequest }) {
  return startOnce(calls, stateMachine, input.request.id, input);
}

async function endOf(calls: AwsCalls, execution: string): Promise<string | undefined> {
  const seen = await calls.execution(execution);
  return runs(seen) ? undefined : endText(seen);
}
