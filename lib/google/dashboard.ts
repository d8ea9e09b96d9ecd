import { Construct } from 'constructs';
import { monitorWorkflow } from './drift/names';
import type { IDriftMonitor } from './drift-monitor-base';
import { Lazy } from './engine';
import { ConstructError } from './errors';
import type { IFeatureGroup } from './feature-group';
import { GoogleResource } from './l1/google-resource';
import type { IModelEndpoint } from './model-endpoint-base';
import type { IModelRegistry } from './model-registry';
import { terraformText } from './terraform-text';
import type { ITrainingPipeline } from './training-pipeline-base';

/** A widget of Cloud Monitoring (`projects.dashboards`, type Widget), as its REST API takes it. */
export interface DashboardWidget {
  readonly [field: string]: unknown;
}

/** Properties of a dashboard: its title and what it shows. */
export interface DashboardProps {
  /** Project of the dashboard and of what it shows. */
  readonly project: string;

  /** Region of what it shows. */
  readonly region: string;

  /** Title, for example the name of the model. */
  readonly title: string;

  /**
   * Alert policies whose incidents are shown first.
   * @default - none
   */
  readonly alerts?: ReadonlyArray<GoogleResource<'google_monitoring_alert_policy'>>;

  /**
   * Name of the bucket of the artifacts.
   * @default - not shown
   */
  readonly bucketName?: string;

  /**
   * Feature groups; of the first 20 online, their requests, latency, and the age of what is served.
   * @default - not shown
   */
  readonly featureGroups?: readonly IFeatureGroup[];

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
   * Endpoint, with its requests, latency and machines, by model; of one that predicts in batches the deployer alone.
   * @default - not shown
   */
  readonly endpoint?: IModelEndpoint;

  /**
   * Monitor of drift, with its largest drift, the columns that drifted, the quality and the rows it looked at.
   * @default - not shown
   */
  readonly driftMonitor?: IDriftMonitor;
}

const WIDTH = 48;
const HEIGHT = 14;

/** Most widgets of a dashboard, and most groups with charts: that leaves room for the rest, and for some of your own. */
const MAX_WIDGETS = 100;
const CHARTED_GROUPS = 20;

/** Label of the models on an endpoint. */
const MODEL = 'metric.labels.deployed_model_id';

/** Label of the columns that a monitor looks at. */
const COLUMN = 'metric.labels.column';

const CONSOLE = 'https://console.cloud.google.com';

/** One Cloud Monitoring dashboard that shows what it is given, in the order of a model's life: data, training, registry, endpoint, drift. */
export class Dashboard extends Construct {
  /** The dashboard in Cloud Monitoring. */
  public readonly monitoringDashboard: GoogleResource<'google_monitoring_dashboard'>;

  private readonly tiles: object[] = [];
  private readonly region: string;
  private bottom = 0;

  public constructor(scope: Construct, id: string, props: DashboardProps) {
    super(scope, id);
    this.region = props.region;
    this.addHeader(props);
    this.addAlerts(props);
    for (const group of (props.featureGroups ?? []).filter(isOnline).slice(0, CHARTED_GROUPS)) {
      this.addFeatureGroup(group);
    }
    if (props.trainingPipeline) {
      this.addTrainingPipeline(props.trainingPipeline);
    }
    if (props.endpoint) this.addEndpoint(props.endpoint);
    if (props.driftMonitor) this.addDriftMonitor(props.driftMonitor);
    this.monitoringDashboard = new GoogleResource(this, 'Dashboard', 'google_monitoring_dashboard', {
      project: props.project,
      dashboard_json: Lazy.stringValue({ produce: () => this.render(props.title) }),
    });
  }

  /**
   * Adds a row of widgets, of equal width, below what is shown already.
   * @throws when there are more than 100 widgets then
   */
  public addWidgets(...widgets: DashboardWidget[]): void {
    this.addRow(widgets, HEIGHT);
  }

  private render(title: string): string {
    const dashboard = { displayName: title, mosaicLayout: { columns: WIDTH, tiles: this.tiles } };
    return terraformText(JSON.stringify(dashboard));
  }

  /** Coordinates of 0 are left out, as the service does: it would be a difference at every plan. */
  private addRow(widgets: readonly DashboardWidget[], height: number): void {
    const count = this.tiles.length + widgets.length;
    if (count > MAX_WIDGETS) {
      throw new ConstructError(this, `widgets: got ${count}, allowed: ${MAX_WIDGETS}; add a dashboard of your own`);
    }
    const width = Math.floor(WIDTH / Math.max(widgets.length, 1));
    widgets.forEach((widget, i) => {
      const [xPos, yPos] = [i * width, this.bottom];
      this.tiles.push({ ...(xPos > 0 && { xPos }), ...(yPos > 0 && { yPos }), width, height, widget });
    });
    if (widgets.length > 0) this.bottom += height;
  }

