import type { Construct } from 'constructs';
import { failedExecutions, failureAlert } from '../alert';
import type { FailureCondition } from '../alert';
import type { GoogleResource } from '../l1/google-resource';
import { missedRuns } from '../workflow-schedule';

/** Whose failures are told, and whom. */
export interface DeployerAlertsProps {
  readonly endpointName: string;
  readonly project: string;
  readonly notificationChannels?: readonly string[];
  /** Whether a schedule starts batch predictions. */
  readonly predicts: boolean;
}

/** Alert policies of a deployer: on what people are to hear of, on executions that failed, and on those that were not started. */
export function deployerAlerts(
  scope: Construct,
  props: DeployerAlertsProps,
): GoogleResource<'google_monitoring_alert_policy'>[] {
  const { endpointName, project, notificationChannels: channels, predicts } = props;
  const workflow = `${endpointName}-deployer`;
  const alert = (id: string, what: string, condition: FailureCondition, documentation: string) =>
    failureAlert(scope, id, { project, displayName: `${endpointName}: ${what}`, documentation, condition, channels });
  const look = `Look at the executions of the workflow \`${workflow}\`.`;
  const jobs = [workflow, ...(predicts ? [`${endpointName}-predictions`] : [])];
  return [
    alert('ToldAlarm', 'news of a deployment', told(workflow), '${log.extracted_label.message}'),
    alert('FailureAlarm', 'its deployer failed', failedExecutions(workflow), `The deployer could not go on. ${look}`),
    alert(
      'MissedScheduleAlarm',
      'its deployer could not be started',
      { log: jobs.map((job) => `(${missedRuns(job)})`).join(' OR ') },
      `Cloud Scheduler could not start the deployer. ${look}`,
    ),
  ];
}

/** Entries that the deployer writes for people: failures, verdicts, what was rolled back, what serves now. */
function told(workflow: string): FailureCondition {
  return {
    log: [
      'resource.type="workflows.googleapis.com/Workflow"',
      `resource.labels.workflow_id="${workflow}"`,
      'jsonPayload.deployment.what:*',
    ].join(' AND '),
    labels: { message: 'EXTRACT(jsonPayload.message)' },
  };
}
