import type { Stack } from 'aws-cdk-lib';
import { ArnFormat } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as kms from 'aws-cdk-lib/aws-kms';
import type * as sns from 'aws-cdk-lib/aws-sns';
import type { IModelRegistry } from '../model-registry';
import { publishStatements } from '../state-machine';

/** What the deployer may reach for one endpoint. */
export interface EndpointAccess {
  readonly endpointName: string;
  readonly endpointArn: string;
  readonly registry: IModelRegistry;
  /** Role of the model's containers, which the deployer passes to SageMaker. */
  readonly modelRole: iam.IRole;
  /** Key of the volumes of the endpoint's machines. */
  readonly encryptionKey: kms.IKey;
  readonly topic?: sns.ITopic;
  readonly inVpc: boolean;
}

/** Everything that the deployer makes for an endpoint is called `<endpoint>-<yyyymmdd>-…`; other endpoints' names begin alike. */
const madeFor = (endpointName: string) => `${endpointName}-20*`;

function alarmArn(stack: Stack, name: string): string {
  const arnFormat = ArnFormat.COLON_RESOURCE_NAME;
  return stack.formatArn({ service: 'cloudwatch', resource: 'alarm', resourceName: name, arnFormat });
}

/** What the deployer's function may do whatever endpoints there are. */
export function deployerStatements(
  stack: Stack,
  { tableArn, keyArn, executionArns }: { readonly tableArn: string; readonly keyArn: string; executionArns: string },
): iam.PolicyStatement[] {
  return [
    new iam.PolicyStatement({ actions: ['dynamodb:GetItem', 'dynamodb:PutItem'], resources: [tableArn] }),
    new iam.PolicyStatement({
      actions: ['kms:Decrypt', 'kms:Encrypt', 'kms:GenerateDataKey', 'kms:DescribeKey'],
      resources: [keyArn],
    }),
    new iam.PolicyStatement({ actions: ['states:DescribeExecution'], resources: [executionArns] }),
    new iam.PolicyStatement({
      actions: [
        'sagemaker:ListModels',
        'sagemaker:ListEndpointConfigs',
        'cloudwatch:GetMetricData',
        'application-autoscaling:DescribeScalableTargets',
      ],
      resources: ['*'],
    }),
    // What someone has put an endpoint on by hand has any name: it is looked at before it is replaced.
    new iam.PolicyStatement({
      actions: ['cloudwatch:DescribeAlarms', 'sagemaker:DescribeEndpointConfig'],
      resources: [
        alarmArn(stack, '*'),
        stack.formatArn({ service: 'sagemaker', resource: 'endpoint-config', resourceName: '*' }),
      ],
    }),
    // SageMaker looks at the key of a volume. What a key is called is no secret: one pattern is enough for all endpoints.
    new iam.PolicyStatement({
      actions: ['kms:DescribeKey'],
      resources: [stack.formatArn({ service: 'kms', resource: 'key', resourceName: '*' })],
      conditions: { StringEquals: { 'kms:ViaService': `sagemaker.${stack.region}.amazonaws.com` } },
    }),
    ...scalingStatements(stack),
  ];
}

/** Scales endpoints. Application Auto Scaling makes alarms with the rights of whoever asks it, and a role of its own once. */
function scalingStatements(stack: Stack): iam.PolicyStatement[] {
  const service = 'sagemaker.application-autoscaling.amazonaws.com';
  const serviceRole = 'AWSServiceRoleForApplicationAutoScaling_SageMakerEndpoint';
  return [
    new iam.PolicyStatement({
      actions: [
        'application-autoscaling:RegisterScalableTarget',
        'application-autoscaling:DeregisterScalableTarget',
        'application-autoscaling:PutScalingPolicy',
        'application-autoscaling:DeleteScalingPolicy',
      ],
      resources: [
        stack.formatArn({ service: 'application-autoscaling', resource: 'scalable-target', resourceName: '*' }),
      ],
      conditions: {
        StringEquals: {
          'application-autoscaling:service-namespace': 'sagemaker',
          'application-autoscaling:scalable-dimension': 'sagemaker:variant:DesiredInstanceCount',
        },
      },
    }),
    alarmStatement(alarmArn(stack, 'TargetTracking-endpoint/*')),
    new iam.PolicyStatement({
      actions: ['iam:CreateServiceLinkedRole'],
      resources: [
        stack.formatArn({
          service: 'iam',
          region: '',
          resource: 'role',
          resourceName: `aws-service-role/${service}/${serviceRole}`,
        }),
      ],
      conditions: { StringEquals: { 'iam:AWSServiceName': service } },
    }),
  ];
}