  private addHeader(props: DashboardProps): void {
    const lines = [`# ${props.title}`, '', ...inventory(props)];
    this.addRow([text(lines.join('\n'))], 4 + 2 * lines.length);
  }

  private addAlerts({ alerts = [] }: DashboardProps): void {
    if (alerts.length === 0) return;
    const policyNames = alerts.map((alert) => alert.attribute('name'));
    this.addRow([{ title: 'Alerts', incidentList: { policyNames } }], HEIGHT);
  }

  private addFeatureGroup({ featureGroupId, onlineStoreId, featureViewId }: IFeatureGroup): void {
    const online = (metric: string) =>
      all(
        `metric.type="aiplatform.googleapis.com/featureonlinestore/${metric}"`,
        'resource.type="aiplatform.googleapis.com/FeatureOnlineStore"',
        `resource.labels.location="${this.region}"`,
        `resource.labels.feature_online_store_id="${onlineStoreId}"`,
        `metric.labels.feature_view_id="${featureViewId}"`,
      );
    this.addTitle(`Features: ${featureGroupId}`);
    this.addWidgets(
      chart('Requests by error code', counts(online('online_serving/request_count'), 'metric.labels.error_code')),
      chart('Latency of requests', percentile99(online('online_serving/serving_latencies'))),
      chart('Age of what is served', percentile99(online('serving_data_ages'))),
    );
  }

  private addTrainingPipeline({ pipelineName, jobIdPrefix }: ITrainingPipeline): void {
    const location = `resource.labels.location="${this.region}"`;
    const duration = all(
      'metric.type="aiplatform.googleapis.com/pipelinejob/duration"',
      'resource.type="aiplatform.googleapis.com/PipelineJob"',
      location,
      `resource.labels.pipeline_job_id=starts_with("${jobIdPrefix}")`,
    );
    this.addTitle(`Training: ${pipelineName}`);
    this.addWidgets(
      chart('Executions by status', counts(this.executions(pipelineName), 'metric.labels.status')),
      chart('Duration of jobs (seconds)', longest(duration)),
    );
  }

  private addEndpoint(endpoint: IModelEndpoint): void {
    const { endpointName, mode } = endpoint;
    const deployments = counts(this.executions(`${endpointName}-deployer`), 'metric.labels.status');
    const latency = endpoint.metricFilter('prediction_latencies', 'metric.labels.latency_type="model"');
    const online = [
      chart('Answers by code', counts(endpoint.metricFilter('response_count'), 'metric.labels.response_code')),
      chart('Answers by model', counts(endpoint.metricFilter('response_count'), MODEL)),
      chart('95th percentile of the latency (ms)', percentile95(latency, MODEL)),
      chart('Machines', averages(endpoint.metricFilter('replicas'), MODEL)),
    ];
    this.addTitle(`Endpoint: ${endpointName}`);
    this.addWidgets(...(mode === 'batch' ? [] : online), chart('Runs of the deployer by status', deployments));
  }

  private addDriftMonitor(monitor: IDriftMonitor): void {
    const gauge = (metric: string) => hourly(monitor.metricFilter(metric));
    this.addTitle(`Drift: ${monitor.monitorName}`);
    this.addWidgets(
      chart('Largest drift (above 1 is drift)', gauge('max_drift'), { thresholds: [{ value: 1 }] }),
      chart('Drift by column (above 1 is drift)', hourly(monitor.metricFilter('column_drift'), COLUMN)),
      chart('Share of columns that drifted', gauge('drifted_share')),
    );
    this.addWidgets(
      chart('Quality', gauge('quality')),
      chart('Rows in the window', gauge('rows')),
      chart('Bytes that a run scans', gauge('bytes_scanned')),
      chart('Runs by status', counts(this.executions(monitorWorkflow(monitor.monitorName)), 'metric.labels.status')),
    );
  }

  private executions(workflowId: string): string {
    return all(
      'metric.type="workflows.googleapis.com/finished_execution_count"',
      'resource.type="workflows.googleapis.com/Workflow"',
      `resource.labels.location="${this.region}"`,
      `resource.labels.workflow_id="${workflowId}"`,
    );
  }

  private addTitle(title: string): void {
    this.addRow([text(`## ${title}`)], 3);
  }
}

function isOnline({ onlineStoreId, featureViewId }: IFeatureGroup): boolean {
  return onlineStoreId !== undefined && featureViewId !== undefined;
}

