import type { Construct } from 'constructs';
import { SCHEDULE_TIME_ZONE } from './cron';
import type { CustomRole } from './custom-role';
import { GoogleResource } from './l1/google-resource';
import type { IServiceAccount } from './service-account';

/** What starts a workflow, and when. */
export interface WorkflowScheduleProps {
  /** Name of the job in Cloud Scheduler. */
  readonly name: string;
  readonly project: string;
  readonly region: string;
  readonly description: string;
  /** As Cloud Scheduler takes it (`schedulerCron`), in UTC. */
  readonly schedule: string;
  /** `projects/PROJECT/locations/REGION/workflows/NAME`. */
  readonly workflowName: string;
  /** What executions are started with, as JSON. */
  readonly argument: object;
  /** Account that starts them. */
  readonly account: IServiceAccount;
  /** Role that allows starting executions. */
  readonly startRole: CustomRole;
}

/** A request that is refused or gets lost is made again, for some minutes; the log of Cloud Scheduler has an error for each attempt. */
const RETRIES = { retry_count: 5, min_backoff_duration: '30s', max_backoff_duration: '600s', max_doublings: 5 };

/** Starts executions of a workflow by a schedule. */
export function workflowSchedule(
  scope: Construct,
  id: string,
  props: WorkflowScheduleProps,
): GoogleResource<'google_cloud_scheduler_job'> {
  const { name, project, region, description, schedule, workflowName, argument, account, startRole } = props;
  const body = JSON.stringify({ argument: JSON.stringify(argument) });
  return new GoogleResource(
    scope,
    id,
    'google_cloud_scheduler_job',
    {
      name,
      project,
      region,
      description,
      schedule,
      time_zone: SCHEDULE_TIME_ZONE,
      attempt_deadline: '180s',
      retry_config: RETRIES,
      http_target: {
        http_method: 'POST',
        uri: `https://workflowexecutions.googleapis.com/v1/${workflowName}/executions`,
        headers: { 'Content-Type': 'application/json' },
        body: Buffer.from(body).toString('base64'),
        oauth_token: { service_account_email: account.email },
      },
    },
    { dependsOn: [startRole.grant(account.member)] },
  );
}

/** Filter of Cloud Logging for attempts of Cloud Scheduler that failed: the next one may succeed. */
export function missedRuns(name: string): string {
  return `resource.type="cloud_scheduler_job" AND resource.labels.job_id="${name}" AND severity>=ERROR`;
}
