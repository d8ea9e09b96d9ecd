"""What stands before moto: Lambda with the real handlers, SageMaker's endpoints, CloudWatch's figures, CloudFormation's address."""
import io
import itertools
import json
import os
import subprocess
import threading
from collections import Counter
from concurrent.futures import Future

import requests

import service_model
from fake_sagemaker import REGION, FakeSageMaker, Refused, Traffic
from synthesis import ROOT

FUNCTIONS = {name: f"dist/runtime/aws/{name}/index.js" for name in ("deployer", "endpoint-resource", "analyzer")}

# Services whose requests are held against AWS's model, by the name that signatures have. (Application Auto Scaling's model has
# patterns of surrogate pairs, which no Python reads.)
CHECKED = {"monitoring": "cloudwatch", "states": "stepfunctions"}


class Lambda:
    """Functions in one Node process. Several calls may be under way."""

    def __init__(self, address, environment, clock, bundles=FUNCTIONS):
        self.clock, self.bundles = clock, bundles
        self._ids, self._waiting, self._lock = itertools.count(), {}, threading.Lock()
        # What the SDK says of old Node is of no interest here.
        env = {**os.environ, "NODE_OPTIONS": "--no-warnings", "AWS_ENDPOINT_URL": address, "AWS_REGION": REGION, **environment}
        runner = ROOT / "test/oracle/aws/lambda_runner.mjs"
        self._process = subprocess.Popen(["node", runner], env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self):
        for line in self._process.stdout:
            answer = json.loads(line)
            self._waiting.pop(answer["id"]).set_result(answer)

    def call(self, name, event):
        """`{"result": …}` or `{"error": …}`."""
        self.clock.advance(1)
        answer = Future()
        with self._lock:
            number = next(self._ids)
            self._waiting[number] = answer
            now = int(self.clock.now().timestamp() * 1000)
            line = json.dumps({"id": number, "bundle": str(ROOT / self.bundles[name]), "event": event, "now": now})
            self._process.stdin.write(line + "\n")
            self._process.stdin.flush()
        return answer.result(timeout=120)

    def stop(self):
        self._process.stdin.close()
        self._process.wait(timeout=20)


def throttling(service):
    """How a service says that it was asked too often."""
    if service == "sns":
        error = "<Error><Type>Sender</Type><Code>Throttling</Code><Message>Rate exceeded</Message></Error>"
        body = f"<ErrorResponse>{error}<RequestId>0</RequestId></ErrorResponse>"
        return "400 Bad Request", body.encode(), [("Content-Type", "text/xml")]
    if service == "lambda":
        return "429 Too Many Requests", b'{"Type":"User","message":"Rate exceeded"}', [("X-Amzn-ErrorType", "TooManyRequestsException")]
    code = "ThrottlingException"
    return "400 Bad Request", json.dumps({"__type": code, "message": "Rate exceeded"}).encode(), [("X-Amzn-ErrorType", code)]


def as_json(answer):
    """Status, body and headers for what `answer()` gives, or for how it refuses."""
    try:
        return "200 OK", json.dumps(answer()).encode(), [("Content-Type", "application/x-amz-json-1.1")]
    except Refused as refused:
        body = json.dumps({"__type": refused.code, "message": refused.message}).encode()
        return "400 Bad Request", body, [("Content-Type", "application/x-amz-json-1.1"), ("X-Amzn-ErrorType", refused.code)]


