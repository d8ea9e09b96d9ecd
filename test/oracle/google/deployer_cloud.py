"""The APIs that the deployer's workflow talks to, on loopback: Vertex AI, Cloud Storage, BigQuery, Cloud Monitoring, Workflow Executions.

Paths, methods and query parameters are those of Google's discovery documents, each service below a path of its own; what is not in
them is refused. Bodies are parsed into the messages of google-cloud-aiplatform, `fields` filters every answer. Time is a simulation's.
"""
import functools
import json
import re
from collections import Counter
from dataclasses import dataclass
from urllib.parse import parse_qs, urlsplit

import fake_google
import fake_vertex
import partial_response
from fake_endpoints import FakeEndpoints
from fake_figures import FakeFigures
from fake_registry import FakeRegistry
from fake_vertex import ApiError, invalid, not_found
from google_apis import changes_something, routed, selection
from loopback import Loopback
from routines import RoutineError

PROJECT, NUMBER, REGION, WORKFLOW, ENDPOINT_ID = "acme-ml", "123456789012", "europe-west4", "churn-deployer", "4815162342"
ROUTINE = f"{PROJECT}.churn_programs.program"
TOKEN = "a-token-of-the-deployer"
OPERATIONS_PAGE = 3


class Lost(Exception):
    """The answer does not arrive."""


@dataclass
class Operation:
    """A long-running operation on a resource."""

    name: str
    of: str
    done: bool = False
    outcome: object = None  # a response, or code and message of an error


@dataclass
class StoredObject:
    """A generation of an object."""

    generation: int
    text: str
    content_type: str
    at: float


