/** What a cloud makes of how a config's model is served and watched. */
import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { eventBridgeCron } from '../../lib/aws/cron';
import type { DeploymentPolicy } from '../../lib/deployer/policy';
import type { MonitorRules } from '../../lib/runtime/drift-contract';
import type { OnAws, OnGoogle } from './synthesis';
import { ofType, parsed, placed, unescaped } from './synthesis';

/** In neutral words. */
export interface Operation {
  /** What the deployer is asked for, but for what models are served with in the cloud's own terms. */
  readonly policy: Omit<DeploymentPolicy, 'serving'>;
  /** Minutes between two looks of the deployer. */
  readonly looksEvery: number;
  /** Whether an approval starts it, too. */
  readonly hearsApprovals: boolean;
  /** Whether people hear of what the deployer did, and could not do. */
  readonly tellsPeople: boolean;
  /** Schedule of batch predictions, as EventBridge says it. */
  readonly predictions?: string;
  /** Part of the requests that is kept, in percent; 0 for none. */
  readonly captured: number;
  /** Thresholds of the alarms of the endpoint: milliseconds, and percent. */
  readonly alarms: Readonly<Record<string, number>>;
  readonly monitor?: Monitor;
  /** Whether a version gets its baseline before it is approved, made by the monitor's own program. */
  readonly makesBaselines: boolean;
}

interface Monitor {
  readonly name: string;
  readonly rules: MonitorRules;
  /** Hours between two runs. */
  readonly runsEvery: number;
  /** Whether versions have their own baselines. */
  readonly ownBaselines: boolean;
  readonly readsLabels: boolean;
  /** What is retrained by name, where drift starts a training. */
  readonly retrains?: string;
  readonly folder: string;
}

const OF_REQUESTS = ['SlowAlarm', 'RefusedAlarm', 'FailedAlarm'] as const;

export function operationOnAws(synthesized: OnAws): Operation {
  const { resources, pipeline } = synthesized;
  const [{ Policy }] = ofType(synthesized, 'Custom::MlopsModelEndpoint');
  const { serving, modelPackageGroup: _group, topicArn, ...policy } = parsed(Policy);
  const rules = ofType(synthesized, 'AWS::Events::Rule');
  const looks = rules.find(({ Description }) => Description.startsWith('Starts the deployer'));
  const predictions = rules.find(({ Targets }) => JSON.stringify(Targets).includes('predict'));
  const alarms = pipeline.endpoint.alarms.map(({ node }) => node.id);
  const thresholdOf = (id: string) => awsAlarm(resources, id).Threshold as number;
  const steps = ofType(synthesized, 'AWS::SageMaker::Pipeline').map(({ PipelineDefinition }) =>
    JSON.stringify(PipelineDefinition),
  );
  return {
    policy,
    looksEvery: minutesOf(looks.ScheduleExpression),
    hearsApprovals: looks.EventPattern !== undefined,
    tellsPeople: topicArn !== undefined,
    predictions: predictions?.ScheduleExpression,
    captured: serving.capture?.percent ?? 0,
    alarms: Object.fromEntries(
      OF_REQUESTS.filter((id) => alarms.includes(id)).map((id) => [
        id,
        id === 'SlowAlarm' ? thresholdOf(id) / 1000 : thresholdOf(id), // CloudWatch has microseconds
      ]),
    ),
    monitor: monitorOnAws(synthesized, rules),
    makesBaselines: steps.some((text) => text.includes('Baseline')),
  };
}

function awsAlarm(resources: OnAws['resources'], id: string): any {
  const [, { Properties }] = Object.entries(resources).find(([logicalId]) =>
    logicalId.startsWith(`PipelineEndpoint${id}`),
  )!;
  return Properties;
}

