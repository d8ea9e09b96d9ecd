import { Annotations, Duration } from 'aws-cdk-lib';
import type { RemovalPolicy } from 'aws-cdk-lib';
import type * as ec2 from 'aws-cdk-lib/aws-ec2';
import type * as iam from 'aws-cdk-lib/aws-iam';
import type * as kms from 'aws-cdk-lib/aws-kms';
import type * as s3 from 'aws-cdk-lib/aws-s3';
import type * as sns from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import type { MlopsConfig } from '../config/mlops';
import { resolveConfig } from '../config/resolve';
import { plan } from '../plan/plan';
import type { Plan } from '../plan/plan';
import { ArtifactStore } from './artifact-store';
import { Dashboard } from './dashboard';
import { sharedMonitorRecords } from './drift/records';
import { DriftAnalyzer } from './drift-analyzer';
import { DriftMonitor } from './drift-monitor';
import { createKey } from './encryption-key';
import { runFolder } from './drift/settings';
import type { Deployer } from './deployer';
import { ConstructError } from './errors';
import { FeatureStore } from './feature-store';
import type { IFeatureGroup } from './feature-group';
import { ModelEndpoint } from './model-endpoint';
import type { IModelRegistry } from './model-registry';
import { ModelRegistry } from './model-registry';
import { givenGroups, groupNames, unknownGroups } from '../plan/given-groups';
import { claimName } from './physical-names';
import { Notifications } from './notifications';
import { TrainingPipeline } from './training-pipeline';

/** Properties of an MLOps pipeline: the config, and what exists already. */
export interface MlopsPipelineProps {
  /** The config, from `Config.fromFiles` or written in code. */
  readonly config: MlopsConfig;

  /**
   * Key for everything at rest. Passing another one later would replace stateful resources.
   * @default - a new key with yearly rotation
   */
  readonly encryptionKey?: kms.IKey;

  /**
   * Bucket for models, reports, lineage and features. Passing another one later replaces the feature groups.
   * @default - a new encrypted bucket, and one for its access logs
   */
  readonly artifactBucket?: s3.IBucket;

  /**
   * Key of the training data.
   * @default - the data is not encrypted with a key of its own
   */
  readonly dataEncryptionKey?: kms.IKey;

  /**
   * Role of training and processing jobs, and of the model's containers. The permissions they need are added to it.
   * @default - new roles
   */
  readonly role?: iam.IRole;

  /**
   * Deployer of the endpoint, in the same stack. An endpoint keeps the deployer that it was created with.
   * @default - the one that the endpoints of the stack share
   */
  readonly deployer?: Deployer;

  /**
   * Analyzer of drift, in the same stack. Its table keeps what was found and retrained: give it at every level, or at none.
   * @default - the one that the monitors of the stack share
   */
  readonly driftAnalyzer?: DriftAnalyzer;

  /**
   * Topic that is told of failures and alarms. Its policy and key come to let alarms of this account publish; those of an
   * imported topic stay their owner's.
   * @default - a new encrypted topic, with `monitoring.notify` as subscribers
   */
  readonly topic?: sns.ITopic;

  /**
   * Registry that receives the versions.
   * @default - a new one, named like the config
   */
  readonly registry?: IModelRegistry;

  /**
   * Feature groups that exist already, by their name in the config; these are not created.
   * @default - all groups of the config are created
   */
  readonly featureGroups?: { [name: string]: IFeatureGroup };

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
   * Security groups in the VPC.
   * @default - a new one that lets everything out and nothing in
   */
  readonly securityGroups?: ec2.ISecurityGroup[];

  /**
   * What happens to buckets, key, registry and feature groups when they leave the stack. The endpoint goes in any case: it
   * holds no data, and costs money.
   * @default RemovalPolicy.RETAIN
   */
  readonly removalPolicy?: RemovalPolicy;
}

/**
 * One config, deployed: registry, feature store, training pipeline, endpoint and dashboard, as much of it as its level and
 * sections say. Raising the level only adds resources; lowering it removes stateless ones only.
 *
 * @throws an error that lists every problem of the config
 */
export class MlopsPipeline extends Construct {
  /** Key for everything at rest. */
  public readonly encryptionKey: kms.IKey;

  /** Bucket for models, reports, lineage and features. */
  public readonly artifactBucket: s3.IBucket;

