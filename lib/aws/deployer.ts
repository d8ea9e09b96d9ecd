import { ArnFormat, Duration, Stack } from 'aws-cdk-lib';
import type { RemovalPolicy } from 'aws-cdk-lib';
import type * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import type * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as kms from 'aws-cdk-lib/aws-kms';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import type * as sns from 'aws-cdk-lib/aws-sns';
import type * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import type { DeployerEnvironment, EndpointResourceEnvironment } from '../runtime/contract';
import { deployerDefinition } from './deployer/definition';
import type { EndpointAccess } from './deployer/roles';
import { deployerStatements, endpointStatements, watchStatements } from './deployer/roles';
import { createKey } from './encryption-key';
import { ConstructError } from './errors';
import { failureAlarm, sumOf, tellOrExplain } from './failure-alarm';
import { InlineRole } from './inline-role';
import { limitRights } from './policy-size';
import { recordsTable } from './records-table';
import type { Network } from './network';
import { networkOf } from './network';
import { RuntimeFunction } from './runtime-function';
import { serviceRole } from './service-role';
import {
  createStateMachine,
  grantStart,
  machineStatements,
  metricsUnfinished,
  startStatements,
  uniqueName,
} from './state-machine';

/** Properties of a deployer. */
export interface DeployerProps {
  /**
   * Key for the records, the history of executions, and logs. An owned key lets CloudWatch Logs use it; in the policy of an
   * imported one, allow `logs.<region>.amazonaws.com` and `delivery.logs.amazonaws.com`.
   * @default - a new key with yearly rotation
   */
  readonly encryptionKey?: kms.IKey;

  /**
   * VPC for the functions. It needs a way to S3, SageMaker, Application Auto Scaling, CloudWatch, Step Functions and
   * DynamoDB.
   * @default - no VPC
   */
  readonly vpc?: ec2.IVpc;

  /**
   * Subnets in the VPC.
   * @default - the private subnets
   */
  readonly vpcSubnets?: ec2.SubnetSelection;

  /**
   * Security groups of the functions in the VPC.
   * @default - a new one that lets everything out and nothing in
   */
  readonly securityGroups?: ec2.ISecurityGroup[];

  /**
   * Topic that is told of failed executions.
   * @default - that of the first endpoint that has one
   */
  readonly topic?: sns.ITopic;

  /**
   * What happens to the records of what serves, and why, when the deployer leaves the stack.
   * @default RemovalPolicy.RETAIN
   */
  readonly removalPolicy?: RemovalPolicy;
}

/** Id of the deployer that a stack's endpoints share. Resources are named by it: it never changes. */
const SHARED_ID = 'MlopsDeployer';

/** The longest that Lambda lets a phase take; phases end within seconds. */
const PHASE = Duration.minutes(5);

/**
 * Decides which model version an endpoint serves, and is alone in that: it rolls versions out, tests them, rolls them back,
 * and keeps a record with the reasons. One deployer works for all endpoints of a stack; an endpoint without one of its own
 * shares that of its stack, with the key and the network of the first endpoint.
 *
 * An endpoint keeps the deployer that it was created with: CloudFormation cannot give a custom resource another one.
 */
export class Deployer extends Construct implements ec2.IConnectable {
  /**
   * The deployer that was given, or the one that the endpoints of a stack share. It has the rights on its endpoints, and
   * they depend on it: both stand in one stack.
   * @internal
   */
  public static _of(scope: Construct, given: Deployer | undefined, props: DeployerProps): Deployer {
    const stack = Stack.of(scope);
    if (!given) return (stack.node.tryFindChild(SHARED_ID) as Deployer) ?? new Deployer(stack, SHARED_ID, props);
    const other = Stack.of(given);
    if (other === stack) return given;
    throw new ConstructError(
      scope,
      `deployer: is in stack ${other.node.path}, but the endpoint in ${stack.node.path}, and the two need each other; ` +
        `make a Deployer in the endpoint's stack, or leave deployer out`,
    );
  }

  /** Starts with an endpoint, and perhaps something that is asked of it; ends when there is nothing left to do. */
  public readonly stateMachine: sfn.IStateMachine;

  /** What serves, what served, and why: one item an endpoint. */
  public readonly table: dynamodb.ITable;

  /** Key for the records, the history of executions, and logs. */
  public readonly encryptionKey: kms.IKey;

  /** Alarm on executions that failed: the deployer itself could not go on. */
  public readonly alarm: cloudwatch.Alarm;

  /** Of the functions. */
  public readonly connections: ec2.Connections;

  /** Function behind the custom resources. */
  private readonly endpointResource: lambda.IFunction;
  private readonly functionRole: InlineRole;
  private readonly machineRole: InlineRole;
  private readonly eventRole: iam.IRole;
  private readonly executionArns: string;
  private readonly endpoints: EndpointAccess[] = [];
  private topic?: sns.ITopic;

