"""Writes the Parquet files of this folder with pyarrow, which is another program than the one that reads them.

    python test/readers/parquet/make.py
"""

import datetime
import decimal
import pathlib

import pyarrow as pa
import pyarrow.parquet as pq

HERE = pathlib.Path(__file__).parent
UTC = datetime.timezone.utc
WHEN = [datetime.datetime(2026, 11, 25, 10, 30, 0, 250_000, tzinfo=UTC), None, datetime.datetime(1969, 12, 31, tzinfo=UTC)]


def types() -> pa.Table:
    """One column a type: a usual value, none, and a far one."""
    return pa.table(
        {
            "int8": pa.array([1, None, -128], pa.int8()),
            "uint32": pa.array([1, None, 2**32 - 1], pa.uint32()),
            "int64": pa.array([1, None, 2**53 + 1], pa.int64()),
            "uint64": pa.array([1, None, 2**64 - 1], pa.uint64()),
            "required": pa.array([1, 2, 2**53 + 1], pa.int64()),
            "float32": pa.array([0.5, None, float("inf")], pa.float32()),
            "float64": pa.array([0.1, None, float("nan")], pa.float64()),
            "decimal": pa.array([decimal.Decimal("1.25"), None, decimal.Decimal("-99999999999999999.75")], pa.decimal128(19, 2)),
            "boolean": pa.array([True, None, False], pa.bool_()),
            "date": pa.array([datetime.date(2026, 11, 25), None, datetime.date(1969, 12, 31)], pa.date32()),
            "millis": pa.array(WHEN, pa.timestamp("ms", "UTC")),
            "micros": pa.array(WHEN, pa.timestamp("us", "UTC")),
            "nanos": pa.array(WHEN, pa.timestamp("ns", "UTC")),
            "text": pa.array(["ATL", None, "Zürich"], pa.string()),
            "dictionary": pa.array(["ATL", None, "ATL"]).dictionary_encode(),
            "bytes": pa.array([b"ab", None, b"\xff"], pa.binary()),
            "fixed": pa.array([b"abcd", None, b"abcd"], pa.binary(4)),
            "list": pa.array([[1, 2], None, []], pa.list_(pa.int32())),
            "struct": pa.array([{"a": 1}, None, {"a": None}], pa.struct([("a", pa.int32())])),
            "nothing": pa.array([None, None, None], pa.null()),
        },
    )


def write(name: str, table: pa.Table, **options) -> None:
    pq.write_table(table, HERE / f"{name}.parquet", **options)


fields = [field.with_nullable(field.name != "required") for field in types().schema]
write("types", types().cast(pa.schema(fields)), version="2.6", store_schema=False)
write("types-int96", types().select(["micros"]), use_deprecated_int96_timestamps=True, store_schema=False)

numbers = pa.table({"x": pa.array([float(i % 7) for i in range(300)]), "g": [f"g{i % 3}" for i in range(300)]})
for codec in ["NONE", "SNAPPY", "GZIP", "BROTLI", "ZSTD", "LZ4"]:
    write(f"codec-{codec.lower()}", numbers, compression=codec, row_group_size=100, store_schema=False)
write("pages-v2", numbers, data_page_version="2.0", data_page_size=64, use_dictionary=False, store_schema=False)
write("empty", numbers.slice(0, 0), store_schema=False)
