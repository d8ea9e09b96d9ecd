"""The inference script: what it asks for, and its import."""
import importlib
import importlib.util
import site
import subprocess
import sys


def install_requirements(code):
    """What the script asks for, as SageMaker's containers install it."""
    if not (code / "requirements.txt").is_file():
        return
    install = [sys.executable, "-m", "pip", "install", "--disable-pip-version-check", "-r", str(code / "requirements.txt")]
    subprocess.check_call(install)
    site.addsitedir(site.getusersitepackages())  # where pip installs if the image's user may not write to the image's packages
    importlib.invalidate_caches()


def import_script(code, name):
    path = code / name
    sys.path[:0] = [str(path.parent), str(code)]
    specification = importlib.util.spec_from_file_location(path.stem, str(path))
    module = importlib.util.module_from_spec(specification)
    sys.modules[path.stem] = module  # a pickled model may name its classes
    specification.loader.exec_module(module)
    return module
