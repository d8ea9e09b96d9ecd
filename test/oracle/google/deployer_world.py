"""A project with one deployer, and everything that a scenario does to it: infrastructure, events, people, time, and mishaps."""
import datetime
import itertools
import json
import re
import subprocess

import emulator
from deployer_cloud import ENDPOINT_ID, PROJECT, REGION, ROUTINE, TOKEN, WORKFLOW, DeployerCloud, Lost, Server
from fake_endpoints import Deployed, Fate
from routines import ROOT, Routine
from simulation import Simulation, Stopped

ENDPOINT, BUCKET, FOLDER, BASELINES = "churn", "artifacts", "deployments/churn/", "drift/churn/baselines/"
RECORD, POLICY = f"{FOLDER}record/record.json", f"{FOLDER}policy.json"
MODEL = f"projects/{PROJECT}/locations/{REGION}/models/churn"
EXECUTIONS = f"projects/{PROJECT}/locations/{REGION}/workflows/{WORKFLOW}/executions/"
MACHINES = {"small": "n2-standard-2", "large": "n2-standard-4"}
AB_TEST = {"trafficPercent": 20, "durationHours": 24, "goal": "notWorse", "margin": 0.5}
PERCENT = 25  # of a rollout's first part, or step: a linear one and a canary differ
POLL = 240  # seconds of the clock between two looks
REQUEST_SECONDS = 0.1
REPLACED_SECONDS = 5  # between the deletion of an object and its creation, when Terraform replaces it
ACTIVITIES = {"verify": "watch"}  # what a scenario calls an operation, as the program calls it
IMAGE = f"{REGION}-docker.pkg.dev/vertex-ai/prediction/xgboost-cpu.2-1:latest"


def runner():
    """The workflow, as the package has it."""
    script = """
    const { runnerWorkflow } = require('./dist/lib/google/workflows/runner.js');
    const { workflowSource } = require('./dist/lib/google/workflows/workflow.js');
    console.log(workflowSource(runnerWorkflow('deployer')));
    """
    return json.loads(subprocess.run(["node", "-e", script], cwd=ROOT, capture_output=True, text=True, check=True, timeout=60).stdout)


