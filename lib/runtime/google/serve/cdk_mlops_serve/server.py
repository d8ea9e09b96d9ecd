"""The server: Vertex's routes, and what is answered on them."""
import json
import os
import socket
import threading
import traceback
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from cdk_mlops_serve.errors import BadRequest
from cdk_mlops_serve.formats import JSON

HEALTH_ROUTE = os.environ.get("AIP_HEALTH_ROUTE", "/ping")
PREDICT_ROUTE = os.environ.get("AIP_PREDICT_ROUTE", "/invocations")

MAX_BODY_BYTES = 32 * 2**20
"""More than any endpoint of Vertex accepts."""
IDLE_SECONDS = 120
DRAIN_SECONDS = 25
"""How long requests may take to end after the container was told to stop."""


class Server(ThreadingHTTPServer):
    """Listens from the start, so that Vertex sees a living container, and is healthy once there is a predictor."""

    request_queue_size = 128
    daemon_threads = True

    def __init__(self, address):
        super().__init__(address, Handler)
        self.predictor = None
        self.stopping = False
        self.running = 0
        self.idle = threading.Condition()

    def begin(self):
        with self.idle:
            self.running += 1

    def end(self):
        with self.idle:
            self.running -= 1
            self.idle.notify_all()

    def drain(self):
        """Takes no new connection and lets the running requests end."""
        self.stopping = True
        self.shutdown()
        with self.idle:
            self.idle.wait_for(lambda: self.running == 0, timeout=DRAIN_SECONDS)

    def handle_error(self, request, client_address):
        """A connection that broke off is no failure of the server."""


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version = "cdk-mlops"
    sys_version = ""
    timeout = IDLE_SECONDS

    def do_GET(self):
        path = self.path.split("?")[0]
        if path != HEALTH_ROUTE:
            return self.refuse(405 if path == PREDICT_ROUTE else 404, f"there is no GET {path}")
        if self.server.predictor is None or self.server.stopping:
            return self.refuse(503, "the model is not loaded" if self.server.predictor is None else "the container stops")
        return self.reply(200, b"{}")

    def do_POST(self):
        self.server.begin()
        try:
            body = self.read_body()
            if self.path.split("?")[0] != PREDICT_ROUTE:
                raise BadRequest(f"there is no POST {self.path}", 404)
            if self.server.predictor is None:
                raise BadRequest("the model is not loaded yet", 503)
            kind = self.headers.get("Content-Type", JSON).split(";")[0].strip().lower()
            accept = self.headers.get("Accept", "").split(",")[0].split(";")[0].strip().lower()
            self.reply(200, *self.server.predictor.answer(body, kind, accept))
        except BadRequest as error:
            self.refuse(error.status, str(error))
        except (ConnectionError, socket.timeout):
            raise  # nobody is left to answer
        except (Exception, SystemExit) as error:  # whatever a script does, the next request is answered
            traceback.print_exc()
            self.refuse(500, f"the inference script failed: {type(error).__name__}; the container's log has more")
        finally:
            self.server.end()

    def read_body(self):
        length = self.headers.get("Content-Length", "")
        self.close_connection = True  # until the body is read, what follows is no request
        if not length.isdigit():
            raise BadRequest("the request needs a Content-Length", 411)
        if int(length) > MAX_BODY_BYTES:
            raise BadRequest(f"the request has {length} bytes, allowed are {MAX_BODY_BYTES}", 413)
        body = self.rfile.read(int(length))
        if len(body) < int(length):
            raise ConnectionError("the request broke off")
        self.close_connection = self.server.stopping or self.headers.get("Connection", "").lower() == "close"
        return body

    def refuse(self, status, message):
        self.reply(status, json.dumps({"error": message}).encode("utf-8"))

    def reply(self, status, body, kind=JSON):
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        if self.close_connection or self.server.stopping:
            self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format, *arguments):
        """Vertex logs requests itself."""
