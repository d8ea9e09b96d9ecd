import { Construct } from 'constructs';
import { describe, expect, test } from 'vitest';
import type { ServingMode } from '../../lib/config/serving';
import { failureAlert } from '../../lib/google/alert';
import { ArtifactStore } from '../../lib/google/artifact-store';
import { Dashboard } from '../../lib/google/dashboard';
import type { DashboardProps } from '../../lib/google/dashboard';
import type { TerraformStack } from '../../lib/google/engine';
import { FeatureStore } from '../../lib/google/feature-store';
import type { GoogleResource } from '../../lib/google/l1/google-resource';
import { ModelEndpointBase } from '../../lib/google/model-endpoint-base';
import { ModelRegistry } from '../../lib/google/model-registry';
import { TrainingPipelineBase } from '../../lib/google/training-pipeline-base';
import { AT, block, synthesize } from './blocks';
import { schemaProblems } from './judges';

const GROUP = { recordIdentifier: 'id', eventTime: 'time', features: [{ name: 'age', type: 'float' as const }] };
/** In this order in Google's list of metrics. */
const ONLINE_METRICS = ['online_serving/request_count', 'online_serving/serving_latencies', 'serving_data_ages'];

class Pipeline extends TrainingPipelineBase {
  public readonly pipelineName = 'churn';
  public readonly workflowName = 'projects/acme-ml/locations/europe-west4/workflows/churn';
  protected readonly project = 'acme-ml';
}

class Endpoint extends ModelEndpointBase {
  public readonly endpointName = 'churn';
  public readonly endpointId = '1234567890';
  public readonly location = AT;

  public constructor(
    scope: Construct,
    id: string,
    public readonly mode: ServingMode,
  ) {
    super(scope, id);
  }
}

const everything = (stack: TerraformStack): Partial<DashboardProps> => ({
  alerts: [
    failureAlert(stack, 'Alert', {
      project: AT.project,
      displayName: 'churn: failed',
      documentation: 'Look.',
      condition: { log: 'severity>=ERROR' },
    }),
  ],
  bucketName: new ArtifactStore(stack, 'Artifacts', { ...AT, name: 'churn' }).bucketName,
  featureGroups: new FeatureStore(stack, 'Features', {
    ...AT,
    namePrefix: 'churn',
    groups: [
      { ...GROUP, name: 'users' },
      { ...GROUP, name: 'history', online: false },
    ],
  }).groups,
  trainingPipeline: new Pipeline(stack, 'Training'),
  modelRegistry: new ModelRegistry(stack, 'Registry', { ...AT, modelId: 'churn' }),
});

function build(
  shown: (stack: TerraformStack) => Partial<DashboardProps> = everything,
  use: (dashboard: Dashboard) => void = () => {},
) {
  const document = synthesize((stack) => {
    use(new Dashboard(stack, 'Dashboard', { ...AT, title: 'churn', ...shown(stack) }));
  });
  const text = block(document, 'google_monitoring_dashboard').dashboard_json as string;
  return { document, text, dashboard: JSON.parse(text) };
}

const tilesOf = ({ dashboard }: { dashboard: any }): any[] => dashboard.mosaicLayout.tiles;
const titlesOf = (built: { dashboard: any }) =>
  tilesOf(built).map(({ widget }) => widget.title ?? widget.text.content.split('\n')[0]);
const filtersOf = (built: { dashboard: any }): string[] =>
  tilesOf(built).flatMap(({ widget }) =>
    (widget.xyChart?.dataSets ?? []).map((set: any) => set.timeSeriesQuery.timeSeriesFilter.filter),
  );

