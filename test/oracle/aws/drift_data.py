"""Training data and captured requests: columns of known distributions, the same for the same seed."""
import json
import random
from datetime import timedelta

COLUMNS = [
    {"name": "age", "type": "numeric", "role": "feature", "test": "ks", "threshold": 0.1},
    {"name": "plan", "type": "categorical", "role": "feature", "test": "psi", "threshold": 0.2},
    {"name": "score", "type": "numeric", "role": "prediction", "test": "ks", "threshold": 0.1},
]
WIDE = [  # 100 features, as in `What must hold`
    {"name": f"feature_{number}", "type": "numeric", "role": "feature", "test": "ks", "threshold": 0.1} for number in range(100)
]


def values(columns, dice, older):
    """One row: people are `older` by so many years, and other features that are numbers grow alike."""
    for column in columns:
        if column["type"] == "categorical":
            yield dice.choice(["basic", "basic", "plus", "pro"])
        else:
            yield round(dice.gauss(older if column["role"] == "feature" else 0, 10), 3)


def rows(count, columns, seed, older=0):
    dice = random.Random(seed)
    return [list(values(columns, dice, older)) for _ in range(count)]


def csv(table):
    return "".join(",".join(map(str, row)) + "\n" for row in table)


def captured(table, columns, seed):
    """Requests with their answers, as data capture writes them: the prediction is the last column."""
    features = sum(column["role"] == "feature" for column in columns)

    def side(mode, part):
        return {"observedContentType": "text/csv", "mode": mode, "data": ",".join(map(str, part)), "encoding": "CSV"}

    return "".join(json.dumps({
        "captureData": {"endpointInput": side("INPUT", row[:features]), "endpointOutput": side("OUTPUT", row[features:] or [0])},
        "eventMetadata": {"eventId": f"{seed}-{number}", "inferenceTime": "2027-03-01T00:00:00Z"}, "eventVersion": "0",
    }) + "\n" for number, row in enumerate(table))


def hours(end, count):
    """The folders of so many hours before a time, oldest first."""
    last = end.replace(minute=0, second=0, microsecond=0)
    return [(last - timedelta(hours=back)).strftime("%Y/%m/%d/%H") for back in range(count, 0, -1)]
