"""The serving program in containers as Vertex starts them: from a registered version's containerSpec, with the model in Cloud Storage.

Run it in the oracle environment: python -m pytest test/oracle/google/serving_test.py
"""
import json
import pickle
import signal
import socket
import threading
import time

import numpy as np
import pytest
import xgboost as xgb
from sklearn.linear_model import LogisticRegression

from fake_google import Server
from fake_vertex import Fault
from serving_container import Container
from step_container import BOOTSTRAP, BUCKET, SERVING_PROGRAM, google  # noqa: F401

FEATURES = ["distance", "hour"]
CONTRACT = {
    "format": "csv", "features": [{"name": name, "type": "numeric"} for name in FEATURES],
    "label": {"name": "delayed", "type": "categorical"}, "prediction": {"name": "score", "type": "numeric"}, "id": "flight_id",
}  # fmt: skip
MODEL_URI = f"gs://{BUCKET}/models/1"
# Adds up a row; the script of most tests.
SUM = """
import json, pathlib
def model_fn(model_dir):
    return json.loads((pathlib.Path(model_dir) / "model.json").read_text())["bias"]
def predict_fn(rows, model):
    return [sum(row) + model for row in rows]
"""


def container_spec(framework="", request_format="csv"):
    """What registration writes, as far as the container sees it."""
    environment = {"MLOPS_INFERENCE_SCRIPT": "inference.py", "MLOPS_FRAMEWORK": framework, "MLOPS_REQUEST_FORMAT": request_format}
    return {
        "command": ["python3", "-u", "-c", BOOTSTRAP], "healthRoute": "/ping", "predictRoute": "/invocations",
        "env": [{"name": name, "value": value} for name, value in environment.items()],
    }  # fmt: skip


@pytest.fixture
def serve(tmp_path, google):
    """Puts a model into Cloud Storage and starts its container; all of them end with the test."""
    running = []

    def start(script=SUM, framework="", request_format="csv", contract=CONTRACT, files=None, wait=True, **variables):
        for name, content in {"model.json": '{"bias": 0}', **(files or {})}.items():
            google.put(f"{MODEL_URI}/{name}", content)
        google.put(f"{MODEL_URI}/code/cdk_mlops_serve.pyz", SERVING_PROGRAM.read_bytes())
        google.put(f"{MODEL_URI}/code/inference.py", script)
        if contract is not None:
            google.put(f"{MODEL_URI}/code/mlops.json", json.dumps(contract))
        container = Container(container_spec(framework, request_format), MODEL_URI, url, tmp_path, **variables)
        running.append(container.__enter__())
        return container.until_healthy() if wait else container

    with Server(google) as url:
        yield start
        for container in running:
            container.__exit__()


# --- requests


def test_rows_are_lists_or_objects_and_predictions_are_named(serve):
    container = serve()
    named = {"hour": 2, "distance": 1.5, "flight_id": "f1", "unused": "x"}
    assert container.predict([[1, 2], [3, "4.5"]]) == [{"score": 3.0}, {"score": 7.5}]
    assert container.predict([named]) == [{"flight_id": "f1", "score": 3.5}]


def test_order_of_an_object_is_the_configs(serve):
    container = serve(SUM.replace("sum(row) + model", "row[0] * 10 + row[1]"))
    assert container.predict([{"hour": 2, "distance": 1}, [1, 2]]) == [{"score": 12.0}] * 2


def test_without_a_contract_predictions_are_bare(serve):
    container = serve(contract=None)
    assert container.predict([[1, 2, 3], [4]]) == [6.0, 4.0]
    status, error = container.predict([{"distance": 1}])
    assert status == 400 and "row 1 lacks an order" in error


def test_unknown_values_arrive_as_nan_and_leave_as_null(serve):
    container = serve()
    assert container.predict([[None, 1], ["", 1], [0, 1]]) == [{"score": None}, {"score": None}, {"score": 1.0}]


# A script written for AWS: it reads and writes the format of the data only.
CSV_ONLY = SUM + """
def input_fn(body, content_type):
    if content_type != "text/csv":
        raise RuntimeError("only CSV")
    return [[float(value or "nan") for value in line.split(",")] for line in body.splitlines()]
def output_fn(prediction, accept):
    if accept != "text/csv":
        raise RuntimeError("only CSV")
    return "".join(f"{value}\\n" for value in prediction)
"""
JSON_LINES_ONLY = SUM + """
def input_fn(body, content_type):
    assert content_type == "application/jsonlines"
    return [json.loads(line) for line in body.splitlines()]
def predict_fn(rows, model):
    return [{"sum": row["distance"] + row["hour"], "seen": row.get("flight_id")} for row in rows]
def output_fn(prediction, accept):
    return "".join(json.dumps(row) + "\\n" for row in prediction).encode(), accept
"""


