"""BigQuery on DuckDB: the very statements that the programs send, translated by sqlglot, with our routines in bare JavaScript.

What DuckDB lacks stands here as macros; what the translation loses is put right:
- offsets of UNNEST begin at 0, DuckDB's ordinality at 1;
- routines are called by their full name; the bytes of a text are those of its UTF-8.
"""
import json
import re
import subprocess
import threading
from pathlib import Path

import duckdb
import pyarrow as pa
import sqlglot

ROOT = Path(__file__).resolve().parents[3]
LIBRARY = ROOT / "dist/runtime/google/program.js"
MOST_OUTPUT = 5_000_000  # bytes that a routine may answer for one row
MACROS = """
CREATE MACRO range_bucket(point, edges) AS CASE WHEN point IS NULL THEN NULL ELSE len(list_filter(edges, lambda edge: edge <= point)) END;
CREATE MACRO farm_fingerprint(content) AS CAST(hash(content) >> 1 AS BIGINT);
CREATE MACRO array_length(elements) AS len(elements);
"""
TYPES = {"STRING": "VARCHAR", "INT64": "BIGINT", "FLOAT64": "DOUBLE", "TIMESTAMP": "TIMESTAMP"}

# https://cloud.google.com/bigquery/docs/reference/standard-sql/lexical#reserved_keywords
RESERVED = set("""
ALL AND ANY ARRAY AS ASC ASSERT_ROWS_MODIFIED AT BETWEEN BY CASE CAST COLLATE CONTAINS CREATE CROSS CUBE CURRENT DEFAULT DEFINE DESC
DISTINCT ELSE END ENUM ESCAPE EXCEPT EXCLUDE EXISTS EXTRACT FALSE FETCH FOLLOWING FOR FROM FULL GROUP GROUPING GROUPS HASH HAVING IF IGNORE
IN INNER INTERSECT INTERVAL INTO IS JOIN LATERAL LEFT LIKE LIMIT LOOKUP MERGE NATURAL NEW NO NOT NULL NULLS OF ON OR ORDER OUTER OVER
PARTITION PRECEDING PROTO QUALIFY RANGE RECURSIVE RESPECT RIGHT ROLLUP ROWS SELECT SET SOME STRUCT TABLESAMPLE THEN TO TREAT TRUE UNBOUNDED
UNION UNNEST USING WHEN WHERE WINDOW WITH WITHIN
""".split())


class SqlError(Exception):
    """The statement is refused, or fails."""


class Library:
    """The library of the routines, in a process of its own."""

    def __init__(self):
        command = ["node", str(Path(__file__).with_name("duck_routines.mjs")), str(LIBRARY)]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8")
        self.lock = threading.Lock()  # DuckDB calls from several threads
        self.calls, self.largest_input, self.largest_output = 0, 0, 0

    def __call__(self, function, rows):
        with self.lock:
            self.process.stdin.write(json.dumps([function, rows]) + "\n")
            self.process.stdin.flush()
            answer = json.loads(self.process.stdout.readline())
        if "error" in answer:
            raise SqlError(f"{function}: {answer['error']}")
        self.calls += len(rows)
        for row, result in zip(rows, answer["results"]):
            self.largest_input = max(self.largest_input, sum(len(value or "") for value in row))
            self.largest_output = max(self.largest_output, len(result or ""))
            assert len((result or "").encode("utf-8")) <= MOST_OUTPUT, f"{function} answers more than a routine may"
        return answer["results"]

    def close(self):
        self.process.stdin.close()
        self.process.wait(timeout=20)


