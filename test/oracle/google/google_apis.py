"""Google's APIs as far as the deployer uses them: methods, their addresses and parameters, and what their answers can hold.

They are read from Google's discovery documents, which the emulator of Workflows brings along; Cloud Monitoring's are written by hand.
"""
import functools
import json
import re
from dataclasses import dataclass
from importlib import resources
from urllib.parse import unquote

from google.cloud.aiplatform_v1 import types
from google.longrunning import operations_pb2

import fake_figures
import partial_response
from fake_vertex import ApiError, invalid

SERVICES = {"vertex": "aiplatform_v1", "storage": "storage_v1", "bigquery": "bigquery_v2", "executions": "workflowexecutions_v1"}

# What Vertex AI answers: newer than its discovery document, so `fields` are held against the messages of its library.
MESSAGES = {
    "endpoints.get": types.Endpoint, "endpoints.patch": types.Endpoint, "models.get": types.Model, "models.list": types.ListModelsResponse,
    "models.mergeVersionAliases": types.Model, "endpoints.operations.list": operations_pb2.ListOperationsResponse,
    "batchPredictionJobs.create": types.BatchPredictionJob, "batchPredictionJobs.get": types.BatchPredictionJob,
}


@dataclass(frozen=True)
class Method:
    """A method of an API."""

    service: str
    verb: str
    path: re.Pattern
    name: str
    parameters: frozenset
    response: dict  # schema of the answer
    schemas: dict


def methods_of(service, document):
    """The methods of a discovery document, uploads among them."""
    api = json.loads(resources.files("workflows_emulator").joinpath(f"discovery_documents/{document}.json").read_text())

    def methods(node):
        for method in node.get("methods", {}).values():
            about = method.get("parameters", {})
            query = frozenset({name for name, one in about.items() if one["location"] == "query"} | set(api["parameters"]))
            name = re.sub(r"^\w+\.(projects\.locations\.)?", "", method["id"])
            upload = method.get("mediaUpload", {}).get("protocols", {}).get("simple", {}).get("path")
            for path in filter(None, ["/" + api["servicePath"] + method.get("flatPath", method["path"]), upload]):
                pattern = re.compile(re.sub(r"\\{(\w+)\\}", r"(?P<\1>[^/:]+)", re.escape(path)))
                yield Method(service, method["httpMethod"], pattern, name, query, method.get("response", {}), api["schemas"])
        for child in node.get("resources", {}).values():
            yield from methods(child)

    return list(methods(api))


FIGURES = Method(
    "monitoring", "GET", re.compile(r"/v3/projects/(?P<projectsId>[^/:]+)/timeSeries"), "timeSeries.list",
    frozenset(fake_figures.PARAMETERS | {"fields", "alt", "key"}), {"$ref": "ListTimeSeriesResponse"}, fake_figures.SCHEMAS,
)  # fmt: skip
METHODS = [method for service, document in SERVICES.items() for method in methods_of(service, document)] + [FIGURES]


@functools.cache
def routed(service, verb, path):
    """The method of a request, and what its path names."""
    for method in METHODS:
        match = method.path.fullmatch(path) if (method.service, method.verb) == (service, verb) else None
        if match:
            return method, {key: unquote(value) for key, value in match.groupdict().items()}
    raise ApiError(404, "NOT_FOUND", f"The requested URL {path} was not found on this server.")


def changes_something(method):
    """Whether a request changes something that lasts. Programs are asked by POST."""
    return method.verb != "GET" and method.service != "bigquery"


def selection(method, query):
    """What `fields` asks for; everything without it."""
    try:
        tree = partial_response.parse(query["fields"]) if "fields" in query else {}
        if method.service != "vertex":
            partial_response.check_schema(tree, method.response, method.schemas)
        else:
            message = MESSAGES.get(method.name, operations_pb2.Operation)
            partial_response.check_message(tree, message.pb(message()).DESCRIPTOR if hasattr(message, "pb") else message.DESCRIPTOR)
    except partial_response.UnknownField as error:
        raise invalid(f"Invalid field selection {error}") from error
    return tree
