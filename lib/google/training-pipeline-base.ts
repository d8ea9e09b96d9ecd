import { Construct } from 'constructs';
import type { IConstruct } from 'constructs';
import { CustomRole } from './custom-role';
import type { GoogleResource } from './l1/google-resource';
import { customRoleId, nameElsewhere } from './resource-names';
import { START_PERMISSIONS } from './training/permissions';
import { JOB_NAME_LENGTH } from './workflows/training-workflow';

/** A training pipeline, created or existing. */
export interface ITrainingPipeline extends IConstruct {
  /** Name of the pipeline: the name of its workflow, and the label `pipeline` of its jobs. */
  readonly pipelineName: string;

  /** `projects/PROJECT/locations/REGION/workflows/NAME`: an execution of it trains once. */
  readonly workflowName: string;

  /** What the ids of its jobs start with; the id of the workflow's execution follows. */
  readonly jobIdPrefix: string;

  /**
   * Allows starting trainings. Workflows have no policy of their own: the member may start any workflow of the project, and
   * nothing else.
   * @param member for example `serviceAccount:a@b.iam.gserviceaccount.com`
   */
  grantStart(member: string): GoogleResource;
}

/** What created and imported pipelines share. */
export abstract class TrainingPipelineBase extends Construct implements ITrainingPipeline {
  public abstract readonly pipelineName: string;
  public abstract readonly workflowName: string;
  protected abstract readonly project: string;

  public get jobIdPrefix(): string {
    return `${this.pipelineName.slice(0, JOB_NAME_LENGTH)}-`;
  }

  public grantStart(member: string): GoogleResource {
    return this.startRole().grant(member);
  }

  /** The role of whoever starts trainings; of a pipeline that stands already, one beside those of its own stack. */
  protected startRole(): CustomRole {
    const existing = this.node.tryFindChild('StartRole') as CustomRole | undefined;
    return (
      existing ??
      new CustomRole(this, 'StartRole', {
        project: this.project,
        roleId: customRoleId(this, nameElsewhere(this, this.pipelineName), 'start'),
        title: `${this.pipelineName}: start trainings`,
        permissions: [...START_PERMISSIONS],
      })
    );
  }
}
