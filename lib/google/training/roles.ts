import { Construct } from 'constructs';
import { CustomRole } from '../custom-role';
import { customRoleId } from '../resource-names';
import { JOB_PERMISSIONS, START_PERMISSIONS, TABLE_JOB_PERMISSIONS, WORKFLOW_PERMISSIONS } from './permissions';

/** What the roles are named by, and what they allow. */
export interface TrainingRolesProps {
  readonly pipelineName: string;
  readonly project: string;
  /** Whether jobs export tables of BigQuery. */
  readonly readsTables: boolean;
}

/**
 * The custom roles of a training pipeline. They allow nothing until they are granted, and stand even where there is no training:
 * the id of a deleted role can be used again at once, or after up to 37 days, so that a role that goes with a level or a schedule could
 * not come back with it in between.
 */
export class TrainingRoles extends Construct {
  /** For the account of the jobs. */
  public readonly jobs: CustomRole;

  /** For the account of the workflow. */
  public readonly workflow: CustomRole;

  /** For whoever starts trainings. */
  public readonly start: CustomRole;

  constructor(
    scope: Construct,
    id: string,
    private readonly props: TrainingRolesProps,
  ) {
    super(scope, id);
    const tables = props.readsTables ? TABLE_JOB_PERMISSIONS : [];
    this.jobs = this.role('jobs', 'jobs of its training', [...JOB_PERMISSIONS, ...tables]);
    this.workflow = this.role('workflow', 'workflow of its training', WORKFLOW_PERMISSIONS);
    this.start = this.role('start', 'start trainings', START_PERMISSIONS);
  }

  private role(name: string, title: string, permissions: readonly string[]): CustomRole {
    const { pipelineName, project } = this.props;
    const roleId = customRoleId(this, pipelineName, name);
    return new CustomRole(this, name, {
      project,
      roleId,
      title: `${pipelineName}: ${title}`,
      permissions: [...permissions],
    });
  }
}
