"""The step train: the training script in SageMaker's script mode."""
import json
import os
import subprocess
from pathlib import Path

from cdk_mlops_step.channels import CHANNELS
from cdk_mlops_step.errors import StepError
from cdk_mlops_step.locations import copy_tree, deliver, files_below, local_path
from cdk_mlops_step.scripts import base_folder, lay_inputs, lay_source, run_script


def train(options):
    """The training script in SageMaker's script mode. The source is laid into `code` of the model, as on AWS."""
    base = base_folder()
    code = lay_source(options, base)
    model, output = base / "model", base / "output"
    for folder in (model, output / "data"):
        folder.mkdir(parents=True, exist_ok=True)
    channels = lay_inputs(options, base / "input/data", CHANNELS)
    channels["code"] = base / "input/data/code"
    channels["code"].mkdir()
    (channels["code"] / "source.tgz").symlink_to(local_path(options.source))
    link_checkpoints(options, base)
    run_script(options, code, options.arguments, training_variables(options, base, channels))
    if not any(files_below(model)):
        raise StepError(f"{options.script} left no file in SM_MODEL_DIR: save the model there")
    copy_tree(code, model / "code", leave_out=("__pycache__",))
    deliver(model, options.model)


def link_checkpoints(options, base):
    """Makes the job's folder for checkpoints the one that scripts know: what lies there outlives this container."""
    if not options.checkpoints:
        return
    kept, known = local_path(options.checkpoints), base / "checkpoints"
    kept.mkdir(parents=True, exist_ok=True)
    if known.is_dir() and not known.is_symlink():
        known.rmdir()  # of the image
    if not known.exists():
        known.symlink_to(kept, target_is_directory=True)
    if str(base) != "/opt/ml":
        print(f"checkpoints are kept from {known}: this image's user may not write to /opt/ml")


def training_variables(options, base, channels):
    """What SageMaker's training toolkit tells a script, as far as it means something on one machine of Vertex."""
    hyperparameters = parse_hyperparameters(options.arguments)
    values = {
        "CHANNELS": sorted(channels),
        "CURRENT_HOST": "algo-1",
        "HOSTS": ["algo-1"],
        "HPS": hyperparameters,
        "INPUT_DIR": base / "input",
        "INPUT_CONFIG_DIR": base / "input/config",
        "LOG_LEVEL": 20,
        "MODEL_DIR": base / "model",
        "MODULE_DIR": base / "code",
        "MODULE_NAME": Path(options.script).stem,
        "NUM_CPUS": os.cpu_count() or 1,
        "NUM_GPUS": count_gpus(),
        "OUTPUT_DATA_DIR": base / "output/data",
        "OUTPUT_DIR": base / "output",
        "USER_ARGS": options.arguments,
        "USER_ENTRY_POINT": options.script,
    }
    values.update({f"CHANNEL_{name.upper()}": folder for name, folder in channels.items()})
    values.update({f"HP_{name.upper()}": value for name, value in hyperparameters.items()})
    texts = {f"SM_{name}": value if isinstance(value, str) else text_of(value) for name, value in values.items()}
    return dict(texts, MLOPS_TRAINING_SCRIPT=options.script)


def text_of(value):
    return str(value) if isinstance(value, Path) else json.dumps(value, sort_keys=True)


def parse_hyperparameters(arguments):
    """The pairs `--name value` as values: numbers and truth values as such, everything else as text."""
    result = {}
    for name, text in zip(arguments[::2], arguments[1::2]):
        try:
            value = json.loads(text)
        except ValueError:
            value = {"True": True, "False": False}.get(text, text)
        result[name.lstrip("-")] = value
    return result


def count_gpus():
    try:
        listed = subprocess.run(["nvidia-smi", "--list-gpus"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        return len(listed.stdout.splitlines()) if listed.returncode == 0 else 0
    except OSError:
        return 0
