import { Construct } from 'constructs';
import type { DeployerArgument, DeployerSettings } from '../runtime/google-contract';
import type { IArtifactStore } from './artifact-store';
import { deployerAlerts } from './deployer/alerts';
import { DeployerAccess } from './deployer/access';
import { PolicyEvents } from './deployer/events';
import { DeployerRoles } from './deployer/roles';
import { encryptedWorkflow } from './encrypted-workflow';
import type { IEncryptionKey } from './encryption-key';
import { locationOf } from './google-location';
import type { GoogleLocation } from './google-location';
import type { GoogleResource } from './l1/google-resource';
import type { IMlopsDataset } from './mlops-dataset';
import type { IModelRegistry } from './model-registry';
import { claimName, hyphenated } from './resource-names';
import { ServiceAccount } from './service-account';
import type { IServiceAccount } from './service-account';
import { terraformText } from './terraform-text';
import { topicTrigger } from './topic-trigger';
import { workflowSchedule } from './workflow-schedule';
import { runnerWorkflow } from './workflows/runner';

/** Properties of a deployer. */
export interface DeployerProps extends GoogleLocation {
  /** Name of the endpoint, 1 to 40 lower-case letters, digits and hyphens; the workflow is called `<endpointName>-deployer`. */
  readonly endpointName: string;

  /**
   * `projects/PROJECT/locations/REGION/endpoints/NUMBER`.
   * @default - none: the champion predicts in batches
   */
  readonly endpoint?: string;

  /** Registry whose approvals it hears of. */
  readonly registry: IModelRegistry;

  /** Bucket of policy and record, below `deployments/<endpointName>/`. */
  readonly artifacts: IArtifactStore;

  /** Dataset with the program that decides. */
  readonly dataset: IMlopsDataset;

  /** Account of the models' containers. */
  readonly modelAccount: IServiceAccount;

  /** Key of the workflow and of the messages that start it. */
  readonly encryptionKey: IEncryptionKey;

  /** Start it when a version is approved. */
  readonly automatic: boolean;

  /** Whether there are A/B tests, which are looked at every five minutes instead of every hour. */
  readonly abTesting: boolean;

  /**
   * Folder of baselines in the bucket, with a slash at its end, where versions need one.
   * @default - they need none
   */
  readonly baselines?: string;

  /**
   * When the champion predicts a batch, as Cloud Scheduler takes it.
   * @default - when it is started
   */
  readonly predictions?: string;

  /** Names of notification channels. */
  readonly notificationChannels?: readonly string[];
}

/** What is missed by an event is found by the next look. */
const EVERY_HOUR = '0 * * * *';
const EVERY_FIVE_MINUTES = '*/5 * * * *';

/**
 * Decides which model version an endpoint serves, and is alone in that: it rolls versions out, tests them, rolls them back, and keeps a
 * record with the reasons in the artifact bucket. A workflow per endpoint, which a schedule and events start; what it decides, the
 * program `deployer` decides, a routine in BigQuery.
 */
export class Deployer extends Construct {
  /** The workflow: an execution ends when there is nothing left to do. */
  public readonly workflow: GoogleResource<'google_workflows_workflow'>;

  /** `projects/PROJECT/locations/REGION/workflows/NAME`. */
  public readonly workflowName: string;

  /** Folder of the record in the artifact bucket, `record/record.json`, with a slash at its end. */
  public readonly folder: string;

  /** Name of the object in the artifact bucket that says how models are served. */
  public readonly policyObject: string;

  /** Account of the workflow. */
  public readonly account: ServiceAccount;

  /** Looks whether all is as it should be. */
  public readonly schedule: GoogleResource<'google_cloud_scheduler_job'>;

  /**
   * Starts batch predictions.
   * @default - they start by hand
   */
  public readonly predictions?: GoogleResource<'google_cloud_scheduler_job'>;

  /** Alert policies on failed executions, on starts that were missed, and on what people are to hear of. */
  public readonly alerts: readonly GoogleResource<'google_monitoring_alert_policy'>[];

  /**
   * What has to stand while models are taken away, which the end of the policy starts.
   * @internal
   */
  public readonly _links: readonly GoogleResource[];

  private readonly roles: DeployerRoles;
  private readonly starter: ServiceAccount;

