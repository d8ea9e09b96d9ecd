/** Judges what was counted, where it lies: profiles and counts do not travel. */
import type { DriftSettings } from '../../../../google-drift-contract';
import type { Counting } from './hours';
import type { Query } from './query';
import { named, time } from './query';

/** The newest execution that wrote a baseline, and its columns. */
export function findBaseline({ tables }: DriftSettings, baseline: string): Query {
  const sql = `
SELECT run, position, name, type, IF(position < 0, document, NULL) AS head
FROM ${named(tables.baselines)}
WHERE baseline = @baseline
QUALIFY RANK() OVER (ORDER BY created_at DESC, run) = 1
ORDER BY position`;
  return { sql, parameters: { baseline } };
}

/** The last run before a time. */
export function previousRun({ tables }: DriftSettings, run: string, now: string, since: string): Query {
  const sql = `
SELECT summary FROM ${named(tables.runs)}
WHERE started_at >= @since AND started_at < @now AND run != @run
ORDER BY started_at DESC
LIMIT 1`;
  return { sql, parameters: { run, now: time(now), since: time(since) } };
}

/**
 * Judges a run and keeps what the report is made of.
 *
 * @param question of the judge, as JSON
 */
export function judgeRun(
  { tables, routines }: DriftSettings,
  run: { readonly id: string; readonly at: string; readonly model?: string },
  { baseline, run: made, key, from, to }: Counting,
  question: string,
  ranges: string,
): Query {
  const sql = `
INSERT INTO ${named(tables.runs)} (run, started_at, model, summary, judged)
WITH
  newest AS (
    SELECT position, hour, counts
    FROM ${named(tables.counts)}
    WHERE hour >= @since AND hour < @until AND baseline = @key
    QUALIFY RANK() OVER (PARTITION BY hour ORDER BY requests DESC) = 1
      AND ROW_NUMBER() OVER (PARTITION BY hour, position ORDER BY requests DESC) = 1
  ),
  hourly AS (
    SELECT
      position,
      TO_JSON_STRING(ARRAY_AGG(STRUCT(FORMAT_TIMESTAMP('%Y-%m-%dT%H', hour) AS hour, counts AS counts) ORDER BY hour)) AS hours
    FROM newest
    GROUP BY position
  ),
  profile AS (
    SELECT position, document FROM ${named(tables.baselines)} WHERE baseline = @baseline AND run = @made
  ),
  columns AS (
    SELECT
      profile.position,
      profile.document,
      ${named(`${routines}.drift_hours`)}(profile.document, IFNULL(hourly.hours, '[]'), @ranges) AS hours
    FROM profile LEFT JOIN hourly ON hourly.position = profile.position
  ),
  judged AS (
    SELECT
      ${named(`${routines}.drift_judge`)}(
        @question,
        TO_JSON_STRING(ARRAY_AGG(document ORDER BY position)),
        TO_JSON_STRING(ARRAY_AGG(hours ORDER BY position))
      ) AS judgement
    FROM columns
  )
SELECT @id, @started, @model, JSON_VALUE(judgement, '$.summary'), JSON_VALUE(judgement, '$.judged')
FROM judged`;
  const { id, at, model = null } = run;
  return {
    sql,
    parameters: {
      ...{ id, started: time(at), model, since: time(from), until: time(to) },
      ...{ baseline, made, key, question, ranges },
    },
  };
}

/** What of a run travels. */
export function readSummary({ tables }: DriftSettings, { id, at }: { id: string; at: string }): Query {
  const sql = `SELECT summary FROM ${named(tables.runs)} WHERE started_at = @started AND run = @id LIMIT 1`;
  return { sql, parameters: { id, started: time(at) } };
}
