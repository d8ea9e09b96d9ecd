"""The scripts of the user: their source, their inputs, their run."""
import os
import signal
import subprocess
import sys
import tarfile
import tempfile
import zlib
from pathlib import Path

from cdk_mlops_step.errors import StepError
from cdk_mlops_step.locations import local_path

BASE_DIR = os.environ.get("SAGEMAKER_BASE_DIR", "/opt/ml")
"""Where SageMaker has its folders."""


def base_folder():
    """SageMaker's folder, or a temporary one where the image's user may not write there."""
    try:
        os.makedirs(BASE_DIR, exist_ok=True)
        with tempfile.TemporaryFile(dir=BASE_DIR):
            return Path(BASE_DIR)
    except OSError:
        return Path(tempfile.mkdtemp(prefix="mlops-"))


def lay_source(options, base):
    """Unpacks the scripts, and installs what they ask for."""
    code = base / "code"
    try:
        with tarfile.open(str(local_path(options.source)), "r:gz") as archive:
            archive.extractall(str(code))
    except (OSError, EOFError, tarfile.TarError, zlib.error) as error:
        raise StepError(f"the source {options.source} cannot be unpacked: {error}; deploy again to upload it")
    if not (code / options.script).is_file():
        raise StepError(f"the source {options.source} holds no {options.script}")
    if (code / "requirements.txt").is_file():
        install = [sys.executable, "-m", "pip", "install", "--disable-pip-version-check", "-r", "requirements.txt"]
        if subprocess.call(install, cwd=str(code)) != 0:
            raise StepError("requirements.txt could not be installed: see pip's lines above; without a network, use an own image")
    return code


def lay_inputs(options, folder, names):
    """Links the inputs into one folder per name: they are read where they lie."""
    folder.mkdir(parents=True, exist_ok=True)
    laid = {}
    for name in names:
        if not options.input.get(name):
            continue
        source = local_path(options.input[name])
        if not source.exists():
            raise StepError(f"input {name}: nothing lies at {options.input[name]}")
        laid[name] = folder / name
        if source.is_file():
            laid[name].mkdir()
            (laid[name] / source.name).symlink_to(source)
        else:
            laid[name].symlink_to(source, target_is_directory=True)
    return laid


def run_script(options, code, arguments, variables):
    """Runs a script to its end. A signal to stop is passed on: the script may save its state, but the step has not succeeded."""
    environment = dict(os.environ, PYTHONUNBUFFERED="1", DATA_MANIFEST_SHA256=options.data_manifest_sha256, **variables)
    environment["PYTHONPATH"] = os.pathsep.join(filter(None, [str(code), os.environ.get("PYTHONPATH")]))
    sys.stdout.flush()
    script = subprocess.Popen([sys.executable, options.script] + arguments, cwd=str(code), env=environment)
    stopped = []

    def stop(number, _):
        stopped.append(number)
        script.send_signal(number)

    handlers = {number: signal.signal(number, stop) for number in (signal.SIGTERM, signal.SIGINT)}
    status = script.wait()
    for number, handler in handlers.items():
        signal.signal(number, handler)
    if stopped:
        raise StepError(f"the job was told to stop; {options.script} ended with {describe_exit(status)}")
    if status != 0:
        raise StepError(f"{options.script} ended with {describe_exit(status)}")


def describe_exit(status):
    if status >= 0:
        return f"code {status}"
    hint = ", often for want of memory: choose a larger compute" if -status == signal.SIGKILL else ""
    return f"signal {-status}{hint}"
