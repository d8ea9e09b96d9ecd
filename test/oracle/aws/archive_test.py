"""GNU tar and Python's tarfile judge the archive of the training source, which the library writes itself.

Run it in the oracle environment: python -m pytest test/oracle/aws/archive_test.py
"""
import json
import shutil
import subprocess
from pathlib import Path

import pytest

import synthesis

FILES = {
    "empty.py": b"", "a-block.bin": b"x" * 512, "a-block-and-one.bin": b"y" * 513, "größe/日本.py": "# größe\n".encode(),
    f"{'deep/' * 30}{'n' * 120}.txt": b"a path beyond what the plain format holds", f"{'é' * 60}.txt": b"long, not in ASCII",
    "requirements.txt": b"numpy\n",
}


@pytest.fixture(scope="module")
def packed(tmp_path_factory):
    """The archive of a source folder with awkward files, and the files that went into it."""
    folder = tmp_path_factory.mktemp("packed")
    source = folder / "source"
    shutil.copytree(synthesis.CONFIG["training"]["source"], source, ignore=shutil.ignore_patterns("__pycache__"))
    for name, content in FILES.items():
        (source / name).parent.mkdir(parents=True, exist_ok=True)
        (source / name).write_bytes(content)
    made = synthesis.variants(folder, {"awkward": {"changes": {"training": {"source": str(source)}}}})
    return made["awkward"].source()["archive"], {str(p.relative_to(source)): p.read_bytes() for p in source.rglob("*") if p.is_file()}


def complete(found, files):
    """Every file with its content, and beside them what the library adds."""
    assert found.keys() - files.keys() == {"cdk_mlops_train.py", "mlops.json"}
    assert {name: content for name, content in found.items() if name in files} == files
    assert json.loads(found["mlops.json"])["features"] == synthesis.CONFIG["data"]["features"]


def test_python_unpacks_it(packed):
    archive, files = packed
    complete(synthesis.unpacked(archive), files)


def test_gnu_tar_unpacks_it(packed, tmp_path):
    """The processing steps unpack with the container's tar."""
    archive, files = packed
    done = subprocess.run(["tar", "-xzf", archive], cwd=tmp_path, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    complete({str(p.relative_to(tmp_path)): p.read_bytes() for p in Path(tmp_path).rglob("*") if p.is_file()}, files)
