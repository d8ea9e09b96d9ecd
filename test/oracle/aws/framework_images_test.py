"""Compares lib/aws/facts/framework-images.json with the SageMaker Python SDK, for every region, version, scope and processor.

Run it in the oracle environment: python -m pytest test/oracle/aws/framework_images_test.py
"""
import functools
import importlib.util
import itertools
import json
import os
from pathlib import Path

os.environ.setdefault("SAGEMAKER_SUPPRESS_V2_WARNING", "1")
os.environ.setdefault("AWS_DEFAULT_REGION", "us-east-1")
os.environ.setdefault("AWS_EC2_METADATA_DISABLED", "true")

import botocore.session  # noqa: E402
import pytest  # noqa: E402
import sagemaker  # noqa: E402
from sagemaker import image_uris, utils  # noqa: E402

# The SDK parses two large files on every call. Remembering its own two answers makes this 40 times faster.
utils._botocore_resolver = functools.cache(utils._botocore_resolver)
image_uris.config_for_framework = functools.cache(image_uris.config_for_framework)

ROOT = Path(__file__).resolve().parents[3]
FACTS_FILE = ROOT / "lib/aws/facts/framework-images.json"
FACTS = json.loads(FACTS_FILE.read_text())
SDK_NAMES = {"pytorch": "pytorch", "scikit-learn": "sklearn", "xgboost": "xgboost"}
INSTANCE_TYPES = {"cpu": "ml.m5.large", "gpu": "ml.g5.xlarge"}
REGIONS = sorted(
    region["id"] if isinstance(region, dict) else region
    for partition in botocore.session.get_session().get_data("endpoints")["partitions"]
    if partition["partition"] == "aws"
    for region in partition["regions"]
)
IMAGES = [
    (name, version, scope, processor)
    for name, framework in FACTS["frameworks"].items()
    for version, scope, processor in itertools.product(framework["versions"], ("training", "inference"), INSTANCE_TYPES)
]


def ours(name, version, scope, processor, region):
    """The image URI as a reader of the JSON puts it together, or None where the JSON has no such image."""
    framework = FACTS["frameworks"][name]
    account = FACTS["accounts"][framework["accounts"]].get(region)
    tag = framework["versions"][version].get(scope, {}).get(processor)
    if account is None or tag is None:
        return None
    return f"{account}.dkr.ecr.{region}.amazonaws.com/{framework['repositories'][scope]}:{tag}"


def theirs(name, version, scope, processor, region):
    """The SDK's image URI, or None where it says that there is no such image. Other errors are failures."""
    sdk_name = SDK_NAMES[name]
    offered = image_uris.config_for_framework(sdk_name)[scope]["versions"].get(version)
    python = (offered or {}).get("py_versions") or [None]
    assert len(python) == 1, f"{name} {version} has several Python versions now: {python}; the JSON holds one tag"
    try:
        return image_uris.retrieve(
            sdk_name, region, version=version, py_version=python[0],
            instance_type=INSTANCE_TYPES[processor], image_scope=scope,
        )
    except ValueError as error:
        if str(error).startswith(("Unsupported region", "Unsupported processor", f"Unsupported {sdk_name} version")):
            return None
        raise


@pytest.mark.parametrize("image", IMAGES, ids="-".join)
def test_every_region_gives_the_uri_that_the_sdk_gives(image):
    assert {r: ours(*image, r) for r in REGIONS} == {r: theirs(*image, r) for r in REGIONS}


def test_the_regions_are_commercial_and_known():
    listed = {region for table in FACTS["accounts"].values() for region in table}
    assert len(REGIONS) > 30
    assert listed <= set(REGIONS)


@pytest.mark.parametrize("name", SDK_NAMES)
def test_every_alias_names_the_newest_version_that_starts_with_it(name):
    framework = FACTS["frameworks"][name]
    for alias, version in framework["aliases"].items():
        candidates = [v for v in framework["versions"] if v.startswith((f"{alias}.", f"{alias}-"))]
        assert version == candidates[-1]
    config = image_uris.config_for_framework(SDK_NAMES[name])["training"]
    shared = framework["aliases"].keys() & config.get("version_aliases", {}).keys()
    assert {a: framework["aliases"][a] for a in shared} == {a: config["version_aliases"][a] for a in shared}


def test_the_file_is_what_the_installed_sdk_generates():
    spec = importlib.util.spec_from_file_location("generate_image_facts", ROOT / "tools/generate-image-facts.py")
    tool = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(tool)
    assert FACTS["source"] == {"package": "sagemaker", "version": sagemaker.__version__}
    assert FACTS_FILE.read_text() == tool.render()
