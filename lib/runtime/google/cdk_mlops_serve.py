"""Answers requests of a Vertex AI endpoint with the functions of an inference script, as SageMaker's containers do.

Runs in the serving image, started from the model's folder `code`: downloads the model, imports the script, then listens on the port
and the routes that Vertex names. Needs the standard library of Python 3.7 and what the framework's image has.

Requests are either Vertex's own, `{"instances": [...]}` with rows as lists in feature order or as objects, answered by
`{"predictions": [...]}`; or, by rawPredict, whatever the script's functions read, passed on untouched.
"""
import csv
import http.client
import importlib
import importlib.util
import io
import json
import math
import os
import signal
import site
import socket
import subprocess
import sys
import tempfile
import threading
import time
import traceback
import urllib.parse
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

METADATA_URL = os.environ.get("MLOPS_METADATA_URL", "http://metadata.google.internal")
STORAGE_URL = os.environ.get("MLOPS_STORAGE_URL", "https://storage.googleapis.com")
HEALTH_ROUTE = os.environ.get("AIP_HEALTH_ROUTE", "/ping")
PREDICT_ROUTE = os.environ.get("AIP_PREDICT_ROUTE", "/invocations")

ATTEMPTS = 5
MAX_BODY_BYTES = 32 * 2**20
"""More than any endpoint of Vertex accepts."""
IDLE_SECONDS = 120
DRAIN_SECONDS = 25
"""How long requests may take to end after the container was told to stop."""

JSON, CSV, JSON_LINES = "application/json", "text/csv", "application/jsonlines"


class BadRequest(Exception):
    """What is wrong with a request, in a line for its sender."""

    def __init__(self, message, status=400):
        super().__init__(message)
        self.status = status


# ---------------------------------------------------------------------------------------------------------------------
# The model
# ---------------------------------------------------------------------------------------------------------------------


def download_model(uri):
    """The model's folder on this machine; a folder that is here already is used where it lies."""
    if not uri.startswith("gs://"):
        return Path(uri)
    bucket, _, prefix = f"{uri[len('gs://') :].rstrip('/')}/".partition("/")
    folder = Path(tempfile.mkdtemp(prefix="model-"))
    names = [name for name in list_objects(bucket, prefix) if not name.endswith("/")]
    if not names:
        raise FileNotFoundError(f"no model: {uri} holds no file")
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda name: download(bucket, name, folder / name[len(prefix) :]), names))
    return folder


def list_objects(bucket, prefix):
    query = {"prefix": prefix, "fields": "nextPageToken,items(name)"}
    while True:
        page = json.loads(get(f"{STORAGE_URL}/storage/v1/b/{bucket}/o?{urllib.parse.urlencode(query)}"))
        for item in page.get("items", []):
            yield item["name"]
        if not page.get("nextPageToken"):
            return
        query["pageToken"] = page["nextPageToken"]


def download(bucket, name, target):
    target.parent.mkdir(parents=True, exist_ok=True)
    get(f"{STORAGE_URL}/storage/v1/b/{bucket}/o/{urllib.parse.quote(name, safe='')}?alt=media", target)


def get(url, target=None):
    """One GET as the container's service account, into a file if one is named."""
    for attempt in range(1, ATTEMPTS + 1):
        try:
            request = urllib.request.Request(url, headers={"Authorization": f"Bearer {access_token()}"})
            with urllib.request.urlopen(request, timeout=60) as answer:
                return read(answer, target)
        except (OSError, http.client.HTTPException) as error:
            status = getattr(error, "code", 503)
            if attempt == ATTEMPTS or status not in (408, 429, 500, 502, 503, 504):
                raise OSError(f"GET {url.split('?')[0]}: {error}")
            time.sleep(0.5 * 2**attempt)


def read(answer, target):
    if target is None:
        return answer.read()
    size = 0
    with target.open("wb") as file:
        for block in iter(lambda: answer.read(2**20), b""):
            size += file.write(block)
    if size != int(answer.headers.get("Content-Length", size)):
        raise OSError(f"{target.name} came with {size} of {answer.headers['Content-Length']} bytes")
    return None


