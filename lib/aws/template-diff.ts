import type { ChangeCause, ChangeKind, ReplacementEffect, ResourceChange, ServiceLimit } from '../plan/change';
import { strongest, weakest } from '../plan/change';
import { ChangedValues } from './diff/changed-values';
import { markCollisions } from './diff/collisions';
import { excerpt, isContainer, propertyDifferences } from './diff/property-changes';
import type { PropertyDifference } from './diff/property-changes';
import { replacementEffect } from './diff/replacement';
import { UNREADABLE_MACRO, serviceLimits } from './diff/service-limits';
import { stateOf } from './diff/stateful';
import { isMacro, references, sameValue } from './diff/template';
import type { TemplateResource, Templates } from './diff/template';

export type { ChangeCause, ChangeKind, Refusal, ResourceChange } from '../plan/change';
export { refusals } from './diff/refusals';

/**
 * What deploying `after` over `before` does to every resource that does not stay as it is, sorted by stack and construct path.
 *
 * A replacement is carried on: what refers to a replaced resource in a property that cannot change is replaced too, through
 * outputs and the parameters of nested stacks.
 */
export function diffTemplates(before: Templates, after: Templates): ResourceChange[] {
  const values = new ChangedValues(before, after);
  let changes: ResourceChange[];
  let news: boolean;
  do {
    changes = classifyAll(before, after, values);
    const replaced = changes.map((change) => values.resource(change.stack, change.logicalId, REPLACES[change.kind]));
    news = values.propagate() || replaced.includes(true);
  } while (news);
  return markCollisions(changes, before, after, values).sort(byPlace);
}

const REPLACES: Readonly<Record<ChangeKind, ReplacementEffect>> = {
  added: 'no',
  updated: 'no',
  replaced: 'yes',
  mayBeReplaced: 'maybe',
  removed: 'no',
  orphaned: 'no',
};

function byPlace(a: ResourceChange, b: ResourceChange): number {
  const place = (c: ResourceChange) => `${c.stack}\n${c.constructPath ?? ''}\n${c.logicalId}`;
  return place(a) < place(b) ? -1 : 1;
}

function classifyAll(before: Templates, after: Templates, values: ChangedValues): ResourceChange[] {
  const stacks = [...new Set([...Object.keys(before), ...Object.keys(after)])];
  return stacks.flatMap((stack) => {
    const [old, now] = [before[stack]?.Resources ?? {}, after[stack]?.Resources ?? {}];
    const ids = [...new Set([...Object.keys(old), ...Object.keys(now)])];
    return ids.flatMap((id) => classify({ stack, logicalId: id }, old[id], now[id], values) ?? []);
  });
}

type Place = Pick<ResourceChange, 'stack' | 'logicalId'>;

function classify(
  place: Place,
  before: TemplateResource | undefined,
  after: TemplateResource | undefined,
  values: ChangedValues,
): ResourceChange | undefined {
  if ([before, after].some((side) => side && isMacro(side))) return classifyMacro(place, before, after, values);
  if (before && after) return classifyUpdate(place, before, after, values);
  if (after) return change(place, after, 'added');
  return before && change(place, before, isRetained(before) ? 'orphaned' : 'removed');
}

/** A macro becomes resources only in the deployment: what changes among them is not known. */
function classifyMacro(
  place: Place,
  before: TemplateResource | undefined,
  after: TemplateResource | undefined,
  values: ChangedValues,
): ResourceChange | undefined {
  const same = sameValue(before, after) && values.effectOf(place.stack, after) === 'no';
  if (same) return undefined;
  const kind = !before ? 'added' : !after ? 'removed' : 'mayBeReplaced';
  // The function's name: `Fn::ForEach` of `Fn::ForEach::Buckets`.
  const type = place.logicalId.split('::', 2).join('::');
  return change(place, { Type: type }, kind, [], [UNREADABLE_MACRO]);
}

