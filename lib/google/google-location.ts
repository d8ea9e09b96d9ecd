import type { Construct } from 'constructs';
import { TerraformStack } from './engine';
import { GoogleDataSource } from './l1/google-resource';
import { stableId } from './resource-names';

/** Where resources stand. */
export interface GoogleLocation {
  /** Project id. */
  readonly project: string;

  /** Region, for example `europe-west4`. */
  readonly region: string;

  /**
   * Number of the project; service agents, the accounts of Google's own services, are named by it.
   * @default - looked up by Terraform (`data.google_project`)
   */
  readonly projectNumber?: string;
}

/** The location in a larger set of properties, for what is made inside. */
export function locationOf({ project, region, projectNumber }: GoogleLocation): GoogleLocation {
  return { project, region, projectNumber };
}

/** The number of the project, looked up once per stack when it was not given. */
export function projectNumberOf(scope: Construct, { project, projectNumber }: GoogleLocation): string {
  if (projectNumber !== undefined) return projectNumber;
  const source = dataSource(scope, `Project-${stableId(scope, project)}`, 'google_project', { project_id: project });
  return source.attribute('number');
}

/** The account with which Cloud Storage works in the project; reading it creates it. */
export function storageServiceAgent(scope: Construct, { project }: GoogleLocation): string {
  const id = `StorageServiceAgent-${stableId(scope, project)}`;
  return dataSource(scope, id, 'google_storage_project_service_account', { project }).attribute('member');
}

/** A data source of the stack: what several constructs look up is looked up once. */
function dataSource(
  scope: Construct,
  id: string,
  type: ConstructorParameters<typeof GoogleDataSource>[2],
  query: { readonly project?: string; readonly project_id?: string },
): GoogleDataSource {
  const stack = TerraformStack.of(scope);
  const existing = stack.node.tryFindChild(id) as GoogleDataSource | undefined;
  return existing ?? new GoogleDataSource(stack, id, type, query);
}

/** Where resources of a location stand, `projects/PROJECT/locations/REGION`. */
export function placeOf({ project, region }: GoogleLocation): string {
  return `projects/${project}/locations/${region}`;
}

/** Where a model stands, by its full name. */
export function placeOfModel(modelName: string): string {
  return modelName.slice(0, modelName.indexOf('/models/'));
}