const alarmStatement = (arn: string) =>
  new iam.PolicyStatement({
    actions: ['cloudwatch:PutMetricAlarm', 'cloudwatch:DeleteAlarms', 'cloudwatch:TagResource'],
    resources: [arn],
  });

/** What the deployer's function may do for one endpoint. Every ARN stands once, since a role holds 10,240 characters. */
export function endpointStatements(stack: Stack, access: EndpointAccess): iam.PolicyStatement[] {
  const { endpointName, registry, modelRole, encryptionKey, inVpc } = access;
  return [
    servingStatement(stack, access),
    alarmStatement(alarmArn(stack, madeFor(endpointName))),
    new iam.PolicyStatement({
      actions: ['sagemaker:DescribeModelPackage', 'sagemaker:ListModelPackages', 'sagemaker:CreateModel'],
      resources: [registry.modelPackageArnPattern],
    }),
    new iam.PolicyStatement({
      actions: ['iam:PassRole'],
      resources: [modelRole.roleArn],
      conditions: { StringEquals: { 'iam:PassedToService': 'sagemaker.amazonaws.com' } },
    }),
    volumeKeyStatement(encryptionKey),
    ...(inVpc ? [networkStatement()] : []),
  ];
}

/**
 * The endpoint itself, and its models, configurations and batch predictions: one pattern covers these three types, and none
 * of the actions but tagging knows another. An endpoint is created and updated with the right on its configuration too.
 */
function servingStatement(stack: Stack, { endpointName, endpointArn }: EndpointAccess): iam.PolicyStatement {
  const candidates = stack.formatArn({ service: 'sagemaker', resource: '*', resourceName: madeFor(endpointName) });
  return new iam.PolicyStatement({
    actions: [
      'sagemaker:CreateModel',
      'sagemaker:DescribeModel',
      'sagemaker:DeleteModel',
      'sagemaker:CreateEndpointConfig',
      'sagemaker:DeleteEndpointConfig',
      'sagemaker:CreateEndpoint',
      'sagemaker:DescribeEndpoint',
      'sagemaker:UpdateEndpoint',
      'sagemaker:UpdateEndpointWeightsAndCapacities',
      'sagemaker:DeleteEndpoint',
      'sagemaker:CreateTransformJob',
      'sagemaker:DescribeTransformJob',
      'sagemaker:StopTransformJob',
      'sagemaker:AddTags',
      'sagemaker:ListTags',
    ],
    resources: [candidates, endpointArn],
  });
}

/** Lets SageMaker use the key for the volumes of the machines that it starts. */
function volumeKeyStatement({ keyArn }: kms.IKey): iam.PolicyStatement {
  return new iam.PolicyStatement({
    actions: ['kms:CreateGrant'],
    resources: [keyArn],
    conditions: { Bool: { 'kms:GrantIsForAWSResource': 'true' } },
  });
}

/** SageMaker looks at the network with the rights of whoever creates the model. */
function networkStatement(): iam.PolicyStatement {
  return new iam.PolicyStatement({
    actions: ['ec2:DescribeNetworkInterfaces', 'ec2:DescribeSecurityGroups', 'ec2:DescribeSubnets', 'ec2:DescribeVpcs'],
    resources: ['*'],
  });
}

/** What the state machine may do for one endpoint: look at it, and tell its topic. */
export function watchStatements(stack: Stack, access: EndpointAccess): iam.PolicyStatement[] {
  const { endpointName, endpointArn, topic } = access;
  const jobs = stack.formatArn({
    service: 'sagemaker',
    resource: 'transform-job',
    resourceName: madeFor(endpointName),
  });
  return [
    new iam.PolicyStatement({ actions: ['sagemaker:DescribeEndpoint'], resources: [endpointArn] }),
    new iam.PolicyStatement({ actions: ['sagemaker:DescribeTransformJob'], resources: [jobs] }),
    ...publishStatements(topic),
  ];
}
