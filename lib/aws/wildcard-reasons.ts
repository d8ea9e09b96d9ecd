import type * as iam from 'aws-cdk-lib/aws-iam';
import type { IConstruct } from 'constructs';
import { acknowledgeInlinePolicies, acknowledgeWildcards } from './nag-suppressions';

const FILES = 'Files are not known by name before they are written, source archives before they are packed.';
const VERSIONS = 'Versions of the group are numbered as they are registered.';
const JOBS = 'SageMaker makes up the names of jobs, starting with `pipelines-`.';
const INTERFACES = 'The ids of network interfaces are made up as they are created.';
const NO_RESOURCE = 'Describing networks knows no resource.';
const DEPLOYMENTS = 'Models, endpoint configurations and alarms of an endpoint are named by it and a time.';

/** By the first action of a statement, why its resources hold a wildcard. What is not listed here stays a finding. */
const REASONS: Readonly<Record<string, string>> = {
  's3:GetObject': FILES,
  's3:PutObject': FILES,
  'sagemaker:CreateModelPackage': VERSIONS,
  'sagemaker:DescribeModelPackage': VERSIONS,
  'sagemaker:CreateTrainingJob': JOBS,
  'logs:CreateLogGroup': 'SageMaker makes up the names of log streams.',
  'sagemaker:SendPipelineExecutionStepSuccess': 'Executions of a pipeline have ids that SageMaker makes up.',
  'cloudwatch:PutMetricData':
    'Publishing metrics knows no resource; a condition limits it to the namespaces of jobs and monitors.',
  'ecr:GetAuthorizationToken': 'The token of the image registry knows no resource.',
  'sagemaker:CreateModel': DEPLOYMENTS,
  'sagemaker:DescribeTransformJob': DEPLOYMENTS,
  'cloudwatch:PutMetricAlarm': DEPLOYMENTS,
  'cloudwatch:DescribeAlarms':
    'Alarms are described all or none; a configuration that someone made by hand has any name.',
  'kms:DescribeKey': 'SageMaker describes the keys of volumes; a condition keeps the right to that.',
  'sagemaker:ListModels': 'Lists, metrics and scaling targets are read without naming a resource.',
  'application-autoscaling:RegisterScalableTarget':
    'Scaling targets have ids that AWS makes up; conditions limit them to the instances of endpoints.',
  'states:DescribeExecution': 'Executions are named as they are started.',
  'logs:CreateLogDelivery': 'The delivery of logs knows no resource.',
  'xray:PutTraceSegments': 'Tracing knows no resource.',
  'ec2:CreateNetworkInterface': INTERFACES,
  'ec2:CreateNetworkInterfacePermission': INTERFACES,
  'ec2:DescribeDhcpOptions': NO_RESOURCE,
  'ec2:DescribeNetworkInterfaces': NO_RESOURCE,
};

/** Says of a role's or policy's statements why they stand in it, and why some of their resources hold a wildcard. */
export function acknowledgeStatements(owner: IConstruct, statements: iam.PolicyStatement[]): void {
  acknowledgeInlinePolicies(owner);
  const reasons = new Map<string, Set<string>>();
  for (const { actions, resources } of statements) {
    const reason = REASONS[actions[0]];
    if (reason === undefined) continue;
    for (const resource of resources.filter((name) => name.includes('*'))) {
      reasons.set(resource, (reasons.get(resource) ?? new Set()).add(reason));
    }
  }
  for (const [resource, sentences] of reasons) acknowledgeWildcards(owner, [...sentences].join(' '), [resource]);
}