def test_functions_of_a_script_see_the_format_of_the_data(serve):
    container = serve(CSV_ONLY)
    named = {"flight_id": "f", "distance": 1, "hour": None}
    assert container.predict([[1, 2], named]) == [{"score": 3.0}, {"flight_id": "f", "score": None}]
    lines = serve(JSON_LINES_ONLY, request_format="jsonlines")
    rows = [[1, 2], {"flight_id": "f", "distance": 3, "hour": 4}]
    assert lines.predict(rows) == [{"sum": 3, "seen": None}, {"flight_id": "f", "sum": 7, "seen": "f"}]


JSON_ANSWERS = ["json.dumps(prediction)", 'json.dumps({"predictions": prediction})', '(json.dumps(prediction), "application/json")']


@pytest.mark.parametrize("answer", JSON_ANSWERS)
def test_output_fn_that_writes_json_anyway_is_understood(serve, answer):
    container = serve(SUM + f"def output_fn(prediction, accept):\n    return {answer}\n")
    assert container.predict([[1, 2]]) == [{"score": 3.0}]
    assert container.predict([[1, 2], [3, 4]]) == [{"score": 3.0}, {"score": 7.0}]


def test_raw_requests_reach_the_functions_as_they_are(serve):
    container = serve(CSV_ONLY)
    assert container.raw_predict("1,2\n3,4\n", "text/csv; charset=utf-8", "text/csv") == (200, "text/csv", b"3.0\n7.0\n")
    status, _, body = container.raw_predict('{"rows": []}', "application/json")
    assert status == 500 and b"RuntimeError" in body
    defaults = serve()
    assert defaults.raw_predict("1,2\n3,4", "text/csv") == (200, "text/csv", b"3.0\n7.0\n")
    assert defaults.raw_predict("1,2\n", "text/csv", "application/json") == (200, "application/json", b"[3.0]")
    assert defaults.raw_predict('[1, 2]\n{"hour": 1, "distance": 1}\n', "application/jsonlines")[2] == b"[3.0, 2.0]"


@pytest.mark.parametrize(
    ("body", "status", "message"),
    [
        ("{", 400, "the request is no JSON"),
        ("[[1, 2]]", 400, 'the request holds no rows: send {"instances": [...]}'),
        ('{"instances": []}', 400, "the request holds no row"),
        ('{"instances": {"distance": 1}}', 400, "the request holds no row"),
        ('{"instances": [[1]]}', 400, "row 1 has 1 values instead of 2: send distance, hour in this order"),
        ('{"instances": [[1, 2], {"hour": 1}]}', 400, "row 2 lacks distance: send every feature, null where it is unknown"),
        ('{"instances": [[1, "JFK"]]}', 400, "row 1 has 'JFK', which is no number"),
        ('{"instances": [[1, [2]]]}', 400, "row 1 has [2], which is no number"),
        ('{"instances": [5]}', 400, "row 1 has 1 values instead of 2"),
        (b'{"instances": [["\xff", 1]]}', 400, "the request is not UTF-8"),
    ],
)
def test_bad_requests_are_told_what_is_wrong(serve, body, status, message):
    container = serve()
    got, content_type, answer = container.raw_predict(body, "application/json")
    assert (got, content_type) == (status, "application/json") and message in json.loads(answer)["error"]
    assert container.predict([[1, 2]]) == [{"score": 3.0}]


def test_unknown_content_type_and_paths(serve):
    container = serve()
    assert container.raw_predict("x", "image/png")[0] == 415
    assert container.request("POST", "/elsewhere", b"{}")[0] == 404
    assert container.request("GET", "/elsewhere")[0] == 404
    assert container.request("GET", "/invocations")[0] == 405
    assert container.request("PUT", "/invocations", b"{}")[0] == 501


FAILING = SUM + """
import sys
def predict_fn(rows, model):
    what = rows[0][0]
    if what == 1: raise ValueError("feature hour is numeric:\\n send a number")
    if what == 2: raise KeyError("a secret of the script")
    if what == 3: sys.exit(3)
    if what == 4: return [1, 2, 3]
    if what == 5: return [object()]
    if what == 6: return model.no_such_attribute
    return rows[:, 0] if what == 7 else [0.5]
"""


def test_failures_of_a_script_are_answered_without_a_stack_trace_and_kill_nothing(serve):
    container = serve(FAILING)
    assert container.predict([[1, 0]]) == (400, "feature hour is numeric: send a number")
    for what, name in ((2, "KeyError"), (3, "SystemExit"), (4, "RuntimeError"), (5, "TypeError"), (6, "AttributeError"), (7, "TypeError")):
        status, error = container.predict([[what, 0]])
        assert status == 500 and error == f"the inference script failed: {name}; the container's log has more"
    assert "a secret of the script" in container.log and "the script answered 3 predictions for 1 rows" in container.log
    assert container.predict([[0, 0]]) == [{"score": 0.5}] and container.health() == 200


