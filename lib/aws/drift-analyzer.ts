import { Duration, Stack } from 'aws-cdk-lib';
import type { RemovalPolicy } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import type * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as kms from 'aws-cdk-lib/aws-kms';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import type * as sns from 'aws-cdk-lib/aws-sns';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import type * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import type { AnalyzerEnvironment } from '../runtime/drift-contract';
import { analyzerDefinition } from './drift/definition';
import { sharedMonitorRecords } from './drift/records';
import type { BaselineAccess, MonitorAccess } from './drift/roles';
import {
  analyzerStatements,
  baselineStatements,
  machineArns,
  mapStatements,
  missedRunsStatement,
  monitorStatements,
  runStatements,
} from './drift/roles';
import { createKey } from './encryption-key';
import { ConstructError } from './errors';
import { failureAlarm, sumOf, tellOrExplain } from './failure-alarm';
import { InlineRole } from './inline-role';
import { recordsTable } from './records-table';
import type { Network } from './network';
import { networkOf } from './network';
import { RuntimeFunction } from './runtime-function';
import { serviceRole } from './service-role';
import { SpreadRights } from './spread-rights';
import {
  createStateMachine,
  grantStart,
  machineStatements,
  metricsUnfinished,
  startStatements,
  uniqueName,
} from './state-machine';

/** Properties of a drift analyzer. */
export interface DriftAnalyzerProps {
  /**
   * Key for records, messages, the history of executions, and logs. An owned key lets CloudWatch Logs and EventBridge use it;
   * in the policy of an imported one, allow `logs.<region>.amazonaws.com`, `delivery.logs.amazonaws.com` and
   * `events.amazonaws.com`.
   * @default - a new key with yearly rotation
   */
  readonly encryptionKey?: kms.IKey;

  /**
   * Table of the monitors' records, with the partition key `monitor`, a string.
   * @default - a new table
   */
  readonly table?: dynamodb.ITable;

  /**
   * VPC for the function. It needs a way to S3, SageMaker, CloudWatch, Step Functions and DynamoDB.
   * @default - no VPC
   */
  readonly vpc?: ec2.IVpc;

  /**
   * Subnets in the VPC.
   * @default - the private subnets
   */
  readonly vpcSubnets?: ec2.SubnetSelection;

  /**
   * Security groups of the function in the VPC.
   * @default - a new one that lets everything out and nothing in
   */
  readonly securityGroups?: ec2.ISecurityGroup[];

  /**
   * Topic that is told of failed executions.
   * @default - that of the first monitor that has one
   */
  readonly topic?: sns.ITopic;

  /**
   * What happens to a new table, the history of what drifted and of what was retrained, when the analyzer leaves the stack.
   * @default RemovalPolicy.RETAIN
   */
  readonly removalPolicy?: RemovalPolicy;
}

/** What the first monitor of a stack brings. */
type SharedAnalyzerProps = DriftAnalyzerProps & { readonly encryptionKey: kms.IKey };

/** Id of the analyzer that a stack's monitors share. Resources are named by it: it never changes. */
const SHARED_ID = 'MlopsDriftAnalyzer';

/** The longest that Lambda lets a function run. */
const CALL = Duration.minutes(15);

/** From this much memory on, Lambda gives a whole processor. */
const ONE_PROCESSOR_MB = 1769;

/**
 * Counts, compares and judges what monitors watch, and makes the baselines for it: a state machine with one function. One
 * analyzer works for all monitors and training pipelines of a stack; a monitor without one of its own shares that of its stack,
 * with the key and the network of the first.
 *
 * It reads what its monitors name. `bucket.grantRead(analyzer)` lets it read more: a baseline elsewhere, or captured data under
 * a key that no monitor names.
 */
export class DriftAnalyzer extends Construct implements ec2.IConnectable, iam.IGrantable {
  /**
   * The analyzer that was given, or the one that a stack shares. It has the rights on what it reads, which refers to it: both
   * stand in one stack.
   * @internal
   */
  public static _of(scope: Construct, given: DriftAnalyzer | undefined, props: SharedAnalyzerProps): DriftAnalyzer {
    const stack = Stack.of(scope);
    if (!given) return (stack.node.tryFindChild(SHARED_ID) as DriftAnalyzer) ?? createShared(stack, props);
    const other = Stack.of(given);
    if (other === stack) return given;
    throw new ConstructError(
      scope,
      `analyzer: is in stack ${other.node.path}, but what uses it in ${stack.node.path}, and the two need each other; ` +
        `make a DriftAnalyzer in the same stack, or leave analyzer out`,
    );
  }

