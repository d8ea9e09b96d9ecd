import { Construct } from 'constructs';
import type { MlopsConfig } from '../config/mlops';
import { resolveConfig } from '../config/resolve';
import { givenGroups, groupNames, unknownGroups } from '../plan/given-groups';
import { plan } from '../plan/plan';
import type { Plan } from '../plan/plan';
import { ArtifactStore } from './artifact-store';
import type { IArtifactStore } from './artifact-store';
import { Baseline } from './baseline';
import { Dashboard } from './dashboard';
import { DriftRoles } from './drift/roles';
import { DriftTables } from './drift/tables';
import { DriftMonitor } from './drift-monitor';
import { EncryptionKey } from './encryption-key';
import type { IEncryptionKey } from './encryption-key';
import { Annotations } from './engine';
import { ConstructError } from './errors';
import type { IFeatureGroup } from './feature-group';
import { FeatureStore } from './feature-store';
import { locationOf } from './google-location';
import type { GoogleLocation } from './google-location';
import { MlopsDataset } from './mlops-dataset';
import { ModelEndpoint } from './model-endpoint';
import { ModelRegistry } from './model-registry';
import type { IModelRegistry } from './model-registry';
import { Notifications } from './notifications';
import type { RemovalPolicy } from './removal-policy';
import { claimName } from './resource-names';
import type { IServiceAccount } from './service-account';
import { TrainingPipeline } from './training-pipeline';
import { TrainingRoles } from './training/roles';

/** Properties of an MLOps pipeline: the config, and what exists already. */
export interface MlopsPipelineProps {
  /** The config, from `Config.fromFiles` or written in code. `google.project` and `google.region` say where everything stands. */
  readonly config: MlopsConfig;

  /**
   * Key for everything at rest, in the region. Passing another one later would replace stateful resources.
   * @default - a new key, rotated every 90 days
   */
  readonly encryptionKey?: IEncryptionKey;

  /**
   * Bucket for models, reports and lineage, in the region.
   * @default - a new encrypted bucket
   */
  readonly artifacts?: IArtifactStore;

  /**
   * Account of the training jobs. The rights they need are added to it.
   * @default - a new account
   */
  readonly serviceAccount?: IServiceAccount;

  /**
   * Account of the models' containers. The rights they need are added to it.
   * @default - a new account
   */
  readonly servingServiceAccount?: IServiceAccount;

  /**
   * Names of notification channels that are told of failures (`projects/PROJECT/notificationChannels/ID`), besides
   * `monitoring.notify`.
   * @default - none
   */
  readonly notificationChannels?: string[];

  /**
   * Registry that receives the versions.
   * @default - a new one, named like the config
   */
  readonly registry?: IModelRegistry;

  /**
   * Feature groups that exist already, by their name in the config; these are not created.
   * @default - all groups of the config are created
   */
  readonly featureGroups?: { readonly [name: string]: IFeatureGroup };

  /**
   * Let the jobs', the models' and the monitor's accounts read the data: its bucket gets a binding, for which it needs uniform access, a table its
   * own. Without, the owner of the data has to: of public data, or of another team's.
   * @default true
   */
  readonly grantDataAccess?: boolean;

  /**
   * VPC network that the jobs' machines are peered with, `projects/NUMBER/global/networks/NAME`. Excludes `networkAttachment`.
   * @default - no network
   */
  readonly network?: string;

  /**
   * Network attachment through which the jobs' machines reach a VPC network (Private Service Connect). Excludes `network`.
   * @default - none
   */
  readonly networkAttachment?: string;

  /**
   * Ids of the projects whose networks reach the endpoint by Private Service Connect; it is not reached from anywhere else then. Whether
   * an endpoint is private cannot be changed later, the projects can.
   * @default - a public endpoint, for members with `endpoint.grantInvoke`
   */
  readonly privateServiceConnectProjects?: string[];

  /**
   * What happens to bucket, key, dataset and feature tables when they leave the stack.
   * @default 'retain'
   */
  readonly removalPolicy?: RemovalPolicy;
}

