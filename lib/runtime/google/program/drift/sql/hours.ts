/** Hours of requests, counted over a baseline's bins. */
import type { DriftSettings } from '../../../../google-drift-contract';
import { COUNTING } from './counting';
import type { Query } from './query';
import { named, time } from './query';

/** What is counted. */
export interface Counting {
  /** Name of the baseline, and the execution that wrote it. */
  readonly baseline: string;
  readonly run: string;
  /** What tells these counts from others over the same hours. */
  readonly key: string;
  /** How requests are read, as JSON. */
  readonly reading: string;
  /** Deployed models whose traffic it is; absent: all of it. */
  readonly models?: readonly string[];
  /** From one time to before another, ISO 8601. */
  readonly from: string;
  readonly to: string;
}

const MODELS = '(@every OR deployed_model_id IN UNNEST(@models))';

const within = ({ from, to, models }: Pick<Counting, 'from' | 'to' | 'models'>) => ({
  ...{ since: time(from), until: time(to), every: models === undefined, models: models ?? [] },
});

/** Hours whose requests have not been counted, or not all of them. */
export function hoursToCount({ tables }: DriftSettings, counting: Counting): Query {
  const sql = `
SELECT FORMAT_TIMESTAMP('%Y-%m-%dT%H', seen.hour) AS hour
FROM (
  SELECT TIMESTAMP_TRUNC(logged_at, HOUR) AS hour, COUNT(*) AS requests
  FROM ${named(tables.requests)}
  WHERE logged_at >= @since AND logged_at < @until AND ${MODELS}
  GROUP BY hour
) AS seen
LEFT JOIN (
  SELECT hour, MAX(requests) AS requests
  FROM ${named(tables.counts)}
  WHERE hour >= @since AND hour < @until AND baseline = @key AND position = -1
  GROUP BY hour
) AS counted ON counted.hour = seen.hour
WHERE counted.requests IS NULL OR counted.requests < seen.requests
ORDER BY hour`;
  return { sql, parameters: { ...within(counting), key: counting.key } };
}

/** Counts hours, between the first and the last of them. */
export function countHours({ tables, routines }: DriftSettings, counting: Counting, hours: readonly string[]): Query {
  const { baseline, run, key, reading } = counting;
  const sql = `
INSERT INTO ${named(tables.counts)} (hour, baseline, position, requests, counts)
WITH
  logged AS (
    SELECT
      TIMESTAMP_TRUNC(logged_at, HOUR) AS part,
      CONCAT('request ', request_id) AS place,
      IFNULL(BYTE_LENGTH(instance), 0) + IFNULL(BYTE_LENGTH(prediction), 0) AS bytes,
      instance, prediction, problem
    FROM ${named(tables.requests)}
    WHERE
      logged_at >= @since AND logged_at < @until AND ${MODELS}
      AND FORMAT_TIMESTAMP('%Y-%m-%dT%H', logged_at) IN UNNEST(@hours)
  ),
  cells AS (
    SELECT
      part, place, bytes,
      IF(
        problem IS NULL,
        ${named(`${routines}.drift_cells`)}(@reading, instance, prediction),
        TO_JSON_STRING([CONCAT('d', problem)])
      ) AS row_cells
    FROM logged
  ),
  bins AS (
    SELECT position, edges, categories FROM ${named(tables.baselines)}
    WHERE baseline = @baseline AND run = @run AND position >= 0
  ),
  ${COUNTING.trim()},
  sizes AS (SELECT part, COUNT(*) AS requests FROM logged GROUP BY part)
SELECT counted.part, @key, counted.position, sizes.requests, counted.counts
FROM counted JOIN sizes ON sizes.part = counted.part`;
  const last = new Date(Date.parse(`${hours[hours.length - 1]}:00:00Z`) + 3_600_000).toISOString();
  const range = { ...counting, from: `${hours[0]}:00:00.000Z`, to: last };
  return { sql, parameters: { ...within(range), hours, baseline, run, key, reading } };
}
