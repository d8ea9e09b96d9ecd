import { Stack } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import type * as s3 from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import type { IDriftMonitor } from './drift-monitor-base';
import type { IFeatureGroup } from './feature-group';
import type { EndpointSlot, IModelEndpoint } from './model-endpoint-base';
import type { IModelRegistry } from './model-registry';
import type { ITrainingPipeline } from './training-pipeline';

/** Properties of a dashboard: its title and what it shows. */
export interface DashboardProps {
  /** Title, for example the name of the model. */
  readonly title: string;

  /**
   * Name of the dashboard, unique in the account.
   * @default - chosen by CloudFormation
   */
  readonly dashboardName?: string;

  /**
   * Alarms whose state is shown first.
   * @default - none
   */
  readonly alarms?: cloudwatch.IAlarm[];

  /**
   * Bucket of the artifacts.
   * @default - not shown
   */
  readonly bucket?: s3.IBucket;

  /**
   * Feature groups, with their requests, latency and errors.
   * @default - not shown
   */
  readonly featureGroups?: IFeatureGroup[];

  /**
   * Training pipeline, with its executions and how long they take.
   * @default - not shown
   */
  readonly trainingPipeline?: ITrainingPipeline;

  /**
   * Where trained models stand.
   * @default - not shown
   */
  readonly modelRegistry?: IModelRegistry;

  /**
   * Endpoint, with its requests, latency, errors and load by slot.
   * @default - not shown
   */
  readonly endpoint?: IModelEndpoint;

  /**
   * Monitor of drift, with its largest drift, the share of columns that drifted, the quality and the rows it looked at.
   * @default - not shown
   */
  readonly driftMonitor?: IDriftMonitor;
}

const WIDTH = 24;
const HEIGHT = 6;
const SLOTS: readonly EndpointSlot[] = ['a', 'b'];

/** One CloudWatch dashboard that shows what it is given, in the order of a model's life: data, training, registry, endpoint, drift. */
export class Dashboard extends Construct {
  /** The dashboard in CloudWatch. */
  public readonly cloudWatchDashboard: cloudwatch.Dashboard;

  public constructor(scope: Construct, id: string, props: DashboardProps) {
    super(scope, id);
    this.cloudWatchDashboard = new cloudwatch.Dashboard(this, 'Resource', { dashboardName: props.dashboardName });
    this.addHeader(props);
    this.addAlarms(props.alarms ?? []);
    for (const group of props.featureGroups ?? []) {
      this.addFeatureGroup(group);
    }
    if (props.trainingPipeline) {
      this.addTrainingPipeline(props.trainingPipeline);
    }
    if (props.endpoint && props.endpoint.mode !== 'batch') {
      this.addEndpoint(props.endpoint);
    }
    if (props.driftMonitor) {
      this.addDriftMonitor(props.driftMonitor);
    }
  }

  /** Adds a row of widgets below what is shown already. */
  public addWidgets(...widgets: cloudwatch.IWidget[]): void {
    this.cloudWatchDashboard.addWidgets(...widgets);
  }

  private addHeader(props: DashboardProps): void {
    const lines = [`# ${props.title}`, '', ...this.inventory(props)];
    this.addWidgets(new cloudwatch.TextWidget({ markdown: lines.join('\n'), width: WIDTH, height: lines.length }));
  }

  /** What exists, with links. They are relative, because every partition has a console address of its own. */
  private inventory(props: DashboardProps): string[] {
    const { region } = Stack.of(this);
    const studio = `[SageMaker](/sagemaker/home?region=${region})`;
    const groups = (props.featureGroups ?? []).map((group) => `\`${group.featureGroupName}\``);
    return [
      ...(groups.length > 0 ? [`- Feature groups: ${groups.join(', ')}, ${studio}`] : []),
      ...(props.trainingPipeline ? [`- Training pipeline: \`${props.trainingPipeline.pipelineName}\`, ${studio}`] : []),
      ...(props.modelRegistry ? [`- Model registry: \`${props.modelRegistry.modelPackageGroupName}\`, ${studio}`] : []),
      ...(props.endpoint ? [`- ${servedBy(props.endpoint)}: \`${props.endpoint.endpointName}\`, ${studio}`] : []),
      ...(props.bucket
        ? [`- Artifacts: [${props.bucket.bucketName}](/s3/buckets/${props.bucket.bucketName}?region=${region})`]
        : []),
    ];
  }

  private addAlarms(alarms: cloudwatch.IAlarm[]): void {
    if (alarms.length > 0) {
      this.addWidgets(new cloudwatch.AlarmStatusWidget({ title: 'Alarms', alarms, width: WIDTH }));
    }
  }

