"""What stands before moto for the drift analyzer: Lambda with the real handler, training pipelines, and mishaps."""
import io
import json
from collections import Counter

import service_model
from deployer_proxy import as_json, throttling
from drift_training import Training

# Services whose requests are held against AWS's model, by the name that signatures have.
CHECKED = {"monitoring": "cloudwatch", "states": "stepfunctions", "events": "events"}
S3_ERROR = "<Error><Code>{}</Code><Message>{}</Message><RequestId>0</RequestId></Error>"
DIED = {"errorType": "Runtime.ExitError", "errorMessage": "RequestId: 0 Error: Runtime exited without providing a reason"}


class DriftProxy:
    """A WSGI application. `forget()` makes everything as it was in the beginning."""

    def __init__(self, clock):
        self.clock = clock
        self.functions = None  # Lambda needs this proxy's address
        self.forget()

    def forget(self):
        self.training = Training(self.clock)
        self.breaches = []  # requests that the services would refuse
        self.calls, self.largest = [], {}  # operations as they come; bytes of the largest event and answer of each
        self.events = []  # what was put on the bus
        self.closed = ()  # parts of keys that nobody may read
        self.dies, self.loses = Counter(), Counter()  # how often the function dies before, and after, an operation or a batch
        self.throttle, self._seen = 0, Counter()

    def __call__(self, environ, start_response):
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        environ["wsgi.input"] = io.BytesIO(body)
        answer = self._answer(environ, body)
        if answer is None:
            return self.moto(environ, start_response)
        status, content, headers = answer
        start_response(status, [("Content-Length", str(len(content))), ("x-amzn-RequestId", "0"), *headers])
        return [content]

    def _answer(self, environ, body):
        """Status, body and headers; nothing for what moto answers."""
        path, operation = environ["PATH_INFO"], environ.get("HTTP_X_AMZ_TARGET", "").split(".")[-1]
        service = environ.get("HTTP_AUTHORIZATION", "////").split("/")[3]
        if self._is_throttled(service, operation or environ["REQUEST_METHOD"]):
            return s3_error("503 Slow Down", "SlowDown", "Please reduce your request rate.") if service == "s3" else throttling(service)
        if path.startswith("/2015-03-31/functions/"):
            return self._invoke(json.loads(body))
        if service == "sagemaker":
            return as_json(lambda: self.training.answer(operation, json.loads(body)))
        if service == "s3" and environ["REQUEST_METHOD"] == "GET" and any(part in path for part in self.closed):
            return s3_error("403 Forbidden", "AccessDenied", "Access Denied")
        if service in CHECKED:
            found = service_model.problems(CHECKED[service], operation, json.loads(body))
            self.breaches += [f"{operation}: {problem}" for problem in found]
        if operation == "PutEvents":
            self.events += json.loads(body)["Entries"]
        return None

    def _is_throttled(self, service, operation):
        """The first calls of each kind are; the harness, which asks only Step Functions meanwhile, is not."""
        if service in ("", "states"):
            return False
        self._seen[service, operation] += 1
        return self._seen[service, operation] <= self.throttle

    def _invoke(self, event):
        operation = event["operation"]
        self.calls.append(f"{operation} {event['batch']['key'].split('/')[-1]}" if "batch" in event else operation)
        answer = {"error": DIED} if happens(self.dies, self.calls[-1]) else self.functions.call("analyzer", event)
        if happens(self.loses, operation):
            answer = {"error": DIED}
        failed = [("X-Amz-Function-Error", "Unhandled")] if "error" in answer else []
        content = json.dumps(answer.get("error", answer.get("result"))).encode()
        self.largest[operation] = max(self.largest.get(operation, 0), len(json.dumps(event)), len(content))
        return "200 OK", content, [("Content-Type", "application/json"), *failed]


def happens(mishaps, call):
    """Whether a mishap is due: it is so a number of times."""
    for part, times in mishaps.items():
        if part in call and times > 0:
            mishaps[part] -= 1
            return True
    return False


def s3_error(status, code, message):
    return status, S3_ERROR.format(code, message).encode(), [("Content-Type", "application/xml")]
