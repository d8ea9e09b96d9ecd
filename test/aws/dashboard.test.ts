import { App, Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { describe, expect, test } from 'vitest';
import type { DashboardProps } from '../../lib/aws/dashboard';
import { Dashboard } from '../../lib/aws/dashboard';
import { FeatureGroup } from '../../lib/aws/feature-group';
import { ModelEndpoint } from '../../lib/aws/model-endpoint';
import { ModelRegistry } from '../../lib/aws/model-registry';
import type { ITrainingPipeline } from '../../lib/aws/training-pipeline';
import type { ServingMode } from '../../lib/config/serving';
import { nagFindings } from './judges';

const newStack = () => new Stack(new App(), 'Stack');

/** The widgets of a dashboard, as CloudFormation would render them in eu-west-1. */
function widgetsOf(build: (stack: Stack) => Partial<DashboardProps>, more?: (dashboard: Dashboard) => void): any[] {
  const stack = newStack();
  const dashboard = new Dashboard(stack, 'Dashboard', { title: 'Flight delay', ...build(stack) });
  more?.(dashboard);
  const [resource] = Object.values(Template.fromStack(stack).findResources('AWS::CloudWatch::Dashboard'));
  const body = resource!.Properties.DashboardBody['Fn::Join']?.[1] ?? [resource!.Properties.DashboardBody];
  return JSON.parse(body.map((part: any) => (part.Ref === 'AWS::Region' ? 'eu-west-1' : part)).join('')).widgets;
}
const titles = (widgets: any[]) =>
  widgets.map(({ properties }) => properties.title ?? properties.markdown.split('\n')[0]);

const registry = (stack: Stack) => ModelRegistry.fromModelPackageGroupName(stack, 'Registry', 'flight-delay');
const flights = (stack: Stack) => FeatureGroup.fromFeatureGroupName(stack, 'Flights', 'flights');
const pipeline = {
  pipelineName: 'flight-delay',
  metric: (metricName: string, props?: cloudwatch.MetricOptions) =>
    new cloudwatch.Metric({ namespace: 'Pipelines', metricName, ...props }),
} as unknown as ITrainingPipeline;

describe('a dashboard', () => {
  test('with nothing to show has a title', () => {
    const widgets = widgetsOf(() => ({}));
    expect(titles(widgets)).toEqual(['# Flight delay']);
  });

  test('of a registry and a bucket says where they are', () => {
    const [header] = widgetsOf((stack) => ({
      modelRegistry: registry(stack),
      bucket: s3.Bucket.fromBucketName(stack, 'Bucket', 'artifacts'),
    }));
    expect(header.properties.markdown.split('\n').slice(2)).toEqual([
      '- Model registry: `flight-delay`, [SageMaker](/sagemaker/home?region=eu-west-1)',
      '- Artifacts: [artifacts](/s3/buckets/artifacts?region=eu-west-1)',
    ]);
  });

  test('shows everything in the order of a model’s life, then what is added', () => {
    const widgets = widgetsOf(
      (stack) => ({
        modelRegistry: registry(stack),
        trainingPipeline: pipeline,
        featureGroups: [flights(stack)],
        alarms: [cloudwatch.Alarm.fromAlarmArn(stack, 'Alarm', 'arn:aws:cloudwatch:eu-west-1:111111111111:alarm:a')],
      }),
      (dashboard) => dashboard.addWidgets(new cloudwatch.TextWidget({ markdown: '## Serving' })),
    );
    expect(titles(widgets)).toEqual([
      '# Flight delay',
      'Alarms',
      '## Features: flights',
      'Requests',
      'Latency, 99th percentile (microseconds)',
      'Refused and failed requests',
      '## Training: flight-delay',
      'Executions',
      'Duration (milliseconds)',
      '## Serving',
    ]);
  });

  test('shows both slots of an endpoint, and what its mode is short of', () => {
    const endpoint = (mode?: ServingMode) => (stack: Stack) => ({
      endpoint: Object.assign(ModelEndpoint.fromEndpointName(stack, 'Endpoint', 'flights'), { mode }),
    });
    const rowOf = (mode?: ServingMode) => titles(widgetsOf(endpoint(mode))).slice(1);
    const always = ['Requests', 'Latency, 95th percentile (microseconds)', 'Refused and failed requests'];
    expect(rowOf()).toEqual(['## Endpoint: flights', ...always, 'Requests by instance']);
    expect(rowOf('serverless').at(-1)).toBe('Concurrency in use (1 is all)');
    expect(rowOf('asynchronous').at(-1)).toBe('Waiting requests');
    expect(rowOf('batch')).toEqual([]);
    const metrics = widgetsOf(endpoint('realtime')).flatMap(({ properties }) => properties.metrics ?? []);
    expect(metrics.map(([, name, , , , slot]: any[]) => `${name} ${slot}`)).toEqual(
      [
        'Invocation5XXErrors',
        'ModelLatency',
        'Invocation4XXErrors',
        'Invocation5XXErrors',
        'InvocationsPerInstance',
      ].flatMap((name) => [`${name} a`, `${name} b`]),
    );
  });

  test('names an endpoint in its header, and calls batch prediction what it is', () => {
    const header = (mode?: ServingMode) =>
      widgetsOf((stack) => ({
        endpoint: Object.assign(ModelEndpoint.fromEndpointName(stack, 'Endpoint', 'flights'), { mode }),
      }))[0].properties.markdown;
    expect(header()).toContain('- Endpoint: `flights`');
    expect(header('batch')).toContain('- Batch prediction: `flights`');
  });

  test('lays rows over the whole width without overlaps', () => {
    const widgets = widgetsOf((stack) => ({
      trainingPipeline: pipeline,
      featureGroups: [flights(stack), FeatureGroup.fromFeatureGroupName(stack, 'Airports', 'airports')],
      endpoint: ModelEndpoint.fromEndpointName(stack, 'Endpoint', 'flights'),
    }));
    const cells = widgets.flatMap(({ x, y, width, height }) =>
      Array.from({ length: width * height }, (_, i) => `${x + (i % width)},${y + Math.floor(i / width)}`),
    );
    expect(new Set(cells).size).toBe(cells.length);
    expect(cells.length % 24).toBe(0);
  });

  test('asks the constructs for their metrics', () => {
    const widgets = widgetsOf((stack) => ({ trainingPipeline: pipeline, featureGroups: [flights(stack)] }));
    const metrics = widgets.flatMap(({ properties }) => properties.metrics ?? []);
    const names = metrics.map(([namespace, name, ...rest]: any[]) =>
      [namespace, name, rest.at(-1).stat ?? 'Average'].join(' '),
    );
    expect([...new Set(names)]).toEqual([
      'AWS/SageMaker/FeatureStore Invocations Sum',
      'AWS/SageMaker/FeatureStore Latency p99',
      'AWS/SageMaker/FeatureStore Operation4XXErrors Sum',
      'AWS/SageMaker/FeatureStore Operation5XXErrors Sum',
      'AWS/SageMaker/FeatureStore ThrottledRequests Sum',
      'Pipelines ExecutionStarted Sum',
      'Pipelines ExecutionSucceeded Sum',
      'Pipelines ExecutionFailed Sum',
      'Pipelines ExecutionStopped Sum',
      'Pipelines ExecutionDuration Average',
    ]);
  });

  test('has a name only when it is given one', () => {
    const stack = newStack();
    new Dashboard(stack, 'A', { title: 'a' });
    new Dashboard(stack, 'B', { title: 'b', dashboardName: 'flights' });
    const template = Template.fromStack(stack);
    template.hasResourceProperties('AWS::CloudWatch::Dashboard', { DashboardName: Match.absent() });
    template.hasResourceProperties('AWS::CloudWatch::Dashboard', { DashboardName: 'flights' });
  });

  test('refers to region and names that are known at deployment only', () => {
    const stack = new Stack(new App(), 'Stack');
    const bucket = new s3.Bucket(stack, 'Bucket');
    new Dashboard(stack, 'Dashboard', { title: 'Flight delay', bucket, modelRegistry: registry(stack) });
    const [resource] = Object.values(Template.fromStack(stack).findResources('AWS::CloudWatch::Dashboard'));
    const body = JSON.stringify(resource!.Properties.DashboardBody);
    expect(body).toContain('{"Ref":"AWS::Region"}');
    expect(body).toMatch(/\{"Ref":"Bucket[0-9A-F]{8}"\}/);
  });

  test('leaves cdk-nag nothing to say', () => {
    const stack = newStack();
    new Dashboard(stack, 'Dashboard', { title: 'Flight delay', trainingPipeline: pipeline });
    expect(nagFindings(stack)).toEqual([]);
  });
});
