"""Locations in Cloud Storage and in this container, and the files that lie there."""
import json
import os
import shutil
import sys
from pathlib import Path

from cdk_mlops_step.errors import StepError
from cdk_mlops_step.waiting import ATTEMPTS, pause

GCS_ROOT = os.environ.get("MLOPS_GCS_ROOT", "/gcs")
"""Where Vertex mounts Cloud Storage."""


def local_path(location):
    """Where a location lies in this container."""
    return Path(GCS_ROOT, location[len("gs://") :]) if location.startswith("gs://") else Path(location)


def uri_of(location):
    """A location as the services name it."""
    root = GCS_ROOT.rstrip("/") + "/"
    return "gs://" + location[len(root) :] if location.startswith(root) else location


def read_json(location, what):
    try:
        return json.loads(local_path(location).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise StepError(f"{what} at {location} cannot be read: {error}")


def write_text(location, text):
    path = local_path(location)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def raise_error(error):
    raise error


def files_below(folder):
    """Every file below a folder, by its path in it; none if there is no folder. Links are followed, a link's target is the data."""
    if not folder.exists():
        return
    for parent, folders, names in os.walk(str(folder), onerror=raise_error, followlinks=True):
        folders.sort()
        for name in sorted(names):
            path = Path(parent, name)
            yield path.relative_to(folder), path


def copy_tree(source, target, leave_out=()):
    """Copies contents only: Cloud Storage keeps neither times nor permissions. Answers how many files there were."""
    count = 0
    for name, path in files_below(source):
        if not set(name.parts) & set(leave_out):
            copy_file(path, target / name)
            count += 1
    return count


def copy_file(source, target):
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(str(source), str(target))
    if target.stat().st_size != source.stat().st_size:
        raise OSError(f"{target} has {target.stat().st_size} of {source.stat().st_size} bytes")


def deliver(source, location):
    """Lays a file or a folder where later steps look for it: all of it, or nothing."""
    target = local_path(location)
    for attempt in range(1, ATTEMPTS + 1):
        try:
            remove(target)  # an earlier attempt of this job may have left a part
            return copy_tree(source, target) if source.is_dir() else copy_file(source, target)
        except OSError as error:
            reason = error
            print(f"{location} could not be written ({error}), attempt {attempt} of {ATTEMPTS}", file=sys.stderr)
            if attempt < ATTEMPTS:
                pause(attempt)
    try:
        remove(target)
    except OSError:
        pass  # the step fails: nobody reads what is left
    raise StepError(f"{location} cannot be written: {reason}; the service account needs to create and delete objects there")


def remove(path):
    if path.is_dir():
        shutil.rmtree(str(path))
    elif path.exists():
        path.unlink()
