"""The drift program on an emulator of Workflows: the runner carries its requests to DuckDB and to the fakes, over HTTP."""
import datetime
import json
import subprocess
import tempfile
import threading
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest

import emulator
from drift_cloud import DATASET, FOLDER, PROJECT, REGION, SETTINGS, WORKFLOW, DriftCloud
from drift_test import RULES, contract, flights, make_baseline, record, report, requests_of
from duck_bigquery import ROOT
from loopback import Loopback

TOKEN = "a-token-of-the-workflow"
HOSTS = {"vertex": f"{REGION}-aiplatform", "executions": "workflowexecutions"}
MOST_BYTES = 512 * 1024  # of all variables of an execution


@pytest.fixture(scope="module")
def workflow():
    script = """
    import { runnerWorkflow } from './lib/google/workflows/runner';
    import { workflowSource } from './lib/google/workflows/workflow';
    console.log(workflowSource(runnerWorkflow('drift')));
    """
    with tempfile.TemporaryDirectory() as folder:
        program = Path(folder, "runner.cjs")
        bundle = ["npx", "esbuild", "--bundle", "--platform=node", "--loader=ts", "--log-level=error", f"--outfile={program}"]
        subprocess.run(bundle, input=script, cwd=ROOT, text=True, check=True)
        return json.loads(subprocess.run(["node", program], capture_output=True, text=True, check=True).stdout)


class Handler(BaseHTTPRequestHandler):
    """Hands requests to the cloud: the first part of the path is the service."""


    def _serve(self):
        length = int(self.headers.get("Content-Length") or 0)
        content = self.rfile.read(length).decode("utf-8")
        assert self.headers["Authorization"] == f"Bearer {TOKEN}"
        _, service, path = self.path.split("/", 2)
        is_json = self.headers.get("Content-Type", "").startswith("application/json") and not path.startswith("upload/")
        body = json.loads(content) if content and is_json else None
        with self.server.cloud.lock:
            if service == "bigquery" and path.endswith("/queries") and self.command == "POST":
                answer = self._turn(body)
            else:
                host = HOSTS.get(service, service)
                answer = self.server.cloud.answer(self.command, f"https://{host}.googleapis.com/{path}", body, content, self.headers.get("Content-Type"))
        found = answer["body"]
        text = found if isinstance(found, str) else "" if found is None else json.dumps(found)
        self.send_response(answer["status"] if found is not None else 204)
        self.send_header("Content-Type", "text/plain; charset=utf-8" if isinstance(found, str) else "application/json")
        self.send_header("Content-Length", str(len(text.encode("utf-8"))))
        self.end_headers()
        self.wfile.write(text.encode("utf-8"))

    def _turn(self, body):
        assert body["query"] == f"SELECT `{DATASET}.program`(@input)"
        [parameter] = body["queryParameters"]
        [output] = self.server.cloud.big.library("program", [[parameter["parameterValue"]["value"]]])
        return {"status": 200, "body": {"jobComplete": True, "rows": [{"f": [{"v": output}]}]}}

    do_GET = do_POST = do_PATCH = do_DELETE = _serve

    def log_message(self, *_):
        pass


@pytest.fixture()
def world(tmp_path, workflow):
    with DriftCloud(contract(), tmp_path) as cloud, Loopback(Handler, cloud=cloud) as address:
        cloud.lock = threading.Lock()
        cloud.put("drift/churn/rules.json", RULES)
        services = ("vertex", "storage", "monitoring", "executions", "bigquery", "pubsub")
        settings = {**SETTINGS, "urls": {service: f"{address}/{service}" for service in services}}
        environment = {
            "SETTINGS": json.dumps(settings), "PROJECT": PROJECT, "REGION": REGION, "ROUTINE": f"{DATASET}.program",
            "BIGQUERY_URL": f"{address}/bigquery", "GOOGLE_CLOUD_WORKFLOW_ID": WORKFLOW.rsplit("/", 1)[1],
        }

        def run(argument, name):
            now = datetime.datetime(2026, 11, 26, 12, 10, tzinfo=datetime.timezone.utc).timestamp()
            execution = emulator.execute(workflow, environment, argument, name, TOKEN, now)
            assert execution.most_bytes < MOST_BYTES, execution.most_bytes
            return execution

        yield cloud, run


def test_baseline_monitor_and_retraining_run_on_workflows(world):
    cloud, run = world
    make_baseline(cloud)  # lays the data
    del cloud.objects[f"{FOLDER}baselines/3.json"]
    asked = {"task": "baseline", "version": "3", "trainingData": "gs://data/train/", "evaluation": "gs://data/evaluation/"}
    made = run(asked, "b0000000-0000-4000-8000-000000000001")
    assert made.error is None, made.error
    assert made.result["baseline"] == f"gs://artifacts/{FOLDER}baselines/3.json" and cloud.document(f"{FOLDER}baselines/3.json")["bins"]
    cloud.serve(3)
    cloud.log_requests(list(requests_of(list(flights(600, 2, shift=800)))))
    judged = run({}, "b0000000-0000-4000-8000-000000000002")
    assert judged.error is None, judged.error
    assert report(cloud)["judgement"]["verdict"] == "drift" and len(cloud.executions) == 1 and len(cloud.messages) == 1
    assert [severity for severity, payload in judged.log if "drift" in payload] == ["WARNING", "NOTICE"]
    cloud.executions[0]["state"] = "SUCCEEDED"
    asked = run({"task": "retrain", "cause": "command line", "why": "new labels"}, "b0000000-0000-4000-8000-000000000003")
    assert asked.error is None and len(cloud.executions) == 2 and "lease" not in record(cloud)
    failed = run({"task": "dance"}, "b0000000-0000-4000-8000-000000000004")
    assert 'got the task "dance"' in failed.error
