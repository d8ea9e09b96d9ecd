"""The formats of requests and answers: JSON, CSV, JSON lines."""
import csv
import io
import json
import math

from cdk_mlops_serve.errors import BadRequest

JSON, CSV, JSON_LINES = "application/json", "text/csv", "application/jsonlines"


def parse_rows(body, kind):
    """Rows of a request in another format, for scripts without an input_fn."""
    text = decode(body)
    if kind == CSV:
        return [row for row in csv.reader(io.StringIO(text)) if row]
    if kind in (JSON_LINES, "application/x-jsonlines"):
        return [parse_json(line) for line in text.splitlines() if line.strip()]
    raise BadRequest(f'content type {kind!r} is unknown: send {JSON} with {{"instances": [...]}}, {CSV} or {JSON_LINES}', 415)


def decode(body):
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError as error:
        raise BadRequest(f"the request is not UTF-8: {error.reason} at byte {error.start}")


def parse_json(text):
    try:
        return json.loads(text)
    except ValueError as error:
        raise BadRequest(f"the request is no JSON: {error}")


def instances_of(body):
    """The rows of Vertex's own request; nothing if the document has another form."""
    document = parse_json(decode(body))
    if not isinstance(document, dict) or "instances" not in document:
        return None
    instances = document["instances"]
    if not isinstance(instances, list) or not instances:
        raise BadRequest('the request holds no row: send {"instances": [...]} with at least one')
    return instances


def parse_answer(answer, kind):
    """What an output_fn wrote, as a list of predictions."""
    text = answer.decode("utf-8") if isinstance(answer, (bytes, bytearray)) else answer
    if not isinstance(text, str):
        document = plain(text)
    elif kind == CSV and text.lstrip()[:1] not in ("[", "{"):  # some scripts write JSON whatever is asked for
        rows = [[csv_value(value) for value in row] for row in csv.reader(io.StringIO(text)) if row]
        return [row[0] if len(row) == 1 else row for row in rows]
    elif kind in (CSV, JSON):
        document = json.loads(text)
    else:
        return [json.loads(line) for line in text.splitlines() if line.strip()]
    if isinstance(document, dict):
        document = document.get("predictions", [document])
    return document if isinstance(document, list) else [document]


def csv_value(text):
    try:
        return plain(float(text))
    except ValueError:
        return text


def plain(value):
    """A prediction as JSON has it: arrays and tensors as lists, what is no number as null."""
    if hasattr(value, "detach"):
        value = value.detach().cpu()
    if hasattr(value, "tolist"):
        value = value.tolist()
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def with_type(answer, accept):
    """An output_fn may answer a body, or a pair of body and content type."""
    return answer if isinstance(answer, tuple) and len(answer) == 2 else (answer, accept)