  private addFeatureGroup(group: IFeatureGroup): void {
    const operations = ['PutRecord', 'GetRecord'];
    const both = (metricName: string, props: cloudwatch.MetricOptions) =>
      operations.map((operation) =>
        group.metric(metricName, operation, { ...props, label: `${operation} ${props.label ?? ''}`.trim() }),
      );
    const graph = (title: string, left: cloudwatch.IMetric[]) => this.graph(title, left, WIDTH / 3);
    this.addTitle(`Features: ${group.featureGroupName}`);
    this.addWidgets(
      graph('Requests', both('Invocations', { statistic: 'Sum' })),
      graph('Latency, 99th percentile (microseconds)', both('Latency', { statistic: 'p99' })),
      graph('Refused and failed requests', [
        ...both('Operation4XXErrors', { statistic: 'Sum', label: '4xx' }),
        ...both('Operation5XXErrors', { statistic: 'Sum', label: '5xx' }),
        ...both('ThrottledRequests', { statistic: 'Sum', label: 'throttled' }),
      ]),
    );
  }

  private addTrainingPipeline(pipeline: ITrainingPipeline): void {
    const executions = ['Started', 'Succeeded', 'Failed', 'Stopped'].map((outcome) =>
      pipeline.metric(`Execution${outcome}`, { statistic: 'Sum', label: outcome }),
    );
    const duration = pipeline.metric('ExecutionDuration', { statistic: 'Average', label: 'Average' });
    this.addTitle(`Training: ${pipeline.pipelineName}`);
    this.addWidgets(
      this.graph('Executions', executions, WIDTH / 2),
      this.graph('Duration (milliseconds)', [duration], WIDTH / 2),
    );
  }

  private addEndpoint(endpoint: IModelEndpoint): void {
    const ofSlots = (metricName: string, statistic: string, label = '') =>
      SLOTS.map((slot) =>
        endpoint.metricOfSlot(metricName, slot, { statistic, label: `slot ${slot} ${label}`.trim() }),
      );
    const [title, load] = loadOf(endpoint, ofSlots);
    const graph = (name: string, left: cloudwatch.IMetric[]) => this.graph(name, left, WIDTH / 4);
    this.addTitle(`Endpoint: ${endpoint.endpointName}`);
    this.addWidgets(
      graph('Requests', ofSlots('Invocation5XXErrors', 'SampleCount')), // of every mode: a sample for every request
      graph('Latency, 95th percentile (microseconds)', ofSlots('ModelLatency', 'p95')),
      graph('Refused and failed requests', [
        ...ofSlots('Invocation4XXErrors', 'Sum', '4xx'),
        ...ofSlots('Invocation5XXErrors', 'Sum', '5xx'),
      ]),
      graph(title, load),
    );
  }

  private addDriftMonitor(monitor: IDriftMonitor): void {
    const drift = new cloudwatch.GraphWidget({
      title: 'Largest drift (above 1 is drift)',
      left: [monitor.metricMaxDrift({ label: 'statistic / threshold' })],
      leftAnnotations: [{ value: 1, label: 'threshold', color: cloudwatch.Color.RED }],
      leftYAxis: { min: 0 },
      width: WIDTH / 4,
      height: HEIGHT,
    });
    const graph = (title: string, metric: cloudwatch.IMetric) => this.graph(title, [metric], WIDTH / 4);
    this.addTitle(`Drift: ${monitor.monitorName}`);
    this.addWidgets(
      drift,
      graph('Share of columns that drifted', monitor.metricDriftedShare({ label: 'share' })),
      graph('Quality', monitor.metricQuality({ label: 'quality' })),
      graph('Rows in the window', monitor.metricRows({ label: 'rows' })),
    );
  }

  private addTitle(title: string): void {
    this.addWidgets(new cloudwatch.TextWidget({ markdown: `## ${title}`, width: WIDTH, height: 1 }));
  }

  private graph(title: string, left: cloudwatch.IMetric[], width: number): cloudwatch.GraphWidget {
    return new cloudwatch.GraphWidget({ title, left, width, height: HEIGHT, leftYAxis: { min: 0 } });
  }
}

const servedBy = ({ mode }: IModelEndpoint) => (mode === 'batch' ? 'Batch prediction' : 'Endpoint');

/** What tells how busy an endpoint is. */
function loadOf(
  endpoint: IModelEndpoint,
  ofSlots: (metricName: string, statistic: string) => cloudwatch.IMetric[],
): [title: string, metrics: cloudwatch.IMetric[]] {
  switch (endpoint.mode) {
    case 'serverless':
      return ['Concurrency in use (1 is all)', ofSlots('ServerlessConcurrentExecutionsUtilization', 'Maximum')];
    case 'asynchronous':
      return [
        'Waiting requests',
        [endpoint.metric('ApproximateBacklogSize', { statistic: 'Maximum', label: 'waiting' })],
      ];
    default:
      return ['Requests by instance', ofSlots('InvocationsPerInstance', 'Sum')];
  }
}
