"""Loopback services as the containers of a training see them: metadata server, Cloud Storage, BigQuery, model registry.

A folder is Cloud Storage: what REST lists are the files that a container sees below /gcs, one folder per bucket. Paths, methods and
query parameters are those of Google's discovery documents; uploads are parsed into the messages of google-cloud-aiplatform, jobs of
BigQuery are checked against the document's schema. Work takes a while, counted in requests: an operation or a job ends some requests
after it began, and only then is there something to see of it. Faults are scripted (`fake_vertex.Fault`).
"""
import base64
import hashlib
import itertools
import json
import re
import threading
from dataclasses import dataclass, field
from importlib import resources
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

import google_crc32c
from google.cloud.aiplatform_v1.types import UploadModelRequest

import fake_vertex
from fake_vertex import ApiError, discovery, invalid, not_found, parsed
from loopback import Loopback

TOKEN = "a-token-of-the-jobs"
NUMBER = "123456789012"
METHODS = discovery("aiplatform_v1", "") + discovery("storage_v1", "storage/v1/") + discovery("bigquery_v2", "bigquery/v2/")
SCHEMAS = json.loads(resources.files("workflows_emulator").joinpath("discovery_documents/bigquery_v2.json").read_text())["schemas"]
LABEL = re.compile(r"[-_a-z0-9]{0,63}")


@dataclass
class Table:
    """A table of BigQuery: its rows, and how often it was written."""

    rows: list
    type: str = "TABLE"
    writes: int = 1
    location: str = "EU"


@dataclass
class Work:
    """Something that the services do meanwhile: it ends when this many more requests have come."""

    requests: int
    ends: object
    done: bool = False
    result: dict = field(default_factory=dict)


