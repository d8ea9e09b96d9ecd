/** Baselines: two passes over the data, one for the bins, one for the counts. */
import { MAX_CATEGORIES } from '../../../../../statistics/profile/bins';
import { sampleSize } from '../../../../../statistics/profile/sample';
import type { ProfiledColumn } from '../../../../../statistics/profile/profile';
import type { DriftSettings } from '../../../../google-drift-contract';
import type { Reading } from '../routines/reading';
import { COUNTING } from './counting';
import type { Query } from './query';
import { named, time } from './query';
import type { Source } from './source';
import { FILES, rowsOf } from './source';

/** Columns that stand in the same data. */
export interface Group {
  readonly columns: readonly ProfiledColumn[];
  readonly source: Source;
  /** Position of its first column in the profile. */
  readonly first: number;
  /** Header of its CSV; empty where it has none. */
  readonly header: string;
}

/** A baseline that is made. */
export interface Making {
  readonly baseline: string;
  /** The execution. */
  readonly run: string;
  readonly createdAt: string;
  /** Where the data lies, for people. */
  readonly origin: string;
}

/** What the bins of an execution are kept under: no model's baseline. */
const binsOf = ({ run }: Making, { first }: Group) => `bins of ${run} from ${first}`;

function readingOf({ columns, source, header }: Group, names: readonly string[] | undefined): string {
  const csv = source.table === undefined && source.format === 'csv';
  const reading: Reading = {
    columns,
    format: csv ? 'csv' : 'json',
    label: true,
    ...(csv && header !== '' && names && { header: names }),
  };
  return JSON.stringify(reading);
}

/** The line of CSV that names columns: the one with most of their names, if it has half of them. */
export function findHeader(columns: readonly ProfiledColumn[]): Query {
  const sql = `
SELECT line
FROM (
  SELECT
    line,
    (SELECT COUNT(*) FROM UNNEST(SPLIT(line, ',')) AS field WHERE TRIM(field, ' "\\r\\t\\ufeff') IN UNNEST(@names)) AS found
  FROM ${FILES}
)
WHERE found > 0 AND found * 2 >= ARRAY_LENGTH(@names)
ORDER BY found DESC, line
LIMIT 1`;
  return { sql, parameters: { names: columns.map(({ name }) => name) } };
}

/** Cells of all rows: one part. */
const cellsOf = (source: Source, routines: string) => `
  rows_read AS (${rowsOf(source)}),
  cells AS (
    SELECT
      'all' AS part, place, BYTE_LENGTH(instance) + 1 AS bytes, instance,
      ${named(`${routines}.drift_cells`)}(@reading, instance, NULL) AS row_cells
    FROM rows_read
  )`;

/** Makes the bins of a group: quantiles of a sample of the rows, and the most frequent categories of all. */
export function makeBins(
  { tables, routines }: DriftSettings,
  making: Making,
  group: Group,
  names?: readonly string[],
): Query {
  const { columns, source, header } = group;
  const sql = `
INSERT INTO ${named(tables.baselines)} (baseline, run, created_at, position, name, type, edges, categories, document)
WITH
  ${cellsOf(source, routines).trim()},
  sampled AS (
    SELECT row_cells FROM cells
    WHERE JSON_VALUE(row_cells, '$[0]') = 'r'
    ORDER BY FARM_FINGERPRINT(instance), instance
    LIMIT ${sampleSize(columns.length)}
  ),
  numbers AS (
    SELECT number - 1 AS position, ARRAY_AGG(SUBSTR(entry, 2)) AS list
    FROM sampled, UNNEST(JSON_VALUE_ARRAY(row_cells)) AS entry WITH OFFSET AS number
    WHERE SUBSTR(entry, 1, 1) = 'n' AND entry NOT IN ('nInfinity', 'n-Infinity')
    GROUP BY position
  ),
  tallied AS (
    SELECT number - 1 AS position, SUBSTR(entry, 2) AS category, COUNT(*) AS tally
    FROM cells, UNNEST(JSON_VALUE_ARRAY(row_cells)) AS entry WITH OFFSET AS number
    WHERE SUBSTR(entry, 1, 1) = 't'
    GROUP BY position, category
  ),
  frequent AS (
    SELECT position, category, tally FROM tallied
    WHERE TRUE
    QUALIFY ROW_NUMBER() OVER (PARTITION BY position ORDER BY tally DESC, category) <= ${MAX_CATEGORIES}
  ),
  labels AS (
    SELECT position, ARRAY_AGG(STRUCT(category AS value, tally AS count)) AS list FROM frequent GROUP BY position
  ),
  profiles AS (SELECT profiled, number AS position FROM UNNEST(@columns) AS profiled WITH OFFSET AS number),
  made AS (
    SELECT
      profiles.position,
      profiled,
      ${named(`${routines}.drift_bins`)}(
        profiled, TO_JSON_STRING(STRUCT(numbers.list AS numbers, labels.list AS labels))
      ) AS bins
    FROM profiles
    LEFT JOIN numbers ON numbers.position = profiles.position
    LEFT JOIN labels ON labels.position = profiles.position
  )
SELECT
  @bins, @run, @created, position, JSON_VALUE(profiled, '$.name'), JSON_VALUE(profiled, '$.type'),
  ARRAY(SELECT CAST(edge AS FLOAT64) FROM UNNEST(JSON_VALUE_ARRAY(bins, '$.edges')) AS edge WITH OFFSET AS place ORDER BY place),
  JSON_VALUE_ARRAY(bins, '$.categories'),
  JSON_VALUE(bins, '$.document')
FROM made`;
  return {
    sql,
    parameters: {
      ...{ bins: binsOf(making, group), run: making.run, created: time(making.createdAt) },
      ...{ reading: readingOf(group, names), columns: columns.map((column) => JSON.stringify(column)) },
      ...(hasHeader(source) && { header }),
    },
  };
}

