"""Rows: what a request means to the functions."""
import csv
import io
import json
import math

from cdk_mlops_serve.errors import BadRequest
from cdk_mlops_serve.formats import CSV


class Rows:
    """The rows of a request in the features' order, and back to named predictions."""

    def __init__(self, contract):
        self.features = [feature["name"] for feature in contract.get("features", [])]
        self.prediction = contract.get("prediction", {}).get("name")
        self.id = contract.get("id")

    def in_order(self, instances):
        return [self.values(instance, number) for number, instance in enumerate(instances, start=1)]

    def values(self, instance, number):
        if isinstance(instance, dict):
            missing = [name for name in self.features if name not in instance]
            if missing or not self.features:
                raise BadRequest(f"row {number} lacks {', '.join(missing) or 'an order'}: send every feature, null where it is unknown")
            return [instance[name] for name in self.features]
        row = instance if isinstance(instance, list) else [instance]
        if self.features and len(row) != len(self.features):
            raise BadRequest(
                f"row {number} has {len(row)} values instead of {len(self.features)}: send {', '.join(self.features)} in this order"
            )
        return row

    def as_text(self, instances, kind):
        """The rows in the format that the script was written for."""
        rows = self.in_order(instances)
        if kind == CSV:
            text = io.StringIO()
            csv.writer(text, lineterminator="\n").writerows(rows)
            return text.getvalue()
        objects = [
            row if isinstance(row, dict) or not self.features else dict(zip(self.features, values)) for row, values in zip(instances, rows)
        ]
        return "".join(json.dumps(row) + "\n" for row in objects)

    def named(self, instances, predictions):
        """Predictions by the config's name, with the id that a row came with: joined with the truth later."""
        return [self.name(instance, prediction) for instance, prediction in zip(instances, predictions)]

    def name(self, instance, prediction):
        if not isinstance(prediction, dict):
            if not self.prediction:
                return prediction
            prediction = {self.prediction: prediction}
        if isinstance(instance, dict) and self.id in instance:
            return dict({self.id: instance[self.id]}, **prediction)
        return prediction


def numbers(rows):
    return [[number(value, row) for value in values] for row, values in enumerate(rows, start=1)]


def number(value, row):
    if value is None or value == "":
        return math.nan
    try:
        return float(value)
    except (TypeError, ValueError):
        hint = "write an input_fn, or encode categories before"
        raise BadRequest(f"row {row} has {value!r}, which is no number: without an input_fn a script gets numbers only; {hint}")
