import { Duration, Stack } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as kms from 'aws-cdk-lib/aws-kms';
import type * as s3 from 'aws-cdk-lib/aws-s3';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import { CfnPipeline } from 'aws-cdk-lib/aws-sagemaker';
import type * as scheduler from 'aws-cdk-lib/aws-scheduler';
import type * as sns from 'aws-cdk-lib/aws-sns';
import type { Construct } from 'constructs';
import type { AwsConfig } from '../config/clouds';
import type { DataConfig } from '../config/data';
import type { ServingConfig } from '../config/serving';
import type { TrainingConfig } from '../config/training';
import { pickSection, resolveSections } from '../config/resolve';
import type { ResolvedAws } from '../config/schema';
import { baselineRules } from '../plan/monitor-rules';
import { trainingPlan } from '../plan/training-plan';
import type { TrainingPlan } from '../plan/training-plan';
import type { DataManifestEnvironment } from '../runtime/contract';
import type { BaselineRules } from '../runtime/drift-contract';
import { DriftAnalyzer } from './drift-analyzer';
import { documentAsset } from './drift/documents';
import { failureAlarm } from './failure-alarm';
import type { IModelRegistry } from './model-registry';
import { claimName } from './physical-names';
import { serviceRole } from './service-role';
import type { Network } from './network';
import { networkOf, subnetIds, vpcConfig } from './network';
import { RuntimeFunction } from './runtime-function';
import type { ITrainingPipeline } from './training-pipeline-base';
import { TrainingPipelineBase } from './training-pipeline-base';
import type { AwsChoices } from './training/choices';
import { checkProps } from './training/checks';
import { awsChoices } from './training/choices';
import { trainingDefinition } from './training/definition';
import type { StepResources } from './training/resources';
import type { TrainingAccess } from './training/roles';
import { approveStatements, dataManifestStatements, jobStatements, pipelineStatements } from './training/roles';
import { trainingSchedule } from './training/schedule';
import { TrainingSource } from './training/source';
import { acknowledgeStatements } from './wildcard-reasons';

export type { ITrainingPipeline } from './training-pipeline-base';

/** Properties of a training pipeline: the config's `training` section, and what it works with. */
export interface TrainingPipelineProps extends TrainingConfig {
  /** Name of the pipeline: 1 to 256 letters, digits and hyphens. It cannot be changed later. */
  readonly pipelineName: string;

  /** Where the data is; `training` is needed. */
  readonly data: DataConfig;

  /**
   * How the model will be served: inference script, image, environment.
   * @default - the image's own request handling
   */
  readonly serving?: ServingConfig;

  /**
   * Exact values for AWS; they go before the neutral ones.
   * @default - none
   */
  readonly aws?: AwsConfig;

  /** Registry that receives the versions. */
  readonly registry: IModelRegistry;

  /** Bucket for models, reports, manifests and lineage; below the prefix `training/<pipelineName>/`. */
  readonly artifactBucket: s3.IBucket;

  /** Key for artifacts, volumes and logs. An owned key also lets CloudWatch Logs use it. */
  readonly encryptionKey: kms.IKey;

  /**
   * Key of the training data.
   * @default - the data is not encrypted with a key of its own
   */
  readonly dataEncryptionKey?: kms.IKey;

  /**
   * Approve a version that passed the gate at once. Without, it stays pending until a person decides.
   * @default false
   */
  readonly automaticApproval?: boolean;

  /**
   * Analyzer that profiles what each version was trained on, before it is registered: its baseline for drift monitoring. It
   * needs `data.features`, and stands in the same stack.
   * @default - versions have no baseline
   */
  readonly driftAnalyzer?: DriftAnalyzer;

  /**
   * Alarms on failed executions and on schedules that could not start one.
   * @default true
   */
  readonly failureAlarms?: boolean;

  /**
   * Topic that is told of failures.
   * @default - the alarms exist, and tell nobody
   */
  readonly topic?: sns.ITopic;

  /**
   * Role of the jobs. The permissions they need are added to it.
   * @default - a new role
   */
  readonly role?: iam.IRole;

  /**
   * VPC for jobs and functions. It needs a way to S3, ECR, SageMaker, CloudWatch Logs and KMS.
   * @default - no VPC
   */
  readonly vpc?: ec2.IVpc;

  /**
   * Subnets in the VPC.
   * @default - the private subnets
   */
  readonly vpcSubnets?: ec2.SubnetSelection;

  /**
   * Security groups of jobs and functions in the VPC.
   * @default - a new one that lets everything out and nothing in
   */
  readonly securityGroups?: ec2.ISecurityGroup[];
}

/**
 * A SageMaker pipeline: data manifest, preprocessing, training, evaluation, gate, registration. What passes the gate is
 * registered as pending; a failed execution, or a refused model, raises an alarm.
 */