def test_value_error_of_a_library_is_the_scripts_fault(serve):
    script = SUM + "class LibraryError(ValueError): pass\ndef predict_fn(rows, model):\n    raise LibraryError('feature mismatch')\n"
    assert serve(script).predict([[1, 2]])[0] == 500


def test_broken_connections_do_not_harm(serve):
    container = serve()
    for text in (b"POST /invocations HTTP/1.1\r\nContent-Length: 100\r\n\r\n{", b"nonsense\r\n\r\n", b"", b"POST /invocations HTTP/1.1\r\n\r\n"):
        with socket.create_connection(("127.0.0.1", container.port)) as connection:
            connection.sendall(text)
    status = raw_status(container.port, b"POST /invocations HTTP/1.1\r\n\r\n")
    assert status == 411
    assert raw_status(container.port, b"POST /invocations HTTP/1.1\r\nContent-Length: 999999999999\r\n\r\n") == 413
    assert container.predict([[1, 2]]) == [{"score": 3.0}]
    assert "Traceback" not in container.log


def raw_status(port, text):
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        connection.sendall(text)
        return int(connection.recv(100).split()[1])


def test_health_answers_while_requests_wait_for_each_other(serve):
    script = SUM + "import time\nrunning = 0\ndef predict_fn(rows, model):\n" + (
        "    global running\n    running += 1\n    time.sleep(0.3)\n    seen = running\n    running -= 1\n    return [seen] * len(rows)\n"
    )  # fmt: skip
    container = serve(script)
    answers = []
    threads = [threading.Thread(target=lambda: answers.append(container.predict([[1, 2]]))) for _ in range(4)]
    for thread in threads:
        thread.start()
    started = time.monotonic()
    assert container.health() == 200 and time.monotonic() - started < 0.25
    for thread in threads:
        thread.join()
    assert answers == [[{"score": 1}]] * 4, "one at a time"


# --- the life of a container


def test_container_is_healthy_only_when_the_model_is_loaded(serve):
    container = serve(SUM + "import time\ntime.sleep(1)\n", wait=False)
    while container.health() == 0:
        time.sleep(0.02)
    assert container.health() == 503
    assert container.predict([[1, 2]]) == (503, "the model is not loaded yet")
    assert container.until_healthy().predict([[1, 2]]) == [{"score": 3.0}]


@pytest.mark.parametrize(
    ("script", "message"),
    [
        ("import no_such_module", "No module named 'no_such_module'"),
        ("def model_fn(model_dir): raise OSError('the model is broken')", "the model is broken"),
        ("def predict_fn(rows, model): return rows", "the inference script has no model_fn"),
        ("import sys; sys.exit(0)", "SystemExit"),
    ],
)
def test_container_that_cannot_load_ends_and_says_why(serve, script, message):
    container = serve(script, wait=False)
    assert container.process.wait(timeout=30) == 1
    assert message in container.log


def test_model_is_read_page_by_page_through_busy_services(serve, google):
    files = {f"part/{number} ä+b.txt": str(number) for number in range(12)}
    google.page_size = 5
    google.faults = [Fault("objects.list", 503), Fault("token", 429, nth=2), Fault("objects.get", "lost", nth=4)]
    script = SUM + "def model_fn(model_dir):\n    return sum(int(f.read_text()) for f in pathlib.Path(model_dir, 'part').iterdir())\n"
    container = serve(script, files=files)
    assert container.predict([[0, 0]]) == [{"score": 66.0}]


def test_other_modules_of_the_source_and_classes_of_the_script_are_found(serve):
    script = "import columns, rows\n" + SUM + "class Helper: pass\nimport pickle\nassert pickle.loads(pickle.dumps(Helper())) and rows.x\n"
    own = {"code/columns.py": "x = 1", "code/rows.py": "x = 1"}  # the serving program has a module rows, too
    assert serve(script, files=own).predict([[1, 2]]) == [{"score": 3.0}]


def test_container_leaves_no_program_behind(serve, tmp_path):
    container = serve(TMPDIR=str(tmp_path))
    container.process.send_signal(signal.SIGTERM)
    assert container.process.wait(timeout=10) == 0
    assert not list(tmp_path.glob("*.pyz"))


