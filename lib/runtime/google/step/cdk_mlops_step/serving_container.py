"""How a registered version answers: the container that the registry keeps with it."""
import json
import re

from cdk_mlops_step.errors import StepError
from cdk_mlops_step.locations import local_path

SERVING_PROGRAM = "cdk_mlops_serve.pyz"

# Starts the serving program from the model's own `code` folder. It holds no "$(", which Vertex would take for a variable.
BOOTSTRAP = """\
import json, os, runpy, tempfile, urllib.parse, urllib.request
def get(url, headers):
    with urllib.request.urlopen(urllib.request.Request(url, headers=headers), timeout=60) as answer:
        return answer.read()
metadata = os.environ.get("MLOPS_METADATA_URL", "http://metadata.google.internal")
storage = os.environ.get("MLOPS_STORAGE_URL", "https://storage.googleapis.com")
token = get(metadata + "/computeMetadata/v1/instance/service-accounts/default/token", {"Metadata-Flavor": "Google"})
bucket, _, folder = os.environ["AIP_STORAGE_URI"][len("gs://"):].partition("/")
name = urllib.parse.quote(folder.rstrip("/") + "/code/cdk_mlops_serve.pyz", safe="")
authorization = {"Authorization": "Bearer " + json.loads(token)["access_token"]}
with tempfile.NamedTemporaryFile(suffix=".pyz") as program:
    program.write(get(storage + "/storage/v1/b/" + bucket + "/o/" + name + "?alt=media", authorization))
    program.flush()
    runpy.run_path(program.name, run_name="__main__")
"""


def container_of(options):
    """How the version answers: with its own script, else as the image does by itself."""
    environment = json.loads(options.environment)
    container = {"imageUri": options.image}
    if options.entry_point:
        check_code(options)
        container["command"] = ["python3", "-u", "-c", BOOTSTRAP]
        environment["MLOPS_INFERENCE_SCRIPT"] = options.entry_point
        if options.framework:
            environment["MLOPS_FRAMEWORK"] = options.framework
        environment["MLOPS_REQUEST_FORMAT"] = options.format
    if options.entry_point or not is_prebuilt(options.image):  # prebuilt images have routes of their own
        container.update(healthRoute="/ping", predictRoute="/invocations", ports=[{"containerPort": 8080}])
    if environment:
        # Vertex expands $(NAME) in values; nothing of that is meant.
        container["env"] = [{"name": name, "value": str(value).replace("$(", "$$(")} for name, value in sorted(environment.items())]
    return container


def is_prebuilt(image):
    return re.match(r"[a-z]+-docker\.pkg\.dev/vertex-ai(-restricted)?/", image) is not None


def check_code(options):
    """A version that could not start is found here, not when it is deployed."""
    for name in (SERVING_PROGRAM, options.entry_point):
        if not (local_path(options.model_uri) / "code" / name).is_file():
            raise StepError(f"the model {options.model_uri} holds no code/{name}; the training step lays the source there")
