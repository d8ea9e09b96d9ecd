"""An endpoint of Vertex AI as it really behaves: slow, busy, with models that never come up. The shell of it stands from the beginning.

Modelled, from the documentation of `EndpointService` and its errors: deployments and their traffic split take effect when their
operation ends; one operation at a time, everything else is refused with FAILED_PRECONDITION meanwhile (what the service says when it
allows several is not documented; refusing all is the harder case); a split names deployed models only and adds up to 100; a model
that gets requests is not undeployed unless the split of the request takes them away, or it is the last.
"""
import copy
import re
from dataclasses import dataclass, field

from google.cloud.aiplatform_v1.types import DeployModelRequest, Endpoint, MutateDeployedModelRequest, UndeployModelRequest

from fake_vertex import ApiError, invalid, not_found, parsed

METRICS = {f"aiplatform.googleapis.com/prediction/online/{name}" for name in ("cpu/utilization", "accelerator/duty_cycle", "request_count")}
MUTABLE = {"dedicated_resources.min_replica_count", "dedicated_resources.max_replica_count", "dedicated_resources.autoscaling_metric_specs"}
UNDEPLOY_MINUTES = 3

# How operations fail: the code of google.rpc, and words.
NEVER_READY = (9, "Model server never became ready. Please validate that your model file or container configuration are valid.")
NO_CAPACITY = (8, "Machine type temporarily unavailable, please deploy with a different machine type or retry. Error code: STOCKOUT.")


@dataclass
class Fate:
    """How the next deployment of a model ends."""

    ends: str = "done"  # done | unhealthy | alarm | silently | capacity | rollbackFails | never
    minutes: int = 6  # until its machines answer


@dataclass
class Deployed:
    """A model on the endpoint."""

    id: str
    body: dict
    model: tuple  # id and version in the registry
    fate: Fate = field(default_factory=Fate)
    available: int | None = None  # machines that answer, where scaling has made them more than the fewest


