import type { ReplacementEffect } from '../../plan/change';
import { strongest } from '../../plan/change';
import facts from '../facts/replacement.json';
import { isContainer } from './property-changes';

interface TypeFacts {
  readonly yes?: string[];
  readonly maybe?: string[];
  readonly name?: string[];
}

const TYPES: Readonly<Record<string, TypeFacts | undefined>> = facts.types;

/** Where the specification is wrong or silent, each with the reason. Reviewed by hand; the longest path decides. */
export const OVERRIDES: ReadonlyArray<{ type: string; path: string; effect: ReplacementEffect; reason: string }> = [
  {
    type: 'AWS::SageMaker::FeatureGroup',
    path: 'OnlineStoreConfig.TtlDuration',
    effect: 'no',
    reason:
      'UpdateFeatureGroup takes OnlineStoreConfig.TtlDuration, and the resource schema leaves it out of its create-only list',
  },
];

/** Types that the specification does not hold although their behaviour is known. */
const KNOWN_TYPES: Readonly<Record<string, TypeFacts>> = {
  // A marker of the CDK's own; nothing stands behind it.
  'AWS::CDK::Metadata': {},
};

/** Whether `type` is one whose replacement behaviour is known. */
export function isKnownType(type: string): boolean {
  return factsOf(type) !== undefined;
}

/**
 * The properties that name a resource of this type in its account and region; none where CloudFormation always makes the name.
 */
export function nameProperties(type: string): readonly string[] {
  return factsOf(type)?.name ?? [];
}

/** Whether a type is a custom resource: a function behind a service token. */
export function isCustomResource(type: string): boolean {
  return type.startsWith('Custom::') || type === 'AWS::CloudFormation::CustomResource';
}

/**
 * What a change at `path` does to a resource of this type.
 *
 * The longest marked path above it decides. Where none does and a whole branch came, went or became an intrinsic (`value`,
 * its other side), the marked paths inside the branch do. A type that is not known may always be replaced.
 */
export function replacementEffect(type: string, path: readonly string[], value: any): ReplacementEffect {
  if (!isKnownType(type)) return isCustomResource(type) ? 'no' : 'maybe';
  const marks = marksOf(type);
  const above = marks.filter((mark) => covers(mark.path, path)).sort((a, b) => b.path.length - a.path.length)[0];
  const below = marks.filter((mark) => mark.path.length > path.length && covers(path, mark.path));
  const inside = below.filter((mark) => reaches(value, mark.path.slice(path.length))).map((mark) => mark.effect);
  // Every part of a branch under an immutable path is immutable; an exempted child does not soften its parent.
  return strongest([above?.effect ?? 'no', ...inside]);
}

interface Mark {
  readonly path: readonly string[];
  readonly effect: ReplacementEffect;
}

const marksByType = new Map<string, Mark[]>();

function marksOf(type: string): Mark[] {
  const known = marksByType.get(type);
  if (known) return known;
  const { yes = [], maybe = [] } = factsOf(type) ?? {};
  const marks: Mark[] = [
    ...yes.map((path) => ({ path: path.split('.'), effect: 'yes' as const })),
    ...maybe.map((path) => ({ path: path.split('.'), effect: 'maybe' as const })),
    ...OVERRIDES.filter((o) => o.type === type).map(({ path, effect }) => ({ path: path.split('.'), effect })),
  ];
  marksByType.set(type, marks);
  return marks;
}

function factsOf(type: string): TypeFacts | undefined {
  return KNOWN_TYPES[type] ?? TYPES[isCustomResource(type) ? 'AWS::CloudFormation::CustomResource' : type];
}

/** Whether `path` lies at or below `mark`; `*` is any element of an array or key of a map, on either side. */
function covers(mark: readonly string[], path: readonly string[]): boolean {
  return mark.length <= path.length && mark.every((step, i) => step === '*' || path[i] === '*' || step === path[i]);
}

/** Whether `value` holds something at `path`. What an intrinsic yields is not known, so it may. */
function reaches(value: any, path: readonly string[]): boolean {
  if (path.length === 0) return value !== undefined;
  if (!isContainer(value)) return value !== null && typeof value === 'object';
  const [step, ...rest] = path;
  const inner = step === '*' ? Object.values(value) : [value[step]];
  return inner.some((element) => element !== undefined && reaches(element, rest));
}