def access_token():
    url = f"{METADATA_URL}/computeMetadata/v1/instance/service-accounts/default/token"  # the metadata server keeps it until it ends
    with urllib.request.urlopen(urllib.request.Request(url, headers={"Metadata-Flavor": "Google"}), timeout=10) as answer:
        return json.loads(answer.read())["access_token"]


def install_requirements(code):
    """What the script asks for, as SageMaker's containers install it."""
    if not (code / "requirements.txt").is_file():
        return
    install = [sys.executable, "-m", "pip", "install", "--disable-pip-version-check", "-r", str(code / "requirements.txt")]
    subprocess.check_call(install)
    site.addsitedir(site.getusersitepackages())  # where pip installs if the image's user may not write to the image's packages
    importlib.invalidate_caches()


def import_script(code, name):
    path = code / name
    sys.path[:0] = [str(path.parent), str(code)]
    specification = importlib.util.spec_from_file_location(path.stem, str(path))
    module = importlib.util.module_from_spec(specification)
    sys.modules[path.stem] = module  # a pickled model may name its classes
    specification.loader.exec_module(module)
    return module


# ---------------------------------------------------------------------------------------------------------------------
# Rows: what a request means to the functions
# ---------------------------------------------------------------------------------------------------------------------


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


# ---------------------------------------------------------------------------------------------------------------------
# Functions that a script leaves out: the defaults of SageMaker's containers
# ---------------------------------------------------------------------------------------------------------------------


class Default:
    """A framework that is not known: lists of numbers."""

    def model_fn(self, model_dir):
        raise NotImplementedError("the inference script has no model_fn: it loads the model from the folder that it is given")

    def input_fn(self, rows):
        return numbers(rows)

    def predict_fn(self, data, model):
        return model.predict(data)


class ScikitLearn(Default):
    def input_fn(self, rows):
        import numpy

        return numpy.array(numbers(rows), dtype="float32")


class XGBoost(ScikitLearn):
    def input_fn(self, rows):
        import xgboost

        return xgboost.DMatrix(super().input_fn(rows))

    def predict_fn(self, data, model):
        return model.predict(data, validate_features=False)


class PyTorch(Default):
    def model_fn(self, model_dir):
        import torch

        files = sorted(file for file in Path(model_dir).iterdir() if file.suffix in (".pt", ".pth"))
        if len(files) != 1:
            raise FileNotFoundError(f"without a model_fn the model is one TorchScript file *.pt or *.pth, got {len(files)}")
        return torch.jit.load(str(files[0]), map_location=self.device())

    def input_fn(self, rows):
        import torch

        return torch.FloatTensor(numbers(rows)).to(self.device())

    def predict_fn(self, data, model):
        import torch

        model.eval()
        with torch.no_grad():
            return model(data)

    def device(self):
        import torch

        return torch.device("cuda" if torch.cuda.is_available() else "cpu")


DEFAULTS = {"scikit-learn": ScikitLearn, "xgboost": XGBoost, "pytorch": PyTorch}


# ---------------------------------------------------------------------------------------------------------------------
# The predictor
# ---------------------------------------------------------------------------------------------------------------------


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


def instances_of(body):
    """The rows of Vertex's own request; nothing if the document has another form."""
    document = parse_json(decode(body))
    if not isinstance(document, dict) or "instances" not in document:
        return None
    instances = document["instances"]
    if not isinstance(instances, list) or not instances:
        raise BadRequest('the request holds no row: send {"instances": [...]} with at least one')
    return instances


def with_type(answer, accept):
    """An output_fn may answer a body, or a pair of body and content type."""
    return answer if isinstance(answer, tuple) and len(answer) == 2 else (answer, accept)


# ---------------------------------------------------------------------------------------------------------------------
# The server
# ---------------------------------------------------------------------------------------------------------------------


