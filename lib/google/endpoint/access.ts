import { Construct } from 'constructs';
import { ArtifactStore } from '../artifact-store';
import type { IArtifactStore } from '../artifact-store';
import { grantInProject } from '../iam-members';
import type { IServiceAccount } from '../service-account';
import { dataAccess } from '../training/data-access';
import { grantData } from '../training/data-grants';

/** What the containers of models may reach. */
export interface ModelAccessProps {
  readonly project: string;
  readonly artifacts: IArtifactStore;
  /** Account of the containers. */
  readonly account: IServiceAccount;
  /** What is predicted in batches, where the account is to be let in. */
  readonly input?: string;
  /** Where predictions go. */
  readonly output?: string;
}

/** Where training pipelines leave their models in the artifact bucket. */
const MODELS = 'training/';

/** Rights of models: they read themselves, what they are to predict, and write predictions and a log. */
export class ModelAccess extends Construct {
  constructor(scope: Construct, id: string, { project, artifacts, account, input, output }: ModelAccessProps) {
    super(scope, id);
    const { member } = account;
    artifacts.grantRead(member, MODELS, this);
    grantInProject(this, project, 'roles/logging.logWriter', member);
    grantData(this, member, [input]);
    for (const { bucket, prefix } of dataAccess([output]).folders) {
      const isOwn = bucket === artifacts.bucketName;
      const store = isOwn ? artifacts : ArtifactStore.fromBucketName(this, 'Predictions', bucket);
      store.grantWrite(member, prefix, this);
    }
  }
}