  /** Topic that is told of failures and alarms. */
  public readonly topic: sns.ITopic;

  /** Where versions stand. */
  public readonly registry: IModelRegistry;

  /** Created and given feature groups, in the config's order. */
  public readonly featureGroups: IFeatureGroup[];

  /**
   * The feature store.
   * @default - none: the config has no `featureStore`, or all of its groups were given
   */
  public readonly featureStore?: FeatureStore;

  /**
   * The training pipeline.
   * @default - none: the capability `trainingPipeline` is off
   */
  public readonly trainingPipeline?: TrainingPipeline;

  /** Serves what its deployer puts on it; without the capability `deployment` a person says what. */
  public readonly endpoint: ModelEndpoint;

  /**
   * Compares what the model is asked and answers with what it was trained on.
   * @default - none: the capability `driftMonitoring` is off
   */
  public readonly driftMonitor?: DriftMonitor;

  /** What exists, at a glance. */
  public readonly dashboard: Dashboard;

  /** What the config asks for but its level or capabilities leave out, as sentences. */
  public readonly notes: string[];

  constructor(scope: Construct, id: string, props: MlopsPipelineProps) {
    super(scope, id);
    const resolved = plan(resolveConfig(props.config, { cloud: 'aws' }));
    claimName(this, 'name', resolved.name);
    this.notes = [...resolved.notes];
    for (const note of this.notes) Annotations.of(this).addInfoV2('cdk-mlops:note', note);

    const store = this.artifactStore(resolved, props);
    this.encryptionKey = store.encryptionKey;
    this.artifactBucket = store.bucket;
    this.topic = props.topic ?? this.notifications(resolved);
    this.registry = props.registry ?? this.modelRegistry(resolved, props);
    this.featureStore = this.createFeatureStore(resolved, props);
    this.featureGroups = this.allFeatureGroups(resolved, props);
    if (!props.driftAnalyzer) sharedMonitorRecords(this, this.encryptionKey); // at every level: they hold state
    if (resolved.capabilities.trainingPipeline) this.trainingPipeline = this.createTrainingPipeline(resolved, props);
    this.endpoint = this.createEndpoint(resolved, props);
    if (resolved.capabilities.driftMonitoring) this.driftMonitor = this.createDriftMonitor(resolved, props);
    this.dashboard = this.createDashboard(resolved);
  }

  private artifactStore({ names }: Plan, props: MlopsPipelineProps): ArtifactAccess {
    const { artifactBucket, encryptionKey, removalPolicy } = props;
    if (!artifactBucket) {
      const store = new ArtifactStore(this, 'Artifacts', { encryptionKey, removalPolicy });
      store.bucket.addLifecycleRule({ prefix: runFolder(names.endpoint), expiration: KEEP_RUNS });
      return store;
    }
    const key =
      encryptionKey ??
      artifactBucket.encryptionKey ??
      createKey(this, 'Key', 'Encrypts everything at rest', removalPolicy);
    return { bucket: artifactBucket, encryptionKey: key };
  }

  private notifications(resolved: Plan): sns.ITopic {
    return new Notifications(this, 'Notifications', {
      encryptionKey: this.encryptionKey,
      emailAddresses: [...resolved.monitoring.notify],
    }).topic;
  }

  private modelRegistry(resolved: Plan, { removalPolicy }: MlopsPipelineProps): ModelRegistry {
    const { modelPackageGroup } = resolved.names;
    return new ModelRegistry(this, 'Registry', { modelPackageGroupName: modelPackageGroup, removalPolicy });
  }

  private createFeatureStore(resolved: Plan, props: MlopsPipelineProps): FeatureStore | undefined {
    const given = givenGroups(props.featureGroups);
    const groups = resolved.featureStore?.groups.filter(({ name }) => !given.has(name)) ?? [];
    if (groups.length === 0) return undefined;
    return new FeatureStore(this, 'FeatureStore', {
      groups,
      namePrefix: resolved.name,
      bucket: this.artifactBucket,
      encryptionKey: this.encryptionKey,
      offlineTableFormat: resolved.aws.offlineTableFormat,
      removalPolicy: props.removalPolicy,
    });
  }

