import type { App } from 'aws-cdk-lib';
import { CfnParameter, Stack, Validations } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as sns from 'aws-cdk-lib/aws-sns';
import { NagPack } from 'cdk-nag';
import type { IConstruct } from 'constructs';
import { describe, expect, test, vi } from 'vitest';
import { ArtifactStore } from '../../lib/aws/artifact-store';
import { MlopsPipeline } from '../../lib/aws/mlops-pipeline';
import { ModelRegistry } from '../../lib/aws/model-registry';
import { TrainingPipeline } from '../../lib/aws/training-pipeline';
import type { MlopsConfig } from '../../lib/config/mlops';
import type { References } from './configs';
import { existingVpc, fullConfig, KEY_ARN, newStack, smallConfig, without } from './configs';
import { nagFindings, synthesize } from './judges';

/** A stack with one pipeline. */
function stackWith(config: MlopsConfig, references: (stack: Stack) => References = () => ({})): Stack {
  const stack = newStack();
  new MlopsPipeline(stack, 'Pipeline', { config, ...references(stack) });
  return stack;
}

const ownImages = (): MlopsConfig => {
  const training = without(fullConfig().training!, 'framework');
  const image = '123456789012.dkr.ecr.eu-west-1.amazonaws.com/own:1';
  return fullConfig({ training: { ...training, image, spot: true, compute: 'gpu' } });
};

/** Everything that can be passed in, made in the same stack. */
function ownParts(stack: Stack): References {
  const { bucket: artifactBucket, encryptionKey } = new ArtifactStore(stack, 'Store');
  return {
    vpc: existingVpc(stack),
    artifactBucket,
    encryptionKey,
    dataEncryptionKey: kms.Key.fromKeyArn(stack, 'DataKey', KEY_ARN),
    role: new iam.Role(stack, 'Role', { assumedBy: new iam.ServicePrincipal('sagemaker.amazonaws.com') }),
    topic: new sns.Topic(stack, 'Topic', { masterKey: encryptionKey, enforceSSL: true }),
    registry: ModelRegistry.fromModelPackageGroupName(stack, 'Registry', 'churn'),
  };
}

describe('cdk-nag, AwsSolutions and NIST 800-53 R5, has nothing to say', () => {
  const withoutFeatures = without(smallConfig(), 'featureStore');
  test.each<[string, MlopsConfig, ((stack: Stack) => References)?]>([
    ['at level 0', fullConfig({ level: 0, capabilities: {} })],
    ['at level 1', { ...withoutFeatures, level: 1 }],
    ['at level 1, in a VPC', fullConfig({ level: 1 }), (stack) => ({ vpc: existingVpc(stack) })],
    ['at level 2', smallConfig()],
    ['at level 2 with own images on spare capacity, in a VPC', ownImages(), (stack) => ({ vpc: existingVpc(stack) })],
    ['when all parts are passed in', fullConfig(), ownParts],
  ])('%s', (_name, config, references) => {
    expect(nagFindings(stackWith(config, references))).toEqual([]);
  });

  test('about a training pipeline alone, with data and image known at deployment only', () => {
    const stack = newStack();
    const { training, validation, image } = Object.fromEntries(
      ['training', 'validation', 'image'].map((id) => [id, new CfnParameter(stack, id).valueAsString]),
    );
    const config = without(smallConfig().training!, 'framework');
    const { bucket: artifactBucket, encryptionKey } = new ArtifactStore(stack, 'Store');
    new TrainingPipeline(stack, 'Training', {
      ...config,
      image,
      pipelineName: 'churn',
      data: { training, validation },
      registry: new ModelRegistry(stack, 'Registry', { modelPackageGroupName: 'churn' }),
      artifactBucket,
      encryptionKey,
      schedule: { cron: '0 3 * * *' },
    });
    expect(nagFindings(stack)).toEqual([]);
  });

  test('about a pipeline whose data is in a bucket of another stack', () => {
    const stack = newStack();
    const data = new Stack(stack.node.root as App, 'Data');
    const { bucket } = new ArtifactStore(data, 'Store');
    const location = { ...smallConfig().data!, training: bucket.s3UrlForObject('train/') };
    new MlopsPipeline(stack, 'Pipeline', { config: smallConfig({ data: location }) });
    expect(nagFindings(stack)).toEqual([]);
  });
});

interface Acknowledgement {
  readonly path: string;
  readonly rule: string;
  readonly reason: string;
}

