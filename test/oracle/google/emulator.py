"""Runs a workflow in the emulator `workflows-emulator` of PyPI, in this process, on a clock that sleeps without waiting.

The emulator deviates from Cloud Workflows. What would change an outcome is set right here, in the process of the tests only:
- A single expression keeps its type. (The emulator goes through text and YAML: null becomes "None", a line break in a string of a
  map becomes backslash and n.)
- `main` takes the whole argument, null if there is none. (The emulator takes a part of it, by the parameter's name.)
- `default` replaces null only (the emulator: every falsy value); `get_type` knows maps; `keys` lists nothing but keys; `null`, `true`
  and `false` are literals.
- HTTP errors are maps with message, code, headers, body and the tag HttpError; broken connections have the tag ConnectionError,
  late answers TimeoutError. (In the emulator a broken connection ends the execution, past all retries.)
- An error in an assignment releases the emulator's lock. (It keeps it, and the next assignment waits for ever.)
- `sys.now` and all pauses read and move a clock of our own; `auth` takes a token of our own.

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
import logging
import os
import re
from dataclasses import dataclass, field
from types import SimpleNamespace
from unittest import mock

import jsonschema
import requests
from google.auth.credentials import Credentials
from workflows_emulator import main, render
from workflows_emulator.lib import http_utils, sys_utils
from workflows_emulator.utils import WorkflowError

MAX_STEPS = 100_000  # of an execution; the service's limit


@dataclass
class Execution:
    """How an execution ended, and what it did."""

    result: object = None
    error: object = None
    log: list = field(default_factory=list)  # (severity, payload)
    slept: float = 0
    steps: int = 0
    now: float = 0


def check_schema(workflow):
    """The emulator's JSON schema of Workflows judges the source."""
    jsonschema.validate(workflow, main.WORKFLOW_SCHEMA)


def execute(workflow, environment, argument=None, execution_id="0b1c2d3e-4f50-6172-8394-a5b6c7d8e9f0", token="-", now=1_800_000_000.5):
    """Runs a workflow to its end. Errors of the workflow are in the answer; those of the emulator are raised."""
    execution = Execution(now=now)
    params = workflow["main"].get("params", [])
    variables = {**environment, "GOOGLE_CLOUD_WORKFLOW_EXECUTION_ID": execution_id}
    with contextlib.ExitStack() as patches:
        for patch in corrections(execution, token):
            patches.enter_context(patch)
        patches.enter_context(mock.patch.dict(os.environ, variables, clear=True))
        patches.enter_context(quiet())
        try:
            # A context of its own: the emulator takes every context variable of the process for one of the workflow's.
            run = contextvars.Context().run
            execution.result = plain(run(main.execute_workflow, copy.deepcopy(workflow), {name: argument for name in params}))
        except WorkflowError as error:
            execution.error = plain(error.payload)
    return execution


def corrections(execution, token):
    """What makes the emulator like the service."""
    literals = {"null": None, "true": True, "false": False}
    helpers = {"default": lambda some, other: other if some is None else some, "get_type": get_type, "keys": lambda some: list(dict.keys(some))}
    return [
        mock.patch.object(render, "render_str", render_text),
        mock.patch.object(render, "copy", SimpleNamespace(deepcopy=lambda some: some)),  # it copies once more; this halves the time
        mock.patch.dict(render.STANDARD_LIBRARY, {**literals, **helpers}),
        mock.patch.object(main, "LOCK", NoLock()),
        mock.patch.object(main, "sleep", lambda seconds: sleep(execution, seconds)),
        mock.patch.object(main, "execute_step", counted(execution, main.execute_step)),
        mock.patch.object(sys_utils, "sleep", lambda seconds: sleep(execution, seconds)),
        mock.patch.object(sys_utils, "now", lambda: execution.now),
        mock.patch.object(sys_utils, "log", logged(execution, sys_utils.log)),
        mock.patch.object(http_utils, "default", lambda scopes: (FixedToken(token), None)),
        mock.patch.object(http_utils, "request", with_errors_of_the_service(http_utils.request)),
    ]


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


def sleep(execution, seconds):
    execution.slept += seconds
    execution.now += seconds


def counted(execution, execute_step):
    def step(*args, **kwargs):
        execution.steps += 1
        assert execution.steps <= MAX_STEPS, "the execution took more steps than the service allows"
        return execute_step(*args, **kwargs)

    return step


def logged(execution, log):
    def write(**args):
        log(**args)
        payload = next((args[key] for key in ("json", "data", "text") if key in args), None)
        execution.log.append((args.get("severity", "DEFAULT"), payload))

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
