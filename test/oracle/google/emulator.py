"""Runs a workflow in the emulator `workflows-emulator` of PyPI, in this process, on a clock that sleeps without waiting.

The emulator deviates from Cloud Workflows. What would change an outcome is set right here, in the process of the tests only:
- A single expression keeps its type. (The emulator goes through text and YAML: null becomes "None", a line break in a string of a
  map becomes backslash and n.)
- `main` takes the whole argument, null if there is none. (The emulator takes a part of it, by the parameter's name.)
- `default` replaces null only (the emulator: every falsy value); `get_type` knows maps; `keys` lists nothing but keys; `null`, `true`
  and `false` are literals. `json.encode` and `json.encode_to_string` do not indent unless asked to (the emulator: always).
- HTTP errors are maps with message, code, headers, body and the tag HttpError; broken connections have the tag ConnectionError,
  late answers TimeoutError. (In the emulator a broken connection ends the execution, past all retries.)
- An error in an assignment releases the emulator's lock. (It keeps it, and the next assignment waits for ever.)
- `sys.now` and all pauses read and move a clock of our own; `auth` takes a token of our own.
- Several executions may be under way, each in a thread of its own (`installed`): the environment is that of the execution.
- Maps become readable by attributes when they are read, connections are kept. (The emulator copies every variable, and the whole
  workflow, for every expression.)

What deviates still, and what our workflows avoid:
- `if(…)` does not exist, and expressions cannot hold a closing brace: the emulator hands them to Python.
- `text.url_encode` keeps slashes; `map.get` with a path fails at a missing key.
- Backoff ignores `initial_delay` (it starts at one second) and gives up where the delay would pass `max_delay`.
- A predicate's parameter must be named `e`; connectors run without their waiting; limits are not enforced (lintWorkflow does).
- `GOOGLE_CLOUD_SERVICE_ACCOUNT_NAME` would make it impersonate that account.
"""
import contextlib
import contextvars
import copy
import functools
import logging
import os
import re
import threading
from dataclasses import dataclass, field
from types import SimpleNamespace
from unittest import mock

import jsonschema
import requests
from google.auth.credentials import Credentials
from workflows_emulator import main, render
from workflows_emulator.lib import http_utils, json_utils, sys_utils
from workflows_emulator.utils import WorkflowError

MAX_STEPS = 100_000  # of an execution; the service's limit
MAX_BYTES = 512 * 1024  # of all variables of an execution; the service's limit


@dataclass
class Clock:
    """The time that an execution goes by, in seconds since 1970."""

    now: float = 0

    def sleep(self, seconds):
        self.now += seconds


@dataclass
class Execution:
    """How an execution ended, and what it did."""

    result: object = None
    error: object = None
    log: list = field(default_factory=list)  # (severity, payload)
    slept: float = 0
    steps: int = 0
    clock: Clock = field(default_factory=Clock)
    environment: dict = field(default_factory=dict)
    frames: list = field(default_factory=list)  # variables of the workflow and of the subworkflows that are under way
    most_bytes: int = 0  # of all variables, when something was requested

    def sleep(self, seconds):
        """Time passes."""
        self.slept += seconds
        self.clock.sleep(seconds)


def check_schema(workflow):
    """The emulator's JSON schema of Workflows judges the source."""
    jsonschema.validate(workflow, main.WORKFLOW_SCHEMA)


def execute(workflow, environment, argument=None, execution_id="0b1c2d3e-4f50-6172-8394-a5b6c7d8e9f0", token="-", now=1_800_000_000.5):
    """Runs a workflow to its end. Errors of the workflow are in the answer; those of the emulator are raised."""
    execution = Execution(clock=Clock(now), environment={**environment, "GOOGLE_CLOUD_WORKFLOW_EXECUTION_ID": execution_id})
    with installed(token):
        run(execution, workflow, argument)
    return execution


