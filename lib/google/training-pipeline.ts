import { createHash } from 'node:crypto';
import type { Construct } from 'constructs';
import type { GoogleConfig } from '../config/clouds';
import type { DataConfig } from '../config/data';
import { pickSection, resolveSections } from '../config/resolve';
import type { ResolvedGoogle } from '../config/schema';
import type { ServingConfig } from '../config/serving';
import type { TrainingConfig } from '../config/training';
import { trainingPlan } from '../plan/training-plan';
import type { TrainingPlan } from '../plan/training-plan';
import type { IArtifactStore } from './artifact-store';
import { schedulerCron } from './cron';
import type { CustomRole } from './custom-role';
import { monitorWorkflow } from './drift/names';
import { encryptedWorkflow, workflowName } from './encrypted-workflow';
import type { IEncryptionKey } from './encryption-key';
import { locationOf } from './google-location';
import { Annotations } from './engine';
import { GoogleResource } from './l1/google-resource';
import type { IModelRegistry } from './model-registry';
import { claimName } from './resource-names';
import { ServiceAccount } from './service-account';
import type { IServiceAccount } from './service-account';
import { settledText, terraformText } from './terraform-text';
import type { ITrainingPipeline } from './training-pipeline-base';
import { TrainingPipelineBase } from './training-pipeline-base';
import { trainingAlerts } from './training/alerts';
import { checkProps, checkRegistry, checkSize } from './training/checks';
import { googleChoices } from './training/choices';
import type { GoogleChoices } from './training/choices';
import { JobAccess, WorkflowAccess } from './training/access';
import type { TrainingAccess } from './training/access';
import { trainingDefinition } from './training/definition';
import { readsTables } from './training/data-access';
import { TrainingRoles } from './training/roles';
import { TrainingSource } from './training/source';
import { trainingEnvironment } from './workflows/training-environment';
import { trainingWorkflow } from './workflows/training-workflow';
import { workflowSchedule } from './workflow-schedule';

export type { ITrainingPipeline } from './training-pipeline-base';

/** Properties of a training pipeline: the config's `training` section, and what it works with. */
export interface TrainingPipelineProps extends TrainingConfig {
  /** Name of the pipeline: 1 to 63 lower-case letters, digits and hyphens. It cannot be changed later. */
  readonly pipelineName: string;

  /** Where the data is; `training` is needed, here or as `google.trainingData`. */
  readonly data: DataConfig;

  /**
   * How the model will be served: inference script, image, environment.
   * @default - the image's own request handling
   */
  readonly serving?: ServingConfig;

  /** Project, region, and exact values for Google Cloud; they go before the neutral ones. */
  readonly google: GoogleConfig;

  /** Registry that receives the versions. */
  readonly registry: IModelRegistry;

  /** Bucket for models, reports, manifests and lineage; below the prefix `training/<pipelineName>/`. */
  readonly artifacts: IArtifactStore;

  /** Key for what jobs and workflow keep. */
  readonly encryptionKey: IEncryptionKey;

  /**
   * Approve a version that passed the gate at once. Without, it waits until a person sets the alias `approved`.
   * @default false
   */
  readonly automaticApproval?: boolean;

  /**
   * Name of the drift monitor, in the same project and region, whose workflow profiles what each version was trained on before it may
   * be approved. Its name, because the monitor knows this pipeline: `Baseline.fromModelVersion(pipeline)`.
   * @default - versions have no baseline
   */
  readonly driftMonitorName?: string;

  /**
   * Alert policies on failed trainings and on schedules that could not start one.
   * @default true
   */
  readonly failureAlarms?: boolean;

  /**
   * Names of notification channels that are told of failures.
   * @default - the alert policies exist, and tell nobody
   */
  readonly notificationChannels?: string[];

  /**
   * Account of the jobs. The rights they need are added to it.
   * @default - a new account
   */
  readonly serviceAccount?: IServiceAccount;

  /**
   * Let the jobs' account read the data: its bucket gets a binding, for which it needs uniform access, a table its own. Without,
   * the owner of the data has to: of public data, or of another team's.
   * @default true
   */
  readonly grantDataAccess?: boolean;

  /**
   * VPC network that the jobs' machines are peered with, `projects/NUMBER/global/networks/NAME`. Excludes `networkAttachment`.
   * @default - no network
   */
  readonly network?: string;

  /**
   * Network attachment through which the jobs' machines reach a VPC network (Private Service Connect),
   * `projects/PROJECT/regions/REGION/networkAttachments/NAME`. Excludes `network`.
   * @default - none
   */
  readonly networkAttachment?: string;
}

