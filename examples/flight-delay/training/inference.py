"""Answers requests: flights about to leave in, probability of a late arrival out.

The four functions are what SageMaker's XGBoost container calls. The order of the features and the codes of the categories
come from the model artifact, so a request means the same as a training row did.
"""
from __future__ import annotations

import csv
import io
import json
import math
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd
import xgboost as xgb

MODEL_FILE = "xgboost-model.json"
ENCODING_FILE = "encoding.json"


class Model(NamedTuple):
    booster: xgb.Booster
    encoding: dict


def encode(rows: pd.DataFrame, encoding: dict) -> xgb.DMatrix:
    """The rows as numbers, in feature order. Unknown categories and empty values become missing values."""
    columns = {}
    for feature in encoding["features"]:
        name = feature["name"]
        if feature["type"] == "categorical":
            codes = {category: code for code, category in enumerate(encoding["categories"][name])}
            columns[name] = rows[name].map(codes).astype("float32")
        else:
            try:
                columns[name] = pd.to_numeric(rows[name]).astype("float32")
            except (ValueError, TypeError) as error:
                raise ValueError(f"feature {name} is numeric: {error}; send a number, or nothing if it is unknown") from None
    return xgb.DMatrix(pd.DataFrame(columns))


def model_fn(model_dir: str) -> Model:
    """Loads the model and its encoding."""
    booster = xgb.Booster()
    booster.load_model(str(Path(model_dir) / MODEL_FILE))
    return Model(booster, json.loads((Path(model_dir) / ENCODING_FILE).read_text()))


def input_fn(body: str | bytes, content_type: str) -> list[Any]:
    """Parses a request. A row is a list in feature order, or an object with the features' names."""
    text = body.decode("utf-8") if isinstance(body, (bytes, bytearray)) else body
    kind = content_type.split(";")[0].strip().lower()
    if kind == "text/csv":
        rows = [row for row in csv.reader(io.StringIO(text)) if row]
    elif kind in ("application/jsonlines", "application/x-jsonlines"):
        rows = [json.loads(line) for line in text.splitlines() if line.strip()]
    elif kind == "application/json":
        document = json.loads(text) if text.strip() else []
        rows = document.get("instances", [document]) if isinstance(document, dict) else document
    else:
        raise ValueError(f"content type {content_type!r} is unknown: send text/csv, application/json or application/jsonlines")
    if not rows or rows == [{}]:
        raise ValueError("the request holds no row: send at least one flight")
    return rows


def predict_fn(rows: list[Any], model: Model) -> list[dict]:
    """One answer per row; the id of a row that has one passes through."""
    names = [feature["name"] for feature in model.encoding["features"]]
    values = [in_feature_order(row, names, number) for number, row in enumerate(rows, start=1)]
    scores = model.booster.predict(encode(pd.DataFrame(values, columns=names, dtype=object), model.encoding))
    answers = []
    for row, score in zip(rows, scores):
        identity = {key: row[key] for key in [model.encoding["id"]] if isinstance(row, dict) and key in row}
        answers.append({**identity, model.encoding["prediction"]: float(score)})
    return answers


def in_feature_order(row: Any, names: list[str], number: int) -> list[Any]:
    """The values of one row. Empty text, null and NaN mean: unknown."""
    if isinstance(row, dict):
        missing = [name for name in names if name not in row]
        if missing:
            raise ValueError(f"row {number} lacks {', '.join(missing)}: send every feature, null where it is unknown")
        row = [row[name] for name in names]
    if not isinstance(row, list) or len(row) != len(names):
        got = f"{len(row)} values" if isinstance(row, list) else repr(row)
        raise ValueError(f"row {number} has {got} instead of {len(names)}: send {', '.join(names)} in this order")
    return [None if value == "" or (isinstance(value, float) and math.isnan(value)) else value for value in row]


def output_fn(answers: list[dict], accept: str) -> tuple[str, str]:
    """Writes the answer in the format that was asked for; JSON if it is left open."""
    kind = accept.split(",")[0].split(";")[0].strip().lower()
    if kind == "text/csv":
        return "".join(f"{list(answer.values())[-1]}\n" for answer in answers), kind
    if kind in ("application/jsonlines", "application/x-jsonlines"):
        return "".join(json.dumps(answer) + "\n" for answer in answers), kind
    if kind in ("application/json", "*/*", ""):
        return json.dumps({"predictions": answers}), "application/json"
    raise ValueError(f"answers in {accept!r} are unknown: accept text/csv, application/json or application/jsonlines")