  private allFeatureGroups(resolved: Plan, props: MlopsPipelineProps): IFeatureGroup[] {
    const given = givenGroups(props.featureGroups);
    const names = groupNames(resolved);
    const problem = unknownGroups(given, names);
    if (problem !== undefined) throw new ConstructError(this, problem);
    return names.map((name) => given.get(name) ?? this.featureStore!.group(name));
  }

  private createTrainingPipeline(resolved: Plan, props: MlopsPipelineProps): TrainingPipeline {
    return new TrainingPipeline(this, 'Training', {
      ...props.config.training!,
      pipelineName: resolved.names.pipeline,
      data: props.config.data!,
      serving: props.config.serving,
      aws: props.config.aws,
      registry: this.registry,
      artifactBucket: this.artifactBucket,
      encryptionKey: this.encryptionKey,
      dataEncryptionKey: props.dataEncryptionKey,
      automaticApproval: resolved.capabilities.automaticApproval,
      driftAnalyzer: resolved.capabilities.driftMonitoring ? this.driftAnalyzer(props) : undefined,
      failureAlarms: resolved.capabilities.operationalAlarms,
      topic: this.topic,
      role: props.role,
      vpc: props.vpc,
      vpcSubnets: props.vpcSubnets,
      securityGroups: props.securityGroups,
    });
  }

  private createEndpoint(resolved: Plan, props: MlopsPipelineProps): ModelEndpoint {
    const { capabilities, serving, names } = resolved;
    const { training, aws, data } = props.config;
    return new ModelEndpoint(this, 'Endpoint', {
      ...serving,
      image: serving.image ?? training?.image,
      framework: training?.framework,
      dataFormat: data?.format,
      endpointName: names.endpoint,
      aws,
      registry: this.registry,
      artifactBucket: this.artifactBucket,
      encryptionKey: this.encryptionKey,
      dataCapture: capabilities.dataCapture && serving.mode !== 'serverless',
      capturePercent: resolved.monitoring.capturePercent,
      automaticDeployment: capabilities.deployment,
      abTesting: capabilities.abTest,
      operationalAlarms: capabilities.operationalAlarms,
      requireBaseline: capabilities.driftMonitoring, // the training pipeline, which monitoring needs, makes one
      topic: this.topic,
      role: props.role,
      deployer: props.deployer,
      vpc: props.vpc,
      vpcSubnets: props.vpcSubnets,
      securityGroups: props.securityGroups,
    });
  }

  private driftAnalyzer(props: MlopsPipelineProps): DriftAnalyzer {
    const { vpc, vpcSubnets, securityGroups } = props;
    const { encryptionKey, topic } = this;
    return DriftAnalyzer._of(this, props.driftAnalyzer, { encryptionKey, topic, vpc, vpcSubnets, securityGroups });
  }

  private createDriftMonitor(resolved: Plan, props: MlopsPipelineProps): DriftMonitor {
    const { data, monitoring, retraining, aws } = props.config;
    return new DriftMonitor(this, 'Monitor', {
      ...monitoring,
      notify: [], // they are subscribed to the topic
      endpoint: this.endpoint,
      data: data!,
      aws,
      artifactBucket: this.artifactBucket,
      encryptionKey: this.encryptionKey,
      dataEncryptionKey: props.dataEncryptionKey,
      retraining: resolved.capabilities.retraining ? { ...retraining, pipeline: this.trainingPipeline! } : undefined,
      topic: this.topic,
      analyzer: this.driftAnalyzer(props),
    });
  }

  private createDashboard(resolved: Plan): Dashboard {
    return new Dashboard(this, 'Dashboard', {
      title: resolved.name,
      alarms: [
        ...(this.trainingPipeline?.alarms ?? []),
        ...this.endpoint.alarms,
        this.endpoint.deployer.alarm,
        ...(this.driftMonitor ? [...this.driftMonitor.alarms, this.driftMonitor.analyzer.alarm] : []),
      ],
      bucket: this.artifactBucket,
      featureGroups: this.featureGroups,
      trainingPipeline: this.trainingPipeline,
      modelRegistry: this.registry,
      endpoint: this.endpoint,
      driftMonitor: this.driftMonitor,
    });
  }
}

interface ArtifactAccess {
  readonly bucket: s3.IBucket;
  readonly encryptionKey: kms.IKey;
}

/** How long the intermediate results of the monitor's runs are kept; hours and reports stay. */
const KEEP_RUNS = Duration.days(30);
