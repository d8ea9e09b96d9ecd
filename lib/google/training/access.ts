import { Construct } from 'constructs';
import type { IArtifactStore } from '../artifact-store';
import { grantInProject } from '../iam-members';
import type { IModelRegistry } from '../model-registry';
import type { IServiceAccount } from '../service-account';
import { grantData } from './data-grants';
import type { DataLocations } from './resources';
import type { TrainingRoles } from './roles';

/** What the accounts of a training pipeline work with. */
export interface TrainingAccess {
  readonly project: string;
  /** Prefix of everything that the pipeline keeps, with a slash at its end. */
  readonly prefix: string;
  readonly artifacts: IArtifactStore;
  readonly registry: IModelRegistry;
  readonly roles: TrainingRoles;
}

/** What jobs write below the pipeline's prefix. Not what runs them: a job cannot change the definition or the scripts of the next. */
const WRITTEN = ['executions/', 'data/', 'checkpoints/'];

/** Rights of the jobs: they read the data, keep what they make below the pipeline's prefix, and register versions; they approve none. */
export class JobAccess extends Construct {
  constructor(
    scope: Construct,
    id: string,
    props: TrainingAccess & {
      readonly account: IServiceAccount;
      /** The data that they come to read; absent when its owner lets them. */
      readonly data?: DataLocations;
    },
  ) {
    super(scope, id);
    const { account, artifacts, data, prefix, project, registry, roles } = props;
    const { member } = account;
    grantData(this, member, [data?.training, data?.validation, data?.test]);
    artifacts.grantRead(member, prefix, this);
    for (const folder of WRITTEN) artifacts.grantWrite(member, prefix + folder, this);
    registry.grantRegister(member, this);
    account.grantUse(member, this); // a step with a machine of its own starts its job as the same account
    grantInProject(this, project, 'roles/logging.logWriter', member);
    roles.jobs.grant(member);
  }
}

/** Rights of the workflow: it reads the definition, starts and watches jobs, and approves only where that is automatic. */
export class WorkflowAccess extends Construct {
  constructor(
    scope: Construct,
    id: string,
    props: TrainingAccess & {
      readonly account: IServiceAccount;
      readonly jobAccount: IServiceAccount;
      readonly approves: boolean;
    },
  ) {
    super(scope, id);
    const { account, approves, artifacts, jobAccount, prefix, project, registry, roles } = props;
    const { member } = account;
    artifacts.grantRead(member, `${prefix}pipeline/`, this);
    jobAccount.grantUse(member, this);
    grantInProject(this, project, 'roles/logging.logWriter', member);
    roles.workflow.grant(member);
    registry.grantRead(member, this); // it answers with the version that the job registered
    if (approves) registry.grantApprove(member, this);
  }
}
