"""An account with one drift analyzer, and everything that happens to it: traffic, schedules, training pipelines, time, and mishaps."""
import functools
import itertools
import json
import subprocess
import time

import boto3
from moto.backends import get_backend
from moto.stepfunctions.parser.models import stepfunctions_parser_backends

import drift_moto
from deployer_moto import Clock, on_clock, serving
from deployer_proxy import Lambda, reset
from drift_data import COLUMNS, captured, csv, hours, rows
from drift_proxy import DriftProxy
from drift_training import GROUP, PIPELINE
from fake_sagemaker import REGION
from synthesis import ACCOUNT, ROOT

MONITOR = ENDPOINT = "churn"
BUCKET, DATA = "artifacts", "data"
TABLE, DEPLOYMENTS = "monitors", "deployments"
KEY = f"arn:aws:kms:{REGION}:{ACCOUNT}:key/00000000-0000-0000-0000-000000000001"
MACHINE = f"arn:aws:states:{REGION}:{ACCOUNT}:stateMachine:analyzer"
DEPLOYMENT = "20270201-080000-abcd"
PATIENCE = 120  # real seconds until executions have ended
RULES = {
    "columns": COLUMNS, "format": "csv", "everyHours": 1, "windowHours": 24, "minimumSamples": 100, "falseAlarmsPerYear": 1,
    "baseline": "training", "retraining": {"cooldownHours": 24, "maxPerWeek": 3, "minimumNewSamples": 0},
}


def definition(function):
    """The state machine, as the package has it."""
    script = f"console.log(JSON.stringify(require('./dist/lib/aws/drift/definition').analyzerDefinition('{function}')))"
    return subprocess.run(["node", "-e", script], cwd=ROOT, capture_output=True, text=True, check=True, timeout=60).stdout


