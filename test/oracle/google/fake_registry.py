"""The model registry of Vertex AI: models, versions, aliases, uploads, and batch predictions with them."""
import re
from dataclasses import dataclass, field

from google.cloud.aiplatform_v1.types import BatchPredictionJob, MergeVersionAliasesRequest, UploadModelRequest

from fake_vertex import ApiError, invalid, not_found, parsed

LABEL = re.compile(r"[-_a-z0-9]{0,63}")
JOB_MINUTES = 20


@dataclass
class Model:
    """A model with its versions; the first has the alias `default`."""

    display_name: str
    labels: dict = field(default_factory=dict)
    versions: dict = field(default_factory=dict)  # number → its aliases
    artifact: str | None = None


class FakeRegistry:
    """Models and batch predictions of a project's region. `cloud` has the clock, names, and operations."""

    def __init__(self, cloud):
        self.cloud = cloud
        self.models, self.jobs = {}, {}
        self.artifacts = set()  # folders in Cloud Storage that hold a model
        self.job_ends = "JOB_STATE_SUCCEEDED"
        self.page_size = 2
        self.undeletable = False

    def register(self, model, display_name):
        """A new version: its number."""
        versions = self.models.setdefault(model, Model(display_name)).versions
        number = str(len(versions) + 1)
        versions[number] = set() if versions else {"default"}
        return number

    def move_alias(self, model, number, alias):
        for aliases in self.models[model].versions.values():
            aliases.discard(alias)
        self.models[model].versions[number].add(alias)

    def find(self, name):
        """Id and version of `…/models/ID@VERSION`, where VERSION is a number, an alias, or left out."""
        model, _, version = name.rsplit("/", 1)[-1].partition("@")
        if model not in self.models:
            raise not_found(f"The Model {name}")
        wanted = version or "default"
        for number, aliases in self.models[model].versions.items():
            if wanted == number or wanted in aliases:
                return model, number
        raise not_found(f"The Model {name}")

    def _shown(self, model, number):
        found = self.models[model]
        aliases = found.versions[number]
        deployed = [one.id for one in self.cloud.endpoints.deployed.values() if one.model == (model, number)]
        return {
            "name": f"{self.cloud.numbered}/models/{model}", "displayName": found.display_name, "versionId": number, "labels": found.labels,
            **({"versionAliases": sorted(aliases)} if aliases else {}), **({"artifactUri": found.artifact} if found.artifact else {}),
            **({"deployedModels": [{"endpoint": self.cloud.endpoints.name, "deployedModelId": id} for id in deployed]} if deployed else {}),
        }

    def models_get(self, path, _query, _body):
        return self._shown(*self.find(path["modelsId"]))

    def models_list(self, _path, query, _body):
        match = re.fullmatch(r'labels\.(\w+)="([^"]*)"', query.get("filter", ""))
        if match is None:
            raise invalid(f"Invalid filter {query.get('filter')!r}")
        start = int(query.get("pageToken", 0))
        end = start + min(self.page_size, int(query.get("pageSize", 100)))
        ids = list(self.models)  # pages are cut before they are filtered, so that some are empty
        shown = [self._shown(id, "1") for id in ids[start:end] if self.models[id].labels.get(match[1]) == match[2]]
        return {**({"models": shown} if shown else {}), **({"nextPageToken": str(end)} if end < len(ids) else {})}

    def models_upload(self, path, _query, body):
        request = parsed(UploadModelRequest, body)
        model, uploaded = request.model_id, request.model
        if request.parent_model or not re.fullmatch(r"[a-z_][a-z0-9_-]{0,62}", model):
            raise invalid(f"Invalid model_id {model!r}")
        if model in self.models:
            raise ApiError(409, "ALREADY_EXISTS", f"Model ID {model} already exists.")
        self._check_upload(uploaded)

        def ends():
            self.models[model] = Model(uploaded.display_name, dict(uploaded.labels), {"1": {"default"}}, uploaded.artifact_uri)
            return {"model": f"{self.cloud.numbered}/models/{model}", "modelVersionId": "1"}

        return self.cloud.operation(f"{self.cloud.numbered}/models/{model}", 2, ends)

    def _check_upload(self, model):
        if not model.display_name or not model.container_spec.image_uri:
            raise invalid("display_name and container_spec.image_uri are required")
        if not all(variable.name and variable.value for variable in model.container_spec.env):
            raise invalid("Required field is not set: container_spec.env.value")
        for key, value in model.labels.items():
            if not (LABEL.fullmatch(key) and LABEL.fullmatch(value)):
                raise invalid(f"Invalid label {key}={value}")
        if model.artifact_uri not in self.artifacts:
            raise invalid(f"There are no files under {model.artifact_uri}")

    def models_delete(self, path, _query, _body):
        model, _ = self.find(path["modelsId"])
        if self.undeletable:
            raise ApiError(403, "PERMISSION_DENIED", "Permission 'aiplatform.models.delete' denied")
        if any(one.model[0] == model for one in self.cloud.endpoints.deployed.values()):
            raise ApiError(400, "FAILED_PRECONDITION", f"The Model {model} is deployed at an endpoint.")
        return self.cloud.operation(f"{self.cloud.numbered}/models/{model}", 1, lambda: self.models.pop(model, None) and {})

    def models_merge_version_aliases(self, path, _query, body):
        parsed(MergeVersionAliasesRequest, body)
        if "@" not in path["modelsId"]:
            raise invalid("the name needs a version")
        model, number = self.find(path["modelsId"])
        for alias in body.get("versionAliases", []):
            if not re.fullmatch(r"-?[a-z][a-zA-Z0-9-]{0,126}[a-z0-9-]", alias):
                raise invalid(f"Invalid alias {alias!r}")
            self.move_alias(model, number, alias.removeprefix("-"))
            if alias.startswith("-"):
                self.models[model].versions[number].discard(alias[1:])
        return self._shown(model, number)

    # Batch predictions

    def batch_prediction_jobs_create(self, _path, _query, body):
        job = parsed(BatchPredictionJob, body)
        self.find(job.model)
        source, target = job.input_config, job.output_config
        if not (job.display_name and source.instances_format and target.predictions_format):
            raise invalid("displayName, inputConfig.instancesFormat and outputConfig.predictionsFormat are required")
        if not (source.WhichOneof("source") and target.WhichOneof("destination")):
            raise invalid("inputConfig needs a source, outputConfig a destination")
        if not job.dedicated_resources.machine_spec.machine_type:
            raise invalid("dedicatedResources.machineSpec.machineType is required for custom models")
        id = str(len(self.jobs) + 1)
        self.jobs[id] = {"body": body, "ends": self.job_ends, "at": self.cloud.now + JOB_MINUTES * 60}
        return self._job(id)

    def batch_prediction_jobs_get(self, path, _query, _body):
        if path["batchPredictionJobsId"] not in self.jobs:
            raise not_found(f"The BatchPredictionJob {path['batchPredictionJobsId']}")
        return self._job(path["batchPredictionJobsId"])

    def batch_prediction_jobs_cancel(self, path, _query, _body):
        self.jobs[path["batchPredictionJobsId"]].update(ends="JOB_STATE_CANCELLED", at=self.cloud.now)
        return {}

    def _job(self, id):
        job = self.jobs[id]
        over = self.cloud.now >= job["at"] and job["ends"] != "never"
        failed = over and job["ends"] == "JOB_STATE_FAILED"
        return {
            "name": f"{self.cloud.numbered}/batchPredictionJobs/{id}", **job["body"],
            "state": job["ends"] if over else "JOB_STATE_RUNNING",
            **({"error": {"code": 9, "message": "The replica workerpool0-0 exited with a non-zero status of 1."}} if failed else {}),
        }
