import type { ReplacementEffect, ServiceLimit } from '../../plan/change';
import type { ArgumentChange } from './argument-changes';
import { droppedColumns, schemaEffect } from './table-schema';
import type { TerraformBlock } from './terraform';

/**
 * What the provider's ForceNew marks do not tell: it decides in code, or leaves it to the API. Each with the reason. Reviewed by
 * hand; an argument's rule holds for all that is inside it.
 */
export const RULES: readonly Rule[] = [
  {
    type: 'google_bigquery_table',
    argument: 'schema',
    effect: schemaEffect,
    reason: 'resource_bigquery_table.go decides in CustomizeDiff which changes of columns happen in place',
  },
  {
    type: 'google_storage_bucket',
    argument: 'retention_policy',
    effect: (before, after) => (isLocked(before) && !isLocked(after) ? 'yes' : 'no'),
    reason: 'resource_storage_bucket.go replaces a bucket whose retention policy is no longer locked',
  },
  {
    type: 'google_vertex_ai_feature_group',
    argument: 'name',
    effect: () => 'yes',
    reason: 'the resource is addressed by its name, which an update cannot change',
  },
  {
    type: 'google_vertex_ai_feature_group',
    argument: 'big_query.big_query_source',
    effect: () => 'yes',
    reason: 'FeatureGroup.BigQuery.bigQuerySource is immutable; updates send the entity id columns alone',
  },
];

interface Rule {
  readonly type: string;
  /** Path of the argument. */
  readonly argument: string;
  /** What the change of the argument from one value to another does. */
  effect(before: any, after: any): ReplacementEffect;
  readonly reason: string;
}

/** What a change does to its resource. */
export function effectOf(
  type: string,
  change: ArgumentChange,
  before: TerraformBlock,
  after: TerraformBlock,
): ReplacementEffect {
  const rule = RULES.find((each) => each.type === type && isInside(change.path, each.argument));
  if (!rule) return change.replaces;
  const effect = rule.effect(valueAt(before, rule.argument), valueAt(after, rule.argument));
  return change.changes === 'maybe' && effect === 'yes' ? 'maybe' : effect;
}

/** Whether a path leads into an argument, or to a block that holds it and comes or goes as a whole. */
function isInside(path: readonly string[], argument: string): boolean {
  const steps = argument.split('.');
  return steps.slice(0, path.length).every((step, i) => path[i] === step);
}

/** The value at a path, through single blocks. */
function valueAt(block: any, argument: string): any {
  return argument.split('.').reduce((value, step) => [value].flat()[0]?.[step], block);
}

function isLocked(policy: any): boolean {
  return String([policy].flat()[0]?.is_locked) === 'true';
}

/** Text that the provider compares by what it means: JSON, or without regard to case. */
const COMPARED_BY_MEANING: Readonly<Record<string, (text: string) => string>> = {
  'google_bigquery_dataset.location': (text) => text.toLowerCase(),
  'google_bigquery_table.schema': canonicalJson,
  'google_monitoring_dashboard.dashboard_json': canonicalJson,
  'google_storage_bucket.location': (text) => text.toLowerCase(),
};

/** Whether a change of text is none to the provider. */
export function meansTheSame(type: string, { path, before, after }: ArgumentChange): boolean {
  const meaning = COMPARED_BY_MEANING[`${type}.${path.join('.')}`];
  if (!meaning || typeof before !== 'string' || typeof after !== 'string') return false;
  return meaning(before) === meaning(after);
}

function canonicalJson(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text), (_key, value: unknown) => (isPlain(value) ? sorted(value) : value));
  } catch {
    return text;
  }
}

function isPlain(value: unknown): value is object {
  return value !== null && typeof value === 'object' && !Array.isArray(value);
}

function sorted(value: object): object {
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}

const PARTITIONING = ['time_partitioning', 'range_partitioning'];
const STORAGE = ['bigtable', 'optimized'];

/** What the services reject, or lose, although the provider updates in place. */
export function serviceLimits(type: string, changes: readonly ArgumentChange[]): ServiceLimit[] {
  switch (type) {
    case 'google_bigquery_table':
      return [...partitioningLimits(changes), ...columnLimits(changes)];
    case 'google_vertex_ai_feature_online_store':
      return changes.some(({ path }) => path.length === 1 && STORAGE.includes(path[0])) ? [STORAGE_LIMIT] : [];
    default:
      return [];
  }
}

const STORAGE_LIMIT: ServiceLimit = {
  reason: 'changes between bigtable and optimized, which an online store cannot',
  wayOut: 'keep the storage, or add an online store with another name',
};

/** How long partitions are kept can change, and whether queries must name one; not how a table is partitioned. */
function partitioningLimits(changes: readonly ArgumentChange[]): ServiceLimit[] {
  return changes
    .filter(
      ({ path }) => PARTITIONING.includes(path[0]) && !['expiration_ms', 'require_partition_filter'].includes(path[1]),
    )
    .map(({ path }) => ({
      reason: `${path.join('.')} changes, and BigQuery cannot change how a table is partitioned`,
      wayOut: 'keep the partitioning, or add a table with another name',
    }));
}

function columnLimits(changes: readonly ArgumentChange[]): ServiceLimit[] {
  const schema = changes.find(({ path }) => path.join('.') === 'schema');
  return droppedColumns(schema?.before, schema?.after).map((column) => ({
    reason: `column '${column}' is dropped with its values`,
    wayOut: 'keep the column; columns can be added',
  }));
}
