"""moto's state machines on the harness's clock: waits and pauses pass at once, and take their time all the same.

moto runs in this process, so what it cannot do is mended here and not in the definition, which is run unchanged.
"""
import contextlib
import datetime
import functools
import logging
import sys
import threading
import time
from types import SimpleNamespace

import requests
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, MotoRequestHandler, create_backend_app
from moto.stepfunctions.parser.asl.component.common.retry import retrier_decl
from moto.stepfunctions.parser.asl.component.state import state
from moto.stepfunctions.parser.asl.component.state.choice.comparison.operator.implementations.is_operator import IsTimestamp
from moto.stepfunctions.parser.asl.component.state.wait.wait_function.wait_function import WaitFunction
from moto.stepfunctions.parser.asl.parse.asl_parser import AmazonStateLanguageParser
from moto.stepfunctions.parser.asl.utils import boto_client
from werkzeug.serving import make_server

START = datetime.datetime(2027, 3, 1, 12, tzinfo=datetime.timezone.utc)


class Clock:
    """The time that handlers, SageMaker and the state machine go by."""

    def __init__(self):
        self._lock, self._now = threading.Lock(), START

    def now(self):
        return self._now

    def advance(self, seconds):
        with self._lock:
            self._now += datetime.timedelta(seconds=seconds)

    def reset(self):
        self._now = START


def rfc3339(text):
    """moto knows whole seconds in UTC only: with fractions, as handlers and the state's own time have them, it says False."""
    try:
        return datetime.datetime.fromisoformat(text)
    except ValueError:
        return None


@contextlib.contextmanager
def on_clock(clock, monkeypatch):
    """State machines go by the clock."""

    def wait(_, env, wait_seconds):
        clock.advance(wait_seconds)
        time.sleep(0.001)  # others have their turn

    monkeypatch.setattr(WaitFunction, "_wait_interval", wait)
    monkeypatch.setattr(retrier_decl, "time", SimpleNamespace(sleep=clock.advance))
    monkeypatch.setattr(state, "datetime", SimpleNamespace(
        datetime=SimpleNamespace(now=lambda tz: clock.now()), timezone=datetime.timezone,
    ))
    monkeypatch.setattr(IsTimestamp, "string_to_timestamp", staticmethod(rfc3339))
    # It says of every absent path that IsPresent finds absent that it is an error.
    logging.getLogger("moto.stepfunctions").setLevel(logging.CRITICAL)
    # A client for each state, and a parser run for each execution, take longer than everything else.
    monkeypatch.setattr(AmazonStateLanguageParser, "parse", staticmethod(functools.cache(AmazonStateLanguageParser.parse)))
    cached = functools.cache(boto_client.boto_client_for)
    for module in [module for name, module in sys.modules.items() if name.startswith("moto.stepfunctions")]:
        if getattr(module, "boto_client_for", None) is boto_client.boto_client_for:
            monkeypatch.setattr(module, "boto_client_for", lambda region, service, state_credentials=None: cached(region, service))
    yield


class Quiet(MotoRequestHandler):
    """Thousands of requests would hide what a test has to say."""

    def log_request(self, *_):
        pass


@contextlib.contextmanager
def serving(wrap, monkeypatch):
    """moto behind `wrap(moto)`, another WSGI application: its address. State machines talk to it too."""
    server = make_server(
        "127.0.0.1", 0, wrap(DomainDispatcherApplication(create_backend_app)), threaded=True, request_handler=Quiet,
    )
    monkeypatch.setenv("MOTO_PORT", str(server.port))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    address = f"http://127.0.0.1:{server.port}"
    configure(address, True)
    yield address
    configure(address, False)
    server.shutdown()
    thread.join()


def configure(address, run):
    """Whether moto runs state machines, or only keeps them."""
    requests.post(f"{address}/moto-api/config", json={"stepfunctions": {"execute_state_machine": run}}, timeout=60)