/** What exists, with links. */
function inventory({ project, region, ...props }: DashboardProps): string[] {
  const link = (label: string, path: string) => `[${label}](${CONSOLE}/${path}?project=${project})`;
  const { featureGroups: groups = [], trainingPipeline: pipeline, modelRegistry: registry, bucketName: bucket } = props;
  const { endpoint, driftMonitor: monitor } = props;
  const ids = groups.map(({ featureGroupId }) => `\`${featureGroupId}\``);
  const workflow = `workflows/workflow/${region}/${pipeline?.pipelineName}/executions`;
  const models = `vertex-ai/models/locations/${region}/models/${registry?.modelId}`;
  return [
    ...(ids.length > 0 ? [`- Feature groups: ${ids.join(', ')}, ${link('features', 'vertex-ai/feature-store')}`] : []),
    ...(pipeline
      ? [
          `- Training pipeline: ${link(pipeline.pipelineName, workflow)}, ${link('its jobs', 'vertex-ai/pipelines/runs')}`,
        ]
      : []),
    ...(registry ? [`- Model registry: ${link(registry.modelId, models)}`] : []),
    ...(endpoint ? [endpointLine(endpoint, link, region)] : []),
    ...(monitor
      ? [
          `- Drift monitor: ${link(monitor.monitorName, `workflows/workflow/${region}/${monitorWorkflow(monitor.monitorName)}/executions`)}`,
        ]
      : []),
    ...(bucket !== undefined ? [`- Artifacts: ${link(bucket, `storage/browser/${bucket}`)}`] : []),
  ];
}

function endpointLine(
  { endpointName, endpointId, mode }: IModelEndpoint,
  link: (label: string, path: string) => string,
  region: string,
): string {
  const deployer = link('its deployer', `workflows/workflow/${region}/${endpointName}-deployer/executions`);
  if (mode === 'batch') return `- Batch prediction: \`${endpointName}\`, ${deployer}`;
  const path = `vertex-ai/locations/${region}/endpoints/${endpointId}`;
  return `- Endpoint: ${link(endpointName, path)}, ${deployer}`;
}

function text(content: string): DashboardWidget {
  return { text: { content, format: 'MARKDOWN' } };
}

function chart(title: string, dataSet: object, options: object = {}): DashboardWidget {
  return { title, xyChart: { dataSets: [{ plotType: 'LINE', ...dataSet }], ...options } };
}

/** How often something happened, a line for each value of a label. */
function counts(filter: string, label: string): object {
  const aggregation = { perSeriesAligner: 'ALIGN_SUM', crossSeriesReducer: 'REDUCE_SUM', groupByFields: [label] };
  return { ...query(filter, aggregation), legendTemplate: `\${${label}}` };
}

/** The 99th percentile of what is measured as a distribution. */
function percentile99(filter: string): object {
  const aggregation = { perSeriesAligner: 'ALIGN_DELTA', crossSeriesReducer: 'REDUCE_PERCENTILE_99' };
  return { ...query(filter, aggregation), legendTemplate: '99th percentile' };
}

/** The 95th percentile of what is measured as a distribution, a line for each value of a label. */
function percentile95(filter: string, label: string): object {
  const reduced = { crossSeriesReducer: 'REDUCE_PERCENTILE_95', groupByFields: [label] };
  return { ...query(filter, { perSeriesAligner: 'ALIGN_DELTA', ...reduced }), legendTemplate: `\${${label}}` };
}

/** The average of what goes up and down, a line for each value of a label. */
function averages(filter: string, label: string): object {
  const reduced = { crossSeriesReducer: 'REDUCE_SUM', groupByFields: [label] };
  return { ...query(filter, { perSeriesAligner: 'ALIGN_MEAN', ...reduced }), legendTemplate: `\${${label}}` };
}

/** The greatest value of an hour, of what a run measures; a line for each value of a label, where there is one. */
function hourly(filter: string, label?: string): object {
  const aggregation = { alignmentPeriod: '3600s', perSeriesAligner: 'ALIGN_MAX' };
  if (label === undefined) return query(filter, aggregation);
  const reduced = { ...aggregation, crossSeriesReducer: 'REDUCE_MAX', groupByFields: [label] };
  return { ...query(filter, reduced), legendTemplate: `\${${label}}` };
}

/** The greatest of a measured value. */
function longest(filter: string): object {
  const aggregation = { perSeriesAligner: 'ALIGN_MAX', crossSeriesReducer: 'REDUCE_MAX' };
  return { ...query(filter, aggregation), legendTemplate: 'Longest' };
}

function query(filter: string, aggregation: object): object {
  return {
    timeSeriesQuery: { timeSeriesFilter: { filter, aggregation: { alignmentPeriod: '300s', ...aggregation } } },
  };
}

function all(...conditions: string[]): string {
  return conditions.join(' AND ');
}