const hasHeader = ({ table, format }: Source) => table === undefined && format === 'csv';

/** Counts a group over its bins, and closes them. The first group's rows are the profile's. */
export function countBaseline(
  { tables, routines }: DriftSettings,
  making: Making,
  group: Group,
  names?: readonly string[],
): Query {
  const { source, first, header } = group;
  const sql = `
INSERT INTO ${named(tables.baselines)} (baseline, run, created_at, position, name, type, edges, categories, document)
WITH
  bins AS (
    SELECT position, name, type, edges, categories, document FROM ${named(tables.baselines)} WHERE baseline = @bins
  ),
  ${cellsOf(source, routines).trim()},
  ${COUNTING.trim()},
  closed AS (
    SELECT
      counted.position, bins.name, bins.type,
      ${named(`${routines}.drift_column`)}(bins.document, counted.counts, @origin) AS made
    FROM counted LEFT JOIN bins ON bins.position = counted.position
    WHERE counted.position >= 0 OR @first = 0
  )
SELECT
  @baseline, @run, @created, IF(position < 0, position, position + @first), name, type,
  ARRAY(SELECT CAST(edge AS FLOAT64) FROM UNNEST(JSON_VALUE_ARRAY(made, '$.edges')) AS edge WITH OFFSET AS place ORDER BY place),
  JSON_VALUE_ARRAY(made, '$.categories'),
  JSON_VALUE(made, '$.document')
FROM closed`;
  const origin = JSON.stringify({ source: making.origin, createdAt: making.createdAt, ownRows: first > 0 });
  return {
    sql,
    parameters: {
      ...{ baseline: making.baseline, bins: binsOf(making, group), run: making.run, created: time(making.createdAt) },
      ...{ reading: readingOf(group, names), origin, first },
      ...(hasHeader(source) && { header }),
    },
  };
}

/** What is wrong with a group: its rows, and columns that none of them has. */
export function checkBaseline({ tables }: DriftSettings, { baseline, run }: Making): Query {
  const sql = `
SELECT
  MAX(IF(position = -1, document, NULL)) AS head,
  STRING_AGG(IF(SAFE_CAST(JSON_VALUE(document, '$.present') AS BOOL), NULL, name), ', ') AS lacking,
  COUNT(*) AS positions
FROM ${named(tables.baselines)}
WHERE baseline = @baseline AND run = @run`;
  return { sql, parameters: { baseline, run } };
}

/** Takes a profile over that came from elsewhere: one line of JSON. */
export function importProfile({ tables, routines }: DriftSettings, { baseline, run, createdAt }: Making): Query {
  const sql = `
INSERT INTO ${named(tables.baselines)} (baseline, run, created_at, position, name, type, edges, categories, document)
SELECT
  @baseline, @run, @created, number - 1, JSON_VALUE(item, '$.name'), JSON_VALUE(item, '$.type'),
  ARRAY(SELECT CAST(edge AS FLOAT64) FROM UNNEST(JSON_VALUE_ARRAY(item, '$.edges')) AS edge WITH OFFSET AS place ORDER BY place),
  JSON_VALUE_ARRAY(item, '$.categories'),
  JSON_VALUE(item, '$.document')
FROM ${FILES}, UNNEST(JSON_QUERY_ARRAY(${named(`${routines}.drift_columns`)}(line))) AS item WITH OFFSET AS number`;
  return { sql, parameters: { baseline, run, created: time(createdAt) } };
}