def run(execution, workflow, argument=None):
    """Runs a workflow to its end in this thread, while the emulator is `installed`."""
    params = workflow["main"].get("params", [])
    CURRENT.execution = execution
    try:
        # A context of its own: the emulator takes every context variable of the process for one of the workflow's.
        begin = contextvars.Context().run
        execution.result = plain(begin(main.execute_workflow, copy.deepcopy(workflow), {name: argument for name in params}))
    except WorkflowError as error:
        execution.error = plain(error.payload)


CURRENT = threading.local()  # the execution of this thread


def sleep(seconds):
    CURRENT.execution.sleep(seconds)


@contextlib.contextmanager
def installed(token, request=None):
    """The emulator, corrected. `request` stands before its requests: it gets what makes one, and its arguments."""
    with contextlib.ExitStack() as patches:
        for patch in corrections(token, request or (lambda send, *args, **kwargs: send(*args, **kwargs))):
            patches.enter_context(patch)
        patches.enter_context(mock.patch.dict(os.environ, {}, clear=True))
        patches.enter_context(quiet())
        yield


def corrections(token, request):
    """What makes the emulator like the service."""
    literals = {"null": None, "true": True, "false": False}
    helpers = {"default": lambda some, other: other if some is None else some, "get_type": get_type, "keys": lambda some: list(dict.keys(some))}
    send = with_errors_of_the_service(http_utils.request)
    return [
        mock.patch.object(render, "render_str", render_text),
        mock.patch.object(render, "copy", SimpleNamespace(deepcopy=lambda some: some)),  # `Attributes` copies what is changed
        mock.patch.object(main, "copy", SimpleNamespace(deepcopy=copy.copy)),
        mock.patch.object(render, "ContextDict", Attributes),
        mock.patch.dict(render.STANDARD_LIBRARY, {**literals, **helpers}),
        mock.patch.object(json_utils, "encode_to_string", functools.partial(encoded, json_utils.encode_to_string)),
        mock.patch.object(json_utils, "encode", functools.partial(encoded, json_utils.encode)),
        mock.patch.object(main, "LOCK", NoLock()),
        mock.patch.object(main, "sleep", sleep),
        mock.patch.object(main, "execute_step", counted(main.execute_step)),
        mock.patch.object(main, "execute_subworkflow", framed(main.execute_subworkflow)),
        mock.patch.object(sys_utils, "sleep", sleep),
        mock.patch.object(sys_utils, "now", lambda: CURRENT.execution.clock.now),
        mock.patch.object(sys_utils, "log", logged(sys_utils.log)),
        mock.patch.object(sys_utils, "get_env", lambda name, *default: CURRENT.execution.environment.get(name, *default)),
        mock.patch.object(http_utils, "default", lambda scopes: (FixedToken(token), None)),
        mock.patch.object(http_utils, "AuthorizedSession", kept(http_utils.AuthorizedSession)),
        mock.patch.object(http_utils, "request", functools.partial(request, measured(send))),
    ]


def encoded(encode, data, indent=False):
    return encode(data, indent)


class Attributes(dict):
    """A map whose entries can be read as attributes. What lies deeper becomes readable when it is read, as a copy of the first level."""

    def __missing__(self, key):
        raise AttributeError(key)

    def __getitem__(self, key):
        value = super().__getitem__(key)
        if type(value) is dict or type(value) is list:
            value = self[key] = readable(value)
        return value

    def __getattr__(self, key):
        return self[key]

    def __setattr__(self, key, value):
        self[key] = value


def readable(value):
    if type(value) is dict:
        return Attributes(value)
    return [readable(item) for item in value] if type(value) is list else value


def kept(session):
    """A session of each thread, with its connections: the emulator makes one for every request."""
    sessions = threading.local()

    def of(credentials):
        if not hasattr(sessions, "one"):
            sessions.one = session(credentials)
            sessions.one.trust_env = False  # it would look for a .netrc before every request
        return sessions.one

    return of