class DeployerCloud:
    """A project's region. `simulation` has the time; `routine` computes; `state_of` tells of an execution, or None."""

    def __init__(self, simulation, routine, state_of):
        self.simulation, self.routine, self.state_of = simulation, routine, state_of
        self.parent, self.numbered = (f"projects/{project}/locations/{REGION}" for project in (PROJECT, NUMBER))
        self.operations, self.objects, self.queries = {}, {}, {}
        self.endpoints = FakeEndpoints(self, ENDPOINT_ID)
        self.registry, self.figures = FakeRegistry(self), FakeFigures(self)
        self.hooks = []  # functions of (moment, what), called before and after every request and every activity
        self.throttle, self.slow_queries = 0, 0
        self.calls = Counter()  # by service and method
        self.writes, self.breaches = [], []
        self._generations = iter(range(1_803_902_400_000_001, 10**17))

    @property
    def now(self):
        return self.simulation.now

    def later(self, seconds, happens):
        self.simulation.later(seconds, happens)

    def label(self, deployed):
        """What people call a deployed model: the number of its version, or its artifact."""
        model, version = deployed.model
        return self.registry.models[model].artifact or int(version) if model in self.registry.models else None

    def operation(self, of, minutes, ends):
        """The work of a service on a resource: `ends()` gives its response, or code and message of its error."""
        name = f"{of}/operations/{len(self.operations) + 1}"
        operation = self.operations[name] = Operation(name, of)

        def end():
            operation.outcome, operation.done = ends(), True

        self.later(minutes * 60, end)
        return {"name": name}

    # Requests

    def answer(self, verb, url, headers, content):
        """Status, content type and content of the answer. Raises Lost where it does not arrive."""
        address = urlsplit(url)
        _, service, path = address.path.split("/", 2)
        query = {name: values if name.endswith("groupByFields") else values[-1] for name, values in parse_qs(address.query).items()}
        method = None
        try:
            method, named = routed(service, verb, f"/{path}")
            content_type, answer = self._answer(method, named, query, headers, content)
        except ApiError as error:
            self._note(method, error, url)
            return error.code, "application/json; charset=UTF-8", json.dumps(error.body).encode()
        return 200, content_type, answer

    def _answer(self, method, named, query, headers, content):
        if headers.get("Authorization") != f"Bearer {TOKEN}":
            raise ApiError(401, "UNAUTHENTICATED", "Request is missing required authentication credential.")
        if unknown := set(query) - method.parameters:
            raise invalid(f"Invalid JSON payload received. Unknown name {sorted(unknown)}: Cannot bind query parameter.")
        name = f"{method.service}.{method.name}"
        self.calls[name] += 1
        if self.calls[name] <= self.throttle:
            raise ApiError(429, "RESOURCE_EXHAUSTED", "Quota exceeded for quota metric 'requests' and limit 'requests per minute'.")
        self.run_hooks("before", name)
        tree = selection(method, query)
        handler = getattr(self._owner(method.service), re.sub(r"(?<=[a-z])([A-Z])|\.", lambda m: "_" + (m[1] or "").lower(), method.name), None)
        if handler is None:
            raise ApiError(501, "UNIMPLEMENTED", f"the fake has no {name}")
        answer = handler(named, query, content if method.name == "objects.insert" else self._body(content))
        if changes_something(method):
            self.writes.append((name, {**query, **named}))
        self.run_hooks("after", name)
        if isinstance(answer, tuple):
            return answer
        return "application/json; charset=UTF-8", json.dumps(partial_response.select(answer, tree)).encode()

    def _note(self, method, error, url):
        """What only a mistake can ask for."""
        if error.code == 501 or error.body["error"]["status"] == "INVALID_ARGUMENT" or method is None:
            self.breaches.append(f"{url.partition('?')[0]}: {error}")

    def run_hooks(self, moment, what):
        for hook in list(self.hooks):
            hook(moment, what)

    @staticmethod
    def _body(content):
        try:
            return json.loads(content) if content else {}
        except ValueError:
            raise invalid("Invalid JSON payload received.") from None

    def _owner(self, service):
        return {"vertex": Vertex(self), "monitoring": self.figures}.get(service, self)

    # Cloud Storage

    def put(self, bucket, name, text, content_type="application/json"):
        """Writes an object: its generation."""
        self.objects[bucket, name] = StoredObject(next(self._generations), text, content_type, self.now)
        return self.objects[bucket, name].generation

    def objects_get(self, path, query, _body):
        found = self.objects.get((path["bucket"], path["object"]))
        if found is None or query.get("generation", str(found.generation)) != str(found.generation):
            raise ApiError(404, "notFound", f"No such object: {path['bucket']}/{path['object']}")
        return (found.content_type, found.text.encode()) if query.get("alt") == "media" else self._object(path["bucket"], path["object"])

    def _object(self, bucket, name):
        found = self.objects[bucket, name]
        return {"name": name, "bucket": bucket, "generation": str(found.generation), "size": str(len(found.text.encode()))}

    def objects_insert(self, path, query, content):
        if query.get("uploadType") != "media":
            raise invalid(f"Unknown upload type {query.get('uploadType')!r}")
        bucket, name = path["bucket"], query["name"]
        found = self.objects.get((bucket, name))
        if query.get("ifGenerationMatch", str(found.generation if found else 0)) != str(found.generation if found else 0):
            raise ApiError(412, "conditionNotMet", "At least one of the pre-conditions you specified did not hold.")
        if found and self.now - found.at < 1:
            raise ApiError(429, "rateLimitExceeded", f"The object {bucket}/{name} exceeded the rate limit for object mutation operations.")
        self.put(bucket, name, content["text"], content["type"])
        return self._object(bucket, name)

    # BigQuery

    def jobs_query(self, _path, _query, body):
        fake_google.check({"$ref": "QueryRequest"}, body, "query")
        text = f"SELECT `{ROUTINE}`(@input)"
        (parameter,) = body.get("queryParameters", [{}])
        if body.get("query") != text or body.get("useLegacySql", True) or parameter.get("name") != "input":
            raise invalid(f"Syntax error: the fake knows {text!r} only, got {body.get('query')!r}")
        if body.get("location") != REGION:
            raise not_found(f"Not found: Routine {ROUTINE} was not found in location {body.get('location')}")
        answer = self._turn(parameter["parameterValue"]["value"])
        job = f"job_{len(self.queries)}"
        self.queries[job] = answer
        if self.slow_queries > 0:
            self.slow_queries -= 1
            return {"jobComplete": False, "jobReference": {"projectId": PROJECT, "jobId": job, "location": REGION}}
        return self._rows(job)

    def jobs_get_query_results(self, path, query, _body):
        if path["queriesId"] not in self.queries or query.get("location") != REGION:
            raise not_found(f"Not found: Job {path['jobId']}")
        return self._rows(path["queriesId"])

    def _rows(self, job):
        schema = {"fields": [{"name": "f0_", "type": "STRING", "mode": "NULLABLE"}]}
        rows = [{"f": [{"v": self.queries[job]}]}]
        return {"kind": "bigquery#queryResponse", "schema": schema, "jobComplete": True, "totalRows": "1", "rows": rows}

    def _turn(self, text):
        """One turn of the program. An activity begins with its first turn, and ends with the one that asks for nothing."""
        asked = json.loads(text)
        if not asked["answers"]:
            self.run_hooks("before", asked["activity"])
        try:
            answer = self.routine(text)
        except RoutineError as error:
            raise ApiError(400, "INVALID_QUERY", str(error)) from error
        if "requests" not in json.loads(answer):
            self.run_hooks("after", asked["activity"])
        return answer

    # Workflow Executions

    def workflows_executions_get(self, path, _query, _body):
        name = "projects/{projectsId}/locations/{locationsId}/workflows/{workflowsId}/executions/{executionsId}".format(**path)
        state = self.state_of(name)
        if state is None:
            raise not_found(f"Execution {name}")
        return {"name": name, "state": state}