/** An existing training pipeline. */
export interface TrainingPipelineAttributes {
  readonly pipelineName: string;
  /** Project id. */
  readonly project: string;
  /** Region, for example `europe-west4`. */
  readonly region: string;
}

/**
 * A Vertex AI pipeline and the workflow that runs it: data manifest, preprocessing, training, evaluation, gate, registration. What
 * passes the gate becomes a version of the registry's model; a failed training, or a refused model, raises an alert.
 */
export class TrainingPipeline extends TrainingPipelineBase {
  /** A training pipeline that stands already. */
  public static fromTrainingPipelineAttributes(
    scope: Construct,
    id: string,
    attributes: TrainingPipelineAttributes,
  ): ITrainingPipeline {
    class Import extends TrainingPipelineBase {
      public readonly pipelineName = attributes.pipelineName;
      public readonly workflowName = workflowName(attributes, attributes.pipelineName);
      protected readonly project = attributes.project;
    }
    return new Import(scope, id);
  }

  public readonly pipelineName: string;
  public readonly workflowName: string;

  /** Account of the jobs: grant it what your scripts need. */
  public readonly serviceAccount: IServiceAccount;

  /** Account of the workflow: it starts jobs, and approves where that is automatic. */
  public readonly workflowAccount: ServiceAccount;

  /** SHA-256 over the scripts and their contract: the code version in a model's lineage. */
  public readonly codeVersion: string;

  /** The workflow: an execution trains once. */
  public readonly workflow: GoogleResource<'google_workflows_workflow'>;

  /** What to know of the images that were chosen, as sentences. */
  public readonly notes: readonly string[];

  /** Alert policies on failed trainings, the gate's refusals among them, and on schedules that could not start one. */
  public readonly alerts: GoogleResource<'google_monitoring_alert_policy'>[];

  /**
   * The schedule.
   * @default - none: trainings start by hand, by retraining, or by your own triggers
   */
  public readonly schedule?: GoogleResource<'google_cloud_scheduler_job'>;

  protected readonly project: string;

  private readonly prefix: string;
  private readonly roles: TrainingRoles;

  constructor(scope: Construct, id: string, props: TrainingPipelineProps) {
    super(scope, id);
    checkProps(this, props);
    claimName(this, 'pipelineName', props.pipelineName);
    this.pipelineName = props.pipelineName;
    this.prefix = `training/${props.pipelineName}/`;
    const { plan, google } = resolveProps(props);
    checkRegistry(this, props.registry, google);
    this.project = google.project;
    const choices = googleChoices(this, plan, google);
    this.notes = choices.notes;
    for (const note of this.notes) Annotations.of(this).addWarning(note);

    const source = this.source(plan, props);
    this.codeVersion = source.codeVersion;
    this.serviceAccount = props.serviceAccount ?? this.account('training', 'Training jobs');
    this.workflowAccount = this.account('workflow', 'Starts trainings and watches them');
    this.roles = new TrainingRoles(this, 'Roles', {
      pipelineName: this.pipelineName,
      project: this.project,
      readsTables: readsTables(choices.data),
    });
    new JobAccess(this, 'Jobs', {
      ...this.access(props),
      data: (props.grantDataAccess ?? true) ? choices.data : undefined,
      account: this.serviceAccount,
    });
    new WorkflowAccess(this, 'Watch', {
      ...this.access(props),
      account: this.workflowAccount,
      jobAccount: this.serviceAccount,
      approves: plan.steps.includes('approve'),
    });

    const pipeline = this.uploadDefinition(plan, choices, source, props);
    this.workflow = this.createWorkflow(plan, pipeline, google, props);
    this.workflowName = this.workflow.id;

    if (props.driftMonitorName !== undefined) this.grantStart(this.workflowAccount.member);
    if (plan.schedule) this.schedule = this.createSchedule(plan.schedule, google);
    this.alerts = (props.failureAlarms ?? true) ? this.createAlerts(props) : [];
  }

  private source(plan: TrainingPlan, props: TrainingPipelineProps): TrainingSource {
    const scripts: Record<string, string | undefined> = {
      'training.preprocess': plan.preprocess,
      'training.entryPoint': plan.train,
      'training.evaluation.entryPoint': plan.evaluate,
      'serving.entryPoint': plan.inference.entryPoint,
    };
    return new TrainingSource(this, 'Source', {
      folder: plan.source,
      scripts,
      contract: plan.contract,
      bucketName: props.artifacts.bucketName,
      prefix: `${this.prefix}source/`,
    });
  }

  protected override startRole(): CustomRole {
    return this.roles.start;
  }

  private account(role: string, description: string): ServiceAccount {
    const id = `${role[0].toUpperCase()}${role.slice(1)}Account`;
    const { project, pipelineName: name } = this;
    return new ServiceAccount(this, id, { project, name, role, description: `${description} of ${name}` });
  }

