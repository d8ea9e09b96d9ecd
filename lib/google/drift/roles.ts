import { Construct } from 'constructs';
import { CustomRole } from '../custom-role';
import { customRoleId } from '../resource-names';

/** What the monitor may do in its project: exactly the API calls of its program. */
const MONITOR = [
  'aiplatform.pipelineJobs.get', // what a version was trained on
  'bigquery.jobs.create',
  'monitoring.metricDescriptors.create', // of its metrics, when the first point is written
  'monitoring.timeSeries.create',
  'workflows.executions.get', // whether the holder of a lease, or a training, is at work
  'workflows.executions.list', // trainings in flight
];

/** People, with the monitor's tables. */
const READ = ['bigquery.tables.get', 'bigquery.tables.getData'];

/** The monitor, with the tables of its dataset: Vertex AI's log, from which it deletes what it has copied, comes into being later. */
const WRITE = [...READ, 'bigquery.tables.updateData'];

/** The schedule. */
const START = ['workflows.executions.create'];

/** A person with the command line, which reads the monitor's settings and waits for the end of what it started. */
const OPERATE = ['workflows.executions.create', 'workflows.executions.get', 'workflows.workflows.get'];

/** What the roles are named by. */
export interface DriftRolesProps {
  readonly monitorName: string;
  readonly project: string;
}

/**
 * The custom roles of a monitor. They allow nothing until they are granted, and stand even where nothing is watched: the id of a
 * deleted role can be used again at once, or after up to 37 days, so that a role that goes with a level could not come back with it in between.
 */
export class DriftRoles extends Construct {
  /** For the monitor's own account. */
  public readonly monitor: CustomRole;

  /** For people who read its tables. */
  public readonly read: CustomRole;

  /** For the monitor's account, on the dataset. */
  public readonly write: CustomRole;

  /** For what starts it. */
  public readonly start: CustomRole;

  /** For people. */
  public readonly operate: CustomRole;

  constructor(
    scope: Construct,
    id: string,
    private readonly props: DriftRolesProps,
  ) {
    super(scope, id);
    this.monitor = this.role('monitor', 'its drift monitor', MONITOR);
    this.read = this.role('monitor-read', 'read its monitoring tables', READ);
    this.write = this.role('monitor-write', 'write its monitoring tables', WRITE);
    this.start = this.role('monitor-start', 'start its drift monitor', START);
    this.operate = this.role('monitor-operate', 'look for drift and retrain', OPERATE);
  }

  private role(name: string, title: string, permissions: string[]): CustomRole {
    const { monitorName, project } = this.props;
    const roleId = customRoleId(this, monitorName, name.replaceAll('-', '_'));
    return new CustomRole(this, name, { project, roleId, title: `${monitorName}: ${title}`, permissions });
  }
}