class Server(ThreadingHTTPServer):
    """Listens from the start, so that Vertex sees a living container, and is healthy once there is a predictor."""

    request_queue_size = 128
    daemon_threads = True

    def __init__(self, address):
        super().__init__(address, Handler)
        self.predictor = None
        self.stopping = False
        self.running = 0
        self.idle = threading.Condition()

    def begin(self):
        with self.idle:
            self.running += 1

    def end(self):
        with self.idle:
            self.running -= 1
            self.idle.notify_all()

    def drain(self):
        """Takes no new connection and lets the running requests end."""
        self.stopping = True
        self.shutdown()
        with self.idle:
            self.idle.wait_for(lambda: self.running == 0, timeout=DRAIN_SECONDS)

    def handle_error(self, request, client_address):
        """A connection that broke off is no failure of the server."""


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version = "cdk-mlops"
    sys_version = ""
    timeout = IDLE_SECONDS

    def do_GET(self):
        path = self.path.split("?")[0]
        if path != HEALTH_ROUTE:
            return self.refuse(405 if path == PREDICT_ROUTE else 404, f"there is no GET {path}")
        if self.server.predictor is None or self.server.stopping:
            return self.refuse(503, "the model is not loaded" if self.server.predictor is None else "the container stops")
        return self.reply(200, b"{}")

    def do_POST(self):
        self.server.begin()
        try:
            body = self.read_body()
            if self.path.split("?")[0] != PREDICT_ROUTE:
                raise BadRequest(f"there is no POST {self.path}", 404)
            if self.server.predictor is None:
                raise BadRequest("the model is not loaded yet", 503)
            kind = self.headers.get("Content-Type", JSON).split(";")[0].strip().lower()
            accept = self.headers.get("Accept", "").split(",")[0].split(";")[0].strip().lower()
            self.reply(200, *self.server.predictor.answer(body, kind, accept))
        except BadRequest as error:
            self.refuse(error.status, str(error))
        except (ConnectionError, socket.timeout):
            raise  # nobody is left to answer
        except (Exception, SystemExit) as error:  # whatever a script does, the next request is answered
            traceback.print_exc()
            self.refuse(500, f"the inference script failed: {type(error).__name__}; the container's log has more")
        finally:
            self.server.end()

    def read_body(self):
        length = self.headers.get("Content-Length", "")
        self.close_connection = True  # until the body is read, what follows is no request
        if not length.isdigit():
            raise BadRequest("the request needs a Content-Length", 411)
        if int(length) > MAX_BODY_BYTES:
            raise BadRequest(f"the request has {length} bytes, allowed are {MAX_BODY_BYTES}", 413)
        body = self.rfile.read(int(length))
        if len(body) < int(length):
            raise ConnectionError("the request broke off")
        self.close_connection = self.server.stopping or self.headers.get("Connection", "").lower() == "close"
        return body

    def refuse(self, status, message):
        self.reply(status, json.dumps({"error": message}).encode("utf-8"))

    def reply(self, status, body, kind=JSON):
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        if self.close_connection or self.server.stopping:
            self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format, *arguments):
        """Vertex logs requests itself."""


def main():
    server = Server(("0.0.0.0", int(os.environ.get("AIP_HTTP_PORT", "8080"))))
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    threading.Thread(target=server.serve_forever, daemon=True).start()
    loading = threading.Thread(target=load, args=(server, stop), daemon=True)
    loading.start()
    stop.wait()
    server.drain()
    return 0 if server.predictor else 1


def load(server, stop):
    """Loads the model; a container that cannot do that ends, with the reason in its log."""
    try:
        folder = download_model(os.environ["AIP_STORAGE_URI"])
        script = os.environ["MLOPS_INFERENCE_SCRIPT"]
        framework, request_format = os.environ.get("MLOPS_FRAMEWORK", ""), os.environ.get("MLOPS_REQUEST_FORMAT", "csv")
        server.predictor = Predictor(folder, script, framework, request_format)
        print(f"the model is loaded; {script} answers {PREDICT_ROUTE}", flush=True)
    except BaseException:  # a script may also end by sys.exit
        traceback.print_exc()
        stop.set()


if __name__ == "__main__":
    sys.exit(main())
