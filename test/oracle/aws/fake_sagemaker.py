"""SageMaker's endpoints as they really behave: slow, busy, rolled back without a word. moto's are always in service.

Time is the harness's clock. What the service allows but a deployer must never do is noted in `breaches`.
"""
import itertools
import json
from dataclasses import dataclass, field
from datetime import timedelta

import service_model
from synthesis import ACCOUNT

REGION = "us-east-1"
PAGE = 3  # the real one gives 10 at once; fewer show who forgets to page

# Statuses in which nothing can be asked of an endpoint.
MOVING = {"Creating", "Updating", "SystemUpdating", "RollingBack", "Deleting"}

# Reasons, as the service words them.
NOT_HEALTHY = (
    "The primary container for production variant {} did not pass the ping health check. Please check CloudWatch logs for this endpoint."
)
NO_CAPACITY = (
    "Unable to provision requested ML compute capacity due to InsufficientInstanceCapacity error. "
    "Please retry using a different ML instance type or after some time."
)
ALARMED = "One or more configured alarms were triggered. The update was rolled back."


class Refused(Exception):
    """What the service answers instead: HTTP 400 with a code and a message."""

    def __init__(self, message, code="ValidationException"):
        super().__init__(message)
        self.code, self.message = code, message


@dataclass
class Fate:
    """How the next change of an endpoint ends."""

    ends: str = "done"  # done | unhealthy | alarm | silently | capacity | rollbackFails | never
    minutes: int = 6  # until new machines answer


@dataclass
class Endpoint:
    """One endpoint."""

    name: str
    config: str
    status: str
    variants: dict  # by name: weight, desiredWeight, count, desiredCount, model
    reason: str | None = None
    step: object = None  # the change under way: a generator that yields how long it takes, until it has ended
    due: object = None
    using: set = field(default_factory=set)  # configurations that the change needs
    wanted: str | None = None  # the configuration that an update leads to
    history: list = field(default_factory=list)  # (time, weights and models by variant)

    @property
    def arn(self):
        return arn("endpoint", self.name)


def arn(kind, name):
    return f"arn:aws:sagemaker:{REGION}:{ACCOUNT}:{kind}/{name.lower() if kind == 'endpoint' else name}"


