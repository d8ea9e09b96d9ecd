import type { ResourceChange } from '../../plan/change';
import type { ChangedValues } from './changed-values';
import { nameProperties } from './replacement';
import type { TemplateResource, Templates } from './template';
import { isMacro, references } from './template';

/**
 * Marks what is created under a physical name that another resource still has: CloudFormation creates before it deletes. That
 * is a name which moves to another logical id, or a replaced resource with a fixed name.
 */
export function markCollisions(
  changes: readonly ResourceChange[],
  before: Templates,
  after: Templates,
  values: ChangedValues,
): ResourceChange[] {
  const leaving = new Map<string, string>();
  for (const { stack, logicalId, kind } of changes) {
    const leaves = kind === 'removed' || kind === 'orphaned' || kind === 'replaced';
    const name = leaves && physicalName(stack, before[stack]?.Resources?.[logicalId]);
    if (name) leaving.set(name, `${stack}/${logicalId}`);
  }
  return changes.map((change) => {
    const created = change.kind === 'added' || change.kind === 'replaced';
    const resource = created ? after[change.stack]?.Resources?.[change.logicalId] : undefined;
    const name = resource && isSettled(change.stack, resource, values) && physicalName(change.stack, resource);
    const holder = name ? leaving.get(name) : undefined;
    return holder ? { ...change, collidesWith: holder } : change;
  });
}

/** The name of a resource as its template fixes it, comparable between templates; `undefined` where CloudFormation makes it. */
function physicalName(stack: string, resource: TemplateResource | undefined): string | undefined {
  const parts = resource && nameParts(resource);
  if (!parts) return undefined;
  // A reference means something else in another template.
  const local = references(parts).some(({ kind, name }) => kind !== 'export' && !name.startsWith('AWS::'));
  return JSON.stringify([resource.Type, local ? stack : '', parts]);
}

function nameParts(resource: TemplateResource): any[] | undefined {
  if (isMacro(resource)) return undefined;
  const parts = nameProperties(resource.Type).map((property) => resource.Properties?.[property]);
  return parts.length > 0 && parts.every((part) => part !== undefined) ? parts : undefined;
}

/** Whether a name stays the same in the deployment: one that is built from a replaced resource becomes another. */
function isSettled(stack: string, resource: TemplateResource, values: ChangedValues): boolean {
  return values.effectOf(stack, nameParts(resource) ?? []) === 'no';
}
