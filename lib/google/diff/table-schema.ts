import type { ReplacementEffect } from '../../plan/change';

/** A column of a BigQuery table. */
interface Column {
  readonly name: string;
  readonly type: string;
  readonly mode?: string;
  /** Columns of a record. */
  readonly fields?: Column[];
}

/**
 * Whether new columns replace the table: what resource_bigquery_table.go decides. Columns can be added unless they are required,
 * top-level ones can be dropped where none is added, and a required column can become nullable.
 */
export function schemaEffect(before: any, after: any): ReplacementEffect {
  const [old, now] = [columnsOf(before), columnsOf(after)];
  if (!old || !now) return 'maybe';
  return isChangeable(old, now, true) ? 'no' : 'yes';
}

/** The top-level columns that go; none where the schemas cannot be read. */
export function droppedColumns(before: any, after: any): string[] {
  const [old, now] = [columnsOf(before) ?? [], columnsOf(after)];
  return now ? old.filter(({ name }) => !find(now, name)).map(({ name }) => name) : [];
}

function columnsOf(schema: any): Column[] | undefined {
  try {
    const columns = JSON.parse(schema);
    return Array.isArray(columns) ? columns : undefined;
  } catch {
    return undefined;
  }
}

function isChangeable(old: Column[], now: Column[], topLevel: boolean): boolean {
  const added = now.filter(({ name }) => !find(old, name));
  const dropped = old.filter(({ name }) => !find(now, name));
  if (added.some(({ mode }) => mode === 'REQUIRED')) return false;
  if (dropped.length > 0 && (!topLevel || added.length > 0)) return false;
  return old.every((column) => {
    const same = find(now, column.name);
    return !same || isColumnChangeable(column, same);
  });
}

function find(columns: Column[], wanted: string): Column | undefined {
  return columns.find(({ name }) => name === wanted);
}

function isColumnChangeable(old: Column, now: Column): boolean {
  const [oldMode, nowMode] = [modeOf(old), modeOf(now)];
  const modeChanges = oldMode !== nowMode && !(oldMode === 'REQUIRED' && nowMode === 'NULLABLE');
  if (modeChanges || typeOf(old) !== typeOf(now)) return false;
  return isChangeable(old.fields ?? [], now.fields ?? [], false);
}

function modeOf({ mode }: Column): string {
  return (mode ?? 'NULLABLE').toUpperCase();
}

const TYPE_NAMES: Readonly<Record<string, string>> = { INT64: 'INTEGER', FLOAT64: 'FLOAT', BOOL: 'BOOLEAN' };

function typeOf({ type }: Column): string {
  const name = type.toUpperCase();
  return TYPE_NAMES[name] ?? name;
}
