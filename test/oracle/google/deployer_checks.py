"""What a scenario expects, and what must always hold."""
import json
import re
from collections import Counter
from pathlib import Path

from deployer_world import BUCKET, ENDPOINT, MACHINES, MODEL, POLICY, RECORD
from emulator import MAX_BYTES

OURS = re.compile(rf"{ENDPOINT}-\d{{8}}-\d{{6}}-[0-9a-f]{{4}}$")
PERMISSIONS = json.loads((Path(__file__).with_name("deployer_permissions.json")).read_text())


def label(model):
    return model.get("number", model.get("version", model.get("uri", "").removeprefix("gs://").removesuffix("/")))


def champion_of(record):
    champion = record.get("champion")
    return next((v for v in champion["variants"] if v["slot"] == champion["slot"]), None) if champion else None


class Seen:
    """What a scenario's expectations are compared with, in its words."""

    def __init__(self, world):
        self.world, self.record = world, world.record
        self.model = champion_of(self.record)
        self.endpoint = world.cloud.endpoints
        self.asked = self.endpoint.asked[world.read["asked"] :]
        self.moved = self.endpoint.history[world.read["moved"] :]
        self.new_told = [payload["message"] for _, payload in world.told[world.read["told"] :]]

    def serves(self):
        return label(self.model["model"]) if self.model else "nothing"

    def challenger(self):
        test = self.record.get("test")
        return label(test["challenger"]["model"]) if test else "nobody"

    def share(self):
        """Percent of the traffic that the challenger gets."""
        return self.endpoint.split.get(self.record["test"]["challenger"]["modelName"], 0)

    def refused(self):
        return sorted(int(key.rsplit("@", 1)[1]) if "@" in key else key for key in self.record.get("refused", {}))

    def endpoint_is(self):
        return "InService" if self.endpoint.split else "broken" if self.endpoint.deployed else "gone"

    def _resources(self):
        return self.endpoint.deployed[self.model["modelName"]].body["dedicatedResources"]

    def instances(self):
        return self._resources()["minReplicaCount"]

    def scaled(self):
        """Limits of the champion, if it scales. Shares of the traffic do not depend on machines: nothing rests during a test."""
        if not self.model or self.model["modelName"] not in self.endpoint.deployed:
            return []
        resources = self._resources()
        limits = [resources["minReplicaCount"], resources["maxReplicaCount"]]
        return [limits] if resources.get("autoscalingMetricSpecs") else []

    def machine(self):
        types = {one.body["dedicatedResources"]["machineSpec"]["machineType"] for one in self.endpoint.deployed.values()}
        return " ".join(name for name, kind in MACHINES.items() if kind in types)

    def changes(self):
        """How many models were deployed since the last expectation; without any, how often else the endpoint was asked to change."""
        deployed = sum(method == "deployModel" for method, _ in self.asked)
        return deployed or sum(method in ("patch", "undeployModel") for method, _ in self.asked)

    def rollout(self):
        """How traffic moved to the model that was deployed last."""
        ids = [request["deployedModel"]["id"] for method, request in self.asked if method == "deployModel"]
        parts = [split.get(ids[-1], 0) for _, split in self.moved] if ids else []
        parts = [share for share, before in zip(parts, [0, *parts]) if share > before]
        return "unwatched" if parts[:1] == [100] or not parts else "canary" if len(parts) <= 2 else "linear"

    def settled(self):
        """What came of the last thing that a person asked for."""
        found = next((one for one in self.record.get("settled", []) if one["id"] == self.world.asked), None)
        return f"{'done' if found['done'] else 'refused'}: {found['outcome']}" if found else "open"

    def owned(self):
        return "owner" in self.record

    def kept(self):
        """What a later version of the library wrote is still there."""
        return "laterField" in self.record

    def jobs(self):
        return len(self.world.cloud.registry.jobs)

    def executions_failed(self):
        return len(self.world.failed())