class DuckBigQuery:
    """Tables of a project, and what runs on them."""

    def __init__(self, contract):
        self.library = Library()
        self.connection = duckdb.connect()
        self.connection.execute("SET TimeZone = 'UTC'; SET preserve_insertion_order = true; SET threads = 2")
        self.connection.execute(MACROS)
        self.routines = contract["routines"]
        for name, routine in self.routines.items():
            self._add_routine(name, routine)
        self.statements = []

    def __enter__(self):
        return self

    def __exit__(self, *_error):
        self.library.close()
        self.connection.close()

    def _add_routine(self, name, routine):
        def run(*columns):
            rows = [list(row) for row in zip(*(column.to_pylist() for column in columns))]
            return pa.array(self.library(routine["function"], rows), pa.string())

        count = len(routine["arguments"])  # DuckDB wants a function of so many
        fixed = {1: lambda a: run(a), 2: lambda a, b: run(a, b), 3: lambda a, b, c: run(a, b, c)}[count]
        self.connection.create_function(name, fixed, ["VARCHAR"] * count, "VARCHAR", type="arrow", null_handling="special")

    def create_table(self, name, columns):
        project, dataset, table = name.split(".")
        kinds = {"REPEATED": "[]", "REQUIRED": " NOT NULL", "NULLABLE": ""}
        fields = ", ".join(f'"{one["name"]}" {TYPES[one["type"]]}{kinds[one["mode"]]}' for one in columns)
        databases = {row[0] for row in self.connection.execute("SELECT database_name FROM duckdb_databases()").fetchall()}
        if project not in databases:
            self.connection.execute(f"ATTACH ':memory:' AS \"{project}\"")
        self.connection.execute(f'CREATE SCHEMA IF NOT EXISTS "{project}"."{dataset}"')
        self.connection.execute(f'CREATE TABLE "{project}"."{dataset}"."{table}" ({fields})')

    def query(self, sql, parameters=None, files=None):
        """Rows of a statement. `files` are views for tables that are files: name → SQL of DuckDB."""
        self.statements.append(sql)
        for name, view in (files or {}).items():
            self.connection.execute(f"CREATE OR REPLACE TEMP VIEW {name} AS {view}")
        translated = translate(sql, self.routines)
        names = set(re.findall(r"\$(\w+)", translated))
        try:
            cursor = self.connection.execute(translated, {name: value for name, value in (parameters or {}).items() if name in names})
            return cursor.fetchall() if cursor.description else []
        except duckdb.Error as error:
            raise SqlError(f"{error}\n{translated}") from error


def translate(sql, routines):
    """A statement of GoogleSQL for DuckDB. sqlglot refuses what is no GoogleSQL."""
    for name in routines:
        sql = re.sub(rf"`[\w.-]+\.{name}`\(", f"{name}(", sql)
    [tree] = sqlglot.parse(sql, read="bigquery", error_level=sqlglot.ErrorLevel.RAISE)
    reserved = {name.name for name in tree.find_all(sqlglot.exp.Identifier) if not name.quoted and name.name.upper() in RESERVED}
    assert not reserved, f"words that GoogleSQL reserves: {reserved}"
    text = tree.sql(dialect="duckdb", unsupported_level=sqlglot.ErrorLevel.IGNORE)
    return from_zero(text.replace("OCTET_LENGTH(", "STRLEN("))


def from_zero(text):
    """`UNNEST(…) WITH ORDINALITY AS t(a, b)` with b from 0."""
    pattern = re.compile(r"\) WITH ORDINALITY AS (?!inner_)(\w+)\((\w+), (\w+)\)")
    while match := pattern.search(text):
        depth, start = 1, match.start() - 1
        while depth:
            depth += {")": 1, "(": -1}.get(text[start], 0)
            start -= 1
        assert text[: start + 1].endswith("UNNEST"), text[start - 30 : match.end()]
        begin, (table, item, offset) = start + 1 - len("UNNEST"), match.groups()
        numbered = f"{text[begin : match.start() + 1]} WITH ORDINALITY AS inner_{table}({item}, {offset})"
        inner = f"(SELECT {item}, {offset} - 1 AS {offset} FROM {numbered}) AS {table}"
        text = text[:begin] + inner + text[match.end() :]
    return text