function monitorOnAws({ folder }: OnAws, rules: any[]): Monitor | undefined {
  const rule = rules.find(({ Description }) => Description.startsWith('Looks for drift'));
  if (!rule) return undefined;
  const { Input } = rule.Targets[0];
  const { monitor } = parsed({
    'Fn::Join': [Input['Fn::Join'][0], Input['Fn::Join'][1].map((part: any) => part['Fn::Sub'] ?? part)],
  });
  const document = readdirSync(folder).find((file) => monitor.rules.endsWith(file.replace('asset.', '/')))!;
  return {
    name: monitor.name,
    rules: JSON.parse(readFileSync(path.join(folder, document), 'utf8')),
    runsEvery: minutesOf(rule.ScheduleExpression) / 60,
    ownBaselines: monitor.baseline === undefined,
    readsLabels: monitor.groundTruth !== undefined,
    retrains: monitor.retraining?.modelPackageGroup,
    folder: monitor.output.replace('s3://reference/', ''),
  };
}

/** `rate(5 minutes)` */
function minutesOf(rate: string): number {
  const [, count, unit] = /^rate\((\d+) (minute|hour)s?\)$/.exec(rate)!;
  return Number(count) * (unit === 'hour' ? 60 : 1);
}

export function operationOnGoogle(synthesized: OnGoogle): Operation {
  const { pipeline } = synthesized;
  const place = (type: string, at: string) => placed(synthesized, `google_${type}`, at);
  const { content } = place('storage_bucket_object', 'Endpoint/Policy');
  const { serving: _s, owner: _o, model: _m, encryptionKey: _k, baselines: _b, ...policy } = unescaped(content);
  const predictions = place('cloud_scheduler_job', 'Endpoint/Deployer/Predictions');
  const logging = place('vertex_ai_endpoint', 'Endpoint/Endpoint')?.predict_request_response_logging_config;
  const alerts = pipeline.endpoint.alerts.map(({ node }) => node.id);
  const monitors = place('workflows_workflow', 'Training/Workflow')?.user_env_vars.MONITOR_WORKFLOW;
  return {
    policy,
    looksEvery: minutesOfCron(place('cloud_scheduler_job', 'Endpoint/Deployer/Schedule').schedule),
    hearsApprovals: place('eventarc_trigger', 'Endpoint/Deployer/Approvals') !== undefined,
    tellsPeople:
      (place('monitoring_alert_policy', 'Endpoint/Deployer/ToldAlarm')?.notification_channels ?? []).length > 0,
    predictions: predictions && eventBridgeCron(predictions.schedule),
    captured: logging?.enabled ? logging.sampling_rate * 100 : 0,
    alarms: Object.fromEntries(
      OF_REQUESTS.filter((id) => alerts.includes(id)).map((id) => {
        const [condition] = place('monitoring_alert_policy', `Endpoint/${id}`).conditions;
        const { threshold_value: threshold } = condition.condition_threshold;
        return [id, id === 'SlowAlarm' ? threshold : threshold * 100]; // shares, there
      }),
    ),
    monitor: monitorOnGoogle(synthesized),
    makesBaselines: monitors !== undefined && monitors === pipeline.driftMonitor?.workflowName,
  };
}

function monitorOnGoogle(synthesized: OnGoogle): Monitor | undefined {
  const workflow = placed(synthesized, 'google_workflows_workflow', 'Monitor/Workflow');
  if (!workflow) return undefined;
  const settings = unescaped(workflow.user_env_vars.SETTINGS);
  const document = placed(synthesized, 'google_storage_bucket_object', 'Monitor/Rules').content;
  const { trainingFormat: _format, ...rules } = unescaped(document);
  const { schedule } = placed(synthesized, 'google_cloud_scheduler_job', 'Monitor/Schedule');
  return {
    name: settings.monitor,
    rules,
    runsEvery: minutesOfCron(schedule) / 60,
    ownBaselines: settings.baseline === undefined,
    readsLabels: settings.groundTruth !== undefined,
    retrains: settings.retraining?.model.replace(/^.*\//, ''),
    folder: settings.folder.replace(/\/$/, ''),
  };
}

/** What is written for `rate(…)`: minutes or hours that divide an hour or a day. */
function minutesOfCron(schedule: string): number {
  const [minute, hour] = schedule.split(' ');
  if (minute.startsWith('*/')) return Number(minute.slice(2));
  return 60 * (hour === '*' ? 1 : Number(hour.replace('*/', '')));
}
