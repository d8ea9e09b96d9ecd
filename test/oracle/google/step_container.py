"""A container of a Vertex AI pipeline: the step program with the paths, variables and services that Vertex gives it."""
import json
import os
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

from fake_google import FakeGoogle, Server

ROOT = Path(__file__).resolve().parents[3]
STEP_PROGRAM = ROOT / "dist/runtime/google/cdk_mlops_step.pyz"
SERVING_PROGRAM = ROOT / "dist/runtime/google/cdk_mlops_serve.pyz"
PYTHON = os.environ.get("STEP_PYTHON", sys.executable)
"""The Python that the step program runs on; the images' are older than that of the tests."""

sys.path.append(str(STEP_PROGRAM))  # tests look at single modules as they ship
from cdk_mlops_step.command_line import parse as parse_step  # noqa: E402
from cdk_mlops_step.serving_container import BOOTSTRAP  # noqa: E402

JOB = "train-0b3c9ba8-6a38-4c5e-a1f4-6f0b8c2d1e55"
BUCKET = "acme-ml-artifacts"
EXECUTION = f"training/flights/executions/123456789012/{JOB}"


class Pipeline:
    """One execution: what its steps are given, and where Vertex keeps what they write."""

    def __init__(self, folder, google, url):
        self.folder, self.google, self.url = folder, google, url
        self.containers = 0

    def environment(self, base=None):
        services = {f"MLOPS_{name}_URL": self.url for name in ("METADATA", "STORAGE", "BIGQUERY", "VERTEX")}
        if base is None:
            self.containers += 1
            base = self.folder / f"container-{self.containers}/opt/ml"
        own = {"MLOPS_GCS_ROOT": str(self.google.root), "SAGEMAKER_BASE_DIR": str(base), "MLOPS_PAUSE_SECONDS": "0.01"}
        kept = {name: os.environ[name] for name in ("PATH", "HOME", "TMPDIR") if name in os.environ}
        return {**kept, **services, **own, "no_proxy": "127.0.0.1"}

    def command(self, *arguments):
        return [PYTHON, str(STEP_PROGRAM), *map(str, arguments)]

    def run(self, step, *arguments, **variables):
        """A step in a container of its own, to its end."""
        command = self.command(step, *arguments)
        env = {**self.environment(), **variables}
        return subprocess.run(command, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=300)

    def path(self, task, name):
        """The /gcs path of an output artifact, or the file of an output parameter."""
        return self.google.root / BUCKET / EXECUTION / task / name

    def uri(self, task, name):
        return f"gs://{BUCKET}/{EXECUTION}/{task}/{name}"

    def pack(self, files):
        """A source archive in the bucket, with what the library adds to it."""
        archive = self.google.root / BUCKET / "training/flights/source/c0de.tgz"
        archive.parent.mkdir(parents=True, exist_ok=True)
        folder = self.folder / "source"
        for name, content in {"mlops.json": "{}", SERVING_PROGRAM.name: SERVING_PROGRAM.read_bytes(), **files}.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes(content.encode() if isinstance(content, str) else content)
        with tarfile.open(archive, "w:gz") as tar:
            for path in sorted(folder.rglob("*")):
                if path.is_file():
                    tar.add(path, arcname=str(path.relative_to(folder)))
        return f"gs://{BUCKET}/training/flights/source/c0de.tgz"

    def data_manifest(self, *, task="data-manifest", job=JOB, file_format="csv", hyperparameters=None, **data):
        arguments = ["--job", job, "--format", file_format, "--project", self.google.project, "--region", self.google.region]
        for channel, uri in data.items():
            arguments += ["--data", f"{channel}={uri}", "--output-parameter", f"{channel}={self.path(task, channel)}"]
        return self.run(
            "data-manifest", *arguments,
            "--staging-uri", f"gs://{BUCKET}/training/flights/data/",
            "--code-version", "c0de" * 16, "--code-uri", f"gs://{BUCKET}/training/flights/source/c0de.tgz", "--image", "image:1",
            "--hyperparameters", json.dumps(hyperparameters or {"max_depth": 6}),
            "--manifest-path", self.path(task, "manifest") / "manifest.jsonl",
            "--lineage-path", self.path(task, "execution") / "lineage.json",
            "--output-parameter", f"sha256={self.path(task, 'sha256')}",
        )  # fmt: skip

    def register(self, *options, job=JOB, image="europe-docker.pkg.dev/vertex-ai/prediction/xgboost-cpu.1-7:latest", **variables):
        return self.run(
            "register", "--job", job, "--project", self.google.project, "--region", self.google.region,
            "--model-id", "flights", "--model-uri", self.uri("train", "model"),
            "--report", self.path("evaluate", "report") / "evaluation.json",
            "--data-manifest-sha256", "da7a" * 16, "--data-manifest-uri", self.uri("data-manifest", "manifest") + "/manifest.jsonl",
            "--lineage-uri", self.uri("data-manifest", "execution") + "/lineage.json", "--code-version", "c0de" * 16,
            "--metric", "auc", "--image", image, "--format", "csv", *options,
            "--lineage-path", self.path("register", "lineage") / "lineage.json",
            "--output-parameter", f"version={self.path('register', 'version')}",
            **variables,
        )  # fmt: skip


@pytest.fixture
def google(tmp_path):
    return make_google(tmp_path)


@pytest.fixture
def pipeline(tmp_path, google):
    with Server(google) as url:
        yield Pipeline(tmp_path, google, url)


def make_google(folder):
    google = FakeGoogle(folder / "gcs")
    (google.root / BUCKET).mkdir(parents=True)
    return google


def succeeded(done):
    """The lines of a step that must have ended well."""
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def refusal(done):
    """The one line in which a step says why it failed; whoever reads the log sees no stack trace."""
    assert done.returncode == 1, f"ended with {done.returncode}: {done.stdout}{done.stderr}"
    assert "Traceback" not in done.stderr, done.stderr
    return done.stderr.strip().splitlines()[-1]