class FakeEndpoints:
    """One endpoint, `cloud` around it."""

    def __init__(self, cloud, id):
        self.cloud = cloud
        self.name = f"{cloud.numbered}/endpoints/{id}"
        self.deployed, self.split = {}, {}
        self.fates = []
        self.undeployable = True
        self.mutable = True
        self.asked = []  # changes that were accepted: (method, request)
        self.history = []  # (time, split) whenever it changed

    @property
    def running(self):
        """The operation under way."""
        return next((one for one in self.cloud.operations.values() if one.of == self.name and not one.done), None)

    def set_split(self, split):
        """Moves the requests; parts of 0 are not kept."""
        self.split = {id: share for id, share in split.items() if share > 0}
        self.history.append((self.cloud.now, dict(self.split)))

    def maintain(self, minutes):
        """The service is at work on the endpoint by itself."""
        self.cloud.operation(self.name, minutes, dict)

    # Requests

    def endpoints_get(self, path, _query, _body):
        self._own(path)
        models = [self._shown(one) for one in self.deployed.values()]
        return {
            "name": self.name, "displayName": "churn", **({"deployedModels": models} if models else {}),
            **({"trafficSplit": self.split} if self.split else {}),
        }

    def _shown(self, deployed):
        model, version = deployed.model
        count = deployed.available or deployed.body["dedicatedResources"]["minReplicaCount"]
        return {
            **deployed.body, "id": deployed.id, "model": f"{self.cloud.numbered}/models/{model}", "modelVersionId": version,
            "status": {"availableReplicaCount": count},
        }

    def endpoints_patch(self, path, query, body):
        self._own(path)
        endpoint = parsed(Endpoint, body)
        if query.get("updateMask") != "trafficSplit":
            raise invalid(f"the fake patches trafficSplit only, got {query.get('updateMask')!r}")
        self._at_rest()
        split = self._checked(dict(endpoint.traffic_split), self.deployed)
        if self._fails_to_move(split):
            self.maintain(12)
            self._at_rest()
        self.asked.append(("patch", body))
        self.set_split(split)
        return self.endpoints_get(path, {}, {})

    def _fails_to_move(self, split):
        """Whether the requests are being taken from a model whose way back fails."""
        stuck = [one for one in self.deployed.values() if one.fate.ends == "rollbackFails" and one.id in self.split and one.id not in split]
        for one in stuck:
            one.fate.ends = "alarm"
        return bool(stuck)

    def endpoints_deploy_model(self, path, _query, body):
        self._own(path)
        request = parsed(DeployModelRequest, body)
        self._at_rest()
        wanted = request.deployed_model
        self._check_deployed(wanted)
        split = self._checked(dict(request.traffic_split), {*self.deployed, "0"}) if request.traffic_split else None
        fate = self.fates.pop(0) if self.fates else Fate()
        deployed = Deployed(wanted.id, copy.deepcopy(body["deployedModel"]), self.cloud.registry.find(wanted.model), fate)
        self.asked.append(("deployModel", body))

        def ends():
            if fate.ends in ("unhealthy", "capacity"):
                return NEVER_READY if fate.ends == "unhealthy" else NO_CAPACITY
            self.deployed[deployed.id] = deployed
            if split is not None:
                self.set_split({deployed.id if id == "0" else id: share for id, share in split.items()})
            if fate.ends == "silently":
                self.cloud.later(2 * 60, lambda: self._move_back(deployed.id))
            return {"deployedModel": self._shown(deployed)}

        return self.cloud.operation(self.name, 10**6 if fate.ends == "never" else fate.minutes, ends)

    def _move_back(self, id):
        """Someone gives the requests back to the other model."""
        others = [other for other in self.deployed if other != id]
        if id in self.split and others:
            self.set_split({others[0]: 100})

    def _check_deployed(self, wanted):
        if wanted.id and not re.fullmatch(r"[0-9]{1,10}", wanted.id):
            raise invalid(f"Invalid deployed model id {wanted.id!r}: 1-10 digits")
        if not wanted.id or wanted.id == "0":
            raise invalid("the fake gives no ids")
        if wanted.id in self.deployed:
            raise ApiError(409, "ALREADY_EXISTS", f"DeployedModel {wanted.id} already exists on endpoint {self.name}.")
        if len(wanted.display_name) > 128:
            raise invalid("display_name has at most 128 characters")
        if "@" not in wanted.service_account:
            raise invalid(f"Invalid service account {wanted.service_account!r}")
        resources = wanted.dedicated_resources
        if not resources.machine_spec.machine_type:
            raise invalid("dedicated_resources.machine_spec.machine_type is required")
        self._check_replicas(resources)

    @staticmethod
    def _check_replicas(resources):
        if not 1 <= resources.min_replica_count <= max(resources.max_replica_count, resources.min_replica_count):
            raise invalid("min_replica_count is at least 1")
        if resources.max_replica_count and resources.max_replica_count < resources.min_replica_count:
            raise invalid("max_replica_count is at least min_replica_count")
        for spec in resources.autoscaling_metric_specs:
            if spec.metric_name not in METRICS or spec.target < 1:
                raise invalid(f"Invalid autoscaling metric {spec.metric_name!r} with target {spec.target}")

    def endpoints_undeploy_model(self, path, _query, body):
        self._own(path)
        request = parsed(UndeployModelRequest, body)
        id = request.deployed_model_id
        self._at_rest()
        if id not in self.deployed:
            raise not_found(f"DeployedModel {id} of endpoint {self.name}")
        if not self.undeployable:
            raise ApiError(403, "PERMISSION_DENIED", "Permission 'aiplatform.endpoints.undeploy' denied on resource (or it may not exist).")
        given = self._checked(dict(request.traffic_split), self.deployed) if request.traffic_split else None
        split = self.split if given is None else given
        if split.get(id) and len(self.deployed) > 1:
            raise invalid(f"DeployedModel {id} gets {split[id]} % of the traffic and cannot be undeployed; unassign it first.")
        self.asked.append(("undeployModel", body))
        if given is not None:
            self.set_split(given)

        def ends():
            self.deployed.pop(id, None)
            if not self.deployed:
                self.set_split({})
            return {}

        return self.cloud.operation(self.name, UNDEPLOY_MINUTES, ends)

    def endpoints_mutate_deployed_model(self, path, _query, body):
        self._own(path)
        request = parsed(MutateDeployedModelRequest, body)
        self._at_rest()
        wanted = request.deployed_model
        if wanted.id not in self.deployed:
            raise not_found(f"DeployedModel {wanted.id} of endpoint {self.name}")
        if not request.update_mask.paths or set(request.update_mask.paths) - MUTABLE:
            raise invalid(f"Invalid update mask {list(request.update_mask.paths)}")
        if not self.mutable:
            raise ApiError(403, "PERMISSION_DENIED", "Permission 'aiplatform.endpoints.update' denied on resource (or it may not exist).")
        self._check_replicas(wanted.dedicated_resources)
        self.asked.append(("mutateDeployedModel", body))

        def ends():
            resources = self.deployed[wanted.id].body["dedicatedResources"]
            for path_name in request.update_mask.paths:
                name = re.sub(r"_(\w)", lambda m: m[1].upper(), path_name.split(".")[1])
                resources[name] = body["deployedModel"]["dedicatedResources"].get(name, [])
            return {"deployedModel": self._shown(self.deployed[wanted.id])}

        return self.cloud.operation(self.name, 2, ends)

    # What requests have in common

    def _own(self, path):
        if path["endpointsId"] != self.name.rsplit("/", 1)[1]:
            raise not_found(f"The Endpoint {path['endpointsId']}")

    def _at_rest(self):
        if self.running:
            message = f"There are other operations running on the Endpoint {self.name}. Operation(s) are: {self.running.name}."
            raise ApiError(400, "FAILED_PRECONDITION", message)

    @staticmethod
    def _checked(split, known):
        """A traffic split as it may be: shares of known models that add up to 100."""
        if unknown := set(split) - set(known):
            raise invalid(f"traffic_split names models that are not deployed: {sorted(unknown)}")
        if any(not 0 <= share <= 100 for share in split.values()) or (split and sum(split.values()) != 100):
            raise invalid(f"traffic_split must add up to 100, got {split}")
        return split
