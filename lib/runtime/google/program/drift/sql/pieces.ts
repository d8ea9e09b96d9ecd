/** Long texts in pieces: a workflow has room for small answers only. */
import type { DriftSettings } from '../../../../google-drift-contract';
import type { Query } from './query';
import { named, time } from './query';

/** Characters of a piece: with its escapes it stands in an answer, a question and a request at a time. */
export const PIECE = 30_000;

/** Rows `form`, `number`, `piece`, in their order. */
function inPieces(texts: string): string {
  return `
WITH texts AS (${texts})
SELECT form, number, SUBSTR(content, number * ${PIECE} + 1, ${PIECE}) AS piece
FROM texts, UNNEST(GENERATE_ARRAY(0, CAST(FLOOR((CHAR_LENGTH(content) - 1) / ${PIECE}) AS INT64))) AS number
ORDER BY form, number`;
}

/** Report and page of a run. */
export function reportPieces(
  { tables, routines }: DriftSettings,
  run: { id: string; at: string },
  state: string,
): Query {
  const sql = inPieces(`
  SELECT form, ${named(`${routines}.drift_report`)}(runs.judged, @state, form) AS content
  FROM ${named(tables.runs)} AS runs, UNNEST(['html', 'json']) AS form
  WHERE runs.started_at = @started AND runs.run = @id
`);
  return { sql, parameters: { state, id: run.id, started: time(run.at) } };
}

/** A profile. */
export function profilePieces({ tables, routines }: DriftSettings, baseline: string, run: string): Query {
  const sql = inPieces(`
  SELECT 'json' AS form, ${named(`${routines}.drift_profile`)}(TO_JSON_STRING(ARRAY_AGG(document ORDER BY position))) AS content
  FROM ${named(tables.baselines)}
  WHERE baseline = @baseline AND run = @run
`);
  return { sql, parameters: { baseline, run } };
}
