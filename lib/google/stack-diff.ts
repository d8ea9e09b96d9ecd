import type { ChangeCause, ChangeKind, ReplacementEffect, ResourceChange, ServiceLimit } from '../plan/change';
import { excerpt, strongest } from '../plan/change';
import type { ArgumentChange } from './diff/argument-changes';
import { ChangedText, argumentChanges, unmarked } from './diff/argument-changes';
import { ChangedValues } from './diff/changed-values';
import { markCollisions } from './diff/collisions';
import { hasExpression, reference } from './diff/expressions';
import { withMoves } from './diff/moves';
import { protectionLimits } from './diff/protection';
import { effectOf, meansTheSame, serviceLimits } from './diff/rules';
import { stateOf } from './diff/stateful';
import type { PlacedBlock, TerraformBlock, TerraformDocument, TerraformStacks } from './diff/terraform';
import { argumentsOf, resourcesOf } from './diff/terraform';

export type { ChangeCause, ChangeKind, Refusal, ResourceChange } from '../plan/change';
export { refusals } from './diff/refusals';

/**
 * What deploying `after` over `deployed` does to every resource that does not stay as it is, sorted by stack and construct path. The
 * google provider may be of any supported version; where they differ, the worst is said.
 *
 * A replacement is carried on: what refers to what a replaced resource computes, in an argument that cannot change, is replaced
 * too, through local values, data sources and the outputs of other stacks.
 */
export function diffStacks(deployed: TerraformStacks, after: TerraformStacks): ResourceChange[] {
  const before = withMoves(deployed, after);
  const values = new ChangedValues(before, after);
  let updates: Update[];
  let news: boolean;
  do {
    updates = Object.keys(after).flatMap((stack) => updatesIn(stack, before[stack], after[stack], values));
    const found = updates.map(({ stack, now, changes, replaces }) =>
      values.resource(stack, now.address, changes, replaces),
    );
    news = values.propagate() || found.includes(true);
  } while (news);
  const changes = [...updates.flatMap(described), ...comingsAndGoings(before, after)];
  return markCollisions(changes, before, after).sort(byPlace);
}

function byPlace(a: ResourceChange, b: ResourceChange): number {
  const place = (c: ResourceChange) => `${c.stack}\n${c.constructPath ?? ''}\n${c.logicalId}`;
  return place(a) < place(b) ? -1 : 1;
}

/** A resource that stands before and after, and how it differs. */
interface Update {
  readonly stack: string;
  readonly old: PlacedBlock;
  readonly now: PlacedBlock;
  readonly changes: readonly ArgumentChange[];
  readonly replaces: ReplacementEffect;
}

function updatesIn(
  stack: string,
  before: TerraformDocument | undefined,
  after: TerraformDocument,
  values: ChangedValues,
): Update[] {
  return pairs(before ?? {}, after).flatMap(({ old, now }) => {
    if (!old || !now) return [];
    const changes = changesOf(stack, old, now, values);
    return [{ stack, old, now, changes, replaces: strongest(changes.map(({ replaces }) => replaces)) }];
  });
}

interface Pair {
  readonly old?: PlacedBlock;
  readonly now?: PlacedBlock;
}

/** The resources of both documents by address. */
function pairs(before: TerraformDocument, after: TerraformDocument): Pair[] {
  const rest = new Map(resourcesOf(before).map((placed) => [placed.address, placed]));
  const found = resourcesOf(after).map((now): Pair => {
    const old = rest.get(now.address);
    rest.delete(now.address);
    return { old, now };
  });
  return [...found, ...[...rest.values()].map((old) => ({ old }))];
}

function changesOf(stack: string, old: PlacedBlock, now: PlacedBlock, values: ChangedValues): ArgumentChange[] {
  const before = argumentsOf(old.block);
  const after = markTexts(argumentsOf(now.block), (text) => values.effectOf(stack, text));
  const own = argumentChanges(now.type, before, after)
    .filter((change) => !isIgnored(now.block, change.path) && !meansTheSame(now.type, change))
    .map((change) => ({ ...change, replaces: effectOf(now.type, change, old.block, now.block) }));
  return [...own, ...metaChanges(old, now), ...triggers(stack, now, values)];
}

/** The arguments with the texts marked that read the same and mean something else. */
function markTexts(value: any, effect: (text: string) => ReplacementEffect): any {
  if (typeof value === 'string') {
    const changed = hasExpression(value) ? effect(value) : 'no';
    return changed === 'no' ? value : new ChangedText(value, changed);
  }
  if (value === null || typeof value !== 'object') return value;
  if (Array.isArray(value)) return value.map((item) => markTexts(item, effect));
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, markTexts(item, effect)]));
}