  private access({ artifacts, registry }: TrainingPipelineProps): TrainingAccess {
    return { project: this.project, prefix: this.prefix, artifacts, registry, roles: this.roles };
  }

  /** Uploads the pipeline under its content's hash; answers the object's name, which the workflow reads. */
  private uploadDefinition(
    plan: TrainingPlan,
    choices: GoogleChoices,
    source: TrainingSource,
    props: TrainingPipelineProps,
  ): string {
    const folder = `gs://${props.artifacts.bucketName}/${this.prefix}`;
    const definition = trainingDefinition(plan, {
      ...choices,
      pipelineName: this.pipelineName,
      project: this.project,
      region: props.google.region,
      source,
      stagingUri: `${folder}data/`,
      checkpointsUri: `${folder}checkpoints/`,
      modelId: props.registry.modelId,
      serviceAccount: this.serviceAccount.email,
      encryptionKey: props.encryptionKey.keyName,
      network: props.network,
      networkAttachment: props.networkAttachment,
    });
    const text = JSON.stringify(definition);
    checkSize(this, text);
    const name = `${this.prefix}pipeline/${hashOf(settledText(this, text))}.json`;
    new GoogleResource(this, 'Definition', 'google_storage_bucket_object', {
      bucket: props.artifacts.bucketName,
      name,
      content: terraformText(text),
      content_type: 'application/json',
      deletion_policy: 'ABANDON', // an execution that starts meanwhile reads the one it was deployed with
    });
    return name;
  }

  private createWorkflow(
    plan: TrainingPlan,
    pipelineObject: string,
    google: ResolvedGoogle,
    props: TrainingPipelineProps,
  ): GoogleResource<'google_workflows_workflow'> {
    const { project, region } = google;
    const { artifacts, registry, encryptionKey, driftMonitorName, network, networkAttachment } = props;
    const environment = trainingEnvironment({
      project,
      region,
      pipelineName: this.pipelineName,
      pipelineBucket: artifacts.bucketName,
      pipelineObject,
      pipelineRoot: `gs://${artifacts.bucketName}/${this.prefix}executions/`,
      serviceAccount: this.serviceAccount.email,
      modelId: registry.modelId,
      monitorWorkflow: driftMonitorName && workflowName(google, monitorWorkflow(driftMonitorName)),
      automaticApproval: plan.steps.includes('approve'),
      cacheDays: plan.cacheDays,
      timeoutSeconds: timeLimitMinutes(plan) * 60,
      kmsKey: encryptionKey.keyName,
      network,
      networkAttachment,
    });
    return encryptedWorkflow(this, 'Workflow', {
      ...locationOf(google),
      name: this.pipelineName,
      description: `Trains ${this.pipelineName}: runs its pipeline and waits for it`,
      account: this.workflowAccount,
      definition: trainingWorkflow(),
      environment,
      encryptionKey,
      services: ['vertexAi'],
    });
  }

  private createSchedule(
    cron: string,
    { project, region }: ResolvedGoogle,
  ): GoogleResource<'google_cloud_scheduler_job'> {
    return workflowSchedule(this, 'Schedule', {
      name: this.pipelineName,
      project,
      region,
      description: `Starts the training of ${this.pipelineName}`,
      schedule: schedulerCron(cron),
      workflowName: this.workflowName,
      argument: {},
      account: this.account('scheduler', 'Starts trainings by schedule'),
      startRole: this.roles.start,
    });
  }

  private createAlerts({ notificationChannels }: TrainingPipelineProps) {
    const { pipelineName, project, schedule } = this;
    return trainingAlerts(this, { pipelineName, project, notificationChannels, scheduled: schedule !== undefined });
  }
}

/** The props as a plan: validated by the config's own rules, with defaults. */
function resolveProps(props: TrainingPipelineProps): { plan: TrainingPlan; google: ResolvedGoogle } {
  const { data, serving, google, automaticApproval } = props;
  const baseline = props.driftMonitorName !== undefined;
  const sections = resolveSections(
    { data, training: pickSection('training', props), serving: serving ?? {}, google },
    {
      cloud: 'google',
      capabilities: baseline ? ['trainingPipeline', 'driftMonitoring'] : ['trainingPipeline'],
      at: { training: 'props' },
    },
  );
  return { plan: trainingPlan({ ...sections, automaticApproval, baseline }), google: sections.google! };
}

/** Preparing, training and evaluating may each take as long as a training; waiting for machines an hour. */
function timeLimitMinutes({ maxRuntimeMinutes }: TrainingPlan): number {
  return 3 * maxRuntimeMinutes + 60;
}

function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