/**
 * One config, deployed: registry, feature store, training pipeline, endpoint, drift monitor and dashboard, as much of it as its level and
 * sections say.
 * Raising the level only adds resources; lowering it removes stateless ones only. The stack needs the google provider, 6.50 or
 * newer: `GoogleProvider`, or the one of `@cdktf/provider-google` 16.12 or newer.
 *
 * @throws an error that lists every problem of the config
 */
export class MlopsPipeline extends Construct {
  /** Key for everything at rest. */
  public readonly encryptionKey: IEncryptionKey;

  /** Bucket for models, reports and lineage. */
  public readonly artifacts: IArtifactStore;

  /** Who is told of failures. */
  public readonly notifications: Notifications;

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

  /** Dataset of logged requests, and of the programs that decide. */
  public readonly dataset: MlopsDataset;

  /** Where models serve, and what decides which. */
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

  private readonly location: GoogleLocation;

  constructor(scope: Construct, id: string, props: MlopsPipelineProps) {
    super(scope, id);
    const resolved = plan(resolveConfig(props.config, { cloud: 'google' }));
    claimName(this, 'name', resolved.name);
    this.location = locationOf(resolved.google!);
    this.notes = [...resolved.notes];
    for (const note of this.notes) Annotations.of(this).addInfo(note);

    this.encryptionKey = props.encryptionKey ?? this.createKey(resolved, props);
    this.encryptionKey.allow(this.location, 'vertexAi'); // models are read when nothing trains them any more, too
    this.artifacts = props.artifacts ?? this.createArtifactStore(resolved, props);
    this.notifications = this.createNotifications(resolved, props);
    this.registry = props.registry ?? this.createRegistry(resolved, props);
    this.featureStore = this.createFeatureStore(resolved, props);
    this.featureGroups = this.allFeatureGroups(resolved, props);
    if (resolved.capabilities.trainingPipeline) this.trainingPipeline = this.createTrainingPipeline(resolved, props);
    else if (props.config.training) this.keepTraining(resolved);
    this.notes.push(...(this.trainingPipeline?.notes ?? []));
    this.dataset = this.createDataset(resolved, props);
    this.endpoint = this.createEndpoint(resolved, props);
    if (resolved.capabilities.driftMonitoring) this.driftMonitor = this.createDriftMonitor(resolved, props);
    else if (props.config.training) this.keepMonitoring(resolved, props);
    this.dashboard = this.createDashboard(resolved);
  }

  private createKey({ name }: Plan, { removalPolicy }: MlopsPipelineProps): EncryptionKey {
    return new EncryptionKey(this, 'Key', { ...this.location, name, removalPolicy });
  }

  private createArtifactStore({ name }: Plan, { removalPolicy }: MlopsPipelineProps): ArtifactStore {
    return new ArtifactStore(this, 'Artifacts', {
      ...this.location,
      name,
      encryptionKey: this.encryptionKey,
      removalPolicy,
    });
  }

  private createNotifications({ name, monitoring }: Plan, props: MlopsPipelineProps): Notifications {
    return new Notifications(this, 'Notifications', {
      project: this.location.project,
      title: name,
      emailAddresses: monitoring.notify,
      channels: props.notificationChannels,
    });
  }

  private createRegistry({ names }: Plan, { removalPolicy }: MlopsPipelineProps): ModelRegistry {
    return new ModelRegistry(this, 'Registry', {
      ...this.location,
      modelId: names.modelPackageGroup,
      encryptionKey: this.encryptionKey,
      removalPolicy,
    });
  }

