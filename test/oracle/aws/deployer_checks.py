"""What a scenario expects, and what must always hold."""
import re
from collections import Counter

from deployer_world import CAPTURES, ENDPOINT, MACHINES, STACK

OURS = re.compile(rf"{ENDPOINT}-\d{{8}}-\d{{6}}-[0-9a-f]{{4}}(-errors|-latency)?$")
ROLLOUTS = {"CANARY": "canary", "LINEAR": "linear", "ALL_AT_ONCE": "allAtOnce"}


def label(model):
    return model.get("number", model.get("version", model.get("uri", "").removeprefix("s3://").removesuffix(".tar.gz")))


def champion_of(record):
    champion = record.get("champion")
    return next((v for v in champion["variants"] if v["slot"] == champion["slot"]), None) if champion else None


class Seen:
    """What a scenario's expectations are compared with, in its words."""

    def __init__(self, world):
        self.world, self.record = world, world.record
        self.model = champion_of(self.record)
        self.endpoint = world.endpoint
        self.calls = world.sagemaker.calls[world.read["calls"]:]
        self.new_messages = world.messages[world.read["messages"]:]

    def serves(self):
        return label(self.model["model"]) if self.model else "nothing"

    def challenger(self):
        test = self.record.get("test")
        return label(test["challenger"]["model"]) if test else "nobody"

    def share(self):
        """Percent of the traffic that the challenger gets."""
        weights = {name: variant["weight"] for name, variant in self.endpoint.variants.items()}
        return round(100 * weights[self.record["test"]["challenger"]["slot"]] / sum(weights.values()))

    def refused(self):
        return sorted(int(key.rsplit("/", 1)[1]) if key.startswith("arn:") else key for key in self.record.get("refused", {}))

    def endpoint_is(self):
        return self.endpoint.status if self.endpoint else "gone"

    def instances(self):
        return self.endpoint.variants[self.model["slot"]]["count"]

    def scaled(self):
        """Limits of the slots that scale, or at rest."""
        targets = self.world.proxy.scalable_targets(ENDPOINT)
        if any((target.suspended_state or {}).get("DynamicScalingOutSuspended") for target in targets.values()):
            return "at rest"
        return [[target.min_capacity, target.max_capacity] for target in targets.values()]

    def machine(self):
        config = self.world.sagemaker.configs[self.endpoint.config]
        types = {variant.get("InstanceType") for variant in config["ProductionVariants"]}
        return " ".join(name for name, kind in MACHINES.items() if kind in types)

    def changes(self):
        """How often the endpoint was asked to change since the last expectation."""
        asked = ("CreateEndpoint", "UpdateEndpoint", "UpdateEndpointWeightsAndCapacities", "DeleteEndpoint")
        return sum(operation in asked for operation, _ in self.calls)

    def rollout(self):
        """How traffic moved in the last update."""
        updates = [request for operation, request in self.calls if operation == "UpdateEndpoint"]
        config = updates[-1].get("DeploymentConfig") if updates else None
        return ROLLOUTS[config["BlueGreenUpdatePolicy"]["TrafficRoutingConfiguration"]["Type"]] if config else "unwatched"

    def settled(self):
        """What came of the last thing that a person asked for."""
        found = next((one for one in self.record["settled"] if one["id"] == self.world.asked), None)
        return f"{'done' if found['done'] else 'refused'}: {found['outcome']}" if found else "open"

    def owned(self):
        return "owner" in self.record

    def kept(self):
        """What a later version of the library wrote is still there."""
        return "laterField" in self.record

    def jobs(self):
        return len(self.world.sagemaker.jobs)

    def executions_failed(self):
        return sum(execution.status in ("FAILED", "TIMED_OUT") for execution in self.world.executions)


def expect(world, wanted):
    """Compares what is with what was wanted."""
    seen, found = Seen(world), []
    for key, value in wanted.items():
        if key == "google":
            continue
        if key in ("told", "decided"):
            texts = seen.new_messages if key == "told" else [f"{d['what']}: {d['why']}" for d in seen.record.get("decisions", [])]
            missing = [pattern for pattern in value if not any(re.search(pattern, text) for text in texts)]
            found += [f"{key}: no {pattern!r} among {texts}" for pattern in missing]
            if value == [] and texts:
                found.append(f"{key}: wanted nothing, got {texts}")
        elif key == "settled":
            found += [] if re.search(value, seen.settled()) else [f"settled: wanted {value!r}, got {seen.settled()!r}"]
        elif (got := getattr(seen, key.replace(" ", "_"))()) != value:
            found.append(f"{key}: wanted {value!r}, got {got!r}")
    world.read = {"messages": len(world.messages), "calls": len(world.sagemaker.calls)}
    lately = [f"{d['what']}: {d['why']}" for d in seen.record.get("decisions", [])[:3]]
    assert not found, f"{found}; decided lately: {lately}"