describe('a dashboard', () => {
  test('shows what exists, in the order of a model’s life', () => {
    const built = build();
    expect(schemaProblems(built.document)).toEqual([]);
    expect(built.dashboard.displayName).toBe('churn');
    expect(titlesOf(built)).toEqual([
      '# churn',
      'Alerts',
      '## Features: churn_users',
      'Requests by error code',
      'Latency of requests',
      'Age of what is served',
      '## Training: churn',
      'Executions by status',
      'Duration of jobs (seconds)',
    ]);
  });

  test('grows with what exists', () => {
    const bare = build(() => ({}));
    expect(titlesOf(bare)).toEqual(['# churn']);
    expect(bare.dashboard.mosaicLayout.tiles[0].widget.text.content).toBe('# churn\n');
    expect(schemaProblems(bare.document)).toEqual([]);
  });

  test('says in its header what there is, with links', () => {
    const { content } = tilesOf(build())[0].widget.text;
    const lines = content.split('\n').slice(2);
    expect(lines).toHaveLength(4);
    expect(lines[0]).toContain('Feature groups: `churn_users`, `churn_history`');
    expect(lines[1]).toContain('/workflows/workflow/europe-west4/churn/executions?project=acme-ml)');
    expect(lines[2]).toContain('/vertex-ai/models/locations/europe-west4/models/churn?project=acme-ml)');
    expect(lines[3]).toMatch(/^- Artifacts: \[\$\{google_storage_bucket\..*\}\]\(/);
  });

  test('asks for metrics that exist, of these resources only', () => {
    const filters = filtersOf(build());
    const types = filters.map((filter) => /metric\.type="([^"]*)"/.exec(filter)![1]);
    expect(types).toEqual([
      ...ONLINE_METRICS.map((metric) => `aiplatform.googleapis.com/featureonlinestore/${metric}`),
      'workflows.googleapis.com/finished_execution_count',
      'aiplatform.googleapis.com/pipelinejob/duration',
    ]);
    for (const filter of filters) expect(filter).toContain('resource.labels.location="europe-west4"');
    expect(filters[0]).toMatch(/feature_online_store_id="\$\{google_vertex_ai_feature_online_store\..*\.name\}"/);
    expect(filters[0]).toMatch(/feature_view_id="\$\{google_vertex_ai_feature_online_store_featureview\..*\.name\}"/);
    expect(filters[3]).toContain('resource.labels.workflow_id="churn"');
    expect(filters[4]).toContain('resource.labels.pipeline_job_id=starts_with("churn-")');
  });

  test('shows an endpoint by its models, or the deployer alone where it predicts in batches', () => {
    const [titles, filters] = [new Map<string, string[]>(), new Map<string, string[]>()];
    for (const mode of ['realtime', 'batch'] as const) {
      const built = build((stack) => ({ endpoint: new Endpoint(stack, 'Endpoint', mode) }));
      expect(schemaProblems(built.document)).toEqual([]);
      titles.set(mode, titlesOf(built).slice(1));
      filters.set(mode, filtersOf(built));
    }
    expect(titles.get('realtime')).toEqual([
      '## Endpoint: churn',
      'Answers by code',
      'Answers by model',
      '95th percentile of the latency (ms)',
      'Machines',
      'Runs of the deployer by status',
    ]);
    expect(titles.get('batch')).toEqual(['## Endpoint: churn', 'Runs of the deployer by status']);
    for (const filter of filters.get('realtime')!.slice(0, 4)) {
      expect(filter).toContain('resource.labels.endpoint_id="1234567890"');
    }
    expect(filters.get('batch')).toEqual([expect.stringContaining('workflow_id="churn-deployer"')]);
  });

  test('shows the incidents of the given policies', () => {
    const [, alerts] = tilesOf(build());
    expect(alerts.widget.incidentList.policyNames).toEqual(['${google_monitoring_alert_policy.Alert.name}']);
  });

  test('leaves legends to Cloud Monitoring', () => {
    const { text } = build();
    expect(text).toContain('"legendTemplate":"$${metric.labels.status}"');
    expect(text.match(/[^$]\$\{(?!google_)/)).toBeNull();
  });

  test('has no tiles that overlap or stick out, and no coordinate of zero, which the service leaves out', () => {
    const tiles = tilesOf(build());
    const cells = tiles.flatMap(({ xPos = 0, yPos = 0, width, height }) =>
      Array.from({ length: width * height }, (_, i) => `${xPos + (i % width)}/${yPos + Math.floor(i / width)}`),
    );
    expect(new Set(cells).size).toBe(cells.length);
    expect(tiles.every(({ xPos = 0, width }) => xPos + width <= 48)).toBe(true);
    expect(tiles.some((tile) => tile.xPos === 0 || tile.yPos === 0)).toBe(false);
  });

  test('takes more widgets later, below the others', () => {
    const built = build(everything, (dashboard) => {
      dashboard.addWidgets({ title: 'A', blank: {} }, { title: 'B', blank: {} });
      dashboard.addWidgets();
    });
    const [a, b] = tilesOf(built).slice(-2);
    const bottom = Math.max(...tilesOf(build()).map(({ yPos = 0, height }) => yPos + height));
    expect([a.yPos, b.yPos, b.xPos]).toEqual([bottom, bottom, 24]);
  });

  test('stands several times in a stack', () => {
    const document = synthesize((stack) => {
      const scope = new Construct(stack, 'Team');
      const made: Array<GoogleResource<'google_monitoring_dashboard'>> = ['churn', 'delay'].map(
        (title) => new Dashboard(scope, title, { ...AT, title }).monitoringDashboard,
      );
      expect(made).toHaveLength(2);
    });
    expect(schemaProblems(document)).toEqual([]);
  });
});