class FakeSageMaker:
    """Models, configurations, endpoints, tags and transform jobs of an account."""

    def __init__(self, clock, scaled_variants, alarm_states, package):
        """Of others: `scaled_variants(endpoint)` gives names, `alarm_states()` states by name, `package(arn)` a version or None."""
        self.clock, self.scaled_variants, self.alarm_states, self.package = clock, scaled_variants, alarm_states, package
        self.models, self.configs, self.endpoints, self.tags, self.jobs = {}, {}, {}, {}, {}
        self.fates, self.job_fate, self.undeletable = [], "Completed", set()
        self.breaches, self.calls = [], []
        self.served, self.captured = [], {}  # what has come into service, with its models; where its data goes
        self.ring = lambda names: None  # rings a rollout's alarm

    OPERATIONS = {
        "CreateModel", "DescribeModel", "DeleteModel", "ListModels", "CreateEndpointConfig", "DescribeEndpointConfig",
        "DeleteEndpointConfig", "ListEndpointConfigs", "CreateEndpoint", "UpdateEndpoint", "UpdateEndpointWeightsAndCapacities",
        "DescribeEndpoint", "DeleteEndpoint", "AddTags", "ListTags", "DeleteTags", "CreateTransformJob", "DescribeTransformJob",
        "StopTransformJob",
    }
    WRITES = {name for name in OPERATIONS if not name.startswith(("Describe", "List"))}

    def answer(self, operation, request):
        """What the service answers."""
        found = service_model.problems("sagemaker", operation, request)
        if found:
            self.breaches.append(f"{operation}: {found}")
            raise Refused(f"{len(found)} validation error detected: {found[0]}")
        if operation in self.WRITES:
            self.calls.append((operation, request))
        for endpoint in list(self.endpoints.values()):
            self.advance(endpoint)
        return getattr(self, operation)(**request)

    # Time

    def begin(self, endpoint, status, change, *using):
        endpoint.status, endpoint.step, endpoint.using = status, change, set(using)
        endpoint.reason, endpoint.due = None, self.clock.now()
        endpoint.wanted = using[0] if len(using) > 1 else None
        self.advance(endpoint)

    def advance(self, endpoint):
        """Carries the change on as far as the clock has come."""
        while endpoint.step and self.clock.now() >= endpoint.due:
            minutes = next(endpoint.step, None)
            if minutes is None:
                endpoint.step, endpoint.using = None, set()
            else:
                endpoint.due += timedelta(minutes=minutes)

    def serve(self, endpoint, config, retained=None):
        """The endpoint with the configuration's variants: counts and weights are the configuration's."""
        endpoint.config, endpoint.status = config, "InService"
        endpoint.variants = {
            variant["VariantName"]: {
                "weight": variant.get("InitialVariantWeight", 1), "desiredWeight": variant.get("InitialVariantWeight", 1),
                "count": variant.get("InitialInstanceCount", 0), "desiredCount": variant.get("InitialInstanceCount", 0),
                "model": variant["ModelName"], **(retained or {}).get(variant["VariantName"], {}),
            }
            for variant in self.configs[config]["ProductionVariants"]
        }
        self.served.append((config, {name: self.label(variant["model"]) for name, variant in endpoint.variants.items()}))
        self.captured[config] = (self.configs[config].get("DataCaptureConfig") or {}).get("DestinationS3Uri")
        self.note(endpoint)

    def label(self, model):
        """What people call a model: the number of its version, or its artifact."""
        container = self.models.get(model, {}).get("PrimaryContainer", {})
        version = container.get("ModelPackageName")
        artifact = container.get("ModelDataUrl") or ""
        return int(version.rsplit("/", 1)[1]) if version else artifact.removeprefix("s3://").removesuffix(".tar.gz")

    def note(self, endpoint):
        shares = {name: (variant["weight"], variant["model"]) for name, variant in endpoint.variants.items()}
        endpoint.history.append((self.clock.now(), shares))

    # Models and configurations

    def _make(self, kind, there, name, request):
        if name in there:
            raise Refused(f'Cannot create already existing {kind} "{arn(kind.replace(" configuration", "-config"), name)}".')
        there[name] = {**request, "CreationTime": self.clock.now().timestamp()}

    @staticmethod
    def _find(kind, there, name):
        if name not in there:
            raise Refused(f'Could not find {kind} "{arn(kind.replace(" configuration", "-config"), name)}".')
        return there[name]

    @staticmethod
    def _page(names, token, size):
        start = int(token or 0)
        end = start + min(PAGE, size or PAGE)
        return names[start:end], {"NextToken": str(end)} if end < len(names) else {}

    def CreateModel(self, ModelName, **request):
        package = request.get("PrimaryContainer", {}).get("ModelPackageName")
        if package and not self.package(package):
            raise Refused(f"ModelPackage {package} does not exist.")
        self._make("model", self.models, ModelName, request)
        return {"ModelArn": arn("model", ModelName)}

    def DescribeModel(self, ModelName):
        return {"ModelName": ModelName, "ModelArn": arn("model", ModelName), **self._find("model", self.models, ModelName)}

    def DeleteModel(self, ModelName):
        self._find("model", self.models, ModelName)
        if "model" in self.undeletable:
            raise Refused("User is not authorized to perform: sagemaker:DeleteModel", "AccessDeniedException")
        used = {variant["model"] for endpoint in self.endpoints.values() for variant in endpoint.variants.values()}
        for name in {name for endpoint in self.endpoints.values() for name in endpoint.using}:
            used |= {variant["ModelName"] for variant in self.configs.get(name, {}).get("ProductionVariants", [])}
        if ModelName in used:
            self.breaches.append(f"model {ModelName} was deleted while an endpoint needs it")
        del self.models[ModelName]
        return {}

    def ListModels(self, NameContains="", NextToken=None, MaxResults=None, **_):
        names, more = self._page([name for name in self.models if NameContains in name], NextToken, MaxResults)
        return {"Models": [self._summary("Model", "model", name, self.models) for name in names], **more}

    @staticmethod
    def _summary(prefix, kind, name, there):
        return {f"{prefix}Name": name, f"{prefix}Arn": arn(kind, name), "CreationTime": there[name]["CreationTime"]}

    def CreateEndpointConfig(self, EndpointConfigName, **request):
        for variant in request["ProductionVariants"]:
            self._find("model", self.models, variant["ModelName"])
        self._make("endpoint configuration", self.configs, EndpointConfigName, request)
        return {"EndpointConfigArn": arn("endpoint-config", EndpointConfigName)}

    def DescribeEndpointConfig(self, EndpointConfigName):
        found = self._find("endpoint configuration", self.configs, EndpointConfigName)
        return {"EndpointConfigName": EndpointConfigName, "EndpointConfigArn": arn("endpoint-config", EndpointConfigName), **found}

    def DeleteEndpointConfig(self, EndpointConfigName):
        self._find("endpoint configuration", self.configs, EndpointConfigName)
        if "config" in self.undeletable:
            raise Refused("User is not authorized to perform: sagemaker:DeleteEndpointConfig", "AccessDeniedException")
        if any(EndpointConfigName == e.config or EndpointConfigName in e.using for e in self.endpoints.values()):
            self.breaches.append(f"configuration {EndpointConfigName} was deleted while an endpoint needs it")
        del self.configs[EndpointConfigName]
        return {}

    def ListEndpointConfigs(self, NameContains="", NextToken=None, MaxResults=None, **_):
        names, more = self._page([name for name in self.configs if NameContains in name], NextToken, MaxResults)
        return {"EndpointConfigs": [self._summary("EndpointConfig", "endpoint-config", name, self.configs) for name in names], **more}

    # Endpoints

    def _at_rest(self, name):
        """The endpoint, if something can be asked of it."""
        endpoint = self._find("endpoint", self.endpoints, name)
        if endpoint.status in MOVING:
            raise Refused(f'Cannot update in-progress endpoint "{endpoint.arn}".')
        return endpoint

    def CreateEndpoint(self, EndpointName, EndpointConfigName, Tags=(), **_):
        if EndpointName in self.endpoints:
            raise Refused(f'Cannot create already existing endpoint "{arn("endpoint", EndpointName)}".')
        self._find("endpoint configuration", self.configs, EndpointConfigName)
        endpoint = self.endpoints[EndpointName] = Endpoint(EndpointName, EndpointConfigName, "Creating", {})
        self.tags[endpoint.arn] = {tag["Key"]: tag["Value"] for tag in Tags}
        self.begin(endpoint, "Creating", self._creation(endpoint, self._fate()), EndpointConfigName)
        return {"EndpointArn": endpoint.arn}

    def _fate(self):
        return self.fates.pop(0) if self.fates else Fate()

    def _creation(self, endpoint, fate):
        yield fate.minutes
        if fate.ends == "never":
            yield 10**6
        reason = self._trouble(endpoint.config, fate)
        if not reason:
            return self.serve(endpoint, endpoint.config)
        endpoint.status, endpoint.reason = "Failed", reason

    def _trouble(self, config, fate):
        """Why a fleet does not come into service."""
        variants = self.configs.get(config, {}).get("ProductionVariants", [])
        gone = [variant["ModelName"] for variant in variants if variant["ModelName"] not in self.models]
        if gone:
            return f'Could not find model "{arn("model", gone[0])}".'
        if fate.ends in ("unhealthy", "rollbackFails"):
            return NOT_HEALTHY.format(variants[0]["VariantName"])
        return NO_CAPACITY if fate.ends == "capacity" else None

    def UpdateEndpoint(
        self, EndpointName, EndpointConfigName, DeploymentConfig=None, RetainAllVariantProperties=False, ExcludeRetainedVariantProperties=(),
        **_,
    ):
        endpoint = self._at_rest(EndpointName)
        if endpoint.status == "Failed":
            raise Refused(f'Cannot update endpoint "{endpoint.arn}" with status "Failed". Delete it.')
        new = self._find("endpoint configuration", self.configs, EndpointConfigName)["ProductionVariants"]
        old = self.configs.get(endpoint.config, {}).get("ProductionVariants", [])
        self._check_scaling(endpoint, old, new)
        if DeploymentConfig:
            self._check_guardrails(DeploymentConfig, old, new)
        kept = {
            name: {key: variant[key] for key in ("weight", "desiredWeight", "count", "desiredCount")}
            for name, variant in endpoint.variants.items()
        } if RetainAllVariantProperties and not ExcludeRetainedVariantProperties else None
        change = self._update(endpoint, EndpointConfigName, DeploymentConfig, kept, self._fate())
        self.begin(endpoint, "Updating", change, EndpointConfigName, endpoint.config)
        return {"EndpointArn": endpoint.arn}

    def _check_scaling(self, endpoint, old, new):
        """A registered target blocks another instance type, and its variant's removal.

        https://docs.aws.amazon.com/sagemaker/latest/dg/endpoint-scaling-update.html has the first; the second is in the words of the
        service's message.
        """
        types = {variant["VariantName"]: variant.get("InstanceType") for variant in new}
        for variant in old:
            name = variant["VariantName"]
            if name in self.scaled_variants(endpoint.name) and types.get(name) != variant.get("InstanceType"):
                raise Refused(
                    f'The variant(s) "[{name}]" must be deregistered as scalable targets with AutoScaling before they can be '
                    "removed or have their instance type updated."
                )

    def _check_guardrails(self, config, old, new):
        if {variant["VariantName"] for variant in old} != {variant["VariantName"] for variant in new}:
            raise Refused("The new endpoint configuration must have the same variant names as the old one.")
        if any("ServerlessConfig" in variant for variant in new):
            raise Refused("Deployment guardrails are not supported for serverless endpoints.")
        routing = config["BlueGreenUpdatePolicy"]["TrafficRoutingConfiguration"]
        size = routing.get("CanarySize") or routing.get("LinearStepSize")
        if (routing["Type"] == "ALL_AT_ONCE") == bool(size) or (size and size["Value"] > 50):
            raise Refused(f"Invalid traffic routing configuration: {json.dumps(routing)}")
        known = self.alarm_states()
        for alarm in config.get("AutoRollbackConfiguration", {}).get("Alarms", []):
            if alarm["AlarmName"] not in known:
                raise Refused(f"Alarm {alarm['AlarmName']} does not exist.")

    def _update(self, endpoint, config, deployment, kept, fate):
        """A new fleet beside the old one; with guardrails it takes the traffic in parts, while alarms are watched."""
        yield fate.minutes
        if fate.ends == "never":
            yield 10**6
        reason = self._trouble(config, fate) or ("" if fate.ends == "silently" else None)
        if reason is None and deployment:
            for minutes in self._parts(deployment):
                if fate.ends == "alarm":
                    self.ring([alarm["AlarmName"] for alarm in deployment["AutoRollbackConfiguration"]["Alarms"]])
                for _ in range(minutes):
                    yield 1
                    if self._alarmed(deployment):
                        reason = ALARMED
                if reason:
                    break
        if reason is None:
            return self.serve(endpoint, config, kept)
        endpoint.status = "RollingBack"
        yield 4
        endpoint.status = "UpdateRollbackFailed" if fate.ends == "rollbackFails" else "InService"
        endpoint.reason = reason or None

    @staticmethod
    def _parts(deployment):
        """Minutes of each part: canary and rest, or the linear steps."""
        policy = deployment["BlueGreenUpdatePolicy"]
        routing = policy["TrafficRoutingConfiguration"]
        step = routing.get("LinearStepSize", {}).get("Value", 100)
        parts = {"CANARY": 2, "LINEAR": -(-100 // step), "ALL_AT_ONCE": 1}[routing["Type"]]
        return [routing["WaitIntervalInSeconds"] // 60] * parts + [policy.get("TerminationWaitInSeconds", 0) // 60]

    def _alarmed(self, deployment):
        states = self.alarm_states()
        return any(states.get(a["AlarmName"]) == "ALARM" for a in deployment.get("AutoRollbackConfiguration", {}).get("Alarms", []))

    def UpdateEndpointWeightsAndCapacities(self, EndpointName, DesiredWeightsAndCapacities):
        endpoint = self._at_rest(EndpointName)
        for wanted in DesiredWeightsAndCapacities:
            if wanted["VariantName"] not in endpoint.variants:
                raise Refused(f'Could not find variant "{wanted["VariantName"]}" of endpoint "{endpoint.arn}".')
            variant = endpoint.variants[wanted["VariantName"]]
            variant["desiredWeight"] = wanted.get("DesiredWeight", variant["desiredWeight"])
            variant["desiredCount"] = wanted.get("DesiredInstanceCount", variant["desiredCount"])
        self.begin(endpoint, "Updating", self._reweighting(endpoint), endpoint.config)
        return {"EndpointArn": endpoint.arn}

    def _reweighting(self, endpoint):
        yield 1
        for variant in endpoint.variants.values():
            variant["weight"], variant["count"] = variant["desiredWeight"], variant["desiredCount"]
        endpoint.status = "InService"
        self.note(endpoint)

    def maintain(self, name, minutes):
        """The service is at work on an endpoint of its own accord."""
        endpoint = self._at_rest(name)

        def maintenance():
            yield minutes
            endpoint.status = "InService"

        self.begin(endpoint, "SystemUpdating", maintenance(), endpoint.config)

    def DescribeEndpoint(self, EndpointName):
        endpoint = self._find("endpoint", self.endpoints, EndpointName)
        variants = [
            {
                "VariantName": name, "CurrentWeight": v["weight"], "DesiredWeight": v["desiredWeight"],
                "CurrentInstanceCount": v["count"], "DesiredInstanceCount": v["desiredCount"],
            }
            for name, v in endpoint.variants.items()
        ]
        at = self.clock.now().timestamp()
        return {
            "EndpointName": EndpointName, "EndpointArn": endpoint.arn, "EndpointStatus": endpoint.status, "CreationTime": at,
            "EndpointConfigName": endpoint.config, "LastModifiedTime": at,
            **({"PendingDeploymentSummary": {"EndpointConfigName": endpoint.wanted}} if endpoint.wanted and endpoint.step else {}),
            **({"ProductionVariants": variants} if variants else {}), **({"FailureReason": endpoint.reason} if endpoint.reason else {}),
        }

    def DeleteEndpoint(self, EndpointName):
        endpoint = self._at_rest(EndpointName)
        self.begin(endpoint, "Deleting", self._deletion(endpoint, self._fate()))
        return {}

    def _deletion(self, endpoint, fate):
        yield 3
        if fate.ends == "never":
            yield 10**6
        del self.endpoints[endpoint.name]
        self.tags.pop(endpoint.arn, None)

    def AddTags(self, ResourceArn, Tags):
        self.tags.setdefault(ResourceArn, {}).update({tag["Key"]: tag["Value"] for tag in Tags})
        return {"Tags": Tags}

    def DeleteTags(self, ResourceArn, TagKeys):
        self.tags[ResourceArn] = {key: value for key, value in self.tags.get(ResourceArn, {}).items() if key not in TagKeys}
        return {}

    def ListTags(self, ResourceArn, **_):
        return {"Tags": [{"Key": key, "Value": value} for key, value in self.tags.get(ResourceArn, {}).items()]}

    # Batch predictions

    def CreateTransformJob(self, TransformJobName, **request):
        if TransformJobName in self.jobs:
            raise Refused(f"Job name must be unique: {TransformJobName} already exists", "ResourceInUse")
        self._find("model", self.models, request["ModelName"])
        self.jobs[TransformJobName] = {**request, "ends": self.clock.now() + timedelta(minutes=20), "fate": self.job_fate, "stopped": False}
        return {"TransformJobArn": arn("transform-job", TransformJobName)}

    def DescribeTransformJob(self, TransformJobName):
        if TransformJobName not in self.jobs:
            raise Refused(f"Could not find requested job with name: {TransformJobName}")
        job = self.jobs[TransformJobName]
        over = self.clock.now() >= job["ends"] and job["fate"] != "never"
        status = "Stopped" if job["stopped"] else job["fate"] if over else "InProgress"
        return {
            "TransformJobName": TransformJobName, "TransformJobArn": arn("transform-job", TransformJobName), "TransformJobStatus": status,
            "ModelName": job["ModelName"], "TransformInput": job["TransformInput"], "TransformResources": job["TransformResources"],
            "CreationTime": self.clock.now().timestamp(),
            **({"FailureReason": "AlgorithmError: See job logs for more information"} if status == "Failed" else {}),
        }

    def StopTransformJob(self, TransformJobName):
        self.jobs[TransformJobName]["stopped"] = True
        return {}


class Traffic:
    """Requests to an endpoint, minute by minute: CloudWatch's figures of each variant, by its weight at that time."""

    def __init__(self, sagemaker):
        self.sagemaker = sagemaker
        self.requests, self.errors, self.slow, self.share = 0, {}, {}, None

    def metric_data(self, request):
        """The answer of GetMetricData."""
        start, end = request["StartTime"], request["EndTime"]
        results = []
        for query in request["MetricDataQueries"]:
            stat = query["MetricStat"]
            dimensions = {dimension["Name"]: dimension["Value"] for dimension in stat["Metric"]["Dimensions"]}
            found = []
            for minute in itertools.takewhile(lambda at: at < end, itertools.count(start - start % 60, 60)):
                value = self._figure(dimensions, minute, stat["Metric"]["MetricName"], stat["Stat"])
                if value is not None:  # no datapoint where nothing happened
                    found.append((minute, value))
            times, values = [list(side) for side in zip(*found)] or [[], []]
            results.append({"Id": query["Id"], "StatusCode": "Complete", "Label": query["Id"], "Timestamps": times, "Values": values})
        return {"MetricDataResults": results, "Messages": []}

    def _figure(self, dimensions, minute, metric, stat):
        endpoint = self.sagemaker.endpoints.get(dimensions["EndpointName"])
        past = [shares for at, shares in endpoint.history if at.timestamp() <= minute] if endpoint else []
        weight, model = past[-1].get(dimensions["VariantName"], (0, "")) if past else (0, "")
        total = sum(weight for weight, _ in past[-1].values()) if past else 0
        share = weight / total if total else 0
        if self.share is not None and 0 < share < 1:  # what the endpoint does is not what it was asked for
            share = self.share if weight == min(w for w, _ in past[-1].values()) else 1 - self.share
        requests = round(self.requests * share)
        if requests == 0:
            return None
        model = self.sagemaker.label(model)
        errors = round(requests * self.errors.get(model, 0) / 100)
        if stat.startswith("PR(:"):  # percent of the requests that took at most so many microseconds: the fast ones take 0.1 s
            fast = requests - round(requests * self.slow.get(model, 0) / 100)
            return 100 * fast / requests if float(stat[4:-1]) >= 100_000 else 0
        return {
            ("Invocations", "Sum"): requests, ("Invocation5XXErrors", "Sum"): errors or None, ("ModelLatency", "SampleCount"): requests,
        }.get((metric, stat))
