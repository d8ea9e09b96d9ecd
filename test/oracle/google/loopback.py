"""A server on loopback for the fakes."""
import threading
from http.server import ThreadingHTTPServer


class Loopback:
    """`with Loopback(Handler, name=fake) as url:` serves; the handler finds what is given as attributes of its server."""

    def __init__(self, handler, **given):
        self._http = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self._http.daemon_threads = True
        vars(self._http).update(given)

    def __enter__(self):
        threading.Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        return f"http://127.0.0.1:{self._http.server_port}"

    def __exit__(self, *_args):
        self._http.shutdown()
        self._http.server_close()
