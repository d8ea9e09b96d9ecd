import type * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import type * as ec2 from 'aws-cdk-lib/aws-ec2';
import type * as events from 'aws-cdk-lib/aws-events';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as kms from 'aws-cdk-lib/aws-kms';
import type * as s3 from 'aws-cdk-lib/aws-s3';
import type * as sns from 'aws-cdk-lib/aws-sns';
import type { Construct } from 'constructs';
import type { AwsConfig } from '../config/clouds';
import type { DataConfig } from '../config/data';
import type { MonitoringConfig, RetrainingConfig } from '../config/monitoring';
import { pickSection, resolveSections } from '../config/resolve';
import type { ServingMode } from '../config/serving';
import { monitorRules } from '../plan/monitor-rules';
import type { MonitorRules } from '../runtime/drift-contract';
import { Baseline } from './baseline';
import { objectKeyArns } from './container-statements';
import { driftAlarms } from './drift/alarms';
import { checkProps } from './drift/checks';
import { documentAsset } from './drift/documents';
import { monitorRule } from './drift/schedule';
import { monitorAccess, monitorSettings, reportFolder } from './drift/settings';
import type { Watched } from './drift/settings';
import { DriftAnalyzer } from './drift-analyzer';
import type { IDriftMonitor } from './drift-monitor-base';
import { DriftMonitorBase } from './drift-monitor-base';
import { ConstructError } from './errors';
import type { ModelEndpoint } from './model-endpoint';
import type { IModelRegistry } from './model-registry';
import { Notifications } from './notifications';
import { claimName } from './physical-names';
import type { ITrainingPipeline } from './training-pipeline';

export type { IDriftMonitor } from './drift-monitor-base';

/** What drift starts: the config's `retraining` section, and the pipeline. */
export interface DriftRetrainingProps extends RetrainingConfig {
  /** Pipeline that is started. It registers in `registry`. */
  readonly pipeline: ITrainingPipeline;
}

/** Properties of a monitor: the config's `monitoring` section, and what it works with. */
export interface DriftMonitorProps extends MonitoringConfig {
  /**
   * Endpoint that is watched. It captures data; what of it came from the model that serves, its deployer knows.
   * @default - an endpoint that something else deploys, whose data lies at `captureLocation`
   */
  readonly endpoint?: ModelEndpoint;

  /**
   * Where the captured data of another endpoint lies, as an S3 URI. May be a token.
   * @default - that of `endpoint`
   */
  readonly captureLocation?: string;

  /**
   * How the other endpoint serves: `realtime`, `asynchronous` or `batch`.
   * @default - that of `endpoint`, or `realtime`
   */
  readonly captureMode?: ServingMode;

  /**
   * Name of the monitor: 1 to 63 letters, digits and hyphens. Its record, its metrics and its reports carry it: another name
   * begins anew.
   * @default - the name of `endpoint`
   */
  readonly monitorName?: string;

  /** The model's inputs, output and request id. */
  readonly data: DataConfig;

  /**
   * Where the profile comes from that traffic is compared with.
   * @default - that of the version that serves
   */
  readonly baselineProfile?: Baseline;

  /**
   * Registry of the versions.
   * @default - that of `endpoint`
   */
  readonly registry?: IModelRegistry;

  /** Bucket for counts and reports, below the prefix `drift/<monitorName>/`. */
  readonly artifactBucket: s3.IBucket;

  /** Key for what is written there, and of the captured data; also for the analyzer, if this is the stack's first monitor. */
  readonly encryptionKey: kms.IKey;

  /**
   * Key of ground truth and captured data that are encrypted with another key.
   * @default - they are encrypted with none, or with `encryptionKey`
   */
  readonly dataEncryptionKey?: kms.IKey;

  /**
   * Start a training when the data drifts, or the quality is poor.
   * @default - people are told
   */
  readonly retraining?: DriftRetrainingProps;

  /**
   * Exact values for AWS; they go before the neutral ones.
   * @default - none
   */
  readonly aws?: AwsConfig;

  /**
   * Topic that is told of drift, and why. Excludes `notify`.
   * @default - a new one with `notify` as subscribers; without `notify` nobody is told
   */
  readonly topic?: sns.ITopic;

  /**
   * Analyzer of its own. It stands in the same stack.
   * @default - the one that the monitors of the stack share
   */
  readonly analyzer?: DriftAnalyzer;

  /**
   * VPC for the analyzer, if this is the first monitor of the stack.
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
}

/**
 * Compares what a model is asked and answers with what it was trained on, and its predictions with what became true. It runs
 * by a schedule, writes a report each time, and tells people and rules of every change. It depends on no monitoring service.
 *
 * `capturePercent` says how much the endpoint keeps; it is set there.
 *
 * @throws an error that lists every problem of the props
 */
export class DriftMonitor extends DriftMonitorBase {
  /** A monitor that stands already, by its name. */
  public static fromMonitorName(scope: Construct, id: string, monitorName: string): IDriftMonitor {
    class Import extends DriftMonitorBase {
      public readonly monitorName = monitorName;
    }
    return new Import(scope, id);
  }

