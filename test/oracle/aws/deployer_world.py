"""An account with one deployer, and everything that a scenario does to it: stacks, events, people, time, and mishaps."""
import functools
import itertools
import json
import re
import subprocess
import time

import boto3
from moto.backends import get_backend
from moto.stepfunctions.parser.models import stepfunctions_parser_backends

from deployer_moto import Clock, on_clock, serving
from deployer_proxy import Died, Lambda, Proxy, reset
from fake_sagemaker import REGION, Fate
from synthesis import ACCOUNT, ROOT

ENDPOINT, GROUP, TABLE, CAPTURES = "churn", "churn", "records", "s3://captures/churn"
STACK = f"arn:aws:cloudformation:{REGION}:{ACCOUNT}:stack/churn"
MACHINES = {"small": "ml.m5.large", "large": "ml.m5.xlarge"}
AB_TEST = {"trafficPercent": 20, "durationHours": 24, "goal": "notWorse", "margin": 0.5}
POLL = 120  # seconds of the clock between two looks: moto needs a while for each
PATIENCE = 30  # real seconds until executions have ended


def definition(function):
    """The state machine, as the package has it."""
    script = f"console.log(JSON.stringify(require('./dist/lib/aws/deployer/definition').deployerDefinition('{function}')))"
    return subprocess.run(["node", "-e", script], cwd=ROOT, capture_output=True, text=True, check=True, timeout=60).stdout


def backends(service):
    return get_backend(service)[ACCOUNT][REGION]