export class TrainingPipeline extends TrainingPipelineBase implements ec2.IConnectable {
  /** A training pipeline that stands already. */
  public static fromPipelineName(scope: Construct, id: string, pipelineName: string): ITrainingPipeline {
    class Import extends TrainingPipelineBase {
      public readonly pipelineName = pipelineName;
      public readonly pipelineArn = Stack.of(scope).formatArn({
        service: 'sagemaker',
        resource: 'pipeline',
        resourceName: pipelineName,
      });
    }
    return new Import(scope, id);
  }

  public readonly pipelineName: string;
  public readonly pipelineArn: string;

  /** Role of the training and processing jobs: grant it what your scripts need. */
  public readonly jobRole: iam.IRole;

  /** Role with which SageMaker runs the steps. */
  public readonly pipelineRole: iam.IRole;

  /** SHA-256 over the scripts and their contract: the code version in a model's lineage. */
  public readonly codeVersion: string;

  /** Alarms on failed executions, the gate's refusals among them, and on schedules that could not start one. */
  public readonly alarms: cloudwatch.Alarm[] = [];

  /**
   * The schedule.
   * @default - none: executions start by hand, by retraining, or by your own rules
   */
  public readonly schedule?: scheduler.ISchedule;

  public readonly connections: ec2.Connections;

  constructor(scope: Construct, id: string, props: TrainingPipelineProps) {
    super(scope, id, { physicalName: props.pipelineName });
    checkProps(this, props);
    claimName(this, 'pipelineName', props.pipelineName);
    const { plan, aws } = resolve(props);
    const choices = awsChoices(this, plan, aws);
    const network = networkOf(this, props, 'Training jobs and their functions');
    this.connections = new ec2.Connections({ securityGroups: network?.securityGroups });

    const source = this.source(plan);
    this.codeVersion = source.codeVersion;
    const access = trainingAccess(props, choices, source, network);
    const dataManifest = this.dataManifestFunction(access, network);
    const approve = props.automaticApproval ? this.approveFunction(props, network) : undefined;
    this.jobRole = this.createJobRole(props.role, access);
    const functions = approve ? [dataManifest, approve] : [dataManifest];
    const analyzer = props.driftAnalyzer && DriftAnalyzer._of(this, props.driftAnalyzer, props);
    this.pipelineRole = this.createPipelineRole(props.registry, access, functions, analyzer);

    const definition = trainingDefinition(plan, {
      ...choices,
      trainingImage: choices.trainingImage.uri,
      servingImage: choices.servingImage.uri,
      source: { uri: source.asset.s3ObjectUrl, fileName: source.fileName, codeVersion: source.codeVersion },
      output: `s3://${props.artifactBucket.bucketName}/${access.artifactPrefix}executions`,
      jobRoleArn: this.jobRole.roleArn,
      encryptionKeyArn: props.encryptionKey.keyArn,
      networkIsolation: aws.networkIsolation,
      vpc: network && vpcConfig(network),
      modelPackageGroupName: props.registry.modelPackageGroupName,
      dataManifestFunctionArn: dataManifest.functionArn,
      approveFunctionArn: approve?.functionArn,
      baseline: analyzer && this.baselineRequests(analyzer, plan, access),
    });
    const pipeline = new CfnPipeline(this, 'Resource', {
      pipelineName: this.physicalName,
      roleArn: this.pipelineRole.roleArn,
      pipelineDefinition: { PipelineDefinitionBody: Stack.of(this).toJsonString(definition) },
    });
    this.pipelineName = this.getResourceNameAttribute(pipeline.ref);
    this.pipelineArn = this.stack.formatArn({
      service: 'sagemaker',
      resource: 'pipeline',
      resourceName: this.pipelineName,
    });

    this.addAlarm(
      'FailureAlarm',
      this.metricExecutionFailed(),
      props,
      'a training failed, or the gate refused its model',
    );
    if (plan.schedule) this.schedule = this.createSchedule(plan.schedule, props);
  }

  private source(plan: TrainingPlan): TrainingSource {
    const scripts: Record<string, string | undefined> = {
      'training.preprocess': plan.preprocess,
      'training.entryPoint': plan.train,
      'training.evaluation.entryPoint': plan.evaluate,
      'serving.entryPoint': plan.inference.entryPoint,
    };
    return new TrainingSource(this, 'Source', { folder: plan.source, scripts, contract: plan.contract });
  }

  private dataManifestFunction(access: TrainingAccess, network?: Network): lambda.IFunction {
    const environment: DataManifestEnvironment = {
      ARTIFACT_BUCKET: access.artifactBucket.bucketName,
      ARTIFACT_PREFIX: `${access.artifactPrefix}manifests/`,
    };
    return new RuntimeFunction(this, 'DataManifest', {
      bundle: 'data-manifest',
      description: `Records which files a training of ${this.physicalName} reads`,
      environment: { ...environment },
      statements: dataManifestStatements(this.stack, access),
      encryptionKey: access.encryptionKey,
      timeout: Duration.minutes(10), // what SageMaker waits for a Lambda step
      network,
    }).function;
  }

