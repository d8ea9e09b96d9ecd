import type { Construct } from 'constructs';
import { pickSection, resolveSections } from '../config/resolve';
import type { ResolvedData, ResolvedMonitoring, ResolvedRetraining } from '../config/schema';
import { monitorRules } from '../plan/monitor-rules';
import type { DriftArgument, DriftSettings, GoogleMonitorRules } from '../runtime/google-drift-contract';
import { DriftAccess } from './drift/access';
import { driftAlerts } from './drift/alerts';
import { checkProps } from './drift/checks';
import { uploadDocument } from './drift/documents';
import { monitorFolder, monitorTopic, monitorWorkflow } from './drift/names';
import type { DriftMonitorAttributes, DriftMonitorProps } from './drift/props';
import { DriftRoles } from './drift/roles';
import { driftRoutines } from './drift/routines';
import { everyHoursCron } from './drift/schedule';
import { driftSettings } from './drift/settings';
import type { DriftRetraining, Watched } from './drift/settings';
import { DriftTables } from './drift/tables';
import type { IDriftMonitor } from './drift-monitor-base';
import { DriftMonitorBase } from './drift-monitor-base';
import { encryptedTopic } from './encrypted-topic';
import { encryptedWorkflow } from './encrypted-workflow';
import { ConstructError } from './errors';
import { locationOf } from './google-location';
import type { GoogleLocation } from './google-location';
import type { GoogleResource } from './l1/google-resource';
import { Notifications } from './notifications';
import { claimName } from './resource-names';
import { ServiceAccount } from './service-account';
import { terraformText } from './terraform-text';
import { workflowSchedule } from './workflow-schedule';
import { runnerWorkflow } from './workflows/runner';

export type { DriftMonitorAttributes, DriftMonitorProps, DriftRetrainingProps } from './drift/props';
export type { IDriftMonitor, OnChangeOptions } from './drift-monitor-base';

interface Sections {
  readonly data: ResolvedData;
  readonly monitoring: ResolvedMonitoring;
  readonly retraining?: ResolvedRetraining;
  readonly trainingData?: string;
  readonly groundTruth?: string;
}

/**
 * Compares what a model is asked and answers with what it was trained on, and its predictions with what became true. It runs by a
 * schedule, counts and judges in BigQuery, writes a report each time, and tells people and a topic of every change. It depends on no
 * monitoring service. It also makes the baselines of a pipeline's versions.
 *
 * `capturePercent` says how much the endpoint keeps; it is set there.
 *
 * @throws an error that lists every problem of the props
 */
export class DriftMonitor extends DriftMonitorBase {
  /** A monitor that stands already. */
  public static fromDriftMonitorAttributes(
    scope: Construct,
    id: string,
    attributes: DriftMonitorAttributes,
  ): IDriftMonitor {
    class Import extends DriftMonitorBase {
      public readonly monitorName = attributes.monitorName;
      public readonly topicName = `projects/${attributes.project}/topics/${monitorTopic(this, attributes.monitorName)}`;
      protected readonly location = locationOf(attributes);
    }
    return new Import(scope, id);
  }

  public readonly monitorName: string;
  public readonly topicName: string;

  /** The workflow. */
  public readonly workflow: GoogleResource<'google_workflows_workflow'>;

  /** Starts the workflow. */
  public readonly schedule: GoogleResource<'google_cloud_scheduler_job'>;

  /** Account of the workflow. */
  public readonly account: ServiceAccount;

  /** Changes of state, as messages. */
  public readonly topic: GoogleResource<'google_pubsub_topic'>;

  /** Folder of the reports, as a `gs://` address: `latest.html` and `latest.json` are those of the last run. */
  public readonly reportLocation: string;

  /** Alert policies on what the monitor found, and on runs that failed or were not started. */
  public readonly alerts: readonly GoogleResource<'google_monitoring_alert_policy'>[];

  protected readonly location: GoogleLocation;

  private readonly workflowId: string;
  private readonly folder: string;
  private readonly tables: DriftTables;
  private readonly roles: DriftRoles;

  constructor(
    scope: Construct,
    id: string,
    private readonly props: DriftMonitorProps,
  ) {
    super(scope, id);
    checkProps(this, props);
    const sections = this.resolve();
    this.location = locationOf(props.google);
    this.monitorName = props.monitorName ?? props.endpoint!.endpointName;
    claimName(this, 'monitorName', this.monitorName);
    this.workflowId = monitorWorkflow(this.monitorName);
    this.folder = monitorFolder(this.monitorName);
    this.reportLocation = `gs://${props.artifacts.bucketName}/${this.folder}`;
    this.tables = this.createTables(sections.monitoring);
    this.roles = new DriftRoles(this, 'Roles', { monitorName: this.monitorName, project: this.location.project });
    this.account = this.createAccount('monitor', 'Looks for drift of');
    this.topic = encryptedTopic(this, 'Topic', {
      ...props,
      name: monitorTopic(this, this.monitorName),
      location: this.location,
    });
    this.topicName = this.topic.id;
    const watched: Watched = {
      ...props,
      location: this.location,
      monitorName: this.monitorName,
      folder: this.folder,
      topic: this.topic,
      rules: this.uploadRules(sections),
      tables: this.tables.names,
      baseline: props.baselineProfile._bind(this, { artifacts: props.artifacts, folder: this.folder }),
      groundTruth: sections.groundTruth,
      retraining: this.retraining(sections),
    };
    this.grantAccess(watched, sections);
    this.workflow = this.createWorkflow(driftSettings(watched));
    this.schedule = this.createSchedule(sections.monitoring.everyHours);
    this.alerts = this.createAlerts(sections.monitoring.notify);
  }

