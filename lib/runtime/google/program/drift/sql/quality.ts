/** Predictions with what became true. */
import type { MonitorRules } from '../../../../drift-contract';
import type { DriftSettings } from '../../../../google-drift-contract';
import type { Reading } from '../routines/reading';
import type { Query } from './query';
import { named, time } from './query';
import type { Source } from './source';
import { rowsOf } from './source';

/** Beyond so many predictions a sample is judged: what a routine can take. A share is known to 0.0016 by it. */
export const MOST_PREDICTIONS = 100_000;

/** Which predictions are judged. */
export interface Answered {
  readonly models?: readonly string[];
  /** ISO 8601. */
  readonly from: string;
  readonly to: string;
}

/** How predictions and labels are read. */
export function qualityReadings({ columns, quality }: MonitorRules, source: Source, header?: readonly string[]) {
  const prediction = columns
    .filter(({ role }) => role === 'prediction')
    .map(({ name, type, role }) => ({ name, type, role }));
  const label = (name: string) => ({ name, type: 'categorical', role: 'feature' }) as const;
  const csv = source.table === undefined && source.format === 'csv';
  const answers: Reading = { columns: prediction.slice(0, 1), format: 'any' };
  const labels: Reading = {
    columns: [label(quality!.idColumn), label(quality!.labelColumn)],
    format: csv ? 'csv' : 'json',
    ...(csv && header && { header }),
  };
  return { answers: JSON.stringify(answers), labels: JSON.stringify(labels) };
}

/**
 * Joins the predictions of a time with all labels there are by now, and judges them. Of predictions with one id the last one counts;
 * of labels that of the file whose name is last.
 */
export function judgeLabels(
  { tables, routines }: DriftSettings,
  rules: MonitorRules,
  source: Source,
  { models, from, to }: Answered,
  header: string,
  names?: readonly string[],
): Query {
  const cells = named(`${routines}.drift_cells`);
  const sql = `
WITH
  answers AS (
    SELECT id, logged_at, request_id, position, JSON_VALUE(${cells}(@answers, '{}', prediction), '$[1]') AS cell
    FROM ${named(tables.requests)}
    WHERE
      logged_at >= @since AND logged_at < @until AND problem IS NULL
      AND (@every OR deployed_model_id IN UNNEST(@models))
  ),
  usable AS (
    SELECT id, cell FROM answers
    WHERE id IS NOT NULL AND SUBSTR(cell, 1, 1) IN ('n', 't') AND cell NOT IN ('nInfinity', 'n-Infinity')
    QUALIFY ROW_NUMBER() OVER (PARTITION BY id ORDER BY logged_at DESC, request_id, position) = 1
  ),
  sampled AS (
    SELECT id, cell FROM usable ORDER BY FARM_FINGERPRINT(id), id LIMIT ${MOST_PREDICTIONS}
  ),
  rows_read AS (${rowsOf(source)}),
  labels AS (
    SELECT JSON_VALUE(row_cells, '$[1]') AS id, JSON_VALUE(row_cells, '$[2]') AS label
    FROM (SELECT place, ${cells}(@labels, instance, NULL) AS row_cells FROM rows_read)
    WHERE SUBSTR(JSON_VALUE(row_cells, '$[1]'), 1, 1) = 't' AND SUBSTR(JSON_VALUE(row_cells, '$[2]'), 1, 1) = 't'
    QUALIFY ROW_NUMBER() OVER (PARTITION BY JSON_VALUE(row_cells, '$[1]') ORDER BY place DESC, JSON_VALUE(row_cells, '$[2]')) = 1
  ),
  joined AS (
    SELECT sampled.id, sampled.cell, SUBSTR(labels.label, 2) AS label
    FROM sampled LEFT JOIN labels ON SUBSTR(labels.id, 2) = sampled.id
  ),
  pairs AS (
    SELECT TO_JSON_STRING(STRUCT(
      ARRAY_AGG(IF(label IS NULL, NULL, STRUCT(cell AS prediction, label AS label)) IGNORE NULLS ORDER BY id) AS pairs,
      COUNTIF(label IS NULL) AS unlabelled,
      (SELECT COUNTIF(id IS NULL) FROM answers) AS withoutId,
      (SELECT COUNTIF(id IS NOT NULL AND IFNULL(SUBSTR(cell, 1, 1), 'a') NOT IN ('n', 't')) FROM answers) AS withoutValue
    )) AS document
    FROM joined
  )
SELECT ${named(`${routines}.drift_quality`)}(@rules, document) AS judgement FROM pairs`;
  const readings = qualityReadings(rules, source, names);
  return {
    sql,
    parameters: {
      ...{ ...readings, since: time(from), until: time(to), every: models === undefined, models: models ?? [] },
      rules: JSON.stringify({ ...rules, columns: [] }),
      ...(source.table === undefined && source.format === 'csv' && { header }),
    },
  };
}