def expect(world, wanted):
    """Compares what is with what was wanted."""
    seen, found = Seen(world), []
    for key, value in {**wanted, **wanted.get("google", {})}.items():
        if key in ("told", "decided"):
            texts = seen.new_told if key == "told" else [f"{d['what']}: {d['why']}" for d in seen.record.get("decisions", [])]
            missing = [pattern for pattern in value if not any(re.search(pattern, text) for text in texts)]
            found += [f"{key}: no {pattern!r} among {texts}" for pattern in missing]
            if value == [] and texts:
                found.append(f"{key}: wanted nothing, got {texts}")
        elif key == "settled":
            found += [] if re.search(value, seen.settled()) else [f"settled: wanted {value!r}, got {seen.settled()!r}"]
        elif key != "google" and value != "at rest" and (got := getattr(seen, key.replace(" ", "_"))()) != value:
            found.append(f"{key}: wanted {value!r}, got {got!r}")
    world.read = {"told": len(world.told), "asked": len(seen.endpoint.asked), "moved": len(seen.endpoint.history)}
    lately = [f"{d['what']}: {d['why']}" for d in seen.record.get("decisions", [])[:3]]
    assert not found, f"{found}; decided lately: {lately}"


def comes_to_rest(world, foreign=False, failed=0):
    """Everything holds, and there is nothing left to do."""
    world.throttle(0)
    world.time.advance(3600)  # what was given up for a while may be tried again
    world.reconcile()
    assert list(breaches(world, foreign, failed)) == []
    writes = len(world.cloud.writes)
    world.reconcile()
    assert world.cloud.writes[writes:] == [], "a reconcile of what is as it should be changes something"


def breaches(world, foreign=False, failed=0):
    """What does not hold, each in words, when all executions have ended."""
    record = world.record
    yield from world.cloud.breaches
    for part in (_record, _endpoint, _scaling, _orphans, _aliases, _told, _limits, _permissions):
        if not (foreign and part is _endpoint):
            yield from part(world, record)
    if len(world.failed()) != failed:
        yield f"{len(world.failed())} executions failed, not {failed}: {world.failed()}"


def _record(world, record):
    """One champion or none, nothing open, and the policy as it is has been answered."""
    if record.get("champion") and not champion_of(record):
        yield "the champion has no model in its slot"
    for open_thing in ("lease", "inFlight"):
        if record.get(open_thing):
            yield f"{open_thing} is left: {record[open_thing]}"
    for name in ("requests", "untold"):
        if record.get(name):
            yield f"{name} are left: {record[name]}"
    for name, count in Counter(one["id"] for one in [*record.get("settled", []), *record.get("requests", [])]).items():
        if count > 1:
            yield f"request {name} stands {count} times"
    if record.get("untidy") and world.cloud.endpoints.undeployable:
        yield "the record says untidy"
    policy = world.cloud.objects.get((BUCKET, POLICY))
    if policy and record.get("policySeen") != str(policy.generation):
        yield f"the policy is {policy.generation}, the record has seen {record.get('policySeen')}"


def _endpoint(world, record):
    """What serves is what the record says, with the share that it says."""
    champion, test, endpoint = record.get("champion"), record.get("test"), world.cloud.endpoints
    ours = {id for id, one in endpoint.deployed.items() if OURS.match(one.body["displayName"])}
    if not champion or record["policy"]["mode"] == "batch":
        if ours or endpoint.split:
            yield f"without a champion there are {sorted(ours)} with {endpoint.split}"
        return
    sides = [test["champion"], test["challenger"]] if test else [champion_of(record)]
    for variant in sides:
        deployed = endpoint.deployed.get(variant["modelName"])
        if deployed is None:
            yield f"{variant['modelName']} is not deployed, only {sorted(endpoint.deployed)}"
        elif world.cloud.label(deployed) not in (label(variant["model"]), variant["model"].get("uri")):
            yield f"{variant['modelName']} is {world.cloud.label(deployed)}, the record says {variant['model']}"
    share = test["rules"]["trafficPercent"] if test and test.get("startedAt") else 0
    parts = [100 - share, share]
    meant = {variant["modelName"]: part for variant, part in zip(sides, parts) if part}
    if endpoint.split != meant:
        yield f"requests are split {endpoint.split}, not {meant}"
    if endpoint.running:
        yield f"{endpoint.running.name} is under way"