class FakeGoogle:
    """The state of a project, and the script of what happens in it."""

    def __init__(self, root, project="acme-ml", region="europe-west4"):
        self.root = Path(root)
        self.project, self.region = project, region
        self.parent = f"projects/{project}/locations/{region}"
        self.tables = {}  # project.dataset.table → Table
        self.jobs = {}  # id → (body, Work)
        self.models = {}  # id → [what was uploaded, with its versionId]
        self.operations = {}  # name → Work
        self.composed = set()  # objects put together from parts: they have no MD5
        self.many = {}  # (bucket, prefix) → how many files are pretended to lie there
        self.faults = []
        self.failures = []  # errors that the next jobs or operations end with
        self.rival = None  # an execution that registers at the very same moment
        self.during_export = lambda: None
        self.calls = []
        self.page_size = 1000
        self.duration = 3  # of operations and jobs, in requests
        self._lock = threading.Lock()

    def count(self, method):
        return self.calls.count(method)

    def put(self, uri, content=b"x"):
        """A file in Cloud Storage."""
        path = self.root / uri.removeprefix("gs://")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    def answer(self, verb, url, headers, body):
        """The answer, and whether it gets lost on its way."""
        with self._lock:
            address = urlsplit(url)
            query = {key: values[-1] for key, values in parse_qs(address.query).items()}
            method, path = self._route(verb, address.path, query)
            self.calls.append(method)
            kind = next((fault.kind for fault in self.faults if fault.hits(method, self.count(method))), None)
            if kind == "reset":
                raise ConnectionError
            if kind == "rate limit":  # as BigQuery says it
                raise QuotaError("Exceeded rate limits: too many api requests per user per method")
            if isinstance(kind, int):
                raise ApiError(kind, "UNAVAILABLE", f"scripted {kind}")
            self._authenticate(method, headers)
            self._work()
            handler = getattr(self, "_" + re.sub(r"(?<=[a-z])([A-Z])|\.", lambda m: "_" + (m[1] or "").lower(), method), None)
            if handler is None:
                raise ApiError(501, "UNIMPLEMENTED", f"the fake has no {method}")
            return handler(path, query, body), kind == "lost"

    def _route(self, verb, path, query):
        if verb == "GET" and path == "/computeMetadata/v1/instance/service-accounts/default/token":
            return "token", {}
        for known, pattern, name, parameters in METHODS:
            match = pattern.fullmatch(path)
            if known == verb and match:
                if unknown := set(query) - parameters:
                    raise invalid(f"Invalid JSON payload received. Unknown name {sorted(unknown)}: Cannot bind query parameter.")
                return name, {key: unquote(value) for key, value in match.groupdict().items()}
        raise ApiError(404, "NOT_FOUND", f"The requested URL {path} was not found on this server.")

    def _authenticate(self, method, headers):
        if method == "token":
            if headers.get("Metadata-Flavor") != "Google":
                raise ApiError(403, "FORBIDDEN", "Missing Metadata-Flavor:Google header.")
        elif headers.get("Authorization") != f"Bearer {TOKEN}":
            raise ApiError(401, "UNAUTHENTICATED", "Request is missing required authentication credential.")

    def _work(self):
        """Time passes: every request brings what is under way nearer to its end."""
        for work in [*self.operations.values(), *(work for _, work in self.jobs.values())]:
            work.requests -= 1
            if work.requests <= 0 and not work.done:
                work.done = True
                work.result = {"error": self.failures.pop(0)} if self.failures else work.ends()

    def _token(self, _path, _query, _body):
        return {"access_token": TOKEN, "expires_in": 3599, "token_type": "Bearer"}

    # Cloud Storage

    def _objects_list(self, path, query, _body):
        prefix = query.get("prefix", "")
        if not (self.root / path["bucket"]).is_dir():
            raise not_found(f"The specified bucket {path['bucket']}")
        size = min(self.page_size, int(query.get("maxResults", 1000)))
        items = self._pretended(path["bucket"], prefix, query, size) or self._listed(path["bucket"], prefix, query.get("pageToken", ""))
        page = list(itertools.islice(items, size + 1))
        answer = {"items": [selected(item, query) for item in page[:size]]} if page else {}
        return {**answer, "nextPageToken": page[size - 1]["name"]} if len(page) > size else answer

    def _listed(self, bucket, prefix, after):
        folder = self.root / bucket
        names = (f"{path.relative_to(folder)}{'/' if path.is_dir() else ''}" for path in folder.rglob("*") if not hides(path))
        for name in sorted((name for name in names if name.startswith(prefix) and name > after), key=str.encode):
            yield self._object(bucket, name)

    def _pretended(self, bucket, prefix, query, size):
        if (bucket, prefix) not in self.many:
            return None
        first = int(query["pageToken"][-9:]) + 1 if "pageToken" in query else 0
        numbers = range(first, min(first + size + 1, self.many[bucket, prefix]))
        known = {"generation": "1", "md5Hash": "1B2M2Y8AsgTpgAmY7PhCfg==", "size": "1"}
        return iter([{"name": f"{prefix}part-{number:09d}", **known} for number in numbers])

    def _object(self, bucket, name):
        path = self.root / bucket / name
        content = b"" if path.is_dir() else path.read_bytes()
        checksums = {"crc32c": base64.b64encode(google_crc32c.value(content).to_bytes(4, "big")).decode()}
        if f"gs://{bucket}/{name}" not in self.composed:
            checksums["md5Hash"] = base64.b64encode(hashlib.md5(content).digest()).decode()
        return {"name": name, "size": str(len(content)), "generation": str(path.stat().st_mtime_ns // 1000), **checksums}

    def _objects_get(self, path, query, _body):
        file = self.root / path["bucket"] / path["object"]
        if not file.is_file():
            raise not_found(f"No such object: {path['bucket']}/{path['object']}")
        return ("application/octet-stream", file.read_bytes()) if query.get("alt") == "media" else self._object(path["bucket"], path["object"])

    # BigQuery

    def _tables_get(self, path, _query, _body):
        project, dataset, table = (path[key] for key in ("projectsId", "datasetsId", "tablesId"))
        name = f"{project}.{dataset}.{table}"
        if name not in self.tables:
            raise ApiError(404, "NOT_FOUND", f"Not found: Table {project}:{dataset}.{table}")
        found = self.tables[name]
        content = json.dumps([found.rows, found.writes])
        return {
            "kind": "bigquery#table", "etag": hashlib.md5(content.encode()).hexdigest(), "type": found.type, "location": found.location,
            "tableReference": {"projectId": project, "datasetId": dataset, "tableId": table}, "numRows": str(len(found.rows)),
            "lastModifiedTime": str(1_700_000_000_000 + found.writes), "numBytes": str(len(content)),
        }  # fmt: skip

    def _jobs_insert(self, path, _query, body):
        check(SCHEMAS["Job"], body, "job")
        reference, extract = body["jobReference"], body["configuration"]["extract"]
        job = reference["jobId"]
        if not re.fullmatch(r"[\w-]{1,1024}", job):
            raise invalid(f"Invalid job ID {job!r}")
        if job in self.jobs:
            raise ApiError(409, "ALREADY_EXISTS", f"Already Exists: Job {path['projectsId']}:{reference.get('location')}.{job}")
        name = "{projectId}.{datasetId}.{tableId}".format(**extract["sourceTable"])
        if reference.get("location") != self.tables[name].location:
            raise not_found(f"Not found: Dataset {name} was not found in location {reference.get('location')}")
        self.jobs[job] = (body, Work(self.duration, lambda: self._extract(name, extract)))
        return self._job(job)

    def _extract(self, name, extract):
        (uri,) = extract["destinationUris"]
        values = [value for row in self.tables[name].rows for value in row.values()]
        if extract["destinationFormat"] == "CSV" and any(isinstance(value, (dict, list)) for value in values):
            return {"error": {"reason": "invalid", "message": "Operation cannot be performed on a nested schema.\nField: tags"}}
        for shard, rows in enumerate([self.tables[name].rows[0::2], self.tables[name].rows[1::2]]):
            self.put(uri.replace("*", f"{shard:012d}"), as_text(rows, extract["destinationFormat"]))
        self.during_export()
        return {}

    def _jobs_get(self, path, query, _body):
        job = path["jobsId"]
        if job not in self.jobs or query.get("location") != self.jobs[job][0]["jobReference"]["location"]:
            raise not_found(f"Not found: Job {job}")
        return self._job(job)

    def _job(self, job):
        body, work = self.jobs[job]
        error = {"errorResult": work.result["error"]} if "error" in work.result else {}
        return {**body, "status": {"state": "DONE" if work.done else "RUNNING", **error}}

    # The model registry

    def _models_get(self, path, _query, _body):
        return self._model(path["modelsId"], self._versions(path)[0])

    def _models_list_versions(self, path, query, _body):
        versions = self._versions(path)
        match = re.fullmatch(r'labels\.(\w+)="([^"]*)"', query.get("filter", ""))
        if match is None:
            raise invalid(f"Invalid filter {query.get('filter')!r}")
        start = int(query.get("pageToken", 0))
        end = start + min(self.page_size, int(query["pageSize"]))
        shown = [self._model(path["modelsId"], v) for v in versions[start:end] if v["labels"].get(match[1]) == match[2]]
        return {**({"models": shown} if shown else {}), **({"nextPageToken": str(end)} if end < len(versions) else {})}

    def _models_upload(self, path, _query, body):
        self._own(path)
        check_upload(parsed(UploadModelRequest, body), self)
        if self.rival:
            self._add(body.get("modelId") or body["parentModel"].split("/")[-1], {"labels": {"execution": self.rival}})
            self.rival = None
        if "parentModel" in body:
            model = body["parentModel"].split("/")[-1]
            self._versions({**path, "modelsId": model})
        else:
            model = body["modelId"]
            if model in self.models:
                raise ApiError(409, "ALREADY_EXISTS", f"Model ID {model} already exists.")
        name = f"projects/{NUMBER}/locations/{self.region}/models/{model}/operations/{len(self.operations) + 1}"
        self.operations[name] = Work(self.duration, lambda: self._add(model, body["model"]))
        return {"name": name, "metadata": {"@type": "type.googleapis.com/google.cloud.aiplatform.v1.UploadModelOperationMetadata"}}

    def _add(self, model, uploaded):
        versions = self.models.setdefault(model, [])
        versions.append({**uploaded, "versionId": str(len(versions) + 1)})
        return {"model": f"projects/{NUMBER}/locations/{self.region}/models/{model}", "modelVersionId": versions[-1]["versionId"]}

    def _models_operations_get(self, path, _query, _body):
        name = f"projects/{path['projectsId']}/locations/{path['locationsId']}/models/{path['modelsId']}/operations/{path['operationsId']}"
        if name not in self.operations:
            raise not_found(name)
        work = self.operations[name]
        if not work.done:
            return {"name": name}
        return {"name": name, "done": True, **(work.result if "error" in work.result else {"response": work.result})}

    def _versions(self, path):
        self._own(path)
        if path["modelsId"] not in self.models:
            raise not_found(f"The Model {path['modelsId']}")
        return self.models[path["modelsId"]]

    def _model(self, model, version):
        name = f"{self.parent}/models/{model}"
        return {"name": name, "versionId": version["versionId"], "labels": version["labels"]}  # containerSpec is write-only

    def _own(self, path):
        named = f"projects/{path['projectsId']}/locations/{path['locationsId']}"
        if named != self.parent:
            raise ApiError(403, "PERMISSION_DENIED", f"Permission denied on resource {named} (or it may not exist).")


class QuotaError(ApiError):
    """A quota as BigQuery reports it: code 403, and the reason in a list."""

    def __init__(self, message):
        super().__init__(403, "PERMISSION_DENIED", message)
        self.body["error"]["errors"] = [{"domain": "usageLimits", "reason": "rateLimitExceeded", "message": message}]


def hides(path):
    """Folders of files are no objects; an empty folder stands for the object that the console makes for it."""
    return path.is_dir() and any(path.iterdir())


def selected(item, query):
    """An object with the fields that are asked for: `items(name,size),nextPageToken`."""
    fields = re.search(r"items\(([\w,]+)\)", query.get("fields", ""))
    return {key: value for key, value in item.items() if fields is None or key in fields[1].split(",")}


def as_text(rows, file_format):
    if file_format == "CSV":
        return "\n".join([",".join(rows[0] if rows else []), *(",".join(map(str, row.values())) for row in rows)]) + "\n"
    return "".join(json.dumps(row) + "\n" for row in rows)


def check(schema, value, path):
    """A body against a schema of the discovery document: unknown names, types and enumerations."""
    schema = SCHEMAS[schema["$ref"]] if "$ref" in schema else schema
    kind = {"object": dict, "array": list, "string": str, "boolean": bool, "integer": int}.get(schema["type"], object)
    if not isinstance(value, kind):
        raise invalid(f"Invalid value at '{path}': {value!r}")
    if schema["type"] == "object" and "properties" in schema:
        for name, item in value.items():
            if name not in schema["properties"]:
                raise invalid(f'Invalid JSON payload received. Unknown name "{name}" at \'{path}\': Cannot find field.')
            check(schema["properties"][name], item, f"{path}.{name}")
    if schema["type"] == "array":
        for index, item in enumerate(value):
            check(schema["items"], item, f"{path}[{index}]")


def check_upload(request, fake):
    """What the registry checks beyond the message's form."""
    model = request.model
    if bool(request.parent_model) == bool(request.model_id):
        raise invalid("one of parentModel and modelId names the model")
    if request.model_id and not re.fullmatch(r"[a-z_][a-z0-9_-]{0,62}", request.model_id):
        raise invalid(f"Invalid model_id {request.model_id!r}")
    if not model.display_name or len(model.display_name) > 128 or not model.container_spec.image_uri:
        raise invalid("display_name and container_spec.image_uri are required")
    if not all(variable.name and variable.value for variable in model.container_spec.env):
        raise invalid("Required field is not set: container_spec.env.value")
    if model.version_aliases:
        raise invalid("the fake allows no aliases: approval is one")
    for key, value in model.labels.items():
        if not (LABEL.fullmatch(key) and LABEL.fullmatch(value)):
            raise invalid(f"Invalid label {key}={value}")
    if not model.artifact_uri.startswith("gs://") or not any((fake.root / model.artifact_uri[5:]).glob("*")):
        raise invalid(f"There are no files under {model.artifact_uri}")
    if request.service_account and "@" not in request.service_account:
        raise invalid(f"Invalid service account {request.service_account!r}")


class Handler(fake_vertex.Handler):
    """HTTP around a FakeGoogle."""

    def _serve(self, content):
        try:
            answer, lost = self.server.google.answer(self.command, self.path, self.headers, json.loads(content) if content else {})
            if lost:
                raise ConnectionError
            content_type, payload = answer if isinstance(answer, tuple) else ("application/json; charset=UTF-8", json.dumps(answer).encode())
            self._send(200, content_type, payload)
        except ApiError as error:
            self._send(error.code, "application/json; charset=UTF-8", json.dumps(error.body).encode())
        except ConnectionError:
            self._reset()


class Server(Loopback):
    """`with Server(fake) as url:` serves a FakeGoogle on loopback."""

    def __init__(self, google):
        super().__init__(Handler, google=google)
