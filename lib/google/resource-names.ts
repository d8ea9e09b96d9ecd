import { createHash } from 'node:crypto';
import type { Construct } from 'constructs';
import { googleName } from '../config/google-names';
import { holdsToken } from '../config/tokens';
import { resolve, TerraformStack } from './engine';
import { ConstructError } from './errors';

const HASH_LENGTH = 8;

/** Longest id of a project: what stands behind it in a global name has the same room in every project. */
const MAX_PROJECT = 30;
const MAX_BUCKET = 63;
const MIN_ACCOUNT = 6;

/** A name cut to its room; the hash keeps apart what starts alike. */
export function fit(name: string, maximum: number, separator: '-' | '_' | '.' = '-'): string {
  if (name.length <= maximum) return name;
  const head = name.slice(0, maximum - HASH_LENGTH - 1).replace(/[-_.]+$/, '');
  return `${head}${separator}${hashOf(name)}`;
}

/** Id of a service account: 6 to 30 characters. */
export function serviceAccountId(scope: Construct, name: string, role: string): string {
  const id = `${nameOf(scope, 'name', name)}-${role}`;
  return fit(id.length < MIN_ACCOUNT ? `${id}-account` : id, 30);
}

/** Name of a bucket. Bucket names are unique in the world, so they start with the project. */
export function bucketName(scope: Construct, project: string, name: string): string {
  const end = fit(nameOf(scope, 'name', name), MAX_BUCKET - MAX_PROJECT - 1);
  const bucket = `${holdsToken(project) ? project : project.replace(/[:.]/g, '-')}-${end}`;
  if (!holdsToken(project) && /^goog|google/.test(bucket)) {
    throw new ConstructError(
      scope,
      `bucketName: got "${bucket}" from project and name, but Cloud Storage refuses names that start with goog or contain google; give a bucketName, or artifacts that stand already`,
    );
  }
  return bucket;
}

/** Id of a key ring: 1 to 63 letters, digits, hyphens and underscores. */
export function keyRingName(scope: Construct, name: string): string {
  return fit(nameOf(scope, 'name', name), 63);
}

/** Id of a topic, sink or trigger: lower-case letters, digits and hyphens, starting with a letter and not with goog, at most 63. */
export function hyphenated(scope: Construct, what: string, name: string): string {
  const words = literal(scope, what, name)
    .toLowerCase()
    .split(/[^a-z0-9]+/);
  const id = words.filter((word) => word !== '').join('-');
  return fit(/^(?!goog)[a-z]/.test(id) ? id : `x-${id}`, 63);
}

/** Id of a custom role: 3 to 64 letters, digits, underscores and periods. */
export function customRoleId(scope: Construct, name: string, role: string): string {
  return fit(`${underscored(scope, 'name', name, 64)}.${role}`, 64, '.');
}

/** What roles on something that stands elsewhere are named by: the stack that made it has, or may have, those of its plain name. */
export function nameElsewhere(scope: Construct, name: string): string {
  return `${name}-${hashOf(scope.node.path)}`;
}

/** Id of a BigQuery dataset or table, or of what Vertex AI derives from one: lower-case letters, digits, underscores. */
export function underscored(scope: Construct, what: string, name: string, maximum: number): string {
  return fit(googleName(literal(scope, what, name)), maximum, '_');
}

/** A name as the config has them, which other names are derived from. */
function nameOf(scope: Construct, what: string, name: string): string {
  if (/^[a-z]([a-z0-9-]*[a-z0-9])?$/.test(literal(scope, what, name))) return name;
  throw new ConstructError(
    scope,
    `${what}: got "${name}", allowed: lower-case letters, digits and hyphens, starting with a letter and not ending in a hyphen`,
  );
}

/** A name that is known now: it is cut, mapped and compared with others, which Terraform's values cannot be. */
function literal(scope: Construct, what: string, name: string): string {
  if (!holdsToken(name) && name !== '') return name;
  const got = name === '' ? 'an empty name' : 'a value that only Terraform knows';
  throw new ConstructError(scope, `${what}: got ${got}, allowed: text, because names are derived from it`);
}

/** A part of a construct id for a value that may hold tokens: the same in every synthesis, whatever was made before. */
export function stableId(scope: Construct, value: string): string {
  if (!holdsToken(value)) return value.replaceAll('/', ':');
  return hashOf(JSON.stringify(resolve(scope, value)));
}

function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, HASH_LENGTH);
}

const claimed = new WeakMap<TerraformStack, Set<string>>();

/**
 * Notes a name that has to be unique in a project. Two resources of one name in one stack would be found out only when they
 * are applied.
 *
 * @param what what is named, as its prop is called
 * @throws when the stack has a resource of the same kind and name
 */
export function claimName(scope: Construct, what: string, name: string): void {
  const stack = TerraformStack.of(scope);
  const names = claimed.get(stack) ?? new Set();
  claimed.set(stack, names);
  const key = `${what} ${stableId(scope, name).toLowerCase()}`;
  if (names.has(key)) {
    throw new ConstructError(
      scope,
      `${what}: "${name}" stands twice in stack ${stack.node.id}; give each a name of its own`,
    );
  }
  names.add(key);
}
