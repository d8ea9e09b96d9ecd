import type { Construct } from 'constructs';
import { failedExecutions, failureAlert } from '../alert';
import type { FailureCondition } from '../alert';
import type { GoogleResource } from '../l1/google-resource';
import { missedRuns } from '../workflow-schedule';

/** What is told, and whom. */
export interface DriftAlertsProps {
  readonly monitorName: string;
  /** Name of the monitor's workflow, and of its schedule. */
  readonly workflow: string;
  readonly project: string;
  readonly notificationChannels?: readonly string[];
}

/**
 * Alert policies of a monitor: on what it found, and on runs that failed or were not started. What it found is read in its log: a policy on
 * a metric of its own could not be made before the metric has points.
 */
export function driftAlerts(
  scope: Construct,
  { monitorName, workflow, project, notificationChannels: channels }: DriftAlertsProps,
): GoogleResource<'google_monitoring_alert_policy'>[] {
  const alert = (id: string, what: string, condition: FailureCondition, documentation: string) =>
    failureAlert(scope, id, { project, displayName: `${monitorName}: ${what}`, documentation, condition, channels });
  const look = `Look at the executions of the workflow \`${workflow}\`.`;
  return [
    alert(
      'ToldAlarm',
      'news of its monitor',
      told(workflow),
      '${log.extracted_label.reason}\n\n${log.extracted_label.report}',
    ),
    alert('FailureAlarm', 'its monitor failed', failedExecutions(workflow), `Drift was not analyzed. ${look}`),
    alert(
      'MissedScheduleAlarm',
      'its monitor could not be started',
      { log: missedRuns(workflow) },
      `Cloud Scheduler could not start the monitor. ${look}`,
    ),
  ];
}

/** Entries that the monitor writes for people: drift and poor quality that begin or end, retrainings, failures. */
function told(workflow: string): FailureCondition {
  return {
    log: [
      'resource.type="workflows.googleapis.com/Workflow"',
      `resource.labels.workflow_id="${workflow}"`,
      'jsonPayload.drift.event:*',
    ].join(' AND '),
    labels: { reason: 'EXTRACT(jsonPayload.drift.reason)', report: 'EXTRACT(jsonPayload.drift.report)' },
  };
}
