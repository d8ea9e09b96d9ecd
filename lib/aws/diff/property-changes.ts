import { excerpt as shortened } from '../../plan/change';
import { intrinsicOf, sameValue } from './template';

/** A property that differs. Array indices and map keys are steps of the path. */
export interface PropertyDifference {
  readonly path: readonly string[];
  /** `undefined` where the property did not stand before. */
  readonly before: any;
  /** `undefined` where the property does not stand any more. */
  readonly after: any;
}

/** The deepest properties that differ. An intrinsic function is one value: it is not looked into. */
export function propertyDifferences(before: any, after: any, path: readonly string[] = []): PropertyDifference[] {
  if (sameValue(before, after)) return [];
  if (!isContainer(before) || !isContainer(after) || Array.isArray(before) !== Array.isArray(after)) {
    return [{ path, before, after }];
  }
  const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])];
  return keys.flatMap((key) => propertyDifferences(before[key], after[key], [...path, key]));
}

/** Whether a value has properties of its own in the template. */
export function isContainer(value: any): boolean {
  return value !== null && typeof value === 'object' && intrinsicOf(value) === undefined;
}

/** A value in few characters; of long values, the part that differs from `other`. */
export function excerpt(value: any, other?: any): string | undefined {
  return value === undefined ? undefined : shortened(asText(value), asText(other ?? ''));
}

/** A value as people read it: references in `${}`, joins put together. */
function asText(value: any): string {
  if (typeof value === 'string') return value;
  const argument = intrinsicOf(value) && Object.values<any>(value)[0];
  switch (intrinsicOf(value)) {
    case 'Ref':
      return `\${${argument}}`;
    case 'Fn::GetAtt':
      return `\${${[argument].flat().join('.')}}`;
    case 'Fn::Join':
      return Array.isArray(argument?.[1]) ? argument[1].map(asText).join(String(argument[0])) : JSON.stringify(value);
    default:
      return JSON.stringify(value);
  }
}
