"""A serving container of Vertex AI: starts what a version's containerSpec says, with the variables that Vertex sets."""
import json
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

SERVING_PYTHON = os.environ.get("SERVING_PYTHON", sys.executable)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Container:
    """`with Container(spec, uri, url) as container:` runs the container; `container.log` is what it has written so far."""

    def __init__(self, spec, storage_uri, url, folder, **variables):
        self.port = free_port()
        self.command = [SERVING_PYTHON if part == "python3" else part for part in spec["command"]]
        own = {item["name"]: item["value"].replace("$$(", "$(") for item in spec.get("env", [])}
        kept = {name: os.environ[name] for name in ("PATH", "HOME", "TMPDIR") if name in os.environ}
        self.environment = {
            **kept, **own, "AIP_STORAGE_URI": storage_uri, "AIP_HTTP_PORT": str(self.port), "AIP_MODE": "PREDICTION",
            "AIP_HEALTH_ROUTE": spec["healthRoute"], "AIP_PREDICT_ROUTE": spec["predictRoute"], "no_proxy": "127.0.0.1",
            "MLOPS_METADATA_URL": url, "MLOPS_STORAGE_URL": url, **variables,
        }  # fmt: skip
        self.spec = spec
        self.file = Path(folder) / f"container-{self.port}.log"

    def __enter__(self):
        with self.file.open("w") as output:
            self.process = subprocess.Popen(self.command, env=self.environment, stdout=output, stderr=subprocess.STDOUT)
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()

    @property
    def log(self):
        return self.file.read_text()

    def until_healthy(self, seconds=60):
        deadline = time.monotonic() + seconds
        while self.health() != 200:
            assert self.process.poll() is None, f"the container ended: {self.log}"
            assert time.monotonic() < deadline, f"not healthy in time: {self.log}"
            time.sleep(0.05)
        return self

    def health(self):
        """Status of the health route; 0 if nobody listens."""
        try:
            return self.request("GET", self.spec["healthRoute"])[0]
        except (urllib.error.URLError, ConnectionError):
            return 0

    def request(self, method, path, body=None, **headers):
        """Status, content type and body."""
        names = {name.replace("_", "-"): value for name, value in headers.items()}
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}{path}", body, names, method=method)
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return answer.status, answer.headers["Content-Type"], answer.read()
        except urllib.error.HTTPError as error:
            return error.code, error.headers["Content-Type"], error.read()

    def raw_predict(self, body, content_type, accept=""):
        body = body if isinstance(body, bytes) else body.encode()
        return self.request("POST", self.spec["predictRoute"], body, Content_Type=content_type, **({"Accept": accept} if accept else {}))

    def predict(self, instances):
        """Vertex's own request; the predictions, or the status and the error."""
        status, _, answer = self.raw_predict(json.dumps({"instances": instances}), "application/json")
        document = json.loads(answer)
        return document["predictions"] if status == 200 else (status, document["error"])
