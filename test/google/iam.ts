import type { PlacedBlock, TerraformDocument } from '../../lib/google/diff/terraform';
import { dataSourcesOf, resourcesOf } from '../../lib/google/diff/terraform';

/** One binding: who may do what on what. */
export interface Grant {
  /** Id of a service account, or the member as it stands. */
  readonly who: string;
  /** `roles/…`, or the id of a custom role. */
  readonly role: string;
  /** Of a custom role of the document. */
  readonly permissions: readonly string[];
  /** `project acme-ml`, `storage_bucket NAME`, … */
  readonly on: string;
  /** What the names of objects start with. */
  readonly prefix?: string;
}

/** The argument that names what a binding is on, by type. */
const ON: Readonly<Record<string, string>> = {
  google_bigquery_dataset_iam_member: 'dataset_id',
  google_bigquery_table_iam_member: 'table_id',
  google_kms_crypto_key_iam_member: 'crypto_key_id',
  google_project_iam_member: 'project',
  google_pubsub_topic_iam_member: 'topic',
  google_service_account_iam_member: 'service_account_id',
  google_storage_bucket_iam_member: 'bucket',
};

/** All bindings of a document. Types that are not known here are an error: nobody gets rights unseen. */
export function grantsOf(document: TerraformDocument): Grant[] {
  const bindings = resourcesOf(document).filter(({ type }) => /_iam_(member|binding|policy)$/.test(type));
  return bindings.map(({ type, block }) => {
    if (!ON[type]) throw new Error(`${type} is not known to test/google/iam.ts`);
    const role = settled(document, block.role);
    return {
      who: settled(document, block.member).replace(/^serviceAccount:([a-z0-9-]+)$/, '$1'),
      role,
      permissions: permissionsOf(document, role),
      on: `${type.slice('google_'.length, -'_iam_member'.length)} ${settled(document, block[ON[type]])}`,
      ...(block.condition && { prefix: prefixIn(settled(document, block.condition.expression)) }),
    };
  });
}

/** The bindings of one account as lines, sorted: `roles/storage.objectUser on storage_bucket acme-ml-churn-artifacts/training/churn/`. */
export function rightsOf(document: TerraformDocument, who: string): string[] {
  return grantsOf(document)
    .filter((grant) => grant.who === who)
    .map(({ role, on, prefix }) => `${role} on ${on}${prefix === undefined ? '' : `/${prefix}`}`)
    .sort();
}

/** The permissions of a custom role. */
export function permissionsOf(document: TerraformDocument, roleId: string): string[] {
  const roles = resourcesOf(document).filter(({ type }) => type === 'google_project_iam_custom_role');
  return roles.find(({ block }) => block.role_id === roleId)?.block.permissions ?? [];
}

/** The text with each reference as the name of what it refers to. */
export function settled(document: TerraformDocument, text: string): string {
  const placed = new Map([...resourcesOf(document), ...dataSourcesOf(document)].map((one) => [one.address, one]));
  return text.replace(/\$\{((?:data\.)?\w+\.[\w-]+)(?:\.\w+)?\}/g, (whole, address: string) => {
    const found = placed.get(address);
    return found ? nameOf(found) : whole;
  });
}

function nameOf({ address, type, block }: PlacedBlock): string {
  if (address.startsWith('data.')) return type;
  return block.role_id ?? block.account_id ?? block.table_id ?? block.dataset_id ?? block.name;
}

function prefixIn(expression: string): string {
  const object = String.raw`projects\/_\/buckets\/[^/]+\/objects\/(.*)`;
  const [listing, start, ...folders] = expression.split(' || ');
  const [, prefix] = new RegExp(String.raw`^resource\.name\.startsWith\("${object}"\)$`).exec(start) ?? [];
  const isFolder = new RegExp(String.raw`^resource\.name == "${object}"$`); // on the way, by its exact name
  const known =
    listing === 'resource.type != "storage.googleapis.com/Object"' && folders.every((f) => isFolder.test(f));
  if (prefix === undefined || !known) throw new Error(`a condition of another form: ${expression}`);
  return prefix;
}
