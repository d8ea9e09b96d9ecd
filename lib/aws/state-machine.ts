/** State machines as this library makes them: encrypted, traced, logged without their data. */
import { createHash } from 'node:crypto';
import { Fn, RemovalPolicy, Stack } from 'aws-cdk-lib';
import type * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as kms from 'aws-cdk-lib/aws-kms';
import * as logs from 'aws-cdk-lib/aws-logs';
import type * as sns from 'aws-cdk-lib/aws-sns';
import * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import type { Construct } from 'constructs';

export interface StateMachineProps {
  readonly stateMachineName: string;
  /** In the Amazon States Language. */
  readonly definition: object;
  readonly role: iam.Role;
  readonly encryptionKey: kms.IKey;
}

/** A state machine with its logs, as `StateMachine` and `Logs` in the scope. What executions work with stays out of the logs. */
export function createStateMachine(scope: Construct, props: StateMachineProps): sfn.StateMachine {
  const { stateMachineName, definition, role, encryptionKey } = props;
  const logGroup = new logs.LogGroup(scope, 'Logs', {
    logGroupName: `/aws/vendedlogs/states/${stateMachineName}`, // of this prefix any number may be delivered to
    encryptionKey,
    retention: logs.RetentionDays.ONE_YEAR,
    removalPolicy: RemovalPolicy.DESTROY,
  });
  const machine = new sfn.StateMachine(scope, 'StateMachine', {
    stateMachineName,
    definitionBody: sfn.DefinitionBody.fromString(Stack.of(scope).toJsonString(definition)),
    role: role.withoutPolicyUpdates(),
    encryptionConfiguration: new sfn.CustomerManagedEncryptionConfiguration(encryptionKey),
    tracingEnabled: true,
    logs: { destination: logGroup, level: sfn.LogLevel.ALL, includeExecutionData: false },
  });
  const resource = machine.node.defaultChild as sfn.CfnStateMachine;
  // CDK makes a machine depend on its role, to which the machine refers anyway: cfn-lint warns of that.
  resource.addMetadata('cfn-lint', { config: { ignore_checks: ['W3005'] } });
  return machine;
}

/**
 * A name of the account and region: made of the stack's id and of the place in the stack. A function may look at executions
 * by it; a reference to the machine would be one in a circle, since the machine refers to the function.
 */
export function uniqueName(scope: Construct, prefix: string): string {
  const stack = Stack.of(scope);
  const place = scope.node.path.slice(stack.node.path.length);
  const hash = createHash('sha256').update(place).digest('hex').slice(0, 8);
  const stackId = Fn.select(2, Fn.split('/', stack.stackId));
  return Fn.join('-', [prefix, hash, stackId]);
}

/** Executions that came to no end of their own: failed, stopped by someone, or out of time. */
export function metricsUnfinished(machine: sfn.IStateMachine): Record<string, cloudwatch.IMetric> {
  return {
    failed: machine.metricFailed(),
    aborted: machine.metricAborted(),
    timedOut: machine.metricTimedOut(),
  };
}

/** What a state machine may do that calls one function. The delivery of logs and traces knows no resource. */
export function machineStatements(functionArn: string, keyArn: string): iam.PolicyStatement[] {
  return [
    new iam.PolicyStatement({ actions: ['lambda:InvokeFunction'], resources: [functionArn] }),
    new iam.PolicyStatement({ actions: ['kms:Decrypt', 'kms:GenerateDataKey'], resources: [keyArn] }),
    new iam.PolicyStatement({
      actions: [
        'logs:CreateLogDelivery',
        'logs:GetLogDelivery',
        'logs:UpdateLogDelivery',
        'logs:DeleteLogDelivery',
        'logs:ListLogDeliveries',
        'logs:PutResourcePolicy',
        'logs:DescribeResourcePolicies',
        'logs:DescribeLogGroups',
      ],
      resources: ['*'],
    }),
    new iam.PolicyStatement({
      actions: [
        'xray:PutTraceSegments',
        'xray:PutTelemetryRecords',
        'xray:GetSamplingRules',
        'xray:GetSamplingTargets',
      ],
      resources: ['*'],
    }),
  ];
}

/** What starting a state machine takes: its data is encrypted. */
export function startStatements(stateMachineArn: string, keyArn: string): iam.PolicyStatement[] {
  return [
    new iam.PolicyStatement({ actions: ['states:StartExecution'], resources: [stateMachineArn] }),
    new iam.PolicyStatement({ actions: ['kms:Decrypt', 'kms:GenerateDataKey'], resources: [keyArn] }),
  ];
}

/** Allows starting a state machine, and following its executions. */
export function grantStart(
  grantee: iam.IGrantable,
  { stateMachineArn, executionArns, keyArn }: Readonly<Record<'stateMachineArn' | 'executionArns' | 'keyArn', string>>,
): iam.Grant {
  const allow = (actions: string[], resource: string) =>
    iam.Grant.addToPrincipal({ grantee, actions, resourceArns: [resource] });
  return allow(['states:StartExecution'], stateMachineArn)
    .combine(allow(['states:DescribeExecution'], executionArns))
    .combine(allow(['kms:Decrypt', 'kms:GenerateDataKey'], keyArn));
}

/** Lets a state machine tell a topic. */
export function publishStatements(topic: sns.ITopic | undefined): iam.PolicyStatement[] {
  if (!topic) return [];
  const key = topic.masterKey;
  return [
    new iam.PolicyStatement({ actions: ['sns:Publish'], resources: [topic.topicArn] }),
    ...(key
      ? [new iam.PolicyStatement({ actions: ['kms:Decrypt', 'kms:GenerateDataKey'], resources: [key.keyArn] })]
      : []),
  ];
}
