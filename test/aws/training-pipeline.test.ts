import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { App, Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as s3 from 'aws-cdk-lib/aws-s3';
import * as sns from 'aws-cdk-lib/aws-sns';
import * as tar from 'tar';
import { describe, expect, test } from 'vitest';
import { ArtifactStore } from '../../lib/aws/artifact-store';
import { DriftAnalyzer } from '../../lib/aws/drift-analyzer';
import { ModelRegistry } from '../../lib/aws/model-registry';
import type { TrainingPipelineProps } from '../../lib/aws/training-pipeline';
import { TrainingPipeline } from '../../lib/aws/training-pipeline';

const SOURCE = path.join(__dirname, 'fixtures/source');
const REGION = 'eu-west-1';

const PROPS = {
  pipelineName: 'flights',
  data: { training: 's3://acme/flights/train/', format: 'csv' },
  framework: { name: 'xgboost', version: '1.7' },
  source: SOURCE,
  preprocess: 'preprocess.py',
  entryPoint: 'train.py',
  evaluation: { entryPoint: 'evaluate.py', metric: 'auc', threshold: 0.8 },
} as const;

type Overrides = Partial<TrainingPipelineProps> & { vpcOf?: (stack: Stack) => Partial<TrainingPipelineProps> };

function build({ vpcOf, ...overrides }: Overrides = {}, region: string | undefined = REGION) {
  const app = new App();
  const stack = new Stack(app, 'Stack', { env: { account: '111122223333', region } });
  const store = new ArtifactStore(stack, 'Store');
  const training = new TrainingPipeline(stack, 'Training', {
    ...PROPS,
    registry: new ModelRegistry(stack, 'Registry', { modelPackageGroupName: 'flights' }),
    artifactBucket: store.bucket,
    encryptionKey: store.encryptionKey,
    ...overrides,
    ...vpcOf?.(stack),
  });
  return { app, stack, training };
}

/** The definition, with every CloudFormation intrinsic as `<…>`. */
function definitionOf({ stack }: { stack: Stack }): any {
  const [pipeline] = Object.values(Template.fromStack(stack).findResources('AWS::SageMaker::Pipeline'));
  const body = pipeline.Properties.PipelineDefinition.PipelineDefinitionBody;
  const text = typeof body === 'string' ? body : body['Fn::Join'][1].map(flat).join('');
  return JSON.parse(text);
}

function flat(part: any): string {
  if (typeof part === 'string') return part;
  if (part.Ref) return `<${part.Ref}>`;
  if (part['Fn::GetAtt']) return `<${part['Fn::GetAtt'].join('.')}>`;
  return `<${Object.keys(part)[0]}>`;
}

const step = (definition: any, name: string) => {
  const gate = definition.Steps.find((s: any) => s.Name === 'Gate').Arguments;
  return [...definition.Steps, ...gate.IfSteps, ...gate.ElseSteps].find((s: any) => s.Name === name);
};

describe('the definition', () => {
  test('has the steps in order: manifest, preprocess, train, evaluate, gate with register or refuse', () => {
    const definition = definitionOf(build());
    expect(definition.Version).toBe('2020-12-01');
    expect(definition.Steps.map((s: any) => s.Name)).toEqual([
      'DataManifest',
      'Preprocess',
      'Train',
      'Evaluate',
      'Gate',
    ]);
    const { IfSteps, ElseSteps } = step(definition, 'Gate').Arguments;
    expect(IfSteps.map((s: any) => s.Name)).toEqual(['Register']);
    expect(ElseSteps.map((s: any) => s.Name)).toEqual(['Refuse']);
  });

  test('registers every version as pending, with code, data and metrics in its lineage', () => {
    const built = build();
    const { Arguments } = step(definitionOf(built), 'Register');
    expect(Arguments.ModelApprovalStatus).toBe('PendingManualApproval');
    expect(Arguments.CustomerMetadataProperties).toEqual({
      executionId: { Get: 'Execution.PipelineExecutionId' },
      codeVersion: built.training.codeVersion,
      dataManifestUri: { Get: "Steps.DataManifest.OutputParameters['manifestUri']" },
      dataManifestSha256: { Get: "Steps.DataManifest.OutputParameters['manifestSha256']" },
      lineageUri: { Get: "Steps.DataManifest.OutputParameters['lineageUri']" },
    });
    expect(JSON.stringify(Arguments.ModelMetrics)).toContain(
      "Steps.Evaluate.ProcessingOutputConfig.Outputs['evaluation']",
    );
  });

  describe('with an analyzer of drift', () => {
    const data = { ...PROPS.data, features: [{ name: 'distance', type: 'numeric' as const }] };
    const withAnalyzer = (overrides: Overrides = {}) =>
      build({ data, vpcOf: (stack) => ({ driftAnalyzer: new DriftAnalyzer(stack, 'Analyzer') }), ...overrides });

    test('profiles what passed the gate, and registers it with its baseline', () => {
      const definition = definitionOf(withAnalyzer());
      const { IfSteps } = step(definition, 'Gate').Arguments;
      expect(IfSteps.map((s: any) => s.Name)).toEqual(['Baseline', 'Register']);
      const { Arguments, SqsQueueUrl } = step(definition, 'Baseline');
      expect(SqsQueueUrl).toMatch(/^<AnalyzerRequests/);
      expect(Arguments.trainingData.Get).toBe(
        "Steps.Preprocess.ProcessingOutputConfig.Outputs['train'].S3Output.S3Uri",
      );
      expect(Arguments.output['Std:Join'].Values.at(-1)).toBe('baseline');
      expect(step(definition, 'Register').Arguments.CustomerMetadataProperties.baselineUri).toEqual({
        Get: "Steps.Baseline.OutputParameters['baselineUri']",
      });
    });

    test('reads the data itself where no step prepares it', () => {
      const own = { ...data, validation: 's3://acme/validation/' };
      const built = withAnalyzer({ preprocess: undefined, data: own });
      expect(step(definitionOf(built), 'Baseline').Arguments.trainingData).toEqual({ Get: 'Parameters.TrainingData' });
      const roles = Template.fromStack(built.stack).findResources('AWS::IAM::Role');
      const [, analyzer] = Object.entries(roles).find(([id]) => id.startsWith('AnalyzerFunctionRole'))!;
      expect(JSON.stringify(analyzer)).toContain(':s3:::acme/flights/train/*');
    });

    test('needs to know the features', () => {
      expect(() => withAnalyzer({ data: PROPS.data })).toThrow(/data\.features: missing; driftMonitoring needs it/);
    });
  });

  test('approves in a step of its own, after registering, and only when told to', () => {
    expect(step(definitionOf(build()), 'Approve')).toBeUndefined();
    const approve = step(definitionOf(build({ automaticApproval: true })), 'Approve');
    expect(approve.Arguments.modelPackageArn).toEqual({ Get: 'Steps.Register.ModelPackageArn' });
  });

  test('nobody who starts an execution lowers the gate where versions are approved without a person', () => {
    const parameters = (props = {}) => definitionOf(build(props)).Parameters.map((p: any) => p.Name);
    expect(parameters()).toContain('EvaluationThreshold');
    expect(parameters({ automaticApproval: true })).not.toContain('EvaluationThreshold');
    const gate = step(definitionOf(build({ automaticApproval: true })), 'Gate');
    expect(gate.Arguments.Conditions[0].RightValue).toBe(PROPS.evaluation.threshold);
  });

  test.each([
    ['maximize', 'GreaterThanOrEqualTo'],
    ['minimize', 'LessThanOrEqualTo'],
  ] as const)('a metric to %s passes the gate by %s', (direction, operator) => {
    const { Arguments } = step(definitionOf(build({ evaluation: { ...PROPS.evaluation, direction } })), 'Gate');
    expect(Arguments.Conditions).toEqual([
      {
        Type: operator,
        LeftValue: {
          'Std:JsonGet': {
            PropertyFile: { Get: 'Steps.Evaluate.PropertyFiles.Evaluation' },
            Path: 'metrics.auc.value',
          },
        },
        RightValue: { Get: 'Parameters.EvaluationThreshold' },
      },
    ]);
  });

  test('every job carries the data version, so that other data never hits the cache', () => {
    const definition = definitionOf(build());
    for (const name of ['Preprocess', 'Train', 'Evaluate']) {
      const { Arguments, CacheConfig } = step(definition, name);
      expect(Arguments.Environment.DATA_MANIFEST_SHA256, name).toEqual({
        Get: "Steps.DataManifest.OutputParameters['manifestSha256']",
      });
      expect(CacheConfig, name).toEqual({ Enabled: true, ExpireAfter: 'P30D' });
    }
    expect(step(definition, 'DataManifest').CacheConfig).toBeUndefined();
  });

  test('cacheDays: 0 caches nothing', () => {
    const definition = definitionOf(build({ cacheDays: 0 }));
    expect(definition.Steps.filter((s: any) => s.CacheConfig)).toEqual([]);
  });

  test('without preprocessing, the jobs read the data as it lies', () => {
    const data = { training: 's3://acme/train/', validation: 's3://acme/validation/' };
    const definition = definitionOf(build({ preprocess: undefined, data }));
    const channels = step(definition, 'Train').Arguments.InputDataConfig;
    const uriOf = (name: string) => channels.find((c: any) => c.ChannelName === name).DataSource.S3DataSource.S3Uri;
    expect(uriOf('train')).toEqual({ Get: 'Parameters.TrainingData' });
    expect(uriOf('validation')).toEqual({ Get: 'Parameters.ValidationData' });
    const inputs = step(definition, 'Evaluate').Arguments.ProcessingInputs;
    expect(inputs.find((i: any) => i.InputName === 'test').S3Input.S3Uri).toEqual({ Get: 'Parameters.ValidationData' });
  });

  test('every reference points at a step or parameter that exists', () => {
    const definition = definitionOf(build({ automaticApproval: true, spot: true }));
    const gets = [...JSON.stringify(definition).matchAll(/"Get":"([^"]+)"/g)].map(([, get]) => get);
    for (const get of new Set(gets)) {
      const [kind, name] = get.split('.');
      if (kind === 'Steps') expect(step(definition, name), get).toBeDefined();
      if (kind === 'Parameters') expect(definition.Parameters.map((p: any) => p.Name)).toContain(name);
      expect(['Steps', 'Parameters', 'Execution']).toContain(kind);
    }
  });

  test('spare capacity: checkpoints of this execution, twice the time, and no cache that could not hit', () => {
    const { Arguments, CacheConfig } = step(definitionOf(build({ spot: true, maxRuntimeMinutes: 60 })), 'Train');
    expect(Arguments.EnableManagedSpotTraining).toBe(true);
    expect(Arguments.StoppingCondition).toEqual({ MaxRuntimeInSeconds: 3600, MaxWaitTimeInSeconds: 7200 });
    expect(Arguments.CheckpointConfig.S3Uri['Std:Join'].Values).toContainEqual({
      Get: 'Execution.PipelineExecutionId',
    });
    expect(CacheConfig).toBeUndefined();
  });

  test('hyperparameters are JSON, as the training toolkit reads them', () => {
    const hyperparameters = { max_depth: 6, objective: 'binary:logistic', verbose: true };
    const { HyperParameters } = step(definitionOf(build({ hyperparameters })), 'Train').Arguments;
    expect(HyperParameters).toMatchObject({ max_depth: '6', objective: '"binary:logistic"', verbose: 'true' });
    expect(HyperParameters.sagemaker_program).toBe('"cdk_mlops_train.py"');
  });

  test.each([
    ['ml.m5.xlarge', true],
    ['ml.g5.xlarge', false],
    ['ml.g4dn.xlarge', false],
    ['ml.p4d.24xlarge', false],
    ['ml.m5d.xlarge', false],
    ['ml.c6i.xlarge', true],
    ['ml.m6id.xlarge', false],
    ['ml.p3.2xlarge', true],
    ['ml.p6-b200.48xlarge', false],
    ['ml.gr6.4xlarge', false],
  ])('%s takes a volume key: %s (machines with local disks refuse one)', (trainingInstanceType, takesKey) => {
    const { ResourceConfig } = step(definitionOf(build({ aws: { trainingInstanceType } })), 'Train').Arguments;
    expect('VolumeKmsKeyId' in ResourceConfig).toBe(takesKey);
  });

  test('network isolation and VPC reach every job', () => {
    const definition = definitionOf(
      build({ aws: { networkIsolation: true }, vpcOf: (stack) => ({ vpc: new ec2.Vpc(stack, 'Vpc') }) }),
    );
    for (const name of ['Preprocess', 'Evaluate']) {
      const { NetworkConfig } = step(definition, name).Arguments;
      expect(NetworkConfig).toMatchObject({
        EnableNetworkIsolation: true,
        EnableInterContainerTrafficEncryption: true,
      });
      expect(NetworkConfig.VpcConfig.Subnets.length).toBeGreaterThan(0);
    }
    const train = step(definition, 'Train').Arguments;
    expect(train.EnableNetworkIsolation).toBe(true);
    expect(train.VpcConfig.SecurityGroupIds).toHaveLength(1);
  });

  test('the shell command of a processing job fits in the 256 characters that SageMaker allows', () => {
    const { ContainerEntrypoint, ContainerArguments } = step(definitionOf(build()), 'Preprocess').Arguments
      .AppSpecification;
    for (const item of [...ContainerEntrypoint, ...ContainerArguments]) expect(item.length).toBeLessThanOrEqual(256);
    expect(ContainerArguments).toEqual(['preprocess.py']);
  });
});

describe('images', () => {
  const imageOf = (overrides: Overrides, region?: string) =>
    step(definitionOf(build(overrides, region)), 'Train').Arguments.AlgorithmSpecification.TrainingImage;

  test.each([
    [
      { framework: { name: 'xgboost', version: '1.7' } },
      '141502667606.dkr.ecr.eu-west-1.amazonaws.com/sagemaker-xgboost:1.7-1',
    ],
    [
      { framework: { name: 'scikit-learn', version: '1.2' } },
      '141502667606.dkr.ecr.eu-west-1.amazonaws.com/sagemaker-scikit-learn:1.2-1-cpu-py3',
    ],
    [
      { framework: { name: 'pytorch', version: '2.6' } },
      '763104351884.dkr.ecr.eu-west-1.amazonaws.com/pytorch-training:2.6.0-cpu-py312',
    ],
    [
      { framework: { name: 'pytorch', version: '2.6' }, compute: 'gpu' },
      '763104351884.dkr.ecr.eu-west-1.amazonaws.com/pytorch-training:2.6.0-gpu-py312',
    ],
    [
      { framework: undefined, image: '111122223333.dkr.ecr.eu-west-1.amazonaws.com/own/image:7' },
      '111122223333.dkr.ecr.eu-west-1.amazonaws.com/own/image:7',
    ],
  ] as [Overrides, string][])('%j', (overrides, uri) => {
    expect(imageOf(overrides)).toBe(uri);
  });

  test('an own image is pulled with rights on its repository only', () => {
    const { stack } = build({
      framework: undefined,
      image: `111122223333.dkr.ecr.eu-west-1.amazonaws.com/own/image@sha256:${'ab'.repeat(32)}`,
    });
    const roles = JSON.stringify(Template.fromStack(stack).findResources('AWS::IAM::Role'));
    expect(roles).toContain(':ecr:eu-west-1:111122223333:repository/own/image"');
  });

  test('an environment-agnostic stack looks the registry up by region', () => {
    const app = new App();
    const stack = new Stack(app, 'Agnostic');
    const store = new ArtifactStore(stack, 'Store');
    const registry = new ModelRegistry(stack, 'Registry', { modelPackageGroupName: 'flights' });
    const resources = { artifactBucket: store.bucket, encryptionKey: store.encryptionKey, registry };
    new TrainingPipeline(stack, 'One', { ...PROPS, ...resources });
    new TrainingPipeline(stack, 'Two', { ...PROPS, ...resources, pipelineName: 'two' });
    const mappings = Template.fromStack(stack).findMappings('*');
    expect(Object.keys(mappings)).toEqual(['SageMakerBuiltInImageAccounts']);
    expect(mappings.SageMakerBuiltInImageAccounts[REGION]).toEqual({ account: '141502667606' });
  });

  test.each([
    [
      { framework: { name: 'xgboost', version: '9.9' } },
      REGION,
      /no training image of xgboost 9\.9, available: .*1\.7.*; choose one of these/,
    ],
    [
      { framework: { name: 'xgboost', version: '1.7' } },
      'mx-central-1',
      /no images in region mx-central-1, available: .*eu-west-1/,
    ],
    [
      { framework: { name: 'scikit-learn', version: '1.2' }, compute: 'gpu' },
      REGION,
      /no GPU image of scikit-learn 1\.2; choose compute small/,
    ],
    [
      { framework: { name: 'pytorch', version: '2.8' } },
      REGION,
      /no inference image of pytorch 2\.8, available: .*2\.6/,
    ],
  ] as [Overrides, string, RegExp][])('%j in %s is refused', (overrides, region, message) => {
    expect(() => build(overrides, region)).toThrow(message);
  });
});

describe('the source', () => {
  const folderWith = (files: Record<string, string>) => {
    const folder = mkdtempSync(path.join(os.tmpdir(), 'source-'));
    for (const [name, content] of Object.entries(files)) {
      mkdirSync(path.dirname(path.join(folder, name)), { recursive: true });
      writeFileSync(path.join(folder, name), content);
    }
    return folder;
  };
  const SCRIPTS = { 'preprocess.py': '1', 'train.py': '2', 'evaluate.py': '3' };
  const versionOf = (files: Record<string, string>, overrides: Overrides = {}) =>
    build({ source: folderWith(files), ...overrides }).training.codeVersion;

  test('is packed with the contract and the entry program, under the name that the jobs look for', () => {
    const built = build();
    const assembly = built.app.synth();
    const archive = readdirSync(assembly.directory).find((name) => name.endsWith('.tgz'))!;
    const names: string[] = [];
    tar.list({
      file: path.join(assembly.directory, archive),
      sync: true,
      onReadEntry: (entry) => names.push(entry.path),
    });
    expect(names).toEqual([
      'cdk_mlops_train.py',
      'evaluate.py',
      'inference.py',
      'mlops.json',
      'preprocess.py',
      'train.py',
    ]);
    const { HyperParameters } = step(definitionOf(built), 'Train').Arguments;
    expect(HyperParameters.sagemaker_submit_directory).toBe(
      JSON.stringify(`/opt/ml/input/data/code/${archive.replace('asset.', '')}`),
    );
    expect(JSON.stringify(step(definitionOf(built), 'Train'))).toContain(`/${archive.replace('asset.', '')}"`);
  });

  test('has the same version and the same archive wherever and whenever it is packed', () => {
    const archiveOf = () => {
      const { directory } = build({ source: folderWith(SCRIPTS) }).app.synth();
      return readFileSync(
        path.join(
          directory,
          readdirSync(directory).find((name) => name.endsWith('.tgz'))!,
        ),
      );
    };
    expect(versionOf(SCRIPTS)).toBe(versionOf(SCRIPTS));
    expect(archiveOf().equals(archiveOf())).toBe(true);
  });

  test('has another version when a script, its path or the contract changes', () => {
    const version = versionOf(SCRIPTS);
    expect(versionOf({ ...SCRIPTS, 'train.py': '2!' })).not.toBe(version);
    expect(versionOf({ ...SCRIPTS, 'lib/x.py': '' })).not.toBe(version);
    const data = { ...PROPS.data, label: { name: 'late', type: 'categorical' as const } };
    expect(versionOf(SCRIPTS, { data })).not.toBe(version);
  });

  test('unpacks to the same files, whatever their names', () => {
    const files = { ...SCRIPTS, [`${'deep/'.repeat(40)}données.py`]: 'x'.repeat(513), 'empty.py': '' };
    const { directory } = build({ source: folderWith(files) }).app.synth();
    const archive = readdirSync(directory).find((name) => name.endsWith('.tgz'))!;
    const target = mkdtempSync(path.join(os.tmpdir(), 'unpacked-'));
    execFileSync('tar', ['-xzf', path.join(directory, archive), '-C', target]);
    for (const [name, content] of Object.entries(files)) {
      expect(readFileSync(path.join(target, name), 'utf8'), name).toBe(content);
    }
  });

  test('leaves out an assembly that is written beside the scripts', () => {
    const folder = folderWith(SCRIPTS);
    const before = build({ source: folder });
    mkdirSync(path.join(folder, 'out'));
    for (const name of ['cdk.out', 'manifest.json']) writeFileSync(path.join(folder, 'out', name), '{}');
    expect(build({ source: folder }).training.codeVersion).toBe(before.training.codeVersion);
  });

  test('leaves out what tools leave behind', () => {
    const noise = {
      '__pycache__/train.pyc': 'x',
      '.git/HEAD': 'x',
      '.DS_Store': 'x',
      '.env': 'SECRET=1',
      'train.pyc': 'x',
      'terraform.churn.tfstate': 'x', // holds secrets
      'build/tf/manifest.json': '{"stacks": {}}',
      'build/tf/stacks/churn/cdk.tf.json': '{}',
    };
    expect(versionOf({ ...SCRIPTS, ...noise })).toBe(versionOf(SCRIPTS));
  });

  test('names every missing script at once', () => {
    const source = folderWith({ 'preprocess.py': '' });
    expect(() => build({ source })).toThrow(
      /training\.entryPoint: no file train\.py .*\ntraining\.evaluation\.entryPoint: no file evaluate\.py/,
    );
  });

  test('that is missing, a file, data or a loop is refused', () => {
    expect(() => build({ source: '/nowhere' })).toThrow(/training\.source: no folder \/nowhere/);
    expect(() => build({ source: path.join(SOURCE, 'train.py') })).toThrow(/training\.source: no folder/);

    const heavy = folderWith({ ...SCRIPTS, 'rows.csv': '' });
    truncateSync(path.join(heavy, 'rows.csv'), 51 * 2 ** 20);
    expect(() => build({ source: heavy })).toThrow(/rows\.csv has 51 MB, allowed are 50 MB; keep data out/);

    const loop = folderWith(SCRIPTS);
    symlinkSync(loop, path.join(loop, 'again'));
    expect(() => build({ source: loop })).toThrow(/links to a folder that holds it/);

    const dangling = folderWith(SCRIPTS);
    symlinkSync('/nowhere', path.join(dangling, 'lost.py'));
    expect(() => build({ source: dangling })).toThrow(/lost\.py links to nothing; remove the link/);
  });
});

describe('around the pipeline', () => {
  test('a failed execution raises an alarm that tells the topic', () => {
    const built = build({ vpcOf: (stack) => ({ topic: new sns.Topic(stack, 'Topic') }) });
    Template.fromStack(built.stack).hasResourceProperties('AWS::CloudWatch::Alarm', {
      Namespace: 'AWS/Sagemaker/ModelBuildingPipeline',
      MetricName: 'ExecutionFailed',
      Threshold: 1,
      TreatMissingData: 'notBreaching',
      AlarmActions: [{ Ref: Match.stringLikeRegexp('Topic') }],
    });
  });

  test('a schedule starts it, and a start that fails ends in a queue with an alarm', () => {
    const template = Template.fromStack(build({ schedule: { cron: '30 3 * * 1' } }).stack);
    template.hasResourceProperties('AWS::Scheduler::Schedule', {
      ScheduleExpression: 'cron(30 3 ? * 2 *)',
      ScheduleExpressionTimezone: 'Etc/UTC',
      Target: Match.objectLike({ DeadLetterConfig: Match.anyValue() }),
    });
    template.resourceCountIs('AWS::CloudWatch::Alarm', 2);
    Template.fromStack(build().stack).resourceCountIs('AWS::Scheduler::Schedule', 0);
  });

  test('a role that is passed in gets the permissions of the jobs, and becomes their role', () => {
    const built = build({
      vpcOf: (stack) => ({
        role: new iam.Role(stack, 'Own', { assumedBy: new iam.ServicePrincipal('sagemaker.amazonaws.com') }),
      }),
    });
    Template.fromStack(built.stack).hasResourceProperties('AWS::IAM::Policy', {
      Roles: [{ Ref: Match.stringLikeRegexp('^Own') }],
      PolicyDocument: { Statement: Match.arrayWith([Match.objectLike({ Action: 's3:GetObject' })]) },
    });
    expect(step(definitionOf(built), 'Train').Arguments.RoleArn).toMatch(/^<Own.*Arn>$/);
  });

  test('grants, metrics and rules', () => {
    const { stack, training } = build();
    const user = new iam.User(stack, 'User');
    training.grantStart(user);
    training.onExecutionStateChange('Rule');
    const template = Template.fromStack(stack);
    template.hasResourceProperties('AWS::IAM::Policy', {
      PolicyDocument: {
        Statement: Match.arrayWith([
          Match.objectLike({ Action: Match.arrayWith(['sagemaker:StopPipelineExecution']) }),
          Match.objectLike({ Action: 'sagemaker:StartPipelineExecution' }),
        ]),
      },
    });
    template.hasResourceProperties('AWS::Events::Rule', {
      EventPattern: { source: ['aws.sagemaker'], detail: { pipelineArn: [Match.anyValue()] } },
    });
    expect(training.metricExecutionDuration()).toMatchObject({ metricName: 'ExecutionDuration', statistic: 'Average' });
    const imported = TrainingPipeline.fromPipelineName(stack, 'Imported', 'other');
    expect(stack.resolve(imported.metricExecutionFailed().dimensions)).toEqual({ PipelineName: 'other' });
  });

  test('a topic that is passed in lets the alarm publish, through its policy and its key', () => {
    const built = build({
      vpcOf: (stack) => ({
        topic: new sns.Topic(stack, 'Topic', { masterKey: new kms.Key(stack, 'TopicKey'), enforceSSL: true }),
      }),
    });
    const cloudWatch = Match.objectLike({ Effect: 'Allow', Principal: { Service: 'cloudwatch.amazonaws.com' } });
    const template = Template.fromStack(built.stack);
    template.hasResourceProperties('AWS::SNS::TopicPolicy', {
      PolicyDocument: { Statement: Match.arrayWith([cloudWatch]) },
    });
    const keys = Object.entries(template.findResources('AWS::KMS::Key')).filter(([id]) => id.startsWith('TopicKey'));
    expect(JSON.stringify(keys)).toContain('cloudwatch.amazonaws.com');
  });

  test.each([
    [{ pipelineName: 'a_b' }, /pipelineName: got "a_b", allowed: 1 to 256 letters/],
    [{ vpcSubnets: { subnetType: ec2.SubnetType.PUBLIC } }, /vpcSubnets: needs vpc, and none was given/],
    [{ securityGroups: [] }, /securityGroups: needs vpc/],
    [
      { vpcOf: (stack) => ({ vpc: new ec2.Vpc(stack, 'Vpc'), securityGroups: [] }) },
      /securityGroups: got an empty list/,
    ],
  ] as [Overrides, RegExp][])('%j is refused', (overrides, message) => {
    expect(() => build(overrides)).toThrow(message);
  });

  test('one name stands once in a stack, however its case', () => {
    const { stack, training } = build();
    const props = {
      ...PROPS,
      registry: ModelRegistry.fromModelPackageGroupName(stack, 'Other', 'other'),
      artifactBucket: s3.Bucket.fromBucketName(stack, 'Bucket', 'own'),
      encryptionKey: new kms.Key(stack, 'Key'),
    };
    expect(training.node.id).toBe('Training');
    expect(() => new TrainingPipeline(stack, 'Again', { ...props, pipelineName: 'Flights' })).toThrow(
      /pipelineName: "Flights" stands twice in stack Stack/,
    );
  });

  test('a registry of another account is refused: pipelines register in their own', () => {
    const arn = 'arn:aws:sagemaker:eu-west-1:444455556666:model-package-group/shared';
    expect(() =>
      build({ vpcOf: (stack) => ({ registry: ModelRegistry.fromModelPackageGroupArn(stack, 'Shared', arn) }) }),
    ).toThrow(/registry: is in account 444455556666, but a pipeline registers in its own, 111122223333/);
  });

  test('a bucket with a key of its own opens that key too', () => {
    const built = build({
      vpcOf: (stack) => ({
        artifactBucket: new s3.Bucket(stack, 'Own', { encryptionKey: new kms.Key(stack, 'OwnKey') }),
      }),
    });
    const roles = Template.fromStack(built.stack).findResources('AWS::IAM::Role');
    for (const name of ['TrainingJobRole', 'TrainingPipelineRole', 'TrainingDataManifestRole']) {
      const [role] = Object.entries(roles).filter(([id]) => id.startsWith(name));
      expect(JSON.stringify(role), name).toMatch(/"kms:GenerateDataKey".{0,200}OwnKey/);
    }
  });

  test.each([
    ['s3://acme', 's3:::acme/*"'],
    ['s3://acme/', 's3:::acme/*"'],
    ['s3://acme/train', 's3:::acme/train*"'],
  ])('data in %s is read as %s: no bucket whose name begins alike', (training, arn) => {
    const { stack } = build({ data: { ...PROPS.data, training } });
    expect(JSON.stringify(Template.fromStack(stack).findResources('AWS::IAM::Role'))).toContain(arn);
  });

  test('wrong props are told all at once, by their key', () => {
    const overrides = { compute: 'huge', volumeGb: 0, spot: 'yes' } as unknown as Overrides;
    expect(() => build(overrides)).toThrow(/compute: got "huge"[\s\S]*spot: got "yes"[\s\S]*volumeGb: got 0/);
  });
});
