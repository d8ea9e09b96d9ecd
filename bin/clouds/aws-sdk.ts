/**
 * What the command line asks of AWS. The build replaces this file's output by a bundle with the SDK in it, so that users
 * install none: it imports nothing of the house but types.
 */
import { CloudFormationClient, GetTemplateCommand, paginateListStackResources } from '@aws-sdk/client-cloudformation';
import { DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb';
import { DescribeModelPackageCommand, SageMakerClient } from '@aws-sdk/client-sagemaker';
import { DescribeExecutionCommand, SFNClient, StartExecutionCommand } from '@aws-sdk/client-sfn';

/** A resource that stands. */
export interface StackResource {
  readonly logicalId: string;
  readonly physicalId: string;
  readonly type: string;
}

/** A version of the model registry. */
export interface ModelPackage {
  readonly arn: string;
  readonly number?: number;
  readonly approval: string;
}

/** An execution of a state machine. */
export interface Execution {
  readonly status: string;
  readonly error?: string;
  readonly cause?: string;
  /** JSON; once it has succeeded. */
  readonly output?: string;
}

/** What a rule starts. */
export interface Target {
  readonly arn: string;
  readonly input?: string;
}

/** The calls, each of which throws what the SDK throws. */
export interface AwsCalls {
  /** The template of a stack as it was deployed. */
  template(stack: string): Promise<string>;
  resources(stack: string): Promise<StackResource[]>;
  /** The document of an item, by its key, an endpoint's unless said otherwise; nothing where there is no item. */
  document(table: string, name: string, key?: 'endpoint' | 'monitor'): Promise<string | undefined>;
  /** Starts an execution; answers with its ARN. */
  start(stateMachine: string, name: string, input: string): Promise<string>;
  execution(arn: string): Promise<Execution>;
  /** What a rule of EventBridge starts, and with which input. */
  targets(rule: string): Promise<Target[]>;
  modelPackage(arn: string): Promise<ModelPackage>;
}

const SILENT = { debug() {}, info() {}, warn() {}, error() {} };

/** Connects to a region; without one, to that of the environment or the profile. */
export function awsCalls(options: { readonly region?: string; readonly profile?: string }): AwsCalls {
  const region = options.region ?? (process.env.AWS_REGION || process.env.AWS_DEFAULT_REGION || undefined);
  // Which Node later versions of the SDK need is not for users of this one to act on.
  process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true';
  const config = {
    ...(region !== undefined && { region }),
    // A profile that is asked for goes before keys in the environment, without a warning of several lines.
    ...(options.profile !== undefined && { profile: options.profile, logger: SILENT }),
    maxAttempts: 5,
    requestHandler: { connectionTimeout: 10_000, requestTimeout: 60_000 },
  };
  const stacks = stackCalls(new CloudFormationClient(config));
  return { ...stacks, ...deployerCalls(config), targets: (rule) => targetsOf(rule, new SFNClient(config)) };
}

function stackCalls(client: CloudFormationClient): Pick<AwsCalls, 'template' | 'resources'> {
  return {
    async template(stack) {
      const command = new GetTemplateCommand({ StackName: stack, TemplateStage: 'Processed' });
      return (await client.send(command)).TemplateBody ?? '';
    },
    async resources(stack) {
      const found: StackResource[] = [];
      for await (const { StackResourceSummaries = [] } of paginateListStackResources(
        { client },
        { StackName: stack },
      )) {
        for (const { LogicalResourceId, PhysicalResourceId, ResourceType, ResourceStatus } of StackResourceSummaries) {
          if (!LogicalResourceId || !PhysicalResourceId || ResourceStatus === 'DELETE_COMPLETE') continue;
          found.push({ logicalId: LogicalResourceId, physicalId: PhysicalResourceId, type: ResourceType ?? '' });
        }
      }
      return found;
    },
  };
}

function deployerCalls(config: object): Omit<AwsCalls, 'template' | 'resources' | 'targets'> {
  const [dynamodb, machines, sagemaker] = [
    new DynamoDBClient(config),
    new SFNClient(config),
    new SageMakerClient(config),
  ];
  return {
    async document(table, name, key = 'endpoint') {
      const Key = { [key]: { S: name } };
      const { Item } = await dynamodb.send(new GetItemCommand({ TableName: table, Key, ConsistentRead: true }));
      return Item && (Item.document?.S ?? '');
    },
    async start(stateMachine, name, input) {
      const command = new StartExecutionCommand({ stateMachineArn: stateMachine, name, input });
      return (await machines.send(command)).executionArn ?? '';
    },
    async execution(arn) {
      const command = new DescribeExecutionCommand({ executionArn: arn });
      const { status, error, cause, output } = await machines.send(command);
      return { status: status ?? 'unknown', error, cause, output };
    },
    async modelPackage(arn) {
      const found = await sagemaker.send(new DescribeModelPackageCommand({ ModelPackageName: arn }));
      const { ModelPackageArn = arn, ModelPackageVersion, ModelApprovalStatus = 'of no approval' } = found;
      return { arn: ModelPackageArn, number: ModelPackageVersion, approval: ModelApprovalStatus };
    },
  };
}

/**
 * One operation is not worth another client in every installation: EventBridge is asked in its own protocol, over the
 * connection of a client that is there, and with what that signs with.
 */
async function targetsOf(rule: string, { config }: SFNClient): Promise<Target[]> {
  const { protocol, hostname, port } = await eventBridge(config);
  const body = JSON.stringify({ Rule: rule });
  const headers = {
    host: port === '' ? hostname : `${hostname}:${port}`,
    'content-type': 'application/x-amz-json-1.1',
    'x-amz-target': 'AWSEvents.ListTargetsByRule',
  };
  const at = { protocol, hostname, path: '/', ...(port !== '' && { port: Number(port) }) };
  const request = { ...at, method: 'POST', query: {}, headers, body };
  const region = await config.region();
  const signer = await config.signer({ name: 'sigv4', signingName: 'events', signingRegion: region, properties: {} });
  const { response } = await config.requestHandler.handle(await signer.sign(request));
  const answer = JSON.parse(await config.streamCollector(response.body).then((bytes) => Buffer.from(bytes).toString()));
  if (response.statusCode < 300)
    return (answer.Targets ?? []).map(({ Arn, Input }: any) => ({ arn: Arn, input: Input }));
  const name = String(answer.__type).split('#').at(-1);
  throw Object.assign(new Error(answer.message ?? answer.Message), { name });
}

/** Beside Step Functions in every region, unless the environment names another place. */
async function eventBridge(config: SFNClient['config']): Promise<URL> {
  const named = process.env.AWS_ENDPOINT_URL_EVENTBRIDGE || process.env.AWS_ENDPOINT_URL;
  if (named) return new URL(named);
  const { url } = config.endpointProvider({ Region: await config.region() });
  return new URL(url.href.replace('//states.', '//events.'));
}
