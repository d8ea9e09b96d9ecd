import { createHash } from 'node:crypto';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { Construct } from 'constructs';
import type { IConstruct } from 'constructs';
import { packageRoot } from '../config/package-root';
import type { IArtifactStore } from './artifact-store';
import { CustomRole } from './custom-role';
import type { IEncryptionKey } from './encryption-key';
import { AssetType, TerraformAsset } from './engine';
import { locationOf } from './google-location';
import type { GoogleLocation } from './google-location';
import { homeOf, once } from './iam-members';
import { GoogleResource } from './l1/google-resource';
import { isRetained, protection } from './removal-policy';
import type { RemovalPolicy } from './removal-policy';
import { claimName, customRoleId, stableId, underscored } from './resource-names';

/** A dataset with what deployers and monitors keep, and with the programs that decide for them. */
export interface IMlopsDataset extends IConstruct {
  /** Project of the dataset. */
  readonly project: string;

  /** Id of the dataset. */
  readonly datasetId: string;

  /** Full name of the routine that runs the programs of workflows, `project.dataset.program`. */
  readonly programName: string;

  /**
   * Allows calling the routines: reading their definitions and the library that they import. A query needs `bigquery.jobs.create` in
   * the project, too.
   * @param member for example `serviceAccount:a@b.iam.gserviceaccount.com`
   * @param user whoever calls them, when it stands in another stack: the grants then stand there. Default: they stand here
   */
  grantCall(member: string, user?: Construct): GoogleResource[];
}

/** Properties of the dataset. */
export interface MlopsDatasetProps extends GoogleLocation {
  /** What the dataset is named by, with `mlops`: usually the name of the model. It cannot be changed later. */
  readonly name: string;

  /** Bucket of the library, below `programs/`. */
  readonly artifacts: IArtifactStore;

  /** Key of the tables. */
  readonly encryptionKey: IEncryptionKey;

  /**
   * What happens to the dataset and its tables when they leave the stack.
   * @default 'retain'
   */
  readonly removalPolicy?: RemovalPolicy;
}

/** A function of the library as a routine. Its arguments and its result are text. */
export interface LibraryFunction {
  /** Id of the routine. */
  readonly routineId: string;
  /** Name of the function in the library. */
  readonly function: string;
  /** Names of the arguments. */
  readonly arguments: readonly string[];
}

/** The library, written when this package is built. */
const LIBRARY = 'dist/runtime/google/program.js';

const FOLDER = 'programs/';
const MAX_DATASET_ID = 1024;
const TEXT = JSON.stringify({ typeKind: 'STRING' });

/**
 * The BigQuery dataset of a model: logged requests and what a monitor makes of them, and routines. What deployers and monitors decide
 * is decided by TypeScript that runs as JavaScript routines of BigQuery; their library lies in the artifact bucket under the hash of
 * its content, and is never taken away: a deployment that fails half-way leaves routines that still find theirs.
 */
export class MlopsDataset extends Construct implements IMlopsDataset {
  public readonly project: string;
  public readonly datasetId: string;
  public readonly programName: string;

  /** The dataset. */
  public readonly dataset: GoogleResource<'google_bigquery_dataset'>;

  private readonly libraryUri: string;
  private readonly role: CustomRole;

  public constructor(
    scope: Construct,
    id: string,
    private readonly props: MlopsDatasetProps,
  ) {
    super(scope, id);
    this.project = props.project;
    this.dataset = this.createDataset();
    this.datasetId = this.dataset.attribute('dataset_id');
    this.libraryUri = this.uploadLibrary();
    const program = this.addRoutine({ routineId: 'program', function: 'program', arguments: ['input'] });
    this.programName = `${this.project}.${this.datasetId}.${program.attribute('routine_id')}`;
    this.role = new CustomRole(this, 'Role', {
      project: this.project,
      roleId: customRoleId(this, props.name, 'programs'),
      title: `${props.name}: call the programs of deployer and monitor`.slice(0, 100),
      permissions: ['bigquery.routines.get'],
    });
  }

  /** A function of the library as a routine of this dataset; made once. */
  public addRoutine({ routineId, ...of }: LibraryFunction): GoogleResource<'google_bigquery_routine'> {
    const create = (parent: Construct) =>
      new GoogleResource(parent, routineId, 'google_bigquery_routine', {
        project: this.project,
        dataset_id: this.datasetId,
        routine_id: routineId,
        routine_type: 'SCALAR_FUNCTION',
        language: 'JAVASCRIPT',
        determinism_level: 'DETERMINISTIC',
        arguments: of.arguments.map((name) => ({ name, data_type: TEXT })),
        return_type: TEXT,
        imported_libraries: [this.libraryUri],
        definition_body: `return cdkMlops.${of.function}(${of.arguments.join(', ')});`,
      });
    return once(this, 'Routines', routineId, create) as GoogleResource<'google_bigquery_routine'>;
  }

  public grantCall(member: string, user?: Construct): GoogleResource[] {
    const id = stableId(this, member);
    const onDataset = once(homeOf(this, user), 'Callers', id, (parent) => {
      const binding = { project: this.project, dataset_id: this.datasetId, role: this.role.roleName, member };
      return new GoogleResource(parent, id, 'google_bigquery_dataset_iam_member', binding);
    });
    return [onDataset, this.props.artifacts.grantRead(member, FOLDER, user ?? this)];
  }

  private createDataset(): GoogleResource<'google_bigquery_dataset'> {
    const { project, region, name, encryptionKey, removalPolicy } = this.props;
    const datasetId = underscored(this, 'name', `${name}-mlops`, MAX_DATASET_ID);
    claimName(this, 'datasetId', datasetId);
    return new GoogleResource(
      this,
      'Dataset',
      'google_bigquery_dataset',
      {
        project,
        location: region,
        dataset_id: datasetId,
        description: `Logged requests of ${name}, and the programs that look after it`,
        default_encryption_configuration: { kms_key_name: encryptionKey.keyName },
        delete_contents_on_destroy: !isRetained(removalPolicy),
      },
      { ...protection(removalPolicy), dependsOn: encryptionKey.allow(locationOf(this.props), 'bigQuery') },
    );
  }

  /** Answers its `gs://` address. */
  private uploadLibrary(): string {
    const file = path.join(packageRoot(), LIBRARY);
    const assetHash = createHash('sha256').update(fs.readFileSync(file)).digest('hex');
    const asset = new TerraformAsset(this, 'LibraryFile', { path: file, type: AssetType.FILE, assetHash });
    const object = new GoogleResource(this, 'Library', 'google_storage_bucket_object', {
      bucket: this.props.artifacts.bucketName,
      name: `${FOLDER}${assetHash}.js`,
      source: asset.path,
      content_type: 'text/javascript',
      deletion_policy: 'ABANDON',
    });
    return `gs://${this.props.artifacts.bucketName}/${object.attribute('name')}`;
  }
}