/** Every acknowledgement in a synthesized stack, once. */
function acknowledgements(stack: Stack): Acknowledgement[] {
  const of = ({ node }: IConstruct): Acknowledgement[] =>
    node.metadata
      .filter(({ type }) => type === Validations.ACKNOWLEDGED_RULES_METADATA_KEY)
      .flatMap(({ data }) => Object.entries(data as Record<string, string>))
      .map(([id, reason]) => ({ path: node.path, rule: id.replace(/^annotation::/i, ''), reason }));
  const found = stack.node.findAll().flatMap(of);
  return [...new Map(found.map((entry) => [JSON.stringify(entry), entry])).values()];
}

const short = (text: string) =>
  text
    .replaceAll('arn:<AWS::Partition>:', '')
    .replaceAll('<AWS::Region>:<AWS::AccountId>:', '')
    .replace(/<Pipeline\w*Bucket\w*\.Arn>/, '<bucket>')
    .replace(/mlops-(deployer|drift)-[0-9a-f]{8}-\{.*\}/, '<machine>')
    .replace(/AwsSolutions-IAM5\[Resource::(.*)\]$/, 'IAM5 $1')
    .replace('NIST.800.53.R5-', '')
    .replace('AwsSolutions-', '');

const INLINE = 'IAMNoInlinePolicy';
const FUNCTION = ['LambdaConcurrency', 'LambdaDLQ'];
const IN_A_VPC = ['IAM5 ec2:*/*', 'IAM5 *'];

/** What people looked at and found right. A new line here is a decision: can the finding be avoided instead? */
const REVIEWED: Readonly<Record<string, readonly string[]>> = {
  'Artifacts/AccessLogs': ['S3DefaultEncryptionKMS', 'S3BucketReplicationEnabled'],
  'Artifacts/Bucket': ['S3BucketReplicationEnabled'],
  'Endpoint/Role': [
    INLINE,
    'IAM5 *',
    'IAM5 <bucket>/capture/churn/*',
    'IAM5 <bucket>/training/*',
    'IAM5 ec2:network-interface/*',
    'IAM5 logs:log-group:/aws/sagemaker/Endpoints/churn:*',
    'IAM5 logs:log-group:/aws/sagemaker/TransformJobs:*',
  ],
  'FeatureStore/Role': [
    INLINE,
    ...['churn-customers', 'churn-regions'].flatMap((group) => [
      `IAM5 <bucket>/feature-store/${group}/*`,
      `IAM5 <bucket>/feature-store/${group}/*/metadata/*`,
      `IAM5 glue:table/sagemaker_featurestore/${group.replace('-', '?')}*`,
    ]),
  ],
  'MlopsDeployer/EndpointResource/Function': FUNCTION,
  'MlopsDeployer/EndpointResource/Role': [INLINE, ...IN_A_VPC],
  'MlopsDeployer/EventRole': [INLINE],
  'MlopsDeployer/Function/Function': FUNCTION,
  'MlopsDeployer/Function/Role': [
    INLINE,
    ...IN_A_VPC,
    'IAM5 *', // of lists and metrics, beside that of networks
    'IAM5 application-autoscaling:scalable-target/*',
    'IAM5 cloudwatch:alarm:*',
    'IAM5 cloudwatch:alarm:TargetTracking-endpoint/*',
    'IAM5 cloudwatch:alarm:churn-20*',
    'IAM5 kms:key/*',
    'IAM5 sagemaker:*/churn-20*',
    'IAM5 sagemaker:endpoint-config/*',
    'IAM5 sagemaker:model-package/churn/*',
    'IAM5 states:execution:<machine>:*',
  ],
  'MlopsDeployer/MachineRole': [INLINE, 'IAM5 *', 'IAM5 sagemaker:transform-job/churn-20*'],
  'MlopsDeployer/Records': ['DynamoDBInBackupPlan'],
  'MlopsDriftAnalyzer/EventRole': [INLINE],
  'MlopsDriftAnalyzer/Function/Function': FUNCTION,
  'MlopsDriftAnalyzer/Function/Role': [
    INLINE,
    ...IN_A_VPC,
    'IAM5 <bucket>/capture/churn/*',
    'IAM5 <bucket>/drift/churn/*',
    'IAM5 <bucket>/training/*/baseline/profile.json',
    ...['baseline', 'evaluate/evaluation', 'preprocess/train'].map(
      (folder) => `IAM5 <bucket>/training/churn/executions/*/${folder}/*`,
    ),
    'IAM5 <bucket>/training/<PipelineTraining47FD860D>/manifests/*',
    'IAM5 s3:::acme-data/outcomes/*',
    'IAM5 s3:::cdk-hnb659fds-assets-<AWS::AccountId>-<AWS::Region>/*.drift',
    'IAM5 sagemaker:model-package/churn/*',
    'IAM5 sagemaker:pipeline/churn/execution/*',
  ],
  'MlopsDriftAnalyzer/MachineRole': [INLINE, 'IAM5 *', 'IAM5 states:execution:<machine>*'],
  MlopsMonitorRecords: ['DynamoDBInBackupPlan'],
  'Monitor/DriftAlarm': ['CloudWatchAlarmAction'],
  'Monitor/QualityAlarm': ['CloudWatchAlarmAction'],
  'Training/Approve/Function': FUNCTION,
  'Training/Approve/Role': [INLINE, ...IN_A_VPC, 'IAM5 sagemaker:model-package/churn/*'],
  'Training/DataManifest/Function': FUNCTION,
  'Training/DataManifest/Role': [INLINE, ...IN_A_VPC, 'IAM5 <bucket>/training/churn/manifests/*'],
  'Training/JobRole': [
    INLINE,
    'IAM5 *',
    'IAM5 <bucket>/training/churn/*',
    'IAM5 ec2:network-interface/*',
    'IAM5 logs:log-group:/aws/sagemaker/ProcessingJobs:*',
    'IAM5 logs:log-group:/aws/sagemaker/TrainingJobs:*',
    'IAM5 s3:::acme-data/churn/train/*',
    'IAM5 s3:::cdk-hnb659fds-assets-<AWS::AccountId>-<AWS::Region>/*.tgz',
  ],
  'Training/MissedSchedules': ['SQS3'],
  'Training/PipelineRole': [
    INLINE,
    'IAM5 *',
    'IAM5 <bucket>/training/churn/*',
    'IAM5 sagemaker:model-package/churn/*',
    'IAM5 sagemaker:processing-job/pipelines-*',
    'IAM5 sagemaker:training-job/pipelines-*',
  ],
  'Training/ScheduleRole': [INLINE],
};

