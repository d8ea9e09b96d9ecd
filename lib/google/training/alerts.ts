import type { Construct } from 'constructs';
import { failedExecutions, failureAlert } from '../alert';
import type { FailureCondition } from '../alert';
import type { GoogleResource } from '../l1/google-resource';
import { missedRuns } from '../workflow-schedule';

/** Whose failures are told, and whom. */
export interface TrainingAlertsProps {
  readonly pipelineName: string;
  readonly project: string;
  readonly notificationChannels?: string[];
  /** Whether a schedule starts trainings. */
  readonly scheduled: boolean;
}

/** Alert policies of a training pipeline: on executions that failed, and on those that the schedule could not start. */
export function trainingAlerts(
  scope: Construct,
  props: TrainingAlertsProps,
): GoogleResource<'google_monitoring_alert_policy'>[] {
  const { pipelineName, project, notificationChannels: channels, scheduled } = props;
  const alert = (id: string, what: string, condition: FailureCondition) =>
    failureAlert(scope, id, {
      project,
      displayName: `${pipelineName}: ${what}`,
      documentation: `${what[0].toUpperCase()}${what.slice(1)}. Look at the executions of the workflow \`${pipelineName}\`.`,
      condition,
      channels,
    });
  const missed = { log: missedRuns(pipelineName) };
  return [
    alert('FailureAlarm', 'a training failed, or the gate refused its model', failedExecutions(pipelineName)),
    ...(scheduled ? [alert('MissedScheduleAlarm', 'a scheduled training could not be started', missed)] : []),
  ];
}