  constructor(scope: Construct, id: string, props: DeployerProps = {}) {
    super(scope, id);
    this.encryptionKey =
      props.encryptionKey ?? createKey(this, 'Key', 'Encrypts the records of deployments', props.removalPolicy);
    const network = networkOf(this, props, 'Functions of the deployer');
    this.connections = new ec2.Connections({ securityGroups: network?.securityGroups });
    this.table = recordsTable(this, 'Records', {
      partitionKey: 'endpoint',
      encryptionKey: this.encryptionKey,
      removalPolicy: props.removalPolicy,
    });

    const machineName = uniqueName(this, 'mlops-deployer');
    this.executionArns = Stack.of(this).formatArn({
      service: 'states',
      resource: 'execution',
      resourceName: `${machineName}:*`,
      arnFormat: ArnFormat.COLON_RESOURCE_NAME,
    });
    const phases = this.createFunction(network);
    this.functionRole = phases.role;
    this.machineRole = this.createMachineRole(phases.function);
    this.stateMachine = createStateMachine(this, {
      stateMachineName: machineName,
      definition: deployerDefinition(phases.function.functionArn),
      role: this.machineRole,
      encryptionKey: this.encryptionKey,
    });
    this.endpointResource = this.createEndpointResource(network);
    this.eventRole = serviceRole(this, 'EventRole', {
      description: 'Lets events and schedules start the deployer',
      assumedBy: new iam.ServicePrincipal('events.amazonaws.com'),
      policyName: 'Start',
      statements: startStatements(this.stateMachine.stateMachineArn, this.encryptionKey.keyArn),
    });
    this.alarm = failureAlarm(this, 'FailureAlarm', {
      metric: sumOf('Executions that failed', metricsUnfinished(this.stateMachine)),
      description: 'A deployment could not go on: see the execution of the state machine',
      topic: props.topic,
    });
    this.topic = props.topic;
    limitRights(this, this.functionRole, () => ({
      what: `the deployer on ${this.endpoints.length} endpoints`,
      wayOut: 'give some of the endpoints a Deployer of their own, or deploy them in another stack',
    }));
  }

  /** Allows what the command line does: starting and following executions, and reading the records. */
  public grantOperate(grantee: iam.IGrantable): iam.Grant {
    return this.grantStart(grantee).combine(
      iam.Grant.addToPrincipal({ grantee, actions: ['dynamodb:GetItem'], resourceArns: [this.table.tableArn] }),
    );
  }

  /**
   * As `grantOperate`, with the record of one endpoint only. Whoever may start an execution may name any endpoint of the
   * deployer in it.
   * @internal
   */
  public _grantOperateOn(endpointName: string, grantee: iam.IGrantable): iam.Grant {
    const start = this.grantStart(grantee);
    const record = iam.Grant.addToPrincipal({
      grantee,
      actions: ['dynamodb:GetItem'],
      resourceArns: [this.table.tableArn],
      conditions: { 'ForAllValues:StringEquals': { 'dynamodb:LeadingKeys': [endpointName] } },
    });
    return start.combine(record);
  }

  /**
   * Takes over an endpoint: the deployer gets the rights on it.
   *
   * @returns what its custom resource and its rules are made of
   * @internal
   */
  public _serve(endpoint: EndpointAccess): { serviceToken: string; eventRoleArn: string } {
    this.endpoints.push(endpoint);
    this.functionRole.addStatements(endpointStatements(Stack.of(this), endpoint));
    this.machineRole.addStatements(watchStatements(Stack.of(this), endpoint));
    if (endpoint.topic && !this.topic) {
      this.topic = endpoint.topic;
      tellOrExplain(this.alarm, endpoint.topic);
    }
    return { serviceToken: this.endpointResource.functionArn, eventRoleArn: this.eventRole.roleArn };
  }

  private grantStart(grantee: iam.IGrantable): iam.Grant {
    const { stateMachineArn } = this.stateMachine;
    return grantStart(grantee, {
      stateMachineArn,
      executionArns: this.executionArns,
      keyArn: this.encryptionKey.keyArn,
    });
  }

  private createFunction(network?: Network): RuntimeFunction {
    const environment: DeployerEnvironment = { TABLE_NAME: this.table.tableName };
    return new RuntimeFunction(this, 'Function', {
      bundle: 'deployer',
      description: 'Phases of deployments: what is next, make it, verify it, record it',
      environment: { ...environment },
      statements: deployerStatements(Stack.of(this), {
        tableArn: this.table.tableArn,
        keyArn: this.encryptionKey.keyArn,
        executionArns: this.executionArns,
      }),
      encryptionKey: this.encryptionKey,
      timeout: PHASE,
      network,
      minimize: true,
    });
  }

  private createMachineRole(phases: lambda.IFunction): InlineRole {
    const role = new InlineRole(this, 'MachineRole', {
      description: 'Runs the phases of deployments',
      assumedBy: new iam.ServicePrincipal('states.amazonaws.com'),
      policyName: 'Phases',
      minimize: true,
    });
    role.addStatements(machineStatements(phases.functionArn, this.encryptionKey.keyArn));
    return role;
  }

  private createEndpointResource(network?: Network): lambda.IFunction {
    const { stateMachineArn } = this.stateMachine;
    const environment: EndpointResourceEnvironment = { STATE_MACHINE_ARN: stateMachineArn };
    return new RuntimeFunction(this, 'EndpointResource', {
      bundle: 'endpoint-resource',
      description: 'Hands what a stack asks for an endpoint to the deployer',
      environment: { ...environment },
      statements: startStatements(stateMachineArn, this.encryptionKey.keyArn),
      encryptionKey: this.encryptionKey,
      timeout: Duration.minutes(2),
      network,
      noDeadLetters:
        'CloudFormation waits for the answer: a request that got none fails the deployment, and people see it.',
    }).function;
  }
}
