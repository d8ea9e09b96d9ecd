"""The step register: a model becomes a version in Vertex AI's registry."""
import json
import os
import re
import urllib.parse

from cdk_mlops_step.errors import RequestError, StepError
from cdk_mlops_step.evaluation import metric_of
from cdk_mlops_step.google_rest import call
from cdk_mlops_step.locations import read_json, uri_of, write_text
from cdk_mlops_step.serving_container import container_of
from cdk_mlops_step.waiting import ATTEMPTS, pause, wait_for

VERTEX_URL = os.environ.get("MLOPS_VERTEX_URL", "https://{region}-aiplatform.googleapis.com")

LOOKS = 10
"""How often a version is looked for whose upload may have begun: for a minute and more."""

# google.rpc.Code of a failed operation, as the status that a request would have got.
STATUS_OF_CODE = {6: 409, 8: 429, 10: 409, 14: 503}


def execution_label(job):
    """The label by which an execution's version is found: a label's value has at most 63 characters."""
    if not re.match(r"[a-z0-9_-]{1,63}$", job):
        raise StepError(f"got job name {job!r}, the registry finds its version by a label: at most 63 lower-case letters, digits, - and _")
    return job


def register(options):
    """Adds a version to the registry. The same execution adds one version only, however often it is asked to."""
    report = read_json(options.report, "the evaluation report")
    lineage = read_json(options.lineage_uri, "the lineage document")
    version = find_version(options)
    if not version:
        model = model_of(options, metric_of(report, options.metric))
        version = upload(options, model)
    document = {
        "executionId": options.job,
        "codeVersion": options.code_version,
        "dataManifestUri": uri_of(options.data_manifest_uri),
        "dataManifestSha256": options.data_manifest_sha256,
        "lineageUri": uri_of(options.lineage_uri),
        "hyperparameters": lineage.get("hyperparameters", {}),
        "metrics": report["metrics"],
        "model": f"{model_name(options)}@{version}",
    }
    write_text(options.lineage_path, json.dumps(document, indent=2))
    for path in options.output_parameter.values():
        write_text(path, version)
    print(f"registered {document['model']}")


def model_of(options, value):
    labels = {
        "execution": execution_label(options.job),
        "code_version": options.code_version[:63],
        "data_manifest": options.data_manifest_sha256[:63],
    }
    model = {
        "displayName": options.model_id,
        "versionDescription": f"{options.metric} {value}; lineage: {uri_of(options.lineage_uri)}",
        "artifactUri": uri_of(options.model_uri),
        "containerSpec": container_of(options),
        "labels": labels,
    }
    return dict(model, encryptionSpec={"kmsKeyName": options.kms_key}) if options.kms_key else model


def find_version(options):
    """The version that this execution has registered, if it has."""
    query = {"filter": f'labels.execution="{execution_label(options.job)}"', "pageSize": "100"}
    versions = []
    while True:
        try:
            page = call("GET", vertex(options, f"{model_name(options)}:listVersions?{urllib.parse.urlencode(query)}"))
        except RequestError as error:
            if error.status == 404:
                return None
            raise
        versions += [model for model in page.get("models", []) if model.get("labels", {}).get("execution") == options.job]
        if not page.get("nextPageToken"):
            break
        query["pageToken"] = page["nextPageToken"]
    return min((model["versionId"] for model in versions), key=int, default=None)


def upload(options, model):
    """Uploads the version. It is never asked for blindly again: an answer may be lost while the version is being made."""
    for attempt in range(1, ATTEMPTS + 1):
        try:
            operation = call("POST", vertex(options, f"{location_name(options)}/models:upload"), upload_request(options, model), attempts=1)
            return finish(options, operation)
        except RequestError as error:
            if not error.transient and error.status != 409:  # 409: another execution is registering too
                raise
            reason = error
        took_no_effect = reason.status in (409, 429)
        for look in range(1, (1 if took_no_effect else LOOKS) + 1):
            pause(max(min(look, 5), attempt))
            version = find_version(options)
            if version:
                return version
    raise reason


def upload_request(options, model):
    """The first upload names the model, later ones add versions to it."""
    try:
        call("GET", vertex(options, model_name(options)))
        request = {"parentModel": model_name(options), "model": model}
    except RequestError as error:
        if error.status != 404:
            raise
        request = {"modelId": options.model_id, "model": model}
    return dict(request, serviceAccount=options.service_account) if options.service_account else request


def finish(options, operation):
    name = operation["name"]
    ended = wait_for(lambda: call("GET", vertex(options, name)), lambda state: state.get("done"), f"the registration {name}")
    if "error" in ended:
        raise RequestError("models:upload", STATUS_OF_CODE.get(ended["error"].get("code"), 400), ended["error"].get("message"))
    return ended["response"]["modelVersionId"]


def location_name(options):
    return f"projects/{options.project}/locations/{options.region}"


def model_name(options):
    return f"{location_name(options)}/models/{options.model_id}"


def vertex(options, path):
    return f"{VERTEX_URL.format(region=options.region)}/v1/{path}"
