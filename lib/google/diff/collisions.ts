import type { ResourceChange } from '../../plan/change';
import type { Reference } from './expressions';
import { isExpression, references } from './expressions';
import type { TerraformBlock, TerraformDocument, TerraformStacks } from './terraform';

/** The arguments that name a resource in its project or parent. Types that are not here name themselves. */
export const NAME_ARGUMENTS: Readonly<Record<string, readonly string[]>> = {
  google_bigquery_dataset: ['project', 'dataset_id'],
  google_bigquery_routine: ['project', 'dataset_id', 'routine_id'],
  google_bigquery_table: ['project', 'dataset_id', 'table_id'],
  google_cloud_scheduler_job: ['project', 'region', 'name'],
  google_eventarc_trigger: ['project', 'location', 'name'],
  google_kms_crypto_key: ['key_ring', 'name'],
  google_kms_key_ring: ['project', 'location', 'name'],
  google_logging_project_sink: ['project', 'name'],
  google_project_iam_custom_role: ['project', 'role_id'],
  google_pubsub_subscription: ['project', 'name'],
  google_pubsub_topic: ['project', 'name'],
  google_service_account: ['project', 'account_id'],
  google_storage_bucket: ['name'],
  google_storage_bucket_object: ['bucket', 'name'],
  google_vertex_ai_endpoint: ['project', 'location', 'name'],
  google_vertex_ai_feature_group: ['project', 'region', 'name'],
  google_vertex_ai_feature_group_feature: ['project', 'region', 'feature_group', 'name'],
  google_vertex_ai_feature_online_store: ['project', 'region', 'name'],
  google_vertex_ai_feature_online_store_featureview: ['project', 'region', 'feature_online_store', 'name'],
  google_workflows_workflow: ['project', 'region', 'name'],
};

/** Types whose names are taken for ever: the API deletes none of them. */
const NAMED_FOR_EVER = ['google_kms_crypto_key', 'google_kms_key_ring'];

/**
 * Marks what is created under a name that another resource still has, or may have: Terraform deletes and creates what has
 * different addresses in no order. That is a name which moves to another address without `moved`, a replaced resource that is
 * created before its predecessor goes, and a key that is replaced under its own name.
 */
export function markCollisions(
  changes: readonly ResourceChange[],
  before: TerraformStacks,
  after: TerraformStacks,
): ResourceChange[] {
  const leaving = new Map<string, string>();
  for (const { stack, logicalId, type, kind } of changes) {
    // An object that is left behind is overwritten.
    const stays = kind === 'orphaned' && type === 'google_storage_bucket_object';
    const leaves = ['removed', 'orphaned', 'replaced'].includes(kind) && !stays;
    const name = leaves && nameOf(before[stack], type, logicalId);
    if (name) leaving.set(name, `${stack}/${logicalId}`);
  }
  return changes.map((change) => {
    const created = change.kind === 'added' || change.kind === 'replaced';
    const name = created ? nameOf(after[change.stack], change.type, change.logicalId) : undefined;
    const holder = name ? leaving.get(name) : undefined;
    const itself = holder === `${change.stack}/${change.logicalId}`;
    return holder && (!itself || overlaps(change, after)) ? { ...change, collidesWith: holder } : change;
  });
}

/** Whether the new resource is created while the old one's name is taken. */
function overlaps({ stack, type, logicalId }: ResourceChange, after: TerraformStacks): boolean {
  const lifecycle = blockAt(after[stack], logicalId)?.lifecycle;
  return NAMED_FOR_EVER.includes(type) || lifecycle?.create_before_destroy === true;
}

function nameOf(document: TerraformDocument | undefined, type: string, address: string): string | undefined {
  const block = blockAt(document, address);
  const names = NAME_ARGUMENTS[type];
  if (!block || !document || !names || names.some((name) => name !== 'project' && block[name] === undefined)) {
    return undefined;
  }
  return JSON.stringify([type, ...names.map((name) => settled(document, block[name]))]);
}

/** What an argument comes to: references to arguments of the document are followed, so that moved addresses name the same. */
function settled(document: TerraformDocument, value: any, depth = 0): any {
  const [first]: Array<Reference | undefined> = isExpression(value) ? references(value) : [];
  if (!first || depth > 10 || !isPlainReference(value)) return value;
  const block = blockAt(document, first.address);
  const known = block && first.attribute && block[first.attribute];
  if (known !== undefined) return settled(document, known, depth + 1);
  return block ? (nameOf(document, first.address.split('.')[0], first.address) ?? value) : value;
}

/** Whether an expression is a reference and nothing else. */
function isPlainReference(value: string): boolean {
  return /^\$\{[\w.-]+\}$/.test(value);
}

function blockAt(document: TerraformDocument | undefined, address: string): TerraformBlock | undefined {
  const [type, name] = address.split('.');
  return document?.resource?.[type]?.[name];
}
