/** What an expression refers to: a resource, data source, local value, variable or module, and perhaps an attribute of it. */
export interface Reference {
  /** `google_storage_bucket.artifacts`, `data.google_project.project`, `local.name`, `var.name`, `module.name` */
  readonly address: string;
  readonly attribute?: string;
  /** The step after the attribute, for example the name of an output. */
  readonly key?: string;
}

/** Everything that a value refers to, in the expressions of its strings at any depth. */
export function references(value: any): Reference[] {
  if (typeof value === 'string') return expressions(value).flatMap(referencesIn);
  if (value === null || typeof value !== 'object') return [];
  return Object.values(value).flatMap(references);
}

/** Whether a string is one expression and nothing else, so that it can stand for a value of any type. */
export function isExpression(value: any): value is string {
  if (typeof value !== 'string' || !value.startsWith('${') || !value.endsWith('}')) return false;
  return expressions(value).length === 1 && expressions(value)[0].length === value.length - '${}'.length;
}

/** Whether a string has expressions in it. */
export function hasExpression(value: string): boolean {
  return expressions(value).length > 0;
}

/** The expressions in a template string: what stands in `${…}` and `%{…}`, not in their escapes `$${` and `%%{`. */
export function expressions(text: string): string[] {
  const found: string[] = [];
  for (let at = 0; at < text.length; at++) {
    if (!isOpening(text, at)) continue;
    if (text[at - 1] === text[at]) continue; // escaped
    const end = closing(text, at + 2);
    found.push(text.slice(at + 2, end));
    at = end;
  }
  return found;
}

function isOpening(text: string, at: number): boolean {
  return (text[at] === '$' || text[at] === '%') && text[at + 1] === '{';
}

/** Where the brace that opened before `from` closes; strings inside may hold braces of their own. */
function closing(text: string, from: number): number {
  let depth = 1;
  let quoted = false;
  for (let at = from; at < text.length; at++) {
    if (text[at] === '\\' && quoted) at++;
    else if (text[at] === '"') quoted = !quoted;
    else if (quoted && !isOpening(text, at)) continue;
    else if (isOpening(text, at)) at = closing(text, at + 2);
    else if (text[at] === '{') depth++;
    else if (text[at] === '}' && --depth === 0) return at;
  }
  return text.length;
}

const STEP = '[A-Za-z_][A-Za-z0-9_-]*';
const INDEX = '(?:\\[[^\\]]*\\])?';
const PATH = new RegExp(`(?<![A-Za-z0-9_.-])(${STEP}(?:${INDEX}\\.(?:${STEP}|\\d+|\\*))+)`, 'g');

/** Names that lead to nothing which is declared. */
const OWN_NAMES = ['each', 'count', 'self', 'path', 'terraform'];

function referencesIn(expression: string): Reference[] {
  return [...withoutText(expression).matchAll(PATH)].flatMap(([path]) => reference(path) ?? []);
}

/** A reference such as `google_kms_crypto_key.key[0].id`, as it stands in expressions, `depends_on` and `replace_triggered_by`. */
export function reference(path: string): Reference | undefined {
  const steps = path.replaceAll(/\[[^\]]*\]/g, '').split('.');
  if (OWN_NAMES.includes(steps[0])) return undefined;
  const length = steps[0] === 'data' ? 3 : 2;
  if (steps.length < length) return undefined;
  const [attribute, key] = steps.slice(length).filter((step) => !/^(\d+|\*)$/.test(step));
  return { address: steps.slice(0, length).join('.'), attribute, key };
}

/** An expression without the text of its strings, which may look like references; what they interpolate stays. */
function withoutText(expression: string): string {
  return expression.replaceAll(/"(?:\\.|\$\{[^{}]*\}|[^"\\])*"/g, (text) => expressions(text).join(' '));
}