  public readonly monitorName: string;

  /** Counts, compares and judges. */
  public readonly analyzer: DriftAnalyzer;

  /** Folder of the reports, as an S3 URI: `latest.html` and `latest.json` are those of the last run. */
  public readonly reportLocation: string;

  /** Alarms on drift, and on poor quality where it is watched. The topic is told by the monitor itself, with the reason. */
  public readonly alarms: cloudwatch.Alarm[];

  /**
   * Topic that is told of drift.
   * @default - nobody is told
   */
  public readonly topic?: sns.ITopic;

  private readonly reports: Pick<DriftMonitorProps, 'artifactBucket' | 'encryptionKey'>;

  constructor(scope: Construct, id: string, props: DriftMonitorProps) {
    super(scope, id);
    checkProps(this, props);
    const { data, monitoring, retraining, aws } = this.resolve(props);
    this.reports = props;
    this.monitorName = props.monitorName ?? props.endpoint!.endpointName;
    claimName(this, 'monitorName', this.monitorName);
    this.reportLocation = props.artifactBucket.s3UrlForObject(reportFolder(this.monitorName));
    this.topic = props.topic ?? this.notifications(props.encryptionKey, monitoring.notify);
    this.analyzer = DriftAnalyzer._of(this, props.analyzer, { ...props, topic: this.topic });

    const registry = props.registry ?? props.endpoint?.registry;
    const baseline = props.baselineProfile ?? Baseline.fromModelVersion(registry!);
    const content = JSON.stringify(monitorRules(data, monitoring, retraining) satisfies MonitorRules);
    const rules = documentAsset(this, 'Rules', 'Monitor rules', content);
    const watched: Watched = {
      ...props,
      monitorName: this.monitorName,
      output: this.reportLocation,
      rules,
      baseline: baseline._bind(this, props.artifactBucket),
      groundTruth: monitoring.quality && (aws.groundTruth ?? monitoring.quality.groundTruth.location),
      retraining: props.retraining && {
        pipeline: props.retraining.pipeline,
        registry: registry!,
        trainingData: (aws.trainingData ?? data.training)!,
      },
      topic: this.topic,
    };
    const { eventRoleArn } = this.analyzer._watch(monitorAccess(watched));
    const target = { analyzer: this.analyzer, eventRoleArn };
    this.node.defaultChild = monitorRule(this, 'Rule', monitoring.everyHours, monitorSettings(watched), target);
    this.alarms = driftAlarms(this, this, monitoring);
  }

  /** Allows reading the reports. */
  public grantRead(grantee: iam.IGrantable): iam.Grant {
    const { artifactBucket, encryptionKey } = this.reports;
    const folder = `${reportFolder(this.monitorName)}/*`;
    const allow = (action: string, resourceArns: string[], conditions?: Record<string, Record<string, unknown>>) =>
      iam.Grant.addToPrincipal({ grantee, actions: [action], resourceArns, conditions });
    return allow('s3:GetObject', [artifactBucket.arnForObjects(folder)])
      .combine(allow('s3:ListBucket', [artifactBucket.bucketArn], { StringLike: { 's3:prefix': folder } }))
      .combine(allow('kms:Decrypt', objectKeyArns(encryptionKey, artifactBucket)));
  }

  /** Allows what the command line does: asking for a retraining, and reading the record. */
  public grantOperate(grantee: iam.IGrantable): iam.Grant {
    const { attrArn } = this.node.defaultChild as events.CfnRule;
    const find = { grantee, actions: ['events:ListTargetsByRule'], resourceArns: [attrArn] };
    return this.analyzer.grantOperate(grantee).combine(iam.Grant.addToPrincipal(find));
  }

  /** The props as sections: validated by the config's own rules, with defaults. */
  private resolve(props: DriftMonitorProps) {
    const { data, retraining, aws } = props;
    const sections = resolveSections(
      {
        data,
        monitoring: pickSection('monitoring', props),
        retraining: retraining && pickSection('retraining', retraining),
        aws: aws ?? {},
      },
      { cloud: 'aws', capabilities: ['driftMonitoring'], at: { monitoring: 'props', retraining: 'props.retraining' } },
    );
    if (retraining && (sections.aws.trainingData ?? sections.data.training) === undefined) {
      throw new ConstructError(this, 'data.training: missing; retraining looks there for what is new');
    }
    return sections;
  }

  private notifications(encryptionKey: kms.IKey, emailAddresses: string[]): sns.ITopic | undefined {
    if (emailAddresses.length === 0) return undefined;
    return new Notifications(this, 'Notifications', { encryptionKey, emailAddresses }).topic;
  }
}
