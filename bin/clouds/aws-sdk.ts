/**
 * What the command line asks of AWS. The build replaces this file's output by a bundle with the SDK in it, so that users
 * install none: it imports nothing of the house but types.
 */
import { CloudFormationClient, GetTemplateCommand, paginateListStackResources } from '@aws-sdk/client-cloudformation';
import { DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb';
import { EventBridgeClient, ListTargetsByRuleCommand } from '@aws-sdk/client-eventbridge';
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
  return { ...stackCalls(new CloudFormationClient(config)), ...recordCalls(config) };
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

function recordCalls(config: object): Omit<AwsCalls, 'template' | 'resources'> {
  const [dynamodb, events, machines, sagemaker] = [
    new DynamoDBClient(config),
    new EventBridgeClient(config),
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
    async targets(rule) {
      const { Targets = [] } = await events.send(new ListTargetsByRuleCommand({ Rule: rule }));
      return Targets.map(({ Arn = '', Input }) => ({ arn: Arn, input: Input }));
    },
    async modelPackage(arn) {
      const found = await sagemaker.send(new DescribeModelPackageCommand({ ModelPackageName: arn }));
      const { ModelPackageArn = arn, ModelPackageVersion, ModelApprovalStatus = 'of no approval' } = found;
      return { arn: ModelPackageArn, number: ModelPackageVersion, approval: ModelApprovalStatus };
    },
  };
}
