/** Queries with their parameters. */

/** A value of a parameter; a list of texts is an array. */
export type Parameter = string | number | boolean | null | readonly string[] | { readonly timestamp: string };

/** A statement in GoogleSQL, and what its `@names` stand for. */
export interface Query {
  readonly sql: string;
  readonly parameters: Readonly<Record<string, Parameter>>;
}

/** The name of a table or routine, as SQL has it. */
export const named = (name: string): string => `\`${name}\``;

/** A point in time. */
export const time = (timestamp: string): Parameter => ({ timestamp });

/** Parameters as BigQuery takes them. */
export function queryParameters({ parameters }: Query): object[] {
  return Object.entries(parameters).map(([name, value]) => ({ name, ...typed(value) }));
}

function typed(value: Parameter): object {
  if (value === null || typeof value === 'string') return scalar('STRING', value);
  if (typeof value === 'number') return scalar('INT64', String(value));
  if (typeof value === 'boolean') return scalar('BOOL', String(value));
  if ('timestamp' in value) return scalar('TIMESTAMP', value.timestamp);
  const arrayValues = value.map((text) => ({ value: text }));
  return { parameterType: { type: 'ARRAY', arrayType: { type: 'STRING' } }, parameterValue: { arrayValues } };
}

const scalar = (type: string, value: string | null) => ({ parameterType: { type }, parameterValue: { value } });