@contextlib.contextmanager
def quiet():
    """Without the emulator's own log, which shows every variable at every step."""
    logging.disable(logging.CRITICAL)
    try:
        yield
    finally:
        logging.disable(logging.NOTSET)


class FixedToken(Credentials):
    """Credentials that never change."""

    def __init__(self, token):
        super().__init__()
        self.token = token

    def refresh(self, _request):
        """Nothing: who refuses this token refuses it again."""


class NoLock:
    """For the emulator's lock around assignments, which matters to parallel steps only."""

    acquire = release = staticmethod(lambda: None)


def counted(execute_step):
    def step(step_id, config, context):
        execution = CURRENT.execution
        execution.steps += 1
        assert execution.steps <= MAX_STEPS, "the execution took more steps than the service allows"
        if execution.frames:
            execution.frames[-1] = context
        return execute_step(step_id, config, context)

    return step


def framed(execute_subworkflow):
    def call(*args, **kwargs):
        frames = CURRENT.execution.frames
        depth = len(frames)
        frames.append({})
        try:
            return execute_subworkflow(*args, **kwargs)
        finally:
            del frames[depth:]

    return call


def measured(send):
    """Notes how much an execution holds in its variables when it requests something: that is when it holds most."""

    def measure(*args, **kwargs):
        execution = CURRENT.execution
        sizes = [size(value) for frame in execution.frames for value in frame.values() if not is_subworkflow(value)]
        execution.most_bytes = max(execution.most_bytes, sum(sizes))
        return send(*args, **kwargs)

    return measure


def size(value):
    """Bytes of a variable: its texts in UTF-8, and what holds them together in JSON. Copies count as often as there are."""
    if isinstance(value, str):
        return len(value.encode()) + 2
    if isinstance(value, dict):
        return 2 + sum(len(key) + 4 + size(item) for key, item in value.items())
    return 2 + sum(size(item) + 1 for item in value) if isinstance(value, list) else 8


def is_subworkflow(value):
    return isinstance(value, dict) and "steps" in value


def logged(log):
    def write(**args):
        log(**args)
        payload = next((args[key] for key in ("json", "data", "text") if key in args), None)
        CURRENT.execution.log.append((args.get("severity", "DEFAULT"), plain(payload)))

    return write


def render_text(value, context):
    if not isinstance(value, str) or "${" not in value:
        return value
    expression = re.fullmatch(r"\$\{([^{}]*)\}", value)
    assert expression, f"not one expression: {value}"
    return plain(render.run_code(expression[1], context))


def plain(value):
    """A value without the emulator's own types."""
    if isinstance(value, dict):
        return {key: plain(dict.__getitem__(value, key)) for key in dict.keys(value)}
    return [plain(item) for item in value] if isinstance(value, list | tuple) else value


def get_type(value):
    names = {bool: "boolean", bytes: "bytes", float: "double", int: "integer", list: "list", str: "string", type(None): "null"}
    return "map" if isinstance(value, dict) else names[type(value)]


def with_errors_of_the_service(request):
    def send(*args, **kwargs):
        try:
            return request(*args, **kwargs)
        except requests.HTTPError as error:
            raise http_error(error.response) from error
        except requests.Timeout as error:
            raise WorkflowError(message=str(error), tags=["TimeoutError"]) from error
        except requests.JSONDecodeError as error:
            raise WorkflowError(message=f"the answer is not JSON: {error}", tags=["ValueError"]) from error
        except requests.ConnectionError as error:
            raise WorkflowError(message=str(error), tags=["ConnectionError"]) from error

    return send


def http_error(response):
    is_json = "application/json" in response.headers.get("Content-Type", "")
    return WorkflowError(
        message=f"HTTP server responded with error code {response.status_code}", tags=["HttpError"], code=response.status_code,
        headers=dict(response.headers), body=response.json() if is_json else response.text,
    )
