import type { z } from 'zod';
import { TOKEN_PATTERN } from '../tokens';

/** The part of zod that builds schemas; it is loaded on first use, so it is handed in. */
export type Zod = typeof import('zod').z;

/**
 * Every schema's error text says what is allowed; `describeIssue` in `../shape.ts` adds what was got. One text per field, so
 * that a value is described the same way whichever bound it breaks.
 */
const NO_TOKEN = `(?![\\s\\S]*${TOKEN_PATTERN})`;

/** A map with exactly these keys. */
export function struct<Shape extends z.core.$ZodLooseShape>(z: Zod, shape: Shape) {
  const keys = Object.keys(shape).join(', ');
  return z.strictObject(shape, { error: (issue) => (issue.code === 'unrecognized_keys' ? keys : `a map of ${keys}`) });
}

/** One of a few words or numbers. */
export function oneOf<const Values extends readonly (string | number)[]>(z: Zod, values: Values) {
  return z.literal(values as unknown as Values[number][]);
}

/** An integer within bounds. */
export function integer(z: Zod, min: number, max = Number.MAX_SAFE_INTEGER) {
  const bounds = max === Number.MAX_SAFE_INTEGER ? `of at least ${min}` : `from ${min} to ${max}`;
  const error = `an integer ${bounds}`;
  return z.int({ error }).min(min, { error }).max(max, { error });
}

/** A finite number above a bound, and at most another. */
export function above(z: Zod, bound: number, max = Number.MAX_VALUE) {
  const error = max === Number.MAX_VALUE ? `a number above ${bound}` : `a number above ${bound} and at most ${max}`;
  return z.number({ error }).gt(bound, { error }).lte(max, { error });
}

/** A finite number between bounds, both included. */
export function between(z: Zod, min: number, max: number) {
  const error = `a number from ${min} to ${max}`;
  return z.number({ error }).min(min, { error }).max(max, { error });
}

/** Any finite number. */
export function finite(z: Zod) {
  return z.number({ error: 'a finite number' });
}

/** True or false. */
export function flag(z: Zod) {
  return z.boolean({ error: 'true, false' });
}

/** A check of a greatest length. zod's own also measures maps with a key `length`, and throws where that cannot be compared. */
export function atMost(z: Zod, maxLength: number, error: string) {
  const onStrings = { error, when: ({ value }: { value: unknown }) => typeof value === 'string' };
  return z.maxLength(maxLength, onStrings);
}

/** A list of a least and a greatest length. */
export function list<Element extends z.ZodType>(z: Zod, element: Element, min: number, max: number, error: string) {
  const onLists = { error, when: ({ value }: { value: unknown }) => Array.isArray(value) };
  return z.array(element, { error }).check(z.minLength(min, onLists), z.maxLength(max, onLists));
}

/** A string of a pattern and a greatest length, known at synthesis. */
export function text(z: Zod, pattern: string, maxLength: number, error: string) {
  return z
    .string({ error })
    .check(atMost(z, maxLength, error))
    .regex(new RegExp(`^${NO_TOKEN}(?:${pattern})$`), { error });
}

/** Words that every object has as keys; the CDK refuses them as ids of constructs. */
const OBJECT_KEYS = Object.getOwnPropertyNames(Object.prototype).join('|');

/** A pattern for names that become ids of constructs. */
export function idPattern(pattern: string): string {
  return `(?!(?:${OBJECT_KEYS})$)${pattern}`;
}

/** A column of the data: any printable name. */
export function columnName(z: Zod) {
  const pattern = String.raw`[^\s\x00-\x1f\x7f](?:[^\x00-\x1f\x7f]*[^\s\x00-\x1f\x7f])?`;
  return text(z, pattern, 255, 'a column name of 1 to 255 printable characters');
}

/** A script inside the source folder. Its characters need no quotes in a shell. */
export function script(z: Zod) {
  const part = String.raw`(?!\.{1,2}(?:/|$))[A-Za-z0-9._][A-Za-z0-9._-]*`;
  return text(
    z,
    `${part}(?:/${part})*`,
    250,
    "a path inside training.source, of at most 250 letters, digits and . _ - /, without '..'",
  );
}

const S3 = String.raw`s3://[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](?:/[^\s\x00-\x1f\x7f]*)?`;
const GCS = String.raw`gs://[a-z0-9][a-z0-9._-]{1,220}[a-z0-9](?:/[^\s\x00-\x1f\x7f]*)?`;
const BIGQUERY = String.raw`bq://[a-z][a-z0-9-]{4,28}[a-z0-9]\.[A-Za-z0-9_]+\.[A-Za-z0-9_-]+`;
const URI_TOKEN = String.raw`\S*${TOKEN_PATTERN}\S*`;

function uri(z: Zod, patterns: readonly string[], error: string) {
  return z
    .string({ error })
    .check(atMost(z, 1024, error))
    .regex(new RegExp(`^(?:${[...patterns, URI_TOKEN].join('|')})$`), { error });
}

/** A folder or table on either cloud. */
export function location(z: Zod) {
  return uri(z, [S3, GCS, BIGQUERY], 's3://bucket/prefix, gs://bucket/prefix, bq://project.dataset.table');
}

/** A folder on AWS. */
export function awsLocation(z: Zod) {
  return uri(z, [S3], 's3://bucket/prefix');
}

/** A folder or table on Google Cloud. */
export function googleLocation(z: Zod) {
  return uri(z, [GCS, BIGQUERY], 'gs://bucket/prefix, bq://project.dataset.table');
}

/** A folder on either cloud; a table does not do. */
export function folder(z: Zod) {
  return uri(z, [S3, GCS], 's3://bucket/prefix, gs://bucket/prefix');
}

/** A container image. */
export function image(z: Zod) {
  // The clouds take URIs of at most 255 characters.
  const pattern = String.raw`(?=.{1,255}$)[a-zA-Z0-9][\w.-]*(?::\d+)?(?:/[\w.-]+)*(?::[\w.-]+)?(?:@sha256:[0-9a-f]{64})?`;
  return uri(
    z,
    [pattern],
    'an image URI of at most 255 characters such as registry.example.com/team/image:tag, without https://',
  );
}

/** A framework version as one cloud names it. */
export function cloudVersion(z: Zod) {
  return text(z, String.raw`\d+(?:\.\d+){0,2}(?:-\d+)?`, 32, 'a version in quotes, such as "1.7" or "1.7-1"');
}