/** Whether Terraform is told to leave an argument as it is. */
function isIgnored({ lifecycle }: TerraformBlock, path: readonly string[]): boolean {
  const ignored = lifecycle?.ignore_changes ?? [];
  if (ignored === 'all') return true;
  const paths = ignored.map((each) =>
    each
      .replaceAll(/\[(?:0\]\.|"?([^\]"]*)"?\])/g, '.$1')
      .split('.')
      .filter(Boolean),
  );
  return paths.some((steps) => steps.every((step, i) => path[i] === step));
}

/** What Terraform itself reads: how many there are may change which one a resource is, the rest changes nothing in place. */
function metaChanges({ block: old }: PlacedBlock, { block: now }: PlacedBlock): ArgumentChange[] {
  const rules = [...new Set([...Object.keys(old.lifecycle ?? {}), ...Object.keys(now.lifecycle ?? {})])];
  const rule = ({ lifecycle }: TerraformBlock, name: string) =>
    (lifecycle as Record<string, unknown> | undefined)?.[name];
  return [
    ...rules.flatMap((name) => metaChange(['lifecycle', name], rule(old, name), rule(now, name), 'no')),
    ...metaChange(['count'], old.count, now.count, 'maybe'),
    ...metaChange(['for_each'], old.for_each, now.for_each, 'maybe'),
  ];
}

function metaChange(path: string[], before: unknown, after: unknown, replaces: ReplacementEffect): ArgumentChange[] {
  return JSON.stringify(before) === JSON.stringify(after) ? [] : [{ path, before, after, changes: 'yes', replaces }];
}

/** What a resource says that it is replaced with. */
function triggers(stack: string, { block }: PlacedBlock, values: ChangedValues): ArgumentChange[] {
  return (block.lifecycle?.replace_triggered_by ?? []).flatMap((text): ArgumentChange[] => {
    const of = reference(text.replace(/^\$\{|\}$/g, ''));
    const changes = of ? values.effectOfReference(stack, of) : 'no';
    if (changes === 'no') return [];
    const path = ['lifecycle', 'replace_triggered_by'];
    return [{ path, before: text, after: new ChangedText(text, changes), changes, replaces: changes }];
  });
}

const KINDS: Readonly<Record<ReplacementEffect, ChangeKind>> = {
  no: 'updated',
  maybe: 'mayBeReplaced',
  yes: 'replaced',
};

function described({ stack, old, now, changes, replaces }: Update): ResourceChange[] {
  if (changes.length === 0) return [];
  const kind = KINDS[replaces];
  const limits = [...serviceLimits(now.type, changes), ...protectionLimits(now.type, kind, old.block, now.block)];
  return [change(stack, now, kind, changes.map(causeOf), limits)];
}

/** What is there on one side only. */
function comingsAndGoings(before: TerraformStacks, after: TerraformStacks): ResourceChange[] {
  const stacks = [...new Set([...Object.keys(before), ...Object.keys(after)])];
  return stacks.flatMap((stack) => {
    const document = after[stack] ?? {};
    return pairs(before[stack] ?? {}, document).flatMap(({ old, now }) => {
      if (old && now) return [];
      if (now) return [change(stack, now, 'added')];
      const kind = isLeftBehind(old!, document) ? 'orphaned' : 'removed';
      return [change(stack, old!, kind, [], protectionLimits(old!.type, kind, old!.block, undefined))];
    });
  });
}

/** Whether a resource that is managed no longer stays: the stack says so, or the provider never deletes it. */
function isLeftBehind({ address, type, block }: PlacedBlock, { removed = [] }: TerraformDocument): boolean {
  const said = removed.some(({ from, lifecycle }) => from === address && lifecycle?.destroy === false);
  return said || block.deletion_policy === 'ABANDON' || type === 'google_kms_key_ring';
}

function change(
  stack: string,
  { address, type, block }: PlacedBlock,
  kind: ChangeKind,
  causes: ChangeCause[] = [],
  limits: ServiceLimit[] = [],
): ResourceChange {
  const order = { yes: 0, maybe: 1, no: 2 };
  return {
    stack,
    logicalId: address,
    type,
    constructPath: block['//']?.metadata?.path,
    kind,
    stateful: stateOf(type) !== undefined,
    causes: causes.sort((a, b) => order[a.replaces] - order[b.replaces]),
    limits,
  };
}

function causeOf({ path, before, after, replaces }: ArgumentChange): ChangeCause {
  const [old, now] = [textOf(before), textOf(after)];
  return {
    path: path.join('.'),
    before: old === undefined ? undefined : excerpt(old, now),
    after: now === undefined ? undefined : excerpt(now, old),
    replaces,
  };
}

function textOf(value: any): string | undefined {
  const plain = value instanceof ChangedText ? value.text : value;
  return typeof plain === 'string' ? plain : JSON.stringify(plain, unmarked);
}
