"""A loopback server that behaves like the REST APIs of Vertex AI and Cloud Storage, as far as our workflows use them.

Paths, methods and query parameters are Google's own: requests are routed by the discovery documents of both APIs, and what is not
in them is refused. Bodies are parsed into the messages of google-cloud-aiplatform, pipelines into those of kfp-pipeline-spec.
Time is counted in looks: every `get` of a job moves it one state on. Faults are scripted (`Fault`).
"""
import json
import re
import socket
import struct
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from importlib import resources
from urllib.parse import parse_qs, unquote, urlsplit

from google.cloud.aiplatform_v1.types import ListModelVersionsResponse, MergeVersionAliasesRequest, PipelineJob
from google.protobuf import json_format
from kfp.pipeline_spec import pipeline_spec_pb2

from loopback import Loopback

TOKEN = "a-token-of-the-workflow"
STATE = "PIPELINE_STATE_"
ENDED = ("SUCCEEDED", "FAILED", "CANCELLED")
OBJECT_FIELDS = {"name", "bucket", "size", "contentType", "generation"}


class ApiError(Exception):
    """An error as Google's APIs answer it."""

    def __init__(self, code, status, message):
        super().__init__(message)
        self.code = code
        self.body = {"error": {"code": code, "message": message, "status": status}}


def invalid(message):
    return ApiError(400, "INVALID_ARGUMENT", message)


def not_found(what):
    return ApiError(404, "NOT_FOUND", f"{what} is not found.")


@dataclass
class Fault:
    """What happens to the nth call of a method (counted from 1, before the fault), and to the `times - 1` calls after it.

    `kind` is an HTTP status; "reset": the connection breaks before the request took effect; "lost": it breaks after.
    """

    method: str
    kind: int | str
    nth: int = 1
    times: int = 1

    def hits(self, method, count):
        return method == self.method and self.nth <= count < self.nth + self.times


@dataclass
class Job:
    """A pipeline job: the body it was created with, and the states that it has yet to go through."""

    id: str
    body: dict
    states: list
    state: str = "PENDING"
    error: dict | None = None


@dataclass
class Version:
    """A version of a model."""

    id: str
    labels: dict
    aliases: set = field(default_factory=set)


def discovery(document, service):
    """Methods of an API as (verb, pattern of the path, its id without the API's name, query parameters)."""
    text = resources.files("workflows_emulator").joinpath(f"discovery_documents/{document}.json").read_text()
    api = json.loads(text)
    shared = set(api["parameters"])

    def methods(node):
        for method in node.get("methods", {}).values():
            path = re.escape(method.get("flatPath", method["path"]))
            pattern = re.compile(f"/{service}" + re.sub(r"\\{(\w+)\\}", r"(?P<\1>[^/:]+)", path))
            query = {name for name, about in method.get("parameters", {}).items() if about["location"] == "query"}
            yield method["httpMethod"], pattern, method["id"].split(".", 1)[1], query | shared
        for child in node.get("resources", {}).values():
            yield from methods(child)

    return [(verb, path, name.removeprefix("projects.locations."), query) for verb, path, name, query in methods(api)]


METHODS = discovery("aiplatform_v1", "") + discovery("storage_v1", "storage/v1/")