  private approveFunction(props: TrainingPipelineProps, network?: Network): lambda.IFunction {
    return new RuntimeFunction(this, 'Approve', {
      bundle: 'approve',
      description: `Approves versions of ${this.physicalName} that passed the gate`,
      environment: {},
      statements: approveStatements(props.registry),
      encryptionKey: props.encryptionKey,
      timeout: Duration.minutes(2),
      network,
    }).function;
  }

  private createJobRole(existing: iam.IRole | undefined, access: TrainingAccess): iam.IRole {
    const statements = jobStatements(this.stack, access);
    if (existing) {
      // A policy of this stack: in the role's own stack it would refer to this one, which refers to the role.
      const policy = new iam.Policy(this, 'JobPolicy', { statements });
      existing.attachInlinePolicy(policy);
      acknowledgeStatements(policy, statements);
      return existing;
    }
    return serviceRole(this, 'JobRole', {
      description: `Training and processing jobs of ${this.physicalName}`,
      assumedBy: new iam.ServicePrincipal('sagemaker.amazonaws.com'),
      policyName: 'Jobs',
      statements,
    });
  }

  private createPipelineRole(
    registry: IModelRegistry,
    access: TrainingAccess,
    functions: lambda.IFunction[],
    analyzer: DriftAnalyzer | undefined,
  ): iam.Role {
    const functionArns = functions.map((f) => f.functionArn);
    return serviceRole(this, 'PipelineRole', {
      description: `Steps of the training pipeline ${this.physicalName}`,
      assumedBy: new iam.ServicePrincipal('sagemaker.amazonaws.com'),
      policyName: 'Steps',
      statements: pipelineStatements(this.stack, access, this.jobRole, registry, functionArns, analyzer),
    });
  }

  /** The analyzer reads what the steps before leave, or the data itself where no step prepares it. */
  private baselineRequests(
    analyzer: DriftAnalyzer,
    { contract, preprocess }: TrainingPlan,
    access: TrainingAccess,
  ): StepResources['baseline'] {
    const rules = documentAsset(
      this,
      'BaselineRules',
      'Baseline rules',
      JSON.stringify(baselineRules(contract) satisfies BaselineRules),
    );
    const [training] = access.data;
    analyzer._profile({
      pipelineArn: this.stack.formatArn({
        service: 'sagemaker',
        resource: 'pipeline',
        resourceName: this.physicalName,
      }),
      artifactBucket: access.artifactBucket,
      prefix: `${access.artifactPrefix}executions/`,
      documents: rules.bucket,
      encryptionKey: access.encryptionKey,
      dataEncryptionKey: access.dataEncryptionKey,
      locations: preprocess ? [] : [training],
    });
    return { queueUrl: analyzer.queue.queueUrl, rulesUri: rules.s3ObjectUrl };
  }

  /** An execution that the scheduler could not start tells people. */
  private createSchedule(cron: string, props: TrainingPipelineProps): scheduler.Schedule {
    const { schedule, missed } = trainingSchedule(this, {
      cron,
      pipeline: this,
      description: `Starts the training of ${this.physicalName}`,
      encryptionKey: props.encryptionKey,
    });
    const visible = missed.metricApproximateNumberOfMessagesVisible({ statistic: cloudwatch.Stats.MAXIMUM });
    this.addAlarm('MissedScheduleAlarm', visible, props, 'a scheduled training could not be started');
    return schedule;
  }

  private addAlarm(id: string, metric: cloudwatch.Metric, props: TrainingPipelineProps, what: string): void {
    if (!(props.failureAlarms ?? true)) return;
    const description = `${this.physicalName}: ${what}`;
    this.alarms.push(failureAlarm(this, id, { metric, description, topic: props.topic }));
  }
}

/** The props as a plan: validated by the config's own rules, with defaults. */
function resolve(props: TrainingPipelineProps): { plan: TrainingPlan; aws: ResolvedAws } {
  const { data, serving, aws, automaticApproval, driftAnalyzer } = props;
  const baseline = driftAnalyzer !== undefined;
  const sections = resolveSections(
    { data, training: pickSection('training', props), serving: serving ?? {}, aws: aws ?? {} },
    {
      cloud: 'aws',
      capabilities: baseline ? ['trainingPipeline', 'driftMonitoring'] : ['trainingPipeline'],
      at: { training: 'props' },
    },
  );
  return { plan: trainingPlan({ ...sections, automaticApproval, baseline }), aws: sections.aws };
}

function trainingAccess(
  props: TrainingPipelineProps,
  choices: AwsChoices,
  source: TrainingSource,
  network?: Network,
): TrainingAccess {
  const { training, validation, test } = choices.data;
  return {
    data: [training, validation, test].filter((uri) => uri !== undefined),
    dataEncryptionKey: props.dataEncryptionKey,
    artifactBucket: props.artifactBucket,
    artifactPrefix: `training/${props.pipelineName}/`,
    encryptionKey: props.encryptionKey,
    source: source.asset,
    images: [choices.trainingImage, choices.servingImage],
    network: network && { subnets: subnetIds(network), securityGroups: network.securityGroups },
  };
}
