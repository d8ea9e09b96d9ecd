"""The predictor: from the body of a request to the body of its answer."""
import csv
import io
import json
import threading

from cdk_mlops_serve.defaults import DEFAULTS, Default
from cdk_mlops_serve.errors import BadRequest
from cdk_mlops_serve.formats import CSV, JSON, JSON_LINES, decode, instances_of, parse_answer, parse_rows, with_type
from cdk_mlops_serve.rows import Rows
from cdk_mlops_serve.script import import_script, install_requirements


class Predictor:
    """The four functions around a loaded model. One request at a time: scripts need not be safe for threads, as on AWS."""

    def __init__(self, folder, script, framework="", request_format="csv"):
        code = folder / "code"
        install_requirements(code)
        contract = code / "mlops.json"
        self.rows = Rows(json.loads(contract.read_text(encoding="utf-8")) if contract.is_file() else {})
        self.kind = JSON_LINES if request_format == "jsonlines" else CSV
        self.default = DEFAULTS.get(framework, Default)()
        self.script = import_script(code, script)
        self.lock = threading.Lock()
        self.model = (self.own("model_fn") or self.default.model_fn)(str(folder))

    def own(self, name):
        return getattr(self.script, name, None)

    def answer(self, body, kind, accept):
        """Body and content type of the answer."""
        instances = instances_of(body) if kind == JSON else None
        with self.lock:
            if instances is None:
                return self.answer_raw(body, kind, accept)
            return json.dumps({"predictions": self.answer_instances(instances)}, allow_nan=False).encode("utf-8"), JSON

    def answer_instances(self, instances):
        if self.own("input_fn"):
            data = self.run("input_fn", self.rows.as_text(instances, self.kind), self.kind)
        else:
            data = self.default.input_fn(self.rows.in_order(instances))
        prediction = self.predict(data)
        if self.own("output_fn"):
            answer, kind = with_type(self.run("output_fn", prediction, self.kind), self.kind)
            predictions = parse_answer(answer, kind)
        else:
            predictions = parse_answer(prediction, JSON)
        if len(predictions) != len(instances):
            raise RuntimeError(f"the script answered {len(predictions)} predictions for {len(instances)} rows")
        return self.rows.named(instances, predictions)

    def answer_raw(self, body, kind, accept):
        """The functions as SageMaker's containers call them."""
        accept = kind if accept in ("", "*/*") else accept
        if self.own("input_fn"):
            data = self.run("input_fn", body if kind == "application/x-npy" else decode(body), kind)
        elif kind == JSON:
            raise BadRequest('the request holds no rows: send {"instances": [...]}')
        else:
            data = self.default.input_fn(self.rows.in_order(parse_rows(body, kind)))
        prediction = self.predict(data)
        if self.own("output_fn"):
            answer, kind = with_type(self.run("output_fn", prediction, accept), accept)
            return answer if isinstance(answer, (bytes, bytearray)) else str(answer).encode("utf-8"), kind
        predictions = parse_answer(prediction, JSON)
        if accept == CSV:
            text = io.StringIO()
            csv.writer(text, lineterminator="\n").writerows(row if isinstance(row, list) else [row] for row in predictions)
            return text.getvalue().encode("utf-8"), CSV
        return json.dumps(predictions).encode("utf-8"), JSON

    def predict(self, data):
        return self.run("predict_fn", data, self.model)

    def run(self, name, *arguments):
        """A ValueError while a request is read, or about its rows, is the sender's; everything else the script's."""
        try:
            return (self.own(name) or getattr(self.default, name))(*arguments)
        except ValueError as error:
            if name == "input_fn" or (name == "predict_fn" and type(error) is ValueError):
                raise BadRequest(" ".join(str(error).split()))
            raise
