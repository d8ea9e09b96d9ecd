/**
 * Counts the cells of rows over bins, in one pass. It reads `cells`, whose rows have a `part` (an hour), a `place` (for people), `bytes`
 * and what {@link driftCells} made of the row; and `bins` with `position`, `edges` and `categories`. It makes `counted`: for each part
 * and position what a routine turns into counts; position -1 is the rows themselves.
 *
 * Bin i of a number is how many cuts are below it: all of them but those at or above it, and with the signs turned these are the edges
 * at or below it, which RANGE_BUCKET counts. Categories without a bin, damaged rows and unknown columns are kept by their text: of many
 * those whose hash is least, so that most that are kept of one part are kept of every other.
 */
export const COUNTING = `
  entries AS (
    SELECT
      part, place, bytes, SUBSTR(entry, 1, 1) AS kind, SUBSTR(entry, 2) AS value,
      IF(SUBSTR(entry, 1, 1) IN ('r', 'd', 'u'), -1, number - 1) AS position
    FROM cells, UNNEST(JSON_VALUE_ARRAY(row_cells)) AS entry WITH OFFSET AS number
  ),
  known AS (
    SELECT position, category, bin FROM bins, UNNEST(categories) AS category WITH OFFSET AS bin
  ),
  placed AS (
    SELECT
      entries.part, entries.position, entries.kind, entries.value, entries.place, entries.bytes,
      SAFE_CAST(IF(entries.kind = 'n', entries.value, NULL) AS FLOAT64) AS number,
      CASE entries.kind
        WHEN 'n' THEN
          ARRAY_LENGTH(bins.edges)
          - RANGE_BUCKET(-SAFE_CAST(IF(entries.kind = 'n', entries.value, NULL) AS FLOAT64), bins.edges)
        WHEN 't' THEN IFNULL(known.bin, ARRAY_LENGTH(bins.categories))
      END AS bin,
      entries.kind IN ('d', 'u') OR (entries.kind = 't' AND known.bin IS NULL) AS labelled
    FROM entries
    LEFT JOIN bins ON bins.position = entries.position
    LEFT JOIN known
      ON known.position = entries.position AND known.category = entries.value AND entries.kind = 't'
    WHERE entries.position = -1 OR bins.position IS NOT NULL
  ),
  tallies AS (
    SELECT
      part, position, kind, bin,
      IF(labelled, IF(kind = 'd', CONCAT(place, ': ', value), value), NULL) AS label,
      COUNT(*) AS tally,
      COUNTIF(IS_INF(number)) AS infinite,
      MIN(IF(IS_INF(number), NULL, number)) AS least,
      MAX(IF(IS_INF(number), NULL, number)) AS greatest,
      SUM(IF(kind = 'u', 0, bytes)) AS bytes,
      COUNT(DISTINCT IF(kind = 'r', place, NULL)) AS places
    FROM placed
    GROUP BY part, position, kind, bin, label
  ),
  ranked AS (
    SELECT
      part, position, kind, bin, label, tally, infinite, least, greatest, bytes, places,
      SUM(tally) OVER (PARTITION BY part, position, kind, bin) AS total,
      ROW_NUMBER() OVER (PARTITION BY part, position, kind, bin ORDER BY FARM_FINGERPRINT(label), label) AS turn
    FROM tallies
  ),
  counted AS (
    SELECT
      part,
      position,
      TO_JSON_STRING(STRUCT(
        SUM(IF(turn = 1 AND kind = 'a', total, 0)) AS absent,
        SUM(IF(turn = 1 AND kind = 'm', total, 0)) AS missing,
        SUM(IF(turn = 1 AND kind = 'i', total, 0)) AS invalid,
        SUM(IF(turn = 1 AND kind = 'r', total, 0)) AS readable,
        SUM(IF(turn = 1 AND kind = 'd', total, 0)) AS damaged,
        SUM(infinite) AS infinite,
        MIN(least) AS least,
        MAX(greatest) AS greatest,
        SUM(bytes) AS bytes,
        MAX(places) AS places,
        STRING_AGG(
          IF(turn = 1 AND bin IS NOT NULL, CONCAT(CAST(bin AS STRING), ' ', CAST(total AS STRING)), NULL), ','
        ) AS bins,
        ARRAY_AGG(IF(label IS NULL OR turn > 1000, NULL, STRUCT(kind AS kind, label AS label, tally AS tally)) IGNORE NULLS)
          AS labels
      )) AS counts
    FROM ranked
    GROUP BY part, position
  )`;