  /**
   * Allows reading the reports, and the tables; a query needs `bigquery.jobs.create` in a project, too.
   * @param member for example `group:ml@example.com`
   */
  public grantRead(member: string): GoogleResource[] {
    const { artifacts } = this.props;
    const role = this.roles.read.roleName;
    return [artifacts.grantRead(member, this.folder, this), ...this.tables.grant(role, member)];
  }

  /**
   * Allows what people do with the command line: looking for drift, asking for a retraining, and reading the record. Workflows have no
   * access policy of their own: the member may start and read any workflow of the project.
   * @param member for example `group:ml@example.com`
   */
  public grantOperate(member: string): GoogleResource[] {
    return [this.roles.operate.grant(member), this.props.artifacts.grantRead(member, this.folder, this)];
  }

  /** The props as sections: validated by the config's own rules, with defaults. */
  private resolve(): Sections {
    const { props } = this;
    const { data, retraining, google } = props;
    const sections = resolveSections(
      {
        data,
        monitoring: pickSection('monitoring', props),
        retraining: retraining && pickSection('retraining', retraining),
        google,
      },
      {
        cloud: 'google',
        capabilities: ['driftMonitoring'],
        at: { monitoring: 'props', retraining: 'props.retraining' },
      },
    );
    const { monitoring } = sections;
    const trainingData = sections.google!.trainingData ?? sections.data.training;
    if (retraining && trainingData === undefined) {
      throw new ConstructError(this, 'data.training: missing; retraining looks there for what is new');
    }
    const groundTruth = monitoring.quality && (sections.google!.groundTruth ?? monitoring.quality.groundTruth.location);
    return { ...sections, trainingData, groundTruth };
  }

  private createTables(monitoring: ResolvedMonitoring): DriftTables {
    const { dataset, encryptionKey, removalPolicy } = this.props;
    return new DriftTables(this, 'Tables', {
      ...this.location,
      monitorName: this.monitorName,
      datasetId: dataset.datasetId,
      monitoring,
      encryptionKey,
      removalPolicy,
    });
  }

  private createAccount(role: string, description: string): ServiceAccount {
    const { monitorName: name, location } = this;
    return new ServiceAccount(this, role, {
      project: location.project,
      name,
      role,
      description: `${description} ${name}`,
    });
  }

  private grantAccess(watched: Watched, { trainingData, groundTruth }: Sections): void {
    const { logTable, grantDataAccess = true } = this.props;
    new DriftAccess(this, 'Access', {
      ...watched,
      project: this.location.project,
      account: this.account,
      roles: this.roles,
      deployer: watched.endpoint?.deployer.folder,
      data: grantDataAccess ? [trainingData, groundTruth, logTable && `bq://${logTable}`] : [],
    });
  }

  private retraining({ trainingData }: Sections): DriftRetraining | undefined {
    const { retraining, registry, endpoint } = this.props;
    return (
      retraining && {
        pipeline: retraining.pipeline,
        registry: (registry ?? endpoint?.registry)!,
        trainingData: trainingData!,
      }
    );
  }

  private uploadRules({ data, monitoring, retraining }: Sections): string {
    const rules: GoogleMonitorRules = { ...monitorRules(data, monitoring, retraining), trainingFormat: data.format };
    const folder = `${this.folder}rules/`;
    return uploadDocument(this, 'Rules', { artifacts: this.props.artifacts, folder, content: JSON.stringify(rules) });
  }

  private createWorkflow(settings: DriftSettings): GoogleResource<'google_workflows_workflow'> {
    const { project, region } = this.location;
    const { dataset, encryptionKey } = this.props;
    driftRoutines(dataset);
    return encryptedWorkflow(this, 'Workflow', {
      ...this.location,
      name: this.workflowId,
      description: `Looks for drift of ${this.monitorName}, makes baselines, and decides on retrainings`,
      account: this.account,
      definition: runnerWorkflow('drift'),
      environment: {
        PROJECT: project,
        REGION: region,
        ROUTINE: dataset.programName,
        SETTINGS: terraformText(JSON.stringify(settings)),
      },
      encryptionKey,
      services: [],
    });
  }

  private createSchedule(everyHours: number): GoogleResource<'google_cloud_scheduler_job'> {
    const name = this.workflowId;
    claimName(this, 'schedule', name);
    const argument: DriftArgument = { task: 'monitor', cause: 'schedule' };
    return workflowSchedule(this, 'Schedule', {
      name,
      project: this.location.project,
      region: this.location.region,
      description: `Looks for drift: ${this.monitorName}`,
      schedule: everyHoursCron(everyHours),
      workflowName: this.workflow.id,
      argument,
      account: this.createAccount('monitor-start', 'Starts the drift monitor of'),
      startRole: this.roles.start,
    });
  }

  private createAlerts(notify: string[]) {
    const { project } = this.location;
    const channels = [...(this.props.notificationChannels ?? []), ...this.emailChannels(project, notify)];
    const { monitorName, workflowId } = this;
    return driftAlerts(this, { monitorName, workflow: workflowId, project, notificationChannels: channels });
  }

  private emailChannels(project: string, emailAddresses: string[]): string[] {
    if (emailAddresses.length === 0) return [];
    return new Notifications(this, 'Notifications', { project, title: this.monitorName, emailAddresses }).channels;
  }
}
