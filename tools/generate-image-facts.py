#!/usr/bin/env python3
"""Writes lib/aws/facts/framework-images.json from the installed SageMaker Python SDK.

Run it in the oracle environment after the SDK's pinned version changes:

    python tools/generate-image-facts.py            # write the file
    python tools/generate-image-facts.py --check    # exit 1 when the file is stale

Versions and accounts come from the SDK's image_uri_config; tags come from `image_uris.retrieve`, asked once per image.
`test/oracle/aws/framework_images_test.py` then compares every region with the SDK.
"""
import json
import logging
import os
import sys
from pathlib import Path

os.environ.setdefault("SAGEMAKER_SUPPRESS_V2_WARNING", "1")
os.environ.setdefault("AWS_DEFAULT_REGION", "us-east-1")
os.environ.setdefault("AWS_EC2_METADATA_DISABLED", "true")
logging.disable(logging.WARNING)

import botocore.session  # noqa: E402
import sagemaker  # noqa: E402
from packaging.version import Version  # noqa: E402
from sagemaker import image_uris  # noqa: E402

OUTPUT = Path(__file__).resolve().parent.parent / "lib/aws/facts/framework-images.json"
SCOPES = ("training", "inference")
INSTANCE_TYPES = {"cpu": "ml.m5.large", "gpu": "ml.g5.xlarge"}
SAMPLE_REGION = "us-east-1"
SESSION = botocore.session.get_session()

# Our name -> the SDK's name, the oldest version offered, and the name of the account table.
FRAMEWORKS = {
    "pytorch": ("pytorch", "2.0", "deepLearningContainers"),
    "scikit-learn": ("sklearn", "1.0", "builtInFrameworks"),
    "xgboost": ("xgboost", "1.5", "builtInFrameworks"),
}


def sort_key(version):
    """Orders "1.10-1" after "1.9-2": the release, then the image build."""
    release, _, build = version.partition("-")
    return Version(release), int(build or 0)


def recent_versions(config, oldest):
    """The versions any scope offers that are at least `oldest`; the ancient one-part version "1" of xgboost is none."""
    offered = {v for scope in SCOPES for v in config[scope]["versions"] if "." in v}
    return sorted((v for v in offered if sort_key(v)[0] >= Version(oldest)), key=sort_key)


def python_version(config, scope, version):
    """The newest Python tag of an image, or None where the tag carries none."""
    names = config[scope]["versions"][version].get("py_versions")
    return max(names, key=lambda name: int(name[2:])) if names else None


def retrieve(sdk_name, config, scope, version, processor, region=SAMPLE_REGION):
    """The SDK's image URI, or None where there is no such image."""
    if version not in config[scope]["versions"]:
        return None
    try:
        return image_uris.retrieve(
            sdk_name, region, version=version, py_version=python_version(config, scope, version),
            instance_type=INSTANCE_TYPES[processor], image_scope=scope,
        )
    except ValueError as error:
        if "Unsupported processor" in str(error):
            return None
        raise


def repository_and_tags(sdk_name, config, scope, version):
    """The repository of an image and its tag per processor; (None, {}) where the scope lacks the version."""
    repository, tags = None, {}
    for processor in INSTANCE_TYPES:
        uri = retrieve(sdk_name, config, scope, version, processor)
        if uri is not None:
            repository, tags[processor] = uri.split("/", 1)[1].split(":")
    return repository, tags


def accounts_of(config, versions):
    """The one table of registry accounts per commercial region that all images of a framework share."""
    offered = [entry for scope in SCOPES for version, entry in config[scope]["versions"].items() if version in versions]
    tables = [{r: a for r, a in sorted(entry["registries"].items()) if is_commercial(r)} for entry in offered]
    if any(table != tables[0] for table in tables):
        raise SystemExit(f"the accounts now differ between versions: {versions}; give each version its own table")
    return tables[0]


def is_commercial(region):
    """Whether a region is in the aws partition: neither China, GovCloud, an isolated one nor the sovereign cloud."""
    return SESSION.get_partition_for_region(region) == "aws"


def aliases_of(versions):
    """Short names: "1.7" means the newest image build or patch of 1.7."""
    short = {".".join(v.partition("-")[0].split(".")[:2]): v for v in versions}
    return {alias: version for alias, version in short.items() if alias != version}


def framework_facts(sdk_name, config, versions, table):
    """One framework: its repositories per scope, its aliases and its tags per version, scope and processor."""
    repositories, images = {}, {}
    for version in versions:
        images[version] = {}
        for scope in SCOPES:
            repository, tags = repository_and_tags(sdk_name, config, scope, version)
            if not tags:
                continue
            if repositories.setdefault(scope, repository) != repository:
                raise SystemExit(f"{sdk_name} {version}: the repository now differs between versions: {repository}")
            images[version][scope] = tags
    return {"accounts": table, "repositories": repositories, "aliases": aliases_of(versions), "versions": images}


def facts():
    """The whole document."""
    accounts, frameworks = {}, {}
    for name, (sdk_name, oldest, table) in FRAMEWORKS.items():
        config = image_uris.config_for_framework(sdk_name)
        versions = recent_versions(config, oldest)
        own = accounts_of(config, versions)
        if accounts.setdefault(table, own) != own:
            raise SystemExit(f"{name} no longer shares the account table {table}: give it its own")
        frameworks[name] = framework_facts(sdk_name, config, versions, table)
    return {
        "source": {"package": "sagemaker", "version": sagemaker.__version__},
        "accounts": accounts,
        "frameworks": frameworks,
    }


def render():
    """The file's text: versions in release order, one line per version, so that an SDK update reads well as a diff."""
    document, lines = facts(), []
    for framework in document["frameworks"].values():
        for version, scopes in framework["versions"].items():
            framework["versions"][version] = f"line {len(lines)}"
            lines.append(json.dumps(scopes))
    text = json.dumps(document, indent=2)
    for number, line in enumerate(lines):
        text = text.replace(f'"line {number}"', line)
    return text + "\n"


def main():
    """Writes the file, or with --check compares it."""
    text = render()
    if "--check" in sys.argv[1:]:
        stale = not OUTPUT.exists() or OUTPUT.read_text() != text
        raise SystemExit(f"{OUTPUT} is stale: run tools/generate-image-facts.py" if stale else 0)
    OUTPUT.parent.mkdir(parents=True, exist_ok=True)
    OUTPUT.write_text(text)


if __name__ == "__main__":
    main()