class Vertex:
    """Vertex AI's methods: whose they are, and the operations."""

    def __init__(self, cloud):
        self.cloud = cloud

    def __getattr__(self, name):
        owner = self.cloud.endpoints if name.startswith("endpoints_") else self.cloud.registry
        return functools.partial(self._in_region, getattr(owner, name))

    def _in_region(self, handler, path, query, body):
        self._own(path)
        return handler(path, query, body)

    def _own(self, path):
        named = f"projects/{path['projectsId']}/locations/{path['locationsId']}"
        if named not in (self.cloud.parent, self.cloud.numbered):
            raise ApiError(403, "PERMISSION_DENIED", f"Permission denied on resource {named} (or it may not exist).")

    def endpoints_operations_get(self, path, _query, _body):
        self._own(path)
        return self._operation(f"endpoints/{path['endpointsId']}/operations/{path['operationsId']}")

    def models_operations_get(self, path, _query, _body):
        self._own(path)
        return self._operation(f"models/{path['modelsId']}/operations/{path['operationsId']}")

    def _operation(self, name):
        found = self.cloud.operations.get(f"{self.cloud.numbered}/{name}")
        if found is None:
            raise not_found(f"Operation {name}")
        return self._shown(found)

    @staticmethod
    def _shown(operation):
        if not operation.done:
            return {"name": operation.name}
        if isinstance(operation.outcome, tuple):
            code, message = operation.outcome
            return {"name": operation.name, "done": True, "error": {"code": code, "message": message}}
        return {"name": operation.name, "done": True, "response": operation.outcome}

    def endpoints_operations_list(self, path, query, _body):
        """The oldest first, ended ones among them. (The order is not documented: this one punishes who reads one page only.)"""
        self._own(path)
        known = [self._shown(one) for one in self.cloud.operations.values() if one.of.endswith(f"/endpoints/{path['endpointsId']}")]
        first = int(query.get("pageToken", 0))
        end = first + min(OPERATIONS_PAGE, int(query.get("pageSize", 100)))
        return {
            **({"operations": known[first:end]} if known[first:end] else {}), **({"nextPageToken": str(end)} if end < len(known) else {}),
        }


class Handler(fake_vertex.Handler):
    """HTTP around a DeployerCloud."""

    def do_PATCH(self):
        self.do_POST()

    def do_DELETE(self):
        self.do_GET()

    def _serve(self, content):
        if urlsplit(self.path).path.startswith("/storage/upload/"):
            content = {"text": content.decode(), "type": self.headers.get("Content-Type")}
        try:
            self._send(*self.server.cloud().answer(self.command, self.path, self.headers, content))
        except Lost:
            self._reset()
        except Exception as problem:  # the fake's own: no execution may take it for the service's
            self.server.cloud().breaches.append(f"{self.command} {self.path}: {problem!r}")
            self._reset()


class Server(Loopback):
    """`with Server(cloud) as url:` serves what `cloud()` is at the moment on loopback."""

    def __init__(self, cloud):
        super().__init__(Handler, cloud=cloud)
