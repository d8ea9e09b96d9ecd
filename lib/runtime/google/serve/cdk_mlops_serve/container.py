"""The life of the container: it listens, loads the model, answers, and drains when it is told to stop."""
import os
import signal
import threading
import traceback

from cdk_mlops_serve.predictor import Predictor
from cdk_mlops_serve.server import PREDICT_ROUTE, Server
from cdk_mlops_serve.storage import download_model


def main():
    server = Server(("0.0.0.0", int(os.environ.get("AIP_HTTP_PORT", "8080"))))
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    threading.Thread(target=server.serve_forever, daemon=True).start()
    loading = threading.Thread(target=load, args=(server, stop), daemon=True)
    loading.start()
    stop.wait()
    server.drain()
    return 0 if server.predictor else 1


def load(server, stop):
    """Loads the model; a container that cannot do that ends, with the reason in its log."""
    try:
        folder = download_model(os.environ["AIP_STORAGE_URI"])
        script = os.environ["MLOPS_INFERENCE_SCRIPT"]
        framework, request_format = os.environ.get("MLOPS_FRAMEWORK", ""), os.environ.get("MLOPS_REQUEST_FORMAT", "csv")
        server.predictor = Predictor(folder, script, framework, request_format)
        print(f"the model is loaded; {script} answers {PREDICT_ROUTE}", flush=True)
    except BaseException:  # a script may also end by sys.exit
        traceback.print_exc()
        stop.set()
