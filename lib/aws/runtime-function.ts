import * as path from 'node:path';
import type { Duration } from 'aws-cdk-lib';
import { ArnFormat, RemovalPolicy, Stack, Validations } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as kms from 'aws-cdk-lib/aws-kms';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as logs from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { packageRoot } from '../config/package-root';
import { InlineRole } from './inline-role';
import type { Network } from './network';

export interface RuntimeFunctionProps {
  /** Name of the bundle below `dist/runtime/aws`. */
  readonly bundle: string;
  readonly description: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly statements: iam.PolicyStatement[];
  readonly encryptionKey: kms.IKey;
  readonly timeout: Duration;
  /**
   * Memory, and with it the share of a processor, in MB.
   * @default 512
   */
  readonly memoryMb?: number;
  readonly network?: Network;
  /**
   * Why a failed call leaves nothing for a dead-letter queue.
   * @default - the caller waits for the answer, and fails with the call
   */
  readonly noDeadLetters?: string;
  /**
   * Whether the role's statements are merged: those of a function that works for many things grow with them.
   * @default false
   */
  readonly minimize?: boolean;
}

/** A Lambda function from the code bundled with this package, with a role and an encrypted log group of its own. */
export class RuntimeFunction extends Construct {
  public readonly function: lambda.Function;
  public readonly role: InlineRole;

  constructor(scope: Construct, id: string, props: RuntimeFunctionProps) {
    super(scope, id);

    allowLogs(props.encryptionKey, Stack.of(this));
    const logGroup = new logs.LogGroup(this, 'Logs', {
      encryptionKey: props.encryptionKey,
      retention: logs.RetentionDays.ONE_YEAR,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    const statements = [
      new iam.PolicyStatement({
        actions: ['logs:CreateLogStream', 'logs:PutLogEvents'],
        resources: [logGroup.logGroupArn],
      }),
      ...props.statements,
      ...(props.network ? networkInterfaceStatements(Stack.of(this)) : []),
    ];
    this.role = new InlineRole(this, 'Role', {
      assumedBy: new iam.ServicePrincipal('lambda.amazonaws.com'),
      policyName: 'Runtime',
      minimize: props.minimize,
    });
    this.role.addStatements(statements);
    this.function = new lambda.Function(this, 'Function', {
      runtime: lambda.Runtime.NODEJS_24_X,
      handler: 'index.handler',
      code: lambda.Code.fromAsset(path.join(packageRoot(), 'dist/runtime/aws', props.bundle)),
      description: props.description,
      environment: { ...props.environment },
      environmentEncryption: Object.keys(props.environment).length > 0 ? props.encryptionKey : undefined,
      memorySize: props.memoryMb ?? 512,
      timeout: props.timeout,
      logGroup,
      role: this.role,
      vpc: props.network?.vpc,
      vpcSubnets: props.network?.subnets,
      securityGroups: props.network?.securityGroups,
    });
    acknowledgeUse(this.function, props.noDeadLetters);
    if (!props.network) acknowledgeNoNetwork(this.function);
    acceptRoleDependency(this.function);
  }
}

const SYNCHRONOUS =
  'The function is called synchronously: a failed call fails its step, and leaves nothing for a dead-letter queue.';

function acknowledgeUse(runtimeFunction: lambda.Function, noDeadLetters = SYNCHRONOUS): void {
  Validations.of(runtimeFunction).acknowledge(
    {
      id: 'NIST.800.53.R5-LambdaConcurrency',
      reason:
        'A few executions a day call the function; reserved concurrency would be taken from all others of the account.',
    },
    { id: 'NIST.800.53.R5-LambdaDLQ', reason: noDeadLetters },
  );
}

function acknowledgeNoNetwork(runtimeFunction: lambda.Function): void {
  Validations.of(runtimeFunction).acknowledge({
    id: 'NIST.800.53.R5-LambdaInsideVPC',
    reason: 'No VPC was given: the function calls AWS services only, and nothing can connect to it.',
  });
}

/** CDK makes a function depend on its role, to which the function refers anyway: cfn-lint warns of that. */
function acceptRoleDependency(runtimeFunction: lambda.Function): void {
  const resource = runtimeFunction.node.defaultChild as lambda.CfnFunction;
  resource.addMetadata('cfn-lint', { config: { ignore_checks: ['W3005'] } });
}

/**
 * Lets CloudWatch Logs use a key for the log groups of this account. Of an imported key the policy stays its owner's.
 * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html
 */
function allowLogs(key: kms.IKey, stack: Stack): void {
  const logGroups = stack.formatArn({
    service: 'logs',
    resource: 'log-group',
    resourceName: '*',
    arnFormat: ArnFormat.COLON_RESOURCE_NAME,
  });
  key.addToResourcePolicy(
    new iam.PolicyStatement({
      principals: [new iam.ServicePrincipal(`logs.${stack.region}.amazonaws.com`)],
      actions: ['kms:Encrypt*', 'kms:Decrypt*', 'kms:ReEncrypt*', 'kms:GenerateDataKey*', 'kms:Describe*'],
      resources: ['*'], // in a key policy: this key
      conditions: { ArnLike: { 'kms:EncryptionContext:aws:logs:arn': logGroups } },
    }),
  );
}

/**
 * What Lambda needs to attach a function to a VPC. Deleting has to be allowed for all ids: Lambda tests it before there is one.
 * @see https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html
 */
function networkInterfaceStatements(stack: Stack): iam.PolicyStatement[] {
  return [
    new iam.PolicyStatement({
      actions: [
        'ec2:CreateNetworkInterface',
        'ec2:DeleteNetworkInterface',
        'ec2:AssignPrivateIpAddresses',
        'ec2:UnassignPrivateIpAddresses',
      ],
      resources: [stack.formatArn({ service: 'ec2', resource: '*', resourceName: '*' })],
    }),
    new iam.PolicyStatement({ actions: ['ec2:DescribeNetworkInterfaces', 'ec2:DescribeSubnets'], resources: ['*'] }),
  ];
}