class World:
    """One for a session; `begin` makes it new."""

    def __init__(self):
        self.workflow, self.routine = runner(), Routine()
        self.server, self.emulator = Server(lambda: self.cloud), emulator.installed(TOKEN, self._request)
        self.cloud = None

    def __enter__(self):
        self.routine.__enter__()
        self.address = self.server.__enter__()
        self.emulator.__enter__()
        return self

    def __exit__(self, *error):
        for context in (self.emulator, self.server, self.routine):
            context.__exit__(*error)

    def begin(self):
        """A project with an endpoint on which nothing is deployed."""
        self.time = Simulation()
        self.executions = {}  # name → Execution
        self.cloud = DeployerCloud(self.time, self.routine, self.state_of)
        self.cloud.registry.page_size = 3
        self.names, self.versions = itertools.count(1), set()
        self.policy, self.batch_only, self.asked = {"level": 1}, True, None
        self.states, self.problems, self.told_twice = {}, [], False
        self.read = {"told": 0, "asked": 0, "moved": 0}  # what expectations have looked at

    # What there is

    @property
    def record(self):
        """The record, or an empty one."""
        found = self.cloud.objects.get((BUCKET, RECORD))
        return json.loads(found.text) if found else {}

    @property
    def told(self):
        """What people were told, and when: (severity, what is logged)."""
        return [entry for execution in self.executions.values() for entry in execution.log if "deployment" in entry[1]]

    def state_of(self, name):
        """The state of an execution, as Workflow Executions has it."""
        return self.states.get(name)

    def failed(self):
        return [execution.error for name, execution in self.executions.items() if self.states[name] == "FAILED"]

    # Executions

    def start(self, argument=None):
        """Starts the deployer, as the schedule, an event or the command line does."""
        id = f"{next(self.names):08d}-0000-4000-8000-000000000000"
        name = EXECUTIONS + id
        environment = {**self.environment(), "GOOGLE_CLOUD_WORKFLOW_EXECUTION_ID": id}
        execution = self.executions[name] = emulator.Execution(clock=self.time, environment=environment)
        self.states[name] = "ACTIVE"

        def work():
            try:
                emulator.run(execution, self.workflow, argument)
                self.states[name] = "FAILED" if execution.error is not None else "SUCCEEDED"
            except Exception as problem:  # the emulator's own: no scenario means it
                self.problems.append(f"{name}: {problem!r}")
                self.states[name] = "FAILED"
            except Stopped:
                self.states[name] = "CANCELLED"

        self.time.start(work)

    def environment(self):
        urls = {service: f"{self.address}/{service}" for service in ("vertex", "storage", "monitoring", "executions", "bigquery")}
        settings = {
            "project": PROJECT, "region": REGION, "urls": urls, "endpoint": ENDPOINT, "bucket": BUCKET, "folder": FOLDER, "pollSeconds": POLL,
            **({} if self.batch_only else {"endpointId": f"projects/{PROJECT}/locations/{REGION}/endpoints/{ENDPOINT_ID}"}),
        }
        return {
            "SETTINGS": json.dumps(settings), "PROJECT": PROJECT, "REGION": REGION, "ROUTINE": ROUTINE, "BIGQUERY_URL": urls["bigquery"],
            "GOOGLE_CLOUD_WORKFLOW_ID": WORKFLOW,
        }

    def _request(self, send, *args, **kwargs):
        """A request takes a moment. Who was stopped meanwhile sees no answer."""
        execution = emulator.CURRENT.execution
        self.time.sleep(REQUEST_SECONDS)
        try:
            return send(*args, **kwargs)
        finally:
            if self.states[self._name(execution)] == "CANCELLED":
                raise Stopped

    def _name(self, execution):
        return EXECUTIONS + execution.environment["GOOGLE_CLOUD_WORKFLOW_EXECUTION_ID"]

    def settle(self):
        """Until all executions have ended."""
        self.time.run()
        assert not self.problems, self.problems

    def end(self):
        """Stops what a failed test has left running."""
        self.time.stop()

    # What scenarios do

    def do(self, step, wait=True):
        """One step. While the cloud is at work on the endpoint for the first time, `meanwhile` happens."""
        step = {**step, **step.get("google", {})}
        arguments = {key: value for key, value in step.items() if key not in ("do", "meanwhile", "answer", "google", "aws")}
        for inner in step.get("meanwhile", []):
            self.once("before", "vertex.endpoints.operations.get", lambda inner=inner: self.do(inner, wait=False), self._is_busy)
        getattr(self, step["do"].replace(" ", "_"))(**arguments)
        if not wait:
            return
        self.settle()
        if "answer" in step:
            answer, wanted = self.answer(), ANSWERS.get(step["answer"], step["answer"])
            assert re.search(wanted, answer), f"wanted {step['answer']!r}, got {answer!r}"

    def _is_busy(self):
        return self.cloud.endpoints.running is not None

    def once(self, moment, what, happens, condition=lambda: True):
        """Something happens when a request is made or an activity begins, once."""
        def hook(*seen):
            if seen == (moment, what) and condition():
                self.cloud.hooks.remove(hook)
                happens()
        self.cloud.hooks.append(hook)

    def register(self, version, baseline=True):
        number = self.cloud.registry.register("churn", "churn")
        assert number == str(version), "versions are registered one after another"
        self.versions.add(version)
        if baseline:
            self.cloud.put(BUCKET, f"{BASELINES}{version}.json", "{}")

    def approve(self, version, events=1, **how):
        if version not in self.versions:
            self.register(version, **how)
        self.cloud.registry.move_alias("churn", str(version), "approved")
        for _ in range(events):
            self.start(EVENT)

    def reject(self, version):
        self.cloud.registry.models["churn"].versions[str(version)].discard("approved")

    def reconcile(self, times=1):
        for _ in range(times):
            self.start({"cause": "schedule"})
            self.settle()

    def wait(self, minutes, every=5):
        """Time passes in ticks."""
        for _ in range(0, minutes, every):
            self.time.advance(every * 60)
            self.reconcile()

    def ask(self, what, version=None, uri=None, by="command line", times=1):
        if uri:
            self.cloud.registry.artifacts.add(f"gs://{uri}/")
        model = {"uri": f"gs://{uri}/"} if uri else {"version": f"{MODEL}@{version}", "number": version} if version else None
        self.asked = f"r{next(self.names)}"
        request = {"id": self.asked, "kind": what, "at": self.at(), "by": by, **({"model": model} if model else {})}
        for _ in range(times):
            self.start({"cause": by, "request": request})

    def at(self):
        return datetime.datetime.fromtimestamp(self.time.now, datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.000Z")

    def predict(self, ends="Completed"):
        self.cloud.registry.job_ends = {"Completed": "JOB_STATE_SUCCEEDED", "Failed": "JOB_STATE_FAILED"}[ends]
        self.start({"task": "predict", "cause": "schedule"})

    # Mishaps

    def next_change(self, ends, times=1, minutes=6):
        self.cloud.endpoints.fates += [Fate(ends, minutes) for _ in range(times)]

    def throttle(self, calls):
        self.cloud.throttle = calls

    def traffic(self, requests, errors=None, slow=None, share=None):
        figures = self.cloud.figures
        figures.requests, figures.errors, figures.slow, figures.share = requests, errors or {}, slow or {}, share

    def operational_alarms(self):
        """The champion fails, and alert policies over the whole endpoint say so."""
        self.traffic(300, errors={self.cloud.label(next(iter(self.cloud.endpoints.deployed.values()))): 50})

    def cleaning(self, works):
        self.cloud.endpoints.undeployable, self.cloud.registry.undeletable = works, not works

    def someone(self, **what):
        """Someone does something by hand, while the service is at rest."""
        while self.cloud.endpoints.running:
            self.time.advance(60)
        getattr(self, "_someone_" + next(iter(what)))(next(iter(what.values())))

    def _someone_changes(self, _):
        """Another model is deployed, and gets all requests."""
        self.cloud.registry.register("theirs", "theirs")
        resources = {"machineSpec": {"machineType": "n2-standard-2"}, "minReplicaCount": 1}
        body = {"displayName": "by-hand", "model": f"{self.cloud.parent}/models/theirs", "dedicatedResources": resources}
        self.cloud.endpoints.deployed["77"] = Deployed("77", body, ("theirs", "1"))
        self.cloud.endpoints.set_split({"77": 100})

    def _someone_deletes(self, _):
        """All models are undeployed; the endpoint itself is Terraform's."""
        self.cloud.endpoints.deployed.clear()
        self.cloud.endpoints.set_split({})

    def _someone_removes_version(self, number):
        """Vertex AI keeps versions that are deployed."""
        assert any(one.model == ("churn", str(number)) for one in self.cloud.endpoints.deployed.values())

    def _someone_moves_traffic(self, weights):
        test = self.record["test"]
        ids = {side["slot"]: side["modelName"] for side in (test["champion"], test["challenger"])}
        self.cloud.endpoints.set_split({ids[slot]: round(100 * weight) for slot, weight in weights.items()})

    def _someone_breaks(self, _):
        """No model gets requests any more."""
        self.cloud.endpoints.set_split({})

    def foreign_endpoint(self):
        """A model that nobody here deployed."""
        self._someone_changes(True)

    def maintenance(self, minutes, before=None):
        """The service is at work on the endpoint by itself: now, or just before an activity of this name."""
        if before:
            self.once("before", ACTIVITIES.get(before, before), lambda: self.cloud.endpoints.maintain(minutes))
        else:
            self.cloud.endpoints.maintain(minutes)

    def dies(self, at, when="before"):
        """The execution is gone when its next activity of this name begins, or has done all its work."""
        self.once(when, ACTIVITIES.get(at, at), self.stop_executions)

    def stop_executions(self):
        for name, state in self.states.items():
            if state == "ACTIVE":
                self.states[name] = "CANCELLED"

    def lose_answers(self):
        """The first answer of each method is lost, after the request took effect."""
        lost = set()

        def hook(moment, what):
            if moment == "after" and "." in what and what not in lost:
                lost.add(what)
                raise Lost
        self.cloud.hooks.append(hook)

    def upgrade(self):
        """A version of the library was at work that knows other fields, and not all of ours."""
        record = self.record
        for unknown in ("untidy", "untold", "attempts", "failures"):
            record.pop(unknown, None)
        self.cloud.put(BUCKET, RECORD, json.dumps({**record, "laterField": {"kept": True}}), "text/plain; charset=utf-8")

    # The infrastructure

    def infrastructure(self, wants=None, resource="Endpoint", **policy):
        """Applies: writes the policy as Terraform does, which replaces an object that has changed; `wants: delete` deletes it."""
        if wants == "delete":
            del self.cloud.objects[BUCKET, POLICY]
            return self.notify()
        self.policy = {**self.policy, **policy}
        self.batch_only = self.batch_only and self.policy.get("mode") == "batch"
        text = json.dumps(self.policy_document(resource))
        found = self.cloud.objects.get((BUCKET, POLICY))
        if found and found.text == text:
            return None  # nothing to apply
        if not found:
            return self._write_policy(text, wants)
        del self.cloud.objects[BUCKET, POLICY]
        self.notify()
        self.time.soon(REPLACED_SECONDS, lambda: self._write_policy(text, wants))

    def _write_policy(self, text, wants):
        self.cloud.put(BUCKET, POLICY, text)
        for _ in range((wants or {}).get("times", 1)):
            self.notify()

    def notify(self):
        """Cloud Storage says that the policy has changed."""
        self.start({"data": {"message": {"data": "e30=", "attributes": {"objectId": POLICY, "bucketId": BUCKET}}}})

    def answer(self):
        """What came of the policy as it is now, or of its deletion: the infrastructure itself is not told."""
        policy = self.cloud.objects.get((BUCKET, POLICY))
        settled = self.record.get("settled", [])
        id = f"policy-{policy.generation}" if policy else next((one["id"] for one in settled if one["kind"] == "delete"), None)
        found = next((one for one in settled if one["id"] == id), None)
        return f"{'done' if found['done'] else 'refused'}: {found['outcome']}" if found else "open"

    def policy_document(self, resource="Endpoint"):
        """The policy as the constructs write it for Google Cloud."""
        wanted = {
            "level": 1, "mode": "realtime", "machine": "small", "instances": [2, 4], "rollout": "canary", "bakeMinutes": 10,
            "baseline": False, "tags": {"team": "growth"}, "environment": {}, "automatic": None, "test": {}, "image": True, **self.policy,
        }
        least, most = wanted["instances"]
        batch = wanted["mode"] == "batch"
        automatic = wanted["level"] > 0 if wanted["automatic"] is None else wanted["automatic"]
        folders = {"input": "gs://data/in/", "output": "gs://data/out/", "format": "csv"}
        serving = {
            "machineType": MACHINES[wanted["machine"]], "serviceAccount": f"serving@{PROJECT}.iam.gserviceaccount.com",
            "environment": wanted["environment"], **({"image": IMAGE} if wanted["image"] else {}), **({"batch": folders} if batch else {}),
        }
        return {
            "format": 1, "mode": wanted["mode"], "serving": serving, "owner": {"stack": "churn", "resource": resource}, "model": MODEL,
            **({} if batch else {"scaling": {"minInstances": least, "maxInstances": most, "invocationsPerInstance": 1000}}),
            "rollout": {"strategy": wanted["rollout"], "percent": PERCENT, "bakeMinutes": wanted["bakeMinutes"]},
            "alarms": {"p95LatencyMs": 500, "errorRatePercent": 1},
            **({"abTest": {**AB_TEST, **wanted["test"]}} if wanted["level"] > 1 else {}),
            "automatic": automatic, "requireBaseline": wanted["baseline"], "tags": wanted["tags"], "baselines": f"gs://{BUCKET}/{BASELINES}",
            "encryptionKey": f"projects/{PROJECT}/locations/{REGION}/keyRings/ml/cryptoKeys/churn", **wanted.get("later", {}),
        }


EVENT = {"data": {"message": {"data": "e30=", "attributes": {}}}}  # of the approvals' topic

# What the record says of the infrastructure's request.
ANSWERS = {"done": "^done", "accepted": "^(done|refused)", "refused": "^refused"}