def breaches(world, foreign, failed):
    """What does not hold, each in words, when all executions have ended."""
    seen = Seen(world)
    record = seen.record
    yield from world.problems
    yield from world.sagemaker.breaches
    for part in (_record, _endpoint, _scaling, _orphans, _told, _captures):
        if not (foreign and part is _endpoint):
            yield from part(world, record, seen)
    for request, kind in world.sent.items():
        answers = [str(body) for id, body in world.proxy.cloudformation if id == request]
        if len(set(answers) if world.answers_lost else answers) != 1:  # who does not know that he has answered answers again
            yield f"{kind} of CloudFormation was answered {len(answers)} times: {answers}"
    bad = [(e.error, e.cause) for e in world.executions if e.status in ("FAILED", "TIMED_OUT") and e.name not in world.killed]
    if len(bad) != failed:
        yield f"{len(bad)} executions failed, not {failed}: {bad}"


def _record(world, record, seen):
    """One champion or none, nothing open."""
    if record.get("champion") and not seen.model:
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
    if record.get("untidy") and not world.sagemaker.undeletable:
        yield "the record says untidy"


def _endpoint(world, record, seen):
    """What serves is what the record says."""
    champion, test, endpoint = record.get("champion"), record.get("test"), seen.endpoint
    if not champion or record["policy"]["mode"] == "batch":
        if endpoint:
            yield f"endpoint {endpoint.status} without a champion"
        return
    wanted = test["deployment"] if test else champion
    if not endpoint or endpoint.status != "InService" or endpoint.config != wanted["configName"]:
        yield f"the record says {wanted['configName']}, the endpoint is {endpoint}"
        return
    slots = {variant["slot"]: variant["modelName"] for variant in wanted["variants"]}
    there = {name: variant["model"] for name, variant in endpoint.variants.items()}
    if slots != there:
        yield f"variants: the record says {slots}, the endpoint has {there}"
    weights = {name: variant["weight"] for name, variant in endpoint.variants.items()}
    share = weights[champion["slot"]] / sum(weights.values()) if champion["slot"] in weights else None
    meant = 1 - test["rules"]["trafficPercent"] / 100 if test and test.get("startedAt") else 1
    if share is None or abs(share - meant) > 0.001:
        yield f"weights are {weights}, the champion in {champion['slot']} should have {meant}"


def _scaling(world, record, seen):
    """Only the champion's slot scales, and during a test nothing does."""
    targets = world.proxy.scalable_targets(ENDPOINT)
    policy, champion = record.get("policy"), record.get("champion")
    limits = (policy or {}).get("scaling")
    scales = champion and limits and policy["mode"] in ("realtime", "asynchronous") and limits["minInstances"] < limits["maxInstances"]
    wanted = {champion["slot"]} if scales else set()
    if set(targets) != wanted:
        yield f"scaling stands on {sorted(targets)}, not on {sorted(wanted)}"
    for slot, target in targets.items():
        rests = set((target.suspended_state or {}).values())
        if rests - {bool(record.get("test"))}:
            yield f"scaling of {slot} is suspended: {target.suspended_state}, a test runs: {bool(record.get('test'))}"
        if limits and (target.min_capacity, target.max_capacity) != (limits["minInstances"], limits["maxInstances"]):
            yield f"scaling of {slot} is between {target.min_capacity} and {target.max_capacity}, not {limits}"


def _orphans(world, record, _):
    """Nothing stands that nobody needs, and everything that somebody needs stands, with its owner's name."""
    sagemaker = world.sagemaker
    in_use = [one for one in (record.get("champion"), record.get("test", {}).get("deployment")) if one]
    batch = record.get("policy", {}).get("mode") == "batch"
    configs = set() if batch else {one["configName"] for one in in_use}
    models = {v["modelName"] for one in [*in_use, *record.get("previous", [])] for v in one["variants"]}
    for kind, there, needed in (("model", sagemaker.models, models), ("configuration", sagemaker.configs, configs)):
        ours = {name for name in there if OURS.match(name)}
        if ours != needed and not sagemaker.undeletable:
            yield f"{kind}s: too many {sorted(ours - needed)}, missing {sorted(needed - ours)}"
        for name in ours & needed:
            tags = {tag["Key"]: tag["Value"] for tag in there[name].get("Tags", [])}
            if tags.get("cdk-mlops:stack") != STACK:
                yield f"{kind} {name} does not carry its owner: {tags}"
    alarms = sorted(name for name in world.proxy.alarm_states() if OURS.match(name))
    if alarms:
        yield f"alarms are left: {alarms}"


def _told(world, record, _):
    """Every failure and every verdict has been told, once."""
    for decision in record.get("decisions", []):
        what, why = decision["what"], decision["why"]
        if not re.search("failed|^test: (promote|restore)", what):
            continue
        if not any(why in message for message in world.messages):
            yield f"nobody was told: {what}: {why}"
    lines = Counter(line for message in world.messages for line in message.splitlines()[1:] if re.match(r"\d{4}-", line))
    for line, times in lines.items():
        if times > 1:
            yield f"told {times} times: {line}"


def _captures(world, record, _):
    """Whatever served and kept its data is known by its prefix."""
    known = {capture["deployment"]: capture["models"] for capture in record.get("captures", [])}
    for config, models in world.sagemaker.served:
        if not OURS.match(config):
            continue
        location = world.sagemaker.captured.get(config)
        id = config.removeprefix(f"{ENDPOINT}-")
        if location and location != f"{CAPTURES}/{id}":
            yield f"{config} captures to {location}"
        if location and {slot: label(model) for slot, model in known.get(id, {}).items()} != models:
            yield f"captured data of {id} is {models}, the record says {known.get(id)}"
