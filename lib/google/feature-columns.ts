import type { FeatureConfig, FeatureGroupConfig, FeatureType } from '../config/feature-store';
import { FEATURE_TIMESTAMP, googleName } from '../config/google-names';

const TYPES: { readonly [type in FeatureType]: string } = { integer: 'INT64', float: 'FLOAT64', string: 'STRING' };

/** A column of the table of a feature group. */
export interface FeatureColumn {
  readonly name: string;
  readonly type: string;
  readonly mode: 'REQUIRED' | 'NULLABLE';
}

/** The table of a feature group. */
export interface FeatureColumns {
  /** Column of the record identifier. */
  readonly id: string;
  /** Column of the event time. */
  readonly time: string;
  /** Columns of the other features, in the order of the config. They are called like the features in Vertex AI. */
  readonly features: readonly string[];
  /** All columns. */
  readonly all: readonly FeatureColumn[];
}

/**
 * The columns of a group: in lower case, with underscores for what BigQuery does not take. Record identifier and event time
 * come first, listed or not, so that listing them later changes nothing.
 */
export function featureColumns(config: FeatureGroupConfig): FeatureColumns {
  const column = googleName; // the config's rules keep names apart that become the same
  const { recordIdentifier, eventTime, features } = config;
  const keyType = features.find(({ name }) => name === recordIdentifier)?.type ?? 'string';
  const others = features.filter(({ name }) => name !== recordIdentifier && name !== eventTime);
  return {
    id: column(recordIdentifier),
    time: column(eventTime),
    features: others.map(({ name }) => column(name)),
    all: [
      { name: column(recordIdentifier), type: TYPES[keyType], mode: 'REQUIRED' },
      { name: column(eventTime), type: 'TIMESTAMP', mode: 'REQUIRED' },
      ...others.map(({ name, type }: FeatureConfig) => ({
        name: column(name),
        type: TYPES[type],
        mode: 'NULLABLE' as const,
      })),
    ],
  };
}

/** The whole history, as Vertex AI's registry wants it. `table` is `project.dataset.table`. */
export function historyQuery(table: string, { id, time, features }: FeatureColumns): string {
  const timestamp = time === FEATURE_TIMESTAMP ? quoted(time) : `${quoted(time)} AS ${FEATURE_TIMESTAMP}`;
  return `SELECT ${[quoted(id), timestamp, ...features.map(quoted)].join(', ')} FROM \`${table}\``;
}

/** The newest row per record, as the online store wants it: a view that is synced directly takes no history. */
export function newestQuery(table: string, { id, time, features }: FeatureColumns, ttlHours?: number): string {
  const known = `${quoted(time)} IS NOT NULL`;
  const fresh = `${quoted(time)} > TIMESTAMP_SUB(CURRENT_TIMESTAMP(), INTERVAL ${ttlHours} HOUR)`;
  return [
    `SELECT ${[id, time, ...features].map(quoted).join(', ')} FROM \`${table}\``,
    `WHERE ${ttlHours === undefined ? known : fresh}`,
    `QUALIFY ROW_NUMBER() OVER (PARTITION BY ${quoted(id)} ORDER BY ${quoted(time)} DESC) = 1`,
  ].join('\n');
}

function quoted(column: string): string {
  return `\`${column}\``;
}