describe('acknowledgements of level 2 in a VPC', () => {
  const stack = stackWith(fullConfig(), (scope) => ({ vpc: existingVpc(scope) }));
  synthesize(stack.node.root as App);
  const found = acknowledgements(stack);

  test('are those that were reviewed', () => {
    const lines = found.map(({ path, rule }) => `${path.replace(/^Stack\/(Pipeline\/)?/, '')}: ${short(rule)}`);
    const reviewed = Object.entries(REVIEWED).flatMap(([path, rules]) => rules.map((rule) => `${path}: ${rule}`));
    expect(lines.sort()).toEqual(reviewed.sort());
  });

  test('without a VPC say that there is none, and nothing of networks', () => {
    const without = stackWith(fullConfig());
    synthesize(without.node.root as App);
    const lines = (entries: Acknowledgement[]) => entries.map(({ path, rule }) => `${path} ${short(rule)}`);
    const [here, there] = [lines(found), lines(acknowledgements(without))];
    const ofFunctions = (rules: string[]) =>
      [
        'MlopsDeployer/EndpointResource',
        'MlopsDeployer/Function',
        'MlopsDriftAnalyzer/Function',
        'Pipeline/Training/Approve',
        'Pipeline/Training/DataManifest',
      ].flatMap((name) => rules.map((rule) => `Stack/${name}/${rule}`));
    expect(there.filter((line) => !here.includes(line)).sort()).toEqual(ofFunctions(['Function LambdaInsideVPC']));
    const only = here.filter((line) => !there.includes(line));
    // Of lists and of metrics: they stand without a VPC too.
    const ofLists = ['MlopsDeployer', 'MlopsDriftAnalyzer'].map((name) => `Stack/${name}/Function/Role IAM5 *`);
    expect(only.sort()).toEqual(
      [
        'Stack/Pipeline/Endpoint/Role IAM5 ec2:network-interface/*',
        ...ofFunctions(['Role IAM5 *', 'Role IAM5 ec2:*/*']).filter((line) => !ofLists.includes(line)),
        'Stack/Pipeline/Training/JobRole IAM5 ec2:network-interface/*',
      ].sort(),
    );
  });

  test('each say why, in a sentence', () => {
    for (const { path, rule, reason } of found) expect(reason, `${path} ${rule}`).toMatch(/^[A-Z].{25,}\.$/);
  });

  test('each answer a finding that is there', () => {
    const deaf = vi.spyOn(NagPack.prototype as any, 'isAcknowledged').mockReturnValue(false);
    const findings = nagFindings(stack);
    deaf.mockRestore();
    const idle = found.filter(({ path, rule }) => !findings.some((finding) => finding.startsWith(`${rule} ${path}/`)));
    expect(idle).toEqual([]);
  });
});