class FakeVertex:
    """The state of a project's region, and the script of what happens in it."""

    def __init__(self, project="acme-ml", region="europe-west4"):
        self.parent = f"projects/{project}/locations/{region}"
        self.objects = {}  # (bucket, name) → (content type, bytes)
        self.jobs = {}  # id → Job
        self.models = {}  # id → [Version]
        self.states = ["PENDING", "QUEUED", "RUNNING", "RUNNING", "SUCCEEDED"]  # of jobs, one a look; the last one stays
        self.error = None  # of jobs that end without success
        self.registers = None  # the model that a job which succeeds registers a version of
        self.faults = []
        self.calls = []  # (method, query) of every request
        self.page_size = 2  # pages are cut before they are filtered, so that some are empty
        self._lock = threading.Lock()

    def count(self, method):
        return sum(1 for name, _ in self.calls if name == method)

    def fault(self, method):
        return next((fault.kind for fault in self.faults if fault.hits(method, self.count(method))), None)

    def answer(self, verb, url, authorization, body):
        """The body of the answer, and whether the answer gets lost; raises ApiError, ConnectionError."""
        with self._lock:
            address = urlsplit(url)
            method, path, query = self._route(verb, address.path, {k: v[-1] for k, v in parse_qs(address.query).items()})
            self.calls.append((method, query))
            if authorization != f"Bearer {TOKEN}":
                raise ApiError(401, "UNAUTHENTICATED", "Request is missing required authentication credential.")
            fault = self.fault(method)
            if fault == "reset":
                raise ConnectionError
            if isinstance(fault, int):
                raise ApiError(fault, "UNAVAILABLE", f"scripted {fault}")
            handler = getattr(self, "_" + re.sub(r"(?<=[a-z])([A-Z])|\.", lambda m: "_" + (m[1] or "").lower(), method), None)
            if handler is None:
                raise ApiError(501, "UNIMPLEMENTED", f"the fake has no {method}")
            return handler(path, query, body), fault == "lost"

    def _route(self, verb, path, query):
        for known, pattern, name, parameters in METHODS:
            match = pattern.fullmatch(path)
            if known == verb and match:
                if unknown := set(query) - parameters:
                    raise invalid(f"Invalid JSON payload received. Unknown name {sorted(unknown)}: Cannot bind query parameter.")
                return name, {key: unquote(value) for key, value in match.groupdict().items()}, query
        raise ApiError(404, "NOT_FOUND", f"The requested URL {path} was not found on this server.")

    # Pipeline jobs

    def _pipeline_jobs_create(self, path, query, body):
        self._own(path)
        job_id = query.get("pipelineJobId", "")
        if not re.fullmatch(r"[a-z][-a-z0-9]{0,127}", job_id):
            raise invalid(f"Invalid pipelineJobId {job_id!r}")
        message = parsed(PipelineJob, body)
        check_job(message, body)
        if job_id in self.jobs:
            raise ApiError(409, "ALREADY_EXISTS", f"The PipelineJob {self.parent}/pipelineJobs/{job_id} already exists.")
        self.jobs[job_id] = Job(job_id, body, list(self.states))
        return self._shown(self.jobs[job_id], query)

    def _pipeline_jobs_get(self, path, query, _body):
        job = self._job(path)
        if job.states:
            job.state = job.states.pop(0) if len(job.states) > 1 else job.states[0]
        self._settle(job)
        return self._shown(job, query)

    def _pipeline_jobs_cancel(self, path, _query, body):
        job = self._job(path)
        if body != {}:
            raise invalid("CancelPipelineJobRequest has no fields besides the name")
        if job.state in ENDED:
            raise ApiError(400, "FAILED_PRECONDITION", f"The PipelineJob {job.id} is in the state {job.state} and cannot be cancelled.")
        job.state, job.states = "CANCELLING", ["CANCELLED"]
        return {}

    def _settle(self, job):
        """What an ended job leaves: an error, or a registered version."""
        if job.state in ("FAILED", "CANCELLED"):
            job.error = self.error
        versions = self.models.get(self.registers)
        if job.state == "SUCCEEDED" and versions is not None and not any(v.labels.get("execution") == job.id for v in versions):
            self.register(self.registers, job.id)

    def register(self, model, execution):
        versions = self.models.setdefault(model, [])
        versions.append(Version(str(len(versions) + 1), {"execution": execution}))
        return versions[-1]

    def _shown(self, job, query):
        shown = {"name": f"{self.parent}/pipelineJobs/{job.id}", **job.body, "state": STATE + job.state}
        if job.error is not None:
            shown["error"] = job.error
        shown["jobDetail"] = {"taskDetails": [{"taskName": "x" * 100} for _ in range(100)]}
        return partial(shown, query, json_names(PipelineJob))

    # Models

    def _models_list_versions(self, path, query, _body):
        self._own(path)
        versions = self._versions(path["modelsId"])
        match = re.fullmatch(r'labels\.(\w+)="([^"]*)"', query.get("filter", 'labels.x=""'))
        if match is None:
            raise invalid(f"Invalid filter {query['filter']!r}")
        start = int(query.get("pageToken", 0))
        page = versions[start : start + min(self.page_size, int(query.get("pageSize", 100)))]
        shown = [self._model(path["modelsId"], v) for v in page if "filter" not in query or v.labels.get(match[1]) == match[2]]
        answer = {"models": shown} if shown else {}
        if start + self.page_size < len(versions):
            answer["nextPageToken"] = str(start + self.page_size)
        return partial(answer, query, json_names(ListModelVersionsResponse))

    def _models_merge_version_aliases(self, path, _query, body):
        self._own(path)
        model, _, version_id = path["modelsId"].partition("@")
        parsed(MergeVersionAliasesRequest, body)
        versions = self._versions(model)
        version = next((v for v in versions if v.id == version_id), None)
        if version is None:
            raise not_found(f"The model version {model}@{version_id}")
        for alias in body.get("versionAliases", []):
            for other in versions:
                other.aliases.discard(alias.removeprefix("-"))
            if not alias.startswith("-"):
                version.aliases.add(alias)
        return self._model(model, version)

    def _model(self, model, version):
        name = f"{self.parent}/models/{model}"
        shown = {"name": f"{name}@{version.id}", "versionId": version.id, "labels": version.labels}
        return {**shown, "versionAliases": sorted(version.aliases)} if version.aliases else shown

    # Cloud Storage

    def _objects_get(self, path, query, _body):
        key = (path["bucket"], path["object"])
        if key not in self.objects:
            raise ApiError(404, "notFound", f"No such object: {key[0]}/{key[1]}")
        content_type, content = self.objects[key]
        if query.get("alt") == "media":
            return content_type, content
        shown = {"name": key[1], "bucket": key[0], "size": str(len(content)), "contentType": content_type, "generation": "1"}
        return partial(shown, query, OBJECT_FIELDS)

    # What requests have in common

    def _own(self, path):
        named = f"projects/{path['projectsId']}/locations/{path['locationsId']}"
        if named != self.parent:
            raise ApiError(403, "PERMISSION_DENIED", f"Permission denied on resource {named} (or it may not exist).")

    def _job(self, path):
        self._own(path)
        if path["pipelineJobsId"] not in self.jobs:
            raise not_found(f"The PipelineJob {path['pipelineJobsId']}")
        return self.jobs[path["pipelineJobsId"]]

    def _versions(self, model):
        if model not in self.models:
            raise not_found(f"The Model {model}")
        return self.models[model]


