import { Construct } from 'constructs';
import { CustomRole } from '../custom-role';
import { customRoleId } from '../resource-names';

/**
 * What the deployer may do in its project: exactly the API calls of its program. Long-running operations are read with the right on what
 * they work on; there is no permission of its own for that.
 */
const DEPLOY = [
  'aiplatform.endpoints.deploy',
  'aiplatform.endpoints.get',
  'aiplatform.endpoints.undeploy',
  'aiplatform.endpoints.update',
  'aiplatform.models.delete', // those that it uploaded
  'aiplatform.models.get',
  'aiplatform.models.list',
  'aiplatform.models.update', // the alias `champion`
  'aiplatform.models.upload',
  'aiplatform.operations.list',
  'bigquery.jobs.create', // the query that asks the program
  'monitoring.timeSeries.list',
  'workflows.executions.get', // whether the holder of a lease is at work
];

const PREDICT = [
  'aiplatform.batchPredictionJobs.cancel',
  'aiplatform.batchPredictionJobs.create',
  'aiplatform.batchPredictionJobs.get',
];

/** The schedule and events. */
const START = ['workflows.executions.create'];

/** A person with the command line, which reads the deployer's settings, looks versions up, and waits for the end of what it started. */
const OPERATE = [
  'aiplatform.models.get',
  'workflows.executions.create',
  'workflows.executions.get',
  'workflows.workflows.get',
];

/** What the roles are named by, and what they allow. */
export interface DeployerRolesProps {
  readonly endpointName: string;
  readonly project: string;
  /** Whether it predicts in batches. */
  readonly batch: boolean;
}

/** The custom roles of a deployer. */
export class DeployerRoles extends Construct {
  /** For the deployer's own account. */
  public readonly deploy: CustomRole;

  /** For what starts it. */
  public readonly start: CustomRole;

  /** For people. */
  public readonly operate: CustomRole;

  constructor(
    scope: Construct,
    id: string,
    private readonly props: DeployerRolesProps,
  ) {
    super(scope, id);
    this.deploy = this.role('deployer', 'its deployer', [...DEPLOY, ...(props.batch ? PREDICT : [])]);
    this.start = this.role('deploy-start', 'start its deployer', START);
    this.operate = this.role('operate', 'deploy and roll back', OPERATE);
  }

  private role(name: string, title: string, permissions: string[]): CustomRole {
    const { endpointName, project } = this.props;
    const roleId = customRoleId(this, endpointName, name.replaceAll('-', '_'));
    return new CustomRole(this, name, { project, roleId, title: `${endpointName}: ${title}`, permissions });
  }
}
