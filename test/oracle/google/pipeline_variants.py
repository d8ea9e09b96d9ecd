"""Pipelines of variants of the example, for the judges to look at: configs, what exists in their project, and the library's specifications."""
import copy
import functools
import json
import os
import subprocess
import tempfile
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[3]
EXAMPLE = ROOT / "examples/flight-delay/mlops.yaml"
CODE_VERSION = "c0de" * 16
BUCKET = "acme-ml-flight-delay"
NETWORK = "projects/123456789012/global/networks/ml"
NETWORK_ATTACHMENT = "projects/acme-ml/regions/europe-west4/networkAttachments/ml"
KEY = "projects/acme-ml/locations/europe-west4/keyRings/flight-delay/cryptoKeys/artifacts"

FIXED_SPLIT = {"split": None, "validation": "gs://acme-ml-data/flights/validation/", "test": "gs://acme-ml-data/flights/test/"}
OWN_DATA = {name: f"gs://acme-ml-data/flights/{name.removesuffix('Data')}/" for name in ("trainingData", "validationData", "testData")}

# Changes to the example's config, and to what exists in the project.
VARIANTS = {
    "example": {},
    "minimal": {
        "changes": {
            "data": FIXED_SPLIT | {"test": None},
            "training": {"preprocess": None, "schedule": None, "hyperparameters": None, "evaluation": {"direction": None}, "compute": None},
            "serving": {"entryPoint": None},
        },
        "resources": {"encryptionKey": None},
    },
    "minimize": {
        "changes": {
            "data": {"format": "jsonlines"},
            "training": {
                "framework": {"name": "scikit-learn", "version": "1.6"}, "compute": "large", "volumeGb": 500, "maxRuntimeMinutes": 90,
                "evaluation": {"metric": "log_loss", "threshold": 1, "direction": "minimize"},
                "hyperparameters": {"penalty": "l2", "verbose": True, "quiet": False, "C": 0.5, "note": 'say "hi"\n\\ ${x}'},
            },
            "google": {"frameworkVersion": None},
            "serving": {"entryPoint": None, "environment": {"LOG_LEVEL": "debug", "QUOTE": '"'}},
        },
    },
    "as-it-is": {"changes": {"data": FIXED_SPLIT, "training": {"preprocess": None, "cacheDays": 7}, "google": OWN_DATA}},
    "no-cache": {"changes": {"training": {"cacheDays": 0}}},
    "automatic": {"changes": {"level": 2, "training": {"evaluation": {"threshold": -1e-9}}}},
    "automatic-whole-number": {"changes": {"level": 2, "training": {"evaluation": {"threshold": 1}}}},
    "spot": {"changes": {"training": {"spot": True}}},
    "gpu": {
        "changes": {
            "training": {"framework": {"name": "pytorch", "version": "2.4"}, "compute": "gpu"},
            "serving": {"compute": "gpu"}, "google": {"frameworkVersion": None, "region": "asia-northeast1"},
        },
    },
    "exact-machine": {"changes": {"google": {"trainingMachineType": "a2-highgpu-2g"}}, "resources": {"network": NETWORK}},
    "hyperdisk": {"changes": {"google": {"trainingMachineType": "n4-highmem-8"}}, "resources": {"networkAttachment": NETWORK_ATTACHMENT}},
    "own-image": {
        "changes": {
            "training": {"framework": None, "image": "europe-west4-docker.pkg.dev/acme-ml/images/train:1"},
            "serving": {"image": "europe-west4-docker.pkg.dev/acme-ml/images/serve@sha256:" + "0" * 64},
            "google": {"frameworkVersion": None},
        },
    },
    "tables": {
        "changes": {
            "data": {"split": None}, "training": {"preprocess": None},
            "google": {name: f"bq://acme-ml.flights.{name}" for name in OWN_DATA},
        },
    },
}


def changed(config, changes):
    """A config with other values; None removes a key."""
    result = copy.deepcopy(config)
    for key, value in changes.items():
        if value is None:
            result.pop(key, None)
        else:
            result[key] = changed(result.get(key) or {}, value) if isinstance(value, dict) else value
    return result


def config_of(name):
    """The config of a variant: the example on Google Cloud, in a version that Google has images of, with the variant's changes."""
    config = yaml.safe_load(EXAMPLE.read_text())
    google = {"project": "acme-ml", "region": "europe-west4", "frameworkVersion": "2.1", "trainingData": "gs://acme-ml-data/flights/train/"}
    truth = {"quality": {"groundTruth": {"location": "gs://acme-ml-data/flights/outcomes/"}}}
    return changed(changed(config, {"google": google, "monitoring": truth}), VARIANTS[name].get("changes", {}))


def resources_of(name):
    """What exists in the project of a variant."""
    google = config_of(name)["google"]
    folder = f"gs://{BUCKET}/training/flight-delay/"
    resources = {
        "pipelineName": "flight-delay", "project": google["project"], "region": google["region"],
        "source": {
            "uri": f"{folder}source/{CODE_VERSION}.tgz", "programPath": f"/gcs/{folder.removeprefix('gs://')}source/{CODE_VERSION}.py",
            "codeVersion": CODE_VERSION,
        },
        "stagingUri": f"{folder}data/", "checkpointsUri": f"{folder}checkpoints/", "modelId": "flight-delay",
        "serviceAccount": "flight-delay-training@acme-ml.iam.gserviceaccount.com", "encryptionKey": KEY,
    }
    return changed(resources, VARIANTS[name].get("resources", {}))


@functools.cache
def definitions():
    """The library's specifications of all variants, by name, from its sources."""
    told = {name: {"config": config_of(name), "resources": resources_of(name)} for name in VARIANTS}
    with tempfile.TemporaryDirectory() as folder:
        program = Path(folder, "define.cjs")
        bundle = ["npx", "esbuild", "test/oracle/google/define.ts", "--bundle", "--platform=node", "--external:zod", "--log-level=error"]
        run([*bundle, f"--outfile={program}"])
        return json.loads(run(["node", program, json.dumps(told)]))


def run(command):
    """The standard output of a command; if it fails, everything that it wrote is the message."""
    environment = os.environ | {"NODE_PATH": str(ROOT / "node_modules")}  # the bundle lies elsewhere
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300, env=environment)
    assert done.returncode == 0, f"{' '.join(map(str, command[:3]))} … failed:\n{done.stderr}{done.stdout}"
    return done.stdout