  /** Starts with a monitor, or with what a pipeline asks for; ends with a report, or a baseline. */
  public readonly stateMachine: sfn.IStateMachine;

  /** How monitors stand, what they found, and what was retrained: one item a monitor. */
  public readonly table: dynamodb.ITable;

  /** Where training pipelines ask for baselines. */
  public readonly queue: sqs.IQueue;

  /** Runs that could not be started, and requests that could not be read. */
  public readonly deadLetterQueue: sqs.IQueue;

  /** Key for records, messages, the history of executions, and logs. */
  public readonly encryptionKey: kms.IKey;

  /** Alarm on runs that failed or never started. */
  public readonly alarm: cloudwatch.Alarm;

  /** Of the function. */
  public readonly connections: ec2.Connections;

  /** The function's role. */
  public readonly grantPrincipal: iam.IPrincipal;

  private readonly functionRights: SpreadRights;
  private readonly machineRights: SpreadRights;
  private readonly eventRole: iam.IRole;
  private readonly arns: ReturnType<typeof machineArns>;
  private watched = 0;
  private topic?: sns.ITopic;

  constructor(scope: Construct, id: string, props: DriftAnalyzerProps = {}) {
    super(scope, id);
    const { removalPolicy } = props;
    this.encryptionKey =
      props.encryptionKey ?? createKey(this, 'Key', 'Encrypts the records of drift monitoring', removalPolicy);
    const network = networkOf(this, props, 'Function of the drift analyzer');
    this.connections = new ec2.Connections({ securityGroups: network?.securityGroups });
    this.table =
      props.table ??
      recordsTable(this, 'Records', { partitionKey: 'monitor', encryptionKey: this.encryptionKey, removalPolicy });
    this.deadLetterQueue = this.createDeadLetterQueue();
    this.queue = this.createQueue();

    const stateMachineName = uniqueName(this, 'mlops-drift');
    this.arns = machineArns(Stack.of(this), stateMachineName);
    const analysis = this.createFunction(network);
    this.grantPrincipal = analysis.role;
    this.functionRights = new SpreadRights(this, 'FunctionRights', analysis.role);
    const machineRole = this.createMachineRole(analysis.function);
    this.machineRights = new SpreadRights(this, 'MachineRights', machineRole);
    this.stateMachine = createStateMachine(this, {
      stateMachineName,
      definition: analyzerDefinition(analysis.function.functionArn),
      role: machineRole,
      encryptionKey: this.encryptionKey,
    });
    this.eventRole = serviceRole(this, 'EventRole', {
      description: 'Lets schedules start the analyzer',
      assumedBy: new iam.ServicePrincipal('events.amazonaws.com'),
      policyName: 'Start',
      statements: startStatements(this.stateMachine.stateMachineArn, this.encryptionKey.keyArn),
    });
    this.topic = props.topic;
    this.alarm = this.createAlarm();
    this.node.addValidation({ validate: () => this.tooManyRights() });
  }

  /** Allows what the command line does: starting and following executions, and reading the records. */
  public grantOperate(grantee: iam.IGrantable): iam.Grant {
    const { stateMachineArn } = this.stateMachine;
    const { executionArns } = this.arns;
    return grantStart(grantee, { stateMachineArn, executionArns, keyArn: this.encryptionKey.keyArn }).combine(
      iam.Grant.addToPrincipal({ grantee, actions: ['dynamodb:GetItem'], resourceArns: [this.table.tableArn] }),
    );
  }

  /**
   * Takes over a monitor: the analyzer gets the rights on what it reads and writes.
   *
   * @returns the role with which its schedule starts the analyzer
   * @internal
   */
  public _watch(access: MonitorAccess): { readonly eventRoleArn: string } {
    this.watched += 1;
    this.functionRights.add(monitorStatements(Stack.of(this), access));
    this.machineRights.add(runStatements(access));
    if (access.topic && !this.topic) {
      this.topic = access.topic;
      tellOrExplain(this.alarm, access.topic);
    }
    return { eventRoleArn: this.eventRole.roleArn };
  }

