import { createHash } from 'node:crypto';
import type { Construct } from 'constructs';
import type { GoogleConfig } from '../config/clouds';
import type { DataFormat } from '../config/data';
import { DEFAULTS } from '../config/defaults';
import { pickSection, resolveSections } from '../config/resolve';
import type { ResolvedGoogle, ResolvedServing } from '../config/schema';
import type { ServingConfig, ServingMode } from '../config/serving';
import type { FrameworkConfig } from '../config/training';
import { abTestRules } from '../plan/ab-testing';
import type { GooglePolicy } from '../runtime/google-contract';
import type { IArtifactStore } from './artifact-store';
import { schedulerCron } from './cron';
import { Deployer } from './deployer';
import { DestroyDelay } from './destroy-delay';
import { baselineFolder } from './drift/names';
import type { IEncryptionKey } from './encryption-key';
import { ModelAccess } from './endpoint/access';
import { endpointAlerts } from './endpoint/alerts';
import { checkMode, checkProps, checkRegistry } from './endpoint/checks';
import { googlePolicy, googleServing } from './endpoint/policy';
import { TerraformStack } from './engine';
import { locationOf } from './google-location';
import type { GoogleLocation } from './google-location';
import { GoogleResource } from './l1/google-resource';
import type { IMlopsDataset } from './mlops-dataset';
import type { IModelEndpoint } from './model-endpoint-base';
import { ModelEndpointBase } from './model-endpoint-base';
import type { IModelRegistry } from './model-registry';
import { claimName, underscored } from './resource-names';
import { ServiceAccount } from './service-account';
import { serviceAgent } from './service-agents';
import type { IServiceAccount } from './service-account';
import { terraformText } from './terraform-text';

export type { IModelEndpoint } from './model-endpoint-base';

/** Properties of an endpoint: the config's `serving` section, and what it works with. */
export interface ModelEndpointProps extends ServingConfig {
  /**
   * Name of the endpoint: 1 to 40 lower-case letters, digits and hyphens, starting with a letter. It cannot be changed later:
   * another name is another endpoint.
   */
  readonly endpointName: string;

  /** Project, region, and exact values for Google Cloud; they go before the neutral ones. */
  readonly google: GoogleConfig;

  /** Registry whose approved versions are deployed, in the same project and region. */
  readonly registry: IModelRegistry;

  /**
   * Bucket of the models, below `training/`, of policy and record, below `deployments/<endpointName>/`, and of predictions in batches,
   * below `batch/<endpointName>/`. Models that lie elsewhere can be used once `serviceAccount` may read them. Of a bucket in another
   * project let the agent of Cloud Storage publish to the topic `<endpointName>-policy`.
   */
  readonly artifacts: IArtifactStore;

  /** Dataset with the deployer's program, and for the log of requests. */
  readonly dataset: IMlopsDataset;

  /** Key for the endpoint, its models, the deployer's workflow and the messages that start it. */
  readonly encryptionKey: IEncryptionKey;

  /**
   * Framework whose image serves models that are given by their artifact, where there is no `image`. Versions of the registry bring
   * their own image.
   * @default - without `image`, only versions of the registry can be deployed
   */
  readonly framework?: FrameworkConfig;

  /**
   * Format of the data, and with it of what is predicted in batches.
   * @default 'csv'
   */
  readonly dataFormat?: DataFormat;

  /**
   * Log requests and answers to the table `logTable`. Not in batch mode.
   * @default false
   */
  readonly dataCapture?: boolean;

  /**
   * Part of the requests that is logged, in percent, 1 to 100.
   * @default 100
   */
  readonly capturePercent?: number;

  /**
   * Deploy versions as soon as they are approved. Without, a person deploys them.
   * @default true
   */
  readonly automaticDeployment?: boolean;

  /**
   * Test new versions against the champion before they take over.
   * @default - as `abTest` is given or not
   */
  readonly abTesting?: boolean;

  /**
   * Alert policies on slow, refused and failed requests. Those on the deployer, its failures and what it tells, stand without, too.
   * @default true
   */
  readonly operationalAlarms?: boolean;

  /**
   * Refuse versions without a baseline, since nothing could tell their drift.
   * @default false
   */
  readonly requireBaseline?: boolean;

  /**
   * Names of notification channels that are told of alerts.
   * @default - the alert policies exist, and tell nobody
   */
  readonly notificationChannels?: string[];

  /**
   * Account of the models' containers. The rights they need are added to it.
   * @default - a new account
   */
  readonly serviceAccount?: IServiceAccount;

  /**
   * Let the models' account read what is predicted in batches, and write predictions to a bucket of your own. Without, its owner has to.
   * A table or dataset for predictions is always its owner's to open.
   * @default true
   */
  readonly grantDataAccess?: boolean;