def _scaling(world, record):
    """The champion scales by the policy, at least with as many machines as it stood with."""
    variant, policy = champion_of(record), record.get("policy")
    limits = (policy or {}).get("scaling")
    deployed = world.cloud.endpoints.deployed.get(variant["modelName"]) if variant else None
    if not deployed or not limits or record.get("test"):
        return
    resources = deployed.body["dedicatedResources"]
    there = (resources["minReplicaCount"], resources["maxReplicaCount"])
    if there != (limits["minInstances"], limits["maxInstances"]):
        yield f"the champion scales between {there}, not {limits}"
    if bool(resources.get("autoscalingMetricSpecs")) != (limits["minInstances"] < limits["maxInstances"]):
        yield f"the champion's scaling is {resources.get('autoscalingMetricSpecs')}, not by {limits}"


def _orphans(world, record):
    """Nothing stands that nobody needs, and everything that somebody needs stands."""
    cloud = world.cloud
    if not cloud.endpoints.undeployable:
        return
    in_use = [one for one in (record.get("champion"), record.get("test", {}).get("deployment")) if one]
    batch = record.get("policy", {}).get("mode") == "batch"
    needed = set() if batch else {variant["modelName"] for one in in_use for variant in one["variants"]}
    ours = {id for id, one in cloud.endpoints.deployed.items() if OURS.match(one.body["displayName"])}
    if ours - needed:
        yield f"models are left on the endpoint: {sorted(ours - needed)}"
    configs = {one["configName"] for one in in_use if any("uri" in variant["model"] for variant in one["variants"])}
    uploads = {model.display_name for model in cloud.registry.models.values() if OURS.match(model.display_name)}
    served = {cloud.registry.models[one.model[0]].display_name for one in cloud.endpoints.deployed.values()}
    if uploads - configs - served:
        yield f"uploaded models are left: {sorted(uploads - configs - served)}"
    if configs - uploads:
        yield f"uploaded models are missing: {sorted(configs - uploads)}"


def _aliases(world, record):
    """`champion` stands at the version that serves; `approved` is moved by people only."""
    variant = champion_of(record)
    versions = world.cloud.registry.models["churn"].versions if "churn" in world.cloud.registry.models else {}
    marked = [int(number) for number, aliases in versions.items() if "champion" in aliases]
    if variant and "number" in variant["model"] and marked != [variant["model"]["number"]]:
        yield f"the alias champion is at {marked}, {variant['model']['number']} serves"
    if variant and "number" in variant["model"] and variant["model"]["version"] != f"{MODEL}@{variant['model']['number']}":
        yield f"the champion's version is {variant['model']}"


def _told(world, record):
    """Every failure and every verdict has been told, once."""
    told = [payload for _, payload in world.told]
    for decision in record.get("decisions", []):
        what, why = decision["what"], decision["why"]
        if re.search("failed|^test: (promote|restore)", what) and not any(why in one["message"] for one in told):
            yield f"nobody was told: {what}: {why}"
    for text, times in Counter(json.dumps(one["deployment"], sort_keys=True) for one in told).items():
        if times > 1 and not world.told_twice:
            yield f"told {times} times: {text}"
    for severity, payload in world.told:
        if payload["deployment"]["what"].endswith("failed") != (severity == "ERROR"):
            yield f"{payload['deployment']['what']} has the severity {severity}"


def _limits(world, _record):
    """Variables of an execution stay small; its steps are counted by the emulator."""
    most = max([execution.most_bytes for execution in world.executions.values()], default=0)
    if most >= MAX_BYTES:
        yield f"an execution held {most} bytes in its variables, allowed: {MAX_BYTES}"


def _permissions(world, _record):
    """Only what the deployer may do is asked for, and only its own record is written."""
    unknown = set(world.cloud.calls) - set(PERMISSIONS)
    if unknown:
        yield f"methods that no permission is listed for: {sorted(unknown)}"
    for name, path in world.cloud.writes:
        if name == "storage.objects.insert" and path.get("name") != RECORD:
            yield f"{name} of {path}"