class World:
    """One for a session; `begin` makes it new."""

    def __init__(self, monkeypatch):
        self.clock, self.definition = Clock(), definition(f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:deployer")
        self.proxy = Proxy(self.clock, backends)
        self.contexts = [on_clock(self.clock, monkeypatch), serving(self._wrap, monkeypatch)]

    def _wrap(self, moto):
        self.proxy.moto = moto
        return self.proxy

    def __enter__(self):
        self.address = [context.__enter__() for context in self.contexts][-1]
        machine = f"arn:aws:states:{REGION}:{ACCOUNT}:stateMachine:deployer"
        environment = {"TABLE_NAME": TABLE, "STATE_MACHINE_ARN": machine}
        self.functions = self.proxy.functions = Lambda(self.address, environment, self.clock)
        return self

    def __exit__(self, *error):
        self.functions.stop()
        for context in reversed(self.contexts):
            context.__exit__(*error)

    @functools.cache
    def client(self, service):
        return boto3.client(service, endpoint_url=self.address, region_name=REGION)

    def begin(self):
        """An account without an endpoint."""
        reset(self.address)
        self.clock.reset()
        self.proxy.forget()
        self.sagemaker = self.proxy.sagemaker
        self.client("dynamodb").create_table(
            TableName=TABLE, BillingMode="PAY_PER_REQUEST", KeySchema=[{"AttributeName": "endpoint", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "endpoint", "AttributeType": "S"}],
        )
        role = f"arn:aws:iam::{ACCOUNT}:role/deployer"
        self.machine = self.client("stepfunctions").create_state_machine(name="deployer", definition=self.definition, roleArn=role)
        self.topic = self.client("sns").create_topic(Name="people")["TopicArn"]
        self.client("sagemaker").create_model_package_group(ModelPackageGroupName=GROUP)
        self.names, self.versions, self.metadata, self.stacks = itertools.count(1), {}, {}, {}
        self.sent, self.deliveries, self.problems, self.asked = {}, set(), [], None
        self.policy, self.killed, self.answers_lost = {"level": 1}, set(), False
        self.read = {"messages": 0, "calls": 0}  # what expectations have looked at

    # What there is

    @property
    def record(self):
        """The record, or an empty one."""
        found = backends("dynamodb").get_item(TABLE, {"endpoint": {"S": ENDPOINT}})
        return json.loads(found.attrs["document"].value) if found else {}

    def write(self, record):
        item = {"endpoint": {"S": ENDPOINT}, "revision": {"N": str(record["revision"])}, "document": {"S": json.dumps(record)}}
        self.client("dynamodb").put_item(TableName=TABLE, Item=item)

    @property
    def endpoint(self):
        """The endpoint as SageMaker has it, or None."""
        for endpoint in list(self.sagemaker.endpoints.values()):
            self.sagemaker.advance(endpoint)
        return self.sagemaker.endpoints.get(ENDPOINT)

    @property
    def messages(self):
        """What people were told: subject and text."""
        return [f"{subject}\n{text}" for _, text, subject, *_ in backends("sns").topics[self.topic].sent_notifications]

    @property
    def executions(self):
        machines = stepfunctions_parser_backends[ACCOUNT][REGION].state_machines
        return [execution for machine in machines for execution in list(machine.executions)]

    # Executions

    def start(self, cause, name=None, **more):
        """Starts the deployer, as a rule, a schedule or the command line does."""
        self.client("stepfunctions").start_execution(
            stateMachineArn=self.machine["stateMachineArn"], name=name or f"e{next(self.names)}",
            input=json.dumps({"endpoint": ENDPOINT, "cause": cause, "pollSeconds": POLL, **more}),
        )

    def settle(self):
        """Waits until all executions have ended."""
        until = time.monotonic() + PATIENCE
        while self.deliveries or any(execution.status == "RUNNING" for execution in self.executions):
            assert time.monotonic() < until, f"no end: {self.proxy.operations[-12:]}, {self.clock.now()}, {self.record}"
            time.sleep(0.005)

    def end(self):
        """Stops what a failed test has left running."""
        for execution in self.executions:
            if execution.status == "RUNNING":
                execution.stop(None, None, None)
        self.settle()

    # What scenarios do

    def do(self, step, wait=True):
        """One step. While the cloud is at work on the endpoint for the first time, `meanwhile` happens."""
        arguments = {key: value for key, value in step.items() if key not in ("do", "meanwhile", "answer", "google")}
        for inner in step.get("meanwhile", []):
            self.proxy.hooks.append(self._when_busy(inner))
        before = len(self.sent)
        getattr(self, step["do"].replace(" ", "_"))(**arguments)
        if not wait:
            return
        self.settle()
        if "answer" in step:
            said = [f"{WORDS[body['Status']]}: {body['Reason']}" for id, body in self.proxy.cloudformation if id == list(self.sent)[before]]
            assert said and re.search(ANSWERS.get(step["answer"], step["answer"]), said[0]), f"wanted {step['answer']!r}, answered {said}"

    def _when_busy(self, step):
        def hook(moment, what):
            if what != "DescribeEndpoint" or not self.endpoint or self.endpoint.status not in ("Creating", "Updating"):
                return False
            if hook in self.proxy.hooks:
                self.proxy.hooks.remove(hook)  # what it does may come here again
                self.do(step, wait=False)
            return False
        return hook

    def register(self, version, baseline=True):
        image = f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com/xgboost:1"
        made = self.client("sagemaker").create_model_package(
            ModelPackageGroupName=GROUP, ModelApprovalStatus="PendingManualApproval",
            InferenceSpecification={
                "Containers": [{"Image": image, "ModelDataUrl": f"s3://models/{version}.tar.gz"}],
                "SupportedContentTypes": ["text/csv"], "SupportedResponseMIMETypes": ["text/csv"],
            },
        )
        assert made["ModelPackageArn"].endswith(f"/{version}"), "versions are registered one after another"
        self.versions[version] = made["ModelPackageArn"]
        self.metadata[version] = {"baselineUri": f"s3://baselines/{version}"} if baseline else {}

    def _decide(self, version, status):
        """moto loses the metadata that an update does not name."""
        self.client("sagemaker").update_model_package(
            ModelPackageArn=self.versions[version], ModelApprovalStatus=status, CustomerMetadataProperties=self.metadata[version],
        )

    def approve(self, version, events=1, **how):
        if version not in self.versions:
            self.register(version, **how)
        self._decide(version, "Approved")
        for _ in range(events):
            self.start("aws.sagemaker")

    def reject(self, version):
        self._decide(version, "Rejected")

    def reconcile(self, times=1):
        for _ in range(times):
            self.start("schedule")
            self.settle()

    def wait(self, minutes, every=5):
        """Time passes in ticks."""
        for _ in range(0, minutes, every):
            self.clock.advance(every * 60)
            self.reconcile()

    def ask(self, what, version=None, uri=None, by="command line", times=1):
        model = {"uri": f"s3://{uri}.tar.gz"} if uri else {"version": self.versions[version], "number": version} if version else None
        self.asked = f"r{next(self.names)}"
        request = {"id": self.asked, "kind": what, "at": self.now(), "by": by, **({"model": model} if model else {})}
        for _ in range(times):
            self.start(by, request=request)

    def now(self):
        return self.clock.now().strftime("%Y-%m-%dT%H:%M:%S.000Z")

    def predict(self, ends="Completed"):
        self.sagemaker.job_fate = ends
        self.start("schedule", task="predict")

    # Mishaps

    def next_change(self, ends, times=1, minutes=6):
        self.sagemaker.fates += [Fate(ends, minutes) for _ in range(times)]

    def throttle(self, calls):
        self.proxy.throttle = calls

    def traffic(self, requests, errors=None, slow=None, share=None):
        traffic = self.proxy.traffic
        traffic.requests, traffic.errors, traffic.slow, traffic.share = requests, errors or {}, slow or {}, share

    def operational_alarms(self):
        """An alarm of the template's, over the whole endpoint, rings."""
        dimensions = [{"Name": "EndpointName", "Value": ENDPOINT}]
        backend = self.client("cloudwatch")
        backend.put_metric_alarm(
            AlarmName="operational", Namespace="AWS/SageMaker", MetricName="Invocation5XXErrors", Dimensions=dimensions, Period=60,
            EvaluationPeriods=1, Threshold=1, ComparisonOperator="GreaterThanThreshold", Statistic="Sum",
        )
        backend.set_alarm_state(AlarmName="operational", StateValue="ALARM", StateReason="errors")

    def scaling_fails(self, times=1):
        self.proxy.scaling_fails = times

    def cleaning(self, works):
        self.sagemaker.undeletable = set() if works else {"model", "config"}

    def someone(self, **what):
        """Someone does something by hand."""
        getattr(self, "_someone_" + next(iter(what)))(next(iter(what.values())))

    def _someone_changes(self, _):
        self.sagemaker.configs["by-hand"] = {**self.sagemaker.configs[self.endpoint.config], "DataCaptureConfig": None}
        self.sagemaker.UpdateEndpoint(ENDPOINT, "by-hand")
        self.clock.advance(3600)

    def _someone_deletes(self, _):
        self.sagemaker.DeleteEndpoint(ENDPOINT)
        self.clock.advance(3600)

    def _someone_removes_version(self, number):
        self.proxy.remove_package(self.versions[number])

    def _someone_moves_traffic(self, weights):
        self.sagemaker.UpdateEndpointWeightsAndCapacities(
            ENDPOINT, [{"VariantName": slot, "DesiredWeight": weight} for slot, weight in weights.items()],
        )
        self.clock.advance(600)

    def _someone_breaks(self, _):
        self.endpoint.status = "OutOfService"

    def foreign_endpoint(self):
        """An endpoint of this name that nobody here made."""
        self.sagemaker.models["theirs"] = {"PrimaryContainer": {}, "CreationTime": 0}
        variant = {"VariantName": "AllTraffic", "ModelName": "theirs", "InstanceType": "ml.m5.large", "InitialInstanceCount": 1}
        self.sagemaker.configs["theirs"] = {"ProductionVariants": [variant], "CreationTime": 0}
        self.sagemaker.CreateEndpoint(ENDPOINT, "theirs")
        self.clock.advance(3600)

    def maintenance(self, minutes, before=None):
        """The cloud is at work on the endpoint by itself: now, or just before the deployer's next operation of this name."""
        def hook(moment, what):
            if (moment, what) != ("before", before):
                return False
            self.sagemaker.maintain(ENDPOINT, minutes)
            return True
        if before:
            self.proxy.hooks.append(hook)
        else:
            self.sagemaker.maintain(ENDPOINT, minutes)

    def dies(self, at, when="before"):
        """The execution is gone at its next operation of this name: stopped, and the function's answer lost."""
        def hook(moment, what):
            if (moment, what) != (when, at):
                return False
            self.proxy.hooks.remove(hook)
            for execution in self.executions:
                if execution.status == "RUNNING":
                    execution.stop(None, None, None)
                    self.killed.add(execution.name)
            raise Died
        self.proxy.hooks.append(hook)

    def lose_answers(self):
        """The first answer of each operation is lost after its work."""
        self.answers_lost, lost = True, set()

        def hook(moment, what):
            if moment == "after" and what not in lost and what[0].islower():
                lost.add(what)
                raise Died
            return False
        self.proxy.hooks.append(hook)

    def upgrade(self):
        """A version of the library was at work that knows other fields, and not all of ours."""
        record = self.record
        for unknown in ("untidy", "untold", "attempts", "failures"):
            record.pop(unknown, None)
        self.write({**record, "laterField": {"kept": True}})

    # The infrastructure

    def infrastructure(self, wants=None, **policy):
        """Creates the stack or changes its policy; `wants: delete` deletes it."""
        from deployer_stack import Stack  # a stack talks to a world

        resource = policy.pop("resource", "Endpoint")
        stack = self.stacks.setdefault(resource, Stack(self, resource))
        if wants == "delete":
            return stack.delete()
        self.policy = {**self.policy, **policy}
        return stack.deploy(self.policy_document(), wants or {})

    def policy_document(self):
        """The policy as the constructs write it for AWS."""
        wanted = {
            "level": 1, "mode": "realtime", "machine": "small", "instances": [2, 4], "rollout": "canary", "bakeMinutes": 10,
            "baseline": False, "tags": {"team": "growth"}, "environment": {}, "automatic": None, "test": {}, "image": True, **self.policy,
        }
        least, most = wanted["instances"]
        batch, serverless = wanted["mode"] == "batch", wanted["mode"] == "serverless"
        serving = {
            **({"serverless": {"memoryMb": 2048, "maxConcurrency": 5}} if serverless else {"instanceType": MACHINES[wanted["machine"]]}),
            **({"batch": {"input": "s3://in/", "output": "s3://out/", "contentType": "text/csv"}} if batch else {}),
            **({"asynchronous": {"output": "s3://answers/"}} if wanted["mode"] == "asynchronous" else {}),
            **({"image": f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com/xgboost:1"} if wanted["image"] else {}),
            **({} if serverless else {"capture": {"location": CAPTURES, "percent": 100, "contentType": "text/csv"}}),
            "environment": wanted["environment"], "roleArn": f"arn:aws:iam::{ACCOUNT}:role/serving",
            "encryptionKeyArn": f"arn:aws:kms:{REGION}:{ACCOUNT}:key/11111111-2222-3333-4444-555555555555", "encryptVolume": True,
            "networkIsolation": False,
        }
        automatic = wanted["level"] > 0 if wanted["automatic"] is None else wanted["automatic"]
        return {
            "format": 1, "mode": wanted["mode"], "serving": serving,
            **({} if serverless or batch else {
                "scaling": {"minInstances": least, "maxInstances": most, "invocationsPerInstance": 1000},
            }),
            "rollout": {"strategy": wanted["rollout"], "percent": 50, "bakeMinutes": wanted["bakeMinutes"]},
            "alarms": {"p95LatencyMs": 500, "errorRatePercent": 1},
            **({"abTest": {**AB_TEST, **wanted["test"]}} if wanted["level"] > 1 else {}),
            "automatic": automatic, "requireBaseline": wanted["baseline"], "tags": wanted["tags"], "modelPackageGroup": GROUP,
            "topicArn": self.topic, **wanted.get("later", {}),
        }


# What CloudFormation is answered.
ANSWERS = {"done": "^done: (?!accepted)", "accepted": "^done: accepted", "refused": "^refused"}
WORDS = {"SUCCESS": "done", "FAILED": "refused"}