class Proxy:
    """A WSGI application. `forget()` makes everything as it was in the beginning."""

    def __init__(self, clock, moto_backends):
        self.clock, self.backends = clock, moto_backends
        self.functions = None  # Lambda needs this proxy's address
        self.forget()

    def forget(self):
        self.sagemaker = FakeSageMaker(self.clock, self._scaled_variants, self.alarm_states, self._package)
        self.sagemaker.ring = self._ring
        self.traffic = Traffic(self.sagemaker)
        self.cloudformation = []  # (request, body), as they come
        self.hooks = []  # functions of (moment, what), called before and after everything; True keeps them from being called again
        self.throttle, self._seen = 0, Counter()
        self.scaling_fails = 0  # so often
        self.removed = set()  # versions
        self.operations = []  # of the deployer, as they come

    def __call__(self, environ, start_response):
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        environ["wsgi.input"] = io.BytesIO(body)
        status, answer, headers = self._route(environ, body)
        if status is None:
            return self.moto(environ, start_response)
        start_response(status, [("Content-Length", str(len(answer))), ("x-amzn-RequestId", "0"), *headers])
        return [answer]

    def _route(self, environ, body):
        """Status, body and headers; no status for what moto answers."""
        path, operation = environ["PATH_INFO"], environ.get("HTTP_X_AMZ_TARGET", "").split(".")[-1]
        if path.startswith("/cloudformation/"):
            self.cloudformation.append((path.split("/")[-1], json.loads(body)))
            return "200 OK", b"", []
        service = environ.get("HTTP_AUTHORIZATION", "////").split("/")[3]
        if self.throttle and service and not path.startswith("/moto-api"):
            key = (service, operation or body[:40])
            self._seen[key] += 1
            if self._seen[key] <= self.throttle:
                return throttling(service)
        if path.startswith("/2015-03-31/functions/"):
            return self._invoke(path.split("/")[3].split(":")[-1], json.loads(body))
        if service == "sagemaker" and operation in FakeSageMaker.OPERATIONS:
            self.run_hooks("before", operation)
            return as_json(lambda: self.sagemaker.answer(operation, json.loads(body)))
        if operation == "DescribeModelPackage" and json.loads(body)["ModelPackageName"] in self.removed:
            return as_json(lambda: self._refuse("ModelPackage does not exist."))
        if service in CHECKED:  # moto takes nearly anything
            found = service_model.problems(CHECKED[service], operation, json.loads(body))
            self.sagemaker.breaches += [f"{operation}: {problem}" for problem in found]
        if operation == "GetMetricData":
            return as_json(lambda: self.traffic.metric_data(json.loads(body)))
        if operation in ("RegisterScalableTarget", "DeregisterScalableTarget", "DeleteScalingPolicy"):
            return self._scaling(operation, json.loads(body))
        return None, None, None

    def run_hooks(self, moment, what):
        for hook in list(self.hooks):
            if hook in self.hooks and hook(moment, what):
                self.hooks.remove(hook)

    def _invoke(self, name, event):
        operation = event.get("operation", name)
        self.operations.append(operation)
        failed = {"errorType": "Runtime.ExitError", "errorMessage": "RequestId: 0 Error: Runtime exited without providing a reason"}
        try:
            self.run_hooks("before", operation)
            answer = self.functions.call(name, event)
            self.run_hooks("after", operation)
        except Died:
            answer = {"error": failed}
        if "error" in answer:
            return "200 OK", json.dumps(answer["error"]).encode(), [("X-Amz-Function-Error", "Unhandled")]
        return "200 OK", json.dumps(answer["result"]).encode(), [("Content-Type", "application/json")]

    # What others have. moto's own lists: asking for them over HTTP would be throttled, and seen.

    def _scaling(self, operation, request):
        """moto takes any variant, keeps the policies of a target that goes, and has another error for what is missing."""
        _, endpoint, _, variant = request["ResourceId"].split("/")
        if self.scaling_fails > 0 and operation == "RegisterScalableTarget":
            self.scaling_fails -= 1
            return as_json(lambda: self._refuse("User is not authorized to perform: iam:CreateServiceLinkedRole", "AccessDeniedException"))
        autoscaling = self.backends("applicationautoscaling")
        known = request["ResourceId"] in autoscaling.targets.get(request["ScalableDimension"], {})
        policies = {key: policy for key, policy in autoscaling.policies.items() if policy.resource_id == request["ResourceId"]}
        if operation == "RegisterScalableTarget":
            found = self.sagemaker.endpoints.get(endpoint)
            if not found or variant not in found.variants:
                return as_json(lambda: self._refuse(f"Variant {variant} of endpoint {endpoint} does not exist."))
            if not known and not {"MinCapacity", "MaxCapacity"} <= request.keys():
                return as_json(lambda: self._refuse("You must specify MinCapacity and MaxCapacity for a new scalable target."))
        elif operation == "DeleteScalingPolicy":
            if request["PolicyName"] not in {policy.policy_name for policy in policies.values()}:
                return as_json(lambda: self._refuse("No scaling policy found.", "ObjectNotFoundException"))
        elif not known:
            return as_json(lambda: self._refuse("No scalable target found.", "ObjectNotFoundException"))
        else:
            for key in policies:
                del autoscaling.policies[key]
        return None, None, None

    @staticmethod
    def _refuse(message, code="ValidationException"):
        raise Refused(message, code)

    def scalable_targets(self, endpoint):
        """Targets by variant."""
        targets = self.backends("applicationautoscaling").targets.get("sagemaker:variant:DesiredInstanceCount", {})
        return {key.split("/")[3]: target for key, target in targets.items() if key.split("/")[1] == endpoint}

    def _scaled_variants(self, endpoint):
        return set(self.scalable_targets(endpoint))

    def alarm_states(self):
        return {name: alarm.state_value for name, alarm in self.backends("cloudwatch").alarms.items()}

    def _ring(self, names):
        self.backends("cloudwatch").set_alarm_state(names[0], "Threshold Crossed: 2 datapoints were greater than the threshold", "{}", "ALARM")

    def _package(self, arn):
        """A version, unless someone has removed it: moto cannot, and would give its number to the next one."""
        registry = self.backends("sagemaker")
        return None if arn in self.removed else registry.model_packages.get(registry.model_package_name_mapping.get(arn, arn))

    def remove_package(self, arn):
        self._package(arn).model_approval_status = "PendingManualApproval"  # so that no list of approved ones has it
        self.removed.add(arn)


class Died(Exception):
    """The function's machine has gone."""


def reset(address):
    requests.post(f"{address}/moto-api/reset", timeout=60)
