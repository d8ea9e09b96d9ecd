/** From Vertex AI's table into our own. */
import type { DriftSettings } from '../../../../google-drift-contract';
import type { Query } from './query';
import { named, time } from './query';

/** Milliseconds for which a row may be in BigQuery's streaming buffer, twice over: what is younger stays. */
const SETTLED_MS = 3 * 3_600_000;

/**
 * Copies what is new: requests whose id our table has not. Late rows are among them, and so are hours that were copied in part.
 *
 * @param reading how requests are read, as JSON
 * @param from requests before it are not looked at any more, ISO 8601
 */
export function copyRequests({ tables, log, routines }: DriftSettings, reading: string, from: string): Query {
  const sql = `
INSERT INTO ${named(tables.requests)} (logged_at, deployed_model_id, request_id, position, id, instance, prediction, problem)
WITH fresh AS (
  SELECT
    logged.logging_time AS logged_at,
    logged.deployed_model_id,
    CAST(logged.request_id AS STRING) AS request_id,
    ${named(`${routines}.drift_rows`)}(@reading, TO_JSON_STRING(logged.request_payload), TO_JSON_STRING(logged.response_payload)) AS items
  FROM ${named(log)} AS logged
  WHERE
    logged.logging_time >= @since
    AND NOT EXISTS (
      SELECT 1 FROM ${named(tables.requests)} AS copied
      WHERE copied.logged_at >= @since AND copied.request_id = CAST(logged.request_id AS STRING)
    )
  QUALIFY ROW_NUMBER() OVER (PARTITION BY logged.request_id ORDER BY logged.logging_time) = 1
)
SELECT
  fresh.logged_at, fresh.deployed_model_id, fresh.request_id, position,
  JSON_VALUE(item, '$.id'), JSON_VALUE(item, '$.instance'), JSON_VALUE(item, '$.prediction'), JSON_VALUE(item, '$.problem')
FROM fresh, UNNEST(JSON_QUERY_ARRAY(fresh.items)) AS item WITH OFFSET AS position`;
  return { sql, parameters: { reading, since: time(from) } };
}

/** Drops from Vertex AI's table what has been copied: it has no partitions, and every look at it would read all that was ever logged. */
export function trimLog({ tables, log }: DriftSettings, now: string, from: string): Query {
  const sql = `
DELETE FROM ${named(log)}
WHERE
  logging_time < @settled
  AND (
    logging_time < @since
    OR CAST(request_id AS STRING) IN (
      SELECT copied.request_id FROM ${named(tables.requests)} AS copied WHERE copied.logged_at >= @since
    )
  )`;
  const settled = new Date(Date.parse(now) - SETTLED_MS).toISOString();
  return { sql, parameters: { settled: time(settled), since: time(from) } };
}