  /**
   * Ids of the projects whose networks reach the endpoint by Private Service Connect; it is not reached from anywhere else then. Whether
   * an endpoint is private cannot be changed later, the projects can.
   * @default - a public endpoint, for members with `grantInvoke`
   */
  readonly privateServiceConnectProjects?: string[];
}

/** An existing endpoint. */
export interface ModelEndpointAttributes extends GoogleLocation {
  /** Name of the endpoint, as its construct has it. */
  readonly endpointName: string;
}

/** How long a stack that is destroyed waits for its models to be taken away: two minutes until the deployer is sure, then each model's. */
const UNDEPLOY_MINUTES = 15;

/**
 * A Vertex AI endpoint, and how models get onto it. It is empty until a version is approved, or a person deploys a model. The stack says
 * how models are served; which one serves, the deployer alone decides, so deploying the stack again never puts an old model back. In
 * batch mode there is a champion and no endpoint.
 *
 * When the stack is destroyed, the policy goes first, at which the deployer takes the models away; the rest waits a quarter of an hour.
 * Where that is not enough, `cdk-mlops undeploy --wait` before `cdktf destroy` is.
 */
export class ModelEndpoint extends ModelEndpointBase {
  /** An endpoint that stands already. */
  public static fromEndpointAttributes(
    scope: Construct,
    id: string,
    attributes: ModelEndpointAttributes,
  ): IModelEndpoint {
    class Import extends ModelEndpointBase {
      public readonly endpointName = attributes.endpointName;
      public readonly endpointId = endpointNumber(attributes.endpointName);
      public readonly location = locationOf(attributes);
      public readonly mode = undefined;
    }
    return new Import(scope, id);
  }

  public readonly endpointName: string;
  public readonly endpointId: string;
  public readonly location: GoogleLocation;
  public readonly mode: ServingMode;

  /**
   * The endpoint in Vertex AI.
   * @default - none in batch mode
   */
  public readonly endpoint?: GoogleResource<'google_vertex_ai_endpoint'>;

  /** Account of the models' containers: grant it what your inference script needs. */
  public readonly serviceAccount: IServiceAccount;

  /** Registry whose approved versions are deployed. */
  public readonly registry: IModelRegistry;

  /** Decides which model serves. */
  public readonly deployer: Deployer;

  /**
   * Table of logged requests and answers, `project.dataset.table`. Vertex AI makes it with the first request that is logged.
   * @default - none in batch mode
   */
  public readonly logTable?: string;

  /** Alert policies of the endpoint and of its deployer. */
  public readonly alerts: readonly GoogleResource<'google_monitoring_alert_policy'>[];

  constructor(scope: Construct, id: string, props: ModelEndpointProps) {
    super(scope, id);
    checkProps(this, props);
    const { endpointName, dataset, registry } = props;
    const { serving, google } = resolve(props);
    checkMode(this, props, serving);
    checkRegistry(this, registry, google);
    this.endpointName = endpointName;
    this.endpointId = endpointNumber(endpointName);
    claimName(this, 'endpointName', endpointName);
    claimName(this, 'endpointId', this.endpointId);
    this.location = locationOf(google);
    this.mode = serving.mode;
    this.registry = registry;
    this.invokeRole(endpointName); // at once: the ids of deleted roles are not free for weeks
    if (this.mode !== 'batch') {
      const table = underscored(this, 'endpointName', `${endpointName}-requests`, MAX_TABLE_ID);
      this.logTable = `${dataset.project}.${dataset.datasetId}.${table}`;
    }
    this.serviceAccount = props.serviceAccount ?? this.createAccount();
    const policy = this.policy(props, serving, google);
    new ModelAccess(this, 'Models', {
      project: google.project,
      artifacts: props.artifacts,
      account: this.serviceAccount,
      ...((props.grantDataAccess ?? true) && policy.serving.batch),
    });
    this.deployer = this.createDeployer(props, serving, policy);
    if (this.mode !== 'batch') this.endpoint = this.createEndpoint(props);
    this.createPolicy(props, policy);
    this.alerts = this.createAlerts(props, serving);
  }

  /**
   * Allows what people do with the command line: deploying, promoting, rolling back, and reading this endpoint's record.
   * @param member for example `group:ml@example.com`
   */
  public grantOperate(member: string): GoogleResource[] {
    return this.deployer.grantOperate(member);
  }

  private createAccount(): ServiceAccount {
    const { endpointName: name, location } = this;
    const description = `Models on ${name}`;
    return new ServiceAccount(this, 'serving', { project: location.project, name, role: 'serving', description });
  }