def parsed(message, body):
    """A body as the message it must be."""
    try:
        return json_format.ParseDict(body, message.pb(message()), ignore_unknown_fields=False)
    except json_format.ParseError as error:
        raise invalid(f"Invalid JSON payload received. {error}") from error


def check_job(job, body):
    """What Vertex AI checks of a job before it accepts it."""
    config = job.runtime_config
    if not config.gcs_output_directory.startswith("gs://"):
        raise invalid("runtimeConfig.gcsOutputDirectory is required")
    if job.network and job.psc_interface_config.network_attachment:
        raise invalid("network and pscInterfaceConfig exclude each other")
    for key, value in job.labels.items():
        if not (re.fullmatch(r"[a-z][-_a-z0-9]{0,62}", key) and re.fullmatch(r"[-_a-z0-9]{0,63}", value)):
            raise invalid(f"Invalid label {key}={value}")
    spec = pipeline_spec_pb2.PipelineSpec()
    try:
        json_format.ParseDict(body.get("pipelineSpec", {}), spec)
    except json_format.ParseError as error:
        raise invalid(f"Invalid pipelineSpec: {error}") from error
    if not spec.pipeline_info.name or not spec.root.dag.tasks:
        raise invalid("pipelineSpec needs pipelineInfo.name and root.dag.tasks")
    inputs, given = spec.root.input_definitions.parameters, set(config.parameter_values)
    if unknown := given - set(inputs):
        raise invalid(f"The pipeline parameters {sorted(unknown)} are not found in the pipeline job input definitions.")
    if missing := {name for name, about in inputs.items() if not about.is_optional and not about.HasField("default_value")} - given:
        raise invalid(f"The pipeline parameters {sorted(missing)} are required.")


def json_names(message):
    return {descriptor.json_name for descriptor in message.pb(message()).DESCRIPTOR.fields}


def partial(shown, query, known):
    """The fields that a partial response asks for (`fields=a,b`); all of them without it."""
    if "fields" not in query:
        return shown
    wanted = query["fields"].split(",")
    if unknown := set(wanted) - set(known):
        raise invalid(f"Invalid field selection {', '.join(sorted(unknown))}")
    return {key: value for key, value in shown.items() if key in wanted}


class Handler(BaseHTTPRequestHandler):
    """HTTP around a FakeVertex."""

    protocol_version = "HTTP/1.1"
    wbufsize = -1  # an answer leaves as a whole: connections are kept, and wait for the rest otherwise

    def do_GET(self):
        self._serve(b"")

    def do_POST(self):
        self._serve(self.rfile.read(int(self.headers.get("Content-Length", 0))))

    def _serve(self, content):
        try:
            body = json.loads(content) if content else {}
            answer, lost = self.server.vertex.answer(self.command, self.path, self.headers.get("Authorization"), body)
            if lost:
                raise ConnectionError
            content_type, payload = answer if isinstance(answer, tuple) else ("application/json; charset=UTF-8", json.dumps(answer).encode())
            self._send(200, content_type, payload)
        except ApiError as error:
            self._send(error.code, "application/json; charset=UTF-8", json.dumps(error.body).encode())
        except ConnectionError:
            self._reset()

    def _send(self, code, content_type, payload):
        self.send_response(code)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(payload)))
        self.end_headers()
        self.wfile.write(payload)

    def _reset(self):
        self.close_connection = True
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.close()

    def log_message(self, *_args):
        """Nothing: the tests look at `calls`."""


class Server(Loopback):
    """`with Server(fake) as url:` serves a FakeVertex on loopback."""

    def __init__(self, vertex):
        super().__init__(Handler, vertex=vertex)
