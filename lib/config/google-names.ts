/** Column that Vertex AI Feature Store takes for the time of a record. */
export const FEATURE_TIMESTAMP = 'feature_timestamp';

/** A name as BigQuery and Vertex AI take it: lower-case letters, digits and underscores, not starting with a digit. */
export function googleName(name: string): string {
  const id = name.toLowerCase().replace(/[^a-z0-9_]/g, '_');
  return /^[0-9]/.test(id) ? `_${id}` : id;
}