  private createEndpoint(props: ModelEndpointProps): GoogleResource<'google_vertex_ai_endpoint'> {
    const { encryptionKey, dataCapture = false, capturePercent, privateServiceConnectProjects: projects } = props;
    const { project, region } = this.location;
    return new GoogleResource(
      this,
      'Endpoint',
      'google_vertex_ai_endpoint',
      {
        name: this.endpointId,
        display_name: this.endpointName,
        description: 'The deployer decides which model serves; see its record',
        project,
        location: region,
        region,
        encryption_spec: { kms_key_name: encryptionKey.keyName },
        // Whatever the level: an endpoint need not be made again to be watched.
        predict_request_response_logging_config: {
          enabled: dataCapture,
          sampling_rate: (capturePercent ?? DEFAULTS.monitoring.capturePercent) / 100,
          bigquery_destination: { output_uri: `bq://${this.logTable}` },
        },
        ...(projects && {
          private_service_connect_config: { enable_private_service_connect: true, project_allowlist: projects },
        }),
      },
      {
        lifecycle: { ignoreChanges: ['traffic_split'] },
        // The deployer outlives it: where models are on it still, a destroy fails, and can be tried again.
        dependsOn: [...encryptionKey.allow(this.location, 'vertexAi'), ...this.deployer._links],
      },
    );
  }

  private policy(props: ModelEndpointProps, serving: ResolvedServing, google: ResolvedGoogle): GooglePolicy {
    const { artifacts, automaticDeployment = true, requireBaseline = false, dataFormat, encryptionKey } = props;
    const { endpointName, registry } = this;
    const abTest = abTestRules(serving, props.abTesting);
    return googlePolicy(serving, {
      owner: { stack: TerraformStack.of(this).node.id, resource: this.node.path },
      serving: googleServing(this, serving, google, {
        framework: props.framework,
        dataFormat: dataFormat ?? DEFAULTS.data.format,
        serviceAccount: this.serviceAccount.email,
        output: `gs://${artifacts.bucketName}/batch/${endpointName}/`,
      }),
      automatic: automaticDeployment,
      requireBaseline,
      ...(abTest && { abTest }),
      model: registry.modelName,
      encryptionKey: encryptionKey.keyName,
      ...(requireBaseline && { baselines: `gs://${artifacts.bucketName}/${baselineFolder(endpointName)}` }),
    });
  }

  private createDeployer(
    props: ModelEndpointProps,
    serving: ResolvedServing,
    { automatic, abTest, requireBaseline }: GooglePolicy,
  ): Deployer {
    const { registry, artifacts, dataset, encryptionKey, notificationChannels } = props;
    const cron = serving.batch?.schedule?.cron;
    return new Deployer(this, 'Deployer', {
      ...this.location,
      endpointName: this.endpointName,
      endpoint: this.mode === 'batch' ? undefined : this.resourceName,
      registry,
      artifacts,
      dataset,
      encryptionKey,
      notificationChannels,
      modelAccount: this.serviceAccount,
      automatic,
      abTesting: abTest !== undefined,
      baselines: requireBaseline ? baselineFolder(this.endpointName) : undefined,
      predictions: cron && schedulerCron(cron),
    });
  }

  /** It comes last and goes first: its end is what tells the deployer to take the models away. */
  private createPolicy({ artifacts }: ModelEndpointProps, policy: GooglePolicy): void {
    const { _links: links } = this.deployer;
    const serves = this.serviceAccount.grantServing(serviceAgent(this, 'vertexAi', this.location), this);
    const delay = new DestroyDelay(this, 'Undeploy', {
      minutes: UNDEPLOY_MINUTES,
      holds: [...(this.endpoint ? [this.endpoint] : []), serves, ...links],
    });
    new GoogleResource(
      this,
      'Policy',
      'google_storage_bucket_object',
      {
        bucket: artifacts.bucketName,
        name: this.deployer.policyObject,
        content: terraformText(JSON.stringify(policy, undefined, 2)),
        content_type: 'application/json',
      },
      { dependsOn: [delay] },
    );
  }

  private createAlerts(props: ModelEndpointProps, serving: ResolvedServing) {
    const watched = (props.operationalAlarms ?? true) && this.endpoint !== undefined;
    const own = watched ? endpointAlerts(this, this, serving, props.notificationChannels) : [];
    return [...own, ...this.deployer.alerts];
  }
}

const MAX_TABLE_ID = 1024;

/** Vertex AI takes numbers of at most ten digits, without leading zeros. */
function endpointNumber(endpointName: string): string {
  const hash = createHash('sha256').update(endpointName).digest().readUIntBE(0, 6);
  return String(1_000_000_000 + (hash % 9_000_000_000));
}

/** The props as sections: validated by the config's own rules, with defaults. */
function resolve(props: ModelEndpointProps): { serving: ResolvedServing; google: ResolvedGoogle } {
  const sections = resolveSections(
    { serving: pickSection('serving', props), google: props.google },
    { cloud: 'google', at: { serving: 'props' } },
  );
  return { serving: sections.serving, google: sections.google! };
}
