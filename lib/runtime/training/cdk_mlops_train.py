"""Entry program of the training job: runs the training script, then lays the source folder beside the model.

Serving containers look for the inference script in the folder ``code`` of the model artifact. Putting it there while
the model is written saves a job that would only repack the artifact, and works without any network.

The source is unpacked from its own input channel: some training toolkits install this program among the packages of
the image, away from the files that came with it.
"""

import os
import runpy
import shutil
import sys
import tarfile
import tempfile
from pathlib import Path


def unpack_source(folder: Path) -> None:
    """Unpack the source archive, the only file of the channel ``code``."""
    (archive,) = Path(os.environ["SM_CHANNEL_CODE"]).glob("*.tgz")
    with tarfile.open(archive) as source:
        source.extractall(folder)


def run_script(folder: Path) -> None:
    """Run the training script as ``__main__`` in its folder, with the hyperparameters that this program was given."""
    script = folder / os.environ["MLOPS_TRAINING_SCRIPT"]
    os.chdir(folder)
    sys.argv[0] = str(script)
    sys.path.insert(0, str(script.parent))
    try:
        runpy.run_path(str(script), run_name="__main__")
    except SystemExit as end:
        if end.code not in (None, 0):
            raise


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        unpack_source(Path(folder))
        run_script(Path(folder))
        code = Path(os.environ["SM_MODEL_DIR"]) / "code"
        shutil.copytree(folder, code, ignore=shutil.ignore_patterns("__pycache__"), dirs_exist_ok=True)


if __name__ == "__main__":
    main()