  public constructor(
    scope: Construct,
    id: string,
    private readonly props: DeployerProps,
  ) {
    super(scope, id);
    const { endpointName, project, endpoint } = props;
    this.folder = `deployments/${endpointName}/`;
    this.policyObject = `${this.folder}policy.json`;
    this.account = this.createAccount('deployer', 'Deploys models to');
    this.starter = this.createAccount('deploy-start', 'Starts the deployer of');
    this.roles = new DeployerRoles(this, 'Roles', { endpointName, project, batch: endpoint === undefined });
    const { folder, account, roles } = this;
    const access = new DeployerAccess(this, 'Access', { ...props, folder, account, roles });
    this.workflow = this.createWorkflow();
    this.workflowName = this.workflow.id;
    const looks = props.abTesting ? EVERY_FIVE_MINUTES : EVERY_HOUR;
    this.schedule = this.createSchedule('Schedule', `${endpointName}-deployer`, looks, { cause: 'schedule' });
    if (props.predictions !== undefined) this.predictions = this.createPredictions(props.predictions);
    const events = this.createEvents();
    this._links = [this.workflow, this.schedule, ...access.grants, ...events];
    this.alerts = this.createAlerts();
  }

  /**
   * Allows what people do with the command line: deploying, promoting, rolling back, and reading the record. Workflows have no access
   * policy of their own: the member may start and read any workflow of the project.
   * @param member for example `group:ml@example.com`
   */
  public grantOperate(member: string): GoogleResource[] {
    return [this.roles.operate.grant(member), this.props.artifacts.grantRead(member, this.folder, this)];
  }

  private createAccount(role: string, description: string): ServiceAccount {
    const { project, endpointName: name } = this.props;
    return new ServiceAccount(this, role, { project, name, role, description: `${description} ${name}` });
  }

  private createWorkflow(): GoogleResource<'google_workflows_workflow'> {
    const { endpointName, project, region, dataset, encryptionKey } = this.props;
    return encryptedWorkflow(this, 'Workflow', {
      ...locationOf(this.props),
      name: `${endpointName}-deployer`,
      description: `Decides which model ${endpointName} serves, and deploys it`,
      account: this.account,
      definition: runnerWorkflow('deployer'),
      environment: {
        PROJECT: project,
        REGION: region,
        ROUTINE: dataset.programName,
        SETTINGS: terraformText(JSON.stringify(this.settings())),
      },
      encryptionKey,
      services: [],
    });
  }

  private settings(): DeployerSettings {
    const { project, region, endpointName, endpoint, artifacts } = this.props;
    return {
      project,
      region,
      endpoint: endpointName,
      ...(endpoint !== undefined && { endpointId: endpoint }),
      bucket: artifacts.bucketName,
      folder: this.folder,
    };
  }

  private createPredictions(schedule: string): GoogleResource<'google_cloud_scheduler_job'> {
    const argument: DeployerArgument = { task: 'predict', cause: 'schedule' };
    return this.createSchedule('Predictions', `${this.props.endpointName}-predictions`, schedule, argument);
  }

  private createSchedule(
    id: string,
    name: string,
    schedule: string,
    argument: DeployerArgument,
  ): GoogleResource<'google_cloud_scheduler_job'> {
    const { endpointName, project, region } = this.props;
    claimName(this, 'schedule', name);
    return workflowSchedule(this, id, {
      name,
      project,
      region,
      description: `Starts the deployer of ${endpointName}`,
      schedule,
      workflowName: this.workflowName,
      argument,
      account: this.starter,
      startRole: this.roles.start,
    });
  }

  /** Changes of the policy start it, and approvals where they deploy. Both only hasten what the schedule finds anyway. */
  private createEvents(): readonly GoogleResource[] {
    const { endpointName, artifacts, registry, automatic, encryptionKey } = this.props;
    const starts = { location: locationOf(this.props), workflow: this.workflow.id, account: this.starter };
    if (automatic && registry.approvalTopicId !== undefined) {
      const name = hyphenated(this, 'endpointName', `${endpointName}-approvals`);
      topicTrigger(this, 'Approvals', { ...starts, name, topic: registry.approvalTopicId });
    }
    const name = `${endpointName}-policy`;
    const object = this.policyObject;
    return new PolicyEvents(this, 'PolicyEvents', { ...starts, name, artifacts, object, encryptionKey }).links;
  }

  private createAlerts(): GoogleResource<'google_monitoring_alert_policy'>[] {
    const { endpointName, project, notificationChannels } = this.props;
    const predicts = this.predictions !== undefined;
    return deployerAlerts(this, { endpointName, project, notificationChannels, predicts });
  }
}
