/** A CloudFormation template, as far as a comparison reads it. */
export interface Template {
  readonly Parameters?: Record<string, any>;
  readonly Mappings?: Record<string, any>;
  readonly Conditions?: Record<string, any>;
  readonly Resources?: Record<string, TemplateResource>;
  readonly Outputs?: Record<string, any>;
}

/** A resource in a template. */
export interface TemplateResource {
  readonly Type: string;
  readonly Properties?: Record<string, any>;
  readonly Metadata?: Record<string, any>;
  readonly [attribute: string]: any;
}

/** Whether an entry among the resources is a macro (`Fn::ForEach::Name`, `Fn::Transform`), which stands for others. */
export function isMacro(resource: TemplateResource): boolean {
  return typeof resource.Type !== 'string';
}

/**
 * Templates by stack: a stack's name, or for a nested stack its parent's key, a slash and the logical id of the
 * `AWS::CloudFormation::Stack` in the parent. So values are followed through parameters and outputs.
 */
export type Templates = Readonly<Record<string, Template>>;

/** What a value depends on, by the name it has inside its template. */
export interface Reference {
  readonly kind: 'name' | 'mapping' | 'condition' | 'export';
  readonly name: string;
  /** The attribute of a GetAtt. */
  readonly attribute?: string;
}

/** The intrinsic function that a value is, if it is one. */
export function intrinsicOf(value: any): string | undefined {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return undefined;
  const keys = Object.keys(value);
  return keys.length === 1 && (keys[0] === 'Ref' || keys[0].startsWith('Fn::')) ? keys[0] : undefined;
}

/** Everything that a value refers to, in intrinsics at any depth. */
export function references(value: any): Reference[] {
  if (value === null || typeof value !== 'object') return [];
  const inner = Object.values(value).flatMap(references);
  const name = intrinsicOf(value);
  return name ? [...ownReferences(name, value[name]), ...inner] : inner;
}

/** What a condition of the Conditions section depends on; there `{"Condition": "Other"}` refers to another one. */
export function conditionReferences(value: any): Reference[] {
  if (value === null || typeof value !== 'object') return [];
  const other: Reference[] = typeof value.Condition === 'string' ? [{ kind: 'condition', name: value.Condition }] : [];
  return [...other, ...references(value), ...Object.values(value).flatMap(conditionReferences)];
}

function ownReferences(intrinsic: string, argument: any): Reference[] {
  const first = Array.isArray(argument) ? argument[0] : argument;
  if (typeof first !== 'string') return [];
  switch (intrinsic) {
    case 'Ref':
      return [{ kind: 'name', name: first }];
    case 'Fn::GetAtt':
      return [attributeReference(Array.isArray(argument) ? argument.join('.') : first)];
    case 'Fn::Sub':
      return [...first.matchAll(/\$\{([^!}]+)\}/g)].map((match) => attributeReference(match[1].trim()));
    case 'Fn::FindInMap':
      return [{ kind: 'mapping', name: first }];
    case 'Fn::If':
      return [{ kind: 'condition', name: first }];
    case 'Fn::ImportValue':
      return [{ kind: 'export', name: first }];
    default:
      return [];
  }
}

function attributeReference(text: string): Reference {
  const dot = text.indexOf('.');
  return dot < 0
    ? { kind: 'name', name: text }
    : { kind: 'name', name: text.slice(0, dot), attribute: text.slice(dot + 1) };
}

/** Structural equality as CloudFormation sees it: `10` and `"10"`, `true` and `"true"` are the same value. */
export function sameValue(before: any, after: any): boolean {
  if (before === after) return true;
  if (!isObject(before) || !isObject(after))
    return isScalar(before) && isScalar(after) && String(before) === String(after);
  if (Array.isArray(before) !== Array.isArray(after)) return false;
  const [left, right] = [normalized(before), normalized(after)];
  const keys = Object.keys(left);
  return (
    keys.length === Object.keys(right).length && keys.every((key) => key in right && sameValue(left[key], right[key]))
  );
}

/** The one form of a GetAtt: CloudFormation also takes `"Resource.Attribute"`. */
function normalized(value: any): any {
  const attribute = value['Fn::GetAtt'];
  if (typeof attribute !== 'string') return value;
  const { name, attribute: rest } = attributeReference(attribute);
  return { 'Fn::GetAtt': [name, rest] };
}

function isObject(value: any): boolean {
  return value !== null && typeof value === 'object';
}

function isScalar(value: any): boolean {
  return ['string', 'number', 'boolean'].includes(typeof value);
}
