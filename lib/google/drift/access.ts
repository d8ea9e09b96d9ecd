import { Construct } from 'constructs';
import type { IArtifactStore } from '../artifact-store';
import type { BoundBaseline } from '../baseline';
import { grantInProject } from '../iam-members';
import { GoogleResource } from '../l1/google-resource';
import type { IMlopsDataset } from '../mlops-dataset';
import type { IServiceAccount } from '../service-account';
import { grantData } from '../training/data-grants';
import { pipelineFolder } from './names';
import type { DriftRoles } from './roles';
import type { DriftRetraining } from './settings';

/** What a monitor works with. */
export interface DriftAccessProps {
  readonly project: string;
  /** Folder of the monitor, with a slash at its end. */
  readonly folder: string;
  readonly artifacts: IArtifactStore;
  readonly dataset: IMlopsDataset;
  readonly account: IServiceAccount;
  readonly roles: DriftRoles;
  /** Folder of the deployer's record, with a slash at its end, where the endpoint has one. */
  readonly deployer?: string;
  readonly baseline: BoundBaseline;
  /** `gs://` or `bq://`: the data that the account comes to read. */
  readonly data: readonly (string | undefined)[];
  readonly retraining?: DriftRetraining;
  readonly topic: GoogleResource<'google_pubsub_topic'>;
}

/** What the program writes below the monitor's folder. Not its rules, which are the infrastructure's. */
const WRITTEN = ['record/', 'reports/', 'baselines/', 'pieces/', 'latest.'];

/** Rights of a monitor. */
export class DriftAccess extends Construct {
  constructor(
    scope: Construct,
    id: string,
    private readonly props: DriftAccessProps,
  ) {
    super(scope, id);
    const { project, account, dataset, roles, data } = props;
    const { member } = account;
    this.grantObjects(member);
    dataset.grantCall(member, this);
    this.grantTables(member);
    grantData(this, member, data);
    this.grantRetraining(member);
    this.grantPublish(member);
    grantInProject(this, project, 'roles/logging.logWriter', member);
    roles.monitor.grant(member);
  }

  private grantObjects(member: string): void {
    const { artifacts, folder, deployer, baseline } = this.props;
    artifacts.grantRead(member, folder, this);
    for (const start of WRITTEN) artifacts.grantWrite(member, folder + start, this);
    if (deployer !== undefined) artifacts.grantRead(member, deployer, this);
    baseline.grantRead(member, this);
  }

  private grantTables(member: string): void {
    const { project, dataset, roles } = this.props;
    const binding = { project, dataset_id: dataset.datasetId, role: roles.write.roleName, member };
    new GoogleResource(this, 'Tables', 'google_bigquery_dataset_iam_member', binding);
  }

  /** It looks at what the pipeline registered and read last, and starts it. */
  private grantRetraining(member: string): void {
    const { retraining, artifacts } = this.props;
    if (!retraining) return;
    const { pipeline, registry } = retraining;
    pipeline.grantStart(member);
    registry.grantRead(member, this);
    artifacts.grantRead(member, pipelineFolder(pipeline), this);
  }

  private grantPublish(member: string): void {
    const { project, topic } = this.props;
    const role = 'roles/pubsub.publisher';
    new GoogleResource(this, 'Publishes', 'google_pubsub_topic_iam_member', {
      project,
      topic: topic.attribute('name'),
      role,
      member,
    });
  }
}