def test_running_requests_end_before_the_container_does(serve):
    container = serve(SUM + "import time\ndef predict_fn(rows, model):\n    time.sleep(1)\n    return [1.0] * len(rows)\n")
    answers = []
    thread = threading.Thread(target=lambda: answers.append(container.predict([[1, 2]])))
    thread.start()
    time.sleep(0.4)
    container.process.send_signal(signal.SIGTERM)
    thread.join()
    assert answers == [[{"score": 1.0}]]
    assert container.process.wait(timeout=10) == 0


def test_idle_connections_do_not_hold_the_container_up(serve):
    container = serve()
    with socket.create_connection(("127.0.0.1", container.port)) as idle:
        idle.sendall(b"GET /ping HTTP/1.1\r\n\r\n")
        assert b"200" in idle.recv(100)
        container.process.send_signal(signal.SIGTERM)
        assert container.process.wait(timeout=5) == 0


# --- the defaults of the frameworks


@pytest.fixture(scope="module")
def data():
    random = np.random.default_rng(1)
    rows = random.normal(size=(200, 2)).astype("float32")
    return rows, (rows[:, 0] + rows[:, 1] > 0).astype(int)


XGBOOST = """
import pathlib
import xgboost
def model_fn(model_dir):
    return xgboost.Booster(model_file=str(pathlib.Path(model_dir) / "model.ubj"))
"""


def test_xgboost_defaults(serve, data, tmp_path):
    rows, label = data
    booster = xgb.train({"objective": "binary:logistic"}, xgb.DMatrix(rows, label, feature_names=FEATURES), 5)
    booster.save_model(str(tmp_path / "model.ubj"))
    container = serve(XGBOOST, framework="xgboost", files={"model.ubj": (tmp_path / "model.ubj").read_bytes()})
    gaps = rows[:5].copy()
    gaps[0, 1] = np.nan
    expected = booster.predict(xgb.DMatrix(gaps, feature_names=FEATURES))
    instances = [[None if np.isnan(value) else float(value) for value in row] for row in gaps]
    assert [row["score"] for row in container.predict(instances)] == pytest.approx(list(expected))
    text = "\n".join(",".join("" if value is None else repr(value) for value in row) for row in instances)
    assert [float(line) for line in container.raw_predict(text, "text/csv")[2].split()] == pytest.approx(list(expected))


SCIKIT_LEARN = """
import pathlib
import pickle
def model_fn(model_dir):
    return pickle.loads((pathlib.Path(model_dir) / "model.pkl").read_bytes())
"""
STARTER = SCIKIT_LEARN + """
def predict_fn(rows, model):
    return model.predict_proba(rows.reshape(-1, model.n_features_in_))[:, 1]
"""


@pytest.mark.parametrize("script", [SCIKIT_LEARN, STARTER], ids=["defaults", "the starter's"])
def test_scikit_learn_defaults(serve, data, script):
    rows, label = data
    model = LogisticRegression().fit(rows, label)
    container = serve(script, framework="scikit-learn", files={"model.pkl": pickle.dumps(model)})
    expected = model.predict(rows[:5]) if script == SCIKIT_LEARN else model.predict_proba(rows[:5])[:, 1]
    instances = [dict(zip(FEATURES, map(float, row))) for row in rows[:5]]
    assert [row["score"] for row in container.predict(instances)] == pytest.approx(list(expected))
    assert container.predict([[None, 1]])[0] == 400, "scikit-learn says that it takes no NaN"


# Stands for PyTorch, which is too large to install for a test: what the defaults call, with the same meaning.
TORCH = """
import contextlib, json, types
import numpy
class FloatTensor:
    def __init__(self, rows): self.rows = numpy.array(rows, dtype="float32")
    def to(self, device): return self
    def detach(self): return self
    def cpu(self): return self
    def tolist(self): return self.rows.tolist()
class Module:
    training = True
    def eval(self): self.training = False
    def __call__(self, data):
        assert not self.training and not grad
        return FloatTensor(data.rows.sum(axis=1))
grad = True
@contextlib.contextmanager
def no_grad():
    global grad
    grad = False
    yield
    grad = True
def load(path, map_location):
    assert open(path).read() == "script" and map_location == "cpu"
    return Module()
jit = types.SimpleNamespace(load=load)
cuda = types.SimpleNamespace(is_available=lambda: False)
device = str
"""


def test_pytorch_defaults(serve):
    files = {"model.pt": "script", "code/torch.py": TORCH}
    container = serve("import torch", framework="pytorch", files=files)
    assert container.predict([[1, 2], [3, 4]]) == [{"score": 3.0}, {"score": 7.0}]


def test_pytorch_without_one_model_file_says_so(serve):
    files = {"model.pt": "script", "other.pth": "script", "code/torch.py": TORCH}
    container = serve("import torch", framework="pytorch", files=files, wait=False)
    assert container.process.wait(timeout=30) == 1 and "one TorchScript file *.pt or *.pth, got 2" in container.log