  private createFeatureStore(resolved: Plan, props: MlopsPipelineProps): FeatureStore | undefined {
    const given = givenGroups(props.featureGroups);
    const groups = resolved.featureStore?.groups.filter(({ name }) => !given.has(name)) ?? [];
    if (groups.length === 0) return undefined;
    return new FeatureStore(this, 'FeatureStore', {
      ...this.location,
      namePrefix: resolved.name,
      groups,
      encryptionKey: this.encryptionKey,
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
    const { training, data, serving, google } = props.config;
    return new TrainingPipeline(this, 'Training', {
      ...training!,
      pipelineName: resolved.names.pipeline,
      data: data ?? {},
      serving,
      google: google!,
      registry: this.registry,
      artifacts: this.artifacts,
      encryptionKey: this.encryptionKey,
      automaticApproval: resolved.capabilities.automaticApproval,
      driftMonitorName: resolved.capabilities.driftMonitoring ? resolved.names.endpoint : undefined,
      failureAlarms: resolved.capabilities.operationalAlarms,
      notificationChannels: this.notifications.channels,
      serviceAccount: props.serviceAccount,
      grantDataAccess: props.grantDataAccess,
      network: props.network,
      networkAttachment: props.networkAttachment,
    });
  }

  /** What a training needs when it comes back, although its level has gone: the ids of its roles would not be free for weeks. */
  private keepTraining({ names }: Plan): void {
    const { project } = this.location;
    const scope = new Construct(this, 'Training');
    new TrainingRoles(scope, 'Roles', { pipelineName: names.pipeline, project, readsTables: false });
  }

  private createDataset({ name }: Plan, { removalPolicy }: MlopsPipelineProps): MlopsDataset {
    const { artifacts, encryptionKey } = this;
    return new MlopsDataset(this, 'Dataset', { ...this.location, name, artifacts, encryptionKey, removalPolicy });
  }

  private createEndpoint(resolved: Plan, props: MlopsPipelineProps): ModelEndpoint {
    const { capabilities, serving, names, monitoring } = resolved;
    const { training, data, google } = props.config;
    return new ModelEndpoint(this, 'Endpoint', {
      ...serving,
      image: serving.image ?? training?.image,
      framework: training?.framework,
      dataFormat: data?.format,
      endpointName: names.endpoint,
      google: google!,
      registry: this.registry,
      artifacts: this.artifacts,
      dataset: this.dataset,
      encryptionKey: this.encryptionKey,
      dataCapture: capabilities.dataCapture && serving.mode !== 'batch',
      capturePercent: monitoring.capturePercent,
      automaticDeployment: capabilities.deployment,
      abTesting: capabilities.abTest,
      operationalAlarms: capabilities.operationalAlarms,
      requireBaseline: capabilities.driftMonitoring, // the training pipeline, which monitoring needs, makes one
      notificationChannels: this.notifications.channels,
      serviceAccount: props.servingServiceAccount,
      grantDataAccess: props.grantDataAccess,
      privateServiceConnectProjects: props.privateServiceConnectProjects,
    });
  }

  private createDriftMonitor({ capabilities }: Plan, props: MlopsPipelineProps): DriftMonitor {
    const { data, monitoring, retraining, google } = props.config;
    const pipeline = this.trainingPipeline!;
    return new DriftMonitor(this, 'Monitor', {
      ...monitoring,
      notify: [], // they have channels
      endpoint: this.endpoint,
      data: data!,
      google: google!,
      baselineProfile: Baseline.fromModelVersion(pipeline),
      dataset: this.dataset,
      artifacts: this.artifacts,
      encryptionKey: this.encryptionKey,
      retraining: capabilities.retraining ? { ...retraining, pipeline } : undefined,
      grantDataAccess: props.grantDataAccess,
      notificationChannels: this.notifications.channels,
      removalPolicy: props.removalPolicy,
    });
  }

  /** What a monitor finds again when it comes back, although its level has gone: its history, and the ids of its roles. */
  private keepMonitoring({ names, monitoring }: Plan, { removalPolicy }: MlopsPipelineProps): void {
    const scope = new Construct(this, 'Monitor');
    const monitorName = names.endpoint;
    const { encryptionKey, dataset } = this;
    const { datasetId } = dataset;
    new DriftTables(scope, 'Tables', {
      ...this.location,
      ...{ monitorName, datasetId, monitoring, encryptionKey, removalPolicy },
    });
    new DriftRoles(scope, 'Roles', { monitorName, project: this.location.project });
  }

  private createDashboard(resolved: Plan): Dashboard {
    const { project, region } = this.location;
    return new Dashboard(this, 'Dashboard', {
      project,
      region,
      title: resolved.name,
      alerts: [...(this.trainingPipeline?.alerts ?? []), ...this.endpoint.alerts, ...(this.driftMonitor?.alerts ?? [])],
      bucketName: this.artifacts.bucketName,
      featureGroups: this.featureGroups,
      trainingPipeline: this.trainingPipeline,
      modelRegistry: this.registry,
      endpoint: this.endpoint,
      driftMonitor: this.driftMonitor,
    });
  }
}