  /**
   * Makes baselines for a training pipeline: the analyzer gets the rights on what its executions leave.
   *
   * @internal
   */
  public _profile(access: BaselineAccess): void {
    this.watched += 1;
    this.functionRights.add(baselineStatements(Stack.of(this), access));
    this.machineRights.add(runStatements(access));
  }

  private createDeadLetterQueue(): sqs.Queue {
    const queue = new sqs.Queue(this, 'DeadLetters', {
      encryptionMasterKey: this.encryptionKey,
      enforceSSL: true,
      retentionPeriod: Duration.days(14),
    });
    queue.addToResourcePolicy(missedRunsStatement(Stack.of(this), queue));
    // EventBridge passes no source on to KMS: under a condition, what it could not start would be lost silently.
    this.encryptionKey.addToResourcePolicy(
      new iam.PolicyStatement({
        principals: [new iam.ServicePrincipal('events.amazonaws.com')],
        actions: ['kms:Decrypt', 'kms:GenerateDataKey*'],
        resources: ['*'], // in a key policy: this key
      }),
    );
    return queue;
  }

  /** Lambda takes messages only where they stay hidden for as long as the function may run. */
  private createQueue(): sqs.Queue {
    return new sqs.Queue(this, 'Requests', {
      encryptionMasterKey: this.encryptionKey,
      enforceSSL: true,
      visibilityTimeout: CALL,
      deadLetterQueue: { queue: this.deadLetterQueue, maxReceiveCount: 3 },
    });
  }

  private createFunction(network?: Network): RuntimeFunction {
    const { stateMachineArn } = this.arns;
    const environment: AnalyzerEnvironment = {
      TABLE_NAME: this.table.tableName,
      STATE_MACHINE_ARN: stateMachineArn,
    };
    const analysis = new RuntimeFunction(this, 'Function', {
      bundle: 'analyzer',
      description: 'Counts what models are asked, compares it with baselines, and makes these',
      environment: { ...environment },
      statements: analyzerStatements({
        tableArn: this.table.tableArn,
        keyArn: this.encryptionKey.keyArn,
        queueArn: this.queue.queueArn,
        stateMachineArn,
      }),
      encryptionKey: this.encryptionKey,
      timeout: CALL,
      memoryMb: ONE_PROCESSOR_MB,
      network,
      minimize: true,
      noDeadLetters:
        'Its state machine waits for answers; a message that it cannot handle goes to the dead-letter queue of its queue.',
    });
    new lambda.EventSourceMapping(this, 'RequestsToFunction', {
      target: analysis.function,
      eventSourceArn: this.queue.queueArn,
      batchSize: 1,
      reportBatchItemFailures: true,
    });
    return analysis;
  }

  private createMachineRole(analysis: lambda.IFunction): InlineRole {
    const role = new InlineRole(this, 'MachineRole', {
      description: 'Runs drift analyses',
      assumedBy: new iam.ServicePrincipal('states.amazonaws.com'),
      policyName: 'Runs',
      minimize: true,
    });
    role.addStatements([
      ...machineStatements(analysis.functionArn, this.encryptionKey.keyArn),
      ...mapStatements(Stack.of(this), this.arns),
    ]);
    return role;
  }

  private createAlarm(): cloudwatch.Alarm {
    const statistic = cloudwatch.Stats.MAXIMUM;
    const metrics = {
      ...metricsUnfinished(this.stateMachine),
      dead: this.deadLetterQueue.metricApproximateNumberOfMessagesVisible({ statistic }),
    };
    return failureAlarm(this, 'FailureAlarm', {
      metric: sumOf('Runs that failed or never started', metrics),
      description: 'Drift was not analyzed: see the executions of the state machine, and the dead-letter queue',
      topic: this.topic,
    });
  }

  private tooManyRights(): string[] {
    if (![this.functionRights, this.machineRights].some(({ tooMany }) => tooMany)) return [];
    return [
      `the rights on ${this.watched} monitors and training pipelines are more than a role may hold; ` +
        `give some of them a DriftAnalyzer of their own, or deploy them in another stack`,
    ];
  }
}

/** The records stand at every level, the analyzer only where something is monitored. */
function createShared(stack: Stack, props: SharedAnalyzerProps): DriftAnalyzer {
  const table = sharedMonitorRecords(stack, props.encryptionKey);
  return new DriftAnalyzer(stack, SHARED_ID, { ...props, table });
}
