import { Construct } from 'constructs';
import type { IArtifactStore } from '../artifact-store';
import { grantInProject } from '../iam-members';
import type { GoogleResource } from '../l1/google-resource';
import type { IMlopsDataset } from '../mlops-dataset';
import type { IServiceAccount } from '../service-account';
import type { DeployerRoles } from './roles';

/** What a deployer works with. */
export interface DeployerAccessProps {
  readonly project: string;
  /** Folder of policy and record, with a slash at its end. */
  readonly folder: string;
  /** Folder of baselines, with a slash at its end, where versions need one. */
  readonly baselines?: string;
  readonly artifacts: IArtifactStore;
  readonly dataset: IMlopsDataset;
  /** Account of the deployer. */
  readonly account: IServiceAccount;
  /** Account of the models' containers, which it starts them with. */
  readonly modelAccount: IServiceAccount;
  readonly roles: DeployerRoles;
}

/** Where the deployer keeps its record, below its folder. It cannot write the policy, which is the infrastructure's. */
const RECORD = 'record/';

/** Rights of a deployer. */
export class DeployerAccess extends Construct {
  /** All of them: while models are taken away they must stay. */
  public readonly grants: readonly GoogleResource[];

  constructor(scope: Construct, id: string, props: DeployerAccessProps) {
    super(scope, id);
    const { project, folder, baselines, artifacts, dataset, account, modelAccount, roles } = props;
    const { member } = account;
    this.grants = [
      artifacts.grantRead(member, folder, this),
      artifacts.grantWrite(member, `${folder}${RECORD}`, this),
      ...(baselines === undefined ? [] : [artifacts.grantRead(member, baselines, this)]),
      ...dataset.grantCall(member, this),
      modelAccount.grantUse(member, this),
      grantInProject(this, project, 'roles/logging.logWriter', member),
      roles.deploy.grant(member),
    ];
  }
}
