import type { Construct } from 'constructs';
import { ConstructError } from './errors';
import { GoogleResource } from './l1/google-resource';
import { terraformText } from './terraform-text';

/** What counts as a failure: either points of a metric that counts, or entries of a log. */
export type FailureCondition =
  | {
      /** Filter of Cloud Monitoring for a counting metric, for example `metric.type="…" AND metric.labels.status="FAILED"`. */
      readonly metric: string;
    }
  | {
      /** Filter of Cloud Logging. */
      readonly log: string;
      /**
       * What the documentation can name of an entry, as `${log.extracted_label.NAME}`: extractors by name.
       * @default - nothing
       */
      readonly labels?: Readonly<Record<string, string>>;
    };

/** Properties of a failure alert. */
export interface FailureAlertProps {
  /** Project of the policy. */
  readonly project: string;

  /** What it is called. */
  readonly displayName: string;

  /** What happened and what to do, as Markdown; it is part of the notification. */
  readonly documentation: string;

  /** What counts as a failure. */
  readonly condition: FailureCondition;

  /**
   * Names of notification channels (`projects/PROJECT/notificationChannels/ID`).
   * @default - nobody is told; the incident is on dashboards
   */
  readonly channels?: readonly string[];
}

/** Incidents close by themselves: one failure is no lasting state. 30 minutes is the shortest time. */
const AUTO_CLOSE = '1800s';

/** Most channels of a policy. */
const MAX_CHANNELS = 16;

/** An alert on the first failure within five minutes; nothing happening is fine. */
export function failureAlert(
  scope: Construct,
  id: string,
  props: FailureAlertProps,
): GoogleResource<'google_monitoring_alert_policy'> {
  const { project, condition, channels = [] } = props;
  if (channels.length > MAX_CHANNELS) {
    throw new ConstructError(
      scope,
      `notification channels: got ${channels.length}, allowed for an alert policy: ${MAX_CHANNELS}; give the address of a group`,
    );
  }
  const displayName = terraformText(props.displayName);
  const isLog = 'log' in condition;
  return new GoogleResource(scope, id, 'google_monitoring_alert_policy', {
    project,
    display_name: displayName,
    severity: 'ERROR',
    combiner: 'OR',
    conditions: [
      {
        display_name: displayName,
        ...(isLog ? matchedLog(condition) : threshold(condition.metric)),
      },
    ],
    documentation: { content: terraformText(props.documentation), mime_type: 'text/markdown' },
    notification_channels: [...channels],
    // Policies on logs need a limit, and only they take one.
    alert_strategy: { auto_close: AUTO_CLOSE, ...(isLog && { notification_rate_limit: { period: '300s' } }) },
  });
}

function matchedLog({ log, labels }: Extract<FailureCondition, { log: string }>) {
  return { condition_matched_log: { filter: terraformText(log), ...(labels && { label_extractors: labels }) } };
}

function threshold(filter: string) {
  return {
    condition_threshold: {
      filter: terraformText(filter),
      comparison: 'COMPARISON_GT',
      threshold_value: 0,
      duration: '0s',
      aggregations: [{ alignment_period: '300s', per_series_aligner: 'ALIGN_SUM', cross_series_reducer: 'REDUCE_SUM' }],
      trigger: { count: 1 },
    },
  };
}

/** Executions of a workflow that failed. */
export function failedExecutions(workflowId: string): FailureCondition {
  const conditions = [
    'metric.type="workflows.googleapis.com/finished_execution_count"',
    'resource.type="workflows.googleapis.com/Workflow"',
    `resource.labels.workflow_id="${workflowId}"`,
    'metric.labels.status="FAILED"',
  ];
  return { metric: conditions.join(' AND ') };
}