class World:
    """One for a session; `begin` makes it new."""

    def __init__(self, monkeypatch):
        self.clock, self.definition = Clock(), definition(f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:analyzer")
        self.proxy = DriftProxy(self.clock)
        drift_moto.mend(monkeypatch, self.now)
        self.contexts = [on_clock(self.clock, monkeypatch), serving(self._wrap, monkeypatch)]

    def _wrap(self, moto):
        self.proxy.moto = moto
        return self.proxy

    def __enter__(self):
        self.address = [context.__enter__() for context in self.contexts][-1]
        environment = {"TABLE_NAME": TABLE, "STATE_MACHINE_ARN": MACHINE}
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
        """An analyzer, and a monitor of an endpoint on which nothing has been deployed."""
        reset(self.address)
        self.clock.reset()
        self.clock.advance(7 * 60)  # schedules fire after the hour has come in
        self.proxy.forget()
        self.training, self.names = self.proxy.training, itertools.count(1)
        for table, key in ((TABLE, "monitor"), (DEPLOYMENTS, "endpoint")):
            self.client("dynamodb").create_table(
                TableName=table, BillingMode="PAY_PER_REQUEST", KeySchema=[{"AttributeName": key, "KeyType": "HASH"}],
                AttributeDefinitions=[{"AttributeName": key, "AttributeType": "S"}],
            )
        for bucket in (BUCKET, DATA):
            self.client("s3").create_bucket(Bucket=bucket)
        role = f"arn:aws:iam::{ACCOUNT}:role/analyzer"
        self.client("stepfunctions").create_state_machine(name="analyzer", definition=self.definition, roleArn=role)
        self.topic = self.client("sns").create_topic(Name="people")["TopicArn"]
        self.settings = {
            "name": MONITOR, "rules": f"s3://{BUCKET}/rules.json", "output": f"s3://{BUCKET}/drift/{MONITOR}", "encryptionKeyArn": KEY,
            "captured": {
                "location": f"s3://{BUCKET}/captured", "mode": "realtime", "deployer": {"endpoint": ENDPOINT, "table": DEPLOYMENTS},
            },
            "topicArn": self.topic,
            "retraining": {"pipelineName": PIPELINE, "modelPackageGroup": GROUP, "trainingData": f"s3://{DATA}/train/"},
        }
        self.rules()

    # What there is

    def now(self):
        return self.clock.now().strftime("%Y-%m-%dT%H:%M:%S.000Z")

    @property
    def record(self):
        """The monitor's record, or an empty one."""
        found = get_backend("dynamodb")[ACCOUNT][REGION].get_item(TABLE, {"monitor": {"S": self.settings["name"]}})
        return json.loads(found.attrs["document"].value) if found else {}

    @property
    def messages(self):
        """What people were told: subject and text."""
        topic = get_backend("sns")[ACCOUNT][REGION].topics[self.topic]
        return [f"{subject}\n{text}" for _, text, subject, *_ in topic.sent_notifications]

    @property
    def metrics(self):
        """What was published: (metric, column, value), oldest first."""
        found = get_backend("cloudwatch")[ACCOUNT][REGION].metric_data
        columns = [{dimension.name: dimension.value for dimension in metric.dimensions} for metric in found]
        return [(metric.name, known.get("Column"), float(metric.value)) for metric, known in zip(found, columns)]

    @property
    def captures(self):
        """Where the champion's requests lie."""
        place = self.settings["captured"]
        return f"{place['location'].removeprefix(f's3://{BUCKET}/')}/{DEPLOYMENT}/{place['deployer']['endpoint']}/a"

    def keys(self, prefix):
        pages = self.client("s3").get_paginator("list_objects_v2").paginate(Bucket=BUCKET, Prefix=prefix)
        return [content["Key"] for page in pages for content in page.get("Contents", [])]

    def read(self, key):
        return self.client("s3").get_object(Bucket=BUCKET, Key=key)["Body"].read().decode()

    def report(self):
        return json.loads(self.read(f"drift/{self.settings['name']}/latest.json"))

    def history(self, execution):
        """What happened in an execution, in order."""
        return self.client("stepfunctions").get_execution_history(executionArn=execution["executionArn"])["events"]

    # What scenarios do

    def put(self, key, body, bucket=BUCKET):
        text = body if isinstance(body, str) else json.dumps(body)
        written = get_backend("s3")[ACCOUNT]["aws"].put_object(bucket, key, text.encode())
        written.last_modified = self.clock.now().replace(tzinfo=None)

    def rules(self, **changes):
        self.put("rules.json", {**RULES, **changes})

    def train(self, count=4000, columns=COLUMNS, seed=1):
        """Training data, and the predictions that the evaluation left."""
        features = [column for column in columns if column["role"] == "feature"]
        table = rows(count, columns, seed)
        names = ",".join(column["name"] for column in features)
        self.put("train/data.csv", f"{names}\n{csv([row[:len(features)] for row in table])}", DATA)
        if len(features) < len(columns):
            self.put("evaluation/predictions.csv", f"{columns[-1]['name']}\n{csv([row[len(features):] for row in table])}")
        known = [{key: column[key] for key in ("name", "type", "role")} for column in columns]
        self.put("baseline-rules.json", {"columns": known, "format": "csv"})

    def ask(self, token="token00001", **message):
        """The Baseline step writes a message, and Lambda takes it: the answer of the function."""
        self.training.waiting.add(token)
        arguments = {
            "rules": f"s3://{BUCKET}/baseline-rules.json", "trainingData": f"s3://{DATA}/train/", "evaluation": f"s3://{BUCKET}/evaluation",
            "output": f"s3://{BUCKET}/baselines/{token}", "encryptionKeyArn": KEY,
        }
        pipeline = f"arn:aws:sagemaker:{REGION}:{ACCOUNT}:pipeline/{PIPELINE}/execution/000000000000"
        body = {"token": token, "pipelineExecutionArn": pipeline, "arguments": arguments, "status": "Executing", **message}
        return self.deliver(json.dumps(body))

    def deliver(self, body):
        answer = self.functions.call("analyzer", {"Records": [{"messageId": "m1", "body": body}]})
        self.settle()
        return answer["result"]

    def deploy(self, baseline=None, **metadata):
        """A version serves; its baseline is `baseline`, or one made of the training data."""
        if baseline is None:
            self.train()
            self.ask()
            baseline = self.training.answers[-1]["baselineUri"]
        arn = self.training.register({**({"baselineUri": baseline} if baseline else {}), **metadata})
        model, since = {"version": arn, "number": len(self.training.versions)}, "2027-02-01T08:00:00.000Z"
        endpoint = self.settings["captured"]["deployer"]["endpoint"]
        champion = {
            "id": DEPLOYMENT, "configName": "churn-1", "variants": [{"slot": "a", "model": model, "modelName": "churn-1"}], "serving": "",
            "createdAt": since, "slot": "a", "servingSince": since,
        }
        challenger = {"version": f"{arn}0", "number": 10}
        captures = [{"deployment": DEPLOYMENT, "since": since, "models": {"a": model, "b": challenger}}]
        record = {"format": 1, "endpoint": endpoint, "revision": 1, "champion": champion, "captures": captures}
        item = {"endpoint": {"S": endpoint}, "revision": {"N": "1"}, "document": {"S": json.dumps(record)}}
        self.client("dynamodb").put_item(TableName=DEPLOYMENTS, Item=item)
        return arn

    def traffic(self, count=24, each=20, older=0, columns=COLUMNS, files=1, name="data"):
        """Requests of so many hours up to now, in so many files an hour."""
        for folder in hours(self.clock.now(), count):
            for file in range(files):
                seed = f"{folder} {name} {file}"
                self.put(f"{self.captures}/{folder}/{name}-{file:04}.jsonl", captured(rows(each, columns, seed, older), columns, seed))

    def start(self, task="monitor", name=None, **more):
        """Starts the analyzer, as a rule or the command line does: the execution."""
        return self.client("stepfunctions").start_execution(
            stateMachineArn=MACHINE, name=name or f"run-{next(self.names)}",
            input=json.dumps({"task": task, "cause": "schedule", "monitor": self.settings, **more}),
        )

    def run(self, *arguments, **more):
        """Starts the analyzer and waits for its end: how the execution is described then."""
        started = self.start(*arguments, **more)
        self.settle()
        return self.client("stepfunctions").describe_execution(executionArn=started["executionArn"])

    def pass_hours(self, count, **traffic):
        """An hour passes, its requests come in, and the schedule fires, so many times: the last execution."""
        for _ in range(count):
            self.clock.advance(3600 - int(self.clock.now().timestamp()) % 3600 + 7 * 60)
            self.traffic(1, **traffic)
            ended = self.run()
        return ended

    @property
    def executions(self):
        machines = stepfunctions_parser_backends[ACCOUNT][REGION].state_machines
        return [execution for machine in machines for execution in list(machine.executions)]

    def settle(self):
        """Waits until all executions have ended."""
        until = time.monotonic() + PATIENCE
        while any(execution.status == "RUNNING" for execution in self.executions):
            assert time.monotonic() < until, f"no end: {self.proxy.calls[-12:]}, {self.clock.now()}, {self.record}"
            time.sleep(0.01)