function classifyUpdate(
  place: Place,
  before: TemplateResource,
  after: TemplateResource,
  values: ChangedValues,
): ResourceChange | undefined {
  if (before.Type !== after.Type) {
    const cause: ChangeCause = { path: 'Type', before: before.Type, after: after.Type, replaces: 'yes' };
    return change(place, before, 'replaced', [cause], serviceLimits(before, after, []));
  }
  const differences = propertyDifferences(before.Properties ?? {}, after.Properties ?? {});
  const causes = [
    ...differences.map((difference) => textualCause(after.Type, difference)),
    ...indirectCauses(place.stack, after, values, differences),
    ...attributeCauses(place.stack, before, after, values),
  ];
  if (causes.length === 0) return undefined;
  const kind = KINDS[strongest(causes.map((cause) => cause.replaces))];
  return change(place, after, kind, causes, serviceLimits(before, after, differences));
}

const KINDS: Readonly<Record<ReplacementEffect, ChangeKind>> = {
  no: 'updated',
  maybe: 'mayBeReplaced',
  yes: 'replaced',
};

function change(
  place: Place,
  resource: TemplateResource,
  kind: ChangeKind,
  causes: ChangeCause[] = [],
  limits: ServiceLimit[] = [],
): ResourceChange {
  const order = { yes: 0, maybe: 1, no: 2 };
  return {
    ...place,
    type: resource.Type,
    constructPath: resource.Metadata?.['aws:cdk:path'],
    kind,
    stateful: stateOf(resource.Type) !== undefined,
    causes: causes.sort((a, b) => order[a.replaces] - order[b.replaces]),
    limits,
  };
}

function isRetained(resource: TemplateResource): boolean {
  return ['Retain', 'RetainExceptOnCreate'].includes(resource.DeletionPolicy);
}

/** A property that reads differently. */
function textualCause(type: string, { path, before, after }: PropertyDifference): ChangeCause {
  const effects = [before, after].map((value) => replacementEffect(type, path, value));
  return {
    path: path.join('.'),
    before: excerpt(before, after),
    after: excerpt(after, before),
    replaces: strongest(effects),
  };
}

/** Properties that read the same and refer to something whose value changes. */
function indirectCauses(
  stack: string,
  after: TemplateResource,
  values: ChangedValues,
  differences: readonly PropertyDifference[],
): ChangeCause[] {
  const reported = new Set(differences.map(({ path }) => path.join('.')));
  return leaves(after.Properties ?? {}).flatMap(({ path, value }) => {
    const changed = values.effectOfReferences(stack, references(value));
    if (changed === 'no' || reported.has(path.join('.'))) return [];
    const immutable = replacementEffect(after.Type, path, value);
    const text = excerpt(value);
    return [{ path: path.join('.'), before: text, after: text, replaces: weakest(immutable, changed) }];
  });
}

/** The intrinsic functions in a value, with their paths. */
function leaves(value: any, path: readonly string[] = []): Array<{ path: readonly string[]; value: any }> {
  if (!isContainer(value)) return value !== null && typeof value === 'object' ? [{ path, value }] : [];
  return Object.entries(value).flatMap(([key, inner]) => leaves(inner, [...path, key]));
}

/** Attributes beside the properties. A changed condition may remove the resource or bring it back. */
function attributeCauses(
  stack: string,
  before: TemplateResource,
  after: TemplateResource,
  values: ChangedValues,
): ChangeCause[] {
  const differences = propertyDifferences(attributesOf(before), attributesOf(after)).map(
    ({ path, before: old, after: now }) => ({
      path: path.join('.'),
      before: excerpt(old, now),
      after: excerpt(now, old),
      replaces: path[0] === 'Condition' ? ('maybe' as const) : ('no' as const),
    }),
  );
  const condition = after.Condition as string | undefined;
  const changed = condition && values.effectOfReferences(stack, [{ kind: 'condition', name: condition }]) !== 'no';
  const same = changed && before.Condition === condition;
  return same
    ? [...differences, { path: 'Condition', before: condition, after: condition, replaces: 'maybe' }]
    : differences;
}

function attributesOf({ DependsOn: dependsOn, ...resource }: TemplateResource): Record<string, any> {
  const attributes = Object.entries(resource).filter(([name]) => name !== 'Type' && name !== 'Properties');
  const order = dependsOn === undefined ? [] : [['DependsOn', [dependsOn].flat().sort()]];
  return Object.fromEntries([...attributes, ...order]);
}
